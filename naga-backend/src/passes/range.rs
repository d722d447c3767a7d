//! Integer ranges, and what they make needless.
//!
//! [`Ranges`] bounds every integer by the sizes of the workgroup and the dispatch, masks, shifts,
//! loop counters, and comparisons that dominate it. Loop parameters are found by iteration over
//! the whole kernel with widening, so the cost does not multiply with nesting.
//!
//! A comparison is used where it holds: in the branch that it guards, and after a branch that
//! leaves. What leaves a *loop* carries no such fact: it would only hold because the loop ended,
//! and a compiler further down (ptxas does) may delete a loop that it thinks must end, so
//! the check that the fact removed would be gone as well.
//!
//! Relations between two values, neither of them bounded by a number, are [facts](super::facts).
//!
//! The pass then removes clamps, guards and masks that change nothing, decides comparisons, turns
//! signed division and shift of non-negative numbers into unsigned, and improves accesses: what
//! lies within the least size of its binding needs no check, alignment shows, and constant parts
//! of addresses move into the access where the sum provably does not wrap. (Where it may wrap
//! they must stay: `x[i + 1]` for `i` = -1 is element 0, but address `4·i` alone lies outside.)

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::edit::{Constants, Editor, Replacements};
use super::facts::{Facts, Inside, Place};
use super::fold;
use super::interval::{self, Range};
use crate::kernel::*;

/// Walks over the kernel to find loop parameters.
const MAX_ROUNDS: usize = 8;

/// How far a question looks through operands that have become narrower since.
const QUERY_DEPTH: u32 = 3;

/// Most workgroups along an axis (the limit that adapters report).
const MAX_WORKGROUPS: u64 = 65535;

/// Alignment of a binding's first byte.
const BINDING_ALIGN: u32 = 16;

/// Bounds of every integer of a kernel where it is defined.
pub struct Ranges {
    base: EntityVec<Value, Option<Range>>,
}

impl Ranges {
    /// Finds them.
    pub fn compute(kernel: &Kernel) -> Ranges {
        let mut state = State::solved(kernel);
        state.walk(kernel);
        Ranges { base: state.base }
    }

    /// Of a value, anywhere that it can be used; everything for floats.
    pub fn of(&self, kernel: &Kernel, value: Value) -> Range {
        let found = self.base.get(value).copied().flatten();
        found.unwrap_or_else(|| Range::all(kernel.ty(value)))
    }
}

/// What is assumed of loop parameters.
type Assumed = HashMap<Value, Range>;

/// Finds ranges of loop parameters that hold if they are assumed.
fn solve(kernel: &Kernel) -> Assumed {
    let mut assumed = Assumed::new();
    for round in 0..MAX_ROUNDS {
        let mut state = State::new(kernel, assumed.clone());
        state.walk(kernel);
        let mut stable = true;
        for (&param, found) in &state.params {
            let old = assumed.get(&param).or(state.initial.get(&param));
            let Some(old) = old.copied() else { continue };
            if old.contains(found) {
                assumed.entry(param).or_insert(old);
                continue;
            }
            stable = false;
            let ty = kernel.ty(param);
            let new = match round {
                0 => old.join(found),
                _ => old.widen(found, ty),
            };
            assumed.insert(param, new);
        }
        if stable {
            // Widening may have gone too far: once more from what it gave, if that holds too.
            let mut narrow = assumed.clone();
            narrow.extend(state.params.iter().map(|(&p, &r)| (p, r)));
            let mut check = State::new(kernel, narrow.clone());
            check.walk(kernel);
            let holds = check.params.iter().all(|(p, r)| narrow[p].contains(r));
            return if holds { narrow } else { assumed };
        }
    }
    // No rest was found: nothing is assumed.
    assumed
        .into_keys()
        .map(|param| (param, Range::all(kernel.ty(param))))
        .collect()
}

#[derive(Default)]
struct Scope {
    /// Ranges before they were narrowed in this region.
    undo: Vec<(Value, Option<Range>)>,
    /// Facts before it.
    facts: usize,
}

struct OpenConstruct {
    inst: InstId,
    is_loop: bool,
}

