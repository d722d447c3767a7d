//! Simpler control flow with the same meaning.
//!
//! - `If` with a known condition becomes its branch; one whose branches are cheap and free of
//!   effects becomes selects; one with nothing in it goes.
//! - Where one branch of an `If` leaves, the other's instructions stand after the `If` instead;
//!   where both leave to the same place, one terminator after it does.
//! - A `Block` that nothing breaks goes; one whose breaks are all early exits becomes `if … else`.
//! - A `Loop` without `Continue` becomes a `Block`; parameters that never change go.
//! - What cannot be reached goes.
//!
//! A `Loop` never goes, whatever it does or does not do: it may be endless.

use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::edit::{Editor, Replacements};
use crate::kernel::*;

/// Rounds, since one simplification makes room for another.
const MAX_ROUNDS: usize = 8;

/// Most work to do needlessly in place of a branch, in simple operations.
const MAX_SPECULATED: u32 = 8;

/// Most selects in place of a branch.
const MAX_SELECTS: usize = 6;

/// Most early exits of one block that become nesting.
const MAX_EARLY_EXITS: usize = 64;

/// Simplifies; says whether anything changed.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut changed = false;
    for _ in 0..MAX_ROUNDS {
        let mut round = Round {
            exits: Exits::new(kernel),
            replacements: Replacements::default(),
            changed: false,
        };
        round.run(kernel);
        // Operands of loops come round from places that the walk reached later.
        round.replacements.apply_all(kernel);
        if !round.changed {
            break;
        }
        changed = true;
    }
    changed
}

/// How often constructs are targeted.
struct Exits {
    breaks: HashMap<InstId, SmallVec<[InstId; 2]>>,
    continues: HashMap<InstId, SmallVec<[InstId; 2]>>,
}

impl Exits {
    fn new(kernel: &Kernel) -> Exits {
        let mut exits = Exits {
            breaks: HashMap::new(),
            continues: HashMap::new(),
        };
        let mut walk = Walk::new(kernel);
        while let Some(step) = walk.next(kernel) {
            if let Step::Inst(inst) = step {
                exits.note(inst, &kernel.insts[inst].op);
            }
        }
        exits
    }

    fn breaks(&self, construct: InstId) -> &[InstId] {
        self.breaks.get(&construct).map_or(&[], |list| list)
    }

    fn continues(&self, construct: InstId) -> &[InstId] {
        self.continues.get(&construct).map_or(&[], |list| list)
    }

    fn note(&mut self, inst: InstId, op: &Op) {
        if let Op::Break(target) = op {
            self.breaks.entry(*target).or_default().push(inst);
        } else if let Op::Continue(target) = op {
            self.continues.entry(*target).or_default().push(inst);
        }
    }

    fn forget(&mut self, inst: InstId, op: &Op) {
        let list = if let Op::Break(target) = op {
            self.breaks.get_mut(target)
        } else if let Op::Continue(target) = op {
            self.continues.get_mut(target)
        } else {
            None
        };
        if let Some(list) = list {
            list.retain(|&mut i| i != inst);
        }
    }

    /// Forgets all within instructions that go.
    fn forget_all(&mut self, kernel: &Kernel, list: Vec<InstId>) {
        let mut work = list;
        while let Some(inst) = work.pop() {
            let op = &kernel.insts[inst].op;
            self.forget(inst, op);
            for region in op.regions() {
                work.extend_from_slice(&kernel.regions[region].insts);
            }
        }
    }
}

struct Round {
    exits: Exits,
    replacements: Replacements,
    changed: bool,
}

impl Round {
    fn run(&mut self, kernel: &mut Kernel) {
        let mut editor = Editor::new(kernel);
        while let Some(step) = editor.next(kernel) {
            match step {
                Step::Inst(inst) => self.inst(kernel, &mut editor, inst),
                Step::Enter(..) | Step::Leave(..) => {}
                Step::End(inst) => {
                    if let Op::If { then, otherwise } = kernel.insts[inst].op {
                        self.end_if(kernel, &mut editor, inst, then, otherwise);
                    } else if let Op::Block { body } = kernel.insts[inst].op {
                        self.end_block(kernel, &mut editor, inst, body);
                    } else {
                        self.end_loop(kernel, &mut editor, inst);
                    }
                }
            }
        }
    }

