//! Appends instructions to a region.

use super::*;

/// A cursor at the end of a region.
pub struct Builder<'k> {
    /// The kernel under construction.
    pub kernel: &'k mut Kernel,
    /// Region that receives the next instruction.
    pub region: RegionId,
    /// Source position given to new instructions.
    pub span: naga::Span,
}

impl<'k> Builder<'k> {
    /// Appends at the end of the kernel's body.
    pub fn new(kernel: &'k mut Kernel) -> Builder<'k> {
        let region = kernel.body;
        Builder {
            kernel,
            region,
            span: naga::Span::UNDEFINED,
        }
    }

    /// Goes to the end of another region; returns the one left.
    pub fn switch_to(&mut self, region: RegionId) -> RegionId {
        std::mem::replace(&mut self.region, region)
    }

    /// Has the current region its terminator already?
    pub fn is_terminated(&self) -> bool {
        match self.kernel.regions[self.region].insts.last() {
            Some(&last) => self.kernel.insts[last].op.is_terminator(),
            None => false,
        }
    }

    /// Appends an instruction.
    pub fn inst(&mut self, op: Op, args: &[Value], results: &[Type]) -> InstId {
        debug_assert!(!self.is_terminated(), "instruction after a terminator");
        let inst = self.kernel.new_inst(op, args, results, self.span);
        self.kernel.regions[self.region].insts.push(inst);
        inst
    }

    /// Appends an instruction with one result.
    pub fn value(&mut self, op: Op, args: &[Value], ty: Type) -> Value {
        let inst = self.inst(op, args, &[ty]);
        self.kernel.insts[inst].results[0]
    }

    /// A constant by its bits.
    pub fn constant(&mut self, ty: Type, bits: u64) -> Value {
        self.value(Op::Const(bits), &[], ty)
    }

    /// An i32 constant.
    pub fn i32(&mut self, value: i32) -> Value {
        self.constant(Type::I32, value as u32 as u64)
    }

    /// An f32 constant.
    pub fn f32(&mut self, value: f32) -> Value {
        self.constant(Type::F32, value.to_bits() as u64)
    }

    /// A `Bool` constant.
    pub fn bool(&mut self, value: bool) -> Value {
        self.constant(Type::Bool, value as u64)
    }

    /// A unary operation.
    pub fn unary(&mut self, op: UnaryOp, a: Value) -> Value {
        let ty = self.kernel.ty(a);
        self.value(Op::Unary(op), &[a], ty)
    }

    /// A binary operation.
    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        let ty = self.kernel.ty(a);
        self.value(Op::Binary(op), &[a, b], ty)
    }

    /// A ternary operation.
    pub fn ternary(&mut self, op: TernaryOp, a: Value, b: Value, c: Value) -> Value {
        let ty = self.kernel.ty(a);
        self.value(Op::Ternary(op), &[a, b, c], ty)
    }

    /// An integer comparison.
    pub fn icmp(&mut self, cc: IntCc, a: Value, b: Value) -> Value {
        self.value(Op::ICmp(cc), &[a, b], Type::Bool)
    }

    /// A float comparison.
    pub fn fcmp(&mut self, cc: FloatCc, a: Value, b: Value) -> Value {
        self.value(Op::FCmp(cc), &[a, b], Type::Bool)
    }

    /// One of two values.
    pub fn select(&mut self, condition: Value, accept: Value, reject: Value) -> Value {
        let ty = self.kernel.ty(accept);
        self.value(Op::Select, &[condition, accept, reject], ty)
    }

    /// A conversion.
    pub fn convert(&mut self, op: ConvertOp, a: Value, ty: Type) -> Value {
        self.value(Op::Convert(op), &[a], ty)
    }

    /// A built-in input.
    pub fn builtin(&mut self, builtin: Builtin) -> Value {
        self.value(Op::Builtin(builtin), &[], Type::I32)
    }

    /// Reads `count` (1–4) consecutive values.
    pub fn load(
        &mut self,
        access: Access,
        offset: Option<Value>,
        ty: Type,
        count: usize,
    ) -> Values {
        debug_assert!((1..=4).contains(&count));
        let inst = self.inst(Op::Load(access), offset.as_slice(), &[ty; 4][..count]);
        self.kernel.insts[inst].results.clone()
    }

    /// Writes consecutive values.
    pub fn store(&mut self, access: Access, offset: Option<Value>, values: &[Value]) {
        let args: Values = offset.into_iter().chain(values.iter().copied()).collect();
        self.inst(Op::Store(access, offset.is_some()), &args, &[]);
    }
}
