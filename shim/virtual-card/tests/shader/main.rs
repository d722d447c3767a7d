//! The shader engine, run on other people's code.

mod hardware;
mod harness;
mod llvm;
