//! Every row in every legal form: the instructions that the round-trip, vector and LLVM tests
//! share. Registers come from a seeded sequence, so that the list is the same each time.

mod dual;
mod memory;

use rdna_isa::{
    table::ROWS, Class, Dpp, Form, Format, Gen, Implicit, Inst, Kind, Mods, Op, OpInfo, Operand,
    OperandInfo, Operands, Packet, Role, Sreg, Ty,
};

#[allow(unused_imports, reason = "only one test wants it")]
pub use dual::doubtful;

#[allow(dead_code)]
/// One instruction and whether it belongs to the committed sample.
pub struct Case {
    pub packet: Packet,
    pub sample: bool,
}

/// All cases of a generation.
pub fn cases(gen: Gen) -> Vec<Case> {
    let mut make = Maker {
        gen,
        state: 0x2545_f491_4f6c_dd1d,
        out: Vec::new(),
    };
    for row in ROWS.iter().filter(|row| row.opcode(gen).is_some()) {
        for form in [
            Form::Base,
            Form::E64,
            Form::Dpp16,
            Form::Dpp8,
            Form::E64Dpp16,
            Form::E64Dpp8,
        ] {
            if row.has_form(form, gen) {
                make.row(row, form);
            }
        }
    }
    make.duals();
    make.out
}

struct Maker {
    gen: Gen,
    state: u64,
    out: Vec<Case>,
}

