//! Reads of what is in scope: a variable or a part of it, with indices that are in bounds by
//! construction, or that may not be where the result counts only if they are. What is read is
//! known only when the kernel runs, so it also stands wherever naga would otherwise compute a whole
//! expression ahead and refuse it for an overflow.

use super::{float, Exprs, Var, LETTERS};
use crate::random::tree::{Class, Expr, Type};
use crate::scalar::Sc;

impl Exprs {
    /// An index below `n`.
    pub fn index(&mut self, n: u32, depth: u32) -> Expr {
        let u32_ = Type::Scalar(Sc::U32);
        match self.below(if depth == 0 { 2 } else { 6 }) {
            0 => Expr::literal(u32_, format!("{}u", self.rng.below(n))),
            1 => Expr::literal(Type::Scalar(Sc::I32), format!("{}i", self.rng.below(n))),
            2 if n.is_power_of_two() => {
                let e = self.runtime_int(Sc::I32, depth - 1);
                Expr::new(e.ty.clone(), e.class, format!("($0 & {}i)", n - 1), vec![e])
            }
            3 => {
                let e = self.runtime_int(Sc::U32, depth - 1);
                Expr::new(u32_, e.class, format!("min($0, {}u)", n - 1), vec![e])
            }
            4 => {
                let e = self.runtime_int(Sc::I32, depth - 1);
                let text = format!("clamp($0, 0i, {}i)", n - 1);
                Expr::new(e.ty.clone(), e.class, text, vec![e])
            }
            _ => {
                let e = self.runtime_int(Sc::U32, depth.max(1) - 1);
                Expr::new(u32_, e.class, format!("($0 % {n}u)"), vec![e])
            }
        }
    }

    pub(super) fn runtime_int(&mut self, sc: Sc, depth: u32) -> Expr {
        let ty = Type::Scalar(sc);
        let e = self.expr(&ty, depth);
        if e.constant {
            self.runtime(&ty)
        } else {
            e
        }
    }

    /// Follows a value or place down to a part of type `want`.
    pub fn descend(&mut self, from: Expr, want: &Type, depth: u32) -> Option<Expr> {
        if from.ty == *want && (!self.contains_deeper(&from.ty, want) || self.once_in(2)) {
            return Some(from);
        }
        let step = |of: &mut Exprs, from: Expr, ty: Type, n: u32, depth: u32| {
            let mut args = from.args;
            let at = args.len();
            if at > 8 {
                return None;
            }
            args.push(of.index(n, depth));
            let text = format!("{}[${at}]", from.text);
            Some(Expr {
                args,
                ..Expr::leaf(ty, text)
            })
        };
        match from.ty.clone() {
            Type::Scalar(_) => None,
            Type::Vector(n, sc) => {
                if self.once_in(2) {
                    let c = LETTERS[self.below(n) as usize];
                    let text = format!("{}.{c}", from.text);
                    return Some(Expr {
                        args: from.args,
                        ..Expr::leaf(Type::Scalar(sc), text)
                    });
                }
                step(self, from, Type::Scalar(sc), n, depth)
            }
            Type::Matrix(c, r, sc) => {
                let column = step(self, from, Type::Vector(r, sc), c, depth)?;
                self.descend(column, want, depth)
            }
            Type::Array(of, n) => {
                let element = step(self, from, (*of).clone(), n, depth)?;
                self.descend(element, want, depth)
            }
            Type::Struct(i) => {
                let members: Vec<usize> = (0..self.structs[i].len())
                    .filter(|&m| self.contains(&self.structs[i][m], want))
                    .collect();
                let m = *members.get(self.rng.below(members.len() as u32) as usize)?;
                let ty = self.structs[i][m].clone();
                let text = format!("{}.m{m}", from.text);
                let member = Expr {
                    args: from.args,
                    ..Expr::leaf(ty, text)
                };
                self.descend(member, want, depth)
            }
        }
    }

    /// A variable's part of that type, to read or to write.
    pub fn place(&mut self, want: &Type, write: bool, depth: u32) -> Option<Expr> {
        let fit: Vec<usize> = (0..self.vars.len())
            .filter(|&i| (self.vars[i].write || !write) && self.contains(&self.vars[i].ty, want))
            .collect();
        if fit.is_empty() {
            return None;
        }
        // Recent ones more often.
        let n = fit.len() as u32;
        let at = self.below(n).max(self.below(n)) as usize;
        let var = self.vars[fit[at]].clone();
        self.descend(Expr::leaf(var.ty, var.text), want, depth)
    }

    /// Something that is known only when the kernel runs.
    pub fn runtime(&mut self, ty: &Type) -> Expr {
        for _ in 0..3 {
            match self.place(ty, false, 0) {
                Some(e) => return e,
                None => continue,
            }
        }
        let word = format!("inp[{}]", self.below(64));
        let text = match ty {
            Type::Scalar(sc) => scalar_of_word(*sc, &word),
            Type::Vector(n, sc) => {
                let of: Vec<String> = (0..*n)
                    .map(|_| {
                        let word = format!("inp[{}]", self.below(64));
                        scalar_of_word(*sc, &word)
                    })
                    .collect();
                format!("{}({})", ty.wgsl(), of.join(", "))
            }
            Type::Matrix(..) | Type::Array(..) | Type::Struct(_) => {
                let parts = self.parts(ty);
                let args: Vec<Expr> = parts.iter().map(|p| self.runtime(p)).collect();
                return self.construct(ty, args);
            }
        };
        Expr::leaf(ty.clone(), text)
    }

    /// A read that may be out of bounds, and whose result counts only if it is not.
    pub(super) fn outside(&mut self, ty: &Type, sc: Sc, depth: u32) -> Option<Expr> {
        let arrays: Vec<Var> = self
            .vars
            .iter()
            .filter(|v| matches!(&v.ty, Type::Array(of, _) if **of == *ty))
            .cloned()
            .collect();
        let (name, length) = match arrays.get(self.rng.below(arrays.len() as u32 + 1) as usize) {
            Some(Var {
                text,
                ty: Type::Array(_, n),
                ..
            }) => (text.clone(), format!("{n}u")),
            _ if sc == Sc::U32 => ("inp".into(), "arrayLength(&inp)".into()),
            _ => return None,
        };
        let class = Class::variable(None);
        let (index, condition) = match self.once_in(2) {
            true => (self.runtime_int(Sc::I32, depth.min(1)), "u32($1) < "),
            false => (self.runtime_int(Sc::U32, depth.min(1)), "$1 < "),
        };
        let other = self.runtime(ty);
        let text = format!("select($0, {name}[$1], {condition}{length})");
        Some(Expr::new(ty.clone(), class, text, vec![other, index]))
    }
}

/// A scalar from the text of a u32.
fn scalar_of_word(sc: Sc, word: &str) -> String {
    match sc {
        Sc::Bool => format!("(({word} & 1u) == 1u)"),
        Sc::U32 => word.into(),
        Sc::I32 => format!("bitcast<i32>({word})"),
        Sc::U64 => format!("(u64({word}) * 0x100000001lu)"),
        Sc::I64 => format!("(i64({word}) - 0x80000000li)"),
        Sc::F16 | Sc::F32 | Sc::F64 => {
            let class = Class::variable(Some(sc));
            let mask = (1 << (class.high - class.low)) - 1;
            let unit = float(sc, 2f64.powi(class.low));
            format!("({}({word} & {mask}u) * {unit})", sc.wgsl())
        }
        Sc::I16 | Sc::U16 => format!("{}({word})", sc.wgsl()),
    }
}
