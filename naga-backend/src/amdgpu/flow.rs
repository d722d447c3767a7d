//! Which values a wave shares, which constructs split it, and which register bank holds what.
//!
//! A value is uniform if all lanes that are active where it is computed agree on it. A construct
//! is divergent if lanes can wait at its end while others still run inside: an `If` whose
//! condition is not uniform, a `Block` or `Loop` that some lanes leave before others. A jump is
//! divergent if lanes wait anywhere between it and its target.
//!
//! Everything is one monotone fixed point over the kernel in program order, since a jump's
//! divergence depends on constructs and theirs on jumps.

use crate::kernel::*;

use super::mir::Bank;

/// What is known of a construct.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Construct {
    /// `If`: the condition is not uniform. `Block`, `Loop`: lanes break at different times.
    pub divergent: bool,
    /// `Loop`: lanes go on to the next trip from different places.
    pub divergent_continue: bool,
    /// A divergent jump leads from inside to a target further out.
    pub leaves: bool,
}

/// Result of the analysis.
pub struct Flow {
    /// Program order.
    pub steps: Vec<Step>,
    /// Values that all active lanes share.
    pub uniform: EntityVec<Value, bool>,
    /// Bank of each value that is not a `Bool`.
    pub bank: EntityVec<Value, Bank>,
    /// By construct.
    pub constructs: EntityVec<InstId, Construct>,
    /// By jump (`Break`, `Continue`, `Return`).
    pub divergent_jump: EntityVec<InstId, bool>,
}

/// Analyses a kernel.
pub fn analyse(kernel: &Kernel) -> Flow {
    let mut walk = Walk::new(kernel);
    let steps = std::iter::from_fn(|| walk.next(kernel)).collect();
    let mut flow = Flow {
        steps,
        uniform: EntityVec::filled(true, kernel.values.len()),
        bank: EntityVec::filled(Bank::S, kernel.values.len()),
        constructs: EntityVec::filled(Construct::default(), kernel.insts.len()),
        divergent_jump: EntityVec::filled(false, kernel.insts.len()),
    };
    while flow.uniformity_pass(kernel) {}
    for value in kernel.values.keys() {
        if !flow.uniform[value] {
            flow.bank[value] = Bank::V;
        }
    }
    while flow.bank_pass(kernel) {}
    flow
}

impl Flow {
    fn uniformity_pass(&mut self, kernel: &Kernel) -> bool {
        let mut changed = false;
        let mut stack: Vec<InstId> = Vec::new();
        for n in 0..self.steps.len() {
            let inst = match self.steps[n] {
                Step::Inst(inst) => inst,
                Step::Enter(construct, region) => {
                    if kernel.insts[construct].op.regions().next() == Some(region) {
                        stack.push(construct);
                    }
                    continue;
                }
                Step::End(_) => {
                    stack.pop();
                    continue;
                }
                Step::Leave(..) => continue,
            };
            let data = &kernel.insts[inst];
            match data.op.control() {
                Some(Control::If { .. }) => {
                    let divergent = !self.uniform[data.args[0]];
                    changed |= divergent && !self.constructs[inst].divergent;
                    self.constructs[inst].divergent |= divergent;
                }
                Some(Control::Loop { body }) => {
                    let params = &kernel.regions[body].params;
                    let merged = self.constructs[inst].divergent_continue;
                    changed |= self.merge(merged, params, &data.args);
                }
                Some(Control::Block { .. }) => {}
                Some(Control::Yield) => {
                    let Some(&target) = stack.last() else {
                        continue;
                    };
                    let merged = self.constructs[target].divergent;
                    changed |= self.merge(merged, &kernel.insts[target].results, &data.args);
                }
                Some(Control::Break(target)) => {
                    changed |= self.jump(kernel, inst, Some(target), &stack);
                    let merged = self.constructs[target].divergent;
                    changed |= self.merge(merged, &kernel.insts[target].results, &data.args);
                }
                Some(Control::Continue(target)) => {
                    changed |= self.jump(kernel, inst, Some(target), &stack);
                    let merged = self.constructs[target].divergent_continue;
                    if let Some(body) = kernel.insts[target].op.regions().next() {
                        changed |= self.merge(merged, &kernel.regions[body].params, &data.args);
                    }
                }
                Some(Control::Return) => changed |= self.jump(kernel, inst, None, &stack),
                None => {
                    let uniform = self.result_is_uniform(kernel, data);
                    for &result in &data.results {
                        changed |= !uniform && self.uniform[result];
                        self.uniform[result] &= uniform;
                    }
                }
            }
        }
        changed
    }

    fn merge(&mut self, divergent: bool, into: &[Value], from: &[Value]) -> bool {
        let mut changed = false;
        for (&to, &from) in into.iter().zip(from) {
            let uniform = !divergent && self.uniform[from];
            changed |= !uniform && self.uniform[to];
            self.uniform[to] &= uniform;
        }
        changed
    }

