//! A wave's architectural state.
//!
//! Vector registers are lines of one array behind a few scratch lines, scalar registers a flat
//! array in the order of their hardware codes, with SCC, a sink for writes to `null`, and the
//! program's constants behind them: an operand is one index, checked when the program is decoded.
//! The arrays are reached through raw pointers so that operations pay for no second check; this
//! module and [`super::lanes`] hold those dereferences.

use rdna_isa::Gen;

use super::group::Env;
use super::lanes::{Lanes, LANES};
use super::program::Program;
use super::Dispatch;

/// What the executor does after a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on with the next slot.
    Next,
    /// Go on at `Wave::pc`, which the slot has set.
    Jump,
    /// Go on at the virtual address in `Wave::target`, which may not be decoded yet.
    Indirect,
    /// Wait for the workgroup's barrier; then the next slot.
    Barrier,
    /// Let another wave run; then the next slot.
    Yield,
    /// MODE changed: the slots to run may be others. Then the next slot.
    Mode,
    /// The wave is done.
    End,
    /// The reason is in `Env::fault`.
    Fault,
}

/// Lines of the vector file that operations use for themselves, before `v0`.
pub const TEMP_LINES: usize = 8;

/// Scalar file layout behind the 128 hardware codes.
pub mod scalar {
    /// Scalar condition code, 0 or 1.
    pub const SCC: u16 = 128;
    /// VCCZ and EXECZ as sources; refreshed by the few operations that can name them.
    pub const VCCZ: u16 = 129;
    /// See [`VCCZ`].
    pub const EXECZ: u16 = 130;
    /// Where writes to `null` go (as many dwords as the widest load).
    pub const SINK: u16 = 132;
    /// First of the program's constants.
    pub const CONSTANTS: u16 = 148;
    /// Bit of a vector operation's source index that says "scalar file".
    pub const FLAG: u16 = 0x8000;
    /// VCC's low dword.
    pub const VCC: u16 = 106;
    /// M0.
    pub const M0: u16 = 125;
    /// EXEC's low dword.
    pub const EXEC: u16 = 126;
    /// First trap temporary.
    pub const TTMP: u16 = 108;
}

/// Rounding mode, as MODE encodes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// To nearest, ties to even.
    Nearest,
    /// Toward +infinity.
    Up,
    /// Toward -infinity.
    Down,
    /// Toward zero.
    Zero,
}

impl Round {
    fn from_bits(bits: u32) -> Round {
        match bits & 3 {
            0 => Round::Nearest,
            1 => Round::Up,
            2 => Round::Down,
            _ => Round::Zero,
        }
    }
}

/// The MODE register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Its bits: rounding 3:0, denormals 7:4, DX10_CLAMP 8, IEEE 9, FP16_OVFL 23.
    pub bits: u32,
}

impl Mode {
    /// Nearest even, denormals kept.
    pub const DEFAULT: Mode = Mode { bits: 0xf0 };

    /// What a wave starts with.
    pub fn initial(d: &Dispatch) -> Mode {
        let bit = |on: bool, at: u32| u32::from(on) << at;
        Mode {
            bits: d.float_mode()
                | bit(d.dx10_clamp(), 8)
                | bit(d.gen() == Gen::Gfx11 && d.ieee(), 9)
                | bit(d.fp16_ovfl(), 23),
        }
    }

    /// Whether arithmetic is what the host does by default: round to nearest even, denormals kept,
    /// half overflow to infinity.
    pub fn plain(self) -> bool {
        self.bits & 0xff == 0xf0 && !self.fp16_ovfl()
    }

    /// Rounding of f32 results.
    pub fn round32(self) -> Round {
        Round::from_bits(self.bits)
    }

    /// Rounding of f16 and f64 results.
    pub fn round16_64(self) -> Round {
        Round::from_bits(self.bits >> 2)
    }

    /// Whether f32 sources, and results, keep denormals.
    pub fn denorm32(self) -> (bool, bool) {
        (self.bits >> 4 & 1 != 0, self.bits >> 5 & 1 != 0)
    }

    /// Whether f16 and f64 sources, and results, keep denormals.
    pub fn denorm16_64(self) -> (bool, bool) {
        (self.bits >> 6 & 1 != 0, self.bits >> 7 & 1 != 0)
    }

    /// A clamp makes NaN zero.
    pub fn dx10_clamp(self) -> bool {
        self.bits >> 8 & 1 != 0
    }

    /// Minimum and maximum quiet signalling NaN.
    pub fn ieee(self) -> bool {
        self.bits >> 9 & 1 != 0
    }

    /// Half overflow gives the largest finite value.
    pub fn fp16_ovfl(self) -> bool {
        self.bits >> 23 & 1 != 0
    }
}

