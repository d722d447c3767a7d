//! Values of WGSL's constant expressions, their conversions and their text.
//!
//! A function that gives `None` leaves the matter to naga: an error of the shader, or a case that
//! is not worth having here.

use std::fmt::Write as _;

use half::f16;

/// Scalar types, abstract ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    AbstractInt,
    AbstractFloat,
    I32,
    U32,
    F32,
    F16,
    Bool,
}

impl Type {
    pub fn is_float(self) -> bool {
        matches!(self, Type::AbstractFloat | Type::F32 | Type::F16)
    }

    pub fn is_abstract(self) -> bool {
        matches!(self, Type::AbstractInt | Type::AbstractFloat)
    }

    /// The type that values of two types take together by automatic conversion.
    pub fn common(self, other: Type) -> Option<Type> {
        use Type::*;
        match (self, other) {
            (a, b) if a == b => Some(a),
            (AbstractInt, Bool) | (Bool, AbstractInt) => None,
            (AbstractInt, b) => Some(b),
            (a, AbstractInt) => Some(a),
            (AbstractFloat, b) | (b, AbstractFloat) if b.is_float() => Some(b),
            _ => None,
        }
    }
}

/// A scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar {
    AbstractInt(i64),
    AbstractFloat(f64),
    I32(i32),
    U32(u32),
    F32(f32),
    F16(f16),
    Bool(bool),
}

impl Scalar {
    pub fn ty(self) -> Type {
        match self {
            Scalar::AbstractInt(_) => Type::AbstractInt,
            Scalar::AbstractFloat(_) => Type::AbstractFloat,
            Scalar::I32(_) => Type::I32,
            Scalar::U32(_) => Type::U32,
            Scalar::F32(_) => Type::F32,
            Scalar::F16(_) => Type::F16,
            Scalar::Bool(_) => Type::Bool,
        }
    }

    /// A float of a type, rounded to it; not if it is not finite there.
    pub fn float(ty: Type, value: f64) -> Option<Scalar> {
        let scalar = match ty {
            Type::AbstractFloat => Scalar::AbstractFloat(value),
            Type::F32 => Scalar::F32(value as f32),
            Type::F16 => Scalar::F16(f16::from_f64(value)),
            Type::AbstractInt | Type::I32 | Type::U32 | Type::Bool => return None,
        };
        scalar.as_f64()?.is_finite().then_some(scalar)
    }

    /// An integer of a type that can hold it.
    pub fn int(ty: Type, value: i128) -> Option<Scalar> {
        Some(match ty {
            Type::AbstractInt => Scalar::AbstractInt(value.try_into().ok()?),
            Type::I32 => Scalar::I32(value.try_into().ok()?),
            Type::U32 => Scalar::U32(value.try_into().ok()?),
            Type::AbstractFloat | Type::F32 | Type::F16 | Type::Bool => return None,
        })
    }

    /// The 32 bits of a concrete integer.
    pub fn of_bits(ty: Type, bits: u32) -> Option<Scalar> {
        match ty {
            Type::I32 => Some(Scalar::I32(bits as i32)),
            Type::U32 => Some(Scalar::U32(bits)),
            Type::AbstractInt | Type::AbstractFloat | Type::F32 | Type::F16 | Type::Bool => None,
        }
    }

    pub fn as_f64(self) -> Option<f64> {
        Some(match self {
            Scalar::AbstractFloat(value) => value,
            Scalar::F32(value) => value.into(),
            Scalar::F16(value) => value.to_f64(),
            Scalar::AbstractInt(_) | Scalar::I32(_) | Scalar::U32(_) | Scalar::Bool(_) => {
                return None
            }
        })
    }

    pub fn as_int(self) -> Option<i128> {
        Some(match self {
            Scalar::AbstractInt(value) => value.into(),
            Scalar::I32(value) => value.into(),
            Scalar::U32(value) => value.into(),
            Scalar::AbstractFloat(_) | Scalar::F32(_) | Scalar::F16(_) | Scalar::Bool(_) => {
                return None
            }
        })
    }

    pub fn as_bool(self) -> Option<bool> {
        let Scalar::Bool(value) = self else {
            return None;
        };
        Some(value)
    }

