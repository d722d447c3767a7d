//! Which bits of the registers are defined.
//!
//! Each register bit has a shadow: set where nothing that was ever written decides it. Operations
//! carry shadows from sources to results, bit by bit where that matters (moves, logic, shifts,
//! selects, packing) and for the whole result elsewhere. Nothing is reported until an outcome
//! depends on an undefined bit: an address, a stored value, EXEC, a branch.

use rdna_isa::{Form, Format, Inst, Kind, Op, Operand, OperandInfo, Role, Sreg, Ty};

use crate::shader::lanes::{Lanes, LANES};
use crate::shader::select::{dpp_lanes, undual};
use crate::shader::wave::{scalar as file, Wave};

/// Shadows of a wave's registers; set bits are undefined.
#[derive(Clone)]
pub struct Shadow {
    v: Vec<Lanes>,
    s: [u32; 128],
    scc: bool,
}

/// Shadow of a source's dword: the same for all lanes, or each lane's.
#[derive(Clone, Copy)]
struct Dword {
    lanes: Lanes,
    values: Lanes,
}

const DEFINED: Lanes = Lanes::ZERO;

/// What an instruction's results will have for shadows.
#[derive(Default)]
pub struct Results {
    vector: Vec<(u8, Lanes, u32)>,
    scalar: Vec<(u8, u32)>,
    scc: Option<bool>,
}

impl Shadow {
    /// For a wave that starts with `v0` and these scalar registers filled.
    pub fn new(vgprs: usize, filled: impl Iterator<Item = u8>) -> Shadow {
        let mut s = Shadow {
            v: vec![Lanes([!0; LANES]); vgprs.max(1)],
            s: [!0; 128],
            scc: true,
        };
        s.v[0] = DEFINED;
        for r in filled {
            s.s[usize::from(r)] = 0;
        }
        for r in [124, 126, 127] {
            s.s[r] = 0;
        }
        s
    }

    /// A vector register's shadow.
    pub fn vgpr(&self, n: usize) -> Lanes {
        self.v.get(n).copied().unwrap_or(DEFINED)
    }

    /// Sets a vector register's shadow in some lanes.
    pub fn set_vgpr(&mut self, n: usize, shadow: &Lanes, lanes: u32) {
        if let Some(line) = self.v.get_mut(n) {
            for i in 0..LANES {
                if lanes >> i & 1 != 0 {
                    line[i] = shadow[i];
                }
            }
        }
    }

    /// A scalar register's shadow, by file index; what lies behind the registers is defined.
    pub fn scalar(&self, index: u16) -> u32 {
        match index {
            0..=127 => self.s[usize::from(index)],
            file::SCC => u32::from(self.scc),
            _ => 0,
        }
    }

    /// Sets a scalar register's shadow.
    pub fn set_scalar(&mut self, index: u16, shadow: u32) {
        if index < 128 && index != 124 {
            self.s[usize::from(index)] = shadow;
        }
    }

    /// SCC is undefined.
    pub fn scc(&self) -> bool {
        self.scc
    }

    /// Whether all of a vector register is defined in these lanes; else the first lane that is not.
    pub fn undefined_lane(&self, n: usize, lanes: u32, bits: u32) -> Option<u32> {
        let line = self.v.get(n)?;
        (0..LANES as u32).find(|&i| lanes >> i & 1 != 0 && line[i as usize] & bits != 0)
    }

    fn dword(&self, w: &Wave, op: Operand, info: &OperandInfo, k: u8) -> Dword {
        let uniform = |shadow: u32, value: u32| Dword {
            lanes: Lanes([shadow; LANES]),
            values: Lanes([value; LANES]),
        };
        match op {
            Operand::Vgpr(n) => {
                let n = usize::from(n) + usize::from(k);
                Dword {
                    lanes: self.vgpr(n),
                    values: w.vgpr_or_zero(n),
                }
            }
            Operand::Vgpr16 { reg, .. } => {
                let n = usize::from(reg);
                Dword {
                    lanes: self.vgpr(n),
                    values: w.vgpr_or_zero(n),
                }
            }
            Operand::Sgpr(r) if r == Sreg::NULL => uniform(0, 0),
            Operand::Sgpr(r) => {
                let i = u16::from(r.0) + u16::from(k);
                uniform(self.scalar(i), w.s(i))
            }
            Operand::Special(253) => uniform(u32::from(self.scc), u32::from(w.scc())),
            Operand::Inline(_) | Operand::Literal(_) | Operand::Imm(_) => {
                let v = crate::shader::operands::constant_value(op, info.ty).unwrap_or(0);
                uniform(0, if k == 0 { v as u32 } else { (v >> 32) as u32 })
            }
            Operand::Special(_) | Operand::Off => uniform(0, 0),
        }
    }

