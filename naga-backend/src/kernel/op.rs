//! The operations of the kernel IR.
//!
//! An operation carries only what is not a value: its operands are in [`crate::kernel::InstData`].
//! Each has one meaning on every target, stated here; where WGSL leaves room, the IR says which
//! room is left to the back end. Integers have no sign; operations do.

use super::{BindingId, InstId, LocalId, RegionId, SharedId};

/// Type of a value. All values are scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Type {
    /// A truth value; a lane mask or SCC on AMD, a predicate on NVIDIA. Not storable.
    Bool,
    I16,
    I32,
    I64,
    F16,
    F32,
    F64,
}

impl Type {
    /// Size in memory in bytes; 0 for `Bool`.
    pub fn bytes(self) -> u32 {
        match self {
            Type::Bool => 0,
            Type::I16 | Type::F16 => 2,
            Type::I32 | Type::F32 => 4,
            Type::I64 | Type::F64 => 8,
        }
    }

    /// Width in bits; 1 for `Bool`.
    pub fn bits(self) -> u32 {
        match self {
            Type::Bool => 1,
            Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F32 | Type::F64 => {
                self.bytes() * 8
            }
        }
    }

    /// One of the float types.
    pub fn is_float(self) -> bool {
        matches!(self, Type::F16 | Type::F32 | Type::F64)
    }

    /// One of the integer types (not `Bool`).
    pub fn is_int(self) -> bool {
        matches!(self, Type::I16 | Type::I32 | Type::I64)
    }
}

/// One operand, one result of the same type unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// Bitwise complement (integers), logical not (`Bool`).
    Not,
    /// Two's complement negation.
    INeg,
    /// Absolute value of a signed integer; the most negative value is its own.
    IAbs,
    /// Number of one bits.
    PopCount,
    /// Number of leading zero bits; the width for 0.
    Clz,
    /// Number of trailing zero bits; the width for 0.
    Ctz,
    /// Bits in reverse order.
    BitReverse,
    /// Sign bit flipped, NaN included.
    FNeg,
    /// Sign bit cleared, NaN included.
    FAbs,
    /// Largest integral value not above.
    Floor,
    /// Smallest integral value not below.
    Ceil,
    /// Rounded towards zero.
    Trunc,
    /// Rounded to nearest, ties to even.
    RoundEven,
    /// `x - floor(x)`, correctly rounded; below 1.
    Fract,
    /// Square root, within WGSL's bound for the type.
    Sqrt,
    /// 1/√x, within WGSL's bound (2 ULP); f16 and f32.
    Rsqrt,
    /// 1/x, within the bound of division.
    Rcp,
    /// 2^x: `3 + 2·|x|` ULP. Like the next three f32 only: lowering makes the other widths of it.
    Exp2,
    /// log₂ x: 3 ULP, 2⁻²¹ absolute in [0.5, 2].
    Log2,
    /// Sine of radians: 2⁻¹¹ absolute in [-π, π], sensible beyond.
    Sin,
    /// Cosine of radians, as `Sin`.
    Cos,
    /// Fraction of `frexp`: magnitude in [0.5, 1), or the operand where it is 0, infinite or NaN.
    FrexpMant,
}

/// Two operands of one type, one result of the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// Wrapping sum.
    IAdd,
    /// Wrapping difference.
    ISub,
    /// Wrapping product.
    IMul,
    /// High half of the unsigned product (i32 only).
    UMulHi,
    /// High half of the signed product (i32 only).
    SMulHi,
    /// Unsigned quotient; any value where the divisor is 0.
    UDiv,
    /// Signed quotient towards zero; any value for divisor 0, and for the overflowing -2ⁿ⁻¹ / -1.
    SDiv,
    /// Unsigned remainder; any value where the divisor is 0.
    URem,
    /// Remainder with the dividend's sign; any value as for `SDiv`.
    SRem,
    /// Bitwise and; logical on `Bool`.
    And,
    /// Bitwise or; logical on `Bool`.
    Or,
    /// Bitwise exclusive or; logical on `Bool`.
    Xor,
    /// Left shift; the amount (same type) counts modulo the width.
    Shl,
    /// Logical right shift, amount modulo the width.
    LShr,
    /// Arithmetic right shift, amount modulo the width.
    AShr,
    /// Smaller, signed.
    SMin,
    /// Larger, signed.
    SMax,
    /// Smaller, unsigned.
    UMin,
    /// Larger, unsigned.
    UMax,
    /// Sum.
    FAdd,
    /// Difference.
    FSub,
    /// Product.
    FMul,
    /// Quotient, within WGSL's 2.5 ULP.
    FDiv,
    /// `x - y·trunc(x/y)`, as WGSL's `%` (accuracy inherited from the expression).
    FRem,
    /// Smaller; the other operand where one is NaN.
    FMin,
    /// Larger; the other operand where one is NaN.
    FMax,
}

