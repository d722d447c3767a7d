//! Scalar ALU, program control, waits and messages: SOP1, SOP2, SOPK, SOPC, SOPP.

macro_rules! sop_rows {
    ($then:ident [$($more:ident)*] $($before:tt)*) => { $then! { [$($more)*] $($before)*
    Sop1 Salu [] {
        S_MOV_B32                   0x00  0x00 [sd(B32), ss(B32)];
        S_MOV_B64                   0x01  0x01 [sd(B64), ss(B64)];
        S_CMOV_B32                  0x02  0x02 [sdu(B32), ss(B32)] READ_SCC;
        S_CMOV_B64                  0x03  0x03 [sdu(B64), ss(B64)] READ_SCC;
        S_BREV_B32                  0x04  0x04 [sd(U32), ss(U32)];
        S_BREV_B64                  0x05  0x05 [sd(U64), ss(U64)];
        S_CTZ_I32_B32               0x08  0x08 [sd(I32), ss(U32)];
        S_CTZ_I32_B64               0x09  0x09 [sd(I32), ss(U64)];
        S_CLZ_I32_U32               0x0a  0x0a [sd(I32), ss(U32)];
        S_CLZ_I32_U64               0x0b  0x0b [sd(I32), ss(U64)];
        S_CLS_I32                   0x0c  0x0c [sd(I32), ss(I32)];
        S_CLS_I32_I64               0x0d  0x0d [sd(I32), ss(I64)];
        S_SEXT_I32_I8               0x0e  0x0e [sd(I32), ss(I32)];
        S_SEXT_I32_I16              0x0f  0x0f [sd(I32), ss(I32)];
        S_BITSET0_B32               0x10  0x10 [sdu(B32), ss(U32)];
        S_BITSET0_B64               0x11  0x11 [sdu(B64), ss(U32)];
        S_BITSET1_B32               0x12  0x12 [sdu(B32), ss(U32)];
        S_BITSET1_B64               0x13  0x13 [sdu(B64), ss(U32)];
        S_BITREPLICATE_B64_B32      0x14  0x14 [sd(U64), ss(U32)];
        S_ABS_I32                   0x15  0x15 [sd(I32), ss(I32)] WRITE_SCC;
        S_BCNT0_I32_B32             0x16  0x16 [sd(I32), ss(U32)] WRITE_SCC;
        S_BCNT0_I32_B64             0x17  0x17 [sd(I32), ss(U64)] WRITE_SCC;
        S_BCNT1_I32_B32             0x18  0x18 [sd(I32), ss(U32)] WRITE_SCC;
        S_BCNT1_I32_B64             0x19  0x19 [sd(I32), ss(U64)] WRITE_SCC;
        S_QUADMASK_B32              0x1a  0x1a [sd(U32), ss(U32)] WRITE_SCC;
        S_QUADMASK_B64              0x1b  0x1b [sd(U64), ss(U64)] WRITE_SCC;
        S_WQM_B32                   0x1c  0x1c [sd(U32), ss(U32)] WRITE_SCC;
        S_WQM_B64                   0x1d  0x1d [sd(U64), ss(U64)] WRITE_SCC;
        S_NOT_B32                   0x1e  0x1e [sd(U32), ss(U32)] WRITE_SCC;
        S_NOT_B64                   0x1f  0x1f [sd(U64), ss(U64)] WRITE_SCC;
        S_AND_SAVEEXEC_B32          0x20  0x20 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_SAVEEXEC_B64          0x21  0x21 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_OR_SAVEEXEC_B32           0x22  0x22 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_OR_SAVEEXEC_B64           0x23  0x23 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_XOR_SAVEEXEC_B32          0x24  0x24 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_XOR_SAVEEXEC_B64          0x25  0x25 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_NAND_SAVEEXEC_B32         0x26  0x26 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_NAND_SAVEEXEC_B64         0x27  0x27 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_NOR_SAVEEXEC_B32          0x28  0x28 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_NOR_SAVEEXEC_B64          0x29  0x29 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_XNOR_SAVEEXEC_B32         0x2a  0x2a [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_XNOR_SAVEEXEC_B64         0x2b  0x2b [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT0_SAVEEXEC_B32     0x2c  0x2c [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT0_SAVEEXEC_B64     0x2d  0x2d [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_OR_NOT0_SAVEEXEC_B32      0x2e  0x2e [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_OR_NOT0_SAVEEXEC_B64      0x2f  0x2f [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT1_SAVEEXEC_B32     0x30  0x30 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT1_SAVEEXEC_B64     0x31  0x31 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_OR_NOT1_SAVEEXEC_B32      0x32  0x32 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_OR_NOT1_SAVEEXEC_B64      0x33  0x33 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT0_WREXEC_B32       0x34  0x34 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT0_WREXEC_B64       0x35  0x35 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT1_WREXEC_B32       0x36  0x36 [sd(U32), ss(U32)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_AND_NOT1_WREXEC_B64       0x37  0x37 [sd(U64), ss(U64)] WRITE_SCC | WRITE_EXEC | READ_EXEC;
        S_MOVRELS_B32               0x40  0x40 [sd(B32), su(B32)] READ_M0;
        S_MOVRELS_B64               0x41  0x41 [sd(B64), su(B64)] READ_M0;
        S_MOVRELD_B32               0x42  0x42 [sd(B32), ss(B32)] READ_M0;
        S_MOVRELD_B64               0x43  0x43 [sd(B64), ss(B64)] READ_M0;
        S_MOVRELSD_2_B32            0x44  0x44 [sd(B32), ss(B32)] READ_M0;
        S_GETPC_B64                 0x47  0x47 [sd(B64)];
        S_CEIL_F32                     -  0x60 [sd(F32), ss(F32)];
        S_FLOOR_F32                    -  0x61 [sd(F32), ss(F32)];
        S_TRUNC_F32                    -  0x62 [sd(F32), ss(F32)];
        S_RNDNE_F32                    -  0x63 [sd(F32), ss(F32)];
        S_CVT_F32_I32                  -  0x64 [sd(F32), ss(I32)];
        S_CVT_F32_U32                  -  0x65 [sd(F32), ss(U32)];
        S_CVT_I32_F32                  -  0x66 [sd(I32), ss(F32)];
        S_CVT_U32_F32                  -  0x67 [sd(U32), ss(F32)];
        S_CVT_F16_F32                  -  0x68 [sd(F16), ss(F32)];
        S_CVT_F32_F16                  -  0x69 [sd(F32), ss(F16)];
        S_CVT_HI_F32_F16               -  0x6a [sd(F32), ss(F16)];
        S_CEIL_F16                     -  0x6b [sd(F16), ss(F16)];
        S_FLOOR_F16                    -  0x6c [sd(F16), ss(F16)];
        S_TRUNC_F16                    -  0x6d [sd(F16), ss(F16)];
        S_RNDNE_F16                    -  0x6e [sd(F16), ss(F16)];
    }
    Sop1 Branch [] {
        S_SETPC_B64                 0x48  0x48 [su(B64)] WRITE_PC;
        S_SWAPPC_B64                0x49  0x49 [sd(B64), su(B64)] WRITE_PC;
        S_RFE_B64                   0x4a  0x4a [su(B64)] WRITE_PC;
    }
    Sop1 Barrier [] {
        S_BARRIER_SIGNAL               -  0x4e [ss(B32)];
        S_BARRIER_SIGNAL_ISFIRST       -  0x4f [ss(B32)] WRITE_SCC;
        S_GET_BARRIER_STATE            -  0x50 [sd(B32), ss(B32)];
        S_BARRIER_INIT                 -  0x51 [ss(B32)];
        S_BARRIER_JOIN                 -  0x52 [ss(B32)];
    }
    Sop1 Control [] {
        S_SENDMSG_RTN_B32           0x4c  0x4c [sd(B32), IMM];
        S_SENDMSG_RTN_B64           0x4d  0x4d [sd(B64), IMM];
        S_ALLOC_VGPR                   -  0x53 [ss(B32)] WRITE_SCC;
    }
    Sop1 Wait [] {
        S_SLEEP_VAR                    -  0x58 [ss(B32)];
    }
    Sop2 Salu [] {
        S_ADD_U32                   0x00  0x00 "s_add_co_u32" [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_SUB_U32                   0x01  0x01 "s_sub_co_u32" [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_ADD_I32                   0x02  0x02 "s_add_co_i32" [sd(I32), ss(I32), ss(I32)] WRITE_SCC;
        S_SUB_I32                   0x03  0x03 "s_sub_co_i32" [sd(I32), ss(I32), ss(I32)] WRITE_SCC;
        S_ADDC_U32                  0x04  0x04 "s_add_co_ci_u32" [sd(U32), ss(U32), ss(U32)] READ_SCC | WRITE_SCC;
        S_SUBB_U32                  0x05  0x05 "s_sub_co_ci_u32" [sd(U32), ss(U32), ss(U32)] READ_SCC | WRITE_SCC;
        S_ABSDIFF_I32               0x06  0x06 [sd(I32), ss(I32), ss(I32)] WRITE_SCC;
        S_LSHL_B32                  0x08  0x08 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_LSHL_B64                  0x09  0x09 [sd(U64), ss(U64), ss(U32)] WRITE_SCC;
        S_LSHR_B32                  0x0a  0x0a [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_LSHR_B64                  0x0b  0x0b [sd(U64), ss(U64), ss(U32)] WRITE_SCC;
        S_ASHR_I32                  0x0c  0x0c [sd(I32), ss(I32), ss(U32)] WRITE_SCC;
        S_ASHR_I64                  0x0d  0x0d [sd(I64), ss(I64), ss(U32)] WRITE_SCC;
        S_LSHL1_ADD_U32             0x0e  0x0e [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_LSHL2_ADD_U32             0x0f  0x0f [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_LSHL3_ADD_U32             0x10  0x10 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_LSHL4_ADD_U32             0x11  0x11 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_MIN_I32                   0x12  0x12 [sd(I32), ss(I32), ss(I32)] WRITE_SCC;
        S_MIN_U32                   0x13  0x13 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_MAX_I32                   0x14  0x14 [sd(I32), ss(I32), ss(I32)] WRITE_SCC;
        S_MAX_U32                   0x15  0x15 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_AND_B32                   0x16  0x16 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_AND_B64                   0x17  0x17 [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_OR_B32                    0x18  0x18 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_OR_B64                    0x19  0x19 [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_XOR_B32                   0x1a  0x1a [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_XOR_B64                   0x1b  0x1b [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_NAND_B32                  0x1c  0x1c [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_NAND_B64                  0x1d  0x1d [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_NOR_B32                   0x1e  0x1e [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_NOR_B64                   0x1f  0x1f [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_XNOR_B32                  0x20  0x20 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_XNOR_B64                  0x21  0x21 [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_AND_NOT1_B32              0x22  0x22 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_AND_NOT1_B64              0x23  0x23 [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_OR_NOT1_B32               0x24  0x24 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_OR_NOT1_B64               0x25  0x25 [sd(U64), ss(U64), ss(U64)] WRITE_SCC;
        S_BFE_U32                   0x26  0x26 [sd(U32), ss(U32), ss(U32)] WRITE_SCC;
        S_BFE_I32                   0x27  0x27 [sd(I32), ss(I32), ss(U32)] WRITE_SCC;
        S_BFE_U64                   0x28  0x28 [sd(U64), ss(U64), ss(U32)] WRITE_SCC;
        S_BFE_I64                   0x29  0x29 [sd(I64), ss(I64), ss(U32)] WRITE_SCC;
        S_BFM_B32                   0x2a  0x2a [sd(U32), ss(U32), ss(U32)];
        S_BFM_B64                   0x2b  0x2b [sd(U64), ss(U32), ss(U32)];
        S_MUL_I32                   0x2c  0x2c [sd(I32), ss(I32), ss(I32)];
        S_MUL_HI_U32                0x2d  0x2d [sd(U32), ss(U32), ss(U32)];
        S_MUL_HI_I32                0x2e  0x2e [sd(I32), ss(I32), ss(I32)];
        S_CSELECT_B32               0x30  0x30 [sd(B32), ss(B32), ss(B32)] READ_SCC;
        S_CSELECT_B64               0x31  0x31 [sd(B64), ss(B64), ss(B64)] READ_SCC;
        S_PACK_LL_B32_B16           0x32  0x32 [sd(B32), ss(B32), ss(B32)];
        S_PACK_LH_B32_B16           0x33  0x33 [sd(B32), ss(B32), ss(B32)];
        S_PACK_HH_B32_B16           0x34  0x34 [sd(B32), ss(B32), ss(B32)];
        S_PACK_HL_B32_B16           0x35  0x35 [sd(B32), ss(B32), ss(B32)];
        S_ADD_F32                      -  0x40 [sd(F32), ss(F32), ss(F32)];
        S_SUB_F32                      -  0x41 [sd(F32), ss(F32), ss(F32)];
        S_MUL_F32                      -  0x44 [sd(F32), ss(F32), ss(F32)];
        S_FMAAK_F32                    -  0x45 [sd(F32), ss(F32), ss(F32), LIT];
        S_FMAMK_F32                    -  0x46 [sd(F32), ss(F32), LIT, ss(F32)];
        S_FMAC_F32                     -  0x47 [sdu(F32), ss(F32), ss(F32)];
        S_CVT_PK_RTZ_F16_F32           -  0x48 [sd(PkF16), ss(F32), ss(F32)];
        S_ADD_F16                      -  0x49 [sd(F16), ss(F16), ss(F16)];
        S_SUB_F16                      -  0x4a [sd(F16), ss(F16), ss(F16)];
        S_MUL_F16                      -  0x4d [sd(F16), ss(F16), ss(F16)];
        S_FMAC_F16                     -  0x4e [sdu(F16), ss(F16), ss(F16)];
        S_MINIMUM_F32                  -  0x4f [sd(F32), ss(F32), ss(F32)];
        S_MAXIMUM_F32                  -  0x50 [sd(F32), ss(F32), ss(F32)];
        S_MINIMUM_F16                  -  0x51 [sd(F16), ss(F16), ss(F16)];
        S_MAXIMUM_F16                  -  0x52 [sd(F16), ss(F16), ss(F16)];
        S_ADD_NC_U64                   -  0x53 [sd(U64), ss(U64), ss(U64)];
        S_SUB_NC_U64                   -  0x54 [sd(U64), ss(U64), ss(U64)];
        S_MUL_U64                      -  0x55 [sd(U64), ss(U64), ss(U64)];
        S_MIN_NUM_F32                  -  0x42 [sd(F32), ss(F32), ss(F32)];
        S_MAX_NUM_F32                  -  0x43 [sd(F32), ss(F32), ss(F32)];
        S_MIN_NUM_F16                  -  0x4b [sd(F16), ss(F16), ss(F16)];
        S_MAX_NUM_F16                  -  0x4c [sd(F16), ss(F16), ss(F16)];
    }
    Sopc Salu [WRITE_SCC] {
        S_CMP_EQ_I32                0x00  0x00 [ss(I32), ss(I32)];
        S_CMP_LG_I32                0x01  0x01 [ss(I32), ss(I32)];
        S_CMP_GT_I32                0x02  0x02 [ss(I32), ss(I32)];
        S_CMP_GE_I32                0x03  0x03 [ss(I32), ss(I32)];
        S_CMP_LT_I32                0x04  0x04 [ss(I32), ss(I32)];
        S_CMP_LE_I32                0x05  0x05 [ss(I32), ss(I32)];
        S_CMP_EQ_U32                0x06  0x06 [ss(U32), ss(U32)];
        S_CMP_LG_U32                0x07  0x07 [ss(U32), ss(U32)];
        S_CMP_GT_U32                0x08  0x08 [ss(U32), ss(U32)];
        S_CMP_GE_U32                0x09  0x09 [ss(U32), ss(U32)];
        S_CMP_LT_U32                0x0a  0x0a [ss(U32), ss(U32)];
        S_CMP_LE_U32                0x0b  0x0b [ss(U32), ss(U32)];
        S_BITCMP0_B32               0x0c  0x0c [ss(U32), ss(U32)];
        S_BITCMP1_B32               0x0d  0x0d [ss(U32), ss(U32)];
        S_BITCMP0_B64               0x0e  0x0e [ss(U64), ss(U32)];
        S_BITCMP1_B64               0x0f  0x0f [ss(U64), ss(U32)];
        S_CMP_EQ_U64                0x10  0x10 [ss(U64), ss(U64)];
        S_CMP_LG_U64                0x11  0x11 [ss(U64), ss(U64)];
        S_CMP_LT_F32                   -  0x41 [ss(F32), ss(F32)];
        S_CMP_EQ_F32                   -  0x42 [ss(F32), ss(F32)];
        S_CMP_LE_F32                   -  0x43 [ss(F32), ss(F32)];
        S_CMP_GT_F32                   -  0x44 [ss(F32), ss(F32)];
        S_CMP_LG_F32                   -  0x45 [ss(F32), ss(F32)];
        S_CMP_GE_F32                   -  0x46 [ss(F32), ss(F32)];
        S_CMP_O_F32                    -  0x47 [ss(F32), ss(F32)];
        S_CMP_U_F32                    -  0x48 [ss(F32), ss(F32)];
        S_CMP_NGE_F32                  -  0x49 [ss(F32), ss(F32)];
        S_CMP_NLG_F32                  -  0x4a [ss(F32), ss(F32)];
        S_CMP_NGT_F32                  -  0x4b [ss(F32), ss(F32)];
        S_CMP_NLE_F32                  -  0x4c [ss(F32), ss(F32)];
        S_CMP_NEQ_F32                  -  0x4d [ss(F32), ss(F32)];
        S_CMP_NLT_F32                  -  0x4e [ss(F32), ss(F32)];
        S_CMP_LT_F16                   -  0x51 [ss(F16), ss(F16)];
        S_CMP_EQ_F16                   -  0x52 [ss(F16), ss(F16)];
        S_CMP_LE_F16                   -  0x53 [ss(F16), ss(F16)];
        S_CMP_GT_F16                   -  0x54 [ss(F16), ss(F16)];
        S_CMP_LG_F16                   -  0x55 [ss(F16), ss(F16)];
        S_CMP_GE_F16                   -  0x56 [ss(F16), ss(F16)];
        S_CMP_O_F16                    -  0x57 [ss(F16), ss(F16)];
        S_CMP_U_F16                    -  0x58 [ss(F16), ss(F16)];
        S_CMP_NGE_F16                  -  0x59 [ss(F16), ss(F16)];
        S_CMP_NLG_F16                  -  0x5a [ss(F16), ss(F16)];
        S_CMP_NGT_F16                  -  0x5b [ss(F16), ss(F16)];
        S_CMP_NLE_F16                  -  0x5c [ss(F16), ss(F16)];
        S_CMP_NEQ_F16                  -  0x5d [ss(F16), ss(F16)];
        S_CMP_NLT_F16                  -  0x5e [ss(F16), ss(F16)];
    }
    Sopk Salu [] {
        S_MOVK_I32                      0x00  0x00 [sd(I32), IMM];
        S_VERSION                       0x01  0x01 [IMM];
        S_CMOVK_I32                     0x02  0x02 [sdu(I32), IMM] READ_SCC;
        S_CMPK_EQ_I32                   0x03     - [su(I32), IMM] WRITE_SCC;
        S_CMPK_LG_I32                   0x04     - [su(I32), IMM] WRITE_SCC;
        S_CMPK_GT_I32                   0x05     - [su(I32), IMM] WRITE_SCC;
        S_CMPK_GE_I32                   0x06     - [su(I32), IMM] WRITE_SCC;
        S_CMPK_LT_I32                   0x07     - [su(I32), IMM] WRITE_SCC;
        S_CMPK_LE_I32                   0x08     - [su(I32), IMM] WRITE_SCC;
        S_CMPK_EQ_U32                   0x09     - [su(U32), IMM] WRITE_SCC;
        S_CMPK_LG_U32                   0x0a     - [su(U32), IMM] WRITE_SCC;
        S_CMPK_GT_U32                   0x0b     - [su(U32), IMM] WRITE_SCC;
        S_CMPK_GE_U32                   0x0c     - [su(U32), IMM] WRITE_SCC;
        S_CMPK_LT_U32                   0x0d     - [su(U32), IMM] WRITE_SCC;
        S_CMPK_LE_U32                   0x0e     - [su(U32), IMM] WRITE_SCC;
        S_ADDK_I32                      0x0f  0x0f "s_addk_co_i32" [sdu(I32), IMM] WRITE_SCC;
        S_MULK_I32                      0x10  0x10 [sdu(I32), IMM];
        S_GETREG_B32                    0x11  0x11 [sd(B32), IMM] READ_MODE;
        S_SETREG_B32                    0x12  0x12 [IMM, su(B32)] WRITE_MODE;
        S_SETREG_IMM32_B32              0x13  0x13 [IMM, LIT] WRITE_MODE;
    }
    Sopk Branch [WRITE_PC] {
        S_CALL_B64                      0x14  0x14 [sd(B64), IMM];
        S_SUBVECTOR_LOOP_BEGIN          0x16     - [sd(B32), IMM] READ_EXEC | WRITE_EXEC;
        S_SUBVECTOR_LOOP_END            0x17     - [sdu(B32), IMM] READ_EXEC | WRITE_EXEC;
    }
    Sopk Wait [] {
        S_WAITCNT_VSCNT                 0x18     - [su(B32), IMM];
        S_WAITCNT_VMCNT                 0x19     - [su(B32), IMM];
        S_WAITCNT_EXPCNT                0x1a     - [su(B32), IMM];
        S_WAITCNT_LGKMCNT               0x1b     - [su(B32), IMM];
    }
    Sopp Wait [] {
        S_NOP                           0x00  0x00 [IMM];
        S_SLEEP                         0x03  0x03 [IMM];
        S_SET_INST_PREFETCH_DISTANCE    0x04     - [IMM];
        S_CLAUSE                        0x05  0x05 [IMM];
        S_DELAY_ALU                     0x07  0x07 [IMM];
        S_WAITCNT_DEPCTR                0x08  0x08 "s_wait_alu" [IMM];
        S_WAITCNT                       0x09  0x09 [IMM];
        S_WAIT_IDLE                     0x0a  0x0a [];
        S_WAIT_EVENT                    0x0b  0x0b [IMM];
        S_WAIT_LOADCNT                     -  0x40 [IMM];
        S_WAIT_STORECNT                    -  0x41 [IMM];
        S_WAIT_SAMPLECNT                   -  0x42 [IMM];
        S_WAIT_BVHCNT                      -  0x43 [IMM];
        S_WAIT_EXPCNT                      -  0x44 [IMM];
        S_WAIT_DSCNT                       -  0x46 [IMM];
        S_WAIT_KMCNT                       -  0x47 [IMM];
        S_WAIT_LOADCNT_DSCNT               -  0x48 [IMM];
        S_WAIT_STORECNT_DSCNT              -  0x49 [IMM];
    }
    Sopp Control [] {
        S_SETKILL                       0x01  0x01 [IMM];
        S_SETHALT                       0x02  0x02 [IMM];
        S_TRAP                          0x10  0x10 [IMM];
        S_ROUND_MODE                    0x11  0x11 [IMM] WRITE_MODE;
        S_DENORM_MODE                   0x12  0x12 [IMM] WRITE_MODE;
        S_CODE_END                      0x1f  0x1f [];
        S_WAKEUP                        0x34  0x34 [];
        S_SETPRIO                       0x35  0x35 [IMM];
        S_SENDMSG                       0x36  0x36 [IMM] READ_M0;
        S_SENDMSGHALT                   0x37  0x37 [IMM] READ_M0;
        S_INCPERFLEVEL                  0x38  0x38 [IMM];
        S_DECPERFLEVEL                  0x39  0x39 [IMM];
        S_TTRACEDATA                    0x3a  0x3a [] READ_M0;
        S_TTRACEDATA_IMM                0x3b  0x3b [IMM];
        S_ICACHE_INV                    0x3c  0x3c [];
    }
    Sopp Barrier [] {
        S_BARRIER                       0x3d     - [];
        S_BARRIER_WAIT                     -  0x14 [IMM];
        S_BARRIER_LEAVE                    -  0x15 [] WRITE_SCC;
    }
    Sopp Branch [WRITE_PC] {
        S_BRANCH                        0x20  0x20 [IMM];
        S_CBRANCH_SCC0                  0x21  0x21 [IMM] READ_SCC;
        S_CBRANCH_SCC1                  0x22  0x22 [IMM] READ_SCC;
        S_CBRANCH_VCCZ                  0x23  0x23 [IMM] READ_VCC;
        S_CBRANCH_VCCNZ                 0x24  0x24 [IMM] READ_VCC;
        S_CBRANCH_EXECZ                 0x25  0x25 [IMM] READ_EXEC;
        S_CBRANCH_EXECNZ                0x26  0x26 [IMM] READ_EXEC;
        S_CBRANCH_CDBGSYS               0x27     - [IMM];
        S_CBRANCH_CDBGUSER              0x28     - [IMM];
        S_CBRANCH_CDBGSYS_OR_USER       0x29     - [IMM];
        S_CBRANCH_CDBGSYS_AND_USER      0x2a     - [IMM];
        S_ENDPGM                        0x30  0x30 [];
        S_ENDPGM_SAVED                  0x31  0x31 [];
        S_ENDPGM_ORDERED_PS_DONE        0x32     - [];
    }
    } };
}