    fn inst(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId) {
        self.replacements.apply(kernel, inst);
        match kernel.insts[inst].op.control() {
            Some(Control::If { then, otherwise }) => {
                if let Some(bits) = kernel.constant(kernel.insts[inst].args[0]) {
                    let (taken, other) = match bits {
                        1 => (then, otherwise),
                        _ => (otherwise, then),
                    };
                    let dead = std::mem::take(&mut kernel.regions[other].insts);
                    self.exits.forget_all(kernel, dead);
                    self.splice(kernel, editor, inst, taken);
                    return;
                }
            }
            Some(Control::Block { body }) if self.exits.breaks(inst).is_empty() => {
                self.splice(kernel, editor, inst, body);
                return;
            }
            Some(Control::Loop { body }) if self.exits.continues(inst).is_empty() => {
                let params = kernel.regions[body].params.clone();
                for (&param, &init) in params.iter().zip(&kernel.insts[inst].args) {
                    self.replacements.set(param, init);
                }
                kernel.regions[body].params.clear();
                let data = &mut kernel.insts[inst];
                data.args.clear();
                data.op = Op::Block { body };
                self.changed = true;
                // It may go at once.
                editor.splice(vec![inst]);
                return;
            }
            Some(Control::Loop { body }) => self.fixed_params(kernel, inst, body),
            Some(
                Control::Block { .. }
                | Control::Yield
                | Control::Break(_)
                | Control::Continue(_)
                | Control::Return,
            )
            | None => {}
        }
        editor.keep(kernel, inst);
    }

    /// A region's instructions in place of the construct that owns it.
    fn splice(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        construct: InstId,
        region: RegionId,
    ) {
        self.changed = true;
        let mut list = std::mem::take(&mut kernel.regions[region].insts);
        match list.last().copied() {
            Some(last) if matches!(kernel.insts[last].op, Op::Yield) => {
                list.pop();
                self.results_are(kernel, construct, &kernel.insts[last].args.clone());
            }
            _ => self.drop_rest(kernel, editor),
        }
        editor.splice(list);
    }

    fn results_are(&mut self, kernel: &Kernel, construct: InstId, values: &[Value]) {
        for (&result, &value) in kernel.insts[construct].results.iter().zip(values) {
            self.replacements.set(result, value);
        }
    }

    fn drop_rest(&mut self, kernel: &Kernel, editor: &mut Editor) {
        let rest = editor.take_rest();
        self.changed |= !rest.is_empty();
        self.exits.forget_all(kernel, rest);
    }

    /// Parameters that every `Continue` leaves at their first value.
    fn fixed_params(&mut self, kernel: &mut Kernel, inst: InstId, body: RegionId) {
        let params = kernel.regions[body].params.clone();
        let mut keep: SmallVec<[bool; 8]> = SmallVec::new();
        for (n, &param) in params.iter().enumerate() {
            let init = self.replacements.get(kernel.insts[inst].args[n]);
            let fixed = self.exits.continues(inst).iter().all(|&again| {
                let value = self.replacements.get(kernel.insts[again].args[n]);
                value == param || value == init
            });
            if fixed {
                self.replacements.set(param, init);
            }
            keep.push(!fixed);
        }
        if keep.iter().all(|&k| k) {
            return;
        }
        self.changed = true;
        kernel.retain_params(body, |n| keep[n]);
        kernel.retain_args(inst, |n| keep[n]);
        for &again in self.exits.continues(inst) {
            kernel.retain_args(again, |n| keep[n]);
        }
    }

