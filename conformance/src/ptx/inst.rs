//! Decoded instructions.
//!
//! A register is a number into one file of 64-bit slots, which hold raw bits, zero extended;
//! predicates are masks over the lanes of a warp. What an instruction computes is a pure function
//! on raw bits, chosen once by opcode and type.

use std::sync::Arc;

use super::approx::Approx;

/// A module, decoded.
#[derive(Clone, Debug)]
pub struct Module {
    /// `.target`, e.g. 80.
    pub target: u32,
    /// `.version`, major and minor.
    pub version: (u32, u32),
    /// Entry points.
    pub entries: Vec<Arc<Entry>>,
}

/// An entry point, decoded.
#[derive(Debug)]
pub struct Entry {
    /// Symbol.
    pub name: String,
    /// Bytes of parameters.
    pub parameter_bytes: u32,
    /// `.reqntid`.
    pub workgroup_size: [u32; 3],
    /// Bytes of workgroup memory that the text declares.
    pub static_shared: u32,
    /// Whether more may be given at launch.
    pub has_dynamic_shared: bool,
    /// Bytes of local memory for a lane.
    pub local_bytes: u32,
    pub(super) registers: Vec<String>,
    pub(super) predicates: Vec<String>,
    pub(super) code: Vec<Inst>,
    pub(super) source: Arc<str>,
}

/// An instruction.
#[derive(Clone, Debug)]
pub(super) struct Inst {
    /// Predicate, and whether it is negated.
    pub guard: Option<(u32, bool)>,
    pub op: Op,
    pub line: u32,
}

/// Number of a register.
pub(super) type Reg = u32;
/// Number of a predicate.
pub(super) type Pred = u32;

/// A source of up to 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Reg(Reg),
    Bits(u64),
    Special(Special),
}

/// A source that is a truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Pred(Pred, bool),
    Const(bool),
}

/// Special registers (PTX ISA, section 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Tid(u8),
    Ntid(u8),
    Ctaid(u8),
    Nctaid(u8),
    LaneId,
    WarpId,
    LaneMaskEq,
    LaneMaskLe,
    LaneMaskLt,
    LaneMaskGe,
    LaneMaskGt,
    Clock,
    GlobalTimer,
}

/// State spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Global,
    Shared,
    Local,
    Param,
}

impl Space {
    pub(super) fn name(self) -> &'static str {
        match self {
            Space::Global => "global",
            Space::Shared => "shared",
            Space::Local => "local",
            Space::Param => "param",
        }
    }
}

/// Register or constant plus constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub base: Source,
    pub offset: i64,
}

/// `vote.sync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vote {
    All,
    Any,
    Uni,
}

/// `shfl.sync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shuffle {
    Up,
    Down,
    Bfly,
    Idx,
}

/// `.and`, `.or`, `.xor` of `setp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combine {
    And,
    Or,
    Xor,
}

/// What an instruction does.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Map1(fn(u64) -> u64, Reg, Source),
    Map2(fn(u64, u64) -> u64, Reg, [Source; 2]),
    Map3(fn(u64, u64, u64) -> u64, Reg, [Source; 3]),
    Map4(fn(u64, u64, u64, u64) -> u64, Reg, [Source; 4]),
    /// `cvt`, whose result keeps these bits of 64.
    Convert(fn(u64) -> u64, Reg, Source, u64),
    Approx(Approx, Reg, [Source; 2]),
    /// Parts of so many bits each, the first lowest.
    Pack(Reg, Vec<Source>, u32),
    Unpack(Vec<Option<Reg>>, Source, u32),
    /// Comparison, complement (`p|q`), combination with a third truth value.
    Compare {
        f: fn(u64, u64) -> bool,
        d: Option<Pred>,
        complement: Option<Pred>,
        args: [Source; 2],
        combine: Option<(Combine, Truth)>,
    },
    Select(Reg, [Source; 2], Truth),
    /// On masks.
    PredMap(fn(u32, u32) -> u32, Pred, [Truth; 2]),
    Load {
        space: Space,
        bytes: u32,
        /// Of a signed type: what it is sign extended from.
        signed: bool,
        /// `.nc`: nothing writes the memory during the launch.
        constant: bool,
        /// Registers, with the bits that they keep.
        d: Vec<Option<(Reg, u64)>>,
        address: Address,
    },
    Store {
        space: Space,
        bytes: u32,
        values: Vec<Source>,
        address: Address,
    },
    /// Old value and two operands to the new value.
    Atomic {
        space: Space,
        bytes: u32,
        f: fn(u64, u64, u64) -> u64,
        d: Option<Reg>,
        address: Address,
        args: [Source; 2],
    },
    ActiveMask(Reg),
    Vote(Vote, Pred, Truth, Source),
    Ballot(Reg, Truth, Source),
    Shuffle {
        kind: Shuffle,
        d: Reg,
        valid: Option<Pred>,
        args: [Source; 3],
        mask: Source,
    },
    /// `match.any.sync`.
    MatchAny(Reg, Source, Source),
    /// `redux.sync`.
    Redux(fn(u64, u64) -> u64, Reg, Source, Source),
    /// `bar.sync n`.
    Barrier(u32),
    /// `bar.warp.sync mask`.
    WarpBarrier(Source),
    /// Orders memory: everything is in order here.
    Fence,
    Branch(u32),
    Return,
    Trap,
}
