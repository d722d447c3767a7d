//! Commands as packets: one stream for the compute queue, one for SDMA, ordered against each other.
//!
//! Pure translation: it knows addresses and numbers, no hardware, so packets are tested as packets.
//!
//! Each stream has a *signal*, a 32-bit number in host memory that it stores when everything before
//! is done (RELEASE_MEM, FENCE). A barrier costs nothing until a later command needs it: then the
//! compute stream drains its waves and invalidates the caches that may be stale, and a stream that
//! touches what the other has touched before the barrier (`hazard`) waits for its signal. Waits only
//! ever point to what precedes in the order of the commands, so the streams cannot deadlock.
//!
//! Small copies and fills run on the compute queue (CP's DMA engine): they need no second doorbell
//! and no signal between queues. Large ones run on SDMA, beside waves that have nothing to do with
//! them, of whatever submission: an upload for the next dispatch, a read-back of the last one.
//!
//! Which caches: waves and the command processor share L2; a barrier between dispatches therefore
//! invalidates the vector, scalar and GL1 caches only. SDMA bypasses L2 when it writes and may read
//! behind it, so a signal to SDMA writes L2 back, and a wait for SDMA invalidates it. On gfx12 the
//! command processor too works behind L2 (Mesa: cp_sdma_ge_use_system_memory_scope), so there every
//! acquire writes L2 back, for what it reads, and invalidates it, for what it wrote. Host memory is
//! mapped uncached and never in L2. Nothing here is written by the CPU through a BAR, so no HDP
//! flush is needed for a submission.

use amd_hw::pm4::{event, initiator, CacheControl, CopySource, Destination, DmaSource, Packet};
use amd_hw::sdma;

use super::packets::{
    acquire_packet, dma_packets, fence_packet, for_pieces, poll_packet, signal_packet, wait_packet,
    ShRegisters, INDEX_PARTIAL_FLUSH, STALE_CACHES, WRITE_MAX,
};
use crate::amd::kernel::{property, Program};
use crate::hazard::{read, write, Unseen, ANYTHING};
use crate::Access;

/// Which packets a card understands. Silicon and our virtual card take all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketSet {
    /// WRITE_DATA and DMA_DATA on the compute queue; otherwise SDMA does their work.
    pub cp_writes: bool,
    /// COPY_DATA of the fault status at the end of a submission.
    pub fault_probe: bool,
}

impl PacketSet {
    /// What tinygrad's mock card understands.
    pub const BASIC: PacketSet = PacketSet {
        cp_writes: false,
        fault_probe: false,
    };
}

impl Default for PacketSet {
    fn default() -> Self {
        PacketSet {
            cp_writes: true,
            fault_probe: true,
        }
    }
}

/// Addresses and choices that stay the same.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Offsets of the dispatch registers.
    pub sh: ShRegisters,
    /// Where the compute stream's signal is stored.
    pub compute_signal: u64,
    /// Where the SDMA stream's signal is stored.
    pub sdma_signal: u64,
    /// Where the fault status is copied to.
    pub fault_status: u64,
    /// The fault status register.
    pub fault_register: u32,
    /// Copies and fills up to this size run on the compute queue.
    pub small: u64,
    /// Packets that may be used.
    pub packets: PacketSet,
    /// The command processor reads and writes memory behind L2 (gfx12).
    pub cp_behind_l2: bool,
}

/// How many workgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grid {
    /// By the packet.
    Direct([u32; 3]),
    /// By three u32 at an address when the card gets there.
    Indirect(u64),
}

/// Scratch that a dispatch may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scratch {
    /// Address of the buffer.
    pub base: u64,
    /// COMPUTE_TMPRING_SIZE.
    pub tmpring: u32,
}

