//! Assembler text in LLVM's syntax: what `llvm-mc` for the same processor reads back to the same
//! bits.
//!
//! Registers of 16-bit operands are written by half (`v1.l`), as LLVM does where it models "true
//! 16-bit" instructions. Any [`Inst`] prints, an unencodable one too: text is for people first.

mod fields;

use std::fmt::{self, Display, Formatter};

use crate::{
    Class, Form, Format, Gen, Implicit, Inst, Kind, Mods, Op, OpInfo, Operand, OperandInfo, Packet,
    Role, Sreg, Ty,
};

/// An instruction on its way to text; see [`Inst::display`].
#[derive(Clone, Copy, Debug)]
pub struct InstText<'a> {
    inst: &'a Inst,
    gen: Gen,
    target: Option<&'a str>,
}

/// A packet on its way to text; see [`Packet::display`].
#[derive(Clone, Copy, Debug)]
pub struct PacketText<'a> {
    packet: &'a Packet,
    gen: Gen,
    target: Option<&'a str>,
}

impl Inst {
    /// Its text as of `gen`.
    pub fn display(&self, gen: Gen) -> InstText<'_> {
        InstText {
            inst: self,
            gen,
            target: None,
        }
    }

    /// Where a branch goes, in dwords from the end of the instruction; `None` for anything else.
    pub fn branch_offset(&self) -> Option<i32> {
        let row = self.op.info();
        if row.class != Class::Branch {
            return None;
        }
        self.operands.iter().find_map(|operand| {
            let Operand::Imm(distance) = *operand else {
                return None;
            };
            Some(distance)
        })
    }
}

impl Packet {
    /// Its text as of `gen`.
    pub fn display(&self, gen: Gen) -> PacketText<'_> {
        PacketText {
            packet: self,
            gen,
            target: None,
        }
    }

    /// Where a branch goes, see [`Inst::branch_offset`].
    pub fn branch_offset(&self) -> Option<i32> {
        match self {
            Packet::One(inst) => inst.branch_offset(),
            Packet::Dual { .. } => None,
        }
    }
}

impl<'a> InstText<'a> {
    /// Prints a branch's target as a label instead of a number.
    pub fn target(self, label: &'a str) -> InstText<'a> {
        InstText {
            target: Some(label),
            ..self
        }
    }
}

impl<'a> PacketText<'a> {
    /// Prints a branch's target as a label instead of a number.
    pub fn target(self, label: &'a str) -> PacketText<'a> {
        PacketText {
            target: Some(label),
            ..self
        }
    }
}

impl Display for PacketText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.packet {
            Packet::One(inst) => InstText {
                inst,
                gen: self.gen,
                target: self.target,
            }
            .fmt(f),
            Packet::Dual { x, y } => {
                write!(f, "{} :: {}", x.display(self.gen), y.display(self.gen))
            }
        }
    }
}

/// Writes `first` before the first item and `", "` before each later one.
struct List {
    any: bool,
}

impl List {
    fn next(&mut self, f: &mut Formatter<'_>) -> fmt::Result {
        let separator = if self.any { ", " } else { " " };
        self.any = true;
        f.write_str(separator)
    }
}

impl Display for InstText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let row = self.inst.op.info();
        match row.name(self.gen) {
            Some(name) => f.write_str(name)?,
            None => write!(f, "{}", format!("{:?}", self.inst.op).to_ascii_lowercase())?,
        }
        f.write_str(self.suffix(row))?;
        match row.format {
            Format::Sop1
            | Format::Sop2
            | Format::Sopk
            | Format::Sopc
            | Format::Sopp
            | Format::Vopd => self.plain(row, f),
            Format::Smem => self.smem(row, f),
            Format::Vop1
            | Format::Vop2
            | Format::Vopc
            | Format::Vop3
            | Format::Vop3Sd
            | Format::Vop3p
            | Format::Vinterp => self.vector(row, f),
            Format::LdsDir => self.lds_direct(row, f),
            Format::Ds => self.ds(row, f),
            Format::Mubuf | Format::Flat | Format::Scratch | Format::Global => self.memory(row, f),
        }
    }
}

