//! WGSL's accuracy requirements ("Floating Point Accuracy") as intervals: the
//! set of results that an implementation may give, for f16 and f32. Functions
//! whose error is inherited from an expression are that expression, evaluated
//! in intervals. Subnormal operands and results may be flushed to zero, sums
//! and products may round either way, and whatever overflows, or leaves the
//! domain where the specification gives a bound, may be anything.

use crate::scalar::Sc;

/// A closed interval of reals, or everything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Least acceptable value.
    pub lo: f64,
    /// Greatest acceptable value.
    pub hi: f64,
}

impl Interval {
    /// Anything, infinities and NaN too.
    pub const ANY: Interval = Interval {
        lo: f64::NEG_INFINITY,
        hi: f64::INFINITY,
    };

    /// One value.
    pub fn point(x: f64) -> Interval {
        Interval::new(x, x)
    }

    /// Both ends and what is between; everything if an end is not finite.
    pub fn new(a: f64, b: f64) -> Interval {
        if a.is_finite() && b.is_finite() {
            Interval {
                lo: a.min(b),
                hi: a.max(b),
            }
        } else {
            Interval::ANY
        }
    }

    /// Whether anything goes.
    pub fn is_any(self) -> bool {
        self.lo == f64::NEG_INFINITY
    }

    /// Whether `x` may be the result.
    pub fn accepts(self, x: f64) -> bool {
        self.is_any() || (self.lo <= x && x <= self.hi)
    }

    /// The least interval that holds both.
    pub fn join(self, o: Interval) -> Interval {
        if self.is_any() || o.is_any() {
            Interval::ANY
        } else {
            Interval {
                lo: self.lo.min(o.lo),
                hi: self.hi.max(o.hi),
            }
        }
    }

    fn widen(self, by: f64) -> Interval {
        Interval::new(self.lo - by, self.hi + by)
    }
}

/// The rules for one floating-point type.
#[derive(Clone, Copy, Debug)]
pub struct Accuracy {
    half: bool,
}

/// Precision, least normal exponent, largest value.
const F32: (i32, i32, f64) = (24, -126, f32::MAX as f64);
const F16: (i32, i32, f64) = (11, -14, 65504.0);

fn exponent(x: f64) -> i32 {
    ((x.abs().to_bits() >> 52) as i32) - 1023
}

impl Accuracy {
    /// For f16 or f32; other types have no rules in WGSL.
    pub fn of(sc: Sc) -> Option<Accuracy> {
        match sc {
            Sc::F16 => Some(Accuracy { half: true }),
            Sc::F32 => Some(Accuracy { half: false }),
            _ => None,
        }
    }

    fn format(self) -> (i32, i32, f64) {
        if self.half {
            F16
        } else {
            F32
        }
    }

    fn pick(self, f32: f64, f16: f64) -> f64 {
        if self.half {
            f16
        } else {
            f32
        }
    }

    /// Whether flushing would change it.
    pub fn is_subnormal(self, x: f64) -> bool {
        x != 0.0 && x.abs() < 2f64.powi(self.format().1)
    }

    /// The distance between neighbours around `x`.
    fn spacing(self, x: f64) -> f64 {
        let (digits, least, _) = self.format();
        2f64.powi(exponent(x).max(least) - (digits - 1))
    }

    /// The specification's ULP: the least distance of two numbers of the type
    /// that enclose `x`.
    pub fn ulp(self, x: f64) -> f64 {
        let spacing = self.spacing(x);
        let is_power = x.abs().to_bits() & ((1 << 52) - 1) == 0;
        if is_power && exponent(x) > self.format().1 {
            spacing / 2.0
        } else {
            spacing
        }
    }

    /// Greatest number of the type that is at most `x`.
    fn down(self, x: f64) -> f64 {
        let q = self.spacing(x);
        (x / q).floor() * q
    }

    fn up(self, x: f64) -> f64 {
        -self.down(-x)
    }

