//! The card's two queues: the compute queue of MEC pipe 0 and the first SDMA queue.
//!
//! Each is a ring in host memory with a doorbell. The ring's write pointer is stored in host memory
//! before the doorbell is written, because a card may poll it there. How much of a ring is free is
//! known from the timeline, never from the card's read pointer.

mod compute;
mod packets;
pub(crate) mod proof;
pub(crate) mod ring;
mod sdma;
pub(crate) mod show;
pub(crate) mod streams;

pub(crate) use compute::{
    check_graphics, configure_graphics, halt_compute, reset_mec, setup_compute,
};
pub(crate) use packets::ShRegisters;
pub(crate) use sdma::{halt_sdma, init_sdma, setup_sdma};
