//! Four trips of a loop become one, whose loads stand side by side at its beginning.
//!
//! A loop that waits for one load in each trip has few bytes on their way from memory; by Little's
//! law that bounds what it can read. So an innermost loop `while (i < n) { …; i += step; }` whose body
//! is straight code gets a loop in front that runs while four trips are left, without their exit
//! tests. The loop as it was does the rest, or everything where a counter might wrap on the way:
//! `i < n` and `3·step < n - i` mean that `i + 3·step < n`, as natural numbers.
//!
//! A load goes to the beginning if nothing that the loop writes can be what it reads: read-only
//! bindings; other memory than what is written; and of the same binding what a later trip reads at
//! a constant distance from all that earlier ones write. Such distances hold modulo 2^32, as
//! addresses within a binding do.
//!
//! Loops with checked accesses stay: they have a version without checks, or else wait for nothing
//! that this would help. Barriers and subgroup operations must not run in another number of places.

use hashbrown::{HashMap, HashSet};

use super::copy::Copier;
use super::edit::Editor;
use super::gvn::class;
use super::unroll::{innermost, Counted};
use crate::kernel::*;

/// Trips that become one.
const TRIPS: u32 = 4;

/// Most instructions of a body.
const MAX_SIZE: usize = 40;

/// Largest constant offset that trips make.
const MAX_OFFSET: u64 = 1 << 20;

/// Instructions that any kernel may grow by; a large one by half of itself.
const FREE_GROWTH: usize = 1024;

/// Joins trips; says whether there was a loop for it.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let (loops, total) = innermost(kernel);
    let mut budget = FREE_GROWTH.max(total / 2);
    let mut plans: HashMap<InstId, Plan> = HashMap::new();
    for (inst, size) in loops {
        let growth = size * TRIPS as usize;
        if size > MAX_SIZE || growth > budget {
            continue;
        }
        if let Some(plan) = Plan::find(kernel, inst) {
            budget -= growth;
            plans.insert(inst, plan);
        }
    }
    if plans.is_empty() {
        return false;
    }
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        let Step::Inst(inst) = step else { continue };
        if let Some(plan) = plans.get(&inst) {
            for front in plan.apply(kernel, inst) {
                editor.insert(front);
            }
        }
        editor.keep(kernel, inst);
    }
    true
}

/// A loop whose trips can be joined.
struct Plan {
    body: RegionId,
    /// What a trip does, without its exit test.
    round: Vec<InstId>,
    /// The values of the next trip.
    next: Values,
    counter: Value,
    step: Value,
    bound: Value,
    /// What goes to the beginning of several trips.
    early: HashSet<InstId>,
    /// How far accesses move in a trip, where that is a constant and no sum wraps.
    moves: HashMap<InstId, u32>,
}

impl Plan {
    fn find(kernel: &Kernel, inst: InstId) -> Option<Plan> {
        let Op::Loop { body } = kernel.insts[inst].op else {
            return None;
        };
        let list = &kernel.regions[body].insts;
        let (&again, rest) = list.split_last()?;
        if kernel.insts[again].op != Op::Continue(inst) || Counted::find(kernel, inst).is_some() {
            return None;
        }
        let is_construct = |&&i: &&InstId| kernel.insts[i].op.is_construct();
        let mut constructs = rest.iter().filter(is_construct);
        let (Some(&test), None) = (constructs.next(), constructs.next()) else {
            return None;
        };
        let defined: HashSet<Value> = (rest.iter())
            .flat_map(|&i| &kernel.insts[i].results)
            .chain(&kernel.regions[body].params)
            .copied()
            .collect();
        let (counter, bound) = exit_test(kernel, inst, test)?;
        let at = (kernel.regions[body].params.iter()).position(|&param| param == counter)?;
        let next = kernel.insts[again].args.clone();
        let step = match summands(kernel, next[at])? {
            [x, y] if x == counter => y,
            [x, y] if y == counter => x,
            _ => return None,
        };
        if defined.contains(&step) || defined.contains(&bound) {
            return None;
        }
        let before = rest.iter().take_while(|&&i| i != test);
        if !before.clone().all(|&i| kernel.insts[i].op.is_pure()) {
            return None;
        }
        let round: Vec<InstId> = rest.iter().copied().filter(|&i| i != test).collect();
        let early = Early {
            kernel,
            round: &round,
            defined: &defined,
            counter,
            next: next[at],
            step: kernel.constant(step),
        };
        let moves = round.iter().filter_map(|&i| Some((i, early.moves(i)?)));
        let moves = moves.collect();
        let early = early.find()?;
        Some(Plan {
            moves,
            body,
            round,
            next,
            counter,
            step,
            bound,
            early,
        })
    }

