//! The kernel IR: one compute entry point, everything inlined, in SSA over scalar values.
//!
//! A [`Kernel`] owns values, instructions and regions by index. A region is a straight list of
//! instructions ending in a terminator; `If`, `Loop` and `Block` instructions own regions, so
//! control flow is a tree and dominance is nesting: an instruction may use what stands before it
//! in its own region, and the same for every region around it, plus the parameters of these.
//! There are no phis: a construct's results are the operands of whichever terminator leaves it,
//! and a loop's carried values are its body's parameters.
//!
//! Memory instructions touch one to four consecutive scalars of one type. Loads and stores keep
//! the width of the source program and may be widened only where that is proved safe.

mod build;
mod entity;
mod memory_use;
mod names;
mod op;
mod parse;
mod print;
mod verify;
mod walk;

pub use build::Builder;
pub(crate) use entity::entity;
pub use entity::{Entity, EntityVec};
pub use memory_use::MemoryUse;
pub use op::*;
pub use parse::ParseError;
pub use verify::VerifyErrors;
pub use walk::{Step, Walk};

use smallvec::SmallVec;

entity! {
    /// An SSA value.
    Value, "v"
}
entity! {
    /// An instruction; names its construct in `Break` and `Continue`.
    InstId, "i"
}
entity! {
    /// A list of instructions owned by a construct, or the kernel's body.
    RegionId, "r"
}
entity! {
    /// A bound buffer.
    BindingId, "b"
}
entity! {
    /// A workgroup variable.
    SharedId, "s"
}
entity! {
    /// A function or private variable that lives in memory.
    LocalId, "l"
}

/// One compute entry point.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Entry point name, and symbol name in object files.
    pub name: String,
    /// Invocations of a workgroup in x, y, z.
    pub workgroup_size: [u32; 3],
    /// Buffers that the kernel names, in (group, binding) order.
    pub bindings: EntityVec<BindingId, Binding>,
    /// Workgroup variables.
    pub shared: EntityVec<SharedId, Shared>,
    /// Variables in memory of one invocation.
    pub locals: EntityVec<LocalId, Local>,
    /// Bytes of immediates that the kernel may read.
    pub immediates: u32,
    /// Values.
    pub values: EntityVec<Value, ValueData>,
    /// Instructions, also such as no region lists any more.
    pub insts: EntityVec<InstId, InstData>,
    /// Regions.
    pub regions: EntityVec<RegionId, RegionData>,
    /// The outermost region; ends by `Return`.
    pub body: RegionId,
}

/// A buffer in a bind group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// `@group`.
    pub group: u32,
    /// `@binding`.
    pub binding: u32,
    /// The variable's name, for people.
    pub name: String,
    /// Address space and access.
    pub kind: BindingKind,
    /// Least number of bytes that must be bound (the type's size, runtime arrays with one element).
    pub min_size: u32,
}

/// What a binding may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum BindingKind {
    /// `var<uniform>`: read-only during a dispatch.
    #[serde(rename = "uniform")]
    Uniform,
    /// `var<storage, read>`: read-only during a dispatch.
    #[serde(rename = "read-only storage")]
    ReadOnlyStorage,
    /// `var<storage, read_write>`.
    #[serde(rename = "storage")]
    Storage,
}

impl BindingKind {
    /// Nothing writes it during a dispatch.
    pub fn is_read_only(self) -> bool {
        match self {
            BindingKind::Uniform | BindingKind::ReadOnlyStorage => true,
            BindingKind::Storage => false,
        }
    }
}

/// A workgroup variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shared {
    /// Name, for people.
    pub name: String,
    /// Bytes.
    pub size: u32,
    /// Alignment in bytes.
    pub align: u32,
}

