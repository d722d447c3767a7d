//! Compute passes with their immediates.
//!
//! To WebGPU immediates belong to the pass, whichever pipeline is set before or after, and a pipeline
//! sees as many of them as its layout has. wgpu takes them after the pipeline and no others, so they
//! are kept here and handed over before a dispatch.

use wgpu::{ComputePass, ComputePipeline};

/// Most bytes of immediates that naga counts.
pub const MAX_IMMEDIATES: u32 = 256;
const WORDS: u32 = MAX_IMMEDIATES / 4;

/// A compute pass.
#[derive(Debug)]
pub struct Pass {
    pass: ComputePass<'static>,
    immediates: [u8; MAX_IMMEDIATES as usize],
    /// Words that were set, a bit each.
    set: u64,
    /// Bytes that the layout of the pipeline has.
    size: u32,
    /// Whether wgpu has them all.
    are_current: bool,
}

impl Pass {
    /// A pass that begins.
    pub fn new(pass: ComputePass<'static>) -> Pass {
        Pass {
            pass,
            immediates: [0; MAX_IMMEDIATES as usize],
            set: 0,
            size: 0,
            are_current: true,
        }
    }

    /// The pass, for commands that need no immediates.
    pub fn plain(&mut self) -> &mut ComputePass<'static> {
        &mut self.pass
    }

    /// The pass, for a dispatch.
    pub fn dispatch(&mut self) -> &mut ComputePass<'static> {
        if !self.are_current {
            for words in runs(self.set, self.size / 4) {
                let bytes = words.start as usize * 4..words.end as usize * 4;
                self.pass
                    .set_immediates(words.start * 4, &self.immediates[bytes]);
            }
            self.are_current = true;
        }
        &mut self.pass
    }

    /// Sets a pipeline whose layout has so many bytes of immediates.
    pub fn set_pipeline(&mut self, pipeline: &ComputePipeline, immediate_size: u32) {
        self.pass.set_pipeline(pipeline);
        self.size = immediate_size;
        self.are_current = false;
    }

    /// Sets some. Errors: they are not whole words, or more than there are.
    pub fn set_immediates(&mut self, offset: u32, data: &[u8]) -> Result<(), String> {
        let start = offset as usize;
        let place = self
            .immediates
            .get_mut(start..start.saturating_add(data.len()))
            .filter(|place| start.is_multiple_of(4) && place.len().is_multiple_of(4))
            .ok_or("immediates are words of the first 256 bytes")?;
        place.copy_from_slice(data);
        for word in (offset / 4..).take(data.len() / 4) {
            self.set |= 1 << word;
        }
        self.are_current = false;
        Ok(())
    }
}

/// Runs of consecutive words that are set, among the first `end`.
fn runs(set: u64, end: u32) -> impl Iterator<Item = std::ops::Range<u32>> {
    let end = end.min(WORDS);
    let mut from = 0;
    std::iter::from_fn(move || {
        let is_set = |word: &u32| set >> word & 1 == 1;
        let start = (from..end).find(is_set)?;
        from = (start..end).find(|word| !is_set(word)).unwrap_or(end);
        Some(start..from)
    })
}
