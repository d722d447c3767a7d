//! Compiler from naga modules to RDNA3/RDNA4 machine code and PTX
