//! Built-in functions of constant expressions. Floats are computed in double precision and rounded
//! once.

use half::f16;

use super::operators::{binary, dot, pairwise, unify};
use super::value::{Scalar, Type, Value};

/// Functions that naga's constant evaluator lacks, by its version 30 (gfx-rs/wgpu issue 4507).
pub(super) const MISSING: &[&str] = &[
    "bitcast",
    "determinant",
    "distance",
    "extractBits",
    "faceForward",
    "frexp",
    "insertBits",
    "ldexp",
    "mix",
    "modf",
    "pack2x16float",
    "pack2x16snorm",
    "pack2x16unorm",
    "pack4x8snorm",
    "pack4x8unorm",
    "pack4xI8",
    "pack4xI8Clamp",
    "pack4xU8",
    "pack4xU8Clamp",
    "quantizeToF16",
    "reflect",
    "refract",
    "smoothstep",
    "transpose",
    "unpack2x16float",
    "unpack2x16snorm",
    "unpack2x16unorm",
    "unpack4x8snorm",
    "unpack4x8unorm",
    "unpack4xI8",
    "unpack4xU8",
];

/// Calls a function, except `bitcast`, which has a type parameter.
pub(super) fn call(name: &str, args: &[Value]) -> Option<Value> {
    match args {
        [x] => one(name, x),
        [x, y] => two(name, x, y),
        [x, y, z] => three(name, x, y, z),
        [x, y, offset, count] if name == "insertBits" => insert_bits(x, y, offset, count),
        _ => None,
    }
}

/// Floats stay, integers become abstract floats.
fn floats(value: &Value) -> Option<(Value, Type)> {
    let ty = match value.ty()? {
        Type::AbstractInt | Type::AbstractFloat => Type::AbstractFloat,
        ty @ (Type::I32 | Type::U32 | Type::F32 | Type::F16 | Type::Bool) => ty,
    };
    ty.is_float().then_some(())?;
    Some((value.to(ty)?, ty))
}

fn each(value: &Value, apply: impl Fn(f64) -> f64) -> Option<Value> {
    let (value, ty) = floats(value)?;
    value.map(&|scalar| Scalar::float(ty, apply(scalar.as_f64()?)))
}

fn both(x: &Value, y: &Value, apply: impl Fn(f64, f64) -> f64) -> Option<Value> {
    let (x, y, _) = unify(x, y)?;
    let ((x, ty), (y, _)) = (floats(&x)?, floats(&y)?);
    pairwise(&x, &y, &|x, y| {
        Scalar::float(ty, apply(x.as_f64()?, y.as_f64()?))
    })
}

/// Of a vector.
fn length(value: &Value) -> Option<f64> {
    let (value, _) = floats(value)?;
    let squares = value.scalars()?.iter().map(|s| s.as_f64().map(|x| x * x));
    Some(squares.sum::<Option<f64>>()?.sqrt())
}

fn vector_dot(x: &Value, y: &Value) -> Option<Scalar> {
    let (x, y, _) = unify(x, y)?;
    dot(x.scalars()?, y.scalars()?)
}

/// Of functions that have none of integers.
fn float_dot(x: &Value, y: &Value) -> Option<Scalar> {
    vector_dot(&floats(x)?.0, &floats(y)?.0)
}

