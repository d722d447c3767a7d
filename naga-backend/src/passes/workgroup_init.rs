//! Drops the zeroing of workgroup memory that is written before it is read.
//!
//! Lowering zeroes every workgroup variable in front of everything and waits. For a variable this
//! is needless if every invocation's first stores cover it whole, and every other access comes
//! after those stores and a barrier that follows them. What is looked for: in one region, stores
//! at `local_index · width` (plus a constant) that together cover the variable, then an execution
//! barrier, with all other accesses of the variable behind that barrier in the same region or
//! within what stands there. Stores at wider strides leave gaps, as the padding of `vec3<f32>` is
//! one; they do where no access reads from a gap. Stores count only where all invocations run them: not within
//! divergent constructs, nor where some may have left before.

use hashbrown::HashSet;

use super::edit::Editor;
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
        covered: EntityVec::filled(None, kernel.shared.len()),
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

/// What one store writes in all invocations together: pieces of `width` bytes, `stride` apart.
#[derive(Clone, Copy)]
struct Span {
    begin: u64,
    width: u64,
    stride: u64,
}

/// Which bytes of a variable are written: of every `stride` those whose bits are set.
#[derive(Clone, Copy)]
struct Cover {
    stride: u64,
    bytes: u64,
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
    /// Written, and waited for, at this point of the walk.
    covered: EntityVec<SharedId, Option<Cover>>,
    /// What stores of the open region have written, not yet waited for.
    stores: EntityVec<SharedId, Vec<Span>>,
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
        let target = match kernel.insts[inst].op.control() {
            Some(Control::Break(target) | Control::Continue(target)) => Some(target),
            Some(Control::Return) => None,
            Some(
                Control::If { .. } | Control::Loop { .. } | Control::Block { .. } | Control::Yield,
            )
            | None => return,
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
                for (id, shared) in kernel.shared.iter() {
                    let threads = kernel.workgroup_threads().into();
                    let now = covers(&self.stores[id], shared.size.into(), threads);
                    self.covered[id] = self.covered[id].or(now);
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
        if let Some(cover) = self.covered[id] {
            let store = matches!(data.op, Op::Store(..));
            self.needless[id] &= store || reads_written(kernel, inst, access, cover);
            return;
        }
        let all_run = self.divergent == 0 && self.left.is_empty() && !self.returned;
        if !matches!(data.op, Op::Store(..)) {
            self.needless[id] = false;
        } else if let Some(span) = own_bytes(kernel, inst, access).filter(|_| all_run) {
            // A store that does not help to cover does not hurt either.
            self.stores[id].push(span);
        }
    }
}

/// What all invocations together write, if each writes the piece of its number.
fn own_bytes(kernel: &Kernel, inst: InstId, access: &Access) -> Option<Span> {
    let width = kernel.accessed_bytes(inst);
    let scales = scales(kernel, kernel.insts[inst].offset()?, 6)?;
    let [x, y, z] = kernel.workgroup_size.map(u64::from);
    // An axis of one invocation has no stride of its own.
    let stride = match [x, y, z].iter().position(|&n| n > 1) {
        Some(0) => scales[0],
        Some(1) => scales[1],
        Some(_) => scales[2],
        None => width,
    };
    let wanted = [stride, stride * x, stride * x * y];
    let fits = (0..3).all(|n| [x, y, z][n] == 1 || scales[n] == wanted[n]);
    (fits && stride >= width).then_some(Span {
        begin: access.offset.into(),
        width,
        stride,
    })
}

/// Are all bytes that an access may read among the written ones?
fn reads_written(kernel: &Kernel, inst: InstId, access: &Access, cover: Cover) -> bool {
    let width = kernel.accessed_bytes(inst);
    let offset = kernel.insts[inst].offset();
    let known = offset.map_or(u32::MAX, |offset| trailing_zeros(kernel, offset, 6));
    // The address is the constant part and any multiple of `step`, counted modulo the stride.
    let step = 1u64
        .checked_shl(known)
        .unwrap_or(cover.stride)
        .min(cover.stride);
    let first = u64::from(access.offset) % step;
    (first..cover.stride).step_by(step as usize).all(|at| {
        let read = ones(width).checked_shl(at as u32).unwrap_or(0);
        let whole = cover.stride == 1;
        whole || (at + width <= cover.stride && read & !cover.bytes == 0)
    })
}

/// As many ones from bit 0 up.
fn ones(count: u64) -> u64 {
    1u64.checked_shl(count as u32)
        .map_or(u64::MAX, |bit| bit - 1)
}

/// Number of low bits of a value that are zero for sure.
fn trailing_zeros(kernel: &Kernel, value: Value, depth: u32) -> u32 {
    use BinaryOp::*;
    if let Some(bits) = kernel.constant(value) {
        return bits.trailing_zeros();
    }
    let (Some((op, a, b)), true) = (kernel.binary(value), depth > 0) else {
        return 0;
    };
    let of = |value| trailing_zeros(kernel, value, depth - 1);
    match op {
        Shl => match kernel.constant(b) {
            Some(amount) => of(a).saturating_add((amount % 32) as u32).min(32),
            None => of(a),
        },
        IMul => of(a).saturating_add(of(b)).min(32),
        And => of(a).max(of(b)),
        IAdd | UMin => of(a).min(of(b)),
        ISub | UMulHi | SMulHi | UDiv | SDiv | URem | SRem | Or | Xor | LShr | AShr | SMin
        | SMax | UMax | FAdd | FSub | FMul | FDiv | FRem | FMin | FMax => 0,
    }
}

/// The factors of the invocation's three numbers, if a value is a sum of their multiples.
fn scales(kernel: &Kernel, value: Value, depth: u32) -> Option<[u64; 3]> {
    let data = &kernel.insts[kernel.def(value)?];
    let [x, y, _] = kernel.workgroup_size.map(u64::from);
    if data.op == Op::Builtin(Builtin::LocalIndex) {
        return Some([1, x, x * y]);
    }
    if let Op::Builtin(Builtin::LocalId(axis)) = data.op {
        let mut scales = [0; 3];
        *scales.get_mut(axis as usize)? = 1;
        return Some(scales);
    }
    let (op, a, b) = kernel.binary(value).filter(|_| depth > 0)?;
    if op == BinaryOp::IAdd {
        let [a, b] = [scales(kernel, a, depth - 1)?, scales(kernel, b, depth - 1)?];
        return Some([a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    }
    let factor = match (op, kernel.constant(b)?) {
        (BinaryOp::Shl, c @ 0..=15) => 1 << c,
        (BinaryOp::IMul, c @ 0..=0xffff) => c,
        _ => return None,
    };
    Some(scales(kernel, a, depth - 1)?.map(|s| s * factor))
}

/// What spans of stores cover of a variable: the whole, or all of it but the same gaps everywhere.
fn covers(spans: &[Span], size: u64, threads: u64) -> Option<Cover> {
    let dense = spans.iter().filter(|s| s.stride == s.width);
    let mut dense: Vec<(u64, u64)> = dense
        .map(|s| (s.begin, s.begin + s.width * threads))
        .collect();
    dense.sort_unstable();
    let reached = dense.iter().fold(0, |reached, &(begin, end)| {
        if begin <= reached {
            reached.max(end)
        } else {
            reached
        }
    });
    if reached >= size {
        return Some(Cover {
            stride: 1,
            bytes: 1,
        });
    }
    let stride = spans
        .iter()
        .map(|s| s.stride)
        .find(|&stride| stride.is_power_of_two() && stride <= 64 && stride * threads >= size)?;
    let whole = spans.iter().filter(|s| s.stride == stride);
    let bytes = whole
        .filter(|s| s.begin + s.width <= stride)
        .fold(0, |bits, s| bits | ones(s.width) << s.begin);
    (bytes != 0).then_some(Cover { stride, bytes })
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