/// One dispatch, ready to be packets.
pub(crate) struct Dispatch<'a> {
    /// Number of the kernel: the same one twice in a row needs no registers again.
    pub kernel: u64,
    /// Its registers.
    pub program: &'a Program,
    /// Address of the argument block.
    pub arguments: u64,
    /// Address of the dispatch packet that some kernels read, if the kernel wants one.
    pub dispatch_packet: u64,
    /// Workgroups.
    pub grid: Grid,
    /// Places that must hold the grid before the kernel starts (indirect dispatches only).
    pub store_grid: &'a [u64],
    /// Memory that it may touch besides arguments and grid, if that is known.
    pub touches: Option<&'a [Access]>,
    /// Scratch, if the kernel needs any.
    pub scratch: Option<Scratch>,
}

/// Packets that go to the rings together, and the signals that show their end. Used again for the
/// next ones, so that submitting allocates nothing in the long run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// For the compute queue.
    pub compute: Vec<u32>,
    /// For the SDMA queue.
    pub sdma: Vec<u32>,
    /// Value of the compute signal when the chunk is done.
    pub compute_signal: u64,
    /// Value of the SDMA signal when the chunk is done.
    pub sdma_signal: u64,
}

/// What one stream has done that somebody may have to wait for.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Last signal value in the stream.
    signal: u64,
    /// Work after that signal.
    unsignalled: bool,
}

/// Barriers passed whose cost within the compute stream is not paid yet.
#[derive(Clone, Copy, Debug, Default)]
struct Owed {
    /// It must drain its waves.
    drain: bool,
    /// It must invalidate caches.
    acquire: bool,
}

/// The two streams. State is kept between chunks: what the queues hold goes on.
pub(crate) struct Streams {
    config: Config,
    compute: Vec<u32>,
    sdma: Vec<u32>,
    /// Data that must be in VRAM before the chunk's dispatches (argument blocks): where each run of
    /// it goes, and its end in `data`.
    writes: Vec<(u64, usize)>,
    data: Vec<u32>,
    /// Code that must be in VRAM before the chunk's dispatches: source, destination, bytes.
    uploads: Vec<(u64, u64, u64)>,
    compute_progress: Progress,
    sdma_progress: Progress,
    /// Compute's work that SDMA has not waited for.
    compute_for_sdma: Unseen,
    /// SDMA's work that compute has not waited for.
    sdma_for_compute: Unseen,
    /// SDMA's work that SDMA itself has not waited for.
    sdma_for_sdma: Unseen,
    /// Waves may be running.
    waves: bool,
    /// Caches may hold what is out of date.
    stale: bool,
    owed: Owed,
    /// What the dispatch registers hold.
    kernel: Option<u64>,
    scratch: Option<Scratch>,
    /// SDMA signal of the data that precedes the chunk, where SDMA writes it.
    prologue_signal: Option<u64>,
    initialised: bool,
}

impl Streams {
    pub(crate) fn new(config: Config) -> Streams {
        Streams {
            config,
            compute: Vec::new(),
            sdma: Vec::new(),
            writes: Vec::new(),
            data: Vec::new(),
            uploads: Vec::new(),
            compute_progress: Progress::default(),
            sdma_progress: Progress::default(),
            compute_for_sdma: Unseen::default(),
            sdma_for_compute: Unseen::default(),
            sdma_for_sdma: Unseen::default(),
            waves: false,
            stale: false,
            owed: Owed::default(),
            kernel: None,
            scratch: None,
            prologue_signal: None,
            initialised: false,
        }
    }

    /// Last signal values in the streams.
    pub(crate) fn signals(&self) -> (u64, u64) {
        (self.compute_progress.signal, self.sdma_progress.signal)
    }

    /// Starts both signals at a new value. Only when both queues are idle.
    pub(crate) fn restart_signals(&mut self, value: u64) {
        self.compute_progress.signal = value;
        self.sdma_progress.signal = value;
        self.compute_for_sdma.waited(u64::MAX);
        self.sdma_for_sdma.waited(u64::MAX);
        // Its caches may still hold what SDMA has overwritten since.
        self.sdma_for_compute.renumber(value);
    }

