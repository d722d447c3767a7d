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

mod code;
mod decode;
mod encode;
mod error;
mod forms;
mod info;
mod inst;
mod print;
mod regs;
pub mod table;

pub use decode::decode;
pub use encode::encode;
pub use error::*;
pub use info::*;
pub use inst::*;
pub use print::{InstText, PacketText};
pub use regs::*;
pub use table::Op;
