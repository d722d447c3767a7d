//! Statements: all invocations of a workgroup walk the statement tree together,
//! under a mask of those that take part. Those that leave a block early wait in
//! the mask of the construct that they left for.

mod atomic;
mod flow;

use super::expr::{Evaluator, Operands};
use super::memory::Memory;
use super::plan::{Plan, Source};

use super::subgroup::{self, From};
use super::types::Ty;
use super::value::{Mask, Pointer, Root, Slot, Value};
use super::{Error, Interpreter, Limits, RunStats, SUBGROUP_SIZE};
use naga::{
    Binding, Block, BuiltIn, Expression as Ex, Function, GatherMode, Handle, Module,
    Statement as St,
};
use std::collections::BTreeMap;

/// Levels of nesting, over all active calls.
const MAX_DEPTH: usize = 512;

/// Where those wait who left a loop or switch.
struct Scope {
    is_loop: bool,
    broke: Mask,
    continued: Mask,
}

/// An active call.
struct Frame<'p> {
    function: &'p Function,
    plan: &'p Plan,
    slots: Vec<Slot>,
    scopes: Vec<Scope>,
    result: Option<Value>,
}

impl Frame<'_> {
    fn ops(&self) -> Operands<'_> {
        Operands {
            slots: &self.slots,
            consts: &self.plan.consts,
            failed: &self.plan.failed,
            tys: &self.plan.tys,
        }
    }

    fn value(&self, h: Handle<Ex>) -> Result<&Value, Error> {
        self.ops().value(h)
    }

    fn set(&mut self, h: Handle<Ex>, v: Value) {
        if let Some(slot) = self.slots.get_mut(h.index()) {
            *slot = Slot::Value(v);
        }
    }
}

struct Machine<'p> {
    program: &'p Interpreter<'p>,
    module: &'p Module,
    memory: Memory,
    n: usize,
    workgroup: [u32; 3],
    groups: [u32; 3],
    stats: RunStats,
    limit: u64,
    depth: usize,
    /// Slots of functions that returned, to be used again.
    spare: Vec<Vec<Vec<Slot>>>,
}

/// Runs a dispatch; see `Interpreter::run`.
pub fn run(
    program: &Interpreter,
    groups: [u32; 3],
    bindings: &mut BTreeMap<(u32, u32), Vec<u8>>,
    immediates: &[u8],
    limits: Limits,
) -> Result<RunStats, Error> {
    let size = program.workgroup_size();
    let n = size
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d as usize))
        .unwrap_or(usize::MAX);
    if n == 0 || n > 1 << 16 {
        return Err(Error::Unsupported(format!(
            "a workgroup of {size:?} invocations"
        )));
    }
    let sources = &program.plans.sources;
    for &(source, used) in sources {
        if let (Source::Binding(group, binding), true) = (source, used) {
            if !bindings.contains_key(&(group, binding)) {
                return Err(Error::MissingBinding { group, binding });
            }
        }
        if let Source::Workgroup(bytes) = source {
            if bytes > limits.memory {
                return Err(Error::Memory {
                    limit: limits.memory,
                });
            }
        }
    }
    let bytes = sources
        .iter()
        .map(|&(source, _)| match source {
            Source::Binding(group, binding) => bindings
                .get_mut(&(group, binding))
                .map(std::mem::take)
                .unwrap_or_default(),
            Source::Immediates => immediates.to_vec(),
            Source::Workgroup(_) => Vec::new(),
        })
        .collect();
    let mut machine = Machine {
        program,
        module: &program.module,
        memory: Memory {
            bytes,
            lanes: Vec::new(),
            n,
            max_scalars: limits.memory / 8,
        },
        n,
        workgroup: [0; 3],
        groups,
        stats: RunStats::default(),
        limit: limits.steps,
        depth: 0,
        spare: (0..=program.plans.functions.len())
            .map(|_| Vec::new())
            .collect(),
    };
    let done = machine.dispatch();
    for (&(source, _), data) in sources.iter().zip(machine.memory.bytes) {
        if let Source::Binding(group, binding) = source {
            if let Some(buffer) = bindings.get_mut(&(group, binding)) {
                *buffer = data;
            }
        }
    }
    done.map(|()| machine.stats)
}

