//! Which lanes are here: the masks of subgroup operations.
//!
//! `vote.sync`, `shfl.sync` and `redux.sync` name the lanes that take part, wait for all of them,
//! and are undefined if one does not come. Where control flow is uniform these are the lanes that
//! began. At a divergent `If` a ballot over them tells each branch its lanes; after it all are
//! there again, or those of the branch that does not leave. A loop that lanes leave one by one
//! carries its mask from trip to trip. Where lanes that are apart would have to hear of each other
//! (some of a branch leave, or lanes begin the next trip from several places), the mask is what the
//! hardware holds together, `activemask`: a subset that is right if it has converged.
//!
//! Kernels without subgroup operations in divergent flow get no instruction of this.

use super::emit::{emit, Emitter, Hoisted};
use super::text::{Arg, Bank, Reg};
use crate::kernel::*;
use crate::passes::Uniformity;

/// The lanes at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lanes {
    /// All that began.
    All,
    /// Those in a register that all of them hold.
    Known(Reg),
    /// Ask the hardware.
    Unknown,
}

/// Who comes to the end of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    /// Nobody.
    None,
    /// These.
    Lanes(Lanes),
}

/// What an open construct remembers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    /// Lanes before the construct.
    before: Lanes,
    /// Lanes that enter each branch of an `If`.
    entering: [Lanes; 2],
    /// Lanes that come to the end of each region.
    arriving: [Arrival; 2],
    /// The region that is being written.
    region: usize,
    /// Where a loop keeps its mask.
    carried: Option<Reg>,
}

/// What is known of a construct in advance.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    /// A subgroup operation is within.
    asks: bool,
    /// Whether its branches need masks.
    wanted: bool,
    /// Only some lanes may leave beyond the construct at once.
    leaks: bool,
    /// Of a loop: only some lanes may leave it, or beyond, at once.
    loses: bool,
    /// Of a block: something breaks it.
    broken: bool,
    /// Of a loop: how many terminators continue it.
    continues: u32,
}

/// The state of the analysis while text is written.
pub(super) struct Masks {
    now: Lanes,
    facts: EntityVec<InstId, Facts>,
}

impl Masks {
    /// Looks for subgroup operations and for what parts lanes.
    pub fn new(kernel: &Kernel, uniformity: &Uniformity, steps: &[Step]) -> Masks {
        let mut facts = EntityVec::filled(Facts::default(), kernel.insts.len());
        let mut around: Vec<InstId> = Vec::new();
        let mut leaving: Vec<(usize, InstId)> = Vec::new();
        let mut last_ask = 0;
        for (at, step) in steps.iter().enumerate() {
            match *step {
                Step::Inst(inst) => {
                    let op = &kernel.insts[inst].op;
                    if matches!(op, Op::Subgroup(_)) {
                        last_ask = at;
                        around.iter().for_each(|&c| facts[c].asks = true);
                    }
                    let (target, is_continue) = match op.control() {
                        Some(Control::If { .. } | Control::Loop { .. } | Control::Block { .. }) => {
                            around.push(inst);
                            continue;
                        }
                        Some(Control::Break(target)) => (Some(target), false),
                        Some(Control::Continue(target)) => (Some(target), true),
                        Some(Control::Return) => (None, false),
                        Some(Control::Yield) | None => continue,
                    };
                    let mut divergent = false;
                    for &construct in around.iter().rev() {
                        divergent |= uniformity.is_divergent_construct(construct);
                        let facts = &mut facts[construct];
                        if Some(construct) == target {
                            facts.continues += u32::from(is_continue);
                            facts.broken |= !is_continue;
                            facts.loses |= divergent && !is_continue;
                            break;
                        }
                        facts.leaks |= divergent;
                        facts.loses |= divergent;
                        leaving.push((at, construct));
                    }
                }
                Step::End(_) => {
                    around.pop();
                }
                Step::Enter(..) | Step::Leave(..) => {}
            }
        }
        // Someone leaves a construct: that matters to operations that come later, in the text or
        // in the next trip of a loop around.
        let mut asking_loops = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            match *step {
                Step::Inst(inst) if kernel.insts[inst].op.is_construct() => {
                    let is_loop = matches!(kernel.insts[inst].op, Op::Loop { .. });
                    let asking = asking_loops.last() == Some(&true);
                    let leaves = facts[inst].asks || at < last_ask || asking;
                    facts[inst].wanted = leaves;
                    asking_loops.push(asking || (is_loop && facts[inst].asks));
                }
                Step::End(_) => {
                    asking_loops.pop();
                }
                Step::Inst(_) | Step::Enter(..) | Step::Leave(..) => {}
            }
        }
        let mut leaves = EntityVec::<InstId, bool>::filled(false, kernel.insts.len());
        leaving.iter().for_each(|&(_, c)| leaves[c] = true);
        for construct in kernel.insts.keys() {
            let f = &mut facts[construct];
            f.wanted &= f.asks || leaves[construct];
        }
        Masks {
            now: Lanes::All,
            facts,
        }
    }

    /// What a construct must remember of the lanes before it.
    pub fn save(&self) -> Saved {
        Saved {
            before: self.now,
            entering: [self.now; 2],
            arriving: [Arrival::None; 2],
            region: 0,
            carried: None,
        }
    }
}

