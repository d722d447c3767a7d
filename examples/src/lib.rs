//! Ordinary wgpu programs, each with a checked result