fn one(name: &str, x: &Value) -> Option<Value> {
    match name {
        "abs" => match floats(x) {
            Some(_) if x.ty()? != Type::AbstractInt => each(x, f64::abs),
            _ => x.map(&|s| Scalar::int(s.ty(), s.as_int()?.abs())),
        },
        "acos" => each(x, f64::acos),
        "acosh" => each(x, f64::acosh),
        "asin" => each(x, f64::asin),
        "asinh" => each(x, asinh),
        "atan" => each(x, f64::atan),
        "atanh" => each(x, f64::atanh),
        "ceil" => each(x, f64::ceil),
        "cos" => each(x, f64::cos),
        "cosh" => each(x, f64::cosh),
        "degrees" => each(x, f64::to_degrees),
        "determinant" => {
            let columns = x.columns()?;
            let (_, ty) = floats(x)?;
            let columns: Option<Vec<Vec<f64>>> = (columns.iter())
                .map(|column| column.iter().map(|s| s.to(ty)?.as_f64()).collect())
                .collect();
            Some(Value::Scalar(Scalar::float(ty, determinant(&columns?)?)?))
        }
        "exp" => each(x, f64::exp),
        "exp2" => each(x, f64::exp2),
        "floor" => each(x, f64::floor),
        "fract" => each(x, |x| x - x.floor()),
        "frexp" => {
            let (value, ty) = floats(x)?;
            let exponents = if ty == Type::AbstractFloat {
                Type::AbstractInt
            } else {
                Type::I32
            };
            let fract = each(x, |x| frexp(x).0)?;
            let exp = value.map(&|s| Scalar::int(exponents, frexp(s.as_f64()?).1.into()))?;
            Some(Value::Record([
                ("fract", fract.into()),
                ("exp", exp.into()),
            ]))
        }
        "inverseSqrt" => each(x, |x| 1.0 / x.sqrt()),
        "length" => {
            let (_, ty) = floats(x)?;
            Some(Value::Scalar(Scalar::float(ty, length(x)?)?))
        }
        "log" => each(x, f64::ln),
        "log2" => each(x, f64::log2),
        "modf" => {
            let fract = each(x, |x| (x - x.trunc()).copysign(x))?;
            let whole = each(x, f64::trunc)?;
            Some(Value::Record([
                ("fract", fract.into()),
                ("whole", whole.into()),
            ]))
        }
        "normalize" => {
            let length = length(x)?;
            each(x, |x| x / length)
        }
        "quantizeToF16" => {
            let halves = each(x, |x| f16::from_f64(x).to_f64())?;
            halves.to(Type::F32)
        }
        "radians" => each(x, f64::to_radians),
        "round" => each(x, f64::round_ties_even),
        "saturate" => each(x, |x| x.clamp(0.0, 1.0)),
        "sign" => match x.ty()?.is_float() {
            true => each(x, |x| if x == 0.0 { 0.0 } else { x.signum() }),
            false => x.map(&|s| Scalar::int(s.ty(), s.as_int()?.signum())),
        },
        "sin" => each(x, f64::sin),
        "sinh" => each(x, f64::sinh),
        "sqrt" => each(x, f64::sqrt),
        "tan" => each(x, f64::tan),
        "tanh" => each(x, f64::tanh),
        "transpose" => {
            let columns = x.columns()?;
            let rows = columns.first()?.len();
            let row = |n: usize| columns.iter().map(|column| column[n]).collect();
            Some(Value::Matrix((0..rows).map(row).collect()))
        }
        "trunc" => each(x, f64::trunc),
        _ => packed(name, x),
    }
}

/// The usual formula loses small values, and the standard library's large ones.
fn asinh(x: f64) -> f64 {
    let magnitude = x.abs();
    let value = match magnitude > 1e150 {
        true => magnitude.ln() + std::f64::consts::LN_2,
        false => magnitude.asinh(),
    };
    value.copysign(x)
}

fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 {
        return (x, 0);
    }
    // Subnormal values are brought among the others first.
    let (x, before) = match x.is_normal() {
        true => (x, 0),
        false => (x * 2f64.powi(64), 64),
    };
    let exponent = (x.to_bits() >> 52 & 0x7ff) as i32 - 1022;
    let fract = f64::from_bits(x.to_bits() & !(0x7ff << 52) | 1022 << 52);
    (fract, exponent - before)
}

fn ldexp(x: f64, exponent: i128) -> f64 {
    let exponent = exponent.clamp(-4000, 4000) as i32;
    // In steps that stay among normal numbers as long as the result does.
    let step = exponent / 3;
    x * 2f64.powi(step) * 2f64.powi(step) * 2f64.powi(exponent - 2 * step)
}

