//! Statements that declare and write: variables, this invocation's outputs, atomics whose order
//! does not show, and writes out of bounds into what is never compared.

use super::{Generator, Place, F32, FLOATS, I32, OUTPUTS, U32};
use crate::device::Feature;
use crate::random::expr::{float, Pointee, Space, LETTERS};
use crate::random::tree::{Block, Class, Expr, Stmt, Type};
use crate::scalar::Sc;

/// What the common atomics do, by element: with one operation each, their order does not show.
const COMMON: [&str; 7] = [
    "atomicAdd",
    "atomicSub",
    "atomicAnd",
    "atomicOr",
    "atomicXor",
    "atomicMin",
    "atomicMax",
];

impl Generator {
    pub(super) fn declare(&mut self) -> Block {
        let ty = self.e.small();
        let write = !self.e.once_in(3);
        vec![self.declare_as(ty, write)]
    }

    /// Declares a variable, or else a value.
    pub(super) fn declare_as(&mut self, ty: Type, write: bool) -> Stmt {
        let depth = 2 + self.e.below(3);
        let value = self.e.stored(&ty, depth);
        let name = self.fresh("v");
        let text = match write {
            false => format!("let {name} = $0;"),
            true if self.e.once_in(4) => format!("var {name}: {};", ty.wgsl()),
            true => format!("var {name} = $0;"),
        };
        let root = name.clone();
        let space = Space::Function;
        match write {
            true => self.variable(&name, ty, Some(Pointee { space, root })),
            false => self.constant_input(&name, ty),
        }
        Stmt::Line(text, vec![value])
    }

    /// Another name for a variable or a part of it; indices are those of this moment.
    pub(super) fn point(&mut self) -> Block {
        let ty = self.e.small();
        let Some((pointer, pointee)) = self.e.pointer(&ty, &|_| true) else {
            return self.assign();
        };
        let name = self.fresh("at");
        self.variable(&format!("(*{name})"), ty, pointee);
        vec![Stmt::Line(format!("let {name} = $0;"), vec![pointer])]
    }

    pub(super) fn assign(&mut self) -> Block {
        for _ in 0..4 {
            let ty = match self.e.vars.iter().rev().find(|v| v.write) {
                Some(v) if self.e.rng.below(3) == 0 => v.ty.clone(),
                _ => self.e.ty(true, 1),
            };
            let Some(mut target) = self.e.place(&ty, true, 2) else {
                continue;
            };
            let integer = ty
                .scalar()
                .is_some_and(|sc| !sc.is_float() && sc != Sc::Bool);
            if integer && self.e.once_in(3) {
                if matches!(ty, Type::Scalar(_)) && self.e.once_in(3) {
                    let op = ["++", "--"][self.e.below(2) as usize];
                    return vec![Stmt::Line(format!("$0{op};"), vec![target])];
                }
                let op = ["+", "-", "*", "&", "|", "^"][self.e.below(6) as usize];
                let value = self.e.expr(&ty, 3);
                return vec![Stmt::Line(format!("$0 {op}= $1;"), vec![target, value])];
            }
            target.constant = false;
            let value = self.e.stored(&ty, 4);
            return vec![Stmt::Line("$0 = $1;".into(), vec![target, value])];
        }
        Vec::new()
    }

