//! WGSL's mathematical built-in functions. Floating-point ones are computed in
//! binary64 and rounded once to their type, so that for f16 and f32 the result
//! is nearly always the correctly rounded one: far inside WGSL's bounds. Where
//! WGSL lets the result be anything (NaN operands, domain errors), it is what
//! IEEE arithmetic on the function's definition gives.

use super::scalar::{f16_bits, with_float, with_int, Float, Int, Lane, Sc};
use super::types::Ty;
use super::value::{map1, map2, map3, Mask, Value};
use super::Error;
use half::f16;
use naga::MathFunction as Mf;

const TYPE: Error = Error::Invalid("a built-in function with operands of the wrong type");

/// Applies a costly `f` to the lanes that take part.
fn costly1<T: Float>(out: &mut Value, v: &Value, mask: &Mask, f: impl Fn(f64) -> f64) {
    let g = |x| T::from_f64(f(T::from_lane(x).to_f64())).to_lane();
    for c in 0..v.comps() {
        let row = v.row(c);
        if out.lanes == 1 {
            map1(out, row, g);
        } else {
            out.data.extend(
                row.iter()
                    .enumerate()
                    .map(|(lane, &x)| if mask.has(lane) { g(x) } else { 0 }),
            );
        }
    }
}

fn costly2<T: Float>(
    out: &mut Value,
    a: &Value,
    b: &Value,
    mask: &Mask,
    f: impl Fn(f64, f64) -> f64,
) {
    let g = |x, y| T::from_f64(f(T::from_lane(x).to_f64(), T::from_lane(y).to_f64())).to_lane();
    for c in 0..a.comps() {
        for lane in 0..out.lanes {
            let run = out.lanes == 1 || mask.has(lane);
            out.data.push(if run {
                g(a.at(c, lane), b.at(c, lane))
            } else {
                0
            });
        }
    }
}

fn each1<T: Float>(out: &mut Value, v: &Value, f: impl Fn(f64) -> f64) {
    for c in 0..v.comps() {
        map1(out, v.row(c), |x| {
            T::from_f64(f(T::from_lane(x).to_f64())).to_lane()
        });
    }
}

fn each2<T: Lane>(out: &mut Value, a: &Value, b: &Value, f: impl Fn(T, T) -> T) {
    for c in 0..a.comps() {
        map2(out, a.row(c), b.row(c), |x, y| {
            f(T::from_lane(x), T::from_lane(y)).to_lane()
        });
    }
}

/// The third operand may be a scalar beside vectors.
fn each3<T: Lane>(out: &mut Value, args: &[&Value; 3], f: impl Fn(T, T, T) -> T) {
    let [a, b, c] = args;
    for i in 0..a.comps() {
        let third = c.row(if c.comps() == 1 { 0 } else { i });
        map3(out, a.row(i), b.row(i), third, |x, y, z| {
            f(T::from_lane(x), T::from_lane(y), T::from_lane(z)).to_lane()
        });
    }
}

fn each_int<T: Int>(out: &mut Value, v: &Value, f: impl Fn(T) -> T) {
    for c in 0..v.comps() {
        map1(out, v.row(c), |x| f(T::from_lane(x)).to_lane());
    }
}

/// A function of whole vectors or matrices, lane by lane: `f(operands, result)`,
/// each flattened, in binary64.
fn whole<T: Float>(
    out: &mut Value,
    args: &[&Value],
    comps: usize,
    mask: &Mask,
    f: impl Fn(&[[f64; 16]], &mut [f64; 16]),
) {
    let lanes = out.lanes;
    out.data.resize(comps * lanes, 0);
    let mut operands = [[0.0; 16]; 3];
    for lane in 0..lanes {
        if lanes > 1 && !mask.has(lane) {
            continue;
        }
        for (operand, v) in operands.iter_mut().zip(args) {
            for (c, x) in operand.iter_mut().enumerate().take(v.comps()) {
                *x = T::from_lane(v.at(c, lane)).to_f64();
            }
        }
        let mut result = [0.0; 16];
        f(&operands, &mut result);
        for (c, &x) in result.iter().enumerate().take(comps) {
            out.data[c * lanes + lane] = T::from_f64(x).to_lane();
        }
    }
}

fn dot(a: &[f64; 16], b: &[f64; 16], n: usize) -> f64 {
    a.iter().zip(b).take(n).map(|(x, y)| x * y).sum()
}

