//! Types as the interpreter sees them: how many scalars a value flattens to,
//! in which order, and where each of them lies in memory. Offsets come from
//! naga (struct members, array strides) and from WGSL's rule for matrix
//! columns; the same layout serves every address space that is made of bytes.

use super::scalar::Sc;
use super::Error;
use naga::proc::IndexableLength;
use naga::{Handle, Module, Type, TypeInner};

/// A type without its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ty {
    /// A scalar, or the scalar of an atomic.
    Scalar(Sc),
    /// Components in order.
    Vector(u8, Sc),
    /// Columns, rows: flattened column by column.
    Matrix(u8, u8, Sc),
    /// An array or a struct: look it up in `TypeTable`.
    Aggregate(Handle<Type>),
    /// Something that compute on memory does not know, named for the error.
    Opaque(&'static str),
}

/// The type of an expression: a value, or a pointer to one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExprTy {
    /// Of the value, or of what is pointed to.
    pub ty: Ty,
    /// Whether the expression is a pointer.
    pub pointer: bool,
}

/// A member of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its type.
    pub ty: Ty,
    /// Byte offset in the struct.
    pub byte: u64,
    /// Index of its first scalar among the struct's.
    pub comp: u64,
}

/// Arrays and structs.
#[derive(Clone, Debug)]
pub enum Aggregate {
    /// Elements of one type; `None` counts as many as the buffer holds.
    Array {
        /// Element type.
        elem: Ty,
        /// Number of elements.
        len: Option<u64>,
        /// Bytes from one element to the next.
        stride: u64,
    },
    /// Members in order.
    Struct(Vec<Member>),
}

/// What is known of one type of the arena.
#[derive(Clone, Debug)]
struct Facts {
    ty: Ty,
    aggregate: Option<Aggregate>,
    comps: u64,
    size: u64,
}

/// Facts on every type of a module, by handle.
#[derive(Debug)]
pub struct TypeTable {
    facts: Vec<Facts>,
}

/// Bytes from one column of a matrix to the next.
pub fn column_stride(rows: u8, sc: Sc) -> u64 {
    let rows = if rows == 3 { 4 } else { u64::from(rows) };
    rows * sc.width() as u64
}

/// A vector type, or a scalar for one component.
pub fn vector(n: u8, sc: Sc) -> Ty {
    if n == 1 {
        Ty::Scalar(sc)
    } else {
        Ty::Vector(n, sc)
    }
}

fn scalar(s: naga::Scalar) -> Result<Sc, &'static str> {
    Sc::of(s).ok_or("an abstract or oddly sized scalar")
}

impl TypeTable {
    /// Reads the type arena; types only refer to earlier ones.
    pub fn new(module: &Module) -> TypeTable {
        let mut table = TypeTable { facts: Vec::new() };
        for (handle, ty) in module.types.iter() {
            let facts = table.facts_of(module, handle, &ty.inner);
            table.facts.push(facts);
        }
        table
    }

    fn facts_of(&self, module: &Module, handle: Handle<Type>, inner: &TypeInner) -> Facts {
        let ty = self.of_inner(handle, inner);
        let aggregate = match *inner {
            TypeInner::Array { base, size, stride } => Some(Aggregate::Array {
                elem: self.of(base),
                len: match size.resolve(module.to_ctx()) {
                    Ok(IndexableLength::Known(n)) => Some(u64::from(n)),
                    Ok(IndexableLength::Dynamic) => None,
                    // An override without a value, in code that nobody runs.
                    Err(_) => Some(0),
                },
                stride: u64::from(stride),
            }),
            TypeInner::Struct { ref members, .. } => {
                let mut comp = 0;
                let members = members
                    .iter()
                    .map(|m| {
                        let ty = self.of(m.ty);
                        let first = comp;
                        comp += self.comps(ty);
                        Member {
                            ty,
                            byte: u64::from(m.offset),
                            comp: first,
                        }
                    })
                    .collect();
                Some(Aggregate::Struct(members))
            }
            _ => None,
        };
        let (comps, size) = match (&aggregate, inner) {
            (Some(Aggregate::Array { elem, len, stride }), _) => {
                let len = len.unwrap_or(0);
                (
                    len.saturating_mul(self.comps(*elem)),
                    len.saturating_mul(*stride),
                )
            }
            (Some(Aggregate::Struct(members)), TypeInner::Struct { span, .. }) => {
                let comps = members.last().map_or(0, |m| m.comp + self.comps(m.ty));
                (comps, u64::from(*span))
            }
            _ => (self.comps(ty), self.size(ty)),
        };
        Facts {
            ty,
            aggregate,
            comps,
            size,
        }
    }

