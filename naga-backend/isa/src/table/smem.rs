//! Scalar memory: loads through the scalar cache, and its control.

macro_rules! smem_rows {
    ($then:ident [$($more:ident)*] $($before:tt)*) => { $then! { [$($more)*] $($before)*
    Smem Smem [LOAD] {
        S_LOAD_B32                      0x00  0x00 [sd(B32), su(B64), so(B32)];
        S_LOAD_B64                      0x01  0x01 [sd(B64), su(B64), so(B32)];
        S_LOAD_B96                         -  0x05 [sd(B96), su(B64), so(B32)];
        S_LOAD_B128                     0x02  0x02 [sd(B128), su(B64), so(B32)];
        S_LOAD_B256                     0x03  0x03 [sd(B256), su(B64), so(B32)];
        S_LOAD_B512                     0x04  0x04 [sd(B512), su(B64), so(B32)];
        S_LOAD_I8                          -  0x08 [sd(B32), su(B64), so(B32)];
        S_LOAD_U8                          -  0x09 [sd(B32), su(B64), so(B32)];
        S_LOAD_I16                         -  0x0a [sd(B32), su(B64), so(B32)];
        S_LOAD_U16                         -  0x0b [sd(B32), su(B64), so(B32)];
        S_BUFFER_LOAD_B32               0x08  0x10 [sd(B32), su(B128), so(B32)];
        S_BUFFER_LOAD_B64               0x09  0x11 [sd(B64), su(B128), so(B32)];
        S_BUFFER_LOAD_B96                  -  0x15 [sd(B96), su(B128), so(B32)];
        S_BUFFER_LOAD_B128              0x0a  0x12 [sd(B128), su(B128), so(B32)];
        S_BUFFER_LOAD_B256              0x0b  0x13 [sd(B256), su(B128), so(B32)];
        S_BUFFER_LOAD_B512              0x0c  0x14 [sd(B512), su(B128), so(B32)];
        S_BUFFER_LOAD_I8                   -  0x18 [sd(B32), su(B128), so(B32)];
        S_BUFFER_LOAD_U8                   -  0x19 [sd(B32), su(B128), so(B32)];
        S_BUFFER_LOAD_I16                  -  0x1a [sd(B32), su(B128), so(B32)];
        S_BUFFER_LOAD_U16                  -  0x1b [sd(B32), su(B128), so(B32)];
    }
    Smem Control [] {
        S_GL1_INV                       0x20     - [];
        S_DCACHE_INV                    0x21  0x21 [];
        S_PREFETCH_INST                    -  0x24 [su(B64), so(B32), IMM];
        S_PREFETCH_INST_PC_REL             -  0x25 [so(B32), IMM];
        S_PREFETCH_DATA                    -  0x26 [su(B64), so(B32), IMM];
        S_BUFFER_PREFETCH_DATA             -  0x27 [su(B128), so(B32), IMM];
        S_PREFETCH_DATA_PC_REL             -  0x28 [so(B32), IMM];
    }
    } };
}
