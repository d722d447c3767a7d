//! Traffic as text: written while a card is used, read back in place of a card.
//!
//! One line per operation, answers after `=`:
//!
//! ```text
//! cfg_read 0x0 4 = 0x744c1002
//! map_bar 5 = 0x0+0x100000
//! alloc 0x4000 = 0x4000 0x80000000+0x4000
//! read 5 0x378c 4 = 00100000
//! write 2 0x18 0800000000000000
//! dma_write 0 0x40 01000000
//! reset = error: the card's server refused ...
//! ```
//!
//! A card's own writes into shared memory are no messages, so a recorder hides the mapping of host
//! memory: the driver then uses messages for it, as on TCP, and the recording is complete.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::{Bar, DmaMemory, Link, LinkError, Segment};

type Sink = Arc<Mutex<Box<dyn Write + Send>>>;

/// Writes down what passes through another link.
pub struct Recorder {
    inner: Arc<dyn Link>,
    sink: Sink,
    allocations: Mutex<usize>,
    /// Leaves mappings visible; the recording then lacks what shared memory carried.
    transparent: bool,
}

impl Recorder {
    /// Records everything; host memory appears as unmapped.
    pub fn new(inner: Arc<dyn Link>, sink: impl Write + Send + 'static) -> Recorder {
        Recorder {
            inner,
            sink: Arc::new(Mutex::new(Box::new(sink))),
            allocations: Mutex::new(0),
            transparent: false,
        }
    }

    /// Records messages only and leaves host memory mapped: what a wire would show, not replayable.
    pub fn messages_only(inner: Arc<dyn Link>, sink: impl Write + Send + 'static) -> Recorder {
        Recorder {
            transparent: true,
            ..Recorder::new(inner, sink)
        }
    }
}

fn put(sink: &Sink, line: &str) {
    let mut sink = sink.lock().unwrap_or_else(|p| p.into_inner());
    // A full disk must not take the card down with it.
    if let Err(error) = writeln!(sink, "{line}") {
        log::warn!("the recording is incomplete: {error}");
    }
}

fn hex(data: &[u8]) -> String {
    data.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect()
}

fn answer<T>(result: &Result<T, LinkError>, show: impl FnOnce(&T) -> String) -> String {
    match result {
        Ok(value) => show(value),
        Err(error) => format!("error: {error}").replace('\n', " "),
    }
}

fn show_unit(_: &()) -> String {
    "ok".into()
}

impl Link for Recorder {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        let result = self.inner.config_read(offset, size);
        let shown = answer(&result, |v| format!("{v:#x}"));
        put(
            &self.sink,
            &format!("cfg_read {offset:#x} {size} = {shown}"),
        );
        result
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        let result = self.inner.config_write(offset, size, value);
        let shown = answer(&result, show_unit);
        put(
            &self.sink,
            &format!("cfg_write {offset:#x} {size} {value:#x} = {shown}"),
        );
        result
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        let result = self.inner.map_bar(bar);
        let shown = answer(&result, |b| format!("{:#x}+{:#x}", b.address, b.size));
        put(&self.sink, &format!("map_bar {bar} = {shown}"));
        result
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        let result = self.inner.resize_bar(bar);
        let shown = answer(&result, show_unit);
        put(&self.sink, &format!("resize_bar {bar} = {shown}"));
        result
    }

    fn reset(&self) -> Result<(), LinkError> {
        let result = self.inner.reset();
        put(
            &self.sink,
            &format!("reset = {}", answer(&result, show_unit)),
        );
        result
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let result = self.inner.read(bar, offset, data);
        let shown = answer(&result, |()| hex(data));
        put(
            &self.sink,
            &format!("read {bar} {offset:#x} {} = {shown}", data.len()),
        );
        result
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        put(
            &self.sink,
            &format!("write {bar} {offset:#x} {}", hex(data)),
        );
        self.inner.write(bar, offset, data)
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        let result = self.inner.alloc_dma(size);
        let shown = answer(&result, |memory| {
            let mut text = format!("{:#x}", memory.size());
            for s in memory.segments() {
                let _ = write!(text, " {:#x}+{:#x}", s.address, s.length);
            }
            text
        });
        put(&self.sink, &format!("alloc {size:#x} = {shown}"));
        let memory = result?;
        if self.transparent {
            return Ok(memory);
        }
        let mut allocations = self.allocations.lock().unwrap_or_else(|p| p.into_inner());
        let index = *allocations;
        *allocations += 1;
        Ok(Arc::new(RecordedMemory {
            inner: memory,
            index,
            sink: self.sink.clone(),
        }))
    }

    fn check_open(&self) -> Result<(), LinkError> {
        self.inner.check_open()
    }

    fn diagnosis(&self) -> Option<String> {
        self.inner.diagnosis()
    }
}