/// MODE for which a dispatch's plain slots are right: its initial value if that is plain.
pub fn plain_for(d: &Dispatch) -> u32 {
    let mode = Mode::initial(d);
    if mode.plain() {
        mode.bits
    } else {
        !0
    }
}

/// What a wave is doing, for the workgroup's scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Can run.
    Ready,
    /// At a barrier that has not completed.
    Waiting,
    /// Ended.
    Done,
}

/// One wave.
pub struct Wave {
    /// Next slot.
    pub pc: u32,
    /// MODE.
    pub mode: Mode,
    /// Target of [`Flow::Indirect`].
    pub target: u64,
    /// What it shares with its workgroup and thread; set while it runs.
    pub env: *mut Env<'static>,
    vector: *mut Lanes,
    scalar: *mut u32,
    /// Barrier generation that it signalled last (gfx12 separates signal and wait).
    pub signalled: u32,
    /// For the scheduler.
    pub status: Status,
    /// Number within the workgroup.
    pub index: u32,
    /// Instructions issued, counted at branches in fast mode.
    pub steps: u64,
    /// Lanes that exist.
    pub lanes: u32,
    /// Virtual address of its scratch.
    pub scratch: u64,
    vector_file: Vec<Lanes>,
    scalar_file: Vec<u32>,
    /// Identity of the program whose constants the scalar file holds.
    constants_of: u64,
}

impl Wave {
    /// A wave without registers; [`Wave::start`] gives it some.
    pub fn new() -> Wave {
        Wave {
            pc: 0,
            mode: Mode { bits: 0 },
            target: 0,
            env: std::ptr::null_mut(),
            vector: std::ptr::null_mut(),
            scalar: std::ptr::null_mut(),
            signalled: 0,
            status: Status::Done,
            index: 0,
            steps: 0,
            lanes: 0,
            scratch: 0,
            vector_file: Vec::new(),
            scalar_file: Vec::new(),
            constants_of: 0,
        }
    }

    /// Makes the register files fit `program`, keeping the values that are there.
    pub fn fit(&mut self, program: &Program) {
        let lines = TEMP_LINES + program.vgprs;
        if self.vector_file.len() < lines {
            self.vector_file.resize(lines, Lanes::ZERO);
        }
        let dwords = scalar::CONSTANTS as usize + program.constants.len();
        if self.scalar_file.len() < dwords {
            self.scalar_file.resize(dwords, 0);
        }
        if self.constants_of != program.id {
            let at = scalar::CONSTANTS as usize;
            self.scalar_file[at..dwords].copy_from_slice(&program.constants);
            self.constants_of = program.id;
        }
        self.vector = self.vector_file.as_mut_ptr();
        self.scalar = self.scalar_file.as_mut_ptr();
    }

    /// Fills the registers as the card does before the first instruction of wave `index` of
    /// workgroup `group`, whose sizes are `threads` (LLVM AMDGPUUsage, "Initial Kernel Execution
    /// State"; workgroup ids of gfx12 in ttmp7 and ttmp9).
    pub fn start(
        &mut self,
        d: &Dispatch,
        program: &Program,
        group: [u32; 3],
        threads: [u32; 3],
        index: u32,
    ) {
        self.fit(program);
        for line in &mut self.vector_file[TEMP_LINES..TEMP_LINES + program.vgprs] {
            *line = Lanes::ZERO;
        }
        self.scalar_file[..scalar::CONSTANTS as usize].fill(0);
        self.pc = program.entry;
        self.mode = Mode::initial(d);
        self.status = Status::Ready;
        self.index = index;
        self.signalled = 0;
        self.steps = 0;

        let total = threads.iter().product::<u32>();
        let first = index * LANES as u32;
        let live = total.saturating_sub(first).min(LANES as u32);
        self.lanes = if live == 32 { !0 } else { (1 << live) - 1 };
        let waves = total.div_ceil(LANES as u32);
        let s = &mut self.scalar_file;
        s[scalar::EXEC as usize] = self.lanes;

        let user = d.user_sgprs().min(16);
        s[..user].copy_from_slice(&d.user_data[..user]);
        let mut next = d.user_sgprs();
        match d.gen() {
            Gen::Gfx11 => {
                for (id, on) in group.iter().zip(d.tgid_enabled()) {
                    if on {
                        s[next] = *id;
                        next += 1;
                    }
                }
                if d.tg_size_enabled() {
                    // Waves in the workgroup, wave number in both places that compilers read.
                    s[next] = waves & 0x3f | index << 6 | index << 20 | u32::from(index == 0) << 31;
                }
            }
            Gen::Gfx12 => {
                let t = scalar::TTMP as usize;
                s[t + 9] = group[0];
                s[t + 7] = group[1] & 0xffff | group[2] << 16;
                s[t + 8] = index << 25;
            }
        }

        let [tx, ty, _] = threads.map(|t| t.max(1));
        let v0 = &mut self.vector_file[TEMP_LINES];
        for lane in 0..live {
            let id = first + lane;
            let (x, y, z) = (id % tx, id / tx % ty, id / tx / ty);
            v0[lane as usize] = x | y << 10 | z << 20;
        }
    }

