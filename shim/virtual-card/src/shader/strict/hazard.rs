//! Hazards: sequences that the hardware executes wrongly unless software separates them.
//!
//! From the tables of `docs` of LLVM's GCNHazardRecognizer and Mesa's aco_insert_NOPs, as far as
//! they concern wave32: results of transcendental operations (gfx11), masks of `v_cmpx` before
//! permutes, scalar registers that a VALU operation has read and that are written and read again
//! (gfx12), matrix operations in sequence, the message that frees registers.

use rdna_isa::{Bank, Class, Gen, Implicit, Inst, Op, Operand, RegRange};

use super::counters::name;
use super::Unit;

/// Since when a VGPR holds a transcendental result that may not be read yet.
#[derive(Clone, Copy, Debug)]
struct Trans {
    register: u8,
    valus: u32,
    trans: u32,
}

/// A scalar register, as gfx12's hazard tracks it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Scalar {
    /// A vector operation has read it or the other register of its pair.
    read: bool,
    /// A scalar operation has written it since; how many unrelated scalar operations ago.
    by_scalar: Option<u32>,
    /// A vector operation has written it since.
    by_vector: bool,
}

/// What is remembered of a wave's last instructions.
#[derive(Clone, Debug)]
pub struct Hazards {
    gen: Gen,
    trans: Vec<Trans>,
    scalars: [Scalar; 124],
    /// `v_cmpx` was the last vector operation.
    cmpx: bool,
    /// Destination of the last vector operation if it was a matrix operation.
    matrix: Option<RegRange>,
    /// The vector registers have been given back.
    freed: bool,
    /// The last instruction was `s_nop`.
    nop: bool,
}

/// Scalar operations after which gfx12's hazard has passed.
const EXPIRY: u32 = 11;

fn imm(inst: &Inst) -> u32 {
    inst.operands
        .iter()
        .find_map(|op| {
            if let Operand::Imm(v) = op {
                Some(*v as u32)
            } else {
                None
            }
        })
        .unwrap_or(0)
}

impl Hazards {
    /// For a wave that starts.
    pub fn new(gen: Gen) -> Hazards {
        Hazards {
            gen,
            trans: Vec::new(),
            scalars: [Scalar::default(); 124],
            cmpx: false,
            matrix: None,
            freed: false,
            nop: false,
        }
    }

    /// Checks an instruction against what came before, and remembers it.
    ///
    /// # Errors
    /// The name of the hazard, and the register.
    pub fn step(
        &mut self,
        inst: &Inst,
        unit: Unit,
        uses: &[RegRange],
        defs: &[RegRange],
    ) -> Result<(), String> {
        self.check_freed(inst, uses, defs)?;
        match self.gen {
            Gen::Gfx11 => self.trans_use(inst, unit, uses, defs)?,
            Gen::Gfx12 => self.valu_read_sgpr(inst, unit, uses, defs)?,
        }
        self.permute_after_cmpx(inst, unit)?;
        self.matrix_after_matrix(inst, unit, uses, defs)?;
        self.nop = inst.op == Op::S_NOP;
        Ok(())
    }

    /// VALUTransUseHazard: fewer than six vector and two transcendental operations between.
    fn trans_use(
        &mut self,
        inst: &Inst,
        unit: Unit,
        uses: &[RegRange],
        defs: &[RegRange],
    ) -> Result<(), String> {
        match unit {
            Unit::Valu => {}
            // These wait for the vector unit's results themselves.
            Unit::Memory => {
                self.trans.clear();
                return Ok(());
            }
            _ => {
                if inst.op == Op::S_WAITCNT_DEPCTR && imm(inst) >> 12 & 15 == 0 {
                    self.trans.clear();
                }
                return Ok(());
            }
        }
        for r in uses.iter().filter(|r| r.bank == Bank::Vgpr) {
            let range = r.first..=r.first.saturating_add(r.count - 1);
            if self.trans.iter().any(|t| range.contains(&t.register)) {
                return Err(format!(
                    "VALUTransUseHazard: {} comes from a transcendental operation; s_waitcnt_depctr 0x0fff is missing",
                    name(r)
                ));
            }
        }
        let is_trans = inst.op.info().implicit.contains(Implicit::TRANS);
        for t in &mut self.trans {
            t.valus += 1;
            t.trans += u32::from(is_trans);
        }
        self.trans.retain(|t| {
            let rewritten = !is_trans
                && defs
                    .iter()
                    .any(|d| d.bank == Bank::Vgpr && d.first == t.register && d.count == 1);
            t.valus <= 5 && t.trans <= 1 && !rewritten
        });
        if is_trans {
            for d in defs.iter().filter(|d| d.bank == Bank::Vgpr) {
                for k in 0..d.count {
                    self.trans.push(Trans {
                        register: d.first.saturating_add(k),
                        valus: 0,
                        trans: 0,
                    });
                }
            }
        }
        Ok(())
    }

