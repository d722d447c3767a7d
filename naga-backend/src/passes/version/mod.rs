//! Two versions of a loop: without checks where all its accesses are inside, else as it was.
//!
//! In front of an innermost loop the largest value that each address can have in it is computed
//! from what does not change in the loop. If all of them are in bounds, a copy runs whose accesses
//! are unchecked and whose indices are not clamped.
//!
//! A largest value comes from a comparison that holds where the access stands (`i < n` in the body
//! of `while (i < n)`; never from a loop's ending), from what a counter that only falls began
//! with, and from sums, products and shifts of such. Bounds are natural numbers: a sum modulo 2^32
//! is at most the sum, so an index that wraps on its way is bounded as well. They are computed in
//! 64 bits, and cut to 32 where a product might not fit: what is cut is no size of a binding.
//!
//! Lanes would run both versions one after the other where they disagree. So values that differ
//! between lanes are replaced by bounds of their own where there are such, and where the loop holds
//! a barrier or a subgroup operation nothing else will do.

mod bound;
mod split;

use std::cell::Cell;

use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use bound::{Bound, Expr};
use split::split;

use super::facts::Above;
use super::range::State;
use super::uniformity::{Extent, Uniformity};
use super::unroll::{innermost, Counted};
use crate::kernel::*;

/// Most instructions of a body.
const MAX_SIZE: usize = 512;

/// Instructions of a body to a check, at most: below that it does not show.
const SIZE_PER_CHECK: usize = 32;

/// Trips assumed of a loop, for weighing.
const TRIPS: usize = 16;

/// Instructions that any kernel may grow by; a large one by half of itself.
const FREE_GROWTH: usize = 1024;

/// Comparisons in front of a loop.
const MAX_CHECKS: usize = 8;

/// How far a bound is followed through operands, and how many of them are looked at.
const DEPTH: u32 = 10;
const FUEL: u32 = 96;

/// Largest number that may stand for a value which is smaller more often than not.
const MAX_GUESS: u64 = 0xffff;

const WORD: u64 = u32::MAX as u64;

/// Versions loops for checks of accesses and for clamps; says whether there was one for it.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    version(kernel, true)
}

/// The same for clamps only: for hardware that checks bindings itself.
pub(super) fn run_clamps(kernel: &mut Kernel) -> bool {
    version(kernel, false)
}

fn version(kernel: &mut Kernel, accesses: bool) -> bool {
    let (loops, total) = innermost(kernel);
    let candidates: HashMap<InstId, Candidate> = (loops.into_iter())
        .filter(|&(_, size)| size <= MAX_SIZE)
        .filter_map(|(inst, size)| Some((inst, Candidate::new(kernel, inst, size, accesses)?)))
        .collect();
    if candidates.is_empty() {
        return false;
    }
    let mut budget = FREE_GROWTH.max(total / 2);
    let plans = plans(kernel, candidates, accesses);
    let regions = homes(kernel, &plans);
    let mut changed = false;
    for (inst, plan) in plans {
        let (true, Some(&region)) = (plan.size <= budget, regions.get(&inst)) else {
            continue;
        };
        budget -= plan.size;
        split(kernel, region, inst, &plan);
        changed = true;
    }
    changed
}

/// A loop to look at.
struct Candidate {
    size: usize,
    /// Trips, if they are known and few.
    trips: usize,
    /// All lanes must take the same version.
    together: bool,
}

impl Candidate {
    fn new(kernel: &Kernel, inst: InstId, size: usize, accesses: bool) -> Option<Candidate> {
        let Op::Loop { body } = kernel.insts[inst].op else {
            return None;
        };
        let (mut together, mut checks) = (false, 0);
        let mut walk = Walk::region(body);
        while let Some(step) = walk.next(kernel) {
            let Step::Inst(inst) = step else { continue };
            let data = &kernel.insts[inst];
            together |= matches!(data.op, Op::Barrier(_) | Op::Subgroup(_));
            let checked = accesses && data.op.access().is_some_and(|access| access.checked);
            let clamp = data.op == Op::Binary(BinaryOp::UMin);
            checks += usize::from(checked || clamp);
        }
        let trips = Counted::find(kernel, inst).map_or(TRIPS, |counted| counted.trips.min(TRIPS));
        (checks * SIZE_PER_CHECK >= size).then_some(Candidate {
            size,
            trips,
            together,
        })
    }
}

/// What must hold in front of a loop.
struct Check {
    bound: Bound,
    limit: Limit,
}

#[derive(Clone, Copy)]
enum Limit {
    /// `bound · factor + end` is at most the size of a binding.
    Binding {
        binding: BindingId,
        factor: u64,
        end: u64,
    },
    /// The bound is at most a constant.
    Constant(u64),
}

