//! Removes what nobody needs: values, merges, stores to variables that nobody reads.
//!
//! Marks from the effects backwards, then sweeps. A construct is needed if it holds something
//! needed or a needed result; its other results, and the parameters of loops, go. A `Loop` is
//! needed even if it does nothing: it may be endless, and that can be observed. One that counts a
//! known number of trips is not. Loads are cut to the scalars in use at their ends.

use hashbrown::HashSet;
use smallvec::SmallVec;

use super::edit::Editor;
use super::unroll;
use crate::kernel::*;

/// Removes; says whether anything went.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut marks = Marks::new(kernel);
    marks.solve(kernel);
    sweep(kernel, &marks)
}

struct Marks {
    insts: EntityVec<InstId, bool>,
    values: EntityVec<Value, bool>,
    /// The construct around each instruction.
    around: EntityVec<InstId, Option<InstId>>,
    /// Loop of a body.
    owner: EntityVec<RegionId, Option<InstId>>,
    /// Terminators that carry a construct's results.
    exits: EntityVec<InstId, SmallVec<[InstId; 2]>>,
    continues: EntityVec<InstId, SmallVec<[InstId; 2]>>,
    stores: EntityVec<LocalId, Vec<InstId>>,
    local_read: EntityVec<LocalId, bool>,
    /// Loops that end.
    finite: HashSet<InstId>,
    work: Vec<InstId>,
    value_work: Vec<Value>,
}

impl Marks {
    fn new(kernel: &Kernel) -> Marks {
        let insts = kernel.insts.len();
        let mut marks = Marks {
            insts: EntityVec::filled(false, insts),
            values: EntityVec::filled(false, kernel.values.len()),
            around: EntityVec::filled(None, insts),
            owner: EntityVec::filled(None, kernel.regions.len()),
            exits: EntityVec::filled(SmallVec::new(), insts),
            continues: EntityVec::filled(SmallVec::new(), insts),
            stores: EntityVec::filled(Vec::new(), kernel.locals.len()),
            local_read: EntityVec::filled(false, kernel.locals.len()),
            finite: unroll::idle(kernel),
            work: Vec::new(),
            value_work: Vec::new(),
        };
        let mut open = Vec::new();
        let mut walk = Walk::new(kernel);
        while let Some(step) = walk.next(kernel) {
            match step {
                Step::Enter(construct, region) => {
                    marks.owner[region] = Some(construct);
                    open.push(construct);
                }
                Step::Leave(..) => {
                    open.pop();
                }
                Step::End(_) => {}
                Step::Inst(inst) => {
                    marks.around[inst] = open.last().copied();
                    marks.root(kernel, inst);
                }
            }
        }
        marks
    }

    fn root(&mut self, kernel: &Kernel, inst: InstId) {
        match kernel.insts[inst].op {
            Op::Store(access, _) => match access.space {
                Space::Local(local) => self.stores[local].push(inst),
                Space::Binding(_) | Space::Shared(_) | Space::Immediates => self.inst(inst),
            },
            Op::Atomic(..) | Op::CompareExchange(..) | Op::Barrier(_) => self.inst(inst),
            Op::Loop { .. } if self.finite.contains(&inst) => {}
            Op::Loop { .. } => self.inst(inst),
            Op::Break(target) => {
                self.exits[target].push(inst);
                if !self.finite.contains(&target) {
                    self.inst(inst);
                }
            }
            Op::Continue(target) => {
                self.continues[target].push(inst);
                if !self.finite.contains(&target) {
                    self.inst(inst);
                }
            }
            Op::Return => self.inst(inst),
            // Stays with its construct, which is not known to stay by it.
            Op::Yield => {
                if let Some(owner) = self.around[inst] {
                    self.exits[owner].push(inst);
                }
            }
            Op::Const(_)
            | Op::Builtin(_)
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Ternary(_)
            | Op::Ldexp
            | Op::FrexpExp
            | Op::ICmp(_)
            | Op::FCmp(_)
            | Op::Select
            | Op::Convert(_)
            | Op::Load(_)
            | Op::BindingSize(_)
            | Op::Subgroup(_)
            | Op::If { .. }
            | Op::Block { .. } => {}
        }
    }

    fn inst(&mut self, inst: InstId) {
        if !std::mem::replace(&mut self.insts[inst], true) {
            self.work.push(inst);
        }
    }

    fn value(&mut self, value: Value) {
        if !std::mem::replace(&mut self.values[value], true) {
            self.value_work.push(value);
        }
    }

    fn solve(&mut self, kernel: &Kernel) {
        loop {
            if let Some(inst) = self.work.pop() {
                self.needs(kernel, inst);
            } else if let Some(value) = self.value_work.pop() {
                self.comes_from(kernel, value);
            } else {
                break;
            }
        }
    }

