//! What invocations do together: through workgroup and storage memory that is written between two
//! barriers and read elsewhere, through atomics of one commutative operation, and with subgroup
//! operations. Barriers stand where control flow is uniform by construction.

use super::{Generator, Place, BOOL, U32};
use crate::random::expr::LETTERS;
use crate::random::tree::{Block, Class, Expr, Stmt, Type};
use crate::scalar::Sc;

impl Generator {
    /// What a workgroup does together.
    pub(super) fn together(&mut self, place: &Place) -> Block {
        let line = |text: &str| Stmt::Line(text.into(), Vec::new());
        match self.e.below(7) {
            0 | 1 if !self.shared.is_empty() => {
                let i = self.e.below(self.shared.len() as u32) as usize;
                let (array, ty) = self.shared[i].clone();
                let value = self.e.stored(&ty, 3);
                let name = self.fresh("t");
                vec![Stmt::Whole(vec![
                    Stmt::Line(format!("let {name} = $0;"), vec![value]),
                    line("workgroupBarrier();"),
                    Stmt::Line(format!("{array}[li] = {name};"), Vec::new()),
                    line("workgroupBarrier();"),
                ])]
            }
            2 if !self.shared.is_empty() => {
                let i = self.e.below(self.shared.len() as u32) as usize;
                let (array, ty) = self.shared[i].clone();
                let at = self.e.below(self.threads);
                let name = self.fresh("all");
                self.constant_input(&name, ty);
                let text = format!("let {name} = workgroupUniformLoad(&{array}[{at}]);");
                vec![Stmt::Line(text, Vec::new())]
            }
            3 => {
                // Other workgroups' elements are not read.
                let value = self.e.expr(&U32, 3);
                let (name, read) = (self.fresh("t"), self.fresh("x"));
                let index = self.e.index(self.threads, 2);
                let index = Expr::new(U32, index.class, "u32($0)", vec![index]);
                let text = format!("let {read} = cross_[gid - li + $0];");
                let block = vec![Stmt::Whole(vec![
                    Stmt::Line(format!("let {name} = $0;"), vec![value]),
                    line("storageBarrier();"),
                    Stmt::Line(format!("cross_[gid] = {name};"), Vec::new()),
                    line("storageBarrier();"),
                    Stmt::Line(text, vec![index]),
                    line("storageBarrier();"),
                ])];
                self.constant_input(&read, U32);
                block
            }
            4 => {
                let op = ["atomicAdd", "atomicXor", "atomicMax", "atomicOr"];
                let i = self.e.below(4);
                let op = op[i as usize];
                let value = self.e.expr(&U32, 2);
                let condition = self.e.expr(&BOOL, 2);
                let (name, yes, read) = (self.fresh("t"), self.fresh("t"), self.fresh("x"));
                let block = vec![Stmt::Whole(vec![
                    Stmt::Line(format!("let {name} = $0;"), vec![value]),
                    Stmt::Line(format!("let {yes} = $0;"), vec![condition]),
                    line("workgroupBarrier();"),
                    Stmt::If(
                        Expr::leaf(BOOL, yes),
                        vec![Stmt::Line(
                            format!("{op}(&counts[{i}], {name});"),
                            Vec::new(),
                        )],
                        Vec::new(),
                    ),
                    line("workgroupBarrier();"),
                    Stmt::Line(
                        format!("let {read} = atomicLoad(&counts[{i}]);"),
                        Vec::new(),
                    ),
                ])];
                self.constant_input(&read, U32);
                block
            }
            5 if place.depth < 3 => {
                let e = self.uniform_word();
                let class = e.class;
                let condition = Expr::new(BOOL, class, "($0 % 3u != 1u)", vec![e]);
                let inner = Place {
                    depth: place.depth + 1,
                    ..place.clone()
                };
                let (n, m) = (1 + self.e.below(3), self.e.below(3));
                let accept = self.statements(&inner, n);
                let reject = self.statements(&inner, m);
                vec![Stmt::If(condition, accept, reject)]
            }
            6 if place.depth < 3 => {
                let inner = Place {
                    depth: place.depth + 1,
                    ..place.clone()
                };
                self.repeat(place, &inner)
            }
            _ => self.declare(),
        }
    }

