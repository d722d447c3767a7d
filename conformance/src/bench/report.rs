//! Tables of a bench: times, how many times as fast as the others the first contestant is, and what
//! that is of what the card can do.

use serde_json::{json, Value};

use super::host::Cost;
use super::Row;
use crate::kernels::Work;

/// Aims of the first contestant against others, as a geometric mean over the kernels.
const AIMS: [(&str, f64); 2] = [("vulkan", 1.30), ("twins", 0.95)];

/// The share of a copy's bandwidth that kernels limited by memory should reach.
const BANDWIDTH_AIM: f64 = 0.90;

/// What is known before the first kernel runs.
#[derive(Debug)]
pub struct Report {
    /// Contestants; figures are of the first, against the others.
    pub names: Vec<String>,
    /// Bytes a second of a copy, read and written, by contestant.
    pub copies: Vec<Option<f64>>,
    /// Operations on f32 a second that the card can do at most, if it is known.
    pub peak: Option<f64>,
    /// Whether the aims are for this kind of card.
    pub aims: bool,
    /// Kernels so far.
    pub rows: Vec<Row>,
    /// Transfers and the host's part, by adapter: the first contestants.
    pub costs: Vec<Cost>,
}

fn geomean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| {
        (sum + value.ln(), count + 1)
    });
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

impl Report {
    /// The copy that others are held against: the fastest, since a card can do what one has done.
    fn copy(&self) -> Option<f64> {
        self.copies.iter().flatten().copied().reduce(f64::max)
    }

    /// What a copy does on each, and the card's peak.
    pub fn capabilities(&self) -> String {
        let mut text = "copy on the card:".to_owned();
        for (name, rate) in self.names.iter().zip(&self.copies) {
            if let Some(rate) = rate {
                text += &format!(" {name} {:.1} GB/s", rate / 1e9);
            }
        }
        if let Some(peak) = self.peak {
            text += &format!("; f32 at most {:.1} TFLOP/s", peak / 1e12);
        }
        text
    }

    /// The line above the rows.
    pub fn heading(&self) -> String {
        let mut text = format!("{:<10}{:>10}", "kernel", "size");
        for name in &self.names {
            text += &format!("{:>14}", format!("{name} ms"));
        }
        for name in &self.names[1..] {
            text += &format!("{:>10}", format!("x {name}"));
        }
        text + &format!(
            "{:>9}{:>9}{:>9}{:>9}",
            "GB/s", "of copy", "TFLOP/s", "of peak"
        )
    }

    /// A row of the table, with what went wrong below it.
    pub fn row(&self, row: &Row) -> String {
        let mut text = format!("{:<10}{:>10}", row.kernel.name, row.size);
        for seconds in &row.seconds {
            text += &match seconds {
                Some(seconds) => format!("{:>14.4}", seconds * 1e3),
                None => format!("{:>14}", "-"),
            };
        }
        for n in 1..self.names.len() {
            text += &match row.times_as_fast_as(n) {
                Some(times) => format!("{times:>10.2}"),
                None => format!("{:>10}", "-"),
            };
        }
        let number = |value: Option<f64>| match value {
            Some(value) => format!("{value:>9.2}"),
            None => format!("{:>9}", "-"),
        };
        let (bytes, operations) = row.rates();
        text += &number(bytes.map(|rate| rate / 1e9));
        text += &number(self.of_copy(row));
        text += &number(operations.map(|rate| rate / 1e12));
        text += &number(operations.zip(self.peak).map(|(rate, peak)| rate / peak));
        for fault in &row.faults {
            text += &format!("\n    {fault}");
        }
        text
    }

    fn of_copy(&self, row: &Row) -> Option<f64> {
        let (bytes, _) = row.rates();
        bytes.zip(self.copy()).map(|(rate, copy)| rate / copy)
    }

    fn aim(&self, aim: f64) -> String {
        match self.aims {
            true => format!(" (aim {aim:.2})"),
            false => String::new(),
        }
    }

    /// Means over the kernels, beside the aims.
    pub fn means(&self) -> String {
        let mut text = String::new();
        for (n, name) in self.names.iter().enumerate().skip(1) {
            let times = self.rows.iter().filter_map(|row| row.times_as_fast_as(n));
            if let Some(mean) = geomean(times) {
                let aim = AIMS.iter().find(|(other, _)| other == name);
                let aim = aim.map(|(_, aim)| self.aim(*aim)).unwrap_or_default();
                text += &format!("{mean:.2} times as fast as {name}, geometric mean{aim}\n");
            }
        }
        let shares = self.rows.iter().filter_map(|row| self.of_copy(row));
        if let Some(mean) = geomean(shares) {
            text += &format!(
                "{mean:.2} of a copy's bandwidth where memory limits, geometric mean{}\n",
                self.aim(BANDWIDTH_AIM)
            );
        }
        text
    }

    /// Transfers and the host's part.
    pub fn costs(&self) -> String {
        let mut text = format!("{:<10}{:>16}", "", "");
        for name in self.names.iter().take(self.adapters()) {
            text += &format!("{:>14}", format!("{name} us"));
        }
        for cost in &self.costs {
            text += &format!("\n{:<10}{:>16}", cost.name, cost.what);
            for seconds in &cost.seconds {
                text += &format!("{:>14.2}", seconds * 1e6);
            }
            if let [first, .., last] = cost.seconds.as_slice() {
                text += &format!("{:>10.2}", last / first);
            }
            if cost.count > 1 {
                text += "   host, each:";
                for seconds in &cost.seconds {
                    text += &format!(" {:.3}", seconds * 1e6 / cost.count as f64);
                }
                if self.aims && cost.seconds.len() > 1 {
                    text += " (aim: less than the last)";
                }
            }
        }
        text
    }