impl Maker {
    fn random(&mut self, below: u32) -> u32 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as u32 % below
    }

    fn push(&mut self, inst: Inst, sample: bool) {
        self.out.push(Case {
            packet: Packet::One(inst),
            sample,
        });
    }

    fn vgpr(&mut self, dwords: u8) -> u8 {
        self.random(257 - u32::from(dwords)) as u8
    }

    fn sgpr(&mut self, dwords: u8) -> Operand {
        let align = match dwords {
            0 | 1 => 1,
            2 => 2,
            _ => 4,
        };
        let slots = (106 - u32::from(dwords)) / align + 1;
        Operand::s((self.random(slots) * align) as u8)
    }

    fn vector(&mut self, info: &OperandInfo) -> Operand {
        if info.ty.is_half() {
            let (reg, hi) = (self.random(128) as u8, self.random(2) == 1);
            Operand::Vgpr16 { reg, hi }
        } else {
            Operand::Vgpr(self.vgpr(info.dwords))
        }
    }

    /// The plainest operand for a column.
    fn operand(&mut self, row: &OpInfo, form: Form, index: usize) -> Operand {
        let info = &row.operands[index];
        let short = matches!(form, Form::Base | Form::Dpp16 | Form::Dpp8);
        match info.kind {
            Kind::Vgpr | Kind::VgprOrOff => self.vector(info),
            Kind::Src => self.vector(info),
            Kind::Mask if short && row.format != Format::Vop3 && row.format != Format::Vop3Sd => {
                Operand::VCC
            }
            Kind::Sgpr if row.class == Class::Wait => Operand::NULL,
            Kind::Ssrc if row.class == Class::Barrier => Operand::Inline(193),
            Kind::Sgpr | Kind::Ssrc | Kind::Mask => self.sgpr(info.dwords),
            Kind::SgprOrOff => match row.format {
                Format::Mubuf => self.sgpr(1),
                _ => Operand::Off,
            },
            // LLVM has names for small versions.
            Kind::Imm if row.op == Op::S_VERSION => Operand::Imm(0x1234),
            Kind::Imm => Operand::Imm(self.random(8) as i32),
            Kind::Literal => Operand::Literal(self.literal(row)),
        }
    }

    /// A literal that is no inline constant in any reading of its bits.
    fn literal(&mut self, row: &OpInfo) -> u32 {
        let half = |ty: Ty| {
            ty.is_half() || matches!(ty, Ty::Pk16 | Ty::PkF16 | Ty::PkBf16 | Ty::Lo16 | Ty::Hi16)
        };
        // LLVM reads mixed precision's literals as halves.
        match row.operands.iter().any(|info| half(info.ty)) || is_mix(row.op) {
            true => 0x1000 + self.random(0x1000),
            false => 0x1000_0000 + self.random(0x1000_0000),
        }
    }

    fn plain(&mut self, row: &OpInfo, form: Form) -> Inst {
        let mut operands = Operands::new();
        for i in 0..row.operands.len() {
            operands.push(self.operand(row, form, i));
        }
        let packed = row.format == Format::Vop3p && !is_mix(row.op);
        let mut mods = if packed {
            Mods::packed()
        } else {
            Mods::default()
        };
        match form {
            Form::Dpp16 | Form::E64Dpp16 => {
                mods.dpp = Some(Dpp {
                    ctrl: 0xe4,
                    row_mask: 15,
                    bank_mask: 15,
                    ..Dpp::default()
                });
            }
            Form::Dpp8 | Form::E64Dpp8 => {
                mods.dpp = Some(Dpp {
                    ctrl: self.random(1 << 24),
                    ..Dpp::default()
                });
            }
            Form::Base | Form::E64 | Form::Vopd => {}
        }
        let mut inst = Inst {
            op: row.op,
            form,
            operands,
            mods,
        };
        if row.implicit.contains(Implicit::ATOMIC) && inst.operands[0] != Operand::Off {
            self.returning(row, &mut inst, false);
        }
        if row.format == Format::Mubuf && !row.operands.is_empty() {
            let address = row.operands.len() - 3;
            inst.operands[address] = Operand::Off;
        }
        inst
    }

    /// Makes an atomic that has a result column return, or not.
    fn returning(&mut self, row: &OpInfo, inst: &mut Inst, returns: bool) {
        if !has_result_column(row) {
            return;
        }
        let bit = Mods::returning(self.gen);
        inst.mods.cache = inst.mods.cache & !bit | if returns { bit } else { 0 };
        inst.operands[0] = match (returns, row.format) {
            (false, _) => Operand::Off,
            (true, Format::Mubuf) => inst.operands[1],
            (true, _) => self.vector(&row.operands[0]),
        };
    }

    fn row(&mut self, row: &'static OpInfo, form: Form) {
        let base = self.plain(row, form);
        self.push(base.clone(), true);
        self.registers(row, &base);
        match row.format {
            Format::Sop1 | Format::Sop2 | Format::Sopc | Format::Sopk | Format::Sopp => {
                self.immediates(row, &base);
            }
            Format::Vop1
            | Format::Vop2
            | Format::Vopc
            | Format::Vop3
            | Format::Vop3Sd
            | Format::Vop3p
            | Format::Vinterp => self.modifiers(row, &base),
            Format::Smem => self.smem(row, &base),
            Format::Ds => self.ds(row, &base),
            Format::LdsDir => self.immediates(row, &base),
            Format::Mubuf => self.buffer(row, &base),
            Format::Flat | Format::Scratch | Format::Global => self.flat(row, &base),
            Format::Vopd => {}
        }
    }

    /// Each operand in turn as everything that may stand there.
    fn registers(&mut self, row: &'static OpInfo, base: &Inst) {
        let memory = matches!(
            row.format,
            Format::Mubuf | Format::Flat | Format::Scratch | Format::Global
        );
        let short = matches!(row.format, Format::Vop1 | Format::Vop2 | Format::Vopc)
            && matches!(base.form, Form::Base | Form::Dpp16 | Form::Dpp8);
        let dpp = base.mods.dpp.is_some();
        let sources: Vec<usize> = source_indices(row);
        for (i, info) in row.operands.iter().enumerate() {
            let source = sources.iter().position(|&s| s == i);
            let mut choices = Vec::new();
            match info.kind {
                Kind::Vgpr | Kind::Src if info.ty.is_half() => {
                    let reg = self.random(128) as u8;
                    choices.push(Operand::Vgpr16 { reg, hi: false });
                    choices.push(Operand::Vgpr16 { reg, hi: true });
                    if !short {
                        choices.push(Operand::Vgpr16 {
                            reg: 128 + reg,
                            hi: true,
                        });
                    }
                }
                Kind::Vgpr | Kind::Src if !memory => {
                    choices.push(Operand::Vgpr(0));
                    choices.push(Operand::Vgpr((256 - u32::from(info.dwords)) as u8));
                }
                Kind::Mask if !short => {
                    choices.extend([Operand::VCC, Operand::NULL, Operand::s(105)]);
                }
                Kind::Sgpr if row.format != Format::Mubuf && row.class != Class::Wait => {
                    choices.extend(self.scalars(info.dwords));
                    if row.format == Format::Smem {
                        let base = info.role == Role::Use;
                        let barred = |s: Sreg| match s {
                            Sreg::M0 | Sreg::EXEC_LO => true,
                            s => base && s == Sreg::NULL,
                        };
                        choices.retain(|c| !matches!(c, Operand::Sgpr(s) if barred(*s)));
                    }
                }
                _ => {}
            }
            let dpp_source = dpp && source.is_some_and(|s| s < 2);
            let only_vector = (short && source != Some(0)) || dpp_source;
            let constants = match info.kind {
                Kind::Ssrc if row.class == Class::Barrier => {
                    choices.extend([Operand::Inline(132), Operand::Sgpr(Sreg::M0)]);
                    false
                }
                Kind::Ssrc => true,
                Kind::Src => !only_vector,
                _ => false,
            };
            if constants {
                let wmma = row.class == Class::Wmma;
                if !wmma {
                    choices.extend(self.scalars(info.dwords));
                }
                choices.push(Operand::Inline(128 + self.random(65) as u8));
                choices.push(Operand::Inline(193 + self.random(16) as u8));
                // LLVM has no text for a float constant of a 16-bit integer.
                if !matches!(info.ty, Ty::I16 | Ty::U16 | Ty::B16) {
                    choices.push(Operand::Inline(240 + self.random(9) as u8));
                }
                let lane = is_lane_select(row.op, i);
                if !dpp && !wmma && !lane {
                    // Where there is a literal already, it is the only one.
                    let is_literal = |operand: &Operand| matches!(operand, Operand::Literal(_));
                    let literal = base.operands.iter().copied().find(is_literal);
                    choices.push(literal.unwrap_or(Operand::Literal(self.literal(row))));
                }
                if info.dwords == 1 && !wmma {
                    choices.push(Operand::SCC);
                }
                if info.dwords <= 2 && !wmma && !info.ty.is_half() {
                    choices.push(Operand::Special(235 + self.random(4) as u8));
                }
            }
            for choice in choices {
                let mut inst = base.clone();
                inst.operands[i] = choice;
                if !legal_in_llvm(row, i, choice, dpp) {
                    continue;
                }
                self.push(inst, false);
            }
        }
    }

    fn scalars(&mut self, dwords: u8) -> Vec<Operand> {
        let mut out = vec![self.sgpr(dwords)];
        if dwords <= 2 {
            out.extend([Operand::VCC, Operand::EXEC, Operand::NULL]);
        }
        if dwords == 1 {
            out.extend([
                Operand::Sgpr(Sreg::M0),
                Operand::Sgpr(Sreg(107)),
                Operand::Sgpr(Sreg(123)),
            ]);
        }
        if dwords <= 8 && dwords != 3 {
            out.push(Operand::Sgpr(Sreg::TTMP0));
        }
        out
    }

    fn immediates(&mut self, row: &'static OpInfo, base: &Inst) {
        let Some(i) = row.operands.iter().position(|info| info.kind == Kind::Imm) else {
            return;
        };
        let values: &[i32] = match row.op {
            Op::S_WAITCNT => &[0, 0x3f7, 0xfc07, 0xfff0, 0xfff7, 0x0407, 0x1234 & !8],
            Op::S_WAITCNT_DEPCTR => &[0, 0x0fff, 0xfffe, 0xf1ff, 0xfffd, 0xffe3, 0x0f9f, 0xff9f],
            Op::S_DELAY_ALU => &[0, 1, 5, 9, 0xb, 0x91, 0x111, 0x5b5, 0x11, 0x580],
            Op::S_SENDMSG | Op::S_SENDMSGHALT => &[0, 1, 2, 3, 4, 9, 0x80],
            Op::S_SENDMSG_RTN_B32 | Op::S_SENDMSG_RTN_B64 => &[3, 128, 129, 131, 133, 135, 140],
            Op::S_GETREG_B32 | Op::S_SETREG_B32 | Op::S_SETREG_IMM32_B32 => {
                &[0xf801, 0x1234, 0x0001, 0xf83f, 0x0801, 0xf814, 0xf81d]
            }
            Op::S_BARRIER_WAIT => &[-1, -2, 1],
            Op::LDS_PARAM_LOAD => &[0, 0x7, 0x83],
            Op::LDS_DIRECT_LOAD => &[0, 1],
            _ if row.class == Class::Branch => &[0, 1, 0x7fff, -1, -0x8000],
            _ if row.signed_imm() => &[0, 1, 0x7fff, -1, -0x8000],
            Op::S_NOP => &[0, 1, 15],
            Op::S_VERSION => &[0x2345],
            Op::S_SETPRIO => &[0, 3],
            _ => &[0, 1, 0x3f, 0x1234, 0xffff],
        };
        for &value in values {
            let mut inst = base.clone();
            inst.operands[i] = Operand::Imm(value);
            self.push(inst, true);
        }
        if row.format == Format::LdsDir {
            let last = row.operands.len() - 1;
            let max = if self.gen == Gen::Gfx12 { 31 } else { 15 };
            let mut inst = base.clone();
            inst.operands[last] = Operand::Imm(max);
            self.push(inst, true);
        }
    }

    fn modifiers(&mut self, row: &'static OpInfo, base: &Inst) {
        let long = !matches!(row.format, Format::Vop1 | Format::Vop2 | Format::Vopc)
            || !matches!(base.form, Form::Base | Form::Dpp16 | Form::Dpp8);
        let packed = row.format == Format::Vop3p;
        let sources = source_indices(row);
        let number = |ty: Ty| matches!(ty, Ty::F16 | Ty::Bf16 | Ty::F32 | Ty::F64);
        let vop3sd = row
            .operands
            .get(1)
            .is_some_and(|o| o.kind == Kind::Mask && o.role == Role::Def);
        let mut with = |change: &dyn Fn(&mut Mods)| {
            let mut inst = base.clone();
            change(&mut inst.mods);
            self.out.push(Case {
                packet: Packet::One(inst),
                sample: false,
            });
        };
        if packed {
            let n = sources.len();
            let matrix = row.class == Class::Wmma;
            let all = (1u8 << n) - 1;
            let dots = matches!(
                row.op,
                Op::V_DOT4_I32_IU8 | Op::V_DOT8_I32_IU4 | Op::V_DOT4_U32_U8 | Op::V_DOT8_U32_U4
            );
            let name = format!("{:?}", row.op);
            let float8 = name.contains("FP8") || name.contains("BF8");
            let float = is_mix(row.op)
                || row.operands[1].ty.is_float()
                || (matrix && !format!("{:?}", row.op).contains("_IU"));
            if !matrix && !dots && !float8 {
                with(&|m| m.op_sel = 1);
                with(&|m| m.op_sel = 2);
                with(&|m| m.op_sel = all);
                with(&|m| m.op_sel_hi ^= 1);
                with(&|m| m.op_sel_hi ^= 2);
            }
            let swmmac = format!("{:?}", row.op).contains("SWMMAC");
            if float && !float8 && !swmmac {
                with(&|m| m.neg = 1);
                with(&|m| m.neg = 2);
                with(&|m| m.abs = 1);
                with(&|m| (m.neg, m.abs) = (3, 2));
            }
            if format!("{:?}", row.op).contains("_IU") {
                with(&|m| m.neg = 1);
                with(&|m| m.neg = 3);
            }
            let clamps = !matrix && !float8 && row.op != Op::V_DOT2_F32_BF16;
            if clamps || format!("{:?}", row.op).contains("WMMA_I32") {
                with(&|m| m.clamp = true);
            }
        } else {
            let dpp16 = base.form == Form::Dpp16;
            if long || dpp16 {
                for (i, &s) in sources.iter().enumerate() {
                    let info = &row.operands[s];
                    if info.kind == Kind::Mask || !info.ty.is_float() {
                        continue;
                    }
                    with(&|m| m.neg = 1 << i);
                    if !vop3sd && row.format != Format::Vinterp {
                        with(&|m| m.abs = 1 << i);
                        with(&|m| (m.neg, m.abs) = (1 << i, 1 << i));
                    }
                }
            }
            let result = row.operands.first().filter(|info| info.role != Role::Use);
            let output = result.is_some_and(|info| number(info.ty))
                && !row.implicit.contains(Implicit::NO_OMOD);
            if long && output && row.format != Format::Vinterp {
                for omod in 1..4 {
                    with(&|m| m.omod = omod);
                }
            }
            if long && (output || row.implicit.contains(Implicit::CLAMP)) {
                with(&|m| m.clamp = true);
            }
            if long && matches!(row.op, Op::V_PERMLANE16_B32 | Op::V_PERMLANEX16_B32) {
                with(&|m| m.op_sel = 1);
                with(&|m| m.op_sel = 3);
            }
            if long && matches!(row.op, Op::V_CVT_F32_FP8 | Op::V_CVT_F32_BF8) {
                for op_sel in 1..4 {
                    with(&|m| m.op_sel = op_sel);
                }
            }
            if matches!(row.op, Op::V_CVT_SR_FP8_F32 | Op::V_CVT_SR_BF8_F32) {
                for op_sel in 1..4 {
                    with(&|m| m.op_sel = op_sel << 2);
                }
            }
            if row.format == Format::Vinterp {
                for wait in [1, 7] {
                    let mut inst = base.clone();
                    let last = inst.operands.len() - 1;
                    inst.operands[last] = Operand::Imm(wait);
                    self.out.push(Case {
                        packet: Packet::One(inst),
                        sample: false,
                    });
                }
                return;
            }
        }
        let mut with = |change: &dyn Fn(&mut Dpp)| {
            let mut inst = base.clone();
            if let Some(dpp) = &mut inst.mods.dpp {
                change(dpp);
                self.out.push(Case {
                    packet: Packet::One(inst),
                    sample: false,
                });
            }
        };
        match base.form {
            Form::Dpp16 | Form::E64Dpp16 => {
                for ctrl in [0x1b, 0x101, 0x11f, 0x12c, 0x140, 0x141, 0x153, 0x16f] {
                    with(&|dpp| dpp.ctrl = ctrl);
                }
                with(&|dpp| dpp.row_mask = 5);
                with(&|dpp| dpp.bank_mask = 0);
                with(&|dpp| dpp.bound_ctrl = true);
                with(&|dpp| dpp.fi = true);
            }
            Form::Dpp8 | Form::E64Dpp8 => with(&|dpp| dpp.fi = true),
            Form::Base | Form::E64 | Form::Vopd => {}
        }
    }
}

