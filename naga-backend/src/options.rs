//! What a caller chooses, and how compilation fails.

use rdna_isa::Arch;

/// What to make code for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An AMD die.
    Amd(Arch),
    /// An NVIDIA compute capability, e.g. 80 for `sm_80`.
    Nvidia(u32),
}

impl Target {
    /// From `gfx1100`, `sm_80`, ….
    pub fn from_name(name: &str) -> Option<Target> {
        if let Some(arch) = Arch::from_name(name) {
            return Some(Target::Amd(arch));
        }
        let sm = name.strip_prefix("sm_")?.parse().ok()?;
        [75, 80, 86, 89, 90, 100, 120]
            .contains(&sm)
            .then_some(Target::Nvidia(sm))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Amd(arch) => f.write_str(arch.name()),
            Target::Nvidia(sm) => write!(f, "sm_{sm}"),
        }
    }
}

/// wgpu's runtime checks, field by field.
///
/// Loop bounding is not among them: an endless loop is defined here (it hangs, and the watchdog
/// ends it), so no counter is ever needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checks {
    /// Out-of-range indices stay within their binding or variable.
    pub bounds: bool,
    /// Integer division by zero and overflow give WGSL's values.
    pub division: bool,
}

impl Default for Checks {
    fn default() -> Checks {
        Checks {
            bounds: true,
            division: true,
        }
    }
}

/// Choices of one compilation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// What to make code for.
    pub target: Target,
    /// Which runtime checks to keep.
    pub checks: Checks,
    /// Zero workgroup variables before the entry point runs, as WGSL promises.
    pub zero_workgroup_memory: bool,
    /// Join products and sums into fused multiply-adds, as WGSL allows: the result is at least as
    /// accurate.
    pub contract: bool,
    /// Most IR instructions that inlining and unrolling may make.
    pub code_budget: u32,
}

impl Options {
    /// Everything that WGSL promises.
    pub fn new(target: Target) -> Options {
        Options {
            target,
            checks: Checks::default(),
            zero_workgroup_memory: true,
            contract: true,
            code_budget: 1 << 20,
        }
    }
}

/// Why a module does not become a kernel. None of these is a fault of the user's environment:
/// either the shader asks for what is not supported, or a limit is met.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such entry point.
    #[error("no compute entry point named `{asked}`; the module has {have}")]
    EntryPoint {
        /// Name asked for.
        asked: String,
        /// Those there are.
        have: String,
    },
    /// A construct that this target or this version does not support.
    #[error("{what} is not supported")]
    Unsupported {
        /// The construct, in WGSL's words.
        what: String,
        /// Where in the source.
        span: naga::Span,
    },
    /// A limit was met.
    #[error("{what}: {asked} asked for, at most {max}")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How much the shader asks for.
        asked: u64,
        /// How much there is.
        max: u64,
        /// Where in the source.
        span: naga::Span,
    },
    /// The compiler broke one of its own invariants: please report it with the shader.
    #[error("internal compiler error in {pass}: {what}")]
    Internal {
        /// Pass or phase.
        pass: &'static str,
        /// What was found.
        what: String,
    },
}

impl Error {
    /// Where in the source, if known.
    pub fn span(&self) -> Option<naga::Span> {
        match self {
            Error::Unsupported { span, .. } | Error::Limit { span, .. } => {
                span.is_defined().then_some(*span)
            }
            Error::EntryPoint { .. } | Error::Internal { .. } => None,
        }
    }
}