    /// VALUReadSGPRHazard: a scalar register that a vector operation has read is written, and read
    /// again too early: by anything if a scalar operation wrote it, by a vector operation if a
    /// vector operation did.
    fn valu_read_sgpr(
        &mut self,
        inst: &Inst,
        unit: Unit,
        uses: &[RegRange],
        defs: &[RegRange],
    ) -> Result<(), String> {
        if inst.op == Op::S_WAITCNT_DEPCTR {
            // sa_sdst bit 0, va_vcc bit 1, va_sdst bits 11:9.
            let imm = imm(inst);
            for (r, s) in self.scalars.iter_mut().enumerate() {
                if imm & 1 == 0 {
                    s.by_scalar = None;
                }
                let vcc = r == 106 || r == 107;
                if (vcc && imm & 2 == 0) || (!vcc && imm >> 9 & 7 == 0) {
                    s.by_vector = false;
                }
            }
            return Ok(());
        }
        let (valu, salu) = (unit == Unit::Valu, unit == Unit::Salu);
        // Registers from `null` on are exempt.
        let registers = |ranges: &[RegRange]| -> Vec<usize> {
            ranges
                .iter()
                .filter(|r| r.bank == Bank::Sgpr)
                .flat_map(|r| usize::from(r.first)..usize::from(r.first) + usize::from(r.count))
                .filter(|r| *r < 124)
                .collect()
        };
        let (read, written) = (registers(uses), registers(defs));
        if !valu && !salu {
            // A load replaces what a scalar or vector operation wrote.
            for r in written {
                (self.scalars[r].by_scalar, self.scalars[r].by_vector) = (None, false);
            }
            return Ok(());
        }
        for &r in &read {
            let s = self.scalars[r];
            let limit = if salu { EXPIRY - 1 } else { EXPIRY };
            let range = RegRange {
                bank: Bank::Sgpr,
                first: r as u8,
                count: 1,
                part: rdna_isa::Part::Whole,
            };
            if s.by_scalar.is_some_and(|n| n < limit) {
                return Err(format!(
                    "VALUReadSGPRHazard: {} was read by a vector operation and written by a scalar one; s_wait_alu 0xfffe is missing",
                    name(&range)
                ));
            }
            if valu && s.by_vector {
                return Err(format!(
                    "VALUReadSGPRHazard: {} was read and written by vector operations; s_wait_alu {} is missing",
                    name(&range),
                    if r == 106 { "0xfffd" } else { "0xf1ff" }
                ));
            }
        }
        if salu {
            let related = |r: usize| read.contains(&r);
            for (r, s) in self.scalars.iter_mut().enumerate() {
                if !related(r) {
                    s.by_scalar = s.by_scalar.map(|n| n + 1).filter(|n| *n < EXPIRY);
                }
            }
        }
        if valu {
            for &r in &read {
                self.scalars[r].read = true;
                self.scalars[r ^ 1].read = true;
            }
        }
        for &r in &written {
            let s = &mut self.scalars[r];
            if s.read {
                (s.by_scalar, s.by_vector) = if salu { (Some(0), false) } else { (None, true) };
            }
        }
        Ok(())
    }

    /// VcmpxPermlaneHazard.
    fn permute_after_cmpx(&mut self, inst: &Inst, unit: Unit) -> Result<(), String> {
        use Op::*;
        if unit != Unit::Valu {
            return Ok(());
        }
        let permute = matches!(
            inst.op,
            V_PERMLANE16_B32
                | V_PERMLANEX16_B32
                | V_PERMLANE64_B32
                | V_PERMLANE16_VAR_B32
                | V_PERMLANEX16_VAR_B32
        );
        if permute && self.cmpx {
            return Err(
                "VcmpxPermlaneHazard: a permute follows v_cmpx; a v_nop between is missing".into(),
            );
        }
        self.cmpx = inst.op.info().implicit.contains(Implicit::WRITE_EXEC);
        Ok(())
    }

    /// A matrix operation whose A or B is the result of the one just before.
    fn matrix_after_matrix(
        &mut self,
        inst: &Inst,
        unit: Unit,
        uses: &[RegRange],
        defs: &[RegRange],
    ) -> Result<(), String> {
        if unit != Unit::Valu {
            return Ok(());
        }
        let matrix = inst.op.info().class == Class::Wmma;
        if let (true, Some(last)) = (matrix, self.matrix) {
            if let Some(r) = uses.iter().take(2).find(|r| r.overlaps(&last)) {
                return Err(format!("WMMA hazard: {} comes from the matrix operation before; a v_nop between is missing", name(r)));
            }
        }
        self.matrix = if matrix { defs.first().copied() } else { None };
        Ok(())
    }

    /// After `s_sendmsg dealloc_vgprs` there are no vector registers, and it wants an `s_nop`
    /// before it.
    fn check_freed(
        &mut self,
        inst: &Inst,
        uses: &[RegRange],
        defs: &[RegRange],
    ) -> Result<(), String> {
        if self.freed {
            if let Some(r) = uses.iter().chain(defs).find(|r| r.bank == Bank::Vgpr) {
                return Err(format!("{} is used after dealloc_vgprs", name(r)));
            }
        }
        if frees(inst) {
            if !self.nop && self.gen == Gen::Gfx11 {
                return Err("dealloc_vgprs without s_nop before it".into());
            }
            self.freed = true;
        }
        Ok(())
    }
}

/// `s_sendmsg dealloc_vgprs`.
pub fn frees(inst: &Inst) -> bool {
    inst.op == Op::S_SENDMSG && imm(inst) & 0xff == 3
}
