//! RDNA3 (gfx11) and RDNA4 (gfx12) machine instructions.
//!
//! One table ([`table`]) states each instruction once: its name, encoding format, opcode per
//! generation, operands and what it touches besides them. The encoder, the decoder, the printer
//! (LLVM's syntax) and every consumer outside this crate read that table, so that an instruction
//! cannot mean one thing to the compiler and another to the virtual card. The crate holds no
//! semantics: what an instruction *computes* belongs to the card that executes it.
//!
//! Conventions that the text does not show, the same for whoever makes, reads or prints an
//! [`Inst`]:
//!
//! - Operands stand in the row's order and number in every form. A mask that assembler text names is
//!   one of them also where the encoding cannot choose it: compares, carries and selects in the base
//!   form have [`Operand::VCC`] there. `V_CMPX_*` has no mask, and `V_DUAL_CNDMASK_B32` reads VCC
//!   without naming it ([`Implicit::READ_VCC`]).
//! - A 16-bit operand in a vector register is a [`Operand::Vgpr16`] in all forms of VOP1, VOP2, VOPC
//!   and VOP3; a plain [`Operand::Vgpr`] is taken for its lower half. Memory instructions and VOP3P
//!   name whole registers ([`Ty::Lo16`] and [`Ty::Hi16`] say which half).
//! - Operand 0 of an atomic is the value it returns, or [`Operand::Off`]; the cache bits must agree
//!   ([`Mods::returning`]). For a buffer atomic it is the register of the data.
//! - An absent address, scalar base or scalar offset is [`Operand::Off`], but a buffer's scalar
//!   offset, which is `null` (or 0 on gfx11).
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