    fn end_if(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        inst: InstId,
        then: RegionId,
        otherwise: RegionId,
    ) {
        match (yields(kernel, then), yields(kernel, otherwise)) {
            (None, None) => self.both_leave(kernel, editor, inst, then, otherwise),
            (Some(last), None) => self.move_out(kernel, editor, inst, then, last),
            (None, Some(last)) => self.move_out(kernel, editor, inst, otherwise, last),
            (Some(a), Some(b)) => {
                self.both_yield(kernel, editor, inst, [(then, a), (otherwise, b)])
            }
        }
    }

    /// The branch that goes on stands after the `If`; its place is empty.
    fn move_out(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        inst: InstId,
        region: RegionId,
        last: InstId,
    ) {
        if kernel.regions[region].insts.len() == 1 && kernel.insts[inst].results.is_empty() {
            return;
        }
        self.changed = true;
        let mut list = std::mem::replace(&mut kernel.regions[region].insts, vec![last]);
        list.pop();
        let values = std::mem::take(&mut kernel.insts[last].args);
        self.results_are(kernel, inst, &values);
        kernel.insts[inst].results.clear();
        editor.kept().extend(list);
    }

    fn both_leave(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        inst: InstId,
        then: RegionId,
        otherwise: RegionId,
    ) {
        self.changed = true;
        self.drop_rest(kernel, editor);
        // No way leads to its results.
        kernel.insts[inst].results.clear();
        let (Some(&a), Some(&b)) = (
            kernel.regions[then].insts.last(),
            kernel.regions[otherwise].insts.last(),
        ) else {
            return;
        };
        if kernel.insts[a].op == kernel.insts[b].op {
            // One of them, after the `If`.
            let op = std::mem::replace(&mut kernel.insts[a].op, Op::Yield);
            self.exits.forget(a, &op);
            self.exits.forget(b, &op);
            kernel.insts[b].op = Op::Yield;
            let types: Vec<Type> = kernel.insts[a].args.iter().map(|&v| kernel.ty(v)).collect();
            for ty in types {
                kernel.append_result(inst, ty);
            }
            let results = kernel.insts[inst].results.clone();
            let span = kernel.insts[a].span;
            let leave = kernel.new_inst(op, &results, &[], span);
            self.exits.note(leave, &kernel.insts[leave].op);
            editor.kept().push(leave);
            return;
        }
        // The one that stays in the loop goes out of the `If`.
        let out = match (&kernel.insts[a].op, &kernel.insts[b].op) {
            (Op::Continue(_), op) if !matches!(op, Op::Continue(_)) => then,
            _ => otherwise,
        };
        let span = kernel.insts[inst].span;
        let empty = kernel.new_inst(Op::Yield, &[], &[], span);
        let list = std::mem::replace(&mut kernel.regions[out].insts, vec![empty]);
        editor.kept().extend(list);
    }

    fn both_yield(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        inst: InstId,
        arms: [(RegionId, InstId); 2],
    ) {
        let [(then, a), (otherwise, b)] = arms;
        // Results that do not depend on the way.
        let same: SmallVec<[bool; 8]> = (kernel.insts[a].args.iter())
            .zip(&kernel.insts[b].args)
            .map(|(x, y)| x == y)
            .collect();
        if same.contains(&true) {
            self.changed = true;
            for (n, _) in same.iter().enumerate().filter(|(_, same)| **same) {
                let result = kernel.insts[inst].results[n];
                self.replacements.set(result, kernel.insts[a].args[n]);
            }
            kernel.retain_results(inst, |n| !same[n]);
            kernel.retain_args(a, |n| !same[n]);
            kernel.retain_args(b, |n| !same[n]);
        }
        let results = kernel.insts[inst].results.clone();
        let bodies = [then, otherwise].map(|r| kernel.regions[r].insts.len() - 1);
        if bodies != [0, 0] {
            let cost: Option<u32> = [then, otherwise]
                .iter()
                .flat_map(|&r| {
                    kernel.regions[r]
                        .insts
                        .split_last()
                        .map_or(&[][..], |s| s.1)
                })
                .map(|&i| speculation_cost(kernel, i))
                .sum();
            let cheap = cost.is_some_and(|cost| cost <= MAX_SPECULATED);
            if !cheap || results.len() > MAX_SELECTS {
                return;
            }
        }
        self.changed = true;
        editor.kept().pop();
        for region in [then, otherwise] {
            let mut list = std::mem::take(&mut kernel.regions[region].insts);
            list.pop();
            editor.kept().extend(list);
        }
        let condition = kernel.insts[inst].args[0];
        let span = kernel.insts[inst].span;
        for (n, &result) in results.iter().enumerate() {
            let args = [condition, kernel.insts[a].args[n], kernel.insts[b].args[n]];
            let ty = kernel.ty(result);
            let select = kernel.new_inst(Op::Select, &args, &[ty], span);
            self.replacements
                .set(result, kernel.insts[select].results[0]);
            editor.kept().push(select);
        }
    }

