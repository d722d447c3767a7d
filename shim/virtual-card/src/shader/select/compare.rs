//! Vector comparisons.
//!
//! The result is a lane mask with zeros for inactive lanes; the `V_CMPX` forms have EXEC for its
//! destination.

use rdna_isa::Op;

use super::float::Float;
use crate::shader::alu::{Pick, Runs};
use crate::shader::half::Half;

/// The answer of a class test: one bit of `mask` for what `v` is. `max` is the exponent of
/// infinities, `exponent` and `fraction` are the value's.
#[inline(always)]
fn class(
    mask: u32,
    nan: bool,
    signaling: bool,
    negative: bool,
    exponent: u32,
    max: u32,
    zero: bool,
) -> bool {
    let (minus, plus) = if exponent == max {
        (2, 9)
    } else if exponent > 0 {
        (3, 8)
    } else if !zero {
        (4, 7)
    } else {
        (5, 6)
    };
    let bit = if signaling {
        0
    } else if nan {
        1
    } else if negative {
        minus
    } else {
        plus
    };
    mask >> bit & 1 != 0
}

fn class32(v: f32, mask: u32) -> bool {
    let b = v.to_bits();
    class(
        mask,
        v.nan(),
        v.signaling(),
        v.sign(),
        b >> 23 & 0xff,
        255,
        b & 0x7fff_ffff == 0,
    )
}

fn class64(v: f64, mask: u32) -> bool {
    let b = v.to_bits();
    class(
        mask,
        v.nan(),
        v.signaling(),
        v.sign(),
        (b >> 52) as u32 & 0x7ff,
        2047,
        b << 1 == 0,
    )
}

fn class16(v: Half, mask: u16) -> bool {
    let b = u32::from(v.0);
    class(
        u32::from(mask),
        v.nan(),
        v.signaling(),
        v.sign(),
        b >> 10 & 0x1f,
        31,
        b & 0x7fff == 0,
    )
}

