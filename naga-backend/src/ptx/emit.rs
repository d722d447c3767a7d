//! One kernel on its way to text: what is known of it, and where its values are.
//!
//! One pass in program order. Nothing is scheduled or combined that ptxas does by itself; what it
//! does not do (addresses, clamps, widths, masks) is decided here.

use std::fmt;

use hashbrown::HashMap;

use super::control::Frame;
use super::layout::Layout;
use super::mask::Masks;
use super::text::{Arg, Bank, Reg, Text};
use crate::kernel::*;
use crate::passes::{Ranges, Uniformity};
use crate::reflection::Limit;
use crate::{Error, Options};

/// Appends an instruction to the body.
macro_rules! emit {
    ($to:expr, $($line:tt)*) => { $to.text.inst(format_args!($($line)*)) };
}
pub(super) use emit;

/// A kernel and its text so far.
pub(super) struct Emitter<'k> {
    pub kernel: &'k Kernel,
    pub layout: &'k Layout,
    pub options: &'k Options,
    pub ranges: Ranges,
    pub uniformity: Uniformity,
    /// Compute capability, as in `sm_80`.
    pub sm: u32,
    pub text: Text,
    /// Constructs around the current instruction.
    pub frames: Vec<Frame>,
    pub masks: Masks,
    /// Constructs opened so far.
    pub constructs: u32,
    /// Bytes of the argument block so far.
    pub argument_size: u32,
    /// What of it the accesses to each binding are clamped to.
    pub limits: EntityVec<BindingId, Vec<Limit>>,
    /// What stands in the prologue already.
    pub hoisted: HashMap<Hoisted, Reg>,
    pub span: naga::Span,
    values: EntityVec<Value, Option<Reg>>,
    uses: EntityVec<Value, u32>,
    /// Products that only addresses name: they take the factors instead.
    folded: EntityVec<Value, bool>,
    /// Instructions without effect whose results hold here, by their text.
    known: HashMap<String, Reg>,
    /// Their texts in order, to forget them by.
    known_order: Vec<String>,
}

/// What is computed once, before the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Hoisted {
    /// Address of a binding.
    Base(BindingId),
    /// Size of a binding in bytes.
    Size(BindingId),
    /// Largest index or offset of an access: end, alignment and shift of its [`Limit`].
    Last(BindingId, u32, u32, u32),
    /// Address of a workgroup variable.
    Shared(SharedId),
    /// Address of a local variable.
    Local(LocalId),
    /// Address of the argument block.
    Arguments,
    /// Lanes that begin.
    Lanes,
}