    /// The loop over several trips, and what it needs, in front of the loop as it was.
    fn apply(&self, kernel: &mut Kernel, inst: InstId) -> Vec<InstId> {
        let mut out = Vec::new();
        let span = kernel.insts[inst].span;
        let value = |kernel: &mut Kernel, list: &mut Vec<InstId>, op, args: &[Value], ty| {
            let inst = kernel.new_inst(op, args, &[ty], span);
            list.push(inst);
            kernel.insts[inst].results[0]
        };
        let others = u64::from(TRIPS - 1);
        let [count, most, all] = [others, u64::from(u32::MAX) / others, u32::MAX.into()]
            .map(|bits| value(kernel, &mut out, Op::Const(bits), &[], Type::I32));
        // Where the product does not fit nothing is above it, and each trip runs alone.
        let fits = Op::ICmp(IntCc::ULe);
        let fits = value(kernel, &mut out, fits, &[self.step, most], Type::Bool);
        let product = Op::Binary(BinaryOp::IMul);
        let product = value(kernel, &mut out, product, &[self.step, count], Type::I32);
        let ahead = value(
            kernel,
            &mut out,
            Op::Select,
            &[fits, product, all],
            Type::I32,
        );

        let types: Vec<Type> = (kernel.regions[self.body].params.iter())
            .map(|&param| kernel.ty(param))
            .collect();
        let body = kernel.new_region(&types);
        let params: Values = kernel.regions[body].params.iter().copied().collect();
        let init = kernel.insts[inst].args.clone();
        let ahead_loop = kernel.new_inst(Op::Loop { body }, &init, &types, span);
        kernel.insts[inst].args = kernel.insts[ahead_loop].results.clone();

        let mut list = Vec::new();
        let at = (kernel.regions[self.body].params.iter()).position(|&p| p == self.counter);
        let counter = params[at.unwrap_or(0)];
        let below = Op::ICmp(IntCc::ULt);
        let below = value(kernel, &mut list, below, &[counter, self.bound], Type::Bool);
        let room = Op::Binary(BinaryOp::ISub);
        let room = value(kernel, &mut list, room, &[self.bound, counter], Type::I32);
        let enough = Op::ICmp(IntCc::ULt);
        let enough = value(kernel, &mut list, enough, &[ahead, room], Type::Bool);
        let both = Op::Binary(BinaryOp::And);
        let both = value(kernel, &mut list, both, &[below, enough], Type::Bool);
        let [then, otherwise] = [0; 2].map(|_| kernel.new_region(&[]));
        let goes_on = kernel.new_inst(Op::Yield, &[], &[], span);
        kernel.regions[then].insts.push(goes_on);
        let leaves = kernel.new_inst(Op::Break(ahead_loop), &params, &[], span);
        kernel.regions[otherwise].insts.push(leaves);
        list.push(kernel.new_inst(Op::If { then, otherwise }, &[both], &[], span));

        let mut values = params;
        let (mut early, mut late) = (Vec::new(), Vec::new());
        let mut first: HashMap<InstId, Value> = HashMap::new();
        for trip in 0..TRIPS {
            let params = kernel.regions[self.body].params.clone();
            let mut copier = Copier::new(kernel, params.into_iter().zip(values));
            let copies = copier.copy(&self.round);
            values = self.next.iter().map(|&v| copier.map(v)).collect();
            for (original, copy) in self.round.iter().zip(copies) {
                if let Some(&by) = self.moves.get(original) {
                    // From the address of the first trip.
                    let data = &mut kernel.insts[copy];
                    let dynamic = *first.entry(*original).or_insert(data.args[0]);
                    data.args[0] = dynamic;
                    if let Some(access) = data.op.access_mut() {
                        access.offset += trip * by;
                    }
                }
                match self.early.contains(original) {
                    true => early.push(copy),
                    false => late.push(copy),
                }
            }
        }
        list.extend(early);
        list.extend(late);
        list.push(kernel.new_inst(Op::Continue(ahead_loop), &values, &[], span));
        kernel.regions[body].insts = list;
        out.push(ahead_loop);
        out
    }
}