fn determinant(columns: &[Vec<f64>]) -> Option<f64> {
    match columns {
        [only] if only.len() == 1 => Some(only[0]),
        [first, rest @ ..] if first.len() == columns.len() => {
            let minor = |skip: usize| {
                let without = |column: &Vec<f64>| {
                    let kept = column.iter().enumerate().filter(|(row, _)| *row != skip);
                    kept.map(|(_, &value)| value).collect()
                };
                determinant(&rest.iter().map(without).collect::<Vec<_>>())
            };
            let terms = first.iter().enumerate().map(|(row, &value)| {
                let sign = if row % 2 == 0 { 1.0 } else { -1.0 };
                Some(sign * value * minor(row)?)
            });
            terms.sum()
        }
        _ => None,
    }
}

fn two(name: &str, x: &Value, y: &Value) -> Option<Value> {
    match name {
        "atan2" => both(x, y, f64::atan2),
        "cross" => {
            let (x, y, _) = unify(x, y)?;
            let turned = |v: &Value, by: usize| {
                let Value::Vector(s) = v else { return None };
                (s.len() == 3).then(|| Value::Vector((0..3).map(|n| s[(n + by) % 3]).collect()))
            };
            let left = binary("*", &turned(&x, 1)?, &turned(&y, 2)?)?;
            let right = binary("*", &turned(&x, 2)?, &turned(&y, 1)?)?;
            binary("-", &left, &right)
        }
        "distance" => one("length", &binary("-", x, y)?),
        "dot" => Some(Value::Scalar(vector_dot(x, y)?)),
        "ldexp" => {
            let (x, ty) = floats(x)?;
            pairwise(&x, y, &|x, e| {
                Scalar::float(ty, ldexp(x.as_f64()?, e.as_int()?))
            })
        }
        "max" | "min" => {
            let (x, y, _) = unify(x, y)?;
            let first = if name == "max" { ">=" } else { "<=" };
            pairwise(&x, &y, &|a, b| {
                let keeps = binary(first, &Value::Scalar(a), &Value::Scalar(b))?;
                Some(if keeps.scalar()?.as_bool()? { a } else { b })
            })
        }
        "pow" => both(x, y, f64::powf),
        "reflect" => {
            let twice = binary("*", &Value::Scalar(float_dot(x, y)?), &two_of(x)?)?;
            binary("-", x, &binary("*", &twice, y)?)
        }
        "step" => both(x, y, |edge, x| if edge <= x { 1.0 } else { 0.0 }),
        _ => None,
    }
}

/// 2 in the type of a value.
fn two_of(value: &Value) -> Option<Value> {
    Some(Value::Scalar(Scalar::float(floats(value)?.1, 2.0)?))
}

