//! Drops the zeroing of workgroup memory that is written before it is read.
//!
//! Lowering zeroes every workgroup variable in front of everything and waits. For a variable this
//! is needless if every invocation's first stores cover it whole, and every other access comes
//! after those stores and a barrier that follows them. What is looked for: in one region, stores
//! at `local_index · width` (plus a constant) that together cover the variable, then an execution
//! barrier, with all other accesses of the variable behind that barrier in the same region or
//! within what stands there. Stores count only where all invocations run them: not within
//! divergent constructs, nor where some may have left before.

use hashbrown::HashSet;

use super::edit::Editor;
use super::range::{bytes, has_offset};
use super::uniformity::{Extent, Uniformity};
use crate::kernel::*;

/// Drops; says whether there was anything.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let Some(end) = prologue(kernel) else {
        return false;
    };
    let before: Vec<InstId> = kernel.regions[kernel.body].insts[..end].to_vec();
    let mut needless = EntityVec::filled(true, kernel.shared.len());
    let mut zeroed = EntityVec::filled(false, kernel.shared.len());
    let mut other_effects = false;
    for &inst in &before {
        each_inside(kernel, inst, |inst| match zero_store(kernel, inst) {
            Some(id) => zeroed[id] = true,
            None => match kernel.insts[inst].op.access() {
                Some(access) => match access.space {
                    Space::Shared(id) => needless[id] = false,
                    Space::Binding(_) | Space::Local(_) | Space::Immediates => {
                        other_effects |= kernel.insts[inst].op.has_effect()
                    }
                },
                None => {
                    // A loop here counts: it is left only where it is kept for its stores.
                    other_effects |= matches!(kernel.insts[inst].op, Op::Return);
                }
            },
        });
    }
    let mut scan = Scan {
        uniformity: Uniformity::compute_with(kernel, Extent::Workgroup, |_| false),
        divergent: 0,
        left: HashSet::new(),
        returned: false,
        open: Vec::new(),
        covered: EntityVec::filled(false, kernel.shared.len()),
        stores: EntityVec::filled(Vec::new(), kernel.shared.len()),
        needless,
    };
    scan.body(kernel, end);
    let dropped: Vec<SharedId> = kernel
        .shared
        .keys()
        .filter(|&id| zeroed[id] && scan.needless[id])
        .collect();
    if dropped.is_empty() {
        return false;
    }
    let all = kernel
        .shared
        .keys()
        .all(|id| !zeroed[id] || dropped.contains(&id));
    drop_stores(kernel, &dropped, end, all && !other_effects);
    true
}

/// Position of the first execution barrier of the body, if only the zeroing can stand before.
fn prologue(kernel: &Kernel) -> Option<usize> {
    let list = &kernel.regions[kernel.body].insts;
    list.iter().position(
        |&inst| matches!(kernel.insts[inst].op, Op::Barrier(b) if b.execution && b.shared),
    )
}

/// The variable, if the instruction stores zeros to workgroup memory.
fn zero_store(kernel: &Kernel, inst: InstId) -> Option<SharedId> {
    let data = &kernel.insts[inst];
    let Op::Store(access, dynamic) = data.op else {
        return None;
    };
    let Space::Shared(id) = access.space else {
        return None;
    };
    let zero = data.args[usize::from(dynamic)..]
        .iter()
        .all(|&v| kernel.constant(v) == Some(0));
    (zero && !access.atomic).then_some(id)
}

fn each_inside(kernel: &Kernel, inst: InstId, mut visit: impl FnMut(InstId)) {
    let mut work = vec![inst];
    while let Some(inst) = work.pop() {
        visit(inst);
        for region in kernel.insts[inst].op.regions() {
            work.extend_from_slice(&kernel.regions[region].insts);
        }
    }
}

struct Scan {
    uniformity: Uniformity,
    /// Divergent `If`s open.
    divergent: usize,
    /// Constructs whose end some invocations may wait at.
    left: HashSet<InstId>,
    /// Some invocations may have ended.
    returned: bool,
    open: Vec<InstId>,
    /// Written whole, and waited for, at this point of the walk.
    covered: EntityVec<SharedId, bool>,
    /// Bytes that stores of the open region have written, not yet waited for.
    stores: EntityVec<SharedId, Vec<(u64, u64)>>,
    needless: EntityVec<SharedId, bool>,
}

impl Scan {
    /// Everything behind the zeroing. What a region covers counts to its end only, and stores
    /// count only for barriers of their own region.
    fn body(&mut self, kernel: &Kernel, end: usize) {
        let mut walk = Walk::new(kernel);
        let mut top = 0;
        let mut saved = Vec::new();
        while let Some(step) = walk.next(kernel) {
            match step {
                Step::Inst(inst) => {
                    if walk.depth() == 0 {
                        top += 1;
                    }
                    // The zeroing and its barrier.
                    if top > end + 1 {
                        self.inst(kernel, inst);
                    }
                }
                Step::Enter(construct, _) => {
                    self.divergent += usize::from(self.is_divergent_if(kernel, construct));
                    self.open.push(construct);
                    let none = EntityVec::filled(Vec::new(), kernel.shared.len());
                    let stores = std::mem::replace(&mut self.stores, none);
                    saved.push((self.covered.clone(), stores));
                }
                Step::Leave(construct, _) => {
                    self.divergent -= usize::from(self.is_divergent_if(kernel, construct));
                    self.open.pop();
                    if let Some((covered, stores)) = saved.pop() {
                        self.covered = covered;
                        self.stores = stores;
                    }
                }
                Step::End(construct) => {
                    self.left.remove(&construct);
                }
            }
        }
    }

