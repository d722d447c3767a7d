//! Why an instruction cannot be encoded, or dwords not decoded.

use crate::{Form, Format, Gen, Op, Operand};

/// An [`crate::Inst`] that has no encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The generation lacks the instruction.
    #[error("{op:?} does not exist on {gen:?}")]
    Missing {
        /// The instruction.
        op: Op,
        /// The generation.
        gen: Gen,
    },
    /// The row has no such form.
    #[error("{op:?} has no form {form:?}")]
    Form {
        /// The instruction.
        op: Op,
        /// The form asked for.
        form: Form,
    },
    /// Too few or too many operands.
    #[error("{op:?} takes {expected} operands, got {got}")]
    OperandCount {
        /// The instruction.
        op: Op,
        /// Operands in the row.
        expected: usize,
        /// Operands given.
        got: usize,
    },
    /// An operand of the wrong kind for its place in this form.
    #[error("operand {index} of {op:?} is {operand:?}; expected {expected}")]
    Operand {
        /// The instruction.
        op: Op,
        /// Index in [`crate::Inst::operands`].
        index: usize,
        /// What was given.
        operand: Operand,
        /// What may stand there.
        expected: &'static str,
    },
    /// A tuple that is not aligned as its size demands, or runs past the end of the file.
    #[error("operand {index} of {op:?}: {operand:?} cannot start a tuple of {dwords} registers")]
    Tuple {
        /// The instruction.
        op: Op,
        /// Index in [`crate::Inst::operands`].
        index: usize,
        /// What was given.
        operand: Operand,
        /// Registers needed.
        dwords: u8,
    },
    /// Two different literals.
    #[error("{op:?}: one literal at most, got {first:#x} and {second:#x}")]
    Literals {
        /// The instruction.
        op: Op,
        /// First literal.
        first: u32,
        /// Second literal.
        second: u32,
    },
    /// More scalar values than one vector instruction can read.
    #[error("{op:?} reads {got} scalar values (registers, literal); the limit is {limit}")]
    ConstantBus {
        /// The instruction.
        op: Op,
        /// Distinct scalars and literals.
        got: usize,
        /// Hardware limit.
        limit: usize,
    },
    /// A modifier that this instruction does not take.
    #[error("{op:?} does not take {modifier} here")]
    Modifier {
        /// The instruction.
        op: Op,
        /// The modifier, as assembler text names it.
        modifier: &'static str,
    },
    /// An immediate that does not fit its field.
    #[error("{op:?}: {field} {value} is outside {min}..={max}")]
    Range {
        /// The instruction.
        op: Op,
        /// The field, as assembler text names it.
        field: &'static str,
        /// Value given.
        value: i64,
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// Two halves that cannot be issued together.
    #[error("{x:?} with {y:?}: {rule}")]
    Dual {
        /// First half.
        x: Op,
        /// Second half.
        y: Op,
        /// The rule that is broken.
        rule: &'static str,
    },
}

/// Dwords that are no instruction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The stream ends within the instruction.
    #[error("instruction of {needed} dwords is cut off after {got}")]
    Truncated {
        /// Dwords that the instruction has.
        needed: usize,
        /// Dwords left.
        got: usize,
    },
    /// No format begins like this.
    #[error("{word:#010x} begins no known instruction format")]
    Format {
        /// First dword.
        word: u32,
    },
    /// The format has no such opcode.
    #[error("{format:?} has no opcode {opcode:#x}")]
    Opcode {
        /// The format.
        format: Format,
        /// The opcode field.
        opcode: u16,
    },
    /// An operand field holds a reserved code, or one that this instruction cannot take.
    #[error("{op:?}: operand code {code} is not valid for its {field}")]
    Operand {
        /// The instruction.
        op: Op,
        /// The field.
        field: &'static str,
        /// Its value.
        code: u16,
    },
    /// Bits of a form that the row does not have.
    #[error("{op:?} does not exist with DPP")]
    Dpp {
        /// The instruction.
        op: Op,
    },
    /// The fields decode, but to something that the hardware does not allow.
    #[error("illegal instruction: {0}")]
    Illegal(#[from] EncodeError),
}