    fn jump(
        &mut self,
        kernel: &Kernel,
        inst: InstId,
        target: Option<InstId>,
        stack: &[InstId],
    ) -> bool {
        let outside = match target {
            Some(t) => stack.iter().rposition(|&c| c == t).map_or(0, |p| p + 1),
            None => 0,
        };
        let parked =
            |c: InstId| self.constructs[c].divergent || self.constructs[c].divergent_continue;
        let mut divergent = stack[outside..].iter().any(|&c| parked(c));
        let is_break = matches!(kernel.insts[inst].op, Op::Break(_));
        if let (true, Some(t)) = (is_break, target) {
            divergent |= self.constructs[t].divergent_continue;
        }
        if !divergent {
            return false;
        }
        let mut changed = !std::mem::replace(&mut self.divergent_jump[inst], true);
        for &c in &stack[outside..] {
            changed |= !std::mem::replace(&mut self.constructs[c].leaves, true);
        }
        if let Some(t) = target {
            let c = &mut self.constructs[t];
            let flag = if is_break {
                &mut c.divergent
            } else {
                &mut c.divergent_continue
            };
            changed |= !std::mem::replace(flag, true);
        }
        changed
    }

    fn result_is_uniform(&self, kernel: &Kernel, data: &InstData) -> bool {
        let args = || data.args.iter().all(|&a| self.uniform[a]);
        match &data.op {
            Op::Builtin(b) => match *b {
                Builtin::LocalId(axis) => {
                    kernel.workgroup_size.get(axis as usize).copied() == Some(1)
                }
                Builtin::LocalIndex => kernel.workgroup_threads() == 1,
                Builtin::SubgroupLane => false,
                Builtin::WorkgroupId(_)
                | Builtin::NumWorkgroups(_)
                | Builtin::SubgroupSize
                | Builtin::SubgroupId
                | Builtin::NumSubgroups => true,
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
            | Op::BindingSize(_) => args(),
            Op::Load(access) => match access.space {
                Space::Binding(_) | Space::Shared(_) | Space::Immediates => args(),
                Space::Local(_) => false,
            },
            Op::Atomic(..) | Op::CompareExchange(..) => false,
            Op::Subgroup(op) => match op {
                SubgroupOp::Ballot
                | SubgroupOp::All
                | SubgroupOp::Any
                | SubgroupOp::Combine(_, Scan::Reduce)
                | SubgroupOp::BroadcastFirst
                | SubgroupOp::Broadcast => true,
                SubgroupOp::Elect
                | SubgroupOp::Combine(_, Scan::Inclusive | Scan::Exclusive)
                | SubgroupOp::Shuffle
                | SubgroupOp::ShuffleXor
                | SubgroupOp::ShuffleUp
                | SubgroupOp::ShuffleDown
                | SubgroupOp::QuadBroadcast
                | SubgroupOp::QuadSwap(_) => false,
            },
            Op::Store(..) | Op::Barrier(_) => true,
            Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => true,
        }
    }

    fn bank_pass(&mut self, kernel: &Kernel) -> bool {
        let mut changed = false;
        let mut stack: Vec<InstId> = Vec::new();
        let spread = |bank: &mut EntityVec<Value, Bank>, into: &[Value], from: &[Value]| {
            let mut changed = false;
            for (&to, &from) in into.iter().zip(from) {
                // The 16-bit types and doubles have vector arithmetic only.
                let narrow = matches!(kernel.ty(to), Type::I16 | Type::F16 | Type::F64);
                if bank[to] == Bank::S
                    && (narrow || (bank[from] == Bank::V && kernel.constant(from).is_none()))
                {
                    bank[to] = Bank::V;
                    changed = true;
                }
            }
            changed
        };
        for n in 0..self.steps.len() {
            let inst = match self.steps[n] {
                Step::Inst(inst) => inst,
                Step::Enter(construct, region) => {
                    if kernel.insts[construct].op.regions().next() == Some(region) {
                        stack.push(construct);
                    }
                    continue;
                }
                Step::End(_) => {
                    stack.pop();
                    continue;
                }
                Step::Leave(..) => continue,
            };
            let data = &kernel.insts[inst];
            match data.op.control() {
                Some(Control::Loop { body }) => {
                    let params = kernel.regions[body].params.clone();
                    changed |= spread(&mut self.bank, &params, &data.args);
                }
                Some(Control::Yield) => {
                    if let Some(&target) = stack.last() {
                        let results = kernel.insts[target].results.clone();
                        changed |= spread(&mut self.bank, &results, &data.args);
                    }
                }
                Some(Control::Break(target)) => {
                    let results = kernel.insts[target].results.clone();
                    changed |= spread(&mut self.bank, &results, &data.args);
                }
                Some(Control::Continue(target)) => {
                    if let Some(body) = kernel.insts[target].op.regions().next() {
                        let params = kernel.regions[body].params.clone();
                        changed |= spread(&mut self.bank, &params, &data.args);
                    }
                }
                Some(Control::If { .. } | Control::Block { .. } | Control::Return) => {}
                None => {
                    let Some(&result) = data.results.first() else {
                        continue;
                    };
                    if self.bank[result] == Bank::S && !self.fits_scalar(kernel, data, result) {
                        for &r in &data.results {
                            self.bank[r] = Bank::V;
                        }
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    /// Whether a uniform instruction runs on the scalar unit.
    fn fits_scalar(&self, kernel: &Kernel, data: &InstData, result: Value) -> bool {
        let scalar = |v: Value| {
            kernel.constant(v).is_some()
                || (self.bank[v] == Bank::S && kernel.ty(v) != Type::Bool)
                || kernel.ty(v) == Type::Bool
        };
        let args = || data.args.iter().all(|&a| scalar(a));
        let ty = kernel.ty(result);
        let word = matches!(ty, Type::I32 | Type::I64);
        let moved = matches!(ty, Type::I32 | Type::I64 | Type::F32);
        match &data.op {
            Op::Const(_) => true,
            Op::Builtin(_) => true,
            Op::BindingSize(_) => true,
            Op::Unary(op) => {
                use UnaryOp::*;
                match op {
                    Not | INeg => word && args(),
                    IAbs | PopCount | Clz | Ctz | BitReverse => ty == Type::I32 && args(),
                    FNeg | FAbs | Floor | Ceil | Trunc | RoundEven | Fract | Sqrt | Rsqrt | Rcp
                    | Exp2 | Log2 | Sin | Cos | FrexpMant => false,
                }
            }
            Op::Binary(op) => {
                use BinaryOp::*;
                match op {
                    IAdd | ISub | IMul | And | Or | Xor | Shl | LShr | AShr => word && args(),
                    UMulHi | SMulHi | SMin | SMax | UMin | UMax => ty == Type::I32 && args(),
                    UDiv | SDiv | URem | SRem => false,
                    FAdd | FSub | FMul | FDiv | FRem | FMin | FMax => false,
                }
            }
            Op::Ternary(op) => match op {
                TernaryOp::UBfe | TernaryOp::SBfe => {
                    ty == Type::I32
                        && args()
                        && data.args[1..].iter().all(|&a| kernel.constant(a).is_some())
                }
                TernaryOp::BitSelect => ty == Type::I32 && args(),
                TernaryOp::FunnelShr => args(),
                TernaryOp::Fma | TernaryOp::UDot4 | TernaryOp::SDot4 => false,
            },
            Op::Ldexp | Op::FrexpExp | Op::FCmp(_) | Op::ICmp(_) => false,
            Op::Select => moved && args(),
            Op::Convert(op) => {
                let from = data.args.first().map_or(ty, |&a| kernel.ty(a));
                let wide = |t: Type| matches!(t, Type::I32 | Type::I64 | Type::F32);
                match op {
                    ConvertOp::Bitcast
                    | ConvertOp::Truncate
                    | ConvertOp::ZeroExtend
                    | ConvertOp::SignExtend
                    | ConvertOp::Pack
                    | ConvertOp::UnpackLow
                    | ConvertOp::UnpackHigh => wide(ty) && wide(from) && args(),
                    ConvertOp::FloatToFloat
                    | ConvertOp::FloatToSint
                    | ConvertOp::FloatToUint
                    | ConvertOp::SintToFloat
                    | ConvertOp::UintToFloat => false,
                }
            }
            // An offset in a vector register is read from the first lane.
            Op::Load(access) => {
                let read_only = match access.space {
                    Space::Binding(b) => kernel.bindings[b].kind.is_read_only(),
                    Space::Immediates => true,
                    Space::Shared(_) | Space::Local(_) => false,
                };
                read_only && !access.atomic && access.align >= 4 && moved
            }
            Op::Subgroup(op) => match op {
                SubgroupOp::Ballot => true,
                SubgroupOp::Combine(_, Scan::Reduce)
                | SubgroupOp::BroadcastFirst
                | SubgroupOp::Broadcast => moved,
                SubgroupOp::All
                | SubgroupOp::Any
                | SubgroupOp::Elect
                | SubgroupOp::Combine(..)
                | SubgroupOp::Shuffle
                | SubgroupOp::ShuffleXor
                | SubgroupOp::ShuffleUp
                | SubgroupOp::ShuffleDown
                | SubgroupOp::QuadBroadcast
                | SubgroupOp::QuadSwap(_) => false,
            },
            Op::Atomic(..)
            | Op::CompareExchange(..)
            | Op::Store(..)
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
}
