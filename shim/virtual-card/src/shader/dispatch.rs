//! What the command processor hands over for one dispatch, and the registers that waves find.
//!
//! Fields follow the `COMPUTE_*` registers; the accessors name their bits (LLVM's AMDGPUUsage,
//! "compute_pgm_rsrc1" and following; amdgpu's register headers).

use rdna_isa::{Arch, Gen};

/// One dispatch, as the registers and the packet describe it.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Instruction set of the card.
    pub arch: Arch,
    /// Virtual address of the first instruction (`COMPUTE_PGM_LO/HI` shifted left by 8).
    pub code: u64,
    /// `COMPUTE_PGM_RSRC1`.
    pub rsrc1: u32,
    /// `COMPUTE_PGM_RSRC2`.
    pub rsrc2: u32,
    /// `COMPUTE_PGM_RSRC3`.
    pub rsrc3: u32,
    /// `COMPUTE_USER_DATA_0..15`.
    pub user_data: [u32; 16],
    /// Workgroup ids run from `start` up to here, exclusive, in each dimension: the packet's
    /// dimensions.
    pub groups: [u32; 3],
    /// First workgroup id: `COMPUTE_START_X..Z`, or zeros under FORCE_START_AT_000.
    pub start: [u32; 3],
    /// Work items of a whole workgroup (`COMPUTE_NUM_THREAD_X..Z`, NUM_THREAD_FULL).
    pub threads: [u32; 3],
    /// Work items of the last workgroup in each dimension: NUM_THREAD_PARTIAL under
    /// PARTIAL_TG_EN, otherwise the same as `threads`.
    pub partial: [u32; 3],
    /// CS_W32_EN of the dispatch initiator.
    pub wave32: bool,
    /// `COMPUTE_DISPATCH_SCRATCH_BASE` shifted left by 8: virtual address of the scratch ring.
    pub scratch_base: u64,
    /// `COMPUTE_TMPRING_SIZE`.
    pub tmpring_size: u32,
    /// `SH_MEM_BASES`: private aperture in bits 15:0, shared in 31:16, as address bits 63:48.
    pub sh_mem_bases: u32,
    /// Shader engines of the card: TMPRING_SIZE.WAVES counts per engine.
    pub shader_engines: u32,
    /// Compute units of the card: how many workgroups may be resident, and HW_ID.
    pub compute_units: u32,
    /// Address space, for the caches' tags.
    pub vmid: u8,
}

impl Dispatch {
    /// Encoding generation.
    pub fn gen(&self) -> Gen {
        self.arch.gen()
    }

    /// Vector registers that a wave owns: granules of 8 in wave32 and 4 in wave64.
    pub fn vgprs(&self) -> usize {
        let granule = if self.wave32 { 8 } else { 4 };
        (((self.rsrc1 & 0x3f) as usize + 1) * granule).min(256)
    }

    /// Initial rounding and denormal bits of MODE (FLOAT_MODE).
    pub fn float_mode(&self) -> u32 {
        self.rsrc1 >> 12 & 0xff
    }

    /// DX10_CLAMP: a clamp makes NaN zero. Not a bit on gfx12, where it always does.
    pub fn dx10_clamp(&self) -> bool {
        self.gen() == Gen::Gfx12 || self.rsrc1 >> 21 & 1 != 0
    }

    /// IEEE: signalling NaN is quieted. Not a bit on gfx12, where it always is.
    pub fn ieee(&self) -> bool {
        self.gen() == Gen::Gfx12 || self.rsrc1 >> 23 & 1 != 0
    }

    /// FP16_OVFL: half results beyond the range clamp to the largest finite value.
    pub fn fp16_ovfl(&self) -> bool {
        self.rsrc1 >> 26 & 1 != 0
    }

    /// WGP_MODE: a workgroup may use both compute units of its pair.
    pub fn wgp_mode(&self) -> bool {
        self.rsrc1 >> 29 & 1 != 0
    }

    /// Number of SGPRs filled from `user_data`.
    pub fn user_sgprs(&self) -> usize {
        (self.rsrc2 >> 1 & 0x1f) as usize
    }

    /// Which workgroup ids are wanted (`TGID_X_EN`, `_Y_`, `_Z_`).
    pub fn tgid_enabled(&self) -> [bool; 3] {
        [
            self.rsrc2 >> 7 & 1 != 0,
            self.rsrc2 >> 8 & 1 != 0,
            self.rsrc2 >> 9 & 1 != 0,
        ]
    }

    /// TG_SIZE_EN: an SGPR with wave number and wave count follows the ids.
    pub fn tg_size_enabled(&self) -> bool {
        self.rsrc2 >> 10 & 1 != 0
    }

    /// Bytes of LDS that a workgroup owns.
    pub fn lds_bytes(&self) -> usize {
        (self.rsrc2 >> 15 & 0x1ff) as usize * 512
    }

    /// Bytes of scratch that a wave owns (TMPRING_SIZE.WAVESIZE).
    pub fn scratch_wave_bytes(&self) -> u64 {
        let bits = if self.gen() == Gen::Gfx12 { 18 } else { 15 };
        u64::from(self.tmpring_size >> 12 & ((1 << bits) - 1)) * 256
    }

    /// Waves that can have scratch at the same time.
    pub fn scratch_waves(&self) -> u32 {
        (self.tmpring_size & 0xfff) * self.shader_engines.max(1)
    }
}