struct RecordedMemory {
    inner: Arc<dyn DmaMemory>,
    index: usize,
    sink: Sink,
}

impl DmaMemory for RecordedMemory {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn segments(&self) -> &[Segment] {
        self.inner.segments()
    }

    fn mapping(&self) -> Option<*mut u8> {
        None
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let result = self.inner.read(offset, data);
        let shown = answer(&result, |()| hex(data));
        let line = format!(
            "dma_read {} {offset:#x} {} = {shown}",
            self.index,
            data.len()
        );
        put(&self.sink, &line);
        result
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        let line = format!("dma_write {} {offset:#x} {}", self.index, hex(data));
        put(&self.sink, &line);
        self.inner.write(offset, data)
    }
}

/// What is wrong with a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("recording, line {line}: {what}")]
pub struct TrafficError {
    /// Line number, from 1.
    pub line: usize,
    /// What was found.
    pub what: String,
}

struct Tape {
    lines: Vec<(usize, String)>,
    next: usize,
}

/// Answers from a recording. An operation that the recording does not have next is an error that
/// names both; polls of the same register may repeat more or less often than recorded.
pub struct Replayer {
    tape: Arc<Mutex<Tape>>,
    allocations: Mutex<usize>,
}

impl Replayer {
    /// Reads a recording; empty lines and lines that begin with `#` are comments.
    pub fn new(text: &str) -> Result<Replayer, TrafficError> {
        const OPERATIONS: [&str; 10] = [
            "cfg_read",
            "cfg_write",
            "map_bar",
            "resize_bar",
            "reset",
            "read",
            "write",
            "alloc",
            "dma_read",
            "dma_write",
        ];
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let operation = line.split(' ').next().unwrap_or_default();
            if !OPERATIONS.contains(&operation) {
                return Err(TrafficError {
                    line: index + 1,
                    what: format!("unknown operation {operation:?}"),
                });
            }
            lines.push((index + 1, line.to_owned()));
        }
        Ok(Replayer {
            tape: Arc::new(Mutex::new(Tape { lines, next: 0 })),
            allocations: Mutex::new(0),
        })
    }

    /// Lines that were not asked for.
    pub fn remaining(&self) -> usize {
        let tape = self.tape.lock().unwrap_or_else(|p| p.into_inner());
        tape.lines.len() - tape.next
    }
}

/// Takes the answer to `asked` (the line up to `=`); the empty string for writes.
fn take(tape: &Mutex<Tape>, asked: &str) -> Result<String, LinkError> {
    const OPERATION: &str = "replaying a recording";
    let mut tape = tape.lock().unwrap_or_else(|p| p.into_inner());
    let mismatch = |expected: &str, line: usize| LinkError::Malformed {
        operation: OPERATION,
        what: format!("line {line} has `{expected}`, the driver did `{asked}`"),
    };
    let matches = |line: &str| -> Option<String> {
        let rest = line.strip_prefix(asked)?;
        if rest.is_empty() {
            return Some(String::new());
        }
        rest.strip_prefix(" = ").map(str::to_owned)
    };
    let is_poll = asked.starts_with("read ") || asked.starts_with("dma_read ");
    let found = match tape.lines.get(tape.next) {
        Some((_, line)) => match matches(line) {
            Some(answer) => {
                tape.next += 1;
                Some(answer)
            }
            None => None,
        },
        None => None,
    };
    let answer = match found {
        Some(answer) => answer,
        None => {
            // The driver polled once more than then: the last answer still holds.
            let last = tape.next.checked_sub(1).map(|i| &tape.lines[i].1);
            match last.and_then(|line| matches(line)).filter(|_| is_poll) {
                Some(answer) => answer,
                None => {
                    // Or once less: skip repeats of the poll that was answered before.
                    let previous = tape
                        .next
                        .checked_sub(1)
                        .and_then(|i| tape.lines[i].1.split(" = ").next())
                        .filter(|p| p.starts_with("read ") || p.starts_with("dma_read "))
                        .map(str::to_owned);
                    let mut at = tape.next;
                    while let (Some(previous), Some((_, line))) = (&previous, tape.lines.get(at)) {
                        if !line.starts_with(previous.as_str()) {
                            break;
                        }
                        at += 1;
                    }
                    let Some((number, line)) = tape.lines.get(at) else {
                        return Err(mismatch("the end", tape.lines.len()));
                    };
                    let answer = matches(line).ok_or_else(|| mismatch(line, *number))?;
                    tape.next = at + 1;
                    answer
                }
            }
        }
    };
    match answer.strip_prefix("error: ") {
        Some(message) => Err(LinkError::Refused {
            operation: OPERATION,
            message: message.to_owned(),
        }),
        None => Ok(answer),
    }
}