    /// What an instruction needs to stand where it stands and do what it does.
    fn needs(&mut self, kernel: &Kernel, inst: InstId) {
        if let Some(around) = self.around[inst] {
            self.inst(around);
        }
        let data = &kernel.insts[inst];
        match data.op.control() {
            // Carried values are needed only if what they become is.
            Some(Control::Yield | Control::Break(_) | Control::Continue(_)) => {}
            Some(Control::Loop { .. }) => {
                for n in 0..self.exits[inst].len() {
                    self.inst(self.exits[inst][n]);
                }
                for n in 0..self.continues[inst].len() {
                    self.inst(self.continues[inst][n]);
                }
            }
            Some(Control::If { .. } | Control::Block { .. } | Control::Return) | None => {
                if let Op::Load(Access {
                    space: Space::Local(local),
                    ..
                }) = data.op
                {
                    if !std::mem::replace(&mut self.local_read[local], true) {
                        for store in std::mem::take(&mut self.stores[local]) {
                            self.inst(store);
                        }
                    }
                }
                data.args.iter().for_each(|&arg| self.value(arg));
            }
        }
    }

    fn comes_from(&mut self, kernel: &Kernel, value: Value) {
        match kernel.values[value].def {
            ValueDef::Result(inst, n) => {
                self.inst(inst);
                if kernel.insts[inst].op.is_construct() {
                    for k in 0..self.exits[inst].len() {
                        let exit = self.exits[inst][k];
                        self.value(kernel.insts[exit].args[n as usize]);
                    }
                }
            }
            ValueDef::Param(region, n) => {
                let Some(owner) = self.owner[region] else {
                    return;
                };
                self.value(kernel.insts[owner].args[n as usize]);
                for k in 0..self.continues[owner].len() {
                    let again = self.continues[owner][k];
                    self.value(kernel.insts[again].args[n as usize]);
                }
            }
        }
    }
}

fn sweep(kernel: &mut Kernel, marks: &Marks) -> bool {
    let mut changed = false;
    // Which operands a terminator keeps is asked after results and parameters have shrunk, so it
    // is noted before.
    let mut results: EntityVec<InstId, Option<Vec<bool>>> =
        EntityVec::filled(None, kernel.insts.len());
    let mut params: EntityVec<InstId, Option<Vec<bool>>> =
        EntityVec::filled(None, kernel.insts.len());
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        let Step::Inst(inst) = step else { continue };
        let is_yield = matches!(kernel.insts[inst].op, Op::Yield);
        if !marks.insts[inst] && !is_yield {
            changed = true;
            continue;
        }
        let dead_results = |kernel: &Kernel| {
            let results = &kernel.insts[inst].results;
            let used: Vec<bool> = results.iter().map(|&v| marks.values[v]).collect();
            used.contains(&false).then_some(used)
        };
        match kernel.insts[inst].op.control() {
            Some(Control::If { .. } | Control::Block { .. } | Control::Loop { .. }) => {
                if let Some(used) = dead_results(kernel) {
                    kernel.retain_results(inst, |n| used[n]);
                    results[inst] = Some(used);
                    changed = true;
                }
                if let Op::Loop { body } = kernel.insts[inst].op {
                    let list = &kernel.regions[body].params;
                    let used: Vec<bool> = list.iter().map(|&v| marks.values[v]).collect();
                    if used.contains(&false) {
                        kernel.retain_params(body, |n| used[n]);
                        kernel.retain_args(inst, |n| used[n]);
                        params[inst] = Some(used);
                        changed = true;
                    }
                }
            }
            Some(Control::Yield) => {
                if let Some(used) = editor.construct().and_then(|c| results[c].as_ref()) {
                    kernel.retain_args(inst, |n| used[n]);
                }
            }
            Some(Control::Break(target)) => {
                if let Some(used) = &results[target] {
                    kernel.retain_args(inst, |n| used[n]);
                }
            }
            Some(Control::Continue(target)) => {
                if let Some(used) = &params[target] {
                    kernel.retain_args(inst, |n| used[n]);
                }
            }
            Some(Control::Return) => {}
            None => {
                let used = dead_results(kernel);
                if let (Op::Load(_), Some(used)) = (&kernel.insts[inst].op, &used) {
                    changed |= narrow(kernel, inst, used);
                } else if let (Op::Atomic(..), Some(used)) = (&kernel.insts[inst].op, &used) {
                    kernel.retain_results(inst, |n| used[n]);
                    changed = true;
                }
            }
        }
        editor.keep(kernel, inst);
    }
    changed
}

/// Cuts a load to the scalars from the first to the last that is used.
fn narrow(kernel: &mut Kernel, inst: InstId, used: &[bool]) -> bool {
    let (Some(first), Some(last)) = (used.iter().position(|&u| u), used.iter().rposition(|&u| u))
    else {
        return false;
    };
    if first == 0 && last + 1 == used.len() {
        return false;
    }
    let bytes = kernel.ty(kernel.insts[inst].results[0]).bytes();
    let Op::Load(access) = &mut kernel.insts[inst].op else {
        return false;
    };
    let skip = first as u32 * bytes;
    let Some(offset) = access.offset.checked_add(skip) else {
        return false;
    };
    access.offset = offset;
    if skip != 0 {
        access.align = access.align.min(1 << skip.trailing_zeros());
    }
    kernel.retain_results(inst, |n| (first..=last).contains(&n));
    true
}