    fn end_block(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        inst: InstId,
        body: RegionId,
    ) {
        self.thread_loop(kernel, inst, body);
        if !self.exits.breaks(inst).is_empty() && !self.nest(kernel, inst, body) {
            return;
        }
        self.changed = true;
        editor.kept().pop();
        let mut list = std::mem::take(&mut kernel.regions[body].insts);
        match list.last().copied() {
            Some(last) if matches!(kernel.insts[last].op, Op::Yield) => {
                list.pop();
                let values = kernel.insts[last].args.clone();
                self.results_are(kernel, inst, &values);
            }
            _ => self.drop_rest(kernel, editor),
        }
        editor.kept().extend(list);
    }

    fn end_loop(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId) {
        if !self.exits.breaks(inst).is_empty() {
            return;
        }
        // Nothing comes after it, but a region ends by a terminator.
        let rest = editor.take_rest();
        let is_return = |i: InstId| matches!(kernel.insts[i].op, Op::Return);
        self.changed |= rest.len() != 1 || !is_return(rest[0]);
        self.exits.forget_all(kernel, rest);
        let span = kernel.insts[inst].span;
        let end = kernel.new_inst(Op::Return, &[], &[], span);
        editor.kept().push(end);
    }

    /// A block whose last act is a loop: breaking the block from within the loop is breaking the
    /// loop, which then carries what the block would.
    fn thread_loop(&mut self, kernel: &mut Kernel, block: InstId, body: RegionId) {
        let [.., inner, end] = kernel.regions[body].insts[..] else {
            return;
        };
        let is_loop = matches!(kernel.insts[inner].op, Op::Loop { .. });
        if !is_loop || kernel.insts[end].op != Op::Yield {
            return;
        }
        let all = self.exits.breaks(block).to_vec();
        let within: HashSet<InstId> = breaks_within(kernel, inner, block);
        if within.is_empty() {
            return;
        }
        self.changed = true;
        let carried = kernel.insts[end].args.clone();
        let old = std::mem::take(&mut kernel.insts[inner].results);
        for again in self.exits.breaks(inner).to_vec() {
            let values = &kernel.insts[again].args;
            let new: Values = carried
                .iter()
                .map(|v| match old.iter().position(|o| o == v) {
                    Some(n) => values[n],
                    None => *v,
                })
                .collect();
            kernel.insts[again].args = new;
        }
        for &leave in all.iter().filter(|leave| within.contains(*leave)) {
            self.exits.forget(leave, &Op::Break(block));
            kernel.insts[leave].op = Op::Break(inner);
            self.exits.breaks.entry(inner).or_default().push(leave);
        }
        for n in 0..carried.len() {
            let result = kernel.insts[block].results[n];
            let ty = kernel.ty(result);
            let value = kernel.append_result(inner, ty);
            kernel.insts[end].args[n] = value;
        }
    }