    /// Writes a value, made words, to this invocation's outputs.
    pub(super) fn out(&mut self, value: Expr) -> Block {
        let slot = self.e.below(OUTPUTS);
        let op = ["=", "+=", "^=", "+="][self.e.below(4) as usize];
        // An array or a structure is shown by a part of it.
        let mut value = value;
        let mut turns = 0;
        while matches!(value.ty, Type::Array(..) | Type::Struct(_)) && turns < 6 {
            turns += 1;
            if !value.args.is_empty() || value.text.contains('(') {
                return Vec::new();
            }
            let want = self.leaf_type(&value.ty.clone());
            match self.e.descend(value.clone(), &want, 0) {
                Some(part) => value = part,
                None => return Vec::new(),
            }
        }
        let Some(sc) = value.ty.scalar() else {
            return Vec::new();
        };
        let value = self.e.fit(value);
        let letters = |n: u32| &LETTERS[..n as usize];
        let parts: Vec<String> = match value.ty {
            Type::Scalar(_) => vec![String::new()],
            Type::Vector(n, _) => letters(n).iter().map(|l| format!(".{l}")).collect(),
            Type::Matrix(c, r, _) => (0..c)
                .flat_map(|c| letters(r).iter().map(move |l| format!("[{c}].{l}")))
                .collect(),
            Type::Array(..) | Type::Struct(_) => return Vec::new(),
        };
        let single = parts.len() == 1;
        let at = format!("out[gid * {OUTPUTS}u + {slot}u]");
        if single {
            let text = format!("{at} {op} {};", word(sc, "$0"));
            return vec![Stmt::Line(text, vec![value])];
        }
        let name = self.fresh("sum");
        let sum: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(i, part)| format!("{} * {}u", word(sc, &format!("{name}{part}")), 2 * i + 1))
            .collect();
        vec![Stmt::Whole(vec![
            Stmt::Line(format!("let {name} = $0;"), vec![value]),
            Stmt::Line(format!("{at} {op} {};", sum.join(" + ")), Vec::new()),
        ])]
    }

    /// The type of some scalar, vector or matrix in a composite.
    fn leaf_type(&mut self, ty: &Type) -> Type {
        match ty {
            Type::Array(of, _) => self.leaf_type(of),
            Type::Struct(i) => {
                let members = self.e.structs[*i].clone();
                let m = self.e.below(members.len() as u32) as usize;
                self.leaf_type(&members[m])
            }
            Type::Scalar(_) | Type::Vector(..) | Type::Matrix(..) => ty.clone(),
        }
    }

    /// Writes wherever it likes, in memory that does not count.
    pub(super) fn junk(&mut self) -> Block {
        let index = match self.e.once_in(2) {
            true => self.e.expr(&I32, 2),
            false => self.e.expr(&U32, 2),
        };
        let ty = index.ty.clone();
        let index = if index.constant {
            self.e.runtime(&ty)
        } else {
            index
        };
        let value = self.e.expr(&U32, 2);
        match self.e.below(3) {
            0 => vec![Stmt::Line("junk[$0] = $1;".into(), vec![index, value])],
            1 => {
                let name = self.fresh("j");
                let n = 1 + self.e.below(9);
                let after = format!("out[gid * {OUTPUTS}u] += {name}[0] & uni.zero;");
                vec![Stmt::Whole(vec![
                    Stmt::Line(format!("var {name}: array<u32, {n}>;"), Vec::new()),
                    Stmt::Line(format!("{name}[$0] = $1;"), vec![index, value]),
                    Stmt::Line(after, Vec::new()),
                ])]
            }
            _ => {
                let text = format!("out[gid * {OUTPUTS}u + 1u] += junk[$0] & uni.zero;");
                vec![Stmt::Line(text, vec![index])]
            }
        }
    }

    pub(super) fn atomic(&mut self) -> Block {
        if self.e.once_in(2) {
            let i = self.e.below(COMMON.len() as u32);
            let value = self.e.expr(&I32, 3);
            let text = format!("{}(&tally[{i}], $0);", COMMON[i as usize]);
            return vec![Stmt::Line(text, vec![value])];
        }
        let value = self.e.expr(&U32, 3);
        let f = match self.e.below(9) {
            7 => "atomicExchange",
            8 => {
                let name = self.fresh("x");
                self.constant_input(&name, U32);
                let text = format!("let {name} = atomicLoad(&own[gid]) ^ $0;");
                return vec![Stmt::Line(text, vec![value])];
            }
            n => COMMON[n as usize],
        };
        let name = self.fresh("x");
        self.constant_input(&name, U32);
        vec![Stmt::Line(
            format!("let {name} = {f}(&own[gid], $0);"),
            vec![value],
        )]
    }

    /// Atomics that need a loop, or a type or operation that a device may lack.
    pub(super) fn exchange(&mut self, place: &Place) -> Block {
        let name = self.fresh("x");
        match self.e.below(5) {
            // An exchange may fail for no reason, and is then tried again.
            0 | 1 => {
                let args = vec![self.e.expr(&U32, 2), self.e.expr(&U32, 3)];
                let block = [
                    format!("let if_{name} = atomicLoad(&own[gid]) ^ ($0 & 1u);"),
                    format!("let new_{name} = $1;"),
                    format!("var {name} = 0u;"),
                    "loop {".into(),
                    format!("    let now = atomicCompareExchangeWeak(&own[gid], if_{name}, new_{name});"),
                    format!("    {name} = now.old_value;"),
                    format!("    if (now.exchanged || now.old_value != if_{name}) {{ break; }}"),
                    "}".into(),
                ];
                self.constant_input(&name, U32);
                vec![Stmt::Whole(
                    block.map(|line| Stmt::Line(line, args.clone())).to_vec(),
                )]
            }
            2 if place.times.saturating_mul(self.threads) <= self.e.budget => {
                self.e.budget -= place.times * self.threads;
                let i = self.e.below(COMMON.len() as u32);
                let new = match COMMON[i as usize] {
                    "atomicAdd" => format!("seen + {name}"),
                    "atomicSub" => format!("seen - {name}"),
                    "atomicAnd" => format!("seen & {name}"),
                    "atomicOr" => format!("seen | {name}"),
                    "atomicXor" => format!("seen ^ {name}"),
                    "atomicMin" => format!("min(seen, {name})"),
                    _ => format!("max(seen, {name})"),
                };
                let value = self.e.expr(&I32, 3);
                let line = |text: String| Stmt::Line(text, Vec::new());
                vec![Stmt::Whole(vec![
                    Stmt::Line(format!("let {name} = $0;"), vec![value]),
                    line("{".into()),
                    line(format!("var seen = atomicLoad(&tally[{i}]);")),
                    line("loop {".into()),
                    line(format!(
                        "    let now = atomicCompareExchangeWeak(&tally[{i}], seen, {new});"
                    )),
                    line("    if (now.exchanged) { break; }".into()),
                    line("    seen = now.old_value;".into()),
                    line("}".into()),
                    line("}".into()),
                ])]
            }
            3 if self.e.has(Feature::Atomic64) => {
                let ty = Type::Scalar(Sc::U64);
                let n = self.e.below(8) as usize;
                let f = COMMON.get(n).copied().unwrap_or("atomicExchange");
                let value = self.e.expr(&ty, 3);
                self.constant_input(&name, ty);
                let text = format!("let {name} = {f}(&wide[gid], $0);");
                vec![Stmt::Line(text, vec![value])]
            }
            4 if self.e.has(Feature::AtomicF32) => {
                // Sums of -1, 0 and 1 are exact in any order.
                let value = self.e.stored(&F32, 3);
                let value = if value.constant {
                    self.e.runtime(&F32)
                } else {
                    value
                };
                let i = self.e.below(3);
                let text = format!("atomicAdd(&sums[{i}], sign($0));");
                vec![Stmt::Line(text, vec![value])]
            }
            _ => self.atomic(),
        }
    }

    /// A function whose result WGSL bounds: scaled by a power of two so that it may be off by one.
    pub(super) fn approximate(&mut self) -> Block {
        // Operands are multiples of 1/8 of at most 64.
        let forms: [(&str, i32); 12] = [
            // The reciprocal of inverseSqrt, both within 2.5 units in the last place.
            ("sqrt(abs($0))", 17),
            // 3 + 2|x| units of at most 2^-18.
            ("exp(clamp($0, -4f, 4f))", 13),
            ("exp2(clamp($0, -4f, 4f))", 15),
            // 2^-11 absolute in [-pi, pi].
            ("sin(clamp($0, -3f, 3f))", 11),
            ("cos(clamp($0, -3f, 3f))", 11),
            // Three units of 2^-21.
            ("log(abs($0) + 0.125f)", 18),
            ("log2(abs($0) + 0.125f)", 18),
            // 2.5 units of 2^-14.
            ("($0 / (abs($1) + 0.125f))", 12),
            ("inverseSqrt(abs($0) + 0.125f)", 19),
            // 4,096 units of 2^-23.
            ("atan($0)", 10),
            ("length(vec2($0, $1))", 13),
            ("smoothstep(-8f, 8f, $0)", 18),
        ];
        let (form, scale) = forms[self.e.below(forms.len() as u32) as usize];
        let args = vec![self.e.stored(&F32, 3), self.e.stored(&F32, 2)];
        let args: Vec<Expr> = args
            .into_iter()
            .map(|a| if a.constant { self.e.runtime(&F32) } else { a })
            .collect();
        let slot = self.e.below(FLOATS);
        let scale = float(Sc::F32, 2f64.powi(scale));
        let text = format!("fout[gid * {FLOATS}u + {slot}u] = {form} * {scale};");
        vec![Stmt::Line(text, args)]
    }
}

/// A scalar as a word.
fn word(sc: Sc, text: &str) -> String {
    match sc {
        Sc::U32 => text.to_string(),
        Sc::Bool | Sc::I32 | Sc::I16 | Sc::U16 => format!("u32({text})"),
        Sc::U64 => format!("u32({text} % 4294967291lu)"),
        Sc::I64 => format!("u32(u64({text}) % 4294967291lu)"),
        Sc::F16 | Sc::F32 | Sc::F64 => {
            let unit = 2f64.powi(-Class::variable(Some(sc)).low);
            format!("u32(i32({text} * {}))", float(sc, unit))
        }
    }
}
