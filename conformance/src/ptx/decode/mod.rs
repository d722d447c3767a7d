//! Statements to instructions: which forms are known, and what their types must be.
//!
//! Every suffix of an opcode is looked at; one that is not known refuses the text by name. Register
//! widths must be what the instruction's type says, but that `ld`, `st` and `cvt` take wider ones.
//! Here are the declarations of an entry and the choice by the opcode's first word; the modules
//! below have the forms, each those of one kind.

mod arithmetic;
mod memory;
mod operands;
mod values;
mod warp;

use std::collections::HashMap;
use std::sync::Arc;

use super::inst::{Entry, Inst, Module, Op, Pred, Reg, Space};
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
/// Most bytes of static workgroup memory, of local memory for a lane, and of parameters, and most
/// lanes of a workgroup (CUDA programming guide, technical specifications).
const MAX_SHARED: u32 = 48 << 10;
const MAX_LOCAL: u32 = 512 << 10;
const MAX_PARAMETERS: u32 = 4096;
const MAX_THREADS: u32 = 1024;

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

/// Lays variables out one after the other, up to a limit.
struct Layout(u32, u32);

impl Layout {
    fn place(&mut self, variable: &Variable<'_>) -> Decoded<u32> {
        let at = self.0.checked_next_multiple_of(variable.align.max(1));
        let end = at.and_then(|at| at.checked_add(variable.bytes.unwrap_or(0)));
        match (at, end) {
            (Some(at), Some(end)) if end <= self.1 => {
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
    let threads = entry
        .workgroup_size
        .iter()
        .try_fold(1u32, |n, &size| n.checked_mul(size));
    if !threads.is_some_and(|threads| (1..=MAX_THREADS).contains(&threads)) {
        let size = entry.workgroup_size;
        return Err(at(first)(format!("workgroups of {size:?}")));
    }
    let mut shared = Layout(0, MAX_SHARED);
    let mut local = Layout(0, MAX_LOCAL);
    let mut params = Layout(0, MAX_PARAMETERS);
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

    /// By the opcode's first word.
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
            "selp" => self.selp(s, x),
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
}
