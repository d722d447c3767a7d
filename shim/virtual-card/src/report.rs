//! What a real card would not have taken.
//!
//! Blocks do what hardware does with a wrong order or a missing field (often nothing), and say
//! here what they saw. Strict mode's findings about running waves end up here too.

use std::sync::{Arc, Mutex};

use crate::trace::Trace;

/// Entries kept; a broken client repeats itself.
const LIMIT: usize = 256;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Block that found it: `psp`, `gmc`, `cp`, ….
    pub block: &'static str,
    /// What was wrong and what was expected.
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.block, self.what)
    }
}

/// All findings, each once.
pub(crate) struct Report {
    findings: Mutex<Vec<Finding>>,
    trace: Arc<Trace>,
}

impl Report {
    /// An empty report, whose entries also go to a trace.
    pub fn new(trace: Arc<Trace>) -> Report {
        Report {
            findings: Mutex::default(),
            trace,
        }
    }

    /// Adds a finding, unless it is there or the report is full.
    pub fn add(&self, block: &'static str, what: impl Into<String>) {
        let finding = Finding {
            block,
            what: what.into(),
        };
        let mut findings = self.findings.lock().unwrap_or_else(|e| e.into_inner());
        if findings.len() < LIMIT && !findings.contains(&finding) {
            log::warn!("virtual card: {finding}");
            self.trace.line(format_args!("finding {finding}"));
            findings.push(finding);
        }
    }

    /// The findings so far.
    pub fn findings(&self) -> Vec<Finding> {
        self.findings
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .clone()
    }
}