    /// The signals were seen to have these values. What they cover is in memory: SDMA, which reads
    /// no cache, need not wait for it.
    pub(crate) fn seen(&mut self, compute: u64, sdma: u64) {
        self.compute_for_sdma.waited(compute);
        self.sdma_for_sdma.waited(sdma);
    }

    /// Dwords collected for the compute queue, with what [`Streams::finish`] will add.
    pub(crate) fn compute_dwords(&self) -> usize {
        let headers = 4 * (self.writes.len() + self.data.len() / WRITE_MAX);
        self.compute.len() + self.data.len() + headers + 8 * self.uploads.len() + 256
    }

    /// Dwords collected for the SDMA queue.
    pub(crate) fn sdma_dwords(&self) -> usize {
        self.sdma.len() + 64
    }

    /// Nothing was collected.
    pub(crate) fn is_empty(&self) -> bool {
        self.compute.is_empty()
            && self.sdma.is_empty()
            && self.writes.is_empty()
            && self.uploads.is_empty()
    }

    /// Everything before is done, and seen, before anything after starts.
    pub(crate) fn barrier(&mut self) {
        self.owed.drain |= self.waves;
        self.owed.acquire |= self.stale;
        self.compute_for_sdma.barrier();
        self.sdma_for_compute.barrier();
        self.sdma_for_sdma.barrier();
    }

    /// Puts data into VRAM before the chunk's dispatches run.
    pub(crate) fn write(&mut self, address: u64, words: &[u32]) {
        let before = self.writes.len().checked_sub(2);
        let start = before.map_or(0, |i| self.writes[i].1);
        match self.writes.last_mut() {
            Some((run, end)) if *run + 4 * (*end - start) as u64 == address => {
                *end += words.len();
            }
            _ => self.writes.push((address, self.data.len() + words.len())),
        }
        self.data.extend_from_slice(words);
        self.reserve_prologue();
    }

    /// Copies code into VRAM before the chunk's dispatches run.
    pub(crate) fn upload(&mut self, source: u64, destination: u64, bytes: u64) {
        self.uploads.push((source, destination, bytes));
        self.reserve_prologue();
    }

    /// Where SDMA writes what precedes a chunk, its signal must be lower than the chunk's own.
    fn reserve_prologue(&mut self) {
        if !self.config.packets.cp_writes && self.prologue_signal.is_none() {
            self.sdma_progress.signal += 1;
            self.prologue_signal = Some(self.sdma_progress.signal);
        }
    }

