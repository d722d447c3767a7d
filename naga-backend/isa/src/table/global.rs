//! Global memory (gfx12 VGLOBAL). Operand 0 of an atomic is the returned value or `Off`.

macro_rules! global_rows {
    ($then:ident [$($more:ident)*] $($before:tt)*) => { $then! { [$($more)*] $($before)*
    Global VmemLoad [LOAD] {
        GLOBAL_LOAD_U8                    0x10  0x10 [vd(B32), vu(B64), so(B64)];
        GLOBAL_LOAD_I8                    0x11  0x11 [vd(B32), vu(B64), so(B64)];
        GLOBAL_LOAD_U16                   0x12  0x12 [vd(B32), vu(B64), so(B64)];
        GLOBAL_LOAD_I16                   0x13  0x13 [vd(B32), vu(B64), so(B64)];
        GLOBAL_LOAD_B32                   0x14  0x14 [vd(B32), vu(B64), so(B64)];
        GLOBAL_LOAD_B64                   0x15  0x15 [vd(B64), vu(B64), so(B64)];
        GLOBAL_LOAD_B96                   0x16  0x16 [vd(B96), vu(B64), so(B64)];
        GLOBAL_LOAD_B128                  0x17  0x17 [vd(B128), vu(B64), so(B64)];
        GLOBAL_LOAD_D16_U8                0x1e  0x1e [vd(Lo16), vu(B64), so(B64)];
        GLOBAL_LOAD_D16_I8                0x1f  0x1f [vd(Lo16), vu(B64), so(B64)];
        GLOBAL_LOAD_D16_B16               0x20  0x20 [vd(Lo16), vu(B64), so(B64)];
        GLOBAL_LOAD_D16_HI_U8             0x21  0x21 [vd(Hi16), vu(B64), so(B64)];
        GLOBAL_LOAD_D16_HI_I8             0x22  0x22 [vd(Hi16), vu(B64), so(B64)];
        GLOBAL_LOAD_D16_HI_B16            0x23  0x23 [vd(Hi16), vu(B64), so(B64)];
        GLOBAL_LOAD_ADDTID_B32            0x28  0x28 [vd(B32), so(B64)];
        GLOBAL_LOAD_TR_B128                  -  0x57 [vd(B128), vu(B64), so(B64)];
        GLOBAL_LOAD_TR_B64                   -  0x58 [vd(B64), vu(B64), so(B64)];
    }
    Global VmemStore [STORE] {
        GLOBAL_STORE_B8                   0x18  0x18 [vu(B64), vu(B32), so(B64)];
        GLOBAL_STORE_B16                  0x19  0x19 [vu(B64), vu(B32), so(B64)];
        GLOBAL_STORE_B32                  0x1a  0x1a [vu(B64), vu(B32), so(B64)];
        GLOBAL_STORE_B64                  0x1b  0x1b [vu(B64), vu(B64), so(B64)];
        GLOBAL_STORE_B96                  0x1c  0x1c [vu(B64), vu(B96), so(B64)];
        GLOBAL_STORE_B128                 0x1d  0x1d [vu(B64), vu(B128), so(B64)];
        GLOBAL_STORE_D16_HI_B8            0x24  0x24 [vu(B64), vu(Hi16), so(B64)];
        GLOBAL_STORE_D16_HI_B16           0x25  0x25 [vu(B64), vu(Hi16), so(B64)];
        GLOBAL_STORE_ADDTID_B32           0x29  0x29 [vu(B32), so(B64)];
    }
    Global VmemAtomic [ATOMIC] {
        GLOBAL_ATOMIC_SWAP_B32            0x33  0x33 [vdo(B32), vu(B64), vu(B32), so(B64)];
        GLOBAL_ATOMIC_CMPSWAP_B32         0x34  0x34 [vdo(B32), vu(B64), vu(B64), so(B64)];
        GLOBAL_ATOMIC_ADD_U32             0x35  0x35 [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_SUB_U32             0x36  0x36 [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_CSUB_U32            0x37  0x37 "global_atomic_sub_clamp_u32" [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_MIN_I32             0x38  0x38 [vdo(I32), vu(B64), vu(I32), so(B64)];
        GLOBAL_ATOMIC_MIN_U32             0x39  0x39 [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_MAX_I32             0x3a  0x3a [vdo(I32), vu(B64), vu(I32), so(B64)];
        GLOBAL_ATOMIC_MAX_U32             0x3b  0x3b [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_AND_B32             0x3c  0x3c [vdo(B32), vu(B64), vu(B32), so(B64)];
        GLOBAL_ATOMIC_OR_B32              0x3d  0x3d [vdo(B32), vu(B64), vu(B32), so(B64)];
        GLOBAL_ATOMIC_XOR_B32             0x3e  0x3e [vdo(B32), vu(B64), vu(B32), so(B64)];
        GLOBAL_ATOMIC_INC_U32             0x3f  0x3f [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_DEC_U32             0x40  0x40 [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_SWAP_B64            0x41  0x41 [vdo(B64), vu(B64), vu(B64), so(B64)];
        GLOBAL_ATOMIC_CMPSWAP_B64         0x42  0x42 [vdo(B64), vu(B64), vu(B128), so(B64)];
        GLOBAL_ATOMIC_ADD_U64             0x43  0x43 [vdo(U64), vu(B64), vu(U64), so(B64)];
        GLOBAL_ATOMIC_SUB_U64             0x44  0x44 [vdo(U64), vu(B64), vu(U64), so(B64)];
        GLOBAL_ATOMIC_MIN_I64             0x45  0x45 [vdo(I64), vu(B64), vu(I64), so(B64)];
        GLOBAL_ATOMIC_MIN_U64             0x46  0x46 [vdo(U64), vu(B64), vu(U64), so(B64)];
        GLOBAL_ATOMIC_MAX_I64             0x47  0x47 [vdo(I64), vu(B64), vu(I64), so(B64)];
        GLOBAL_ATOMIC_MAX_U64             0x48  0x48 [vdo(U64), vu(B64), vu(U64), so(B64)];
        GLOBAL_ATOMIC_AND_B64             0x49  0x49 [vdo(B64), vu(B64), vu(B64), so(B64)];
        GLOBAL_ATOMIC_OR_B64              0x4a  0x4a [vdo(B64), vu(B64), vu(B64), so(B64)];
        GLOBAL_ATOMIC_XOR_B64             0x4b  0x4b [vdo(B64), vu(B64), vu(B64), so(B64)];
        GLOBAL_ATOMIC_INC_U64             0x4c  0x4c [vdo(U64), vu(B64), vu(U64), so(B64)];
        GLOBAL_ATOMIC_DEC_U64             0x4d  0x4d [vdo(U64), vu(B64), vu(U64), so(B64)];
        GLOBAL_ATOMIC_CMPSWAP_F32         0x50     - [vdo(F32), vu(B64), vu(B64), so(B64)];
        GLOBAL_ATOMIC_COND_SUB_U32           -  0x50 [vdo(U32), vu(B64), vu(U32), so(B64)];
        GLOBAL_ATOMIC_MIN_F32             0x51  0x51 "global_atomic_min_num_f32" [vdo(F32), vu(B64), vu(F32), so(B64)];
        GLOBAL_ATOMIC_MAX_F32             0x52  0x52 "global_atomic_max_num_f32" [vdo(F32), vu(B64), vu(F32), so(B64)];
        GLOBAL_ATOMIC_ADD_F32             0x56  0x56 [vdo(F32), vu(B64), vu(F32), so(B64)];
        GLOBAL_ATOMIC_PK_ADD_F16             -  0x59 [vdo(PkF16), vu(B64), vu(PkF16), so(B64)];
        GLOBAL_ATOMIC_PK_ADD_BF16            -  0x5a [vdo(B32), vu(B64), vu(B32), so(B64)];
        GLOBAL_ATOMIC_ORDERED_ADD_B64        -  0x73 [vdo(B64), vu(B64), vu(B64), so(B64)];
    }
    Global Control [] {
        GLOBAL_INV                           -  0x2b [];
        GLOBAL_WB                            -  0x2c [];
        GLOBAL_WBINV                         -  0x4f [];
    }
    } };
}