/// An access that needs no check in the first version.
struct Unchecked {
    inst: InstId,
    /// Its dynamic offset without a constant summand.
    dynamic: Option<Value>,
    summand: u32,
}

struct Plan {
    size: usize,
    checks: Vec<Check>,
    accesses: Vec<Unchecked>,
    /// `min` instructions that only pass on their first operand.
    clamps: Vec<InstId>,
}

impl Plan {
    fn pays(&self, candidate: &Candidate) -> bool {
        let gain = self.accesses.len() + self.clamps.len();
        let cost: usize = self.checks.iter().map(|c| 4 + c.bound.cost()).sum();
        gain * SIZE_PER_CHECK >= candidate.size
            && gain * candidate.trips >= cost
            && self.checks.len() <= MAX_CHECKS
    }

    /// Adds a check, or strengthens one that is there.
    fn require(&mut self, bound: Bound, limit: Limit) {
        let same = (self.checks.iter_mut()).find_map(|check| match (&mut check.limit, limit) {
            (
                Limit::Binding {
                    binding,
                    factor,
                    end,
                },
                Limit::Binding {
                    binding: b,
                    factor: f,
                    end: e,
                },
            ) if *binding == b && *factor == f && check.bound == bound => {
                *end = (*end).max(e);
                Some(())
            }
            (Limit::Constant(old), Limit::Constant(new)) if check.bound == bound => {
                *old = (*old).min(new);
                Some(())
            }
            (Limit::Binding { .. } | Limit::Constant(_), _) => None,
        });
        if same.is_none() {
            self.checks.push(Check { bound, limit });
        }
    }
}

/// What each loop would need, of those that pay, in program order.
fn plans(
    kernel: &Kernel,
    candidates: HashMap<InstId, Candidate>,
    accesses: bool,
) -> Vec<(InstId, Plan)> {
    let uniformity = Uniformity::compute_with(kernel, Extent::Workgroup, |_| false);
    let mut planner = Planner {
        kernel,
        uniformity,
        falling: falling(kernel, &candidates),
        state: State::solved(kernel),
        level: 0,
        together: false,
        fuel: Cell::new(FUEL),
    };
    let mut plans = Vec::new();
    let mut current: Option<(InstId, Plan)> = None;
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Inst(inst) => {
                if let Some((_, plan)) = &mut current {
                    planner.fuel.set(FUEL);
                    planner.access(plan, inst, accesses);
                }
                planner.state.inst(kernel, inst);
            }
            Step::Enter(construct, region) => {
                if let Some(candidate) = candidates.get(&construct) {
                    planner.level = planner.state.depth();
                    planner.together = candidate.together;
                    let plan = Plan {
                        size: candidate.size,
                        checks: Vec::new(),
                        accesses: Vec::new(),
                        clamps: Vec::new(),
                    };
                    current = Some((construct, plan));
                }
                planner.state.enter(kernel, construct, region);
            }
            Step::Leave(construct, _) => {
                planner.state.leave();
                let ended = current.take_if(|(inst, _)| *inst == construct);
                plans.extend(ended.filter(|(inst, plan)| plan.pays(&candidates[inst])));
            }
            Step::End(construct) => planner.state.end(kernel, construct),
        }
    }
    plans
}

/// Parameters of the loops whose next value is never above the last.
fn falling(kernel: &Kernel, candidates: &HashMap<InstId, Candidate>) -> HashSet<Value> {
    let mut found: HashSet<Value> = HashSet::new();
    for &inst in candidates.keys() {
        if let Op::Loop { body } = kernel.insts[inst].op {
            let params = kernel.regions[body].params.iter().copied();
            found.extend(params.filter(|&param| kernel.ty(param) == Type::I32));
        }
    }
    let mut state = State::solved(kernel);
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Inst(inst) => {
                let data = &kernel.insts[inst];
                if let Op::Continue(target) = data.op {
                    if let Op::Loop { body } = kernel.insts[target].op {
                        let params = kernel.regions[body].params.iter().zip(&data.args);
                        for (&param, &next) in params {
                            if !falls(kernel, &state, param, next) {
                                found.remove(&param);
                            }
                        }
                    }
                }
                state.inst(kernel, inst);
            }
            Step::Enter(construct, region) => state.enter(kernel, construct, region),
            Step::Leave(..) => state.leave(),
            Step::End(construct) => state.end(kernel, construct),
        }
    }
    found
}