impl InstText<'_> {
    /// What tells the encodings of one mnemonic apart.
    fn suffix(&self, row: &OpInfo) -> &'static str {
        let short = matches!(row.format, Format::Vop1 | Format::Vop2 | Format::Vopc);
        match self.inst.form {
            Form::Base if short && row.has_form(Form::E64, self.gen) => "_e32",
            Form::E64 if row.has_form(Form::Base, self.gen) => "_e64",
            // LLVM leaves compares without one.
            Form::Dpp16 | Form::Dpp8 if row.format == Format::Vopc => "",
            Form::Dpp16 | Form::Dpp8 => "_dpp",
            Form::E64Dpp16 | Form::E64Dpp8 => "_e64_dpp",
            Form::Base | Form::E64 | Form::Vopd => "",
        }
    }

    fn operand(&self, index: usize) -> Operand {
        self.inst
            .operands
            .get(index)
            .copied()
            .unwrap_or(Operand::Off)
    }

    fn plain(&self, row: &OpInfo, f: &mut Formatter<'_>) -> fmt::Result {
        let mut list = List { any: false };
        for (i, info) in row.operands.iter().enumerate() {
            list.next(f)?;
            match (info.kind, self.operand(i)) {
                (Kind::Imm, Operand::Imm(value)) => {
                    fields::immediate(self.inst.op, self.gen, value, self.target, f)?;
                }
                (_, operand) => operand_text(operand, info, f)?,
            }
        }
        Ok(())
    }

    fn smem(&self, row: &OpInfo, f: &mut Formatter<'_>) -> fmt::Result {
        let mut list = List { any: false };
        let offset = self.inst.mods.offset;
        let prefetch = row
            .operands
            .last()
            .is_some_and(|info| info.kind == Kind::Imm);
        for (i, info) in row.operands.iter().enumerate() {
            list.next(f)?;
            match (info.kind, self.operand(i)) {
                (Kind::SgprOrOff, operand) if prefetch => {
                    hex(offset, f)?;
                    if operand == Operand::Off {
                        f.write_str(", null")?;
                    } else {
                        f.write_str(", ")?;
                        operand_text(operand, info, f)?;
                    }
                }
                (Kind::SgprOrOff, Operand::Off) => match (offset, self.gen) {
                    (0, Gen::Gfx11) => f.write_str("null")?,
                    _ => hex(offset, f)?,
                },
                (Kind::SgprOrOff, operand) => {
                    operand_text(operand, info, f)?;
                    if offset != 0 || self.gen == Gen::Gfx12 {
                        f.write_str(" offset:")?;
                        hex(offset, f)?;
                    }
                }
                (_, operand) => operand_text(operand, info, f)?,
            }
        }
        self.cache(row, f)
    }

    fn vector(&self, row: &OpInfo, f: &mut Formatter<'_>) -> fmt::Result {
        let mods = &self.inst.mods;
        let mut list = List { any: false };
        // Low and high negation are lists after the operands, but for mixed precision.
        let mix = matches!(
            self.inst.op,
            Op::V_FMA_MIX_F32 | Op::V_FMA_MIXLO_F16 | Op::V_FMA_MIXHI_F16
        );
        let packed = row.format == Format::Vop3p && !mix;
        let mut source = 0;
        for (i, info) in row.operands.iter().enumerate() {
            if info.kind == Kind::Imm {
                continue;
            }
            list.next(f)?;
            let is_source = row.source_indices().any(|s| s == i);
            let bit = |bits: u8| is_source && !packed && bits >> source & 1 != 0;
            let (neg, abs) = (bit(mods.neg), bit(mods.abs));
            let operand = self.operand(i);
            // `-1.0` is a constant of its own.
            let call = neg
                && !abs
                && matches!(
                    operand,
                    Operand::Inline(_) | Operand::Literal(_) | Operand::Special(_)
                );
            if call && !matches!(operand, Operand::Special(_)) {
                f.write_str("neg(")?;
            } else if neg {
                f.write_str("-")?;
            }
            if abs {
                f.write_str("|")?;
            }
            operand_text(operand, info, f)?;
            if abs {
                f.write_str("|")?;
            }
            if call && !matches!(operand, Operand::Special(_)) {
                f.write_str(")")?;
            }
            source += usize::from(is_source);
        }
        let interpolation = row.format == Format::Vinterp;
        if interpolation && mods.clamp {
            f.write_str(" clamp")?;
        }
        self.op_sel(row, packed || mix, f)?;
        if packed {
            let count = row.sources().count();
            for (name, bits) in [(" neg_lo", mods.neg), (" neg_hi", mods.abs)] {
                if bits != 0 {
                    bit_list(name, bits, count, f)?;
                }
            }
        }
        if mods.clamp && !interpolation {
            f.write_str(" clamp")?;
        }
        f.write_str(match mods.omod {
            0 => "",
            1 => " mul:2",
            2 => " mul:4",
            _ => " div:2",
        })?;
        if let Some(dpp) = mods.dpp {
            let eight = matches!(self.inst.form, Form::Dpp8 | Form::E64Dpp8);
            fields::dpp(dpp, eight, f)?;
        }
        if interpolation {
            if let Some(Operand::Imm(wait)) = self.inst.operands.last() {
                write!(f, " wait_exp:{wait}")?;
            }
        }
        Ok(())
    }

    /// `op_sel`, `op_sel_hi` and `byte_sel`, which share their bits.
    fn op_sel(&self, row: &OpInfo, packed: bool, f: &mut Formatter<'_>) -> fmt::Result {
        let mods = &self.inst.mods;
        let count = row.sources().count();
        if packed {
            if mods.op_sel != 0 {
                bit_list(" op_sel", mods.op_sel, count, f)?;
            }
            let mix = self
                .inst
                .op
                .info()
                .operands
                .iter()
                .skip(1)
                .all(|o| o.ty == Ty::F32);
            let mix = mix && row.format == Format::Vop3p;
            let (all, normal) = ((1 << count) - 1, if mix { 0 } else { (1 << count) - 1 });
            if mods.op_sel_hi & all != normal {
                bit_list(" op_sel_hi", mods.op_sel_hi, count, f)?;
            }
            return Ok(());
        }
        let e64 = !matches!(self.inst.form, Form::Base | Form::Dpp16 | Form::Dpp8)
            || !matches!(row.format, Format::Vop1 | Format::Vop2 | Format::Vopc);
        if !e64 {
            return Ok(());
        }
        let bytes = match self.inst.op {
            Op::V_CVT_F32_FP8 | Op::V_CVT_F32_BF8 => {
                Some((mods.op_sel & 1) << 1 | mods.op_sel >> 1 & 1)
            }
            Op::V_CVT_SR_FP8_F32 | Op::V_CVT_SR_BF8_F32 => Some(mods.op_sel >> 2),
            _ => None,
        };
        if let Some(byte) = bytes {
            return if byte == 0 {
                Ok(())
            } else {
                write!(f, " byte_sel:{byte}")
            };
        }
        // Halves that registers name are repeated here.
        let mut bits = mods.op_sel;
        for (i, operand) in row.source_indices().enumerate() {
            if let Operand::Vgpr16 { hi: true, .. } = self.operand(operand) {
                bits |= 1 << i;
            }
        }
        if let (Operand::Vgpr16 { hi: true, .. }, Some(Role::Def | Role::DefUse)) =
            (self.operand(0), row.operands.first().map(|info| info.role))
        {
            bits |= 8;
        }
        // Of these, LLVM's assembler takes the halves only.
        if bits == 0 || matches!(self.inst.op, Op::V_CNDMASK_B16 | Op::V_FMAC_F16) {
            return Ok(());
        }
        if matches!(row.class, Class::Valu) && row.implicit.contains(Implicit::NO_DPP) {
            // v_permlane16: fetch inactive, bound control.
            return bit_list(" op_sel", bits, 2, f);
        }
        let count = row.sources().filter(|info| info.kind != Kind::Mask).count();
        let low = bits & ((1 << count) - 1);
        let lane_mask = row
            .operands
            .first()
            .is_some_and(|info| info.kind == Kind::Mask)
            && self.inst.form == Form::E64;
        if row.format == Format::Vopc && !lane_mask {
            return bit_list(" op_sel", low, count, f);
        }
        bit_list(" op_sel", low | bits >> 3 << count, count + 1, f)
    }

    fn lds_direct(&self, row: &OpInfo, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(" ")?;
        operand_text(self.operand(0), &row.operands[0], f)?;
        if let (3, Operand::Imm(attr)) = (row.operands.len(), self.operand(1)) {
            let channel = ['x', 'y', 'z', 'w'][attr as usize & 3];
            write!(f, ", attr{}.{channel}", attr >> 2)?;
        }
        let Some(Operand::Imm(wait)) = self.inst.operands.last() else {
            return Ok(());
        };
        match self.gen {
            Gen::Gfx11 => write!(f, " wait_vdst:{wait}"),
            Gen::Gfx12 => write!(f, " wait_va_vdst:{} wait_vm_vsrc:{}", wait & 15, wait >> 4),
        }
    }

    fn ds(&self, row: &OpInfo, f: &mut Formatter<'_>) -> fmt::Result {
        let mut list = List { any: false };
        for (i, info) in row.operands.iter().enumerate() {
            list.next(f)?;
            operand_text(self.operand(i), info, f)?;
        }
        let offset = self.inst.mods.offset;
        if row.is_two_address() {
            for (name, value) in [("offset0", offset & 0xff), ("offset1", offset >> 8 & 0xff)] {
                if value != 0 {
                    write!(f, " {name}:{value}")?;
                }
            }
        } else if offset != 0 || self.inst.op == Op::DS_SWIZZLE_B32 {
            if self.inst.op == Op::DS_SWIZZLE_B32 {
                fields::swizzle(offset, f)?;
            } else {
                write!(f, " offset:{offset}")?;
            }
        }
        if self.inst.mods.gds {
            f.write_str(" gds")?;
        }
        Ok(())
    }

    fn memory(&self, row: &OpInfo, f: &mut Formatter<'_>) -> fmt::Result {
        let mods = &self.inst.mods;
        let mut list = List { any: false };
        let buffer = row.format == Format::Mubuf;
        let saddr = row
            .operands
            .iter()
            .position(|info| info.kind == Kind::SgprOrOff);
        for (i, info) in row.operands.iter().enumerate() {
            let operand = self.operand(i);
            let result = info.kind == Kind::VgprOrOff && info.role == Role::Def;
            // A buffer atomic returns into its data; the others name the result if they have one.
            if result && (buffer || operand == Operand::Off) {
                continue;
            }
            list.next(f)?;
            // How many registers an address takes depends on the addressing.
            let dwords = if buffer && info.kind == Kind::VgprOrOff {
                u8::from(mods.offen) + u8::from(mods.idxen)
            } else if buffer && info.kind == Kind::Vgpr {
                info.dwords + u8::from(mods.tfe)
            } else if row.format == Format::Global && Some(i) == self.inst.address() {
                match saddr.map(|i| self.operand(i)) {
                    Some(Operand::Off) => 2,
                    _ => 1,
                }
            } else {
                info.dwords
            };
            operand_text(operand, &OperandInfo { dwords, ..*info }, f)?;
        }
        if mods.idxen {
            f.write_str(" idxen")?;
        }
        if mods.offen {
            f.write_str(" offen")?;
        }
        if mods.offset != 0 {
            write!(f, " offset:{}", mods.offset)?;
        }
        self.cache(row, f)?;
        if mods.tfe {
            f.write_str(" tfe")?;
        }
        Ok(())
    }

    fn cache(&self, row: &OpInfo, f: &mut Formatter<'_>) -> fmt::Result {
        let bits = self.inst.mods.cache;
        match self.gen {
            Gen::Gfx11 => {
                for (bit, name) in [
                    (Mods::GLC, " glc"),
                    (Mods::SLC, " slc"),
                    (Mods::DLC, " dlc"),
                ] {
                    if bits & bit != 0 {
                        f.write_str(name)?;
                    }
                }
                Ok(())
            }
            Gen::Gfx12 => fields::cache_policy(row.implicit, bits, f),
        }
    }
}

