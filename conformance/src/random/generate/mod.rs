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

use super::expr::{Exprs, Signature, Var};
use super::tree::{Block, Expr, Function, Kernel, Stmt, Type};
use super::Flags;
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
    /// The entry point.
    main: bool,
    /// All invocations of a workgroup come here together.
    uniform: bool,
    /// How often it may run.
    times: u32,
}

/// A function with side effects: a call is a statement.
struct Effect {
    signature: Signature,
    /// Which parameters are pointers.
    pointers: Vec<bool>,
}

struct Generator {
    e: Exprs,
    effects: Vec<Effect>,
    names: u32,
    /// Invocations of a workgroup.
    threads: u32,
    /// Invocations of the dispatch.
    invocations: u32,
    /// Workgroup variables with an element for each invocation.
    shared: Vec<(String, Type)>,
}

/// The kernel of a seed.
pub fn kernel(seed: u64, flags: Flags) -> Kernel {
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
    if flags.subgroups {
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
            flags,
            structs: Vec::new(),
            vars: Vec::new(),
            pure: Vec::new(),
            times: 1,
            budget: 0,
        },
        effects: Vec::new(),
        names: 0,
        threads,
        invocations: threads * groups.iter().product::<u32>(),
        shared: Vec::new(),
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
        let (header, mut globals) = self.memory();
        for _ in 0..self.e.below(4) {
            let ty = self.e.ty(true, 2);
            if self.e.scalars(&ty) <= 64 {
                let name = self.fresh("p");
                globals.push(format!("var<private> {name}: {};", ty.wgsl()));
                self.e.vars.push(Var {
                    text: name,
                    ty,
                    write: true,
                    pointer: None,
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
                    pointer: None,
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
            enables: match self.e.flags.f16 {
                true => vec!["f16".into()],
                false => Vec::new(),
            },
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

    fn constant_input(&mut self, text: &str, ty: Type) {
        self.e.vars.push(Var {
            text: text.into(),
            ty,
            write: false,
            pointer: None,
        });
    }

    fn function(&mut self) -> Function {
        let scope = self.e.vars.len();
        let effects = self.e.once_in(2);
        let name = self.fresh("fn_");
        let mut params = Vec::new();
        let mut pointers = Vec::new();
        let mut list = Vec::new();
        let saved = self.e.vars.clone();
        if !effects {
            // What it may read, it may not write.
            self.e.vars.iter_mut().for_each(|v| v.write = false);
        }
        for _ in 0..self.e.below(4) {
            let ty = self.e.ty(true, 1);
            let param = self.fresh("a");
            let pointer = effects && self.e.once_in(2);
            if pointer {
                list.push(format!("{param}: ptr<function, {}>", ty.wgsl()));
                self.e.vars.push(Var {
                    text: format!("(*{param})"),
                    ty: ty.clone(),
                    write: true,
                    pointer: Some(param),
                });
            } else {
                list.push(format!("{param}: {}", ty.wgsl()));
                self.constant_input(&param, ty.clone());
            }
            params.push(ty);
            pointers.push(pointer);
        }
        let result = self.e.ty(true, 1);
        let budget = 30 + self.e.below(100);
        self.e.budget = budget;
        let place = Place {
            depth: 1,
            breaks: false,
            continues: false,
            returns: Some(Some(result.clone())),
            effects,
            main: false,
            uniform: false,
            times: 1,
        };
        let n = 2 + self.e.below(5);
        let mut body = self.statements(&place, n);
        let value = self.e.stored(&result, 3);
        body.push(Stmt::Line("return $0;".into(), vec![value]));
        let cost = budget - self.e.budget.min(budget) + 2;
        self.e.vars.truncate(scope);
        self.e.vars = saved;
        let head = format!("fn {name}({}) -> {}", list.join(", "), result.wgsl());
        let signature = Signature {
            name,
            params,
            result,
            cost,
        };
        if effects {
            self.effects.push(Effect {
                signature,
                pointers,
            });
        } else {
            self.e.pure.push(signature);
        }
        Function { head, body }
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
        if self.e.flags.subgroups {
            inputs.push("@builtin(subgroup_invocation_id) si: u32");
            self.constant_input("si", U32);
        }
        let head = format!(
            "@compute @workgroup_size({x}, {y}, {z})\nfn main({})",
            inputs.join(", ")
        );
        let mut body = vec![Stmt::Line(
            format!("gid = (wid.x + wid.y * nw.x) * {}u + li;", self.threads),
            Vec::new(),
        )];
        self.e.budget = 200 + self.e.below(600);
        let place = Place {
            depth: 0,
            breaks: false,
            continues: false,
            returns: None,
            effects: true,
            main: true,
            uniform: true,
            times: 1,
        };
        let n = 3 + self.e.below(10);
        let scope = self.e.vars.len();
        body.extend(self.block(&place, n));
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
        Function { head, body }
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
            self.e.times = place.times;
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
        match self.e.below(30) {
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
            28 if place.main && self.e.flags.subgroups => self.subgroup(place),
            29 => {
                let ty = self.e.ty(true, 0);
                let value = self.e.expr(&ty, 2);
                vec![Stmt::Line("_ = $0;".into(), vec![value])]
            }
            _ => self.assign(),
        }
    }
}