    fn is_divergent_if(&self, kernel: &Kernel, construct: InstId) -> bool {
        matches!(kernel.insts[construct].op, Op::If { .. })
            && self.uniformity.is_divergent_construct(construct)
    }

    /// Notes where only some invocations leave.
    fn leaves(&mut self, kernel: &Kernel, inst: InstId) {
        let target = match kernel.insts[inst].op {
            Op::Break(target) | Op::Continue(target) => Some(target),
            Op::Return => None,
            _ => return,
        };
        let inner = match target.and_then(|t| self.open.iter().position(|&o| o == t)) {
            Some(at) => &self.open[at + 1..],
            None => &self.open[..],
        };
        let apart = inner
            .iter()
            .any(|&construct| self.uniformity.is_divergent_construct(construct));
        // Those who left an inner construct before may be elsewhere too.
        if apart || !self.left.is_empty() {
            match target {
                Some(target) => {
                    self.left.insert(target);
                }
                None => self.returned = true,
            }
        }
    }

    fn inst(&mut self, kernel: &Kernel, inst: InstId) {
        let data = &kernel.insts[inst];
        self.leaves(kernel, inst);
        if let Op::Barrier(barrier) = data.op {
            if barrier.execution && barrier.shared {
                for id in kernel.shared.keys() {
                    self.covered[id] |= covers(&self.stores[id], kernel.shared[id].size as u64);
                }
            }
            return;
        }
        let Some(access) = data.op.access() else {
            return;
        };
        let Space::Shared(id) = access.space else {
            return;
        };
        if self.covered[id] {
            return;
        }
        let all_run = self.divergent == 0 && self.left.is_empty() && !self.returned;
        match data.op {
            // A store that does not help to cover does not hurt either.
            Op::Store(..) => {
                if let Some(span) = own_bytes(kernel, inst, access).filter(|_| all_run) {
                    self.stores[id].push(span);
                }
            }
            _ => self.needless[id] = false,
        }
    }
}

/// The bytes that all invocations together write, if each writes the piece of its number.
fn own_bytes(kernel: &Kernel, inst: InstId, access: &Access) -> Option<(u64, u64)> {
    let data = &kernel.insts[inst];
    if !has_offset(data) {
        return None;
    }
    let width = bytes(kernel, inst);
    let scales = scales(kernel, data.args[0], 6)?;
    let [x, y, z] = kernel.workgroup_size.map(u64::from);
    let wanted = [width, width * x, width * x * y];
    let fits = (0..3).all(|n| [x, y, z][n] == 1 || scales[n] == wanted[n]);
    let begin = access.offset as u64;
    fits.then(|| (begin, begin + width * kernel.workgroup_threads() as u64))
}

/// The factors of the invocation's three numbers, if a value is a sum of their multiples.
fn scales(kernel: &Kernel, value: Value, depth: u32) -> Option<[u64; 3]> {
    let data = &kernel.insts[kernel.def(value)?];
    let [x, y, _] = kernel.workgroup_size.map(u64::from);
    match data.op {
        Op::Builtin(Builtin::LocalIndex) => Some([1, x, x * y]),
        Op::Builtin(Builtin::LocalId(axis)) => {
            let mut scales = [0; 3];
            *scales.get_mut(axis as usize)? = 1;
            Some(scales)
        }
        Op::Binary(op @ (BinaryOp::Shl | BinaryOp::IMul)) if depth > 0 => {
            let c = kernel.constant(data.args[1])?;
            let factor = match op {
                BinaryOp::Shl if c < 16 => 1 << c,
                BinaryOp::IMul if c < 1 << 16 => c,
                _ => return None,
            };
            let scales = scales(kernel, data.args[0], depth - 1)?;
            Some(scales.map(|s| s * factor))
        }
        Op::Binary(BinaryOp::IAdd) if depth > 0 => {
            let a = scales(kernel, data.args[0], depth - 1)?;
            let b = scales(kernel, data.args[1], depth - 1)?;
            Some([a[0] + b[0], a[1] + b[1], a[2] + b[2]])
        }
        _ => None,
    }
}

/// Do these spans leave no gap from 0 to `size`?
fn covers(spans: &[(u64, u64)], size: u64) -> bool {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let reached = spans.iter().fold(0, |reached, &(begin, end)| {
        if begin <= reached {
            reached.max(end)
        } else {
            reached
        }
    });
    reached >= size
}

/// Removes the zero stores of these variables, and the barrier if nothing is left to wait for.
fn drop_stores(kernel: &mut Kernel, dropped: &[SharedId], end: usize, barrier: bool) {
    let barrier_inst = kernel.regions[kernel.body].insts[end];
    let mut in_front = true;
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        let Step::Inst(inst) = step else { continue };
        if inst == barrier_inst {
            in_front = false;
            if barrier {
                continue;
            }
        }
        if in_front && zero_store(kernel, inst).is_some_and(|id| dropped.contains(&id)) {
            continue;
        }
        editor.keep(kernel, inst);
    }
}
