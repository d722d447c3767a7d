//! Which values are the same in all lanes that compute them.
//!
//! A value is *uniform* if in every dynamic execution of its definition all active lanes get the
//! same bits. As control flow is a tree, every use sees a subset of those lanes in the same trip
//! of the same loops, with one exception: what a terminator carries to its target. So divergence
//! enters through operations (lane numbers, atomics), spreads through operands, and through
//! merges: results of `If`, `Block` and `Loop` where lanes may arrive by different terminators or
//! in different trips of a loop, and parameters of loops that lanes may continue from different
//! places. The last two are temporal divergence: a uniform counter that leaves a loop by a
//! divergent exit is divergent after it.
//!
//! A construct is *divergent* if lanes that enter it together may leave it apart: an `If` whose
//! condition is, and a `Block` or `Loop` that a terminator within a divergent construct targets.
//! All merges that terminators within a divergent construct lead to are then mixed.

use smallvec::SmallVec;

use crate::kernel::*;

/// Over which invocations a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The lanes of a wave (warp); 32 consecutive linear invocations.
    Subgroup,
    /// All invocations of a workgroup.
    Workgroup,
}

/// The result of the analysis.
#[derive(Clone, Debug)]
pub struct Uniformity {
    divergent: EntityVec<Value, bool>,
    constructs: EntityVec<InstId, Flags>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    divergent: bool,
    /// Lanes may leave by different terminators at once.
    exit_mixed: bool,
    /// Lanes may leave in different trips of a loop within, or of this loop.
    exit_temporal: bool,
    /// Lanes may continue by different terminators at once.
    continue_mixed: bool,
    /// Lanes may continue in different trips of a loop within.
    continue_temporal: bool,
}

/// Lanes of a wave.
const LANES: u32 = 32;

impl Uniformity {
    /// Over the lanes of a wave.
    pub fn compute(kernel: &Kernel) -> Uniformity {
        Uniformity::compute_with(kernel, Extent::Subgroup, |_| false)
    }

    /// Over any extent, with more seeds: instructions of whose results the caller wants to hear
    /// that they are divergent (say, loads that the machine can only do into vector registers),
    /// together with all that depends on them.
    pub fn compute_with(
        kernel: &Kernel,
        extent: Extent,
        seed: impl Fn(&InstData) -> bool,
    ) -> Uniformity {
        let mut analysis = Analysis::new(kernel, extent);
        for &inst in &analysis.order.clone() {
            let data = &kernel.insts[inst];
            if seed(data) || analysis.diverges(&data.op) {
                for &result in &data.results {
                    analysis.mark_value(result);
                }
            }
        }
        analysis.solve();
        Uniformity {
            divergent: analysis.divergent,
            constructs: analysis.flags,
        }
    }

    /// Is it the same in all lanes that compute it?
    pub fn is_uniform(&self, value: Value) -> bool {
        !self.divergent[value]
    }

    /// May it differ between lanes?
    pub fn is_divergent(&self, value: Value) -> bool {
        self.divergent[value]
    }

    /// May lanes that enter this construct together be apart within it or leave it apart? For an
    /// `If`: a divergent condition. For a `Block` or `Loop`: a `Break` or `Continue` that only
    /// some of the lanes there may take, so that exits need masks.
    pub fn is_divergent_construct(&self, construct: InstId) -> bool {
        self.constructs[construct].divergent
    }
}

/// A terminator within a construct that leads out of it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Leave {
    target: InstId,
    is_continue: bool,
    /// A loop stands between the terminator and its target.
    through_loop: bool,
}

struct Analysis<'k> {
    kernel: &'k Kernel,
    extent: Extent,
    /// Instructions in program order.
    order: Vec<InstId>,
    /// Position of each value's definition in program order; of a construct, its beginning.
    position: EntityVec<InstId, u32>,
    /// The construct that owns the region of a `Yield`.
    owner: EntityVec<InstId, Option<InstId>>,
    /// `Yield`s and `Break`s of a construct.
    exits: EntityVec<InstId, SmallVec<[InstId; 2]>>,
    /// `Continue`s of a loop.
    continues: EntityVec<InstId, SmallVec<[InstId; 2]>>,
    leaves: EntityVec<InstId, SmallVec<[Leave; 2]>>,
    users: EntityVec<Value, SmallVec<[InstId; 4]>>,
    divergent: EntityVec<Value, bool>,
    flags: EntityVec<InstId, Flags>,
    work: Vec<Work>,
}