    /// The 32 bits of a concrete scalar of that width.
    pub fn bits(self) -> Option<u32> {
        match self {
            Scalar::I32(value) => Some(value as u32),
            Scalar::U32(value) => Some(value),
            Scalar::F32(value) => Some(value.to_bits()),
            Scalar::AbstractInt(_)
            | Scalar::AbstractFloat(_)
            | Scalar::F16(_)
            | Scalar::Bool(_) => None,
        }
    }

    /// Automatic conversion: of abstract values only, and only if nothing but precision is lost.
    pub fn to(self, ty: Type) -> Option<Scalar> {
        if self.ty() == ty {
            return Some(self);
        }
        match (self, ty) {
            (Scalar::AbstractInt(value), _) if ty.is_float() => Scalar::float(ty, value as f64),
            (Scalar::AbstractInt(value), _) => Scalar::int(ty, value.into()),
            (Scalar::AbstractFloat(value), _) => Scalar::float(ty, value),
            _ => None,
        }
    }

    /// What the constructor of a type makes of it.
    pub fn convert(self, ty: Type) -> Option<Scalar> {
        if self.ty().is_abstract() && ty != Type::Bool && (ty.is_float() || self.as_int().is_some())
        {
            return self.to(ty);
        }
        let number = if let Scalar::Bool(value) = self {
            f64::from(u8::from(value))
        } else {
            self.as_f64().or(self.as_int().map(|value| value as f64))?
        };
        match ty {
            Type::Bool => Some(Scalar::Bool(number != 0.0)),
            // Floats are cut off, integers of the other sign keep their bits.
            Type::I32 | Type::U32 => match (self.as_int(), ty) {
                (Some(value), _) => Scalar::of_bits(ty, value as u32),
                (None, Type::I32) => Some(Scalar::I32(number as i32)),
                (None, _) => Some(Scalar::U32(number as u32)),
            },
            Type::AbstractInt | Type::AbstractFloat | Type::F32 | Type::F16 => {
                Scalar::float(ty, number)
            }
        }
    }

    /// What a literal says.
    pub fn parse(text: &str) -> Option<Scalar> {
        let is_hex = text.starts_with("0x") || text.starts_with("0X");
        let suffix = text.chars().last()?;
        let suffixes: &[char] = if is_hex {
            &['i', 'u']
        } else {
            &['i', 'u', 'f', 'h']
        };
        let (digits, ty) = match suffixes.contains(&suffix) {
            true => (&text[..text.len() - 1], Some(suffix)),
            false => (text, None),
        };
        if is_hex {
            let value = i64::from_str_radix(&digits[2..], 16).ok()?;
            return match ty {
                Some('i') => Scalar::int(Type::I32, value.into()),
                Some('u') => Scalar::int(Type::U32, value.into()),
                _ => Some(Scalar::AbstractInt(value)),
            };
        }
        let is_float = digits.contains(['.', 'e', 'E']);
        match ty {
            Some('i') => Scalar::int(Type::I32, digits.parse().ok()?),
            Some('u') => Scalar::int(Type::U32, digits.parse().ok()?),
            Some('f') => digits
                .parse()
                .ok()
                .filter(|v: &f32| v.is_finite())
                .map(Scalar::F32),
            Some('h') => Scalar::float(Type::F16, digits.parse().ok()?),
            _ if is_float => Scalar::float(Type::AbstractFloat, digits.parse().ok()?),
            _ => Some(Scalar::AbstractInt(digits.parse().ok()?)),
        }
    }

