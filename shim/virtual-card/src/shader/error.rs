//! Why a dispatch ended without completing.

use thiserror::Error;

use super::memory::MemoryFault;

/// Where a wave stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Virtual address of the instruction.
    pub pc: u64,
    /// Workgroup id.
    pub group: [u32; 3],
    /// Wave within the workgroup.
    pub wave: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [x, y, z] = self.group;
        write!(
            f,
            "at pc {:#x} in workgroup {x},{y},{z} wave {}",
            self.pc, self.wave
        )
    }
}

/// A rule of the hardware that strict mode saw broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViolationKind {
    /// A register was read while a load into it was outstanding.
    ReadBeforeWait,
    /// A register was written while a load into it was outstanding.
    WriteBeforeWait,
    /// An outcome depends on a register or LDS word that was never written.
    Uninitialized,
    /// One of the hazards that software must avoid; the text names it.
    Hazard,
    /// LDS was touched by two waves, one of them writing, without a barrier between.
    LdsRace,
    /// A barrier was reached with accesses outstanding that the barrier does not order.
    BarrierBeforeWait,
    /// `s_clause` announced more, other or fewer instructions than allowed.
    Clause,
    /// A wave ended or freed its registers with work outstanding that needs them.
    EndBeforeWait,
}

/// A broken rule, with enough to find it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind:?} {place}: {instruction}: {detail}")]
pub struct Violation {
    /// Which rule.
    pub kind: ViolationKind,
    /// Where.
    pub place: Place,
    /// The instruction in LLVM's syntax.
    pub instruction: String,
    /// The register or address concerned and what was expected.
    pub detail: String,
}

/// Why a dispatch did not complete.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WaveError {
    /// The program holds something that this card cannot execute.
    #[error("illegal instruction {place}: {words:08x?}: {why}")]
    IllegalInstruction {
        /// Where.
        place: Place,
        /// The dwords there.
        words: Vec<u32>,
        /// What is wrong with them.
        why: String,
    },
    /// A wave touched memory that it may not.
    #[error("memory fault {place}, lane {lane:?}: {fault}")]
    MemoryFault {
        /// Where.
        place: Place,
        /// First lane concerned; none for scalar accesses and instruction fetch.
        lane: Option<u32>,
        /// What the translation said.
        fault: MemoryFault,
    },
    /// An access to LDS or scratch outside what the wave owns, or misaligned where that matters.
    #[error("bad address {place}, lane {lane}: {why}")]
    BadAddress {
        /// Where.
        place: Place,
        /// First lane concerned.
        lane: u32,
        /// The address and the limit.
        why: String,
    },
    /// The registers describe a dispatch that cannot run.
    #[error("bad dispatch: {0}")]
    BadDispatch(String),
    /// `s_trap`, or another request for a trap handler that is not there.
    #[error("trap {id} {place}")]
    Trap {
        /// Trap number.
        id: u32,
        /// Where.
        place: Place,
    },
    /// Strict mode saw a rule broken.
    #[error("strict: {0}")]
    Violation(Box<Violation>),
    /// The kill flag was raised.
    #[error("waves killed")]
    Killed,
    /// The configured number of instructions was used up.
    #[error("a wave issued {limit} instructions without ending ({place})")]
    StepLimit {
        /// Where it was then.
        place: Place,
        /// The configured limit.
        limit: u64,
    },
    /// Some waves of a workgroup wait at a barrier that others will never reach.
    #[error("barrier deadlock {place}: {waiting} of {waves} waves wait")]
    BarrierDeadlock {
        /// A wave that waits.
        place: Place,
        /// Waves at the barrier.
        waiting: u32,
        /// Waves of the workgroup.
        waves: u32,
    },
}
