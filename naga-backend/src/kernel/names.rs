//! The words of the text form: one table for the printer and the parser.

use super::*;

macro_rules! names {
    ($ty:ident { $($variant:ident = $name:literal,)* }) => {
        impl $ty {
            /// Its word in the text form.
            pub fn name(self) -> &'static str {
                match self { $($ty::$variant => $name,)* }
            }

            /// From its word in the text form.
            pub fn from_name(name: &str) -> Option<$ty> {
                Some(match name { $($name => $ty::$variant,)* _ => return None })
            }
        }
    };
}

names! { Type {
    Bool = "bool", I16 = "i16", I32 = "i32", I64 = "i64", F16 = "f16", F32 = "f32", F64 = "f64",
} }

names! { UnaryOp {
    Not = "not", INeg = "ineg", IAbs = "iabs", PopCount = "popcount", Clz = "clz", Ctz = "ctz",
    BitReverse = "bit_reverse", FNeg = "fneg", FAbs = "fabs", Floor = "floor", Ceil = "ceil",
    Trunc = "trunc", RoundEven = "round_even", Fract = "fract", Sqrt = "sqrt", Rsqrt = "rsqrt",
    Rcp = "rcp", Exp2 = "exp2", Log2 = "log2", Sin = "sin", Cos = "cos",
    FrexpMant = "frexp_mant",
} }

names! { BinaryOp {
    IAdd = "iadd", ISub = "isub", IMul = "imul", UMulHi = "umul_hi", SMulHi = "smul_hi",
    UDiv = "udiv", SDiv = "sdiv", URem = "urem", SRem = "srem", And = "and", Or = "or",
    Xor = "xor", Shl = "shl", LShr = "lshr", AShr = "ashr", SMin = "smin", SMax = "smax",
    UMin = "umin", UMax = "umax", FAdd = "fadd", FSub = "fsub", FMul = "fmul", FDiv = "fdiv",
    FRem = "frem", FMin = "fmin", FMax = "fmax",
} }

names! { TernaryOp {
    Fma = "fma", UBfe = "ubfe", SBfe = "sbfe", BitSelect = "bit_select",
    FunnelShr = "funnel_shr", UDot4 = "udot4", SDot4 = "sdot4",
} }

names! { IntCc {
    Eq = "eq", Ne = "ne", ULt = "ult", ULe = "ule", UGt = "ugt", UGe = "uge", SLt = "slt",
    SLe = "sle", SGt = "sgt", SGe = "sge",
} }

names! { FloatCc { Eq = "eq", Ne = "ne", Lt = "lt", Le = "le", Gt = "gt", Ge = "ge", } }

names! { ConvertOp {
    Bitcast = "bitcast", Truncate = "truncate", ZeroExtend = "zero_extend",
    SignExtend = "sign_extend", FloatToFloat = "float_to_float", FloatToSint = "float_to_sint",
    FloatToUint = "float_to_uint", SintToFloat = "sint_to_float", UintToFloat = "uint_to_float",
    Pack = "pack", UnpackLow = "unpack_low", UnpackHigh = "unpack_high",
} }

names! { AtomicOp {
    Add = "add", Sub = "sub", And = "and", Or = "or", Xor = "xor", SMin = "smin", SMax = "smax",
    UMin = "umin", UMax = "umax", Exchange = "exchange", FAdd = "fadd",
} }

names! { ReduceOp {
    IAdd = "iadd", IMul = "imul", SMin = "smin", SMax = "smax", UMin = "umin", UMax = "umax",
    And = "and", Or = "or", Xor = "xor", FAdd = "fadd", FMul = "fmul", FMin = "fmin",
    FMax = "fmax",
} }

names! { Scan { Reduce = "reduce", Inclusive = "inclusive", Exclusive = "exclusive", } }

names! { BindingKind {
    Uniform = "uniform", ReadOnlyStorage = "read_only_storage", Storage = "storage",
} }

