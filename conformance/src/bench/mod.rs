//! Benches: the kernels of [`crate::kernels`] on several contestants in one run, each checked
//! against the CPU before it is timed.
//!
//! What is timed is what a user waits for: from submission until everything is done, several
//! dispatches a submission so that the fixed cost of a submission does not hide a small kernel.
//! Contestants take turns within each round, so that a noisy machine disturbs all of them alike;
//! figures are medians, and only ratios of one run mean anything. A contestant is an adapter
//! ([`adapter`]) or a program of somebody else's that reads its work from files ([`twin`]). What
//! passes between host and card besides kernels is in [`host`]; the tables are [`report`]'s.

pub mod adapter;
pub mod host;
pub mod report;
pub mod twin;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::kernels::{self, Dispatch, Kernel, Output, Usage, Work};

/// Contents of buffers by (group, binding).
pub type Bindings = BTreeMap<(u32, u32), Vec<u8>>;

/// A kernel with its inputs and what must come of them.
#[derive(Debug)]
pub struct Job {
    /// Which kernel.
    pub kernel: &'static Kernel,
    /// In the kernel's unit.
    pub size: u32,
    /// WGSL, the kernel's own or another in its place.
    pub source: String,
    /// Grid and inputs.
    pub dispatch: Dispatch,
    expected: Vec<Output>,
}

impl Job {
    /// Makes inputs and expectations; `source` stands in for the kernel's own.
    pub fn new(kernel: &'static Kernel, size: u32, source: Option<String>) -> Job {
        let dispatch = kernel.dispatch(size, 1);
        Job {
            expected: kernel.expected(&dispatch),
            source: source.unwrap_or_else(|| kernel.source.to_owned()),
            kernel,
            size,
            dispatch,
        }
    }

    /// The least that it has to do.
    pub fn work(&self) -> Work {
        self.kernel.work(&self.dispatch)
    }

    /// Bindings that the kernel writes.
    pub fn outputs(&self) -> impl Iterator<Item = &kernels::Buffer> {
        let buffers = self.dispatch.buffers.iter();
        buffers.filter(|buffer| buffer.usage == Usage::ReadWrite)
    }

    /// Times a contestant; from fresh inputs where they say how much there is to do.
    fn time(&self, ready: &mut dyn Ready, repeat: usize) -> Result<Duration, String> {
        match self.work() {
            Work::Steps => ready.reset(self)?,
            Work::Bytes(_) | Work::Operations(_) => {}
        }
        ready.time(repeat)
    }

    /// Judges what a run left in the buffers.
    pub fn check(&self, results: &Bindings) -> Result<(), String> {
        kernels::check(&self.expected, results).map_err(|error| error.to_string())
    }
}

/// Someone who runs the kernels.
pub trait Contestant {
    /// For tables.
    fn name(&self) -> &str;

    /// Makes a kernel ready with fresh inputs; `None` if this one does not have it.
    fn prepare<'a>(&'a mut self, job: &Job) -> Result<Option<Box<dyn Ready + 'a>>, String>;

    /// Seconds that one copy of so many bytes within the card's memory takes, of `repeat` together.
    fn copy(&mut self, bytes: u64, repeat: usize) -> Result<f64, String>;
}

/// A kernel made ready.
pub trait Ready {
    /// Runs once, on the fresh inputs, and gives what it wrote.
    fn outputs(&mut self, job: &Job) -> Result<Bindings, String>;

    /// Puts the inputs back that runs have written over.
    fn reset(&mut self, job: &Job) -> Result<(), String>;

    /// The time of one dispatch of so many submitted together.
    fn time(&mut self, repeat: usize) -> Result<Duration, String>;
}

/// What the contestants did with a kernel.
#[derive(Debug)]
pub struct Row {
    /// Which kernel.
    pub kernel: &'static Kernel,
    /// In the kernel's unit.
    pub size: u32,
    /// The least that it has to do.
    pub work: Work,
    /// Median seconds of a dispatch, by contestant; `None` for one that does not have the kernel or
    /// failed.
    pub seconds: Vec<Option<f64>>,
    /// What was wrong, with whose fault it is.
    pub faults: Vec<String>,
}

/// The middle one; the times are put in order.
pub fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}

/// Checks all contestants on a kernel, then times them in turns.
pub fn race(contestants: &mut [Box<dyn Contestant>], job: &Job, rounds: usize) -> Row {
    let mut row = Row {
        kernel: job.kernel,
        size: job.size,
        work: job.work(),
        seconds: Vec::new(),
        faults: Vec::new(),
    };
    let mut runners = Vec::new();
    for (n, contestant) in contestants.iter_mut().enumerate() {
        row.seconds.push(None);
        let name = contestant.name().to_owned();
        match start(contestant, job) {
            Ok(None) => {}
            // The time of a wrong result means nothing.
            Ok(Some((_, Err(wrong)))) => row.faults.push(format!("WRONG {name}: {wrong}")),
            Ok(Some((ready, Ok(repeat)))) => {
                runners.push((n, name, ready, repeat, Vec::new()));
            }
            Err(error) => row.faults.push(format!("FAILED {name}: {error}")),
        }
    }
    for _ in 0..rounds {
        runners.retain_mut(|(_, name, ready, repeat, times)| {
            match job.time(ready.as_mut(), *repeat) {
                Ok(time) => {
                    times.push(time);
                    true
                }
                Err(error) => {
                    row.faults.push(format!("FAILED {name}: {error}"));
                    false
                }
            }
        });
    }
    for (n, _, _, _, times) in &mut runners {
        row.seconds[*n] = median(times).map(|time| time.as_secs_f64());
    }
    row
}

/// Ready, with the dispatches that make ten milliseconds, or what was wrong.
type Started<'a> = (Box<dyn Ready + 'a>, Result<usize, String>);

fn start<'a>(
    contestant: &'a mut Box<dyn Contestant>,
    job: &Job,
) -> Result<Option<Started<'a>>, String> {
    let Some(mut ready) = contestant.prepare(job)? else {
        return Ok(None);
    };
    if let Err(wrong) = job.check(&ready.outputs(job)?) {
        return Ok(Some((ready, Err(wrong))));
    }
    let time = job.time(ready.as_mut(), 1)?.max(Duration::from_nanos(1));
    let repeat = match job.work() {
        Work::Steps => 1,
        Work::Bytes(_) | Work::Operations(_) => (10_000_000 / time.as_nanos()).clamp(1, 64),
    };
    Ok(Some((ready, Ok(repeat as usize))))
}

/// Bytes a second, read and written, of the fastest copy by contestant: `None` for who cannot.
pub fn copies(
    contestants: &mut [Box<dyn Contestant>],
    bytes: u64,
    rounds: usize,
) -> (Vec<Option<f64>>, Vec<String>) {
    let mut rates = vec![None; contestants.len()];
    let mut faults = Vec::new();
    // The first round warms up.
    for round in 0..=rounds {
        for (contestant, rate) in contestants.iter_mut().zip(&mut rates) {
            match contestant.copy(bytes, 8) {
                Ok(seconds) if round > 0 => {
                    let new = 2.0 * bytes as f64 / seconds;
                    *rate = Some(rate.map_or(new, |old: f64| old.max(new)));
                }
                Ok(_) => {}
                Err(error) if round == 0 => {
                    faults.push(format!("FAILED {}: copy: {error}", contestant.name()));
                }
                Err(_) => {}
            }
        }
    }
    (rates, faults)
}
