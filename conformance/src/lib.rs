//! What WGSL and WebGPU promise, tested on every device
