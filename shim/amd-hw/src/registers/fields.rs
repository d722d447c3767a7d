// Written by examples/generate-registers.rs from registers/*.tsv. Do not edit.
//! Bit fields: a module for each register, a constant for each field.

#![allow(missing_docs)]

pub mod bif_bx0_bif_doorbell_int_cntl {
    use crate::registers::{field, Field};
    pub const DOORBELL_INTERRUPT_STATUS: Field = field("doorbell_interrupt_status", (0, 1), (0, 1));
    pub const RAS_CNTLR_INTERRUPT_STATUS: Field = field("ras_cntlr_interrupt_status", (1, 1), (1, 1));
    pub const RAS_ATHUB_ERR_EVENT_INTERRUPT_STATUS: Field = field("ras_athub_err_event_interrupt_status", (2, 1), (2, 1));
    pub const DOORBELL_INTERRUPT_CLEAR: Field = field("doorbell_interrupt_clear", (16, 1), (16, 1));
    pub const RAS_CNTLR_INTERRUPT_CLEAR: Field = field("ras_cntlr_interrupt_clear", (17, 1), (17, 1));
    pub const RAS_ATHUB_ERR_EVENT_INTERRUPT_CLEAR: Field = field("ras_athub_err_event_interrupt_clear", (18, 1), (18, 1));
    pub const RAS_CNTLR_ERR_EVENT_INTERRUPT_ENABLE: Field = field("ras_cntlr_err_event_interrupt_enable", (23, 1), (23, 1));
    pub const DOORBELL_INTERRUPT_DISABLE: Field = field("doorbell_interrupt_disable", (24, 1), (24, 1));
    pub const RAS_CNTLR_INTERRUPT_DISABLE: Field = field("ras_cntlr_interrupt_disable", (25, 1), (25, 1));
    pub const RAS_ATHUB_ERR_EVENT_INTERRUPT_DISABLE: Field = field("ras_athub_err_event_interrupt_disable", (26, 1), (26, 1));
    pub const SET_DB_INTR_STATUS_WHEN_RB_ENABLE: Field = field("set_db_intr_status_when_rb_enable", (28, 1), (28, 1));
    pub const SET_IOH_RAS_INTR_STATUS_WHEN_RB_ENABLE: Field = field("set_ioh_ras_intr_status_when_rb_enable", (29, 1), (29, 1));
    pub const SET_ATH_RAS_INTR_STATUS_WHEN_RB_ENABLE: Field = field("set_ath_ras_intr_status_when_rb_enable", (30, 1), (30, 1));
    pub const TIMEOUT_ERR_EVENT_INTERRUPT_ENABLE: Field = field("timeout_err_event_interrupt_enable", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[DOORBELL_INTERRUPT_STATUS, RAS_CNTLR_INTERRUPT_STATUS, RAS_ATHUB_ERR_EVENT_INTERRUPT_STATUS, DOORBELL_INTERRUPT_CLEAR, RAS_CNTLR_INTERRUPT_CLEAR, RAS_ATHUB_ERR_EVENT_INTERRUPT_CLEAR, RAS_CNTLR_ERR_EVENT_INTERRUPT_ENABLE, DOORBELL_INTERRUPT_DISABLE, RAS_CNTLR_INTERRUPT_DISABLE, RAS_ATHUB_ERR_EVENT_INTERRUPT_DISABLE, SET_DB_INTR_STATUS_WHEN_RB_ENABLE, SET_IOH_RAS_INTR_STATUS_WHEN_RB_ENABLE, SET_ATH_RAS_INTR_STATUS_WHEN_RB_ENABLE, TIMEOUT_ERR_EVENT_INTERRUPT_ENABLE];
}

pub mod bif_bx0_pcie_data2 {
    use crate::registers::{field, Field};
    pub const PCIE_DATA2: Field = field("pcie_data2", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PCIE_DATA2];
}

pub mod bif_bx0_pcie_index2 {
    use crate::registers::{field, Field};
    pub const PCIE_INDEX2: Field = field("pcie_index2", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PCIE_INDEX2];
}

pub mod bif_bx0_pcie_index2_hi {
    use crate::registers::{field, Field};
    pub const PCIE_INDEX2_HI: Field = field("pcie_index2_hi", (0, 8), (0, 8));
    pub(crate) const ALL: &[Field] = &[PCIE_INDEX2_HI];
}

pub mod bif_bx0_remap_hdp_mem_flush_cntl {
    use crate::registers::{field, Field};
    pub const ADDRESS: Field = field("address", (2, 17), (2, 17));
    pub(crate) const ALL: &[Field] = &[ADDRESS];
}

pub mod bif_bx_pf0_gpu_hdp_flush_done {
    use crate::registers::{field, Field};
    pub const CP0: Field = field("cp0", (0, 1), (0, 1));
    pub const CP1: Field = field("cp1", (1, 1), (1, 1));
    pub const CP2: Field = field("cp2", (2, 1), (2, 1));
    pub const CP3: Field = field("cp3", (3, 1), (3, 1));
    pub const CP4: Field = field("cp4", (4, 1), (4, 1));
    pub const CP5: Field = field("cp5", (5, 1), (5, 1));
    pub const CP6: Field = field("cp6", (6, 1), (6, 1));
    pub const CP7: Field = field("cp7", (7, 1), (7, 1));
    pub const CP8: Field = field("cp8", (8, 1), (8, 1));
    pub const CP9: Field = field("cp9", (9, 1), (9, 1));
    pub const SDMA0: Field = field("sdma0", (10, 1), (10, 1));
    pub const SDMA1: Field = field("sdma1", (11, 1), (11, 1));
    pub const RSVD_ENG0: Field = field("rsvd_eng0", (12, 1), (12, 1));
    pub const RSVD_ENG1: Field = field("rsvd_eng1", (13, 1), (13, 1));
    pub const RSVD_ENG2: Field = field("rsvd_eng2", (14, 1), (14, 1));
    pub const RSVD_ENG3: Field = field("rsvd_eng3", (15, 1), (15, 1));
    pub const RSVD_ENG4: Field = field("rsvd_eng4", (16, 1), (16, 1));
    pub const RSVD_ENG5: Field = field("rsvd_eng5", (17, 1), (17, 1));
    pub const RSVD_ENG6: Field = field("rsvd_eng6", (18, 1), (18, 1));
    pub const RSVD_ENG7: Field = field("rsvd_eng7", (19, 1), (19, 1));
    pub const RSVD_ENG8: Field = field("rsvd_eng8", (20, 1), (20, 1));
    pub const RSVD_ENG9: Field = field("rsvd_eng9", (21, 1), (21, 1));
    pub const RSVD_ENG10: Field = field("rsvd_eng10", (22, 1), (22, 1));
    pub const RSVD_ENG11: Field = field("rsvd_eng11", (23, 1), (23, 1));
    pub const RSVD_ENG12: Field = field("rsvd_eng12", (24, 1), (24, 1));
    pub const RSVD_ENG13: Field = field("rsvd_eng13", (25, 1), (25, 1));
    pub const RSVD_ENG14: Field = field("rsvd_eng14", (26, 1), (26, 1));
    pub const RSVD_ENG15: Field = field("rsvd_eng15", (27, 1), (27, 1));
    pub const RSVD_ENG16: Field = field("rsvd_eng16", (28, 1), (28, 1));
    pub const RSVD_ENG17: Field = field("rsvd_eng17", (29, 1), (29, 1));
    pub const RSVD_ENG18: Field = field("rsvd_eng18", (30, 1), (30, 1));
    pub const RSVD_ENG19: Field = field("rsvd_eng19", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[CP0, CP1, CP2, CP3, CP4, CP5, CP6, CP7, CP8, CP9, SDMA0, SDMA1, RSVD_ENG0, RSVD_ENG1, RSVD_ENG2, RSVD_ENG3, RSVD_ENG4, RSVD_ENG5, RSVD_ENG6, RSVD_ENG7, RSVD_ENG8, RSVD_ENG9, RSVD_ENG10, RSVD_ENG11, RSVD_ENG12, RSVD_ENG13, RSVD_ENG14, RSVD_ENG15, RSVD_ENG16, RSVD_ENG17, RSVD_ENG18, RSVD_ENG19];
}

pub mod bif_bx_pf0_gpu_hdp_flush_req {
    use crate::registers::{field, Field};
    pub const CP0: Field = field("cp0", (0, 1), (0, 1));
    pub const CP1: Field = field("cp1", (1, 1), (1, 1));
    pub const CP2: Field = field("cp2", (2, 1), (2, 1));
    pub const CP3: Field = field("cp3", (3, 1), (3, 1));
    pub const CP4: Field = field("cp4", (4, 1), (4, 1));
    pub const CP5: Field = field("cp5", (5, 1), (5, 1));
    pub const CP6: Field = field("cp6", (6, 1), (6, 1));
    pub const CP7: Field = field("cp7", (7, 1), (7, 1));
    pub const CP8: Field = field("cp8", (8, 1), (8, 1));
    pub const CP9: Field = field("cp9", (9, 1), (9, 1));
    pub const SDMA0: Field = field("sdma0", (10, 1), (10, 1));
    pub const SDMA1: Field = field("sdma1", (11, 1), (11, 1));
    pub const RSVD_ENG0: Field = field("rsvd_eng0", (12, 1), (12, 1));
    pub const RSVD_ENG1: Field = field("rsvd_eng1", (13, 1), (13, 1));
    pub const RSVD_ENG2: Field = field("rsvd_eng2", (14, 1), (14, 1));
    pub const RSVD_ENG3: Field = field("rsvd_eng3", (15, 1), (15, 1));
    pub const RSVD_ENG4: Field = field("rsvd_eng4", (16, 1), (16, 1));
    pub const RSVD_ENG5: Field = field("rsvd_eng5", (17, 1), (17, 1));
    pub const RSVD_ENG6: Field = field("rsvd_eng6", (18, 1), (18, 1));
    pub const RSVD_ENG7: Field = field("rsvd_eng7", (19, 1), (19, 1));
    pub const RSVD_ENG8: Field = field("rsvd_eng8", (20, 1), (20, 1));
    pub const RSVD_ENG9: Field = field("rsvd_eng9", (21, 1), (21, 1));
    pub const RSVD_ENG10: Field = field("rsvd_eng10", (22, 1), (22, 1));
    pub const RSVD_ENG11: Field = field("rsvd_eng11", (23, 1), (23, 1));
    pub const RSVD_ENG12: Field = field("rsvd_eng12", (24, 1), (24, 1));
    pub const RSVD_ENG13: Field = field("rsvd_eng13", (25, 1), (25, 1));
    pub const RSVD_ENG14: Field = field("rsvd_eng14", (26, 1), (26, 1));
    pub const RSVD_ENG15: Field = field("rsvd_eng15", (27, 1), (27, 1));
    pub const RSVD_ENG16: Field = field("rsvd_eng16", (28, 1), (28, 1));
    pub const RSVD_ENG17: Field = field("rsvd_eng17", (29, 1), (29, 1));
    pub const RSVD_ENG18: Field = field("rsvd_eng18", (30, 1), (30, 1));
    pub const RSVD_ENG19: Field = field("rsvd_eng19", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[CP0, CP1, CP2, CP3, CP4, CP5, CP6, CP7, CP8, CP9, SDMA0, SDMA1, RSVD_ENG0, RSVD_ENG1, RSVD_ENG2, RSVD_ENG3, RSVD_ENG4, RSVD_ENG5, RSVD_ENG6, RSVD_ENG7, RSVD_ENG8, RSVD_ENG9, RSVD_ENG10, RSVD_ENG11, RSVD_ENG12, RSVD_ENG13, RSVD_ENG14, RSVD_ENG15, RSVD_ENG16, RSVD_ENG17, RSVD_ENG18, RSVD_ENG19];
}

pub mod bif_bx_pf0_rsmu_data {
    use crate::registers::{field, Field};
    pub const RSMU_DATA: Field = field("rsmu_data", (0, 0), (0, 32));
    pub(crate) const ALL: &[Field] = &[RSMU_DATA];
}

pub mod bif_bx_pf0_rsmu_index {
    use crate::registers::{field, Field};
    pub const RSMU_INDEX: Field = field("rsmu_index", (0, 0), (0, 32));
    pub(crate) const ALL: &[Field] = &[RSMU_INDEX];
}

pub mod compute_dispatch_initiator {
    use crate::registers::{field, Field};
    pub const COMPUTE_SHADER_EN: Field = field("compute_shader_en", (0, 1), (0, 1));
    pub const PARTIAL_TG_EN: Field = field("partial_tg_en", (1, 1), (1, 1));
    pub const FORCE_START_AT_000: Field = field("force_start_at_000", (2, 1), (2, 1));
    pub const ORDERED_APPEND_ENBL: Field = field("ordered_append_enbl", (3, 1), (3, 1));
    pub const ORDERED_APPEND_MODE: Field = field("ordered_append_mode", (4, 1), (4, 1));
    pub const USE_THREAD_DIMENSIONS: Field = field("use_thread_dimensions", (5, 1), (5, 1));
    pub const ORDER_MODE: Field = field("order_mode", (6, 1), (6, 1));
    pub const SCALAR_L1_INV_VOL: Field = field("scalar_l1_inv_vol", (10, 1), (10, 1));
    pub const VECTOR_L1_INV_VOL: Field = field("vector_l1_inv_vol", (11, 1), (11, 1));
    pub const RESERVED: Field = field("reserved", (12, 1), (0, 0));
    pub const TUNNEL_ENABLE: Field = field("tunnel_enable", (13, 1), (13, 1));
    pub const RESTORE: Field = field("restore", (14, 1), (14, 1));
    pub const CS_W32_EN: Field = field("cs_w32_en", (15, 1), (15, 1));
    pub const AMP_SHADER_EN: Field = field("amp_shader_en", (16, 1), (16, 1));
    pub const DISABLE_DISP_PREMPT_EN: Field = field("disable_disp_prempt_en", (17, 1), (17, 1));
    pub const PING_PONG_EN: Field = field("ping_pong_en", (0, 0), (12, 1));
    pub const INTERLEAVE_2D_EN: Field = field("interleave_2d_en", (0, 0), (18, 1));
    pub const TTRACE_QUEUE_ID: Field = field("ttrace_queue_id", (0, 0), (29, 3));
    pub(crate) const ALL: &[Field] = &[COMPUTE_SHADER_EN, PARTIAL_TG_EN, FORCE_START_AT_000, ORDERED_APPEND_ENBL, ORDERED_APPEND_MODE, USE_THREAD_DIMENSIONS, ORDER_MODE, SCALAR_L1_INV_VOL, VECTOR_L1_INV_VOL, RESERVED, TUNNEL_ENABLE, RESTORE, CS_W32_EN, AMP_SHADER_EN, DISABLE_DISP_PREMPT_EN, PING_PONG_EN, INTERLEAVE_2D_EN, TTRACE_QUEUE_ID];
}

pub mod compute_dispatch_scratch_base_hi {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 8), (0, 8));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_dispatch_scratch_base_lo {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_num_thread_x {
    use crate::registers::{field, Field};
    pub const NUM_THREAD_FULL: Field = field("num_thread_full", (0, 16), (0, 13));
    pub const NUM_THREAD_PARTIAL: Field = field("num_thread_partial", (16, 16), (16, 16));
    pub const INTERLEAVE_BITS_X: Field = field("interleave_bits_x", (0, 0), (13, 3));
    pub(crate) const ALL: &[Field] = &[NUM_THREAD_FULL, NUM_THREAD_PARTIAL, INTERLEAVE_BITS_X];
}

pub mod compute_num_thread_y {
    use crate::registers::{field, Field};
    pub const NUM_THREAD_FULL: Field = field("num_thread_full", (0, 16), (0, 13));
    pub const NUM_THREAD_PARTIAL: Field = field("num_thread_partial", (16, 16), (16, 16));
    pub const INTERLEAVE_BITS_Y: Field = field("interleave_bits_y", (0, 0), (13, 3));
    pub(crate) const ALL: &[Field] = &[NUM_THREAD_FULL, NUM_THREAD_PARTIAL, INTERLEAVE_BITS_Y];
}

pub mod compute_num_thread_z {
    use crate::registers::{field, Field};
    pub const NUM_THREAD_FULL: Field = field("num_thread_full", (0, 16), (0, 16));
    pub const NUM_THREAD_PARTIAL: Field = field("num_thread_partial", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[NUM_THREAD_FULL, NUM_THREAD_PARTIAL];
}

pub mod compute_perfcount_enable {
    use crate::registers::{field, Field};
    pub const PERFCOUNT_ENABLE: Field = field("perfcount_enable", (0, 1), (0, 1));
    pub(crate) const ALL: &[Field] = &[PERFCOUNT_ENABLE];
}

pub mod compute_pgm_hi {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 8), (0, 8));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_pgm_lo {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_pgm_rsrc1 {
    use crate::registers::{field, Field};
    pub const VGPRS: Field = field("vgprs", (0, 6), (0, 6));
    pub const SGPRS: Field = field("sgprs", (6, 4), (6, 4));
    pub const PRIORITY: Field = field("priority", (10, 2), (10, 2));
    pub const FLOAT_MODE: Field = field("float_mode", (12, 8), (12, 8));
    pub const PRIV: Field = field("priv", (20, 1), (20, 1));
    pub const DX10_CLAMP: Field = field("dx10_clamp", (21, 1), (0, 0));
    pub const IEEE_MODE: Field = field("ieee_mode", (23, 1), (0, 0));
    pub const BULKY: Field = field("bulky", (24, 1), (24, 1));
    pub const FP16_OVFL: Field = field("fp16_ovfl", (26, 1), (26, 1));
    pub const WGP_MODE: Field = field("wgp_mode", (29, 1), (29, 1));
    pub const MEM_ORDERED: Field = field("mem_ordered", (30, 1), (30, 1));
    pub const FWD_PROGRESS: Field = field("fwd_progress", (31, 1), (31, 1));
    pub const DEBUG_MODE: Field = field("debug_mode", (22, 1), (22, 1));
    pub const CDBG_USER: Field = field("cdbg_user", (25, 1), (25, 1));
    pub const WG_RR_EN: Field = field("wg_rr_en", (0, 0), (21, 1));
    pub const DISABLE_PERF: Field = field("disable_perf", (0, 0), (23, 1));
    pub(crate) const ALL: &[Field] = &[VGPRS, SGPRS, PRIORITY, FLOAT_MODE, PRIV, DX10_CLAMP, IEEE_MODE, BULKY, FP16_OVFL, WGP_MODE, MEM_ORDERED, FWD_PROGRESS, DEBUG_MODE, CDBG_USER, WG_RR_EN, DISABLE_PERF];
}

pub mod compute_pgm_rsrc2 {
    use crate::registers::{field, Field};
    pub const SCRATCH_EN: Field = field("scratch_en", (0, 1), (0, 1));
    pub const USER_SGPR: Field = field("user_sgpr", (1, 5), (1, 5));
    pub const TRAP_PRESENT: Field = field("trap_present", (6, 1), (0, 0));
    pub const TGID_X_EN: Field = field("tgid_x_en", (7, 1), (7, 1));
    pub const TGID_Y_EN: Field = field("tgid_y_en", (8, 1), (8, 1));
    pub const TGID_Z_EN: Field = field("tgid_z_en", (9, 1), (9, 1));
    pub const TG_SIZE_EN: Field = field("tg_size_en", (10, 1), (10, 1));
    pub const TIDIG_COMP_CNT: Field = field("tidig_comp_cnt", (11, 2), (11, 2));
    pub const EXCP_EN_MSB: Field = field("excp_en_msb", (13, 2), (13, 2));
    pub const LDS_SIZE: Field = field("lds_size", (15, 9), (15, 9));
    pub const EXCP_EN: Field = field("excp_en", (24, 7), (24, 7));
    pub const DYNAMIC_VGPR: Field = field("dynamic_vgpr", (0, 0), (6, 1));
    pub const WGP_TAKEOVER: Field = field("wgp_takeover", (0, 0), (31, 1));
    pub(crate) const ALL: &[Field] = &[SCRATCH_EN, USER_SGPR, TRAP_PRESENT, TGID_X_EN, TGID_Y_EN, TGID_Z_EN, TG_SIZE_EN, TIDIG_COMP_CNT, EXCP_EN_MSB, LDS_SIZE, EXCP_EN, DYNAMIC_VGPR, WGP_TAKEOVER];
}

pub mod compute_pgm_rsrc3 {
    use crate::registers::{field, Field};
    pub const SHARED_VGPR_CNT: Field = field("shared_vgpr_cnt", (0, 4), (0, 4));
    pub const INST_PREF_SIZE: Field = field("inst_pref_size", (4, 6), (4, 8));
    pub const TRAP_ON_START: Field = field("trap_on_start", (10, 1), (0, 0));
    pub const TRAP_ON_END: Field = field("trap_on_end", (11, 1), (0, 0));
    pub const IMAGE_OP: Field = field("image_op", (31, 1), (31, 1));
    pub const GLG_EN: Field = field("glg_en", (0, 0), (13, 1));
    pub(crate) const ALL: &[Field] = &[SHARED_VGPR_CNT, INST_PREF_SIZE, TRAP_ON_START, TRAP_ON_END, IMAGE_OP, GLG_EN];
}

pub mod compute_pipelinestat_enable {
    use crate::registers::{field, Field};
    pub const PIPELINESTAT_ENABLE: Field = field("pipelinestat_enable", (0, 1), (0, 1));
    pub(crate) const ALL: &[Field] = &[PIPELINESTAT_ENABLE];
}

pub mod compute_resource_limits {
    use crate::registers::{field, Field};
    pub const WAVES_PER_SH: Field = field("waves_per_sh", (0, 10), (0, 10));
    pub const TG_PER_CU: Field = field("tg_per_cu", (12, 4), (12, 4));
    pub const LOCK_THRESHOLD: Field = field("lock_threshold", (16, 6), (16, 6));
    pub const SIMD_DEST_CNTL: Field = field("simd_dest_cntl", (22, 1), (22, 1));
    pub const FORCE_SIMD_DIST: Field = field("force_simd_dist", (23, 1), (23, 1));
    pub const CU_GROUP_COUNT: Field = field("cu_group_count", (24, 3), (24, 3));
    pub(crate) const ALL: &[Field] = &[WAVES_PER_SH, TG_PER_CU, LOCK_THRESHOLD, SIMD_DEST_CNTL, FORCE_SIMD_DIST, CU_GROUP_COUNT];
}

pub mod compute_restart_x {
    use crate::registers::{field, Field};
    pub const RESTART: Field = field("restart", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[RESTART];
}

pub mod compute_restart_y {
    use crate::registers::{field, Field};
    pub const RESTART: Field = field("restart", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[RESTART];
}

pub mod compute_restart_z {
    use crate::registers::{field, Field};
    pub const RESTART: Field = field("restart", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[RESTART];
}

pub mod compute_start_x {
    use crate::registers::{field, Field};
    pub const START: Field = field("start", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[START];
}

pub mod compute_start_y {
    use crate::registers::{field, Field};
    pub const START: Field = field("start", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[START];
}

pub mod compute_start_z {
    use crate::registers::{field, Field};
    pub const START: Field = field("start", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[START];
}

pub mod compute_static_thread_mgmt_se0 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_static_thread_mgmt_se1 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_static_thread_mgmt_se2 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_static_thread_mgmt_se3 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_static_thread_mgmt_se4 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_static_thread_mgmt_se5 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_static_thread_mgmt_se6 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_static_thread_mgmt_se7 {
    use crate::registers::{field, Field};
    pub const SA0_CU_EN: Field = field("sa0_cu_en", (0, 16), (0, 16));
    pub const SA1_CU_EN: Field = field("sa1_cu_en", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[SA0_CU_EN, SA1_CU_EN];
}

pub mod compute_tmpring_size {
    use crate::registers::{field, Field};
    pub const WAVES: Field = field("waves", (0, 12), (0, 12));
    pub const WAVESIZE: Field = field("wavesize", (12, 15), (12, 18));
    pub(crate) const ALL: &[Field] = &[WAVES, WAVESIZE];
}

pub mod compute_user_data_0 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_1 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_10 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_11 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_12 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_13 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_14 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_15 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_2 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_3 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_4 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_5 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_6 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_7 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_8 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod compute_user_data_9 {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod cp_hqd_active {
    use crate::registers::{field, Field};
    pub const ACTIVE: Field = field("active", (0, 1), (0, 1));
    pub const BUSY_GATE: Field = field("busy_gate", (1, 1), (1, 1));
    pub(crate) const ALL: &[Field] = &[ACTIVE, BUSY_GATE];
}

pub mod cp_hqd_aql_control {
    use crate::registers::{field, Field};
    pub const CONTROL0: Field = field("control0", (0, 15), (0, 15));
    pub const CONTROL0_EN: Field = field("control0_en", (15, 1), (15, 1));
    pub const CONTROL1: Field = field("control1", (16, 15), (16, 15));
    pub const CONTROL1_EN: Field = field("control1_en", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[CONTROL0, CONTROL0_EN, CONTROL1, CONTROL1_EN];
}

pub mod cp_hqd_atomic0_preop_hi {
    use crate::registers::{field, Field};
    pub const ATOMIC0_PREOP_HI: Field = field("atomic0_preop_hi", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ATOMIC0_PREOP_HI];
}

pub mod cp_hqd_atomic0_preop_lo {
    use crate::registers::{field, Field};
    pub const ATOMIC0_PREOP_LO: Field = field("atomic0_preop_lo", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ATOMIC0_PREOP_LO];
}

pub mod cp_hqd_atomic1_preop_hi {
    use crate::registers::{field, Field};
    pub const ATOMIC1_PREOP_HI: Field = field("atomic1_preop_hi", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ATOMIC1_PREOP_HI];
}

pub mod cp_hqd_atomic1_preop_lo {
    use crate::registers::{field, Field};
    pub const ATOMIC1_PREOP_LO: Field = field("atomic1_preop_lo", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ATOMIC1_PREOP_LO];
}

pub mod cp_hqd_cntl_stack_offset {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (2, 14), (2, 14));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod cp_hqd_cntl_stack_size {
    use crate::registers::{field, Field};
    pub const SIZE: Field = field("size", (12, 4), (12, 4));
    pub(crate) const ALL: &[Field] = &[SIZE];
}

pub mod cp_hqd_ctx_save_base_addr_hi {
    use crate::registers::{field, Field};
    pub const ADDR_HI: Field = field("addr_hi", (0, 16), (0, 16));
    pub(crate) const ALL: &[Field] = &[ADDR_HI];
}

pub mod cp_hqd_ctx_save_base_addr_lo {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (12, 20), (12, 20));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod cp_hqd_ctx_save_control {
    use crate::registers::{field, Field};
    pub const POLICY: Field = field("policy", (3, 2), (3, 2));
    pub const EXE_DISABLE: Field = field("exe_disable", (23, 1), (23, 1));
    pub(crate) const ALL: &[Field] = &[POLICY, EXE_DISABLE];
}

pub mod cp_hqd_ctx_save_size {
    use crate::registers::{field, Field};
    pub const SIZE: Field = field("size", (12, 14), (12, 14));
    pub(crate) const ALL: &[Field] = &[SIZE];
}

pub mod cp_hqd_dequeue_request {
    use crate::registers::{field, Field};
    pub const DEQUEUE_REQ: Field = field("dequeue_req", (0, 4), (0, 4));
    pub const IQ_REQ_PEND: Field = field("iq_req_pend", (4, 1), (4, 1));
    pub const DEQUEUE_INT: Field = field("dequeue_int", (8, 1), (8, 1));
    pub const IQ_REQ_PEND_EN: Field = field("iq_req_pend_en", (9, 1), (9, 1));
    pub const DEQUEUE_REQ_EN: Field = field("dequeue_req_en", (10, 1), (10, 1));
    pub(crate) const ALL: &[Field] = &[DEQUEUE_REQ, IQ_REQ_PEND, DEQUEUE_INT, IQ_REQ_PEND_EN, DEQUEUE_REQ_EN];
}

pub mod cp_hqd_dma_offload {
    use crate::registers::{field, Field};
    pub const DMA_OFFLOAD: Field = field("dma_offload", (0, 1), (0, 1));
    pub const DMA_OFFLOAD_EN: Field = field("dma_offload_en", (1, 1), (1, 1));
    pub const AQL_OFFLOAD: Field = field("aql_offload", (2, 1), (2, 1));
    pub const AQL_OFFLOAD_EN: Field = field("aql_offload_en", (3, 1), (3, 1));
    pub const EOP_OFFLOAD: Field = field("eop_offload", (4, 1), (4, 1));
    pub const EOP_OFFLOAD_EN: Field = field("eop_offload_en", (5, 1), (5, 1));
    pub(crate) const ALL: &[Field] = &[DMA_OFFLOAD, DMA_OFFLOAD_EN, AQL_OFFLOAD, AQL_OFFLOAD_EN, EOP_OFFLOAD, EOP_OFFLOAD_EN];
}

pub mod cp_hqd_eop_base_addr {
    use crate::registers::{field, Field};
    pub const BASE_ADDR: Field = field("base_addr", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[BASE_ADDR];
}

pub mod cp_hqd_eop_base_addr_hi {
    use crate::registers::{field, Field};
    pub const BASE_ADDR_HI: Field = field("base_addr_hi", (0, 8), (0, 8));
    pub(crate) const ALL: &[Field] = &[BASE_ADDR_HI];
}

pub mod cp_hqd_eop_control {
    use crate::registers::{field, Field};
    pub const EOP_SIZE: Field = field("eop_size", (0, 6), (0, 6));
    pub const PROCESSING_EOP: Field = field("processing_eop", (8, 1), (8, 1));
    pub const PROCESS_EOP_EN: Field = field("process_eop_en", (12, 1), (12, 1));
    pub const PROCESSING_EOPIB: Field = field("processing_eopib", (13, 1), (13, 1));
    pub const PROCESS_EOPIB_EN: Field = field("process_eopib_en", (14, 1), (14, 1));
    pub const HALT_FETCHER: Field = field("halt_fetcher", (21, 1), (21, 1));
    pub const HALT_FETCHER_EN: Field = field("halt_fetcher_en", (22, 1), (22, 1));
    pub const EXE_DISABLE: Field = field("exe_disable", (23, 1), (23, 1));
    pub const CACHE_POLICY: Field = field("cache_policy", (24, 2), (24, 2));
    pub const EOP_VOLATILE: Field = field("eop_volatile", (26, 1), (0, 0));
    pub const SIG_SEM_RESULT: Field = field("sig_sem_result", (29, 2), (0, 0));
    pub const PEND_SIG_SEM: Field = field("pend_sig_sem", (31, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[EOP_SIZE, PROCESSING_EOP, PROCESS_EOP_EN, PROCESSING_EOPIB, PROCESS_EOPIB_EN, HALT_FETCHER, HALT_FETCHER_EN, EXE_DISABLE, CACHE_POLICY, EOP_VOLATILE, SIG_SEM_RESULT, PEND_SIG_SEM];
}

pub mod cp_hqd_eop_events {
    use crate::registers::{field, Field};
    pub const EVENT_COUNT: Field = field("event_count", (0, 12), (0, 12));
    pub const CS_PARTIAL_FLUSH_PEND: Field = field("cs_partial_flush_pend", (16, 1), (16, 1));
    pub(crate) const ALL: &[Field] = &[EVENT_COUNT, CS_PARTIAL_FLUSH_PEND];
}

pub mod cp_hqd_eop_rptr {
    use crate::registers::{field, Field};
    pub const RPTR: Field = field("rptr", (0, 13), (0, 13));
    pub const RESET_FETCHER: Field = field("reset_fetcher", (28, 1), (28, 1));
    pub const DEQUEUE_PEND: Field = field("dequeue_pend", (29, 1), (29, 1));
    pub const RPTR_EQ_CSMD_WPTR: Field = field("rptr_eq_csmd_wptr", (30, 1), (30, 1));
    pub const INIT_FETCHER: Field = field("init_fetcher", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[RPTR, RESET_FETCHER, DEQUEUE_PEND, RPTR_EQ_CSMD_WPTR, INIT_FETCHER];
}

pub mod cp_hqd_eop_wptr {
    use crate::registers::{field, Field};
    pub const WPTR: Field = field("wptr", (0, 13), (0, 13));
    pub const EOP_EMPTY: Field = field("eop_empty", (15, 1), (15, 1));
    pub const EOP_AVAIL: Field = field("eop_avail", (16, 13), (16, 13));
    pub(crate) const ALL: &[Field] = &[WPTR, EOP_EMPTY, EOP_AVAIL];
}

pub mod cp_hqd_eop_wptr_mem {
    use crate::registers::{field, Field};
    pub const WPTR: Field = field("wptr", (0, 13), (0, 13));
    pub(crate) const ALL: &[Field] = &[WPTR];
}

pub mod cp_hqd_error {
    use crate::registers::{field, Field};
    pub const EDC_ERROR_ID: Field = field("edc_error_id", (0, 4), (0, 4));
    pub const SUA_ERROR: Field = field("sua_error", (4, 1), (4, 1));
    pub const AQL_ERROR: Field = field("aql_error", (5, 1), (5, 1));
    pub const PQ_UTCL1_ERROR: Field = field("pq_utcl1_error", (8, 1), (8, 1));
    pub const IB_UTCL1_ERROR: Field = field("ib_utcl1_error", (9, 1), (9, 1));
    pub const EOP_UTCL1_ERROR: Field = field("eop_utcl1_error", (10, 1), (10, 1));
    pub const IQ_UTCL1_ERROR: Field = field("iq_utcl1_error", (11, 1), (11, 1));
    pub const RRPT_UTCL1_ERROR: Field = field("rrpt_utcl1_error", (12, 1), (12, 1));
    pub const WPP_UTCL1_ERROR: Field = field("wpp_utcl1_error", (13, 1), (13, 1));
    pub const SEM_UTCL1_ERROR: Field = field("sem_utcl1_error", (14, 1), (0, 0));
    pub const DMA_SRC_UTCL1_ERROR: Field = field("dma_src_utcl1_error", (15, 1), (15, 1));
    pub const DMA_DST_UTCL1_ERROR: Field = field("dma_dst_utcl1_error", (16, 1), (16, 1));
    pub const SR_UTCL1_ERROR: Field = field("sr_utcl1_error", (17, 1), (17, 1));
    pub const QU_UTCL1_ERROR: Field = field("qu_utcl1_error", (18, 1), (18, 1));
    pub const TC_UTCL1_ERROR: Field = field("tc_utcl1_error", (19, 1), (19, 1));
    pub(crate) const ALL: &[Field] = &[EDC_ERROR_ID, SUA_ERROR, AQL_ERROR, PQ_UTCL1_ERROR, IB_UTCL1_ERROR, EOP_UTCL1_ERROR, IQ_UTCL1_ERROR, RRPT_UTCL1_ERROR, WPP_UTCL1_ERROR, SEM_UTCL1_ERROR, DMA_SRC_UTCL1_ERROR, DMA_DST_UTCL1_ERROR, SR_UTCL1_ERROR, QU_UTCL1_ERROR, TC_UTCL1_ERROR];
}

pub mod cp_hqd_gds_resource_state {
    use crate::registers::{field, Field};
    pub const OA_REQUIRED: Field = field("oa_required", (0, 1), (0, 1));
    pub const OA_ACQUIRED: Field = field("oa_acquired", (1, 1), (1, 1));
    pub const GWS_SIZE: Field = field("gws_size", (4, 6), (4, 6));
    pub const GWS_PNTR: Field = field("gws_pntr", (12, 6), (12, 6));
    pub(crate) const ALL: &[Field] = &[OA_REQUIRED, OA_ACQUIRED, GWS_SIZE, GWS_PNTR];
}

pub mod cp_hqd_hq_control0 {
    use crate::registers::{field, Field};
    pub const CONTROL: Field = field("control", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTROL];
}

pub mod cp_hqd_hq_control1 {
    use crate::registers::{field, Field};
    pub const CONTROL: Field = field("control", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTROL];
}

pub mod cp_hqd_hq_scheduler0 {
    use crate::registers::{field, Field};
    pub const CWSR: Field = field("cwsr", (0, 1), (0, 1));
    pub const SAVE_STATUS: Field = field("save_status", (1, 1), (1, 1));
    pub const RSRV: Field = field("rsrv", (2, 1), (2, 1));
    pub const STATIC_QUEUE: Field = field("static_queue", (3, 3), (3, 3));
    pub const QUEUE_RUN_ONCE: Field = field("queue_run_once", (6, 1), (6, 1));
    pub const SCRATCH_RAM_INIT: Field = field("scratch_ram_init", (7, 1), (7, 1));
    pub const TCL2_DIRTY: Field = field("tcl2_dirty", (8, 1), (8, 1));
    pub const C_INHERIT_VMID: Field = field("c_inherit_vmid", (9, 1), (9, 1));
    pub const QUEUE_SCHEDULER_TYPE: Field = field("queue_scheduler_type", (10, 3), (10, 3));
    pub const C_QUEUE_USE_GWS: Field = field("c_queue_use_gws", (13, 1), (13, 1));
    pub const QUEUE_SLOT_CONNECTED: Field = field("queue_slot_connected", (15, 1), (15, 1));
    pub const MES_INTERRUPT_ENABLED: Field = field("mes_interrupt_enabled", (20, 1), (20, 1));
    pub const MES_INTERRUPT_PIPE: Field = field("mes_interrupt_pipe", (21, 2), (21, 2));
    pub const CONCURRENT_PROCESS_COUNT: Field = field("concurrent_process_count", (24, 4), (24, 4));
    pub const QUEUE_IDLE: Field = field("queue_idle", (30, 1), (30, 1));
    pub const DB_UPDATED_MSG_EN: Field = field("db_updated_msg_en", (31, 1), (31, 1));
    pub const C_QUEUE_DEBUG_EN: Field = field("c_queue_debug_en", (14, 1), (14, 1));
    pub(crate) const ALL: &[Field] = &[CWSR, SAVE_STATUS, RSRV, STATIC_QUEUE, QUEUE_RUN_ONCE, SCRATCH_RAM_INIT, TCL2_DIRTY, C_INHERIT_VMID, QUEUE_SCHEDULER_TYPE, C_QUEUE_USE_GWS, QUEUE_SLOT_CONNECTED, MES_INTERRUPT_ENABLED, MES_INTERRUPT_PIPE, CONCURRENT_PROCESS_COUNT, QUEUE_IDLE, DB_UPDATED_MSG_EN, C_QUEUE_DEBUG_EN];
}

pub mod cp_hqd_hq_scheduler1 {
    use crate::registers::{field, Field};
    pub const SCHEDULER: Field = field("scheduler", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[SCHEDULER];
}

pub mod cp_hqd_hq_status0 {
    use crate::registers::{field, Field};
    pub const CWSR: Field = field("cwsr", (0, 1), (0, 1));
    pub const SAVE_STATUS: Field = field("save_status", (1, 1), (1, 1));
    pub const RSRV: Field = field("rsrv", (2, 1), (2, 1));
    pub const STATIC_QUEUE: Field = field("static_queue", (3, 3), (3, 3));
    pub const QUEUE_RUN_ONCE: Field = field("queue_run_once", (6, 1), (6, 1));
    pub const SCRATCH_RAM_INIT: Field = field("scratch_ram_init", (7, 1), (7, 1));
    pub const TCL2_DIRTY: Field = field("tcl2_dirty", (8, 1), (8, 1));
    pub const C_INHERIT_VMID: Field = field("c_inherit_vmid", (9, 1), (9, 1));
    pub const QUEUE_SCHEDULER_TYPE: Field = field("queue_scheduler_type", (10, 3), (10, 3));
    pub const C_QUEUE_USE_GWS: Field = field("c_queue_use_gws", (13, 1), (13, 1));
    pub const QUEUE_SLOT_CONNECTED: Field = field("queue_slot_connected", (15, 1), (15, 1));
    pub const MES_INTERRUPT_ENABLED: Field = field("mes_interrupt_enabled", (20, 1), (20, 1));
    pub const MES_INTERRUPT_PIPE: Field = field("mes_interrupt_pipe", (21, 2), (21, 2));
    pub const CONCURRENT_PROCESS_COUNT: Field = field("concurrent_process_count", (24, 4), (24, 4));
    pub const QUEUE_IDLE: Field = field("queue_idle", (30, 1), (30, 1));
    pub const DB_UPDATED_MSG_EN: Field = field("db_updated_msg_en", (31, 1), (31, 1));
    pub const C_QUEUE_DEBUG_EN: Field = field("c_queue_debug_en", (14, 1), (14, 1));
    pub(crate) const ALL: &[Field] = &[CWSR, SAVE_STATUS, RSRV, STATIC_QUEUE, QUEUE_RUN_ONCE, SCRATCH_RAM_INIT, TCL2_DIRTY, C_INHERIT_VMID, QUEUE_SCHEDULER_TYPE, C_QUEUE_USE_GWS, QUEUE_SLOT_CONNECTED, MES_INTERRUPT_ENABLED, MES_INTERRUPT_PIPE, CONCURRENT_PROCESS_COUNT, QUEUE_IDLE, DB_UPDATED_MSG_EN, C_QUEUE_DEBUG_EN];
}

pub mod cp_hqd_hq_status1 {
    use crate::registers::{field, Field};
    pub const STATUS: Field = field("status", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[STATUS];
}

pub mod cp_hqd_ib_base_addr {
    use crate::registers::{field, Field};
    pub const IB_BASE_ADDR: Field = field("ib_base_addr", (2, 30), (2, 30));
    pub(crate) const ALL: &[Field] = &[IB_BASE_ADDR];
}

pub mod cp_hqd_ib_base_addr_hi {
    use crate::registers::{field, Field};
    pub const IB_BASE_ADDR_HI: Field = field("ib_base_addr_hi", (0, 16), (0, 16));
    pub(crate) const ALL: &[Field] = &[IB_BASE_ADDR_HI];
}

pub mod cp_hqd_ib_control {
    use crate::registers::{field, Field};
    pub const IB_SIZE: Field = field("ib_size", (0, 20), (0, 20));
    pub const MIN_IB_AVAIL_SIZE: Field = field("min_ib_avail_size", (20, 2), (20, 2));
    pub const IB_EXE_DISABLE: Field = field("ib_exe_disable", (23, 1), (23, 1));
    pub const IB_CACHE_POLICY: Field = field("ib_cache_policy", (24, 2), (24, 2));
    pub const IB_VOLATILE: Field = field("ib_volatile", (26, 1), (0, 0));
    pub const PROCESSING_IB: Field = field("processing_ib", (31, 1), (31, 1));
    pub const IB_PRIV_STATE: Field = field("ib_priv_state", (30, 1), (30, 1));
    pub(crate) const ALL: &[Field] = &[IB_SIZE, MIN_IB_AVAIL_SIZE, IB_EXE_DISABLE, IB_CACHE_POLICY, IB_VOLATILE, PROCESSING_IB, IB_PRIV_STATE];
}

pub mod cp_hqd_ib_rptr {
    use crate::registers::{field, Field};
    pub const CONSUMED_OFFSET: Field = field("consumed_offset", (0, 20), (0, 20));
    pub(crate) const ALL: &[Field] = &[CONSUMED_OFFSET];
}

pub mod cp_hqd_iq_rptr {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 6), (0, 6));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod cp_hqd_iq_timer {
    use crate::registers::{field, Field};
    pub const WAIT_TIME: Field = field("wait_time", (0, 8), (0, 8));
    pub const RETRY_TYPE: Field = field("retry_type", (8, 3), (8, 3));
    pub const IMMEDIATE_EXPIRE: Field = field("immediate_expire", (11, 1), (11, 1));
    pub const INTERRUPT_TYPE: Field = field("interrupt_type", (12, 2), (12, 2));
    pub const CLOCK_COUNT: Field = field("clock_count", (14, 2), (14, 2));
    pub const INTERRUPT_SIZE: Field = field("interrupt_size", (16, 6), (16, 6));
    pub const QUANTUM_TIMER: Field = field("quantum_timer", (22, 1), (22, 1));
    pub const EXE_DISABLE: Field = field("exe_disable", (23, 1), (23, 1));
    pub const CACHE_POLICY: Field = field("cache_policy", (24, 2), (24, 2));
    pub const IQ_VOLATILE: Field = field("iq_volatile", (26, 1), (0, 0));
    pub const QUEUE_TYPE: Field = field("queue_type", (27, 1), (27, 1));
    pub const REARM_TIMER: Field = field("rearm_timer", (28, 1), (28, 1));
    pub const PROCESS_IQ_EN: Field = field("process_iq_en", (29, 1), (29, 1));
    pub const PROCESSING_IQ: Field = field("processing_iq", (30, 1), (30, 1));
    pub const ACTIVE: Field = field("active", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[WAIT_TIME, RETRY_TYPE, IMMEDIATE_EXPIRE, INTERRUPT_TYPE, CLOCK_COUNT, INTERRUPT_SIZE, QUANTUM_TIMER, EXE_DISABLE, CACHE_POLICY, IQ_VOLATILE, QUEUE_TYPE, REARM_TIMER, PROCESS_IQ_EN, PROCESSING_IQ, ACTIVE];
}

pub mod cp_hqd_msg_type {
    use crate::registers::{field, Field};
    pub const ACTION: Field = field("action", (0, 3), (0, 3));
    pub const SAVE_STATE: Field = field("save_state", (4, 3), (4, 3));
    pub(crate) const ALL: &[Field] = &[ACTION, SAVE_STATE];
}

pub mod cp_hqd_offload {
    use crate::registers::{field, Field};
    pub const DMA_OFFLOAD: Field = field("dma_offload", (0, 1), (0, 1));
    pub const DMA_OFFLOAD_EN: Field = field("dma_offload_en", (1, 1), (1, 1));
    pub const AQL_OFFLOAD: Field = field("aql_offload", (2, 1), (2, 1));
    pub const AQL_OFFLOAD_EN: Field = field("aql_offload_en", (3, 1), (3, 1));
    pub const EOP_OFFLOAD: Field = field("eop_offload", (4, 1), (4, 1));
    pub const EOP_OFFLOAD_EN: Field = field("eop_offload_en", (5, 1), (5, 1));
    pub(crate) const ALL: &[Field] = &[DMA_OFFLOAD, DMA_OFFLOAD_EN, AQL_OFFLOAD, AQL_OFFLOAD_EN, EOP_OFFLOAD, EOP_OFFLOAD_EN];
}

pub mod cp_hqd_persistent_state {
    use crate::registers::{field, Field};
    pub const PRELOAD_REQ: Field = field("preload_req", (0, 1), (0, 1));
    pub const TMZ_CONNECT_OVERRIDE: Field = field("tmz_connect_override", (1, 1), (1, 1));
    pub const SUSPEND_STATUS: Field = field("suspend_status", (7, 1), (7, 1));
    pub const PRELOAD_SIZE: Field = field("preload_size", (8, 10), (8, 10));
    pub const TMZ_SWITCH_EXEMPT: Field = field("tmz_switch_exempt", (18, 1), (18, 1));
    pub const TMZ_MATCH_DIS: Field = field("tmz_match_dis", (19, 1), (19, 1));
    pub const WPP_CLAMP_EN: Field = field("wpp_clamp_en", (20, 1), (20, 1));
    pub const WPP_SWITCH_QOS_EN: Field = field("wpp_switch_qos_en", (21, 1), (21, 1));
    pub const IQ_SWITCH_QOS_EN: Field = field("iq_switch_qos_en", (22, 1), (22, 1));
    pub const IB_SWITCH_QOS_EN: Field = field("ib_switch_qos_en", (23, 1), (23, 1));
    pub const EOP_SWITCH_QOS_EN: Field = field("eop_switch_qos_en", (24, 1), (24, 1));
    pub const PQ_SWITCH_QOS_EN: Field = field("pq_switch_qos_en", (25, 1), (25, 1));
    pub const TC_OFFLOAD_QOS_EN: Field = field("tc_offload_qos_en", (26, 1), (26, 1));
    pub const CACHE_FULL_PACKET_EN: Field = field("cache_full_packet_en", (27, 1), (27, 1));
    pub const RESTORE_ACTIVE: Field = field("restore_active", (28, 1), (28, 1));
    pub const RELAUNCH_WAVES: Field = field("relaunch_waves", (29, 1), (29, 1));
    pub const QSWITCH_MODE: Field = field("qswitch_mode", (30, 1), (30, 1));
    pub const DISP_ACTIVE: Field = field("disp_active", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[PRELOAD_REQ, TMZ_CONNECT_OVERRIDE, SUSPEND_STATUS, PRELOAD_SIZE, TMZ_SWITCH_EXEMPT, TMZ_MATCH_DIS, WPP_CLAMP_EN, WPP_SWITCH_QOS_EN, IQ_SWITCH_QOS_EN, IB_SWITCH_QOS_EN, EOP_SWITCH_QOS_EN, PQ_SWITCH_QOS_EN, TC_OFFLOAD_QOS_EN, CACHE_FULL_PACKET_EN, RESTORE_ACTIVE, RELAUNCH_WAVES, QSWITCH_MODE, DISP_ACTIVE];
}

pub mod cp_hqd_pipe_priority {
    use crate::registers::{field, Field};
    pub const PIPE_PRIORITY: Field = field("pipe_priority", (0, 2), (0, 2));
    pub(crate) const ALL: &[Field] = &[PIPE_PRIORITY];
}

pub mod cp_hqd_pq_base {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod cp_hqd_pq_base_hi {
    use crate::registers::{field, Field};
    pub const ADDR_HI: Field = field("addr_hi", (0, 8), (0, 8));
    pub(crate) const ALL: &[Field] = &[ADDR_HI];
}

pub mod cp_hqd_pq_control {
    use crate::registers::{field, Field};
    pub const QUEUE_SIZE: Field = field("queue_size", (0, 6), (0, 6));
    pub const WPTR_CARRY: Field = field("wptr_carry", (6, 1), (6, 1));
    pub const RPTR_CARRY: Field = field("rptr_carry", (7, 1), (7, 1));
    pub const RPTR_BLOCK_SIZE: Field = field("rptr_block_size", (8, 6), (8, 6));
    pub const QUEUE_FULL_EN: Field = field("queue_full_en", (14, 1), (14, 1));
    pub const PQ_EMPTY: Field = field("pq_empty", (15, 1), (15, 1));
    pub const SLOT_BASED_WPTR: Field = field("slot_based_wptr", (18, 2), (18, 2));
    pub const MIN_AVAIL_SIZE: Field = field("min_avail_size", (20, 2), (20, 2));
    pub const TMZ: Field = field("tmz", (22, 1), (22, 1));
    pub const EXE_DISABLE: Field = field("exe_disable", (23, 1), (23, 1));
    pub const CACHE_POLICY: Field = field("cache_policy", (24, 2), (24, 2));
    pub const PQ_VOLATILE: Field = field("pq_volatile", (26, 1), (0, 0));
    pub const NO_UPDATE_RPTR: Field = field("no_update_rptr", (27, 1), (27, 1));
    pub const UNORD_DISPATCH: Field = field("unord_dispatch", (28, 1), (28, 1));
    pub const TUNNEL_DISPATCH: Field = field("tunnel_dispatch", (29, 1), (29, 1));
    pub const PRIV_STATE: Field = field("priv_state", (30, 1), (30, 1));
    pub const KMD_QUEUE: Field = field("kmd_queue", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[QUEUE_SIZE, WPTR_CARRY, RPTR_CARRY, RPTR_BLOCK_SIZE, QUEUE_FULL_EN, PQ_EMPTY, SLOT_BASED_WPTR, MIN_AVAIL_SIZE, TMZ, EXE_DISABLE, CACHE_POLICY, PQ_VOLATILE, NO_UPDATE_RPTR, UNORD_DISPATCH, TUNNEL_DISPATCH, PRIV_STATE, KMD_QUEUE];
}

pub mod cp_hqd_pq_doorbell_control {
    use crate::registers::{field, Field};
    pub const DOORBELL_MODE: Field = field("doorbell_mode", (0, 1), (0, 1));
    pub const DOORBELL_BIF_DROP: Field = field("doorbell_bif_drop", (1, 1), (1, 1));
    pub const DOORBELL_OFFSET: Field = field("doorbell_offset", (2, 26), (2, 26));
    pub const DOORBELL_SOURCE: Field = field("doorbell_source", (28, 1), (28, 1));
    pub const DOORBELL_SCHD_HIT: Field = field("doorbell_schd_hit", (29, 1), (29, 1));
    pub const DOORBELL_EN: Field = field("doorbell_en", (30, 1), (30, 1));
    pub const DOORBELL_HIT: Field = field("doorbell_hit", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[DOORBELL_MODE, DOORBELL_BIF_DROP, DOORBELL_OFFSET, DOORBELL_SOURCE, DOORBELL_SCHD_HIT, DOORBELL_EN, DOORBELL_HIT];
}

pub mod cp_hqd_pq_rptr {
    use crate::registers::{field, Field};
    pub const CONSUMED_OFFSET: Field = field("consumed_offset", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONSUMED_OFFSET];
}

pub mod cp_hqd_pq_rptr_report_addr {
    use crate::registers::{field, Field};
    pub const RPTR_REPORT_ADDR: Field = field("rptr_report_addr", (2, 30), (2, 30));
    pub(crate) const ALL: &[Field] = &[RPTR_REPORT_ADDR];
}

pub mod cp_hqd_pq_rptr_report_addr_hi {
    use crate::registers::{field, Field};
    pub const RPTR_REPORT_ADDR_HI: Field = field("rptr_report_addr_hi", (0, 16), (0, 16));
    pub(crate) const ALL: &[Field] = &[RPTR_REPORT_ADDR_HI];
}

pub mod cp_hqd_pq_wptr_hi {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod cp_hqd_pq_wptr_lo {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod cp_hqd_pq_wptr_poll_addr {
    use crate::registers::{field, Field};
    pub const WPTR_ADDR: Field = field("wptr_addr", (3, 29), (3, 29));
    pub(crate) const ALL: &[Field] = &[WPTR_ADDR];
}

pub mod cp_hqd_pq_wptr_poll_addr_hi {
    use crate::registers::{field, Field};
    pub const WPTR_ADDR_HI: Field = field("wptr_addr_hi", (0, 16), (0, 16));
    pub(crate) const ALL: &[Field] = &[WPTR_ADDR_HI];
}

pub mod cp_hqd_quantum {
    use crate::registers::{field, Field};
    pub const QUANTUM_EN: Field = field("quantum_en", (0, 1), (0, 1));
    pub const QUANTUM_SCALE: Field = field("quantum_scale", (4, 1), (4, 1));
    pub const QUANTUM_DURATION: Field = field("quantum_duration", (8, 6), (8, 6));
    pub const QUANTUM_ACTIVE: Field = field("quantum_active", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[QUANTUM_EN, QUANTUM_SCALE, QUANTUM_DURATION, QUANTUM_ACTIVE];
}

pub mod cp_hqd_queue_priority {
    use crate::registers::{field, Field};
    pub const PRIORITY_LEVEL: Field = field("priority_level", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[PRIORITY_LEVEL];
}

pub mod cp_hqd_sema_cmd {
    use crate::registers::{field, Field};
    pub const RETRY: Field = field("retry", (0, 1), (0, 0));
    pub const RESULT: Field = field("result", (1, 2), (0, 0));
    pub const POLLING_DIS: Field = field("polling_dis", (8, 1), (0, 0));
    pub const MESSAGE_EN: Field = field("message_en", (9, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[RETRY, RESULT, POLLING_DIS, MESSAGE_EN];
}

pub mod cp_hqd_vmid {
    use crate::registers::{field, Field};
    pub const VMID: Field = field("vmid", (0, 4), (0, 4));
    pub const IB_VMID: Field = field("ib_vmid", (8, 4), (8, 4));
    pub const VQID: Field = field("vqid", (16, 10), (16, 10));
    pub(crate) const ALL: &[Field] = &[VMID, IB_VMID, VQID];
}

pub mod cp_hqd_wg_state_offset {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (2, 24), (2, 24));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod cp_int_cntl {
    use crate::registers::{field, Field};
    pub const RESUME_INT_ENABLE: Field = field("resume_int_enable", (8, 1), (8, 1));
    pub const SUSPEND_INT_ENABLE: Field = field("suspend_int_enable", (9, 1), (9, 1));
    pub const DMA_WATCH_INT_ENABLE: Field = field("dma_watch_int_enable", (10, 1), (10, 1));
    pub const CP_VM_DOORBELL_WR_INT_ENABLE: Field = field("cp_vm_doorbell_wr_int_enable", (11, 1), (11, 1));
    pub const CP_ECC_ERROR_INT_ENABLE: Field = field("cp_ecc_error_int_enable", (14, 1), (14, 1));
    pub const GPF_INT_ENABLE: Field = field("gpf_int_enable", (16, 1), (16, 1));
    pub const WRM_POLL_TIMEOUT_INT_ENABLE: Field = field("wrm_poll_timeout_int_enable", (17, 1), (17, 1));
    pub const CMP_BUSY_INT_ENABLE: Field = field("cmp_busy_int_enable", (18, 1), (18, 1));
    pub const CNTX_BUSY_INT_ENABLE: Field = field("cntx_busy_int_enable", (19, 1), (19, 1));
    pub const CNTX_EMPTY_INT_ENABLE: Field = field("cntx_empty_int_enable", (20, 1), (20, 1));
    pub const GFX_IDLE_INT_ENABLE: Field = field("gfx_idle_int_enable", (21, 1), (21, 1));
    pub const PRIV_INSTR_INT_ENABLE: Field = field("priv_instr_int_enable", (22, 1), (22, 1));
    pub const PRIV_REG_INT_ENABLE: Field = field("priv_reg_int_enable", (23, 1), (23, 1));
    pub const OPCODE_ERROR_INT_ENABLE: Field = field("opcode_error_int_enable", (24, 1), (24, 1));
    pub const TIME_STAMP_INT_ENABLE: Field = field("time_stamp_int_enable", (26, 1), (26, 1));
    pub const RESERVED_BIT_ERROR_INT_ENABLE: Field = field("reserved_bit_error_int_enable", (27, 1), (27, 1));
    pub const GENERIC2_INT_ENABLE: Field = field("generic2_int_enable", (29, 1), (29, 1));
    pub const GENERIC1_INT_ENABLE: Field = field("generic1_int_enable", (30, 1), (30, 1));
    pub const GENERIC0_INT_ENABLE: Field = field("generic0_int_enable", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[RESUME_INT_ENABLE, SUSPEND_INT_ENABLE, DMA_WATCH_INT_ENABLE, CP_VM_DOORBELL_WR_INT_ENABLE, CP_ECC_ERROR_INT_ENABLE, GPF_INT_ENABLE, WRM_POLL_TIMEOUT_INT_ENABLE, CMP_BUSY_INT_ENABLE, CNTX_BUSY_INT_ENABLE, CNTX_EMPTY_INT_ENABLE, GFX_IDLE_INT_ENABLE, PRIV_INSTR_INT_ENABLE, PRIV_REG_INT_ENABLE, OPCODE_ERROR_INT_ENABLE, TIME_STAMP_INT_ENABLE, RESERVED_BIT_ERROR_INT_ENABLE, GENERIC2_INT_ENABLE, GENERIC1_INT_ENABLE, GENERIC0_INT_ENABLE];
}

pub mod cp_mec_cntl {
    use crate::registers::{field, Field};
    pub const MEC_ME1_PIPE0_RESET: Field = field("mec_me1_pipe0_reset", (16, 1), (16, 1));
    pub const MEC_ME1_PIPE1_RESET: Field = field("mec_me1_pipe1_reset", (17, 1), (17, 1));
    pub const MEC_ME1_PIPE2_RESET: Field = field("mec_me1_pipe2_reset", (18, 1), (0, 0));
    pub const MEC_ME1_PIPE3_RESET: Field = field("mec_me1_pipe3_reset", (19, 1), (0, 0));
    pub const MEC_ME2_PIPE0_RESET: Field = field("mec_me2_pipe0_reset", (20, 1), (0, 0));
    pub const MEC_ME2_PIPE1_RESET: Field = field("mec_me2_pipe1_reset", (21, 1), (0, 0));
    pub const MEC_ME2_PIPE2_RESET: Field = field("mec_me2_pipe2_reset", (22, 1), (0, 0));
    pub const MEC_ME2_PIPE3_RESET: Field = field("mec_me2_pipe3_reset", (23, 1), (0, 0));
    pub const MEC_INVALIDATE_ICACHE: Field = field("mec_invalidate_icache", (27, 1), (27, 1));
    pub const MEC_ME2_HALT: Field = field("mec_me2_halt", (28, 1), (0, 0));
    pub const MEC_ME2_STEP: Field = field("mec_me2_step", (29, 1), (0, 0));
    pub const MEC_ME1_HALT: Field = field("mec_me1_halt", (30, 1), (30, 1));
    pub const MEC_ME1_STEP: Field = field("mec_me1_step", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[MEC_ME1_PIPE0_RESET, MEC_ME1_PIPE1_RESET, MEC_ME1_PIPE2_RESET, MEC_ME1_PIPE3_RESET, MEC_ME2_PIPE0_RESET, MEC_ME2_PIPE1_RESET, MEC_ME2_PIPE2_RESET, MEC_ME2_PIPE3_RESET, MEC_INVALIDATE_ICACHE, MEC_ME2_HALT, MEC_ME2_STEP, MEC_ME1_HALT, MEC_ME1_STEP];
}

pub mod cp_mec_doorbell_range_lower {
    use crate::registers::{field, Field};
    pub const DOORBELL_RANGE_LOWER: Field = field("doorbell_range_lower", (2, 10), (2, 10));
    pub(crate) const ALL: &[Field] = &[DOORBELL_RANGE_LOWER];
}

pub mod cp_mec_doorbell_range_upper {
    use crate::registers::{field, Field};
    pub const DOORBELL_RANGE_UPPER: Field = field("doorbell_range_upper", (2, 10), (2, 10));
    pub(crate) const ALL: &[Field] = &[DOORBELL_RANGE_UPPER];
}

pub mod cp_mec_me1_header_dump {
    use crate::registers::{field, Field};
    pub const HEADER_DUMP: Field = field("header_dump", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[HEADER_DUMP];
}

pub mod cp_mec_rs64_cntl {
    use crate::registers::{field, Field};
    pub const MEC_INVALIDATE_ICACHE: Field = field("mec_invalidate_icache", (4, 1), (4, 1));
    pub const MEC_PIPE0_RESET: Field = field("mec_pipe0_reset", (16, 1), (16, 1));
    pub const MEC_PIPE1_RESET: Field = field("mec_pipe1_reset", (17, 1), (17, 1));
    pub const MEC_PIPE2_RESET: Field = field("mec_pipe2_reset", (18, 1), (18, 1));
    pub const MEC_PIPE3_RESET: Field = field("mec_pipe3_reset", (19, 1), (19, 1));
    pub const MEC_PIPE0_ACTIVE: Field = field("mec_pipe0_active", (26, 1), (26, 1));
    pub const MEC_PIPE1_ACTIVE: Field = field("mec_pipe1_active", (27, 1), (27, 1));
    pub const MEC_PIPE2_ACTIVE: Field = field("mec_pipe2_active", (28, 1), (28, 1));
    pub const MEC_PIPE3_ACTIVE: Field = field("mec_pipe3_active", (29, 1), (29, 1));
    pub const MEC_HALT: Field = field("mec_halt", (30, 1), (30, 1));
    pub const MEC_STEP: Field = field("mec_step", (31, 1), (31, 1));
    pub const SPARE: Field = field("spare", (0, 0), (0, 4));
    pub(crate) const ALL: &[Field] = &[MEC_INVALIDATE_ICACHE, MEC_PIPE0_RESET, MEC_PIPE1_RESET, MEC_PIPE2_RESET, MEC_PIPE3_RESET, MEC_PIPE0_ACTIVE, MEC_PIPE1_ACTIVE, MEC_PIPE2_ACTIVE, MEC_PIPE3_ACTIVE, MEC_HALT, MEC_STEP, SPARE];
}

pub mod cp_mec_rs64_prgrm_cntr_start {
    use crate::registers::{field, Field};
    pub const IP_START: Field = field("ip_start", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[IP_START];
}

pub mod cp_mec_rs64_prgrm_cntr_start_hi {
    use crate::registers::{field, Field};
    pub const IP_START: Field = field("ip_start", (0, 30), (0, 30));
    pub(crate) const ALL: &[Field] = &[IP_START];
}

pub mod cp_me_cntl {
    use crate::registers::{field, Field};
    pub const CE_INVALIDATE_ICACHE: Field = field("ce_invalidate_icache", (0, 0), (4, 1));
    pub const PFP_INVALIDATE_ICACHE: Field = field("pfp_invalidate_icache", (0, 0), (6, 1));
    pub const ME_INVALIDATE_ICACHE: Field = field("me_invalidate_icache", (0, 0), (8, 1));
    pub const PFP_PIPE0_DISABLE: Field = field("pfp_pipe0_disable", (0, 0), (12, 1));
    pub const PFP_PIPE1_DISABLE: Field = field("pfp_pipe1_disable", (0, 0), (13, 1));
    pub const ME_PIPE0_DISABLE: Field = field("me_pipe0_disable", (0, 0), (14, 1));
    pub const ME_PIPE1_DISABLE: Field = field("me_pipe1_disable", (0, 0), (15, 1));
    pub const CE_PIPE0_RESET: Field = field("ce_pipe0_reset", (0, 0), (16, 1));
    pub const CE_PIPE1_RESET: Field = field("ce_pipe1_reset", (0, 0), (17, 1));
    pub const PFP_PIPE0_RESET: Field = field("pfp_pipe0_reset", (0, 0), (18, 1));
    pub const PFP_PIPE1_RESET: Field = field("pfp_pipe1_reset", (0, 0), (19, 1));
    pub const ME_PIPE0_RESET: Field = field("me_pipe0_reset", (0, 0), (20, 1));
    pub const ME_PIPE1_RESET: Field = field("me_pipe1_reset", (0, 0), (21, 1));
    pub const CE_HALT: Field = field("ce_halt", (0, 0), (24, 1));
    pub const CE_STEP: Field = field("ce_step", (0, 0), (25, 1));
    pub const PFP_HALT: Field = field("pfp_halt", (0, 0), (26, 1));
    pub const PFP_STEP: Field = field("pfp_step", (0, 0), (27, 1));
    pub const ME_HALT: Field = field("me_halt", (0, 0), (28, 1));
    pub const ME_STEP: Field = field("me_step", (0, 0), (29, 1));
    pub(crate) const ALL: &[Field] = &[CE_INVALIDATE_ICACHE, PFP_INVALIDATE_ICACHE, ME_INVALIDATE_ICACHE, PFP_PIPE0_DISABLE, PFP_PIPE1_DISABLE, ME_PIPE0_DISABLE, ME_PIPE1_DISABLE, CE_PIPE0_RESET, CE_PIPE1_RESET, PFP_PIPE0_RESET, PFP_PIPE1_RESET, ME_PIPE0_RESET, ME_PIPE1_RESET, CE_HALT, CE_STEP, PFP_HALT, PFP_STEP, ME_HALT, ME_STEP];
}

pub mod cp_me_prgrm_cntr_start {
    use crate::registers::{field, Field};
    pub const IP_START: Field = field("ip_start", (0, 0), (0, 32));
    pub(crate) const ALL: &[Field] = &[IP_START];
}

pub mod cp_me_prgrm_cntr_start_hi {
    use crate::registers::{field, Field};
    pub const IP_START: Field = field("ip_start", (0, 0), (0, 30));
    pub(crate) const ALL: &[Field] = &[IP_START];
}

pub mod cp_mqd_base_addr {
    use crate::registers::{field, Field};
    pub const BASE_ADDR: Field = field("base_addr", (2, 30), (2, 30));
    pub(crate) const ALL: &[Field] = &[BASE_ADDR];
}

pub mod cp_mqd_base_addr_hi {
    use crate::registers::{field, Field};
    pub const BASE_ADDR_HI: Field = field("base_addr_hi", (0, 16), (0, 16));
    pub(crate) const ALL: &[Field] = &[BASE_ADDR_HI];
}

pub mod cp_mqd_control {
    use crate::registers::{field, Field};
    pub const VMID: Field = field("vmid", (0, 4), (0, 4));
    pub const PRIV_STATE: Field = field("priv_state", (8, 1), (8, 1));
    pub const PROCESSING_MQD: Field = field("processing_mqd", (12, 1), (12, 1));
    pub const PROCESSING_MQD_EN: Field = field("processing_mqd_en", (13, 1), (13, 1));
    pub const EXE_DISABLE: Field = field("exe_disable", (23, 1), (23, 1));
    pub const CACHE_POLICY: Field = field("cache_policy", (24, 2), (24, 2));
    pub const MQD_VOLATILE: Field = field("mqd_volatile", (26, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[VMID, PRIV_STATE, PROCESSING_MQD, PROCESSING_MQD_EN, EXE_DISABLE, CACHE_POLICY, MQD_VOLATILE];
}

pub mod cp_pfp_prgrm_cntr_start {
    use crate::registers::{field, Field};
    pub const IP_START: Field = field("ip_start", (0, 0), (0, 32));
    pub(crate) const ALL: &[Field] = &[IP_START];
}

pub mod cp_pfp_prgrm_cntr_start_hi {
    use crate::registers::{field, Field};
    pub const IP_START: Field = field("ip_start", (0, 0), (0, 30));
    pub(crate) const ALL: &[Field] = &[IP_START];
}

pub mod cp_rb_wptr_poll_cntl {
    use crate::registers::{field, Field};
    pub const POLL_FREQUENCY: Field = field("poll_frequency", (0, 16), (0, 16));
    pub const IDLE_POLL_COUNT: Field = field("idle_poll_count", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[POLL_FREQUENCY, IDLE_POLL_COUNT];
}

pub mod cp_stat {
    use crate::registers::{field, Field};
    pub const ROQ_DB_BUSY: Field = field("roq_db_busy", (5, 1), (5, 1));
    pub const ROQ_CE_DB_BUSY: Field = field("roq_ce_db_busy", (6, 1), (6, 1));
    pub const ROQ_RING_BUSY: Field = field("roq_ring_busy", (9, 1), (9, 1));
    pub const ROQ_INDIRECT1_BUSY: Field = field("roq_indirect1_busy", (10, 1), (10, 1));
    pub const ROQ_INDIRECT2_BUSY: Field = field("roq_indirect2_busy", (11, 1), (11, 1));
    pub const ROQ_STATE_BUSY: Field = field("roq_state_busy", (12, 1), (12, 1));
    pub const DC_BUSY: Field = field("dc_busy", (13, 1), (13, 1));
    pub const UTCL2IU_BUSY: Field = field("utcl2iu_busy", (14, 1), (14, 1));
    pub const PFP_BUSY: Field = field("pfp_busy", (15, 1), (15, 1));
    pub const MEQ_BUSY: Field = field("meq_busy", (16, 1), (16, 1));
    pub const ME_BUSY: Field = field("me_busy", (17, 1), (17, 1));
    pub const QUERY_BUSY: Field = field("query_busy", (18, 1), (18, 1));
    pub const SEMAPHORE_BUSY: Field = field("semaphore_busy", (19, 1), (0, 0));
    pub const INTERRUPT_BUSY: Field = field("interrupt_busy", (20, 1), (20, 1));
    pub const SURFACE_SYNC_BUSY: Field = field("surface_sync_busy", (21, 1), (21, 1));
    pub const DMA_BUSY: Field = field("dma_busy", (22, 1), (22, 1));
    pub const RCIU_BUSY: Field = field("rciu_busy", (23, 1), (23, 1));
    pub const SCRATCH_RAM_BUSY: Field = field("scratch_ram_busy", (24, 1), (24, 1));
    pub const GCRIU_BUSY: Field = field("gcriu_busy", (25, 1), (25, 1));
    pub const CE_BUSY: Field = field("ce_busy", (26, 1), (26, 1));
    pub const TCIU_BUSY: Field = field("tciu_busy", (27, 1), (27, 1));
    pub const ROQ_CE_RING_BUSY: Field = field("roq_ce_ring_busy", (28, 1), (28, 1));
    pub const ROQ_CE_INDIRECT1_BUSY: Field = field("roq_ce_indirect1_busy", (29, 1), (29, 1));
    pub const ROQ_CE_INDIRECT2_BUSY: Field = field("roq_ce_indirect2_busy", (30, 1), (30, 1));
    pub const CP_BUSY: Field = field("cp_busy", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[ROQ_DB_BUSY, ROQ_CE_DB_BUSY, ROQ_RING_BUSY, ROQ_INDIRECT1_BUSY, ROQ_INDIRECT2_BUSY, ROQ_STATE_BUSY, DC_BUSY, UTCL2IU_BUSY, PFP_BUSY, MEQ_BUSY, ME_BUSY, QUERY_BUSY, SEMAPHORE_BUSY, INTERRUPT_BUSY, SURFACE_SYNC_BUSY, DMA_BUSY, RCIU_BUSY, SCRATCH_RAM_BUSY, GCRIU_BUSY, CE_BUSY, TCIU_BUSY, ROQ_CE_RING_BUSY, ROQ_CE_INDIRECT1_BUSY, ROQ_CE_INDIRECT2_BUSY, CP_BUSY];
}

pub mod gb_addr_config {
    use crate::registers::{field, Field};
    pub const NUM_PIPES: Field = field("num_pipes", (0, 3), (0, 3));
    pub const PIPE_INTERLEAVE_SIZE: Field = field("pipe_interleave_size", (3, 3), (3, 3));
    pub const MAX_COMPRESSED_FRAGS: Field = field("max_compressed_frags", (6, 2), (6, 2));
    pub const NUM_PKRS: Field = field("num_pkrs", (8, 3), (8, 3));
    pub const NUM_SHADER_ENGINES: Field = field("num_shader_engines", (19, 2), (19, 4));
    pub const NUM_RB_PER_SE: Field = field("num_rb_per_se", (26, 2), (26, 2));
    pub(crate) const ALL: &[Field] = &[NUM_PIPES, PIPE_INTERLEAVE_SIZE, MAX_COMPRESSED_FRAGS, NUM_PKRS, NUM_SHADER_ENGINES, NUM_RB_PER_SE];
}

pub mod gcmc_vm_agp_base {
    use crate::registers::{field, Field};
    pub const AGP_BASE: Field = field("agp_base", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[AGP_BASE];
}

pub mod gcmc_vm_agp_bot {
    use crate::registers::{field, Field};
    pub const AGP_BOT: Field = field("agp_bot", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[AGP_BOT];
}

pub mod gcmc_vm_agp_top {
    use crate::registers::{field, Field};
    pub const AGP_TOP: Field = field("agp_top", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[AGP_TOP];
}

pub mod gcmc_vm_fb_location_base {
    use crate::registers::{field, Field};
    pub const FB_BASE: Field = field("fb_base", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[FB_BASE];
}

pub mod gcmc_vm_fb_location_top {
    use crate::registers::{field, Field};
    pub const FB_TOP: Field = field("fb_top", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[FB_TOP];
}

pub mod gcmc_vm_fb_offset {
    use crate::registers::{field, Field};
    pub const FB_OFFSET: Field = field("fb_offset", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[FB_OFFSET];
}

pub mod gcmc_vm_mx_l1_tlb_cntl {
    use crate::registers::{field, Field};
    pub const ENABLE_L1_TLB: Field = field("enable_l1_tlb", (0, 1), (0, 1));
    pub const SYSTEM_ACCESS_MODE: Field = field("system_access_mode", (3, 2), (3, 2));
    pub const SYSTEM_APERTURE_UNMAPPED_ACCESS: Field = field("system_aperture_unmapped_access", (5, 1), (5, 1));
    pub const ENABLE_ADVANCED_DRIVER_MODEL: Field = field("enable_advanced_driver_model", (6, 1), (6, 1));
    pub const ECO_BITS: Field = field("eco_bits", (7, 4), (7, 4));
    pub const MTYPE: Field = field("mtype", (11, 3), (11, 2));
    pub(crate) const ALL: &[Field] = &[ENABLE_L1_TLB, SYSTEM_ACCESS_MODE, SYSTEM_APERTURE_UNMAPPED_ACCESS, ENABLE_ADVANCED_DRIVER_MODEL, ECO_BITS, MTYPE];
}

pub mod gcmc_vm_system_aperture_default_addr_lsb {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_NUMBER_LSB: Field = field("physical_page_number_lsb", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_NUMBER_LSB];
}

pub mod gcmc_vm_system_aperture_default_addr_msb {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_NUMBER_MSB: Field = field("physical_page_number_msb", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_NUMBER_MSB];
}

pub mod gcmc_vm_system_aperture_high_addr {
    use crate::registers::{field, Field};
    pub const LOGICAL_ADDR: Field = field("logical_addr", (0, 30), (0, 30));
    pub(crate) const ALL: &[Field] = &[LOGICAL_ADDR];
}

pub mod gcmc_vm_system_aperture_low_addr {
    use crate::registers::{field, Field};
    pub const LOGICAL_ADDR: Field = field("logical_addr", (0, 30), (0, 30));
    pub(crate) const ALL: &[Field] = &[LOGICAL_ADDR];
}

pub mod gcvm_context0_cntl {
    use crate::registers::{field, Field};
    pub const ENABLE_CONTEXT: Field = field("enable_context", (0, 1), (0, 1));
    pub const PAGE_TABLE_DEPTH: Field = field("page_table_depth", (1, 2), (1, 2));
    pub const PAGE_TABLE_BLOCK_SIZE: Field = field("page_table_block_size", (3, 4), (4, 4));
    pub const RETRY_PERMISSION_OR_INVALID_PAGE_FAULT: Field = field("retry_permission_or_invalid_page_fault", (7, 1), (8, 1));
    pub const RETRY_OTHER_FAULT: Field = field("retry_other_fault", (8, 1), (9, 1));
    pub const RANGE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("range_protection_fault_enable_interrupt", (9, 1), (10, 1));
    pub const RANGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("range_protection_fault_enable_default", (10, 1), (11, 1));
    pub const DUMMY_PAGE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("dummy_page_protection_fault_enable_interrupt", (11, 1), (12, 1));
    pub const DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("dummy_page_protection_fault_enable_default", (12, 1), (13, 1));
    pub const PDE0_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("pde0_protection_fault_enable_interrupt", (13, 1), (14, 1));
    pub const PDE0_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde0_protection_fault_enable_default", (14, 1), (15, 1));
    pub const VALID_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("valid_protection_fault_enable_interrupt", (15, 1), (16, 1));
    pub const VALID_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("valid_protection_fault_enable_default", (16, 1), (17, 1));
    pub const READ_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("read_protection_fault_enable_interrupt", (17, 1), (18, 1));
    pub const READ_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("read_protection_fault_enable_default", (18, 1), (19, 1));
    pub const WRITE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("write_protection_fault_enable_interrupt", (19, 1), (20, 1));
    pub const WRITE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("write_protection_fault_enable_default", (20, 1), (21, 1));
    pub const EXECUTE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("execute_protection_fault_enable_interrupt", (21, 1), (22, 1));
    pub const EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("execute_protection_fault_enable_default", (22, 1), (23, 1));
    pub const SECURE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("secure_protection_fault_enable_interrupt", (23, 1), (0, 0));
    pub const SECURE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("secure_protection_fault_enable_default", (24, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[ENABLE_CONTEXT, PAGE_TABLE_DEPTH, PAGE_TABLE_BLOCK_SIZE, RETRY_PERMISSION_OR_INVALID_PAGE_FAULT, RETRY_OTHER_FAULT, RANGE_PROTECTION_FAULT_ENABLE_INTERRUPT, RANGE_PROTECTION_FAULT_ENABLE_DEFAULT, DUMMY_PAGE_PROTECTION_FAULT_ENABLE_INTERRUPT, DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT, PDE0_PROTECTION_FAULT_ENABLE_INTERRUPT, PDE0_PROTECTION_FAULT_ENABLE_DEFAULT, VALID_PROTECTION_FAULT_ENABLE_INTERRUPT, VALID_PROTECTION_FAULT_ENABLE_DEFAULT, READ_PROTECTION_FAULT_ENABLE_INTERRUPT, READ_PROTECTION_FAULT_ENABLE_DEFAULT, WRITE_PROTECTION_FAULT_ENABLE_INTERRUPT, WRITE_PROTECTION_FAULT_ENABLE_DEFAULT, EXECUTE_PROTECTION_FAULT_ENABLE_INTERRUPT, EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT, SECURE_PROTECTION_FAULT_ENABLE_INTERRUPT, SECURE_PROTECTION_FAULT_ENABLE_DEFAULT];
}

pub mod gcvm_context0_page_table_base_addr_hi32 {
    use crate::registers::{field, Field};
    pub const PAGE_DIRECTORY_ENTRY_HI32: Field = field("page_directory_entry_hi32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PAGE_DIRECTORY_ENTRY_HI32];
}

pub mod gcvm_context0_page_table_base_addr_lo32 {
    use crate::registers::{field, Field};
    pub const PAGE_DIRECTORY_ENTRY_LO32: Field = field("page_directory_entry_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PAGE_DIRECTORY_ENTRY_LO32];
}

pub mod gcvm_context0_page_table_end_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod gcvm_context0_page_table_end_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod gcvm_context0_page_table_start_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod gcvm_context0_page_table_start_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod gcvm_invalidate_eng0_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng0_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng10_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng10_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng11_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng11_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng12_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng12_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng13_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng13_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng14_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng14_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng15_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng15_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng16_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng16_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng17_ack {
    use crate::registers::{field, Field};
    pub const PER_VMID_INVALIDATE_ACK: Field = field("per_vmid_invalidate_ack", (0, 16), (0, 16));
    pub const SEMAPHORE: Field = field("semaphore", (16, 1), (16, 1));
    pub(crate) const ALL: &[Field] = &[PER_VMID_INVALIDATE_ACK, SEMAPHORE];
}

pub mod gcvm_invalidate_eng17_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng17_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng17_req {
    use crate::registers::{field, Field};
    pub const PER_VMID_INVALIDATE_REQ: Field = field("per_vmid_invalidate_req", (0, 16), (0, 16));
    pub const FLUSH_TYPE: Field = field("flush_type", (16, 3), (16, 3));
    pub const INVALIDATE_L2_PTES: Field = field("invalidate_l2_ptes", (19, 1), (19, 1));
    pub const INVALIDATE_L2_PDE0: Field = field("invalidate_l2_pde0", (20, 1), (20, 1));
    pub const INVALIDATE_L2_PDE1: Field = field("invalidate_l2_pde1", (21, 1), (21, 1));
    pub const INVALIDATE_L2_PDE2: Field = field("invalidate_l2_pde2", (22, 1), (22, 1));
    pub const INVALIDATE_L1_PTES: Field = field("invalidate_l1_ptes", (23, 1), (23, 1));
    pub const CLEAR_PROTECTION_FAULT_STATUS_ADDR: Field = field("clear_protection_fault_status_addr", (24, 1), (24, 1));
    pub const LOG_REQUEST: Field = field("log_request", (25, 1), (25, 1));
    pub const INVALIDATE_4K_PAGES_ONLY: Field = field("invalidate_4k_pages_only", (26, 1), (26, 1));
    pub(crate) const ALL: &[Field] = &[PER_VMID_INVALIDATE_REQ, FLUSH_TYPE, INVALIDATE_L2_PTES, INVALIDATE_L2_PDE0, INVALIDATE_L2_PDE1, INVALIDATE_L2_PDE2, INVALIDATE_L1_PTES, CLEAR_PROTECTION_FAULT_STATUS_ADDR, LOG_REQUEST, INVALIDATE_4K_PAGES_ONLY];
}

pub mod gcvm_invalidate_eng17_sem {
    use crate::registers::{field, Field};
    pub const SEMAPHORE: Field = field("semaphore", (0, 1), (0, 1));
    pub(crate) const ALL: &[Field] = &[SEMAPHORE];
}

pub mod gcvm_invalidate_eng1_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng1_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng2_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng2_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng3_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng3_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng4_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng4_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng5_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng5_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng6_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng6_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng7_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng7_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng8_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng8_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_invalidate_eng9_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod gcvm_invalidate_eng9_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod gcvm_l2_cntl {
    use crate::registers::{field, Field};
    pub const ENABLE_L2_CACHE: Field = field("enable_l2_cache", (0, 1), (0, 1));
    pub const ENABLE_L2_FRAGMENT_PROCESSING: Field = field("enable_l2_fragment_processing", (1, 1), (1, 1));
    pub const L2_CACHE_PTE_ENDIAN_SWAP_MODE: Field = field("l2_cache_pte_endian_swap_mode", (2, 2), (2, 2));
    pub const L2_CACHE_PDE_ENDIAN_SWAP_MODE: Field = field("l2_cache_pde_endian_swap_mode", (4, 2), (4, 2));
    pub const L2_PDE0_CACHE_TAG_GENERATION_MODE: Field = field("l2_pde0_cache_tag_generation_mode", (8, 1), (8, 1));
    pub const ENABLE_L2_PTE_CACHE_LRU_UPDATE_BY_WRITE: Field = field("enable_l2_pte_cache_lru_update_by_write", (9, 1), (9, 1));
    pub const ENABLE_L2_PDE0_CACHE_LRU_UPDATE_BY_WRITE: Field = field("enable_l2_pde0_cache_lru_update_by_write", (10, 1), (10, 1));
    pub const ENABLE_DEFAULT_PAGE_OUT_TO_SYSTEM_MEMORY: Field = field("enable_default_page_out_to_system_memory", (11, 1), (11, 1));
    pub const L2_PDE0_CACHE_SPLIT_MODE: Field = field("l2_pde0_cache_split_mode", (12, 3), (12, 3));
    pub const EFFECTIVE_L2_QUEUE_SIZE: Field = field("effective_l2_queue_size", (15, 3), (15, 3));
    pub const PDE_FAULT_CLASSIFICATION: Field = field("pde_fault_classification", (18, 1), (18, 1));
    pub const CONTEXT1_IDENTITY_ACCESS_MODE: Field = field("context1_identity_access_mode", (19, 2), (19, 2));
    pub const IDENTITY_MODE_FRAGMENT_SIZE: Field = field("identity_mode_fragment_size", (21, 5), (21, 5));
    pub const L2_PTE_CACHE_ADDR_MODE: Field = field("l2_pte_cache_addr_mode", (26, 2), (26, 2));
    pub(crate) const ALL: &[Field] = &[ENABLE_L2_CACHE, ENABLE_L2_FRAGMENT_PROCESSING, L2_CACHE_PTE_ENDIAN_SWAP_MODE, L2_CACHE_PDE_ENDIAN_SWAP_MODE, L2_PDE0_CACHE_TAG_GENERATION_MODE, ENABLE_L2_PTE_CACHE_LRU_UPDATE_BY_WRITE, ENABLE_L2_PDE0_CACHE_LRU_UPDATE_BY_WRITE, ENABLE_DEFAULT_PAGE_OUT_TO_SYSTEM_MEMORY, L2_PDE0_CACHE_SPLIT_MODE, EFFECTIVE_L2_QUEUE_SIZE, PDE_FAULT_CLASSIFICATION, CONTEXT1_IDENTITY_ACCESS_MODE, IDENTITY_MODE_FRAGMENT_SIZE, L2_PTE_CACHE_ADDR_MODE];
}

pub mod gcvm_l2_cntl2 {
    use crate::registers::{field, Field};
    pub const INVALIDATE_ALL_L1_TLBS: Field = field("invalidate_all_l1_tlbs", (0, 1), (0, 1));
    pub const INVALIDATE_L2_CACHE: Field = field("invalidate_l2_cache", (1, 1), (1, 1));
    pub const DISABLE_INVALIDATE_PER_DOMAIN: Field = field("disable_invalidate_per_domain", (21, 1), (21, 1));
    pub const DISABLE_BIGK_CACHE_OPTIMIZATION: Field = field("disable_bigk_cache_optimization", (22, 1), (22, 1));
    pub const L2_PTE_CACHE_VMID_MODE: Field = field("l2_pte_cache_vmid_mode", (23, 3), (23, 3));
    pub const INVALIDATE_CACHE_MODE: Field = field("invalidate_cache_mode", (26, 2), (26, 2));
    pub const PDE_CACHE_EFFECTIVE_SIZE: Field = field("pde_cache_effective_size", (28, 3), (28, 3));
    pub(crate) const ALL: &[Field] = &[INVALIDATE_ALL_L1_TLBS, INVALIDATE_L2_CACHE, DISABLE_INVALIDATE_PER_DOMAIN, DISABLE_BIGK_CACHE_OPTIMIZATION, L2_PTE_CACHE_VMID_MODE, INVALIDATE_CACHE_MODE, PDE_CACHE_EFFECTIVE_SIZE];
}

pub mod gcvm_l2_cntl3 {
    use crate::registers::{field, Field};
    pub const BANK_SELECT: Field = field("bank_select", (0, 6), (0, 6));
    pub const L2_CACHE_UPDATE_MODE: Field = field("l2_cache_update_mode", (6, 2), (6, 2));
    pub const L2_CACHE_UPDATE_WILDCARD_REFERENCE_VALUE: Field = field("l2_cache_update_wildcard_reference_value", (8, 5), (8, 5));
    pub const L2_CACHE_BIGK_FRAGMENT_SIZE: Field = field("l2_cache_bigk_fragment_size", (15, 5), (15, 5));
    pub const L2_CACHE_BIGK_ASSOCIATIVITY: Field = field("l2_cache_bigk_associativity", (20, 1), (20, 1));
    pub const L2_CACHE_4K_EFFECTIVE_SIZE: Field = field("l2_cache_4k_effective_size", (21, 3), (21, 3));
    pub const L2_CACHE_BIGK_EFFECTIVE_SIZE: Field = field("l2_cache_bigk_effective_size", (24, 4), (24, 4));
    pub const L2_CACHE_4K_FORCE_MISS: Field = field("l2_cache_4k_force_miss", (28, 1), (28, 1));
    pub const L2_CACHE_BIGK_FORCE_MISS: Field = field("l2_cache_bigk_force_miss", (29, 1), (29, 1));
    pub const PDE_CACHE_FORCE_MISS: Field = field("pde_cache_force_miss", (30, 1), (30, 1));
    pub const L2_CACHE_4K_ASSOCIATIVITY: Field = field("l2_cache_4k_associativity", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[BANK_SELECT, L2_CACHE_UPDATE_MODE, L2_CACHE_UPDATE_WILDCARD_REFERENCE_VALUE, L2_CACHE_BIGK_FRAGMENT_SIZE, L2_CACHE_BIGK_ASSOCIATIVITY, L2_CACHE_4K_EFFECTIVE_SIZE, L2_CACHE_BIGK_EFFECTIVE_SIZE, L2_CACHE_4K_FORCE_MISS, L2_CACHE_BIGK_FORCE_MISS, PDE_CACHE_FORCE_MISS, L2_CACHE_4K_ASSOCIATIVITY];
}

pub mod gcvm_l2_cntl4 {
    use crate::registers::{field, Field};
    pub const L2_CACHE_4K_PARTITION_COUNT: Field = field("l2_cache_4k_partition_count", (0, 6), (0, 6));
    pub const VMC_TAP_PDE_REQUEST_PHYSICAL: Field = field("vmc_tap_pde_request_physical", (6, 1), (6, 1));
    pub const VMC_TAP_PTE_REQUEST_PHYSICAL: Field = field("vmc_tap_pte_request_physical", (7, 1), (7, 1));
    pub const MM_NONRT_IFIFO_ACTIVE_TRANSACTION_LIMIT: Field = field("mm_nonrt_ififo_active_transaction_limit", (8, 10), (8, 10));
    pub const MM_SOFTRT_IFIFO_ACTIVE_TRANSACTION_LIMIT: Field = field("mm_softrt_ififo_active_transaction_limit", (18, 10), (18, 10));
    pub const BPM_CGCGLS_OVERRIDE: Field = field("bpm_cgcgls_override", (28, 1), (28, 1));
    pub const GC_CH_FGCG_OFF: Field = field("gc_ch_fgcg_off", (29, 1), (29, 1));
    pub const VFIFO_HEAD_OF_QUEUE: Field = field("vfifo_head_of_queue", (30, 1), (30, 1));
    pub const VFIFO_VISIBLE_BANK_SILOS: Field = field("vfifo_visible_bank_silos", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[L2_CACHE_4K_PARTITION_COUNT, VMC_TAP_PDE_REQUEST_PHYSICAL, VMC_TAP_PTE_REQUEST_PHYSICAL, MM_NONRT_IFIFO_ACTIVE_TRANSACTION_LIMIT, MM_SOFTRT_IFIFO_ACTIVE_TRANSACTION_LIMIT, BPM_CGCGLS_OVERRIDE, GC_CH_FGCG_OFF, VFIFO_HEAD_OF_QUEUE, VFIFO_VISIBLE_BANK_SILOS];
}

pub mod gcvm_l2_cntl5 {
    use crate::registers::{field, Field};
    pub const L2_CACHE_SMALLK_FRAGMENT_SIZE: Field = field("l2_cache_smallk_fragment_size", (0, 5), (0, 5));
    pub const WALKER_PRIORITY_CLIENT_ID: Field = field("walker_priority_client_id", (5, 9), (5, 9));
    pub const WALKER_FETCH_PDE_NOALLOC_ENABLE: Field = field("walker_fetch_pde_noalloc_enable", (14, 1), (14, 1));
    pub const WALKER_FETCH_PDE_MTYPE_ENABLE: Field = field("walker_fetch_pde_mtype_enable", (15, 1), (15, 1));
    pub const UTCL2_ATC_REQ_FGCG_OFF: Field = field("utcl2_atc_req_fgcg_off", (16, 1), (16, 1));
    pub const UTCL2_ATC_INVREQ_REPEATER_FGCG_OFF: Field = field("utcl2_atc_invreq_repeater_fgcg_off", (0, 0), (17, 1));
    pub const UTCL2_ONE_OUTSTANDING_ATC_INVREQ: Field = field("utcl2_one_outstanding_atc_invreq", (0, 0), (18, 1));
    pub(crate) const ALL: &[Field] = &[L2_CACHE_SMALLK_FRAGMENT_SIZE, WALKER_PRIORITY_CLIENT_ID, WALKER_FETCH_PDE_NOALLOC_ENABLE, WALKER_FETCH_PDE_MTYPE_ENABLE, UTCL2_ATC_REQ_FGCG_OFF, UTCL2_ATC_INVREQ_REPEATER_FGCG_OFF, UTCL2_ONE_OUTSTANDING_ATC_INVREQ];
}

pub mod gcvm_l2_context1_identity_aperture_high_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod gcvm_l2_context1_identity_aperture_high_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod gcvm_l2_context1_identity_aperture_low_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod gcvm_l2_context1_identity_aperture_low_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod gcvm_l2_context_identity_physical_offset_hi32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_OFFSET_HI4: Field = field("physical_page_offset_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_OFFSET_HI4];
}

pub mod gcvm_l2_context_identity_physical_offset_lo32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_OFFSET_LO32: Field = field("physical_page_offset_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_OFFSET_LO32];
}

pub mod gcvm_l2_protection_fault_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_ADDR_HI4: Field = field("logical_page_addr_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_ADDR_HI4];
}

pub mod gcvm_l2_protection_fault_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_ADDR_LO32: Field = field("logical_page_addr_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_ADDR_LO32];
}

pub mod gcvm_l2_protection_fault_cntl {
    use crate::registers::{field, Field};
    pub const CLEAR_PROTECTION_FAULT_STATUS_ADDR: Field = field("clear_protection_fault_status_addr", (0, 1), (0, 1));
    pub const ALLOW_SUBSEQUENT_PROTECTION_FAULT_STATUS_ADDR_UPDATES: Field = field("allow_subsequent_protection_fault_status_addr_updates", (1, 1), (1, 1));
    pub const RANGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("range_protection_fault_enable_default", (2, 1), (2, 1));
    pub const PDE0_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde0_protection_fault_enable_default", (3, 1), (3, 1));
    pub const PDE1_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde1_protection_fault_enable_default", (4, 1), (4, 1));
    pub const PDE2_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde2_protection_fault_enable_default", (5, 1), (5, 1));
    pub const TRANSLATE_FURTHER_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("translate_further_protection_fault_enable_default", (6, 1), (6, 1));
    pub const NACK_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("nack_protection_fault_enable_default", (7, 1), (7, 1));
    pub const DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("dummy_page_protection_fault_enable_default", (8, 1), (8, 1));
    pub const VALID_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("valid_protection_fault_enable_default", (9, 1), (9, 1));
    pub const READ_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("read_protection_fault_enable_default", (10, 1), (10, 1));
    pub const WRITE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("write_protection_fault_enable_default", (11, 1), (11, 1));
    pub const EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("execute_protection_fault_enable_default", (12, 1), (12, 1));
    pub const CLIENT_ID_NO_RETRY_FAULT_INTERRUPT: Field = field("client_id_no_retry_fault_interrupt", (13, 16), (13, 16));
    pub const OTHER_CLIENT_ID_NO_RETRY_FAULT_INTERRUPT: Field = field("other_client_id_no_retry_fault_interrupt", (29, 1), (29, 1));
    pub const CRASH_ON_NO_RETRY_FAULT: Field = field("crash_on_no_retry_fault", (30, 1), (30, 1));
    pub const CRASH_ON_RETRY_FAULT: Field = field("crash_on_retry_fault", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[CLEAR_PROTECTION_FAULT_STATUS_ADDR, ALLOW_SUBSEQUENT_PROTECTION_FAULT_STATUS_ADDR_UPDATES, RANGE_PROTECTION_FAULT_ENABLE_DEFAULT, PDE0_PROTECTION_FAULT_ENABLE_DEFAULT, PDE1_PROTECTION_FAULT_ENABLE_DEFAULT, PDE2_PROTECTION_FAULT_ENABLE_DEFAULT, TRANSLATE_FURTHER_PROTECTION_FAULT_ENABLE_DEFAULT, NACK_PROTECTION_FAULT_ENABLE_DEFAULT, DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT, VALID_PROTECTION_FAULT_ENABLE_DEFAULT, READ_PROTECTION_FAULT_ENABLE_DEFAULT, WRITE_PROTECTION_FAULT_ENABLE_DEFAULT, EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT, CLIENT_ID_NO_RETRY_FAULT_INTERRUPT, OTHER_CLIENT_ID_NO_RETRY_FAULT_INTERRUPT, CRASH_ON_NO_RETRY_FAULT, CRASH_ON_RETRY_FAULT];
}

pub mod gcvm_l2_protection_fault_cntl2 {
    use crate::registers::{field, Field};
    pub const CLIENT_ID_PRT_FAULT_INTERRUPT: Field = field("client_id_prt_fault_interrupt", (0, 16), (0, 16));
    pub const OTHER_CLIENT_ID_PRT_FAULT_INTERRUPT: Field = field("other_client_id_prt_fault_interrupt", (16, 1), (16, 1));
    pub const ACTIVE_PAGE_MIGRATION_PTE: Field = field("active_page_migration_pte", (17, 1), (17, 1));
    pub const ACTIVE_PAGE_MIGRATION_PTE_READ_RETRY: Field = field("active_page_migration_pte_read_retry", (18, 1), (18, 1));
    pub const ENABLE_RETRY_FAULT_INTERRUPT: Field = field("enable_retry_fault_interrupt", (19, 1), (19, 1));
    pub(crate) const ALL: &[Field] = &[CLIENT_ID_PRT_FAULT_INTERRUPT, OTHER_CLIENT_ID_PRT_FAULT_INTERRUPT, ACTIVE_PAGE_MIGRATION_PTE, ACTIVE_PAGE_MIGRATION_PTE_READ_RETRY, ENABLE_RETRY_FAULT_INTERRUPT];
}

pub mod gcvm_l2_protection_fault_default_addr_hi32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_ADDR_HI4: Field = field("physical_page_addr_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_ADDR_HI4];
}

pub mod gcvm_l2_protection_fault_default_addr_lo32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_ADDR_LO32: Field = field("physical_page_addr_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_ADDR_LO32];
}

pub mod gcvm_l2_protection_fault_status {
    use crate::registers::{field, Field};
    pub const MORE_FAULTS: Field = field("more_faults", (0, 1), (0, 1));
    pub const WALKER_ERROR: Field = field("walker_error", (1, 3), (1, 3));
    pub const PERMISSION_FAULTS: Field = field("permission_faults", (4, 4), (4, 4));
    pub const MAPPING_ERROR: Field = field("mapping_error", (8, 1), (8, 1));
    pub const CID: Field = field("cid", (9, 9), (9, 9));
    pub const RW: Field = field("rw", (18, 1), (18, 1));
    pub const ATOMIC: Field = field("atomic", (19, 1), (19, 1));
    pub const VMID: Field = field("vmid", (20, 4), (20, 4));
    pub const VF: Field = field("vf", (24, 1), (24, 1));
    pub const VFID: Field = field("vfid", (25, 4), (25, 5));
    pub const PRT: Field = field("prt", (29, 1), (30, 1));
    pub const FED: Field = field("fed", (30, 1), (0, 0));
    pub const UCE: Field = field("uce", (0, 0), (31, 1));
    pub(crate) const ALL: &[Field] = &[MORE_FAULTS, WALKER_ERROR, PERMISSION_FAULTS, MAPPING_ERROR, CID, RW, ATOMIC, VMID, VF, VFID, PRT, FED, UCE];
}

pub mod gcvm_l2_protection_fault_status_hi32 {
    use crate::registers::{field, Field};
    pub const FED: Field = field("fed", (0, 0), (0, 1));
    pub(crate) const ALL: &[Field] = &[FED];
}

pub mod grbm_cntl {
    use crate::registers::{field, Field};
    pub const READ_TIMEOUT: Field = field("read_timeout", (0, 8), (0, 12));
    pub const REPORT_LAST_RDERR: Field = field("report_last_rderr", (31, 1), (31, 1));
    pub const SED_READ_TIMEOUT: Field = field("sed_read_timeout", (0, 0), (16, 12));
    pub(crate) const ALL: &[Field] = &[READ_TIMEOUT, REPORT_LAST_RDERR, SED_READ_TIMEOUT];
}

pub mod grbm_gfx_cntl {
    use crate::registers::{field, Field};
    pub const PIPEID: Field = field("pipeid", (0, 2), (0, 2));
    pub const MEID: Field = field("meid", (2, 2), (2, 2));
    pub const VMID: Field = field("vmid", (4, 4), (4, 4));
    pub const QUEUEID: Field = field("queueid", (8, 3), (8, 3));
    pub const CTXID: Field = field("ctxid", (11, 3), (11, 3));
    pub(crate) const ALL: &[Field] = &[PIPEID, MEID, VMID, QUEUEID, CTXID];
}

pub mod grbm_gfx_index {
    use crate::registers::{field, Field};
    pub const INSTANCE_INDEX: Field = field("instance_index", (0, 8), (0, 7));
    pub const SA_INDEX: Field = field("sa_index", (8, 8), (8, 2));
    pub const SE_INDEX: Field = field("se_index", (16, 8), (16, 4));
    pub const SA_BROADCAST_WRITES: Field = field("sa_broadcast_writes", (29, 1), (29, 1));
    pub const INSTANCE_BROADCAST_WRITES: Field = field("instance_broadcast_writes", (30, 1), (30, 1));
    pub const SE_BROADCAST_WRITES: Field = field("se_broadcast_writes", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[INSTANCE_INDEX, SA_INDEX, SE_INDEX, SA_BROADCAST_WRITES, INSTANCE_BROADCAST_WRITES, SE_BROADCAST_WRITES];
}

pub mod grbm_nowhere {
    use crate::registers::{field, Field};
    pub const DATA: Field = field("data", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[DATA];
}

pub mod grbm_soft_reset {
    use crate::registers::{field, Field};
    pub const SOFT_RESET_CP: Field = field("soft_reset_cp", (0, 1), (0, 1));
    pub const SOFT_RESET_RLC: Field = field("soft_reset_rlc", (2, 1), (2, 1));
    pub const SOFT_RESET_UTCL2: Field = field("soft_reset_utcl2", (15, 1), (15, 1));
    pub const SOFT_RESET_GFX: Field = field("soft_reset_gfx", (16, 1), (16, 1));
    pub const SOFT_RESET_CPF: Field = field("soft_reset_cpf", (17, 1), (17, 1));
    pub const SOFT_RESET_CPC: Field = field("soft_reset_cpc", (18, 1), (18, 1));
    pub const SOFT_RESET_CPG: Field = field("soft_reset_cpg", (19, 1), (19, 1));
    pub const SOFT_RESET_CAC: Field = field("soft_reset_cac", (20, 1), (20, 1));
    pub const SOFT_RESET_EA: Field = field("soft_reset_ea", (22, 1), (22, 1));
    pub const SOFT_RESET_SDMA0: Field = field("soft_reset_sdma0", (23, 1), (23, 1));
    pub const SOFT_RESET_SDMA1: Field = field("soft_reset_sdma1", (24, 1), (24, 1));
    pub const SOFT_RESET_CPAXI: Field = field("soft_reset_cpaxi", (21, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[SOFT_RESET_CP, SOFT_RESET_RLC, SOFT_RESET_UTCL2, SOFT_RESET_GFX, SOFT_RESET_CPF, SOFT_RESET_CPC, SOFT_RESET_CPG, SOFT_RESET_CAC, SOFT_RESET_EA, SOFT_RESET_SDMA0, SOFT_RESET_SDMA1, SOFT_RESET_CPAXI];
}

pub mod grbm_status {
    use crate::registers::{field, Field};
    pub const ME0PIPE0_CMDFIFO_AVAIL: Field = field("me0pipe0_cmdfifo_avail", (0, 4), (0, 4));
    pub const SDMA_RQ_PENDING: Field = field("sdma_rq_pending", (6, 1), (6, 1));
    pub const ME0PIPE0_CF_RQ_PENDING: Field = field("me0pipe0_cf_rq_pending", (7, 1), (7, 1));
    pub const ME0PIPE0_PF_RQ_PENDING: Field = field("me0pipe0_pf_rq_pending", (8, 1), (8, 1));
    pub const GDS_DMA_RQ_PENDING: Field = field("gds_dma_rq_pending", (9, 1), (0, 0));
    pub const DB_CLEAN: Field = field("db_clean", (12, 1), (12, 1));
    pub const CB_CLEAN: Field = field("cb_clean", (13, 1), (13, 1));
    pub const TA_BUSY: Field = field("ta_busy", (14, 1), (14, 1));
    pub const GDS_BUSY: Field = field("gds_busy", (15, 1), (0, 0));
    pub const GE_BUSY_NO_DMA: Field = field("ge_busy_no_dma", (16, 1), (16, 1));
    pub const SX_BUSY: Field = field("sx_busy", (20, 1), (20, 1));
    pub const GE_BUSY: Field = field("ge_busy", (21, 1), (21, 1));
    pub const SPI_BUSY: Field = field("spi_busy", (22, 1), (22, 1));
    pub const BCI_BUSY: Field = field("bci_busy", (23, 1), (23, 1));
    pub const SC_BUSY: Field = field("sc_busy", (24, 1), (24, 1));
    pub const PA_BUSY: Field = field("pa_busy", (25, 1), (25, 1));
    pub const DB_BUSY: Field = field("db_busy", (26, 1), (26, 1));
    pub const ANY_ACTIVE: Field = field("any_active", (27, 1), (27, 1));
    pub const CP_COHERENCY_BUSY: Field = field("cp_coherency_busy", (28, 1), (28, 1));
    pub const CP_BUSY: Field = field("cp_busy", (29, 1), (29, 1));
    pub const CB_BUSY: Field = field("cb_busy", (30, 1), (30, 1));
    pub const GUI_ACTIVE: Field = field("gui_active", (31, 1), (31, 1));
    pub const RSMU_RQ_PENDING: Field = field("rsmu_rq_pending", (5, 1), (0, 0));
    pub const SC_CLEAN: Field = field("sc_clean", (0, 0), (11, 1));
    pub(crate) const ALL: &[Field] = &[ME0PIPE0_CMDFIFO_AVAIL, SDMA_RQ_PENDING, ME0PIPE0_CF_RQ_PENDING, ME0PIPE0_PF_RQ_PENDING, GDS_DMA_RQ_PENDING, DB_CLEAN, CB_CLEAN, TA_BUSY, GDS_BUSY, GE_BUSY_NO_DMA, SX_BUSY, GE_BUSY, SPI_BUSY, BCI_BUSY, SC_BUSY, PA_BUSY, DB_BUSY, ANY_ACTIVE, CP_COHERENCY_BUSY, CP_BUSY, CB_BUSY, GUI_ACTIVE, RSMU_RQ_PENDING, SC_CLEAN];
}

pub mod grbm_status2 {
    use crate::registers::{field, Field};
    pub const ME0PIPE1_CMDFIFO_AVAIL: Field = field("me0pipe1_cmdfifo_avail", (0, 4), (0, 4));
    pub const ME0PIPE1_CF_RQ_PENDING: Field = field("me0pipe1_cf_rq_pending", (4, 1), (4, 1));
    pub const ME0PIPE1_PF_RQ_PENDING: Field = field("me0pipe1_pf_rq_pending", (5, 1), (5, 1));
    pub const ME1PIPE0_RQ_PENDING: Field = field("me1pipe0_rq_pending", (6, 1), (6, 1));
    pub const ME1PIPE1_RQ_PENDING: Field = field("me1pipe1_rq_pending", (7, 1), (7, 1));
    pub const ME1PIPE2_RQ_PENDING: Field = field("me1pipe2_rq_pending", (8, 1), (0, 0));
    pub const ME1PIPE3_RQ_PENDING: Field = field("me1pipe3_rq_pending", (9, 1), (0, 0));
    pub const RLC_RQ_PENDING: Field = field("rlc_rq_pending", (14, 1), (14, 1));
    pub const UTCL2_BUSY: Field = field("utcl2_busy", (15, 1), (15, 1));
    pub const EA_BUSY: Field = field("ea_busy", (16, 1), (16, 1));
    pub const RMI_BUSY: Field = field("rmi_busy", (17, 1), (0, 0));
    pub const UTCL2_RQ_PENDING: Field = field("utcl2_rq_pending", (18, 1), (18, 1));
    pub const SDMA_SCH_RQ_PENDING: Field = field("sdma_sch_rq_pending", (19, 1), (19, 1));
    pub const EA_LINK_BUSY: Field = field("ea_link_busy", (20, 1), (20, 1));
    pub const SDMA_BUSY: Field = field("sdma_busy", (21, 1), (21, 1));
    pub const SDMA0_RQ_PENDING: Field = field("sdma0_rq_pending", (22, 1), (22, 1));
    pub const SDMA1_RQ_PENDING: Field = field("sdma1_rq_pending", (23, 1), (23, 1));
    pub const RLC_BUSY: Field = field("rlc_busy", (26, 1), (26, 1));
    pub const TCP_BUSY: Field = field("tcp_busy", (27, 1), (27, 1));
    pub const CPF_BUSY: Field = field("cpf_busy", (28, 1), (28, 1));
    pub const CPC_BUSY: Field = field("cpc_busy", (29, 1), (29, 1));
    pub const CPG_BUSY: Field = field("cpg_busy", (30, 1), (30, 1));
    pub const CPAXI_BUSY: Field = field("cpaxi_busy", (31, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[ME0PIPE1_CMDFIFO_AVAIL, ME0PIPE1_CF_RQ_PENDING, ME0PIPE1_PF_RQ_PENDING, ME1PIPE0_RQ_PENDING, ME1PIPE1_RQ_PENDING, ME1PIPE2_RQ_PENDING, ME1PIPE3_RQ_PENDING, RLC_RQ_PENDING, UTCL2_BUSY, EA_BUSY, RMI_BUSY, UTCL2_RQ_PENDING, SDMA_SCH_RQ_PENDING, EA_LINK_BUSY, SDMA_BUSY, SDMA0_RQ_PENDING, SDMA1_RQ_PENDING, RLC_BUSY, TCP_BUSY, CPF_BUSY, CPC_BUSY, CPG_BUSY, CPAXI_BUSY];
}

pub mod grbm_status_se0 {
    use crate::registers::{field, Field};
    pub const DB_CLEAN: Field = field("db_clean", (1, 1), (1, 1));
    pub const CB_CLEAN: Field = field("cb_clean", (2, 1), (2, 1));
    pub const UTCL1_BUSY: Field = field("utcl1_busy", (3, 1), (3, 1));
    pub const TCP_BUSY: Field = field("tcp_busy", (4, 1), (4, 1));
    pub const GL1CC_BUSY: Field = field("gl1cc_busy", (5, 1), (5, 1));
    pub const GL1H_BUSY: Field = field("gl1h_busy", (6, 1), (0, 0));
    pub const PC_BUSY: Field = field("pc_busy", (7, 1), (7, 1));
    pub const SEDC_BUSY: Field = field("sedc_busy", (8, 1), (0, 0));
    pub const RMI_BUSY: Field = field("rmi_busy", (21, 1), (0, 0));
    pub const BCI_BUSY: Field = field("bci_busy", (22, 1), (22, 1));
    pub const PA_BUSY: Field = field("pa_busy", (24, 1), (24, 1));
    pub const TA_BUSY: Field = field("ta_busy", (25, 1), (25, 1));
    pub const SX_BUSY: Field = field("sx_busy", (26, 1), (26, 1));
    pub const SPI_BUSY: Field = field("spi_busy", (27, 1), (27, 1));
    pub const SC_BUSY: Field = field("sc_busy", (29, 1), (29, 1));
    pub const DB_BUSY: Field = field("db_busy", (30, 1), (30, 1));
    pub const CB_BUSY: Field = field("cb_busy", (31, 1), (31, 1));
    pub const SC_CLEAN: Field = field("sc_clean", (0, 0), (0, 1));
    pub const GL1XCC_BUSY: Field = field("gl1xcc_busy", (0, 0), (6, 1));
    pub(crate) const ALL: &[Field] = &[DB_CLEAN, CB_CLEAN, UTCL1_BUSY, TCP_BUSY, GL1CC_BUSY, GL1H_BUSY, PC_BUSY, SEDC_BUSY, RMI_BUSY, BCI_BUSY, PA_BUSY, TA_BUSY, SX_BUSY, SPI_BUSY, SC_BUSY, DB_BUSY, CB_BUSY, SC_CLEAN, GL1XCC_BUSY];
}

pub mod hdp_mem_power_ctrl {
    use crate::registers::{field, Field};
    pub const ATOMIC_MEM_POWER_CTRL_EN: Field = field("atomic_mem_power_ctrl_en", (0, 1), (0, 1));
    pub const ATOMIC_MEM_POWER_LS_EN: Field = field("atomic_mem_power_ls_en", (1, 1), (1, 1));
    pub const ATOMIC_MEM_POWER_DS_EN: Field = field("atomic_mem_power_ds_en", (2, 1), (2, 1));
    pub const ATOMIC_MEM_POWER_SD_EN: Field = field("atomic_mem_power_sd_en", (3, 1), (3, 1));
    pub const ATOMIC_MEM_IDLE_HYSTERESIS: Field = field("atomic_mem_idle_hysteresis", (4, 3), (4, 3));
    pub const ATOMIC_MEM_POWER_UP_RECOVER_DELAY: Field = field("atomic_mem_power_up_recover_delay", (8, 6), (8, 6));
    pub const ATOMIC_MEM_POWER_DOWN_ENTER_DELAY: Field = field("atomic_mem_power_down_enter_delay", (14, 2), (14, 2));
    pub const RC_MEM_POWER_CTRL_EN: Field = field("rc_mem_power_ctrl_en", (16, 1), (16, 1));
    pub const RC_MEM_POWER_LS_EN: Field = field("rc_mem_power_ls_en", (17, 1), (17, 1));
    pub const RC_MEM_POWER_DS_EN: Field = field("rc_mem_power_ds_en", (18, 1), (18, 1));
    pub const RC_MEM_POWER_SD_EN: Field = field("rc_mem_power_sd_en", (19, 1), (19, 1));
    pub const RC_MEM_IDLE_HYSTERESIS: Field = field("rc_mem_idle_hysteresis", (20, 3), (20, 3));
    pub const RC_MEM_POWER_UP_RECOVER_DELAY: Field = field("rc_mem_power_up_recover_delay", (24, 6), (24, 6));
    pub const RC_MEM_POWER_DOWN_ENTER_DELAY: Field = field("rc_mem_power_down_enter_delay", (30, 2), (30, 2));
    pub(crate) const ALL: &[Field] = &[ATOMIC_MEM_POWER_CTRL_EN, ATOMIC_MEM_POWER_LS_EN, ATOMIC_MEM_POWER_DS_EN, ATOMIC_MEM_POWER_SD_EN, ATOMIC_MEM_IDLE_HYSTERESIS, ATOMIC_MEM_POWER_UP_RECOVER_DELAY, ATOMIC_MEM_POWER_DOWN_ENTER_DELAY, RC_MEM_POWER_CTRL_EN, RC_MEM_POWER_LS_EN, RC_MEM_POWER_DS_EN, RC_MEM_POWER_SD_EN, RC_MEM_IDLE_HYSTERESIS, RC_MEM_POWER_UP_RECOVER_DELAY, RC_MEM_POWER_DOWN_ENTER_DELAY];
}

pub mod ih_doorbell_rptr {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 26), (0, 26));
    pub const ENABLE: Field = field("enable", (28, 1), (28, 1));
    pub(crate) const ALL: &[Field] = &[OFFSET, ENABLE];
}

pub mod ih_doorbell_rptr_ring1 {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 26), (0, 26));
    pub const ENABLE: Field = field("enable", (28, 1), (28, 1));
    pub(crate) const ALL: &[Field] = &[OFFSET, ENABLE];
}

pub mod ih_int_flood_cntl {
    use crate::registers::{field, Field};
    pub const HIGHWATER: Field = field("highwater", (0, 3), (0, 3));
    pub const FLOOD_CNTL_ENABLE: Field = field("flood_cntl_enable", (3, 1), (3, 1));
    pub const CLEAR_INT_FLOOD_STATUS: Field = field("clear_int_flood_status", (4, 1), (4, 1));
    pub(crate) const ALL: &[Field] = &[HIGHWATER, FLOOD_CNTL_ENABLE, CLEAR_INT_FLOOD_STATUS];
}

pub mod ih_msi_storm_ctrl {
    use crate::registers::{field, Field};
    pub const DELAY: Field = field("delay", (0, 12), (0, 12));
    pub(crate) const ALL: &[Field] = &[DELAY];
}

pub mod ih_rb_base {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod ih_rb_base_hi {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 8), (0, 8));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod ih_rb_base_hi_ring1 {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 8), (0, 8));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod ih_rb_base_ring1 {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod ih_rb_cntl {
    use crate::registers::{field, Field};
    pub const RB_ENABLE: Field = field("rb_enable", (0, 1), (0, 1));
    pub const RB_SIZE: Field = field("rb_size", (1, 5), (1, 5));
    pub const WPTR_WRITEBACK_ENABLE: Field = field("wptr_writeback_enable", (8, 1), (8, 1));
    pub const RB_FULL_DRAIN_ENABLE: Field = field("rb_full_drain_enable", (9, 1), (9, 1));
    pub const FULL_DRAIN_CLEAR: Field = field("full_drain_clear", (10, 1), (10, 1));
    pub const PAGE_RB_CLEAR: Field = field("page_rb_clear", (11, 1), (11, 1));
    pub const RB_USED_INT_THRESHOLD: Field = field("rb_used_int_threshold", (12, 4), (12, 4));
    pub const WPTR_OVERFLOW_ENABLE: Field = field("wptr_overflow_enable", (16, 1), (16, 1));
    pub const ENABLE_INTR: Field = field("enable_intr", (17, 1), (17, 1));
    pub const MC_SWAP: Field = field("mc_swap", (18, 2), (18, 2));
    pub const MC_SNOOP: Field = field("mc_snoop", (20, 1), (20, 1));
    pub const RPTR_REARM: Field = field("rptr_rearm", (21, 1), (21, 1));
    pub const MC_RO: Field = field("mc_ro", (22, 1), (22, 1));
    pub const MC_VMID: Field = field("mc_vmid", (24, 4), (24, 4));
    pub const MC_SPACE: Field = field("mc_space", (28, 3), (28, 3));
    pub const WPTR_OVERFLOW_CLEAR: Field = field("wptr_overflow_clear", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[RB_ENABLE, RB_SIZE, WPTR_WRITEBACK_ENABLE, RB_FULL_DRAIN_ENABLE, FULL_DRAIN_CLEAR, PAGE_RB_CLEAR, RB_USED_INT_THRESHOLD, WPTR_OVERFLOW_ENABLE, ENABLE_INTR, MC_SWAP, MC_SNOOP, RPTR_REARM, MC_RO, MC_VMID, MC_SPACE, WPTR_OVERFLOW_CLEAR];
}

pub mod ih_rb_cntl_ring1 {
    use crate::registers::{field, Field};
    pub const RB_ENABLE: Field = field("rb_enable", (0, 1), (0, 1));
    pub const RB_SIZE: Field = field("rb_size", (1, 5), (1, 5));
    pub const RB_FULL_DRAIN_ENABLE: Field = field("rb_full_drain_enable", (9, 1), (9, 1));
    pub const FULL_DRAIN_CLEAR: Field = field("full_drain_clear", (10, 1), (10, 1));
    pub const PAGE_RB_CLEAR: Field = field("page_rb_clear", (11, 1), (11, 1));
    pub const RB_USED_INT_THRESHOLD: Field = field("rb_used_int_threshold", (12, 4), (12, 4));
    pub const WPTR_OVERFLOW_ENABLE: Field = field("wptr_overflow_enable", (16, 1), (16, 1));
    pub const MC_SWAP: Field = field("mc_swap", (18, 2), (18, 2));
    pub const MC_SNOOP: Field = field("mc_snoop", (20, 1), (20, 1));
    pub const MC_RO: Field = field("mc_ro", (22, 1), (22, 1));
    pub const MC_VMID: Field = field("mc_vmid", (24, 4), (24, 4));
    pub const MC_SPACE: Field = field("mc_space", (28, 3), (28, 3));
    pub const WPTR_OVERFLOW_CLEAR: Field = field("wptr_overflow_clear", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[RB_ENABLE, RB_SIZE, RB_FULL_DRAIN_ENABLE, FULL_DRAIN_CLEAR, PAGE_RB_CLEAR, RB_USED_INT_THRESHOLD, WPTR_OVERFLOW_ENABLE, MC_SWAP, MC_SNOOP, MC_RO, MC_VMID, MC_SPACE, WPTR_OVERFLOW_CLEAR];
}

pub mod ih_rb_rptr {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (2, 16), (2, 16));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod ih_rb_rptr_ring1 {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (2, 16), (2, 16));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod ih_rb_wptr {
    use crate::registers::{field, Field};
    pub const RB_OVERFLOW: Field = field("rb_overflow", (0, 1), (0, 1));
    pub const OFFSET: Field = field("offset", (2, 16), (2, 16));
    pub const RB_LEFT_NONE: Field = field("rb_left_none", (18, 1), (18, 1));
    pub const RB_MAY_OVERFLOW: Field = field("rb_may_overflow", (19, 1), (19, 1));
    pub(crate) const ALL: &[Field] = &[RB_OVERFLOW, OFFSET, RB_LEFT_NONE, RB_MAY_OVERFLOW];
}

pub mod ih_rb_wptr_addr_hi {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 16), (0, 16));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod ih_rb_wptr_addr_lo {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (2, 30), (2, 30));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod ih_rb_wptr_ring1 {
    use crate::registers::{field, Field};
    pub const RB_OVERFLOW: Field = field("rb_overflow", (0, 1), (0, 1));
    pub const OFFSET: Field = field("offset", (2, 16), (2, 16));
    pub const RB_LEFT_NONE: Field = field("rb_left_none", (18, 1), (18, 1));
    pub const RB_MAY_OVERFLOW: Field = field("rb_may_overflow", (19, 1), (19, 1));
    pub(crate) const ALL: &[Field] = &[RB_OVERFLOW, OFFSET, RB_LEFT_NONE, RB_MAY_OVERFLOW];
}

pub mod ih_storm_client_list_cntl {
    use crate::registers::{field, Field};
    pub const CLIENT1_IS_STORM_CLIENT: Field = field("client1_is_storm_client", (1, 1), (1, 1));
    pub const CLIENT2_IS_STORM_CLIENT: Field = field("client2_is_storm_client", (2, 1), (2, 1));
    pub const CLIENT3_IS_STORM_CLIENT: Field = field("client3_is_storm_client", (3, 1), (3, 1));
    pub const CLIENT4_IS_STORM_CLIENT: Field = field("client4_is_storm_client", (4, 1), (4, 1));
    pub const CLIENT5_IS_STORM_CLIENT: Field = field("client5_is_storm_client", (5, 1), (5, 1));
    pub const CLIENT6_IS_STORM_CLIENT: Field = field("client6_is_storm_client", (6, 1), (6, 1));
    pub const CLIENT7_IS_STORM_CLIENT: Field = field("client7_is_storm_client", (7, 1), (7, 1));
    pub const CLIENT8_IS_STORM_CLIENT: Field = field("client8_is_storm_client", (8, 1), (8, 1));
    pub const CLIENT9_IS_STORM_CLIENT: Field = field("client9_is_storm_client", (9, 1), (9, 1));
    pub const CLIENT10_IS_STORM_CLIENT: Field = field("client10_is_storm_client", (10, 1), (10, 1));
    pub const CLIENT11_IS_STORM_CLIENT: Field = field("client11_is_storm_client", (11, 1), (11, 1));
    pub const CLIENT12_IS_STORM_CLIENT: Field = field("client12_is_storm_client", (12, 1), (12, 1));
    pub const CLIENT13_IS_STORM_CLIENT: Field = field("client13_is_storm_client", (13, 1), (13, 1));
    pub const CLIENT14_IS_STORM_CLIENT: Field = field("client14_is_storm_client", (14, 1), (14, 1));
    pub const CLIENT15_IS_STORM_CLIENT: Field = field("client15_is_storm_client", (15, 1), (15, 1));
    pub const CLIENT16_IS_STORM_CLIENT: Field = field("client16_is_storm_client", (16, 1), (16, 1));
    pub const CLIENT17_IS_STORM_CLIENT: Field = field("client17_is_storm_client", (17, 1), (17, 1));
    pub const CLIENT18_IS_STORM_CLIENT: Field = field("client18_is_storm_client", (18, 1), (18, 1));
    pub const CLIENT19_IS_STORM_CLIENT: Field = field("client19_is_storm_client", (19, 1), (19, 1));
    pub const CLIENT20_IS_STORM_CLIENT: Field = field("client20_is_storm_client", (20, 1), (20, 1));
    pub const CLIENT21_IS_STORM_CLIENT: Field = field("client21_is_storm_client", (21, 1), (21, 1));
    pub const CLIENT22_IS_STORM_CLIENT: Field = field("client22_is_storm_client", (22, 1), (22, 1));
    pub const CLIENT23_IS_STORM_CLIENT: Field = field("client23_is_storm_client", (23, 1), (23, 1));
    pub const CLIENT24_IS_STORM_CLIENT: Field = field("client24_is_storm_client", (24, 1), (24, 1));
    pub const CLIENT25_IS_STORM_CLIENT: Field = field("client25_is_storm_client", (25, 1), (25, 1));
    pub const CLIENT26_IS_STORM_CLIENT: Field = field("client26_is_storm_client", (26, 1), (26, 1));
    pub const CLIENT27_IS_STORM_CLIENT: Field = field("client27_is_storm_client", (27, 1), (27, 1));
    pub const CLIENT28_IS_STORM_CLIENT: Field = field("client28_is_storm_client", (28, 1), (28, 1));
    pub const CLIENT29_IS_STORM_CLIENT: Field = field("client29_is_storm_client", (29, 1), (29, 1));
    pub const CLIENT30_IS_STORM_CLIENT: Field = field("client30_is_storm_client", (30, 1), (30, 1));
    pub const CLIENT31_IS_STORM_CLIENT: Field = field("client31_is_storm_client", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[CLIENT1_IS_STORM_CLIENT, CLIENT2_IS_STORM_CLIENT, CLIENT3_IS_STORM_CLIENT, CLIENT4_IS_STORM_CLIENT, CLIENT5_IS_STORM_CLIENT, CLIENT6_IS_STORM_CLIENT, CLIENT7_IS_STORM_CLIENT, CLIENT8_IS_STORM_CLIENT, CLIENT9_IS_STORM_CLIENT, CLIENT10_IS_STORM_CLIENT, CLIENT11_IS_STORM_CLIENT, CLIENT12_IS_STORM_CLIENT, CLIENT13_IS_STORM_CLIENT, CLIENT14_IS_STORM_CLIENT, CLIENT15_IS_STORM_CLIENT, CLIENT16_IS_STORM_CLIENT, CLIENT17_IS_STORM_CLIENT, CLIENT18_IS_STORM_CLIENT, CLIENT19_IS_STORM_CLIENT, CLIENT20_IS_STORM_CLIENT, CLIENT21_IS_STORM_CLIENT, CLIENT22_IS_STORM_CLIENT, CLIENT23_IS_STORM_CLIENT, CLIENT24_IS_STORM_CLIENT, CLIENT25_IS_STORM_CLIENT, CLIENT26_IS_STORM_CLIENT, CLIENT27_IS_STORM_CLIENT, CLIENT28_IS_STORM_CLIENT, CLIENT29_IS_STORM_CLIENT, CLIENT30_IS_STORM_CLIENT, CLIENT31_IS_STORM_CLIENT];
}

pub mod mmmc_vm_agp_base {
    use crate::registers::{field, Field};
    pub const AGP_BASE: Field = field("agp_base", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[AGP_BASE];
}

pub mod mmmc_vm_agp_bot {
    use crate::registers::{field, Field};
    pub const AGP_BOT: Field = field("agp_bot", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[AGP_BOT];
}

pub mod mmmc_vm_agp_top {
    use crate::registers::{field, Field};
    pub const AGP_TOP: Field = field("agp_top", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[AGP_TOP];
}

pub mod mmmc_vm_fb_location_base {
    use crate::registers::{field, Field};
    pub const FB_BASE: Field = field("fb_base", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[FB_BASE];
}

pub mod mmmc_vm_fb_location_top {
    use crate::registers::{field, Field};
    pub const FB_TOP: Field = field("fb_top", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[FB_TOP];
}

pub mod mmmc_vm_fb_offset {
    use crate::registers::{field, Field};
    pub const FB_OFFSET: Field = field("fb_offset", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[FB_OFFSET];
}

pub mod mmmc_vm_mx_l1_tlb_cntl {
    use crate::registers::{field, Field};
    pub const ENABLE_L1_TLB: Field = field("enable_l1_tlb", (0, 1), (0, 1));
    pub const SYSTEM_ACCESS_MODE: Field = field("system_access_mode", (3, 2), (3, 2));
    pub const SYSTEM_APERTURE_UNMAPPED_ACCESS: Field = field("system_aperture_unmapped_access", (5, 1), (5, 1));
    pub const ENABLE_ADVANCED_DRIVER_MODEL: Field = field("enable_advanced_driver_model", (6, 1), (6, 1));
    pub const ECO_BITS: Field = field("eco_bits", (7, 4), (7, 4));
    pub const MTYPE: Field = field("mtype", (11, 3), (11, 2));
    pub(crate) const ALL: &[Field] = &[ENABLE_L1_TLB, SYSTEM_ACCESS_MODE, SYSTEM_APERTURE_UNMAPPED_ACCESS, ENABLE_ADVANCED_DRIVER_MODEL, ECO_BITS, MTYPE];
}

pub mod mmmc_vm_system_aperture_default_addr_lsb {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_NUMBER_LSB: Field = field("physical_page_number_lsb", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_NUMBER_LSB];
}

pub mod mmmc_vm_system_aperture_default_addr_msb {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_NUMBER_MSB: Field = field("physical_page_number_msb", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_NUMBER_MSB];
}

pub mod mmmc_vm_system_aperture_high_addr {
    use crate::registers::{field, Field};
    pub const LOGICAL_ADDR: Field = field("logical_addr", (0, 30), (0, 30));
    pub(crate) const ALL: &[Field] = &[LOGICAL_ADDR];
}

pub mod mmmc_vm_system_aperture_low_addr {
    use crate::registers::{field, Field};
    pub const LOGICAL_ADDR: Field = field("logical_addr", (0, 30), (0, 30));
    pub(crate) const ALL: &[Field] = &[LOGICAL_ADDR];
}

pub mod mmvm_context0_cntl {
    use crate::registers::{field, Field};
    pub const ENABLE_CONTEXT: Field = field("enable_context", (0, 1), (0, 1));
    pub const PAGE_TABLE_DEPTH: Field = field("page_table_depth", (1, 2), (1, 2));
    pub const PAGE_TABLE_BLOCK_SIZE: Field = field("page_table_block_size", (3, 4), (4, 4));
    pub const RETRY_PERMISSION_OR_INVALID_PAGE_FAULT: Field = field("retry_permission_or_invalid_page_fault", (7, 1), (8, 1));
    pub const RETRY_OTHER_FAULT: Field = field("retry_other_fault", (8, 1), (9, 1));
    pub const RANGE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("range_protection_fault_enable_interrupt", (9, 1), (10, 1));
    pub const RANGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("range_protection_fault_enable_default", (10, 1), (11, 1));
    pub const DUMMY_PAGE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("dummy_page_protection_fault_enable_interrupt", (11, 1), (12, 1));
    pub const DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("dummy_page_protection_fault_enable_default", (12, 1), (13, 1));
    pub const PDE0_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("pde0_protection_fault_enable_interrupt", (13, 1), (14, 1));
    pub const PDE0_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde0_protection_fault_enable_default", (14, 1), (15, 1));
    pub const VALID_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("valid_protection_fault_enable_interrupt", (15, 1), (16, 1));
    pub const VALID_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("valid_protection_fault_enable_default", (16, 1), (17, 1));
    pub const READ_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("read_protection_fault_enable_interrupt", (17, 1), (18, 1));
    pub const READ_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("read_protection_fault_enable_default", (18, 1), (19, 1));
    pub const WRITE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("write_protection_fault_enable_interrupt", (19, 1), (20, 1));
    pub const WRITE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("write_protection_fault_enable_default", (20, 1), (21, 1));
    pub const EXECUTE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("execute_protection_fault_enable_interrupt", (21, 1), (22, 1));
    pub const EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("execute_protection_fault_enable_default", (22, 1), (23, 1));
    pub const SECURE_PROTECTION_FAULT_ENABLE_INTERRUPT: Field = field("secure_protection_fault_enable_interrupt", (23, 1), (24, 1));
    pub const SECURE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("secure_protection_fault_enable_default", (24, 1), (25, 1));
    pub(crate) const ALL: &[Field] = &[ENABLE_CONTEXT, PAGE_TABLE_DEPTH, PAGE_TABLE_BLOCK_SIZE, RETRY_PERMISSION_OR_INVALID_PAGE_FAULT, RETRY_OTHER_FAULT, RANGE_PROTECTION_FAULT_ENABLE_INTERRUPT, RANGE_PROTECTION_FAULT_ENABLE_DEFAULT, DUMMY_PAGE_PROTECTION_FAULT_ENABLE_INTERRUPT, DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT, PDE0_PROTECTION_FAULT_ENABLE_INTERRUPT, PDE0_PROTECTION_FAULT_ENABLE_DEFAULT, VALID_PROTECTION_FAULT_ENABLE_INTERRUPT, VALID_PROTECTION_FAULT_ENABLE_DEFAULT, READ_PROTECTION_FAULT_ENABLE_INTERRUPT, READ_PROTECTION_FAULT_ENABLE_DEFAULT, WRITE_PROTECTION_FAULT_ENABLE_INTERRUPT, WRITE_PROTECTION_FAULT_ENABLE_DEFAULT, EXECUTE_PROTECTION_FAULT_ENABLE_INTERRUPT, EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT, SECURE_PROTECTION_FAULT_ENABLE_INTERRUPT, SECURE_PROTECTION_FAULT_ENABLE_DEFAULT];
}

pub mod mmvm_context0_page_table_base_addr_hi32 {
    use crate::registers::{field, Field};
    pub const PAGE_DIRECTORY_ENTRY_HI32: Field = field("page_directory_entry_hi32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PAGE_DIRECTORY_ENTRY_HI32];
}

pub mod mmvm_context0_page_table_base_addr_lo32 {
    use crate::registers::{field, Field};
    pub const PAGE_DIRECTORY_ENTRY_LO32: Field = field("page_directory_entry_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PAGE_DIRECTORY_ENTRY_LO32];
}

pub mod mmvm_context0_page_table_end_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod mmvm_context0_page_table_end_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod mmvm_context0_page_table_start_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod mmvm_context0_page_table_start_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod mmvm_invalidate_eng0_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng0_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng10_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng10_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng11_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng11_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng12_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng12_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng13_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng13_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng14_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng14_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng15_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng15_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng16_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng16_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng17_ack {
    use crate::registers::{field, Field};
    pub const PER_VMID_INVALIDATE_ACK: Field = field("per_vmid_invalidate_ack", (0, 16), (0, 16));
    pub const SEMAPHORE: Field = field("semaphore", (16, 1), (16, 1));
    pub(crate) const ALL: &[Field] = &[PER_VMID_INVALIDATE_ACK, SEMAPHORE];
}

pub mod mmvm_invalidate_eng17_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng17_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng17_req {
    use crate::registers::{field, Field};
    pub const PER_VMID_INVALIDATE_REQ: Field = field("per_vmid_invalidate_req", (0, 16), (0, 16));
    pub const FLUSH_TYPE: Field = field("flush_type", (16, 3), (16, 3));
    pub const INVALIDATE_L2_PTES: Field = field("invalidate_l2_ptes", (19, 1), (19, 1));
    pub const INVALIDATE_L2_PDE0: Field = field("invalidate_l2_pde0", (20, 1), (20, 1));
    pub const INVALIDATE_L2_PDE1: Field = field("invalidate_l2_pde1", (21, 1), (21, 1));
    pub const INVALIDATE_L2_PDE2: Field = field("invalidate_l2_pde2", (22, 1), (22, 1));
    pub const INVALIDATE_L1_PTES: Field = field("invalidate_l1_ptes", (23, 1), (23, 1));
    pub const CLEAR_PROTECTION_FAULT_STATUS_ADDR: Field = field("clear_protection_fault_status_addr", (24, 1), (24, 1));
    pub const LOG_REQUEST: Field = field("log_request", (25, 1), (25, 1));
    pub const INVALIDATE_4K_PAGES_ONLY: Field = field("invalidate_4k_pages_only", (26, 1), (26, 1));
    pub(crate) const ALL: &[Field] = &[PER_VMID_INVALIDATE_REQ, FLUSH_TYPE, INVALIDATE_L2_PTES, INVALIDATE_L2_PDE0, INVALIDATE_L2_PDE1, INVALIDATE_L2_PDE2, INVALIDATE_L1_PTES, CLEAR_PROTECTION_FAULT_STATUS_ADDR, LOG_REQUEST, INVALIDATE_4K_PAGES_ONLY];
}

pub mod mmvm_invalidate_eng17_sem {
    use crate::registers::{field, Field};
    pub const SEMAPHORE: Field = field("semaphore", (0, 1), (0, 1));
    pub(crate) const ALL: &[Field] = &[SEMAPHORE];
}

pub mod mmvm_invalidate_eng1_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng1_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng2_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng2_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng3_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng3_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng4_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng4_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng5_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng5_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng6_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng6_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng7_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng7_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng8_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng8_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_invalidate_eng9_addr_range_hi32 {
    use crate::registers::{field, Field};
    pub const LOGI_PAGE_ADDR_RANGE_HI5: Field = field("logi_page_addr_range_hi5", (0, 5), (0, 5));
    pub(crate) const ALL: &[Field] = &[LOGI_PAGE_ADDR_RANGE_HI5];
}

pub mod mmvm_invalidate_eng9_addr_range_lo32 {
    use crate::registers::{field, Field};
    pub const S_BIT: Field = field("s_bit", (0, 1), (0, 1));
    pub const LOGI_PAGE_ADDR_RANGE_LO31: Field = field("logi_page_addr_range_lo31", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[S_BIT, LOGI_PAGE_ADDR_RANGE_LO31];
}

pub mod mmvm_l2_bank_select_reserved_cid2 {
    use crate::registers::{field, Field};
    pub const RESERVED_READ_CLIENT_ID: Field = field("reserved_read_client_id", (0, 9), (0, 9));
    pub const RESERVED_WRITE_CLIENT_ID: Field = field("reserved_write_client_id", (10, 9), (10, 9));
    pub const ENABLE: Field = field("enable", (20, 1), (20, 1));
    pub const RESERVED_CACHE_INVALIDATION_MODE: Field = field("reserved_cache_invalidation_mode", (24, 1), (24, 1));
    pub const RESERVED_CACHE_PRIVATE_INVALIDATION: Field = field("reserved_cache_private_invalidation", (25, 1), (25, 1));
    pub const RESERVED_CACHE_FRAGMENT_SIZE: Field = field("reserved_cache_fragment_size", (26, 5), (26, 5));
    pub(crate) const ALL: &[Field] = &[RESERVED_READ_CLIENT_ID, RESERVED_WRITE_CLIENT_ID, ENABLE, RESERVED_CACHE_INVALIDATION_MODE, RESERVED_CACHE_PRIVATE_INVALIDATION, RESERVED_CACHE_FRAGMENT_SIZE];
}

pub mod mmvm_l2_cntl {
    use crate::registers::{field, Field};
    pub const ENABLE_L2_CACHE: Field = field("enable_l2_cache", (0, 1), (0, 1));
    pub const ENABLE_L2_FRAGMENT_PROCESSING: Field = field("enable_l2_fragment_processing", (1, 1), (1, 1));
    pub const L2_CACHE_PTE_ENDIAN_SWAP_MODE: Field = field("l2_cache_pte_endian_swap_mode", (2, 2), (2, 2));
    pub const L2_CACHE_PDE_ENDIAN_SWAP_MODE: Field = field("l2_cache_pde_endian_swap_mode", (4, 2), (4, 2));
    pub const L2_PDE0_CACHE_TAG_GENERATION_MODE: Field = field("l2_pde0_cache_tag_generation_mode", (8, 1), (8, 1));
    pub const ENABLE_L2_PTE_CACHE_LRU_UPDATE_BY_WRITE: Field = field("enable_l2_pte_cache_lru_update_by_write", (9, 1), (9, 1));
    pub const ENABLE_L2_PDE0_CACHE_LRU_UPDATE_BY_WRITE: Field = field("enable_l2_pde0_cache_lru_update_by_write", (10, 1), (10, 1));
    pub const ENABLE_DEFAULT_PAGE_OUT_TO_SYSTEM_MEMORY: Field = field("enable_default_page_out_to_system_memory", (11, 1), (11, 1));
    pub const L2_PDE0_CACHE_SPLIT_MODE: Field = field("l2_pde0_cache_split_mode", (12, 3), (12, 3));
    pub const EFFECTIVE_L2_QUEUE_SIZE: Field = field("effective_l2_queue_size", (15, 3), (15, 3));
    pub const PDE_FAULT_CLASSIFICATION: Field = field("pde_fault_classification", (18, 1), (18, 1));
    pub const CONTEXT1_IDENTITY_ACCESS_MODE: Field = field("context1_identity_access_mode", (19, 2), (19, 2));
    pub const IDENTITY_MODE_FRAGMENT_SIZE: Field = field("identity_mode_fragment_size", (21, 5), (21, 5));
    pub const L2_PTE_CACHE_ADDR_MODE: Field = field("l2_pte_cache_addr_mode", (26, 2), (26, 2));
    pub(crate) const ALL: &[Field] = &[ENABLE_L2_CACHE, ENABLE_L2_FRAGMENT_PROCESSING, L2_CACHE_PTE_ENDIAN_SWAP_MODE, L2_CACHE_PDE_ENDIAN_SWAP_MODE, L2_PDE0_CACHE_TAG_GENERATION_MODE, ENABLE_L2_PTE_CACHE_LRU_UPDATE_BY_WRITE, ENABLE_L2_PDE0_CACHE_LRU_UPDATE_BY_WRITE, ENABLE_DEFAULT_PAGE_OUT_TO_SYSTEM_MEMORY, L2_PDE0_CACHE_SPLIT_MODE, EFFECTIVE_L2_QUEUE_SIZE, PDE_FAULT_CLASSIFICATION, CONTEXT1_IDENTITY_ACCESS_MODE, IDENTITY_MODE_FRAGMENT_SIZE, L2_PTE_CACHE_ADDR_MODE];
}

pub mod mmvm_l2_cntl2 {
    use crate::registers::{field, Field};
    pub const INVALIDATE_ALL_L1_TLBS: Field = field("invalidate_all_l1_tlbs", (0, 1), (0, 1));
    pub const INVALIDATE_L2_CACHE: Field = field("invalidate_l2_cache", (1, 1), (1, 1));
    pub const DISABLE_INVALIDATE_PER_DOMAIN: Field = field("disable_invalidate_per_domain", (21, 1), (21, 1));
    pub const DISABLE_BIGK_CACHE_OPTIMIZATION: Field = field("disable_bigk_cache_optimization", (22, 1), (22, 1));
    pub const L2_PTE_CACHE_VMID_MODE: Field = field("l2_pte_cache_vmid_mode", (23, 3), (23, 3));
    pub const INVALIDATE_CACHE_MODE: Field = field("invalidate_cache_mode", (26, 2), (26, 2));
    pub const PDE_CACHE_EFFECTIVE_SIZE: Field = field("pde_cache_effective_size", (28, 3), (28, 3));
    pub(crate) const ALL: &[Field] = &[INVALIDATE_ALL_L1_TLBS, INVALIDATE_L2_CACHE, DISABLE_INVALIDATE_PER_DOMAIN, DISABLE_BIGK_CACHE_OPTIMIZATION, L2_PTE_CACHE_VMID_MODE, INVALIDATE_CACHE_MODE, PDE_CACHE_EFFECTIVE_SIZE];
}

pub mod mmvm_l2_cntl3 {
    use crate::registers::{field, Field};
    pub const BANK_SELECT: Field = field("bank_select", (0, 6), (0, 6));
    pub const L2_CACHE_UPDATE_MODE: Field = field("l2_cache_update_mode", (6, 2), (6, 2));
    pub const L2_CACHE_UPDATE_WILDCARD_REFERENCE_VALUE: Field = field("l2_cache_update_wildcard_reference_value", (8, 5), (8, 5));
    pub const L2_CACHE_BIGK_FRAGMENT_SIZE: Field = field("l2_cache_bigk_fragment_size", (15, 5), (15, 5));
    pub const L2_CACHE_BIGK_ASSOCIATIVITY: Field = field("l2_cache_bigk_associativity", (20, 1), (20, 1));
    pub const L2_CACHE_4K_EFFECTIVE_SIZE: Field = field("l2_cache_4k_effective_size", (21, 3), (21, 3));
    pub const L2_CACHE_BIGK_EFFECTIVE_SIZE: Field = field("l2_cache_bigk_effective_size", (24, 4), (24, 4));
    pub const L2_CACHE_4K_FORCE_MISS: Field = field("l2_cache_4k_force_miss", (28, 1), (28, 1));
    pub const L2_CACHE_BIGK_FORCE_MISS: Field = field("l2_cache_bigk_force_miss", (29, 1), (29, 1));
    pub const PDE_CACHE_FORCE_MISS: Field = field("pde_cache_force_miss", (30, 1), (30, 1));
    pub const L2_CACHE_4K_ASSOCIATIVITY: Field = field("l2_cache_4k_associativity", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[BANK_SELECT, L2_CACHE_UPDATE_MODE, L2_CACHE_UPDATE_WILDCARD_REFERENCE_VALUE, L2_CACHE_BIGK_FRAGMENT_SIZE, L2_CACHE_BIGK_ASSOCIATIVITY, L2_CACHE_4K_EFFECTIVE_SIZE, L2_CACHE_BIGK_EFFECTIVE_SIZE, L2_CACHE_4K_FORCE_MISS, L2_CACHE_BIGK_FORCE_MISS, PDE_CACHE_FORCE_MISS, L2_CACHE_4K_ASSOCIATIVITY];
}

pub mod mmvm_l2_cntl4 {
    use crate::registers::{field, Field};
    pub const L2_CACHE_4K_PARTITION_COUNT: Field = field("l2_cache_4k_partition_count", (0, 6), (0, 6));
    pub const VMC_TAP_PDE_REQUEST_PHYSICAL: Field = field("vmc_tap_pde_request_physical", (6, 1), (6, 1));
    pub const VMC_TAP_PTE_REQUEST_PHYSICAL: Field = field("vmc_tap_pte_request_physical", (7, 1), (7, 1));
    pub const MM_NONRT_IFIFO_ACTIVE_TRANSACTION_LIMIT: Field = field("mm_nonrt_ififo_active_transaction_limit", (8, 10), (8, 10));
    pub const MM_SOFTRT_IFIFO_ACTIVE_TRANSACTION_LIMIT: Field = field("mm_softrt_ififo_active_transaction_limit", (18, 10), (18, 10));
    pub const BPM_CGCGLS_OVERRIDE: Field = field("bpm_cgcgls_override", (28, 1), (28, 1));
    pub const GC_CH_FGCG_OFF: Field = field("gc_ch_fgcg_off", (29, 1), (29, 1));
    pub const VFIFO_HEAD_OF_QUEUE: Field = field("vfifo_head_of_queue", (30, 1), (30, 1));
    pub const VFIFO_VISIBLE_BANK_SILOS: Field = field("vfifo_visible_bank_silos", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[L2_CACHE_4K_PARTITION_COUNT, VMC_TAP_PDE_REQUEST_PHYSICAL, VMC_TAP_PTE_REQUEST_PHYSICAL, MM_NONRT_IFIFO_ACTIVE_TRANSACTION_LIMIT, MM_SOFTRT_IFIFO_ACTIVE_TRANSACTION_LIMIT, BPM_CGCGLS_OVERRIDE, GC_CH_FGCG_OFF, VFIFO_HEAD_OF_QUEUE, VFIFO_VISIBLE_BANK_SILOS];
}

pub mod mmvm_l2_cntl5 {
    use crate::registers::{field, Field};
    pub const L2_CACHE_SMALLK_FRAGMENT_SIZE: Field = field("l2_cache_smallk_fragment_size", (0, 5), (0, 5));
    pub const WALKER_PRIORITY_CLIENT_ID: Field = field("walker_priority_client_id", (5, 9), (5, 9));
    pub const WALKER_FETCH_PDE_NOALLOC_ENABLE: Field = field("walker_fetch_pde_noalloc_enable", (14, 1), (14, 1));
    pub const WALKER_FETCH_PDE_MTYPE_ENABLE: Field = field("walker_fetch_pde_mtype_enable", (15, 1), (15, 1));
    pub const MM_CLIENT_RET_FGCG_OFF: Field = field("mm_client_ret_fgcg_off", (16, 1), (16, 1));
    pub const UTCL2_ATC_REQ_FGCG_OFF: Field = field("utcl2_atc_req_fgcg_off", (17, 1), (17, 1));
    pub(crate) const ALL: &[Field] = &[L2_CACHE_SMALLK_FRAGMENT_SIZE, WALKER_PRIORITY_CLIENT_ID, WALKER_FETCH_PDE_NOALLOC_ENABLE, WALKER_FETCH_PDE_MTYPE_ENABLE, MM_CLIENT_RET_FGCG_OFF, UTCL2_ATC_REQ_FGCG_OFF];
}

pub mod mmvm_l2_context1_identity_aperture_high_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod mmvm_l2_context1_identity_aperture_high_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod mmvm_l2_context1_identity_aperture_low_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_HI4: Field = field("logical_page_number_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_HI4];
}

pub mod mmvm_l2_context1_identity_aperture_low_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_NUMBER_LO32: Field = field("logical_page_number_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_NUMBER_LO32];
}

pub mod mmvm_l2_context_identity_physical_offset_hi32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_OFFSET_HI4: Field = field("physical_page_offset_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_OFFSET_HI4];
}

pub mod mmvm_l2_context_identity_physical_offset_lo32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_OFFSET_LO32: Field = field("physical_page_offset_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_OFFSET_LO32];
}

pub mod mmvm_l2_protection_fault_addr_hi32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_ADDR_HI4: Field = field("logical_page_addr_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_ADDR_HI4];
}

pub mod mmvm_l2_protection_fault_addr_lo32 {
    use crate::registers::{field, Field};
    pub const LOGICAL_PAGE_ADDR_LO32: Field = field("logical_page_addr_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[LOGICAL_PAGE_ADDR_LO32];
}

pub mod mmvm_l2_protection_fault_cntl {
    use crate::registers::{field, Field};
    pub const CLEAR_PROTECTION_FAULT_STATUS_ADDR: Field = field("clear_protection_fault_status_addr", (0, 1), (0, 1));
    pub const ALLOW_SUBSEQUENT_PROTECTION_FAULT_STATUS_ADDR_UPDATES: Field = field("allow_subsequent_protection_fault_status_addr_updates", (1, 1), (1, 1));
    pub const RANGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("range_protection_fault_enable_default", (2, 1), (2, 1));
    pub const PDE0_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde0_protection_fault_enable_default", (3, 1), (3, 1));
    pub const PDE1_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde1_protection_fault_enable_default", (4, 1), (4, 1));
    pub const PDE2_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("pde2_protection_fault_enable_default", (5, 1), (5, 1));
    pub const TRANSLATE_FURTHER_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("translate_further_protection_fault_enable_default", (6, 1), (6, 1));
    pub const NACK_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("nack_protection_fault_enable_default", (7, 1), (7, 1));
    pub const DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("dummy_page_protection_fault_enable_default", (8, 1), (8, 1));
    pub const VALID_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("valid_protection_fault_enable_default", (9, 1), (9, 1));
    pub const READ_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("read_protection_fault_enable_default", (10, 1), (10, 1));
    pub const WRITE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("write_protection_fault_enable_default", (11, 1), (11, 1));
    pub const EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT: Field = field("execute_protection_fault_enable_default", (12, 1), (12, 1));
    pub const CLIENT_ID_NO_RETRY_FAULT_INTERRUPT: Field = field("client_id_no_retry_fault_interrupt", (13, 16), (13, 16));
    pub const OTHER_CLIENT_ID_NO_RETRY_FAULT_INTERRUPT: Field = field("other_client_id_no_retry_fault_interrupt", (29, 1), (29, 1));
    pub const CRASH_ON_NO_RETRY_FAULT: Field = field("crash_on_no_retry_fault", (30, 1), (30, 1));
    pub const CRASH_ON_RETRY_FAULT: Field = field("crash_on_retry_fault", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[CLEAR_PROTECTION_FAULT_STATUS_ADDR, ALLOW_SUBSEQUENT_PROTECTION_FAULT_STATUS_ADDR_UPDATES, RANGE_PROTECTION_FAULT_ENABLE_DEFAULT, PDE0_PROTECTION_FAULT_ENABLE_DEFAULT, PDE1_PROTECTION_FAULT_ENABLE_DEFAULT, PDE2_PROTECTION_FAULT_ENABLE_DEFAULT, TRANSLATE_FURTHER_PROTECTION_FAULT_ENABLE_DEFAULT, NACK_PROTECTION_FAULT_ENABLE_DEFAULT, DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT, VALID_PROTECTION_FAULT_ENABLE_DEFAULT, READ_PROTECTION_FAULT_ENABLE_DEFAULT, WRITE_PROTECTION_FAULT_ENABLE_DEFAULT, EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT, CLIENT_ID_NO_RETRY_FAULT_INTERRUPT, OTHER_CLIENT_ID_NO_RETRY_FAULT_INTERRUPT, CRASH_ON_NO_RETRY_FAULT, CRASH_ON_RETRY_FAULT];
}

pub mod mmvm_l2_protection_fault_cntl2 {
    use crate::registers::{field, Field};
    pub const CLIENT_ID_PRT_FAULT_INTERRUPT: Field = field("client_id_prt_fault_interrupt", (0, 16), (0, 16));
    pub const OTHER_CLIENT_ID_PRT_FAULT_INTERRUPT: Field = field("other_client_id_prt_fault_interrupt", (16, 1), (16, 1));
    pub const ACTIVE_PAGE_MIGRATION_PTE: Field = field("active_page_migration_pte", (17, 1), (17, 1));
    pub const ACTIVE_PAGE_MIGRATION_PTE_READ_RETRY: Field = field("active_page_migration_pte_read_retry", (18, 1), (18, 1));
    pub const ENABLE_RETRY_FAULT_INTERRUPT: Field = field("enable_retry_fault_interrupt", (19, 1), (19, 1));
    pub(crate) const ALL: &[Field] = &[CLIENT_ID_PRT_FAULT_INTERRUPT, OTHER_CLIENT_ID_PRT_FAULT_INTERRUPT, ACTIVE_PAGE_MIGRATION_PTE, ACTIVE_PAGE_MIGRATION_PTE_READ_RETRY, ENABLE_RETRY_FAULT_INTERRUPT];
}

pub mod mmvm_l2_protection_fault_default_addr_hi32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_ADDR_HI4: Field = field("physical_page_addr_hi4", (0, 4), (0, 4));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_ADDR_HI4];
}

pub mod mmvm_l2_protection_fault_default_addr_lo32 {
    use crate::registers::{field, Field};
    pub const PHYSICAL_PAGE_ADDR_LO32: Field = field("physical_page_addr_lo32", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[PHYSICAL_PAGE_ADDR_LO32];
}

pub mod mmvm_l2_protection_fault_status {
    use crate::registers::{field, Field};
    pub const MORE_FAULTS: Field = field("more_faults", (0, 1), (0, 1));
    pub const WALKER_ERROR: Field = field("walker_error", (1, 3), (1, 3));
    pub const PERMISSION_FAULTS: Field = field("permission_faults", (4, 4), (4, 4));
    pub const MAPPING_ERROR: Field = field("mapping_error", (8, 1), (8, 1));
    pub const CID: Field = field("cid", (9, 9), (9, 9));
    pub const RW: Field = field("rw", (18, 1), (18, 1));
    pub const ATOMIC: Field = field("atomic", (19, 1), (19, 1));
    pub const VMID: Field = field("vmid", (20, 4), (20, 4));
    pub const VF: Field = field("vf", (24, 1), (24, 1));
    pub const VFID: Field = field("vfid", (25, 4), (25, 5));
    pub const PRT: Field = field("prt", (29, 1), (30, 1));
    pub const UCE: Field = field("uce", (0, 0), (31, 1));
    pub(crate) const ALL: &[Field] = &[MORE_FAULTS, WALKER_ERROR, PERMISSION_FAULTS, MAPPING_ERROR, CID, RW, ATOMIC, VMID, VF, VFID, PRT, UCE];
}

pub mod mm_atc_l2_misc_cg {
    use crate::registers::{field, Field};
    pub const OFFDLY: Field = field("offdly", (6, 6), (0, 0));
    pub const ENABLE: Field = field("enable", (18, 1), (0, 0));
    pub const MEM_LS_ENABLE: Field = field("mem_ls_enable", (19, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[OFFDLY, ENABLE, MEM_LS_ENABLE];
}

pub mod mp0_smn_c2pmsg_35 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp0_smn_c2pmsg_36 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp0_smn_c2pmsg_64 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp0_smn_c2pmsg_67 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp0_smn_c2pmsg_69 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp0_smn_c2pmsg_70 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp0_smn_c2pmsg_71 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp0_smn_c2pmsg_81 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp1_smn_c2pmsg_53 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp1_smn_c2pmsg_54 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp1_smn_c2pmsg_66 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp1_smn_c2pmsg_75 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp1_smn_c2pmsg_82 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod mp1_smn_c2pmsg_90 {
    use crate::registers::{field, Field};
    pub const CONTENT: Field = field("content", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[CONTENT];
}

pub mod rcc_dev0_epf0_rcc_doorbell_aper_en {
    use crate::registers::{field, Field};
    pub const BIF_DOORBELL_APER_EN: Field = field("bif_doorbell_aper_en", (0, 1), (0, 1));
    pub(crate) const ALL: &[Field] = &[BIF_DOORBELL_APER_EN];
}

pub mod rcc_dev0_epf2_strap2 {
    use crate::registers::{field, Field};
    pub const STRAP_NO_SOFT_RESET_DEV0_F2: Field = field("strap_no_soft_reset_dev0_f2", (7, 1), (7, 1));
    pub const STRAP_RESIZE_BAR_EN_DEV0_F2: Field = field("strap_resize_bar_en_dev0_f2", (8, 1), (8, 1));
    pub const STRAP_MAX_PASID_WIDTH_DEV0_F2: Field = field("strap_max_pasid_width_dev0_f2", (9, 5), (9, 5));
    pub const STRAP_MSI_PERVECTOR_MASK_CAP_DEV0_F2: Field = field("strap_msi_pervector_mask_cap_dev0_f2", (14, 1), (14, 1));
    pub const STRAP_AER_EN_DEV0_F2: Field = field("strap_aer_en_dev0_f2", (16, 1), (16, 1));
    pub const STRAP_ACS_EN_DEV0_F2: Field = field("strap_acs_en_dev0_f2", (17, 1), (17, 1));
    pub const STRAP_CPL_ABORT_ERR_EN_DEV0_F2: Field = field("strap_cpl_abort_err_en_dev0_f2", (20, 1), (20, 1));
    pub const STRAP_DPA_EN_DEV0_F2: Field = field("strap_dpa_en_dev0_f2", (21, 1), (21, 1));
    pub const STRAP_VC_EN_DEV0_F2: Field = field("strap_vc_en_dev0_f2", (23, 1), (0, 0));
    pub const STRAP_MSI_MULTI_CAP_DEV0_F2: Field = field("strap_msi_multi_cap_dev0_f2", (24, 3), (24, 3));
    pub const STRAP_PASID_EN_DEV0_F2: Field = field("strap_pasid_en_dev0_f2", (28, 1), (28, 1));
    pub const STRAP_PASID_EXE_PERMISSION_SUPPORTED_DEV0_F2: Field = field("strap_pasid_exe_permission_supported_dev0_f2", (29, 1), (29, 1));
    pub const STRAP_PASID_GLOBAL_INVALIDATE_SUPPORTED_DEV0_F2: Field = field("strap_pasid_global_invalidate_supported_dev0_f2", (30, 1), (30, 1));
    pub const STRAP_PASID_PRIV_MODE_SUPPORTED_DEV0_F2: Field = field("strap_pasid_priv_mode_supported_dev0_f2", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[STRAP_NO_SOFT_RESET_DEV0_F2, STRAP_RESIZE_BAR_EN_DEV0_F2, STRAP_MAX_PASID_WIDTH_DEV0_F2, STRAP_MSI_PERVECTOR_MASK_CAP_DEV0_F2, STRAP_AER_EN_DEV0_F2, STRAP_ACS_EN_DEV0_F2, STRAP_CPL_ABORT_ERR_EN_DEV0_F2, STRAP_DPA_EN_DEV0_F2, STRAP_VC_EN_DEV0_F2, STRAP_MSI_MULTI_CAP_DEV0_F2, STRAP_PASID_EN_DEV0_F2, STRAP_PASID_EXE_PERMISSION_SUPPORTED_DEV0_F2, STRAP_PASID_GLOBAL_INVALIDATE_SUPPORTED_DEV0_F2, STRAP_PASID_PRIV_MODE_SUPPORTED_DEV0_F2];
}

pub mod rlc_capture_gpu_clock_count {
    use crate::registers::{field, Field};
    pub const CAPTURE: Field = field("capture", (0, 1), (0, 1));
    pub const RESERVED: Field = field("reserved", (1, 31), (1, 31));
    pub(crate) const ALL: &[Field] = &[CAPTURE, RESERVED];
}

pub mod rlc_cgcg_cgls_ctrl {
    use crate::registers::{field, Field};
    pub const CGCG_EN: Field = field("cgcg_en", (0, 1), (0, 1));
    pub const CGLS_EN: Field = field("cgls_en", (1, 1), (1, 1));
    pub const CGLS_REP_COMPANSAT_DELAY: Field = field("cgls_rep_compansat_delay", (2, 6), (2, 6));
    pub const CGCG_GFX_IDLE_THRESHOLD: Field = field("cgcg_gfx_idle_threshold", (8, 19), (8, 19));
    pub const CGCG_CONTROLLER: Field = field("cgcg_controller", (27, 1), (27, 1));
    pub const CGCG_REG_CTRL: Field = field("cgcg_reg_ctrl", (28, 1), (28, 1));
    pub const SLEEP_MODE: Field = field("sleep_mode", (29, 2), (29, 2));
    pub const SIM_SILICON_EN: Field = field("sim_silicon_en", (31, 1), (31, 1));
    pub(crate) const ALL: &[Field] = &[CGCG_EN, CGLS_EN, CGLS_REP_COMPANSAT_DELAY, CGCG_GFX_IDLE_THRESHOLD, CGCG_CONTROLLER, CGCG_REG_CTRL, SLEEP_MODE, SIM_SILICON_EN];
}

pub mod rlc_cgtt_mgcg_override {
    use crate::registers::{field, Field};
    pub const RLC_REPEATER_FGCG_OVERRIDE: Field = field("rlc_repeater_fgcg_override", (0, 1), (0, 1));
    pub const RLC_CGTT_SCLK_OVERRIDE: Field = field("rlc_cgtt_sclk_override", (1, 1), (1, 1));
    pub const GFXIP_MGCG_OVERRIDE: Field = field("gfxip_mgcg_override", (2, 1), (2, 1));
    pub const GFXIP_CGCG_OVERRIDE: Field = field("gfxip_cgcg_override", (3, 1), (3, 1));
    pub const GFXIP_CGLS_OVERRIDE: Field = field("gfxip_cgls_override", (4, 1), (4, 1));
    pub const GRBM_CGTT_SCLK_OVERRIDE: Field = field("grbm_cgtt_sclk_override", (5, 1), (5, 1));
    pub const GFXIP_MGLS_OVERRIDE: Field = field("gfxip_mgls_override", (6, 1), (6, 1));
    pub const GFXIP_GFX3D_CG_OVERRIDE: Field = field("gfxip_gfx3d_cg_override", (7, 1), (7, 1));
    pub const GFXIP_FGCG_OVERRIDE: Field = field("gfxip_fgcg_override", (8, 1), (8, 1));
    pub const GFXIP_REPEATER_FGCG_OVERRIDE: Field = field("gfxip_repeater_fgcg_override", (9, 1), (9, 1));
    pub const PERFMON_CLOCK_STATE: Field = field("perfmon_clock_state", (10, 1), (10, 1));
    pub const RESERVED_16_11: Field = field("reserved_16_11", (11, 6), (0, 0));
    pub const GC_CAC_MGCG_CLK_CNTL: Field = field("gc_cac_mgcg_clk_cntl", (17, 1), (0, 0));
    pub const SE_CAC_MGCG_CLK_CNTL: Field = field("se_cac_mgcg_clk_cntl", (18, 1), (0, 0));
    pub const RESERVED_31_19: Field = field("reserved_31_19", (19, 13), (0, 0));
    pub const RESERVED_31_11: Field = field("reserved_31_11", (0, 0), (11, 21));
    pub(crate) const ALL: &[Field] = &[RLC_REPEATER_FGCG_OVERRIDE, RLC_CGTT_SCLK_OVERRIDE, GFXIP_MGCG_OVERRIDE, GFXIP_CGCG_OVERRIDE, GFXIP_CGLS_OVERRIDE, GRBM_CGTT_SCLK_OVERRIDE, GFXIP_MGLS_OVERRIDE, GFXIP_GFX3D_CG_OVERRIDE, GFXIP_FGCG_OVERRIDE, GFXIP_REPEATER_FGCG_OVERRIDE, PERFMON_CLOCK_STATE, RESERVED_16_11, GC_CAC_MGCG_CLK_CNTL, SE_CAC_MGCG_CLK_CNTL, RESERVED_31_19, RESERVED_31_11];
}

pub mod rlc_cntl {
    use crate::registers::{field, Field};
    pub const RLC_ENABLE_F32: Field = field("rlc_enable_f32", (0, 1), (0, 1));
    pub const FORCE_RETRY: Field = field("force_retry", (1, 1), (1, 1));
    pub const READ_CACHE_DISABLE: Field = field("read_cache_disable", (2, 1), (2, 1));
    pub const RLC_STEP_F32: Field = field("rlc_step_f32", (3, 1), (3, 1));
    pub const RESERVED: Field = field("reserved", (4, 28), (4, 28));
    pub(crate) const ALL: &[Field] = &[RLC_ENABLE_F32, FORCE_RETRY, READ_CACHE_DISABLE, RLC_STEP_F32, RESERVED];
}

pub mod rlc_gpu_clock_count_lsb {
    use crate::registers::{field, Field};
    pub const GPU_CLOCKS_LSB: Field = field("gpu_clocks_lsb", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[GPU_CLOCKS_LSB];
}

pub mod rlc_gpu_clock_count_msb {
    use crate::registers::{field, Field};
    pub const GPU_CLOCKS_MSB: Field = field("gpu_clocks_msb", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[GPU_CLOCKS_MSB];
}

pub mod rlc_rlcs_bootload_status {
    use crate::registers::{field, Field};
    pub const GFX_INIT_DONE: Field = field("gfx_init_done", (0, 1), (1, 1));
    pub const RLC_GPM_IRAM_LOADED: Field = field("rlc_gpm_iram_loaded", (3, 1), (4, 1));
    pub const RLC_GPM_IRAM_DONE: Field = field("rlc_gpm_iram_done", (4, 1), (5, 1));
    pub const RESERVED: Field = field("reserved", (5, 26), (0, 0));
    pub const BOOTLOAD_COMPLETE: Field = field("bootload_complete", (31, 1), (31, 1));
    pub const GFX_SECURITY_POLICY_LOADED: Field = field("gfx_security_policy_loaded", (1, 1), (2, 1));
    pub const GFX_SECURITY_POLICY_DONE: Field = field("gfx_security_policy_done", (2, 1), (3, 1));
    pub const GFX_FUSE_DIST_DONE: Field = field("gfx_fuse_dist_done", (0, 0), (0, 1));
    pub const STATUS_6_30: Field = field("status_6_30", (0, 0), (6, 25));
    pub(crate) const ALL: &[Field] = &[GFX_INIT_DONE, RLC_GPM_IRAM_LOADED, RLC_GPM_IRAM_DONE, RESERVED, BOOTLOAD_COMPLETE, GFX_SECURITY_POLICY_LOADED, GFX_SECURITY_POLICY_DONE, GFX_FUSE_DIST_DONE, STATUS_6_30];
}

pub mod rlc_safe_mode {
    use crate::registers::{field, Field};
    pub const CMD: Field = field("cmd", (0, 1), (0, 1));
    pub const MESSAGE: Field = field("message", (1, 4), (1, 4));
    pub const RESERVED1: Field = field("reserved1", (5, 3), (5, 3));
    pub const RESPONSE: Field = field("response", (8, 4), (8, 4));
    pub const RESERVED: Field = field("reserved", (12, 20), (12, 20));
    pub(crate) const ALL: &[Field] = &[CMD, MESSAGE, RESERVED1, RESPONSE, RESERVED];
}

pub mod rlc_spm_mc_cntl {
    use crate::registers::{field, Field};
    pub const RLC_SPM_VMID: Field = field("rlc_spm_vmid", (0, 4), (0, 4));
    pub const RLC_SPM_POLICY: Field = field("rlc_spm_policy", (4, 2), (0, 0));
    pub const RLC_SPM_PERF_CNTR: Field = field("rlc_spm_perf_cntr", (6, 1), (6, 1));
    pub const RLC_SPM_FED: Field = field("rlc_spm_fed", (7, 1), (7, 1));
    pub const RLC_SPM_MTYPE_OVER: Field = field("rlc_spm_mtype_over", (8, 1), (0, 0));
    pub const RLC_SPM_MTYPE: Field = field("rlc_spm_mtype", (9, 3), (0, 0));
    pub const RLC_SPM_BC: Field = field("rlc_spm_bc", (12, 1), (0, 0));
    pub const RLC_SPM_RO: Field = field("rlc_spm_ro", (13, 1), (14, 1));
    pub const RLC_SPM_VOL: Field = field("rlc_spm_vol", (14, 1), (0, 0));
    pub const RLC_SPM_NOFILL: Field = field("rlc_spm_nofill", (15, 1), (15, 1));
    pub const RESERVED_3: Field = field("reserved_3", (16, 2), (0, 0));
    pub const RLC_SPM_LLC_NOALLOC: Field = field("rlc_spm_llc_noalloc", (18, 1), (0, 0));
    pub const RLC_SPM_LLC_NOALLOC_OVER: Field = field("rlc_spm_llc_noalloc_over", (19, 1), (0, 0));
    pub const RESERVED: Field = field("reserved", (20, 12), (16, 16));
    pub const RLC_SPM_SDR: Field = field("rlc_spm_sdr", (0, 0), (4, 2));
    pub const RLC_SPM_TEMPORAL: Field = field("rlc_spm_temporal", (0, 0), (8, 3));
    pub const RLC_SPM_COMP: Field = field("rlc_spm_comp", (0, 0), (11, 2));
    pub const RLC_SPM_COMP_OVER: Field = field("rlc_spm_comp_over", (0, 0), (13, 1));
    pub(crate) const ALL: &[Field] = &[RLC_SPM_VMID, RLC_SPM_POLICY, RLC_SPM_PERF_CNTR, RLC_SPM_FED, RLC_SPM_MTYPE_OVER, RLC_SPM_MTYPE, RLC_SPM_BC, RLC_SPM_RO, RLC_SPM_VOL, RLC_SPM_NOFILL, RESERVED_3, RLC_SPM_LLC_NOALLOC, RLC_SPM_LLC_NOALLOC_OVER, RESERVED, RLC_SPM_SDR, RLC_SPM_TEMPORAL, RLC_SPM_COMP, RLC_SPM_COMP_OVER];
}

pub mod rlc_srm_cntl {
    use crate::registers::{field, Field};
    pub const SRM_ENABLE: Field = field("srm_enable", (0, 1), (0, 1));
    pub const AUTO_INCR_ADDR: Field = field("auto_incr_addr", (1, 1), (1, 1));
    pub const RESERVED: Field = field("reserved", (2, 30), (3, 29));
    pub const SRM_GPM_FIFO_RESET: Field = field("srm_gpm_fifo_reset", (0, 0), (2, 1));
    pub(crate) const ALL: &[Field] = &[SRM_ENABLE, AUTO_INCR_ADDR, RESERVED, SRM_GPM_FIFO_RESET];
}

pub mod rlc_stat {
    use crate::registers::{field, Field};
    pub const RLC_BUSY: Field = field("rlc_busy", (0, 1), (0, 1));
    pub const RLC_SRM_BUSY: Field = field("rlc_srm_busy", (1, 1), (1, 1));
    pub const RLC_GPM_BUSY: Field = field("rlc_gpm_busy", (2, 1), (2, 1));
    pub const RLC_SPM_BUSY: Field = field("rlc_spm_busy", (3, 1), (3, 1));
    pub const MC_BUSY: Field = field("mc_busy", (4, 1), (4, 1));
    pub const RLC_THREAD_0_BUSY: Field = field("rlc_thread_0_busy", (5, 1), (5, 1));
    pub const RLC_THREAD_1_BUSY: Field = field("rlc_thread_1_busy", (6, 1), (6, 1));
    pub const RLC_THREAD_2_BUSY: Field = field("rlc_thread_2_busy", (7, 1), (7, 1));
    pub const RESERVED: Field = field("reserved", (8, 24), (9, 23));
    pub(crate) const ALL: &[Field] = &[RLC_BUSY, RLC_SRM_BUSY, RLC_GPM_BUSY, RLC_SPM_BUSY, MC_BUSY, RLC_THREAD_0_BUSY, RLC_THREAD_1_BUSY, RLC_THREAD_2_BUSY, RESERVED];
}

pub mod s2a_doorbell_entry_0_ctrl {
    use crate::registers::{field, Field};
    pub const S2A_DOORBELL_PORT0_ENABLE: Field = field("s2a_doorbell_port0_enable", (0, 1), (0, 1));
    pub const S2A_DOORBELL_PORT0_AWID: Field = field("s2a_doorbell_port0_awid", (1, 5), (1, 5));
    pub const S2A_DOORBELL_PORT0_FENCE_ENABLE: Field = field("s2a_doorbell_port0_fence_enable", (6, 1), (6, 1));
    pub const S2A_DOORBELL_PORT0_RANGE_OFFSET: Field = field("s2a_doorbell_port0_range_offset", (7, 10), (7, 10));
    pub const S2A_DOORBELL_PORT0_RANGE_SIZE: Field = field("s2a_doorbell_port0_range_size", (17, 8), (17, 8));
    pub const S2A_DOORBELL_PORT0_64BIT_SUPPORT_DIS: Field = field("s2a_doorbell_port0_64bit_support_dis", (25, 1), (25, 1));
    pub const S2A_DOORBELL_PORT0_NEED_DEDUCT_RANGE_OFFSET: Field = field("s2a_doorbell_port0_need_deduct_range_offset", (26, 1), (26, 1));
    pub const S2A_DOORBELL_PORT0_AWADDR_31_28_VALUE: Field = field("s2a_doorbell_port0_awaddr_31_28_value", (28, 4), (28, 4));
    pub const S2A_DOORBELL_PORT0_DROP_EN: Field = field("s2a_doorbell_port0_drop_en", (0, 0), (27, 1));
    pub(crate) const ALL: &[Field] = &[S2A_DOORBELL_PORT0_ENABLE, S2A_DOORBELL_PORT0_AWID, S2A_DOORBELL_PORT0_FENCE_ENABLE, S2A_DOORBELL_PORT0_RANGE_OFFSET, S2A_DOORBELL_PORT0_RANGE_SIZE, S2A_DOORBELL_PORT0_64BIT_SUPPORT_DIS, S2A_DOORBELL_PORT0_NEED_DEDUCT_RANGE_OFFSET, S2A_DOORBELL_PORT0_AWADDR_31_28_VALUE, S2A_DOORBELL_PORT0_DROP_EN];
}

pub mod s2a_doorbell_entry_2_ctrl {
    use crate::registers::{field, Field};
    pub const S2A_DOORBELL_PORT2_ENABLE: Field = field("s2a_doorbell_port2_enable", (0, 1), (0, 1));
    pub const S2A_DOORBELL_PORT2_AWID: Field = field("s2a_doorbell_port2_awid", (1, 5), (1, 5));
    pub const S2A_DOORBELL_PORT2_FENCE_ENABLE: Field = field("s2a_doorbell_port2_fence_enable", (6, 1), (6, 1));
    pub const S2A_DOORBELL_PORT2_RANGE_OFFSET: Field = field("s2a_doorbell_port2_range_offset", (7, 10), (7, 10));
    pub const S2A_DOORBELL_PORT2_RANGE_SIZE: Field = field("s2a_doorbell_port2_range_size", (17, 8), (17, 8));
    pub const S2A_DOORBELL_PORT2_64BIT_SUPPORT_DIS: Field = field("s2a_doorbell_port2_64bit_support_dis", (25, 1), (25, 1));
    pub const S2A_DOORBELL_PORT2_NEED_DEDUCT_RANGE_OFFSET: Field = field("s2a_doorbell_port2_need_deduct_range_offset", (26, 1), (26, 1));
    pub const S2A_DOORBELL_PORT2_AWADDR_31_28_VALUE: Field = field("s2a_doorbell_port2_awaddr_31_28_value", (28, 4), (28, 4));
    pub const S2A_DOORBELL_PORT2_DROP_EN: Field = field("s2a_doorbell_port2_drop_en", (0, 0), (27, 1));
    pub(crate) const ALL: &[Field] = &[S2A_DOORBELL_PORT2_ENABLE, S2A_DOORBELL_PORT2_AWID, S2A_DOORBELL_PORT2_FENCE_ENABLE, S2A_DOORBELL_PORT2_RANGE_OFFSET, S2A_DOORBELL_PORT2_RANGE_SIZE, S2A_DOORBELL_PORT2_64BIT_SUPPORT_DIS, S2A_DOORBELL_PORT2_NEED_DEDUCT_RANGE_OFFSET, S2A_DOORBELL_PORT2_AWADDR_31_28_VALUE, S2A_DOORBELL_PORT2_DROP_EN];
}

pub mod s2a_doorbell_entry_3_ctrl {
    use crate::registers::{field, Field};
    pub const S2A_DOORBELL_PORT3_ENABLE: Field = field("s2a_doorbell_port3_enable", (0, 1), (0, 1));
    pub const S2A_DOORBELL_PORT3_AWID: Field = field("s2a_doorbell_port3_awid", (1, 5), (1, 5));
    pub const S2A_DOORBELL_PORT3_FENCE_ENABLE: Field = field("s2a_doorbell_port3_fence_enable", (6, 1), (6, 1));
    pub const S2A_DOORBELL_PORT3_RANGE_OFFSET: Field = field("s2a_doorbell_port3_range_offset", (7, 10), (7, 10));
    pub const S2A_DOORBELL_PORT3_RANGE_SIZE: Field = field("s2a_doorbell_port3_range_size", (17, 8), (17, 8));
    pub const S2A_DOORBELL_PORT3_64BIT_SUPPORT_DIS: Field = field("s2a_doorbell_port3_64bit_support_dis", (25, 1), (25, 1));
    pub const S2A_DOORBELL_PORT3_NEED_DEDUCT_RANGE_OFFSET: Field = field("s2a_doorbell_port3_need_deduct_range_offset", (26, 1), (26, 1));
    pub const S2A_DOORBELL_PORT3_AWADDR_31_28_VALUE: Field = field("s2a_doorbell_port3_awaddr_31_28_value", (28, 4), (28, 4));
    pub const S2A_DOORBELL_PORT3_DROP_EN: Field = field("s2a_doorbell_port3_drop_en", (0, 0), (27, 1));
    pub(crate) const ALL: &[Field] = &[S2A_DOORBELL_PORT3_ENABLE, S2A_DOORBELL_PORT3_AWID, S2A_DOORBELL_PORT3_FENCE_ENABLE, S2A_DOORBELL_PORT3_RANGE_OFFSET, S2A_DOORBELL_PORT3_RANGE_SIZE, S2A_DOORBELL_PORT3_64BIT_SUPPORT_DIS, S2A_DOORBELL_PORT3_NEED_DEDUCT_RANGE_OFFSET, S2A_DOORBELL_PORT3_AWADDR_31_28_VALUE, S2A_DOORBELL_PORT3_DROP_EN];
}

pub mod scratch_reg6 {
    use crate::registers::{field, Field};
    pub const SCRATCH_REG6: Field = field("scratch_reg6", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[SCRATCH_REG6];
}

pub mod scratch_reg7 {
    use crate::registers::{field, Field};
    pub const SCRATCH_REG7: Field = field("scratch_reg7", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[SCRATCH_REG7];
}

pub mod sdma0_cntl {
    use crate::registers::{field, Field};
    pub const TRAP_ENABLE: Field = field("trap_enable", (0, 1), (0, 1));
    pub const SEM_WAIT_INT_ENABLE: Field = field("sem_wait_int_enable", (2, 1), (0, 0));
    pub const DATA_SWAP_ENABLE: Field = field("data_swap_enable", (3, 1), (3, 1));
    pub const FENCE_SWAP_ENABLE: Field = field("fence_swap_enable", (4, 1), (4, 1));
    pub const MIDCMD_PREEMPT_ENABLE: Field = field("midcmd_preempt_enable", (5, 1), (5, 1));
    pub const PIO_DONE_ACK_ENABLE: Field = field("pio_done_ack_enable", (6, 1), (6, 1));
    pub const TMZ_MIDCMD_PREEMPT_ENABLE: Field = field("tmz_midcmd_preempt_enable", (8, 1), (8, 1));
    pub const MIDCMD_EXPIRE_ENABLE: Field = field("midcmd_expire_enable", (9, 1), (9, 1));
    pub const CP_MES_INT_ENABLE: Field = field("cp_mes_int_enable", (10, 1), (10, 1));
    pub const PAGE_RETRY_TIMEOUT_INT_ENABLE: Field = field("page_retry_timeout_int_enable", (11, 1), (11, 1));
    pub const PAGE_NULL_INT_ENABLE: Field = field("page_null_int_enable", (12, 1), (12, 1));
    pub const PAGE_FAULT_INT_ENABLE: Field = field("page_fault_int_enable", (13, 1), (13, 1));
    pub const CH_PERFCNT_ENABLE: Field = field("ch_perfcnt_enable", (16, 1), (16, 1));
    pub const MIDCMD_WORLDSWITCH_ENABLE: Field = field("midcmd_worldswitch_enable", (17, 1), (17, 1));
    pub const CTXEMPTY_INT_ENABLE: Field = field("ctxempty_int_enable", (28, 1), (28, 1));
    pub const FROZEN_INT_ENABLE: Field = field("frozen_int_enable", (29, 1), (29, 1));
    pub const IB_PREEMPT_INT_ENABLE: Field = field("ib_preempt_int_enable", (30, 1), (30, 1));
    pub const RB_PREEMPT_INT_ENABLE: Field = field("rb_preempt_int_enable", (31, 1), (31, 1));
    pub const DRM_RESTORE_ENABLE: Field = field("drm_restore_enable", (19, 1), (0, 0));
    pub const RESERVED: Field = field("reserved", (0, 0), (2, 1));
    pub(crate) const ALL: &[Field] = &[TRAP_ENABLE, SEM_WAIT_INT_ENABLE, DATA_SWAP_ENABLE, FENCE_SWAP_ENABLE, MIDCMD_PREEMPT_ENABLE, PIO_DONE_ACK_ENABLE, TMZ_MIDCMD_PREEMPT_ENABLE, MIDCMD_EXPIRE_ENABLE, CP_MES_INT_ENABLE, PAGE_RETRY_TIMEOUT_INT_ENABLE, PAGE_NULL_INT_ENABLE, PAGE_FAULT_INT_ENABLE, CH_PERFCNT_ENABLE, MIDCMD_WORLDSWITCH_ENABLE, CTXEMPTY_INT_ENABLE, FROZEN_INT_ENABLE, IB_PREEMPT_INT_ENABLE, RB_PREEMPT_INT_ENABLE, DRM_RESTORE_ENABLE, RESERVED];
}

pub mod sdma0_f32_cntl {
    use crate::registers::{field, Field};
    pub const HALT: Field = field("halt", (0, 1), (0, 1));
    pub const TH0_CHECKSUM_CLR: Field = field("th0_checksum_clr", (8, 1), (0, 0));
    pub const TH0_RESET: Field = field("th0_reset", (9, 1), (0, 0));
    pub const TH0_ENABLE: Field = field("th0_enable", (10, 1), (0, 0));
    pub const TH1_CHECKSUM_CLR: Field = field("th1_checksum_clr", (12, 1), (0, 0));
    pub const TH1_RESET: Field = field("th1_reset", (13, 1), (0, 0));
    pub const TH1_ENABLE: Field = field("th1_enable", (14, 1), (0, 0));
    pub const TH0_PRIORITY: Field = field("th0_priority", (16, 8), (0, 0));
    pub const TH1_PRIORITY: Field = field("th1_priority", (24, 8), (0, 0));
    pub const DBG_SELECT_BITS: Field = field("dbg_select_bits", (2, 6), (2, 6));
    pub const RESET: Field = field("reset", (0, 0), (1, 1));
    pub(crate) const ALL: &[Field] = &[HALT, TH0_CHECKSUM_CLR, TH0_RESET, TH0_ENABLE, TH1_CHECKSUM_CLR, TH1_RESET, TH1_ENABLE, TH0_PRIORITY, TH1_PRIORITY, DBG_SELECT_BITS, RESET];
}

pub mod sdma0_queue0_context_status {
    use crate::registers::{field, Field};
    pub const SELECTED: Field = field("selected", (0, 1), (0, 1));
    pub const USE_IB: Field = field("use_ib", (1, 1), (1, 1));
    pub const IDLE: Field = field("idle", (2, 1), (2, 1));
    pub const EXPIRED: Field = field("expired", (3, 1), (3, 1));
    pub const EXCEPTION: Field = field("exception", (4, 3), (4, 3));
    pub const CTXSW_ABLE: Field = field("ctxsw_able", (7, 1), (7, 1));
    pub const PREEMPT_DISABLE: Field = field("preempt_disable", (10, 1), (10, 1));
    pub const RPTR_WB_IDLE: Field = field("rptr_wb_idle", (11, 1), (11, 1));
    pub const WPTR_UPDATE_PENDING: Field = field("wptr_update_pending", (12, 1), (12, 1));
    pub const WPTR_UPDATE_FAIL_COUNT: Field = field("wptr_update_fail_count", (16, 8), (16, 8));
    pub const VF_STATUS: Field = field("vf_status", (0, 0), (8, 1));
    pub const PRIV_EXCEPTION: Field = field("priv_exception", (0, 0), (9, 1));
    pub(crate) const ALL: &[Field] = &[SELECTED, USE_IB, IDLE, EXPIRED, EXCEPTION, CTXSW_ABLE, PREEMPT_DISABLE, RPTR_WB_IDLE, WPTR_UPDATE_PENDING, WPTR_UPDATE_FAIL_COUNT, VF_STATUS, PRIV_EXCEPTION];
}

pub mod sdma0_queue0_doorbell {
    use crate::registers::{field, Field};
    pub const ENABLE: Field = field("enable", (28, 1), (28, 1));
    pub const CAPTURED: Field = field("captured", (30, 1), (30, 1));
    pub(crate) const ALL: &[Field] = &[ENABLE, CAPTURED];
}

pub mod sdma0_queue0_doorbell_offset {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (2, 26), (2, 26));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod sdma0_queue0_ib_base_lo {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (5, 27), (2, 30));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod sdma0_queue0_ib_cntl {
    use crate::registers::{field, Field};
    pub const IB_ENABLE: Field = field("ib_enable", (0, 1), (0, 1));
    pub const IB_SWAP_ENABLE: Field = field("ib_swap_enable", (4, 1), (4, 1));
    pub const SWITCH_INSIDE_IB: Field = field("switch_inside_ib", (8, 1), (8, 1));
    pub const CMD_VMID: Field = field("cmd_vmid", (16, 4), (16, 4));
    pub const IB_PRIV: Field = field("ib_priv", (31, 1), (0, 0));
    pub(crate) const ALL: &[Field] = &[IB_ENABLE, IB_SWAP_ENABLE, SWITCH_INSIDE_IB, CMD_VMID, IB_PRIV];
}

pub mod sdma0_queue0_minor_ptr_update {
    use crate::registers::{field, Field};
    pub const ENABLE: Field = field("enable", (0, 1), (0, 1));
    pub(crate) const ALL: &[Field] = &[ENABLE];
}

pub mod sdma0_queue0_rb_base {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod sdma0_queue0_rb_base_hi {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 24), (0, 24));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod sdma0_queue0_rb_cntl {
    use crate::registers::{field, Field};
    pub const RB_ENABLE: Field = field("rb_enable", (0, 1), (0, 1));
    pub const RB_SIZE: Field = field("rb_size", (1, 5), (1, 5));
    pub const WPTR_POLL_ENABLE: Field = field("wptr_poll_enable", (8, 1), (8, 1));
    pub const RB_SWAP_ENABLE: Field = field("rb_swap_enable", (9, 1), (9, 1));
    pub const WPTR_POLL_SWAP_ENABLE: Field = field("wptr_poll_swap_enable", (10, 1), (10, 1));
    pub const F32_WPTR_POLL_ENABLE: Field = field("f32_wptr_poll_enable", (11, 1), (11, 1));
    pub const RPTR_WRITEBACK_ENABLE: Field = field("rptr_writeback_enable", (12, 1), (12, 1));
    pub const RPTR_WRITEBACK_SWAP_ENABLE: Field = field("rptr_writeback_swap_enable", (13, 1), (13, 1));
    pub const RPTR_WRITEBACK_TIMER: Field = field("rptr_writeback_timer", (16, 5), (16, 5));
    pub const RB_PRIV: Field = field("rb_priv", (23, 1), (23, 1));
    pub const RB_VMID: Field = field("rb_vmid", (24, 4), (24, 4));
    pub(crate) const ALL: &[Field] = &[RB_ENABLE, RB_SIZE, WPTR_POLL_ENABLE, RB_SWAP_ENABLE, WPTR_POLL_SWAP_ENABLE, F32_WPTR_POLL_ENABLE, RPTR_WRITEBACK_ENABLE, RPTR_WRITEBACK_SWAP_ENABLE, RPTR_WRITEBACK_TIMER, RB_PRIV, RB_VMID];
}

pub mod sdma0_queue0_rb_rptr {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod sdma0_queue0_rb_rptr_addr_hi {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod sdma0_queue0_rb_rptr_addr_lo {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (2, 30), (2, 30));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod sdma0_queue0_rb_rptr_hi {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod sdma0_queue0_rb_wptr {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod sdma0_queue0_rb_wptr_hi {
    use crate::registers::{field, Field};
    pub const OFFSET: Field = field("offset", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[OFFSET];
}

pub mod sdma0_queue0_rb_wptr_poll_addr_hi {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (0, 32), (0, 32));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod sdma0_queue0_rb_wptr_poll_addr_lo {
    use crate::registers::{field, Field};
    pub const ADDR: Field = field("addr", (2, 30), (2, 30));
    pub(crate) const ALL: &[Field] = &[ADDR];
}

pub mod sdma0_rlc_cgcg_ctrl {
    use crate::registers::{field, Field};
    pub const CGCG_INT_ENABLE: Field = field("cgcg_int_enable", (1, 1), (1, 1));
    pub const CGCG_IDLE_HYSTERESIS: Field = field("cgcg_idle_hysteresis", (16, 16), (16, 16));
    pub const MCU_CGCG_ALLOW: Field = field("mcu_cgcg_allow", (0, 0), (4, 1));
    pub(crate) const ALL: &[Field] = &[CGCG_INT_ENABLE, CGCG_IDLE_HYSTERESIS, MCU_CGCG_ALLOW];
}

pub mod sdma0_utcl1_cntl {
    use crate::registers::{field, Field};
    pub const REDO_DELAY: Field = field("redo_delay", (0, 5), (0, 5));
    pub const PAGE_WAIT_DELAY: Field = field("page_wait_delay", (5, 4), (5, 4));
    pub const RESP_MODE: Field = field("resp_mode", (9, 2), (9, 2));
    pub const FORCE_INVALIDATION: Field = field("force_invalidation", (14, 1), (14, 1));
    pub const FORCE_INVREQ_HEAVY: Field = field("force_invreq_heavy", (15, 1), (15, 1));
    pub const WR_EXE_PERMS_CTRL: Field = field("wr_exe_perms_ctrl", (16, 1), (16, 1));
    pub const RD_EXE_PERMS_CTRL: Field = field("rd_exe_perms_ctrl", (17, 1), (17, 1));
    pub const INVACK_DELAY: Field = field("invack_delay", (18, 4), (18, 4));
    pub const REQL2_CREDIT: Field = field("reql2_credit", (24, 6), (24, 6));
    pub(crate) const ALL: &[Field] = &[REDO_DELAY, PAGE_WAIT_DELAY, RESP_MODE, FORCE_INVALIDATION, FORCE_INVREQ_HEAVY, WR_EXE_PERMS_CTRL, RD_EXE_PERMS_CTRL, INVACK_DELAY, REQL2_CREDIT];
}

pub mod sdma0_utcl1_page {
    use crate::registers::{field, Field};
    pub const VM_HOLE: Field = field("vm_hole", (0, 1), (0, 0));
    pub const REQ_TYPE: Field = field("req_type", (1, 4), (1, 4));
    pub const USE_MTYPE: Field = field("use_mtype", (6, 4), (6, 4));
    pub const USE_PT_SNOOP: Field = field("use_pt_snoop", (10, 1), (10, 1));
    pub const USE_IO: Field = field("use_io", (11, 1), (11, 1));
    pub const RD_L2_POLICY: Field = field("rd_l2_policy", (12, 2), (12, 2));
    pub const WR_L2_POLICY: Field = field("wr_l2_policy", (14, 2), (14, 2));
    pub const DMA_PAGE_SIZE: Field = field("dma_page_size", (16, 6), (16, 6));
    pub const USE_BC: Field = field("use_bc", (22, 1), (22, 1));
    pub const ADDR_IS_PA: Field = field("addr_is_pa", (23, 1), (23, 1));
    pub const LLC_NOALLOC: Field = field("llc_noalloc", (24, 1), (0, 0));
    pub const TMZ_ENABLE: Field = field("tmz_enable", (5, 1), (0, 0));
    pub const INVALID_ADDR: Field = field("invalid_addr", (0, 0), (0, 1));
    pub(crate) const ALL: &[Field] = &[VM_HOLE, REQ_TYPE, USE_MTYPE, USE_PT_SNOOP, USE_IO, RD_L2_POLICY, WR_L2_POLICY, DMA_PAGE_SIZE, USE_BC, ADDR_IS_PA, LLC_NOALLOC, TMZ_ENABLE, INVALID_ADDR];
}

pub mod sdma0_watchdog_cntl {
    use crate::registers::{field, Field};
    pub const QUEUE_HANG_COUNT: Field = field("queue_hang_count", (0, 8), (0, 8));
    pub const CMD_TIMEOUT_COUNT: Field = field("cmd_timeout_count", (8, 8), (8, 8));
    pub(crate) const ALL: &[Field] = &[QUEUE_HANG_COUNT, CMD_TIMEOUT_COUNT];
}

pub mod sdma1_rlc_cgcg_ctrl {
    use crate::registers::{field, Field};
    pub const CGCG_INT_ENABLE: Field = field("cgcg_int_enable", (1, 1), (1, 1));
    pub const CGCG_IDLE_HYSTERESIS: Field = field("cgcg_idle_hysteresis", (16, 16), (16, 16));
    pub const MCU_CGCG_ALLOW: Field = field("mcu_cgcg_allow", (0, 0), (4, 1));
    pub(crate) const ALL: &[Field] = &[CGCG_INT_ENABLE, CGCG_IDLE_HYSTERESIS, MCU_CGCG_ALLOW];
}

pub mod sh_mem_bases {
    use crate::registers::{field, Field};
    pub const PRIVATE_BASE: Field = field("private_base", (0, 16), (0, 16));
    pub const SHARED_BASE: Field = field("shared_base", (16, 16), (16, 16));
    pub(crate) const ALL: &[Field] = &[PRIVATE_BASE, SHARED_BASE];
}

pub mod sh_mem_config {
    use crate::registers::{field, Field};
    pub const ADDRESS_MODE: Field = field("address_mode", (0, 1), (0, 1));
    pub const ALIGNMENT_MODE: Field = field("alignment_mode", (2, 2), (2, 2));
    pub const INITIAL_INST_PREFETCH: Field = field("initial_inst_prefetch", (14, 2), (14, 2));
    pub const ICACHE_USE_GL1: Field = field("icache_use_gl1", (18, 1), (18, 1));
    pub const F8_MODE: Field = field("f8_mode", (0, 0), (8, 1));
    pub(crate) const ALL: &[Field] = &[ADDRESS_MODE, ALIGNMENT_MODE, INITIAL_INST_PREFETCH, ICACHE_USE_GL1, F8_MODE];
}

pub mod spi_compute_queue_reset {
    use crate::registers::{field, Field};
    pub const RESET: Field = field("reset", (0, 1), (0, 1));
    pub(crate) const ALL: &[Field] = &[RESET];
}

pub mod tcp_cntl {
    use crate::registers::{field, Field};
    pub const FORCE_HIT: Field = field("force_hit", (0, 1), (0, 1));
    pub const FORCE_MISS: Field = field("force_miss", (1, 1), (1, 1));
    pub const FLAT_BUF_CACHE_SWIZZLE: Field = field("flat_buf_cache_swizzle", (5, 1), (5, 1));
    pub const TD_DATA_EN_OVERRIDE: Field = field("td_data_en_override", (6, 1), (6, 1));
    pub const ENABLE_128B_DCC_COMP_READ_FOR_INDEP64: Field = field("enable_128b_dcc_comp_read_for_indep64", (7, 1), (0, 0));
    pub const DISABLE_WRITE_COMBINING: Field = field("disable_write_combining", (9, 1), (9, 1));
    pub const FORCE_EOW_TOTAL_CNT: Field = field("force_eow_total_cnt", (15, 6), (15, 6));
    pub const FORCE_EOW_SET_CNT: Field = field("force_eow_set_cnt", (22, 5), (22, 5));
    pub const DISABLE_Z_MAP: Field = field("disable_z_map", (28, 1), (28, 1));
    pub const FORCE_ORDER_BETWEEN_READ_WRITE_TO_SAME_ADDRESS: Field = field("force_order_between_read_write_to_same_address", (29, 1), (0, 0));
    pub const ASTC_VE_MSB_TOLERANT: Field = field("astc_ve_msb_tolerant", (31, 1), (31, 1));
    pub const STORE_ATOMIC_COLLAPSE_CLAUSE_LIMIT: Field = field("store_atomic_collapse_clause_limit", (0, 0), (2, 3));
    pub const FORCE_SCOPE_EOW: Field = field("force_scope_eow", (0, 0), (10, 1));
    pub const FORCE_TEMPORAL_EOW: Field = field("force_temporal_eow", (0, 0), (11, 1));
    pub const DISABLE_FULL_CL_ACCESS: Field = field("disable_full_cl_access", (0, 0), (27, 1));
    pub(crate) const ALL: &[Field] = &[FORCE_HIT, FORCE_MISS, FLAT_BUF_CACHE_SWIZZLE, TD_DATA_EN_OVERRIDE, ENABLE_128B_DCC_COMP_READ_FOR_INDEP64, DISABLE_WRITE_COMBINING, FORCE_EOW_TOTAL_CNT, FORCE_EOW_SET_CNT, DISABLE_Z_MAP, FORCE_ORDER_BETWEEN_READ_WRITE_TO_SAME_ADDRESS, ASTC_VE_MSB_TOLERANT, STORE_ATOMIC_COLLAPSE_CLAUSE_LIMIT, FORCE_SCOPE_EOW, FORCE_TEMPORAL_EOW, DISABLE_FULL_CL_ACCESS];
}
