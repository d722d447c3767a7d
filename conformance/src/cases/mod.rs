//! The conformance cases: small shaders with what the WGSL specification lets
//! them leave in their buffers. Most are *sweeps*, one expression over many
//! rows of operands; the rest are whole programs. Expected values are computed
//! here, in wider arithmetic, and share nothing with the interpreter or the
//! compiler.

mod arithmetic;
mod atomics;
mod bits;
mod builtins;
mod comparison;
mod control;
mod conversion;
mod layout;
mod math;
mod memory;
mod packing;
mod program;
mod subgroups;
mod sweep;
mod values;
mod vectors;

use crate::accuracy::Interval;
use crate::device::{Feature, Invocation, Judge};
use crate::scalar::Sc;

/// What the specification lets a scalar be.
#[derive(Clone, Debug, PartialEq)]
pub enum Allowed {
    /// Anything.
    Any,
    /// One of these bit patterns.
    Bits(Vec<u64>),
    /// A float of this interval.
    Within(Interval),
}

/// What is expected of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// By the specification.
    pub allowed: Allowed,
    /// By IEEE arithmetic, where it says more. Any NaN stands for any other.
    pub ieee: Option<u64>,
}

impl Expect {
    /// Anything goes.
    pub fn any() -> Expect {
        Expect {
            allowed: Allowed::Any,
            ieee: None,
        }
    }

    /// These bits only.
    pub fn bits(bits: u64) -> Expect {
        Expect {
            allowed: Allowed::Bits(vec![bits]),
            ieee: None,
        }
    }

    /// One of several.
    pub fn one_of(bits: impl IntoIterator<Item = u64>) -> Expect {
        Expect {
            allowed: Allowed::Bits(bits.into_iter().collect()),
            ieee: None,
        }
    }

    /// A float in an interval.
    pub fn within(interval: Interval) -> Expect {
        let allowed = if interval.is_any() {
            Allowed::Any
        } else {
            Allowed::Within(interval)
        };
        Expect {
            allowed,
            ieee: None,
        }
    }

    /// Adds what IEEE arithmetic gives.
    pub fn ieee(mut self, bits: u64) -> Expect {
        self.ieee = Some(bits);
        self
    }

    /// Whether `got` is as expected.
    pub fn accepts(&self, got: u64, sc: Sc, judge: Judge) -> bool {
        if let (Judge::Ieee, Some(ieee)) = (judge, self.ieee) {
            let nan = |x: u64| values::to_f64(sc, x).is_some_and(f64::is_nan);
            return got == ieee || (nan(got) && nan(ieee));
        }
        match &self.allowed {
            Allowed::Any => true,
            Allowed::Bits(bits) => bits.contains(&got),
            Allowed::Within(interval) => {
                values::to_f64(sc, got).is_some_and(|x| interval.accepts(x))
            }
        }
    }

    /// For reports.
    pub fn describe(&self, sc: Sc, judge: Judge) -> String {
        if let (Judge::Ieee, Some(ieee)) = (judge, self.ieee) {
            return values::show(sc, ieee);
        }
        match &self.allowed {
            Allowed::Any => "anything".into(),
            Allowed::Bits(bits) => {
                let few: Vec<String> = bits.iter().take(4).map(|&b| values::show(sc, b)).collect();
                few.join(" or ") + if bits.len() > 4 { " or …" } else { "" }
            }
            Allowed::Within(i) => format!("{:e} to {:e}", i.lo, i.hi),
        }
    }
}

/// A scalar in a buffer, and what it must be.
#[derive(Clone, Debug)]
pub struct Cell {
    /// (group, binding).
    pub buffer: (u32, u32),
    /// Byte offset.
    pub offset: usize,
    /// Its type there.
    pub sc: Sc,
    /// What it must be.
    pub expect: Expect,
    /// The case it belongs to, of the job's.
    pub case: usize,
}

/// A dispatch that tests one or many cases.
pub struct Job {
    /// Group of cases.
    pub group: &'static str,
    /// What is tested.
    pub name: String,
    /// What the device must be able to do.
    pub needs: Vec<Feature>,
    /// The dispatch.
    pub invocation: Invocation,
    /// Everything that is checked.
    pub cells: Vec<Cell>,
    /// How many cases the cells belong to.
    pub cases: usize,
    /// Describes the operands of a case.
    pub describe: Box<dyn Fn(usize) -> String>,
}

/// Takes jobs as they are made; a name that is not wanted need not be made.
pub struct Sink<'a> {
    group: &'static str,
    wanted: &'a dyn Fn(&str, &str) -> bool,
    take: &'a mut dyn FnMut(Job),
}

impl Sink<'_> {
    /// Whether a job of that name is wanted.
    pub fn wants(&self, name: &str) -> bool {
        (self.wanted)(self.group, name)
    }

    /// Hands a job over.
    pub fn push(&mut self, job: Job) {
        (self.take)(job);
    }
}

pub use values::show;

type Generate = fn(&mut Sink);

/// Every group: name, what it covers, and what makes its jobs.
pub const GROUPS: &[(&str, &str, Generate)] = &[
    (
        "arithmetic",
        "+ - * / % and negation of every numeric type",
        arithmetic::generate,
    ),
    (
        "comparison",
        "== != < <= > >=, logic, select",
        comparison::generate,
    ),
    (
        "bits",
        "bitwise operators, shifts and bit functions",
        bits::generate,
    ),
    (
        "conversion",
        "T(x) between all types, bitcast",
        conversion::generate,
    ),
    (
        "math",
        "mathematical built-in functions within WGSL's accuracy",
        math::generate,
    ),
    (
        "vectors",
        "vector and matrix expressions",
        vectors::generate,
    ),
    (
        "packing",
        "pack, unpack and packed dot products",
        packing::generate,
    ),
    (
        "layout",
        "structs, arrays and matrices in memory",
        layout::generate,
    ),
    (
        "control",
        "control flow, functions and pointers",
        control::generate,
    ),
    (
        "memory",
        "dynamic indices, robust access, zero initialisation",
        memory::generate,
    ),
    ("atomics", "atomics, barriers, coherence", atomics::generate),
    (
        "builtins",
        "built-in values, overrides, immediates",
        builtins::generate,
    ),
    (
        "subgroups",
        "subgroup and quad operations",
        subgroups::generate,
    ),
];

/// Makes the jobs that are wanted (by group and name), in order.
pub fn jobs(wanted: &dyn Fn(&str, &str) -> bool, take: &mut dyn FnMut(Job)) {
    for &(group, _, generate) in GROUPS {
        generate(&mut Sink {
            group,
            wanted,
            take,
        });
    }
}