    /// The nearest number of the type, to even; beyond the largest, infinity.
    pub fn nearest(self, x: f64) -> f64 {
        if !x.is_finite() || x == 0.0 {
            return x;
        }
        let q = self.spacing(x);
        let rounded = (x / q).round_ties_even() * q;
        if rounded.abs() > self.format().2 {
            f64::INFINITY.copysign(x)
        } else {
            rounded.abs().copysign(x)
        }
    }

    /// Results that may be flushed, and those too great for the type.
    fn settle(self, i: Interval) -> Interval {
        let (_, least, max) = self.format();
        if i.is_any() || i.lo < -max || i.hi > max || i.lo.is_nan() {
            return Interval::ANY;
        }
        let normal = 2f64.powi(least);
        let touches = i.lo < normal && i.hi > -normal && (i.lo != 0.0 || i.hi != 0.0);
        if touches {
            i.join(Interval::point(0.0))
        } else {
            i
        }
    }

    /// An operand: itself, or zero if it is subnormal.
    pub fn operand(self, x: f64) -> Interval {
        if !x.is_finite() {
            Interval::ANY
        } else if self.is_subnormal(x) {
            Interval::point(x).join(Interval::point(0.0))
        } else {
            Interval::point(x)
        }
    }

    /// Correctly rounded, in either direction.
    pub fn rounded(self, x: f64) -> Interval {
        if !x.is_finite() {
            return Interval::ANY;
        }
        self.settle(Interval::new(self.down(x), self.up(x)))
    }

    /// Off by up to `n` ULP.
    pub fn ulps(self, x: f64, n: f64) -> Interval {
        if !x.is_finite() {
            return Interval::ANY;
        }
        self.settle(Interval::point(x).widen(n * self.ulp(x)))
    }

    /// Off by up to `e`, or correctly rounded where that is wider.
    pub fn absolute(self, x: f64, e: f64) -> Interval {
        if !x.is_finite() {
            return Interval::ANY;
        }
        self.settle(Interval::point(x).widen(e).join(self.rounded(x)))
    }

    fn map(self, a: Interval, f: impl Fn(f64) -> Interval) -> Interval {
        if a.is_any() {
            return Interval::ANY;
        }
        let mut i = f(a.lo).join(f(a.hi));
        if a.lo < 0.0 && a.hi > 0.0 {
            i = i.join(f(0.0));
        }
        i
    }

    fn map2(self, a: Interval, b: Interval, f: impl Fn(f64, f64) -> Interval) -> Interval {
        self.map(a, |a| self.map(b, |b| f(a, b)))
    }

    /// `a + b`.
    pub fn add(self, a: Interval, b: Interval) -> Interval {
        self.map2(a, b, |a, b| self.rounded(a + b))
    }

    /// `a - b`.
    pub fn sub(self, a: Interval, b: Interval) -> Interval {
        self.map2(a, b, |a, b| self.rounded(a - b))
    }

    /// `a * b`.
    pub fn mul(self, a: Interval, b: Interval) -> Interval {
        self.map2(a, b, |a, b| self.rounded(a * b))
    }

    /// `a / b`: 2.5 ULP while the divisor is neither tiny nor huge.
    pub fn div(self, a: Interval, b: Interval) -> Interval {
        let limit = 2f64.powi(-self.format().1);
        if b.is_any() || (b.lo <= 0.0 && b.hi >= 0.0) {
            return Interval::ANY;
        }
        self.map2(a, b, |a, b| {
            if b.abs() < 1.0 / limit || b.abs() > limit {
                Interval::ANY
            } else {
                self.ulps(a / b, 2.5)
            }
        })
    }

    /// `a % b`, from `a - b * trunc(a / b)`.
    pub fn rem(self, a: Interval, b: Interval) -> Interval {
        let q = self.div(a, b);
        if q.is_any() {
            return Interval::ANY;
        }
        let t = Interval::new(q.lo.trunc(), q.hi.trunc());
        self.sub(a, self.mul(b, t))
    }

    /// `-a`.
    pub fn neg(self, a: Interval) -> Interval {
        if a.is_any() {
            a
        } else {
            Interval {
                lo: -a.hi,
                hi: -a.lo,
            }
        }
    }

