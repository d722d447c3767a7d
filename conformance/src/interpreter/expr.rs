//! Expressions that depend on nothing but their operands (and, for the length
//! of a runtime-sized array, on the size of its buffer). Constants go the same
//! way as values of a running workgroup: with one lane.

use super::math;
use super::memory::Memory;
use super::scalar::{convert, with_float, with_int, Float, Int, Lane, Sc};
use super::types::{ExprTy, Ty, TypeTable};
use super::value::{map1, map2, map3, Mask, Pointer, Root, Slot, Value, OUT_OF_BOUNDS};
use super::Error;
use naga::{
    BinaryOperator as Bo, Expression as Ex, Handle, Literal, RelationalFunction as Rf,
    UnaryOperator as Uo,
};
use std::collections::BTreeMap;

/// Where operands are looked up.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    /// What the function computed so far; may be shorter than the arena.
    pub slots: &'a [Slot],
    /// What is known before it runs.
    pub consts: &'a [Slot],
    /// Why a constant is not known.
    pub failed: &'a BTreeMap<usize, Error>,
    /// Type of every expression.
    pub tys: &'a [ExprTy],
}

impl<'a> Operands<'a> {
    /// What an expression evaluated to.
    pub fn get(&self, h: Handle<Ex>) -> Result<&'a Slot, Error> {
        let i = h.index();
        match (self.slots.get(i), self.consts.get(i)) {
            (Some(s), _) if *s != Slot::Empty => Ok(s),
            (_, Some(s)) if *s != Slot::Empty => Ok(s),
            _ => Err(match self.failed.get(&i) {
                Some(e) => e.clone(),
                None => Error::Invalid("an expression was used before it was emitted"),
            }),
        }
    }

    /// As a value.
    pub fn value(&self, h: Handle<Ex>) -> Result<&'a Value, Error> {
        self.get(h)?.value()
    }

    /// The type of an expression.
    pub fn ty(&self, h: Handle<Ex>) -> Result<ExprTy, Error> {
        self.tys
            .get(h.index())
            .copied()
            .ok_or(Error::Invalid("an expression has no type"))
    }
}

/// What evaluation needs beside operands.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    /// Types of the module.
    pub types: &'a TypeTable,
    /// Memory, once the kernel runs.
    pub memory: Option<&'a Memory>,
    /// Who takes part: others' results do not matter, and costly functions skip them.
    pub mask: &'a Mask,
    /// Most scalars that one value may have.
    pub max_scalars: u64,
}

/// The bits of a literal.
pub fn literal(l: Literal) -> Result<u64, Error> {
    Ok(match l {
        Literal::F64(x) => x.to_lane(),
        Literal::F32(x) => x.to_lane(),
        Literal::F16(x) => x.to_lane(),
        Literal::U16(x) => x.to_lane(),
        Literal::I16(x) => x.to_lane(),
        Literal::U32(x) => x.to_lane(),
        Literal::I32(x) => x.to_lane(),
        Literal::U64(x) => x.to_lane(),
        Literal::I64(x) => x.to_lane(),
        Literal::Bool(x) => x.to_lane(),
        Literal::AbstractInt(_) | Literal::AbstractFloat(_) => {
            return Err(Error::Invalid("an abstract literal in a validated module"))
        }
    })
}

fn lanes(values: &[&Value]) -> usize {
    values.iter().map(|v| v.lanes).max().unwrap_or(1)
}

