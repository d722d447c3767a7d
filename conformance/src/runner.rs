//! Runs conformance jobs on a device and counts: a table per group, JSON for
//! machines, and the first failures in full, each with the shader's name, the
//! operands, what was expected and what came.

use crate::cases::{jobs, Job, GROUPS};
use crate::device::{Device, Feature, Judge};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// A case that went wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Group of cases.
    pub group: String,
    /// Job.
    pub name: String,
    /// What happened: one line.
    pub message: String,
    /// Cases of the job that failed.
    pub count: usize,
}

/// Counts of a group.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// Dispatches that ran.
    pub jobs: usize,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that need what the device lacks.
    pub skipped: usize,
    /// Time.
    pub seconds: f64,
}

/// A run on one device.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The device's name.
    pub device: String,
    /// By group, in the order of `GROUPS`.
    pub groups: Vec<(String, Tally)>,
    /// Failed jobs.
    pub failures: Vec<Failure>,
    /// Features that were missing, with the number of cases that need them.
    pub missing: BTreeMap<String, usize>,
}

impl Report {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// Adds what another run found with other jobs on the same kind of device. Seconds add up too:
    /// they are the devices', not the user's.
    pub fn add(&mut self, other: Report) {
        for ((_, tally), (_, more)) in self.groups.iter_mut().zip(other.groups) {
            tally.jobs += more.jobs;
            tally.passed += more.passed;
            tally.failed += more.failed;
            tally.skipped += more.skipped;
            tally.seconds += more.seconds;
        }
        self.failures.extend(other.failures);
        for (feature, count) in other.missing {
            *self.missing.entry(feature).or_default() += count;
        }
    }

    /// The table, with at most `limit` failures below it.
    pub fn table(&self, limit: usize) -> String {
        let mut out = format!(
            "{}\n{:12} {:>7} {:>9} {:>7} {:>8} {:>8}\n",
            self.device, "group", "jobs", "passed", "failed", "skipped", "seconds"
        );
        let mut total = Tally::default();
        for (group, t) in &self.groups {
            out.push_str(&row(group, t));
            total.jobs += t.jobs;
            total.passed += t.passed;
            total.failed += t.failed;
            total.skipped += t.skipped;
            total.seconds += t.seconds;
        }
        out.push_str(&row("total", &total));
        for (feature, count) in &self.missing {
            out.push_str(&format!("skipped for want of {feature}: {count} cases\n"));
        }
        for f in self.failures.iter().take(limit) {
            out.push_str(&format!(
                "FAILED {}/{}: {} case(s); {}\n",
                f.group,
                f.name,
                f.count,
                f.message.lines().next().unwrap_or_default()
            ));
        }
        if self.failures.len() > limit {
            out.push_str(&format!(
                "… and {} more failed jobs\n",
                self.failures.len() - limit
            ));
        }
        out
    }
}

fn row(name: &str, t: &Tally) -> String {
    format!(
        "{name:12} {:>7} {:>9} {:>7} {:>8} {:>8.1}\n",
        t.jobs, t.passed, t.failed, t.skipped, t.seconds
    )
}

/// Which jobs to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Parts of `group/name`; a job is wanted if it contains one of them. None means all.
    pub filters: Vec<String>,
    /// Run one job of every so many (1 for all), for a quick look at everything.
    pub every: usize,
    /// Which one of them: the first is 0.
    pub first: usize,
    /// Features not to use, though the device may have them.
    pub without: Vec<Feature>,
    /// Judge otherwise than the device asks for.
    pub judge: Option<Judge>,
}

/// Runs what is wanted; `progress` hears of each job before it runs.
pub fn run(device: &mut dyn Device, options: &Options, progress: &mut dyn FnMut(&Job)) -> Report {
    let mut features = device.features();
    features.retain(|f| !options.without.contains(f));
    let judge = options.judge.unwrap_or(device.judge());
    let mut report = Report {
        device: device.name(),
        groups: GROUPS
            .iter()
            .map(|g| (g.0.to_string(), Tally::default()))
            .collect(),
        failures: Vec::new(),
        missing: BTreeMap::new(),
    };
    let asked = std::cell::Cell::new(0usize);
    let wanted = |group: &str, name: &str| {
        let full = format!("{group}/{name}");
        let chosen =
            options.filters.is_empty() || options.filters.iter().any(|f| full.contains(f.as_str()));
        if !chosen {
            return false;
        }
        asked.set(asked.get() + 1);
        (asked.get() - 1) % options.every.max(1) == options.first
    };
    let mut clock = Instant::now();
    jobs(&wanted, &mut |job| {
        let Some((_, tally)) = report.groups.iter_mut().find(|g| g.0 == job.group) else {
            return;
        };
        let missing: Vec<Feature> = job
            .needs
            .iter()
            .copied()
            .filter(|n| !features.contains(n))
            .collect();
        if !missing.is_empty() {
            tally.skipped += job.cases;
            for m in missing {
                *report.missing.entry(format!("{m:?}")).or_default() += job.cases;
            }
            return;
        }
        progress(&job);
        tally.jobs += 1;
        let failure = check(device, &job, judge);
        let failed = failure.as_ref().map_or(0, |f| f.count);
        tally.failed += failed;
        tally.passed += job.cases - failed.min(job.cases);
        report.failures.extend(failure);
        tally.seconds += clock.elapsed().as_secs_f64();
        clock = Instant::now();
    });
    report
}