/// A walk over a kernel with what is known where it is.
pub(super) struct State {
    /// Where a value is defined.
    base: EntityVec<Value, Option<Range>>,
    /// Where the walk is.
    here: EntityVec<Value, Option<Range>>,
    /// Constructs open where a value is defined.
    level: EntityVec<Value, u32>,
    assumed: Assumed,
    /// First values of loop parameters, then of all trips together.
    initial: Assumed,
    params: Assumed,
    /// Results so far of open constructs.
    results: HashMap<InstId, SmallVec<[Option<Range>; 4]>>,
    scopes: Vec<Scope>,
    pub(super) facts: Facts,
    /// Narrowings in force, of all scopes.
    narrowed: usize,
    open: Vec<OpenConstruct>,
}

impl State {
    /// At the beginning of a kernel whose loop parameters are bounded.
    pub(super) fn solved(kernel: &Kernel) -> State {
        State::new(kernel, solve(kernel))
    }

    fn new(kernel: &Kernel, assumed: Assumed) -> State {
        State {
            base: EntityVec::filled(None, kernel.values.len()),
            here: EntityVec::filled(None, kernel.values.len()),
            level: EntityVec::filled(0, kernel.values.len()),
            assumed,
            initial: Assumed::new(),
            params: Assumed::new(),
            results: HashMap::new(),
            scopes: vec![Scope::default()],
            facts: Facts::default(),
            narrowed: 0,
            open: Vec::new(),
        }
    }

    fn walk(&mut self, kernel: &Kernel) {
        let mut walk = Walk::new(kernel);
        while let Some(step) = walk.next(kernel) {
            match step {
                Step::Inst(inst) => self.inst(kernel, inst),
                Step::Enter(construct, region) => self.enter(kernel, construct, region),
                Step::Leave(..) => self.leave(),
                Step::End(construct) => self.end(kernel, construct),
            }
        }
    }

    /// Passes make values while they ask.
    fn room_for(&mut self, kernel: &Kernel) {
        while self.base.len() < kernel.values.len() {
            self.base.push(None);
            self.here.push(None);
            self.level.push(self.open.len() as u32);
        }
    }

    fn set(&mut self, value: Value, range: Option<Range>) {
        self.base[value] = range;
        self.here[value] = range;
        self.level[value] = self.open.len() as u32;
    }

    fn known(&self, kernel: &Kernel, value: Value) -> Range {
        let found = self.here.get(value).copied().flatten();
        found.unwrap_or_else(|| match kernel.constant(value) {
            Some(bits) if !kernel.ty(value).is_float() => Range::exactly(kernel.ty(value), bits),
            _ => Range::all(kernel.ty(value)),
        })
    }

    /// Constructs open where a value is defined.
    pub(super) fn level(&self, value: Value) -> usize {
        self.level
            .get(value)
            .map_or(usize::MAX, |&level| level as usize)
    }

