//! The value types of an instruction: architecture, operands, modifiers.
//!
//! An [`Inst`] is what stands between the assembler text and the bits: an opcode, the chosen
//! encoding form, its explicit operands in LLVM's printing order (results first), and modifiers.
//! It is plain data; whether a combination is encodable is decided by the encoder.

use arrayvec::ArrayVec;

use crate::Op;

/// Encoding generation: the two differ in opcode numbers and in some instruction formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gen {
    /// RDNA3.
    Gfx11,
    /// RDNA4.
    Gfx12,
}

/// A die's instruction set as LLVM names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Arch {
    Gfx1100,
    Gfx1101,
    Gfx1102,
    Gfx1200,
    Gfx1201,
}

impl Arch {
    /// Every architecture, oldest first.
    pub const ALL: [Arch; 5] = [
        Arch::Gfx1100,
        Arch::Gfx1101,
        Arch::Gfx1102,
        Arch::Gfx1200,
        Arch::Gfx1201,
    ];

    /// The encoding generation.
    pub fn gen(self) -> Gen {
        match self {
            Arch::Gfx1100 | Arch::Gfx1101 | Arch::Gfx1102 => Gen::Gfx11,
            Arch::Gfx1200 | Arch::Gfx1201 => Gen::Gfx12,
        }
    }

    /// LLVM's processor name.
    pub fn name(self) -> &'static str {
        match self {
            Arch::Gfx1100 => "gfx1100",
            Arch::Gfx1101 => "gfx1101",
            Arch::Gfx1102 => "gfx1102",
            Arch::Gfx1200 => "gfx1200",
            Arch::Gfx1201 => "gfx1201",
        }
    }

    /// The reverse of [`Arch::name`].
    pub fn from_name(name: &str) -> Option<Arch> {
        Arch::ALL.into_iter().find(|a| a.name() == name)
    }

    /// `EF_AMDGPU_MACH_*`, the low byte of an AMDGPU ELF header's `e_flags` (LLVM AMDGPUUsage).
    pub fn elf_mach(self) -> u32 {
        match self {
            Arch::Gfx1100 => 0x41,
            Arch::Gfx1101 => 0x46,
            Arch::Gfx1102 => 0x47,
            Arch::Gfx1200 => 0x48,
            Arch::Gfx1201 => 0x4e,
        }
    }

    /// The reverse of [`Arch::elf_mach`]; `flags` may carry the other `e_flags` bits.
    pub fn from_elf_flags(flags: u32) -> Option<Arch> {
        Arch::ALL.into_iter().find(|a| a.elf_mach() == flags & 0xff)
    }
}

/// A scalar register by its 7-bit hardware code.
///
/// 0–105 are general; the named ones follow. Pairs and larger tuples are named by their first
/// register, and the instruction's row says how many dwords it covers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sreg(pub u8);

#[allow(missing_docs)]
impl Sreg {
    pub const VCC_LO: Sreg = Sreg(106);
    pub const VCC_HI: Sreg = Sreg(107);
    /// First of `ttmp0..=ttmp15`: trap temporaries; gfx12 puts workgroup ids in ttmp7 and ttmp9.
    pub const TTMP0: Sreg = Sreg(108);
    pub const TTMP7: Sreg = Sreg(115);
    pub const TTMP8: Sreg = Sreg(116);
    pub const TTMP9: Sreg = Sreg(117);
    /// Reads as zero, ignores writes.
    pub const NULL: Sreg = Sreg(124);
    pub const M0: Sreg = Sreg(125);
    pub const EXEC_LO: Sreg = Sreg(126);
    pub const EXEC_HI: Sreg = Sreg(127);
    /// Number of general scalar registers.
    pub const GENERAL: u8 = 106;
}

impl std::fmt::Debug for Sreg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Sreg::VCC_LO => f.write_str("vcc_lo"),
            Sreg::VCC_HI => f.write_str("vcc_hi"),
            Sreg::NULL => f.write_str("null"),
            Sreg::M0 => f.write_str("m0"),
            Sreg::EXEC_LO => f.write_str("exec_lo"),
            Sreg::EXEC_HI => f.write_str("exec_hi"),
            Sreg(n) if n >= 108 => write!(f, "ttmp{}", n - 108),
            Sreg(n) => write!(f, "s{n}"),
        }
    }
}

