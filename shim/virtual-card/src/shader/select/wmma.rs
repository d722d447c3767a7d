//! Wave matrix multiply-accumulate: D = A × B + C on 16×16 tiles.
//!
//! Layouts are those of the ISA documents, "WMMA". gfx11: lane *l* holds row (A) or column (B)
//! *l* mod 16 with all of K, twice; C and D hold rows 2*v* + *l*/16 of column *l* mod 16 in
//! register *v*. gfx12: the two halves of the wave hold the two halves of K, and of C's rows.
//! Elements are accumulated in order of K. EXEC is ignored.

use rdna_isa::Op;

use super::convert::{bf8, fp8};
use crate::shader::alu::{Pick, Runs};
use crate::shader::half::{bf16, to_bf16, Half};
use crate::shader::lanes::{baseline, Host, Kernel, Lanes, LANES};
use crate::shader::program::Slot;
use crate::shader::wave::{scalar as file, Flow, Wave};

/// Element types.
const F16: u8 = 0;
const BF16: u8 = 1;
const I8: u8 = 2;
const I4: u8 = 3;
const FP8: u8 = 4;
const BF8: u8 = 5;
const F32: u8 = 6;
const I32: u8 = 7;

const fn bits(ty: u8) -> usize {
    match ty {
        F16 | BF16 => 16,
        I8 | FP8 | BF8 => 8,
        I4 => 4,
        _ => 32,
    }
}

/// An element of a packed register as a double, which holds all of them exactly.
fn element(ty: u8, word: u32, at: usize, signed: bool) -> f64 {
    let v = word >> (at * bits(ty));
    match ty {
        F16 => f64::from(Half(v as u16).f32()),
        BF16 => f64::from(bf16(v & 0xffff)),
        FP8 => f64::from(fp8(v as u8)),
        BF8 => f64::from(bf8(v as u8)),
        I8 if signed => f64::from(v as i8),
        I8 => f64::from(v as u8),
        I4 if signed => f64::from(((v << 28) as i32) >> 28),
        I4 => f64::from(v & 15),
        _ => f64::from(f32::from_bits(v)),
    }
}

/// `GFX12` chooses the layout, `K` is the inner dimension.
struct Wmma<const A: u8, const B: u8, const OUT: u8, const GFX12: bool, const K: usize>;

impl<const A: u8, const B: u8, const OUT: u8, const GFX12: bool, const K: usize>
    Wmma<A, B, OUT, GFX12, K>
{
    /// The register, lane and element of K that hold an entry of row or column `i`.
    fn place(ty: u8, i: usize, k: usize) -> (usize, usize, usize) {
        let per = 32 / bits(ty);
        if GFX12 {
            let half = k / (K / 2);
            let k = k % (K / 2);
            (k / per, i + 16 * half, k % per)
        } else {
            (k / per, i, k % per)
        }
    }

    /// The register, lane and half of an entry of C or D.
    fn result(row: usize, column: usize) -> (usize, usize, usize) {
        let packed = bits(OUT) == 16;
        if GFX12 {
            let (v, half) = (row % 8, row / 8);
            let lane = column + 16 * half;
            if packed {
                (v / 2, lane, v % 2)
            } else {
                (v, lane, 0)
            }
        } else {
            (row / 2, column + 16 * (row % 2), 0)
        }
    }
}

