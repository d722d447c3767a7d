//! Ordinary wgpu on an external card: instance() and the drop-in swap
