//! Packed math, dot products, mixed precision, matrices (VOP3P); parameter interpolation (VINTERP).

macro_rules! vop3p_rows {
    ($then:ident [$($more:ident)*] $($before:tt)*) => { $then! { [$($more)*] $($before)*
    Vop3p Valu [] {
        V_PK_MAD_I16                0x00  0x00 [vd(Pk16), src(Pk16), src(Pk16), src(Pk16)];
        V_PK_MUL_LO_U16             0x01  0x01 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_ADD_I16                0x02  0x02 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_SUB_I16                0x03  0x03 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_LSHLREV_B16            0x04  0x04 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_LSHRREV_B16            0x05  0x05 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_ASHRREV_I16            0x06  0x06 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_MAX_I16                0x07  0x07 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_MIN_I16                0x08  0x08 [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_MAD_U16                0x09  0x09 [vd(Pk16), src(Pk16), src(Pk16), src(Pk16)];
        V_PK_ADD_U16                0x0a  0x0a [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_SUB_U16                0x0b  0x0b [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_MAX_U16                0x0c  0x0c [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_MIN_U16                0x0d  0x0d [vd(Pk16), src(Pk16), src(Pk16)];
        V_PK_FMA_F16                0x0e  0x0e [vd(PkF16), src(PkF16), src(PkF16), src(PkF16)];
        V_PK_ADD_F16                0x0f  0x0f [vd(PkF16), src(PkF16), src(PkF16)];
        V_PK_MUL_F16                0x10  0x10 [vd(PkF16), src(PkF16), src(PkF16)];
        V_PK_MIN_F16                0x11  0x1b "v_pk_min_num_f16" [vd(PkF16), src(PkF16), src(PkF16)];
        V_PK_MAX_F16                0x12  0x1c "v_pk_max_num_f16" [vd(PkF16), src(PkF16), src(PkF16)];
        V_DOT2_F32_F16              0x13  0x13 [vd(F32), src(PkF16), src(PkF16), src(F32)];
        V_DOT4_I32_IU8              0x16  0x16 [vd(I32), src(B32), src(B32), src(I32)];
        V_DOT4_U32_U8               0x17  0x17 [vd(U32), src(B32), src(B32), src(U32)];
        V_DOT8_I32_IU4              0x18  0x18 [vd(I32), src(B32), src(B32), src(I32)];
        V_DOT8_U32_U4               0x19  0x19 [vd(U32), src(B32), src(B32), src(U32)];
        V_DOT2_F32_BF16             0x1a  0x1a [vd(F32), src(PkBf16), src(PkBf16), src(F32)];
        V_PK_MINIMUM_F16               -  0x1d [vd(PkF16), src(PkF16), src(PkF16)];
        V_PK_MAXIMUM_F16               -  0x1e [vd(PkF16), src(PkF16), src(PkF16)];
        V_FMA_MIX_F32               0x20  0x20 [vd(F32), src(F32), src(F32), src(F32)];
        V_FMA_MIXLO_F16             0x21  0x21 [vd(Lo16), src(F32), src(F32), src(F32)];
        V_FMA_MIXHI_F16             0x22  0x22 [vd(Hi16), src(F32), src(F32), src(F32)];
        V_DOT4_F32_FP8_BF8             -  0x24 [vd(F32), src(B32), src(B32), src(F32)];
        V_DOT4_F32_BF8_FP8             -  0x25 [vd(F32), src(B32), src(B32), src(F32)];
        V_DOT4_F32_FP8_FP8             -  0x26 [vd(F32), src(B32), src(B32), src(F32)];
        V_DOT4_F32_BF8_BF8             -  0x27 [vd(F32), src(B32), src(B32), src(F32)];
    }
    Vop3p Wmma [IGNORES_EXEC] {
        V_WMMA_F32_16X16X16_F16               0x40     - [vd(B256), vu(B256), vu(B256), src(B256)];
        V_WMMA_F32_16X16X16_F16_GFX12            -  0x40 "v_wmma_f32_16x16x16_f16" [vd(B256), vu(B128), vu(B128), src(B256)];
        V_WMMA_F32_16X16X16_BF16              0x41     - [vd(B256), vu(B256), vu(B256), src(B256)];
        V_WMMA_F32_16X16X16_BF16_GFX12           -  0x41 "v_wmma_f32_16x16x16_bf16" [vd(B256), vu(B128), vu(B128), src(B256)];
        V_WMMA_F16_16X16X16_F16               0x42     - [vd(B256), vu(B256), vu(B256), src(B256)];
        V_WMMA_F16_16X16X16_F16_GFX12            -  0x42 "v_wmma_f16_16x16x16_f16" [vd(B128), vu(B128), vu(B128), src(B128)];
        V_WMMA_BF16_16X16X16_BF16             0x43     - [vd(B256), vu(B256), vu(B256), src(B256)];
        V_WMMA_BF16_16X16X16_BF16_GFX12          -  0x43 "v_wmma_bf16_16x16x16_bf16" [vd(B128), vu(B128), vu(B128), src(B128)];
        V_WMMA_I32_16X16X16_IU8               0x44     - [vd(B256), vu(B128), vu(B128), src(B256)];
        V_WMMA_I32_16X16X16_IU8_GFX12            -  0x44 "v_wmma_i32_16x16x16_iu8" [vd(B256), vu(B64), vu(B64), src(B256)];
        V_WMMA_I32_16X16X16_IU4               0x45     - [vd(B256), vu(B64), vu(B64), src(B256)];
        V_WMMA_I32_16X16X16_IU4_GFX12            -  0x45 "v_wmma_i32_16x16x16_iu4" [vd(B256), vu(B32), vu(B32), src(B256)];
        V_WMMA_F32_16X16X16_FP8_FP8              -  0x46 [vd(B256), vu(B64), vu(B64), src(B256)];
        V_WMMA_F32_16X16X16_FP8_BF8              -  0x47 [vd(B256), vu(B64), vu(B64), src(B256)];
        V_WMMA_F32_16X16X16_BF8_FP8              -  0x48 [vd(B256), vu(B64), vu(B64), src(B256)];
        V_WMMA_F32_16X16X16_BF8_BF8              -  0x49 [vd(B256), vu(B64), vu(B64), src(B256)];
        V_WMMA_I32_16X16X32_IU4                  -  0x4a [vd(B256), vu(B64), vu(B64), src(B256)];
        V_SWMMAC_F32_16X16X32_F16                -  0x50 [vdu(B256), vu(B128), vu(B256), vu(B32)];
        V_SWMMAC_F32_16X16X32_BF16               -  0x51 [vdu(B256), vu(B128), vu(B256), vu(B32)];
        V_SWMMAC_F16_16X16X32_F16                -  0x52 [vdu(B128), vu(B128), vu(B256), vu(B32)];
        V_SWMMAC_BF16_16X16X32_BF16              -  0x53 [vdu(B128), vu(B128), vu(B256), vu(B32)];
        V_SWMMAC_I32_16X16X32_IU8                -  0x54 [vdu(B256), vu(B64), vu(B128), vu(B32)];
        V_SWMMAC_I32_16X16X32_IU4                -  0x55 [vdu(B256), vu(B32), vu(B64), vu(B32)];
        V_SWMMAC_I32_16X16X64_IU4                -  0x56 [vdu(B256), vu(B64), vu(B128), vu(B32)];
        V_SWMMAC_F32_16X16X32_FP8_FP8            -  0x57 [vdu(B256), vu(B64), vu(B128), vu(B32)];
        V_SWMMAC_F32_16X16X32_FP8_BF8            -  0x58 [vdu(B256), vu(B64), vu(B128), vu(B32)];
        V_SWMMAC_F32_16X16X32_BF8_FP8            -  0x59 [vdu(B256), vu(B64), vu(B128), vu(B32)];
        V_SWMMAC_F32_16X16X32_BF8_BF8            -  0x5a [vdu(B256), vu(B64), vu(B128), vu(B32)];
    }
    Vinterp Valu [] {
        V_INTERP_P10_F32            0x00  0x00 [vd(F32), vu(F32), vu(F32), vu(F32), IMM];
        V_INTERP_P2_F32             0x01  0x01 [vd(F32), vu(F32), vu(F32), vu(F32), IMM];
        V_INTERP_P10_F16_F32        0x02  0x02 [vd(F32), vu(F16), vu(F32), vu(F16), IMM];
        V_INTERP_P2_F16_F32         0x03  0x03 [vd(F16), vu(F16), vu(F32), vu(F32), IMM];
        V_INTERP_P10_RTZ_F16_F32    0x04  0x04 [vd(F32), vu(F16), vu(F32), vu(F16), IMM];
        V_INTERP_P2_RTZ_F16_F32     0x05  0x05 [vd(F16), vu(F16), vu(F32), vu(F32), IMM];
    }
    } };
}
