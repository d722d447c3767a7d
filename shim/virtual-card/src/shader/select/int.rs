//! Integer and bitwise vector operations.

use rdna_isa::Op;

use crate::shader::alu::{Pick, Runs};

fn i24(v: u32) -> i32 {
    (v << 8) as i32 >> 8
}

fn u24(v: u32) -> u32 {
    v & 0xff_ffff
}

/// The lowest set bit's number, or -1.
fn ctz(v: u32) -> i32 {
    if v == 0 {
        -1
    } else {
        v.trailing_zeros() as i32
    }
}

/// Zero bits before the highest set one, or -1.
fn clz(v: u32) -> i32 {
    if v == 0 {
        -1
    } else {
        v.leading_zeros() as i32
    }
}

/// Bits equal to the sign, the sign included, or -1 if all are.
fn cls(v: i32) -> i32 {
    let v = if v < 0 { !v } else { v };
    if v == 0 {
        -1
    } else {
        v.leading_zeros() as i32
    }
}

/// `v_perm_b32`'s byte selection from `{ a, b }`.
fn perm(a: u32, b: u32, sel: u32) -> u32 {
    let data = u64::from(a) << 32 | u64::from(b);
    let mut out = 0;
    for i in 0..4 {
        let byte = match sel >> (8 * i) & 0xff {
            s @ 0..=7 => (data >> (8 * s)) as u32 & 0xff,
            8 => sign_byte(data, 15),
            9 => sign_byte(data, 31),
            10 => sign_byte(data, 47),
            11 => sign_byte(data, 63),
            12 => 0,
            _ => 0xff,
        };
        out |= byte << (8 * i);
    }
    out
}

fn sign_byte(data: u64, bit: u32) -> u32 {
    if data >> bit & 1 != 0 {
        0xff
    } else {
        0
    }
}

fn sad8(a: u32, b: u32) -> u32 {
    (0..4)
        .map(|i| (a >> (8 * i) & 0xff).abs_diff(b >> (8 * i) & 0xff))
        .sum()
}

/// Masked: bytes whose reference is zero do not count.
fn msad8(a: u32, b: u32) -> u32 {
    (0..4)
        .map(|i| (a >> (8 * i) & 0xff, b >> (8 * i) & 0xff))
        .map(|(x, y)| if y == 0 { 0 } else { x.abs_diff(y) })
        .sum()
}

fn sad16(a: u32, b: u32) -> u32 {
    (a & 0xffff).abs_diff(b & 0xffff) + (a >> 16).abs_diff(b >> 16)
}

fn lerp8(a: u32, b: u32, c: u32) -> u32 {
    (0..4)
        .map(|i| {
            let s = 8 * i;
            ((a >> s & 0xff) + (b >> s & 0xff) + (c >> s & 1)) >> 1 << s
        })
        .fold(0, |x, y| x | y)
}

fn qsad(a: u64, b: u32, c: u64, f: fn(u32, u32) -> u32) -> u64 {
    (0..4)
        .map(|i| {
            let sum = f((a >> (8 * i)) as u32, b).wrapping_add((c >> (16 * i)) as u32 & 0xffff);
            u64::from(sum & 0xffff) << (16 * i)
        })
        .fold(0, |x, y| x | y)
}

fn med3<T: Ord + Copy>(a: T, b: T, c: T) -> T {
    a.min(b).max(a.max(b).min(c))
}

fn bfe_u(v: u32, offset: u32, width: u32) -> u32 {
    v >> (offset & 31) & ((1 << (width & 31)) - 1)
}

fn bfe_i(v: u32, offset: u32, width: u32) -> u32 {
    let width = width & 31;
    if width == 0 {
        return 0;
    }
    let field = ((v as i32 >> (offset & 31)) as u32) << (32 - width);
    (field as i32 >> (32 - width)) as u32
}