impl Evaluator<'_> {
    /// Zero of a type, the same for everybody.
    pub fn zero(&self, ty: Ty) -> Result<Value, Error> {
        if let Ty::Opaque(what) = ty {
            return Err(Error::Unsupported(what.into()));
        }
        let comps = self.types.comps(ty);
        if comps > self.max_scalars {
            return Err(Error::Memory {
                limit: self.max_scalars.saturating_mul(8),
            });
        }
        Ok(Value::uniform(vec![0; comps as usize]))
    }

    /// Evaluates `expr`, whose own type is `ty`. `data` is an old allocation to
    /// fill. Expressions that statements set, and those that read memory, are
    /// not for here.
    pub fn eval(
        &self,
        expr: &Ex,
        ty: ExprTy,
        ops: Operands,
        mut data: Vec<u64>,
    ) -> Result<Slot, Error> {
        data.clear();
        let unsupported = |what: &str| Err(Error::Unsupported(what.into()));
        let value = match *expr {
            Ex::Literal(l) => Value::uniform(vec![literal(l)?]),
            Ex::ZeroValue(handle) => self.zero(self.types.of(handle))?,
            Ex::Compose { ref components, .. } => {
                let mut parts = Vec::with_capacity(components.len());
                for &c in components {
                    parts.push(ops.value(c)?);
                }
                let mut out = Value {
                    lanes: lanes(&parts),
                    data,
                };
                for part in parts {
                    for c in 0..part.comps() {
                        out.push_row(part.row(c));
                    }
                }
                out
            }
            Ex::Access { base, index } => return self.access(base, index, ops, data),
            Ex::AccessIndex { base, index } => {
                let of = ops.ty(base)?;
                let member = self.types.member(of.ty, index)?;
                match ops.get(base)? {
                    Slot::Pointer(p) => {
                        return self.access_member(p, of.ty, index, member.byte, member.comp)
                    }
                    Slot::Value(v) => {
                        let mut out = Value {
                            lanes: v.lanes,
                            data,
                        };
                        for c in 0..self.types.comps(member.ty) {
                            out.push_row(v.row((member.comp + c) as usize));
                        }
                        out
                    }
                    Slot::Empty => return Err(Error::Invalid("an empty operand")),
                }
            }
            Ex::Splat { size, value } => {
                let v = ops.value(value)?;
                let mut out = Value {
                    lanes: v.lanes,
                    data,
                };
                (0..size as usize).for_each(|_| out.push_row(v.row(0)));
                out
            }
            Ex::Swizzle {
                size,
                vector,
                pattern,
            } => {
                let v = ops.value(vector)?;
                let mut out = Value {
                    lanes: v.lanes,
                    data,
                };
                for &p in pattern.iter().take(size as usize) {
                    out.push_row(v.row(p as usize));
                }
                out
            }
            Ex::Unary { op, expr } => {
                self.unary(op, ops.ty(expr)?.ty.scalar()?, ops.value(expr)?, data)?
            }
            Ex::Binary { op, left, right } => {
                let (l, r) = (ops.value(left)?, ops.value(right)?);
                let (lt, rt) = (ops.ty(left)?.ty, ops.ty(right)?.ty);
                let out = Value {
                    lanes: lanes(&[l, r]),
                    data,
                };
                self.binary(op, lt, rt, l, r, out)?
            }
            Ex::Select {
                condition,
                accept,
                reject,
            } => {
                let (c, a, r) = (
                    ops.value(condition)?,
                    ops.value(accept)?,
                    ops.value(reject)?,
                );
                let mut out = Value {
                    lanes: lanes(&[c, a, r]),
                    data,
                };
                let per_component = c.comps() > 1;
                for i in 0..a.comps() {
                    let c = c.row(if per_component { i } else { 0 });
                    map3(
                        &mut out,
                        c,
                        a.row(i),
                        r.row(i),
                        |c, a, r| if c != 0 { a } else { r },
                    );
                }
                out
            }
            Ex::Relational { fun, argument } => self.relational(
                fun,
                ops.ty(argument)?.ty.scalar()?,
                ops.value(argument)?,
                data,
            )?,
            Ex::Math {
                fun,
                arg,
                arg1,
                arg2,
                arg3,
            } => {
                let mut args = vec![ops.value(arg)?];
                for h in [arg1, arg2, arg3].into_iter().flatten() {
                    args.push(ops.value(h)?);
                }
                let out = Value {
                    lanes: lanes(&args),
                    data,
                };
                let exponent = match fun {
                    naga::MathFunction::Frexp => self.types.member(ty.ty, 1)?.ty.scalar()?,
                    _ => Sc::I32,
                };
                math::math(fun, ops.ty(arg)?.ty, exponent, &args, out, self.mask)?
            }
            Ex::As {
                expr,
                kind,
                convert: to,
            } => {
                let v = ops.value(expr)?;
                let mut out = Value {
                    lanes: v.lanes,
                    data,
                };
                let from = ops.ty(expr)?.ty.scalar()?;
                match to {
                    Some(width) => {
                        let to = Sc::of(naga::Scalar { kind, width })
                            .ok_or(Error::Invalid("a cast to no type"))?;
                        let f = convert(from, to);
                        (0..v.comps()).for_each(|c| map1(&mut out, v.row(c), &f));
                    }
                    // A bitcast keeps the width, so a lane's bits stay.
                    None => out.data.extend_from_slice(&v.data),
                }
                out
            }
            Ex::ArrayLength(array) => {
                let p = ops.get(array)?.pointer()?;
                let elem = self.types.element(ops.ty(array)?.ty)?;
                let memory = self
                    .memory
                    .ok_or(Error::Invalid("the length of a buffer in a constant"))?;
                let mut out = Value {
                    lanes: p.offset.len(),
                    data,
                };
                for lane in 0..p.offset.len() {
                    let len = match elem.len {
                        Some(len) => len,
                        None => memory.runtime_length(p, lane, elem.byte_stride)?,
                    };
                    out.data
                        .push(u64::from(u32::try_from(len).unwrap_or(u32::MAX)));
                }
                out
            }
            Ex::Override(_) => return Err(Error::Invalid("an override that was not resolved")),
            Ex::Constant(_)
            | Ex::FunctionArgument(_)
            | Ex::GlobalVariable(_)
            | Ex::LocalVariable(_)
            | Ex::CallResult(_)
            | Ex::AtomicResult { .. }
            | Ex::WorkGroupUniformLoadResult { .. }
            | Ex::SubgroupBallotResult
            | Ex::SubgroupOperationResult { .. }
            | Ex::Load { .. } => {
                return Err(Error::Invalid("an expression that its statement must set"))
            }
            Ex::ImageSample { .. } => return unsupported("texture sampling"),
            Ex::ImageLoad { .. } => return unsupported("textureLoad"),
            Ex::ImageQuery { .. } => return unsupported("a texture query"),
            Ex::Derivative { .. } => return unsupported("a derivative (fragment shaders only)"),
            Ex::RayQueryVertexPositions { .. }
            | Ex::RayQueryProceedResult
            | Ex::RayQueryGetIntersection { .. } => return unsupported("a ray query"),
            Ex::CooperativeLoad { .. } | Ex::CooperativeMultiplyAdd { .. } => {
                return unsupported("a cooperative matrix")
            }
        };
        Ok(Slot::Value(value))
    }

    fn access_member(
        &self,
        p: &Pointer,
        of: Ty,
        index: u32,
        byte: u64,
        comp: u64,
    ) -> Result<Slot, Error> {
        let by = match p.root {
            Root::Bytes(_) => byte,
            Root::Lanes(_) => comp,
        };
        // The validator checked the index, unless only the buffer knows how
        // many elements there are.
        let stride = match of {
            Ty::Aggregate(_) => self
                .types
                .element(of)
                .ok()
                .filter(|e| e.len.is_none())
                .map(|e| e.byte_stride),
            _ => None,
        };
        let mut offset = Vec::with_capacity(p.offset.len());
        for (lane, &o) in p.offset.iter().enumerate() {
            let inside = match (stride, self.memory) {
                (Some(stride), Some(memory)) => {
                    u64::from(index) < memory.runtime_length(p, lane, stride)?
                }
                _ => true,
            };
            offset.push(if inside {
                o.saturating_add(by)
            } else {
                OUT_OF_BOUNDS
            });
        }
        Ok(Slot::Pointer(Pointer {
            root: p.root,
            offset,
        }))
    }

    fn access(
        &self,
        base: Handle<Ex>,
        index: Handle<Ex>,
        ops: Operands,
        data: Vec<u64>,
    ) -> Result<Slot, Error> {
        let elem = self.types.element(ops.ty(base)?.ty)?;
        let idx = ops.value(index)?;
        let sc = ops.ty(index)?.ty.scalar()?;
        // A negative index becomes a huge one.
        let index_of = |lane: usize| {
            let bits = idx.at(0, lane);
            with_int!(sc, T => T::from_lane(bits).wide() as u64, else bits)
        };
        match ops.get(base)? {
            Slot::Pointer(p) => {
                let lanes = p.offset.len().max(idx.lanes);
                let mut offset = data;
                let stride = match p.root {
                    Root::Bytes(_) => elem.byte_stride,
                    Root::Lanes(_) => elem.comp_stride,
                };
                for lane in 0..lanes {
                    let start = p.at(lane);
                    let len = match (elem.len, self.memory) {
                        (Some(len), _) => len,
                        (None, Some(memory)) => memory.runtime_length(p, lane, elem.byte_stride)?,
                        (None, None) => return Err(Error::Invalid("a buffer in a constant")),
                    };
                    let i = index_of(lane);
                    offset.push(if start == OUT_OF_BOUNDS || i >= len {
                        OUT_OF_BOUNDS
                    } else {
                        start + i * stride
                    });
                }
                Ok(Slot::Pointer(Pointer {
                    root: p.root,
                    offset,
                }))
            }
            Slot::Value(v) => {
                let mut out = Value {
                    lanes: lanes(&[v, idx]),
                    data,
                };
                let len = elem.len.unwrap_or(0);
                for c in 0..elem.comp_stride as usize {
                    for lane in 0..out.lanes {
                        let i = index_of(lane);
                        out.data.push(if i < len {
                            v.at(i as usize * elem.comp_stride as usize + c, lane)
                        } else {
                            0
                        });
                    }
                }
                Ok(Slot::Value(out))
            }
            Slot::Empty => Err(Error::Invalid("an empty operand")),
        }
    }

    fn unary(&self, op: Uo, sc: Sc, v: &Value, data: Vec<u64>) -> Result<Value, Error> {
        let mut out = Value {
            lanes: v.lanes,
            data,
        };
        for c in 0..v.comps() {
            let row = v.row(c);
            match op {
                Uo::Negate => match sc {
                    Sc::F16 => map1(&mut out, row, |x| x ^ 0x8000),
                    Sc::F32 => map1(&mut out, row, |x| x ^ 0x8000_0000),
                    Sc::F64 => map1(&mut out, row, |x| x ^ (1 << 63)),
                    _ => {
                        with_int!(sc, T => map1(&mut out, row, |x| T::from_lane(0).sub(T::from_lane(x)).to_lane()),
                        else return Err(Error::Invalid("the negative of a bool")))
                    }
                },
                Uo::LogicalNot => map1(&mut out, row, |x| x ^ 1),
                Uo::BitwiseNot => {
                    with_int!(sc, T => map1(&mut out, row, |x| T::from_lane(!x).to_lane()),
                    else return Err(Error::Invalid("the complement of a float")))
                }
            }
        }
        Ok(out)
    }

    fn relational(&self, fun: Rf, sc: Sc, v: &Value, data: Vec<u64>) -> Result<Value, Error> {
        let mut out = Value {
            lanes: v.lanes,
            data,
        };
        match fun {
            Rf::All | Rf::Any => {
                let all = fun == Rf::All;
                for lane in 0..v.lanes {
                    let mut bits = (0..v.comps()).map(|c| v.at(c, lane) != 0);
                    out.data.push(u64::from(if all {
                        bits.all(|b| b)
                    } else {
                        bits.any(|b| b)
                    }));
                }
            }
            Rf::IsNan | Rf::IsInf => {
                for c in 0..v.comps() {
                    with_float!(sc, T => map1(&mut out, v.row(c), |x| {
                        let x = Float::to_f64(T::from_lane(x));
                        u64::from(if fun == Rf::IsNan { x.is_nan() } else { x.is_infinite() })
                    }), else return Err(Error::Invalid("a float was expected")));
                }
            }
        }
        Ok(out)
    }

    fn binary(
        &self,
        op: Bo,
        lt: Ty,
        rt: Ty,
        l: &Value,
        r: &Value,
        mut out: Value,
    ) -> Result<Value, Error> {
        if op == Bo::Multiply {
            if let Some(out) = math::matrix_product(lt, rt, l, r, &mut out)? {
                return Ok(out);
            }
        }
        let sc = lt.scalar()?;
        let comps = l.comps().max(r.comps());
        for c in 0..comps {
            // A scalar meets every component of a vector or matrix.
            let a = l.row(if l.comps() == 1 { 0 } else { c });
            let b = r.row(if r.comps() == 1 { 0 } else { c });
            match sc {
                Sc::Bool => bool_binary(op, a, b, &mut out)?,
                Sc::F16 | Sc::F32 | Sc::F64 => {
                    with_float!(sc, T => float_binary::<T>(op, a, b, &mut out)?, else ())
                }
                _ => with_int!(sc, T => int_binary::<T>(op, a, b, &mut out)?, else ()),
            }
        }
        Ok(out)
    }
}