    /// Constructs open here.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Constructs open here, innermost first.
    pub(super) fn constructs(&self) -> impl Iterator<Item = InstId> + '_ {
        self.open.iter().rev().map(|open| open.inst)
    }

    /// A value's range here: what it was when defined, and what its operands have become since.
    pub(super) fn query(&self, kernel: &Kernel, value: Value, depth: u32) -> Range {
        let known = self.known(kernel, value);
        // What has a range and nothing was narrowed since would come out the same again.
        let settled = self.narrowed == 0 && self.here.get(value).is_some_and(|r| r.is_some());
        if depth == 0 || settled || known.single().is_some() {
            return known;
        }
        let Some(inst) = kernel.def(value) else {
            return known;
        };
        let op = &kernel.insts[inst].op;
        let narrows = matches!(
            op,
            Op::Unary(_) | Op::Binary(_) | Op::Ternary(_) | Op::Select | Op::Convert(_)
        );
        match narrows {
            true => known.meet(&self.transfer(kernel, inst, depth - 1), kernel.ty(value)),
            false => known,
        }
    }

    /// The range of a pure instruction's result.
    fn transfer(&self, kernel: &Kernel, inst: InstId, depth: u32) -> Range {
        let data = &kernel.insts[inst];
        let ty = data.results.first().map_or(Type::I32, |&v| kernel.ty(v));
        if ty.is_float() {
            return Range::all(ty);
        }
        let arg = |n: usize| self.query(kernel, data.args[n], depth);
        let size = kernel.workgroup_size.map(u64::from);
        let threads = kernel.workgroup_threads() as u64;
        let below = |n: u64| Range::unsigned(Type::I32, 0, n.saturating_sub(1));
        match data.op {
            Op::Const(bits) => Range::exactly(ty, bits),
            Op::Builtin(builtin) => match builtin {
                Builtin::LocalId(axis) => below(size.get(axis as usize).copied().unwrap_or(1)),
                Builtin::WorkgroupId(_) => below(MAX_WORKGROUPS),
                Builtin::NumWorkgroups(_) => Range::unsigned(ty, 0, MAX_WORKGROUPS),
                Builtin::LocalIndex => below(threads),
                Builtin::SubgroupLane => below(threads.min(32)),
                Builtin::SubgroupSize => Range::exactly(ty, 32),
                Builtin::SubgroupId => below(threads.div_ceil(32)),
                Builtin::NumSubgroups => Range::exactly(ty, threads.div_ceil(32)),
            },
            Op::Unary(op) => interval::unary(op, ty, &arg(0)),
            Op::Binary(op) => interval::binary(op, ty, &arg(0), &arg(1)),
            Op::Ternary(op) => match op {
                TernaryOp::UBfe => match kernel.constant(data.args[2]) {
                    Some(count @ 0..=31) => Range::unsigned(ty, 0, (1 << count) - 1),
                    _ => Range::all(ty),
                },
                TernaryOp::BitSelect => {
                    let (a, b) = (arg(0), arg(1));
                    let either = interval::binary(BinaryOp::Or, ty, &a, &b);
                    Range::unsigned(ty, 0, !either.zeros & either.umax.max(!either.zeros))
                }
                TernaryOp::Fma
                | TernaryOp::SBfe
                | TernaryOp::FunnelShr
                | TernaryOp::UDot4
                | TernaryOp::SDot4 => Range::all(ty),
            },
            Op::Select => arg(1).join(&arg(2)),
            Op::Convert(op) => interval::convert(op, kernel.ty(data.args[0]), ty, &arg(0)),
            // Bindings are whole words.
            Op::BindingSize(id) => {
                let least = kernel.bindings[id].min_size as u64;
                Range::unsigned(ty, least, 0xffff_fffc)
            }
            Op::Subgroup(SubgroupOp::BroadcastFirst) => arg(0),
            Op::Subgroup(_)
            | Op::ICmp(_)
            | Op::FCmp(_)
            | Op::Ldexp
            | Op::FrexpExp
            | Op::Load(_)
            | Op::Store(..)
            | Op::Atomic(..)
            | Op::CompareExchange(..)
            | Op::Barrier(_)
            | Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => Range::all(ty),
        }
    }

    pub(super) fn inst(&mut self, kernel: &Kernel, inst: InstId) {
        let data = &kernel.insts[inst];
        match data.op.control() {
            Some(Control::Yield) => {
                if let Some(around) = self.open.last().map(|o| o.inst) {
                    self.carry(kernel, around, &data.args, None);
                }
            }
            Some(Control::Break(target)) => {
                let outermost = self
                    .open
                    .iter()
                    .position(|o| o.inst == target)
                    .and_then(|at| (at..self.open.len()).find(|&n| self.open[n].is_loop));
                self.carry(kernel, target, &data.args, outermost);
            }
            Some(Control::Continue(target)) => {
                let Op::Loop { body } = kernel.insts[target].op else {
                    return;
                };
                for (&param, &arg) in kernel.regions[body].params.iter().zip(&data.args) {
                    let range = self.query(kernel, arg, QUERY_DEPTH);
                    let joined = self.params.get(&param).map_or(range, |p| p.join(&range));
                    self.params.insert(param, joined);
                }
            }
            Some(Control::If { .. } | Control::Loop { .. } | Control::Block { .. }) => {
                let count = data.results.len();
                self.results.insert(inst, smallvec::smallvec![None; count]);
            }
            Some(Control::Return) => {}
            None => {
                for (n, &result) in data.results.iter().enumerate() {
                    let pure = n == 0 && !kernel.ty(result).is_float();
                    let range = pure.then(|| self.transfer(kernel, inst, QUERY_DEPTH - 1));
                    self.set(result, range);
                }
            }
        }
    }

    /// Operands become results; out of a loop, only what was known in front of it does.
    fn carry(&mut self, kernel: &Kernel, target: InstId, args: &[Value], out_of: Option<usize>) {
        let ranges: SmallVec<[Range; 4]> = args
            .iter()
            .map(|&arg| match out_of {
                None => self.query(kernel, arg, QUERY_DEPTH),
                Some(at) if self.level[arg] as usize <= at => match self.base[arg] {
                    Some(base) => base,
                    None => self.known(kernel, arg),
                },
                Some(_) => Range::all(kernel.ty(arg)),
            })
            .collect();
        if let Some(results) = self.results.get_mut(&target) {
            for (result, range) in results.iter_mut().zip(ranges) {
                *result = Some(result.map_or(range, |r| r.join(&range)));
            }
        }
    }

    pub(super) fn enter(&mut self, kernel: &Kernel, construct: InstId, region: RegionId) {
        let data = &kernel.insts[construct];
        self.scopes.push(Scope {
            undo: Vec::new(),
            facts: self.facts.len(),
        });
        self.open.push(OpenConstruct {
            inst: construct,
            is_loop: matches!(data.op, Op::Loop { .. }),
        });
        if let Op::If { then, .. } = data.op {
            self.holds(kernel, data.args[0], region == then);
            return;
        }
        // Only loops have parameters.
        for (&param, &arg) in kernel.regions[region].params.iter().zip(&data.args) {
            if kernel.ty(param).is_float() {
                continue;
            }
            let init = self.query(kernel, arg, QUERY_DEPTH);
            self.initial.insert(param, init);
            self.params.insert(param, init);
            let range = self.assumed.get(&param).copied().unwrap_or(init);
            self.set(param, Some(range));
        }
    }

    pub(super) fn leave(&mut self) {
        self.open.pop();
        let scope = self.scopes.pop().unwrap_or_default();
        self.facts.truncate(scope.facts);
        self.narrowed -= scope.undo.len();
        for (value, range) in scope.undo.into_iter().rev() {
            self.here[value] = range;
        }
    }

    pub(super) fn end(&mut self, kernel: &Kernel, construct: InstId) {
        let data = &kernel.insts[construct];
        let results = self.results.remove(&construct).unwrap_or_default();
        for (&result, range) in data.results.iter().zip(results) {
            let range = range.filter(|_| !kernel.ty(result).is_float());
            self.set(result, range);
        }
        if let Op::If { then, otherwise } = data.op {
            let goes_on = |region: RegionId| {
                let last = kernel.regions[region].insts.last();
                last.is_some_and(|&i| matches!(kernel.insts[i].op, Op::Yield))
            };
            match (goes_on(then), goes_on(otherwise)) {
                (false, true) => self.holds(kernel, data.args[0], false),
                (true, false) => self.holds(kernel, data.args[0], true),
                _ => {}
            }
        }
    }

    /// From here to the end of the region a truth value is known.
    fn holds(&mut self, kernel: &Kernel, condition: Value, on: bool) {
        let mut work = vec![(condition, on)];
        while let Some((value, on)) = work.pop() {
            let Some(inst) = kernel.def(value) else {
                continue;
            };
            let data = &kernel.insts[inst];
            work.extend(fold::implied(data, on));
            if let Op::ICmp(cc) = data.op {
                let cc = if on { cc } else { cc.inverse() };
                let (a, b) = (data.args[0], data.args[1]);
                if kernel.ty(a) == Type::I32 {
                    self.facts.push(cc, a, b);
                }
                self.narrow(kernel, cc, a, b);
                self.narrow(kernel, cc.swapped(), b, a);
            }
        }
    }

    fn narrow(&mut self, kernel: &Kernel, cc: IntCc, a: Value, b: Value) {
        let ty = kernel.ty(a);
        if ty == Type::Bool || kernel.constant(a).is_some() {
            return;
        }
        let (range, bound) = (
            self.query(kernel, a, QUERY_DEPTH),
            self.query(kernel, b, QUERY_DEPTH),
        );
        self.set_here(a, interval::assume(cc, ty, &range, &bound));
        // x + c in bounds bounds x too, if the sum does not wrap.
        let Some(inst) = kernel.def(a) else { return };
        let data = &kernel.insts[inst];
        if data.op == Op::Binary(BinaryOp::IAdd) {
            let (x, c) = (data.args[0], kernel.constant(data.args[1]));
            let known = self.known(kernel, x);
            if let Some(c) = c {
                let narrowed = self.known(kernel, a);
                let no_wrap = known
                    .umax
                    .checked_add(c)
                    .is_some_and(|sum| sum <= super::eval::mask(ty));
                if no_wrap && narrowed.umin >= c {
                    let range = Range::unsigned(ty, narrowed.umin - c, narrowed.umax - c);
                    self.set_here(x, known.meet(&range, ty));
                }
            }
        }
    }

    fn set_here(&mut self, value: Value, range: Range) {
        let before = self.here[value].replace(range);
        if let Some(scope) = self.scopes.last_mut() {
            scope.undo.push((value, before));
            self.narrowed += 1;
        }
    }
}

