//! Integer, logic and bit-field instructions on raw bits (PTX ISA, sections 9.7.1, 9.7.8).
//!
//! Functions are made for each width by `W`, the number of bits. Inputs are zero extended; results
//! are cut to the width.

/// The low `W` bits.
pub(super) const fn cut<const W: u32>(x: u64) -> u64 {
    if W == 64 {
        x
    } else {
        x & ((1 << W) - 1)
    }
}

/// The signed value of the low `W` bits.
pub(super) const fn sext<const W: u32>(x: u64) -> i64 {
    ((x << (64 - W)) as i64) >> (64 - W)
}

pub(super) fn add<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a.wrapping_add(b))
}

pub(super) fn sub<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a.wrapping_sub(b))
}

pub(super) fn mul_lo<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a.wrapping_mul(b))
}

pub(super) fn mul_hi_u<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(((u128::from(cut::<W>(a)) * u128::from(cut::<W>(b))) >> W) as u64)
}

pub(super) fn mul_hi_s<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(((i128::from(sext::<W>(a)) * i128::from(sext::<W>(b))) >> W) as u64)
}

/// Twice the width, at most 64.
pub(super) fn mul_wide_u<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a).wrapping_mul(cut::<W>(b))
}

pub(super) fn mul_wide_s<const W: u32>(a: u64, b: u64) -> u64 {
    let product = sext::<W>(a).wrapping_mul(sext::<W>(b)) as u64;
    match W {
        16 => cut::<32>(product),
        _ => product,
    }
}

pub(super) fn mad_lo<const W: u32>(a: u64, b: u64, c: u64) -> u64 {
    add::<W>(mul_lo::<W>(a, b), c)
}

pub(super) fn mad_hi_u<const W: u32>(a: u64, b: u64, c: u64) -> u64 {
    add::<W>(mul_hi_u::<W>(a, b), c)
}

pub(super) fn mad_hi_s<const W: u32>(a: u64, b: u64, c: u64) -> u64 {
    add::<W>(mul_hi_s::<W>(a, b), c)
}

pub(super) fn mad_wide_u<const W: u32>(a: u64, b: u64, c: u64) -> u64 {
    let sum = mul_wide_u::<W>(a, b).wrapping_add(c);
    match W {
        16 => cut::<32>(sum),
        _ => sum,
    }
}

pub(super) fn mad_wide_s<const W: u32>(a: u64, b: u64, c: u64) -> u64 {
    let sum = mul_wide_s::<W>(a, b).wrapping_add(c);
    match W {
        16 => cut::<32>(sum),
        _ => sum,
    }
}

/// Division by zero "yields an unspecified, machine-specific value": all ones here.
pub(super) fn div_u<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(cut::<W>(a).checked_div(cut::<W>(b)).unwrap_or(!0))
}

pub(super) fn div_s<const W: u32>(a: u64, b: u64) -> u64 {
    let (a, b) = (sext::<W>(a), sext::<W>(b));
    cut::<W>(match b {
        0 => !0,
        b => a.wrapping_div(b) as u64,
    })
}

pub(super) fn rem_u<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(cut::<W>(a).checked_rem(cut::<W>(b)).unwrap_or(!0))
}

pub(super) fn rem_s<const W: u32>(a: u64, b: u64) -> u64 {
    let (a, b) = (sext::<W>(a), sext::<W>(b));
    cut::<W>(match b {
        0 => !0,
        b => a.wrapping_rem(b) as u64,
    })
}

pub(super) fn neg<const W: u32>(a: u64) -> u64 {
    cut::<W>(a.wrapping_neg())
}

pub(super) fn abs<const W: u32>(a: u64) -> u64 {
    cut::<W>(sext::<W>(a).wrapping_abs() as u64)
}

pub(super) fn min_u<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a).min(cut::<W>(b))
}

pub(super) fn max_u<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a).max(cut::<W>(b))
}

pub(super) fn min_s<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(sext::<W>(a).min(sext::<W>(b)) as u64)
}

pub(super) fn max_s<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(sext::<W>(a).max(sext::<W>(b)) as u64)
}

pub(super) fn and<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a & b)
}

pub(super) fn or<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a | b)
}

pub(super) fn xor<const W: u32>(a: u64, b: u64) -> u64 {
    cut::<W>(a ^ b)
}

pub(super) fn not<const W: u32>(a: u64) -> u64 {
    cut::<W>(!a)
}

/// Shift amounts above the width are clamped to it.
pub(super) fn shl<const W: u32>(a: u64, b: u64) -> u64 {
    match cut::<32>(b) {
        by if by < u64::from(W) => cut::<W>(a << by),
        _ => 0,
    }
}

pub(super) fn shr_u<const W: u32>(a: u64, b: u64) -> u64 {
    match cut::<32>(b) {
        by if by < u64::from(W) => cut::<W>(a) >> by,
        _ => 0,
    }
}

pub(super) fn shr_s<const W: u32>(a: u64, b: u64) -> u64 {
    let by = cut::<32>(b).min(u64::from(W) - 1);
    cut::<W>((sext::<W>(a) >> by) as u64)
}

pub(super) fn popc<const W: u32>(a: u64) -> u64 {
    cut::<W>(a).count_ones().into()
}

pub(super) fn clz<const W: u32>(a: u64) -> u64 {
    u64::from(cut::<W>(a).leading_zeros() - (64 - W))
}

pub(super) fn brev<const W: u32>(a: u64) -> u64 {
    a.reverse_bits() >> (64 - W)
}