    /// Runs a kernel.
    pub(crate) fn dispatch(&mut self, dispatch: &Dispatch<'_>) {
        let grid = match dispatch.grid {
            Grid::Direct(_) => None,
            Grid::Indirect(groups) => Some(read(groups, 12)),
        };
        let touches = dispatch.touches.unwrap_or(&ANYTHING);
        self.enter_compute(touches.iter().chain(&grid));
        let sh = self.config.sh;
        if let Grid::Indirect(groups) = dispatch.grid {
            if !dispatch.store_grid.is_empty() {
                for place in dispatch.store_grid {
                    for i in 0..3 {
                        self.emit(Packet::CopyData {
                            source: CopySource::Memory(groups + 4 * i),
                            destination: Destination::Memory(place + 4 * i),
                            wide: false,
                            confirm: true,
                        });
                    }
                }
                // Its neighbours in the line may have been read already.
                let caches = self.stale_caches();
                self.acquire(caches);
            }
        }
        let program = dispatch.program;
        if self.kernel != Some(dispatch.kernel) {
            self.kernel = Some(dispatch.kernel);
            let code = program.code >> 8;
            self.set_sh(sh.pgm_lo, &[code as u32, (code >> 32) as u32]);
            self.set_sh(sh.rsrc1, &program.rsrc[..2]);
            self.set_sh(sh.rsrc3, &program.rsrc[2..]);
            self.set_sh(sh.num_thread_x, &program.workgroup);
        }
        if dispatch.scratch.is_some() && self.scratch != dispatch.scratch {
            // Slots are counted across dispatches: the size must not change under running waves.
            self.drain();
            self.scratch = dispatch.scratch;
            if let Some(scratch) = dispatch.scratch {
                let base = scratch.base >> 8;
                self.set_sh(sh.scratch_base, &[base as u32, (base >> 32) as u32]);
                self.set_sh(sh.tmpring_size, &[scratch.tmpring]);
            }
        }
        let mut user = [0u32; 16];
        let mut used = 0;
        let mut put = |bit, words: &[u32]| {
            if program.properties & bit != 0 {
                user[used..used + words.len()].copy_from_slice(words);
                used += words.len();
            }
        };
        let halves = |value: u64| [value as u32, (value >> 32) as u32];
        put(property::DISPATCH_PTR, &halves(dispatch.dispatch_packet));
        put(property::KERNARG_SEGMENT_PTR, &halves(dispatch.arguments));
        put(property::DISPATCH_ID, &[0, 0]);
        put(property::PRIVATE_SEGMENT_SIZE, &[program.scratch]);
        if used > 0 {
            self.set_sh(sh.user_data, &user[..used]);
        }
        let mut bits = initiator::COMPUTE_SHADER_EN | initiator::FORCE_START_AT_000;
        if program.wave32 {
            bits |= initiator::CS_W32_EN;
        }
        match dispatch.grid {
            Grid::Direct(groups) => self.emit(Packet::DispatchDirect {
                groups,
                initiator: bits,
            }),
            Grid::Indirect(address) => self.emit(Packet::DispatchIndirect {
                address,
                initiator: bits,
            }),
        }
        self.waves = true;
        self.compute_worked(touches.iter().chain(&grid));
    }

    /// Copies memory.
    pub(crate) fn copy(&mut self, source: u64, destination: u64, size: u64) {
        let touches = [read(source, size), write(destination, size)];
        if self.runs_on_compute(size) {
            self.enter_compute(&touches);
            self.cp_dma(size, destination, |done| DmaSource::Memory(source + done));
            self.compute_worked(&touches);
            return;
        }
        self.enter_sdma(&touches);
        for_pieces(size, sdma::MAX_COPY_BYTES, |done, bytes| {
            sdma::Packet::CopyLinear {
                source: source + done,
                destination: destination + done,
                bytes: bytes as u32,
            }
            .emit(&mut self.sdma);
        });
        self.sdma_worked(&touches);
    }

    /// Fills memory with a dword.
    pub(crate) fn fill(&mut self, destination: u64, size: u64, value: u32) {
        let touches = [write(destination, size)];
        if self.runs_on_compute(size) {
            self.enter_compute(&touches);
            self.cp_dma(size, destination, |_| DmaSource::Fill(value));
            self.compute_worked(&touches);
            return;
        }
        self.enter_sdma(&touches);
        for_pieces(size, sdma::MAX_FILL_BYTES, |done, bytes| {
            sdma::Packet::ConstFill {
                address: destination + done,
                data: value,
                bytes: bytes as u32,
                width: 2,
            }
            .emit(&mut self.sdma);
        });
        self.sdma_worked(&touches);
    }

    /// Stores the card's clock once everything before is done, and before what follows a barrier.
    pub(crate) fn timestamp(&mut self, destination: u64) {
        self.barrier();
        self.enter_compute(&ANYTHING);
        self.emit(Packet::CopyData {
            source: CopySource::GpuClock,
            destination: Destination::Memory(destination),
            wide: true,
            confirm: true,
        });
        self.compute_worked(&ANYTHING);
    }