    fn adapters(&self) -> usize {
        self.costs.first().map_or(0, |cost| cost.seconds.len())
    }

    /// Whether every contestant was right and finished.
    pub fn is_right(&self) -> bool {
        self.rows.iter().all(|row| row.faults.is_empty())
    }

    /// All of it for machines.
    pub fn json(&self) -> Value {
        let by_name = |values: &[Option<f64>]| -> Value {
            let pairs = self.names.iter().cloned().zip(values.iter().copied());
            pairs.map(|(name, value)| (name, json!(value))).collect()
        };
        let rows = self.rows.iter().map(|row| {
            let (bytes, operations) = row.rates();
            json!({
                "kernel": row.kernel.name,
                "size": row.size,
                "unit": row.kernel.unit,
                "seconds": by_name(&row.seconds),
                "bytes_per_second": bytes,
                "operations_per_second": operations,
                "faults": row.faults,
            })
        });
        let costs = self.costs.iter().map(|cost| {
            let seconds: Vec<_> = cost.seconds.iter().copied().map(Some).collect();
            json!({
                "name": cost.name,
                "what": cost.what,
                "count": cost.count,
                "seconds": by_name(&seconds),
            })
        });
        json!({
            "contestants": self.names,
            "copy_bytes_per_second": by_name(&self.copies),
            "peak_operations_per_second": self.peak,
            "kernels": rows.collect::<Vec<_>>(),
            "costs": costs.collect::<Vec<_>>(),
        })
    }
}

impl Row {
    /// How many times as fast as another contestant the first is.
    fn times_as_fast_as(&self, other: usize) -> Option<f64> {
        let first = self.seconds.first().copied().flatten()?;
        let other = self.seconds.get(other).copied().flatten()?;
        Some(other / first)
    }

    /// The first contestant's bytes a second, or operations a second, whichever limits.
    fn rates(&self) -> (Option<f64>, Option<f64>) {
        let seconds = self.seconds.first().copied().flatten();
        match self.work {
            Work::Bytes(bytes) => (seconds.map(|s| bytes as f64 / s), None),
            Work::Operations(count) => (None, seconds.map(|s| count as f64 / s)),
            Work::Steps => (None, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::KERNELS;

    fn report() -> Report {
        let kernel = |name: &str| KERNELS.iter().find(|k| k.name == name).expect("a kernel");
        let row = |name, work, seconds: &[Option<f64>]| Row {
            kernel: kernel(name),
            size: 1,
            work,
            seconds: seconds.to_vec(),
            faults: Vec::new(),
        };
        Report {
            names: ["cuda", "vulkan", "cublas"].map(str::to_owned).to_vec(),
            copies: vec![Some(1e9), Some(2e9), None],
            peak: Some(1e12),
            aims: true,
            rows: vec![
                row(
                    "saxpy4",
                    Work::Bytes(3_000_000),
                    &[Some(2e-3), Some(4e-3), None],
                ),
                row(
                    "matmul",
                    Work::Operations(1 << 30),
                    &[Some(4e-3), Some(2e-3), Some(1e-3)],
                ),
                row("reduce", Work::Bytes(6_000_000), &[Some(2e-3), None, None]),
                row("collatz", Work::Steps, &[None, Some(1e-3), None]),
            ],
            costs: Vec::new(),
        }
    }

    /// Twice and half as fast is one; 1.5 and 3 GB/s of 2 are 1.06; cublas has one kernel.
    #[test]
    fn means_are_over_those_who_have_the_kernel() {
        let means = report().means();
        let lines: Vec<&str> = means.lines().collect();
        assert_eq!(
            lines[0],
            "1.00 times as fast as vulkan, geometric mean (aim 1.30)"
        );
        assert_eq!(lines[1], "0.25 times as fast as cublas, geometric mean");
        assert_eq!(
            lines[2],
            "1.06 of a copy's bandwidth where memory limits, geometric mean (aim 0.90)"
        );
    }

    #[test]
    fn a_row_has_what_limits_it() {
        let report = report();
        let words = |n: usize| -> Vec<String> {
            let row = report.row(&report.rows[n]);
            row.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(
            words(0)[2..],
            ["2.0000", "4.0000", "-", "2.00", "-", "1.50", "0.75", "-", "-"]
        );
        assert_eq!(words(1)[7..], ["-", "-", "0.27", "0.27"]);
        assert_eq!(words(3)[2..4], ["-", "1.0000"]);
        let lines = [report.heading(), report.row(&report.rows[0])];
        assert_eq!(lines[0].len(), lines[1].len());
    }

    #[test]
    fn the_hosts_part_of_a_dispatch_is_shown_by_itself() {
        let mut report = report();
        report.costs.push(Cost {
            name: "record",
            what: "512 dispatches",
            count: 512,
            seconds: vec![512e-6, 1024e-6],
        });
        let costs = report.costs();
        let line = costs.lines().last().expect("a line");
        assert!(line.contains("  2.00 "), "{line}");
        assert!(
            line.ends_with("host, each: 1.000 2.000 (aim: less than the last)"),
            "{line}"
        );
    }

    #[test]
    fn a_fault_is_not_right() {
        let mut report = report();
        assert!(report.is_right());
        report.rows[1]
            .faults
            .push("WRONG cublas: 1 instead of 2".into());
        assert!(!report.is_right());
        assert!(report
            .row(&report.rows[1])
            .ends_with("\n    WRONG cublas: 1 instead of 2"));
    }
}
