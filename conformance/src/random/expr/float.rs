//! Expressions of floats and matrices. Each bounds its result by a [`Class`] from those of its
//! operands, for every order of evaluation that WGSL allows, and is made only if a float holds all
//! of that class exactly: then no rounding shows, nor any contraction.

use super::Exprs;
use crate::device::Feature;
use crate::random::tree::{Class, Expr, Type};
use crate::scalar::Sc;

impl Exprs {
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

    /// An exact float, if it is one.
    pub(super) fn exact(
        ty: &Type,
        class: Class,
        text: impl Into<String>,
        args: Vec<Expr>,
    ) -> Option<Expr> {
        let sc = ty.scalar()?;
        class
            .exact(sc)
            .then(|| Expr::new(ty.clone(), class, text, args))
    }

    pub(super) fn float(&mut self, ty: &Type, sc: Sc, depth: u32) -> Option<Expr> {
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
                    false if self.has(Feature::I64) => Sc::U64,
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

    pub(super) fn matrix(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
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