fn three(name: &str, x: &Value, y: &Value, z: &Value) -> Option<Value> {
    match name {
        "clamp" => two("min", &two("max", x, y)?, z),
        "extractBits" => x.map(&|s| {
            let (offset, count) = bit_range(y, z)?;
            let bits = s.bits()?;
            let wide = if s.ty() == Type::I32 {
                i64::from(bits as i32)
            } else {
                i64::from(bits)
            };
            // Down to the lowest place, with the sign of the highest bit that is kept.
            let up = 64 - offset - count;
            let value = match (count, s.ty()) {
                (0, _) => 0,
                (_, Type::I32) => (wide << up) >> (64 - count),
                _ => (((wide as u64) << up) >> (64 - count)) as i64,
            };
            Scalar::of_bits(s.ty(), value as u32)
        }),
        "faceForward" => {
            let is_behind = float_dot(y, z)?.as_f64()? < 0.0;
            match is_behind {
                true => Some(floats(x)?.0),
                false => each(x, |x| -x),
            }
        }
        "fma" => {
            let product = binary("*", x, y)?;
            binary("+", &product, z)
        }
        "mix" => {
            let (x, y, _) = unify(x, y)?;
            let (x, z, _) = unify(&x, z)?;
            let (y, z, _) = unify(&y, &z)?;
            let one = each(&z, |z| 1.0 - z)?;
            let part = |a: &Value, b: &Value| both(a, b, |a, b| a * b);
            binary("+", &part(&x, &one)?, &part(&y, &z)?)
        }
        "refract" => {
            let (_, ty) = floats(x)?;
            let cosine = float_dot(y, x)?.as_f64()?;
            let ratio = z.to(ty)?.scalar()?.as_f64()?;
            let k = 1.0 - ratio * ratio * (1.0 - cosine * cosine);
            if k < 0.0 {
                return each(x, |_| 0.0);
            }
            let along = ratio * cosine + k.sqrt();
            both(x, y, |x, normal| ratio * x - along * normal)
        }
        "select" => {
            let (x, y, _) = unify(x, y)?;
            let truths = z.scalars()?;
            match truths {
                [truth] => Some(if truth.as_bool()? { y } else { x }),
                _ => {
                    let pairs = x.scalars()?.iter().zip(y.scalars()?).zip(truths);
                    let chosen =
                        pairs.map(|((&x, &y), truth)| Some(if truth.as_bool()? { y } else { x }));
                    Value::of(chosen.collect::<Option<_>>()?)
                }
            }
        }
        "smoothstep" => {
            let (x, y, _) = unify(x, y)?;
            let (x, z, _) = unify(&x, z)?;
            let (y, z, _) = unify(&y, &z)?;
            let place = binary("/", &binary("-", &z, &x)?, &binary("-", &y, &x)?)?;
            each(&place, |t| {
                let t = t.clamp(0.0, 1.0);
                t * t * (3.0 - 2.0 * t)
            })
        }
        _ => None,
    }
}

/// Offset and count of a bit field; more than 32 bits together are an error of the shader.
fn bit_range(offset: &Value, count: &Value) -> Option<(u32, u32)> {
    let number = |value: &Value| u32::try_from(value.scalar()?.as_int()?).ok();
    let (offset, count) = (number(offset)?, number(count)?);
    (offset.checked_add(count)? <= 32).then_some((offset, count))
}

fn insert_bits(x: &Value, y: &Value, offset: &Value, count: &Value) -> Option<Value> {
    let (offset, count) = bit_range(offset, count)?;
    let (x, y, _) = unify(x, y)?;
    let mask = (((1u64 << count) - 1) << offset) as u32;
    pairwise(&x, &y, &|x, y| {
        let inserted = (u64::from(y.bits()?) << offset) as u32;
        Scalar::of_bits(x.ty(), x.bits()? & !mask | inserted & mask)
    })
}

