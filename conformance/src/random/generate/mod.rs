//! Random kernels: functions and blocks of statements, each chosen by chance among what may stand
//! where it stands. A [`Place`] says what that is.
//!
//! Every kernel ends soon ([`control`]), its invocations share memory only so that no order shows
//! ([`memory`], [`store`], [`together`]), and the values in it are exact ([`super::expr`]). So the
//! kernel of a seed has one result, on whatever device it runs.

mod control;
mod memory;
mod store;
mod together;

use super::expr::{Exprs, Pointee, Signature, Space, Var};
use super::tree::{Block, Expr, Function, Kernel, Stmt, Type};
use crate::device::Feature;
use crate::rng::Rng;
use crate::scalar::Sc;
use std::rc::Rc;

const U32: Type = Type::Scalar(Sc::U32);
const I32: Type = Type::Scalar(Sc::I32);
const F32: Type = Type::Scalar(Sc::F32);
const BOOL: Type = Type::Scalar(Sc::Bool);

/// Words of output that each invocation has.
const OUTPUTS: u32 = 4;
/// Approximate results that each invocation has.
const FLOATS: u32 = 2;

/// Where a statement stands.
#[derive(Clone)]
struct Place {
    /// Blocks around it.
    depth: u32,
    /// `break` means something.
    breaks: bool,
    /// `continue` means something.
    continues: bool,
    /// `return` may stand here, and what it returns.
    returns: Option<Option<Type>>,
    /// Variables outside of the function may change.
    effects: bool,
    /// All invocations of a workgroup come here together.
    uniform: bool,
    /// How often it may run.
    times: u32,
}

struct Generator {
    e: Exprs,
    names: u32,
    /// Invocations of a workgroup.
    threads: u32,
    /// Invocations of the dispatch.
    invocations: u32,
    /// Workgroup variables with an element for each invocation, which others read.
    shared: Vec<(String, Type)>,
    /// Variables that the entry point alone mentions, and hands to functions.
    handed: Vec<Var>,
}

/// The kernel of a seed, which may use these features.
pub fn kernel(seed: u64, features: &[Feature]) -> Kernel {
    let mut rng = Rng::new(seed);
    let sizes: [[u32; 3]; 9] = [
        [1, 1, 1],
        [32, 1, 1],
        [64, 1, 1],
        [8, 8, 1],
        [4, 4, 4],
        [48, 1, 1],
        [5, 3, 2],
        [96, 1, 1],
        [16, 2, 1],
    ];
    let mut size = sizes[rng.below(sizes.len() as u32) as usize];
    if features.contains(&Feature::Subgroups) {
        // naga gives subgroup built-ins to workgroups of one dimension only.
        size = [size.iter().product(), 1, 1];
    }
    let groups = match rng.below(4) {
        0 => [2, 1, 1],
        1 => [1, 2, 1],
        _ => [1, 1, 1],
    };
    let threads = size.iter().product::<u32>();
    let mut g = Generator {
        e: Exprs {
            rng,
            features: features.to_vec(),
            structs: Vec::new(),
            common: Vec::new(),
            vars: Vec::new(),
            functions: Vec::new(),
            effects: false,
            times: 1,
            budget: 0,
        },
        names: 0,
        threads,
        invocations: threads * groups.iter().product::<u32>(),
        shared: Vec::new(),
        handed: Vec::new(),
    };
    g.kernel(size, groups)
}

