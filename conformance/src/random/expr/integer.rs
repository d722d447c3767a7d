//! Expressions of integers and bools, scalars and vectors. WGSL defines every one of them for all
//! operands: sums wrap, division by zero and shifts by too much have a result. Only where the
//! front end sees a constant divisor or shift must it be one that the language allows.

use super::Exprs;
use crate::random::tree::{Class, Expr, Type};
use crate::scalar::Sc;

impl Exprs {
    pub(super) fn boolean(&mut self, ty: &Type, depth: u32) -> Option<Expr> {
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

    pub(super) fn integer(&mut self, ty: &Type, sc: Sc, depth: u32) -> Option<Expr> {
        let class = Class::variable(None);
        let make = |text: String, args: Vec<Expr>| Some(Expr::new(ty.clone(), class, text, args));
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
                if right.constant_within() {
                    right = if self.once_in(3) || vector {
                        self.runtime(ty)
                    } else {
                        let n = 1 + self.below(100);
                        let text = match sc.is_signed() && self.once_in(3) {
                            true => format!("{}(-{n})", sc.wgsl()),
                            false => format!("{}({n})", sc.wgsl()),
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
                if right.constant_within() {
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
            12 => {
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
            17 => {
                let other = match sc {
                    Sc::I32 => Sc::U32,
                    Sc::I64 => Sc::U64,
                    Sc::U64 => Sc::I64,
                    Sc::I16 => Sc::U16,
                    Sc::U16 => Sc::I16,
                    Sc::U32 | Sc::Bool | Sc::F16 | Sc::F32 | Sc::F64 => Sc::I32,
                };
                let args = self.operands(&[&ty.with(other)], depth);
                make(format!("bitcast<{}>($0)", ty.wgsl()), args)
            }
            18 if sc == Sc::U32 && !vector => self.packed(depth),
            18 if sc == Sc::I32 && !vector => {
                let u32_ = Type::Scalar(Sc::U32);
                let args = self.operands(&[&u32_, &u32_], depth);
                make("dot4I8Packed($0, $1)".into(), args)
            }
            18 if matches!(ty, Type::Vector(4, Sc::I32 | Sc::U32)) => {
                let f = if sc == Sc::U32 {
                    "unpack4xU8"
                } else {
                    "unpack4xI8"
                };
                let args = self.operands(&[&Type::Scalar(Sc::U32)], depth);
                make(format!("{f}($0)"), args)
            }
            _ if !vector => self.outside(ty, sc, depth),
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
        match self.below(5) {
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
            3 => {
                let index = self.runtime_int(Sc::U32, depth);
                make("table[$0 & 15u]".into(), vec![index])
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
}
