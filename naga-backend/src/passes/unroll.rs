//! Loops with a known number of trips.
//!
//! A loop is counted if a parameter starts at a constant, every trip computes its next value
//! from itself and constants alone, and a comparison of either with a constant breaks the loop.
//! Running that little program gives the trips. Few trips of a small body become straight code:
//! constant addresses, no counter, no exit test. Of many, several become one, with the exit test
//! left in the one that will break.
//!
//! Other exits stay where they are, so this says nothing about whether a loop ends otherwise.

use hashbrown::{HashMap, HashSet};

use super::copy::Copier;
use super::eval;
use crate::kernel::*;

/// Most instructions that a loop may become.
const FULL_BUDGET: usize = 768;

/// Most instructions of a body after joining trips.
const PARTIAL_BUDGET: usize = 192;

/// Most trips joined into one.
const MAX_JOINED: usize = 8;

/// Most trips to count.
const MAX_TRIPS: usize = 4096;

/// Most instructions to add to a kernel, as a multiple of what it has.
const MAX_GROWTH: usize = 4;

/// Instructions that any kernel may grow by.
const FREE_GROWTH: usize = 4096;

/// How far the next value may be computed from the counter.
const MAX_STEPS: u32 = 4;

/// Unrolls; says whether there was a loop for it.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let (order, total) = innermost(kernel);
    let mut budget = FREE_GROWTH.max(total * MAX_GROWTH);
    let mut changed = false;
    for (inst, size) in order {
        let Some(counted) = Counted::find(kernel, inst) else {
            continue;
        };
        let grown = counted.trips * size;
        if grown <= FULL_BUDGET && grown <= budget {
            budget -= grown;
            full(kernel, inst, &counted);
            changed = true;
            continue;
        }
        // A divisor leaves the test at the top; a power of two aligns addresses.
        let joined = (2..=MAX_JOINED)
            .filter(|n| *n <= counted.trips && n * size <= PARTIAL_BUDGET.min(budget))
            .max_by_key(|n| (counted.trips.is_multiple_of(*n), n.is_power_of_two(), *n));
        if let Some(joined) = joined {
            budget -= joined * size;
            join(kernel, &counted, joined);
            changed = true;
        }
    }
    changed
}

/// Loops without loops in them, with the instructions of their bodies; instructions of all.
pub(super) fn innermost(kernel: &Kernel) -> (Vec<(InstId, usize)>, usize) {
    let mut found = Vec::new();
    let mut total = 0;
    // For each open construct: instructions before it, and whether a loop ended within.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Inst(inst) => {
                let op = &kernel.insts[inst].op;
                total += usize::from(!matches!(op, Op::Const(_) | Op::Yield));
            }
            Step::Enter(..) => open.push((total, false)),
            Step::Leave(construct, _) => {
                let (before, has_loop) = open.pop().unwrap_or_default();
                let is_loop = matches!(kernel.insts[construct].op, Op::Loop { .. });
                if is_loop && !has_loop {
                    found.push((construct, (total - before).max(1)));
                }
                if let Some(outer) = open.last_mut() {
                    outer.1 |= is_loop || has_loop;
                }
            }
            Step::End(_) => {}
        }
    }
    (found, total)
}

/// Loops that end after a known number of trips and do nothing that can be observed but carry
/// values.
pub(super) fn idle(kernel: &Kernel) -> HashSet<InstId> {
    let (loops, _) = innermost(kernel);
    let does_nothing = |&inst: &InstId| {
        let Op::Loop { body } = kernel.insts[inst].op else {
            return false;
        };
        let mut walk = Walk::region(body);
        while let Some(step) = walk.next(kernel) {
            let Step::Inst(at) = step else { continue };
            let op = &kernel.insts[at].op;
            let quiet = match op.control() {
                Some(Control::If { .. } | Control::Yield) => true,
                Some(Control::Break(target) | Control::Continue(target)) => target == inst,
                Some(Control::Loop { .. } | Control::Block { .. } | Control::Return) => false,
                None => !op.has_effect(),
            };
            if !quiet {
                return false;
            }
        }
        true
    };
    let quiet = loops.into_iter().map(|(inst, _)| inst).filter(does_nothing);
    quiet
        .filter(|&inst| Counted::find(kernel, inst).is_some())
        .collect()
}

