//! Visits a kernel in program order without recursion.
//!
//! Nesting comes from the shader and from inlining, so its depth is not ours to bound: everything
//! that follows the region tree goes through [`Walk`], whose stack is on the heap.

use super::*;

/// What a walk meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An instruction; of a construct, before its regions.
    Inst(InstId),
    /// The beginning of a region of a construct.
    Enter(InstId, RegionId),
    /// The end of a region of a construct.
    Leave(InstId, RegionId),
    /// The end of a construct: its results exist from here on.
    End(InstId),
}

struct Frame {
    construct: Option<InstId>,
    nth: usize,
    region: RegionId,
    next: usize,
}

/// A walk in progress. It holds no reference, so that the kernel may change between steps, save
/// for the lists of the regions that it is in.
pub struct Walk {
    stack: Vec<Frame>,
    /// A construct and which of its regions comes next.
    pending: Option<(InstId, usize)>,
}

impl Walk {
    /// Of the whole kernel.
    pub fn new(kernel: &Kernel) -> Walk {
        Walk::region(kernel.body)
    }

    /// Of one region and all within.
    pub fn region(region: RegionId) -> Walk {
        let frame = Frame {
            construct: None,
            nth: 0,
            region,
            next: 0,
        };
        Walk {
            stack: vec![frame],
            pending: None,
        }
    }

    /// Constructs around the current step.
    pub fn depth(&self) -> usize {
        self.stack.len().saturating_sub(1)
    }

    /// The next step.
    pub fn next(&mut self, kernel: &Kernel) -> Option<Step> {
        if let Some((construct, nth)) = self.pending.take() {
            return Some(match kernel.insts[construct].op.regions().nth(nth) {
                Some(region) => {
                    self.stack.push(Frame {
                        construct: Some(construct),
                        nth,
                        region,
                        next: 0,
                    });
                    Step::Enter(construct, region)
                }
                None => Step::End(construct),
            });
        }
        let top = self.stack.last_mut()?;
        if let Some(&inst) = kernel.regions[top.region].insts.get(top.next) {
            top.next += 1;
            if kernel.insts[inst].op.is_construct() {
                self.pending = Some((inst, 0));
            }
            return Some(Step::Inst(inst));
        }
        let frame = self.stack.pop()?;
        let construct = frame.construct?;
        self.pending = Some((construct, frame.nth + 1));
        Some(Step::Leave(construct, frame.region))
    }
}