    /// The shadows of a vector ALU instruction's results; the wave still holds the sources.
    pub fn vector(&self, w: &Wave, inst: &Inst) -> Results {
        let row = inst.op.info();
        let op = undual(inst.op).unwrap_or(inst.op);
        let exec = w.exec();
        let mut out = Results::default();
        let mut sources: Vec<Source> = Vec::new();
        let mut results: Vec<(usize, Operand, OperandInfo)> = Vec::new();
        for (i, (o, info)) in inst.operands.iter().zip(row.operands).enumerate() {
            if matches!(info.role, Role::Def | Role::DefUse) {
                results.push((i, *o, *info));
            }
            if info.role == Role::Use || (info.role == Role::DefUse && i > 0) {
                sources.push(self.source(w, inst, *o, info, sources.len()));
            }
        }
        if let Some((_, o, info)) = results.first().filter(|r| r.2.role == Role::DefUse) {
            sources.push(self.source(w, inst, *o, info, 3));
        }
        if op == Op::V_CNDMASK_B32 && inst.op != op {
            let vcc = OperandInfo {
                role: Role::Use,
                kind: Kind::Mask,
                ty: Ty::Mask,
                dwords: 1,
            };
            sources.push(self.source(w, inst, Operand::VCC, &vcc, 2));
        }
        let mut written = exec;
        if let Some(dpp) = &inst.mods.dpp {
            let eight = matches!(inst.form, Form::Dpp8 | Form::E64Dpp8);
            let (from, lanes) = dpp_lanes(dpp, eight, exec);
            written &= lanes;
            if let Some(s) = sources.first_mut() {
                s.permute(&from);
            }
        }
        if self.moves_lanes(w, inst, op, &sources, &results, exec, &mut out) {
            return out;
        }

        let packed = row.format == Format::Vop3p
            && row
                .operands
                .iter()
                .skip(1)
                .any(|o| matches!(o.ty, Ty::Pk16 | Ty::PkF16))
            && matches!(row.operands[0].ty, Ty::Pk16 | Ty::PkF16);
        for (index, o, info) in &results {
            match (info.kind, *o) {
                (Kind::Vgpr | Kind::VgprOrOff, Operand::Vgpr(_) | Operand::Vgpr16 { .. }) => {
                    let (n, hi) = match *o {
                        Operand::Vgpr(n) => (n, inst.mods.op_sel & 8 != 0 && info.ty.is_half()),
                        Operand::Vgpr16 { reg, hi } => (reg, hi),
                        _ => continue,
                    };
                    let hi = hi || info.ty == Ty::Hi16;
                    let half = info.ty.is_half() || matches!(info.ty, Ty::Lo16 | Ty::Hi16);
                    for k in 0..info.dwords.max(1) {
                        let mut r = Lanes::ZERO;
                        for i in 0..LANES {
                            r[i] = if packed {
                                packed_shadow(inst, &sources, i)
                            } else {
                                lane_shadow(op, &sources, i, k)
                            };
                            if half {
                                let old = self.vgpr(usize::from(n))[i];
                                let new = if r[i] & 0xffff != 0 { 0xffff } else { 0 };
                                r[i] = if hi {
                                    old & 0xffff | new << 16
                                } else {
                                    old & 0xffff_0000 | new
                                };
                            }
                        }
                        out.vector.push((n + k, r, written));
                    }
                }
                (_, Operand::Sgpr(r)) => {
                    // A lane mask: inactive lanes get a defined zero.
                    let mut mask = 0;
                    for i in 0..LANES {
                        mask |= u32::from(any(&sources, i)) << i;
                    }
                    let _ = index;
                    out.scalar.push((r.0, mask & written));
                }
                _ => {}
            }
        }
        if row.implicit.contains(rdna_isa::Implicit::WRITE_EXEC) {
            let mask = (0..LANES).fold(0, |m, i| m | u32::from(any(&sources, i)) << i);
            out.scalar.push((Sreg::EXEC_LO.0, mask & written));
        }
        out
    }

