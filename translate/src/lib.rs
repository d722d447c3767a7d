//! WGSL, SPIR-V and GLSL to validated naga modules, and the cache of compiled kernels