/// Products that involve a matrix and are not by components; `None` for others.
pub fn matrix_product(
    lt: Ty,
    rt: Ty,
    l: &Value,
    r: &Value,
    out: &mut Value,
) -> Result<Option<Value>, Error> {
    // Columns of the result, rows of the result, and the length summed over.
    let (cols, rows, inner) = match (lt, rt) {
        (Ty::Matrix(c, r, _), Ty::Vector(..)) => (1, r, c),
        (Ty::Vector(n, _), Ty::Matrix(c, _, _)) => (c, 1, n),
        (Ty::Matrix(k, r, _), Ty::Matrix(c, _, _)) => (c, r, k),
        _ => return Ok(None),
    };
    let (cols, rows, inner) = (usize::from(cols), usize::from(rows), usize::from(inner));
    let everybody = Mask::full(out.lanes);
    with_float!(lt.scalar()?, T => whole::<T>(out, &[l, r], cols * rows, &everybody, |ops, result| {
        for c in 0..cols {
            for r in 0..rows {
                result[c * rows + r] = (0..inner).map(|k| ops[0][k * rows + r] * ops[1][c * inner + k]).sum();
            }
        }
    }), else return Err(TYPE));
    Ok(Some(std::mem::replace(out, Value::uniform(Vec::new()))))
}

/// Applies `fun` to operands, the first of type `ty`. `exponent` is the type of
/// the exponents that frexp gives (naga 30 has i16 with f16 and i64 with f64,
/// where WGSL has i32). `out` is empty and says how many lanes the result has.
pub fn math(
    fun: Mf,
    ty: Ty,
    exponent: Sc,
    args: &[&Value],
    mut out: Value,
    mask: &Mask,
) -> Result<Value, Error> {
    let sc = ty.scalar()?;
    let zero = Value::uniform(vec![0]);
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| args.get(i).copied().unwrap_or(&zero));
    let o = &mut out;
    match fun {
        Mf::Abs | Mf::Min | Mf::Max | Mf::Clamp | Mf::Sign => compare(fun, sc, &[a, b, c], o)?,
        Mf::CountTrailingZeros
        | Mf::CountLeadingZeros
        | Mf::CountOneBits
        | Mf::ReverseBits
        | Mf::ExtractBits
        | Mf::InsertBits
        | Mf::FirstTrailingBit
        | Mf::FirstLeadingBit => {
            with_int!(sc, T => bits::<T>(fun, &[a, b, c, d], o), else return Err(TYPE))
        }
        Mf::Pack4x8snorm
        | Mf::Pack4x8unorm
        | Mf::Pack2x16snorm
        | Mf::Pack2x16unorm
        | Mf::Pack2x16float
        | Mf::Pack4xI8
        | Mf::Pack4xU8
        | Mf::Pack4xI8Clamp
        | Mf::Pack4xU8Clamp => pack(fun, a, o)?,
        Mf::Unpack4x8snorm
        | Mf::Unpack4x8unorm
        | Mf::Unpack2x16snorm
        | Mf::Unpack2x16unorm
        | Mf::Unpack2x16float
        | Mf::Unpack4xI8
        | Mf::Unpack4xU8 => unpack(fun, a, o)?,
        Mf::Dot4I8Packed => map2(o, a.row(0), b.row(0), |x, y| {
            let byte = |w: u64, i: u32| i32::from((w >> (8 * i)) as i8);
            (0..4)
                .map(|i| byte(x, i) * byte(y, i))
                .sum::<i32>()
                .to_lane()
        }),
        Mf::Dot4U8Packed => map2(o, a.row(0), b.row(0), |x, y| {
            let byte = |w: u64, i: u32| (w >> (8 * i)) & 0xff;
            (0..4).map(|i| byte(x, i) * byte(y, i)).sum()
        }),
        Mf::Dot if !sc.is_float() => with_int!(sc, T => for lane in 0..o.lanes {
            let sum = (0..a.comps()).fold(T::from_lane(0), |sum, c| {
                sum.add(T::from_lane(a.at(c, lane)).mul(T::from_lane(b.at(c, lane))))
            });
            o.data.push(sum.to_lane());
        }, else return Err(TYPE)),
        Mf::Ldexp => with_float!(sc, T => for c in 0..a.comps() {
            map2(o, a.row(c), b.row(c), |x, e| {
                T::from_f64(libm::scalbn(T::from_lane(x).to_f64(), i32::from_lane(e))).to_lane()
            });
        }, else return Err(TYPE)),
        Mf::Frexp => {
            with_float!(sc, T => each1::<T>(o, a, |x| split(x).0), else return Err(TYPE));
            with_float!(sc, T => for c in 0..a.comps() {
                map1(o, a.row(c), |x| {
                    let e = split(T::from_lane(x).to_f64()).1;
                    with_int!(exponent, I => I::from_lane(e as i64 as u64).to_lane(), else 0)
                });
            }, else return Err(TYPE));
        }
        Mf::Modf => with_float!(sc, T => {
            // Infinity has no fraction.
            each1::<T>(o, a, |x| if x.is_infinite() { 0f64.copysign(x) } else { x - x.trunc() });
            each1::<T>(o, a, f64::trunc);
        }, else return Err(TYPE)),
        Mf::QuantizeToF16 => each1::<f32>(o, a, |x| f16::from_bits(f16_bits(x)).to_f64()),
        Mf::Fma => {
            with_float!(sc, T => each3::<T>(o, &[a, b, c], Float::fma), else return Err(TYPE))
        }
        _ => {
            with_float!(sc, T => float::<T>(fun, ty, &[a, b, c], o, mask)?, else return Err(TYPE))
        }
    }
    Ok(out)
}

