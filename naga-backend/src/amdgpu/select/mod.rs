//! Instruction selection: kernel IR to machine IR.
//!
//! One pass in program order. Every IR value becomes one register for each of its dwords, in the
//! bank that [`Flow`] chose; a `Bool` is a lane mask in a scalar register, whose bits in inactive
//! lanes mean nothing. Constants are written where they are used. Patterns look backwards through
//! the IR; what they made superfluous is dropped by [`super::dce`].

mod atomics;
mod bits;
mod builtins;
mod control;
mod convert;
mod emit;
mod float;
mod int;
mod memory;
mod subgroup;
mod wide;

use rdna_isa::{Arch, Gen, Operand};

use crate::kernel::Op as Ir;
use crate::kernel::*;
use crate::Error;

use super::abi::Abi;
use super::flow::Flow;
use super::mir::{Bank, Block, Function, Regs, VReg};

use control::Frame;

/// A source before it becomes an operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Src {
    /// A register.
    Reg(VReg),
    /// 32 constant bits.
    Bits(u32),
    /// A fixed operand.
    Fixed(Operand),
}

impl From<VReg> for Src {
    fn from(v: VReg) -> Src {
        Src::Reg(v)
    }
}

/// Selects code for a kernel.
pub fn select(kernel: &Kernel, flow: &Flow, abi: &Abi, arch: Arch) -> Result<Function, Error> {
    let mut uses = EntityVec::filled(0u32, kernel.values.len());
    for step in &flow.steps {
        if let &Step::Inst(inst) = step {
            for &arg in &kernel.insts[inst].args {
                uses[arg] += 1;
            }
        }
    }
    let mut f = Function::new(arch);
    f.lds = abi.lds;
    f.scratch = abi.scratch;
    let entry = f.block(0);
    f.order.push(entry);
    let mut s = Select {
        kernel,
        flow,
        abi,
        f,
        cur: entry,
        reached: true,
        targeted: Vec::new(),
        values: EntityVec::filled(Regs::new(), kernel.values.len()),
        uses,
        frames: Vec::new(),
        depth: 0,
        end: entry,
        kernarg: VReg::new(0),
        kernarg_hi: VReg::new(0),
        descriptors: EntityVec::filled(None, kernel.bindings.len()),
        local_id: None,
        workgroup_ids: [None; 3],
        builtins: Default::default(),
        whole_wave: [None, None],
        span: naga::Span::UNDEFINED,
    };
    s.end = s.f.block(0);
    s.prologue();
    for step in &flow.steps {
        s.step(*step)?;
    }
    s.epilogue();
    Ok(s.f)
}

struct Select<'k> {
    kernel: &'k Kernel,
    flow: &'k Flow,
    abi: &'k Abi,
    f: Function,
    /// Block that receives the next instruction.
    cur: Block,
    /// Whether any lane gets here.
    reached: bool,
    /// Blocks that some terminator names.
    targeted: Vec<bool>,
    values: EntityVec<Value, Regs>,
    /// Number of operands that name each value.
    uses: EntityVec<Value, u32>,
    frames: Vec<Frame>,
    depth: u32,
    end: Block,
    kernarg: VReg,
    kernarg_hi: VReg,
    descriptors: EntityVec<BindingId, Option<[VReg; 4]>>,
    local_id: Option<VReg>,
    workgroup_ids: [Option<VReg>; 3],
    builtins: builtins::Builtins,
    /// For values of one and of two dwords.
    whole_wave: [Option<subgroup::WholeWave>; 2],
    span: naga::Span,
}

/// Dwords that a value takes in registers; a mask is one.
fn words(ty: Type) -> usize {
    match ty {
        Type::Bool | Type::I16 | Type::F16 | Type::I32 | Type::F32 => 1,
        Type::I64 | Type::F64 => 2,
    }
}

