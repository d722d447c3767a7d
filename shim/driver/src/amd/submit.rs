//! Submissions: commands through the streams into the rings.
//!
//! The usual submission is one chunk: packets into the compute ring, one doorbell, nothing read. A
//! submission that is larger than the rings or the argument memory allow becomes several chunks, and
//! waits between them for room. Argument blocks go to VRAM by packets in the ring: waves read them
//! there, not across the cable, and no message carries them. Their memory is a ring too, used again
//! when the timeline has passed its last reader.

use std::sync::Arc;

use amd_hw::die::Generation;
use egpu_link::debug;

use super::kernel::{property, Hidden, Resident};
use super::layout;
use super::memory::host::HostPart;
use super::memory::Vram;
use super::queue::ring::Ring;
use super::queue::streams::{Chunk, Dispatch, Grid, Scratch, Streams};
use super::timeline::{Flight, Heads};
use super::{AmdKernel, Garbage, Shared};
use crate::{Access, CardError, Command, Point};

/// Bytes of argument memory.
pub(crate) const ARGUMENT_BYTES: u64 = 1 << 20;
/// Argument blocks begin at lines of the scalar cache, so that what the card stores into one
/// (the grid of an indirect dispatch) cannot be in the line of another.
const ARGUMENT_ALIGN: u64 = 128;
/// The packet that describes a dispatch to kernels that ask for one (HSA AQL).
const DISPATCH_PACKET: usize = 64;
/// Signals are restarted before they come near the end of 32 bits.
const SIGNAL_LIMIT: u32 = 0xfff0_0000;

/// Code on its way to the card.
pub(crate) struct Upload {
    /// Kernel that it belongs to.
    pub kernel: u64,
    /// Where it waits.
    pub source: HostPart,
    /// Where it goes.
    pub destination: u64,
    /// Bytes.
    pub bytes: u64,
}

/// The scratch buffer.
struct ScratchBuffer {
    vram: Vram,
    /// Bytes for a wave.
    wave: u64,
    registers: Scratch,
}

/// Everything that one submission after another needs. Held under a lock while submitting.
pub(crate) struct Submitter {
    pub streams: Streams,
    pub compute: Ring,
    pub sdma: Ring,
    arguments: Vram,
    /// Bytes of argument memory ever taken.
    argument_head: u64,
    scratch: Option<ScratchBuffer>,
    /// First kernel and dispatches of the chunk under construction, to name it in errors.
    kernel: Option<Arc<Resident>>,
    dispatches: u32,
    /// Buffers that are used again.
    chunk: Chunk,
    block: Vec<u32>,
}

impl Submitter {
    pub(crate) fn new(streams: Streams, compute: Ring, sdma: Ring, arguments: Vram) -> Submitter {
        Submitter {
            streams,
            compute,
            sdma,
            arguments,
            argument_head: 0,
            scratch: None,
            kernel: None,
            dispatches: 0,
            chunk: Chunk::default(),
            block: Vec::new(),
        }
    }

    fn heads(&self) -> Heads {
        Heads {
            compute: self.compute.head(),
            sdma: self.sdma.head(),
            arguments: self.argument_head,
        }
    }
}

/// A command that was checked, with its kernel found.
enum Checked<'a> {
    Dispatch {
        kernel: &'a Arc<Resident>,
        arguments: &'a [u8],
        touches: Option<&'a [Access]>,
        grid: Grid,
        groups_at: Option<u32>,
    },
    Other(&'a Command),
}

impl Shared {
    /// Queues commands and returns their point.
    pub(crate) fn submit(&self, commands: &[Command]) -> Result<Point, CardError> {
        self.check_lost()?;
        let checked = self.check(commands)?;
        let mut submitter = self.submitter.lock().unwrap_or_else(|p| p.into_inner());
        let point = self.timeline.reserve();
        self.submit_locked(&mut submitter, point, &checked)
            .or_else(|error| {
                if self.loss.get().is_some() {
                    return Err(error);
                }
                // What was collected before the error runs under this point: it must not run later,
                // when the memory that it uses is somebody else's.
                self.finish(&mut submitter, point)?;
                Err(error)
            })
            .map(|()| point)
    }

