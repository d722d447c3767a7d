//! Submissions: commands become calls that put work into the streams.

use std::ffi::c_void;
use std::sync::Arc;

use super::card::{lock, Entered, Shared};
use super::functions::{value, value::launch, Event, Stream};
use super::kernel::{CudaKernel, Loaded};
use super::lanes::{Calls, Lane, Order, PerLane};
use super::timeline::Flight;
use crate::hazard::{read, write, ANYTHING};
use crate::{CardError, Command, Kernel, Loss, Point};

/// Most workgroups in x, y and z (CUDA programming guide, technical specifications).
const MAX_GRID: [u32; 3] = [i32::MAX as u32, 65535, 65535];

impl Shared {
    /// The kernel behind the interface, if it is on this card.
    fn kernel<'k>(&self, kernel: &'k Arc<dyn Kernel>) -> Result<&'k CudaKernel, CardError> {
        kernel
            .as_any()
            .downcast_ref::<CudaKernel>()
            .filter(|kernel| kernel.is_of(self))
            .ok_or_else(|| CardError::Invalid("a kernel of another card".into()))
    }

    /// The name of a command's kernel.
    fn name(&self, command: &Command) -> Option<Arc<str>> {
        match command {
            Command::Dispatch { kernel, .. } | Command::DispatchIndirect { kernel, .. } => {
                self.kernel(kernel).ok().map(|kernel| kernel.name.clone())
            }
            Command::Barrier
            | Command::Copy { .. }
            | Command::Fill { .. }
            | Command::Timestamp { .. } => None,
        }
    }

    /// Refuses what is wrong before anything of the submission runs.
    fn validate(&self, command: &Command) -> Result<(), CardError> {
        let arguments = |kernel: &Arc<dyn Kernel>, arguments: &[u8]| {
            let expected = self.kernel(kernel)?.argument_bytes();
            if arguments.len() != expected as usize {
                return Err(CardError::Invalid(format!(
                    "an argument block of {} bytes for a kernel that reads {expected}",
                    arguments.len()
                )));
            }
            Ok(())
        };
        match command {
            Command::Dispatch {
                kernel,
                arguments: block,
                touches: _,
                groups,
            } => {
                if groups.iter().zip(MAX_GRID).any(|(&n, most)| n > most) {
                    return Err(CardError::Invalid(format!(
                        "a grid of {groups:?} workgroups, at most {MAX_GRID:?} are possible"
                    )));
                }
                arguments(kernel, block)
            }
            Command::DispatchIndirect {
                kernel,
                arguments: block,
                touches: _,
                groups_at,
                groups,
            } => {
                if groups_at.is_some() {
                    return Err(CardError::Invalid(
                        "a kernel for an NVIDIA card reads its grid from %nctaid, not from its \
                         argument block"
                            .into(),
                    ));
                }
                if !groups.is_multiple_of(4) {
                    return Err(CardError::Invalid(format!("a grid at {groups:#x}")));
                }
                arguments(kernel, block)
            }
            Command::Copy { size, .. } | Command::Fill { size, .. } if size % 4 != 0 => Err(
                CardError::Invalid(format!("{size} bytes, not a multiple of 4")),
            ),
            Command::Timestamp { destination } if destination % 8 != 0 => Err(CardError::Invalid(
                format!("a timestamp at {destination:#x}"),
            )),
            Command::Barrier
            | Command::Copy { .. }
            | Command::Fill { .. }
            | Command::Timestamp { .. } => Ok(()),
        }
    }

    /// Puts commands into the streams.
    pub(crate) fn submit(&self, commands: &[Command]) -> Result<Point, CardError> {
        commands
            .iter()
            .try_for_each(|command| self.validate(command))?;
        let entered = self.enter()?;
        let mut order = lock(&self.order);
        let mut calls = self.calls(&entered);
        {
            let mut flights = self.timeline.flights();
            flights.starting = commands.iter().find_map(|command| self.name(command));
            order.seen(&flights.seen);
        }
        order.begin(&mut calls)?;
        let point = self.timeline.reserve();
        let mut flight = Flight {
            point,
            ends: PerLane::default(),
            kernel: None,
            dispatches: 0,
        };
        let enqueued = commands
            .iter()
            .try_for_each(|command| self.enqueue(&entered, &mut order, command, &mut flight));
        // Also after an error: what was put into the streams before it runs, and must be waited for.
        // If that cannot be, nobody can know when memory is free again.
        let marked = order.finish(&mut calls).map_err(|error| match error {
            CardError::Lost(_) => error,
            error => self.lose(Loss::Card(error.to_string())),
        });
        match marked {
            Ok(ends) => flight.ends = ends,
            // Everything counts as passed.
            Err(error) => {
                self.timeline.pass(point);
                return Err(error);
            }
        }
        match enqueued {
            Err(error @ CardError::Lost(_)) => {
                self.timeline.pass(point);
                Err(error)
            }
            other => {
                self.timeline.fly(flight);
                other.map(|()| point)
            }
        }
    }

    /// The calls that order streams.
    pub(crate) fn calls<'a>(&'a self, entered: &'a Entered<'a>) -> impl Calls + 'a {
        DriverCalls {
            entered,
            streams: &self.streams,
        }
    }

    /// Where a copy runs. One within the card is as fast as memory, and takes from kernels what it
    /// gains; one within the host goes the uploads' way.
    fn lane(&self, source: u64, destination: u64, size: u64) -> Lane {
        if size < self.small_copies {
            return Lane::Compute;
        }
        let blocks = lock(&self.blocks);
        match (blocks.hold(source), blocks.hold(destination)) {
            (true, _) => Lane::Upload,
            (false, true) => Lane::Readback,
            (false, false) => Lane::Compute,
        }
    }

    fn enqueue(
        &self,
        entered: &Entered<'_>,
        order: &mut Order,
        command: &Command,
        flight: &mut Flight,
    ) -> Result<(), CardError> {
        let functions = entered.functions;
        let compute = self.streams[Lane::Compute as usize];
        let mut calls = self.calls(entered);
        match command {
            Command::Barrier => {
                order.barrier();
                Ok(())
            }
            Command::Dispatch {
                kernel,
                arguments,
                touches,
                groups,
            } => {
                if groups.contains(&0) {
                    return Ok(());
                }
                let kernel = self.kernel(kernel)?;
                flight.dispatches += 1;
                flight.kernel.get_or_insert_with(|| kernel.name.clone());
                let touches = touches.as_deref().unwrap_or(&ANYTHING).iter();
                order.enter(Lane::Compute, touches.clone(), &mut calls)?;
                self.launch(entered, &kernel.loaded, arguments, *groups)?;
                order.worked(Lane::Compute, touches);
                Ok(())
            }
            Command::DispatchIndirect {
                kernel,
                arguments,
                touches,
                groups_at: _,
                groups,
            } => {
                let kernel = self.kernel(kernel)?;
                flight.dispatches += 1;
                flight.kernel.get_or_insert_with(|| kernel.name.clone());
                let indirect = kernel.indirect(entered)?;
                let mut block = Vec::with_capacity(indirect.address_at as usize + 8);
                block.extend_from_slice(arguments);
                block.resize(indirect.address_at as usize, 0);
                block.extend(groups.to_le_bytes());
                let grid = [read(*groups, 12)];
                let touches = touches.as_deref().unwrap_or(&ANYTHING).iter().chain(&grid);
                order.enter(Lane::Compute, touches.clone(), &mut calls)?;
                let workgroups = [indirect.workgroups, 1, 1];
                self.launch(entered, &indirect.loaded, &block, workgroups)?;
                order.worked(Lane::Compute, touches);
                Ok(())
            }
            Command::Copy {
                source,
                destination,
                size,
            } => {
                if *size == 0 {
                    return Ok(());
                }
                let lane = self.lane(*source, *destination, *size);
                let touches = [read(*source, *size), write(*destination, *size)];
                order.enter(lane, touches.iter(), &mut calls)?;
                let stream = self.streams[lane as usize];
                // SAFETY: ranges lie in live allocations, as the interface asks of its callers.
                let code = unsafe {
                    (functions.cuMemcpyAsync)(*destination, *source, *size as usize, stream)
                };
                entered.check("copying", code)?;
                order.worked(lane, touches.iter());
                Ok(())
            }
            Command::Fill {
                destination,
                size,
                value,
            } => {
                if *size == 0 {
                    return Ok(());
                }
                let touches = [write(*destination, *size)];
                order.enter(Lane::Compute, touches.iter(), &mut calls)?;
                let count = (*size / 4) as usize;
                // SAFETY: as for copies.
                let code =
                    unsafe { (functions.cuMemsetD32Async)(*destination, *value, count, compute) };
                entered.check("filling memory", code)?;
                order.worked(Lane::Compute, touches.iter());
                Ok(())
            }
            Command::Timestamp { destination } => {
                let Some(timestamp) = self.timestamp.get() else {
                    return Err(CardError::Invalid("the card is not open yet".into()));
                };
                // After everything, and before what follows a barrier.
                order.barrier();
                order.enter(Lane::Compute, ANYTHING.iter(), &mut calls)?;
                self.launch(entered, timestamp, &destination.to_le_bytes(), [1; 3])?;
                order.worked(Lane::Compute, ANYTHING.iter());
                Ok(())
            }
        }
    }

    /// One launch; the driver copies the argument block.
    fn launch(
        &self,
        entered: &Entered<'_>,
        kernel: &Loaded,
        arguments: &[u8],
        [x, y, z]: [u32; 3],
    ) -> Result<(), CardError> {
        let mut size = arguments.len();
        let mut extra: [*mut c_void; 5] = [
            std::ptr::without_provenance_mut(launch::PARAM_BUFFER_POINTER),
            arguments.as_ptr().cast_mut().cast(),
            std::ptr::without_provenance_mut(launch::PARAM_BUFFER_SIZE),
            std::ptr::from_mut(&mut size).cast(),
            std::ptr::without_provenance_mut(launch::PARAM_END),
        ];
        let extra = match size {
            0 => std::ptr::null_mut(),
            _ => extra.as_mut_ptr(),
        };
        let [width, height, depth] = kernel.workgroup_size;
        // SAFETY: function and stream are this context's, the block is as long as said and only
        // read. What the kernel touches is the caller's to answer for.
        let code = unsafe {
            (entered.functions.cuLaunchKernel)(
                kernel.function,
                x,
                y,
                z,
                width,
                height,
                depth,
                kernel.dynamic_shared,
                self.streams[Lane::Compute as usize],
                std::ptr::null_mut(),
                extra,
            )
        };
        entered.check("starting a kernel", code)
    }
}

/// What orders streams, by the driver's functions.
struct DriverCalls<'a> {
    entered: &'a Entered<'a>,
    streams: &'a PerLane<Stream>,
}

impl Calls for DriverCalls<'_> {
    fn create(&mut self) -> Result<Event, CardError> {
        let mut event = Event::NULL;
        let flags = value::EVENT_DISABLE_TIMING;
        // SAFETY: the context is current; the out pointer is to a live variable.
        let code = unsafe { (self.entered.functions.cuEventCreate)(&mut event, flags) };
        self.entered.check("making an event", code)?;
        Ok(event)
    }

    fn record(&mut self, lane: Lane, event: Event) -> Result<(), CardError> {
        // SAFETY: event and stream are this context's.
        let code =
            unsafe { (self.entered.functions.cuEventRecord)(event, self.streams[lane as usize]) };
        self.entered.check("marking what a stream has done", code)
    }

    fn wait(&mut self, lane: Lane, event: Event) -> Result<(), CardError> {
        let stream = self.streams[lane as usize];
        // SAFETY: event and stream are this context's.
        let code = unsafe { (self.entered.functions.cuStreamWaitEvent)(stream, event, 0) };
        self.entered.check("having a stream wait", code)
    }
}