/// Distinct scalar values that a pair reads.
fn scalars(packet: &Packet) -> usize {
    let Packet::Dual { x, y } = packet else {
        return 0;
    };
    let mut seen = std::collections::HashSet::new();
    for inst in [x, y] {
        for operand in &inst.operands {
            match operand {
                Operand::Sgpr(s) => seen.insert(u32::from(s.0)),
                Operand::Literal(_) => seen.insert(255),
                _ => false,
            };
        }
        if inst.op.info().implicit.contains(Implicit::READ_VCC) {
            seen.insert(106);
        }
    }
    seen.len()
}

fn source_indices(row: &OpInfo) -> Vec<usize> {
    let is_source = |(i, info): &(usize, &OperandInfo)| match info.kind {
        Kind::Literal | Kind::Imm => false,
        Kind::Mask if info.role == Role::Def => false,
        _ => !(*i == 0 && info.role != Role::Use),
    };
    row.operands
        .iter()
        .enumerate()
        .filter(is_source)
        .map(|(i, _)| i)
        .collect()
}

fn has_result_column(row: &OpInfo) -> bool {
    row.operands
        .first()
        .is_some_and(|info| info.kind == Kind::VgprOrOff && info.role == Role::Def)
}

pub fn is_mix(op: Op) -> bool {
    matches!(
        op,
        Op::V_FMA_MIX_F32 | Op::V_FMA_MIXLO_F16 | Op::V_FMA_MIXHI_F16
    )
}

