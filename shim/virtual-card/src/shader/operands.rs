//! From an instruction's operands to a slot's indices.
//!
//! Constants are placed behind the scalar file in the form that the operation reads (a double's
//! upper half, a half's bits), so that executing knows no inline constants. Every register is
//! checked against what the wave owns.

use std::collections::HashMap;

use rdna_isa::{Dpp, Form, Inst, Kind, OpInfo, Operand, OperandInfo, Role, Sreg, Ty};

use super::access::MemOp;
use super::lanes::Cpu;
use super::program::{DppOp, DualOp, Options, Prepared, Slot};
use super::wave::{scalar, TEMP_LINES};

/// Values of the inline float constants 240–248 (1/(2π) last), as doubles.
/// The last is rounded down, as AMD gives it (0x3fc45f306dc9c882).
const FLOATS: [f64; 9] = [
    0.5,
    -0.5,
    1.0,
    -1.0,
    2.0,
    -2.0,
    4.0,
    -4.0,
    f64::from_bits(0x3fc4_5f30_6dc9_c882),
];

/// Collects a program's side tables while its slots are made.
pub struct Builder<'a> {
    /// What the program is prepared for.
    pub options: &'a Options,
    /// Which kernels to pick.
    pub cpu: Cpu,
    /// Memory operations.
    pub memory: Vec<MemOp>,
    /// DPP operations.
    pub dpp: Vec<DppOp>,
    /// Dual instructions.
    pub dual: Vec<DualOp>,
    /// Operations that name VCCZ or EXECZ.
    pub prepared: Vec<Prepared>,
    /// Constants behind the scalar file.
    pub constants: Vec<u32>,
    /// Vector registers in use.
    pub vgprs: usize,
    index: HashMap<(u32, Option<u32>), u16>,
}

/// A source or destination, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, or scalar index with [`scalar::FLAG`] for sources of vector operations.
    pub index: u16,
    /// Upper half of a 16-bit register.
    pub hi: bool,
}

impl<'a> Builder<'a> {
    /// An empty one.
    pub fn new(options: &'a Options, cpu: Cpu) -> Builder<'a> {
        Builder {
            options,
            cpu,
            memory: Vec::new(),
            dpp: Vec::new(),
            dual: Vec::new(),
            prepared: Vec::new(),
            constants: Vec::new(),
            vgprs: 1,
            index: HashMap::new(),
        }
    }

    /// What was collected.
    pub fn finish(self) -> Builder<'a> {
        self
    }

    /// A constant dword's scalar index.
    pub fn constant(&mut self, value: u32) -> Result<u16, String> {
        self.place_constant(value, None)
    }

    /// Two constant dwords.
    pub fn constant64(&mut self, value: u64) -> Result<u16, String> {
        self.place_constant(value as u32, Some((value >> 32) as u32))
    }

    fn place_constant(&mut self, lo: u32, hi: Option<u32>) -> Result<u16, String> {
        if let Some(&i) = self.index.get(&(lo, hi)) {
            return Ok(i);
        }
        let at = scalar::CONSTANTS as usize + self.constants.len();
        if at + 2 >= scalar::FLAG as usize {
            return Err("the program has more than 32,000 distinct constants".into());
        }
        self.constants.push(lo);
        self.constants.extend(hi);
        self.index.insert((lo, hi), at as u16);
        Ok(at as u16)
    }

    /// First line of a vector register tuple.
    pub fn vgpr(&mut self, n: u8, dwords: u8) -> Result<u16, String> {
        let end = usize::from(n) + usize::from(dwords.max(1));
        if end > self.options.vgprs {
            return Err(format!(
                "v{} is beyond the wave's {} vector registers",
                end - 1,
                self.options.vgprs
            ));
        }
        self.vgprs = self.vgprs.max(end);
        Ok((TEMP_LINES + usize::from(n)) as u16)
    }

    /// Index of a scalar register tuple that is read.
    pub fn sgpr(&mut self, r: Sreg, dwords: u8) -> Result<u16, String> {
        if r == Sreg::NULL {
            return if dwords > 1 {
                self.constant64(0)
            } else {
                self.constant(0)
            };
        }
        check_tuple(r, dwords)?;
        Ok(u16::from(r.0))
    }