impl Generator {
    fn kernel(&mut self, size: [u32; 3], groups: [u32; 3]) -> Kernel {
        for _ in 0..self.e.below(4) {
            let members = 1 + self.e.below(4);
            let members = (0..members).map(|_| self.e.ty(true, 1)).collect();
            self.e.structs.push(members);
        }
        for _ in 0..3 {
            let ty = self.e.small();
            self.e.common.push(ty);
        }
        let (header, mut globals) = self.memory();
        for _ in 0..self.e.below(4) {
            let ty = self.e.small();
            let name = self.fresh("p");
            globals.push(format!("var<private> {name}: {};", ty.wgsl()));
            self.variable(&name, ty, None);
        }
        for _ in 0..self.e.below(3) {
            let ty = self.e.small();
            let root = self.fresh("q");
            globals.push(format!("var<private> {root}: {};", ty.wgsl()));
            self.handed.push(Var {
                text: root.clone(),
                ty,
                write: true,
                pointee: Some(Pointee {
                    space: Space::Private,
                    root,
                }),
            });
        }
        if self.e.once_in(2) {
            let ty = self.e.small();
            if self.e.scalars(&ty) <= 8 {
                let name = self.fresh("m");
                let threads = self.threads;
                globals.push(format!(
                    "var<workgroup> {name}: array<{}, {threads}>;",
                    ty.wgsl()
                ));
                self.handed.push(Var {
                    text: format!("{name}[li]"),
                    ty,
                    write: true,
                    pointee: None,
                });
            }
        }
        for _ in 0..self.e.below(3) {
            let ty = self.e.ty(true, 1);
            if self.e.scalars(&ty) <= 8 {
                let name = self.fresh("w");
                globals.push(format!(
                    "var<workgroup> {name}: array<{}, {}>;",
                    ty.wgsl(),
                    self.threads
                ));
                self.shared.push((name.clone(), ty.clone()));
                self.e.vars.push(Var {
                    text: name,
                    ty: Type::Array(Rc::new(ty), self.threads),
                    write: false,
                    pointee: None,
                });
            }
        }
        let mut functions = Vec::new();
        for _ in 0..self.e.below(5) {
            let f = self.function();
            functions.push(f);
        }
        functions.push(self.main(size));
        Kernel {
            header,
            enables: [(Feature::F16, "f16"), (Feature::I16, "wgpu_int16")]
                .into_iter()
                .filter(|(feature, _)| self.e.has(*feature))
                .map(|(_, name)| name.into())
                .collect(),
            structs: self.e.structs.clone(),
            globals,
            functions,
            groups,
        }
    }

    fn fresh(&mut self, letter: &str) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    /// Brings into scope what can be read.
    fn constant_input(&mut self, text: &str, ty: Type) {
        self.e.vars.push(Var {
            text: text.into(),
            ty,
            write: false,
            pointee: None,
        });
    }

    /// Brings into scope what can be read and written.
    fn variable(&mut self, text: &str, ty: Type, pointee: Option<Pointee>) {
        self.e.vars.push(Var {
            text: text.into(),
            ty,
            write: true,
            pointee,
        });
    }

    fn function(&mut self) -> Function {
        let scope = self.e.vars.len();
        let effects = self.e.once_in(2);
        let name = self.fresh("fn_");
        let mut params = Vec::new();
        let mut list = Vec::new();
        let saved = self.e.vars.clone();
        if !effects {
            // What it may read, it may not write.
            self.e.vars.iter_mut().for_each(|v| v.write = false);
        }
        for _ in 0..self.e.below(4) {
            let mut ty = self.e.small();
            let root = self.fresh("a");
            let mut space = None;
            if effects && self.e.once_in(2) {
                space = Some(Space::Function);
                let n = self.handed.len() as u32;
                let handed = self.handed.get(self.e.below(2 * n) as usize);
                if let Some(Var {
                    ty: of,
                    pointee: Some(pointee),
                    ..
                }) = handed
                {
                    ty = of.clone();
                    space = Some(pointee.space);
                }
            }
            match space {
                Some(space) => {
                    list.push(format!("{root}: ptr<{}, {}>", space.wgsl(), ty.wgsl()));
                    let text = format!("(*{root})");
                    self.variable(&text, ty.clone(), Some(Pointee { space, root }));
                }
                None => {
                    list.push(format!("{root}: {}", ty.wgsl()));
                    self.constant_input(&root, ty.clone());
                }
            }
            params.push((ty, space));
        }
        let result = self.e.small();
        let budget = 30 + self.e.below(100);
        self.e.budget = budget;
        let place = Place {
            depth: 1,
            breaks: false,
            continues: false,
            returns: Some(Some(result.clone())),
            effects,
            uniform: false,
            times: 1,
        };
        let n = 2 + self.e.below(5);
        let mut body = self.statements(&place, n);
        (self.e.times, self.e.effects) = (1, effects);
        let value = self.e.stored(&result, 3);
        body.push(Stmt::Line("return $0;".into(), vec![value]));
        let cost = budget - self.e.budget.min(budget) + 2;
        self.e.vars.truncate(scope);
        self.e.vars = saved;
        let head = format!("fn {name}({}) -> {}", list.join(", "), result.wgsl());
        self.e.functions.push(Signature {
            name,
            params,
            result,
            cost,
            effects,
        });
        Function {
            head,
            first: String::new(),
            body,
        }
    }