impl<const A: u8, const B: u8, const OUT: u8, const GFX12: bool, const K: usize> Kernel
    for Wmma<A, B, OUT, GFX12, K>
{
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let line = |index: u16, k: usize| {
            if index & file::FLAG == 0 {
                w.value(index + k as u16)
            } else {
                Lanes([w.s(index & !file::FLAG); LANES])
            }
        };
        let registers = if GFX12 && bits(OUT) == 16 { 4 } else { 8 };
        let a: [Lanes; 8] = std::array::from_fn(|k| {
            if k < Self::registers(A) {
                line(s.a, k)
            } else {
                Lanes::ZERO
            }
        });
        let b: [Lanes; 8] = std::array::from_fn(|k| {
            if k < Self::registers(B) {
                line(s.b, k)
            } else {
                Lanes::ZERO
            }
        });
        let c: [Lanes; 8] = std::array::from_fn(|k| {
            if k < registers {
                line(s.c, k)
            } else {
                Lanes::ZERO
            }
        });
        let mut d: [Lanes; 8] = std::array::from_fn(|k| {
            if k < registers {
                w.value(s.dst + k as u16)
            } else {
                Lanes::ZERO
            }
        });
        let integer = OUT == I32;
        for row in 0..16 {
            for column in 0..16 {
                let (v, lane, half) = Self::result(row, column);
                // A half result of gfx11 sits in the half that op_sel names.
                let half = if !GFX12 && bits(OUT) == 16 {
                    usize::from(s.sel(2))
                } else {
                    half
                };
                let word = c[v][lane];
                let start = match OUT {
                    I32 => f64::from(word as i32),
                    ty => element(ty, word, half, false),
                };
                let start = if !integer && s.abs(2) {
                    start.abs()
                } else {
                    start
                };
                let start = if !integer && s.neg(2) { -start } else { start };
                let mut sum = start;
                let mut single = start as f32;
                for k in 0..K {
                    let (va, la, ea) = Self::place(A, row, k);
                    let (vb, lb, eb) = Self::place(B, column, k);
                    let x = element(A, a[va][la], ea, s.neg(0));
                    let y = element(B, b[vb][lb], eb, s.neg(1));
                    if integer {
                        sum += x * y;
                    } else {
                        let x = if s.neg(0) { -x } else { x };
                        let y = if s.neg(1) { -y } else { y };
                        single = (x as f32).mul_add(y as f32, single);
                    }
                }
                let out = match OUT {
                    I32 if s.clamp() => {
                        sum.clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32 as u32
                    }
                    I32 => sum as i64 as u32,
                    F16 => u32::from(Half::of(single).0),
                    BF16 => u32::from(to_bf16(single)),
                    _ => single.to_bits(),
                };
                let to = &mut d[v][lane];
                *to = if bits(OUT) == 16 {
                    *to & !(0xffff << (16 * half)) | out << (16 * half)
                } else {
                    out
                };
            }
        }
        for (k, line) in d.iter().enumerate().take(registers) {
            // SAFETY: predecoding checked the registers.
            unsafe { *w.line_mut(s.dst + k as u16) = *line };
        }
        Flow::Next
    }
}

impl<const A: u8, const B: u8, const OUT: u8, const GFX12: bool, const K: usize>
    Wmma<A, B, OUT, GFX12, K>
{
    /// Registers of a source tile.
    fn registers(ty: u8) -> usize {
        let dwords = K * bits(ty) / 32;
        if GFX12 {
            dwords / 2
        } else {
            dwords
        }
    }
}

/// Picks the kernel of a matrix operation. The sparse ones (`V_SWMMAC_*`) are not modelled.
pub fn select(op: Op, _p: Pick) -> Option<Runs> {
    use Op::*;
    Some(Runs::same(match op {
        V_WMMA_F32_16X16X16_F16 => baseline::<Wmma<F16, F16, F32, false, 16>>,
        V_WMMA_F32_16X16X16_BF16 => baseline::<Wmma<BF16, BF16, F32, false, 16>>,
        V_WMMA_F16_16X16X16_F16 => baseline::<Wmma<F16, F16, F16, false, 16>>,
        V_WMMA_BF16_16X16X16_BF16 => baseline::<Wmma<BF16, BF16, BF16, false, 16>>,
        V_WMMA_I32_16X16X16_IU8 => baseline::<Wmma<I8, I8, I32, false, 16>>,
        V_WMMA_I32_16X16X16_IU4 => baseline::<Wmma<I4, I4, I32, false, 16>>,
        V_WMMA_F32_16X16X16_F16_GFX12 => baseline::<Wmma<F16, F16, F32, true, 16>>,
        V_WMMA_F32_16X16X16_BF16_GFX12 => baseline::<Wmma<BF16, BF16, F32, true, 16>>,
        V_WMMA_F16_16X16X16_F16_GFX12 => baseline::<Wmma<F16, F16, F16, true, 16>>,
        V_WMMA_BF16_16X16X16_BF16_GFX12 => baseline::<Wmma<BF16, BF16, BF16, true, 16>>,
        V_WMMA_I32_16X16X16_IU8_GFX12 => baseline::<Wmma<I8, I8, I32, true, 16>>,
        V_WMMA_I32_16X16X16_IU4_GFX12 => baseline::<Wmma<I4, I4, I32, true, 16>>,
        V_WMMA_I32_16X16X32_IU4 => baseline::<Wmma<I4, I4, I32, true, 32>>,
        V_WMMA_F32_16X16X16_FP8_FP8 => baseline::<Wmma<FP8, FP8, F32, true, 16>>,
        V_WMMA_F32_16X16X16_FP8_BF8 => baseline::<Wmma<FP8, BF8, F32, true, 16>>,
        V_WMMA_F32_16X16X16_BF8_FP8 => baseline::<Wmma<BF8, FP8, F32, true, 16>>,
        V_WMMA_F32_16X16X16_BF8_BF8 => baseline::<Wmma<BF8, BF8, F32, true, 16>>,
        _ => return None,
    }))
}