const AXES: [&str; 3] = ["x", "y", "z"];

/// An axis as its letter; one that does not exist as `?`, so that the verifier can draw it.
fn axis(n: u8) -> &'static str {
    AXES.get(n as usize).copied().unwrap_or("?")
}

impl Builtin {
    /// Its word in the text form.
    pub fn name(self) -> String {
        match self {
            Builtin::LocalId(n) => format!("local_id.{}", axis(n)),
            Builtin::WorkgroupId(n) => format!("workgroup_id.{}", axis(n)),
            Builtin::NumWorkgroups(n) => format!("num_workgroups.{}", axis(n)),
            Builtin::LocalIndex => "local_index".into(),
            Builtin::SubgroupLane => "subgroup_lane".into(),
            Builtin::SubgroupSize => "subgroup_size".into(),
            Builtin::SubgroupId => "subgroup_id".into(),
            Builtin::NumSubgroups => "num_subgroups".into(),
        }
    }

    /// From its word in the text form.
    pub fn from_name(name: &str) -> Option<Builtin> {
        if let Some((word, letter)) = name.split_once('.') {
            let axis = AXES.iter().position(|&a| a == letter)? as u8;
            return Some(match word {
                "local_id" => Builtin::LocalId(axis),
                "workgroup_id" => Builtin::WorkgroupId(axis),
                "num_workgroups" => Builtin::NumWorkgroups(axis),
                _ => return None,
            });
        }
        Some(match name {
            "local_index" => Builtin::LocalIndex,
            "subgroup_lane" => Builtin::SubgroupLane,
            "subgroup_size" => Builtin::SubgroupSize,
            "subgroup_id" => Builtin::SubgroupId,
            "num_subgroups" => Builtin::NumSubgroups,
            _ => return None,
        })
    }
}

impl SubgroupOp {
    /// Its word in the text form, after `subgroup.`.
    pub fn name(self) -> String {
        match self {
            SubgroupOp::Ballot => "ballot".into(),
            SubgroupOp::All => "all".into(),
            SubgroupOp::Any => "any".into(),
            SubgroupOp::Elect => "elect".into(),
            SubgroupOp::Combine(op, scan) => format!("{}.{}", scan.name(), op.name()),
            SubgroupOp::BroadcastFirst => "broadcast_first".into(),
            SubgroupOp::Broadcast => "broadcast".into(),
            SubgroupOp::Shuffle => "shuffle".into(),
            SubgroupOp::ShuffleXor => "shuffle_xor".into(),
            SubgroupOp::ShuffleUp => "shuffle_up".into(),
            SubgroupOp::ShuffleDown => "shuffle_down".into(),
            SubgroupOp::QuadBroadcast => "quad_broadcast".into(),
            SubgroupOp::QuadSwap(n) => format!("quad_swap.{n}"),
        }
    }

    /// From its word in the text form.
    pub fn from_name(name: &str) -> Option<SubgroupOp> {
        if let Some((word, rest)) = name.split_once('.') {
            if word == "quad_swap" {
                return rest.parse().ok().map(SubgroupOp::QuadSwap);
            }
            let (scan, op) = (Scan::from_name(word)?, ReduceOp::from_name(rest)?);
            return Some(SubgroupOp::Combine(op, scan));
        }
        Some(match name {
            "ballot" => SubgroupOp::Ballot,
            "all" => SubgroupOp::All,
            "any" => SubgroupOp::Any,
            "elect" => SubgroupOp::Elect,
            "broadcast_first" => SubgroupOp::BroadcastFirst,
            "broadcast" => SubgroupOp::Broadcast,
            "shuffle" => SubgroupOp::Shuffle,
            "shuffle_xor" => SubgroupOp::ShuffleXor,
            "shuffle_up" => SubgroupOp::ShuffleUp,
            "shuffle_down" => SubgroupOp::ShuffleDown,
            "quad_broadcast" => SubgroupOp::QuadBroadcast,
            _ => return None,
        })
    }
}