    /// Index of a scalar register tuple that is written.
    pub fn sgpr_dst(&mut self, r: Sreg, dwords: u8) -> Result<u16, String> {
        if r == Sreg::NULL {
            return Ok(scalar::SINK);
        }
        check_tuple(r, dwords)?;
        Ok(u16::from(r.0))
    }

    /// A source of a scalar operation (or any source that is one value for the wave).
    pub fn scalar_source(&mut self, op: Operand, info: &OperandInfo) -> Result<u16, String> {
        let wide = info.dwords == 2;
        match op {
            Operand::Sgpr(r) => self.sgpr(r, info.dwords),
            Operand::Inline(_) | Operand::Literal(_) | Operand::Imm(_) => {
                let v = constant_value(op, info.ty)?;
                if wide {
                    self.constant64(v)
                } else {
                    self.constant(v as u32)
                }
            }
            Operand::Special(code) => match code {
                235..=238 if wide => {
                    let bases = u64::from(self.options.sh_mem_bases);
                    let (private, shared) = (bases & 0xffff, bases >> 16);
                    self.constant64(match code {
                        235 => shared << 48,
                        236 => shared << 48 | 0xffff_ffff,
                        237 => private << 48,
                        _ => private << 48 | 0xffff_ffff,
                    })
                }
                // As 32-bit sources the apertures' low halves: zero for a base.
                235 | 237 => self.constant(0),
                236 | 238 => self.constant(!0),
                251 => Ok(scalar::VCCZ),
                252 => Ok(scalar::EXECZ),
                253 => Ok(scalar::SCC),
                _ => Err(format!("source code {code} has no meaning")),
            },
            Operand::Off => self.constant(0),
            Operand::Vgpr(n) => Err(format!("v{n} where a scalar source is needed")),
            Operand::Vgpr16 { reg, .. } => Err(format!("v{reg} where a scalar source is needed")),
        }
    }

    /// A source of a vector operation.
    pub fn source(&mut self, op: Operand, info: &OperandInfo) -> Result<Place, String> {
        match op {
            Operand::Vgpr(n) => Ok(Place {
                index: self.vgpr(n, info.dwords)?,
                hi: false,
            }),
            Operand::Vgpr16 { reg, hi } => Ok(Place {
                index: self.vgpr(reg, 1)?,
                hi,
            }),
            _ => Ok(Place {
                index: self.scalar_source(op, info)? | scalar::FLAG,
                hi: false,
            }),
        }
    }

    /// A vector destination.
    pub fn vector_dst(&mut self, op: Operand, info: &OperandInfo) -> Result<Place, String> {
        match op {
            Operand::Vgpr(n) => Ok(Place {
                index: self.vgpr(n, info.dwords)?,
                hi: false,
            }),
            Operand::Vgpr16 { reg, hi } => Ok(Place {
                index: self.vgpr(reg, 1)?,
                hi,
            }),
            _ => Err(format!("{op:?} where a vector register is needed")),
        }
    }

    /// A scalar destination.
    pub fn scalar_dst(&mut self, op: Operand, info: &OperandInfo) -> Result<u16, String> {
        match op {
            Operand::Sgpr(r) => self.sgpr_dst(r, info.dwords),
            _ => Err(format!("{op:?} where a scalar register is needed")),
        }
    }

    /// Adds a memory operation.
    pub fn memory(&mut self, op: MemOp) -> u32 {
        self.memory.push(op);
        self.memory.len() as u32 - 1
    }

