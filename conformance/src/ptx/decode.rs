//! Statements to instructions: which forms are known, and what their types must be.
//!
//! Every suffix of an opcode is looked at; one that is not known refuses the text by name. Register
//! widths must be what the instruction's type says, but that `ld`, `st` and `cvt` take wider ones.

use std::collections::HashMap;
use std::sync::Arc;

use super::approx::{Approx, Function};
use super::convert::{self, Ty};
use super::float::{self, F32Ftz, F16, F32, F64};
use super::inst::{
    Address, Combine, Entry, Inst, Module, Op, Pred, Reg, Shuffle, Source, Space, Special, Truth,
    Vote,
};
use super::integer as int;
use super::parse::{self, Operand, Statement, Variable};
use super::ParseError;

type Decoded<T> = Result<T, String>;

/// What a name of a body means.
#[derive(Clone, Copy, Debug)]
enum Name {
    Reg(Reg, u32),
    Pred(Pred),
    /// Offset in a space.
    Variable(Space, u32),
}

struct Decoder<'a> {
    names: HashMap<String, Name>,
    labels: HashMap<&'a str, u32>,
    /// Register names, with their widths.
    registers: Vec<(String, u32)>,
    predicates: Vec<String>,
}

/// Most registers of an entry; the text comes from outside.
const MAX_REGISTERS: usize = 1 << 20;

impl Module {
    /// Reads a text.
    ///
    /// Errors: the first line that is not PTX as we know it.
    pub fn parse(text: &str) -> Result<Module, ParseError> {
        let module = parse::parse(text)?;
        let source: Arc<str> = text.into();
        let entries = module
            .entries
            .iter()
            .map(|entry| decode(entry, &module.shared, &source).map(Arc::new))
            .collect::<Result<_, _>>()?;
        Ok(Module {
            target: module.target,
            version: module.version,
            entries,
        })
    }
}

/// Lays variables out one after the other.
#[derive(Default)]
struct Layout(u32);

impl Layout {
    fn place(&mut self, variable: &Variable<'_>) -> Decoded<u32> {
        let at = self.0.checked_next_multiple_of(variable.align.max(1));
        let end = at.and_then(|at| at.checked_add(variable.bytes.unwrap_or(0)));
        match (at, end) {
            (Some(at), Some(end)) if end <= 1 << 28 => {
                self.0 = end;
                Ok(at)
            }
            _ => Err(format!("`{}` is too large", variable.name)),
        }
    }
}

fn decode(
    entry: &parse::Entry<'_>,
    module_shared: &[Variable<'_>],
    source: &Arc<str>,
) -> Result<Entry, ParseError> {
    let first = entry.body.first().map_or(1, |(line, _)| *line);
    let at = |line| move |what| ParseError { line, what };
    let mut decoder = Decoder {
        names: HashMap::new(),
        labels: HashMap::new(),
        registers: Vec::new(),
        predicates: Vec::new(),
    };
    let (mut shared, mut local, mut params) = (Layout(0), Layout(0), Layout(0));
    let mut dynamic = None;
    for variable in &entry.parameters {
        let offset = params.place(variable).map_err(at(first))?;
        decoder
            .define(variable.name, Name::Variable(Space::Param, offset))
            .map_err(at(first))?;
    }
    let in_body = entry
        .body
        .iter()
        .filter_map(|(_, statement)| match statement {
            Statement::Variable(variable) if variable.space == ".shared" => Some(*variable),
            _ => None,
        });
    for variable in module_shared.iter().copied().chain(in_body) {
        if variable.bytes.is_none() {
            dynamic = Some(variable);
            continue;
        }
        let offset = shared.place(&variable).map_err(at(first))?;
        decoder
            .define(variable.name, Name::Variable(Space::Shared, offset))
            .map_err(at(first))?;
    }
    // What the launch gives comes after everything that the text declares.
    if let Some(variable) = dynamic {
        let offset = shared.place(&variable).map_err(at(first))?;
        decoder
            .define(variable.name, Name::Variable(Space::Shared, offset))
            .map_err(at(first))?;
    }
    let mut count = 0;
    for (line, statement) in &entry.body {
        match statement {
            Statement::Label(name) => {
                if decoder.labels.insert(name, count).is_some() {
                    return Err(at(*line)(format!("`{name}` is there twice")));
                }
            }
            Statement::Instruction { .. } => count += 1,
            Statement::Registers { ty, name, count } => {
                decoder.declare(ty, name, *count).map_err(at(*line))?
            }
            Statement::Variable(variable) if variable.space == ".local" => {
                let offset = local.place(variable).map_err(at(*line))?;
                decoder
                    .define(variable.name, Name::Variable(Space::Local, offset))
                    .map_err(at(*line))?;
            }
            Statement::Variable(_) => {}
        }
    }
    let mut code = Vec::new();
    for (line, statement) in &entry.body {
        let Statement::Instruction {
            guard,
            opcode,
            operands,
        } = statement
        else {
            continue;
        };
        let inst = decoder
            .instruction(*guard, opcode, operands)
            .map_err(at(*line))?;
        code.push(Inst {
            line: *line,
            ..inst
        });
    }
    Ok(Entry {
        name: entry.name.to_owned(),
        parameter_bytes: params.0,
        workgroup_size: entry.workgroup_size,
        static_shared: shared.0,
        has_dynamic_shared: dynamic.is_some(),
        local_bytes: local.0,
        registers: decoder
            .registers
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
        predicates: decoder.predicates,
        code,
        source: source.clone(),
    })
}

/// Integer instructions that exist in three widths.
macro_rules! widths {
    ($ty:expr, $f:ident) => {
        match $ty {
            "u16" | "s16" | "b16" => int::$f::<16>,
            "u32" | "s32" | "b32" => int::$f::<32>,
            "u64" | "s64" | "b64" => int::$f::<64>,
            other => return Err(format!("type .{other}")),
        }
    };
    ($ty:expr, $unsigned:ident, $signed:ident) => {
        match $ty {
            "u16" => int::$unsigned::<16>,
            "u32" => int::$unsigned::<32>,
            "u64" => int::$unsigned::<64>,
            "s16" => int::$signed::<16>,
            "s32" => int::$signed::<32>,
            "s64" => int::$signed::<64>,
            other => return Err(format!("type .{other}")),
        }
    };
    // Integers by their sign, and bits as unsigned.
    ($ty:expr, $unsigned:ident, $signed:ident, bits) => {
        match $ty {
            "b16" => int::$unsigned::<16>,
            "b32" => int::$unsigned::<32>,
            "b64" => int::$unsigned::<64>,
            ty => widths!(ty, $unsigned, $signed),
        }
    };
}

/// An f32 instruction with or without `.ftz`.
macro_rules! ftz {
    ($ftz:expr, $f:ident) => {
        match $ftz {
            true => float::$f::<true>,
            false => float::$f::<false>,
        }
    };
}

type Map1 = fn(u64) -> u64;
type Map2 = fn(u64, u64) -> u64;
type Map3 = fn(u64, u64, u64) -> u64;

/// Takes suffixes out of a list as they are asked for; what is left is not known.
struct Suffixes<'a>(Vec<&'a str>);

