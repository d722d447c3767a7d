//! Built-in functions that pack values into a word and unpack them.

use super::{Lowerer, Operand};
use crate::kernel::{BinaryOp, ConvertOp, Op, TernaryOp, Type, UnaryOp, Value, Values};

/// How a normalised number is stored.
#[derive(Clone, Copy)]
pub(super) struct Normal {
    pub signed: bool,
    /// Bits of each number.
    pub bits: u32,
}

impl Normal {
    /// What 1.0 is stored as.
    fn scale(self) -> f64 {
        ((1u32 << (self.bits - self.signed as u32)) - 1) as f64
    }
}

impl Lowerer<'_> {
    /// Puts the low bits of values side by side, the first lowest.
    fn join(&mut self, values: &[Value], bits: u32) -> Value {
        let mask = self.int((1 << bits) - 1);
        let mut word = None;
        for (n, &value) in values.iter().enumerate() {
            let last = (n as u32 + 1) * bits == 32;
            // What the highest one has above its bits leaves at the top.
            let mut part = match last {
                true => value,
                false => self.bin(BinaryOp::And, value, mask),
            };
            if n > 0 {
                let shift = self.int(n as u32 * bits);
                part = self.bin(BinaryOp::Shl, part, shift);
            }
            word = Some(match word {
                Some(word) => self.bin(BinaryOp::Or, word, part),
                None => part,
            });
        }
        word.unwrap_or_else(|| self.int(0))
    }

    /// `floor(0.5 + scale · clamp(x))`.
    pub(super) fn pack_normal(&mut self, values: &[Value], normal: Normal) -> Value {
        let least = self.float(Type::F32, if normal.signed { -1.0 } else { 0.0 });
        let most = self.float(Type::F32, 1.0);
        let scale = self.float(Type::F32, normal.scale());
        let half = self.float(Type::F32, 0.5);
        let parts: Values = values
            .iter()
            .map(|&value| {
                let value = self.bin(BinaryOp::FMax, value, least);
                let value = self.bin(BinaryOp::FMin, value, most);
                let value = self.fma(value, scale, half);
                let value = self.un(UnaryOp::Floor, value);
                let op = match normal.signed {
                    true => ConvertOp::FloatToSint,
                    false => ConvertOp::FloatToUint,
                };
                self.b.convert(op, value, Type::I32)
            })
            .collect();
        self.join(&parts, normal.bits)
    }

    pub(super) fn unpack_normal(&mut self, word: Value, normal: Normal) -> Operand {
        let scale = self.float(Type::F32, 1.0 / normal.scale());
        let parts = self.split(word, normal.bits, normal.signed);
        let numbers = parts.into_iter().map(|part| {
            let op = match normal.signed {
                true => ConvertOp::SintToFloat,
                false => ConvertOp::UintToFloat,
            };
            let number = self.b.convert(op, part, Type::F32);
            let number = self.fmul(number, scale);
            match normal.signed {
                true => {
                    let least = self.float(Type::F32, -1.0);
                    self.bin(BinaryOp::FMax, number, least)
                }
                false => number,
            }
        });
        Operand::Values(numbers.collect())
    }

    /// The fields of a word, the lowest first.
    fn split(&mut self, word: Value, bits: u32, signed: bool) -> Values {
        let count = self.int(bits);
        let op = if signed {
            TernaryOp::SBfe
        } else {
            TernaryOp::UBfe
        };
        let fields = (0..32 / bits).map(|n| {
            let offset = self.int(n * bits);
            self.tern(op, word, offset, count)
        });
        fields.collect()
    }

    pub(super) fn pack_halves(&mut self, values: &[Value]) -> Value {
        let halves: Values = values
            .iter()
            .map(|&value| self.resize_float(value, Type::F16))
            .collect();
        self.b
            .value(Op::Convert(ConvertOp::Pack), &halves, Type::I32)
    }

    pub(super) fn unpack_halves(&mut self, word: Value) -> Operand {
        let halves = [ConvertOp::UnpackLow, ConvertOp::UnpackHigh];
        let floats = halves.into_iter().map(|op| {
            let half = self.b.convert(op, word, Type::F16);
            self.resize_float(half, Type::F32)
        });
        Operand::Values(floats.collect())
    }

    /// Four bytes, each clamped to its range first where asked for.
    pub(super) fn pack_bytes(&mut self, values: &[Value], signed: bool, clamp: bool) -> Value {
        let bytes: Values = match clamp {
            false => values.into(),
            true => values
                .iter()
                .map(|&value| match signed {
                    true => {
                        let (least, most) = (self.int(-128i32 as u32), self.int(127));
                        let value = self.bin(BinaryOp::SMax, value, least);
                        self.bin(BinaryOp::SMin, value, most)
                    }
                    false => {
                        let most = self.int(255);
                        self.bin(BinaryOp::UMin, value, most)
                    }
                })
                .collect(),
        };
        self.join(&bytes, 8)
    }

    pub(super) fn unpack_bytes(&mut self, word: Value, signed: bool) -> Operand {
        Operand::Values(self.split(word, 8, signed))
    }
}