fn is_lane_select(op: Op, index: usize) -> bool {
    matches!((op, index), (Op::V_READLANE_B32 | Op::V_WRITELANE_B32, 2))
}

/// Whether LLVM's assembler takes `choice` there, too.
fn legal_in_llvm(row: &OpInfo, index: usize, choice: Operand, dpp: bool) -> bool {
    match (row.op, index, choice) {
        (Op::V_READFIRSTLANE_B32 | Op::V_READLANE_B32, 0, Operand::Sgpr(Sreg::M0)) => false,
        (_, 0, Operand::EXEC) => row.format != Format::Vop3 || row.operands[0].kind != Kind::Sgpr,
        // It makes literals of them.
        (Op::V_PK_FMAC_F16, _, Operand::Inline(240..)) => false,
        // It writes their bits.
        (Op::V_CNDMASK_B16, _, Operand::Inline(240..)) => false,
        (_, _, Operand::Inline(240..)) if row.format == Format::Sopc => {
            row.operands[index].ty != Ty::F16
        }
        // It takes vector registers only.
        (
            Op::V_DOT4_F32_FP8_BF8
            | Op::V_DOT4_F32_BF8_FP8
            | Op::V_DOT4_F32_FP8_FP8
            | Op::V_DOT4_F32_BF8_BF8,
            3,
            choice,
        ) if dpp => matches!(choice, Operand::Vgpr(_)),
        // It has two spellings of 1/2pi for matrices.
        (_, _, Operand::Inline(248)) => row.class != Class::Wmma,
        _ => true,
    }
}
