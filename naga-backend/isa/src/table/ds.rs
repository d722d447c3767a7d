//! Local data share (DS, LDSDIR).

macro_rules! ds_rows {
    ($then:ident [$($more:ident)*] $($before:tt)*) => { $then! { [$($more)*] $($before)*
    LdsDir Lds [LOAD | READ_M0] {
        LDS_PARAM_LOAD              0x00  0x00 "ds_param_load" [vd(B32), IMM, IMM];
        LDS_DIRECT_LOAD             0x01  0x01 "ds_direct_load" [vd(B32), IMM];
    }
    Ds Lds [LOAD] {
        DS_LOAD_B32                           0x36  0x36 [vd(B32), vu(B32)];
        DS_LOAD_2ADDR_B32                     0x37  0x37 [vd(B64), vu(B32)];
        DS_LOAD_2ADDR_STRIDE64_B32            0x38  0x38 [vd(B64), vu(B32)];
        DS_LOAD_I8                            0x39  0x39 [vd(B32), vu(B32)];
        DS_LOAD_U8                            0x3a  0x3a [vd(B32), vu(B32)];
        DS_LOAD_I16                           0x3b  0x3b [vd(B32), vu(B32)];
        DS_LOAD_U16                           0x3c  0x3c [vd(B32), vu(B32)];
        DS_LOAD_B64                           0x76  0x76 [vd(B64), vu(B32)];
        DS_LOAD_2ADDR_B64                     0x77  0x77 [vd(B128), vu(B32)];
        DS_LOAD_2ADDR_STRIDE64_B64            0x78  0x78 [vd(B128), vu(B32)];
        DS_LOAD_U8_D16                        0xa2  0xa2 [vd(Lo16), vu(B32)];
        DS_LOAD_U8_D16_HI                     0xa3  0xa3 [vd(Hi16), vu(B32)];
        DS_LOAD_I8_D16                        0xa4  0xa4 [vd(Lo16), vu(B32)];
        DS_LOAD_I8_D16_HI                     0xa5  0xa5 [vd(Hi16), vu(B32)];
        DS_LOAD_U16_D16                       0xa6  0xa6 [vd(Lo16), vu(B32)];
        DS_LOAD_U16_D16_HI                    0xa7  0xa7 [vd(Hi16), vu(B32)];
        DS_LOAD_ADDTID_B32                    0xb1  0xb1 [vd(B32)] READ_M0;
        DS_LOAD_B96                           0xfe  0xfe [vd(B96), vu(B32)];
        DS_LOAD_B128                          0xff  0xff [vd(B128), vu(B32)];
    }
    Ds Lds [STORE] {
        DS_STORE_B32                          0x0d  0x0d [vu(B32), vu(B32)];
        DS_STORE_2ADDR_B32                    0x0e  0x0e [vu(B32), vu(B32), vu(B32)];
        DS_STORE_2ADDR_STRIDE64_B32           0x0f  0x0f [vu(B32), vu(B32), vu(B32)];
        DS_STORE_B8                           0x1e  0x1e [vu(B32), vu(B32)];
        DS_STORE_B16                          0x1f  0x1f [vu(B32), vu(B32)];
        DS_STORE_B64                          0x4d  0x4d [vu(B32), vu(B64)];
        DS_STORE_2ADDR_B64                    0x4e  0x4e [vu(B32), vu(B64), vu(B64)];
        DS_STORE_2ADDR_STRIDE64_B64           0x4f  0x4f [vu(B32), vu(B64), vu(B64)];
        DS_STORE_B8_D16_HI                    0xa0  0xa0 [vu(B32), vu(Hi16)];
        DS_STORE_B16_D16_HI                   0xa1  0xa1 [vu(B32), vu(Hi16)];
        DS_STORE_ADDTID_B32                   0xb0  0xb0 [vu(B32)] READ_M0;
        DS_STORE_B96                          0xde  0xde [vu(B32), vu(B96)];
        DS_STORE_B128                         0xdf  0xdf [vu(B32), vu(B128)];
    }
    Ds Lds [ATOMIC] {
        DS_ADD_U32                            0x00  0x00 [vu(B32), vu(U32)];
        DS_SUB_U32                            0x01  0x01 [vu(B32), vu(U32)];
        DS_RSUB_U32                           0x02  0x02 [vu(B32), vu(U32)];
        DS_INC_U32                            0x03  0x03 [vu(B32), vu(U32)];
        DS_DEC_U32                            0x04  0x04 [vu(B32), vu(U32)];
        DS_MIN_I32                            0x05  0x05 [vu(B32), vu(I32)];
        DS_MAX_I32                            0x06  0x06 [vu(B32), vu(I32)];
        DS_MIN_U32                            0x07  0x07 [vu(B32), vu(U32)];
        DS_MAX_U32                            0x08  0x08 [vu(B32), vu(U32)];
        DS_AND_B32                            0x09  0x09 [vu(B32), vu(B32)];
        DS_OR_B32                             0x0a  0x0a [vu(B32), vu(B32)];
        DS_XOR_B32                            0x0b  0x0b [vu(B32), vu(B32)];
        DS_MSKOR_B32                          0x0c  0x0c [vu(B32), vu(B32), vu(B32)];
        DS_CMPSTORE_B32                       0x10  0x10 [vu(B32), vu(B32), vu(B32)];
        DS_CMPSTORE_F32                       0x11     - [vu(B32), vu(F32), vu(F32)];
        DS_MIN_F32                            0x12  0x12 "ds_min_num_f32" [vu(B32), vu(F32)];
        DS_MAX_F32                            0x13  0x13 "ds_max_num_f32" [vu(B32), vu(F32)];
        DS_ADD_F32                            0x15  0x15 [vu(B32), vu(F32)];
        DS_ADD_RTN_U32                        0x20  0x20 [vd(U32), vu(B32), vu(U32)];
        DS_SUB_RTN_U32                        0x21  0x21 [vd(U32), vu(B32), vu(U32)];
        DS_RSUB_RTN_U32                       0x22  0x22 [vd(U32), vu(B32), vu(U32)];
        DS_INC_RTN_U32                        0x23  0x23 [vd(U32), vu(B32), vu(U32)];
        DS_DEC_RTN_U32                        0x24  0x24 [vd(U32), vu(B32), vu(U32)];
        DS_MIN_RTN_I32                        0x25  0x25 [vd(I32), vu(B32), vu(I32)];
        DS_MAX_RTN_I32                        0x26  0x26 [vd(I32), vu(B32), vu(I32)];
        DS_MIN_RTN_U32                        0x27  0x27 [vd(U32), vu(B32), vu(U32)];
        DS_MAX_RTN_U32                        0x28  0x28 [vd(U32), vu(B32), vu(U32)];
        DS_AND_RTN_B32                        0x29  0x29 [vd(B32), vu(B32), vu(B32)];
        DS_OR_RTN_B32                         0x2a  0x2a [vd(B32), vu(B32), vu(B32)];
        DS_XOR_RTN_B32                        0x2b  0x2b [vd(B32), vu(B32), vu(B32)];
        DS_MSKOR_RTN_B32                      0x2c  0x2c [vd(B32), vu(B32), vu(B32), vu(B32)];
        DS_STOREXCHG_RTN_B32                  0x2d  0x2d [vd(B32), vu(B32), vu(B32)];
        DS_STOREXCHG_2ADDR_RTN_B32            0x2e  0x2e [vd(B64), vu(B32), vu(B32), vu(B32)];
        DS_STOREXCHG_2ADDR_STRIDE64_RTN_B32   0x2f  0x2f [vd(B64), vu(B32), vu(B32), vu(B32)];
        DS_CMPSTORE_RTN_B32                   0x30  0x30 [vd(B32), vu(B32), vu(B32), vu(B32)];
        DS_CMPSTORE_RTN_F32                   0x31     - [vd(F32), vu(B32), vu(F32), vu(F32)];
        DS_MIN_RTN_F32                        0x32  0x32 "ds_min_num_rtn_f32" [vd(F32), vu(B32), vu(F32)];
        DS_MAX_RTN_F32                        0x33  0x33 "ds_max_num_rtn_f32" [vd(F32), vu(B32), vu(F32)];
        DS_WRAP_RTN_B32                       0x34     - [vd(B32), vu(B32), vu(B32), vu(B32)];
        DS_CONSUME                            0x3d  0x3d [vd(B32)] READ_M0;
        DS_APPEND                             0x3e  0x3e [vd(B32)] READ_M0;
        DS_ADD_U64                            0x40  0x40 [vu(B32), vu(U64)];
        DS_SUB_U64                            0x41  0x41 [vu(B32), vu(U64)];
        DS_RSUB_U64                           0x42  0x42 [vu(B32), vu(U64)];
        DS_INC_U64                            0x43  0x43 [vu(B32), vu(U64)];
        DS_DEC_U64                            0x44  0x44 [vu(B32), vu(U64)];
        DS_MIN_I64                            0x45  0x45 [vu(B32), vu(I64)];
        DS_MAX_I64                            0x46  0x46 [vu(B32), vu(I64)];
        DS_MIN_U64                            0x47  0x47 [vu(B32), vu(U64)];
        DS_MAX_U64                            0x48  0x48 [vu(B32), vu(U64)];
        DS_AND_B64                            0x49  0x49 [vu(B32), vu(B64)];
        DS_OR_B64                             0x4a  0x4a [vu(B32), vu(B64)];
        DS_XOR_B64                            0x4b  0x4b [vu(B32), vu(B64)];
        DS_MSKOR_B64                          0x4c  0x4c [vu(B32), vu(B64), vu(B64)];
        DS_CMPSTORE_B64                       0x50  0x50 [vu(B32), vu(B64), vu(B64)];
        DS_CMPSTORE_F64                       0x51     - [vu(B32), vu(F64), vu(F64)];
        DS_MIN_F64                            0x52  0x52 "ds_min_num_f64" [vu(B32), vu(F64)];
        DS_MAX_F64                            0x53  0x53 "ds_max_num_f64" [vu(B32), vu(F64)];
        DS_ADD_RTN_U64                        0x60  0x60 [vd(U64), vu(B32), vu(U64)];
        DS_SUB_RTN_U64                        0x61  0x61 [vd(U64), vu(B32), vu(U64)];
        DS_RSUB_RTN_U64                       0x62  0x62 [vd(U64), vu(B32), vu(U64)];
        DS_INC_RTN_U64                        0x63  0x63 [vd(U64), vu(B32), vu(U64)];
        DS_DEC_RTN_U64                        0x64  0x64 [vd(U64), vu(B32), vu(U64)];
        DS_MIN_RTN_I64                        0x65  0x65 [vd(I64), vu(B32), vu(I64)];
        DS_MAX_RTN_I64                        0x66  0x66 [vd(I64), vu(B32), vu(I64)];
        DS_MIN_RTN_U64                        0x67  0x67 [vd(U64), vu(B32), vu(U64)];
        DS_MAX_RTN_U64                        0x68  0x68 [vd(U64), vu(B32), vu(U64)];
        DS_AND_RTN_B64                        0x69  0x69 [vd(B64), vu(B32), vu(B64)];
        DS_OR_RTN_B64                         0x6a  0x6a [vd(B64), vu(B32), vu(B64)];
        DS_XOR_RTN_B64                        0x6b  0x6b [vd(B64), vu(B32), vu(B64)];
        DS_MSKOR_RTN_B64                      0x6c  0x6c [vd(B64), vu(B32), vu(B64), vu(B64)];
        DS_STOREXCHG_RTN_B64                  0x6d  0x6d [vd(B64), vu(B32), vu(B64)];
        DS_STOREXCHG_2ADDR_RTN_B64            0x6e  0x6e [vd(B128), vu(B32), vu(B64), vu(B64)];
        DS_STOREXCHG_2ADDR_STRIDE64_RTN_B64   0x6f  0x6f [vd(B128), vu(B32), vu(B64), vu(B64)];
        DS_CMPSTORE_RTN_B64                   0x70  0x70 [vd(B64), vu(B32), vu(B64), vu(B64)];
        DS_CMPSTORE_RTN_F64                   0x71     - [vd(F64), vu(B32), vu(F64), vu(F64)];
        DS_MIN_RTN_F64                        0x72  0x72 "ds_min_num_rtn_f64" [vd(F64), vu(B32), vu(F64)];
        DS_MAX_RTN_F64                        0x73  0x73 "ds_max_num_rtn_f64" [vd(F64), vu(B32), vu(F64)];
        DS_ADD_RTN_F32                        0x79  0x79 [vd(F32), vu(B32), vu(F32)];
        DS_CONDXCHG32_RTN_B64                 0x7e  0x7e [vd(B64), vu(B32), vu(B64)];
        DS_COND_SUB_U32                          -  0x98 [vu(B32), vu(U32)];
        DS_SUB_CLAMP_U32                         -  0x99 [vu(B32), vu(U32)];
        DS_PK_ADD_F16                            -  0x9a [vu(B32), vu(PkF16)];
        DS_PK_ADD_BF16                           -  0x9b [vu(B32), vu(B32)];
        DS_COND_SUB_RTN_U32                      -  0xa8 [vd(U32), vu(B32), vu(U32)];
        DS_SUB_CLAMP_RTN_U32                     -  0xa9 [vd(U32), vu(B32), vu(U32)];
        DS_PK_ADD_RTN_F16                        -  0xaa [vd(PkF16), vu(B32), vu(PkF16)];
        DS_PK_ADD_RTN_BF16                       -  0xab [vd(B32), vu(B32), vu(B32)];
        DS_BVH_STACK_RTN_B32                  0xad  0xe0 "ds_bvh_stack_push4_pop1_rtn_b32" [vd(B32), vdu(B32), vu(B32), vu(B128)];
        DS_BVH_STACK_PUSH8_POP1_RTN_B32          -  0xe1 [vd(B32), vdu(B32), vu(B32), vu(B256)];
        DS_BVH_STACK_PUSH8_POP2_RTN_B64          -  0xe2 [vd(B64), vdu(B32), vu(B32), vu(B256)];
    }
    Ds Lds [] {
        DS_NOP                                0x14  0x14 [];
        DS_SWIZZLE_B32                        0x35  0x35 [vd(B32), vu(B32)];
        DS_PERMUTE_B32                        0xb2  0xb2 [vd(B32), vu(B32), vu(B32)];
        DS_BPERMUTE_B32                       0xb3  0xb3 [vd(B32), vu(B32), vu(B32)];
        DS_BPERMUTE_FI_B32                       -  0xcd [vd(B32), vu(B32), vu(B32)];
    }
    } };
}