    /// Makes the early exits of a block into `if … else`, if all of them can be.
    ///
    /// `if c { a; break B (x) } …rest; yield y` becomes `r = if c { a; yield x } else { …rest;
    /// yield y }; yield r`, and so on within both branches.
    fn nest(&mut self, kernel: &mut Kernel, block: InstId, body: RegionId) -> bool {
        let holders = match holders(kernel, block, body) {
            Some(holders) => holders,
            None => return false,
        };
        if !can_nest(kernel, &holders, body) {
            return false;
        }
        self.changed = true;
        let types: Vec<Type> = kernel.insts[block]
            .results
            .iter()
            .map(|&v| kernel.ty(v))
            .collect();
        let mut late = Replacements::default();
        let mut work = vec![body];
        while let Some(region) = work.pop() {
            let list = &kernel.regions[region].insts;
            let Some(at) = list.iter().position(|i| holders.contains(i)) else {
                if let Some(&last) = list.last() {
                    if kernel.insts[last].op == Op::Break(block) {
                        kernel.insts[last].op = Op::Yield;
                        self.exits.forget(last, &Op::Break(block));
                    }
                }
                continue;
            };
            let holder = list[at];
            let Op::If { then, otherwise } = kernel.insts[holder].op else {
                continue;
            };
            let rest = kernel.regions[region].insts.split_off(at + 1);
            let old = std::mem::take(&mut kernel.insts[holder].results);
            let arms = [then, otherwise].map(|arm| (arm, yields(kernel, arm)));
            let going_on = arms.iter().filter(|(_, last)| last.is_some()).count();
            for (arm, last) in arms {
                let Some(last) = last else { continue };
                if going_on == 2 {
                    // The rest is one `yield`: each branch gets a copy of it.
                    let values: Values = match rest.first() {
                        Some(&end) => kernel.insts[end]
                            .args
                            .iter()
                            .map(|v| match old.iter().position(|o| o == v) {
                                Some(n) => kernel.insts[last].args[n],
                                None => *v,
                            })
                            .collect(),
                        None => Values::new(),
                    };
                    kernel.insts[last].args = values;
                } else {
                    for (&result, &value) in old.iter().zip(&kernel.insts[last].args) {
                        late.set(result, value);
                    }
                    kernel.regions[arm].insts.pop();
                    kernel.regions[arm].insts.extend_from_slice(&rest);
                }
            }
            if going_on == 0 {
                self.exits.forget_all(kernel, rest);
            }
            for &ty in &types {
                kernel.append_result(holder, ty);
            }
            let results = kernel.insts[holder].results.clone();
            let span = kernel.insts[holder].span;
            let end = kernel.new_inst(Op::Yield, &results, &[], span);
            kernel.regions[region].insts.push(end);
            work.extend([then, otherwise]);
        }
        if !late.is_empty() {
            let mut walk = Walk::region(body);
            while let Some(step) = walk.next(kernel) {
                if let Step::Inst(inst) = step {
                    late.apply(kernel, inst);
                }
            }
        }
        true
    }
}

/// The `yield` at the end of a region, if it ends by one.
fn yields(kernel: &Kernel, region: RegionId) -> Option<InstId> {
    let last = kernel.regions[region].insts.last().copied()?;
    matches!(kernel.insts[last].op, Op::Yield).then_some(last)
}

/// The breaks of `block` that stand within a construct.
fn breaks_within(kernel: &Kernel, construct: InstId, block: InstId) -> HashSet<InstId> {
    let mut found = HashSet::new();
    for region in kernel.insts[construct].op.regions() {
        let mut walk = Walk::region(region);
        while let Some(step) = walk.next(kernel) {
            if let Step::Inst(inst) = step {
                if kernel.insts[inst].op == Op::Break(block) {
                    found.insert(inst);
                }
            }
        }
    }
    found
}

/// The `If`s within a block's body that hold breaks of it; `None` where a break stands in a loop
/// or another block, or where there are too many.
fn holders(kernel: &Kernel, block: InstId, body: RegionId) -> Option<HashSet<InstId>> {
    let mut holders = HashSet::new();
    let mut open = Vec::new();
    let mut found = 0;
    let mut walk = Walk::region(body);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Enter(construct, _) => open.push(construct),
            Step::Leave(..) => {
                open.pop();
            }
            Step::End(_) => {}
            Step::Inst(inst) if kernel.insts[inst].op == Op::Break(block) => {
                found += 1;
                if found > MAX_EARLY_EXITS {
                    return None;
                }
                for &construct in open.iter().rev() {
                    if !matches!(kernel.insts[construct].op, Op::If { .. }) {
                        return None;
                    }
                    if !holders.insert(construct) {
                        break;
                    }
                }
            }
            Step::Inst(_) => {}
        }
    }
    Some(holders)
}