    fn source(&self, w: &Wave, inst: &Inst, o: Operand, info: &OperandInfo, i: usize) -> Source {
        let n = info.dwords.max(1);
        let mut s = Source {
            dwords: (0..n).map(|k| self.dword(w, o, info, k)).collect(),
            mask: info.kind == Kind::Mask,
        };
        let hi = match o {
            Operand::Vgpr16 { hi, .. } => hi,
            _ => inst.mods.op_sel >> i & 1 != 0,
        };
        if info.ty.is_half() {
            for d in &mut s.dwords {
                for i in 0..LANES {
                    let shift = if hi { 16 } else { 0 };
                    d.lanes[i] = d.lanes[i] >> shift & 0xffff;
                    d.values[i] = d.values[i] >> shift & 0xffff;
                }
            }
        }
        s
    }

    /// Operations that move whole registers between lanes, or single lanes: their shadows move
    /// likewise. True if `inst` is one.
    fn moves_lanes(
        &self,
        w: &Wave,
        inst: &Inst,
        op: Op,
        sources: &[Source],
        results: &[(usize, Operand, OperandInfo)],
        exec: u32,
        out: &mut Results,
    ) -> bool {
        use Op::*;
        let dst = results.first().map(|r| r.1);
        match op {
            V_READFIRSTLANE_B32 | V_READLANE_B32 => {
                let lane = if op == V_READLANE_B32 {
                    sources[1].value(0) & 31
                } else if exec == 0 {
                    0
                } else {
                    exec.trailing_zeros()
                };
                let bad = op == V_READLANE_B32 && sources[1].dwords[0].lanes[0] != 0;
                if let Some(Operand::Sgpr(r)) = dst {
                    let v = if bad {
                        !0
                    } else {
                        sources[0].dwords[0].lanes[lane as usize]
                    };
                    out.scalar.push((r.0, v));
                }
                true
            }
            V_WRITELANE_B32 => {
                let lane = sources[1].value(0) & 31;
                if let Some(Operand::Vgpr(n)) = dst {
                    out.vector.push((n, sources[0].dwords[0].lanes, 1 << lane));
                }
                true
            }
            V_PERMLANE16_B32 | V_PERMLANEX16_B32 | V_PERMLANE16_VAR_B32 | V_PERMLANEX16_VAR_B32 => {
                let across = matches!(op, V_PERMLANEX16_B32 | V_PERMLANEX16_VAR_B32);
                let var = matches!(op, V_PERMLANE16_VAR_B32 | V_PERMLANEX16_VAR_B32);
                if let Some(Operand::Vgpr(n)) = dst {
                    let mut r = self.vgpr(usize::from(n));
                    for i in 0..LANES {
                        let sel = if var {
                            sources[1].value(i)
                        } else if i & 8 == 0 {
                            sources[1].value(0) >> (4 * (i & 7))
                        } else {
                            sources[2].value(0) >> (4 * (i & 7))
                        };
                        let row = if across { i & 16 ^ 16 } else { i & 16 };
                        let from = row | (sel & 15) as usize;
                        let (fi, bound) = (inst.mods.op_sel & 1 != 0, inst.mods.op_sel & 2 != 0);
                        if fi || exec >> from & 1 != 0 {
                            r[i] = sources[0].dwords[0].lanes[from];
                        } else if bound {
                            r[i] = 0;
                        }
                    }
                    out.vector.push((n, r, exec));
                }
                true
            }
            V_SWAP_B32 => {
                if let [(_, Operand::Vgpr(a), _), (_, Operand::Vgpr(b), _)] = results {
                    out.vector.push((*a, self.vgpr(usize::from(*b)), exec));
                    out.vector.push((*b, self.vgpr(usize::from(*a)), exec));
                }
                true
            }
            V_MOVRELS_B32 | V_MOVRELD_B32 | V_MOVRELSD_B32 | V_MOVRELSD_2_B32 => {
                // Which registers these reach is known only to the operation; take it as defined.
                if let Some(Operand::Vgpr(n)) = dst {
                    out.vector.push((n, DEFINED, exec));
                }
                true
            }
            _ => {
                let _ = w;
                false
            }
        }
    }