impl<'a> Suffixes<'a> {
    fn take(&mut self, name: &str) -> bool {
        match self.0.iter().position(|suffix| *suffix == name) {
            Some(at) => {
                self.0.remove(at);
                true
            }
            None => false,
        }
    }

    fn one_of<'n>(&mut self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().find(|name| self.take(name)).copied()
    }

    /// The last one: the type.
    fn ty(&mut self) -> Decoded<&'a str> {
        self.0.pop().ok_or_else(|| "no type".to_owned())
    }

    fn done(&self) -> Decoded<()> {
        match self.0.first() {
            None => Ok(()),
            Some(suffix) => Err(format!("suffix .{suffix}")),
        }
    }
}

fn bits_of(ty: &str) -> Decoded<u32> {
    Ok(match ty {
        "b8" | "u8" | "s8" => 8,
        "b16" | "u16" | "s16" | "f16" => 16,
        "b32" | "u32" | "s32" | "f32" | "f16x2" => 32,
        "b64" | "u64" | "s64" | "f64" => 64,
        other => return Err(format!("type .{other}")),
    })
}

/// How an operand's register must relate to a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    Exact(u32),
    AtLeast(u32),
}

impl<'a> Decoder<'a> {
    fn define(&mut self, name: &str, meaning: Name) -> Decoded<()> {
        match self.names.insert(name.to_owned(), meaning) {
            None => Ok(()),
            Some(_) => Err(format!("`{name}` is declared twice")),
        }
    }

    fn declare(&mut self, ty: &str, name: &str, count: Option<u32>) -> Decoded<()> {
        let one = |n: Option<u32>| match n {
            Some(n) => format!("{name}{n}"),
            None => name.to_owned(),
        };
        let range = match count {
            Some(count) => (0..count).map(Some).collect::<Vec<_>>(),
            None => vec![None],
        };
        if self.registers.len() + self.predicates.len() + range.len() > MAX_REGISTERS {
            return Err(format!("more than {MAX_REGISTERS} registers"));
        }
        for n in range {
            let name = one(n);
            let meaning = if ty == ".pred" {
                self.predicates.push(name.clone());
                Name::Pred(self.predicates.len() as u32 - 1)
            } else {
                let bits = bits_of(ty.trim_start_matches('.'))?;
                self.registers.push((name.clone(), bits));
                Name::Reg(self.registers.len() as u32 - 1, bits)
            };
            self.define(&name, meaning)?;
        }
        Ok(())
    }