impl Emitter<'_> {
    fn saved(&mut self) -> Option<&mut Saved> {
        self.frames.last_mut().map(|frame| &mut frame.lanes)
    }

    /// At the head of an `If`: tells its branches their lanes.
    pub fn split_lanes(&mut self, construct: InstId, condition: Reg) {
        let before = self.masks.now;
        if !self.uniformity.is_divergent_construct(construct) {
            return;
        }
        let mut entering = [Lanes::Unknown; 2];
        if self.masks.facts[construct].wanted && before != Lanes::Unknown {
            let mask = self.lanes();
            let (then, otherwise) = (self.temp(Bank::B32), self.temp(Bank::B32));
            emit!(self, "vote.sync.ballot.b32 {then}, {condition}, {mask}");
            emit!(self, "xor.b32 {otherwise}, {then}, {mask}");
            entering = [Lanes::Known(then), Lanes::Known(otherwise)];
        }
        if let Some(saved) = self.saved() {
            saved.entering = entering;
        }
    }

    /// Begins a branch of an `If`.
    pub fn enter_branch(&mut self, is_else: bool) {
        let Some(saved) = self.saved() else { return };
        saved.region = usize::from(is_else);
        self.masks.now = saved.entering[usize::from(is_else)];
    }

    /// Before the head of the loop opened last.
    pub fn enter_loop(&mut self) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let (construct, before) = (frame.construct, frame.lanes.before);
        let facts = self.masks.facts[construct];
        if !facts.loses {
            return;
        }
        if !facts.asks || facts.continues > 1 || before == Lanes::Unknown {
            self.masks.now = Lanes::Unknown;
            return;
        }
        let mask = self.lanes();
        let carried = self.temp(Bank::B32);
        self.mov(carried, mask);
        self.masks.now = Lanes::Known(carried);
        if let Some(saved) = self.saved() {
            saved.carried = Some(carried);
        }
    }

    /// A jump to the next trip must say who makes it.
    pub fn carries_lanes(&self, target: InstId) -> bool {
        let frame = self.frames.iter().rev().find(|f| f.construct == target);
        frame.is_some_and(|frame| frame.lanes.carried.is_some())
    }

    /// Before a jump to the next trip of a loop.
    pub fn continue_lanes(&mut self, target: InstId) {
        let frame = self.frames.iter().rev().find(|f| f.construct == target);
        let Some(carried) = frame.and_then(|frame| frame.lanes.carried) else {
            return;
        };
        let mask = self.lanes();
        if mask != Arg::Reg(carried) {
            self.mov(carried, mask);
        }
    }

    /// The end of a region that leads on to the end of its construct.
    pub fn arrive(&mut self) {
        let now = self.masks.now;
        if let Some(saved) = self.saved() {
            saved.arriving[saved.region] = Arrival::Lanes(now);
        }
    }

    /// After a construct.
    pub fn merge_lanes(&mut self, construct: InstId, saved: Saved) {
        let facts = self.masks.facts[construct];
        self.masks.now = if let Op::If { .. } = self.kernel.insts[construct].op {
            match saved.arriving {
                [Arrival::None, Arrival::None] => saved.before,
                [Arrival::Lanes(lanes), Arrival::None] | [Arrival::None, Arrival::Lanes(lanes)] => {
                    lanes
                }
                [Arrival::Lanes(then), Arrival::Lanes(otherwise)] => {
                    // Where all that took a branch may leave at once, they may be missing here.
                    match [then, otherwise] == saved.entering && !facts.leaks {
                        true => saved.before,
                        false => Lanes::Unknown,
                    }
                }
            }
        } else {
            match saved.arriving[0] {
                Arrival::Lanes(lanes) if !facts.broken => lanes,
                Arrival::Lanes(_) | Arrival::None if !facts.leaks => saved.before,
                Arrival::Lanes(_) | Arrival::None => Lanes::Unknown,
            }
        };
    }

    /// The lanes here, as a mask.
    pub fn lanes(&mut self) -> Arg {
        match self.masks.now {
            Lanes::All => match self.whole_lanes() {
                Some(mask) => Arg::Int(i64::from(mask as i32)),
                None => {
                    let text = &mut self.text;
                    let mask = self.hoisted.entry(Hoisted::Lanes).or_insert_with(|| {
                        let mask = text.reg(Bank::B32);
                        text.hoisted(format_args!("activemask.b32 {mask}"));
                        mask
                    });
                    (*mask).into()
                }
            },
            Lanes::Known(mask) => mask.into(),
            Lanes::Unknown => {
                let mask = self.temp(Bank::B32);
                emit!(self, "activemask.b32 {mask}");
                mask.into()
            }
        }
    }

    /// The mask here, if all that began are here and their number is the same in every subgroup.
    pub fn constant_lanes(&self) -> Option<u32> {
        match self.masks.now {
            Lanes::All => self.whole_lanes(),
            Lanes::Known(_) | Lanes::Unknown => None,
        }
    }

    /// The lanes that begin, if that is the same in every subgroup.
    fn whole_lanes(&self) -> Option<u32> {
        match self.kernel.workgroup_threads() {
            threads @ 1..=31 => Some((1 << threads) - 1),
            threads if threads.is_multiple_of(32) => Some(!0),
            _ => None,
        }
    }
}
