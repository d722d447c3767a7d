//! What the table says about an opcode: the types of its columns.

use std::{collections::HashMap, sync::OnceLock};

use bitflags::bitflags;

use crate::{Gen, Op};

/// Encoding format of a row. Names are those of AMD's instruction set documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Format {
    Sop1,
    Sop2,
    Sopk,
    Sopc,
    Sopp,
    Smem,
    Vop1,
    Vop2,
    Vopc,
    Vop3,
    /// VOP3 with a scalar destination besides the vector one.
    Vop3Sd,
    Vop3p,
    /// One half of a dual instruction.
    Vopd,
    Vinterp,
    LdsDir,
    Ds,
    Mubuf,
    /// FLAT segment 0.
    Flat,
    Scratch,
    Global,
}

/// Whether an operand is written, read, or both (`v_fmac`'s accumulator, returning atomics' none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Role {
    Def,
    Use,
    DefUse,
}

/// What may stand in an operand's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A vector register.
    Vgpr,
    /// A scalar register (destinations; sources that take no constants, such as SBASE).
    Sgpr,
    /// A scalar source: scalar register, constant, special, literal.
    Ssrc,
    /// A vector source: all of `Ssrc` and vector registers.
    Src,
    /// A wave-wide lane mask: scalar register (one dword in wave32).
    Mask,
    /// A vector register or `off`.
    VgprOrOff,
    /// A scalar register, constant offset or `off`.
    SgprOrOff,
    /// SIMM16 or another field of the instruction.
    Imm,
    /// The trailing 32-bit literal itself (`v_fmaak_f32`'s K).
    Literal,
}

/// How the bits of an operand are read, which decides inline constants and modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Ty {
    B8,
    B16,
    I16,
    U16,
    F16,
    Bf16,
    B32,
    I32,
    U32,
    F32,
    B64,
    I64,
    U64,
    F64,
    B96,
    B128,
    B256,
    B512,
    /// Two 16-bit integers.
    Pk16,
    /// Two halves.
    PkF16,
    /// Two bfloat16.
    PkBf16,
    /// The low half of a register; what is written keeps the high half.
    Lo16,
    /// The high half of a register; what is written keeps the low half.
    Hi16,
    /// A lane mask.
    Mask,
}

impl Ty {
    /// Registers that a value of this type takes.
    pub const fn dwords(self) -> u8 {
        match self {
            Ty::B8 | Ty::B16 | Ty::I16 | Ty::U16 | Ty::F16 | Ty::Bf16 => 1,
            Ty::B32 | Ty::I32 | Ty::U32 | Ty::F32 | Ty::Pk16 | Ty::PkF16 | Ty::PkBf16 => 1,
            Ty::Lo16 | Ty::Hi16 | Ty::Mask => 1,
            Ty::B64 | Ty::I64 | Ty::U64 | Ty::F64 => 2,
            Ty::B96 => 3,
            Ty::B128 => 4,
            Ty::B256 => 8,
            Ty::B512 => 16,
        }
    }

    /// Whether it is computed with as a floating-point number.
    pub const fn is_float(self) -> bool {
        matches!(
            self,
            Ty::F16 | Ty::Bf16 | Ty::F32 | Ty::F64 | Ty::PkF16 | Ty::PkBf16
        )
    }

    /// Whether a vector register of this type is named by half (`v1.l`, `v1.h`).
    pub const fn is_half(self) -> bool {
        matches!(self, Ty::B16 | Ty::I16 | Ty::U16 | Ty::F16 | Ty::Bf16)
    }
}

/// One operand column of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperandInfo {
    /// Read, written or both.
    pub role: Role,
    /// What may stand here.
    pub kind: Kind,
    /// How it is read.
    pub ty: Ty,
    /// Number of consecutive registers; 0 for immediates.
    pub dwords: u8,
}

