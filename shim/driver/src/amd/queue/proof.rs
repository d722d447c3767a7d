//! The proof that both queues work: each stores a word, as it stores its signals later.
//!
//! Asked of a card that is used as somebody left it: doorbell, ring, translation, both engines'
//! firmware and the way back to host memory must all be as they should for the words to arrive.

use std::time::{Duration, Instant};

use super::packets::{fence_packet, signal_packet};
use super::ring::Ring;
use crate::amd::hardware::{link_error, Poll};
use crate::amd::memory::host::HostPart;
use crate::CardError;

/// Distance of the two words: a cache line.
const STRIDE: u64 = 64;
/// Bytes of host memory that the proof needs.
pub(crate) const BYTES: u64 = 2 * STRIDE;
/// What the queues store.
const WORD: u32 = 0x600d_ca4d;
/// Time for both: they take microseconds, on a virtual card of a busy machine sometimes much longer.
const LIMIT: Duration = Duration::from_secs(5);

/// Has both queues store their words; an error names the queue that did not.
pub(crate) fn prove(
    compute: &mut Ring,
    sdma: &mut Ring,
    words: &HostPart,
) -> Result<(), CardError> {
    words.write(0, &[0; BYTES as usize]).map_err(link_error)?;
    let mut packets = Vec::new();
    signal_packet(words.address(), WORD).emit(&mut packets);
    compute.push(&packets).map_err(link_error)?;
    packets.clear();
    fence_packet(&mut packets, words.address() + STRIDE, WORD.into());
    sdma.push(&packets).map_err(link_error)?;
    compute.ring()?;
    sdma.ring()?;
    let start = Instant::now();
    let mut poll = Poll::default();
    loop {
        let found: [u64; 2] = words.load64(0, STRIDE).map_err(link_error)?;
        let Some(late) = found.iter().position(|word| *word as u32 != WORD) else {
            return Ok(());
        };
        if start.elapsed() > LIMIT {
            return Err(CardError::Bringup {
                step: "trying the queues",
                register: ["the compute queue's word", "the SDMA queue's word"][late].to_owned(),
                want: format!("{WORD:#x}"),
                got: found[late],
            });
        }
        poll.pause();
    }
}
