//! Floats.
//!
//! f32 flushes subnormals, as WGSL allows: approximations cost several instructions more without.
//! f64 keeps them. Half precision has its own sums, products and comparisons; what divides, or
//! takes roots, goes through f32, which rounds once at the end. Bounds are those of the PTX ISA:
//! `div.approx` 2 ULP for divisors in [2⁻¹²⁶, 2¹²⁶], `rcp`, `sqrt` and `rsqrt` about 1 ULP, `ex2` 2 ULP,
//! `lg2` 2⁻²² absolute near 1 and relative elsewhere, `sin` and `cos` 2⁻²⁰ absolute in [-2π, 2π].

use super::emit::{emit, rounding, Emitter};
use super::text::{Arg, Bank, Reg};
use crate::kernel::*;
use crate::Error;

/// Largest f32, f16 and f64 below 1.
const BELOW_ONE: (u32, u16, u64) = (0x3f7f_ffff, 0x3bff, 0x3fef_ffff_ffff_ffff);

/// 1/2π, and -2π in two parts whose sum is exact to 2⁻⁵⁰.
const TURN: (u32, u32, u32) = (0x3e22_f983, 0xc0c9_0fdb, 0x343b_bd2e);

/// Type suffix; f32 flushes.
fn suffix(ty: Type) -> &'static str {
    match ty {
        Type::F16 => "f16",
        Type::F32 => "ftz.f32",
        Type::F64 => "f64",
        Type::Bool | Type::I16 | Type::I32 | Type::I64 => "b32",
    }
}

/// A constant of the type in which an operation is done, f32 or f64, by its bits in each.
fn number(ty: Type, bits32: u32, bits64: u64) -> Arg {
    if ty == Type::F64 {
        Arg::F64(bits64)
    } else {
        Arg::F32(bits32)
    }
}