impl<'p> Machine<'p> {
    fn dispatch(&mut self) -> Result<(), Error> {
        let [x, y, z] = self.groups;
        for id in (0..z).flat_map(|z| (0..y).flat_map(move |y| (0..x).map(move |x| [x, y, z]))) {
            self.workgroup = id;
            self.start_workgroup()?;
            self.stats.workgroups += 1;
            // Empty workgroups count too: a dispatch may have 2^48 of them.
            self.step(1)?;
        }
        Ok(())
    }

    fn start_workgroup(&mut self) -> Result<(), Error> {
        let plans = &self.program.plans;
        for (i, &(source, _)) in plans.sources.iter().enumerate() {
            if let Source::Workgroup(bytes) = source {
                let memory = &mut self.memory.bytes[i];
                memory.clear();
                memory.resize(bytes as usize, 0);
            }
        }
        self.memory.lanes.clear();
        for (ty, init) in &plans.privates {
            let value = match (ty, init) {
                (Ty::Opaque(_), _) => Value::uniform(Vec::new()),
                (_, Some(v)) => v.clone(),
                (&ty, None) => self.zero(ty)?,
            };
            self.memory.lanes.push(value);
        }
        let entry = &self.module.entry_points[self.program.entry].function;
        let mut arguments = Vec::new();
        for argument in &entry.arguments {
            arguments.push(Slot::Value(
                self.input(argument.ty, argument.binding.as_ref())?,
            ));
        }
        self.call(
            entry,
            &plans.entry,
            plans.functions.len(),
            arguments,
            &Mask::full(self.n),
        )?;
        Ok(())
    }

    fn zero(&self, ty: Ty) -> Result<Value, Error> {
        let mask = Mask::empty(1);
        self.evaluator(&mask).zero(ty)
    }

    fn evaluator<'a>(&'a self, mask: &'a Mask) -> Evaluator<'a> {
        Evaluator {
            types: &self.program.types,
            memory: Some(&self.memory),
            mask,
            max_scalars: self.memory.max_scalars,
        }
    }

    /// A built-in value, or a struct of them.
    fn input(&self, ty: Handle<naga::Type>, binding: Option<&Binding>) -> Result<Value, Error> {
        if let Some(binding) = binding {
            let Binding::BuiltIn(builtin) = *binding else {
                return Err(Error::Unsupported(
                    "a location as input of a compute shader".into(),
                ));
            };
            return self.builtin(builtin);
        }
        let naga::TypeInner::Struct { ref members, .. } = self.module.types[ty].inner else {
            return Err(Error::Invalid(
                "an argument of an entry point without a binding",
            ));
        };
        let mut out = Value {
            lanes: self.n,
            data: Vec::new(),
        };
        for member in members {
            let v = self.input(member.ty, member.binding.as_ref())?;
            (0..v.comps()).for_each(|c| out.push_row(v.row(c)));
        }
        Ok(out)
    }

    fn builtin(&self, builtin: BuiltIn) -> Result<Value, Error> {
        let size = self.program.workgroup_size();
        let uniform = |v: &[u32]| Ok(Value::uniform(v.iter().map(|&x| u64::from(x)).collect()));
        let lanes = |f: &dyn Fn(u32) -> u32| -> Vec<u64> {
            (0..self.n as u32).map(|l| u64::from(f(l))).collect()
        };
        let local = |axis: usize, l: u32| match axis {
            0 => l % size[0],
            1 => l / size[0] % size[1],
            _ => l / (size[0] * size[1]),
        };
        let vector = |f: &dyn Fn(usize, u32) -> u32| {
            Ok(Value {
                lanes: self.n,
                data: (0..3).flat_map(|axis| lanes(&|l| f(axis, l))).collect(),
            })
        };
        let scalar = |f: &dyn Fn(u32) -> u32| {
            Ok(Value {
                lanes: self.n,
                data: lanes(f),
            })
        };
        match builtin {
            BuiltIn::GlobalInvocationId => vector(&|axis, l| {
                self.workgroup[axis]
                    .wrapping_mul(size[axis])
                    .wrapping_add(local(axis, l))
            }),
            BuiltIn::LocalInvocationId => vector(&local),
            BuiltIn::LocalInvocationIndex => scalar(&|l| l),
            BuiltIn::WorkGroupId => uniform(&self.workgroup),
            BuiltIn::WorkGroupSize => uniform(&size),
            BuiltIn::NumWorkGroups => uniform(&self.groups),
            BuiltIn::NumSubgroups => uniform(&[(self.n as u32).div_ceil(SUBGROUP_SIZE)]),
            BuiltIn::SubgroupId => scalar(&|l| l / SUBGROUP_SIZE),
            BuiltIn::SubgroupSize => uniform(&[SUBGROUP_SIZE]),
            BuiltIn::SubgroupInvocationId => scalar(&|l| l % SUBGROUP_SIZE),
            other => Err(Error::Unsupported(format!(
                "the built-in value {other:?} in a compute shader"
            ))),
        }
    }