impl OpInfo {
    /// Whether a DS instruction addresses two places with two 8-bit offsets.
    pub fn is_two_address(&self) -> bool {
        self.format == Format::Ds
            && matches!(
                self.op,
                Op::DS_LOAD_2ADDR_B32
                    | Op::DS_LOAD_2ADDR_STRIDE64_B32
                    | Op::DS_LOAD_2ADDR_B64
                    | Op::DS_LOAD_2ADDR_STRIDE64_B64
                    | Op::DS_STORE_2ADDR_B32
                    | Op::DS_STORE_2ADDR_STRIDE64_B32
                    | Op::DS_STORE_2ADDR_B64
                    | Op::DS_STORE_2ADDR_STRIDE64_B64
                    | Op::DS_STOREXCHG_2ADDR_RTN_B32
                    | Op::DS_STOREXCHG_2ADDR_STRIDE64_RTN_B32
                    | Op::DS_STOREXCHG_2ADDR_RTN_B64
                    | Op::DS_STOREXCHG_2ADDR_STRIDE64_RTN_B64
            )
    }
}

fn hex(value: i32, f: &mut Formatter<'_>) -> fmt::Result {
    let sign = if value < 0 { "-" } else { "" };
    write!(f, "{sign}{:#x}", value.unsigned_abs())
}