fn compare(fun: Mf, sc: Sc, args: &[&Value; 3], o: &mut Value) -> Result<(), Error> {
    let [a, b, _] = *args;
    if sc == Sc::Bool {
        return Err(TYPE);
    }
    match fun {
        Mf::Abs => match sc {
            Sc::F16 => (0..a.comps()).for_each(|c| map1(o, a.row(c), |x| x & 0x7fff)),
            Sc::F32 => (0..a.comps()).for_each(|c| map1(o, a.row(c), |x| x & 0x7fff_ffff)),
            Sc::F64 => (0..a.comps()).for_each(|c| map1(o, a.row(c), |x| x & (u64::MAX >> 1))),
            _ => {
                with_int!(sc, T => each_int::<T>(o, a, |x| if x < T::from_lane(0) { T::from_lane(0).sub(x) } else { x }),
                else ())
            }
        },
        Mf::Sign if sc.is_float() => with_float!(sc, T => each1::<T>(o, a, |x| {
            if x > 0.0 { 1.0 } else if x < 0.0 { -1.0 } else { 0.0 }
        }), else ()),
        Mf::Sign => with_int!(sc, T => each_int::<T>(o, a, |x| match x.cmp(&T::from_lane(0)) {
            std::cmp::Ordering::Less => T::from_lane(u64::MAX),
            std::cmp::Ordering::Equal => T::from_lane(0),
            std::cmp::Ordering::Greater => T::from_lane(1),
        }), else ()),
        Mf::Min if sc.is_float() => with_float!(sc, T => each2::<T>(o, a, b, fmin), else ()),
        Mf::Max if sc.is_float() => with_float!(sc, T => each2::<T>(o, a, b, fmax), else ()),
        Mf::Min => with_int!(sc, T => each2::<T>(o, a, b, Ord::min), else ()),
        Mf::Max => with_int!(sc, T => each2::<T>(o, a, b, Ord::max), else ()),
        // min(max(e, low), high), also where low is above high.
        Mf::Clamp if sc.is_float() => {
            with_float!(sc, T => each3::<T>(o, args, |x, low, high| fmin(fmax(x, low), high)), else ())
        }
        _ => with_int!(sc, T => each3::<T>(o, args, |x, low, high| x.max(low).min(high)), else ()),
    }
    Ok(())
}

/// The lesser; the other one if one is NaN.
pub fn fmin<T: Float>(a: T, b: T) -> T {
    let (x, y) = (a.to_f64(), b.to_f64());
    if y < x || x.is_nan() {
        b
    } else {
        a
    }
}

/// The greater; the other one if one is NaN.
pub fn fmax<T: Float>(a: T, b: T) -> T {
    let (x, y) = (a.to_f64(), b.to_f64());
    if y > x || x.is_nan() {
        b
    } else {
        a
    }
}