    /// Finds wrong commands before anything is queued.
    fn check<'a>(&self, commands: &'a [Command]) -> Result<Vec<Checked<'a>>, CardError> {
        let invalid = |what: String| Err(CardError::Invalid(what));
        let aligned = |address: u64, align: u64, what: &str| {
            if address.is_multiple_of(align) {
                Ok(())
            } else {
                Err(CardError::Invalid(format!(
                    "{what} {address:#x} is not a multiple of {align}"
                )))
            }
        };
        let mut checked = Vec::with_capacity(commands.len());
        for command in commands {
            let one = match command {
                Command::Dispatch {
                    kernel,
                    arguments,
                    touches,
                    groups,
                } => {
                    let kernel = self.resident(kernel.as_any(), arguments)?;
                    let limit = match self.hw.generation() {
                        Generation::Gfx11 => u32::MAX,
                        // The ids of y and z share a register.
                        Generation::Gfx12 => 65535,
                    };
                    if groups[1] > limit || groups[2] > limit {
                        return invalid(format!("a grid of {groups:?} workgroups"));
                    }
                    if groups.contains(&0) {
                        continue;
                    }
                    Checked::Dispatch {
                        kernel,
                        arguments,
                        touches: touches.as_deref(),
                        grid: Grid::Direct(*groups),
                        groups_at: None,
                    }
                }
                Command::DispatchIndirect {
                    kernel,
                    arguments,
                    touches,
                    groups_at,
                    groups,
                } => {
                    let kernel = self.resident(kernel.as_any(), arguments)?;
                    aligned(*groups, 4, "address of the grid")?;
                    if let Some(at) = groups_at {
                        aligned((*at).into(), 4, "place of the grid in the arguments")?;
                        if u64::from(*at) + 12 > u64::from(kernel.program.argument_bytes) {
                            return invalid("the grid's place is outside the arguments".into());
                        }
                    }
                    if kernel.program.properties & property::DISPATCH_PTR != 0 {
                        return invalid(format!(
                            "kernel {} reads its dispatch packet, whose grid nobody knows before an indirect dispatch",
                            kernel.program.name
                        ));
                    }
                    Checked::Dispatch {
                        kernel,
                        arguments,
                        touches: touches.as_deref(),
                        grid: Grid::Indirect(*groups),
                        groups_at: *groups_at,
                    }
                }
                Command::Copy {
                    source,
                    destination,
                    size,
                } => {
                    for value in [source, destination, size] {
                        aligned(*value, 4, "a copy's address or size")?;
                    }
                    Checked::Other(command)
                }
                Command::Fill {
                    destination, size, ..
                } => {
                    for value in [destination, size] {
                        aligned(*value, 4, "a fill's address or size")?;
                    }
                    Checked::Other(command)
                }
                Command::Timestamp { destination } => {
                    aligned(*destination, 8, "a timestamp's address")?;
                    Checked::Other(command)
                }
                Command::Barrier => Checked::Other(command),
            };
            checked.push(one);
        }
        Ok(checked)
    }

    fn resident<'a>(
        &self,
        kernel: &'a dyn std::any::Any,
        arguments: &[u8],
    ) -> Result<&'a Arc<Resident>, CardError> {
        let kernel = kernel
            .downcast_ref::<AmdKernel>()
            .filter(|kernel| kernel.is_of(self))
            .ok_or_else(|| CardError::Invalid("the kernel belongs to another card".into()))?;
        let resident = kernel.resident();
        if arguments.len() > resident.program.argument_bytes as usize {
            return Err(CardError::Invalid(format!(
                "{} bytes of arguments, kernel {} takes {}",
                arguments.len(),
                resident.program.name,
                resident.program.argument_bytes
            )));
        }
        Ok(resident)
    }

    fn submit_locked(
        &self,
        submitter: &mut Submitter,
        point: Point,
        commands: &[Checked<'_>],
    ) -> Result<(), CardError> {
        self.keep_signals_low(submitter)?;
        let (compute, sdma) = self.timeline.signals();
        submitter.streams.seen(compute, sdma);
        // A submission begins after everything before: callers drop leading barriers.
        submitter.streams.barrier();
        for command in commands {
            match command {
                Checked::Dispatch {
                    kernel,
                    arguments,
                    touches,
                    grid,
                    groups_at,
                } => self.dispatch(
                    submitter, point, kernel, arguments, *touches, *grid, *groups_at,
                )?,
                Checked::Other(Command::Barrier) => submitter.streams.barrier(),
                Checked::Other(Command::Copy {
                    source,
                    destination,
                    size,
                }) => submitter.streams.copy(*source, *destination, *size),
                Checked::Other(Command::Fill {
                    destination,
                    size,
                    value,
                }) => submitter.streams.fill(*destination, *size, *value),
                Checked::Other(Command::Timestamp { destination }) => {
                    submitter.streams.timestamp(*destination);
                }
                Checked::Other(Command::Dispatch { .. } | Command::DispatchIndirect { .. }) => {}
            }
            let full = submitter.streams.compute_dwords() as u64 > submitter.compute.dwords() / 4
                || submitter.streams.sdma_dwords() as u64 > submitter.sdma.dwords() / 4;
            if full {
                self.publish(submitter, point, false)?;
            }
        }
        self.finish(submitter, point)
    }

    /// Publishes the rest of a submission, if there is any.
    fn finish(&self, submitter: &mut Submitter, point: Point) -> Result<(), CardError> {
        if submitter.streams.is_empty() {
            self.timeline.pass_empty(point);
            return Ok(());
        }
        self.publish(submitter, point, true)
    }

    fn dispatch(
        &self,
        submitter: &mut Submitter,
        point: Point,
        kernel: &Arc<Resident>,
        arguments: &[u8],
        touches: Option<&[Access]>,
        grid: Grid,
        groups_at: Option<u32>,
    ) -> Result<(), CardError> {
        let program = &kernel.program;
        self.take_uploads(submitter, point);
        let scratch = match program.scratch {
            0 => None,
            _ => Some(self.scratch(
                submitter,
                point,
                u64::from(program.scratch),
                program.lanes(),
            )?),
        };

        // [dispatch packet] argument block
        let with_packet = program.properties & property::DISPATCH_PTR != 0;
        let prefix = if with_packet { DISPATCH_PACKET } else { 0 };
        let length = prefix + program.argument_bytes as usize;
        let address = self.argument_space(submitter, point, length as u64)?;
        let mut words = std::mem::take(&mut submitter.block);
        words.clear();
        words.resize(length.div_ceil(4), 0);
        let block: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        block[prefix..prefix + arguments.len()].copy_from_slice(arguments);
        let groups = match grid {
            Grid::Direct(groups) => Some(groups),
            Grid::Indirect(_) => None,
        };
        if with_packet {
            let place = &mut block[..DISPATCH_PACKET];
            dispatch_packet(place, kernel, groups, address + prefix as u64);
        }
        // One place that the caller names, one that the compiler does.
        let mut store_grid = [0; 2];
        let mut stores = 0;
        let mut store = |offset: u32| {
            store_grid[stores] = address + prefix as u64 + u64::from(offset);
            stores += 1;
        };
        if let Some(at) = groups_at {
            store(at);
        }
        let mut counted = false;
        for &(offset, hidden) in &program.hidden {
            // What the caller gave is not the driver's to fill in.
            if (offset as usize) < arguments.len() {
                continue;
            }
            let (bytes, width) = hidden_argument(hidden, program.workgroup, groups);
            if let Some(place) = block.get_mut(prefix + offset as usize..) {
                let width = width.min(place.len());
                place[..width].copy_from_slice(&bytes[..width]);
            }
            if groups.is_none() && hidden == Hidden::BlockCount(0) && !counted {
                counted = true;
                store(offset);
            }
        }
        if !words.is_empty() {
            submitter.streams.write(address, &words);
        }
        submitter.block = words;
        submitter.kernel.get_or_insert_with(|| kernel.clone());
        submitter.dispatches += 1;
        submitter.streams.dispatch(&Dispatch {
            kernel: kernel.id,
            program,
            arguments: address + prefix as u64,
            dispatch_packet: address,
            grid,
            store_grid: &store_grid[..stores],
            touches,
            scratch,
        });
        Ok(())
    }

    /// Queues the code of kernels that were loaded since.
    fn take_uploads(&self, submitter: &mut Submitter, point: Point) {
        let mut uploads = self.uploads.lock().unwrap_or_else(|p| p.into_inner());
        for upload in uploads.drain(..) {
            submitter
                .streams
                .upload(upload.source.address(), upload.destination, upload.bytes);
            self.discard(point, Garbage::Host(upload.source));
        }
    }

    /// Argument memory, waiting for its last readers if it is all in use.
    fn argument_space(
        &self,
        submitter: &mut Submitter,
        point: Point,
        bytes: u64,
    ) -> Result<u64, CardError> {
        let bytes = bytes.max(1).next_multiple_of(ARGUMENT_ALIGN);
        let size = submitter.arguments.size();
        let mut start = submitter.argument_head;
        if start % size + bytes > size {
            start = start.next_multiple_of(size);
        }
        let head = start + bytes;
        if head - self.timeline.retired().arguments > size {
            // What this submission has taken so far may be what is in the way.
            if !submitter.streams.is_empty() {
                self.publish(submitter, point, false)?;
            }
            self.wait_for_room(|retired| head - retired.arguments <= size)?;
        }
        submitter.argument_head = head;
        Ok(submitter.arguments.address() + start % size)
    }

    /// A scratch buffer with so many bytes for each lane.
    fn scratch(
        &self,
        submitter: &mut Submitter,
        point: Point,
        lane: u64,
        lanes: u32,
    ) -> Result<Scratch, CardError> {
        let wave = (lane * u64::from(lanes)).next_multiple_of(256);
        if let Some(buffer) = &submitter.scratch {
            if buffer.wave >= wave {
                return Ok(buffer.registers);
            }
        }
        let shape = self.shape;
        let engines = u64::from(shape.shader_engines.max(1));
        let units = u64::from(shape.compute_units().max(1)) / engines;
        // Every slot filled, within an eighth of the card's memory and the register's 12 bits; a
        // workgroup's 32 waves must fit in any case.
        let slots = units * u64::from(shape.scratch_slots_per_cu.max(1));
        let affordable = self.hw.vram() / 8 / (wave * engines);
        let waves = slots.min(affordable).clamp(32, 4095);
        let size = wave * waves * engines;
        let vram = self.allocate_vram(size, true)?;
        let registers = Scratch {
            base: vram.address(),
            tmpring: waves as u32 | ((wave / 256) as u32) << 12,
        };
        let old = submitter.scratch.replace(ScratchBuffer {
            vram,
            wave,
            registers,
        });
        if let Some(old) = old {
            self.discard(point, Garbage::Vram(old.vram));
        }
        Ok(registers)
    }

    /// Writes the collected packets into the rings and tells the card.
    fn publish(
        &self,
        submitter: &mut Submitter,
        point: Point,
        last: bool,
    ) -> Result<(), CardError> {
        let mut chunk = std::mem::take(&mut submitter.chunk);
        submitter.streams.finish(&mut chunk);
        let result = self.publish_chunk(submitter, point, last, &chunk);
        submitter.chunk = chunk;
        result
    }

    fn publish_chunk(
        &self,
        submitter: &mut Submitter,
        point: Point,
        last: bool,
        chunk: &Chunk,
    ) -> Result<(), CardError> {
        let Chunk { compute, sdma, .. } = chunk;
        if debug::on(debug::Topic::Packets) {
            eprint!("submission {point}\n{}", super::queue::show::packets(chunk));
        }
        for (ring, needed, retired) in [
            (
                &submitter.compute,
                submitter.compute.needed(compute.len()),
                (|heads| heads.compute) as fn(Heads) -> u64,
            ),
            (
                &submitter.sdma,
                submitter.sdma.needed(sdma.len()),
                |heads| heads.sdma,
            ),
        ] {
            if needed > ring.dwords() {
                return Err(CardError::Invalid(
                    "one command is larger than the ring".into(),
                ));
            }
            let head = ring.head() + needed;
            let size = ring.dwords();
            self.wait_for_room(|heads| head - retired(heads) <= size)?;
        }
        submitter
            .compute
            .push(compute)
            .and_then(|()| submitter.sdma.push(sdma))
            .map_err(|error| self.lose_link(error))?;
        // Before the doorbell: a card that is done at once must find it.
        self.timeline.fly(Flight {
            point,
            last,
            compute: chunk.compute_signal,
            sdma: chunk.sdma_signal,
            heads: submitter.heads(),
            kernel: submitter.kernel.take(),
            dispatches: std::mem::take(&mut submitter.dispatches),
        });
        // SDMA first: the usual chunk with both uploads something that kernels wait for.
        if !sdma.is_empty() {
            submitter
                .sdma
                .ring()
                .map_err(|error| self.lose_error(error))?;
        }
        if !compute.is_empty() {
            submitter
                .compute
                .ring()
                .map_err(|error| self.lose_error(error))?;
        }
        Ok(())
    }

    /// Waits until rings or argument memory are free enough, as long as the card makes progress.
    fn wait_for_room(&self, enough: impl Fn(Heads) -> bool) -> Result<(), CardError> {
        let mut pause = crate::patience::Pause::new(self.timeline.is_shared());
        while !enough(self.timeline.retired()) {
            self.look()?;
            if enough(self.timeline.retired()) {
                break;
            }
            pause.pause();
        }
        Ok(())
    }

    /// Restarts the 32-bit signals long before they wrap.
    fn keep_signals_low(&self, submitter: &mut Submitter) -> Result<(), CardError> {
        let (compute, sdma) = submitter.streams.signals();
        if (compute as u32) < SIGNAL_LIMIT && (sdma as u32) < SIGNAL_LIMIT {
            return Ok(());
        }
        let mut pause = crate::patience::Pause::new(self.timeline.is_shared());
        while !self.timeline.is_idle() {
            self.look()?;
            pause.pause();
        }
        let next = ((compute.max(sdma) >> 32) + 1) << 32;
        self.timeline
            .restart(next)
            .map_err(|error| self.lose_link(error))?;
        submitter.streams.restart_signals(next);
        Ok(())
    }
}

