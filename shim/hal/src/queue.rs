//! Submission and fences.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use egpu_driver::{Card, Point};
use wgpu_hal::{DeviceError, FenceValue};

use crate::{device_error, Api, CommandBuffer, Refused, Surface};

/// wgpu's values for points of a card's timeline. Values only grow, also when the card is lost:
/// wgpu-core asserts that an idle queue has passed all that was submitted.
#[derive(Debug, Default)]
pub struct Fence {
    state: Mutex<FenceState>,
}

#[derive(Debug, Default)]
struct FenceState {
    /// Last value known to be reached.
    reached: FenceValue,
    /// Values yet to be reached, oldest first.
    pending: VecDeque<(FenceValue, Point)>,
}

impl Fence {
    fn lock(&self) -> MutexGuard<'_, FenceState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Promises `value` for when the card passes `point`.
    fn signal_at(&self, value: FenceValue, point: Point) {
        self.lock().pending.push_back((value, point));
    }

    /// The greatest value reached by now.
    pub(crate) fn value(&self, card: &dyn Card) -> FenceValue {
        let completed = card.completed();
        let mut state = self.lock();
        while let Some(&(value, _)) = state
            .pending
            .front()
            .filter(|(_, point)| *point <= completed)
        {
            state.pending.pop_front();
            state.reached = state.reached.max(value);
        }
        state.reached
    }

    /// Waits for a value. A lost card passes everything: the loss is told elsewhere.
    pub(crate) fn wait(
        &self,
        card: &dyn Card,
        value: FenceValue,
        timeout: Option<Duration>,
    ) -> bool {
        if self.value(card) >= value {
            return true;
        }
        let point = self
            .lock()
            .pending
            .iter()
            .find(|(v, _)| *v >= value)
            .map(|(_, p)| *p);
        // A value that was never submitted is not reached by waiting.
        let Some(point) = point else {
            return self.value(card) >= value;
        };
        match card.wait(point, timeout) {
            Ok(reached) => reached,
            Err(error) => {
                log::error!("waiting for the card: {error}");
                true
            }
        }
    }
}

/// The card's one queue.
#[derive(Debug)]
pub struct Queue {
    card: Arc<dyn Card>,
    /// The last submitted point, and a list reused between submissions.
    last: Mutex<(Point, Vec<egpu_driver::Command>)>,
}

impl Queue {
    pub(crate) fn new(card: Arc<dyn Card>) -> Queue {
        let last = card.completed();
        Queue {
            card,
            last: Mutex::new((last, Vec::new())),
        }
    }
}

impl wgpu_hal::Queue for Queue {
    type A = Api;

    unsafe fn submit(
        &self,
        command_buffers: &[&CommandBuffer],
        _surface_textures: &[&Refused],
        (fence, value): (&Fence, FenceValue),
    ) -> Result<(), DeviceError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (point, commands) = &mut *last;
        commands.clear();
        for buffer in command_buffers {
            // Encoders drop a barrier that comes first: nothing precedes it there, but here it may.
            if !commands.is_empty() && !buffer.commands.is_empty() {
                commands.push(egpu_driver::Command::Barrier);
            }
            commands.extend_from_slice(&buffer.commands);
        }
        if !commands.is_empty() {
            match self.card.submit(commands) {
                Ok(submitted) => *point = submitted,
                Err(error) => {
                    // wgpu goes on waiting for this value: it is reached with the last good one.
                    fence.signal_at(value, *point);
                    return Err(device_error("submission failed", error));
                }
            }
            commands.clear();
        }
        fence.signal_at(value, *point);
        Ok(())
    }

    unsafe fn present(
        &self,
        _surface: &Surface,
        _texture: Refused,
    ) -> Result<(), wgpu_hal::SurfaceError> {
        Err(wgpu_hal::SurfaceError::Lost)
    }

    unsafe fn get_timestamp_period(&self) -> f32 {
        (1e9 / self.card.info().timestamp_frequency.max(1) as f64) as f32
    }

    unsafe fn wait_for_idle(&self) -> Result<(), DeviceError> {
        let point = self.last.lock().unwrap_or_else(PoisonError::into_inner).0;
        match self.card.wait(point, None) {
            Ok(_) => Ok(()),
            Err(error) => {
                log::error!("waiting for the card to be idle: {error}");
                Err(DeviceError::Lost)
            }
        }
    }
}
