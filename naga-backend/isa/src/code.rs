//! Codes of operands: the 7-, 8- and 9-bit fields that name registers and constants.
//!
//! Shared by encoder and decoder, so that a code means the same in both directions.

use arrayvec::ArrayVec;

use crate::{Operand, Sreg};

/// `s_getpc`-like "no register": reads zero, discards writes; also "no scalar offset".
pub(crate) const NULL: u8 = 124;
pub(crate) const LITERAL: u16 = 255;
pub(crate) const DPP16: u16 = 250;
pub(crate) const DPP8: u16 = 233;
/// DPP8 with "fetch inactive".
pub(crate) const DPP8_FI: u16 = 234;
pub(crate) const VGPR: u16 = 256;

/// Whether `first` can begin a tuple of `dwords` scalar registers.
pub(crate) fn sgpr_tuple(first: Sreg, dwords: u8) -> bool {
    let align = match dwords {
        0 | 1 => 1,
        2 => 2,
        _ => 4,
    };
    let Sreg(n) = first;
    match first {
        Sreg::NULL => dwords <= 2,
        Sreg::M0 => dwords <= 1,
        Sreg(126..=127) => dwords <= 1 || (n == 126 && dwords == 2),
        Sreg(106..=107) => dwords <= 1 || (n == 106 && dwords == 2),
        Sreg(108..=123) => n % align == 0 && n + dwords <= 124,
        Sreg(0..=105) => n % align == 0 && n + dwords <= Sreg::GENERAL,
        Sreg(_) => false,
    }
}

/// Whether `first` can begin a tuple of `dwords` vector registers.
pub(crate) fn vgpr_tuple(first: u8, dwords: u8) -> bool {
    usize::from(first) + usize::from(dwords) <= 256
}

/// The code of a constant or special source.
pub(crate) fn is_inline(code: u8) -> bool {
    matches!(code, 128..=208 | 240..=248)
}

/// Sources that are neither register nor constant.
pub(crate) fn is_special(code: u8) -> bool {
    matches!(code, 235..=238 | 253)
}

/// The scalar meaning of a source code below 256, the literal aside.
pub(crate) fn scalar(code: u16) -> Option<Operand> {
    let code = u8::try_from(code).ok()?;
    match code {
        0..=127 => Some(Operand::Sgpr(Sreg(code))),
        _ if is_inline(code) => Some(Operand::Inline(code)),
        _ if is_special(code) => Some(Operand::Special(code)),
        _ => None,
    }
}

/// Scalar values that a vector instruction reads over the constant bus.
#[derive(Default)]
pub(crate) struct ScalarReads(ArrayVec<(u16, u8), 8>);

impl ScalarReads {
    /// Notes a source, if it is one that takes the bus: a register, a special source, a literal.
    /// A register read at two widths is read twice.
    pub(crate) fn add(&mut self, code: u16, dwords: u8) {
        let dwords = if code == LITERAL { 0 } else { dwords };
        let takes_bus = matches!(code, 0..=127 | 235..=239 | 253 | LITERAL);
        if takes_bus && code != u16::from(NULL) && !self.0.contains(&(code, dwords)) {
            self.0.push((code, dwords));
        }
    }

    /// Number of different values.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
