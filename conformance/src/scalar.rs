//! The names and sizes of the concrete scalar types of WGSL (with naga's
//! extensions). No arithmetic: the interpreter and the expected values of the
//! conformance cases each have their own.

/// A concrete scalar type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sc {
    /// Boolean; has no layout that a host may rely on.
    Bool,
    /// 16-bit signed integer.
    I16,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit signed integer.
    I32,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit signed integer.
    I64,
    /// 64-bit unsigned integer.
    U64,
    /// IEEE binary16.
    F16,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
}

impl Sc {
    /// Bytes in memory.
    pub fn width(self) -> usize {
        match self {
            Sc::Bool => 1,
            Sc::I16 | Sc::U16 | Sc::F16 => 2,
            Sc::I32 | Sc::U32 | Sc::F32 => 4,
            Sc::I64 | Sc::U64 | Sc::F64 => 8,
        }
    }

    /// Whether arithmetic on it rounds.
    pub fn is_float(self) -> bool {
        matches!(self, Sc::F16 | Sc::F32 | Sc::F64)
    }

    /// Whether it is an integer with a sign.
    pub fn is_signed(self) -> bool {
        matches!(self, Sc::I16 | Sc::I32 | Sc::I64)
    }

    /// Its name in WGSL.
    pub fn wgsl(self) -> &'static str {
        match self {
            Sc::Bool => "bool",
            Sc::I16 => "i16",
            Sc::U16 => "u16",
            Sc::I32 => "i32",
            Sc::U32 => "u32",
            Sc::I64 => "i64",
            Sc::U64 => "u64",
            Sc::F16 => "f16",
            Sc::F32 => "f32",
            Sc::F64 => "f64",
        }
    }
}
