//! An AMD RDNA3/RDNA4 card in software, behind TinyGPU's protocol

pub mod shader;
