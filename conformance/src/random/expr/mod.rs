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
use crate::device::Feature;
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
    /// What is pointed to by a pointer to it, if functions take such pointers.
    pub pointee: Option<Pointee>,
}

/// A variable to which pointers may be handed to functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointee {
    /// Where it lies.
    pub space: Space,
    /// The variable that it is, or is part of: a call must not be given two pointers into one.
    pub root: String,
}

/// Address spaces of pointers that functions take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Variables of functions.
    Function,
    /// Those of the module that each invocation has for itself. No function mentions what pointers
    /// point to: the language does not let one variable be reached in two ways.
    Private,
}

impl Space {
    /// Its WGSL.
    pub fn wgsl(self) -> &'static str {
        match self {
            Space::Function => "function",
            Space::Private => "private",
        }
    }
}

/// A function.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Name.
    pub name: String,
    /// Types of its parameters; of what is pointed to where one is a pointer into a space.
    pub params: Vec<(Type, Option<Space>)>,
    /// Type of its result.
    pub result: Type,
    /// Statements that a call may execute.
    pub cost: u32,
    /// Whether it writes anything but its own variables.
    pub effects: bool,
}

/// Makes expressions from what is in scope.
#[derive(Debug)]
pub struct Exprs {
    /// Chance.
    pub rng: Rng,
    /// What may be used that a device may lack.
    pub features: Vec<Feature>,
    /// Structures.
    pub structs: Vec<Vec<Type>>,
    /// Types that turn up more often than chance would have them, so that what is declared, handed
    /// to functions and returned by them fits together.
    pub common: Vec<Type>,
    /// What is in scope, innermost last.
    pub vars: Vec<Var>,
    /// What may be called.
    pub functions: Vec<Signature>,
    /// Whether expressions may call what has side effects: WGSL says in which order they happen.
    pub effects: bool,
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

    /// A number that is written out.
    pub fn number(&mut self, sc: Sc) -> String {
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
            Sc::I16 => format!("i16({})", bits as i16),
            Sc::U16 => format!("u16({})", bits as u16),
        }
    }

    /// Whether a feature may be used.
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
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
            .functions
            .iter()
            .filter(|s| s.result == *ty && (self.effects || !s.effects))
            .cloned()
            .collect();
        let s = fit.get(self.rng.below(fit.len() as u32) as usize)?;
        self.call_of(s, depth.min(1))
    }

    /// A call of a function, unless it costs too much or there is nothing for it to point to.
    pub fn call_of(&mut self, s: &Signature, depth: u32) -> Option<Expr> {
        let cost = s.cost.saturating_mul(self.times);
        self.budget = self.budget.checked_sub(cost)?;
        let mut used: Vec<Pointee> = Vec::new();
        let mut args = Vec::new();
        for (ty, space) in &s.params {
            let Some(space) = space else {
                args.push(self.stored(ty, depth));
                continue;
            };
            let free = |p: &Pointee| p.space == *space && used.iter().all(|u| u.root != p.root);
            let fits = |v: &Var| v.pointee.as_ref().is_some_and(free);
            let (arg, pointee) = self.pointer(ty, &fits)?;
            used.extend(pointee);
            args.push(arg);
        }
        let holes: Vec<String> = (0..args.len()).map(|i| format!("${i}")).collect();
        let text = format!("{}({})", s.name, holes.join(", "));
        Some(Expr {
            constant: false,
            ..Expr::new(
                s.result.clone(),
                Class::variable(s.result.scalar()),
                text,
                args,
            )
        })
    }

    /// A pointer to a variable that fits, or to a part of one, and what the variable is to calls.
    pub fn pointer(
        &mut self,
        ty: &Type,
        fits: &dyn Fn(&Var) -> bool,
    ) -> Option<(Expr, Option<Pointee>)> {
        // Components of vectors have no pointers.
        let scalar = matches!(ty, Type::Scalar(_));
        let holds = |v: &Var| v.ty == *ty || (!scalar && self.contains(&v.ty, ty));
        let fit = |v: &&Var| v.write && fits(v) && holds(v);
        let fit: Vec<Var> = self.vars.iter().filter(fit).cloned().collect();
        let var = fit.get(self.rng.below(fit.len() as u32) as usize)?.clone();
        let place = self.descend(Expr::leaf(var.ty, var.text), ty, 2)?;
        let pointer = Type::Array(Rc::new(ty.clone()), 0);
        let text = format!("&{}", place.text);
        let args = place.args;
        let pointer = Expr {
            args,
            ..Expr::leaf(pointer, text)
        };
        Some((pointer, var.pointee))
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