impl BinaryOp {
    /// May its operands change places?
    pub fn is_commutative(self) -> bool {
        match self {
            BinaryOp::IAdd
            | BinaryOp::IMul
            | BinaryOp::UMulHi
            | BinaryOp::SMulHi
            | BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::SMin
            | BinaryOp::SMax
            | BinaryOp::UMin
            | BinaryOp::UMax
            | BinaryOp::FAdd
            | BinaryOp::FMul
            | BinaryOp::FMin
            | BinaryOp::FMax => true,
            BinaryOp::ISub
            | BinaryOp::UDiv
            | BinaryOp::SDiv
            | BinaryOp::URem
            | BinaryOp::SRem
            | BinaryOp::Shl
            | BinaryOp::LShr
            | BinaryOp::AShr
            | BinaryOp::FSub
            | BinaryOp::FDiv
            | BinaryOp::FRem => false,
        }
    }
}

/// Three operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TernaryOp {
    /// `a·b + c`, rounded once.
    Fma,
    /// Unsigned bit field: (value, offset, count), offset and count already within the width as
    /// WGSL's `extractBits` clamps them: offset ≤ width, offset + count ≤ width.
    UBfe,
    /// The same, sign extended.
    SBfe,
    /// (base, insert, mask): `(insert & mask) | (base & !mask)`.
    BitSelect,
    /// Funnel shift right: low word of `(a:b) >> (c mod 32)`, i32.
    FunnelShr,
    /// Dot product of four unsigned bytes plus accumulator: (a, b, acc), i32.
    UDot4,
    /// Dot product of four signed bytes plus accumulator: (a, b, acc), i32.
    SDot4,
}

/// Integer comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum IntCc {
    Eq,
    Ne,
    ULt,
    ULe,
    UGt,
    UGe,
    SLt,
    SLe,
    SGt,
    SGe,
}

/// Ordered float comparison, except `Ne`, which is true for NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum FloatCc {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// Conversions; source and result types are those of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConvertOp {
    /// Same width, other type.
    Bitcast,
    /// Integer to narrower integer.
    Truncate,
    /// Integer to wider, zero filled.
    ZeroExtend,
    /// Integer to wider, sign filled.
    SignExtend,
    /// Float to the next float width, f16 to f32 to f64 and back, to nearest even.
    FloatToFloat,
    /// Float (f32, f64) to signed (i32, i64), towards zero, saturating; NaN gives 0.
    FloatToSint,
    /// Float (f32, f64) to unsigned (i32, i64), towards zero, saturating; NaN gives 0.
    FloatToUint,
    /// Signed to float, to nearest even: i32 and i64 to f32 and f64, i16 to f16.
    SintToFloat,
    /// Unsigned to float, as `SintToFloat`.
    UintToFloat,
    /// Two i16/f16 (low, high) to i32; two i32 (low, high) to i64.
    Pack,
    /// The low half: i32 to i16/f16, i64 to i32.
    UnpackLow,
    /// The high half.
    UnpackHigh,
}

/// Built-in inputs, i32 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// Invocation within its workgroup along an axis.
    LocalId(u8),
    /// Workgroup along an axis.
    WorkgroupId(u8),
    /// Number of workgroups along an axis.
    NumWorkgroups(u8),
    /// Linear invocation within the workgroup.
    LocalIndex,
    /// Lane within the subgroup.
    SubgroupLane,
    /// Lanes in a subgroup.
    SubgroupSize,
    /// Subgroup within the workgroup.
    SubgroupId,
    /// Subgroups in the workgroup.
    NumSubgroups,
}

/// What memory an access means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// A bound buffer; offsets are from the start of the bound range.
    Binding(BindingId),
    /// A workgroup variable.
    Shared(SharedId),
    /// A variable of the invocation that is not in registers.
    Local(LocalId),
    /// The immediates block.
    Immediates,
}

/// An address and what is known of it.
///
/// The address is `offset` plus the instruction's dynamic offset operand, if it has one (i32,
/// unsigned bytes; the sum does not wrap for in-bounds accesses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// Memory.
    pub space: Space,
    /// Constant byte offset.
    pub offset: u32,
    /// Known power-of-two alignment in bytes of the whole address.
    pub align: u32,
    /// The access may lie outside the binding at run time: then a load gives zero or any content
    /// of the binding, and a store or atomic touches nothing outside it. `false`: proved inside,
    /// or the caller asked for no checks. Shared and local accesses are clamped in the IR itself.
    pub checked: bool,
    /// An atomic load or store (relaxed, coherent in the device).
    pub atomic: bool,
    /// The products and left shifts by constants that make the dynamic offset of something else
    /// are proved not to wrap.
    pub no_wrap: bool,
}