/// ` name:[1,0,1]`, lowest bit first.
fn bit_list(name: &str, bits: u8, count: usize, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{name}:[")?;
    for i in 0..count {
        let comma = if i == 0 { "" } else { "," };
        write!(f, "{comma}{}", bits >> i & 1)?;
    }
    f.write_str("]")
}

fn tuple(prefix: &str, first: u32, dwords: u8, f: &mut Formatter<'_>) -> fmt::Result {
    match dwords {
        0 | 1 => write!(f, "{prefix}{first}"),
        _ => write!(f, "{prefix}[{first}:{}]", first + u32::from(dwords) - 1),
    }
}

fn operand_text(operand: Operand, info: &OperandInfo, f: &mut Formatter<'_>) -> fmt::Result {
    match operand {
        Operand::Vgpr(reg) if info.ty.is_half() && info.dwords == 1 && info.kind != Kind::Sgpr => {
            write!(f, "v{reg}.l")
        }
        Operand::Vgpr(reg) => tuple("v", reg.into(), info.dwords, f),
        Operand::Vgpr16 { reg, hi } => write!(f, "v{reg}.{}", if hi { 'h' } else { 'l' }),
        Operand::Sgpr(sreg) => match (sreg, info.dwords) {
            (Sreg::VCC_LO, 2) => f.write_str("vcc"),
            (Sreg::EXEC_LO, 2) => f.write_str("exec"),
            (Sreg(n @ 108..=123), dwords) => tuple("ttmp", u32::from(n) - 108, dwords, f),
            (Sreg(n @ 0..=105), dwords) => tuple("s", n.into(), dwords, f),
            (sreg, _) => write!(f, "{sreg:?}"),
        },
        Operand::Inline(code) => fields::inline(code, info.ty, f),
        Operand::Special(code) => f.write_str(match code {
            235 => "src_shared_base",
            236 => "src_shared_limit",
            237 => "src_private_base",
            238 => "src_private_limit",
            253 => "src_scc",
            _ => "src_reserved",
        }),
        // A literal with the value of a constant has to say that it is one.
        Operand::Literal(value)
            if info.kind != Kind::Literal && fields::inlinable(value, info.ty) =>
        {
            write!(f, "lit({value:#x})")
        }
        Operand::Literal(value) => write!(f, "{value:#x}"),
        Operand::Imm(value) => write!(f, "{value}"),
        Operand::Off => f.write_str("off"),
    }
}