    fn main(&mut self, size: [u32; 3]) -> Function {
        let [x, y, z] = size;
        let mut inputs = vec![
            "@builtin(global_invocation_id) g3: vec3<u32>",
            "@builtin(local_invocation_id) l3: vec3<u32>",
            "@builtin(local_invocation_index) li: u32",
            "@builtin(workgroup_id) wid: vec3<u32>",
            "@builtin(num_workgroups) nw: vec3<u32>",
        ];
        for name in ["g3", "l3", "wid", "nw"] {
            self.constant_input(name, Type::Vector(3, Sc::U32));
        }
        self.constant_input("li", U32);
        self.e.vars.append(&mut self.handed);
        let mut first = format!("gid = (wid.x + wid.y * nw.x) * {}u + li;", self.threads);
        if self.e.has(Feature::Subgroups) {
            inputs.push("@builtin(subgroup_invocation_id) si: u32");
            first += " lane = si;";
        }
        let head = format!(
            "@compute @workgroup_size({x}, {y}, {z})\nfn main({})",
            inputs.join(", ")
        );
        self.e.budget = 200 + self.e.below(600);
        let place = Place {
            depth: 0,
            breaks: false,
            continues: false,
            returns: None,
            effects: true,
            uniform: true,
            times: 1,
        };
        let n = 3 + self.e.below(10);
        let scope = self.e.vars.len();
        let mut body = self.block(&place, n);
        let n = 1 + self.e.below(6);
        let place = Place {
            returns: Some(None),
            uniform: false,
            ..place
        };
        body.extend(self.block(&place, n));
        let last: Vec<Var> = self.e.vars[scope..].to_vec();
        for var in last.iter().rev().take(6) {
            let whole = Expr::leaf(var.ty.clone(), var.text.clone());
            body.extend(self.out(whole));
        }
        self.e.vars.truncate(scope);
        Function { head, first, body }
    }

    /// Statements in a scope of their own.
    fn statements(&mut self, place: &Place, n: u32) -> Block {
        let scope = self.e.vars.len();
        let block = self.block(place, n);
        self.e.vars.truncate(scope);
        block
    }

    fn block(&mut self, place: &Place, n: u32) -> Block {
        let mut block = Vec::new();
        for _ in 0..n {
            if self.e.budget < place.times {
                break;
            }
            self.e.budget -= place.times;
            (self.e.times, self.e.effects) = (place.times, place.effects);
            block.extend(self.statement(place));
        }
        block
    }

    fn statement(&mut self, place: &Place) -> Block {
        let inner = Place {
            depth: place.depth + 1,
            uniform: false,
            ..place.clone()
        };
        let n = 1 + self.e.below(4);
        let deep = place.depth >= 5;
        if place.uniform && self.e.once_in(2) {
            return self.together(place);
        }
        match self.e.below(32) {
            0..=5 => self.declare(),
            6..=10 => self.assign(),
            11..=13 if place.effects => {
                let ty = self.e.ty(true, 0);
                let value = self.e.stored(&ty, 4);
                self.out(value)
            }
            14..=16 if !deep => {
                let condition = self.e.expr(&BOOL, 3);
                let accept = self.statements(&inner, n);
                let m = self.e.below(3);
                let reject = self.statements(&inner, m);
                vec![Stmt::If(condition, accept, reject)]
            }
            17 if !deep => self.switch(&inner),
            18..=20 if !deep => self.repeat(place, &inner),
            21 if !deep => vec![Stmt::Scope(self.statements(&inner, n))],
            22 | 23 => self.leave(place),
            24 if place.effects => self.call(),
            25 if place.effects => self.junk(),
            26 if place.effects => self.atomic(),
            27 if place.effects => self.approximate(),
            28 if self.e.has(Feature::Subgroups) => self.subgroup(),
            29 => {
                let ty = self.e.ty(true, 0);
                let value = self.e.expr(&ty, 2);
                vec![Stmt::Line("_ = $0;".into(), vec![value])]
            }
            30 if place.effects => self.exchange(place),
            31 => self.point(),
            _ => self.assign(),
        }
    }
}
