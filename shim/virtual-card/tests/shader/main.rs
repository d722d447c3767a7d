//! The shader engine, run on other people's code.

mod broken;
mod hardware;
mod harness;
mod llvm;
mod text;
