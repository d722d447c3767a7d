//! The AMD back end: kernel IR to RDNA3/RDNA4 machine code in an HSA code object.
//!
//! [`flow`] finds what is uniform, [`select`] makes machine IR over virtual registers, [`regalloc`]
//! gives them hardware registers under a symbolic checker, and what follows works on the final
//! instructions.

pub mod object;

mod abi;
mod asm;
mod check;
mod dce;
mod flow;
mod live;
mod mir;
mod regalloc;
mod select;
