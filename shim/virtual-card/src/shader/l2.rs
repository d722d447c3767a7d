//! L2, as strict mode has it: stores that memory has not seen, and lines that memory has outgrown.
//!
//! Fast mode has no L2: waves, queues and host see one memory. In strict mode what waves store to a
//! cached page stays here until it is written back (GL2_WB of RELEASE_MEM and ACQUIRE_MEM,
//! `global_wb` of system scope) or evicted, and a line that was read stays as it was until it is
//! invalidated (GL2_INV) or evicted, whatever is written to memory meanwhile.
//!
//! The page's memory type decides. UC keeps no line here, in VRAM as in host memory, and that is how
//! our driver maps host memory; RW, NC and CC are cached, also where they lie in host memory (Linux
//! maps such pages NC, and writes L2 back with each fence for it). Who is behind L2 is Mesa's
//! and PAL's knowledge: waves and instruction fetch on both generations, the command processor on
//! gfx11. On gfx12 the command processor goes to memory (Mesa's `cp_sdma_ge_use_system_memory_scope`).
//! So does SDMA: it writes past L2 on both, and may read past it, which is what is taken for granted
//! here. The host's aperture, page walks and the security processor know no L2.
//!
//! Lines are found by host address, since one byte of the card's memory has one, however it is
//! mapped. A line keeps that address until it is written back: memory that goes away must be
//! [forgotten](L2::forget) before.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::memory::HostSpan;

/// Bytes of a line.
const LINE: usize = 128;
/// Lines: 4 MiB, within a factor of two of every die's.
const LINES: usize = 1 << 15;

struct Line {
    memory: HostSpan,
    data: [u8; LINE],
    /// Bytes that memory has not seen.
    dirty: u128,
}

impl Line {
    fn write_back(&mut self) {
        let mut rest = std::mem::take(&mut self.dirty);
        while rest != 0 {
            let start = rest.trailing_zeros() as usize;
            let len = (!(rest >> start)).trailing_zeros() as usize;
            self.memory
                .write(start as u64, &self.data[start..start + len]);
            rest &= !run(start, len);
        }
    }
}

/// The mask of `len` bytes from `start`.
fn run(start: usize, len: usize) -> u128 {
    if len == LINE {
        u128::MAX
    } else {
        ((1 << len) - 1) << start
    }
}

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    /// Place in `lines` by line number.
    places: HashMap<usize, usize>,
    /// Host memory that is about to go: first byte and end.
    gone: Vec<(usize, usize)>,
    /// What decides which line makes room.
    random: u64,
}

impl State {
    /// The line that holds a span's first byte, fetched if it is not there; none where memory goes.
    fn line(&mut self, span: HostSpan) -> Option<&mut Line> {
        let number = span.ptr.addr() / LINE;
        if let Some(&place) = self.places.get(&number) {
            return self.lines.get_mut(place);
        }
        let at = span.ptr.addr();
        if self
            .gone
            .iter()
            .any(|(start, end)| (*start..*end).contains(&at))
        {
            return None;
        }
        if self.lines.len() >= LINES {
            self.random = self
                .random
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1);
            self.evict((self.random >> 33) as usize % LINES);
        }
        let memory = HostSpan {
            ptr: span.ptr.wrapping_sub(at % LINE),
            len: LINE as u64,
            ..span
        };
        let mut line = Line {
            memory,
            data: [0; LINE],
            dirty: 0,
        };
        memory.read(0, &mut line.data);
        self.places.insert(number, self.lines.len());
        self.lines.push(line);
        self.lines.last_mut()
    }

    /// Drops a line, written back.
    fn evict(&mut self, place: usize) {
        let mut line = self.lines.swap_remove(place);
        line.write_back();
        self.places.remove(&(line.memory.ptr.addr() / LINE));
        if let Some(moved) = self.lines.get(place) {
            self.places.insert(moved.memory.ptr.addr() / LINE, place);
        }
    }

    /// Keeps the lines that `keep` says.
    fn retain(&mut self, keep: impl FnMut(&Line) -> bool) {
        self.lines.retain(keep);
        self.places.clear();
        let numbers = self.lines.iter().map(|l| l.memory.ptr.addr() / LINE);
        self.places.extend(numbers.zip(0..));
    }
}

