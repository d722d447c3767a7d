//! Random expressions whose value WGSL pins to the bit: integers wrap, divide by zero and shift
//! too far as they like; floats are small multiples of powers of two, so that every sum, product
//! and rounding is exact in whatever order and with whatever contraction a compiler chooses.

use super::tree::{Class, Expr, Type};
use super::Flags;
use crate::rng::Rng;
use crate::scalar::Sc;
use std::rc::Rc;

/// Something with a name that expressions can read.
#[derive(Clone, Debug)]
pub struct Var {
    /// How it is written.
    pub text: String,
    /// Its type.
    pub ty: Type,
    /// Whether it may be assigned to.
    pub write: bool,
    /// A pointer to it that functions take, if it is a variable of a function.
    pub pointer: Option<String>,
}

/// A function without side effects.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Name.
    pub name: String,
    /// Types of its parameters.
    pub params: Vec<Type>,
    /// Type of its result.
    pub result: Type,
    /// Statements that a call may execute.
    pub cost: u32,
}

/// Makes expressions from what is in scope.
#[derive(Debug)]
pub struct Exprs {
    /// Chance.
    pub rng: Rng,
    /// What the language may be.
    pub flags: Flags,
    /// Structures.
    pub structs: Vec<Vec<Type>>,
    /// What is in scope, innermost last.
    pub vars: Vec<Var>,
    /// What may be called from expressions.
    pub pure: Vec<Signature>,
    /// How often the expression that is being made may run, times the cost of its calls.
    pub times: u32,
    /// Statements that a function may still execute.
    pub budget: u32,
}

/// Integers that matter.
const EDGES: [u64; 18] = [
    0,
    1,
    2,
    3,
    7,
    8,
    31,
    32,
    33,
    63,
    255,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x5555_5555,
    0x8000_0001,
    0xdead_beef,
    0x1_0000,
];

const LETTERS: [char; 4] = ['x', 'y', 'z', 'w'];