fn bits<T: Int>(fun: Mf, args: &[&Value; 4], o: &mut Value) {
    let [a, b, c, d] = *args;
    let width = T::BITS;
    let mask = u64::MAX >> (64 - width);
    let all = T::from_lane(u64::MAX);
    match fun {
        Mf::CountTrailingZeros => each_int::<T>(o, a, |x| {
            T::from_lane(u64::from((x.to_lane() | !mask).trailing_zeros().min(width)))
        }),
        Mf::CountLeadingZeros => each_int::<T>(o, a, |x| {
            T::from_lane(u64::from(x.to_lane().leading_zeros() - (64 - width)))
        }),
        Mf::CountOneBits => {
            each_int::<T>(o, a, |x| T::from_lane(u64::from(x.to_lane().count_ones())))
        }
        Mf::ReverseBits => each_int::<T>(o, a, |x| {
            T::from_lane(x.to_lane().reverse_bits() >> (64 - width))
        }),
        Mf::FirstTrailingBit => each_int::<T>(o, a, |x| match x.to_lane() {
            0 => all,
            bits => T::from_lane(u64::from(bits.trailing_zeros())),
        }),
        Mf::FirstLeadingBit => each_int::<T>(o, a, |x| {
            // Of a negative number, the highest zero.
            let bits = if x < T::from_lane(0) {
                !x.to_lane() & mask
            } else {
                x.to_lane()
            };
            match bits {
                0 => all,
                bits => T::from_lane(u64::from(63 - bits.leading_zeros())),
            }
        }),
        Mf::ExtractBits => {
            for i in 0..a.comps() {
                map3(o, a.row(i), b.row(0), c.row(0), |x, offset, count| {
                    let offset = (offset as u32).min(width);
                    let count = (count as u32).min(width - offset);
                    if count == 0 {
                        return 0;
                    }
                    let up = width - offset - count;
                    T::from_lane(T::from_lane(x).to_lane() << up)
                        .shr(width - count)
                        .to_lane()
                });
            }
        }
        _ => {
            for i in 0..a.comps() {
                for lane in 0..o.lanes {
                    let (x, new) = (a.at(i, lane), b.at(i, lane));
                    let offset = (c.at(0, lane) as u32).min(width);
                    let count = (d.at(0, lane) as u32).min(width - offset);
                    let field = if count == 0 {
                        0
                    } else {
                        (u64::MAX >> (64 - count)) << offset
                    };
                    let moved = if count == 0 { 0 } else { new << offset };
                    o.data.push((x & !field | moved & field) & mask);
                }
            }
        }
    }
}

fn pack(fun: Mf, v: &Value, o: &mut Value) -> Result<(), Error> {
    let scaled = |bits: u64, low: f64, scale: f64| {
        // max before min: NaN becomes the lower bound.
        let x = f64::from(f32::from_lane(bits)).max(low).min(1.0);
        (0.5 + scale * x).floor() as i64 as u64
    };
    let signed =
        |bits: u64, low: i32, high: i32| i32::from_lane(bits).clamp(low, high) as u32 as u64;
    let field: &dyn Fn(u64) -> u64 = match fun {
        Mf::Pack4x8snorm => &|x| scaled(x, -1.0, 127.0),
        Mf::Pack4x8unorm => &|x| scaled(x, 0.0, 255.0),
        Mf::Pack2x16snorm => &|x| scaled(x, -1.0, 32767.0),
        Mf::Pack2x16unorm => &|x| scaled(x, 0.0, 65535.0),
        Mf::Pack2x16float => &|x| u64::from(f16_bits(f64::from(f32::from_lane(x)))),
        Mf::Pack4xI8 | Mf::Pack4xU8 => &|x| x,
        Mf::Pack4xI8Clamp => &|x| signed(x, -128, 127),
        Mf::Pack4xU8Clamp => &|x| x.min(255),
        _ => return Err(TYPE),
    };
    let width = 32 / v.comps().max(1) as u32;
    for lane in 0..o.lanes {
        let word = (0..v.comps()).fold(0, |word, c| {
            word | (field(v.at(c, lane)) & ((1 << width) - 1)) << (c as u32 * width)
        });
        o.data.push(word);
    }
    Ok(())
}