/// Read-modify-write operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum AtomicOp {
    Add,
    Sub,
    And,
    Or,
    Xor,
    SMin,
    SMax,
    UMin,
    UMax,
    Exchange,
    FAdd,
}

/// Combining operation across a subgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ReduceOp {
    IAdd,
    IMul,
    SMin,
    SMax,
    UMin,
    UMax,
    And,
    Or,
    Xor,
    FAdd,
    FMul,
    FMin,
    FMax,
}

/// Which lanes a subgroup combination covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scan {
    /// All active lanes.
    Reduce,
    /// Active lanes up to and with this one.
    Inclusive,
    /// Active lanes below this one; the identity for the first.
    Exclusive,
}

/// Operations across the lanes of a subgroup. Only active lanes take part.
///
/// What lanes exchange is i32 or f32, what they combine is of 32 or 64 bits: lowering widens, and
/// splits, the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubgroupOp {
    /// `Bool` to the mask of lanes where it holds (i32: subgroups have 32 lanes).
    Ballot,
    /// Does it hold in all active lanes.
    All,
    /// Does it hold in any active lane.
    Any,
    /// True in the lowest active lane only.
    Elect,
    /// Combination of a value.
    Combine(ReduceOp, Scan),
    /// (value): of the lowest active lane.
    BroadcastFirst,
    /// (value, lane): of a lane that is the same for all active lanes.
    Broadcast,
    /// (value, lane): of any lane; any value where that lane is inactive or out of range.
    Shuffle,
    /// (value, mask): of lane `id ^ mask`.
    ShuffleXor,
    /// (value, delta): of lane `id - delta`.
    ShuffleUp,
    /// (value, delta): of lane `id + delta`.
    ShuffleDown,
    /// (value, index 0–3): of a lane of the quad.
    QuadBroadcast,
    /// Exchange within the quad: 1 horizontal, 2 vertical, 3 diagonal (the XOR of lane numbers).
    QuadSwap(u8),
}

/// An instruction's operation.
///
/// Control flow is structured. `If`, `Loop` and `Block` own regions, whose last instruction is a
/// terminator; their results are what the leaving terminators carry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The bits of a constant of the result's type, zero extended.
    Const(u64),
    /// A built-in input.
    Builtin(Builtin),
    /// See [`UnaryOp`].
    Unary(UnaryOp),
    /// See [`BinaryOp`].
    Binary(BinaryOp),
    /// See [`TernaryOp`].
    Ternary(TernaryOp),
    /// `x·2ⁿ`: (float, i32), result as the float. Saturates as the format does.
    Ldexp,
    /// Exponent of `frexp` as i32; 0 where the operand is 0, infinite or NaN.
    FrexpExp,
    /// Two integers or two `Bool`s (`Eq`, `Ne` only) to `Bool`.
    ICmp(IntCc),
    /// Two floats to `Bool`.
    FCmp(FloatCc),
    /// (`Bool`, if true, if false).
    Select,
    /// See [`ConvertOp`].
    Convert(ConvertOp),
    /// Reads as many consecutive values as there are results, all of one type.
    /// Operands: \[dynamic offset\].
    Load(Access),
    /// Writes consecutive values of one type. Operands: \[dynamic offset,\] values. The flag says
    /// whether the dynamic offset is there.
    Store(Access, HasOffset),
    /// Operands: \[dynamic offset,\] value. Result: the old value, if used.
    Atomic(AtomicOp, Access, HasOffset),
    /// Operands: \[dynamic offset,\] expected, new. Results: old value, exchanged (`Bool`).
    CompareExchange(Access, HasOffset),
    /// Bytes of the bound range, i32.
    BindingSize(BindingId),
    /// Waits and orders memory, see [`Barrier`].
    Barrier(Barrier),
    /// See [`SubgroupOp`].
    Subgroup(SubgroupOp),
    /// (`Bool`). Regions without parameters; each ends by `Yield` or leaves further.
    If {
        /// Runs where the condition holds.
        then: RegionId,
        /// Runs where it does not.
        otherwise: RegionId,
    },
    /// Operands initialise the body's parameters. The body ends by `Continue`, or leaves.
    Loop {
        /// The body.
        body: RegionId,
    },
    /// A region that `Break` can leave early; it ends by `Yield` or leaves.
    Block {
        /// The body, without parameters.
        body: RegionId,
    },
    /// Ends a region of an `If` or `Block`: operands become the results.
    Yield,
    /// Leaves an enclosing `Loop` or `Block`: operands become its results.
    Break(InstId),
    /// Begins the next trip of an enclosing `Loop`: operands become the body's parameters.
    Continue(InstId),
    /// Ends the invocation.
    Return,
}