/// Bytes of a hidden argument and how many of them count.
fn hidden_argument(
    hidden: Hidden,
    workgroup: [u32; 3],
    groups: Option<[u32; 3]>,
) -> ([u8; 8], usize) {
    let (value, width) = match hidden {
        Hidden::BlockCount(i) => (u64::from(groups.map_or(0, |groups| groups[i])), 4),
        Hidden::GroupSize(i) => (u64::from(workgroup[i]), 2),
        Hidden::Remainder(_) => (0, 2),
        Hidden::GlobalOffset(_) => (0, 8),
        Hidden::GridDims => (3, 2),
    };
    (value.to_le_bytes(), width)
}

/// The HSA dispatch packet, as far as a kernel reads it (HSA runtime specification, section 2.9.6).
fn dispatch_packet(out: &mut [u8], kernel: &Resident, groups: Option<[u32; 3]>, arguments: u64) {
    const TYPE_KERNEL_DISPATCH: u16 = 2;
    const THREE_DIMENSIONS: u16 = 3;
    let program = &kernel.program;
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &TYPE_KERNEL_DISPATCH.to_le_bytes());
    put(2, &THREE_DIMENSIONS.to_le_bytes());
    for (i, size) in program.workgroup.into_iter().enumerate() {
        put(4 + 2 * i, &(size as u16).to_le_bytes());
        let items = groups.map_or(0, |groups| groups[i].saturating_mul(size));
        put(12 + 4 * i, &items.to_le_bytes());
    }
    put(24, &program.scratch.to_le_bytes());
    put(28, &program.lds.to_le_bytes());
    put(32, &kernel.vram.address().to_le_bytes());
    put(40, &arguments.to_le_bytes());
}

// VRAM's linear mapping and the argument memory must agree on alignment.
const _: () = assert!(layout::VA_BASE.is_multiple_of(ARGUMENT_ALIGN));