    /// A word that is the same for a whole workgroup.
    pub(super) fn uniform_word(&mut self) -> Expr {
        let text = match self.e.below(4) {
            0 => format!("uni.a.{}", LETTERS[self.e.below(4) as usize]),
            1 => format!("u32(uni.b[{}].x)", self.e.below(4)),
            2 => "wid.x".into(),
            _ => format!("(wid.y + {}u)", self.e.below(5)),
        };
        Expr::leaf(U32, text)
    }

    pub(super) fn subgroup(&mut self, place: &Place) -> Block {
        let whole = place.uniform && self.threads.is_multiple_of(32);
        let bind = |g: &mut Generator, ty: Type, text: String, args: Vec<Expr>| {
            let name = g.fresh("s");
            g.constant_input(&name, ty);
            vec![Stmt::Line(format!("let {name} = {text};"), args)]
        };
        match self.e.below(if whole { 8 } else { 5 }) {
            0 => {
                let e = self.e.expr(&BOOL, 2);
                bind(
                    self,
                    Type::Vector(4, Sc::U32),
                    "subgroupBallot($0)".into(),
                    vec![e],
                )
            }
            1 => {
                let e = self.e.expr(&BOOL, 2);
                let f = ["subgroupAll", "subgroupAny"][self.e.below(2) as usize];
                bind(self, BOOL, format!("{f}($0)"), vec![e])
            }
            2 => {
                let ty = self.subgroup_type();
                let e = self.e.stored(&ty, 2);
                bind(self, ty, "subgroupBroadcastFirst($0)".into(), vec![e])
            }
            3 | 4 => {
                let ty = self.subgroup_type();
                let float = ty.scalar().is_some_and(Sc::is_float);
                let ops: &[&str] = match float {
                    // Sums of 32 are exact; products are not.
                    true => &["Add", "Min", "Max", "ExclusiveAdd", "InclusiveAdd"],
                    false => &[
                        "Add",
                        "Mul",
                        "Min",
                        "Max",
                        "And",
                        "Or",
                        "Xor",
                        "ExclusiveAdd",
                        "InclusiveAdd",
                        "ExclusiveMul",
                        "InclusiveMul",
                    ],
                };
                let op = ops[self.e.below(ops.len() as u32) as usize];
                let e = self.e.stored(&ty, 2);
                let class = Class {
                    high: e.class.high + 5,
                    low: e.class.low,
                };
                let call = Expr::new(ty.clone(), class, format!("subgroup{op}($0)"), vec![e]);
                let call = self.e.fit(Expr {
                    constant: false,
                    ..call
                });
                bind(self, ty, "$0".into(), vec![call])
            }
            5 => {
                let ty = self.subgroup_type();
                let e = self.e.stored(&ty, 2);
                let i = self.e.expr(&U32, 2);
                let i = if i.constant { self.e.runtime(&U32) } else { i };
                bind(self, ty, "subgroupShuffle($0, $1 & 31u)".into(), vec![e, i])
            }
            6 => {
                let ty = self.subgroup_type();
                let e = self.e.stored(&ty, 2);
                let k = self.e.below(32);
                let text = match self.e.below(4) {
                    0 => format!("subgroupShuffleXor($0, {k}u)"),
                    1 => format!("subgroupBroadcast($0, {k}u)"),
                    // Beyond the subgroup there is nothing.
                    2 => format!("select($0, subgroupShuffleUp($0, {k}u), si >= {k}u)"),
                    _ => format!(
                        "select($0, subgroupShuffleDown($0, {k}u), si < {}u)",
                        32 - k
                    ),
                };
                bind(self, ty, text, vec![e])
            }
            _ => {
                let ty = self.subgroup_type();
                let e = self.e.stored(&ty, 2);
                let text = match self.e.below(4) {
                    0 => "quadSwapX($0)".into(),
                    1 => "quadSwapY($0)".into(),
                    2 => "quadSwapDiagonal($0)".into(),
                    _ => format!("quadBroadcast($0, {}u)", self.e.below(4)),
                };
                bind(self, ty, text, vec![e])
            }
        }
    }

    /// Subgroups compute with types of at most 32 bits.
    fn subgroup_type(&mut self) -> Type {
        let sc = match self.e.below(4) {
            0 => Sc::I32,
            1 => Sc::F32,
            2 if self.e.flags.f16 => Sc::F16,
            _ => Sc::U32,
        };
        match self.e.once_in(3) {
            true => Type::Vector(2 + self.e.below(3), sc),
            false => Type::Scalar(sc),
        }
    }
}