    fn instruction(
        &self,
        guard: Option<(&str, bool)>,
        opcode: &str,
        operands: &[Operand<'_>],
    ) -> Decoded<Inst> {
        let guard = match guard {
            None => None,
            Some((name, negated)) => Some((self.pred(&Operand::Name(name))?, negated)),
        };
        let mut parts = opcode.split('.');
        let base = parts.next().unwrap_or_default();
        let suffixes = Suffixes(parts.collect());
        let op = self
            .op(base, suffixes, operands)
            .map_err(|what| format!("`{opcode}`: {what} is not known or not allowed"))?;
        Ok(Inst { guard, op, line: 0 })
    }

    // Operands.

    fn reg(&self, operand: &Operand<'_>, width: Width) -> Decoded<Reg> {
        let Operand::Name(name) = operand else {
            return Err(format!("operand {operand:?}"));
        };
        match self.names.get(*name) {
            Some(&Name::Reg(reg, bits))
                if width == Width::Exact(bits)
                    || matches!(width, Width::AtLeast(least) if bits >= least) =>
            {
                Ok(reg)
            }
            Some(Name::Reg(..)) => Err(format!("the width of {name}")),
            Some(Name::Pred(_) | Name::Variable(..)) | None => Err(format!("register {name}")),
        }
    }

    /// A register to write, or nothing for `_`.
    fn sink(&self, operand: &Operand<'_>, width: Width) -> Decoded<Option<Reg>> {
        match operand {
            Operand::Name("_") => Ok(None),
            other => self.reg(other, width).map(Some),
        }
    }

    /// The bits of 64 that a register holds.
    fn keeps(&self, reg: Reg) -> u64 {
        match self.registers.get(reg as usize) {
            Some((_, bits @ 1..64)) => (1 << bits) - 1,
            _ => !0,
        }
    }

    fn pred(&self, operand: &Operand<'_>) -> Decoded<Pred> {
        match operand {
            Operand::Name(name) => match self.names.get(*name) {
                Some(&Name::Pred(pred)) => Ok(pred),
                _ => Err(format!("predicate {name}")),
            },
            other => Err(format!("operand {other:?}")),
        }
    }

    fn truth(&self, operand: &Operand<'_>) -> Decoded<Truth> {
        match operand {
            Operand::Not(name) => Ok(Truth::Pred(self.pred(&Operand::Name(name))?, true)),
            Operand::Integer(n) => Ok(Truth::Const(*n != 0)),
            other => Ok(Truth::Pred(self.pred(other)?, false)),
        }
    }

    fn source(&self, operand: &Operand<'_>, width: Width) -> Decoded<Source> {
        let (Width::Exact(bits) | Width::AtLeast(bits)) = width;
        let cut = |value: u64| match bits {
            64 => value,
            bits => value & ((1 << bits) - 1),
        };
        match operand {
            Operand::Integer(value) => Ok(Source::Bits(cut(*value as u64))),
            Operand::F32(value) if bits == 32 => Ok(Source::Bits((*value).into())),
            Operand::F64(value) if bits == 64 => Ok(Source::Bits(*value)),
            Operand::Name(name) => match (self.names.get(*name), special(name)) {
                (Some(&Name::Variable(_, offset)), _) => Ok(Source::Bits(offset.into())),
                (None, Some((special, wide))) if bits == wide => Ok(Source::Special(special)),
                _ => self.reg(operand, width).map(Source::Reg),
            },
            other => Err(format!("operand {other:?}")),
        }
    }

    fn address(&self, operand: &Operand<'_>, space: Space) -> Decoded<Address> {
        let Operand::Address(base, offset) = operand else {
            return Err(format!("operand {operand:?}"));
        };
        let base = match self.names.get(*base) {
            Some(&Name::Variable(of, at)) if of == space => Source::Bits(at.into()),
            // Shared, local and parameter memory have addresses of 32 bits as well.
            Some(&Name::Reg(reg, bits)) if bits == 64 || (bits == 32 && space != Space::Global) => {
                Source::Reg(reg)
            }
            _ => return Err(format!("address {base} in {}", space.name())),
        };
        Ok(Address {
            base,
            offset: *offset,
        })
    }

    fn map1(&self, f: Map1, d: u32, a: u32, x: &[Operand<'_>]) -> Decoded<Op> {
        let [to, from] = x else {
            return Err(format!("{} operands", x.len()));
        };
        Ok(Op::Map1(
            f,
            self.reg(to, Width::Exact(d))?,
            self.source(from, Width::Exact(a))?,
        ))
    }

    fn map2(&self, f: Map2, d: u32, widths: [u32; 2], x: &[Operand<'_>]) -> Decoded<Op> {
        let [to, a, b] = x else {
            return Err(format!("{} operands", x.len()));
        };
        Ok(Op::Map2(
            f,
            self.reg(to, Width::Exact(d))?,
            [
                self.source(a, Width::Exact(widths[0]))?,
                self.source(b, Width::Exact(widths[1]))?,
            ],
        ))
    }

    fn map3(&self, f: Map3, d: u32, widths: [u32; 3], x: &[Operand<'_>]) -> Decoded<Op> {
        let [to, a, b, c] = x else {
            return Err(format!("{} operands", x.len()));
        };
        Ok(Op::Map3(
            f,
            self.reg(to, Width::Exact(d))?,
            [
                self.source(a, Width::Exact(widths[0]))?,
                self.source(b, Width::Exact(widths[1]))?,
                self.source(c, Width::Exact(widths[2]))?,
            ],
        ))
    }

    // Instructions, by the first word.

    fn op(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        match base {
            "mov" => self.mov(s, x),
            "add" | "sub" | "mul" | "mad" | "fma" | "div" | "rem" | "min" | "max" | "neg"
            | "abs" => self.arithmetic(base, s, x),
            "rcp" | "sqrt" | "rsqrt" | "sin" | "cos" | "lg2" | "ex2" | "tanh" | "copysign" => {
                self.function(base, s, x)
            }
            "and" | "or" | "xor" | "not" => self.logic(base, s, x),
            "shl" | "shr" | "shf" | "popc" | "clz" | "brev" | "bfind" | "bfe" | "bfi" | "prmt"
            | "lop3" | "dp4a" => self.bits(base, s, x),
            "setp" => self.setp(s, x),
            "selp" => {
                let bits = bits_of(s.ty()?)?;
                s.done()?;
                let [d, a, b, p] = x else {
                    return Err(format!("{} operands", x.len()));
                };
                Ok(Op::Select(
                    self.reg(d, Width::Exact(bits))?,
                    [
                        self.source(a, Width::Exact(bits))?,
                        self.source(b, Width::Exact(bits))?,
                    ],
                    self.truth(p)?,
                ))
            }
            "cvt" => self.cvt(s, x),
            "ld" | "st" => self.access(base == "ld", s, x),
            "atom" | "red" => self.atomic(base == "atom", s, x),
            "activemask" | "vote" | "shfl" | "match" | "redux" => self.warp(base, s, x),
            "bar" | "barrier" => self.barrier(base, s, x),
            "membar" | "fence" => {
                let _ = s.one_of(&["sc", "acq_rel"]);
                match s.one_of(&["cta", "gl", "sys", "gpu"]) {
                    Some(_) if x.is_empty() => s.done().map(|()| Op::Fence),
                    _ => Err("this scope".into()),
                }
            }
            "bra" => {
                let _ = s.take("uni");
                s.done()?;
                match x {
                    [Operand::Name(label)] => match self.labels.get(label) {
                        Some(&target) => Ok(Op::Branch(target)),
                        None => Err(format!("label {label}")),
                    },
                    _ => Err("this target".into()),
                }
            }
            "ret" | "exit" if x.is_empty() => s.done().map(|()| Op::Return),
            "trap" if x.is_empty() => s.done().map(|()| Op::Trap),
            _ => Err("this instruction".into()),
        }
    }

    fn mov(&self, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        s.done()?;
        let [d, a] = x else {
            return Err(format!("{} operands", x.len()));
        };
        if ty == "pred" {
            return Ok(Op::PredMap(
                |a, _| a,
                self.pred(d)?,
                [self.truth(a)?, Truth::Const(false)],
            ));
        }
        let bits = bits_of(ty)?;
        match (d, a) {
            (Operand::Vector(parts), a) => {
                let each = bits / parts.len().max(1) as u32;
                let parts = parts
                    .iter()
                    .map(|part| self.sink(part, Width::Exact(each)))
                    .collect::<Decoded<_>>()?;
                Ok(Op::Unpack(parts, self.source(a, Width::Exact(bits))?, each))
            }
            (d, Operand::Vector(parts)) => {
                let each = bits / parts.len().max(1) as u32;
                let parts = parts
                    .iter()
                    .map(|part| self.source(part, Width::Exact(each)))
                    .collect::<Decoded<_>>()?;
                Ok(Op::Pack(self.reg(d, Width::Exact(bits))?, parts, each))
            }
            _ => self.map1(|a| a, bits, bits, x),
        }
    }

    fn arithmetic(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        match ty {
            "f16" | "f16x2" | "f32" | "f64" => return self.float(base, ty, s, x),
            _ => {}
        }
        let w = bits_of(ty)?;
        if base == "mul" || base == "mad" {
            let mode = s.one_of(&["lo", "hi", "wide"]);
            s.done()?;
            let wide = 2 * w;
            return match (base, mode) {
                ("mul", Some("lo")) => self.map2(widths!(ty, mul_lo), w, [w; 2], x),
                ("mul", Some("hi")) => self.map2(widths!(ty, mul_hi_u, mul_hi_s), w, [w; 2], x),
                ("mul", Some("wide")) if w < 64 => {
                    self.map2(widths!(ty, mul_wide_u, mul_wide_s), wide, [w; 2], x)
                }
                ("mad", Some("lo")) => self.map3(widths!(ty, mad_lo), w, [w; 3], x),
                ("mad", Some("hi")) => self.map3(widths!(ty, mad_hi_u, mad_hi_s), w, [w; 3], x),
                ("mad", Some("wide")) if w < 64 => {
                    self.map3(widths!(ty, mad_wide_u, mad_wide_s), wide, [w, w, wide], x)
                }
                _ => Err("this half of the product".into()),
            };
        }
        s.done()?;
        match base {
            "add" => self.map2(widths!(ty, add), w, [w; 2], x),
            "sub" => self.map2(widths!(ty, sub), w, [w; 2], x),
            "div" => self.map2(widths!(ty, div_u, div_s), w, [w; 2], x),
            "rem" => self.map2(widths!(ty, rem_u, rem_s), w, [w; 2], x),
            "min" => self.map2(widths!(ty, min_u, min_s), w, [w; 2], x),
            "max" => self.map2(widths!(ty, max_u, max_s), w, [w; 2], x),
            "neg" if ty.starts_with('s') => self.map1(widths!(ty, neg), w, w, x),
            "abs" if ty.starts_with('s') => self.map1(widths!(ty, abs), w, w, x),
            _ => Err(format!("type .{ty}")),
        }
    }

    fn float(&self, base: &str, ty: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ftz = ty == "f32" && s.take("ftz");
        // Without `.rn` the compiler may fuse; results then only get better.
        let rn = s.take("rn");
        let sat = s.take("sat");
        let approx = s.one_of(&["approx", "full"]);
        s.done()?;
        let w = bits_of(ty)?;
        if let Some(kind) = approx {
            let function = match kind {
                "approx" => Function::Div,
                _ => Function::DivFull,
            };
            return match (base, ty, rn || sat, x) {
                ("div", "f32", false, [d, a, b]) => Ok(Op::Approx(
                    Approx { function, ftz },
                    self.reg(d, Width::Exact(32))?,
                    [
                        self.source(a, Width::Exact(32))?,
                        self.source(b, Width::Exact(32))?,
                    ],
                )),
                _ => Err(format!(".{kind}")),
            };
        }
        if sat {
            return match (base, ty) {
                ("add", "f32") => self.map2(ftz!(ftz, add32_sat), w, [w; 2], x),
                ("sub", "f32") => self.map2(ftz!(ftz, sub32_sat), w, [w; 2], x),
                ("mul", "f32") => self.map2(ftz!(ftz, mul32_sat), w, [w; 2], x),
                ("fma", "f32") if rn => self.map3(ftz!(ftz, fma32_sat), w, [w; 3], x),
                _ => Err(".sat".into()),
            };
        }
        match (base, ty) {
            ("add", "f32") => self.map2(ftz!(ftz, add32), w, [w; 2], x),
            ("sub", "f32") => self.map2(ftz!(ftz, sub32), w, [w; 2], x),
            ("mul", "f32") => self.map2(ftz!(ftz, mul32), w, [w; 2], x),
            ("fma", "f32") if rn => self.map3(ftz!(ftz, fma32), w, [w; 3], x),
            ("div", "f32") if rn => self.map2(ftz!(ftz, div32), w, [w; 2], x),
            ("add", "f64") => self.map2(float::add64, w, [w; 2], x),
            ("sub", "f64") => self.map2(float::sub64, w, [w; 2], x),
            ("mul", "f64") => self.map2(float::mul64, w, [w; 2], x),
            ("fma", "f64") if rn => self.map3(float::fma64, w, [w; 3], x),
            ("div", "f64") if rn => self.map2(float::div64, w, [w; 2], x),
            ("add", "f16") => self.map2(float::add16, w, [w; 2], x),
            ("sub", "f16") => self.map2(float::sub16, w, [w; 2], x),
            ("mul", "f16") => self.map2(float::mul16, w, [w; 2], x),
            ("fma", "f16") if rn => self.map3(float::fma16, w, [w; 3], x),
            ("add", "f16x2") => self.map2(float::add16x2, w, [w; 2], x),
            ("sub", "f16x2") => self.map2(float::sub16x2, w, [w; 2], x),
            ("mul", "f16x2") => self.map2(float::mul16x2, w, [w; 2], x),
            ("fma", "f16x2") if rn => self.map3(float::fma16x2, w, [w; 3], x),
            _ if rn => Err(".rn".into()),
            ("min", "f32") => self.map2(ftz!(ftz, min32), w, [w; 2], x),
            ("max", "f32") => self.map2(ftz!(ftz, max32), w, [w; 2], x),
            ("neg", "f32") => self.map1(ftz!(ftz, neg32), w, w, x),
            ("abs", "f32") => self.map1(ftz!(ftz, abs32), w, w, x),
            ("min", "f64") => self.map2(float::min64, w, [w; 2], x),
            ("max", "f64") => self.map2(float::max64, w, [w; 2], x),
            ("neg", "f64") => self.map1(float::neg64, w, w, x),
            ("abs", "f64") => self.map1(float::abs64, w, w, x),
            ("min", "f16") => self.map2(float::min16, w, [w; 2], x),
            ("max", "f16") => self.map2(float::max16, w, [w; 2], x),
            ("neg", "f16") => self.map1(float::neg16, w, w, x),
            ("abs", "f16") => self.map1(float::abs16, w, w, x),
            ("min", "f16x2") => self.map2(float::min16x2, w, [w; 2], x),
            ("max", "f16x2") => self.map2(float::max16x2, w, [w; 2], x),
            ("neg", "f16x2") => self.map1(float::neg16x2, w, w, x),
            ("abs", "f16x2") => self.map1(float::abs16x2, w, w, x),
            _ => Err(format!("this rounding of .{ty}")),
        }
    }

    fn function(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        let ftz = ty == "f32" && s.take("ftz");
        let mode = s.one_of(&["approx", "rn"]);
        s.done()?;
        if mode == Some("approx") && ty == "f32" {
            let function = match base {
                "rcp" => Function::Rcp,
                "sqrt" => Function::Sqrt,
                "rsqrt" => Function::Rsqrt,
                "sin" => Function::Sin,
                "cos" => Function::Cos,
                "lg2" => Function::Lg2,
                "ex2" => Function::Ex2,
                "tanh" => Function::Tanh,
                _ => return Err(".approx".into()),
            };
            let [d, a] = x else {
                return Err(format!("{} operands", x.len()));
            };
            return Ok(Op::Approx(
                Approx { function, ftz },
                self.reg(d, Width::Exact(32))?,
                [self.source(a, Width::Exact(32))?, Source::Bits(0)],
            ));
        }
        match (base, mode, ty) {
            ("rcp", Some("rn"), "f32") => self.map1(ftz!(ftz, rcp32), 32, 32, x),
            ("sqrt", Some("rn"), "f32") => self.map1(ftz!(ftz, sqrt32), 32, 32, x),
            ("rcp", Some("rn"), "f64") => self.map1(float::rcp64, 64, 64, x),
            ("sqrt", Some("rn"), "f64") => self.map1(float::sqrt64, 64, 64, x),
            ("copysign", None, "f32") => self.map2(float::copysign32, 32, [32; 2], x),
            ("copysign", None, "f64") => self.map2(float::copysign64, 64, [64; 2], x),
            _ => Err(format!("this rounding of .{ty}")),
        }
    }

    fn logic(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        s.done()?;
        if ty == "pred" {
            let f: fn(u32, u32) -> u32 = match base {
                "and" => |a, b| a & b,
                "or" => |a, b| a | b,
                "xor" => |a, b| a ^ b,
                _ => |a, _| !a,
            };
            return match (base, x) {
                ("not", [d, a]) => Ok(Op::PredMap(
                    f,
                    self.pred(d)?,
                    [self.truth(a)?, Truth::Const(false)],
                )),
                ("and" | "or" | "xor", [d, a, b]) => Ok(Op::PredMap(
                    f,
                    self.pred(d)?,
                    [self.truth(a)?, self.truth(b)?],
                )),
                _ => Err(format!("{} operands", x.len())),
            };
        }
        if !ty.starts_with('b') {
            return Err(format!("type .{ty}"));
        }
        let w = bits_of(ty)?;
        match base {
            "and" => self.map2(widths!(ty, and), w, [w; 2], x),
            "or" => self.map2(widths!(ty, or), w, [w; 2], x),
            "xor" => self.map2(widths!(ty, xor), w, [w; 2], x),
            _ => self.map1(widths!(ty, not), w, w, x),
        }
    }

    fn bits(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        let w = bits_of(ty)?;
        let four = |f: fn(u64, u64, u64, u64) -> u64, d: u32, widths: [u32; 4]| match x {
            [to, a, b, c, e] => Ok(Op::Map4(
                f,
                self.reg(to, Width::Exact(d))?,
                [
                    self.source(a, Width::Exact(widths[0]))?,
                    self.source(b, Width::Exact(widths[1]))?,
                    self.source(c, Width::Exact(widths[2]))?,
                    self.source(e, Width::Exact(widths[3]))?,
                ],
            )),
            _ => Err(format!("{} operands", x.len())),
        };
        match base {
            "shl" if ty.starts_with('b') => {
                s.done()?;
                self.map2(widths!(ty, shl), w, [w, 32], x)
            }
            "shr" => {
                s.done()?;
                self.map2(widths!(ty, shr_u, shr_s, bits), w, [w, 32], x)
            }
            "shf" if ty == "b32" => {
                let direction = s.one_of(&["l", "r"]);
                let mode = s.one_of(&["wrap", "clamp"]);
                s.done()?;
                let f: Map3 = match (direction, mode) {
                    (Some("l"), Some("wrap")) => int::shf_l_wrap,
                    (Some("l"), Some("clamp")) => int::shf_l_clamp,
                    (Some("r"), Some("wrap")) => int::shf_r_wrap,
                    (Some("r"), Some("clamp")) => int::shf_r_clamp,
                    _ => return Err("this shift".into()),
                };
                self.map3(f, 32, [32; 3], x)
            }
            "popc" | "clz" | "brev" if ty == "b32" || ty == "b64" => {
                s.done()?;
                let (f, d): (Map1, u32) = match base {
                    "popc" => (widths!(ty, popc), 32),
                    "clz" => (widths!(ty, clz), 32),
                    _ => (widths!(ty, brev), w),
                };
                self.map1(f, d, w, x)
            }
            "bfind" if w >= 32 => {
                let shift = s.take("shiftamt");
                s.done()?;
                let f: Map1 = match shift {
                    true => widths!(ty, bfind_shift_u, bfind_shift_s),
                    false => widths!(ty, bfind_u, bfind_s),
                };
                self.map1(f, 32, w, x)
            }
            "bfe" if w >= 32 => {
                s.done()?;
                self.map3(widths!(ty, bfe_u, bfe_s), w, [w, 32, 32], x)
            }
            "bfi" if ty == "b32" || ty == "b64" => {
                s.done()?;
                four(widths!(ty, bfi), w, [w, w, 32, 32])
            }
            "prmt" if ty == "b32" => {
                s.done()?;
                self.map3(int::prmt, 32, [32; 3], x)
            }
            "lop3" if ty == "b32" => {
                s.done()?;
                four(int::lop3, 32, [32; 4])
            }
            "dp4a" => match (s.0.as_slice(), ty) {
                (["u32"], "u32") => self.map3(int::dp4a_u, 32, [32; 3], x),
                (["s32"], "s32") => self.map3(int::dp4a_s, 32, [32; 3], x),
                _ => Err("this mixture of types".into()),
            },
            _ => Err(format!("type .{ty}")),
        }
    }

    fn setp(&self, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        if s.0.is_empty() {
            return Err("no comparison".into());
        }
        let comparison = s.0.remove(0);
        let ftz = ty == "f32" && s.take("ftz");
        let combine = match s.one_of(&["and", "or", "xor"]) {
            Some("and") => Some(Combine::And),
            Some("or") => Some(Combine::Or),
            Some(_) => Some(Combine::Xor),
            None => None,
        };
        s.done()?;
        let w = bits_of(ty)?;
        let f = match ty {
            "f16" => float_comparison::<F16>(comparison),
            "f32" if ftz => float_comparison::<F32Ftz>(comparison),
            "f32" => float_comparison::<F32>(comparison),
            "f64" => float_comparison::<F64>(comparison),
            "f16x2" => None,
            _ => int_comparison(comparison, ty),
        };
        let f = f.ok_or_else(|| format!("comparison .{comparison}"))?;
        let (to, a, b, third) = match (x, combine) {
            ([to, a, b], None) => (to, a, b, None),
            ([to, a, b, c], Some(combine)) => (to, a, b, Some((combine, self.truth(c)?))),
            _ => return Err(format!("{} operands", x.len())),
        };
        let sink = |name: &str| match name {
            "_" => Ok(None),
            name => self.pred(&Operand::Name(name)).map(Some),
        };
        let (d, complement) = match to {
            Operand::Pair(p, q) => (sink(p)?, sink(q)?),
            other => (Some(self.pred(other)?), None),
        };
        Ok(Op::Compare {
            f,
            d,
            complement,
            args: [
                self.source(a, Width::Exact(w))?,
                self.source(b, Width::Exact(w))?,
            ],
            combine: third,
        })
    }

    fn cvt(&self, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        if s.take("pack") {
            return match s.0.as_slice() {
                ["sat", "s8", "s32", "b32"] => self.map3(int::pack_s8, 32, [32; 3], x),
                ["sat", "u8", "s32", "b32"] => self.map3(int::pack_u8, 32, [32; 3], x),
                _ => Err("this packing".into()),
            };
        }
        let from = s.ty()?;
        let to = s.ty()?;
        if to == "f16x2" {
            return match s.0.as_slice() {
                ["rn"] if from == "f32" => {
                    let f: Map2 = |a, b| {
                        let narrow = |x| float::f16_out(float::f32_in::<false>(x).into());
                        narrow(a) << 16 | narrow(b)
                    };
                    self.map2(f, 32, [32; 2], x)
                }
                _ => Err("this conversion".into()),
            };
        }
        let (Some(from), Some(to)) = (Ty::parse(from), Ty::parse(to)) else {
            return Err("this type".into());
        };
        let f = convert::choose(to, from, &s.0)?;
        let [d, a] = x else {
            return Err(format!("{} operands", x.len()));
        };
        let width = |ty: Ty| match ty {
            Ty::Int { bits, .. } => Width::AtLeast(bits),
            Ty::F16 | Ty::F32 | Ty::F64 => Width::Exact(ty.bits()),
        };
        let d = self.reg(d, width(to))?;
        Ok(Op::Convert(
            f,
            d,
            self.source(a, width(from))?,
            self.keeps(d),
        ))
    }

    fn space(s: &mut Suffixes<'_>) -> Decoded<Space> {
        match s.one_of(&["global", "shared", "local", "param"]) {
            Some("global") => Ok(Space::Global),
            Some("shared") => {
                // The workgroup's own, which is what it means without.
                let _ = s.take("cta");
                Ok(Space::Shared)
            }
            Some("local") => Ok(Space::Local),
            Some(_) => Ok(Space::Param),
            None => Err("generic address".into()),
        }
    }

    /// Memory order: everything is in order here, so that any is right.
    fn order(s: &mut Suffixes<'_>) {
        if s.one_of(&["relaxed", "acquire", "release", "acq_rel"])
            .is_some()
        {
            let _ = s.one_of(&["gpu", "cta", "sys"]);
        } else {
            let _ = s.one_of(&["weak", "volatile"]);
        }
    }

    fn access(&self, load: bool, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        Self::order(&mut s);
        let space = Self::space(&mut s)?;
        let constant = s.take("nc");
        let count = match s.one_of(&["v2", "v4", "v8"]) {
            None => 1,
            Some("v2") => 2,
            Some("v4") => 4,
            Some(_) => 8,
        };
        s.done()?;
        let bits = bits_of(ty)?;
        let most = if space == Space::Global { 256 } else { 128 };
        if bits * count > most
            || (constant && !(load && space == Space::Global))
            || (!load && space == Space::Param)
        {
            return Err(format!("{count} times .{ty} in {}", space.name()));
        }
        let (address, values) = match (load, x) {
            (true, [values, address]) | (false, [address, values]) => (address, values),
            _ => return Err(format!("{} operands", x.len())),
        };
        let address = self.address(address, space)?;
        let one = std::slice::from_ref(values);
        let values = match values {
            Operand::Vector(parts) => parts.as_slice(),
            _ => one,
        };
        if values.len() != count as usize || (count == 1 && matches!(one, [Operand::Vector(_)])) {
            return Err(format!("{} values", values.len()));
        }
        let bytes = bits / 8;
        let width = Width::AtLeast(bits);
        if load {
            let d = values
                .iter()
                .map(|value| {
                    let d = self.sink(value, width)?;
                    Ok(d.map(|d| (d, self.keeps(d))))
                })
                .collect::<Decoded<_>>()?;
            return Ok(Op::Load {
                space,
                bytes,
                signed: ty.starts_with('s'),
                d,
                address,
            });
        }
        let values = values
            .iter()
            .map(|value| self.source(value, width))
            .collect::<Decoded<_>>()?;
        Ok(Op::Store {
            space,
            bytes,
            values,
            address,
        })
    }

    fn atomic(&self, wants_old: bool, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        Self::order(&mut s);
        let _ = s.one_of(&["gpu", "cta", "sys"]);
        let space = Self::space(&mut s)?;
        if !matches!(space, Space::Global | Space::Shared) {
            return Err(format!("atomics in {}", space.name()));
        }
        let operation = s.ty()?;
        s.done()?;
        let bits = bits_of(ty)?;
        let f: fn(u64, u64, u64) -> u64 = match (operation, ty) {
            ("add", "u32" | "s32") => |a, b, _| int::add::<32>(a, b),
            ("add", "u64") => |a, b, _| int::add::<64>(a, b),
            // On global memory subnormals are flushed, on shared memory kept.
            ("add", "f32") if space == Space::Global => |a, b, _| float::add32::<true>(a, b),
            ("add", "f32") => |a, b, _| float::add32::<false>(a, b),
            ("add", "f64") => |a, b, _| float::add64(a, b),
            ("min", "u32") => |a, b, _| int::min_u::<32>(a, b),
            ("min", "s32") => |a, b, _| int::min_s::<32>(a, b),
            ("min", "u64") => |a, b, _| int::min_u::<64>(a, b),
            ("min", "s64") => |a, b, _| int::min_s::<64>(a, b),
            ("max", "u32") => |a, b, _| int::max_u::<32>(a, b),
            ("max", "s32") => |a, b, _| int::max_s::<32>(a, b),
            ("max", "u64") => |a, b, _| int::max_u::<64>(a, b),
            ("max", "s64") => |a, b, _| int::max_s::<64>(a, b),
            ("and", "b32" | "b64") => |a, b, _| a & b,
            ("or", "b32" | "b64") => |a, b, _| a | b,
            ("xor", "b32" | "b64") => |a, b, _| a ^ b,
            ("exch", "b32" | "b64") if wants_old => |_, b, _| b,
            ("cas", "b32" | "b64") if wants_old => |a, b, c| if a == b { c } else { a },
            _ => return Err(format!("operation .{operation}.{ty}")),
        };
        let (d, x) = match (wants_old, x) {
            (true, [d, rest @ ..]) => (self.sink(d, Width::Exact(bits))?, rest),
            (_, rest) => (None, rest),
        };
        let source = |value| self.source(value, Width::Exact(bits));
        let (address, args) = match (operation == "cas", x) {
            (true, [address, b, c]) => (address, [source(b)?, source(c)?]),
            (false, [address, b]) => (address, [source(b)?, Source::Bits(0)]),
            _ => return Err(format!("{} operands", x.len())),
        };
        Ok(Op::Atomic {
            space,
            bytes: bits / 8,
            f,
            d,
            address: self.address(address, space)?,
            args,
        })
    }

    fn warp(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let b32 = |operand| self.source(operand, Width::Exact(32));
        let to = |operand| self.reg(operand, Width::Exact(32));
        let ty = s.ty()?;
        if base == "activemask" {
            s.done()?;
            return match (ty, x) {
                ("b32", [d]) => Ok(Op::ActiveMask(to(d)?)),
                _ => Err(format!("type .{ty}")),
            };
        }
        if !s.take("sync") {
            return Err("missing .sync".into());
        }
        match (base, s.0.as_slice(), ty, x) {
            ("vote", ["ballot"], "b32", [d, p, mask]) => {
                Ok(Op::Ballot(to(d)?, self.truth(p)?, b32(mask)?))
            }
            ("vote", [kind @ ("all" | "any" | "uni")], "pred", [d, p, mask]) => {
                let kind = match *kind {
                    "all" => Vote::All,
                    "any" => Vote::Any,
                    _ => Vote::Uni,
                };
                Ok(Op::Vote(kind, self.pred(d)?, self.truth(p)?, b32(mask)?))
            }
            ("shfl", [kind], "b32", [d, a, b, c, mask]) => {
                let kind = match *kind {
                    "up" => Shuffle::Up,
                    "down" => Shuffle::Down,
                    "bfly" => Shuffle::Bfly,
                    "idx" => Shuffle::Idx,
                    _ => return Err(format!("mode .{kind}")),
                };
                let (d, valid) = match d {
                    Operand::Pair(d, p) => {
                        (to(&Operand::Name(d))?, Some(self.pred(&Operand::Name(p))?))
                    }
                    d => (to(d)?, None),
                };
                Ok(Op::Shuffle {
                    kind,
                    d,
                    valid,
                    args: [b32(a)?, b32(b)?, b32(c)?],
                    mask: b32(mask)?,
                })
            }
            ("match", ["any"], "b32" | "b64", [d, a, mask]) => Ok(Op::MatchAny(
                to(d)?,
                self.source(a, Width::Exact(bits_of(ty)?))?,
                b32(mask)?,
            )),
            ("redux", [operation], ty, [d, a, mask]) => {
                let f: Map2 = match (*operation, ty) {
                    ("add", "u32" | "s32") => int::add::<32>,
                    ("min", "u32") => int::min_u::<32>,
                    ("min", "s32") => int::min_s::<32>,
                    ("max", "u32") => int::max_u::<32>,
                    ("max", "s32") => int::max_s::<32>,
                    ("and", "b32") => int::and::<32>,
                    ("or", "b32") => int::or::<32>,
                    ("xor", "b32") => int::xor::<32>,
                    _ => return Err(format!("operation .{operation}.{ty}")),
                };
                Ok(Op::Redux(f, to(d)?, b32(a)?, b32(mask)?))
            }
            _ => Err("this form".into()),
        }
    }

    fn barrier(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        if s.take("warp") {
            return match (base, s.0.as_slice(), x) {
                ("bar", ["sync"], [mask]) => {
                    Ok(Op::WarpBarrier(self.source(mask, Width::Exact(32))?))
                }
                _ => Err("this form".into()),
            };
        }
        let _ = s.take("cta");
        match (s.0.as_slice(), x) {
            (["sync"], [Operand::Integer(n @ 0..=15)]) if base == "bar" => {
                Ok(Op::Barrier(*n as u32))
            }
            (["sync", "aligned"], [Operand::Integer(n @ 0..=15)]) if base == "barrier" => {
                Ok(Op::Barrier(*n as u32))
            }
            _ => Err("this form".into()),
        }
    }
}

fn float_comparison<T: float::Float>(name: &str) -> Option<fn(u64, u64) -> bool> {
    Some(match name {
        "eq" => float::eq::<T>,
        "ne" => float::ne::<T>,
        "lt" => float::lt::<T>,
        "le" => float::le::<T>,
        "gt" => float::gt::<T>,
        "ge" => float::ge::<T>,
        "equ" => float::equ::<T>,
        "neu" => float::neu::<T>,
        "ltu" => float::ltu::<T>,
        "leu" => float::leu::<T>,
        "gtu" => float::gtu::<T>,
        "geu" => float::geu::<T>,
        "num" => float::num::<T>,
        "nan" => float::nan::<T>,
        _ => return None,
    })
}

fn int_comparison(name: &str, ty: &str) -> Option<fn(u64, u64) -> bool> {
    fn signed<const W: u32>(name: &str) -> Option<fn(u64, u64) -> bool> {
        Some(match name {
            "lt" => |a, b| int::sext::<W>(a) < int::sext::<W>(b),
            "le" => |a, b| int::sext::<W>(a) <= int::sext::<W>(b),
            "gt" => |a, b| int::sext::<W>(a) > int::sext::<W>(b),
            "ge" => |a, b| int::sext::<W>(a) >= int::sext::<W>(b),
            _ => return None,
        })
    }
    match (name, ty) {
        ("eq", _) => Some(|a, b| a == b),
        ("ne", _) => Some(|a, b| a != b),
        (_, "s16") => signed::<16>(name),
        (_, "s32") => signed::<32>(name),
        (_, "s64") => signed::<64>(name),
        ("lt" | "lo", "u16" | "u32" | "u64") => Some(|a, b| a < b),
        ("le" | "ls", "u16" | "u32" | "u64") => Some(|a, b| a <= b),
        ("gt" | "hi", "u16" | "u32" | "u64") => Some(|a, b| a > b),
        ("ge" | "hs", "u16" | "u32" | "u64") => Some(|a, b| a >= b),
        _ => None,
    }
}

/// A special register and its width.
fn special(name: &str) -> Option<(Special, u32)> {
    let axis = |suffix: &str| match suffix {
        "x" => Some(0),
        "y" => Some(1),
        "z" => Some(2),
        _ => None,
    };
    let name = name.strip_prefix('%')?;
    if let Some((base, suffix)) = name.split_once('.') {
        let axis = axis(suffix)?;
        return Some((
            match base {
                "tid" => Special::Tid(axis),
                "ntid" => Special::Ntid(axis),
                "ctaid" => Special::Ctaid(axis),
                "nctaid" => Special::Nctaid(axis),
                _ => return None,
            },
            32,
        ));
    }
    Some(match name {
        "laneid" => (Special::LaneId, 32),
        "warpid" => (Special::WarpId, 32),
        "lanemask_eq" => (Special::LaneMaskEq, 32),
        "lanemask_le" => (Special::LaneMaskLe, 32),
        "lanemask_lt" => (Special::LaneMaskLt, 32),
        "lanemask_ge" => (Special::LaneMaskGe, 32),
        "lanemask_gt" => (Special::LaneMaskGt, 32),
        "clock" => (Special::Clock, 32),
        "clock64" => (Special::Clock, 64),
        "globaltimer" => (Special::GlobalTimer, 64),
        _ => return None,
    })
}
