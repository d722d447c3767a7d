//! Conversions. Bitcasts are no instruction: registers have no type.

use super::emit::{emit, Emitter};
use super::text::Bank;
use crate::kernel::*;
use crate::Error;

impl Emitter<'_> {
    pub(super) fn convert(&mut self, data: &InstData, op: ConvertOp) -> Result<(), Error> {
        let value = data.args[0];
        let from = self.ty(value);
        let Some(&result) = data.results.first() else {
            return self.internal("a conversion without a result");
        };
        let to = self.ty(result);
        let (a, b) = (from.bits(), to.bits());
        let opcode = match op {
            ConvertOp::Bitcast => {
                let reg = self.reg(value);
                return self.alias(data, reg);
            }
            ConvertOp::Truncate | ConvertOp::ZeroExtend => format!("cvt.u{b}.u{a}"),
            ConvertOp::SignExtend => format!("cvt.s{b}.s{a}"),
            ConvertOp::FloatToFloat if b > a => format!("cvt.f{b}.f{a}"),
            ConvertOp::FloatToFloat => format!("cvt.rn.f{b}.f{a}"),
            ConvertOp::FloatToSint => return self.float_to_int(data, 's', from, to),
            ConvertOp::FloatToUint => return self.float_to_int(data, 'u', from, to),
            ConvertOp::SintToFloat => format!("cvt.rn.f{b}.s{a}"),
            ConvertOp::UintToFloat => format!("cvt.rn.f{b}.u{a}"),
            ConvertOp::Pack => {
                let (low, high) = (self.reg(value), self.reg(data.args[1]));
                let d = self.result(data)?;
                emit!(self, "mov.b{b} {d}, {{{low}, {high}}}");
                return Ok(());
            }
            ConvertOp::UnpackLow | ConvertOp::UnpackHigh => {
                let x = self.reg(value);
                let (d, other) = (self.result(data)?, self.temp(Bank::of(to)));
                let (low, high) = if op == ConvertOp::UnpackLow {
                    (d, other)
                } else {
                    (other, d)
                };
                emit!(self, "mov.b{a} {{{low}, {high}}}, {x}");
                return Ok(());
            }
        };
        let x = self.reg(value);
        let d = self.result(data)?;
        emit!(self, "{opcode} {d}, {x}");
        Ok(())
    }

    /// `cvt` saturates; it makes 0 of NaN only from f32 to 32 bits (PTX ISA, "cvt").
    fn float_to_int(
        &mut self,
        data: &InstData,
        sign: char,
        from: Type,
        to: Type,
    ) -> Result<(), Error> {
        let (a, b) = (from.bits(), to.bits());
        let x = self.reg(data.args[0]);
        let ftz = if from == Type::F32 { ".ftz" } else { "" };
        let d = self.result(data)?;
        if (a, b) == (32, 32) {
            emit!(self, "cvt.rzi{ftz}.{sign}{b}.f{a} {d}, {x}");
            return Ok(());
        }
        let (converted, number) = (self.temp(Bank::of(to)), self.temp(Bank::Pred));
        emit!(self, "cvt.rzi{ftz}.{sign}{b}.f{a} {converted}, {x}");
        emit!(self, "setp.num.f{a} {number}, {x}, {x}");
        emit!(self, "selp.b{b} {d}, {converted}, 0, {number}");
        Ok(())
    }
}