    fn step(&mut self, by: u64) -> Result<(), Error> {
        self.stats.steps += by;
        if self.stats.steps > self.limit {
            return Err(Error::Steps { limit: self.limit });
        }
        Ok(())
    }

    /// Calls a function for the invocations of `mask`; `index` is that of its spare slots.
    fn call(
        &mut self,
        function: &'p Function,
        plan: &'p Plan,
        index: usize,
        arguments: Vec<Slot>,
        mask: &Mask,
    ) -> Result<Option<Value>, Error> {
        let mut slots = self
            .spare
            .get_mut(index)
            .and_then(Vec::pop)
            .unwrap_or_default();
        slots.resize(function.expressions.len(), Slot::Empty);
        for &(expr, argument) in &plan.arguments {
            slots[expr] = arguments.get(argument).cloned().unwrap_or_default();
        }
        let first = self.memory.lanes.len();
        for &(expr, variable) in &plan.locals {
            slots[expr] = Slot::Pointer(Pointer::new(Root::Lanes(first + variable)));
        }
        let mut frame = Frame {
            function,
            plan,
            slots,
            scopes: Vec::new(),
            result: None,
        };
        for &(ty, init) in &plan.variables {
            let value = match init {
                Some(init) => frame.value(init)?.clone(),
                None => self.zero(ty)?,
            };
            self.memory.lanes.push(value);
        }
        let mut active = mask.clone();
        self.block(&mut frame, &function.body, &mut active)?;
        self.memory.lanes.truncate(first);
        if let Some(spare) = self.spare.get_mut(index) {
            spare.push(frame.slots);
        }
        Ok(frame.result)
    }

