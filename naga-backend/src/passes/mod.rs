//! What improves a kernel between lowering and the back ends.
//!
//! [`optimize`] is a straight list of passes, each in a file of its own, each leaving a kernel
//! that the verifier accepts (in debug builds it is asked after every pass). Two rules hold for
//! all of them. An endless loop is defined behaviour: no pass relies on a loop's ending, neither
//! by removing one without effects nor by using after it what only its exit would tell. And an
//! access never leaves its binding or variable: a check goes only where it is proved needless
//! wherever the access may then run.

mod batch;
mod compact;
mod contract;
mod copy;
mod dce;
mod edit;
mod eval;
mod facts;
mod fold;
mod gvn;
mod interval;
mod licm;
mod promote;
mod range;
mod simplify_cf;
mod uniformity;
mod uniforms;
mod unroll;
mod version;
mod widen;
mod workgroup_init;

use std::time::{Duration, Instant};

pub use interval::Range;
pub use range::Ranges;
pub use uniformity::{Extent, Uniformity};

use crate::debug::{self, Topic};
use crate::kernel::{Kernel, Step, Walk};
use crate::options::{Error, Options, Target};

/// Most constructs around an instruction.
pub const MAX_NESTING: usize = 4096;

/// Changes a kernel; says whether it did.
type Pass = fn(&mut Kernel) -> bool;

/// Every pass by name.
const PASSES: [(&str, Pass); 16] = [
    ("batch", batch::run),
    ("compact", compact::run),
    ("contract", contract::run),
    ("dce", dce::run),
    ("fold", fold::run),
    ("gvn", gvn::run),
    ("licm", licm::run),
    ("promote", promote::run),
    ("range", range::run),
    ("simplify-cf", simplify_cf::run),
    ("uniforms", uniforms::run),
    ("unroll", unroll::run),
    ("version", version::run),
    ("version-clamps", version::run_clamps),
    ("widen", widen::run),
    ("workgroup-init", workgroup_init::run),
];

/// What [`optimize`] runs, in order.
pub const PIPELINE: [&str; 31] = [
    "fold",
    "promote",
    "dce",
    "fold",
    "simplify-cf",
    "gvn",
    "range",
    "unroll",
    // Constant trip numbers make constant addresses, conditions and indices of arrays.
    "fold",
    "promote",
    "simplify-cf",
    "dce",
    "fold",
    "gvn",
    // Addresses without clamps show their constant parts, which then move into the accesses.
    "range",
    "fold",
    "simplify-cf",
    "gvn",
    "range",
    "licm",
    "version",
    "version-clamps",
    "batch",
    "uniforms",
    "gvn",
    "widen",
    "contract",
    "workgroup-init",
    "fold",
    "dce",
    "compact",
];

/// Names of all passes.
pub fn names() -> impl Iterator<Item = &'static str> {
    PASSES.iter().map(|&(name, _)| name)
}

/// Runs one pass by name, for tests and for people; `None` if there is no such pass.
pub fn run_pass(kernel: &mut Kernel, name: &str) -> Option<bool> {
    let (_, pass) = PASSES.iter().find(|(n, _)| *n == name)?;
    Some(pass(kernel))
}

/// Time of each pass, in order.
pub type Times = Vec<(&'static str, Duration)>;

/// Improves a kernel.
///
/// Fails where constructs nest beyond [`MAX_NESTING`], and with [`Error::Internal`] where the
/// kernel that comes in, or one that a pass leaves, is not well formed.
pub fn optimize(kernel: &mut Kernel, options: &Options) -> Result<(), Error> {
    optimize_timed(kernel, options, &mut Times::new())
}

/// As [`optimize`]; appends the time that each pass takes.
pub fn optimize_timed(
    kernel: &mut Kernel,
    options: &Options,
    times: &mut Times,
) -> Result<(), Error> {
    check_nesting(kernel)?;
    let mut run = Run { kernel, times };
    run.verify("lowering")?;
    if debug::on(Topic::Passes) {
        eprintln!("; before passes\n{}", run.kernel);
    }
    for name in PIPELINE {
        let amd = matches!(options.target, Target::Amd(_));
        let wanted = match name {
            // ptxas joins products and sums itself, and sees which pay.
            "contract" => options.contract && amd,
            // AMD's buffer descriptors check at no cost.
            "version" => !amd,
            "version-clamps" => amd,
            // It asks for loads without checks.
            "batch" => !amd,
            // AMD loads them at little cost into scalar registers, of which there are few.
            "uniforms" => !amd,
            _ => true,
        };
        if wanted {
            run.pass(name)?;
        }
    }
    if debug::on(Topic::Ir) {
        eprintln!("; after all passes\n{}", run.kernel);
    }
    Ok(())
}

struct Run<'k> {
    kernel: &'k mut Kernel,
    times: &'k mut Times,
}

impl Run<'_> {
    fn pass(&mut self, name: &'static str) -> Result<(), Error> {
        let Some((_, pass)) = PASSES.iter().find(|(n, _)| *n == name) else {
            return Err(Error::Internal {
                pass: name,
                what: "no such pass".into(),
            });
        };
        let begin = Instant::now();
        let changed = pass(self.kernel);
        self.times.push((name, begin.elapsed()));
        if changed && debug::on(Topic::Passes) {
            eprintln!("; after {name}\n{}", self.kernel);
        }
        self.verify(name)
    }

    /// Debug builds only: a pass that breaks a kernel is named at once.
    fn verify(&self, pass: &'static str) -> Result<(), Error> {
        if cfg!(debug_assertions) {
            self.kernel.verify().map_err(|errors| Error::Internal {
                pass,
                what: errors.to_string(),
            })?;
        }
        Ok(())
    }
}

fn check_nesting(kernel: &Kernel) -> Result<(), Error> {
    let mut walk = Walk::new(kernel);
    let mut depth = 0;
    while let Some(step) = walk.next(kernel) {
        if let Step::Enter(..) = step {
            depth = depth.max(walk.depth());
        }
    }
    if depth > MAX_NESTING {
        return Err(Error::Limit {
            what: "nested control flow",
            asked: depth as u64,
            max: MAX_NESTING as u64,
            span: naga::Span::UNDEFINED,
        });
    }
    Ok(())
}