/// `packing` functions.
fn packed(name: &str, x: &Value) -> Option<Value> {
    let pack = |bits: u32, into: &dyn Fn(f64) -> u32| {
        let (value, _) = floats(x)?;
        let value = value.to(Type::F32)?;
        join(value.scalars()?, bits, |s| Some(into(s.as_f64()?)))
    };
    let pack_ints = |into: &dyn Fn(i128) -> u32| join(x.scalars()?, 8, |s| Some(into(s.as_int()?)));
    let unpack = |bits: u32, from: &dyn Fn(u32) -> Option<Scalar>| {
        let word = x.to(Type::U32)?.scalar()?.bits()?;
        let mask = (1u32 << bits) - 1;
        let parts = (0..32 / bits).map(|n| from(word >> (n * bits) & mask));
        Value::of(parts.collect::<Option<_>>()?)
    };
    let signed = |part: u32, bits: u32| ((part << (32 - bits)) as i32) >> (32 - bits);
    let float = |value: f64| Scalar::float(Type::F32, value);
    match name {
        "pack2x16float" => {
            let (value, _) = floats(x)?;
            let value = value.to(Type::F32)?;
            join(value.scalars()?, 16, |s| {
                let half = f16::from_f64(s.as_f64()?);
                half.is_finite().then(|| half.to_bits().into())
            })
        }
        "pack2x16snorm" => pack(16, &|v| {
            (0.5 + 32767.0 * v.clamp(-1.0, 1.0)).floor() as i32 as u32
        }),
        "pack2x16unorm" => pack(16, &|v| (0.5 + 65535.0 * v.clamp(0.0, 1.0)).floor() as u32),
        "pack4x8snorm" => pack(8, &|v| {
            (0.5 + 127.0 * v.clamp(-1.0, 1.0)).floor() as i32 as u32
        }),
        "pack4x8unorm" => pack(8, &|v| (0.5 + 255.0 * v.clamp(0.0, 1.0)).floor() as u32),
        "pack4xI8" | "pack4xU8" => pack_ints(&|v| v as u32),
        "pack4xI8Clamp" => pack_ints(&|v| v.clamp(-128, 127) as u32),
        "pack4xU8Clamp" => pack_ints(&|v| v.clamp(0, 255) as u32),
        "unpack2x16float" => unpack(16, &|p| float(f16::from_bits(p as u16).to_f64())),
        "unpack2x16snorm" => unpack(16, &|p| {
            float((f64::from(signed(p, 16)) / 32767.0).max(-1.0))
        }),
        "unpack2x16unorm" => unpack(16, &|p| float(f64::from(p) / 65535.0)),
        "unpack4x8snorm" => unpack(8, &|p| float((f64::from(signed(p, 8)) / 127.0).max(-1.0))),
        "unpack4x8unorm" => unpack(8, &|p| float(f64::from(p) / 255.0)),
        "unpack4xI8" => unpack(8, &|p| Some(Scalar::I32(signed(p, 8)))),
        "unpack4xU8" => unpack(8, &|p| Some(Scalar::U32(p))),
        _ => None,
    }
}

/// Parts of `bits` bits each to one word, the first lowest.
fn join(scalars: &[Scalar], bits: u32, part: impl Fn(Scalar) -> Option<u32>) -> Option<Value> {
    if scalars.len() as u32 * bits != 32 {
        return None;
    }
    let mask = (1u32 << bits) - 1;
    let mut word = 0;
    for (n, &scalar) in scalars.iter().enumerate() {
        word |= (part(scalar)? & mask) << (n as u32 * bits);
    }
    Some(Value::Scalar(Scalar::U32(word)))
}

/// The bits of a value as another type of 32 bits; `halves` are of 16.
pub(super) fn bitcast(ty: Type, x: &Value) -> Option<Value> {
    let concrete = match x.ty()? {
        Type::AbstractInt => x.to(Type::I32)?,
        Type::AbstractFloat => x.to(Type::F32)?,
        Type::I32 | Type::U32 | Type::F32 | Type::F16 | Type::Bool => x.clone(),
    };
    // As halves of 16 bits, lowest first, which all types consist of.
    let mut halves = Vec::new();
    for &scalar in concrete.scalars()? {
        if let Scalar::F16(value) = scalar {
            halves.push(value.to_bits());
        } else {
            let bits = scalar.bits()?;
            halves.extend([bits as u16, (bits >> 16) as u16]);
        }
    }
    if ty == Type::F16 {
        let all = halves.into_iter().map(|bits| {
            Some(Scalar::F16(f16::from_bits(bits))).filter(|_| f16::from_bits(bits).is_finite())
        });
        return Value::of(all.collect::<Option<_>>()?);
    }
    let words = halves.chunks(2).map(|pair| match *pair {
        [low, high] => {
            let bits = u32::from(low) | u32::from(high) << 16;
            if ty == Type::F32 {
                let value = f32::from_bits(bits);
                value.is_finite().then_some(Scalar::F32(value))
            } else {
                Scalar::of_bits(ty, bits)
            }
        }
        _ => None,
    });
    Value::of(words.collect::<Option<_>>()?)
}
