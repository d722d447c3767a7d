//! RDNA3 (gfx11) and RDNA4 (gfx12) machine instructions.
//!
//! One table ([`table`]) states each instruction once: its name, encoding format, opcode per
//! generation, operands and what it touches besides them. The encoder, the decoder, the printer
//! (LLVM's syntax) and every consumer outside this crate read that table, so that an instruction
//! cannot mean one thing to the compiler and another to the virtual card. The crate holds no
//! semantics: what an instruction *computes* belongs to the card that executes it.
//!
//! Every row round-trips through LLVM's assembler; committed vectors keep that true on machines
//! without LLVM.

mod info;
mod inst;

pub use info::*;
pub use inst::*;

/// Opcodes.
#[allow(non_camel_case_types, missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    S_NOP,
}