/// Can what follows each holder move into the one branch of it that goes on? Where both go on,
/// what follows may be no more than a `yield`.
fn can_nest(kernel: &Kernel, holders: &HashSet<InstId>, body: RegionId) -> bool {
    let mut work = vec![(body, false)];
    while let Some((region, followed)) = work.pop() {
        let list = &kernel.regions[region].insts;
        for (at, inst) in list.iter().enumerate() {
            if !holders.contains(inst) {
                continue;
            }
            let Op::If { then, otherwise } = kernel.insts[*inst].op else {
                return false;
            };
            let last = yields(kernel, region);
            let rest = at + 2 < list.len() || followed || last.is_none();
            let going_on = [then, otherwise]
                .iter()
                .filter(|&&arm| yields(kernel, arm).is_some())
                .count();
            if going_on == 2 && rest {
                return false;
            }
            for arm in [then, otherwise] {
                let goes_on = yields(kernel, arm).is_some();
                work.push((arm, goes_on && rest));
            }
        }
    }
    true
}

/// What running an instruction needlessly costs, in simple operations; `None` if it must not be.
pub(super) fn speculation_cost(kernel: &Kernel, inst: InstId) -> Option<u32> {
    let data = &kernel.insts[inst];
    let wide = data
        .results
        .first()
        .is_some_and(|&v| kernel.ty(v).bytes() == 8);
    let cost = match data.op {
        Op::Const(_) | Op::Builtin(_) | Op::BindingSize(_) => 0,
        Op::Unary(op) => match op {
            UnaryOp::Sqrt
            | UnaryOp::Rsqrt
            | UnaryOp::Rcp
            | UnaryOp::Exp2
            | UnaryOp::Log2
            | UnaryOp::Sin
            | UnaryOp::Cos => 4,
            UnaryOp::Not
            | UnaryOp::INeg
            | UnaryOp::IAbs
            | UnaryOp::PopCount
            | UnaryOp::Clz
            | UnaryOp::Ctz
            | UnaryOp::BitReverse
            | UnaryOp::FNeg
            | UnaryOp::FAbs
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Trunc
            | UnaryOp::RoundEven
            | UnaryOp::Fract
            | UnaryOp::FrexpMant => 1,
        },
        Op::Binary(op) => match op {
            BinaryOp::UDiv | BinaryOp::SDiv | BinaryOp::URem | BinaryOp::SRem => 16,
            BinaryOp::FDiv | BinaryOp::FRem => 8,
            BinaryOp::IMul | BinaryOp::UMulHi | BinaryOp::SMulHi => 2,
            BinaryOp::IAdd
            | BinaryOp::ISub
            | BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Shl
            | BinaryOp::LShr
            | BinaryOp::AShr
            | BinaryOp::SMin
            | BinaryOp::SMax
            | BinaryOp::UMin
            | BinaryOp::UMax
            | BinaryOp::FAdd
            | BinaryOp::FSub
            | BinaryOp::FMul
            | BinaryOp::FMin
            | BinaryOp::FMax => 1,
        },
        Op::Ternary(_)
        | Op::Ldexp
        | Op::FrexpExp
        | Op::ICmp(_)
        | Op::FCmp(_)
        | Op::Select
        | Op::Convert(_) => 1,
        Op::Load(_)
        | Op::Store(..)
        | Op::Atomic(..)
        | Op::CompareExchange(..)
        | Op::Barrier(_)
        | Op::Subgroup(_)
        | Op::If { .. }
        | Op::Loop { .. }
        | Op::Block { .. }
        | Op::Yield
        | Op::Break(_)
        | Op::Continue(_)
        | Op::Return => return None,
    };
    Some(if wide { cost * 2 } else { cost })
}