fn unpack(fun: Mf, v: &Value, o: &mut Value) -> Result<(), Error> {
    let float = |x: f64| (x as f32).to_lane();
    let (parts, field): (u32, &dyn Fn(u64) -> u64) = match fun {
        Mf::Unpack4x8snorm => (4, &|x| float((f64::from(x as i8) / 127.0).max(-1.0))),
        Mf::Unpack4x8unorm => (4, &|x| float(x as f64 / 255.0)),
        Mf::Unpack2x16snorm => (2, &|x| float((f64::from(x as i16) / 32767.0).max(-1.0))),
        Mf::Unpack2x16unorm => (2, &|x| float(x as f64 / 65535.0)),
        Mf::Unpack2x16float => (2, &|x| float(f16::from_bits(x as u16).to_f64())),
        Mf::Unpack4xI8 => (4, &|x| i32::from(x as i8).to_lane()),
        Mf::Unpack4xU8 => (4, &|x| x),
        _ => return Err(TYPE),
    };
    let width = 32 / parts;
    for i in 0..parts {
        map1(o, v.row(0), |x| {
            field((x >> (i * width)) & ((1 << width) - 1))
        });
    }
    Ok(())
}

/// Significand in [0.5, 1) and exponent.
fn split(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        (x, 0)
    } else {
        libm::frexp(x)
    }
}

/// Clamped to [0, 1]; NaN becomes 0, as with min(max(x, 0), 1).
fn unit(x: f64) -> f64 {
    if x > 0.0 {
        x.min(1.0)
    } else {
        0.0
    }
}

