//! Integer built-in functions that count, find and move bits.

use super::Lowerer;
use crate::kernel::{BinaryOp, IntCc, TernaryOp, Type, UnaryOp, Value};

impl Lowerer<'_> {
    /// Place of the highest bit that differs from the sign, -1 if there is none.
    pub(super) fn first_leading_bit(&mut self, value: Value, signed: bool) -> Value {
        let ty = self.ty(value);
        let value = match signed {
            true => {
                let top = self.int_of(ty, ty.bits() as i64 - 1);
                let sign = self.bin(BinaryOp::AShr, value, top);
                self.bin(BinaryOp::Xor, value, sign)
            }
            false => value,
        };
        let zeros = self.un(UnaryOp::Clz, value);
        let top = self.int_of(ty, ty.bits() as i64 - 1);
        self.bin(BinaryOp::ISub, top, zeros)
    }

    /// Place of the lowest one bit, -1 if there is none.
    pub(super) fn first_trailing_bit(&mut self, value: Value) -> Value {
        let ty = self.ty(value);
        let place = self.un(UnaryOp::Ctz, value);
        let (zero, none) = (self.zero(ty), self.int_of(ty, -1));
        let empty = self.icmp(IntCc::Eq, value, zero);
        self.select(empty, none, place)
    }

    /// Offset and count within the width, as WGSL clamps them.
    fn field(&mut self, ty: Type, offset: Value, count: Value) -> (Value, Value) {
        let width = self.int(ty.bits());
        let offset = self.bin(BinaryOp::UMin, offset, width);
        let room = self.bin(BinaryOp::ISub, width, offset);
        let count = self.bin(BinaryOp::UMin, count, room);
        (offset, count)
    }

    pub(super) fn extract_bits(
        &mut self,
        value: Value,
        signed: bool,
        offset: Value,
        count: Value,
    ) -> Value {
        let ty = self.ty(value);
        let (offset, count) = self.field(ty, offset, count);
        if ty == Type::I32 {
            let op = if signed {
                TernaryOp::SBfe
            } else {
                TernaryOp::UBfe
            };
            return self.tern(op, value, offset, count);
        }
        // Up to the top, then down again; a count of 0 would shift by the width.
        let width = self.int(ty.bits());
        let end = self.bin(BinaryOp::IAdd, offset, count);
        let up = self.bin(BinaryOp::ISub, width, end);
        let down = self.bin(BinaryOp::ISub, width, count);
        let (up, down) = (
            self.resize_int(up, false, ty),
            self.resize_int(down, false, ty),
        );
        let shifted = self.bin(BinaryOp::Shl, value, up);
        let op = if signed {
            BinaryOp::AShr
        } else {
            BinaryOp::LShr
        };
        let field = self.bin(op, shifted, down);
        let (zero, none) = (self.int(0), self.zero(ty));
        let empty = self.icmp(IntCc::Eq, count, zero);
        self.select(empty, none, field)
    }

    pub(super) fn insert_bits(
        &mut self,
        value: Value,
        insert: Value,
        offset: Value,
        count: Value,
    ) -> Value {
        let ty = self.ty(value);
        let (offset, count) = self.field(ty, offset, count);
        let width = self.int(ty.bits());
        let whole = self.icmp(IntCc::UGe, count, width);
        let (offset, count) = (
            self.resize_int(offset, false, ty),
            self.resize_int(count, false, ty),
        );
        let (one, all) = (self.int_of(ty, 1), self.int_of(ty, -1));
        let bit = self.bin(BinaryOp::Shl, one, count);
        let ones = self.bin(BinaryOp::ISub, bit, one);
        let ones = self.select(whole, all, ones);
        let mask = self.bin(BinaryOp::Shl, ones, offset);
        let insert = self.bin(BinaryOp::Shl, insert, offset);
        if ty == Type::I32 {
            return self.tern(TernaryOp::BitSelect, value, insert, mask);
        }
        let inside = self.bin(BinaryOp::And, insert, mask);
        let outside = self.un(UnaryOp::Not, mask);
        let kept = self.bin(BinaryOp::And, value, outside);
        self.bin(BinaryOp::Or, kept, inside)
    }
}