bitflags! {
    /// Architectural state that an instruction touches without naming it, and the few properties
    /// that the other columns do not tell.
    ///
    /// A mask that assembler text names is an operand, also where the base form can only name VCC
    /// (`v_add_co_ci_u32_e32`, VOPC); VCC here is a use that the text does not show.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Implicit: u32 {
        #[allow(missing_docs)] const READ_SCC = 1;
        #[allow(missing_docs)] const WRITE_SCC = 1 << 1;
        #[allow(missing_docs)] const READ_VCC = 1 << 2;
        #[allow(missing_docs)] const WRITE_VCC = 1 << 3;
        #[allow(missing_docs)] const READ_EXEC = 1 << 4;
        #[allow(missing_docs)] const WRITE_EXEC = 1 << 5;
        #[allow(missing_docs)] const READ_M0 = 1 << 6;
        #[allow(missing_docs)] const READ_MODE = 1 << 7;
        #[allow(missing_docs)] const WRITE_MODE = 1 << 8;
        #[allow(missing_docs)] const WRITE_PC = 1 << 9;
        /// Memory is read.
        const LOAD = 1 << 10;
        /// Memory is written.
        const STORE = 1 << 11;
        /// Read-modify-write; with a result only in the `_rtn`/GLC form.
        const ATOMIC = 1 << 12;
        /// Result comes from the transcendental unit (hazards and latency).
        const TRANS = 1 << 13;
        /// A vector instruction that works on lanes regardless of EXEC.
        const IGNORES_EXEC = 1 << 14;
        /// `clamp` saturates an integer or packed result.
        const CLAMP = 1 << 15;
        /// Takes neither `omod` nor `clamp`, although the result is a number.
        const NO_OMOD = 1 << 16;
        /// A VOP1 or VOP2 row without a 64-bit form.
        const NO_E64 = 1 << 17;
        /// Without DPP forms, although the operands would fit.
        const NO_DPP = 1 << 18;
    }
}

/// Instruction class, for statistics and for the wait counter that an instruction uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Class {
    Salu,
    Valu,
    /// rcp, rsq, sqrt, exp, log, sin, cos.
    Trans,
    Vopd,
    Smem,
    /// Buffer, global and flat loads and returning atomics.
    VmemLoad,
    VmemStore,
    VmemAtomic,
    ScratchLoad,
    ScratchStore,
    Lds,
    Branch,
    /// Barriers and barrier waits.
    Barrier,
    /// Wait counters, `s_delay_alu`, `s_nop`, `s_clause`: no work of their own.
    Wait,
    /// Cache control and messages.
    Control,
    Wmma,
}

/// A row of the table.
#[derive(Debug)]
pub struct OpInfo {
    /// The opcode.
    pub op: Op,
    /// LLVM's mnemonic per generation, without `_e32`/`_e64`; `None` where it does not exist.
    pub name: [Option<&'static str>; 2],
    /// Opcode number within the format, per generation.
    pub opcode: [Option<u16>; 2],
    /// Encoding format. A VOP2 row whose opcode is above 0xff has, on that generation, only its
    /// VOP3 form, with that opcode.
    pub format: Format,
    /// Explicit operands in printing order.
    pub operands: &'static [OperandInfo],
    /// What else it touches.
    pub implicit: Implicit,
    /// Class for statistics.
    pub class: Class,
}

impl OpInfo {
    /// Mnemonic on `gen`, if the instruction exists there.
    pub fn name(&self, gen: Gen) -> Option<&'static str> {
        self.name[gen as usize]
    }

    /// Opcode number on `gen`, if the instruction exists there.
    pub fn opcode(&self, gen: Gen) -> Option<u16> {
        self.opcode[gen as usize]
    }
}

impl Op {
    /// Its row of the table.
    pub fn info(self) -> &'static OpInfo {
        &crate::table::ROWS[self as usize]
    }

    /// Every opcode, in table order.
    pub fn all() -> impl Iterator<Item = Op> {
        crate::table::ROWS.iter().map(|row| row.op)
    }

    /// The instruction that assembler text calls `name` (without `_e32` and the like) on `gen`.
    pub fn from_name(gen: Gen, name: &str) -> Option<Op> {
        static INDEX: OnceLock<[HashMap<&'static str, Op>; 2]> = OnceLock::new();
        let index = INDEX.get_or_init(|| {
            [Gen::Gfx11, Gen::Gfx12].map(|gen| {
                crate::table::ROWS
                    .iter()
                    .filter_map(|row| Some((row.name(gen)?, row.op)))
                    .collect()
            })
        });
        index[gen as usize].get(name).copied()
    }
}