/// Picks the kernels of a comparison.
pub fn select(op: Op, p: Pick) -> Option<Runs> {
    use Op::*;
    match op {
        V_CMP_LT_F16 | V_CMPX_LT_F16 => p.compare(|a: Half, b: Half| a < b),
        V_CMP_EQ_F16 | V_CMPX_EQ_F16 => p.compare(|a: Half, b: Half| a == b),
        V_CMP_LE_F16 | V_CMPX_LE_F16 => p.compare(|a: Half, b: Half| a <= b),
        V_CMP_GT_F16 | V_CMPX_GT_F16 => p.compare(|a: Half, b: Half| a > b),
        V_CMP_LG_F16 | V_CMPX_LG_F16 => p.compare(|a: Half, b: Half| a < b || a > b),
        V_CMP_GE_F16 | V_CMPX_GE_F16 => p.compare(|a: Half, b: Half| a >= b),
        V_CMP_O_F16 | V_CMPX_O_F16 => p.compare(|a: Half, b: Half| !(a.nan() || b.nan())),
        V_CMP_U_F16 | V_CMPX_U_F16 => p.compare(|a: Half, b: Half| a.nan() || b.nan()),
        V_CMP_NGE_F16 | V_CMPX_NGE_F16 => p.compare(|a: Half, b: Half| !(a >= b)),
        V_CMP_NLG_F16 | V_CMPX_NLG_F16 => p.compare(|a: Half, b: Half| !(a < b || a > b)),
        V_CMP_NGT_F16 | V_CMPX_NGT_F16 => p.compare(|a: Half, b: Half| !(a > b)),
        V_CMP_NLE_F16 | V_CMPX_NLE_F16 => p.compare(|a: Half, b: Half| !(a <= b)),
        V_CMP_NEQ_F16 | V_CMPX_NEQ_F16 => p.compare(|a: Half, b: Half| a != b),
        V_CMP_NLT_F16 | V_CMPX_NLT_F16 => p.compare(|a: Half, b: Half| !(a < b)),
        V_CMP_LT_F32 | V_CMPX_LT_F32 => p.compare(|a: f32, b: f32| a < b),
        V_CMP_EQ_F32 | V_CMPX_EQ_F32 => p.compare(|a: f32, b: f32| a == b),
        V_CMP_LE_F32 | V_CMPX_LE_F32 => p.compare(|a: f32, b: f32| a <= b),
        V_CMP_GT_F32 | V_CMPX_GT_F32 => p.compare(|a: f32, b: f32| a > b),
        V_CMP_LG_F32 | V_CMPX_LG_F32 => p.compare(|a: f32, b: f32| a < b || a > b),
        V_CMP_GE_F32 | V_CMPX_GE_F32 => p.compare(|a: f32, b: f32| a >= b),
        V_CMP_O_F32 | V_CMPX_O_F32 => p.compare(|a: f32, b: f32| !(a.nan() || b.nan())),
        V_CMP_U_F32 | V_CMPX_U_F32 => p.compare(|a: f32, b: f32| a.nan() || b.nan()),
        V_CMP_NGE_F32 | V_CMPX_NGE_F32 => p.compare(|a: f32, b: f32| !(a >= b)),
        V_CMP_NLG_F32 | V_CMPX_NLG_F32 => p.compare(|a: f32, b: f32| !(a < b || a > b)),
        V_CMP_NGT_F32 | V_CMPX_NGT_F32 => p.compare(|a: f32, b: f32| !(a > b)),
        V_CMP_NLE_F32 | V_CMPX_NLE_F32 => p.compare(|a: f32, b: f32| !(a <= b)),
        V_CMP_NEQ_F32 | V_CMPX_NEQ_F32 => p.compare(|a: f32, b: f32| a != b),
        V_CMP_NLT_F32 | V_CMPX_NLT_F32 => p.compare(|a: f32, b: f32| !(a < b)),
        V_CMP_LT_F64 | V_CMPX_LT_F64 => p.compare(|a: f64, b: f64| a < b),
        V_CMP_EQ_F64 | V_CMPX_EQ_F64 => p.compare(|a: f64, b: f64| a == b),
        V_CMP_LE_F64 | V_CMPX_LE_F64 => p.compare(|a: f64, b: f64| a <= b),
        V_CMP_GT_F64 | V_CMPX_GT_F64 => p.compare(|a: f64, b: f64| a > b),
        V_CMP_LG_F64 | V_CMPX_LG_F64 => p.compare(|a: f64, b: f64| a < b || a > b),
        V_CMP_GE_F64 | V_CMPX_GE_F64 => p.compare(|a: f64, b: f64| a >= b),
        V_CMP_O_F64 | V_CMPX_O_F64 => p.compare(|a: f64, b: f64| !(a.nan() || b.nan())),
        V_CMP_U_F64 | V_CMPX_U_F64 => p.compare(|a: f64, b: f64| a.nan() || b.nan()),
        V_CMP_NGE_F64 | V_CMPX_NGE_F64 => p.compare(|a: f64, b: f64| !(a >= b)),
        V_CMP_NLG_F64 | V_CMPX_NLG_F64 => p.compare(|a: f64, b: f64| !(a < b || a > b)),
        V_CMP_NGT_F64 | V_CMPX_NGT_F64 => p.compare(|a: f64, b: f64| !(a > b)),
        V_CMP_NLE_F64 | V_CMPX_NLE_F64 => p.compare(|a: f64, b: f64| !(a <= b)),
        V_CMP_NEQ_F64 | V_CMPX_NEQ_F64 => p.compare(|a: f64, b: f64| a != b),
        V_CMP_NLT_F64 | V_CMPX_NLT_F64 => p.compare(|a: f64, b: f64| !(a < b)),
        V_CMP_LT_I16 | V_CMPX_LT_I16 => p.compare_int(|a: i16, b: i16| a < b),
        V_CMP_EQ_I16 | V_CMPX_EQ_I16 => p.compare_int(|a: i16, b: i16| a == b),
        V_CMP_LE_I16 | V_CMPX_LE_I16 => p.compare_int(|a: i16, b: i16| a <= b),
        V_CMP_GT_I16 | V_CMPX_GT_I16 => p.compare_int(|a: i16, b: i16| a > b),
        V_CMP_NE_I16 | V_CMPX_NE_I16 => p.compare_int(|a: i16, b: i16| a != b),
        V_CMP_GE_I16 | V_CMPX_GE_I16 => p.compare_int(|a: i16, b: i16| a >= b),
        V_CMP_LT_U16 | V_CMPX_LT_U16 => p.compare_int(|a: u16, b: u16| a < b),
        V_CMP_EQ_U16 | V_CMPX_EQ_U16 => p.compare_int(|a: u16, b: u16| a == b),
        V_CMP_LE_U16 | V_CMPX_LE_U16 => p.compare_int(|a: u16, b: u16| a <= b),
        V_CMP_GT_U16 | V_CMPX_GT_U16 => p.compare_int(|a: u16, b: u16| a > b),
        V_CMP_NE_U16 | V_CMPX_NE_U16 => p.compare_int(|a: u16, b: u16| a != b),
        V_CMP_GE_U16 | V_CMPX_GE_U16 => p.compare_int(|a: u16, b: u16| a >= b),
        V_CMP_LT_I32 | V_CMPX_LT_I32 => p.compare_int(|a: i32, b: i32| a < b),
        V_CMP_EQ_I32 | V_CMPX_EQ_I32 => p.compare_int(|a: i32, b: i32| a == b),
        V_CMP_LE_I32 | V_CMPX_LE_I32 => p.compare_int(|a: i32, b: i32| a <= b),
        V_CMP_GT_I32 | V_CMPX_GT_I32 => p.compare_int(|a: i32, b: i32| a > b),
        V_CMP_NE_I32 | V_CMPX_NE_I32 => p.compare_int(|a: i32, b: i32| a != b),
        V_CMP_GE_I32 | V_CMPX_GE_I32 => p.compare_int(|a: i32, b: i32| a >= b),
        V_CMP_LT_U32 | V_CMPX_LT_U32 => p.compare_int(|a: u32, b: u32| a < b),
        V_CMP_EQ_U32 | V_CMPX_EQ_U32 => p.compare_int(|a: u32, b: u32| a == b),
        V_CMP_LE_U32 | V_CMPX_LE_U32 => p.compare_int(|a: u32, b: u32| a <= b),
        V_CMP_GT_U32 | V_CMPX_GT_U32 => p.compare_int(|a: u32, b: u32| a > b),
        V_CMP_NE_U32 | V_CMPX_NE_U32 => p.compare_int(|a: u32, b: u32| a != b),
        V_CMP_GE_U32 | V_CMPX_GE_U32 => p.compare_int(|a: u32, b: u32| a >= b),
        V_CMP_LT_I64 | V_CMPX_LT_I64 => p.compare_int(|a: i64, b: i64| a < b),
        V_CMP_EQ_I64 | V_CMPX_EQ_I64 => p.compare_int(|a: i64, b: i64| a == b),
        V_CMP_LE_I64 | V_CMPX_LE_I64 => p.compare_int(|a: i64, b: i64| a <= b),
        V_CMP_GT_I64 | V_CMPX_GT_I64 => p.compare_int(|a: i64, b: i64| a > b),
        V_CMP_NE_I64 | V_CMPX_NE_I64 => p.compare_int(|a: i64, b: i64| a != b),
        V_CMP_GE_I64 | V_CMPX_GE_I64 => p.compare_int(|a: i64, b: i64| a >= b),
        V_CMP_LT_U64 | V_CMPX_LT_U64 => p.compare_int(|a: u64, b: u64| a < b),
        V_CMP_EQ_U64 | V_CMPX_EQ_U64 => p.compare_int(|a: u64, b: u64| a == b),
        V_CMP_LE_U64 | V_CMPX_LE_U64 => p.compare_int(|a: u64, b: u64| a <= b),
        V_CMP_GT_U64 | V_CMPX_GT_U64 => p.compare_int(|a: u64, b: u64| a > b),
        V_CMP_NE_U64 | V_CMPX_NE_U64 => p.compare_int(|a: u64, b: u64| a != b),
        V_CMP_GE_U64 | V_CMPX_GE_U64 => p.compare_int(|a: u64, b: u64| a >= b),
        V_CMP_F_F16 | V_CMP_F_F32 | V_CMP_F_F64 | V_CMP_F_I32 | V_CMP_F_U32 | V_CMP_F_I64
        | V_CMP_F_U64 | V_CMPX_F_F16 | V_CMPX_F_F32 | V_CMPX_F_F64 | V_CMPX_F_I32
        | V_CMPX_F_U32 | V_CMPX_F_I64 | V_CMPX_F_U64 => p.compare_int(|_: u32, _: u32| false),
        V_CMP_T_F16 | V_CMP_T_F32 | V_CMP_T_F64 | V_CMP_T_I32 | V_CMP_T_U32 | V_CMP_T_I64
        | V_CMP_T_U64 | V_CMPX_T_F16 | V_CMPX_T_F32 | V_CMPX_T_F64 | V_CMPX_T_I32
        | V_CMPX_T_U32 | V_CMPX_T_I64 | V_CMPX_T_U64 => p.compare_int(|_: u32, _: u32| true),
        V_CMP_CLASS_F16 | V_CMPX_CLASS_F16 => p.compare(class16),
        V_CMP_CLASS_F32 | V_CMPX_CLASS_F32 => p.compare(class32),
        V_CMP_CLASS_F64 | V_CMPX_CLASS_F64 => p.compare(class64),
        _ => None,
    }
}