/// Removes what ranges make needless; says whether there was anything.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let state = State::solved(kernel);
    let mut pass = Pass {
        state,
        constants: Constants::new(),
        replacements: Replacements::default(),
        changed: false,
    };
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        match step {
            Step::Inst(inst) => pass.inst(kernel, &mut editor, inst),
            Step::Enter(construct, region) => pass.state.enter(kernel, construct, region),
            Step::Leave(..) => pass.state.leave(),
            Step::End(construct) => pass.state.end(kernel, construct),
        }
    }
    pass.constants.finish(kernel);
    pass.changed
}

struct Pass {
    state: State,
    constants: Constants,
    replacements: Replacements,
    changed: bool,
}

impl Pass {
    fn inst(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId) {
        self.replacements.apply(kernel, inst);
        self.state.room_for(kernel);
        let data = &kernel.insts[inst];
        if let Op::Const(bits) = data.op {
            let value = self.constants.adopt(kernel, inst, bits);
            self.replacements.set(data.results[0], value);
            return;
        }
        if data.op.is_pure() && !kernel.ty(data.results[0]).is_float() {
            let result = data.results[0];
            if let Some(value) = self.better(kernel, inst) {
                self.replacements.set(result, value);
                self.changed = true;
                return;
            }
        } else if data.op.access().is_some() {
            self.access(kernel, inst);
        }
        self.state.inst(kernel, inst);
        editor.keep(kernel, inst);
    }