    /// The shadows of the DS operations that move data between lanes.
    pub fn ds_move(&self, w: &Wave, inst: &Inst) -> Results {
        let mut out = Results::default();
        let exec = w.exec();
        let vgpr = |i: usize| match inst.operands.get(i) {
            Some(Operand::Vgpr(n)) => usize::from(*n),
            _ => 0,
        };
        let offset = inst.mods.offset as u32;
        let mut r = Lanes::ZERO;
        match inst.op {
            Op::DS_BPERMUTE_B32 | Op::DS_BPERMUTE_FI_B32 => {
                let (at, data) = (w.vgpr_or_zero(vgpr(1)), self.vgpr(vgpr(2)));
                let bad = self.vgpr(vgpr(1));
                for i in 0..LANES {
                    let from = (at[i].wrapping_add(offset) / 4) as usize & 31;
                    let valid = inst.op == Op::DS_BPERMUTE_FI_B32 || exec >> from & 1 != 0;
                    r[i] = if bad[i] != 0 {
                        !0
                    } else if valid {
                        data[from]
                    } else {
                        0
                    };
                }
            }
            Op::DS_PERMUTE_B32 => {
                let (at, data) = (w.vgpr_or_zero(vgpr(1)), self.vgpr(vgpr(2)));
                for i in 0..LANES {
                    if exec >> i & 1 != 0 {
                        r[(at[i].wrapping_add(offset) / 4) as usize & 31] = data[i];
                    }
                }
            }
            _ => {
                let data = self.vgpr(vgpr(1));
                for i in 0..LANES {
                    let from =
                        crate::shader::select::swizzle_source(offset, i as u32) as usize & 31;
                    r[i] = if exec >> from & 1 != 0 { data[from] } else { 0 };
                }
            }
        }
        out.vector.push((vgpr(0) as u8, r, exec));
        out
    }

    /// The shadows of a scalar instruction's results.
    pub fn scalar_op(&self, w: &Wave, inst: &Inst) -> Results {
        use Op::*;
        let row = inst.op.info();
        let implicit = row.implicit;
        let mut sources: Vec<Source> = Vec::new();
        let mut result = None;
        for (i, (o, info)) in inst.operands.iter().zip(row.operands).enumerate() {
            if matches!(info.role, Role::Def | Role::DefUse) {
                result = Some((*o, *info));
            }
            if info.role == Role::Use {
                sources.push(self.source(w, inst, *o, info, i));
            }
        }
        if let Some((o, info)) = result.filter(|r| r.1.role == Role::DefUse) {
            sources.push(self.source(w, inst, o, &info, 3));
        }
        let scc_in = implicit.contains(rdna_isa::Implicit::READ_SCC) && self.scc;
        let saveexec = implicit.contains(rdna_isa::Implicit::WRITE_EXEC);
        let dwords = result.map_or(1, |r| r.1.dwords.max(1));
        let words: Vec<u32> = (0..dwords)
            .map(|k| {
                if scc_in {
                    !0
                } else {
                    lane_shadow(inst.op, &sources, 0, k)
                }
            })
            .collect();
        let mut out = Results::default();
        if saveexec {
            // The old EXEC is defined; the new one is checked by whoever commits it.
            let exec = w.exec();
            let (a, ua) = (sources[0].value(0), sources[0].dwords[0].lanes[0]);
            let matters = match inst.op {
                S_AND_SAVEEXEC_B32
                | S_AND_NOT0_SAVEEXEC_B32
                | S_AND_NOT0_WREXEC_B32
                | S_NAND_SAVEEXEC_B32 => ua & exec,
                S_OR_SAVEEXEC_B32 | S_OR_NOT0_SAVEEXEC_B32 | S_NOR_SAVEEXEC_B32 => ua & !exec,
                S_AND_NOT1_SAVEEXEC_B32 | S_AND_NOT1_WREXEC_B32 => ua & !exec,
                _ => ua,
            };
            let _ = a;
            out.scalar.push((Sreg::EXEC_LO.0, matters));
            if let Some((Operand::Sgpr(r), _)) = result {
                let new = matches!(inst.op, S_AND_NOT0_WREXEC_B32 | S_AND_NOT1_WREXEC_B32);
                out.scalar.push((r.0, if new { matters } else { 0 }));
            }
            out.scc = Some(false);
            return out;
        }
        if let Some((Operand::Sgpr(r), _)) = result {
            for (k, u) in words.iter().enumerate() {
                out.scalar.push((r.0 + k as u8, *u));
            }
        }
        if implicit.contains(rdna_isa::Implicit::WRITE_SCC) {
            let mut undefined = sources
                .iter()
                .any(|s| s.dwords.iter().any(|d| d.lanes[0] != 0))
                || scc_in;
            if matches!(
                inst.op,
                S_AND_B32 | S_OR_B32 | S_AND_NOT1_B32 | S_OR_NOT1_B32
            ) {
                // SCC is whether the result is zero: one defined set bit decides.
                let (a, b) = (sources[0].value(0), sources[1].value(0));
                let v = match inst.op {
                    S_AND_B32 => a & b,
                    S_OR_B32 => a | b,
                    S_AND_NOT1_B32 => a & !b,
                    _ => a | !b,
                };
                undefined = words[0] != 0 && v & !words[0] == 0;
            }
            out.scc = Some(undefined);
        }
        out
    }

