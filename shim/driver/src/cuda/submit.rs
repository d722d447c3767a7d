//! Submissions: commands become calls that put work into the stream.

use std::ffi::c_void;
use std::sync::Arc;

use super::card::{lock, Entered, Shared};
use super::functions::{value, value::launch, Event};
use super::kernel::{CudaKernel, Loaded};
use super::timeline::Flight;
use crate::{CardError, Command, Kernel, Point};

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

    /// Puts commands into the stream.
    pub(crate) fn submit(&self, commands: &[Command]) -> Result<Point, CardError> {
        commands
            .iter()
            .try_for_each(|command| self.validate(command))?;
        let entered = self.enter()?;
        let _order = lock(&self.order);
        let event = self.event(&entered)?;
        self.timeline.flights().starting = commands.iter().find_map(|command| self.name(command));
        let point = self.timeline.reserve();
        let mut flight = Flight {
            point,
            event,
            kernel: None,
            dispatches: 0,
        };
        let enqueued = commands
            .iter()
            .try_for_each(|command| self.enqueue(&entered, command, &mut flight));
        // Also after an error: what was put into the stream before it runs, and must be waited for.
        // SAFETY: event and stream are this context's.
        let code = unsafe { (entered.functions.cuEventRecord)(event, self.stream) };
        match enqueued.and(entered.check("marking a submission's end", code)) {
            Ok(()) => {
                self.timeline.fly(flight);
                Ok(point)
            }
            // Lost: everything counts as passed.
            Err(error @ CardError::Lost(_)) => {
                self.timeline.pass(point);
                Err(error)
            }
            Err(error) => {
                self.timeline.fly(flight);
                Err(error)
            }
        }
    }

    fn event(&self, entered: &Entered<'_>) -> Result<Event, CardError> {
        if let Some(event) = self.timeline.flights().spare.pop() {
            return Ok(event);
        }
        let mut event = Event::NULL;
        // SAFETY: the context is current; the out pointer is to a live variable.
        let code =
            unsafe { (entered.functions.cuEventCreate)(&mut event, value::EVENT_DISABLE_TIMING) };
        entered.check("making an event", code)?;
        Ok(event)
    }

    fn enqueue(
        &self,
        entered: &Entered<'_>,
        command: &Command,
        flight: &mut Flight,
    ) -> Result<(), CardError> {
        let functions = entered.functions;
        match command {
            // The stream runs one after the other, writes visible.
            Command::Barrier => Ok(()),
            Command::Dispatch {
                kernel,
                arguments,
                touches: _,
                groups,
            } => {
                if groups.contains(&0) {
                    return Ok(());
                }
                let kernel = self.kernel(kernel)?;
                flight.dispatches += 1;
                flight.kernel.get_or_insert_with(|| kernel.name.clone());
                self.launch(entered, &kernel.loaded, arguments, *groups)
            }
            Command::DispatchIndirect {
                kernel,
                arguments,
                touches: _,
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
                self.launch(
                    entered,
                    &indirect.loaded,
                    &block,
                    [indirect.workgroups, 1, 1],
                )
            }
            Command::Copy {
                source,
                destination,
                size,
            } => {
                if *size == 0 {
                    return Ok(());
                }
                // SAFETY: ranges lie in live allocations, as the interface asks of its callers.
                let code = unsafe {
                    (functions.cuMemcpyAsync)(*destination, *source, *size as usize, self.stream)
                };
                entered.check("copying", code)
            }
            Command::Fill {
                destination,
                size,
                value,
            } => {
                if *size == 0 {
                    return Ok(());
                }
                // SAFETY: as for copies.
                let code = unsafe {
                    (functions.cuMemsetD32Async)(
                        *destination,
                        *value,
                        (*size / 4) as usize,
                        self.stream,
                    )
                };
                entered.check("filling memory", code)
            }
            Command::Timestamp { destination } => {
                let Some(timestamp) = self.timestamp.get() else {
                    return Err(CardError::Invalid("the card is not open yet".into()));
                };
                self.launch(entered, timestamp, &destination.to_le_bytes(), [1; 3])
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
                self.stream,
                std::ptr::null_mut(),
                extra,
            )
        };
        entered.check("starting a kernel", code)
    }
}