impl<'k> Emitter<'k> {
    pub fn new(
        kernel: &'k Kernel,
        layout: &'k Layout,
        steps: &[Step],
        sm: u32,
        options: &'k Options,
    ) -> Emitter<'k> {
        let mut uses = EntityVec::filled(0u32, kernel.values.len());
        let mut offsets = uses.clone();
        for step in steps {
            let &Step::Inst(inst) = step else { continue };
            let data = &kernel.insts[inst];
            for &arg in &data.args {
                uses[arg] += 1;
            }
            if let Some(offset) = binding_offset(data) {
                offsets[offset] += 1;
            }
        }
        let mut folded = EntityVec::filled(false, kernel.values.len());
        for value in kernel.values.keys() {
            folded[value] = uses[value] == offsets[value] && scaled(kernel, value).is_some();
        }
        let uniformity = Uniformity::compute(kernel);
        Emitter {
            kernel,
            layout,
            options,
            ranges: Ranges::compute(kernel),
            masks: Masks::new(kernel, &uniformity, steps),
            uniformity,
            constructs: 0,
            sm,
            text: Text::default(),
            frames: Vec::new(),
            argument_size: layout.argument_size,
            limits: EntityVec::filled(Vec::new(), kernel.bindings.len()),
            hoisted: HashMap::new(),
            span: naga::Span::UNDEFINED,
            values: EntityVec::filled(None, kernel.values.len()),
            uses,
            folded,
            known: HashMap::new(),
            known_order: Vec::new(),
        }
    }

    /// Writes what one step of the walk stands for.
    pub fn step(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Inst(inst) => {
                let data = &self.kernel.insts[inst];
                self.span = data.span;
                self.instruction(inst, data)
            }
            Step::Enter(construct, region) => self.enter(construct, region),
            Step::Leave(..) => {
                self.leave();
                Ok(())
            }
            Step::End(construct) => self.end(construct),
        }
    }

    fn instruction(&mut self, inst: InstId, data: &'k InstData) -> Result<(), Error> {
        match &data.op {
            Op::Const(_) => Ok(()),
            Op::Builtin(builtin) => self.builtin(data, *builtin),
            Op::Unary(op) => self.unary(data, *op),
            Op::Binary(op) => self.binary(data, *op),
            Op::Ternary(op) => self.ternary(data, *op),
            Op::Ldexp => self.ldexp(data),
            Op::FrexpExp => self.frexp(data, false),
            Op::ICmp(cc) => self.icmp(data, *cc),
            Op::FCmp(cc) => self.fcmp(data, *cc),
            Op::Select => self.select(data),
            Op::Convert(op) => self.convert(data, *op),
            Op::Load(access) => self.load(data, access),
            Op::Store(access, has_offset) => self.store(data, access, *has_offset),
            Op::Atomic(op, access, has_offset) => self.atomic(data, *op, access, *has_offset),
            Op::CompareExchange(access, has_offset) => {
                self.compare_exchange(data, access, *has_offset)
            }
            Op::BindingSize(binding) => {
                let size = self.binding_size(*binding);
                self.alias(data, size)
            }
            Op::Barrier(barrier) => {
                self.barrier(*barrier);
                Ok(())
            }
            Op::Subgroup(op) => self.subgroup(data, *op),
            Op::If { .. } | Op::Loop { .. } | Op::Block { .. } => self.begin(inst),
            Op::Yield | Op::Break(_) | Op::Continue(_) | Op::Return => self.terminator(inst),
        }
    }

    fn unary(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        use UnaryOp::*;
        match op {
            Not | INeg | IAbs | PopCount | Clz | Ctz | BitReverse => self.int_unary(data, op),
            FNeg | FAbs | Floor | Ceil | Trunc | RoundEven | Fract | Sqrt | Rsqrt | Rcp | Exp2
            | Log2 | Sin | Cos => self.float_unary(data, op),
            FrexpMant => self.frexp(data, true),
        }
    }

    fn binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        use BinaryOp::*;
        match op {
            IAdd | ISub | IMul | UMulHi | SMulHi | UDiv | SDiv | URem | SRem | And | Or | Xor
            | Shl | LShr | AShr | SMin | SMax | UMin | UMax => self.int_binary(data, op),
            FAdd | FSub | FMul | FDiv | FRem | FMin | FMax => self.float_binary(data, op),
        }
    }

    fn ternary(&mut self, data: &InstData, op: TernaryOp) -> Result<(), Error> {
        match op {
            TernaryOp::Fma => self.fma(data),
            TernaryOp::UBfe
            | TernaryOp::SBfe
            | TernaryOp::BitSelect
            | TernaryOp::FunnelShr
            | TernaryOp::UDot4
            | TernaryOp::SDot4 => self.int_ternary(data, op),
        }
    }

    /// The waiting of invocations. It orders shared and global memory among them as well; a fence
    /// of wider scope would empty the L1 cache.
    fn barrier(&mut self, barrier: Barrier) {
        if barrier.execution {
            emit!(self, "bar.sync 0");
        } else if barrier.shared || barrier.storage {
            emit!(self, "membar.cta");
        }
    }

    pub fn unsupported<T>(&self, what: impl Into<String>) -> Result<T, Error> {
        Err(Error::Unsupported {
            what: what.into(),
            span: self.span,
        })
    }

    pub fn internal<T>(&self, what: impl Into<String>) -> Result<T, Error> {
        Err(Error::Internal {
            pass: "PTX",
            what: what.into(),
        })
    }

    pub fn ty(&self, value: Value) -> Type {
        self.kernel.ty(value)
    }

    /// The only result of an instruction is named by someone.
    pub fn is_used(&self, data: &InstData) -> bool {
        data.results.iter().any(|&result| self.uses[result] > 0)
    }

    /// The operation that makes a value, with its operands.
    pub fn def(&self, value: Value) -> Option<(&'k Op, &'k [Value])> {
        let inst = &self.kernel.insts[self.kernel.def(value)?];
        Some((&inst.op, &inst.args))
    }

    /// A new register for something between.
    pub fn temp(&mut self, bank: Bank) -> Reg {
        self.text.reg(bank)
    }

    /// A new register for a value.
    pub fn define(&mut self, value: Value) -> Reg {
        let reg = self.text.reg(Bank::of(self.ty(value)));
        self.values[value] = Some(reg);
        reg
    }

    /// A new register for an instruction's only result.
    pub fn result(&mut self, data: &InstData) -> Result<Reg, Error> {
        match data.results.first() {
            Some(&result) => Ok(self.define(result)),
            None => self.internal("an operation without a result"),
        }
    }

    /// The result is what a register holds already.
    pub fn alias(&mut self, data: &InstData, reg: Reg) -> Result<(), Error> {
        match data.results.first() {
            Some(&result) => {
                self.values[result] = Some(reg);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Is a value left to the addresses that name it?
    pub fn is_folded(&self, data: &InstData) -> bool {
        data.results.iter().any(|&result| self.folded[result])
    }

    /// The result of an instruction without effect, which is written if it is not known here.
    pub fn pure(&mut self, bank: Bank, opcode: &str, operands: fmt::Arguments) -> Reg {
        let text = format!("{opcode} {operands}");
        if let Some(&reg) = self.known.get(&text) {
            return reg;
        }
        let d = self.temp(bank);
        emit!(self, "{opcode} {d}, {operands}");
        self.known.insert(text.clone(), d);
        self.known_order.push(text);
        d
    }

    /// How much is known; to go back to by [`Self::forget`] where a region ends.
    pub fn known(&self) -> usize {
        self.known_order.len()
    }

    /// Forgets what came to be known since.
    pub fn forget(&mut self, since: usize) {
        for text in self.known_order.drain(since.min(self.known_order.len())..) {
            self.known.remove(&text);
        }
    }

    /// The register of a value; a new one for a constant.
    pub fn reg(&mut self, value: Value) -> Reg {
        if let Some(bits) = self.kernel.constant(value) {
            let bank = Bank::of(self.ty(value));
            let reg = self.temp(bank);
            let bits = signed(bits, self.ty(value));
            emit!(self, "mov.{} {reg}, {bits}", bank.name());
            return reg;
        }
        match (self.values[value], scaled(self.kernel, value)) {
            (Some(reg), _) => reg,
            (None, Some((index, stride))) if self.folded[value] => {
                let index = self.bits(index);
                let operands = format_args!("{index}, {}", stride as i32);
                self.pure(Bank::B32, "mul.lo.s32", operands)
            }
            // Code that is not reached may name what is not computed.
            (None, _) => self.define(value),
        }
    }

    /// A value where an operand's type is `.b`, `.u` or `.s`.
    pub fn bits(&mut self, value: Value) -> Arg {
        match (self.kernel.constant(value), self.ty(value)) {
            (None, _) | (Some(_), Type::Bool) => self.reg(value).into(),
            (Some(bits), ty) => Arg::Int(signed(bits, ty)),
        }
    }

    /// A value where an operand's type is `.f`. PTX has no immediates of half precision.
    pub fn float(&mut self, value: Value) -> Arg {
        match (self.kernel.constant(value), self.ty(value)) {
            (Some(bits), Type::F32) => Arg::F32(bits as u32),
            (Some(bits), Type::F64) => Arg::F64(bits),
            _ => self.reg(value).into(),
        }
    }
}

/// The dynamic offset of an access to a binding.
fn binding_offset(data: &InstData) -> Option<Value> {
    let in_binding = matches!(data.op.access()?.space, Space::Binding(_));
    data.offset().filter(|_| in_binding)
}

/// An i32 as index and stride, where it is such a product.
pub(super) fn scaled(kernel: &Kernel, value: Value) -> Option<(Value, u32)> {
    if kernel.ty(value) != Type::I32 {
        return None;
    }
    let (op, index, by) = kernel.binary(value)?;
    match (op, kernel.constant(by)? as u32) {
        (BinaryOp::Shl, by) => Some((index, 1 << (by & 31))),
        (BinaryOp::IMul, by @ 1..) => Some((index, by)),
        _ => None,
    }
}

/// The bits of a constant as a signed number of its width.
fn signed(bits: u64, ty: Type) -> i64 {
    match ty {
        Type::Bool => i64::from(bits != 0),
        Type::I16 | Type::F16 => i64::from(bits as i16),
        Type::I32 | Type::F32 => i64::from(bits as i32),
        Type::I64 | Type::F64 => bits as i64,
    }
}

/// Rounding of sums and products: where it is written, ptxas does not join them.
pub(super) fn rounding(options: &Options) -> &'static str {
    match options.contract {
        true => "",
        false => ".rn",
    }
}