/// A loop with a known number of trips.
pub(super) struct Counted {
    body: RegionId,
    /// Where the exit test stands in the body.
    test: usize,
    /// The branch of the test that breaks.
    leaves: RegionId,
    /// Trips that go all the way round; the next one breaks at the test.
    pub trips: usize,
    /// What the condition is while it goes on.
    goes_on: bool,
}

impl Counted {
    pub fn find(kernel: &Kernel, inst: InstId) -> Option<Counted> {
        let Op::Loop { body } = kernel.insts[inst].op else {
            return None;
        };
        let list = &kernel.regions[body].insts;
        let &last = list.last()?;
        if kernel.insts[last].op != Op::Continue(inst) || has_other_continue(kernel, inst, body) {
            return None;
        }
        (0..list.len()).find_map(|at| Counted::at(kernel, inst, body, last, at))
    }

    /// If the instruction there is an exit test.
    fn at(
        kernel: &Kernel,
        inst: InstId,
        body: RegionId,
        again: InstId,
        at: usize,
    ) -> Option<Counted> {
        let test = kernel.regions[body].insts[at];
        let Op::If { then, otherwise } = kernel.insts[test].op else {
            return None;
        };
        let breaks = |region: RegionId| {
            let last = kernel.regions[region].insts.last();
            last.is_some_and(|&i| kernel.insts[i].op == Op::Break(inst))
        };
        let yields = |region: RegionId| {
            let last = kernel.regions[region].insts.last();
            last.is_some_and(|&i| kernel.insts[i].op == Op::Yield)
        };
        let leaves = match (breaks(then), breaks(otherwise)) {
            (true, false) if yields(otherwise) => then,
            (false, true) if yields(then) => otherwise,
            _ => return None,
        };
        let condition = kernel.insts[test].args[0];
        let params = &kernel.regions[body].params;
        for (n, &param) in params.iter().enumerate() {
            let init = kernel.constant(kernel.insts[inst].args[n]);
            let Some(init) = init.filter(|_| kernel.ty(param).is_int()) else {
                continue;
            };
            let next = kernel.insts[again].args[n];
            let trips = count(kernel, param, init, next, condition, leaves == then);
            if let Some(trips) = trips {
                return Some(Counted {
                    body,
                    test: at,
                    leaves,
                    trips,
                    goes_on: leaves != then,
                });
            }
        }
        None
    }
}

/// Trips until the condition becomes `stop`, if both it and the next value are functions of the
/// counter.
fn count(
    kernel: &Kernel,
    param: Value,
    init: u64,
    next: Value,
    condition: Value,
    stop: bool,
) -> Option<usize> {
    // Asked once before the loop, so that counting is cheap.
    function(kernel, condition, param, init, MAX_STEPS)?;
    let mut value = init;
    for trips in 0..=MAX_TRIPS {
        let holds = function(kernel, condition, param, value, MAX_STEPS)? == 1;
        if holds == stop {
            return Some(trips);
        }
        value = function(kernel, next, param, value, MAX_STEPS)?;
    }
    None
}

/// A value that depends on one parameter and constants, for a value of that parameter.
fn function(kernel: &Kernel, value: Value, param: Value, at: u64, depth: u32) -> Option<u64> {
    if value == param {
        return Some(at);
    }
    let data = &kernel.insts[kernel.def(value)?];
    if let Op::Const(bits) = data.op {
        return Some(bits);
    }
    if depth == 0 {
        return None;
    }
    let arg = |n: usize| function(kernel, data.args[n], param, at, depth - 1);
    let ty = kernel.ty(value);
    if let Op::ICmp(cc) = data.op {
        let ty = kernel.ty(data.args[0]);
        Some(eval::compare(eval::icmp(cc, ty, arg(0)?, arg(1)?)))
    } else if data.op == Op::Unary(UnaryOp::Not) && ty == Type::Bool {
        Some(1 - arg(0)?)
    } else if !ty.is_int() {
        None
    } else if let Op::Unary(op) = data.op {
        eval::unary(op, ty, arg(0)?)
    } else if let Op::Binary(op) = data.op {
        eval::binary(op, ty, arg(0)?, arg(1)?)
    } else {
        None
    }
}

