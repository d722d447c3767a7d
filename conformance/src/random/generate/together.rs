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

    /// A subgroup operation. In divergent control flow as well: what is read from an invocation
    /// that does not take part is not used.
    pub(super) fn subgroup(&mut self) -> Block {
        let name = self.fresh("s");
        let mut ty = self.subgroup_type();
        let call = match self.e.below(9) {
            0 => {
                let e = self.e.expr(&BOOL, 2);
                ty = Type::Vector(4, Sc::U32);
                Expr::new(ty.clone(), e.class, "subgroupBallot($0)", vec![e])
            }
            1 => {
                let e = self.e.expr(&BOOL, 2);
                let f = ["subgroupAll", "subgroupAny"][self.e.below(2) as usize];
                ty = BOOL;
                Expr::new(BOOL, e.class, format!("{f}($0)"), vec![e])
            }
            2 => {
                let e = self.e.stored(&ty, 2);
                Expr::new(ty.clone(), e.class, "subgroupBroadcastFirst($0)", vec![e])
            }
            3 | 4 => self.combined(&ty),
            _ => return self.gathered(ty, &name),
        };
        self.constant_input(&name, ty);
        vec![Stmt::Line(format!("let {name} = $0;"), vec![call])]
    }

    /// A reduction or scan.
    fn combined(&mut self, ty: &Type) -> Expr {
        let scalar = ty.scalar();
        let mut ops = vec!["Add", "Min", "Max", "ExclusiveAdd", "InclusiveAdd"];
        // Sums of 32 floats are exact; products are not.
        if !scalar.is_some_and(Sc::is_float) {
            ops.extend(["Mul", "ExclusiveMul", "InclusiveMul"]);
            // Naga has these from 32 bits on.
            if scalar.is_some_and(|sc| sc.width() >= 4) {
                ops.extend(["And", "Or", "Xor"]);
            }
        }
        let op = ops[self.e.below(ops.len() as u32) as usize];
        let e = self.e.stored(ty, 2);
        let class = Class {
            high: e.class.high + 5,
            low: e.class.low,
        };
        let call = Expr::new(ty.clone(), class, format!("subgroup{op}($0)"), vec![e]);
        self.e.fit(Expr {
            constant: false,
            ..call
        })
    }

    /// Another invocation's value, or one's own if there is none.
    fn gathered(&mut self, ty: Type, name: &str) -> Block {
        let k = self.e.below(32);
        // What is called, and whose value that gives.
        let (call, from) = match self.e.below(9) {
            0 | 1 => (format!("Shuffle(of_{name}, at_{name} & 31u)"), "$0".into()),
            2 => (
                format!("ShuffleXor(of_{name}, {k}u)"),
                format!("lane ^ {k}u"),
            ),
            3 => (format!("Broadcast(of_{name}, {k}u)"), format!("{k}u")),
            4 => (
                format!("ShuffleUp(of_{name}, {k}u)"),
                format!("lane - {k}u"),
            ),
            5 => (
                format!("ShuffleDown(of_{name}, {k}u)"),
                format!("lane + {k}u"),
            ),
            6 => {
                let (f, mask) = [("X", 1), ("Y", 2), ("Diagonal", 3)][k as usize % 3];
                (format!("quadSwap{f}(of_{name})"), format!("lane ^ {mask}u"))
            }
            _ => {
                let k = k % 4;
                let from = format!("(lane & 28u) + {k}u");
                (format!("quadBroadcast(of_{name}, {k}u)"), from)
            }
        };
        let call = match call.starts_with("quad") {
            true => call,
            false => format!("subgroup{call}"),
        };
        let at = self.e.expr(&U32, 2);
        let at = if at.constant {
            self.e.runtime(&U32)
        } else {
            at
        };
        let value = self.e.stored(&ty, 2);
        self.constant_input(name, ty);
        let taken = format!("at_{name} < 32u && ((here_{name} >> (at_{name} & 31u)) & 1u) == 1u");
        let line = |text: String| Stmt::Line(text, Vec::new());
        vec![Stmt::Whole(vec![
            Stmt::Line(format!("let of_{name} = $0;"), vec![value]),
            Stmt::Line(format!("let at_{name} = {from};"), vec![at]),
            line(format!("let here_{name} = subgroupBallot(true).x;")),
            line(format!("let got_{name} = {call};")),
            line(format!(
                "let {name} = select(of_{name}, got_{name}, {taken});"
            )),
        ])]
    }

    fn subgroup_type(&mut self) -> Type {
        let sc = self.e.scalar(false);
        match self.e.once_in(3) {
            true => Type::Vector(2 + self.e.below(3), sc),
            false => Type::Scalar(sc),
        }
    }
}