fn falls(kernel: &Kernel, state: &State, param: Value, next: Value) -> bool {
    use BinaryOp::*;
    if next == param {
        return true;
    }
    let Some((op, x, y)) = kernel.binary(next) else {
        return false;
    };
    let at_least = |by: u64| state.query(kernel, param, 3).umin >= by;
    let constant = kernel.constant(y);
    match op {
        And | UMin => x == param || y == param,
        LShr => x == param,
        // Of a division by 0 anything may come.
        UDiv => x == param && constant.is_some_and(|c| c > 0),
        ISub => x == param && constant.is_some_and(at_least),
        IAdd => {
            let by = constant.map(|c| (c as u32).wrapping_neg());
            x == param && by.is_some_and(|by| at_least(by.into()))
        }
        IMul | UMulHi | SMulHi | SDiv | URem | SRem | Or | Xor | Shl | AShr | SMin | SMax
        | UMax | FAdd | FSub | FMul | FDiv | FRem | FMin | FMax => false,
    }
}

struct Planner<'k> {
    kernel: &'k Kernel,
    uniformity: Uniformity,
    falling: HashSet<Value>,
    state: State,
    /// Constructs around the current loop.
    level: usize,
    together: bool,
    /// Operands that may still be looked at for the current instruction.
    fuel: Cell<u32>,
}

