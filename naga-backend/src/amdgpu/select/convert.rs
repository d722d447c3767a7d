//! Conversions between types.

use rdna_isa::{Op, Operand};

use super::emit::{int, SrcGroup};
use super::*;
use crate::amdgpu::mir::Arg;

impl Select<'_> {
    pub(super) fn convert(&mut self, data: &InstData, op: ConvertOp) -> Result<(), Error> {
        let Some(&result) = data.results.first() else {
            return Ok(());
        };
        let v = data.args[0];
        let (from, to) = (self.ty(v), self.ty(result));
        match op {
            ConvertOp::Bitcast => self.retype(data, result, &[self.word(v, 0), self.word(v, 1)]),
            ConvertOp::Truncate => self.retype(data, result, &[self.word(v, 0), self.word(v, 1)]),
            ConvertOp::ZeroExtend | ConvertOp::SignExtend => {
                self.extend(data, result, v, op == ConvertOp::SignExtend)
            }
            ConvertOp::Pack => {
                let (lo, hi) = (self.src(v), self.src(data.args[1]));
                if from == Type::I32 {
                    self.retype(data, result, &[lo, hi])
                } else {
                    let d = self.pack_halves(lo, hi);
                    self.set(data, &[d]);
                    Ok(())
                }
            }
            ConvertOp::UnpackLow => self.retype(data, result, &[self.word(v, 0), int(0)]),
            ConvertOp::UnpackHigh => {
                if from == Type::I64 {
                    self.retype(data, result, &[self.word(v, 1), int(0)])
                } else {
                    let x = self.src(v);
                    let d = self.v_op(Op::V_LSHRREV_B32, &[int(16), x]);
                    self.set(data, &[d]);
                    Ok(())
                }
            }
            ConvertOp::FloatToFloat => self.float_to_float(data, v, from, to),
            ConvertOp::FloatToSint | ConvertOp::FloatToUint => {
                self.float_to_int(data, v, from, to, op == ConvertOp::FloatToSint)
            }
            ConvertOp::SintToFloat | ConvertOp::UintToFloat => {
                self.int_to_float(data, v, from, to, op == ConvertOp::SintToFloat)
            }
        }
    }

    /// Two halves in one dword.
    pub(super) fn pack_halves(&mut self, lo: Src, hi: Src) -> VReg {
        match (lo, hi) {
            (Src::Bits(l), Src::Bits(h)) => self.copy(Bank::V, Src::Bits((l & 0xffff) | (h << 16))),
            _ => self.v_op(Op::V_PERM_B32, &[hi, lo, Src::Bits(0x0504_0100)]),
        }
    }

    /// The same registers under another type, moved to the result's bank if that differs.
    fn retype(&mut self, data: &InstData, result: Value, sources: &[Src]) -> Result<(), Error> {
        let bank = self.bank(result);
        let sources = &sources[..words(self.ty(result))];
        let regs: Vec<VReg> = sources
            .iter()
            .map(|&s| match (s, bank) {
                (Src::Reg(r), bank) if self.f.vregs[r] == bank => r,
                (_, Bank::V) => self.in_v(s),
                (_, Bank::S) => self.in_s(s),
            })
            .collect();
        self.set(data, &regs);
        Ok(())
    }

    fn extend(
        &mut self,
        data: &InstData,
        result: Value,
        v: Value,
        signed: bool,
    ) -> Result<(), Error> {
        let x = self.src(v);
        let (from, to) = (self.ty(v), self.ty(result));
        let scalar = self.bank(result) == Bank::S;
        let low = if from == Type::I16 {
            if signed {
                self.v_op(Op::V_BFE_I32, &[x, int(0), int(16)]).into()
            } else {
                self.v_op(Op::V_AND_B32, &[int(0xffff), x]).into()
            }
        } else {
            x
        };
        if to != Type::I64 {
            return self.retype(data, result, &[low]);
        }
        let high = match (signed, scalar) {
            (false, _) => int(0),
            (true, true) => self.s_op(Op::S_ASHR_I32, &[low, int(31)]).into(),
            (true, false) => self.v_op(Op::V_ASHRREV_I32, &[int(31), low]).into(),
        };
        self.retype(data, result, &[low, high])
    }

    fn float_to_float(
        &mut self,
        data: &InstData,
        v: Value,
        from: Type,
        to: Type,
    ) -> Result<(), Error> {
        let x = self.src(v);
        let regs: Regs = match (from, to) {
            (Type::F16, Type::F32) => [self.v_op(Op::V_CVT_F32_F16, &[x])].as_slice().into(),
            (Type::F32, Type::F16) => [self.v_op(Op::V_CVT_F16_F32, &[x])].as_slice().into(),
            (Type::F32, Type::F64) => self.v_op64(Op::V_CVT_F64_F32, &[x.into()]),
            (Type::F64, Type::F32) => {
                let x = self.pair(v);
                [self.v_single(Op::V_CVT_F32_F64, &[x])].as_slice().into()
            }
            (Type::F16, Type::F64) => {
                let wide = self.v_op(Op::V_CVT_F32_F16, &[x]);
                self.v_op64(Op::V_CVT_F64_F32, &[wide.into()])
            }
            (Type::F64, Type::F16) => {
                // Rounded to odd on the way, so that the second rounding sees what the first cut:
                // otherwise a tie could be made.
                let odd = self.double_to_odd_single(v);
                [self.v_op(Op::V_CVT_F16_F32, &[odd.into()])]
                    .as_slice()
                    .into()
            }
            _ => {
                return self.retype(data, data.results[0], &[self.word(v, 0), self.word(v, 1)]);
            }
        };
        self.set(data, &regs);
        Ok(())
    }

    /// A 32-bit result of an instruction with wide sources.
    pub(super) fn v_single(&mut self, op: Op, sources: &[SrcGroup]) -> VReg {
        let d = self.new_v();
        self.v_inst(op, &[d.into()], sources, Default::default());
        d
    }

    /// f64 to f32, rounded to odd: truncated, with the last bit set if anything was cut off.
    fn double_to_odd_single(&mut self, v: Value) -> VReg {
        let x = self.pair(v);
        let near = self.v_single(Op::V_CVT_F32_F64, std::slice::from_ref(&x));
        let back = self.v_op64(Op::V_CVT_F64_F32, &[near.into()]);
        let back = SrcGroup::Many(back);
        // One step towards zero where the conversion went away from it.
        let abs = |s: &mut Self, op: Op, a: &SrcGroup, b: &SrcGroup| {
            let d = s.new_s();
            let mods = rdna_isa::Mods {
                abs: 3,
                ..Default::default()
            };
            s.v_inst(op, &[d.into()], &[a.clone(), b.clone()], mods);
            d
        };
        let away = abs(self, Op::V_CMP_GT_F64, &back, &x);
        let inexact = abs(self, Op::V_CMP_LG_F64, &back, &x);
        let one = self.mask_to_int(away.into());
        let truncated = self.v_op(Op::V_SUB_NC_U32, &[near.into(), one.into()]);
        let sticky = self.mask_to_int(inexact.into());
        self.v_op(Op::V_OR_B32, &[truncated.into(), sticky.into()])
    }

    /// Towards zero, saturating, NaN to 0: what the hardware's conversions do.
    fn float_to_int(
        &mut self,
        data: &InstData,
        v: Value,
        from: Type,
        to: Type,
        signed: bool,
    ) -> Result<(), Error> {
        let to_word = if signed {
            (Op::V_CVT_I32_F32, Op::V_CVT_I32_F64)
        } else {
            (Op::V_CVT_U32_F32, Op::V_CVT_U32_F64)
        };
        let x = self.src(v);
        if to == Type::I64 {
            return self.float_to_wide(data, v, from, signed);
        }
        let word = match from {
            Type::F32 => self.v_op(to_word.0, &[x]),
            Type::F16 => {
                let wide = self.v_op(Op::V_CVT_F32_F16, &[x]);
                self.v_op(to_word.0, &[wide.into()])
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F64 => {
                let x = self.pair(v);
                self.v_single(to_word.1, &[x])
            }
        };
        let word = if to == Type::I16 {
            let (low, high) = if signed {
                (-0x8000, 0x7fff)
            } else {
                (0, 0xffff)
            };
            if signed {
                self.v_op(
                    Op::V_MED3_I32,
                    &[word.into(), self.limit(low), self.limit(high)],
                )
            } else {
                self.v_op(Op::V_MIN_U32, &[int(high), word.into()])
            }
        } else {
            word
        };
        self.set(data, &[word]);
        Ok(())
    }

    /// A constant that may stand beside another literal.
    fn limit(&self, value: i32) -> Src {
        int(value)
    }

    /// To 64 bits: the magnitude's high and low dwords are taken apart in floating point, exactly.
    fn float_to_wide(
        &mut self,
        data: &InstData,
        v: Value,
        from: Type,
        signed: bool,
    ) -> Result<(), Error> {
        let x = match from {
            Type::F64 => self.pair(v),
            Type::F32 => {
                let x = self.src(v);
                SrcGroup::Many(self.v_op64(Op::V_CVT_F64_F32, &[x.into()]))
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F16 => {
                let x = self.src(v);
                let single = self.v_op(Op::V_CVT_F32_F16, &[x]);
                SrcGroup::Many(self.v_op64(Op::V_CVT_F64_F32, &[single.into()]))
            }
        };
        let whole = SrcGroup::Many(self.v_op64(Op::V_TRUNC_F64, std::slice::from_ref(&x)));
        // floor(w·2⁻³²) and w - 2³²·that; the second is in [0, 2³²) for either sign.
        let scale = self.double(0x3df0_0000_0000_0000);
        let scaled = SrcGroup::Many(self.v_op64(Op::V_MUL_F64, &[whole.clone(), scale]));
        let high = SrcGroup::Many(self.v_op64(Op::V_FLOOR_F64, &[scaled]));
        let minus = self.double(0xc1f0_0000_0000_0000);
        let low = SrcGroup::Many(self.v_op64(Op::V_FMA_F64, &[high.clone(), minus, whole]));
        let low = self.v_single(Op::V_CVT_U32_F64, &[low]);
        let op = if signed {
            Op::V_CVT_I32_F64
        } else {
            Op::V_CVT_U32_F64
        };
        let word = self.v_single(op, std::slice::from_ref(&high));
        // Beyond the range the low dword saturates with the high one.
        let (top, bottom): (u64, u64) = if signed {
            (0x41e0_0000_0000_0000, 0xc1e0_0000_0000_0000)
        } else {
            (0x41f0_0000_0000_0000, 0)
        };
        let top = self.double(top);
        let bottom = self.double(bottom);
        let over = self.new_s();
        self.v_inst(
            Op::V_CMP_GE_F64,
            &[over.into()],
            &[high.clone(), top],
            Default::default(),
        );
        let under = self.new_s();
        self.v_inst(
            Op::V_CMP_NGE_F64,
            &[under.into()],
            &[high, bottom],
            Default::default(),
        );
        let low = self.v_op(Op::V_CNDMASK_B32, &[low.into(), int(-1), over.into()]);
        let low = self.v_op(Op::V_CNDMASK_B32, &[low.into(), int(0), under.into()]);
        self.set(data, &[low, word]);
        Ok(())
    }

    /// A double constant as an operand.
    pub(super) fn double(&mut self, bits: u64) -> SrcGroup {
        let inline = match bits {
            0x3fe0_0000_0000_0000 => Some(240),
            0xbfe0_0000_0000_0000 => Some(241),
            0x3ff0_0000_0000_0000 => Some(242),
            0xbff0_0000_0000_0000 => Some(243),
            0x4000_0000_0000_0000 => Some(244),
            0xc000_0000_0000_0000 => Some(245),
            0x4010_0000_0000_0000 => Some(246),
            0xc010_0000_0000_0000 => Some(247),
            0 => Some(128),
            _ => None,
        };
        match inline {
            Some(code) => SrcGroup::One(Src::Fixed(Operand::Inline(code))),
            // A literal of a double is its high dword.
            None if bits as u32 == 0 => {
                SrcGroup::One(Src::Fixed(Operand::Literal((bits >> 32) as u32)))
            }
            None => {
                let (lo, hi) = (Src::Bits(bits as u32), Src::Bits((bits >> 32) as u32));
                SrcGroup::Many(self.group(&[lo, hi]))
            }
        }
    }

    fn int_to_float(
        &mut self,
        data: &InstData,
        v: Value,
        from: Type,
        to: Type,
        signed: bool,
    ) -> Result<(), Error> {
        let mut x = self.src(v);
        if from == Type::I64 {
            return self.wide_to_float(data, v, to, signed);
        }
        if from == Type::I16 {
            x = if signed {
                self.v_op(Op::V_BFE_I32, &[x, int(0), int(16)]).into()
            } else {
                self.v_op(Op::V_AND_B32, &[int(0xffff), x]).into()
            };
        }
        let (single, double) = if signed {
            (Op::V_CVT_F32_I32, Op::V_CVT_F64_I32)
        } else {
            (Op::V_CVT_F32_U32, Op::V_CVT_F64_U32)
        };
        match to {
            Type::F32 => {
                let d = match self.byte_of(v).filter(|_| !signed) {
                    Some((word, byte)) => {
                        let op = [
                            Op::V_CVT_F32_UBYTE0,
                            Op::V_CVT_F32_UBYTE1,
                            Op::V_CVT_F32_UBYTE2,
                            Op::V_CVT_F32_UBYTE3,
                        ][byte];
                        let word = self.src(word);
                        self.v_op(op, &[word])
                    }
                    None => self.v_op(single, &[x]),
                };
                self.set(data, &[d]);
            }
            Type::F64 => {
                let d = self.v_op64(double, &[x.into()]);
                self.set(data, &d);
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F16 => {
                // A word beyond the halves' range becomes infinite either way. Within it a float
                // is exact up to 2²⁴, far above the largest half.
                let wide = self.v_op(single, &[x]);
                let d = self.v_op(Op::V_CVT_F16_F32, &[wide.into()]);
                self.set(data, &[d]);
            }
        }
        Ok(())
    }

    /// One byte of a word: `(x >> 8n) & 255` or `x >> 24`.
    fn byte_of(&self, v: Value) -> Option<(Value, usize)> {
        let shift = |v: Value| {
            let (x, n) = self.binary_def(v, BinaryOp::LShr)?;
            Some((x, self.kernel.constant(n)?))
        };
        if let Some((x, 24)) = shift(v) {
            return Some((x, 3));
        }
        let (a, b) = self.binary_def(v, BinaryOp::And)?;
        if self.kernel.constant(b) != Some(255) {
            return None;
        }
        match shift(a) {
            Some((x, n)) if n % 8 == 0 && n < 32 => Some((x, n as usize / 8)),
            _ => Some((a, 0)),
        }
    }

    fn wide_to_float(
        &mut self,
        data: &InstData,
        v: Value,
        to: Type,
        signed: bool,
    ) -> Result<(), Error> {
        let [lo, hi] = self.words_of(v);
        let op = if signed {
            Op::V_CVT_F64_I32
        } else {
            Op::V_CVT_F64_U32
        };
        if to == Type::F64 {
            // hi·2³² is exact, so the sum is rounded once.
            let high = SrcGroup::Many(self.v_op64(op, &[hi.into()]));
            let low = SrcGroup::Many(self.v_op64(Op::V_CVT_F64_U32, &[lo.into()]));
            let scaled = SrcGroup::Many(self.v_op64(Op::V_LDEXP_F64, &[high, int(32).into()]));
            let sum = self.v_op64(Op::V_ADD_F64, &[scaled, low]);
            self.set(data, &sum);
            return Ok(());
        }
        // Normalised to 32 significant bits with a sticky last one, then rounded once.
        let (lo, hi) = (self.in_v(lo), self.in_v(hi));
        let (mut magnitude, sign) = ([Src::Reg(lo), Src::Reg(hi)], hi);
        if signed {
            let s = self.v_op(Op::V_ASHRREV_I32, &[int(31), hi.into()]);
            magnitude = self.magnitude64(magnitude, s.into());
        }
        let zeros = self.v_op(Op::V_CLZ_I32_U32, &[magnitude[1]]);
        let zeros = self.v_op(Op::V_MIN_U32, &[int(32), zeros.into()]);
        let group = self.pair_of(magnitude[0], magnitude[1]);
        let shifted = self.v_op64(Op::V_LSHLREV_B64, &[zeros.into(), group]);
        let sticky = self.v_op(Op::V_MIN_U32, &[int(1), shifted[0].into()]);
        let word = self.v_op(Op::V_OR_B32, &[shifted[1].into(), sticky.into()]);
        let float = self.v_op(Op::V_CVT_F32_U32, &[word.into()]);
        let exponent = self.v_op(Op::V_SUB_NC_U32, &[int(32), zeros.into()]);
        let mut d = self.v_op(Op::V_LDEXP_F32, &[float.into(), exponent.into()]);
        if signed {
            d = self.v_op(
                Op::V_BFI_B32,
                &[Src::Bits(0x7fff_ffff), d.into(), sign.into()],
            );
        }
        if to == Type::F16 {
            d = self.v_op(Op::V_CVT_F16_F32, &[d.into()]);
        }
        self.set(data, &[d]);
        Ok(())
    }

    fn magnitude64(&mut self, x: [Src; 2], sign: Src) -> [Src; 2] {
        let flipped: [Src; 2] = x.map(|w| self.v_op(Op::V_XOR_B32, &[w, sign]).into());
        let (lo, hi) = (self.new_v(), self.new_v());
        let (carry, dropped) = (self.new_s(), self.new_s());
        self.v_inst(
            Op::V_SUB_CO_U32,
            &[lo.into(), carry.into()],
            &[flipped[0].into(), sign.into()],
            Default::default(),
        );
        self.v_inst(
            Op::V_SUB_CO_CI_U32,
            &[hi.into(), Arg::from(dropped)],
            &[flipped[1].into(), sign.into(), carry.into()],
            Default::default(),
        );
        [lo.into(), hi.into()]
    }
}
