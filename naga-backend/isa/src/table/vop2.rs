//! Two-source vector ALU (VOP2).
//!
//! An opcode above 0xff is a VOP3 opcode: on that generation the row has the 64-bit form only.

macro_rules! vop2_rows {
    ($then:ident [$($more:ident)*] $($before:tt)*) => { $then! { [$($more)*] $($before)*
    Vop2 Valu [] {
        V_CNDMASK_B32               0x01  0x01 [vd(F32), src(F32), src(F32), MU] NO_OMOD;
        V_DOT2ACC_F32_F16           0x02     - [vdu(F32), src(PkF16), src(PkF16)] NO_E64;
        V_ADD_F64                  0x327  0x02 [vd(F64), src(F64), src(F64)];
        V_ADD_F32                   0x03  0x03 [vd(F32), src(F32), src(F32)];
        V_SUB_F32                   0x04  0x04 [vd(F32), src(F32), src(F32)];
        V_SUBREV_F32                0x05  0x05 [vd(F32), src(F32), src(F32)];
        V_FMAC_DX9_ZERO_F32         0x06     - [vdu(F32), src(F32), src(F32)] NO_DPP;
        V_MUL_F64                  0x328  0x06 [vd(F64), src(F64), src(F64)];
        V_MUL_DX9_ZERO_F32          0x07  0x07 [vd(F32), src(F32), src(F32)];
        V_MUL_F32                   0x08  0x08 [vd(F32), src(F32), src(F32)];
        V_MUL_I32_I24               0x09  0x09 [vd(I32), src(I32), src(I32)] CLAMP;
        V_MUL_HI_I32_I24            0x0a  0x0a [vd(I32), src(I32), src(I32)];
        V_MUL_U32_U24               0x0b  0x0b [vd(U32), src(U32), src(U32)] CLAMP;
        V_MUL_HI_U32_U24            0x0c  0x0c [vd(U32), src(U32), src(U32)];
        V_MIN_F32                   0x0f  0x15 "v_min_num_f32" [vd(F32), src(F32), src(F32)];
        V_MAX_F32                   0x10  0x16 "v_max_num_f32" [vd(F32), src(F32), src(F32)];
        V_MIN_I32                   0x11  0x11 [vd(I32), src(I32), src(I32)];
        V_MAX_I32                   0x12  0x12 [vd(I32), src(I32), src(I32)];
        V_MIN_U32                   0x13  0x13 [vd(U32), src(U32), src(U32)];
        V_MAX_U32                   0x14  0x14 [vd(U32), src(U32), src(U32)];
        V_LSHLREV_B32               0x18  0x18 [vd(U32), src(U32), src(U32)];
        V_LSHRREV_B32               0x19  0x19 [vd(U32), src(U32), src(U32)];
        V_ASHRREV_I32               0x1a  0x1a [vd(I32), src(U32), src(I32)];
        V_AND_B32                   0x1b  0x1b [vd(U32), src(U32), src(U32)];
        V_OR_B32                    0x1c  0x1c [vd(U32), src(U32), src(U32)];
        V_XOR_B32                   0x1d  0x1d [vd(U32), src(U32), src(U32)];
        V_XNOR_B32                  0x1e  0x1e [vd(U32), src(U32), src(U32)];
        V_LSHLREV_B64              0x33c  0x1f [vd(U64), src(U32), src(U64)];
        V_ADD_CO_CI_U32             0x20  0x20 [vd(U32), MD, src(U32), src(U32), MU] CLAMP;
        V_SUB_CO_CI_U32             0x21  0x21 [vd(U32), MD, src(U32), src(U32), MU] CLAMP;
        V_SUBREV_CO_CI_U32          0x22  0x22 [vd(U32), MD, src(U32), src(U32), MU] CLAMP;
        V_ADD_NC_U32                0x25  0x25 [vd(U32), src(U32), src(U32)] CLAMP;
        V_SUB_NC_U32                0x26  0x26 [vd(U32), src(U32), src(U32)] CLAMP;
        V_SUBREV_NC_U32             0x27  0x27 [vd(U32), src(U32), src(U32)] CLAMP;
        V_FMAC_F32                  0x2b  0x2b [vdu(F32), src(F32), src(F32)];
        V_FMAMK_F32                 0x2c  0x2c [vd(F32), src(F32), LIT, vu(F32)];
        V_FMAAK_F32                 0x2d  0x2d [vd(F32), src(F32), vu(F32), LIT];
        V_CVT_PK_RTZ_F16_F32        0x2f  0x2f [vd(PkF16), src(F32), src(F32)] CLAMP;
        V_ADD_F16                   0x32  0x32 [vd(F16), src(F16), src(F16)];
        V_SUB_F16                   0x33  0x33 [vd(F16), src(F16), src(F16)];
        V_SUBREV_F16                0x34  0x34 [vd(F16), src(F16), src(F16)];
        V_MUL_F16                   0x35  0x35 [vd(F16), src(F16), src(F16)];
        V_FMAC_F16                  0x36  0x36 [vdu(F16), src(F16), src(F16)];
        V_FMAMK_F16                 0x37  0x37 [vd(F16), src(F16), LIT, vu(F16)];
        V_FMAAK_F16                 0x38  0x38 [vd(F16), src(F16), vu(F16), LIT];
        V_MAX_F16                   0x39  0x31 "v_max_num_f16" [vd(F16), src(F16), src(F16)];
        V_MIN_F16                   0x3a  0x30 "v_min_num_f16" [vd(F16), src(F16), src(F16)];
        V_LDEXP_F16                 0x3b  0x3b [vd(F16), src(F16), src(I16)];
        V_PK_FMAC_F16               0x3c  0x3c [vdu(PkF16), src(PkF16), src(PkF16)] NO_E64 | NO_DPP;
        V_MIN_F64                  0x329  0x0d "v_min_num_f64" [vd(F64), src(F64), src(F64)];
        V_MAX_F64                  0x32a  0x0e "v_max_num_f64" [vd(F64), src(F64), src(F64)];
    }
    } };
}
