//! The shader engine, run on other people's code.

mod harness;
mod llvm;