    /// `fma(a, b, c)`: fused, or a product and a sum.
    pub fn fma(self, a: Interval, b: Interval, c: Interval) -> Interval {
        let separate = self.add(self.mul(a, b), c);
        let fused = self.map2(a, b, |a, b| self.map(c, |c| self.rounded(a * b + c)));
        separate.join(fused)
    }

    /// `inverseSqrt(a)`.
    pub fn inverse_sqrt(self, a: Interval) -> Interval {
        self.map(a, |x| {
            if x <= 0.0 {
                Interval::ANY
            } else {
                self.ulps(1.0 / x.sqrt(), 2.0)
            }
        })
    }

    /// `sqrt(a)`, from `1.0 / inverseSqrt(a)`.
    pub fn sqrt(self, a: Interval) -> Interval {
        self.map(a, |x| {
            if x == 0.0 {
                Interval::point(0.0)
            } else {
                self.div(Interval::point(1.0), self.inverse_sqrt(Interval::point(x)))
                    .join(self.rounded(x.sqrt()))
            }
        })
    }

    /// `exp(a)`.
    pub fn exp(self, a: Interval) -> Interval {
        self.map(a, |x| {
            self.ulps(libm::exp(x), self.pick(3.0, 1.0) + 2.0 * x.abs())
        })
    }

    /// `exp2(a)`.
    pub fn exp2(self, a: Interval) -> Interval {
        self.map(a, |x| {
            self.ulps(libm::exp2(x), self.pick(3.0, 1.0) + 2.0 * x.abs())
        })
    }

    fn logarithm(self, a: Interval, log: impl Fn(f64) -> f64) -> Interval {
        self.map(a, |x| {
            if x <= 0.0 {
                Interval::ANY
            } else if (0.5..=2.0).contains(&x) {
                self.absolute(log(x), self.pick(2f64.powi(-21), 2f64.powi(-7)))
            } else {
                self.ulps(log(x), 3.0)
            }
        })
    }

    /// `log(a)`.
    pub fn log(self, a: Interval) -> Interval {
        self.logarithm(a, libm::log)
    }

    /// `log2(a)`.
    pub fn log2(self, a: Interval) -> Interval {
        self.logarithm(a, libm::log2)
    }

    /// `pow(a, b)`, from `exp2(b * log2(a))`.
    pub fn pow(self, a: Interval, b: Interval) -> Interval {
        self.exp2(self.mul(b, self.log2(a)))
    }

    fn circular(self, a: Interval, f: impl Fn(f64) -> f64) -> Interval {
        self.map(a, |x| {
            if x.abs() > std::f64::consts::PI {
                Interval::ANY
            } else {
                self.absolute(f(x), self.pick(2f64.powi(-11), 2f64.powi(-7)))
            }
        })
    }

    /// `sin(a)`.
    pub fn sin(self, a: Interval) -> Interval {
        self.circular(a, libm::sin)
    }

    /// `cos(a)`.
    pub fn cos(self, a: Interval) -> Interval {
        self.circular(a, libm::cos)
    }

    /// `tan(a)`, from `sin(a) / cos(a)`.
    pub fn tan(self, a: Interval) -> Interval {
        self.div(self.sin(a), self.cos(a))
    }

    /// `atan(a)`.
    pub fn atan(self, a: Interval) -> Interval {
        self.map(a, |x| self.ulps(libm::atan(x), self.pick(4096.0, 5.0)))
    }

    /// `atan2(y, x)`.
    pub fn atan2(self, y: Interval, x: Interval) -> Interval {
        let limit = 2f64.powi(-self.format().1);
        if x.is_any() || y.is_any() || (y.lo <= 0.0 && y.hi >= 0.0) {
            return Interval::ANY;
        }
        self.map2(y, x, |y, x| {
            if x.abs() < 1.0 / limit || x.abs() > limit || self.is_subnormal(y) {
                Interval::ANY
            } else {
                self.ulps(libm::atan2(y, x), self.pick(4096.0, 5.0))
            }
        })
    }

    fn one_minus_square(self, a: Interval) -> Interval {
        self.sqrt(self.sub(Interval::point(1.0), self.mul(a, a)))
    }