fn bad_answer(answer: &str) -> LinkError {
    LinkError::Malformed {
        operation: "replaying a recording",
        what: format!("answer `{answer}`"),
    }
}

fn number(text: &str) -> Result<u64, LinkError> {
    text.strip_prefix("0x")
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| bad_answer(text))
}

fn range(text: &str) -> Result<(u64, u64), LinkError> {
    let (start, length) = text.split_once('+').ok_or_else(|| bad_answer(text))?;
    Ok((number(start)?, number(length)?))
}

fn fill(data: &mut [u8], answer: &str) -> Result<(), LinkError> {
    let bytes = unhex(answer).filter(|bytes| bytes.len() == data.len());
    data.copy_from_slice(&bytes.ok_or_else(|| bad_answer(answer))?);
    Ok(())
}

impl Link for Replayer {
    fn describe(&self) -> String {
        "recording".into()
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        let answer = take(&self.tape, &format!("cfg_read {offset:#x} {size}"))?;
        u32::try_from(number(&answer)?).map_err(|_| bad_answer(&answer))
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        let asked = format!("cfg_write {offset:#x} {size} {value:#x}");
        take(&self.tape, &asked).map(drop)
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        let answer = take(&self.tape, &format!("map_bar {bar}"))?;
        let (address, size) = range(&answer)?;
        Ok(Bar { address, size })
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        take(&self.tape, &format!("resize_bar {bar}")).map(drop)
    }

    fn reset(&self) -> Result<(), LinkError> {
        take(&self.tape, "reset").map(drop)
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let asked = format!("read {bar} {offset:#x} {}", data.len());
        fill(data, &take(&self.tape, &asked)?)
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        let asked = format!("write {bar} {offset:#x} {}", hex(data));
        take(&self.tape, &asked).map(drop)
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        let answer = take(&self.tape, &format!("alloc {size:#x}"))?;
        let mut parts = answer.split(' ');
        let size = number(parts.next().unwrap_or_default())?;
        let segments = parts
            .map(|part| range(part).map(|(address, length)| Segment { address, length }))
            .collect::<Result<_, _>>()?;
        let mut allocations = self.allocations.lock().unwrap_or_else(|p| p.into_inner());
        let index = *allocations;
        *allocations += 1;
        Ok(Arc::new(ReplayedMemory {
            index,
            size,
            segments,
            tape: self.tape.clone(),
        }))
    }
}

struct ReplayedMemory {
    index: usize,
    size: u64,
    segments: Vec<Segment>,
    tape: Arc<Mutex<Tape>>,
}

impl DmaMemory for ReplayedMemory {
    fn size(&self) -> u64 {
        self.size
    }

    fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn mapping(&self) -> Option<*mut u8> {
        None
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let asked = format!("dma_read {} {offset:#x} {}", self.index, data.len());
        fill(data, &take(&self.tape, &asked)?)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        let asked = format!("dma_write {} {offset:#x} {}", self.index, hex(data));
        take(&self.tape, &asked).map(drop)
    }
}