impl Select<'_> {
    fn gen(&self) -> Gen {
        self.f.arch.gen()
    }

    fn unsupported<T>(&self, what: impl Into<String>) -> Result<T, Error> {
        Err(Error::Unsupported {
            what: what.into(),
            span: self.span,
        })
    }

    fn internal<T>(&self, what: impl Into<String>) -> Result<T, Error> {
        Err(Error::Internal {
            pass: "amdgpu instruction selection",
            what: what.into(),
        })
    }

    fn ty(&self, v: Value) -> Type {
        self.kernel.ty(v)
    }

    fn bank(&self, v: Value) -> Bank {
        match self.ty(v) {
            Type::Bool => Bank::S,
            Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F32 | Type::F64 => {
                self.flow.bank[v]
            }
        }
    }

    /// The operation that makes a value, with its operands.
    fn def(&self, v: Value) -> Option<(&Op, &[Value])> {
        let inst = &self.kernel.insts[self.kernel.def(v)?];
        Some((&inst.op, &inst.args))
    }

    fn binary_def(&self, v: Value, op: BinaryOp) -> Option<(Value, Value)> {
        match self.def(v)? {
            (Op::Binary(o), &[a, b]) if *o == op => Some((a, b)),
            _ => None,
        }
    }

    fn unary_def(&self, v: Value, op: UnaryOp) -> Option<Value> {
        match self.def(v)? {
            (Op::Unary(o), &[a]) if *o == op => Some(a),
            _ => None,
        }
    }

    /// Used once, so that folding it into its user costs nothing.
    fn single(&self, v: Value) -> bool {
        self.uses[v] == 1
    }

    /// A dword of a value as a source.
    fn word(&self, v: Value, n: usize) -> Src {
        if let Some(bits) = self.kernel.constant(v) {
            if self.ty(v) == Type::Bool {
                return Src::Bits(if bits != 0 { !0 } else { 0 });
            }
            return Src::Bits((bits >> (32 * n)) as u32);
        }
        match self.values[v].get(n) {
            Some(&reg) => Src::Reg(reg),
            // Only a verifier's failure gets here; any content will do.
            None => Src::Bits(0),
        }
    }

    fn src(&self, v: Value) -> Src {
        self.word(v, 0)
    }

    fn is_scalar(&self, s: Src) -> bool {
        match s {
            Src::Reg(r) => self.f.vregs[r] == Bank::S,
            Src::Bits(_) => true,
            Src::Fixed(o) => !matches!(o, Operand::Vgpr(_) | Operand::Vgpr16 { .. }),
        }
    }

    /// Records the registers of an instruction's only result.
    fn set(&mut self, data: &InstData, regs: &[VReg]) {
        if let Some(&result) = data.results.first() {
            self.values[result] = regs.into();
        }
    }

    fn step(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Inst(inst) => {
                let data = &self.kernel.insts[inst];
                self.span = data.span;
                if data.op.is_construct() {
                    self.begin(inst)
                } else if !self.reached {
                    Ok(())
                } else if data.op.is_terminator() {
                    self.terminator(inst)
                } else {
                    self.instruction(data)
                }
            }
            Step::Enter(construct, region) => self.enter(construct, region),
            Step::Leave(construct, region) => self.leave(construct, region),
            Step::End(construct) => self.finish(construct),
        }
    }

    fn instruction(&mut self, data: &InstData) -> Result<(), Error> {
        match &data.op {
            Op::Const(_) => Ok(()),
            Op::Builtin(b) => self.builtin(data, *b),
            Op::Unary(op) => self.unary(data, *op),
            Op::Binary(op) => self.binary(data, *op),
            Op::Ternary(op) => self.ternary(data, *op),
            Op::Ldexp => self.ldexp(data),
            Op::FrexpExp => self.frexp_exp(data),
            Op::ICmp(cc) => self.icmp(data, *cc),
            Op::FCmp(cc) => self.fcmp(data, *cc),
            Op::Select => self.select_value(data),
            Op::Convert(op) => self.convert(data, *op),
            Op::Load(access) => self.load(data, access),
            Op::Store(access, has_offset) => self.store(data, access, *has_offset),
            Op::Atomic(op, access, has_offset) => self.atomic(data, *op, access, *has_offset),
            Op::CompareExchange(access, has_offset) => {
                self.compare_exchange(data, access, *has_offset)
            }
            Op::BindingSize(binding) => {
                let descriptor = self.descriptor(*binding)?;
                self.set(data, &[descriptor[2]]);
                Ok(())
            }
            Op::Barrier(barrier) => {
                self.barrier(*barrier);
                Ok(())
            }
            Op::Subgroup(op) => self.subgroup(data, *op),
            Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => self.internal("control flow among instructions"),
        }
    }

    fn unary(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        use UnaryOp::*;
        match op {
            Not | INeg | IAbs | PopCount | Clz | Ctz | BitReverse => self.int_unary(data, op),
            FNeg | FAbs | Floor | Ceil | Trunc | RoundEven | Fract | Sqrt | Rsqrt | Rcp | Exp2
            | Log2 | Sin | Cos | FrexpMant => self.float_unary(data, op),
        }
    }

    fn binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        use BinaryOp::*;
        let ty = self.ty(data.args[0]);
        match op {
            IAdd | ISub | IMul | UMulHi | SMulHi | UDiv | SDiv | URem | SRem | And | Or | Xor
            | Shl | LShr | AShr | SMin | SMax | UMin | UMax => match ty {
                Type::Bool => self.bool_binary(data, op),
                Type::I16 => self.short_binary(data, op),
                Type::I64 => self.wide_binary(data, op),
                Type::I32 | Type::F16 | Type::F32 | Type::F64 => self.int_binary(data, op),
            },
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
}