    /// `acos(a)`: the worse of an absolute error and `atan2(sqrt(1 - a * a), a)`.
    pub fn acos(self, a: Interval) -> Interval {
        let absolute = self.map(a, |x| {
            self.absolute(libm::acos(x), self.pick(6.77e-5, 3.91e-3))
        });
        absolute.join(self.atan2(self.one_minus_square(a), a))
    }

    /// `asin(a)`: the worse of an absolute error and `atan2(a, sqrt(1 - a * a))`.
    pub fn asin(self, a: Interval) -> Interval {
        let absolute = self.map(a, |x| {
            self.absolute(libm::asin(x), self.pick(6.77e-5, 3.91e-3))
        });
        absolute.join(self.atan2(a, self.one_minus_square(a)))
    }

    /// `sinh(a)`, from `(exp(a) - exp(-a)) * 0.5`.
    pub fn sinh(self, a: Interval) -> Interval {
        self.mul(
            self.sub(self.exp(a), self.exp(self.neg(a))),
            Interval::point(0.5),
        )
    }

    /// `cosh(a)`, from `(exp(a) + exp(-a)) * 0.5`.
    pub fn cosh(self, a: Interval) -> Interval {
        self.mul(
            self.add(self.exp(a), self.exp(self.neg(a))),
            Interval::point(0.5),
        )
    }

    /// `tanh(a)`: the worse of an absolute error and `sinh(a) / cosh(a)`.
    pub fn tanh(self, a: Interval) -> Interval {
        let absolute = self.map(a, |x| self.absolute(libm::tanh(x), self.pick(1e-5, 1e-3)));
        absolute.join(self.div(self.sinh(a), self.cosh(a)))
    }

    /// `asinh(a)`, from `log(a + sqrt(a * a + 1))`.
    pub fn asinh(self, a: Interval) -> Interval {
        self.log(self.add(a, self.sqrt(self.add(self.mul(a, a), Interval::point(1.0)))))
    }

    /// `acosh(a)`, from either of the two expressions that WGSL gives.
    pub fn acosh(self, a: Interval) -> Interval {
        let one = Interval::point(1.0);
        let inner = self.sqrt(self.sub(self.mul(a, a), one));
        let product = self.mul(self.sqrt(self.add(a, one)), self.sqrt(self.sub(a, one)));
        self.log(self.add(a, inner))
            .join(self.log(self.add(a, product)))
    }

    /// `atanh(a)`, from `log((1 + a) / (1 - a)) * 0.5`.
    pub fn atanh(self, a: Interval) -> Interval {
        let one = Interval::point(1.0);
        self.mul(
            self.log(self.div(self.add(one, a), self.sub(one, a))),
            Interval::point(0.5),
        )
    }

    /// `fract(a)`, from `a - floor(a)`.
    pub fn fract(self, a: Interval) -> Interval {
        self.map(a, |x| match x - x.floor() {
            // A tiny negative number is lost in f64 too: exactly, the difference is below 1.
            1.0 => self.rounded(1.0f64.next_down()),
            difference => self.rounded(difference),
        })
    }

    /// `mix(a, b, t)`, from either of the two expressions that WGSL gives.
    pub fn mix(self, a: Interval, b: Interval, t: Interval) -> Interval {
        let one = Interval::point(1.0);
        let first = self.add(self.mul(a, self.sub(one, t)), self.mul(b, t));
        // Contraction into fma is allowed everywhere.
        let fused = self.fma(b, t, self.mul(a, self.sub(one, t)));
        first
            .join(fused)
            .join(self.add(a, self.mul(self.sub(b, a), t)))
    }

    /// `smoothstep(low, high, x)`.
    pub fn smoothstep(self, low: Interval, high: Interval, x: Interval) -> Interval {
        let t = self.div(self.sub(x, low), self.sub(high, low));
        if t.is_any() {
            return t;
        }
        let t = Interval::new(t.lo.clamp(0.0, 1.0), t.hi.clamp(0.0, 1.0));
        let three = Interval::point(3.0);
        self.mul(
            self.mul(t, t),
            self.sub(three, self.mul(Interval::point(2.0), t)),
        )
    }