impl Emitter<'_> {
    /// A half precision value as f32.
    fn widened(&mut self, value: Value) -> Arg {
        if self.ty(value) != Type::F16 {
            return self.float(value);
        }
        let (from, d) = (self.reg(value), self.temp(Bank::B32));
        emit!(self, "cvt.f32.f16 {d}, {from}");
        d.into()
    }

    /// Gives an f32 as the result, or what f16 it rounds to.
    fn narrowed(&mut self, data: &InstData, wide: Reg, ty: Type) -> Result<(), Error> {
        if ty != Type::F16 {
            return self.alias(data, wide);
        }
        let d = self.result(data)?;
        emit!(self, "cvt.rn.f16.f32 {d}, {wide}");
        Ok(())
    }

    pub(super) fn float_unary(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        let name = suffix(ty);
        let round = |mode: &str| format!("cvt.{mode}.{name}.{}", name.trim_start_matches("ftz."));
        let opcode = match op {
            // Without `ftz` these only touch the sign.
            UnaryOp::FNeg => format!("neg.f{}", ty.bits()),
            UnaryOp::FAbs => format!("abs.f{}", ty.bits()),
            UnaryOp::Floor => round("rmi"),
            UnaryOp::Ceil => round("rpi"),
            UnaryOp::Trunc => round("rzi"),
            UnaryOp::RoundEven => round("rni"),
            UnaryOp::Fract => return self.fract(data, ty),
            UnaryOp::Sin => return self.circular(data, "sin"),
            UnaryOp::Cos => return self.circular(data, "cos"),
            UnaryOp::Sqrt => return self.approximation(data, "sqrt", ty),
            UnaryOp::Rcp => return self.approximation(data, "rcp", ty),
            UnaryOp::Rsqrt => return self.approximation(data, "rsqrt", ty),
            UnaryOp::Exp2 => return self.approximation(data, "ex2", ty),
            UnaryOp::Log2 => return self.approximation(data, "lg2", ty),
            UnaryOp::Not
            | UnaryOp::INeg
            | UnaryOp::IAbs
            | UnaryOp::PopCount
            | UnaryOp::Clz
            | UnaryOp::Ctz
            | UnaryOp::BitReverse
            | UnaryOp::FrexpMant => return self.internal("an integer operation among floats"),
        };
        let (a, d) = (self.float(data.args[0]), self.result(data)?);
        emit!(self, "{opcode} {d}, {a}");
        Ok(())
    }

    fn approximation(&mut self, data: &InstData, name: &str, ty: Type) -> Result<(), Error> {
        if ty == Type::F64 {
            if !matches!(name, "sqrt" | "rcp") {
                return self.unsupported("this mathematical function of f64");
            }
            let (a, d) = (self.float(data.args[0]), self.result(data)?);
            emit!(self, "{name}.rn.f64 {d}, {a}");
            return Ok(());
        }
        let (a, d) = (self.widened(data.args[0]), self.temp(Bank::B32));
        emit!(self, "{name}.approx.ftz.f32 {d}, {a}");
        self.narrowed(data, d, ty)
    }

    /// Where `x` is a small negative number the difference rounds to 1, which it must not be.
    fn fract(&mut self, data: &InstData, ty: Type) -> Result<(), Error> {
        let name = suffix(ty);
        let a = self.float(data.args[0]);
        let (floor, rest) = (self.temp(Bank::of(ty)), self.temp(Bank::of(ty)));
        let plain = name.trim_start_matches("ftz.");
        emit!(self, "cvt.rmi.{name}.{plain} {floor}, {a}");
        emit!(self, "sub.{name} {rest}, {a}, {floor}");
        let d = self.result(data)?;
        if ty == Type::F16 {
            let most = self.temp(Bank::B16);
            emit!(self, "mov.b16 {most}, {}", BELOW_ONE.1);
            self.min_max_f16("min", d, rest, most);
        } else {
            let most = number(ty, BELOW_ONE.0, BELOW_ONE.2);
            emit!(self, "min.{name} {d}, {rest}, {most}");
        }
        Ok(())
    }

    /// Sine and cosine: whole turns come off first, as the approximations are good near 0 only.
    fn circular(&mut self, data: &InstData, name: &str) -> Result<(), Error> {
        if self.ty(data.args[0]) != Type::F32 {
            return self.internal("a width that this operation does not have");
        }
        let a = self.float(data.args[0]);
        let [turns, whole, near, rest] = [0; 4].map(|_| self.temp(Bank::B32));
        let [per, high, low] = [TURN.0, TURN.1, TURN.2].map(Arg::F32);
        emit!(self, "mul.ftz.f32 {turns}, {a}, {per}");
        emit!(self, "cvt.rni.ftz.f32.f32 {whole}, {turns}");
        emit!(self, "fma.rn.ftz.f32 {near}, {whole}, {high}, {a}");
        emit!(self, "fma.rn.ftz.f32 {rest}, {whole}, {low}, {near}");
        let d = self.result(data)?;
        emit!(self, "{name}.approx.ftz.f32 {d}, {rest}");
        Ok(())
    }

    pub(super) fn float_binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        let (name, rn) = (suffix(ty), rounding(self.options));
        let opcode = match op {
            BinaryOp::FAdd => format!("add{rn}.{name}"),
            BinaryOp::FSub => format!("sub{rn}.{name}"),
            BinaryOp::FMul => format!("mul{rn}.{name}"),
            BinaryOp::FMin | BinaryOp::FMax => {
                let opcode = if op == BinaryOp::FMin { "min" } else { "max" };
                if ty == Type::F16 {
                    let (a, b) = (self.reg(data.args[0]), self.reg(data.args[1]));
                    let d = self.result(data)?;
                    self.min_max_f16(opcode, d, a, b);
                    return Ok(());
                }
                format!("{opcode}.{name}")
            }
            BinaryOp::FDiv => return self.divide(data, ty),
            BinaryOp::FRem => return self.remainder(data, ty),
            BinaryOp::IAdd
            | BinaryOp::ISub
            | BinaryOp::IMul
            | BinaryOp::UMulHi
            | BinaryOp::SMulHi
            | BinaryOp::UDiv
            | BinaryOp::SDiv
            | BinaryOp::URem
            | BinaryOp::SRem
            | BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Shl
            | BinaryOp::LShr
            | BinaryOp::AShr
            | BinaryOp::SMin
            | BinaryOp::SMax
            | BinaryOp::UMin
            | BinaryOp::UMax => return self.internal("an integer operation among floats"),
        };
        let (a, b) = (self.float(data.args[0]), self.float(data.args[1]));
        let d = self.result(data)?;
        emit!(self, "{opcode} {d}, {a}, {b}");
        Ok(())
    }

    /// `min.f16` begins with sm_80.
    fn min_max_f16(&mut self, opcode: &str, d: Reg, a: Reg, b: Reg) {
        if self.sm >= 80 {
            emit!(self, "{opcode}.f16 {d}, {a}, {b}");
            return;
        }
        let [x, y, wide] = [0; 3].map(|_| self.temp(Bank::B32));
        emit!(self, "cvt.f32.f16 {x}, {a}");
        emit!(self, "cvt.f32.f16 {y}, {b}");
        emit!(self, "{opcode}.ftz.f32 {wide}, {x}, {y}");
        emit!(self, "cvt.rn.f16.f32 {d}, {wide}");
    }

    fn quotient(&mut self, ty: Type, a: Arg, b: Arg) -> Reg {
        let (bank, opcode) = if ty == Type::F64 {
            (Bank::B64, "div.rn.f64")
        } else {
            (Bank::B32, "div.approx.ftz.f32")
        };
        let d = self.temp(bank);
        emit!(self, "{opcode} {d}, {a}, {b}");
        d
    }

    fn divide(&mut self, data: &InstData, ty: Type) -> Result<(), Error> {
        let (a, b) = (self.widened(data.args[0]), self.widened(data.args[1]));
        let d = self.quotient(ty, a, b);
        self.narrowed(data, d, ty)
    }

    /// The quotient may be off where it is close to a whole number: then the remainder is a divisor
    /// too long, or has the other sign.
    fn remainder(&mut self, data: &InstData, ty: Type) -> Result<(), Error> {
        let (a, b) = (self.widened(data.args[0]), self.widened(data.args[1]));
        let quotient = self.quotient(ty, a, b);
        let wide = if ty == Type::F64 { ty } else { Type::F32 };
        let (bank, name) = (Bank::of(wide), suffix(wide));
        let plain = name.trim_start_matches("ftz.");
        let zero = number(wide, 0, 0);
        let [whole, minus, rest] = [0; 3].map(|_| self.temp(bank));
        emit!(self, "cvt.rzi.{name}.{plain} {whole}, {quotient}");
        emit!(self, "neg.{plain} {minus}, {whole}");
        emit!(self, "fma.rn.{name} {rest}, {minus}, {b}, {a}");
        // From the dividend again, since the remainder has been rounded.
        let [size, turned, along, unit, fewer, more] = [0; 6].map(|_| self.temp(bank));
        let [negative, long, wrong] = [0; 3].map(|_| self.temp(Bank::Pred));
        let one = number(wide, 1f32.to_bits(), 1f64.to_bits());
        emit!(self, "copysign.{plain} {unit}, {quotient}, {one}");
        emit!(self, "sub.rn.{name} {more}, {minus}, {unit}");
        emit!(self, "add.rn.{name} {fewer}, {minus}, {unit}");
        let [shorter, longer, first, d] = [0; 4].map(|_| self.temp(bank));
        emit!(self, "fma.rn.{name} {shorter}, {more}, {b}, {a}");
        emit!(self, "fma.rn.{name} {longer}, {fewer}, {b}, {a}");
        emit!(self, "abs.{plain} {size}, {b}");
        emit!(self, "setp.lt.{name} {negative}, {a}, {zero}");
        emit!(self, "neg.{plain} {turned}, {rest}");
        emit!(
            self,
            "selp.{} {along}, {turned}, {rest}, {negative}",
            bank.name()
        );
        emit!(self, "setp.ge.{name} {long}, {along}, {size}");
        emit!(self, "setp.lt.{name} {wrong}, {along}, {zero}");
        emit!(
            self,
            "selp.{} {first}, {shorter}, {rest}, {long}",
            bank.name()
        );
        emit!(self, "selp.{} {d}, {longer}, {first}, {wrong}", bank.name());
        self.narrowed(data, d, ty)
    }

    pub(super) fn fma(&mut self, data: &InstData) -> Result<(), Error> {
        let name = suffix(self.ty(data.args[0]));
        let [a, b, c] = [0, 1, 2].map(|n| self.float(data.args[n]));
        let d = self.result(data)?;
        emit!(self, "fma.rn.{name} {d}, {a}, {b}, {c}");
        Ok(())
    }

    pub(super) fn fcmp(&mut self, data: &InstData, cc: FloatCc) -> Result<(), Error> {
        let cc = match cc {
            FloatCc::Eq => "eq",
            FloatCc::Ne => "neu",
            FloatCc::Lt => "lt",
            FloatCc::Le => "le",
            FloatCc::Gt => "gt",
            FloatCc::Ge => "ge",
        };
        let name = suffix(self.ty(data.args[0]));
        let (a, b) = (self.float(data.args[0]), self.float(data.args[1]));
        let d = self.result(data)?;
        emit!(self, "setp.{cc}.{name} {d}, {a}, {b}");
        Ok(())
    }

    /// `x·2ⁿ` by powers of two whose exponents a format holds. They all go one way, so nothing
    /// overflows or vanishes before its time.
    pub(super) fn ldexp(&mut self, data: &InstData) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        let n = self.bits(data.args[1]);
        // Beyond `most` every number of the format is 0 or infinite; a quarter of it is an
        // exponent, and so is what three quarters rounded down leave.
        let most = if ty == Type::F64 { 2200 } else { 300 };
        let (bound, clamped) = (self.temp(Bank::B32), self.temp(Bank::B32));
        emit!(self, "min.s32 {bound}, {n}, {most}");
        emit!(self, "max.s32 {clamped}, {bound}, -{most}");
        let [quarter, three, rest] = [0; 3].map(|_| self.temp(Bank::B32));
        emit!(self, "shr.s32 {quarter}, {clamped}, 2");
        emit!(self, "mul.lo.s32 {three}, {quarter}, 3");
        emit!(self, "sub.s32 {rest}, {clamped}, {three}");
        let powers = [quarter, rest].map(|n| self.power_of_two(ty, n));
        let mut x = match self.widened(data.args[0]) {
            Arg::Reg(x) => x,
            bits @ (Arg::Int(_) | Arg::F32(_) | Arg::F64(_)) => {
                let x = self.temp(Bank::of(ty));
                emit!(self, "mov.f{} {x}, {bits}", ty.bits());
                x
            }
        };
        let wide = if ty == Type::F64 { ty } else { Type::F32 };
        for power in [powers[0], powers[0], powers[0], powers[1]] {
            let d = self.temp(Bank::of(wide));
            emit!(self, "mul.rn.{} {d}, {x}, {power}", suffix(wide));
            x = d;
        }
        self.narrowed(data, x, ty)
    }

    fn power_of_two(&mut self, ty: Type, n: Reg) -> Reg {
        if ty == Type::F64 {
            let (biased, high, d) = (
                self.temp(Bank::B32),
                self.temp(Bank::B32),
                self.temp(Bank::B64),
            );
            emit!(self, "add.s32 {biased}, {n}, 1023");
            emit!(self, "shl.b32 {high}, {biased}, 20");
            emit!(self, "mov.b64 {d}, {{0, {high}}}");
            return d;
        }
        let (biased, d) = (self.temp(Bank::B32), self.temp(Bank::B32));
        emit!(self, "add.s32 {biased}, {n}, 127");
        emit!(self, "shl.b32 {d}, {biased}, 23");
        d
    }

    /// Fraction or exponent of `frexp`, by bits. Subnormals are scaled first.
    pub(super) fn frexp(&mut self, data: &InstData, fraction: bool) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        let a = self.widened(data.args[0]);
        let wide = if ty == Type::F64 { ty } else { Type::F32 };
        let (name, bank) = (format!("f{}", wide.bits()), Bank::of(wide));
        let number = |bits32: u32, bits64: u64| number(wide, bits32, bits64);
        // Least normal number, and a power of two that makes normal ones of all below.
        let least = number(0x0080_0000, 0x0010_0000_0000_0000);
        let scale = number(0x4b80_0000, 0x4350_0000_0000_0000);
        let shift = if wide == Type::F64 { 54 } else { 24 };
        let (size, scaled, x) = (self.temp(bank), self.temp(bank), self.temp(bank));
        let (small, ordinary, nonzero, finite) = (
            self.temp(Bank::Pred),
            self.temp(Bank::Pred),
            self.temp(Bank::Pred),
            self.temp(Bank::Pred),
        );
        emit!(self, "abs.{name} {size}, {a}");
        emit!(self, "setp.lt.{name} {small}, {size}, {least}");
        emit!(self, "mul.rn.{name} {scaled}, {a}, {scale}");
        // The operand's bits, if it is a constant.
        let a = match a {
            Arg::Reg(a) => a,
            constant @ (Arg::Int(_) | Arg::F32(_) | Arg::F64(_)) => {
                let d = self.temp(bank);
                emit!(self, "mov.{name} {d}, {constant}");
                d
            }
        };
        emit!(self, "selp.b{} {x}, {scaled}, {a}, {small}", wide.bits());
        let (zero, infinity) = (number(0, 0), number(0x7f80_0000, 0x7ff0_0000_0000_0000));
        emit!(self, "setp.gt.{name} {nonzero}, {size}, {zero}");
        emit!(self, "setp.lt.{name} {finite}, {size}, {infinity}");
        emit!(self, "and.pred {ordinary}, {nonzero}, {finite}");
        let (high, low) = if wide == Type::F64 {
            let (low, high) = (self.temp(Bank::B32), self.temp(Bank::B32));
            emit!(self, "mov.b64 {{{low}, {high}}}, {x}");
            (high, Some(low))
        } else {
            (x, None)
        };
        let (at, bias) = if low.is_some() { (20, 1022) } else { (23, 126) };
        let mask: u32 = if low.is_some() {
            0x800f_ffff
        } else {
            0x807f_ffff
        };
        if fraction {
            let (cleared, set) = (self.temp(Bank::B32), self.temp(Bank::B32));
            emit!(self, "and.b32 {cleared}, {high}, {}", mask as i32);
            emit!(self, "or.b32 {set}, {cleared}, {}", (bias as u32) << at);
            let joined = match low {
                Some(low) => {
                    let joined = self.temp(Bank::B64);
                    emit!(self, "mov.b64 {joined}, {{{low}, {set}}}");
                    joined
                }
                None => set,
            };
            let d = self.temp(bank);
            emit!(self, "selp.b{} {d}, {joined}, {a}, {ordinary}", wide.bits());
            return self.narrowed(data, d, ty);
        }
        let width = if low.is_some() { 11 } else { 8 };
        let [field, base, exponent] = [0; 3].map(|_| self.temp(Bank::B32));
        emit!(self, "bfe.u32 {field}, {high}, {at}, {width}");
        emit!(self, "selp.b32 {base}, {}, {bias}, {small}", bias + shift);
        emit!(self, "sub.s32 {exponent}, {field}, {base}");
        let d = self.result(data)?;
        emit!(self, "selp.b32 {d}, {exponent}, 0, {ordinary}");
        Ok(())
    }
}