    /// The type behind a handle.
    pub fn of(&self, handle: Handle<Type>) -> Ty {
        match self.facts.get(handle.index()) {
            Some(facts) => facts.ty,
            None => Ty::Opaque("a type out of order"),
        }
    }

    fn of_inner(&self, handle: Handle<Type>, inner: &TypeInner) -> Ty {
        match *inner {
            TypeInner::Array { .. } | TypeInner::Struct { .. } => Ty::Aggregate(handle),
            ref other => self.of_plain(other),
        }
    }

    /// The type of something that has no handle of its own, or needs none.
    fn of_plain(&self, inner: &TypeInner) -> Ty {
        match *inner {
            TypeInner::Scalar(s) | TypeInner::Atomic(s) => {
                scalar(s).map_or_else(Ty::Opaque, Ty::Scalar)
            }
            TypeInner::Vector { size, scalar: s } => {
                scalar(s).map_or_else(Ty::Opaque, |s| Ty::Vector(size as u8, s))
            }
            TypeInner::Matrix {
                columns,
                rows,
                scalar: s,
            } => scalar(s).map_or_else(Ty::Opaque, |s| Ty::Matrix(columns as u8, rows as u8, s)),
            TypeInner::CooperativeMatrix { .. } => Ty::Opaque("a cooperative matrix"),
            TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. } => {
                Ty::Opaque("a pointer in memory")
            }
            TypeInner::Array { .. } | TypeInner::Struct { .. } => {
                Ty::Opaque("an unnamed aggregate")
            }
            TypeInner::Image { .. } => Ty::Opaque("a texture"),
            TypeInner::Sampler { .. } => Ty::Opaque("a sampler"),
            TypeInner::AccelerationStructure { .. } => Ty::Opaque("an acceleration structure"),
            TypeInner::RayQuery { .. } => Ty::Opaque("a ray query"),
            TypeInner::BindingArray { .. } => Ty::Opaque("a binding array"),
        }
    }

    /// The type of an expression.
    pub fn of_resolution(
        &self,
        resolution: &naga::proc::TypeResolution,
        module: &Module,
    ) -> ExprTy {
        let inner = resolution.inner_with(&module.types);
        match *inner {
            TypeInner::Pointer { base, .. } => ExprTy {
                ty: self.of(base),
                pointer: true,
            },
            TypeInner::ValuePointer {
                size, scalar: s, ..
            } => ExprTy {
                ty: scalar(s).map_or_else(Ty::Opaque, |s| vector(size.map_or(1, |n| n as u8), s)),
                pointer: true,
            },
            ref other => ExprTy {
                ty: match resolution.handle() {
                    Some(handle) => self.of(handle),
                    None => self.of_plain(other),
                },
                pointer: false,
            },
        }
    }

    /// How many scalars a value of the type flattens to (0 for a runtime-sized
    /// array and for opaque types).
    pub fn comps(&self, ty: Ty) -> u64 {
        match ty {
            Ty::Scalar(_) => 1,
            Ty::Vector(n, _) => n.into(),
            Ty::Matrix(c, r, _) => u64::from(c) * u64::from(r),
            Ty::Aggregate(handle) => self.facts.get(handle.index()).map_or(0, |f| f.comps),
            Ty::Opaque(_) => 0,
        }
    }

    /// Bytes of a value in memory, without a runtime-sized tail.
    pub fn size(&self, ty: Ty) -> u64 {
        match ty {
            Ty::Scalar(s) => s.width() as u64,
            Ty::Vector(n, s) => u64::from(n) * s.width() as u64,
            Ty::Matrix(c, r, s) => u64::from(c) * column_stride(r, s),
            Ty::Aggregate(handle) => self.facts.get(handle.index()).map_or(0, |f| f.size),
            Ty::Opaque(_) => 0,
        }
    }

    /// The array or struct behind a handle.
    pub fn aggregate(&self, handle: Handle<Type>) -> Result<&Aggregate, Error> {
        self.facts
            .get(handle.index())
            .and_then(|f| f.aggregate.as_ref())
            .ok_or(Error::Invalid("an aggregate type was expected"))
    }

    /// What an index selects in a value or behind a pointer of this type.
    pub fn element(&self, ty: Ty) -> Result<Element, Error> {
        Ok(match ty {
            Ty::Vector(n, s) => Element {
                ty: Ty::Scalar(s),
                len: Some(n.into()),
                byte_stride: s.width() as u64,
                comp_stride: 1,
            },
            Ty::Matrix(c, r, s) => Element {
                ty: Ty::Vector(r, s),
                len: Some(c.into()),
                byte_stride: column_stride(r, s),
                comp_stride: r.into(),
            },
            Ty::Aggregate(handle) => match *self.aggregate(handle)? {
                Aggregate::Array { elem, len, stride } => Element {
                    ty: elem,
                    len,
                    byte_stride: stride,
                    comp_stride: self.comps(elem),
                },
                Aggregate::Struct(_) => return Err(Error::Invalid("a struct was indexed")),
            },
            Ty::Scalar(_) => return Err(Error::Invalid("a scalar was indexed")),
            Ty::Opaque(what) => return Err(Error::Unsupported(what.into())),
        })
    }

    /// Type, byte offset and scalar offset of the constant index `index`.
    pub fn member(&self, ty: Ty, index: u32) -> Result<Member, Error> {
        if let Ty::Aggregate(handle) = ty {
            if let Aggregate::Struct(members) = self.aggregate(handle)? {
                return members
                    .get(index as usize)
                    .copied()
                    .ok_or(Error::Invalid("a struct member does not exist"));
            }
        }
        let e = self.element(ty)?;
        Ok(Member {
            ty: e.ty,
            byte: u64::from(index).saturating_mul(e.byte_stride),
            comp: u64::from(index).saturating_mul(e.comp_stride),
        })
    }

    /// Calls `f(byte offset, scalar)` for each scalar of the type, in order.
    pub fn walk(&self, ty: Ty, at: u64, f: &mut dyn FnMut(u64, Sc)) -> Result<(), Error> {
        match ty {
            Ty::Scalar(s) => f(at, s),
            Ty::Vector(n, s) => (0..u64::from(n)).for_each(|i| f(at + i * s.width() as u64, s)),
            Ty::Matrix(c, r, s) => {
                for col in 0..u64::from(c) {
                    let at = at + col * column_stride(r, s);
                    (0..u64::from(r)).for_each(|i| f(at + i * s.width() as u64, s));
                }
            }
            Ty::Aggregate(handle) => match self.aggregate(handle)? {
                Aggregate::Array { elem, len, stride } => {
                    for i in 0..len.unwrap_or(0) {
                        self.walk(*elem, at + i * stride, f)?;
                    }
                }
                Aggregate::Struct(members) => {
                    for m in members {
                        self.walk(m.ty, at + m.byte, f)?;
                    }
                }
            },
            Ty::Opaque(what) => return Err(Error::Unsupported(what.into())),
        }
        Ok(())
    }
}

/// One step of an access chain.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// What is selected.
    pub ty: Ty,
    /// How many there are; `None` if the buffer decides.
    pub len: Option<u64>,
    /// Bytes between neighbours.
    pub byte_stride: u64,
    /// Scalars between neighbours.
    pub comp_stride: u64,
}

impl Ty {
    /// The scalar of a scalar, vector or matrix.
    pub fn scalar(self) -> Result<Sc, Error> {
        match self {
            Ty::Scalar(s) | Ty::Vector(_, s) | Ty::Matrix(_, _, s) => Ok(s),
            Ty::Aggregate(_) => Err(Error::Invalid("a scalar or vector was expected")),
            Ty::Opaque(what) => Err(Error::Unsupported(what.into())),
        }
    }
}