fn bool_binary(op: Bo, a: &[u64], b: &[u64], out: &mut Value) -> Result<(), Error> {
    match op {
        Bo::Equal => map2(out, a, b, |a, b| u64::from(a == b)),
        Bo::NotEqual | Bo::ExclusiveOr => map2(out, a, b, |a, b| a ^ b),
        Bo::And | Bo::LogicalAnd => map2(out, a, b, |a, b| a & b),
        Bo::InclusiveOr | Bo::LogicalOr => map2(out, a, b, |a, b| a | b),
        Bo::Add
        | Bo::Subtract
        | Bo::Multiply
        | Bo::Divide
        | Bo::Modulo
        | Bo::Less
        | Bo::LessEqual
        | Bo::Greater
        | Bo::GreaterEqual
        | Bo::ShiftLeft
        | Bo::ShiftRight => return Err(Error::Invalid("arithmetic on bool")),
    }
    Ok(())
}

fn int_binary<T: Int>(op: Bo, a: &[u64], b: &[u64], out: &mut Value) -> Result<(), Error> {
    let t = T::from_lane;
    match op {
        Bo::Add => map2(out, a, b, |a, b| t(a).add(t(b)).to_lane()),
        Bo::Subtract => map2(out, a, b, |a, b| t(a).sub(t(b)).to_lane()),
        Bo::Multiply => map2(out, a, b, |a, b| t(a).mul(t(b)).to_lane()),
        Bo::Divide => map2(out, a, b, |a, b| t(a).div(t(b)).to_lane()),
        Bo::Modulo => map2(out, a, b, |a, b| t(a).rem(t(b)).to_lane()),
        Bo::Equal => map2(out, a, b, |a, b| u64::from(a == b)),
        Bo::NotEqual => map2(out, a, b, |a, b| u64::from(a != b)),
        Bo::Less => map2(out, a, b, |a, b| u64::from(t(a) < t(b))),
        Bo::LessEqual => map2(out, a, b, |a, b| u64::from(t(a) <= t(b))),
        Bo::Greater => map2(out, a, b, |a, b| u64::from(t(a) > t(b))),
        Bo::GreaterEqual => map2(out, a, b, |a, b| u64::from(t(a) >= t(b))),
        Bo::And => map2(out, a, b, |a, b| a & b),
        Bo::ExclusiveOr => map2(out, a, b, |a, b| a ^ b),
        Bo::InclusiveOr => map2(out, a, b, |a, b| a | b),
        Bo::ShiftLeft => map2(out, a, b, |a, b| t(a).shl(b as u32).to_lane()),
        Bo::ShiftRight => map2(out, a, b, |a, b| t(a).shr(b as u32).to_lane()),
        Bo::LogicalAnd | Bo::LogicalOr => return Err(Error::Invalid("logic on integers")),
    }
    Ok(())
}