/// Whether a memory instruction's first operand is a dynamic offset.
pub type HasOffset = bool;

/// The operations that direct control flow, as [`Op::control`] tells them from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Control {
    If { then: RegionId, otherwise: RegionId },
    Loop { body: RegionId },
    Block { body: RegionId },
    Yield,
    Break(InstId),
    Continue(InstId),
    Return,
}

/// What a barrier waits for and orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Barrier {
    /// All invocations of the workgroup arrive before any goes on.
    pub execution: bool,
    /// Accesses to workgroup variables are ordered.
    pub shared: bool,
    /// Accesses to storage buffers are ordered.
    pub storage: bool,
}

impl Op {
    /// What it does to control flow, for code to which all other operations are alike.
    pub fn control(&self) -> Option<Control> {
        match *self {
            Op::If { then, otherwise } => Some(Control::If { then, otherwise }),
            Op::Loop { body } => Some(Control::Loop { body }),
            Op::Block { body } => Some(Control::Block { body }),
            Op::Yield => Some(Control::Yield),
            Op::Break(target) => Some(Control::Break(target)),
            Op::Continue(target) => Some(Control::Continue(target)),
            Op::Return => Some(Control::Return),
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
            | Op::Store(..)
            | Op::Atomic(..)
            | Op::CompareExchange(..)
            | Op::BindingSize(_)
            | Op::Barrier(_)
            | Op::Subgroup(_) => None,
        }
    }

    /// Must be the last of its region, and only there.
    pub fn is_terminator(&self) -> bool {
        matches!(
            self,
            Op::Yield | Op::Break(_) | Op::Continue(_) | Op::Return
        )
    }

    /// Owns regions.
    pub fn is_construct(&self) -> bool {
        matches!(self, Op::If { .. } | Op::Loop { .. } | Op::Block { .. })
    }

    /// Regions it owns.
    pub fn regions(&self) -> impl Iterator<Item = RegionId> + use<> {
        let (a, b) = match self.control() {
            Some(Control::If { then, otherwise }) => (Some(then), Some(otherwise)),
            Some(Control::Loop { body } | Control::Block { body }) => (Some(body), None),
            Some(Control::Yield | Control::Break(_) | Control::Continue(_) | Control::Return)
            | None => (None, None),
        };
        a.into_iter().chain(b)
    }

    /// The same, to be replaced.
    pub fn regions_mut(&mut self) -> impl Iterator<Item = &mut RegionId> {
        let (a, b) = if let Op::If { then, otherwise } = self {
            (Some(then), Some(otherwise))
        } else if let Op::Loop { body } | Op::Block { body } = self {
            (Some(body), None)
        } else {
            (None, None)
        };
        a.into_iter().chain(b)
    }

    /// The address of a memory instruction.
    pub fn access(&self) -> Option<&Access> {
        match self {
            Op::Load(a) | Op::Store(a, _) | Op::Atomic(_, a, _) | Op::CompareExchange(a, _) => {
                Some(a)
            }
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
            | Op::BindingSize(_)
            | Op::Barrier(_)
            | Op::Subgroup(_)
            | Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => None,
        }
    }

    /// The same, to be changed.
    pub fn access_mut(&mut self) -> Option<&mut Access> {
        if let Op::Load(a) | Op::Store(a, _) | Op::Atomic(_, a, _) | Op::CompareExchange(a, _) =
            self
        {
            Some(a)
        } else {
            None
        }
    }

    /// Has no effect and reads no memory: its result is a function of its operands.
    pub fn is_pure(&self) -> bool {
        match self {
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
            | Op::BindingSize(_) => true,
            Op::Load(_)
            | Op::Store(..)
            | Op::Atomic(..)
            | Op::CompareExchange(..)
            | Op::Barrier(_)
            | Op::Subgroup(_)
            | Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => false,
        }
    }

    /// Has an effect besides its results, so must stay even where these are unused.
    ///
    /// Loads are not effects: an unused one may go. Constructs with regions count as effects;
    /// passes look into them.
    pub fn has_effect(&self) -> bool {
        !self.is_pure() && !matches!(self, Op::Load(_) | Op::Subgroup(_))
    }
}