    /// Takes the results in.
    pub fn commit(&mut self, r: &Results) {
        for (n, shadow, lanes) in &r.vector {
            self.set_vgpr(usize::from(*n), shadow, *lanes);
        }
        for (n, shadow) in &r.scalar {
            self.set_scalar(u16::from(*n), *shadow);
        }
        if let Some(scc) = r.scc {
            self.scc = scc;
        }
        // EXEC is always defined: writing it from undefined bits was reported.
        self.s[126] = 0;
        self.s[127] = 0;
    }

    /// Undefined bits that would go to EXEC.
    pub fn exec_bits(r: &Results) -> u32 {
        r.scalar
            .iter()
            .filter(|(n, _)| *n == Sreg::EXEC_LO.0)
            .fold(0, |m, (_, u)| m | u)
    }
}

/// A source operand's shadows and values.
struct Source {
    dwords: Vec<Dword>,
    mask: bool,
}

impl Source {
    fn value(&self, lane: usize) -> u32 {
        self.dwords[0].values[lane]
    }

    /// Shadow of the dword that a lane reads; of a mask, its bit.
    fn shadow(&self, lane: usize, k: u8) -> u32 {
        let d = self.dwords.get(usize::from(k)).or(self.dwords.first());
        let u = d.map_or(0, |d| d.lanes[lane]);
        if self.mask {
            u >> lane & 1
        } else {
            u
        }
    }

    /// Shadow of a 64-bit source.
    fn wide(&self, lane: usize) -> u64 {
        u64::from(self.shadow(lane, 0)) | u64::from(self.shadow(lane, 1)) << 32
    }

    fn undefined(&self, lane: usize) -> bool {
        if self.mask {
            return self.shadow(lane, 0) != 0;
        }
        self.dwords.iter().any(|d| d.lanes[lane] != 0)
    }

    fn permute(&mut self, from: &[Option<u32>; LANES]) {
        for d in &mut self.dwords {
            let (lanes, values) = (d.lanes, d.values);
            for i in 0..LANES {
                d.lanes[i] = from[i].map_or(0, |f| lanes[f as usize]);
                d.values[i] = from[i].map_or(0, |f| values[f as usize]);
            }
        }
    }
}

fn any(sources: &[Source], lane: usize) -> bool {
    sources.iter().any(|s| s.undefined(lane))
}

/// Packed operations: each half of the result depends on the halves that it selects.
fn packed_shadow(inst: &Inst, sources: &[Source], lane: usize) -> u32 {
    let mut out = 0;
    for (half, select) in [(0, inst.mods.op_sel), (16, inst.mods.op_sel_hi)] {
        let undefined = sources.iter().enumerate().any(|(i, s)| {
            let u = s.shadow(lane, 0);
            // An accumulator is read in place.
            let hi = if i < 3 {
                select >> i & 1 != 0
            } else {
                half == 16
            };
            (if hi { u >> 16 } else { u & 0xffff }) != 0
        });
        if undefined {
            out |= 0xffff << half;
        }
    }
    out
}

fn and(a: u32, ua: u32, b: u32, ub: u32) -> u32 {
    ua & (b | ub) | ub & (a | ua)
}

fn or(a: u32, ua: u32, b: u32, ub: u32) -> u32 {
    ua & (!b | ub) | ub & (!a | ua)
}

/// Carries run upwards: everything from the lowest undefined bit.
fn upwards(u: u32) -> u32 {
    if u == 0 {
        0
    } else {
        !0 << u.trailing_zeros()
    }
}