fn float_binary<T: Float + PartialOrd>(
    op: Bo,
    a: &[u64],
    b: &[u64],
    out: &mut Value,
) -> Result<(), Error> {
    let t = T::from_lane;
    match op {
        Bo::Add => map2(out, a, b, |a, b| t(a).add(t(b)).to_lane()),
        Bo::Subtract => map2(out, a, b, |a, b| t(a).sub(t(b)).to_lane()),
        Bo::Multiply => map2(out, a, b, |a, b| t(a).mul(t(b)).to_lane()),
        Bo::Divide => map2(out, a, b, |a, b| t(a).div(t(b)).to_lane()),
        Bo::Modulo => map2(out, a, b, |a, b| t(a).rem(t(b)).to_lane()),
        Bo::Equal => map2(out, a, b, |a, b| u64::from(t(a) == t(b))),
        Bo::NotEqual => map2(out, a, b, |a, b| u64::from(t(a) != t(b))),
        Bo::Less => map2(out, a, b, |a, b| u64::from(t(a) < t(b))),
        Bo::LessEqual => map2(out, a, b, |a, b| u64::from(t(a) <= t(b))),
        Bo::Greater => map2(out, a, b, |a, b| u64::from(t(a) > t(b))),
        Bo::GreaterEqual => map2(out, a, b, |a, b| u64::from(t(a) >= t(b))),
        Bo::And
        | Bo::ExclusiveOr
        | Bo::InclusiveOr
        | Bo::LogicalAnd
        | Bo::LogicalOr
        | Bo::ShiftLeft
        | Bo::ShiftRight => return Err(Error::Invalid("bit operations on floats")),
    }
    Ok(())
}