/// Position of the highest one, or of the highest bit that differs from the sign; all ones if none.
pub(super) fn bfind_u<const W: u32>(a: u64) -> u64 {
    match cut::<W>(a) {
        0 => 0xffff_ffff,
        a => u64::from(63 - a.leading_zeros()),
    }
}

pub(super) fn bfind_s<const W: u32>(a: u64) -> u64 {
    let signed = sext::<W>(a);
    bfind_u::<W>(if signed < 0 { !signed } else { signed } as u64)
}

pub(super) fn bfind_shift_u<const W: u32>(a: u64) -> u64 {
    match bfind_u::<W>(a) {
        0xffff_ffff => 0xffff_ffff,
        position => u64::from(W) - 1 - position,
    }
}

pub(super) fn bfind_shift_s<const W: u32>(a: u64) -> u64 {
    match bfind_s::<W>(a) {
        0xffff_ffff => 0xffff_ffff,
        position => u64::from(W) - 1 - position,
    }
}

/// Bit by bit, as the document writes it.
fn bfe<const W: u32, const SIGNED: bool>(a: u64, b: u64, c: u64) -> u64 {
    let (position, length, most) = (b & 0xff, c & 0xff, u64::from(W) - 1);
    let bit = |n: u64| a >> n & 1;
    let sign = match SIGNED && length != 0 {
        true => bit((position + length - 1).min(most)),
        false => 0,
    };
    (0..=most).fold(0, |d, n| {
        let inside = n < length && position + n <= most;
        d | (if inside { bit(position + n) } else { sign }) << n
    })
}

pub(super) fn bfe_u<const W: u32>(a: u64, b: u64, c: u64) -> u64 {
    bfe::<W, false>(a, b, c)
}

pub(super) fn bfe_s<const W: u32>(a: u64, b: u64, c: u64) -> u64 {
    bfe::<W, true>(a, b, c)
}

/// `bfi f, a, b, c, d`: the low `d` bits of `a` into `b` at `c`.
pub(super) fn bfi<const W: u32>(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let (position, length) = (c & 0xff, d & 0xff);
    (0..length)
        .take_while(|n| position + n < u64::from(W))
        .fold(cut::<W>(b), |f, n| {
            f & !(1 << (position + n)) | (a >> n & 1) << (position + n)
        })
}

/// `prmt` in its default mode: four bytes out of eight, by a nibble each, whose top bit replicates
/// the byte's sign.
pub(super) fn prmt(a: u64, b: u64, c: u64) -> u64 {
    let bytes = (cut::<32>(b) << 32) | cut::<32>(a);
    (0..4).fold(0, |d, n| {
        let nibble = c >> (4 * n) & 0xf;
        let byte = bytes >> (8 * (nibble & 7)) & 0xff;
        let byte = match nibble & 8 {
            0 => byte,
            _ => (byte >> 7) * 0xff,
        };
        d | byte << (8 * n)
    })
}

/// `shf.r.wrap d, a, b, c`: the low word of `b:a >> c mod 32`.
pub(super) fn shf_r_wrap(a: u64, b: u64, c: u64) -> u64 {
    cut::<32>(((cut::<32>(b) << 32) | cut::<32>(a)) >> (c & 31))
}

pub(super) fn shf_r_clamp(a: u64, b: u64, c: u64) -> u64 {
    cut::<32>(((cut::<32>(b) << 32) | cut::<32>(a)) >> cut::<32>(c).min(32))
}

/// `shf.l.wrap d, a, b, c`: the high word of `b:a << c mod 32`.
pub(super) fn shf_l_wrap(a: u64, b: u64, c: u64) -> u64 {
    (((cut::<32>(b) << 32) | cut::<32>(a)) << (c & 31)) >> 32
}

pub(super) fn shf_l_clamp(a: u64, b: u64, c: u64) -> u64 {
    (((cut::<32>(b) << 32) | cut::<32>(a)) << cut::<32>(c).min(32)) >> 32
}

/// `lop3.b32 d, a, b, c, lut`.
pub(super) fn lop3(a: u64, b: u64, c: u64, lut: u64) -> u64 {
    (0..32).fold(0, |d, n| {
        let index = (a >> n & 1) << 2 | (b >> n & 1) << 1 | (c >> n & 1);
        d | (lut >> index & 1) << n
    })
}

fn dot(a: u64, b: u64, c: u64, byte: impl Fn(u64) -> i64) -> u64 {
    let sum: i64 = (0..4)
        .map(|n| byte(a >> (8 * n)) * byte(b >> (8 * n)))
        .sum();
    cut::<32>(c.wrapping_add(sum as u64))
}

pub(super) fn dp4a_u(a: u64, b: u64, c: u64) -> u64 {
    dot(a, b, c, |x| cut::<8>(x) as i64)
}

pub(super) fn dp4a_s(a: u64, b: u64, c: u64) -> u64 {
    dot(a, b, c, sext::<8>)
}

/// `cvt.pack.sat.{s8,u8}.s32.b32 d, a, b, c`: `c` moves up by 16 bits, then `a`, then `b`.
fn pack8(a: u64, b: u64, c: u64, low: i64, high: i64) -> u64 {
    let narrow = |x: u64| sext::<32>(x).clamp(low, high) as u64 & 0xff;
    cut::<32>(c << 16 | narrow(a) << 8 | narrow(b))
}

pub(super) fn pack_s8(a: u64, b: u64, c: u64) -> u64 {
    pack8(a, b, c, -128, 127)
}

pub(super) fn pack_u8(a: u64, b: u64, c: u64) -> u64 {
    pack8(a, b, c, 0, 255)
}
