//! The types that expressions and variables have, chosen by chance from what the device has, and
//! what a type is made of.

use super::Exprs;
use crate::device::Feature;
use crate::random::tree::Type;
use crate::scalar::Sc;
use std::rc::Rc;

impl Exprs {
    /// A scalar type.
    pub fn scalar(&mut self, bools: bool) -> Sc {
        let mut of = vec![Sc::I32, Sc::U32, Sc::U32, Sc::F32];
        if bools {
            of.push(Sc::Bool);
        }
        for (feature, scalars) in [
            (Feature::F16, [Sc::F16; 2]),
            (Feature::I64, [Sc::I64, Sc::U64]),
            (Feature::I16, [Sc::I16, Sc::U16]),
            (Feature::F64, [Sc::F64; 2]),
        ] {
            if self.has(feature) {
                of.extend(scalars);
            }
        }
        of[self.rng.below(of.len() as u32) as usize]
    }

    pub(super) fn float_scalar(&mut self) -> Sc {
        match (
            self.below(3),
            self.has(Feature::F16),
            self.has(Feature::F64),
        ) {
            (0, true, _) => Sc::F16,
            (1, _, true) => Sc::F64,
            _ => Sc::F32,
        }
    }

    /// Any type; `bools` says whether it may hold any.
    pub fn ty(&mut self, bools: bool, depth: u32) -> Type {
        match self.below(if depth == 0 { 6 } else { 10 }) {
            0..=2 => Type::Scalar(self.scalar(bools)),
            3 | 4 => Type::Vector(2 + self.below(3), self.scalar(bools)),
            5 => Type::Matrix(2 + self.below(3), 2 + self.below(3), self.float_scalar()),
            6..=8 => {
                let of = self.ty(bools, depth - 1);
                Type::Array(Rc::new(of), 1 + self.below(6))
            }
            _ if !self.structs.is_empty() => {
                let i = self.below(self.structs.len() as u32) as usize;
                if bools || !self.has_bool(&Type::Struct(i)) {
                    Type::Struct(i)
                } else {
                    Type::Scalar(Sc::U32)
                }
            }
            _ => Type::Scalar(self.scalar(bools)),
        }
    }

    /// Any type of not too many scalars, often a common one.
    pub fn small(&mut self) -> Type {
        let n = self.common.len() as u32;
        if n > 0 && self.once_in(2) {
            return self.common[self.rng.below(n) as usize].clone();
        }
        let ty = self.ty(true, 2);
        match self.scalars(&ty) {
            0..=48 => ty,
            _ => Type::Scalar(Sc::U32),
        }
    }

    /// Whether a type holds a bool.
    pub fn has_bool(&self, ty: &Type) -> bool {
        match ty {
            Type::Array(of, _) => self.has_bool(of),
            Type::Struct(i) => self.structs[*i].iter().any(|m| self.has_bool(m)),
            Type::Scalar(sc) | Type::Vector(_, sc) | Type::Matrix(_, _, sc) => *sc == Sc::Bool,
        }
    }

    /// Scalars in a type.
    pub fn scalars(&self, ty: &Type) -> u32 {
        match ty {
            Type::Scalar(_) => 1,
            Type::Vector(n, _) => *n,
            Type::Matrix(c, r, _) => c * r,
            Type::Array(of, n) => n * self.scalars(of),
            Type::Struct(i) => self.structs[*i].iter().map(|m| self.scalars(m)).sum(),
        }
    }

    pub(super) fn contains(&self, ty: &Type, want: &Type) -> bool {
        ty == want
            || match ty {
                Type::Scalar(_) => false,
                Type::Vector(_, sc) => *want == Type::Scalar(*sc),
                Type::Matrix(_, r, sc) => {
                    *want == Type::Scalar(*sc) || *want == Type::Vector(*r, *sc)
                }
                Type::Array(of, _) => self.contains(of, want),
                Type::Struct(i) => self.structs[*i].iter().any(|m| self.contains(m, want)),
            }
    }

    pub(super) fn contains_deeper(&self, ty: &Type, want: &Type) -> bool {
        match ty {
            Type::Scalar(_) | Type::Vector(..) | Type::Matrix(..) => false,
            Type::Array(of, _) => self.contains(of, want),
            Type::Struct(i) => self.structs[*i].iter().any(|m| self.contains(m, want)),
        }
    }

    /// Types of what a composite is made of.
    pub(super) fn parts(&self, ty: &Type) -> Vec<Type> {
        match ty {
            Type::Scalar(_) => Vec::new(),
            Type::Vector(n, sc) => vec![Type::Scalar(*sc); *n as usize],
            Type::Matrix(c, r, sc) => vec![Type::Vector(*r, *sc); *c as usize],
            Type::Array(of, n) => vec![(**of).clone(); *n as usize],
            Type::Struct(i) => self.structs[*i].clone(),
        }
    }
}
