//! PTX as text: registers, operands, lines.
//!
//! Every IR value has one untyped register of its width, as PTX lets an instruction of any type
//! use a `.b` register of that size; so a bitcast is no instruction. The lines of the prologue are
//! kept apart, because what is hoisted there is found while the body is written.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter, Write};

use crate::kernel::Type;

/// Kind of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bank {
    /// `.pred`.
    Pred,
    /// `.b16`.
    B16,
    /// `.b32`.
    B32,
    /// `.b64`.
    B64,
}

/// Every kind, its PTX type, and how its registers are named.
const BANKS: [(Bank, &str, &str); 4] = [
    (Bank::Pred, "pred", "p"),
    (Bank::B16, "b16", "h"),
    (Bank::B32, "b32", "r"),
    (Bank::B64, "b64", "rd"),
];

impl Bank {
    /// Of a value.
    pub fn of(ty: Type) -> Bank {
        match ty {
            Type::Bool => Bank::Pred,
            Type::I16 | Type::F16 => Bank::B16,
            Type::I32 | Type::F32 => Bank::B32,
            Type::I64 | Type::F64 => Bank::B64,
        }
    }

    /// The PTX type, `pred` or `b` with the width.
    pub fn name(self) -> &'static str {
        BANKS[self as usize].1
    }
}

/// A virtual register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reg {
    /// Its kind.
    pub bank: Bank,
    number: u32,
}

impl Display for Reg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "%{}{}", BANKS[self.bank as usize].2, self.number)
    }
}

/// A source operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A register.
    Reg(Reg),
    /// An integer, or bits of anything.
    Int(i64),
    /// A float of 32 bits.
    F32(u32),
    /// A float of 64 bits.
    F64(u64),
}

impl From<Reg> for Arg {
    fn from(reg: Reg) -> Arg {
        Arg::Reg(reg)
    }
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Arg::Reg(reg) => reg.fmt(f),
            Arg::Int(value) => value.fmt(f),
            Arg::F32(bits) => write!(f, "0f{bits:08X}"),
            Arg::F64(bits) => write!(f, "0d{bits:016X}"),
        }
    }
}

/// The address operand of a memory instruction.
#[derive(Clone, Debug)]
pub enum Address {
    /// Register and constant.
    Reg(Reg, u32),
    /// Variable and constant.
    Name(String, u32),
}

impl Address {
    /// `bytes` further on.
    pub fn plus(&self, bytes: u32) -> Address {
        match self {
            Address::Reg(reg, at) => Address::Reg(*reg, at.wrapping_add(bytes)),
            Address::Name(name, at) => Address::Name(name.clone(), at.wrapping_add(bytes)),
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (base, at): (&dyn Display, u32) = match self {
            Address::Reg(reg, at) => (reg, *at),
            Address::Name(name, at) => (name, *at),
        };
        match at {
            0 => write!(f, "[{base}]"),
            at => write!(f, "[{base}+{at}]"),
        }
    }
}

/// A text under construction.
#[derive(Default)]
pub struct Text {
    prologue: String,
    body: String,
    registers: [u32; BANKS.len()],
    classes: BTreeMap<String, u32>,
}

impl Text {
    /// A new register.
    pub fn reg(&mut self, bank: Bank) -> Reg {
        let number = &mut self.registers[bank as usize];
        let reg = Reg {
            bank,
            number: *number,
        };
        *number += 1;
        reg
    }

    /// Appends an instruction to the body.
    pub fn inst(&mut self, line: fmt::Arguments) {
        instruction(&mut self.body, &mut self.classes, line);
    }

    /// Appends an instruction to what runs once, before the body.
    pub fn hoisted(&mut self, line: fmt::Arguments) {
        instruction(&mut self.prologue, &mut self.classes, line);
    }

    /// Appends a label to the body.
    pub fn label(&mut self, label: &dyn Display) {
        let _ = writeln!(self.body, "{label}:");
    }

    /// Instructions by opcode; memory instructions with their space.
    pub fn classes(&self) -> &BTreeMap<String, u32> {
        &self.classes
    }

    /// Declarations of registers, prologue and body.
    pub fn finish(&self, out: &mut String) {
        for (bank, ty, name) in BANKS {
            match self.registers[bank as usize] {
                0 => {}
                n => {
                    let _ = writeln!(out, "\t.reg .{ty} %{name}<{n}>;");
                }
            }
        }
        out.push_str(&self.prologue);
        out.push_str(&self.body);
    }
}

fn instruction(out: &mut String, classes: &mut BTreeMap<String, u32>, line: fmt::Arguments) {
    let start = out.len();
    let _ = writeln!(out, "\t{line};");
    let words = out[start..].split_ascii_whitespace();
    let mut words = words.skip_while(|word| word.starts_with('@'));
    let opcode = words.next().unwrap_or_default().trim_end_matches(';');
    let mut parts = opcode.split('.');
    let mut class = parts.next().unwrap_or_default().to_owned();
    let spaces = ["global", "shared", "local", "param"];
    if let Some(space) = parts.find(|part| spaces.contains(part)) {
        class = format!("{class}.{space}");
    }
    *classes.entry(class).or_insert(0) += 1;
}