/// What is smaller than what while a loop goes on, if that is all its test does.
fn exit_test(kernel: &Kernel, inst: InstId, test: InstId) -> Option<(Value, Value)> {
    let data = &kernel.insts[test];
    let Op::If { then, otherwise } = data.op else {
        return None;
    };
    let only = |region: RegionId, op: Op| match kernel.regions[region].insts.as_slice() {
        &[one] => kernel.insts[one].op == op,
        _ => false,
    };
    let goes_on = only(then, Op::Yield) && only(otherwise, Op::Break(inst));
    let leaves = only(otherwise, Op::Yield) && only(then, Op::Break(inst));
    let condition = &kernel.insts[kernel.def(*data.args.first()?)?];
    let (Op::ICmp(cc), &[x, y]) = (&condition.op, condition.args.as_slice()) else {
        return None;
    };
    if kernel.ty(x) != Type::I32 || !data.results.is_empty() {
        return None;
    }
    match cc {
        IntCc::ULt if goes_on => Some((x, y)),
        IntCc::UGt if goes_on => Some((y, x)),
        IntCc::UGe if leaves => Some((x, y)),
        IntCc::ULe if leaves => Some((y, x)),
        IntCc::ULt
        | IntCc::UGt
        | IntCc::UGe
        | IntCc::ULe
        | IntCc::Eq
        | IntCc::Ne
        | IntCc::SLt
        | IntCc::SLe
        | IntCc::SGt
        | IntCc::SGe => None,
    }
}

fn summands(kernel: &Kernel, value: Value) -> Option<[Value; 2]> {
    let (op, x, y) = kernel.binary(value)?;
    (op == BinaryOp::IAdd).then_some([x, y])
}

/// The search for what may go to the beginning.
struct Early<'k> {
    kernel: &'k Kernel,
    round: &'k [InstId],
    /// Values of the loop.
    defined: &'k HashSet<Value>,
    counter: Value,
    /// The counter of the next trip.
    next: Value,
    step: Option<u64>,
}