#[derive(Clone, Copy)]
enum Work {
    Value(Value),
    Construct(InstId),
    /// Results of a construct.
    Results(InstId),
    /// Parameters of a loop.
    Params(InstId),
}

impl<'k> Analysis<'k> {
    fn new(kernel: &'k Kernel, extent: Extent) -> Analysis<'k> {
        let (insts, values) = (kernel.insts.len(), kernel.values.len());
        let mut analysis = Analysis {
            kernel,
            extent,
            order: Vec::new(),
            position: EntityVec::filled(0, insts),
            owner: EntityVec::filled(None, insts),
            exits: EntityVec::filled(SmallVec::new(), insts),
            continues: EntityVec::filled(SmallVec::new(), insts),
            leaves: EntityVec::filled(SmallVec::new(), insts),
            users: EntityVec::filled(SmallVec::new(), values),
            divergent: EntityVec::filled(false, values),
            flags: EntityVec::filled(Flags::default(), insts),
            work: Vec::new(),
        };
        analysis.scan();
        analysis
    }

    fn scan(&mut self) {
        let kernel = self.kernel;
        let mut open: Vec<InstId> = Vec::new();
        // Loops open up to and with each open construct.
        let mut loops: Vec<u32> = Vec::new();
        let mut depth: EntityVec<InstId, usize> = EntityVec::filled(0, kernel.insts.len());
        let mut walk = Walk::new(kernel);
        while let Some(step) = walk.next(kernel) {
            let inst = match step {
                Step::Inst(inst) => inst,
                Step::Enter(construct, _) => {
                    let is_loop = matches!(kernel.insts[construct].op, Op::Loop { .. });
                    depth[construct] = open.len();
                    open.push(construct);
                    loops.push(loops.last().unwrap_or(&0) + u32::from(is_loop));
                    continue;
                }
                Step::Leave(..) => {
                    open.pop();
                    loops.pop();
                    continue;
                }
                Step::End(construct) => {
                    if let Some(&around) = open.last() {
                        self.pass_on_leaves(construct, around);
                    }
                    continue;
                }
            };
            let data = &kernel.insts[inst];
            self.position[inst] = self.order.len() as u32;
            self.order.push(inst);
            for &arg in &data.args {
                if self.users[arg].last() != Some(&inst) {
                    self.users[arg].push(inst);
                }
            }
            let leave = match data.op.control() {
                Some(Control::Yield) => {
                    if let Some(&around) = open.last() {
                        self.owner[inst] = Some(around);
                        self.exits[around].push(inst);
                    }
                    continue;
                }
                Some(Control::Break(target)) => {
                    self.exits[target].push(inst);
                    (target, false)
                }
                Some(Control::Continue(target)) => {
                    self.continues[target].push(inst);
                    (target, true)
                }
                Some(
                    Control::If { .. }
                    | Control::Loop { .. }
                    | Control::Block { .. }
                    | Control::Return,
                )
                | None => continue,
            };
            if let Some(&around) = open.last() {
                let (target, is_continue) = leave;
                if around != target {
                    let leave = Leave {
                        target,
                        is_continue,
                        through_loop: loops.last() != loops.get(depth[target]),
                    };
                    push_unique(&mut self.leaves[around], leave);
                }
            }
        }
    }

    /// What leads out of `construct` and out of the one around it too.
    fn pass_on_leaves(&mut self, construct: InstId, around: InstId) {
        for n in 0..self.leaves[construct].len() {
            let leave = self.leaves[construct][n];
            if leave.target != around {
                push_unique(&mut self.leaves[around], leave);
            }
        }
    }

    /// Does this operation make different values in different lanes, whatever its operands?
    fn diverges(&self, op: &Op) -> bool {
        let [x, y, _] = self.kernel.workgroup_size;
        let one_wave = self.kernel.workgroup_threads() <= LANES;
        match *op {
            Op::Builtin(builtin) => match (builtin, self.extent) {
                // Linear numbering, x fastest: a wave that holds whole rows only in multiples of
                // its length has one y.
                (Builtin::LocalId(0), _) => x > 1,
                (Builtin::LocalId(1), Extent::Subgroup) => !x.is_multiple_of(LANES),
                (Builtin::LocalId(_), Extent::Subgroup) => !x.wrapping_mul(y).is_multiple_of(LANES),
                (Builtin::LocalId(_), Extent::Workgroup) => true,
                (Builtin::LocalIndex | Builtin::SubgroupLane, _) => true,
                (Builtin::SubgroupId, Extent::Workgroup) => !one_wave,
                (Builtin::SubgroupId, Extent::Subgroup) => false,
                (
                    Builtin::WorkgroupId(_)
                    | Builtin::NumWorkgroups(_)
                    | Builtin::SubgroupSize
                    | Builtin::NumSubgroups,
                    _,
                ) => false,
            },
            Op::Load(access) => match access.space {
                Space::Local(_) => true,
                Space::Binding(_) | Space::Shared(_) | Space::Immediates => access.atomic,
            },
            Op::Atomic(..) | Op::CompareExchange(..) => true,
            Op::Subgroup(op) => match op {
                SubgroupOp::Ballot
                | SubgroupOp::All
                | SubgroupOp::Any
                | SubgroupOp::Combine(_, Scan::Reduce)
                | SubgroupOp::BroadcastFirst
                | SubgroupOp::Broadcast => self.extent == Extent::Workgroup && !one_wave,
                SubgroupOp::Elect
                | SubgroupOp::Combine(_, Scan::Inclusive | Scan::Exclusive)
                | SubgroupOp::Shuffle
                | SubgroupOp::ShuffleXor
                | SubgroupOp::ShuffleUp
                | SubgroupOp::ShuffleDown
                | SubgroupOp::QuadBroadcast
                | SubgroupOp::QuadSwap(_) => true,
            },
            Op::Const(_)
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Ternary(_)
            | Op::Ldexp
            | Op::FrexpExp
            | Op::ICmp(_)
            | Op::FCmp(_)
            | Op::Select
            | Op::Convert(_)
            | Op::Store(..)
            | Op::BindingSize(_)
            | Op::Barrier(_)
            | Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => false,
        }
    }

    fn mark_value(&mut self, value: Value) {
        if !std::mem::replace(&mut self.divergent[value], true) {
            self.work.push(Work::Value(value));
        }
    }

    fn mark_construct(&mut self, construct: InstId) {
        if !std::mem::replace(&mut self.flags[construct].divergent, true) {
            self.work.push(Work::Construct(construct));
        }
    }

    fn solve(&mut self) {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Value(value) => {
                    for n in 0..self.users[value].len() {
                        self.spread(value, self.users[value][n]);
                    }
                }
                Work::Construct(construct) => self.construct(construct),
                Work::Results(construct) => self.results(construct),
                Work::Params(construct) => self.params(construct),
            }
        }
    }

    /// `value` is divergent: what of its user?
    fn spread(&mut self, value: Value, user: InstId) {
        let kernel = self.kernel;
        let data = &kernel.insts[user];
        let positions = (0..data.args.len()).filter(|&n| data.args[n] == value);
        let targets: &[Value] = match data.op {
            Op::If { .. } => return self.mark_construct(user),
            Op::Loop { body } => &kernel.regions[body].params,
            Op::Yield => match self.owner[user] {
                Some(owner) => &kernel.insts[owner].results,
                None => return,
            },
            Op::Break(target) => &kernel.insts[target].results,
            Op::Continue(target) => {
                let Op::Loop { body } = kernel.insts[target].op else {
                    return;
                };
                &kernel.regions[body].params
            }
            // Seeded where they diverge; else their result is one for all active lanes.
            Op::Subgroup(_) => return,
            Op::Block { .. } | Op::Return | Op::Barrier(_) | Op::Store(..) => return,
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
            | Op::Atomic(..)
            | Op::CompareExchange(..)
            | Op::BindingSize(_) => {
                for &result in &data.results {
                    self.mark_value(result);
                }
                return;
            }
        };
        for n in positions {
            if let Some(&target) = targets.get(n) {
                self.mark_value(target);
            }
        }
    }

    /// Lanes leave this construct apart: mark all that they may arrive at.
    fn construct(&mut self, construct: InstId) {
        for n in 0..self.leaves[construct].len() {
            let leave = self.leaves[construct][n];
            let target = leave.target;
            let is_loop = matches!(self.kernel.insts[target].op, Op::Loop { .. });
            let flags = &mut self.flags[target];
            if leave.is_continue {
                flags.continue_mixed = true;
                flags.continue_temporal |= leave.through_loop;
                // What stands after is run by the others only, its exits included.
                flags.exit_temporal = true;
                self.work.push(Work::Params(target));
            } else {
                flags.exit_mixed = true;
                flags.exit_temporal |= leave.through_loop || is_loop;
            }
            self.work.push(Work::Results(target));
            self.mark_construct(target);
        }
        self.work.push(Work::Results(construct));
    }

    fn results(&mut self, construct: InstId) {
        let flags = self.flags[construct];
        let mixed = if matches!(self.kernel.insts[construct].op, Op::If { .. }) {
            flags.divergent
        } else {
            flags.exit_mixed
        };
        for n in 0..self.kernel.insts[construct].results.len() {
            let result = self.kernel.insts[construct].results[n];
            let ways = &self.exits[construct];
            if self.merge_diverges(construct, ways, n, mixed, flags.exit_temporal) {
                self.mark_value(result);
            }
        }
    }

    fn params(&mut self, construct: InstId) {
        let flags = self.flags[construct];
        let Op::Loop { body } = self.kernel.insts[construct].op else {
            return;
        };
        for n in 0..self.kernel.regions[body].params.len() {
            let param = self.kernel.regions[body].params[n];
            let ways = &self.continues[construct];
            let (mixed, temporal) = (flags.continue_mixed, flags.continue_temporal);
            if self.merge_diverges(construct, ways, n, mixed, temporal) {
                self.mark_value(param);
            }
        }
    }

    /// May the n-th values that these terminators carry differ between lanes, though each of them
    /// is uniform?
    fn merge_diverges(
        &self,
        construct: InstId,
        ways: &[InstId],
        n: usize,
        mixed: bool,
        temporal: bool,
    ) -> bool {
        let kernel = self.kernel;
        let mut values = ways.iter().filter_map(|&w| kernel.insts[w].args.get(n));
        let Some(&first) = values.next() else {
            return false;
        };
        let same = values.all(|&v| {
            v == first
                || (kernel.constant(v).is_some() && kernel.constant(v) == kernel.constant(first))
        });
        let fixed = kernel.constant(first).is_some() || self.is_before(first, construct);
        (mixed && !same) || (temporal && !(same && fixed))
    }

    /// Is a value defined before a construct begins?
    fn is_before(&self, value: Value, construct: InstId) -> bool {
        match self.kernel.values[value].def {
            // A construct's results come at its end, but their uses see that anyway: what can be
            // used within `construct` and began before it also ended before it.
            ValueDef::Result(inst, _) => self.position[inst] < self.position[construct],
            ValueDef::Param(region, _) => self.loop_of(region, construct),
        }
    }

    /// Does the loop with this body begin before `construct`?
    fn loop_of(&self, region: RegionId, construct: InstId) -> bool {
        // A parameter is visible within its loop only, so its loop is `construct` itself, or
        // around it, or within it; only the second begins before it. Its first instruction tells.
        match self.kernel.regions[region].insts.first() {
            Some(&first) => self.position[first] <= self.position[construct],
            None => false,
        }
    }
}