/// A variable of one invocation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Local {
    /// Name, for people.
    pub name: String,
    /// Bytes.
    pub size: u32,
    /// Alignment in bytes.
    pub align: u32,
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueData {
    /// Its type.
    pub ty: Type,
    /// Where it comes from.
    pub def: ValueDef,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueDef {
    /// The n-th result of an instruction.
    Result(InstId, u16),
    /// The n-th parameter of a loop body.
    Param(RegionId, u16),
}

/// Operands or results.
pub type Values = SmallVec<[Value; 4]>;

/// An instruction.
#[derive(Clone, Debug)]
pub struct InstData {
    /// What it does.
    pub op: Op,
    /// Operands; see the operation for their order.
    pub args: Values,
    /// Results.
    pub results: Values,
    /// Source text it came from, for messages.
    pub span: naga::Span,
}

impl InstData {
    /// The dynamic offset of a memory instruction.
    pub fn offset(&self) -> Option<Value> {
        let has_offset = if let Op::Store(_, has_offset)
        | Op::Atomic(_, _, has_offset)
        | Op::CompareExchange(_, has_offset) = self.op
        {
            has_offset
        } else {
            matches!(self.op, Op::Load(_))
        };
        self.args.first().copied().filter(|_| has_offset)
    }
}

/// A region.
#[derive(Clone, Debug, Default)]
pub struct RegionData {
    /// Parameters; only loop bodies have any.
    pub params: Values,
    /// Instructions in order, the last one a terminator.
    pub insts: Vec<InstId>,
}

impl Kernel {
    /// A kernel with an empty body.
    pub fn new(name: impl Into<String>, workgroup_size: [u32; 3]) -> Kernel {
        let mut regions = EntityVec::new();
        let body = regions.push(RegionData::default());
        Kernel {
            name: name.into(),
            workgroup_size,
            bindings: EntityVec::new(),
            shared: EntityVec::new(),
            locals: EntityVec::new(),
            immediates: 0,
            values: EntityVec::new(),
            insts: EntityVec::new(),
            regions,
            body,
        }
    }

    /// Type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].ty
    }

    /// The instruction that makes a value, unless it is a loop parameter.
    pub fn def(&self, value: Value) -> Option<InstId> {
        match self.values[value].def {
            ValueDef::Result(inst, _) => Some(inst),
            ValueDef::Param(..) => None,
        }
    }

    /// The bits of a constant value.
    pub fn constant(&self, value: Value) -> Option<u64> {
        let Op::Const(bits) = self.insts[self.def(value)?].op else {
            return None;
        };
        Some(bits)
    }

    /// Operation and operands of a value that a binary operation makes.
    pub fn binary(&self, value: Value) -> Option<(BinaryOp, Value, Value)> {
        let data = &self.insts[self.def(value)?];
        match (&data.op, data.args.as_slice()) {
            (&Op::Binary(op), &[a, b]) => Some((op, a, b)),
            _ => None,
        }
    }

    /// A new region with parameters of these types.
    pub fn new_region(&mut self, params: &[Type]) -> RegionId {
        let region = self.regions.push(RegionData::default());
        for (n, &ty) in params.iter().enumerate() {
            let def = ValueDef::Param(region, n as u16);
            let value = self.values.push(ValueData { ty, def });
            self.regions[region].params.push(value);
        }
        region
    }

    /// A new instruction that stands in no region yet.
    pub fn new_inst(
        &mut self,
        op: Op,
        args: &[Value],
        results: &[Type],
        span: naga::Span,
    ) -> InstId {
        let inst = self.insts.push(InstData {
            op,
            args: args.into(),
            results: Values::new(),
            span,
        });
        for (n, &ty) in results.iter().enumerate() {
            let def = ValueDef::Result(inst, n as u16);
            let value = self.values.push(ValueData { ty, def });
            self.insts[inst].results.push(value);
        }
        inst
    }

    /// One more result of an instruction.
    pub fn append_result(&mut self, inst: InstId, ty: Type) -> Value {
        let def = ValueDef::Result(inst, self.insts[inst].results.len() as u16);
        let value = self.values.push(ValueData { ty, def });
        self.insts[inst].results.push(value);
        value
    }

    /// One more parameter of a region.
    pub fn append_param(&mut self, region: RegionId, ty: Type) -> Value {
        let def = ValueDef::Param(region, self.regions[region].params.len() as u16);
        let value = self.values.push(ValueData { ty, def });
        self.regions[region].params.push(value);
        value
    }

    /// Keeps those results for which `keep` holds of their number.
    pub fn retain_results(&mut self, inst: InstId, keep: impl Fn(usize) -> bool) {
        let results = retain(&self.insts[inst].results, keep);
        for (n, &result) in results.iter().enumerate() {
            self.values[result].def = ValueDef::Result(inst, n as u16);
        }
        self.insts[inst].results = results;
    }

    /// Keeps those parameters for which `keep` holds of their number.
    pub fn retain_params(&mut self, region: RegionId, keep: impl Fn(usize) -> bool) {
        let params = retain(&self.regions[region].params, keep);
        for (n, &param) in params.iter().enumerate() {
            self.values[param].def = ValueDef::Param(region, n as u16);
        }
        self.regions[region].params = params;
    }

    /// Keeps those operands for which `keep` holds of their number.
    pub fn retain_args(&mut self, inst: InstId, keep: impl Fn(usize) -> bool) {
        self.insts[inst].args = retain(&self.insts[inst].args, keep);
    }

    /// Feeds all that the kernel means to a hasher. Source positions do not count, numbering does.
    pub fn hash_content(&self, state: &mut impl std::hash::Hasher) {
        use std::hash::Hash;
        self.name.hash(state);
        self.workgroup_size.hash(state);
        self.immediates.hash(state);
        self.body.hash(state);
        self.bindings.values().as_slice().hash(state);
        self.shared.values().as_slice().hash(state);
        self.locals.values().as_slice().hash(state);
        self.values.values().as_slice().hash(state);
        self.insts.len().hash(state);
        for inst in self.insts.values() {
            inst.op.hash(state);
            inst.args.hash(state);
            inst.results.hash(state);
        }
        self.regions.len().hash(state);
        for region in self.regions.values() {
            region.params.hash(state);
            region.insts.hash(state);
        }
    }

    /// Bytes of a variable, or of the immediates. How much is bound is known in the dispatch only.
    pub fn size_of(&self, space: Space) -> Option<u32> {
        match space {
            Space::Binding(_) => None,
            Space::Shared(id) => Some(self.shared[id].size),
            Space::Local(id) => Some(self.locals[id].size),
            Space::Immediates => Some(self.immediates),
        }
    }

    /// Could a memory instruction have this constant offset? The verifier refuses one that leaves
    /// its variable; that it would is a sign of code that cannot run.
    pub fn may_start_at(&self, inst: InstId, space: Space, offset: u32) -> bool {
        let end = u64::from(offset) + self.accessed_bytes(inst);
        self.size_of(space)
            .is_none_or(|size| end <= u64::from(size))
    }

    /// Bytes that a memory instruction touches.
    pub fn accessed_bytes(&self, inst: InstId) -> u64 {
        let data = &self.insts[inst];
        let operands = &data.args[usize::from(data.offset().is_some())..];
        let values = if let Op::Load(_) = data.op {
            &data.results
        } else if let Op::Store(..) = data.op {
            operands
        } else {
            &operands[..operands.len().min(1)]
        };
        values.iter().map(|&v| u64::from(self.ty(v).bytes())).sum()
    }

    /// Invocations of a workgroup.
    pub fn workgroup_threads(&self) -> u32 {
        self.workgroup_size.iter().product()
    }
}

fn retain(values: &Values, keep: impl Fn(usize) -> bool) -> Values {
    let kept = values.iter().enumerate().filter(|(n, _)| keep(*n));
    kept.map(|(_, &value)| value).collect()
}

#[cfg(test)]
mod tests;