/// The cache. Spans given to it are cached pages of memory that outlives the lines.
#[derive(Default)]
pub struct L2 {
    state: Mutex<State>,
}

/// Parts of a span, each within one line: the span from there and a range of bytes.
fn parts(span: HostSpan, len: usize) -> impl Iterator<Item = (HostSpan, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        (done < len).then(|| {
            let start = done;
            let ptr = span.ptr.wrapping_add(start);
            done += (LINE - ptr.addr() % LINE).min(len - done);
            let len = span.len.saturating_sub(start as u64);
            (HostSpan { ptr, len, ..span }, start..done)
        })
    })
}

impl L2 {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads from a span's start.
    pub fn read(&self, span: HostSpan, out: &mut [u8]) {
        let mut state = self.state();
        for (part, range) in parts(span, out.len()) {
            let out = &mut out[range];
            match state.line(part) {
                Some(line) => {
                    let at = part.ptr.addr() % LINE;
                    out.copy_from_slice(&line.data[at..at + out.len()]);
                }
                None => part.read(0, out),
            }
        }
    }

    /// Writes from a span's start.
    pub fn write(&self, span: HostSpan, bytes: &[u8]) {
        let mut state = self.state();
        for (part, range) in parts(span, bytes.len()) {
            let bytes = &bytes[range];
            match state.line(part) {
                Some(line) => {
                    let at = part.ptr.addr() % LINE;
                    line.data[at..at + bytes.len()].copy_from_slice(bytes);
                    line.dirty |= run(at, bytes.len());
                }
                None => part.write(0, bytes),
            }
        }
    }

    /// Runs a read-modify-write of `len` bytes, which do not cross a line, in L2: `operation` works
    /// on memory that holds what L2 holds, and memory gets its own bytes back.
    pub fn update<R>(&self, span: HostSpan, len: usize, operation: impl FnOnce() -> R) -> R {
        let mut state = self.state();
        let Some(line) = state.line(span) else {
            return operation();
        };
        let at = span.ptr.addr() % LINE;
        let range = at..(at + len).min(LINE);
        let mut before = [0; 16];
        let before = &mut before[..range.len().min(16)];
        span.read(0, before);
        span.write(0, &line.data[range.clone()]);
        let result = operation();
        span.read(0, &mut line.data[range.clone()]);
        line.dirty |= run(at, range.len());
        span.write(0, before);
        result
    }

    /// Writes the line of a byte back and drops it: an access of system scope.
    pub fn publish(&self, span: HostSpan) {
        let mut state = self.state();
        if let Some(&place) = state.places.get(&(span.ptr.addr() / LINE)) {
            state.evict(place);
        }
    }

    /// Evicts one of the lines, as other traffic would.
    pub fn evict(&self, random: usize) {
        let mut state = self.state();
        let count = state.lines.len();
        if count != 0 {
            state.evict(random % count);
        }
    }

    /// Writes every dirty line back. Returns how many there were.
    pub fn write_back(&self) -> usize {
        let mut state = self.state();
        let dirty = state.lines.iter_mut().filter(|line| line.dirty != 0);
        dirty.map(Line::write_back).count()
    }

    /// Drops every line. Returns how many were dirty: their stores are lost.
    pub fn invalidate(&self) -> usize {
        let mut state = self.state();
        let lost = state.lines.iter().filter(|line| line.dirty != 0).count();
        state.retain(|_| false);
        lost
    }

    /// Drops what memory has too (`global_inv` of system scope).
    pub fn invalidate_clean(&self) {
        self.state().retain(|line| line.dirty != 0);
    }

    /// Host memory is about to go: no line of it is kept, and none is made until it is
    /// [admitted](L2::admit) again. Accesses that are under way go to the memory.
    pub fn forget(&self, memory: HostSpan) {
        let start = memory.ptr.addr();
        let end = start + memory.len as usize;
        let mut state = self.state();
        state.gone.push((start, end));
        state.retain(|line| !(start..end).contains(&line.memory.ptr.addr()));
    }