    /// Fills `slot` with the operands of a vector ALU instruction: destination, scalar
    /// destination, up to three sources, modifiers.
    pub fn vector_slot(&mut self, inst: &Inst, row: &OpInfo) -> Result<Slot, String> {
        let mut s = Slot::empty();
        let m = &inst.mods;
        let mut sel = u16::from(m.op_sel & 0xf);
        let mut sources = Vec::with_capacity(3);
        let mut defs = 0;
        let mut accumulator = None;
        for (op, info) in inst.operands.iter().zip(row.operands) {
            match info.role {
                Role::Def | Role::DefUse => {
                    let index = match (info.kind, *op) {
                        (Kind::Vgpr | Kind::VgprOrOff, op) => {
                            let p = self.vector_dst(op, info)?;
                            if p.hi {
                                // A second vector result is a swapped source.
                                sel |= if defs == 0 { 8 } else { 1 };
                            }
                            p.index
                        }
                        (_, op) => self.scalar_dst(op, info)?,
                    };
                    if info.role == Role::DefUse {
                        accumulator = Some((index, sel >> 3 & 1));
                    }
                    match defs {
                        0 => s.dst = index,
                        1 => s.dst2 = index,
                        _ => return Err("more than two results".into()),
                    }
                    defs += 1;
                }
                Role::Use => {
                    let p = self.source(*op, info)?;
                    if p.hi {
                        sel |= 1 << sources.len();
                    }
                    sources.push(p.index);
                }
            }
        }
        if let Some((index, hi)) = accumulator {
            // An accumulator is the third source.
            while sources.len() < 2 {
                sources.push(self.constant(0)? | scalar::FLAG);
            }
            if sources.len() == 2 {
                sources.push(index);
                sel = sel & !4 | hi << 2;
            }
        }
        if sources.len() > 3 {
            return Err("more than three sources".into());
        }
        let zero = self.constant(0)? | scalar::FLAG;
        let mut sources = sources.into_iter();
        s.a = sources.next().unwrap_or(zero);
        s.b = sources.next().unwrap_or(zero);
        s.c = sources.next().unwrap_or(zero);
        s.mods = u16::from(m.neg & 7)
            | u16::from(m.abs & 7) << 3
            | sel << 6
            | u16::from(m.op_sel_hi & 7) << 10
            | u16::from(m.clamp) << 13
            | u16::from(m.omod & 3) << 14;
        Ok(s)
    }

    /// Wraps `inner` into a DPP operation if the form asks for it.
    pub fn dpp(
        &mut self,
        form: Form,
        dpp: Option<Dpp>,
        inner: Slot,
        dwords: u8,
        writes_exec: bool,
    ) -> Result<u32, String> {
        let eight = matches!(form, Form::Dpp8 | Form::E64Dpp8);
        let dpp = dpp.ok_or("a DPP form without its control word")?;
        self.dpp.push(DppOp {
            inner,
            dpp,
            eight,
            dwords,
            writes_exec,
        });
        Ok(self.dpp.len() as u32 - 1)
    }
}

/// Scalar tuples may not run past the architectural registers.
fn check_tuple(r: Sreg, dwords: u8) -> Result<(), String> {
    let last = u16::from(r.0) + u16::from(dwords.max(1)) - 1;
    let fits = match r.0 {
        0..=105 => last <= 107,
        106 | 107 => last <= 107,
        108..=123 => last <= 123,
        125 => last <= 125,
        126 | 127 => last <= 127,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("no scalar register {r:?} with {dwords} dwords"))
    }
}

/// The bits that a constant operand has for an operation that reads it as `ty`.
pub fn constant_value(op: Operand, ty: Ty) -> Result<u64, String> {
    match op {
        Operand::Imm(v) => Ok(v as i64 as u64),
        Operand::Literal(v) => Ok(match ty {
            Ty::F64 => u64::from(v) << 32,
            Ty::I64 => i64::from(v as i32) as u64,
            _ => u64::from(v),
        }),
        Operand::Inline(code) => match code {
            128..=192 => Ok(u64::from(code) - 128),
            193..=208 => {
                let v = 192 - i64::from(code);
                Ok(match ty {
                    Ty::B8 | Ty::B16 | Ty::I16 | Ty::U16 | Ty::F16 | Ty::Bf16 => v as u64 & 0xffff,
                    _ => v as u64,
                })
            }
            240..=248 => {
                let v = FLOATS[usize::from(code) - 240];
                Ok(match ty {
                    Ty::F64 | Ty::B64 | Ty::I64 | Ty::U64 => v.to_bits(),
                    Ty::F16 | Ty::B16 | Ty::I16 | Ty::U16 | Ty::PkF16 => {
                        u64::from(half::f16::from_f64(v).to_bits())
                    }
                    Ty::Bf16 => u64::from(half::bf16::from_f64(v).to_bits()),
                    _ => u64::from((v as f32).to_bits()),
                })
            }
            _ => Err(format!("source code {code} is no constant")),
        },
        _ => Err(format!("{op:?} is no constant")),
    }
}