impl Planner<'_> {
    /// What an instruction of the loop would gain.
    fn access(&self, plan: &mut Plan, inst: InstId, accesses: bool) {
        let data = &self.kernel.insts[inst];
        let Some(&access) = data.op.access() else {
            return;
        };
        let dynamic = data.offset();
        if let Some(dynamic) = dynamic {
            self.clamps(plan, dynamic);
        }
        let Space::Binding(binding) = access.space else {
            return;
        };
        if !access.checked || !accesses {
            return;
        }
        let mut dynamic = dynamic;
        let mut summand = 0u32;
        // A constant summand goes to the constant offset: the sum is within the bound's.
        while let Some((BinaryOp::IAdd, x, y)) = dynamic.and_then(|d| self.kernel.binary(d)) {
            let Some(c) = self.kernel.constant(y).filter(|&c| c <= WORD / 2) else {
                break;
            };
            let Some(sum) = summand.checked_add(c as u32) else {
                break;
            };
            (dynamic, summand) = (Some(x), sum);
        }
        let (mut part, mut factor) = (dynamic, 1u64);
        while let Some((op, x, y)) = part.and_then(|part| self.kernel.binary(part)) {
            let by = match (op, self.kernel.constant(y)) {
                (BinaryOp::Shl, Some(c)) => 1 << (c & 31),
                (BinaryOp::IMul, Some(c @ 1..)) => c,
                _ => break,
            };
            if factor * by > WORD {
                break;
            }
            (part, factor) = (Some(x), factor * by);
        }
        let end = u64::from(access.offset) + u64::from(summand) + self.kernel.accessed_bytes(inst);
        let bound = match part {
            Some(part) => self.bound(part, DEPTH),
            None => Some(Bound::constant(0)),
        };
        let Some(bound) = bound.map(Bound::cut) else {
            return;
        };
        if let Expr::Const(value) = bound.expr {
            if value * factor + end > WORD {
                return;
            }
        }
        let limit = Limit::Binding {
            binding,
            factor,
            end,
        };
        plan.require(bound, limit);
        plan.accesses.push(Unchecked {
            inst,
            dynamic,
            summand,
        });
    }

    /// The clamps of the loop on the way to an address.
    fn clamps(&self, plan: &mut Plan, offset: Value) {
        let mut work: SmallVec<[Value; 8]> = SmallVec::new();
        work.push(offset);
        let mut seen = 0;
        while let Some(value) = work.pop() {
            seen += 1;
            if seen > 16 || self.is_outside(value) {
                continue;
            }
            let Some((op, x, y)) = self.kernel.binary(value) else {
                continue;
            };
            if let BinaryOp::IAdd | BinaryOp::IMul | BinaryOp::Shl = op {
                work.extend([x, y]);
            }
            if op != BinaryOp::UMin {
                continue;
            }
            work.push(x);
            let Some(def) = self.kernel.def(value) else {
                continue;
            };
            let limit = self.kernel.constant(y);
            let (Some(limit), false) = (limit, plan.clamps.contains(&def)) else {
                continue;
            };
            let Some(bound) = self.bound(x, DEPTH) else {
                continue;
            };
            if matches!(bound.expr, Expr::Const(most) if most > limit) {
                continue;
            }
            plan.require(bound, Limit::Constant(limit));
            plan.clamps.push(def);
        }
    }

    /// Was the value computed in front of the loop?
    fn is_outside(&self, value: Value) -> bool {
        self.state.level(value) <= self.level
    }

    /// The largest that an i32 can be where the walk is, by what is known in front of the loop.
    fn bound(&self, value: Value, depth: u32) -> Option<Bound> {
        let fuel = self.fuel.get();
        if depth == 0 || fuel == 0 || self.kernel.ty(value) != Type::I32 {
            return None;
        }
        self.fuel.set(fuel - 1);
        let range = self.state.query(self.kernel, value, 3);
        if let Some(bits) = range.single() {
            return Some(Bound::constant(bits));
        }
        let outside = self.is_outside(value);
        let own = || Bound {
            expr: Expr::Of(value),
            most: range.umax,
        };
        let uniform = self.uniformity.is_uniform(value);
        if outside && uniform {
            return Some(own());
        }
        if outside && range.umax <= MAX_GUESS {
            return Some(Bound::constant(range.umax));
        }
        let by_parts = || {
            let by_operands = self.by_operands(value, depth);
            by_operands.or_else(|| self.by_beginning(value, depth))
        };
        let by_guess = || (range.umax <= MAX_GUESS).then(|| Bound::constant(range.umax));
        let found = self
            .by_comparison(value, range.trailing_zeros(), depth)
            .or_else(by_parts)
            .or_else(by_guess);
        match found {
            None if outside && !self.together => Some(own()),
            found => found,
        }
    }

    /// From a comparison that holds here.
    fn by_comparison(&self, value: Value, zeros: u32, depth: u32) -> Option<Bound> {
        let is_negative = self.state.query(self.kernel, value, 3).smin < 0;
        let above = self.state.facts.above(value, is_negative);
        let outside = |above: &&Above| self.is_outside(above.value);
        let bound = |above: &Above| {
            let bound = self.bound(above.value, depth - 1)?;
            Some(bound.less(above.strict.into()).clear(zeros))
        };
        above.iter().filter(outside).find_map(bound)
    }

    /// From what a counter that only falls began with.
    fn by_beginning(&self, value: Value, depth: u32) -> Option<Bound> {
        let ValueDef::Param(region, n) = self.kernel.values[value].def else {
            return None;
        };
        if !self.falling.contains(&value) {
            return None;
        }
        let is_loop = |open: &InstId| self.kernel.insts[*open].op == Op::Loop { body: region };
        let inst = self.state.constructs().find(is_loop)?;
        self.bound(self.kernel.insts[inst].args[n as usize], depth - 1)
    }

    fn by_operands(&self, value: Value, depth: u32) -> Option<Bound> {
        let (op, x, y) = self.kernel.binary(value)?;
        let bound = |value: Value| self.bound(value, depth - 1);
        let constant = self.kernel.constant(y);
        let range = |value: Value| self.state.query(self.kernel, value, 3);
        match op {
            BinaryOp::IAdd => match constant {
                // A difference, if that does not wrap.
                Some(c) if c > WORD / 2 => {
                    let by = u64::from((c as u32).wrapping_neg());
                    let falls = range(x).umin >= by;
                    falls.then(|| bound(x)).flatten().map(|x| x.less(by))
                }
                _ => Some(bound(x)?.sum(bound(y)?)),
            },
            BinaryOp::ISub => {
                let (x_range, y_range) = (range(x), range(y));
                let falls = x_range.umin >= y_range.umax;
                falls
                    .then(|| bound(x))
                    .flatten()
                    .map(|x| x.less(y_range.umin))
            }
            BinaryOp::IMul => Some(bound(x)?.product(bound(y)?)),
            BinaryOp::Shl => Some(bound(x)?.product(Bound::constant(1 << (constant? & 31)))),
            BinaryOp::LShr => Some(bound(x)?.cut().shifted((constant? & 31) as u32)),
            BinaryOp::And => match constant {
                Some(mask) if mask <= MAX_GUESS => Some(Bound::constant(mask)),
                _ => bound(x).or_else(|| bound(y)),
            },
            // Bits that only one has add up.
            BinaryOp::Or | BinaryOp::Xor => Some(bound(x)?.sum(bound(y)?)),
            BinaryOp::UMin => bound(x).or_else(|| bound(y)),
            BinaryOp::UDiv
            | BinaryOp::URem
            | BinaryOp::SDiv
            | BinaryOp::SRem
            | BinaryOp::UMulHi
            | BinaryOp::SMulHi
            | BinaryOp::AShr
            | BinaryOp::SMin
            | BinaryOp::SMax
            | BinaryOp::UMax
            | BinaryOp::FAdd
            | BinaryOp::FSub
            | BinaryOp::FMul
            | BinaryOp::FDiv
            | BinaryOp::FRem
            | BinaryOp::FMin
            | BinaryOp::FMax => None,
        }
    }
}

/// The regions that hold the planned loops.
fn homes(kernel: &Kernel, plans: &[(InstId, Plan)]) -> HashMap<InstId, RegionId> {
    let wanted: HashSet<InstId> = plans.iter().map(|&(inst, _)| inst).collect();
    let mut found = HashMap::new();
    let mut open = vec![kernel.body];
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Inst(inst) if wanted.contains(&inst) => {
                found.extend(open.last().map(|&region| (inst, region)));
            }
            Step::Inst(_) | Step::End(_) => {}
            Step::Enter(_, region) => open.push(region),
            Step::Leave(..) => {
                open.pop();
            }
        }
    }
    found
}