/// Runs one job.
pub fn check(device: &mut dyn Device, job: &Job, judge: Judge) -> Option<Failure> {
    let failure = |message: String, count: usize| {
        Some(Failure {
            group: job.group.into(),
            name: job.name.clone(),
            message,
            count,
        })
    };
    let buffers = match device.run(&job.invocation) {
        Ok(buffers) => buffers,
        Err(e) => return failure(e.to_string(), job.cases),
    };
    let mut bad = vec![false; job.cases];
    let mut first = None;
    for cell in &job.cells {
        let width = cell.sc.width();
        let Some(bytes) = buffers
            .get(&cell.buffer)
            .and_then(|b| b.get(cell.offset..cell.offset + width))
        else {
            return failure(
                format!(
                    "the device gave no byte {} of binding {:?}",
                    cell.offset, cell.buffer
                ),
                job.cases,
            );
        };
        let mut word = [0; 8];
        word[..width].copy_from_slice(bytes);
        let got = u64::from_le_bytes(word);
        if !cell.expect.accepts(got, cell.sc, judge) {
            if let Some(b) = bad.get_mut(cell.case) {
                *b = true;
            }
            first.get_or_insert_with(|| {
                format!(
                    "first: {} at byte {} of binding {}: expected {}, got {}",
                    (job.describe)(cell.case),
                    cell.offset,
                    cell.buffer.1,
                    cell.expect.describe(cell.sc, judge),
                    crate::cases::show(cell.sc, got)
                )
            });
        }
    }
    first.and_then(|message| failure(message, bad.iter().filter(|&&b| b).count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Bindings, DeviceError, InterpreterDevice, Invocation};

    /// A part of every group; `egpu-conformance` runs all.
    #[test]
    fn the_interpreter_passes() {
        let mut device = InterpreterDevice::default();
        let report = run(
            &mut device,
            &Options {
                every: 9,
                ..Default::default()
            },
            &mut |_| {},
        );
        println!("{}", report.table(20));
        assert!(report.passed());
        assert!(report.groups.iter().all(|g| g.1.passed > 0));
    }

    /// Gives the interpreter's result with one bit of one buffer changed.
    struct Wrong;

    impl Device for Wrong {
        fn name(&self) -> String {
            "wrong".into()
        }
        fn features(&self) -> Vec<Feature> {
            Vec::new()
        }
        fn judge(&self) -> Judge {
            Judge::Specification
        }
        fn run(&mut self, invocation: &Invocation) -> Result<Bindings, DeviceError> {
            let mut buffers = InterpreterDevice::default().run(invocation)?;
            if let Some(byte) = buffers.get_mut(&(0, 0)).and_then(|b| b.get_mut(2)) {
                *byte ^= 0x40;
            }
            Ok(buffers)
        }
    }

    /// Parts together are the whole.
    #[test]
    fn parts_add_up() {
        let report = |every, first| {
            let options = Options {
                filters: vec!["comparison/".into()],
                every,
                first,
                ..Default::default()
            };
            run(&mut Wrong, &options, &mut |_| {})
        };
        let whole = report(1, 0);
        let mut parts = report(3, 0);
        parts.add(report(3, 1));
        assert!(parts.groups.iter().map(|g| g.1.jobs).sum::<usize>() > 0);
        parts.add(report(3, 2));
        for ((name, whole), (_, parts)) in whole.groups.iter().zip(&parts.groups) {
            let counts = |t: &Tally| (t.jobs, t.passed, t.failed, t.skipped);
            assert_eq!(counts(whole), counts(parts), "{name}");
        }
        assert_eq!(whole.failures.len(), parts.failures.len());
        assert_eq!(whole.missing, parts.missing);
    }

    #[test]
    fn a_wrong_bit_is_found_and_a_missing_feature_skips() {
        let options = |filter: &str| Options {
            filters: vec![filter.into()],
            ..Default::default()
        };
        let report = run(&mut Wrong, &options("arithmetic/i32 a + b"), &mut |_| {});
        assert!(!report.passed());
        assert_eq!(report.failures[0].count, 1);
        let report = run(&mut Wrong, &options("arithmetic/i64 a + b"), &mut |_| {});
        assert!(report.passed());
        assert!(report.groups[0].1.skipped > 0 && report.missing.contains_key("I64"));
    }
}
