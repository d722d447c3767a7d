//! The text form: one instruction a line, regions in braces, declarations on top.
//!
//! ```text
//! kernel "main" workgroup 64 1 1 immediates 0
//! binding b0 group 0 index 1 storage min 4 "data"
//! shared s0 size 1024 align 4 "tile"
//! {
//!     v0: i32 = builtin local_index
//!     v1: f32, v2: f32 = load b0[v0 + 16] align 8 checked
//!     v3: i32 = loop L0 (v4: i32 = v0) {
//!         v5: i32 = const 1
//!         v6: i32 = iadd v4, v5
//!         v7: bool = icmp.ult v6, v0
//!         if v7 {
//!             continue L0 (v6)
//!         } else {
//!             yield
//!         }
//!         break L0 (v6)
//!     }
//!     store s0[0], v3 align 4
//!     return
//! }
//! ```
//!
//! Loops and blocks are labelled in order of appearance. Any kernel can be printed, broken ones
//! too: the verifier draws its errors into this text.

use std::fmt::{self, Display, Formatter, Write as _};

use hashbrown::{HashMap, HashSet};

use super::*;

impl Display for Kernel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for line in Printer::new(self).lines() {
            writeln!(f, "{}", line.text)?;
        }
        Ok(())
    }
}

/// A line of the text form.
pub(super) struct Line {
    /// Its text, indented.
    pub text: String,
    /// The instruction that it shows or begins.
    pub inst: Option<InstId>,
}

/// Writes a kernel as lines.
pub(super) struct Printer<'k> {
    kernel: &'k Kernel,
    labels: HashMap<InstId, usize>,
    lines: Vec<Line>,
}

impl<'k> Printer<'k> {
    pub fn new(kernel: &'k Kernel) -> Printer<'k> {
        Printer {
            kernel,
            labels: HashMap::new(),
            lines: Vec::new(),
        }
    }

    /// The whole kernel.
    pub fn lines(mut self) -> Vec<Line> {
        self.declarations();
        self.line(0, None, "{".into());
        self.body();
        self.line(0, None, "}".into());
        self.lines
    }

    fn line(&mut self, depth: usize, inst: Option<InstId>, text: String) {
        let text = format!("{:1$}{text}", "", depth * 4);
        self.lines.push(Line { text, inst });
    }

    fn declarations(&mut self) {
        let kernel = self.kernel;
        let [x, y, z] = kernel.workgroup_size;
        let mut head = format!("kernel {:?} workgroup {x} {y} {z}", kernel.name);
        if kernel.immediates != 0 {
            let _ = write!(head, " immediates {}", kernel.immediates);
        }
        self.line(0, None, head);
        for (id, b) in kernel.bindings.iter() {
            let text = format!(
                "binding {id} group {} index {} {} min {} {:?}",
                b.group,
                b.binding,
                b.kind.name(),
                b.min_size,
                b.name
            );
            self.line(0, None, text);
        }
        for (id, s) in kernel.shared.iter() {
            let text = format!("shared {id} size {} align {} {:?}", s.size, s.align, s.name);
            self.line(0, None, text);
        }
        for (id, l) in kernel.locals.iter() {
            let text = format!("local {id} size {} align {} {:?}", l.size, l.align, l.name);
            self.line(0, None, text);
        }
    }

    fn body(&mut self) {
        let kernel = self.kernel;
        // A broken kernel may list a region twice or make it its own ancestor.
        let mut seen = HashSet::new();
        let mut stack: Vec<(RegionId, usize, Option<InstId>, usize)> = Vec::new();
        if kernel.regions.get(kernel.body).is_some() {
            stack.push((kernel.body, 0, None, 0));
        }
        while let Some(top) = stack.last_mut() {
            let (region, next, construct, nth) = *top;
            let depth = stack.len();
            if let Some(&inst) = kernel.regions[region].insts.get(next) {
                stack[depth - 1].1 += 1;
                let Some(data) = kernel.insts.get(inst) else {
                    self.line(depth, None, format!("{inst} does not exist"));
                    continue;
                };
                let mut text = self.inst_text(inst);
                let first = data.op.regions().next();
                match first {
                    Some(first) if kernel.regions.get(first).is_some() && seen.insert(first) => {
                        text.push_str(" {");
                        self.line(depth, Some(inst), text);
                        stack.push((first, 0, Some(inst), 0));
                    }
                    Some(first) => self.line(depth, Some(inst), format!("{text} {first} again")),
                    None => self.line(depth, Some(inst), text),
                }
                continue;
            }
            stack.pop();
            let Some(construct) = construct else { continue };
            match kernel.insts[construct].op.regions().nth(nth + 1) {
                Some(second) if kernel.regions.get(second).is_some() && seen.insert(second) => {
                    self.line(depth - 1, None, "} else {".into());
                    stack.push((second, 0, Some(construct), nth + 1));
                }
                Some(second) => self.line(depth - 1, None, format!("}} else {second} again")),
                None => self.line(depth - 1, None, "}".into()),
            }
        }
    }

    fn label(&mut self, construct: InstId) -> String {
        let next = self.labels.len();
        format!("L{}", self.labels.entry(construct).or_insert(next))
    }

    fn typed(&self, value: Value) -> String {
        match self.kernel.values.get(value) {
            Some(data) => format!("{value}: {}", data.ty.name()),
            None => format!("{value}: ?"),
        }
    }

    fn inst_text(&mut self, inst: InstId) -> String {
        let kernel = self.kernel;
        let data = &kernel.insts[inst];
        let mut text = String::new();
        for (n, &result) in data.results.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}{}", self.typed(result));
        }
        if !data.results.is_empty() {
            text.push_str(" = ");
        }
        let args = &data.args[..];
        let with_args = |word: &str| match args {
            [] => word.to_string(),
            _ => format!("{word} {}", list(args)),
        };
        let operation = match &data.op {
            Op::Const(bits) => {
                let ty = data.results.first().and_then(|&v| kernel.values.get(v));
                format!("const {}", constant(ty.map(|v| v.ty), *bits))
            }
            Op::Builtin(builtin) => format!("builtin {}", builtin.name()),
            Op::Unary(op) => with_args(op.name()),
            Op::Binary(op) => with_args(op.name()),
            Op::Ternary(op) => with_args(op.name()),
            Op::Ldexp => with_args("ldexp"),
            Op::FrexpExp => with_args("frexp_exp"),
            Op::ICmp(cc) => with_args(&format!("icmp.{}", cc.name())),
            Op::FCmp(cc) => with_args(&format!("fcmp.{}", cc.name())),
            Op::Select => with_args("select"),
            Op::Convert(op) => with_args(op.name()),
            Op::Load(access) => memory("load", access, !args.is_empty(), args),
            Op::Store(access, dynamic) => memory("store", access, *dynamic, args),
            Op::Atomic(op, access, dynamic) => {
                memory(&format!("atomic.{}", op.name()), access, *dynamic, args)
            }
            Op::CompareExchange(access, dynamic) => {
                memory("compare_exchange", access, *dynamic, args)
            }
            Op::BindingSize(binding) => format!("binding_size {binding}"),
            Op::Barrier(barrier) => {
                let mut word = String::from("barrier");
                for (on, name) in [
                    (barrier.execution, " execution"),
                    (barrier.shared, " shared"),
                    (barrier.storage, " storage"),
                ] {
                    word.push_str(if on { name } else { "" });
                }
                word
            }
            Op::Subgroup(op) => with_args(&format!("subgroup.{}", op.name())),
            Op::If { .. } => with_args("if"),
            Op::Block { .. } => format!("block {}", self.label(inst)),
            Op::Loop { body } => {
                let label = self.label(inst);
                let params = kernel.regions.get(*body).map_or(&[][..], |r| &r.params);
                let mut list = String::new();
                for n in 0..params.len().max(args.len()) {
                    let comma = if n == 0 { "" } else { ", " };
                    let param = params.get(n).map_or("?".into(), |&p| self.typed(p));
                    let init = args.get(n).map_or("?".into(), |a| a.to_string());
                    let _ = write!(list, "{comma}{param} = {init}");
                }
                format!("loop {label} ({list})")
            }
            Op::Yield => with_args("yield"),
            Op::Break(target) => format!("break {} ({})", self.label(*target), list(args)),
            Op::Continue(target) => format!("continue {} ({})", self.label(*target), list(args)),
            Op::Return => with_args("return"),
        };
        text.push_str(&operation);
        text
    }
}