/// The shadow of dword `k` of a result in a lane.
fn lane_shadow(op: Op, s: &[Source], lane: usize, k: u8) -> u32 {
    use Op::*;
    let u = |i: usize| s.get(i).map_or(0, |s| s.shadow(lane, k));
    let v = |i: usize| {
        s.get(i).map_or(0, |s| {
            s.dwords
                .get(usize::from(k))
                .or(s.dwords.first())
                .map_or(0, |d| d.values[lane])
        })
    };
    let all = || if any(s, lane) { !0 } else { 0 };
    let (a, b, c) = (v(0), v(1), v(2));
    let (ua, ub, uc) = (u(0), u(1), u(2));
    match op {
        V_MOV_B32 | V_MOV_B16 | V_NOT_B32 | V_NOT_B16 | S_MOV_B32 | S_MOV_B64 | S_NOT_B32
        | S_NOT_B64 | V_CVT_U32_U16 => ua,
        V_CVT_I32_I16 => ((ua as u16 as i16) as i32) as u32,
        V_BFREV_B32 | S_BREV_B32 => ua.reverse_bits(),
        V_XOR_B32 | V_XNOR_B32 | S_XOR_B32 | S_XOR_B64 | S_XNOR_B32 => ua | ub,
        V_XOR3_B32 => ua | ub | uc,
        V_AND_B32 | V_AND_B16 | S_AND_B32 | S_AND_B64 | S_NAND_B32 => and(a, ua, b, ub),
        S_AND_NOT1_B32 | S_AND_NOT1_B64 => and(a, ua, !b, ub),
        V_OR_B32 | V_OR_B16 | S_OR_B32 | S_OR_B64 | S_NOR_B32 => or(a, ua, b, ub),
        S_OR_NOT1_B32 | S_OR_NOT1_B64 => or(a, ua, !b, ub),
        V_OR3_B32 => or(a | b, or(a, ua, b, ub), c, uc),
        V_AND_OR_B32 => or(a & b, and(a, ua, b, ub), c, uc),
        V_BFI_B32 => ua & (b ^ c | ub | uc) | a & ub | !a & uc,
        V_LSHL_OR_B32 if ub & 31 == 0 => {
            let n = b & 31;
            or(a << n, ua << n, c, uc)
        }
        V_LSHLREV_B32 if ua & 31 == 0 => ub << (a & 31),
        V_LSHRREV_B32 if ua & 31 == 0 => ub >> (a & 31),
        V_ASHRREV_I32 if ua & 31 == 0 => (ub as i32 >> (a & 31)) as u32,
        V_LSHLREV_B16 if ua & 15 == 0 => ub << (a & 15) & 0xffff,
        V_LSHRREV_B16 if ua & 15 == 0 => ub >> (a & 15),
        S_LSHL_B32 if ub & 31 == 0 => ua << (b & 31),
        S_LSHR_B32 if ub & 31 == 0 => ua >> (b & 31),
        S_ASHR_I32 if ub & 31 == 0 => (ua as i32 >> (b & 31)) as u32,
        V_BFE_U32 if (ub | uc) & 31 == 0 => ua >> (b & 31) & ((1 << (c & 31)) - 1),
        V_BFE_I32 if (ub | uc) & 31 == 0 => {
            let width = c & 31;
            if width == 0 {
                0
            } else {
                ((ua >> (b & 31) << (32 - width)) as i32 >> (32 - width)) as u32
            }
        }
        S_BFE_U32 if ub == 0 => {
            let width = (b >> 16 & 0x7f).min(32);
            if width >= 32 {
                ua >> (b & 31)
            } else {
                ua >> (b & 31) & ((1 << width) - 1)
            }
        }
        V_ADD_NC_U32 | V_SUB_NC_U32 | V_SUBREV_NC_U32 | V_MUL_LO_U32 | V_ADD_NC_I32
        | V_SUB_NC_I32 | S_ADD_U32 | S_SUB_U32 | S_ADD_I32 | S_SUB_I32 | S_MUL_I32 => {
            upwards(ua | ub)
        }
        V_ADD3_U32 => upwards(ua | ub | uc),
        V_XAD_U32 => upwards(ua | ub | uc),
        V_LSHL_ADD_U32 if ub & 31 == 0 => upwards(ua << (b & 31) | uc),
        V_ADD_LSHL_U32 if uc & 31 == 0 => upwards(ua | ub) << (c & 31),
        V_MUL_U32_U24 | V_MUL_I32_I24 => upwards((ua | ub) & 0xff_ffff),
        V_MAD_U32_U24 | V_MAD_I32_I24 => upwards((ua | ub) & 0xff_ffff | uc),
        V_CVT_F32_UBYTE0 => {
            if ua & 0xff != 0 {
                !0
            } else {
                0
            }
        }
        V_CVT_F32_UBYTE1 => {
            if ua >> 8 & 0xff != 0 {
                !0
            } else {
                0
            }
        }
        V_CVT_F32_UBYTE2 => {
            if ua >> 16 & 0xff != 0 {
                !0
            } else {
                0
            }
        }
        V_CVT_F32_UBYTE3 => {
            if ua >> 24 != 0 {
                !0
            } else {
                0
            }
        }
        V_PACK_B32_F16 => ua & 0xffff | ub << 16,
        S_PACK_LL_B32_B16 => ua & 0xffff | ub << 16,
        V_CVT_PK_RTZ_F16_F32
        | V_CVT_PK_I16_F32
        | V_CVT_PK_U16_F32
        | V_CVT_PK_U16_U32
        | V_CVT_PK_I16_I32
        | V_CVT_PK_NORM_I16_F32
        | V_CVT_PK_NORM_U16_F32
        | V_CVT_PK_NORM_I16_F16
        | V_CVT_PK_NORM_U16_F16 => u32::from(ua != 0) * 0xffff | u32::from(ub != 0) * 0xffff_0000,
        V_PERM_B32 if uc == 0 => {
            let data = u64::from(ua) << 32 | u64::from(ub);
            (0..4).fold(0, |r, i| {
                let byte = match c >> (8 * i) & 0xff {
                    n @ 0..=7 => (data >> (8 * n)) as u32 & 0xff,
                    n @ 8..=11 if data >> (16 * (n - 8) + 15) & 1 != 0 => 0xff,
                    _ => 0,
                };
                r | byte << (8 * i)
            })
        }
        V_ALIGNBIT_B32 if uc & 31 == 0 => {
            ((u64::from(ua) << 32 | u64::from(ub)) >> (c & 31)) as u32
        }
        V_ALIGNBYTE_B32 if uc & 3 == 0 => {
            ((u64::from(ua) << 32 | u64::from(ub)) >> (8 * (c & 3))) as u32
        }
        V_CNDMASK_B32 | V_CNDMASK_B16 => {
            // `c` is the mask; its bit for the lane.
            let on = s
                .get(2)
                .is_some_and(|m| m.dwords[0].values[lane] >> lane & 1 != 0);
            if uc != 0 {
                a ^ b | ua | ub
            } else if on {
                ub
            } else {
                ua
            }
        }
        S_CSELECT_B32 | S_CSELECT_B64 => ua | ub,
        V_MAD_U64_U32 | V_MAD_I64_I32 => {
            let low = s.get(2).map_or(0, |c| c.shadow(lane, 0))
                | s[0].shadow(lane, 0)
                | s[1].shadow(lane, 0);
            match (k, low) {
                (0, _) => upwards(low),
                (_, 0) => upwards(uc),
                _ => !0,
            }
        }
        V_LSHLREV_B64 | V_LSHRREV_B64 | V_ASHRREV_I64 if s[0].shadow(lane, 0) & 63 == 0 => {
            let n = s[0].value(lane) & 63;
            half_of(shift64(op, s[1].wide(lane), n), k)
        }
        S_LSHL_B64 | S_LSHR_B64 | S_ASHR_I64 if s[1].shadow(lane, 0) & 63 == 0 => {
            let n = s[1].value(lane) & 63;
            half_of(shift64(op, s[0].wide(lane), n), k)
        }
        _ => all(),
    }
}

fn half_of(v: u64, k: u8) -> u32 {
    (v >> (32 * u32::from(k & 1))) as u32
}

fn shift64(op: Op, v: u64, n: u32) -> u64 {
    match op {
        Op::V_LSHLREV_B64 | Op::S_LSHL_B64 => v << n,
        Op::V_LSHRREV_B64 | Op::S_LSHR_B64 => v >> n,
        _ => (v as i64 >> n) as u64,
    }
}