/// One explicit operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// The first of as many vector registers as the row says.
    Vgpr(u8),
    /// One half of a vector register (gfx11+ "true16" forms): `hi` picks bits 31:16.
    Vgpr16 {
        /// Register number.
        reg: u8,
        /// Bits 31:16 rather than 15:0.
        hi: bool,
    },
    /// The first of as many scalar registers as the row says.
    Sgpr(Sreg),
    /// An inline constant by its source code: 128–192 are 0..=64, 193–208 are -1..=-16,
    /// 240–248 are 0.5 -0.5 1 -1 2 -2 4 -4 1/(2π).
    Inline(u8),
    /// A source that is neither register nor constant, by its source code: 235–238 the shared and
    /// private apertures, 253 SCC.
    Special(u8),
    /// A 32-bit literal that follows the instruction.
    Literal(u32),
    /// A field of the instruction itself: SIMM16, a branch distance in dwords, a wait count, a
    /// hardware register selector.
    Imm(i32),
    /// An address or offset register that is absent (`off`, or a MUBUF without VADDR).
    Off,
}

impl Operand {
    /// Scalar condition code as a source.
    pub const SCC: Operand = Operand::Special(253);
    /// `vcc_lo`, the wave32 condition mask.
    pub const VCC: Operand = Operand::Sgpr(Sreg::VCC_LO);
    /// `exec_lo`, the wave32 execution mask.
    pub const EXEC: Operand = Operand::Sgpr(Sreg::EXEC_LO);
    /// `null`.
    pub const NULL: Operand = Operand::Sgpr(Sreg::NULL);

    /// A general scalar register.
    pub fn s(n: u8) -> Operand {
        Operand::Sgpr(Sreg(n))
    }

    /// A vector register.
    pub fn v(n: u8) -> Operand {
        Operand::Vgpr(n)
    }

    /// An integer source: inline where the hardware has the constant, a literal otherwise.
    pub fn int(value: i32) -> Operand {
        match value {
            0..=64 => Operand::Inline(128 + value as u8),
            -16..=-1 => Operand::Inline((192 - value) as u8),
            _ => Operand::Literal(value as u32),
        }
    }

    /// A source with these 32 bits: an inline integer or 32-bit float constant where one has
    /// exactly these bits, a literal otherwise. Only for sources of 32-bit operations.
    pub fn bits32(bits: u32) -> Operand {
        match bits {
            0x3f00_0000 => Operand::Inline(240),
            0xbf00_0000 => Operand::Inline(241),
            0x3f80_0000 => Operand::Inline(242),
            0xbf80_0000 => Operand::Inline(243),
            0x4000_0000 => Operand::Inline(244),
            0xc000_0000 => Operand::Inline(245),
            0x4080_0000 => Operand::Inline(246),
            0xc080_0000 => Operand::Inline(247),
            0x3e22_f983 => Operand::Inline(248),
            _ => Operand::int(bits as i32),
        }
    }
}

/// How the opcode is encoded where there is a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The row's own format (VOP1, VOP2, VOPC, SOP2, DS, …): LLVM's `_e32` for vector ones.
    Base,
    /// A VOP1, VOP2 or VOPC instruction in VOP3's 64 bits (`_e64`): any source may be scalar,
    /// modifiers are allowed, a compare may name its destination.
    E64,
    /// Base with a DPP16 control dword (row operations).
    Dpp16,
    /// Base with a DPP8 control dword (arbitrary permutation of eight lanes).
    Dpp8,
    /// VOP3 with a DPP16 control dword.
    E64Dpp16,
    /// VOP3 with a DPP8 control dword.
    E64Dpp8,
    /// One half of a [`Packet::Dual`].
    Vopd,
}

/// Data-parallel primitive control of a DPP form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dpp {
    /// DPP16: the 9-bit `dpp_ctrl`. DPP8: 24 bits, three a lane.
    pub ctrl: u32,
    /// DPP16: rows that are written (4 bits).
    pub row_mask: u8,
    /// DPP16: banks that are written (4 bits).
    pub bank_mask: u8,
    /// DPP16: out-of-range source lanes read as zero rather than disabling the write.
    pub bound_ctrl: bool,
    /// Read from inactive lanes too.
    pub fi: bool,
}