    fn write(self, out: &mut String) -> Option<()> {
        let written = match self {
            // A literal has no sign, and the largest is one short of this.
            Scalar::AbstractInt(i64::MIN) => return None,
            Scalar::AbstractInt(value) => write!(out, "{value}"),
            Scalar::AbstractFloat(value) => write!(out, "{value:?}"),
            Scalar::I32(i32::MIN) => write!(out, "i32({})", i32::MIN),
            Scalar::I32(value) => write!(out, "{value}i"),
            Scalar::U32(value) => write!(out, "{value}u"),
            Scalar::F32(value) => write!(out, "{value:?}f"),
            Scalar::F16(value) => write!(out, "{:?}h", value.to_f64()),
            Scalar::Bool(value) => write!(out, "{value}"),
        };
        written.ok()
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Scalar(Scalar),
    Vector(Vec<Scalar>),
    /// By columns.
    Matrix(Vec<Vec<Scalar>>),
    Array(Vec<Value>),
    /// What `frexp` and `modf` give: `fract`, and `exp` or `whole`. There is no text for it.
    Record([(&'static str, Box<Value>); 2]),
}

impl Value {
    /// Scalars of a scalar or vector.
    pub fn scalars(&self) -> Option<&[Scalar]> {
        match self {
            Value::Scalar(scalar) => Some(std::slice::from_ref(scalar)),
            Value::Vector(scalars) => Some(scalars),
            Value::Matrix(_) | Value::Array(_) | Value::Record(_) => None,
        }
    }

    /// A scalar, or a vector of several.
    pub fn of(scalars: Vec<Scalar>) -> Option<Value> {
        match scalars.len() {
            0 => None,
            1 => Some(Value::Scalar(scalars[0])),
            _ => Some(Value::Vector(scalars)),
        }
    }

    pub fn columns(&self) -> Option<&[Vec<Scalar>]> {
        let Value::Matrix(columns) = self else {
            return None;
        };
        Some(columns)
    }

    pub fn scalar(&self) -> Option<Scalar> {
        let Value::Scalar(scalar) = self else {
            return None;
        };
        Some(*scalar)
    }

    /// All scalars that the value is made of.
    fn each(&self, visit: &mut dyn FnMut(Scalar)) {
        match self {
            Value::Scalar(scalar) => visit(*scalar),
            Value::Vector(scalars) => scalars.iter().for_each(|&scalar| visit(scalar)),
            Value::Matrix(columns) => columns.iter().flatten().for_each(|&scalar| visit(scalar)),
            Value::Array(values) => values.iter().for_each(|value| value.each(visit)),
            Value::Record(members) => members.iter().for_each(|(_, value)| value.each(visit)),
        }
    }

    /// How many scalars it is made of.
    pub fn size(&self) -> usize {
        let mut size = 0;
        self.each(&mut |_| size += 1);
        size
    }

    /// The common type of all scalars.
    pub fn ty(&self) -> Option<Type> {
        let mut ty: Option<Option<Type>> = None;
        self.each(&mut |scalar| {
            ty = Some(match ty {
                None => Some(scalar.ty()),
                Some(found) => found.and_then(|found| found.common(scalar.ty())),
            });
        });
        ty?
    }

    /// The same with every scalar converted.
    pub fn map(&self, convert: &dyn Fn(Scalar) -> Option<Scalar>) -> Option<Value> {
        let all = |scalars: &[Scalar]| scalars.iter().map(|&s| convert(s)).collect();
        Some(match self {
            Value::Scalar(scalar) => Value::Scalar(convert(*scalar)?),
            Value::Vector(scalars) => Value::Vector(all(scalars)?),
            Value::Matrix(columns) => Value::Matrix(
                columns
                    .iter()
                    .map(|column| all(column))
                    .collect::<Option<_>>()?,
            ),
            Value::Array(values) => Value::Array(
                values
                    .iter()
                    .map(|value| value.map(convert))
                    .collect::<Option<_>>()?,
            ),
            Value::Record(_) => return None,
        })
    }

    /// Automatic conversion of all scalars.
    pub fn to(&self, ty: Type) -> Option<Value> {
        self.map(&|scalar| scalar.to(ty))
    }

    /// WGSL text of the value. Of arrays all elements need be of one type, and concrete.
    pub fn text(&self) -> Option<String> {
        let mut out = String::new();
        self.write(&mut out)?;
        Some(out)
    }

    fn write(&self, out: &mut String) -> Option<()> {
        match self {
            Value::Scalar(scalar) => scalar.write(out)?,
            Value::Vector(scalars) => {
                write!(out, "vec{}(", scalars.len()).ok()?;
                list(scalars, out, |scalar, out| scalar.write(out))?;
            }
            Value::Matrix(columns) => {
                write!(out, "mat{}x{}(", columns.len(), columns.first()?.len()).ok()?;
                let scalars: Vec<Scalar> = columns.iter().flatten().copied().collect();
                list(&scalars, out, |scalar, out| scalar.write(out))?;
            }
            Value::Array(values) => {
                out.push_str("array(");
                list(values, out, |value, out| value.write(out))?;
            }
            Value::Record(_) => return None,
        }
        Some(())
    }
}

fn list<T>(
    items: &[T],
    out: &mut String,
    write: impl Fn(&T, &mut String) -> Option<()>,
) -> Option<()> {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push_str(", ");
        }
        write(item, out)?;
    }
    out.push(')');
    Some(())
}