fn has_other_continue(kernel: &Kernel, inst: InstId, body: RegionId) -> bool {
    let mut walk = Walk::region(body);
    while let Some(step) = walk.next(kernel) {
        if let Step::Inst(at) = step {
            if walk.depth() > 0 && kernel.insts[at].op == Op::Continue(inst) {
                return true;
            }
        }
    }
    false
}

/// Copies a trip; parameters are the values given.
fn copy_trip(
    kernel: &mut Kernel,
    body: RegionId,
    list: &[InstId],
    values: &[Value],
) -> (Vec<InstId>, HashMap<Value, Value>) {
    let params = kernel.regions[body].params.clone();
    let values = params.into_iter().zip(values.iter().copied());
    let mut copier = Copier::new(kernel, values);
    let out = copier.copy(list);
    (out, copier.values)
}

/// All trips in a row, in a block in place of the loop.
fn full(kernel: &mut Kernel, inst: InstId, counted: &Counted) {
    let body = counted.body;
    let list = std::mem::take(&mut kernel.regions[body].insts);
    let mut values: Values = kernel.insts[inst].args.clone();
    let (define, goes_on) = condition(kernel, counted.goes_on);
    let mut out = vec![define];
    let (&again, round) = list.split_last().expect("a loop's body ends by `continue`");
    let next = kernel.insts[again].args.clone();
    let original = kernel.insts[list[counted.test]].args[0];
    for _ in 0..counted.trips {
        kernel.insts[list[counted.test]].args[0] = goes_on;
        let (copies, map) = copy_trip(kernel, body, round, &values);
        out.extend(copies);
        values = next
            .iter()
            .map(|v| map.get(v).copied().unwrap_or(*v))
            .collect();
    }
    kernel.insts[list[counted.test]].args[0] = original;
    // The trip that leaves: up to the test, and what the test does when it breaks.
    let mut last = list[..counted.test].to_vec();
    last.extend(std::mem::take(&mut kernel.regions[counted.leaves].insts));
    let (copies, _) = copy_trip(kernel, body, &last, &values);
    out.extend(copies);
    let region = kernel.new_region(&[]);
    kernel.regions[region].insts = out;
    let data = &mut kernel.insts[inst];
    data.op = Op::Block { body: region };
    data.args.clear();
}

/// Several trips in one. The one that will break keeps its test.
fn join(kernel: &mut Kernel, counted: &Counted, joined: usize) {
    let body = counted.body;
    let list = std::mem::take(&mut kernel.regions[body].insts);
    let (define, goes_on) = condition(kernel, counted.goes_on);
    let (&again, round) = list.split_last().expect("a loop's body ends by `continue`");
    let next = kernel.insts[again].args.clone();
    let test = list[counted.test];
    let original = kernel.insts[test].args[0];
    let breaks = counted.trips % joined;
    let mut copies = Vec::new();
    let mut values: Values = next.clone();
    for n in 1..joined {
        kernel.insts[test].args[0] = if n == breaks { original } else { goes_on };
        let (trip, map) = copy_trip(kernel, body, round, &values);
        copies.extend(trip);
        values = next
            .iter()
            .map(|v| map.get(v).copied().unwrap_or(*v))
            .collect();
    }
    kernel.insts[test].args[0] = if breaks == 0 { original } else { goes_on };
    let mut whole = vec![define];
    whole.extend_from_slice(round);
    whole.extend(copies);
    kernel.insts[again].args = values;
    whole.push(again);
    kernel.regions[body].insts = whole;
}

fn condition(kernel: &mut Kernel, on: bool) -> (InstId, Value) {
    let inst = kernel.new_inst(
        Op::Const(on as u64),
        &[],
        &[Type::Bool],
        naga::Span::UNDEFINED,
    );
    (inst, kernel.insts[inst].results[0])
}