impl Exprs {
    /// A number below `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        self.rng.below(n)
    }

    /// True once in `n`.
    pub fn once_in(&mut self, n: u32) -> bool {
        self.rng.below(n) == 0
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.rng.below(of.len() as u32) as usize]
    }

    /// A scalar type.
    pub fn scalar(&mut self, bools: bool) -> Sc {
        let mut of = vec![Sc::I32, Sc::U32, Sc::U32, Sc::F32];
        if bools {
            of.push(Sc::Bool);
        }
        if self.flags.f16 {
            of.extend([Sc::F16; 2]);
        }
        if self.flags.i64 {
            of.extend([Sc::I64, Sc::U64]);
        }
        if self.flags.f64 {
            of.extend([Sc::F64; 2]);
        }
        of[self.rng.below(of.len() as u32) as usize]
    }

    fn float_scalar(&mut self) -> Sc {
        match (self.below(3), self.flags.f16, self.flags.f64) {
            (0, true, _) => Sc::F16,
            (1, _, true) => Sc::F64,
            _ => Sc::F32,
        }
    }

    /// Any type; `bools` says whether it may hold any.
    pub fn ty(&mut self, bools: bool, depth: u32) -> Type {
        match self.below(if depth == 0 { 6 } else { 10 }) {
            0..=2 => Type::Scalar(self.scalar(bools)),
            3 | 4 => Type::Vector(2 + self.below(3), self.scalar(bools)),
            5 => Type::Matrix(2 + self.below(3), 2 + self.below(3), self.float_scalar()),
            6..=8 => {
                let of = self.ty(bools, depth - 1);
                Type::Array(Rc::new(of), 1 + self.below(6))
            }
            _ if !self.structs.is_empty() => {
                let i = self.below(self.structs.len() as u32) as usize;
                if bools || !self.has_bool(&Type::Struct(i)) {
                    Type::Struct(i)
                } else {
                    Type::Scalar(Sc::U32)
                }
            }
            _ => Type::Scalar(self.scalar(bools)),
        }
    }

    /// Whether a type holds a bool.
    pub fn has_bool(&self, ty: &Type) -> bool {
        match ty {
            Type::Array(of, _) => self.has_bool(of),
            Type::Struct(i) => self.structs[*i].iter().any(|m| self.has_bool(m)),
            Type::Scalar(sc) | Type::Vector(_, sc) | Type::Matrix(_, _, sc) => *sc == Sc::Bool,
        }
    }

    /// Scalars in a type.
    pub fn scalars(&self, ty: &Type) -> u32 {
        match ty {
            Type::Scalar(_) => 1,
            Type::Vector(n, _) => *n,
            Type::Matrix(c, r, _) => c * r,
            Type::Array(of, n) => n * self.scalars(of),
            Type::Struct(i) => self.structs[*i].iter().map(|m| self.scalars(m)).sum(),
        }
    }

    fn contains(&self, ty: &Type, want: &Type) -> bool {
        ty == want
            || match ty {
                Type::Scalar(_) => false,
                Type::Vector(_, sc) => *want == Type::Scalar(*sc),
                Type::Matrix(_, r, sc) => {
                    *want == Type::Scalar(*sc) || *want == Type::Vector(*r, *sc)
                }
                Type::Array(of, _) => self.contains(of, want),
                Type::Struct(i) => self.structs[*i].iter().any(|m| self.contains(m, want)),
            }
    }

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

    fn runtime_int(&mut self, sc: Sc, depth: u32) -> Expr {
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

    fn contains_deeper(&self, ty: &Type, want: &Type) -> bool {
        match ty {
            Type::Scalar(_) | Type::Vector(..) | Type::Matrix(..) => false,
            Type::Array(of, _) => self.contains(of, want),
            Type::Struct(i) => self.structs[*i].iter().any(|m| self.contains(m, want)),
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

    /// Types of what a composite is made of.
    fn parts(&self, ty: &Type) -> Vec<Type> {
        match ty {
            Type::Scalar(_) => Vec::new(),
            Type::Vector(n, sc) => vec![Type::Scalar(*sc); *n as usize],
            Type::Matrix(c, r, sc) => vec![Type::Vector(*r, *sc); *c as usize],
            Type::Array(of, n) => vec![(**of).clone(); *n as usize],
            Type::Struct(i) => self.structs[*i].clone(),
        }
    }

    fn construct(&mut self, ty: &Type, args: Vec<Expr>) -> Expr {
        let class = args
            .iter()
            .map(|a| a.class)
            .reduce(Class::join)
            .unwrap_or(Class::variable(None));
        let holes: Vec<String> = (0..args.len()).map(|i| format!("${i}")).collect();
        Expr::new(
            ty.clone(),
            class,
            format!("{}({})", ty.wgsl(), holes.join(", ")),
            args,
        )
    }

    fn literal(&mut self, ty: &Type) -> Expr {
        match ty {
            Type::Scalar(sc) => {
                let text = self.number(*sc);
                Expr::literal(ty.clone(), text)
            }
            Type::Vector(..) | Type::Matrix(..) => {
                let parts = self.parts(ty);
                let args = parts.iter().map(|p| self.literal(p)).collect();
                self.construct(ty, args)
            }
            Type::Array(..) | Type::Struct(_) => {
                Expr::literal(ty.clone(), format!("{}()", ty.wgsl()))
            }
        }
    }

    fn number(&mut self, sc: Sc) -> String {
        let bits = match self.below(3) {
            0 => EDGES[self.below(EDGES.len() as u32) as usize],
            1 => self.below(16).into(),
            _ => self.rng.bits(),
        };
        match sc {
            Sc::Bool => (bits & 1 == 1).to_string(),
            Sc::U32 => format!("{}u", bits as u32),
            Sc::I32 => match bits as u32 as i32 {
                i32::MIN => "(-2147483647i - 1i)".into(),
                n if n < 0 => format!("({n}i)"),
                n => format!("{n}i"),
            },
            Sc::U64 => format!("{bits}lu"),
            Sc::I64 => match bits as i64 {
                i64::MIN => "(-9223372036854775807li - 1li)".into(),
                n if n < 0 => format!("({n}li)"),
                n => format!("{n}li"),
            },
            Sc::F16 | Sc::F32 | Sc::F64 => {
                let class = Class::variable(Some(sc));
                let most = 1 << (class.high - class.low);
                let k = self.below(2 * most + 1) as i32 - most as i32;
                float(sc, f64::from(k) * 2f64.powi(class.low))
            }
            Sc::I16 | Sc::U16 => format!("{}({})", sc.wgsl(), bits & 0x7fff),
        }
    }

    /// An expression that a variable may hold.
    pub fn stored(&mut self, ty: &Type, depth: u32) -> Expr {
        let e = self.expr(ty, depth);
        self.fit(e)
    }

    /// Brings floats back to what variables hold.
    pub fn fit(&mut self, e: Expr) -> Expr {
        let Some(sc) = e.ty.scalar().filter(|sc| sc.is_float()) else {
            return e;
        };
        let want = Class::variable(Some(sc));
        if e.class.within(want) {
            return e;
        }
        if let Type::Matrix(..) = e.ty {
            return self.columns(&e.ty.clone(), 1);
        }
        let ty = e.ty.clone();
        let constant = |x: f64| match &ty {
            Type::Vector(..) => format!("{}({})", ty.wgsl(), float(sc, x)),
            _ => float(sc, x),
        };
        let mut text = "$0".to_string();
        let mut class = e.class;
        if class.low < want.low {
            let unit = 2f64.powi(-want.low);
            text = format!(
                "(floor({text} * {}) * {})",
                float(sc, unit),
                float(sc, 1.0 / unit)
            );
            class.low = want.low;
            class.high = class.high.max(want.low);
        }
        if class.high > want.high {
            let bound = 2f64.powi(want.high);
            text = format!("clamp({text}, {}, {})", constant(-bound), constant(bound));
            class.high = want.high;
        }
        Expr::new(ty, class, text, vec![e])
    }

    /// A matrix from columns.
    fn columns(&mut self, ty: &Type, depth: u32) -> Expr {
        let parts = self.parts(ty);
        let args = parts.iter().map(|p| self.stored(p, depth)).collect();
        self.construct(ty, args)
    }

    /// Operands, of which the first is not a constant if all are.
    fn operands(&mut self, types: &[&Type], depth: u32) -> Vec<Expr> {
        let mut args: Vec<Expr> = types.iter().map(|t| self.expr(t, depth)).collect();
        if args.iter().all(|a| a.constant) {
            if let Some(first) = args.first_mut() {
                *first = self.runtime(types[0]);
            }
        }
        args
    }

    /// Any expression of a type.
    pub fn expr(&mut self, ty: &Type, depth: u32) -> Expr {
        if depth == 0 || self.once_in(7) {
            if self.once_in(4) {
                return self.literal(ty);
            }
            return self.runtime(ty);
        }
        let depth = depth - 1;
        for _ in 0..6 {
            let made = match self.below(10) {
                0 | 1 => self.place(ty, false, depth),
                2 => self.call(ty, depth),
                3 => self.part_of_value(ty, depth),
                _ => match ty {
                    Type::Scalar(Sc::Bool) | Type::Vector(_, Sc::Bool) => self.boolean(ty, depth),
                    Type::Scalar(sc) | Type::Vector(_, sc) if sc.is_float() => {
                        self.float(ty, *sc, depth)
                    }
                    Type::Scalar(sc) | Type::Vector(_, sc) => self.integer(ty, *sc, depth),
                    Type::Matrix(..) => self.matrix(ty, depth),
                    Type::Array(..) | Type::Struct(_) => self.composite(ty, depth),
                },
            };
            if let Some(e) = made {
                return e;
            }
        }
        self.runtime(ty)
    }

    fn call(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let fit: Vec<Signature> = self
            .pure
            .iter()
            .filter(|s| s.result == *ty && s.cost.saturating_mul(self.times) <= self.budget)
            .cloned()
            .collect();
        let s = fit.get(self.rng.below(fit.len() as u32) as usize)?.clone();
        self.budget -= s.cost * self.times;
        let args: Vec<Expr> = s
            .params
            .iter()
            .map(|p| self.stored(p, depth.min(1)))
            .collect();
        let holes: Vec<String> = (0..args.len()).map(|i| format!("${i}")).collect();
        let text = format!("{}({})", s.name, holes.join(", "));
        Some(Expr {
            constant: false,
            ..Expr::new(ty.clone(), Class::variable(ty.scalar()), text, args)
        })
    }

    /// A component of a vector expression, or a swizzle of one.
    fn part_of_value(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        match ty {
            Type::Scalar(sc) => {
                let n = 2 + self.below(3);
                let v = self.expr(&Type::Vector(n, *sc), depth);
                if v.constant {
                    return None;
                }
                if self.once_in(3) {
                    let i = self.index(n, 1);
                    return Some(Expr::new(ty.clone(), v.class, "$0[$1]", vec![v, i]));
                }
                let c = LETTERS[self.below(n) as usize];
                Some(Expr::new(ty.clone(), v.class, format!("$0.{c}"), vec![v]))
            }
            Type::Vector(n, sc) => {
                let from = 2 + self.below(3);
                let v = self.expr(&Type::Vector(from, *sc), depth);
                let letters: String = (0..*n)
                    .map(|_| LETTERS[self.below(from) as usize])
                    .collect();
                Some(Expr::new(
                    ty.clone(),
                    v.class,
                    format!("$0.{letters}"),
                    vec![v],
                ))
            }
            Type::Matrix(..) | Type::Array(..) | Type::Struct(_) => None,
        }
    }

    fn composite(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let parts = self.parts(ty);
        if parts.len() > 9 {
            return None;
        }
        let args: Vec<Expr> = parts.iter().map(|p| self.stored(p, depth.min(2))).collect();
        Some(self.construct(ty, args))
    }

    /// A vector from scalars and vectors, or from one scalar.
    fn vector(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let Type::Vector(n, sc) = *ty else {
            return None;
        };
        if self.once_in(3) {
            let e = self.expr(&Type::Scalar(sc), depth);
            return Some(Expr::new(
                ty.clone(),
                e.class,
                format!("{}($0)", ty.wgsl()),
                vec![e],
            ));
        }
        let mut args = Vec::new();
        let mut left = n;
        while left > 0 {
            let take = if left >= 2 && left < n && self.once_in(2) {
                2
            } else {
                1
            };
            let part = if take == 2 {
                Type::Vector(2, sc)
            } else {
                Type::Scalar(sc)
            };
            args.push(self.expr(&part, depth));
            left -= take;
        }
        Some(self.construct(ty, args))
    }

    fn select(&mut self, ty: &Type, depth: u32) -> Expr {
        let condition = match ty {
            Type::Vector(..) if self.once_in(2) => ty.with(Sc::Bool),
            _ => Type::Scalar(Sc::Bool),
        };
        let args = self.operands(&[ty, ty, &condition], depth);
        let class = args[0].class.join(args[1].class);
        Expr::new(ty.clone(), class, "select($0, $1, $2)", args)
    }

    fn boolean(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let class = Class::variable(None);
        let scalar = matches!(ty, Type::Scalar(_));
        Some(match self.below(8) {
            0..=3 => {
                let of = self.scalar(false);
                let of = ty.with(of);
                let op = self.pick(&["<", "<=", ">", ">=", "==", "!="]);
                let args = self.operands(&[&of, &of], depth);
                Expr::new(ty.clone(), class, format!("($0 {op} $1)"), args)
            }
            4 => {
                let op = match scalar {
                    true => self.pick(&["&&", "||", "&", "|", "==", "!="]),
                    false => self.pick(&["&", "|", "==", "!="]),
                };
                let args = self.operands(&[ty, ty], depth);
                Expr::new(ty.clone(), class, format!("($0 {op} $1)"), args)
            }
            5 => {
                let args = self.operands(&[ty], depth);
                Expr::new(ty.clone(), class, "(!$0)", args)
            }
            6 if scalar => {
                let v = Type::Vector(2 + self.below(3), Sc::Bool);
                let f = self.pick(&["any", "all"]);
                let args = self.operands(&[&v], depth);
                Expr::new(ty.clone(), class, format!("{f}($0)"), args)
            }
            6 => return self.vector(ty, depth),
            _ => {
                let of = ty.with([Sc::U32, Sc::I32][self.below(2) as usize]);
                match self.once_in(2) {
                    true => {
                        let args = self.operands(&[&of], depth);
                        Expr::new(ty.clone(), class, format!("{}($0)", ty.wgsl()), args)
                    }
                    false => self.select(ty, depth),
                }
            }
        })
    }

    fn integer(&mut self, ty: &Type, sc: Sc, depth: u32) -> Option<Expr> {
        let class = Class::variable(None);
        let make = |text: String, args: Vec<Expr>| Some(Expr::new(ty.clone(), class, text, args));
        let wide = sc.width() == 8;
        let vector = matches!(ty, Type::Vector(..));
        match self.below(20) {
            0..=3 => {
                let op = self.pick(&["+", "-", "*", "&", "|", "^"]);
                let args = self.operands(&[ty, ty], depth);
                make(format!("($0 {op} $1)"), args)
            }
            4 | 5 => {
                let op = self.pick(&["/", "%"]);
                let left = self.operands(&[ty], depth).remove(0);
                let mut right = self.expr(ty, depth);
                if right.constant {
                    right = if self.once_in(3) || vector {
                        self.runtime(ty)
                    } else {
                        let n = 1 + self.below(100);
                        let text = match sc {
                            Sc::I32 if self.once_in(3) => format!("(-{n}i)"),
                            Sc::I64 if self.once_in(3) => format!("(-{n}li)"),
                            Sc::I32 => format!("{n}i"),
                            Sc::U32 => format!("{n}u"),
                            Sc::I64 => format!("{n}li"),
                            _ => format!("{n}lu"),
                        };
                        Expr::literal(ty.clone(), text)
                    };
                }
                make(format!("($0 {op} $1)"), vec![left, right])
            }
            6 | 7 => {
                let op = self.pick(&["<<", ">>"]);
                let left = self.operands(&[ty], depth).remove(0);
                let by = ty.with(Sc::U32);
                let mut right = self.expr(&by, depth);
                if right.constant {
                    let n = self.below(sc.width() as u32 * 8);
                    right = Expr::literal(by.clone(), format!("{}({n}u)", by.wgsl()));
                }
                make(format!("($0 {op} $1)"), vec![left, right])
            }
            8 => {
                let op = self.pick(if sc.is_signed() { &["-", "~"] } else { &["~"] });
                let args = self.operands(&[ty], depth);
                make(format!("({op}$0)"), args)
            }
            9 => {
                let f = self.pick(&["min", "max"]);
                let args = self.operands(&[ty, ty], depth);
                make(format!("{f}($0, $1)"), args)
            }
            10 => {
                // Low and high may be in either order: min(max(e, low), high).
                let low = self.runtime(ty);
                let args = self.operands(&[ty, ty], depth);
                let [e, high] = <[Expr; 2]>::try_from(args).ok()?;
                make("clamp($0, $1, $2)".into(), vec![e, low, high])
            }
            11 => {
                let mut of = vec!["abs", "countOneBits", "reverseBits", "firstLeadingBit"];
                of.extend([
                    "firstTrailingBit",
                    "countLeadingZeros",
                    "countTrailingZeros",
                ]);
                if sc.is_signed() {
                    of.push("sign");
                }
                let f = self.pick(&of);
                let args = self.operands(&[ty], depth);
                make(format!("{f}($0)"), args)
            }
            12 if !wide => {
                let u32_ = Type::Scalar(Sc::U32);
                let from = self.runtime(&u32_);
                let count = self.runtime(&u32_);
                let mask = |e: Expr| {
                    let class = e.class;
                    Expr::new(Type::Scalar(Sc::U32), class, "($0 & 63u)", vec![e])
                };
                let (from, count) = (mask(from), mask(count));
                if self.once_in(2) {
                    let args = self.operands(&[ty, ty], depth);
                    let [e, new] = <[Expr; 2]>::try_from(args).ok()?;
                    return make(
                        "insertBits($0, $1, $2, $3)".into(),
                        vec![e, new, from, count],
                    );
                }
                let e = self.operands(&[ty], depth).remove(0);
                make("extractBits($0, $1, $2)".into(), vec![e, from, count])
            }
            13 if !vector => {
                let v = Type::Vector(2 + self.below(3), sc);
                let args = self.operands(&[&v, &v], depth);
                make("dot($0, $1)".into(), args)
            }
            13 => self.vector(ty, depth),
            14 => Some(self.select(ty, depth)),
            15 | 16 => {
                let mut from = self.scalar(true);
                if from == sc {
                    from = Sc::F32;
                }
                let args = self.operands(&[&ty.with(from)], depth);
                // Floats out of range saturate.
                make(format!("{}($0)", ty.wgsl()), args)
            }
            17 if !wide => {
                let other = if sc == Sc::I32 { Sc::U32 } else { Sc::I32 };
                let args = self.operands(&[&ty.with(other)], depth);
                make(format!("bitcast<{}>($0)", ty.wgsl()), args)
            }
            18 if sc == Sc::U32 && !vector => self.packed(depth),
            18 if sc == Sc::I32 && !vector => {
                let u32_ = Type::Scalar(Sc::U32);
                let args = self.operands(&[&u32_, &u32_], depth);
                make("dot4I8Packed($0, $1)".into(), args)
            }
            18 if !wide && *ty == Type::Vector(4, sc) => {
                let f = if sc == Sc::U32 {
                    "unpack4xU8"
                } else {
                    "unpack4xI8"
                };
                let args = self.operands(&[&Type::Scalar(Sc::U32)], depth);
                make(format!("{f}($0)"), args)
            }
            _ if !wide && !vector => self.outside(ty, sc, depth),
            _ => None,
        }
    }

    /// Functions that make a u32 of something else.
    fn packed(&mut self, depth: u32) -> Option<Expr> {
        let u32_ = Type::Scalar(Sc::U32);
        let class = Class::variable(None);
        let make = |text: String, args: Vec<Expr>| {
            Some(Expr::new(Type::Scalar(Sc::U32), class, text, args))
        };
        match self.below(4) {
            0 => {
                let args = self.operands(&[&u32_, &u32_], depth);
                make("dot4U8Packed($0, $1)".into(), args)
            }
            1 => {
                let f = self.pick(&["pack4xI8", "pack4xI8Clamp"]);
                let args = self.operands(&[&Type::Vector(4, Sc::I32)], depth);
                make(format!("{f}($0)"), args)
            }
            2 => {
                let f = self.pick(&["pack4xU8", "pack4xU8Clamp"]);
                let args = self.operands(&[&Type::Vector(4, Sc::U32)], depth);
                make(format!("{f}($0)"), args)
            }
            _ => {
                // Exact in 16 bits; a zero of either sign would show.
                let v = self.stored(&Type::Vector(2, Sc::F32), depth);
                let v = if v.constant {
                    self.runtime(&Type::Vector(2, Sc::F32))
                } else {
                    v
                };
                make("pack2x16float(abs($0) + 1f)".into(), vec![v])
            }
        }
    }

    /// A read that may be out of bounds, and whose result counts only if it is not.
    fn outside(&mut self, ty: &Type, sc: Sc, depth: u32) -> Option<Expr> {
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

    /// An exact float, if it is one.
    fn exact(ty: &Type, class: Class, text: impl Into<String>, args: Vec<Expr>) -> Option<Expr> {
        let sc = ty.scalar()?;
        class
            .exact(sc)
            .then(|| Expr::new(ty.clone(), class, text, args))
    }

    fn float(&mut self, ty: &Type, sc: Sc, depth: u32) -> Option<Expr> {
        let scalar = Type::Scalar(sc);
        let vector = matches!(ty, Type::Vector(..));
        match self.below(24) {
            0..=2 => {
                let op = self.pick(&["+", "-"]);
                let args = self.operands(&[ty, ty], depth);
                let class = sum(args[0].class.join(args[1].class), 2);
                Self::exact(ty, class, format!("($0 {op} $1)"), args)
            }
            3 | 4 => {
                let right = if vector && self.once_in(2) {
                    &scalar
                } else {
                    ty
                };
                let args = self.operands(&[ty, right], depth);
                let class = product(args[0].class, args[1].class);
                Self::exact(ty, class, "($0 * $1)", args)
            }
            5 => {
                let f = self.pick(&["min", "max"]);
                let args = self.operands(&[ty, ty], depth);
                let class = args[0].class.join(args[1].class);
                Self::exact(ty, class, format!("{f}($0, $1)"), args)
            }
            6 => {
                let e = self.operands(&[ty], depth).remove(0);
                let bound = |x: f64| match vector {
                    true => format!("{}({})", ty.wgsl(), float(sc, x)),
                    false => float(sc, x),
                };
                let text = match self.once_in(2) {
                    true => "saturate($0)".into(),
                    false => format!("clamp($0, {}, {})", bound(-1.0), bound(1.0)),
                };
                let class = Class {
                    high: 0,
                    low: e.class.low.min(0),
                };
                Self::exact(ty, class, text, vec![e])
            }
            7 | 8 => {
                let f = self.pick(&["floor", "ceil", "trunc", "round"]);
                let e = self.operands(&[ty], depth).remove(0);
                let class = Class {
                    high: e.class.high.max(0),
                    low: e.class.low.max(0),
                };
                Self::exact(ty, class, format!("{f}($0)"), vec![e])
            }
            9 => {
                let e = self.operands(&[ty], depth).remove(0);
                let class = Class {
                    high: 0,
                    low: e.class.low.min(0),
                };
                Self::exact(ty, class, "fract($0)", vec![e])
            }
            10 => {
                let text = self.pick(&["abs($0)", "(-$0)"]);
                let e = self.operands(&[ty], depth).remove(0);
                Self::exact(ty, e.class, text, vec![e])
            }
            11 => {
                let class = Class { high: 0, low: 0 };
                if self.once_in(2) {
                    let args = self.operands(&[ty], depth);
                    return Self::exact(ty, class, "sign($0)", args);
                }
                let args = self.operands(&[ty, ty], depth);
                Self::exact(ty, class, "step($0, $1)", args)
            }
            12 => {
                let args = self.operands(&[ty, ty, ty], depth);
                let p = product(args[0].class, args[1].class);
                let class = sum(p.join(args[2].class), 2);
                Self::exact(ty, class, "fma($0, $1, $2)", args)
            }
            13 => {
                let by = if vector && self.once_in(2) {
                    &scalar
                } else {
                    ty
                };
                let args = self.operands(&[ty, ty, by], depth);
                // Both a * (1 - t) + b * t and a + (b - a) * t.
                let one = Class { high: 0, low: 0 };
                let ends = sum(args[0].class.join(args[1].class), 2);
                let class = sum(product(ends, sum(args[2].class.join(one), 2)), 2);
                Self::exact(ty, class, "mix($0, $1, $2)", args)
            }
            14 => Some(self.select(ty, depth)).filter(|e| e.class.exact(sc)),
            15 | 16 => self.converted(ty, sc, depth),
            17 if vector => {
                let v = self.vector(ty, depth)?;
                v.class.exact(sc).then_some(v)
            }
            17 => {
                let n = 2 + self.below(3);
                let v = Type::Vector(n, sc);
                let args = self.operands(&[&v, &v], depth);
                let class = sum(product(args[0].class, args[1].class), n);
                Self::exact(ty, class, "dot($0, $1)", args)
            }
            18 if *ty == Type::Vector(3, sc) => {
                let args = self.operands(&[ty, ty], depth);
                let class = sum(product(args[0].class, args[1].class), 2);
                Self::exact(ty, class, "cross($0, $1)", args)
            }
            18 if !vector => {
                let n = 2 + self.below(2);
                let m = self.expr(&Type::Matrix(n, n, sc), depth);
                let m = if m.constant { self.runtime(&m.ty) } else { m };
                // Two products of two, or six of three.
                let mut class = product(m.class, m.class);
                if n == 3 {
                    class = product(class, m.class);
                }
                Self::exact(ty, sum(class, 6), "determinant($0)", vec![m])
            }
            19 | 20 => {
                let Type::Vector(n, _) = *ty else { return None };
                let k = 2 + self.below(3);
                let v = Type::Vector(k, sc);
                let (m, text) = match self.once_in(2) {
                    true => (Type::Matrix(k, n, sc), "($0 * $1)"),
                    false => (Type::Matrix(n, k, sc), "($1 * $0)"),
                };
                let args = self.operands(&[&m, &v], depth);
                let class = sum(product(args[0].class, args[1].class), k);
                Self::exact(ty, class, text, args)
            }
            21 => {
                let e = self.operands(&[ty], depth).remove(0);
                let k = self.below(5) as i32 - 2;
                let class = Class {
                    high: e.class.high + k,
                    low: e.class.low + k,
                };
                let by = match ty {
                    Type::Vector(n, _) => format!("vec{n}<i32>({k})"),
                    _ => k.to_string(),
                };
                // naga knows ldexp of f32 alone in some of its parts.
                (sc == Sc::F32).then_some(())?;
                Self::exact(ty, class, format!("ldexp($0, {by})"), vec![e])
            }
            22 => {
                let e = self.operands(&[ty], depth).remove(0);
                (sc == Sc::F32).then_some(())?;
                match self.below(3) {
                    0 if e.class.exact(Sc::F16) => {
                        Self::exact(ty, e.class, "quantizeToF16($0)", vec![e])
                    }
                    1 => {
                        let class = Class {
                            high: e.class.high.max(0),
                            low: e.class.low.max(0),
                        };
                        Self::exact(ty, class, "modf($0).whole", vec![e])
                    }
                    2 => {
                        let class = Class {
                            high: 0,
                            low: e.class.low - e.class.high.max(0) - 1,
                        };
                        Self::exact(ty, class, "frexp($0).fract", vec![e])
                    }
                    _ => None,
                }
            }
            _ if vector => {
                let args = self.operands(&[ty, ty, ty], depth);
                let Type::Vector(n, _) = *ty else { return None };
                let class = sum(product(args[1].class, args[2].class), n);
                if !class.exact(sc) {
                    return None;
                }
                Self::exact(ty, args[0].class, "faceForward($0, $1, $2)", args)
            }
            _ => None,
        }
    }

    /// A float from something else.
    fn converted(&mut self, ty: &Type, sc: Sc, depth: u32) -> Option<Expr> {
        let name = ty.wgsl();
        match self.below(4) {
            0 => {
                let args = self.operands(&[&ty.with(Sc::Bool)], depth);
                Self::exact(ty, Class { high: 0, low: 0 }, format!("{name}($0)"), args)
            }
            1 if sc == Sc::F32 => {
                // All the bits of a significand.
                let bits = ty.with(Sc::U32);
                let args = self.operands(&[&bits], depth);
                let (mask, one) = match ty {
                    Type::Vector(..) => (
                        format!("{}(0x7fffffu)", bits.wgsl()),
                        format!("{}(0x3f800000u)", bits.wgsl()),
                    ),
                    _ => ("0x7fffffu".into(), "0x3f800000u".into()),
                };
                let text = format!("bitcast<{name}>(($0 & {mask}) | {one})");
                Self::exact(ty, Class { high: 1, low: -23 }, text, args)
            }
            2 => {
                let mut from = self.float_scalar();
                if from == sc {
                    from = Sc::F32;
                }
                let args = self.operands(&[&ty.with(from)], depth);
                Self::exact(ty, args[0].class, format!("{name}($0)"), args)
            }
            _ => {
                let from = match self.once_in(2) {
                    true => Sc::I32,
                    false if self.flags.i64 => Sc::U64,
                    false => Sc::U32,
                };
                let bits = Class::variable(Some(sc)).high;
                let of = ty.with(from);
                let args = self.operands(&[&of], depth);
                let suffix = match from {
                    Sc::I32 => "i",
                    Sc::U64 => "lu",
                    _ => "u",
                };
                let mask = format!("{}({}{suffix})", of.wgsl(), (1 << bits) - 1);
                Self::exact(
                    ty,
                    Class { high: bits, low: 0 },
                    format!("{name}($0 & {mask})"),
                    args,
                )
            }
        }
    }

    fn matrix(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
        let Type::Matrix(c, r, sc) = *ty else {
            return None;
        };
        match self.below(7) {
            0 => {
                let op = self.pick(&["+", "-"]);
                let args = self.operands(&[ty, ty], depth);
                let class = sum(args[0].class.join(args[1].class), 2);
                Self::exact(ty, class, format!("($0 {op} $1)"), args)
            }
            1 => {
                let args = self.operands(&[ty, &Type::Scalar(sc)], depth);
                let class = product(args[0].class, args[1].class);
                Self::exact(ty, class, "($0 * $1)", args)
            }
            2 => {
                let k = 2 + self.below(3);
                let (a, b) = (Type::Matrix(k, r, sc), Type::Matrix(c, k, sc));
                let args = self.operands(&[&a, &b], depth);
                let class = sum(product(args[0].class, args[1].class), k);
                Self::exact(ty, class, "($0 * $1)", args)
            }
            3 => {
                let args = self.operands(&[&Type::Matrix(r, c, sc)], depth);
                Self::exact(ty, args[0].class, "transpose($0)", args)
            }
            _ => Some(self.columns(ty, depth)),
        }
    }
}

fn product(a: Class, b: Class) -> Class {
    Class {
        high: a.high + b.high,
        low: a.low + b.low,
    }
}

/// Of `n` terms.
fn sum(of: Class, n: u32) -> Class {
    Class {
        high: of.high + n.next_power_of_two().trailing_zeros() as i32,
        low: of.low,
    }
}

/// A float as WGSL writes it.
pub fn float(sc: Sc, x: f64) -> String {
    let text = match sc {
        Sc::F16 => format!("{x:?}h"),
        Sc::F64 => format!("{x:?}lf"),
        _ => format!("{x:?}f"),
    };
    match x < 0.0 {
        true => format!("({text})"),
        false => text,
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