    fn query(&self, kernel: &Kernel, value: Value) -> Range {
        self.state.query(kernel, value, QUERY_DEPTH)
    }

    /// What a pure instruction always is; or a cheaper operation, put in its place.
    fn better(&mut self, kernel: &mut Kernel, inst: InstId) -> Option<Value> {
        let data = &kernel.insts[inst];
        let ty = kernel.ty(data.results[0]);
        let known = if let Op::ICmp(cc) = data.op {
            let [a, b] = [0, 1].map(|n| self.query(kernel, data.args[n]));
            let integers = kernel.ty(data.args[0]) != Type::Bool;
            let holds = integers.then(|| interval::icmp(cc, &a, &b)).flatten();
            holds.map(u64::from)
        } else if ty == Type::Bool || matches!(data.op, Op::BindingSize(_)) {
            None
        } else {
            self.state.transfer(kernel, inst, QUERY_DEPTH).single()
        };
        if let Some(bits) = known {
            return Some(self.constants.get(kernel, ty, bits));
        }
        let Op::Binary(op) = data.op else { return None };
        let (x, y) = (data.args[0], data.args[1]);
        if ty == Type::Bool {
            return None;
        }
        let (a, b) = (self.query(kernel, x), self.query(kernel, y));
        use BinaryOp::*;
        let cheaper = match op {
            UMin if a.umax <= b.umin => return Some(x),
            UMin if b.umax <= a.umin => return Some(y),
            UMax if a.umin >= b.umax => return Some(x),
            UMax if b.umin >= a.umax => return Some(y),
            SMin if a.smax <= b.smin => return Some(x),
            SMin if b.smax <= a.smin => return Some(y),
            SMax if a.smin >= b.smax => return Some(x),
            SMax if b.smin >= a.smax => return Some(y),
            // A mask of bits that are clear already.
            And if !a.zeros & !b.ones & super::eval::mask(ty) == 0 => return Some(x),
            And if !b.zeros & !a.ones & super::eval::mask(ty) == 0 => return Some(y),
            URem if a.umax < b.umin => return Some(x),
            SDiv if a.smin >= 0 && b.smin >= 0 => UDiv,
            SRem if a.smin >= 0 && b.smin >= 0 => URem,
            AShr if a.smin >= 0 => LShr,
            IAdd | ISub | IMul | UMulHi | SMulHi | UDiv | SDiv | URem | SRem | And | Or | Xor
            | Shl | LShr | AShr | SMin | SMax | UMin | UMax | FAdd | FSub | FMul | FDiv | FRem
            | FMin | FMax => return None,
        };
        kernel.insts[inst].op = Op::Binary(cheaper);
        self.changed = true;
        None
    }

