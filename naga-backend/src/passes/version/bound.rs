//! Bounds: how large a value can become, as a natural number.
//!
//! A bound is an expression over values that exist in front of the loop. It does not wrap: it is
//! computed in 64 bits, and cut to 32 before a product could exceed them.

use super::WORD;
use crate::kernel::*;

/// The largest value of something, as a natural number.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) expr: Expr,
    /// Never larger than that.
    pub(super) most: u64,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Expr {
    Const(u64),
    /// An i32 of outside the loop.
    Of(Value),
    /// So much less, or 0.
    Less(Box<Bound>, u64),
    /// Without these bits.
    Clear(Box<Bound>, u64),
    Sum(Box<Bound>, Box<Bound>),
    Product(Box<Bound>, Box<Bound>),
    Shifted(Box<Bound>, u32),
    /// At most 2^32 - 1.
    Cut(Box<Bound>),
}

impl Bound {
    pub(super) fn constant(value: u64) -> Bound {
        Bound {
            expr: Expr::Const(value),
            most: value,
        }
    }

    pub(super) fn less(self, by: u64) -> Bound {
        if let Expr::Const(value) = self.expr {
            return Bound::constant(value.saturating_sub(by));
        }
        if by == 0 {
            return self;
        }
        Bound {
            most: self.most.saturating_sub(by),
            expr: Expr::Less(Box::new(self), by),
        }
    }

    /// Of something whose low bits are zeros.
    pub(super) fn clear(self, bits: u32) -> Bound {
        let mask = (1u64 << bits.min(31)) - 1;
        if let Expr::Const(value) = self.expr {
            return Bound::constant(value & !mask);
        }
        if mask == 0 {
            return self;
        }
        Bound {
            most: self.most & !mask,
            expr: Expr::Clear(Box::new(self), mask),
        }
    }

    pub(super) fn shifted(self, by: u32) -> Bound {
        if let Expr::Const(value) = self.expr {
            return Bound::constant(value >> by);
        }
        Bound {
            most: self.most >> by,
            expr: Expr::Shifted(Box::new(self), by),
        }
    }

    /// Of a value of 32 bits: no more than these hold.
    pub(super) fn cut(self) -> Bound {
        match self.most <= WORD {
            true => self,
            false => Bound {
                most: WORD,
                expr: Expr::Cut(Box::new(self)),
            },
        }
    }

    pub(super) fn sum(self, other: Bound) -> Bound {
        match (&self.expr, &other.expr) {
            (&Expr::Const(a), &Expr::Const(b)) if a.checked_add(b).is_some() => {
                return Bound::constant(a + b)
            }
            (_, Expr::Const(0)) => return self,
            (Expr::Const(0), _) => return other,
            _ => {}
        }
        let (a, b) = match self.most.checked_add(other.most) {
            Some(_) => (self, other),
            None => (self.cut(), other.cut()),
        };
        Bound {
            most: a.most + b.most,
            expr: Expr::Sum(Box::new(a), Box::new(b)),
        }
    }

    pub(super) fn product(self, other: Bound) -> Bound {
        match (&self.expr, &other.expr) {
            (&Expr::Const(a), &Expr::Const(b)) if a.checked_mul(b).is_some() => {
                return Bound::constant(a * b)
            }
            (_, Expr::Const(1)) => return self,
            (Expr::Const(1), _) => return other,
            _ => {}
        }
        let (a, b) = match self.most.checked_mul(other.most) {
            Some(_) => (self, other),
            None => (self.cut(), other.cut()),
        };
        Bound {
            most: a.most * b.most,
            expr: Expr::Product(Box::new(a), Box::new(b)),
        }
    }

    /// Operations to compute it.
    pub(super) fn cost(&self) -> usize {
        match &self.expr {
            Expr::Const(_) | Expr::Of(_) => 0,
            Expr::Less(a, _) => 2 + a.cost(),
            Expr::Clear(a, _) | Expr::Shifted(a, _) | Expr::Cut(a) => 1 + a.cost(),
            Expr::Sum(a, b) | Expr::Product(a, b) => 1 + a.cost() + b.cost(),
        }
    }
}
