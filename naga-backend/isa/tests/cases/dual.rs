//! Dual instructions, lawful ones and doubtful ones.

use super::*;

/// Random dual instructions and 64-bit instructions with scalar operands, lawful or not: what
/// LLVM's assembler refuses of these, the encoder must refuse, and nothing else.
#[allow(dead_code)]
pub fn doubtful(gen: Gen, count: usize) -> Vec<Packet> {
    let mut make = Maker {
        gen,
        state: 0x9e37_79b9_7f4a_7c15,
        out: Vec::new(),
    };
    let rows = |format: Format| {
        let rows = ROWS.iter().filter(move |row| row.format == format);
        rows.filter(move |row| row.opcode(gen).is_some())
            .collect::<Vec<_>>()
    };
    let (dual, long) = (rows(Format::Vopd), rows(Format::Vop3));
    let pick =
        |make: &mut Maker, rows: &[&'static OpInfo]| rows[make.random(rows.len() as u32) as usize];
    let mut out = Vec::new();
    while out.len() < count {
        let (x, y) = (pick(&mut make, &dual), pick(&mut make, &dual));
        // An operation of the second half has no name in the first.
        if x.opcode(gen).is_some_and(|opcode| opcode < 16) {
            let [x, y] = [x, y].map(|row| make.wild(row, Form::Vopd));
            out.push(Packet::Dual { x, y });
        }
        let row = pick(&mut make, &long);
        let scalar = |info: &OperandInfo| matches!(info.kind, Kind::Ssrc | Kind::Sgpr);
        // Lane selectors have paths of their own, and LLVM rules of its own.
        if !row.operands.iter().any(scalar) {
            out.push(Packet::One(make.wild(row, Form::Base)));
        }
    }
    out
}

impl Maker {
    /// Every pair of operations, with varying sources.
    pub(super) fn duals(&mut self) {
        let rows: Vec<_> = ROWS
            .iter()
            .filter(|row| row.format == Format::Vopd && row.opcode(self.gen).is_some())
            .collect();
        for x in &rows {
            for y in &rows {
                if x.opcode(self.gen).is_some_and(|opcode| opcode > 15) {
                    continue;
                }
                for variant in 0..5 {
                    let literal = 0x1000_0000 + self.random(0x1000_0000);
                    let a = self.half(x, 0, variant, literal);
                    let b = self.half(y, 1, if variant == 2 { 0 } else { variant }, literal);
                    let packet = Packet::Dual { x: a, y: b };
                    if variant > 0 && scalars(&packet) > 2 {
                        continue;
                    }
                    self.out.push(Case {
                        packet,
                        sample: variant == 0,
                    });
                }
            }
        }
    }

    /// Any registers, few different scalars, and literals that may or may not be the same.
    pub(super) fn wild(&mut self, row: &OpInfo, form: Form) -> Inst {
        let mut operands = Operands::new();
        let implicit = row.implicit.contains(Implicit::READ_VCC);
        for info in row.operands {
            let literal = Operand::Literal(0x1234 + self.random(2));
            operands.push(match (info.kind, self.random(3)) {
                (Kind::Literal, _) => literal,
                (Kind::Mask, _) => Operand::s((2 * self.random(3)) as u8),
                (Kind::Src, 0) => match self.random(8) {
                    0 => literal,
                    1 if info.dwords == 1 => Operand::SCC,
                    // LLVM counts VCC twice if it is read by name and as the mask.
                    2 if info.dwords <= 2 && !implicit && form != Form::Vopd => Operand::VCC,
                    3 if info.dwords <= 2 => Operand::NULL,
                    4 => Operand::Inline(129),
                    _ => Operand::s((4 * self.random(4)) as u8),
                },
                _ if info.ty.is_half() => Operand::Vgpr16 {
                    reg: self.random(64) as u8,
                    hi: false,
                },
                _ => Operand::Vgpr(self.random(64) as u8),
            });
        }
        Inst {
            op: row.op,
            form,
            operands,
            mods: Mods::default(),
        }
    }

    /// One half: bank `half` of every position, so that two halves never collide.
    pub(super) fn half(&mut self, row: &OpInfo, half: u32, variant: u32, literal: u32) -> Inst {
        let mut operands = Operands::new();
        for (i, info) in row.operands.iter().enumerate() {
            let reg = Operand::Vgpr((self.random(64) * 4 + half) as u8);
            operands.push(match (info.kind, i, variant) {
                (Kind::Literal, ..) => Operand::Literal(literal),
                (_, 1, 1) => self.sgpr(1),
                (_, 1, 2) => Operand::Literal(literal),
                (_, 1, 3) => Operand::Inline(128 + self.random(65) as u8),
                (_, 1, 4) => Operand::Inline(240 + self.random(9) as u8),
                _ => reg,
            });
        }
        Inst {
            op: row.op,
            form: Form::Vopd,
            operands,
            mods: Mods::default(),
        }
    }
}