    /// Improves an access: constant parts into its offset, alignment, no check.
    fn access(&mut self, kernel: &mut Kernel, inst: InstId) {
        while self.fold_offset(kernel, inst) {
            self.changed = true;
        }
        self.fix_offset(kernel, inst);
        let data = &kernel.insts[inst];
        let Some(&access) = data.op.access() else {
            return;
        };
        let dynamic = data.offset();
        let range = match dynamic {
            Some(value) => self.query(kernel, value),
            None => Range::exactly(Type::I32, 0),
        };
        let zeros = range
            .trailing_zeros()
            .min(access.offset.trailing_zeros())
            .min(BINDING_ALIGN.trailing_zeros());
        let base_align = match access.space {
            Space::Binding(_) | Space::Immediates => BINDING_ALIGN,
            Space::Shared(id) => kernel.shared[id].align,
            Space::Local(id) => kernel.locals[id].align,
        };
        let align = access.align.max((1 << zeros).min(base_align));
        let end = access.offset as u64 + kernel.accessed_bytes(inst);
        let inside = match (access.space, dynamic) {
            (Space::Binding(id), _) if range.umax + end <= kernel.bindings[id].min_size as u64 => {
                Some(Inside { no_wrap: false })
            }
            (Space::Binding(binding), Some(dynamic)) if access.checked => {
                let place = Place {
                    binding,
                    dynamic,
                    end,
                };
                self.state.inside(kernel, &place)
            }
            (Space::Binding(_), _) => None,
            (Space::Shared(_) | Space::Local(_) | Space::Immediates, _) => {
                Some(Inside { no_wrap: false })
            }
        };
        let checked = access.checked && inside.is_none();
        let no_wrap = access.no_wrap || inside.is_some_and(|inside| inside.no_wrap);
        if (align, checked, no_wrap) == (access.align, access.checked, access.no_wrap) {
            return;
        }
        self.changed = true;
        if let Some(access) = kernel.insts[inst].op.access_mut() {
            access.align = align;
            access.checked = checked;
            access.no_wrap = no_wrap;
        }
    }

    /// A dynamic offset that can only have one value here is a constant.
    fn fix_offset(&mut self, kernel: &mut Kernel, inst: InstId) {
        let data = &kernel.insts[inst];
        let Some(offset) = data.offset().filter(|&o| kernel.constant(o).is_none()) else {
            return;
        };
        if let Some(bits) = self.query(kernel, offset).single() {
            let value = self.constants.get(kernel, Type::I32, bits);
            kernel.insts[inst].args[0] = value;
            self.state.room_for(kernel);
            self.changed = true;
        }
    }

    /// Moves `c` of a dynamic offset `x + c` into the access, if the sum does not wrap.
    fn fold_offset(&mut self, kernel: &mut Kernel, inst: InstId) -> bool {
        let data = &kernel.insts[inst];
        let Some(def) = data.offset().and_then(|offset| kernel.def(offset)) else {
            return false;
        };
        let sum = &kernel.insts[def];
        let Op::Binary(op @ (BinaryOp::IAdd | BinaryOp::Or)) = sum.op else {
            return false;
        };
        let (x, Some(c)) = (sum.args[0], kernel.constant(sum.args[1])) else {
            return false;
        };
        let range = self.query(kernel, x);
        let Some(&access) = data.op.access() else {
            return false;
        };
        let least = (c as u32 as i32).unsigned_abs() as u64;
        let offset = if op == BinaryOp::Or {
            // Disjoint bits are a sum.
            let disjoint = c & !range.zeros == 0;
            disjoint
                .then(|| access.offset.checked_add(c as u32))
                .flatten()
        } else if range.umax + c <= u32::MAX as u64 {
            access.offset.checked_add(c as u32)
        } else if (c as i32) < 0 && range.umin >= least {
            access.offset.checked_sub(least as u32)
        } else {
            None
        };
        // The whole address must not wrap either.
        let Some(offset) = offset.filter(|&o| range.umax + (o as u64) <= u32::MAX as u64) else {
            return false;
        };
        if !kernel.may_start_at(inst, access.space, offset) {
            return false;
        }
        let data = &mut kernel.insts[inst];
        data.args[0] = x;
        if let Some(access) = data.op.access_mut() {
            access.offset = offset;
        }
        true
    }
}