    /// `dot(a, b)`: sums and products in any order, fused or not. The bound is
    /// that of the worst order.
    pub fn dot(self, a: &[Interval], b: &[Interval]) -> Interval {
        let products: Vec<Interval> = a.iter().zip(b).map(|(&a, &b)| self.mul(a, b)).collect();
        if products.iter().any(|p| p.is_any()) {
            return Interval::ANY;
        }
        let (lo, hi): (f64, f64) = (
            products.iter().map(|p| p.lo).sum(),
            products.iter().map(|p| p.hi).sum(),
        );
        let magnitude: f64 = products.iter().map(|p| p.lo.abs().max(p.hi.abs())).sum();
        // Each of the sums rounds something no greater than the magnitude.
        self.settle(Interval::new(lo, hi).widen(products.len() as f64 * self.spacing(magnitude)))
    }

    /// `length(a)`, from `sqrt(dot(a, a))`.
    pub fn length(self, a: &[Interval]) -> Interval {
        let d = self.dot(a, a);
        if d.is_any() {
            return d;
        }
        self.sqrt(Interval::new(d.lo.max(0.0), d.hi))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Accuracy = Accuracy { half: false };
    const H: Accuracy = Accuracy { half: true };

    fn p(x: f64) -> Interval {
        Interval::point(x)
    }

    #[test]
    fn units_in_the_last_place() {
        assert_eq!(S.ulp(1.0), 2f64.powi(-24));
        assert_eq!(S.ulp(1.5), 2f64.powi(-23));
        assert_eq!(S.ulp(1e-40), 2f64.powi(-149));
        assert_eq!(S.ulp(0.0), 2f64.powi(-149));
        assert_eq!(H.ulp(1.5), 2f64.powi(-10));
        assert_eq!(H.ulp(2f64.powi(-14)), 2f64.powi(-24));
    }

    #[test]
    fn rounding_goes_both_ways_and_subnormals_may_flush() {
        assert_eq!(
            S.add(p(1.0), p(2f64.powi(-30))),
            Interval {
                lo: 1.0,
                hi: 1.0 + 2f64.powi(-23)
            }
        );
        assert_eq!(
            S.mul(p(2f64.powi(-100)), p(2f64.powi(-30))),
            Interval {
                lo: 0.0,
                hi: 2f64.powi(-130)
            }
        );
        assert_eq!(
            S.add(S.operand(2f64.powi(-130)), p(0.0)),
            Interval {
                lo: 0.0,
                hi: 2f64.powi(-130)
            }
        );
        assert!(S.mul(p(1e30), p(1e30)).is_any());
        assert!(H.add(p(65504.0), p(65504.0)).is_any());
        assert_eq!(S.neg(p(2.0)), p(-2.0));
    }

    #[test]
    fn bounds_hold_the_right_result_and_little_else() {
        for x in [0.3, 0.7, 1.0, 1.9, 3.0] {
            let x = f64::from(x as f32);
            for (i, y, width) in [
                (S.exp(p(x)), x.exp(), 20.0),
                (S.log2(p(x)), x.log2(), 40.0),
                (S.sqrt(p(x)), x.sqrt(), 12.0),
                (S.pow(p(x), p(1.5)), x.powf(1.5), 100.0),
                (S.sinh(p(x)), x.sinh(), 100.0),
                (S.asinh(p(x)), x.asinh(), 200.0),
                (S.sin(p(x)), x.sin(), 1e5),
                (S.div(p(x), p(3.0)), x / 3.0, 6.0),
            ] {
                assert!(i.accepts(y), "{i:?} for {y}");
                assert!(
                    i.hi - i.lo <= width * S.ulp(y).max(2f64.powi(-24)),
                    "{i:?} for {y}"
                );
            }
        }
        assert!(!S.div(p(1.0), p(3.0)).accepts(0.333_334));
        assert!(S.div(p(1.0), p(0.0)).is_any());
        assert!(S.sin(p(4.0)).is_any());
    }
}
