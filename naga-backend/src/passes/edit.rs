//! What passes share: rewriting in program order, and replacing values.

use hashbrown::HashMap;

use crate::kernel::*;

struct Frame {
    construct: Option<InstId>,
    nth: usize,
    region: RegionId,
    /// What is still to be shown, the last list first.
    old: Vec<std::vec::IntoIter<InstId>>,
    new: Vec<InstId>,
}

/// Rewrites every region in program order, without recursion.
///
/// Each instruction is shown once; it stays only if the pass [keeps](Editor::keep) it, and what
/// is inserted before stands before. The regions of a construct that is not kept are not visited.
/// While a region is open its list in the kernel is empty.
pub(super) struct Editor {
    stack: Vec<Frame>,
    pending: Option<(InstId, usize)>,
}

impl Editor {
    pub fn new(kernel: &mut Kernel) -> Editor {
        let mut editor = Editor {
            stack: Vec::new(),
            pending: None,
        };
        editor.open(kernel, None, 0, kernel.body);
        editor
    }

    fn open(
        &mut self,
        kernel: &mut Kernel,
        construct: Option<InstId>,
        nth: usize,
        region: RegionId,
    ) {
        let old = std::mem::take(&mut kernel.regions[region].insts);
        self.stack.push(Frame {
            construct,
            nth,
            region,
            new: Vec::with_capacity(old.len()),
            old: vec![old.into_iter()],
        });
    }

    /// The next step; `None` when the kernel is whole again.
    pub fn next(&mut self, kernel: &mut Kernel) -> Option<Step> {
        if let Some((construct, nth)) = self.pending.take() {
            return Some(match kernel.insts[construct].op.regions().nth(nth) {
                Some(region) => {
                    self.open(kernel, Some(construct), nth, region);
                    Step::Enter(construct, region)
                }
                None => Step::End(construct),
            });
        }
        let top = self.stack.last_mut()?;
        while let Some(list) = top.old.last_mut() {
            match list.next() {
                Some(inst) => return Some(Step::Inst(inst)),
                None => top.old.pop(),
            };
        }
        let frame = self.stack.pop()?;
        kernel.regions[frame.region].insts = frame.new;
        let construct = frame.construct?;
        self.pending = Some((construct, frame.nth + 1));
        Some(Step::Leave(construct, frame.region))
    }

    /// The shown instruction stays, and its regions are visited next.
    pub fn keep(&mut self, kernel: &Kernel, inst: InstId) {
        self.insert(inst);
        if kernel.insts[inst].op.is_construct() {
            self.pending = Some((inst, 0));
        }
    }

    /// Inserts an instruction before the shown one (at a construct's end: after it), without
    /// visiting it.
    pub fn insert(&mut self, inst: InstId) {
        if let Some(top) = self.stack.last_mut() {
            top.new.push(inst);
        }
    }

    /// Inserts before the construct that is `up` levels above the open region.
    pub fn insert_above(&mut self, up: usize, inst: InstId) {
        let at = self.stack.len() - 1 - up;
        // The construct itself is the last of the region around.
        let list = &mut self.stack[at].new;
        let before = list.len() - usize::from(up > 0);
        list.insert(before, inst);
    }

    /// What has been kept in the open region so far.
    pub fn kept(&mut self) -> &mut Vec<InstId> {
        &mut self.stack.last_mut().expect("a region is open").new
    }

    /// These are shown next.
    pub fn splice(&mut self, insts: Vec<InstId>) {
        if let Some(top) = self.stack.last_mut() {
            top.old.push(insts.into_iter());
        }
    }

    /// Takes what the open region has still to show.
    pub fn take_rest(&mut self) -> Vec<InstId> {
        let lists = self
            .stack
            .last_mut()
            .map(|top| std::mem::take(&mut top.old));
        lists.into_iter().flatten().rev().flatten().collect()
    }

    /// Levels of open regions; 1 in the kernel's body.
    pub fn depth(&self) -> usize {
        self.stack.len()
    }

    /// The construct that owns the open region.
    pub fn construct(&self) -> Option<InstId> {
        self.stack.last().and_then(|f| f.construct)
    }
}

/// Values that stand for others.
#[derive(Default)]
pub(super) struct Replacements {
    map: HashMap<Value, Value>,
}

impl Replacements {
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// From now on `old` means `new`.
    pub fn set(&mut self, old: Value, new: Value) {
        let new = self.get(new);
        if old != new {
            self.map.insert(old, new);
        }
    }

    /// What a value means by now.
    pub fn get(&mut self, value: Value) -> Value {
        let mut end = value;
        while let Some(&next) = self.map.get(&end) {
            end = next;
        }
        // Shorten the chain, so that long ones are followed once.
        let mut at = value;
        while let Some(next) = self.map.get_mut(&at) {
            at = std::mem::replace(next, end);
            if at == end {
                break;
            }
        }
        end
    }

    /// Replaces the operands of an instruction.
    pub fn apply(&mut self, kernel: &mut Kernel, inst: InstId) {
        if self.map.is_empty() {
            return;
        }
        for arg in &mut kernel.insts[inst].args {
            *arg = self.get(*arg);
        }
    }

    /// Replaces the operands of every instruction that stands in the kernel.
    pub fn apply_all(&mut self, kernel: &mut Kernel) {
        if self.map.is_empty() {
            return;
        }
        let mut walk = Walk::new(kernel);
        while let Some(step) = walk.next(kernel) {
            if let Step::Inst(inst) = step {
                self.apply(kernel, inst);
            }
        }
    }
}

/// One instruction for each constant, at the beginning of the kernel's body.
///
/// A back end gives a constant no register unless it must, so where it is defined costs nothing,
/// and defined once in front of everything it can be used anywhere.
pub(super) struct Constants {
    known: HashMap<(Type, u64), Value>,
    list: Vec<InstId>,
}

impl Constants {
    pub fn new() -> Constants {
        Constants {
            known: HashMap::new(),
            list: Vec::new(),
        }
    }

    /// The constant with these bits.
    pub fn get(&mut self, kernel: &mut Kernel, ty: Type, bits: u64) -> Value {
        *self.known.entry((ty, bits)).or_insert_with(|| {
            let inst = kernel.new_inst(Op::Const(bits), &[], &[ty], naga::Span::UNDEFINED);
            self.list.push(inst);
            kernel.insts[inst].results[0]
        })
    }

    /// Takes in a constant that stands somewhere; returns the one to use instead of its result.
    /// The instruction itself is not to be kept.
    pub fn adopt(&mut self, kernel: &Kernel, inst: InstId, bits: u64) -> Value {
        let value = kernel.insts[inst].results[0];
        *self
            .known
            .entry((kernel.ty(value), bits))
            .or_insert_with(|| {
                self.list.push(inst);
                value
            })
    }

    /// Puts them in front of the body.
    pub fn finish(self, kernel: &mut Kernel) {
        let body = kernel.body;
        kernel.regions[body].insts.splice(0..0, self.list);
    }
}