impl Early<'_> {
    /// Loads, and what their addresses are made of; `None` if there is no load of a binding, or
    /// something that cannot run four times in a row.
    fn find(&self) -> Option<HashSet<InstId>> {
        let mut early = HashSet::new();
        let mut loads: HashSet<InstId> = HashSet::new();
        for &inst in self.round {
            let data = &self.kernel.insts[inst];
            let checked = data.op.access().is_some_and(|access| access.checked);
            if checked || matches!(data.op, Op::Barrier(_) | Op::Subgroup(_)) {
                return None;
            }
            let known = data.args.iter().all(|&arg| self.is_early(&early, arg));
            let goes = if let Op::Load(access) = data.op {
                known && !access.atomic && self.is_apart(inst, &access)
            } else {
                known && data.op.is_pure()
            };
            if goes {
                early.insert(inst);
                let binding = |access: &Access| matches!(access.space, Space::Binding(_));
                if data.op.access().is_some_and(binding) {
                    loads.insert(inst);
                }
            }
        }
        if loads.is_empty() {
            return None;
        }
        let mut needed = loads;
        needed.extend(self.kernel.def(self.next));
        for &inst in self.round.iter().rev() {
            if needed.contains(&inst) {
                let args = self.kernel.insts[inst].args.iter();
                needed.extend(args.filter_map(|&arg| self.kernel.def(arg)));
            }
        }
        early.retain(|inst| needed.contains(inst));
        Some(early)
    }

    /// Is a value there before what stays?
    fn is_early(&self, early: &HashSet<InstId>, value: Value) -> bool {
        let def = self.kernel.def(value);
        !self.defined.contains(&value)
            || value == self.counter
            || def.is_some_and(|def| early.contains(&def))
    }

    /// Does no trip write what a later one reads by this load?
    fn is_apart(&self, load: InstId, access: &Access) -> bool {
        let Some(read) = class(self.kernel, access.space) else {
            return true;
        };
        self.round.iter().all(|&inst| {
            let op = &self.kernel.insts[inst].op;
            let Some(written) = op.access().filter(|_| !matches!(op, Op::Load(_))) else {
                return true;
            };
            let is_other = class(self.kernel, written.space) != Some(read);
            let is_store = matches!(op, Op::Store(..));
            is_other || (is_store && self.are_apart(load, access, inst, written))
        })
    }

    /// Are a load and the stores of the trips before it apart?
    fn are_apart(&self, load: InstId, read: &Access, store: InstId, written: &Access) -> bool {
        let [from, to] = [load, store].map(|inst| self.kernel.insts[inst].offset());
        // In the trip itself a load that comes after must not pass the store.
        let position = |inst| self.round.iter().position(|&i| i == inst);
        let (true, Some(offset), Some(step)) = (from == to, from, self.step) else {
            return false;
        };
        if read.space != written.space || position(load) > position(store) {
            return false;
        }
        let Some(factor) = self.slope(offset) else {
            return false;
        };
        let [size_read, size_written] = [load, store].map(|inst| self.kernel.accessed_bytes(inst));
        (1..TRIPS).all(|trips| {
            let moved = factor.wrapping_mul(step as u32).wrapping_mul(trips);
            let distance = (moved.wrapping_add(read.offset)).wrapping_sub(written.offset);
            let distance = u64::from(distance);
            size_written <= distance && distance + size_read <= 1 << 32
        })
    }

    /// How far an access moves in a trip, as a natural number. That nothing wraps was proved in one
    /// of two ways: for the version of a loop without checks the largest address was bounded as a
    /// natural number, sums included; or the index itself was compared, and the only comparison in
    /// such a loop is that of the counter. The counter does not wrap while trips are joined.
    fn moves(&self, inst: InstId) -> Option<u32> {
        let data = &self.kernel.insts[inst];
        let access = data.op.access()?;
        if !access.no_wrap {
            return None;
        }
        let slope = self.slope(data.offset()?)?;
        let by = u64::from(slope) * self.step?;
        let most = by * u64::from(TRIPS) + u64::from(access.offset);
        (most <= MAX_OFFSET).then_some(by as u32)
    }

    /// How much an offset grows where the counter grows by 1, modulo 2^32.
    fn slope(&self, mut value: Value) -> Option<u32> {
        let mut factor = 1u32;
        while value != self.counter {
            let (op, x, y) = self.kernel.binary(value)?;
            let constant = self.kernel.constant(y).map(|c| c as u32);
            value = if op == BinaryOp::IAdd && self.defined.contains(&y) {
                if self.defined.contains(&x) {
                    return None;
                }
                y
            } else {
                x
            };
            if op == BinaryOp::Shl {
                factor = factor.wrapping_shl(constant?);
            } else if op == BinaryOp::IMul {
                factor = factor.wrapping_mul(constant?);
            } else if op != BinaryOp::IAdd {
                return None;
            }
        }
        Some(factor)
    }
}
