//! Operators of constant expressions.

use super::value::{Scalar, Type, Value};

/// Both converted to their common type.
pub(super) fn unify(a: &Value, b: &Value) -> Option<(Value, Value, Type)> {
    let ty = a.ty()?.common(b.ty()?)?;
    Some((a.to(ty)?, b.to(ty)?, ty))
}

/// Whether an integer of a scalar or vector is such.
pub(super) fn any_int(value: &Value, is_such: impl Fn(i128) -> bool) -> bool {
    let scalars = value.scalars().unwrap_or_default();
    scalars.iter().any(|s| s.as_int().is_some_and(&is_such))
}

/// Applies to the scalars of both, repeating a scalar for each component of a vector.
pub(super) fn pairwise(
    a: &Value,
    b: &Value,
    apply: &dyn Fn(Scalar, Scalar) -> Option<Scalar>,
) -> Option<Value> {
    let (a, b) = (a.scalars()?, b.scalars()?);
    let length = a.len().max(b.len());
    if a.len() != length && a.len() != 1 || b.len() != length && b.len() != 1 {
        return None;
    }
    let at = |side: &[Scalar], n: usize| side[if side.len() == 1 { 0 } else { n }];
    Value::of(
        (0..length)
            .map(|n| apply(at(a, n), at(b, n)))
            .collect::<Option<_>>()?,
    )
}

/// `-`, `!` and `~`.
pub(super) fn unary(operator: &str, value: &Value) -> Option<Value> {
    value.map(&|scalar| match (operator, scalar) {
        ("!", Scalar::Bool(value)) => Some(Scalar::Bool(!value)),
        ("~", Scalar::AbstractInt(value)) => Some(Scalar::AbstractInt(!value)),
        ("~", Scalar::I32(value)) => Some(Scalar::I32(!value)),
        ("~", Scalar::U32(value)) => Some(Scalar::U32(!value)),
        ("-", Scalar::AbstractInt(value)) => value.checked_neg().map(Scalar::AbstractInt),
        ("-", Scalar::I32(value)) => Some(Scalar::I32(value.wrapping_neg())),
        ("-", _) => Scalar::float(scalar.ty(), -scalar.as_f64()?),
        _ => None,
    })
}

/// All binary operators.
pub(super) fn binary(operator: &str, a: &Value, b: &Value) -> Option<Value> {
    if matches!(operator, "<<" | ">>") {
        return pairwise(a, b, &|a, b| shift(operator, a, b));
    }
    let (a, b, ty) = unify(a, b)?;
    if let (Value::Matrix(_), _) | (_, Value::Matrix(_)) = (&a, &b) {
        return matrix(operator, &a, &b);
    }
    pairwise(&a, &b, &|a, b| scalars(operator, ty, a, b))
}

fn scalars(operator: &str, ty: Type, a: Scalar, b: Scalar) -> Option<Scalar> {
    if let (Some(a), Some(b)) = (a.as_bool(), b.as_bool()) {
        return Some(Scalar::Bool(match operator {
            "&&" | "&" => a & b,
            "||" | "|" => a | b,
            "==" => a == b,
            "!=" => a != b,
            _ => return None,
        }));
    }
    let ordering = match (a.as_f64(), a.as_int()) {
        (Some(a), _) => a.partial_cmp(&b.as_f64()?)?,
        (None, a) => a?.cmp(&b.as_int()?),
    };
    match operator {
        "==" => return Some(Scalar::Bool(ordering.is_eq())),
        "!=" => return Some(Scalar::Bool(ordering.is_ne())),
        "<" => return Some(Scalar::Bool(ordering.is_lt())),
        "<=" => return Some(Scalar::Bool(ordering.is_le())),
        ">" => return Some(Scalar::Bool(ordering.is_gt())),
        ">=" => return Some(Scalar::Bool(ordering.is_ge())),
        _ => {}
    }
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        let value = match operator {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "%" => a % b,
            _ => return None,
        };
        return Scalar::float(ty, value);
    }
    let (a, b) = (a.as_int()?, b.as_int()?);
    let value = match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a.checked_div(b)?,
        "%" => a.checked_rem(b)?,
        "&" => a & b,
        "|" => a | b,
        "^" => a ^ b,
        _ => return None,
    };
    // Concrete integers wrap, but a quotient that does not fit is an error.
    match operator {
        "+" | "-" | "*" if !ty.is_abstract() => Scalar::of_bits(ty, value as u32),
        _ => Scalar::int(ty, value),
    }
}

/// Shifts. What loses bits on the left, or is as wide as the type, is an error of the shader.
fn shift(operator: &str, a: Scalar, by: Scalar) -> Option<Scalar> {
    let (value, by) = (a.as_int()?, u32::try_from(by.as_int()?).ok()?);
    if !a.ty().is_abstract() && by >= 32 {
        return None;
    }
    if operator == ">>" {
        return Scalar::int(a.ty(), value >> by.min(64));
    }
    let shifted = match value {
        0 => 0,
        _ if by >= 64 => return None,
        _ => value << by,
    };
    if a.ty() == Type::I32 && i128::from(shifted as i32) != shifted {
        return None;
    }
    Scalar::int(a.ty(), shifted)
}

fn matrix(operator: &str, a: &Value, b: &Value) -> Option<Value> {
    match (operator, a, b) {
        ("+" | "-", Value::Matrix(a), Value::Matrix(b)) if a.len() == b.len() => {
            let columns = a.iter().zip(b).map(|(a, b)| combine(operator, a, b));
            Some(Value::Matrix(columns.collect::<Option<_>>()?))
        }
        ("*", Value::Matrix(m), Value::Scalar(s)) | ("*", Value::Scalar(s), Value::Matrix(m)) => {
            let columns = m.iter().map(|column| combine("*", column, &[*s]));
            Some(Value::Matrix(columns.collect::<Option<_>>()?))
        }
        ("*", Value::Matrix(m), Value::Vector(v)) => Some(Value::Vector(times(m, v)?)),
        ("*", Value::Vector(v), Value::Matrix(m)) => {
            let all = m
                .iter()
                .map(|column| dot(v, column))
                .collect::<Option<_>>()?;
            Some(Value::Vector(all))
        }
        ("*", Value::Matrix(a), Value::Matrix(b)) => {
            let columns = b.iter().map(|column| times(a, column));
            Some(Value::Matrix(columns.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

fn combine(operator: &str, a: &[Scalar], b: &[Scalar]) -> Option<Vec<Scalar>> {
    let value = binary(operator, &Value::Vector(a.into()), &Value::of(b.into())?)?;
    value.scalars().map(Vec::from)
}

fn times(matrix: &[Vec<Scalar>], vector: &[Scalar]) -> Option<Vec<Scalar>> {
    let rows = matrix.first()?.len();
    (0..rows)
        .map(|row| {
            let of_row: Vec<Scalar> = matrix.iter().map(|column| column[row]).collect();
            dot(&of_row, vector)
        })
        .collect()
}

/// The sum of products.
pub(super) fn dot(a: &[Scalar], b: &[Scalar]) -> Option<Scalar> {
    if a.len() != b.len() {
        return None;
    }
    let mut sum: Option<Value> = None;
    for (&a, &b) in a.iter().zip(b) {
        let product = binary("*", &Value::Scalar(a), &Value::Scalar(b))?;
        sum = Some(match sum {
            None => product,
            Some(sum) => binary("+", &sum, &product)?,
        });
    }
    sum?.scalar()
}