    /// Closes the chunk: signals after everything, and what its dispatches need before everything.
    pub(crate) fn finish(&mut self, chunk: &mut Chunk) {
        if self.compute_progress.unsignalled {
            if self.config.packets.fault_probe {
                // After the waves, or it would miss their faults. Costs no message; a fault is seen
                // with the completion of the submission that made it.
                self.drain();
                self.emit(Packet::CopyData {
                    source: CopySource::Register(self.config.fault_register),
                    destination: Destination::Memory(self.config.fault_status),
                    wide: false,
                    confirm: true,
                });
            }
            self.signal_compute();
        }
        self.signal_sdma();

        let Chunk { compute, sdma, .. } = chunk;
        compute.clear();
        sdma.clear();
        if !self.initialised && !self.compute.is_empty() {
            self.initialised = true;
            self.initial_state(compute);
        }
        self.prologue(compute, sdma);
        compute.append(&mut self.compute);
        sdma.append(&mut self.sdma);
        chunk.compute_signal = self.compute_progress.signal;
        chunk.sdma_signal = self.sdma_progress.signal;
    }

    /// Registers that no kernel changes.
    fn initial_state(&self, out: &mut Vec<u32>) {
        let sh = self.config.sh;
        for (offset, values) in [
            (sh.start_x, &[0; 3][..]),
            (sh.restart_x, &[0; 3]),
            (sh.resource_limits, &[0]),
            (sh.pipelinestat, &[0]),
            (sh.perfcount, &[0]),
            (sh.tmpring_size, &[0]),
        ] {
            Packet::SetShReg { offset, values }.emit(out);
        }
    }

    fn prologue(&mut self, compute: &mut Vec<u32>, sdma_out: &mut Vec<u32>) {
        if self.writes.is_empty() && self.uploads.is_empty() {
            return;
        }
        let caches = CacheControl {
            gli_inv: !self.uploads.is_empty(),
            ..self.stale_caches()
        };
        match self.prologue_signal.take() {
            None => {
                for (source, destination, bytes) in self.uploads.drain(..) {
                    dma_packets(compute, bytes, destination, |done| {
                        DmaSource::Memory(source + done)
                    });
                }
                let mut start = 0;
                for (address, end) in self.writes.drain(..) {
                    let words = &self.data[std::mem::replace(&mut start, end)..end];
                    for (i, data) in words.chunks(WRITE_MAX).enumerate() {
                        Packet::WriteData {
                            destination: Destination::Memory(address + (i * WRITE_MAX * 4) as u64),
                            same_address: false,
                            confirm: true,
                            data,
                        }
                        .emit(compute);
                    }
                }
                acquire_packet(compute, caches);
            }
            Some(signal) => {
                for (source, destination, bytes) in self.uploads.drain(..) {
                    for_pieces(bytes, sdma::MAX_COPY_BYTES, |done, bytes| {
                        sdma::Packet::CopyLinear {
                            source: source + done,
                            destination: destination + done,
                            bytes: bytes as u32,
                        }
                        .emit(sdma_out);
                    });
                }
                let mut start = 0;
                for (address, end) in self.writes.drain(..) {
                    let data = &self.data[std::mem::replace(&mut start, end)..end];
                    sdma::Packet::Write { address, data }.emit(sdma_out);
                }
                fence_packet(sdma_out, self.config.sdma_signal, signal);
                wait_packet(compute, self.config.sdma_signal, signal);
                acquire_packet(compute, CacheControl::ALL);
            }
        }
        self.data.clear();
    }

    /// Caches that may be out of date after earlier work of this queue.
    fn stale_caches(&self) -> CacheControl {
        CacheControl {
            gl2_inv: self.config.cp_behind_l2,
            gl2_wb: self.config.cp_behind_l2,
            ..STALE_CACHES
        }
    }

    fn runs_on_compute(&self, size: u64) -> bool {
        self.config.packets.cp_writes && size <= self.config.small
    }

    fn cp_dma(&mut self, size: u64, destination: u64, source: impl Fn(u64) -> DmaSource) {
        dma_packets(&mut self.compute, size, destination, source);
    }

