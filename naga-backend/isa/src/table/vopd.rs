//! Halves of dual instructions (VOPD). Opcodes from 0x10 exist in the Y half only.

macro_rules! vopd_rows {
    ($then:ident [$($more:ident)*] $($before:tt)*) => { $then! { [$($more)*] $($before)*
    Vopd Vopd [] {
        V_DUAL_FMAC_F32             0x00  0x00 [vdu(F32), src(F32), vu(F32)];
        V_DUAL_FMAAK_F32            0x01  0x01 [vd(F32), src(F32), vu(F32), LIT];
        V_DUAL_FMAMK_F32            0x02  0x02 [vd(F32), src(F32), LIT, vu(F32)];
        V_DUAL_MUL_F32              0x03  0x03 [vd(F32), src(F32), vu(F32)];
        V_DUAL_ADD_F32              0x04  0x04 [vd(F32), src(F32), vu(F32)];
        V_DUAL_SUB_F32              0x05  0x05 [vd(F32), src(F32), vu(F32)];
        V_DUAL_SUBREV_F32           0x06  0x06 [vd(F32), src(F32), vu(F32)];
        V_DUAL_MUL_DX9_ZERO_F32     0x07  0x07 [vd(F32), src(F32), vu(F32)];
        V_DUAL_MOV_B32              0x08  0x08 [vd(B32), src(B32)];
        V_DUAL_CNDMASK_B32          0x09  0x09 [vd(F32), src(F32), vu(F32)] READ_VCC;
        V_DUAL_MAX_F32              0x0a  0x0a "v_dual_max_num_f32" [vd(F32), src(F32), vu(F32)];
        V_DUAL_MIN_F32              0x0b  0x0b "v_dual_min_num_f32" [vd(F32), src(F32), vu(F32)];
        V_DUAL_DOT2ACC_F32_F16      0x0c  0x0c [vdu(F32), src(PkF16), vu(PkF16)];
        V_DUAL_DOT2ACC_F32_BF16     0x0d  0x0d [vdu(F32), src(PkBf16), vu(PkBf16)];
        V_DUAL_ADD_NC_U32           0x10  0x10 [vd(U32), src(U32), vu(U32)];
        V_DUAL_LSHLREV_B32          0x11  0x11 [vd(B32), src(B32), vu(B32)];
        V_DUAL_AND_B32              0x12  0x12 [vd(B32), src(B32), vu(B32)];
    }
    } };
}