    /// Host memory that may lie where other memory was forgotten.
    pub fn admit(&self, memory: HostSpan) {
        let start = memory.ptr.addr();
        let end = start + memory.len as usize;
        let mut state = self.state();
        let gone = std::mem::take(&mut state.gone);
        let outside = gone
            .into_iter()
            .flat_map(|(a, b)| [(a, b.min(start)), (a.max(end), b)]);
        state.gone = outside.filter(|(a, b)| a < b).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(memory: &mut [u64], offset: usize) -> HostSpan {
        HostSpan {
            ptr: memory.as_mut_ptr().cast::<u8>().wrapping_add(offset),
            len: (8 * memory.len() - offset) as u64,
            writable: true,
            uncached: false,
        }
    }

    fn word(l2: &L2, span: HostSpan) -> u32 {
        let mut bytes = [0; 4];
        l2.read(span, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    #[test]
    fn stores_wait_for_a_write_back_and_lines_for_an_invalidation() {
        let mut memory = vec![0u64; 128];
        let at = span(&mut memory, 256);
        let l2 = L2::default();
        l2.write(at, &[1, 2, 3, 4]);
        assert_eq!((at.read_u32(0), word(&l2, at)), (0, 0x0403_0201));
        // A neighbour in the line that was written behind L2 survives the write-back.
        at.write(8, &[9]);
        assert_eq!(l2.write_back(), 1);
        assert_eq!((at.read_u32(0), at.read_u32(8)), (0x0403_0201, 9));
        assert_eq!(l2.write_back(), 0);
        at.write(0, &[5, 5, 5, 5]);
        assert_eq!(word(&l2, at), 0x0403_0201, "the line is stale");
        assert_eq!(l2.invalidate(), 0);
        assert_eq!(word(&l2, at), 0x0505_0505);
        l2.write(at, &[7]);
        assert_eq!(l2.invalidate(), 1, "lost");
        assert_eq!(word(&l2, at), 0x0505_0505);
    }

    #[test]
    fn accesses_cross_lines_and_updates_stay_inside() {
        let mut memory = vec![0u64; 128];
        let start = 256 - memory.as_ptr().addr() % 128 - 8;
        let at = span(&mut memory, start);
        let l2 = L2::default();
        let bytes: Vec<u8> = (1..=200).collect();
        l2.write(at, &bytes);
        let mut back = vec![0; 200];
        l2.read(at, &mut back);
        assert_eq!(back, bytes);
        let old = l2.update(at, 4, || {
            let old = at.read_u32(0);
            at.write(0, &8u32.to_le_bytes());
            old
        });
        assert_eq!((old, at.read_u32(0), word(&l2, at)), (0x0403_0201, 0, 8));
        (0..200).for_each(|i| l2.publish(span(&mut memory, start + i)));
        assert_eq!(at.read_u32(0), 8);
        at.read(0, &mut back);
        assert_eq!(back[4..], bytes[4..]);
    }

    #[test]
    fn forgotten_memory_has_no_lines() {
        let mut memory = vec![0u64; 128];
        // Granted memory is whole pages, so that no line reaches out of it.
        let start = LINE - memory.as_ptr().addr() % LINE;
        let whole = span(&mut memory, start);
        let l2 = L2::default();
        l2.write(whole, &[1]);
        l2.forget(whole);
        assert_eq!(l2.write_back(), 0);
        l2.write(whole, &[2]);
        assert_eq!(whole.read_u32(0), 2);
        l2.admit(whole);
        l2.write(whole, &[3]);
        assert_eq!((whole.read_u32(0), l2.write_back()), (2, 1));
    }

    #[test]
    fn a_full_cache_evicts() {
        let mut memory = vec![0u64; (LINES + 8) * LINE / 8];
        let l2 = L2::default();
        for i in 0..LINES + 4 {
            l2.write(span(&mut memory, i * LINE), &[1]);
        }
        assert!(l2.write_back() <= LINES);
        assert!((0..LINES + 4).all(|i| memory[i * LINE / 8] == 1));
    }
}