    fn compute_worked<'a>(&mut self, touches: impl IntoIterator<Item = &'a Access>) {
        self.compute_progress.unsignalled = true;
        self.compute_for_sdma.add(touches);
        self.stale = true;
    }

    fn sdma_worked(&mut self, touches: &[Access]) {
        self.sdma_progress.unsignalled = true;
        self.sdma_for_compute.add(touches);
        self.sdma_for_sdma.add(touches);
    }

    /// Pays what barriers owe before a command on the compute queue that touches this memory.
    fn enter_compute<'a>(&mut self, touches: impl IntoIterator<Item = &'a Access>) {
        let owed = std::mem::take(&mut self.owed);
        let mut caches = self.stale_caches();
        let sdma = self.sdma_for_compute.needed(touches);
        if let Some(needed) = sdma {
            let signal = self.sdma_signal_for(needed);
            wait_packet(&mut self.compute, self.config.sdma_signal, signal);
            self.sdma_for_compute.waited(signal);
            // The wait is in program order before everything that follows, SDMA's own work too.
            caches = CacheControl::ALL;
        }
        if owed.drain {
            self.drain();
        }
        if owed.acquire || sdma.is_some() {
            self.acquire(caches);
        }
    }

    /// Pays what barriers owe before a command on the SDMA queue that touches this memory.
    fn enter_sdma(&mut self, touches: &[Access]) {
        if let Some(needed) = self.compute_for_sdma.needed(touches) {
            let signal = self.compute_signal_for(needed);
            poll_packet(&mut self.sdma, self.config.compute_signal, signal);
            self.compute_for_sdma.waited(signal);
        }
        if let Some(needed) = self.sdma_for_sdma.needed(touches) {
            let signal = self.sdma_signal_for(needed);
            poll_packet(&mut self.sdma, self.config.sdma_signal, signal);
            self.sdma_for_sdma.waited(signal);
        }
    }

    /// A value of the compute signal that covers what is needed.
    fn compute_signal_for(&mut self, needed: u64) -> u64 {
        if needed > self.compute_progress.signal {
            self.signal_compute();
        }
        needed.min(self.compute_progress.signal)
    }

    /// A value of the SDMA signal that covers what is needed.
    fn sdma_signal_for(&mut self, needed: u64) -> u64 {
        if needed > self.sdma_progress.signal {
            self.signal_sdma();
        }
        needed.min(self.sdma_progress.signal)
    }

    fn drain(&mut self) {
        if self.waves {
            self.emit(Packet::EventWrite {
                event: event::CS_PARTIAL_FLUSH,
                index: INDEX_PARTIAL_FLUSH,
                address: None,
            });
            self.waves = false;
        }
        self.owed.drain = false;
    }

    fn acquire(&mut self, caches: CacheControl) {
        acquire_packet(&mut self.compute, caches);
        self.stale = false;
    }

    fn signal_compute(&mut self) {
        if !self.compute_progress.unsignalled {
            return;
        }
        self.compute_progress.unsignalled = false;
        self.compute_progress.signal += 1;
        self.compute_for_sdma
            .signalled(self.compute_progress.signal);
        self.emit(signal_packet(
            self.config.compute_signal,
            self.compute_progress.signal as u32,
        ));
    }

    fn signal_sdma(&mut self) {
        if !self.sdma_progress.unsignalled {
            return;
        }
        self.sdma_progress.unsignalled = false;
        self.sdma_progress.signal += 1;
        self.sdma_for_compute.signalled(self.sdma_progress.signal);
        self.sdma_for_sdma.signalled(self.sdma_progress.signal);
        fence_packet(
            &mut self.sdma,
            self.config.sdma_signal,
            self.sdma_progress.signal,
        );
    }

    fn set_sh(&mut self, offset: u32, values: &[u32]) {
        Packet::SetShReg { offset, values }.emit(&mut self.compute);
    }

    fn emit(&mut self, packet: Packet<'_>) {
        packet.emit(&mut self.compute);
    }
}

#[cfg(test)]
mod tests;