    /// EXEC.
    #[inline(always)]
    pub fn exec(&self) -> u32 {
        self.s(scalar::EXEC)
    }

    /// A dword of the scalar file.
    #[inline(always)]
    pub fn s(&self, index: u16) -> u32 {
        debug_assert!((index as usize) < self.scalar_file.len());
        // SAFETY: predecoding checked `index` against the file of this program.
        unsafe { *self.scalar.add(index as usize) }
    }

    /// Two dwords of the scalar file.
    #[inline(always)]
    pub fn s64(&self, index: u16) -> u64 {
        u64::from(self.s(index)) | u64::from(self.s(index + 1)) << 32
    }

    /// Sets a dword of the scalar file.
    #[inline(always)]
    pub fn set_s(&mut self, index: u16, value: u32) {
        debug_assert!((index as usize) < self.scalar_file.len());
        // SAFETY: predecoding checked `index` against the file of this program.
        unsafe { *self.scalar.add(index as usize) = value }
    }

    /// Sets two dwords of the scalar file.
    #[inline(always)]
    pub fn set_s64(&mut self, index: u16, value: u64) {
        self.set_s(index, value as u32);
        self.set_s(index + 1, (value >> 32) as u32);
    }

    /// SCC.
    #[inline(always)]
    pub fn scc(&self) -> bool {
        self.s(scalar::SCC) != 0
    }

    /// Sets SCC.
    #[inline(always)]
    pub fn set_scc(&mut self, on: bool) {
        self.set_s(scalar::SCC, u32::from(on));
    }

    /// A line of the vector file.
    #[inline(always)]
    pub fn line(&self, index: u16) -> *const Lanes {
        debug_assert!((index as usize) < self.vector_file.len());
        // SAFETY: predecoding checked `index` against the file of this program.
        unsafe { self.vector.add(index as usize) }
    }

    /// The same, to write.
    #[inline(always)]
    pub fn line_mut(&mut self, index: u16) -> *mut Lanes {
        self.line(index).cast_mut()
    }

    /// A line by value.
    #[inline(always)]
    pub fn value(&self, index: u16) -> Lanes {
        // SAFETY: `line` is valid and nothing else refers to it now.
        unsafe { *self.line(index) }
    }

    /// Vector register `n`, for observers.
    pub fn vgpr(&self, n: usize) -> Option<&Lanes> {
        self.vector_file.get(TEMP_LINES + n)
    }

    /// Vector register `n`; zero beyond those that the wave has: what names one of these is looked
    /// at, too, before it faults.
    pub fn vgpr_or_zero(&self, n: usize) -> Lanes {
        self.vgpr(n).copied().unwrap_or(Lanes::ZERO)
    }

    /// Vector register `n`, to write.
    pub fn vgpr_mut(&mut self, n: usize) -> Option<&mut Lanes> {
        self.vector_file.get_mut(TEMP_LINES + n)
    }

    /// The hardware register `id`, as `s_getreg_b32` sees it. Registers that describe what the card
    /// does not model read as zero.
    pub fn hwreg(&self, gen: Gen, id: u32) -> u32 {
        // SAFETY: `env` is set while the wave runs, which is when instructions ask.
        let env = unsafe { &*self.env };
        match (gen, id) {
            (_, 1) => self.mode.bits,
            // STATUS: SCC, EXECZ, VCCZ.
            (_, 2) => {
                self.s(scalar::SCC)
                    | u32::from(self.exec() == 0) << 9
                    | u32::from(self.s(scalar::VCC) == 0) << 10
            }
            (Gen::Gfx11, 15) => env.dispatch.sh_mem_bases,
            (_, 20) => self.scratch as u32,
            (_, 21) => (self.scratch >> 32) as u32,
            // HW_ID1: wave 4:0, SIMD 9:8, WGP 13:10; HW_ID2: queue, pipe, VMID 27:24.
            (_, 23) => self.index & 0xf | (self.index >> 4 & 3) << 8 | (env.slot & 0xf) << 10,
            (_, 24) => u32::from(env.dispatch.vmid) << 24,
            (_, 29) => env.cycles(),
            _ => 0,
        }
    }

    /// Writes `s_setreg_b32`'s bits. Only MODE can be written from a shader.
    pub fn set_hwreg(&mut self, id: u32, mask: u32, value: u32) {
        if id == 1 {
            self.mode.bits = self.mode.bits & !mask | value & mask;
        }
    }
}

impl Default for Wave {
    fn default() -> Wave {
        Wave::new()
    }
}