fn push_unique(leaves: &mut SmallVec<[Leave; 2]>, leave: Leave) {
    match leaves
        .iter_mut()
        .find(|l| l.target == leave.target && l.is_continue == leave.is_continue)
    {
        Some(found) => found.through_loop |= leave.through_loop,
        None => leaves.push(leave),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Divergent values by their names in the text, in order.
    fn divergent(workgroup: &str, body: &str) -> String {
        let text = format!(
            "kernel \"k\" workgroup {workgroup}\n\
             binding b0 group 0 index 0 read_only_storage min 4 \"in\"\n\
             binding b1 group 0 index 1 storage min 4 \"out\"\n{{\n{body}\nreturn\n}}\n"
        );
        let kernel = Kernel::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        kernel.verify().unwrap_or_else(|e| panic!("{e}"));
        let uniformity = Uniformity::compute(&kernel);
        let names: Vec<String> = kernel
            .values
            .keys()
            .filter(|&v| uniformity.is_divergent(v))
            .map(|v| v.to_string())
            .collect();
        names.join(" ")
    }

    #[test]
    fn operands_spread() {
        let body = "v0: i32 = builtin local_index
            v1: i32 = builtin workgroup_id.x
            v2: i32 = iadd v0, v1
            v3: i32 = iadd v1, v1
            v4: i32 = load b0[v2] align 4 checked
            v5: i32 = load b0[v3] align 4 checked
            v6: i32 = atomic.add b1[0], v3 align 4
            v7: i32 = subgroup.broadcast_first v4
            v8: i32 = subgroup.exclusive.iadd v7";
        assert_eq!(divergent("64 1 1", body), "v0 v2 v4 v6 v8");
    }

    #[test]
    fn rows_of_whole_waves_have_one_y() {
        let body = "v0: i32 = builtin local_id.x
            v1: i32 = builtin local_id.y
            v2: i32 = builtin local_id.z";
        assert_eq!(divergent("32 4 2", body), "v0");
        assert_eq!(divergent("16 4 2", body), "v0 v1");
        assert_eq!(divergent("1 4 2", body), "v1 v2");
    }

    #[test]
    fn a_divergent_if_mixes_its_results() {
        let body = "v0: i32 = builtin local_index
            v1: i32 = const 1
            v2: i32 = const 2
            v3: bool = icmp.eq v0, v1
            v4: i32, v5: i32 = if v3 {
                yield v1, v2
            } else {
                v6: i32 = const 2
                yield v2, v6
            }";
        assert_eq!(divergent("64 1 1", body), "v0 v3 v4");
    }

    /// The counter is uniform within the loop and divergent behind its divergent exit.
    #[test]
    fn leaving_a_loop_in_different_trips() {
        let body = "v0: i32 = builtin local_index
            v1: i32 = const 0
            v2: i32 = const 1
            v5: i32, v6: i32 = loop L0 (v3: i32 = v1) {
                v7: i32 = iadd v3, v2
                v8: bool = icmp.ugt v7, v0
                if v8 {
                    break L0 (v3, v2)
                } else {
                    yield
                }
                continue L0 (v7)
            }";
        // The parameter is v3, then the results v4 and v5.
        assert_eq!(divergent("64 1 1", body), "v0 v4 v7");
        let uniform = body.replace("local_index", "workgroup_id.x");
        assert_eq!(divergent("64 1 1", &uniform), "");
    }

    /// A uniform break behind a divergent continue leaves in different trips too.
    #[test]
    fn what_stands_behind_a_divergent_continue_is_run_by_some() {
        let body = "v0: i32 = builtin local_index
            v1: i32 = const 0
            v2: i32 = const 1
            v9: bool = icmp.eq v0, v1
            v4: i32 = loop L0 (v3: i32 = v1) {
                v7: i32 = iadd v3, v2
                if v9 {
                    continue L0 (v7)
                } else {
                    yield
                }
                v8: bool = icmp.ugt v7, v2
                if v8 {
                    break L0 (v3)
                } else {
                    yield
                }
                continue L0 (v7)
            }";
        assert_eq!(divergent("64 1 1", body), "v0 v3 v5");
    }

    /// Lanes that break an inner block meet the others only behind the outer one.
    #[test]
    fn a_divergent_inner_block_mixes_the_outer() {
        let body = "v0: i32 = builtin local_index
            v1: i32 = const 0
            v2: i32 = const 1
            v3: bool = icmp.eq v0, v1
            v4: i32 = block L0 {
                block L1 {
                    if v3 {
                        break L1 ()
                    } else {
                        yield
                    }
                    break L0 (v1)
                }
                yield v2
            }";
        assert_eq!(divergent("64 1 1", body), "v0 v3 v4");
    }

    /// One continue, but taken in different trips of the inner loop.
    #[test]
    fn continuing_from_within_a_divergent_inner_loop() {
        let body = "v0: i32 = builtin local_index
            v1: i32 = const 0
            v2: i32 = const 1
            loop L0 (v3: i32 = v1) {
                loop L1 (v4: i32 = v1) {
                    v5: i32 = iadd v4, v2
                    v6: bool = icmp.ugt v5, v0
                    if v6 {
                        continue L0 (v5)
                    } else {
                        yield
                    }
                    continue L1 (v5)
                }
                return
            }";
        assert_eq!(divergent("64 1 1", body), "v0 v3 v6");
    }
}