    fn block(
        &mut self,
        frame: &mut Frame<'p>,
        block: &'p Block,
        active: &mut Mask,
    ) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::Depth { limit: MAX_DEPTH });
        }
        for statement in block.iter() {
            if !active.any() {
                break;
            }
            self.step(1)?;
            self.statement(frame, statement, active)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn statement(
        &mut self,
        frame: &mut Frame<'p>,
        statement: &'p St,
        active: &mut Mask,
    ) -> Result<(), Error> {
        match *statement {
            St::Emit(ref range) => {
                for h in range.clone() {
                    self.emit(frame, h, active)?;
                }
            }
            St::Block(ref block) => self.block(frame, block, active)?,
            St::If {
                condition,
                ref accept,
                ref reject,
            } => self.branch(frame, condition, accept, reject, active)?,
            St::Switch {
                selector,
                ref cases,
            } => self.switch(frame, selector, cases, active)?,
            St::Loop {
                ref body,
                ref continuing,
                break_if,
            } => {
                self.repeat(frame, body, continuing, break_if, active)?;
            }
            St::Break => {
                let scope = frame
                    .scopes
                    .last_mut()
                    .ok_or(Error::Invalid("break outside of loops"))?;
                active.drain_into(&mut scope.broke);
            }
            St::Continue => {
                let scope = frame.scopes.iter_mut().rev().find(|s| s.is_loop);
                active.drain_into(
                    &mut scope
                        .ok_or(Error::Invalid("continue outside of loops"))?
                        .continued,
                );
            }
            St::Return { value } => {
                if let Some(value) = value {
                    self.result(frame, value, active)?;
                }
                active.clear();
            }
            St::Kill => return Err(Error::Unsupported("discard (fragment shaders only)".into())),
            St::ControlBarrier(scope) => {
                if scope != naga::Barrier::SUB_GROUP {
                    self.barrier(active)?;
                }
            }
            // Invocations see each other's memory at once.
            St::MemoryBarrier(_) => {}
            St::Store { pointer, value } => {
                let ops = frame.ops();
                let (p, v, ty) = (
                    ops.get(pointer)?.pointer()?,
                    ops.value(value)?,
                    ops.ty(pointer)?.ty,
                );
                self.memory.store(&self.program.types, p, ty, v, active)?;
            }
            St::Atomic {
                pointer,
                fun,
                value,
                result,
            } => self.atomic(frame, pointer, fun, value, result, active)?,
            St::WorkGroupUniformLoad { pointer, result } => {
                self.barrier(active)?;
                let ops = frame.ops();
                let (p, ty) = (ops.get(pointer)?.pointer()?, ops.ty(pointer)?.ty);
                let v = self.memory.load(&self.program.types, p, ty, Vec::new())?;
                frame.set(result, v);
            }
            St::Call {
                function,
                ref arguments,
                result,
            } => {
                let mut values = Vec::with_capacity(arguments.len());
                for &a in arguments {
                    values.push(frame.ops().get(a)?.clone());
                }
                let plan = &self.program.plans.functions[function.index()];
                let v = self.call(
                    &self.module.functions[function],
                    plan,
                    function.index(),
                    values,
                    active,
                )?;
                if let (Some(result), Some(v)) = (result, v) {
                    frame.set(result, v);
                }
            }
            St::SubgroupBallot { result, predicate } => {
                let predicate = predicate.map(|p| frame.value(p)).transpose()?;
                let v = subgroup::ballot(predicate, active, self.n);
                frame.set(result, v);
            }
            St::SubgroupGather {
                mode,
                argument,
                result,
            } => {
                let from = match mode {
                    GatherMode::BroadcastFirst => From::First,
                    GatherMode::Broadcast(i) | GatherMode::Shuffle(i) => {
                        From::Index(frame.value(i)?)
                    }
                    GatherMode::ShuffleDown(d) => From::Down(frame.value(d)?),
                    GatherMode::ShuffleUp(d) => From::Up(frame.value(d)?),
                    GatherMode::ShuffleXor(m) => From::Xor(frame.value(m)?),
                    GatherMode::QuadBroadcast(i) => From::Quad(frame.value(i)?),
                    GatherMode::QuadSwap(direction) => From::Swap(direction),
                };
                let v = subgroup::gather(from, frame.value(argument)?, active, self.n);
                frame.set(result, v);
            }
            St::SubgroupCollectiveOperation {
                op,
                collective_op,
                argument,
                result,
            } => {
                let sc = frame.ops().ty(argument)?.ty.scalar()?;
                let v = subgroup::collective(
                    op,
                    collective_op,
                    sc,
                    frame.value(argument)?,
                    active,
                    self.n,
                )?;
                frame.set(result, v);
            }
            St::ImageStore { .. } => return Err(Error::Unsupported("textureStore".into())),
            St::ImageAtomic { .. } => return Err(Error::Unsupported("texture atomics".into())),
            St::RayQuery { .. } => return Err(Error::Unsupported("a ray query".into())),
            St::RayPipelineFunction(_) => {
                return Err(Error::Unsupported("a ray tracing pipeline".into()))
            }
            St::CooperativeStore { .. } => {
                return Err(Error::Unsupported("a cooperative matrix".into()))
            }
        }
        Ok(())
    }

    fn emit(&mut self, frame: &mut Frame<'p>, h: Handle<Ex>, active: &Mask) -> Result<(), Error> {
        let i = h.index();
        if frame.plan.consts.get(i).is_some_and(|s| *s != Slot::Empty) {
            return Ok(());
        }
        self.step(1)?;
        // The value of the last time round gives its allocation.
        let data = match frame.slots.get_mut(i).map(std::mem::take) {
            Some(Slot::Value(v)) => v.data,
            Some(Slot::Pointer(p)) => p.offset,
            Some(Slot::Empty) | None => Vec::new(),
        };
        let ops = frame.ops();
        let slot = match frame.function.expressions[h] {
            Ex::Load { pointer } => {
                let (p, ty) = (ops.get(pointer)?.pointer()?, ops.ty(pointer)?.ty);
                Slot::Value(self.memory.load(&self.program.types, p, ty, data)?)
            }
            ref expr => self.evaluator(active).eval(expr, ops.ty(h)?, ops, data)?,
        };
        frame.slots[i] = slot;
        Ok(())
    }

    fn barrier(&self, active: &Mask) -> Result<(), Error> {
        if active.all() {
            return Ok(());
        }
        Err(Error::NonUniformBarrier {
            reached: active.count(),
            invocations: self.n,
            workgroup: self.workgroup,
        })
    }
}