/// Everything of an instruction besides opcode and operands.
///
/// The default is "no modifier"; for VOP3P rows construct with [`Mods::packed`], whose `op_sel_hi`
/// is all ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mods {
    /// Negate source *i* (bit *i*); low halves for VOP3P.
    pub neg: u8,
    /// Absolute value of source *i*; VOP3P: negate high half.
    pub abs: u8,
    /// Half select: source *i* (bit *i*), destination (bit 3); of operands that are not named by
    /// half as [`Operand::Vgpr16`]. Also `byte_sel`, and the two options of `v_permlane16_b32`.
    pub op_sel: u8,
    /// VOP3P: half select of the high result.
    pub op_sel_hi: u8,
    /// Saturate the result (`clamp`).
    pub clamp: bool,
    /// Output multiplier: 0 none, 1 ×2, 2 ×4, 3 ÷2.
    pub omod: u8,
    /// DPP control, for the DPP forms.
    pub dpp: Option<Dpp>,
    /// Memory: immediate byte offset. DS two-address forms: offset0 in bits 7:0, offset1 in 15:8.
    pub offset: i32,
    /// MUBUF: VADDR holds a byte offset.
    pub offen: bool,
    /// MUBUF: VADDR holds an index (first of two registers when `offen` too).
    pub idxen: bool,
    /// MUBUF: texel fail enable.
    pub tfe: bool,
    /// DS: global data share. Unused by compute code, kept so that decode loses nothing.
    pub gds: bool,
    /// gfx11 cache bits: GLC bit 0, SLC bit 1, DLC bit 2. gfx12: scope in bits 1:0, temporal hint
    /// in bits 4:2.
    pub cache: u8,
}

impl Mods {
    /// GLC (gfx11): for loads, miss L0; for atomics, return the old value.
    pub const GLC: u8 = 1;
    /// SLC (gfx11).
    pub const SLC: u8 = 2;
    /// DLC (gfx11): miss GL1.
    pub const DLC: u8 = 4;

    /// The cache bit that makes an atomic return the old value: GLC on gfx11, the lowest bit of
    /// gfx12's temporal hint (`TH_ATOMIC_RETURN`).
    pub fn returning(gen: Gen) -> u8 {
        match gen {
            Gen::Gfx11 => Mods::GLC,
            Gen::Gfx12 => 1 << 2,
        }
    }

    /// Whether the cache bits make an atomic return the old value.
    pub fn returns(&self, gen: Gen) -> bool {
        self.cache & Mods::returning(gen) != 0
    }

    /// No modifier, for a VOP3P row.
    pub fn packed() -> Mods {
        Mods {
            op_sel_hi: 7,
            ..Mods::default()
        }
    }
}

/// Operand list of an [`Inst`].
pub type Operands = ArrayVec<Operand, 6>;

/// One machine instruction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inst {
    /// Row of the table.
    pub op: Op,
    /// Chosen encoding.
    pub form: Form,
    /// Explicit operands as the row lists them: results first, then sources.
    pub operands: Operands,
    /// Modifiers.
    pub mods: Mods,
}

impl Inst {
    /// An instruction in its row's own format, without modifiers.
    pub fn new(op: Op, operands: &[Operand]) -> Inst {
        Inst {
            op,
            form: Form::Base,
            operands: operands.iter().copied().collect(),
            mods: Mods::default(),
        }
    }

    /// The same with modifiers.
    pub fn with(op: Op, operands: &[Operand], mods: Mods) -> Inst {
        Inst {
            mods,
            ..Inst::new(op, operands)
        }
    }

    /// The same in another form.
    pub fn form(mut self, form: Form) -> Inst {
        self.form = form;
        self
    }
}

/// What one encoded instruction word group holds: an instruction, or a VOPD pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Packet {
    /// One instruction.
    One(Inst),
    /// Two vector operations issued together (wave32 only); both have [`Form::Vopd`].
    Dual {
        /// The X half.
        x: Inst,
        /// The Y half.
        y: Inst,
    },
}

impl Packet {
    /// The one instruction, or the two halves in order.
    pub fn insts(&self) -> impl Iterator<Item = &Inst> {
        let (first, second) = match self {
            Packet::One(inst) => (inst, None),
            Packet::Dual { x, y } => (x, Some(y)),
        };
        std::iter::once(first).chain(second)
    }
}