/// Picks the kernels of an integer operation.
pub fn select(op: Op, p: Pick) -> Option<Runs> {
    use Op::*;
    // Saturating forms.
    if p.clamp {
        match op {
            V_ADD_NC_U32 => return p.int2(|a: u32, b: u32| a.saturating_add(b)),
            V_SUB_NC_U32 => return p.int2(|a: u32, b: u32| a.saturating_sub(b)),
            V_SUBREV_NC_U32 => return p.int2(|a: u32, b: u32| b.saturating_sub(a)),
            V_ADD_NC_I32 => return p.int2(|a: i32, b: i32| a.saturating_add(b)),
            V_SUB_NC_I32 => return p.int2(|a: i32, b: i32| a.saturating_sub(b)),
            V_ADD_NC_U16 => return p.int2(|a: u16, b: u16| a.saturating_add(b)),
            V_SUB_NC_U16 => return p.int2(|a: u16, b: u16| a.saturating_sub(b)),
            V_ADD_NC_I16 => return p.int2(|a: i16, b: i16| a.saturating_add(b)),
            V_SUB_NC_I16 => return p.int2(|a: i16, b: i16| a.saturating_sub(b)),
            V_MAD_U16 => {
                return p.int3(|a: u16, b: u16, c: u16| {
                    (u32::from(a) * u32::from(b) + u32::from(c)).min(0xffff) as u16
                })
            }
            V_MAD_I16 => {
                return p.int3(|a: i16, b: i16, c: i16| {
                    (i64::from(a) * i64::from(b) + i64::from(c)).clamp(-0x8000, 0x7fff) as i16
                })
            }
            V_MAD_U32_U16 => {
                return p
                    .int3(|a: u16, b: u16, c: u32| (u32::from(a) * u32::from(b)).saturating_add(c))
            }
            V_MAD_I32_I16 => {
                return p
                    .int3(|a: i16, b: i16, c: i32| (i32::from(a) * i32::from(b)).saturating_add(c))
            }
            V_MAD_U32_U24 => {
                return p.int3(|a: u32, b: u32, c: u32| {
                    (u64::from(u24(a)) * u64::from(u24(b)) + u64::from(c)).min(0xffff_ffff) as u32
                })
            }
            V_MAD_I32_I24 => {
                return p.int3(|a: u32, b: u32, c: i32| {
                    let v = i64::from(i24(a)) * i64::from(i24(b)) + i64::from(c);
                    v.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
                })
            }
            V_ADD_CO_CI_U32 | V_ADD_CO_U32 => {
                return p.carry(|a, b, c| {
                    let v = u64::from(a) + u64::from(b) + u64::from(c);
                    (if v >> 32 != 0 { !0 } else { v as u32 }, v >> 32 != 0)
                })
            }
            V_SUB_CO_CI_U32 | V_SUB_CO_U32 => {
                return p.carry(|a, b, c| {
                    let (v, borrow) = borrowing(a, b, c);
                    (if borrow { 0 } else { v }, borrow)
                })
            }
            V_SUBREV_CO_CI_U32 | V_SUBREV_CO_U32 => {
                return p.carry(|a, b, c| {
                    let (v, borrow) = borrowing(b, a, c);
                    (if borrow { 0 } else { v }, borrow)
                })
            }
            _ => {}
        }
    }
    match op {
        V_MOV_B32 => p.int1(|a: u32| a),
        V_MOV_B16 => p.int1(|a: u16| a),
        V_NOT_B32 => p.int1(|a: u32| !a),
        V_NOT_B16 => p.int1(|a: u16| !a),
        V_BFREV_B32 => p.int1(|a: u32| a.reverse_bits()),
        V_CLZ_I32_U32 => p.int1(clz),
        V_CTZ_I32_B32 => p.int1(ctz),
        V_CLS_I32 => p.int1(cls),

        V_ADD_NC_U32 => p.int2(|a: u32, b: u32| a.wrapping_add(b)),
        V_SUB_NC_U32 => p.int2(|a: u32, b: u32| a.wrapping_sub(b)),
        V_SUBREV_NC_U32 => p.int2(|a: u32, b: u32| b.wrapping_sub(a)),
        V_ADD_NC_I32 => p.int2(|a: i32, b: i32| a.wrapping_add(b)),
        V_SUB_NC_I32 => p.int2(|a: i32, b: i32| a.wrapping_sub(b)),
        V_MUL_LO_U32 => p.int2(|a: u32, b: u32| a.wrapping_mul(b)),
        V_MUL_HI_U32 => p.int2(|a: u32, b: u32| (u64::from(a) * u64::from(b) >> 32) as u32),
        V_MUL_HI_I32 => p.int2(|a: i32, b: i32| (i64::from(a) * i64::from(b) >> 32) as i32),
        V_MUL_I32_I24 => p.int2(|a: u32, b: u32| i24(a).wrapping_mul(i24(b))),
        V_MUL_HI_I32_I24 => {
            p.int2(|a: u32, b: u32| (i64::from(i24(a)) * i64::from(i24(b)) >> 32) as i32)
        }
        V_MUL_U32_U24 => p.int2(|a: u32, b: u32| u24(a).wrapping_mul(u24(b))),
        V_MUL_HI_U32_U24 => {
            p.int2(|a: u32, b: u32| (u64::from(u24(a)) * u64::from(u24(b)) >> 32) as u32)
        }
        V_MIN_I32 => p.int2(|a: i32, b: i32| a.min(b)),
        V_MAX_I32 => p.int2(|a: i32, b: i32| a.max(b)),
        V_MIN_U32 => p.int2(|a: u32, b: u32| a.min(b)),
        V_MAX_U32 => p.int2(|a: u32, b: u32| a.max(b)),
        V_LSHLREV_B32 => p.int2(|a: u32, b: u32| b << (a & 31)),
        V_LSHRREV_B32 => p.int2(|a: u32, b: u32| b >> (a & 31)),
        V_ASHRREV_I32 => p.int2(|a: u32, b: i32| b >> (a & 31)),
        V_LSHLREV_B64 => p.int2(|a: u32, b: u64| b << (a & 63)),
        V_LSHRREV_B64 => p.int2(|a: u32, b: u64| b >> (a & 63)),
        V_ASHRREV_I64 => p.int2(|a: u32, b: i64| b >> (a & 63)),
        V_LSHLREV_B16 => p.int2(|a: u16, b: u16| b << (a & 15)),
        V_LSHRREV_B16 => p.int2(|a: u16, b: u16| b >> (a & 15)),
        V_ASHRREV_I16 => p.int2(|a: u16, b: i16| b >> (a & 15)),
        V_AND_B32 => p.int2(|a: u32, b: u32| a & b),
        V_OR_B32 => p.int2(|a: u32, b: u32| a | b),
        V_XOR_B32 => p.int2(|a: u32, b: u32| a ^ b),
        V_XNOR_B32 => p.int2(|a: u32, b: u32| !(a ^ b)),
        V_AND_B16 => p.int2(|a: u16, b: u16| a & b),
        V_OR_B16 => p.int2(|a: u16, b: u16| a | b),
        V_XOR_B16 => p.int2(|a: u16, b: u16| a ^ b),
        V_BFM_B32 => p.int2(|a: u32, b: u32| ((1u32 << (a & 31)) - 1) << (b & 31)),
        V_BCNT_U32_B32 => p.int2(|a: u32, b: u32| a.count_ones().wrapping_add(b)),
        V_ADD_NC_U16 => p.int2(|a: u16, b: u16| a.wrapping_add(b)),
        V_SUB_NC_U16 => p.int2(|a: u16, b: u16| a.wrapping_sub(b)),
        V_ADD_NC_I16 => p.int2(|a: i16, b: i16| a.wrapping_add(b)),
        V_SUB_NC_I16 => p.int2(|a: i16, b: i16| a.wrapping_sub(b)),
        V_MUL_LO_U16 => p.int2(|a: u16, b: u16| a.wrapping_mul(b)),
        V_MIN_U16 => p.int2(|a: u16, b: u16| a.min(b)),
        V_MAX_U16 => p.int2(|a: u16, b: u16| a.max(b)),
        V_MIN_I16 => p.int2(|a: i16, b: i16| a.min(b)),
        V_MAX_I16 => p.int2(|a: i16, b: i16| a.max(b)),

        V_ADD3_U32 => p.int3(|a: u32, b: u32, c: u32| a.wrapping_add(b).wrapping_add(c)),
        V_XAD_U32 => p.int3(|a: u32, b: u32, c: u32| (a ^ b).wrapping_add(c)),
        V_LSHL_ADD_U32 => p.int3(|a: u32, b: u32, c: u32| (a << (b & 31)).wrapping_add(c)),
        V_ADD_LSHL_U32 => p.int3(|a: u32, b: u32, c: u32| a.wrapping_add(b) << (c & 31)),
        V_LSHL_OR_B32 => p.int3(|a: u32, b: u32, c: u32| a << (b & 31) | c),
        V_AND_OR_B32 => p.int3(|a: u32, b: u32, c: u32| a & b | c),
        V_OR3_B32 => p.int3(|a: u32, b: u32, c: u32| a | b | c),
        V_XOR3_B32 => p.int3(|a: u32, b: u32, c: u32| a ^ b ^ c),
        V_BFI_B32 => p.int3(|a: u32, b: u32, c: u32| a & b | !a & c),
        V_BFE_U32 => p.int3(bfe_u),
        V_BFE_I32 => p.int3(bfe_i),
        V_ALIGNBIT_B32 => p.int3(|a: u32, b: u32, c: u16| {
            ((u64::from(a) << 32 | u64::from(b)) >> (c & 31)) as u32
        }),
        V_ALIGNBYTE_B32 => p.int3(|a: u32, b: u32, c: u16| {
            ((u64::from(a) << 32 | u64::from(b)) >> (8 * (c & 3))) as u32
        }),
        V_PERM_B32 => p.int3(perm),
        V_LERP_U8 => p.int3(lerp8),
        V_SAD_U8 => p.int3(|a: u32, b: u32, c: u32| sad8(a, b).wrapping_add(c)),
        V_SAD_HI_U8 => p.int3(|a: u32, b: u32, c: u32| (sad8(a, b) << 16).wrapping_add(c)),
        V_SAD_U16 => p.int3(|a: u32, b: u32, c: u32| sad16(a, b).wrapping_add(c)),
        V_SAD_U32 => p.int3(|a: u32, b: u32, c: u32| a.abs_diff(b).wrapping_add(c)),
        V_MSAD_U8 => p.int3(|a: u32, b: u32, c: u32| msad8(a, b).wrapping_add(c)),
        V_QSAD_PK_U16_U8 => p.int3(|a: u64, b: u32, c: u64| qsad(a, b, c, sad8)),
        V_MQSAD_PK_U16_U8 => p.int3(|a: u64, b: u32, c: u64| qsad(a, b, c, msad8)),
        V_MAD_U32_U24 => {
            p.int3(|a: u32, b: u32, c: u32| u24(a).wrapping_mul(u24(b)).wrapping_add(c))
        }
        V_MAD_I32_I24 => {
            p.int3(|a: u32, b: u32, c: i32| i24(a).wrapping_mul(i24(b)).wrapping_add(c))
        }
        V_MAD_U16 => p.int3(|a: u16, b: u16, c: u16| a.wrapping_mul(b).wrapping_add(c)),
        V_MAD_I16 => p.int3(|a: i16, b: i16, c: i16| a.wrapping_mul(b).wrapping_add(c)),
        V_MAD_U32_U16 => {
            p.int3(|a: u16, b: u16, c: u32| (u32::from(a) * u32::from(b)).wrapping_add(c))
        }
        V_MAD_I32_I16 => {
            p.int3(|a: i16, b: i16, c: i32| (i32::from(a) * i32::from(b)).wrapping_add(c))
        }
        V_MIN3_I32 => p.int3(|a: i32, b: i32, c: i32| a.min(b).min(c)),
        V_MAX3_I32 => p.int3(|a: i32, b: i32, c: i32| a.max(b).max(c)),
        V_MED3_I32 => p.int3(med3::<i32>),
        V_MIN3_U32 => p.int3(|a: u32, b: u32, c: u32| a.min(b).min(c)),
        V_MAX3_U32 => p.int3(|a: u32, b: u32, c: u32| a.max(b).max(c)),
        V_MED3_U32 => p.int3(med3::<u32>),
        V_MIN3_I16 => p.int3(|a: i16, b: i16, c: i16| a.min(b).min(c)),
        V_MAX3_I16 => p.int3(|a: i16, b: i16, c: i16| a.max(b).max(c)),
        V_MED3_I16 => p.int3(med3::<i16>),
        V_MIN3_U16 => p.int3(|a: u16, b: u16, c: u16| a.min(b).min(c)),
        V_MAX3_U16 => p.int3(|a: u16, b: u16, c: u16| a.max(b).max(c)),
        V_MED3_U16 => p.int3(med3::<u16>),
        V_MAXMIN_U32 => p.int3(|a: u32, b: u32, c: u32| a.max(b).min(c)),
        V_MINMAX_U32 => p.int3(|a: u32, b: u32, c: u32| a.min(b).max(c)),
        V_MAXMIN_I32 => p.int3(|a: i32, b: i32, c: i32| a.max(b).min(c)),
        V_MINMAX_I32 => p.int3(|a: i32, b: i32, c: i32| a.min(b).max(c)),

        V_ADD_CO_CI_U32 | V_ADD_CO_U32 => p.carry(|a, b, c| {
            let v = u64::from(a) + u64::from(b) + u64::from(c);
            (v as u32, v >> 32 != 0)
        }),
        V_SUB_CO_CI_U32 | V_SUB_CO_U32 => p.carry(borrowing),
        V_SUBREV_CO_CI_U32 | V_SUBREV_CO_U32 => p.carry(|a, b, c| borrowing(b, a, c)),
        V_MAD_U64_U32 => {
            p.with_mask(|a: u32, b: u32, c: u64| (u64::from(a) * u64::from(b)).overflowing_add(c))
        }
        V_MAD_I64_I32 => p.with_mask(|a: i32, b: i32, c: i64| {
            let wide = i128::from(i64::from(a) * i64::from(b)) + i128::from(c);
            // The carry is bit 64 of the 65-bit sum.
            (wide as i64, wide >> 64 & 1 != 0)
        }),
        V_CNDMASK_B16 => p.select(|a: u16, b: u16, on| if on { b } else { a }),
        _ => None,
    }
}

fn borrowing(a: u32, b: u32, borrow: bool) -> (u32, bool) {
    let v = u64::from(a)
        .wrapping_sub(u64::from(b))
        .wrapping_sub(u64::from(borrow));
    (v as u32, v >> 63 != 0)
}
