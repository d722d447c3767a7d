//! Random expressions whose value WGSL pins to the bit: integers wrap, divide by zero and shift
//! too far as they like; floats are small multiples of powers of two, so that every sum, product
//! and rounding is exact in whatever order and with whatever contraction a compiler chooses.
//!
//! Here an expression of any type is made from others: literals, calls, parts and composites. What
//! computes is in [`mod@integer`] and [`mod@float`], what reads variables in [`read`].

mod float;
mod integer;
mod read;
mod types;

pub use float::float;

use super::tree::{Class, Expr, Type};
use super::Flags;
use crate::rng::Rng;
use crate::scalar::Sc;

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

/// Components of a vector.
pub const LETTERS: [char; 4] = ['x', 'y', 'z', 'w'];

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
}
