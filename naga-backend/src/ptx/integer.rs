//! Integers, truth values, and choices between values.
//!
//! PTX counts leading zeros and bits of 32 and 64 bits only, so that i16 goes through 32; its
//! shifts saturate where the IR's wrap, so amounts are masked unless they are known to be small.

use super::emit::{emit, Emitter};
use super::text::{Arg, Bank};
use crate::kernel::*;
use crate::Error;

impl Emitter<'_> {
    pub(super) fn int_unary(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        let bits = ty.bits();
        match op {
            UnaryOp::Not if ty == Type::Bool => {
                let (a, d) = (self.reg(data.args[0]), self.result(data)?);
                emit!(self, "not.pred {d}, {a}");
            }
            UnaryOp::Not => self.one(data, &format!("not.b{bits}"))?,
            UnaryOp::INeg => self.one(data, &format!("neg.s{bits}"))?,
            UnaryOp::IAbs => self.one(data, &format!("abs.s{bits}"))?,
            UnaryOp::PopCount | UnaryOp::Clz | UnaryOp::Ctz | UnaryOp::BitReverse => {
                self.bit_unary(data, op, ty)?;
            }
            UnaryOp::FNeg
            | UnaryOp::FAbs
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Trunc
            | UnaryOp::RoundEven
            | UnaryOp::Fract
            | UnaryOp::Sqrt
            | UnaryOp::Rsqrt
            | UnaryOp::Rcp
            | UnaryOp::Exp2
            | UnaryOp::Log2
            | UnaryOp::Sin
            | UnaryOp::Cos
            | UnaryOp::FrexpMant => return self.internal("a float operation among integers"),
        }
        Ok(())
    }

    fn one(&mut self, data: &InstData, opcode: &str) -> Result<(), Error> {
        let (a, d) = (self.bits(data.args[0]), self.result(data)?);
        emit!(self, "{opcode} {d}, {a}");
        Ok(())
    }

    /// What looks at single bits. Counts come out as 32 bits whatever they count.
    fn bit_unary(&mut self, data: &InstData, op: UnaryOp, ty: Type) -> Result<(), Error> {
        let mut a = self.bits(data.args[0]);
        let mut width = ty.bits();
        if ty == Type::I16 {
            let (from, wide) = (self.reg(data.args[0]), self.temp(Bank::B32));
            emit!(self, "cvt.u32.u16 {wide}, {from}");
            a = wide.into();
            width = 32;
        }
        if op == UnaryOp::BitReverse {
            let wide = self.temp(if width == 64 { Bank::B64 } else { Bank::B32 });
            emit!(self, "brev.b{width} {wide}, {a}");
            if ty != Type::I16 {
                return self.alias(data, wide);
            }
            let (high, d) = (self.temp(Bank::B32), self.result(data)?);
            emit!(self, "shr.u32 {high}, {wide}, 16");
            emit!(self, "cvt.u16.u32 {d}, {high}");
            return Ok(());
        }
        if op == UnaryOp::Ctz {
            if ty == Type::I16 {
                let ended = self.temp(Bank::B32);
                emit!(self, "or.b32 {ended}, {a}, 65536");
                a = ended.into();
            }
            let reversed = self.temp(if width == 64 { Bank::B64 } else { Bank::B32 });
            emit!(self, "brev.b{width} {reversed}, {a}");
            a = reversed.into();
        }
        let count = self.temp(Bank::B32);
        let opcode = if op == UnaryOp::PopCount {
            "popc"
        } else {
            "clz"
        };
        emit!(self, "{opcode}.b{width} {count}, {a}");
        if ty == Type::I32 {
            return self.alias(data, count);
        }
        let mut count = count;
        if ty == Type::I16 && op == UnaryOp::Clz {
            let wide = std::mem::replace(&mut count, self.temp(Bank::B32));
            emit!(self, "sub.s32 {count}, {wide}, 16");
        }
        let d = self.result(data)?;
        emit!(self, "cvt.u{}.u32 {d}, {count}", ty.bits());
        Ok(())
    }

    pub(super) fn int_binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        if self.is_folded(data) {
            return Ok(());
        }
        let ty = self.ty(data.args[0]);
        let bits = ty.bits();
        let kind = if ty == Type::Bool {
            "pred".to_owned()
        } else {
            format!("b{bits}")
        };
        let opcode = match op {
            BinaryOp::IAdd => format!("add.s{bits}"),
            BinaryOp::ISub => format!("sub.s{bits}"),
            BinaryOp::IMul => format!("mul.lo.s{bits}"),
            BinaryOp::UMulHi => format!("mul.hi.u{bits}"),
            BinaryOp::SMulHi => format!("mul.hi.s{bits}"),
            BinaryOp::UDiv => format!("div.u{bits}"),
            BinaryOp::SDiv => format!("div.s{bits}"),
            BinaryOp::URem => format!("rem.u{bits}"),
            BinaryOp::SRem => format!("rem.s{bits}"),
            BinaryOp::And => format!("and.{kind}"),
            BinaryOp::Or => format!("or.{kind}"),
            BinaryOp::Xor => format!("xor.{kind}"),
            BinaryOp::SMin => format!("min.s{bits}"),
            BinaryOp::SMax => format!("max.s{bits}"),
            BinaryOp::UMin => format!("min.u{bits}"),
            BinaryOp::UMax => format!("max.u{bits}"),
            BinaryOp::Shl => return self.shift(data, &format!("shl.b{bits}")),
            BinaryOp::LShr => return self.shift(data, &format!("shr.u{bits}")),
            BinaryOp::AShr => return self.shift(data, &format!("shr.s{bits}")),
            BinaryOp::FAdd
            | BinaryOp::FSub
            | BinaryOp::FMul
            | BinaryOp::FDiv
            | BinaryOp::FRem
            | BinaryOp::FMin
            | BinaryOp::FMax => return self.internal("a float operation among integers"),
        };
        let (a, b) = (self.bits(data.args[0]), self.bits(data.args[1]));
        let d = self.result(data)?;
        emit!(self, "{opcode} {d}, {a}, {b}");
        Ok(())
    }

    fn shift(&mut self, data: &InstData, opcode: &str) -> Result<(), Error> {
        let by = self.shift_amount(data.args[1]);
        let (a, d) = (self.bits(data.args[0]), self.result(data)?);
        emit!(self, "{opcode} {d}, {a}, {by}");
        Ok(())
    }

    /// A shift amount as 32 bits below the width of its type.
    fn shift_amount(&mut self, value: Value) -> Arg {
        let ty = self.ty(value);
        let most = u64::from(ty.bits()) - 1;
        if let Some(bits) = self.kernel.constant(value) {
            return Arg::Int((bits & most) as i64);
        }
        let mut by = self.reg(value);
        if ty != Type::I32 {
            let (from, narrow) = (by, self.temp(Bank::B32));
            emit!(self, "cvt.u32.u{} {narrow}, {from}", ty.bits());
            by = narrow;
        }
        if self.ranges.of(self.kernel, value).umax <= most {
            return by.into();
        }
        let masked = self.temp(Bank::B32);
        emit!(self, "and.b32 {masked}, {by}, {most}");
        masked.into()
    }

    pub(super) fn int_ternary(&mut self, data: &InstData, op: TernaryOp) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        let opcode = match (op, ty) {
            (TernaryOp::UBfe | TernaryOp::SBfe, _) => {
                let sign = if op == TernaryOp::UBfe { 'u' } else { 's' };
                return self.bit_field(data, ty, sign);
            }
            (TernaryOp::BitSelect, _) => return self.bit_select(data, ty),
            (TernaryOp::FunnelShr, Type::I32) => {
                let [high, low, by] = [0, 1, 2].map(|n| self.bits(data.args[n]));
                let d = self.result(data)?;
                emit!(self, "shf.r.wrap.b32 {d}, {low}, {high}, {by}");
                return Ok(());
            }
            (TernaryOp::UDot4, Type::I32) => "dp4a.u32.u32",
            (TernaryOp::SDot4, Type::I32) => "dp4a.s32.s32",
            (TernaryOp::FunnelShr | TernaryOp::UDot4 | TernaryOp::SDot4, _) => {
                return self.internal("a width that this operation does not have")
            }
            (TernaryOp::Fma, _) => return self.internal("a float operation among integers"),
        };
        let [a, b, c] = [0, 1, 2].map(|n| self.bits(data.args[n]));
        let d = self.result(data)?;
        emit!(self, "{opcode} {d}, {a}, {b}, {c}");
        Ok(())
    }

    /// Offset and count are 32 bits in PTX; i16 has no form of its own.
    fn bit_field(&mut self, data: &InstData, ty: Type, sign: char) -> Result<(), Error> {
        let [offset, count] = [1, 2].map(|n| match (self.kernel.constant(data.args[n]), ty) {
            (Some(bits), _) => Arg::Int(bits as i64 & 0xff),
            (None, Type::I32) => self.reg(data.args[n]).into(),
            (None, _) => {
                let (from, d) = (self.reg(data.args[n]), self.temp(Bank::B32));
                emit!(self, "cvt.u32.u{} {d}, {from}", ty.bits());
                d.into()
            }
        });
        if ty != Type::I16 {
            let (a, d) = (self.bits(data.args[0]), self.result(data)?);
            emit!(self, "bfe.{sign}{} {d}, {a}, {offset}, {count}", ty.bits());
            return Ok(());
        }
        let (from, a, wide) = (
            self.reg(data.args[0]),
            self.temp(Bank::B32),
            self.temp(Bank::B32),
        );
        emit!(self, "cvt.u32.u16 {a}, {from}");
        emit!(self, "bfe.{sign}32 {wide}, {a}, {offset}, {count}");
        let d = self.result(data)?;
        emit!(self, "cvt.u16.u32 {d}, {wide}");
        Ok(())
    }

    /// Four operations that ptxas makes one of.
    fn bit_select(&mut self, data: &InstData, ty: Type) -> Result<(), Error> {
        let bits = ty.bits();
        let [base, insert, mask] = [0, 1, 2].map(|n| self.bits(data.args[n]));
        let [taken, other, kept] = [0; 3].map(|_| self.temp(Bank::of(ty)));
        let d = self.result(data)?;
        emit!(self, "and.b{bits} {taken}, {insert}, {mask}");
        emit!(self, "not.b{bits} {other}, {mask}");
        emit!(self, "and.b{bits} {kept}, {base}, {other}");
        emit!(self, "or.b{bits} {d}, {taken}, {kept}");
        Ok(())
    }

    pub(super) fn icmp(&mut self, data: &InstData, cc: IntCc) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        if ty == Type::Bool {
            let (a, b) = (self.reg(data.args[0]), self.reg(data.args[1]));
            let d = self.result(data)?;
            if cc == IntCc::Ne {
                emit!(self, "xor.pred {d}, {a}, {b}");
            } else {
                let differ = self.temp(Bank::Pred);
                emit!(self, "xor.pred {differ}, {a}, {b}");
                emit!(self, "not.pred {d}, {differ}");
            }
            return Ok(());
        }
        let (name, sign) = match cc {
            IntCc::Eq => ("eq", 's'),
            IntCc::Ne => ("ne", 's'),
            IntCc::ULt => ("lt", 'u'),
            IntCc::ULe => ("le", 'u'),
            IntCc::UGt => ("gt", 'u'),
            IntCc::UGe => ("ge", 'u'),
            IntCc::SLt => ("lt", 's'),
            IntCc::SLe => ("le", 's'),
            IntCc::SGt => ("gt", 's'),
            IntCc::SGe => ("ge", 's'),
        };
        let (a, b) = (self.bits(data.args[0]), self.bits(data.args[1]));
        let d = self.result(data)?;
        emit!(self, "setp.{name}.{sign}{} {d}, {a}, {b}", ty.bits());
        Ok(())
    }

    pub(super) fn select(&mut self, data: &InstData) -> Result<(), Error> {
        let ty = self.ty(data.args[1]);
        let condition = self.reg(data.args[0]);
        if ty == Type::Bool {
            let (a, b) = (self.reg(data.args[1]), self.reg(data.args[2]));
            let [taken, otherwise, kept] = [0; 3].map(|_| self.temp(Bank::Pred));
            let d = self.result(data)?;
            emit!(self, "and.pred {taken}, {condition}, {a}");
            emit!(self, "not.pred {otherwise}, {condition}");
            emit!(self, "and.pred {kept}, {otherwise}, {b}");
            emit!(self, "or.pred {d}, {taken}, {kept}");
            return Ok(());
        }
        let (a, b) = (self.bits(data.args[1]), self.bits(data.args[2]));
        let d = self.result(data)?;
        emit!(self, "selp.b{} {d}, {a}, {b}, {condition}", ty.bits());
        Ok(())
    }
}
