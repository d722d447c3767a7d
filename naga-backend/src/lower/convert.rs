//! Conversions between scalar types.

use naga::{Scalar, ScalarKind};

use super::layout::value_type;
use super::{is_signed, Lowerer};
use crate::kernel::{BinaryOp, ConvertOp, FloatCc, IntCc, Type, Value};

impl Lowerer<'_> {
    /// A value conversion, as WGSL's constructors do it.
    pub(super) fn convert(&mut self, value: Value, from: Scalar, to: Scalar) -> Value {
        let (source, target) = (value_type(from), value_type(to));
        match (from.kind, to.kind) {
            (ScalarKind::Bool, ScalarKind::Bool) => value,
            (ScalarKind::Bool, ScalarKind::Float | ScalarKind::AbstractFloat) => {
                let (one, zero) = (self.float(target, 1.0), self.zero(target));
                self.select(value, one, zero)
            }
            (ScalarKind::Bool, ScalarKind::Sint | ScalarKind::Uint | ScalarKind::AbstractInt) => {
                let (one, zero) = (self.int_of(target, 1), self.zero(target));
                self.select(value, one, zero)
            }
            (ScalarKind::Float | ScalarKind::AbstractFloat, ScalarKind::Bool) => {
                let zero = self.zero(source);
                self.fcmp(FloatCc::Ne, value, zero)
            }
            (ScalarKind::Sint | ScalarKind::Uint | ScalarKind::AbstractInt, ScalarKind::Bool) => {
                let zero = self.zero(source);
                self.icmp(IntCc::Ne, value, zero)
            }
            (
                ScalarKind::Float | ScalarKind::AbstractFloat,
                ScalarKind::Float | ScalarKind::AbstractFloat,
            ) => self.resize_float(value, target),
            (
                ScalarKind::Float | ScalarKind::AbstractFloat,
                ScalarKind::Sint | ScalarKind::Uint | ScalarKind::AbstractInt,
            ) => self.float_to_int(value, to),
            (
                ScalarKind::Sint | ScalarKind::Uint | ScalarKind::AbstractInt,
                ScalarKind::Float | ScalarKind::AbstractFloat,
            ) => self.int_to_float(value, is_signed(from), target),
            (
                ScalarKind::Sint | ScalarKind::Uint | ScalarKind::AbstractInt,
                ScalarKind::Sint | ScalarKind::Uint | ScalarKind::AbstractInt,
            ) => self.resize_int(value, is_signed(from), target),
        }
    }

    /// To another float width.
    pub(super) fn resize_float(&mut self, value: Value, target: Type) -> Value {
        match (self.ty(value), target) {
            (from, to) if from == to => value,
            // No card converts between these at once.
            (Type::F16, Type::F64) | (Type::F64, Type::F16) => {
                let middle = self.b.convert(ConvertOp::FloatToFloat, value, Type::F32);
                self.b.convert(ConvertOp::FloatToFloat, middle, target)
            }
            _ => self.b.convert(ConvertOp::FloatToFloat, value, target),
        }
    }

    /// To another integer width.
    pub(super) fn resize_int(&mut self, value: Value, signed: bool, target: Type) -> Value {
        let from = self.ty(value).bits();
        let op = match target.bits() {
            to if to == from => return value,
            to if to < from => ConvertOp::Truncate,
            _ if signed => ConvertOp::SignExtend,
            _ => ConvertOp::ZeroExtend,
        };
        self.b.convert(op, value, target)
    }

    fn int_to_float(&mut self, value: Value, signed: bool, target: Type) -> Value {
        let op = match signed {
            true => ConvertOp::SintToFloat,
            false => ConvertOp::UintToFloat,
        };
        // Every 16-bit integer is exact in f32; a 64-bit one that f16 can hold is exact there too.
        match (self.ty(value), target) {
            (Type::I16, Type::F32 | Type::F64) => {
                let wide = self.resize_int(value, signed, Type::I32);
                self.b.convert(op, wide, target)
            }
            (Type::I32 | Type::I64, Type::F16) => {
                let wide = self.b.convert(op, value, Type::F32);
                self.resize_float(wide, target)
            }
            _ => self.b.convert(op, value, target),
        }
    }

    /// Towards zero, clamped to the values that both types have.
    fn float_to_int(&mut self, value: Value, to: Scalar) -> Value {
        let (source, target) = (self.ty(value), value_type(to));
        let signed = is_signed(to);
        let op = match signed {
            true => ConvertOp::FloatToSint,
            false => ConvertOp::FloatToUint,
        };
        // What f16 holds is exact in f32, and fits 32 bits.
        let value = match source {
            Type::F16 => self.resize_float(value, Type::F32),
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 | Type::F64 => value,
        };
        if target == Type::I16 {
            // Saturates to 32 bits first, then to 16.
            let wide = self.b.convert(op, value, Type::I32);
            let (least, most) = match signed {
                true => (i16::MIN as i64, i16::MAX as i64),
                false => (0, u16::MAX as i64),
            };
            // The greatest f16 below 2¹⁵ is 2¹⁵ - 16.
            let most = match (source, signed) {
                (Type::F16, true) => 32752,
                _ => most,
            };
            let most = self.int_of(Type::I32, most);
            let mut clamped = match signed {
                true => self.bin(BinaryOp::SMin, wide, most),
                false => self.bin(BinaryOp::UMin, wide, most),
            };
            if signed {
                let least = self.int_of(Type::I32, least);
                clamped = self.bin(BinaryOp::SMax, clamped, least);
            }
            return self.b.convert(ConvertOp::Truncate, clamped, Type::I16);
        }
        let converted = self.b.convert(op, value, target);
        let Some(most) = greatest_common(source, target, signed) else {
            return converted;
        };
        // Clamping the integer rather than the float keeps NaN at 0.
        let most = self.bits(target, most);
        match signed {
            true => self.bin(BinaryOp::SMin, converted, most),
            false => self.bin(BinaryOp::UMin, converted, most),
        }
    }

    /// The same bits as another kind of the same width.
    pub(super) fn bitcast(&mut self, value: Value, kind: ScalarKind) -> Value {
        let from = self.ty(value);
        let to = match (kind, from) {
            (ScalarKind::Float | ScalarKind::AbstractFloat, Type::I16 | Type::F16) => Type::F16,
            (ScalarKind::Float | ScalarKind::AbstractFloat, Type::I32 | Type::F32) => Type::F32,
            (ScalarKind::Float | ScalarKind::AbstractFloat, Type::I64 | Type::F64) => Type::F64,
            (_, Type::F16) => Type::I16,
            (_, Type::F32) => Type::I32,
            (_, Type::F64) => Type::I64,
            (_, other) => other,
        };
        match from == to {
            true => value,
            false => self.b.convert(ConvertOp::Bitcast, value, to),
        }
    }
}

/// The greatest value of an integer type that the float type has too, where it is less than the
/// integer type's greatest.
fn greatest_common(float: Type, int: Type, signed: bool) -> Option<u64> {
    let digits = match float {
        // No finite value exceeds 32 bits.
        Type::F16 => return None,
        Type::F32 => 24,
        Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F64 => 53,
    };
    let bits = int.bits() - signed as u32;
    let most = u64::MAX >> (64 - bits);
    (bits > digits).then(|| most - (most >> digits))
}