fn float<T: Float>(
    fun: Mf,
    ty: Ty,
    args: &[&Value; 3],
    o: &mut Value,
    mask: &Mask,
) -> Result<(), Error> {
    let [a, b, c] = *args;
    let n = a.comps();
    let (rows, cols) = match ty {
        Ty::Matrix(c, r, _) => (usize::from(r), usize::from(c)),
        _ => (n, 1),
    };
    let one = T::from_f64(1.0);
    match fun {
        Mf::Saturate => each1::<T>(o, a, unit),
        Mf::Cos => costly1::<T>(o, a, mask, libm::cos),
        Mf::Cosh => costly1::<T>(o, a, mask, libm::cosh),
        Mf::Sin => costly1::<T>(o, a, mask, libm::sin),
        Mf::Sinh => costly1::<T>(o, a, mask, libm::sinh),
        Mf::Tan => costly1::<T>(o, a, mask, libm::tan),
        Mf::Tanh => costly1::<T>(o, a, mask, libm::tanh),
        Mf::Acos => costly1::<T>(o, a, mask, libm::acos),
        Mf::Asin => costly1::<T>(o, a, mask, libm::asin),
        Mf::Atan => costly1::<T>(o, a, mask, libm::atan),
        Mf::Atan2 => costly2::<T>(o, a, b, mask, libm::atan2),
        Mf::Asinh => costly1::<T>(o, a, mask, libm::asinh),
        Mf::Acosh => costly1::<T>(o, a, mask, libm::acosh),
        Mf::Atanh => costly1::<T>(o, a, mask, libm::atanh),
        Mf::Radians => each1::<T>(o, a, |x| x * (std::f64::consts::PI / 180.0)),
        Mf::Degrees => each1::<T>(o, a, |x| x * (180.0 / std::f64::consts::PI)),
        Mf::Ceil => each1::<T>(o, a, f64::ceil),
        Mf::Floor => each1::<T>(o, a, f64::floor),
        Mf::Round => each1::<T>(o, a, f64::round_ties_even),
        Mf::Fract => each1::<T>(o, a, |x| x - x.floor()),
        Mf::Trunc => each1::<T>(o, a, f64::trunc),
        Mf::Exp => costly1::<T>(o, a, mask, libm::exp),
        Mf::Exp2 => costly1::<T>(o, a, mask, libm::exp2),
        Mf::Log => costly1::<T>(o, a, mask, libm::log),
        Mf::Log2 => costly1::<T>(o, a, mask, libm::log2),
        // exp2(y * log2(x)): no negative bases.
        Mf::Pow => costly2::<T>(o, a, b, mask, |x, y| {
            if x < 0.0 {
                f64::NAN
            } else {
                libm::pow(x, y)
            }
        }),
        Mf::Sqrt => each1::<T>(o, a, f64::sqrt),
        Mf::InverseSqrt => each1::<T>(o, a, |x| 1.0 / x.sqrt()),
        Mf::Mix => each3::<T>(o, args, |x, y, t| {
            let (x, y, t) = (x.to_f64(), y.to_f64(), t.to_f64());
            T::from_f64(x * (1.0 - t) + y * t)
        }),
        Mf::Step => each2::<T>(o, a, b, |edge, x| {
            if edge.to_f64() <= x.to_f64() {
                one
            } else {
                T::from_f64(0.0)
            }
        }),
        Mf::SmoothStep => each3::<T>(o, args, |low, high, x| {
            let (low, high, x) = (low.to_f64(), high.to_f64(), x.to_f64());
            let t = unit((x - low) / (high - low));
            T::from_f64(t * t * (3.0 - 2.0 * t))
        }),
        Mf::Dot => whole::<T>(o, &[a, b], 1, mask, |v, r| r[0] = dot(&v[0], &v[1], n)),
        Mf::Length => whole::<T>(o, &[a], 1, mask, |v, r| r[0] = dot(&v[0], &v[0], n).sqrt()),
        Mf::Distance => whole::<T>(o, &[a, b], 1, mask, |v, r| {
            r[0] = (0..n)
                .map(|i| (v[0][i] - v[1][i]).powi(2))
                .sum::<f64>()
                .sqrt();
        }),
        Mf::Normalize => whole::<T>(o, &[a], n, mask, |v, r| {
            let length = dot(&v[0], &v[0], n).sqrt();
            (0..n).for_each(|i| r[i] = v[0][i] / length);
        }),
        Mf::Cross => whole::<T>(o, &[a, b], 3, mask, |v, r| {
            let [x, y, ..] = v else { return };
            for (i, r) in r.iter_mut().enumerate().take(3) {
                let (j, k) = ((i + 1) % 3, (i + 2) % 3);
                *r = x[j] * y[k] - x[k] * y[j];
            }
        }),
        Mf::FaceForward => whole::<T>(o, &[a, b, c], n, mask, |v, r| {
            let keep = dot(&v[1], &v[2], n) < 0.0;
            (0..n).for_each(|i| r[i] = if keep { v[0][i] } else { -v[0][i] });
        }),
        Mf::Reflect => whole::<T>(o, &[a, b], n, mask, |v, r| {
            let d = dot(&v[1], &v[0], n);
            (0..n).for_each(|i| r[i] = v[0][i] - 2.0 * d * v[1][i]);
        }),
        Mf::Refract => whole::<T>(o, &[a, b, c], n, mask, |v, r| {
            let (d, eta) = (dot(&v[1], &v[0], n), v[2][0]);
            let k = 1.0 - eta * eta * (1.0 - d * d);
            if k >= 0.0 {
                (0..n).for_each(|i| r[i] = eta * v[0][i] - (eta * d + k.sqrt()) * v[1][i]);
            }
        }),
        Mf::Outer => {
            let m = b.comps();
            // As in SPIR-V: the first operand is a column.
            whole::<T>(o, &[a, b], n * m, mask, |v, r| {
                (0..n * m).for_each(|i| r[i] = v[0][i % n] * v[1][i / n]);
            });
        }
        Mf::Transpose => whole::<T>(o, &[a], n, mask, |v, r| {
            (0..n).for_each(|i| r[(i % rows) * cols + i / rows] = v[0][i]);
        }),
        Mf::Determinant => whole::<T>(o, &[a], 1, mask, |v, r| r[0] = determinant(&v[0], rows)),
        Mf::Inverse => whole::<T>(o, &[a], n, mask, |v, r| inverse(&v[0], rows, r)),
        _ => {
            return Err(Error::Unsupported(format!(
                "the built-in function {fun:?} on {ty:?}"
            )))
        }
    }
    Ok(())
}

/// Of an `n` by `n` matrix, by cofactors of the first column.
fn determinant(m: &[f64; 16], n: usize) -> f64 {
    match n {
        0 => 1.0,
        1 => m[0],
        _ => (0..n)
            .map(|row| {
                let sign = if row % 2 == 0 { 1.0 } else { -1.0 };
                sign * m[row] * determinant(&minor(m, n, 0, row), n - 1)
            })
            .sum(),
    }
}

/// The matrix without a column and a row.
fn minor(m: &[f64; 16], n: usize, col: usize, row: usize) -> [f64; 16] {
    let mut out = [0.0; 16];
    let kept = (0..n * n).filter(|i| i / n != col && i % n != row);
    for (to, from) in kept.enumerate() {
        out[to] = m[from];
    }
    out
}

fn inverse(m: &[f64; 16], n: usize, out: &mut [f64; 16]) {
    let det = determinant(m, n);
    for col in 0..n {
        for row in 0..n {
            let sign = if (col + row) % 2 == 0 { 1.0 } else { -1.0 };
            out[col * n + row] = sign * determinant(&minor(m, n, row, col), n - 1) / det;
        }
    }
}