fn list(values: &[Value]) -> String {
    let words: Vec<String> = values.iter().map(|v| v.to_string()).collect();
    words.join(", ")
}

fn memory(word: &str, access: &Access, dynamic: bool, args: &[Value]) -> String {
    let (offset, values) = match args.split_first() {
        Some((offset, values)) if dynamic => (Some(offset), values),
        _ => (None, args),
    };
    let mut text = format!("{word} ");
    match access.space {
        Space::Binding(id) => {
            let _ = write!(text, "{id}");
        }
        Space::Shared(id) => {
            let _ = write!(text, "{id}");
        }
        Space::Local(id) => {
            let _ = write!(text, "{id}");
        }
        Space::Immediates => text.push_str("imm"),
    }
    let _ = match (offset, access.offset) {
        (Some(v), 0) => write!(text, "[{v}]"),
        (Some(v), n) => write!(text, "[{v} + {n}]"),
        (None, n) => write!(text, "[{n}]"),
    };
    if !values.is_empty() {
        let _ = write!(text, ", {}", list(values));
    }
    let _ = write!(text, " align {}", access.align);
    if access.checked {
        text.push_str(" checked");
    }
    if access.atomic {
        text.push_str(" atomic");
    }
    if access.no_wrap {
        text.push_str(" nowrap");
    }
    text
}

/// A constant so that the parser finds the same bits: integers signed, floats in the fewest
/// digits that round to them, and as `bits 0x…` where they are no number.
fn constant(ty: Option<Type>, bits: u64) -> String {
    let float = match ty {
        None => return format!("bits {bits:#x}"),
        Some(Type::Bool) if bits <= 1 => return (bits == 1).to_string(),
        Some(Type::I16) if bits >> 16 == 0 => return (bits as i16).to_string(),
        Some(Type::I32) if bits >> 32 == 0 => return (bits as i32).to_string(),
        Some(Type::I64) => return (bits as i64).to_string(),
        Some(Type::F16) if bits >> 16 == 0 => {
            let value = half::f16::from_bits(bits as u16).to_f32();
            value.is_finite().then(|| format!("{value:?}"))
        }
        Some(Type::F32) if bits >> 32 == 0 => {
            let value = f32::from_bits(bits as u32);
            value.is_finite().then(|| format!("{value:?}"))
        }
        Some(Type::F64) => {
            let value = f64::from_bits(bits);
            value.is_finite().then(|| format!("{value:?}"))
        }
        Some(Type::Bool | Type::I16 | Type::I32 | Type::F16 | Type::F32) => None,
    };
    float.unwrap_or_else(|| format!("bits {bits:#x}"))
}
