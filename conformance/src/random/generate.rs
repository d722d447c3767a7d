//! Random kernels: statements, functions, and the memory they work on.
//!
//! Every loop counts its rounds in a variable that nothing else writes, and the rounds of nested
//! loops and the statements of called functions are bounded together, so every kernel ends soon.
//! Invocations share memory only so that no order shows: each has elements of its own in every
//! buffer; what crosses goes through workgroup or storage memory that is written between two
//! barriers and read elsewhere; common atomics take one commutative operation each. Barriers stand
//! where control flow is uniform by construction. What may be written out of bounds is never
//! compared, but lies among variables and buffers that are.

use super::expr::{float, Exprs, Signature, Var};
use super::tree::{Block, Class, Expr, Function, Kernel, Loop, Stmt, Type};
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
/// What the common atomics do, by element: with one operation each, their order does not show.
const COMMON: [&str; 7] = [
    "atomicAdd",
    "atomicSub",
    "atomicAnd",
    "atomicOr",
    "atomicXor",
    "atomicMin",
    "atomicMax",
];

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
        let (header, mut globals) = self.memory(groups);
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

    /// Buffers: how they are bound and declared; what can be read of them comes into scope.
    fn memory(&mut self, groups: [u32; 3]) -> (Vec<String>, Vec<String>) {
        let n = self.invocations;
        let class = Class::variable(Some(Sc::F32));
        let mut words = |count: u32, floats: bool| {
            let words: Vec<String> = (0..count)
                .map(|_| {
                    let bits = match self.e.below(4) {
                        0 => self.e.below(8),
                        1 => 1 << self.e.below(32),
                        2 => u32::MAX - self.e.below(4),
                        _ => self.e.rng.u32(),
                    };
                    let small = (bits % (1 << (class.high - class.low + 1))) as i32
                        - (1 << (class.high - class.low));
                    let value = small as f32 * 2f32.powi(class.low);
                    let bits = if floats { value.to_bits() } else { bits };
                    bits.to_string()
                })
                .collect();
            words.join(",")
        };
        let uniform = format!(
            "{},{},{},0",
            words(20, false),
            words(12, true),
            words(3, true)
        );
        let mut header = vec![
            format!("bind 0.0 = u32:{uniform}"),
            format!("bind 0.1 = u32:{}", words(64, false)),
            format!("bind 0.2 = u32:{}", words(52, true)),
            format!("bind 0.3 = zeros:{}", n * OUTPUTS * 4),
            format!("bind 0.4 = zeros:{}", n * FLOATS * 4),
            format!("bind 0.5 = zeros:{}", n * 4),
            format!("bind 0.6 = i32:1,2,-1,0,5,2147483647,{}", i32::MIN),
            "bind 0.7 = zeros:68".into(),
            format!("bind 0.9 = zeros:{}", n * 4),
            "out 0.3 = u32".into(),
            "out 0.4 = f32 abs 1".into(),
            "out 0.5 = u32".into(),
            "out 0.6 = i32".into(),
        ];
        let mut needs = Vec::new();
        for (name, on) in [
            ("f16", self.e.flags.f16),
            ("int64", self.e.flags.i64),
            ("f64", self.e.flags.f64),
            ("subgroups", self.e.flags.subgroups),
        ] {
            if on {
                needs.push(name);
            }
        }
        if !needs.is_empty() {
            header.insert(0, format!("needs {}", needs.join(" ")));
        }
        let mut globals: Vec<String> = [
            "struct U { a: vec4<u32>, b: array<vec4<i32>, 4>, c: mat3x3<f32>, d: vec3<f32>, zero: u32 }",
            "struct F { s: array<f32, 16>, v: array<vec3<f32>, 4>, m: array<mat4x2<f32>, 2>, q: vec4<f32> }",
            "@group(0) @binding(0) var<uniform> uni: U;",
            "@group(0) @binding(1) var<storage, read> inp: array<u32>;",
            "@group(0) @binding(2) var<storage, read> fin: F;",
            "@group(0) @binding(3) var<storage, read_write> out: array<u32>;",
            "@group(0) @binding(4) var<storage, read_write> fout: array<f32>;",
            "@group(0) @binding(5) var<storage, read_write> own: array<atomic<u32>>;",
            "@group(0) @binding(6) var<storage, read_write> tally: array<atomic<i32>, 7>;",
            "@group(0) @binding(7) var<storage, read_write> junk: array<u32>;",
            "@group(0) @binding(9) var<storage, read_write> cross_: array<u32>;",
            "var<workgroup> counts: array<atomic<u32>, 4>;",
            "var<private> gid: u32;",
        ]
        .map(String::from)
        .to_vec();
        let vector = |n, sc| Type::Vector(n, sc);
        self.constant_input("uni.a", vector(4, Sc::U32));
        self.constant_input("uni.b", Type::Array(Rc::new(vector(4, Sc::I32)), 4));
        self.constant_input("uni.c", Type::Matrix(3, 3, Sc::F32));
        self.constant_input("uni.d", vector(3, Sc::F32));
        self.constant_input("fin.s", Type::Array(Rc::new(F32), 16));
        self.constant_input("fin.v", Type::Array(Rc::new(vector(3, Sc::F32)), 4));
        self.constant_input(
            "fin.m",
            Type::Array(Rc::new(Type::Matrix(4, 2, Sc::F32)), 2),
        );
        self.constant_input("fin.q", vector(4, Sc::F32));
        self.constant_input("gid", U32);
        let _ = groups;
        // A structure in storage memory, one for each invocation.
        let shareable: Vec<usize> = (0..self.e.structs.len())
            .filter(|&i| !self.e.has_bool(&Type::Struct(i)))
            .collect();
        if let Some(&i) = shareable.first() {
            // More than any layout needs.
            let bytes = n * self.e.scalars(&Type::Struct(i)) * 32;
            header.push(format!("bind 0.8 = zeros:{bytes}"));
            globals.push(format!(
                "@group(0) @binding(8) var<storage, read_write> recs: array<S{i}>;"
            ));
            self.e.vars.push(Var {
                text: "recs[gid]".into(),
                ty: Type::Struct(i),
                write: true,
                pointer: None,
            });
        }
        (header, globals)
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
            0..=5 => self.declare(place),
            6..=10 => self.assign(place),
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
            _ => self.assign(place),
        }
    }

    fn declare(&mut self, place: &Place) -> Block {
        let ty = self.e.ty(true, 2);
        if self.e.scalars(&ty) > 48 {
            return Vec::new();
        }
        let depth = 2 + self.e.below(3);
        let value = self.e.stored(&ty, depth);
        let name = self.fresh("v");
        let _ = place;
        let write = !self.e.once_in(3);
        let text = match write {
            false => format!("let {name} = $0;"),
            true if self.e.once_in(4) => format!("var {name}: {};", ty.wgsl()),
            true => format!("var {name} = $0;"),
        };
        self.e.vars.push(Var {
            pointer: write.then(|| format!("&{name}")),
            text: name,
            ty,
            write,
        });
        vec![Stmt::Line(text, vec![value])]
    }

    fn assign(&mut self, place: &Place) -> Block {
        let _ = place;
        for _ in 0..4 {
            let ty = match self.e.vars.iter().rev().filter(|v| v.write).nth(0) {
                Some(v) if self.e.rng.below(3) == 0 => v.ty.clone(),
                _ => self.e.ty(true, 1),
            };
            let Some(mut target) = self.e.place(&ty, true, 2) else {
                continue;
            };
            let integer = ty
                .scalar()
                .is_some_and(|sc| !sc.is_float() && sc != Sc::Bool);
            if integer && self.e.once_in(3) {
                if matches!(ty, Type::Scalar(_)) && self.e.once_in(3) {
                    let op = ["++", "--"][self.e.below(2) as usize];
                    return vec![Stmt::Line(format!("$0{op};"), vec![target])];
                }
                let op = ["+", "-", "*", "&", "|", "^"][self.e.below(6) as usize];
                let value = self.e.expr(&ty, 3);
                return vec![Stmt::Line(format!("$0 {op}= $1;"), vec![target, value])];
            }
            target.constant = false;
            let value = self.e.stored(&ty, 4);
            return vec![Stmt::Line("$0 = $1;".into(), vec![target, value])];
        }
        Vec::new()
    }

    /// Writes a value, made words, to this invocation's outputs.
    fn out(&mut self, value: Expr) -> Block {
        let slot = self.e.below(OUTPUTS);
        let op = ["=", "+=", "^=", "+="][self.e.below(4) as usize];
        // An array or a structure is shown by a part of it.
        let mut value = value;
        let mut turns = 0;
        while matches!(value.ty, Type::Array(..) | Type::Struct(_)) && turns < 6 {
            turns += 1;
            if !value.args.is_empty() || value.text.contains('(') {
                return Vec::new();
            }
            let want = self.leaf_type(&value.ty.clone());
            match self.e.descend(value.clone(), &want, 0) {
                Some(part) => value = part,
                None => return Vec::new(),
            }
        }
        let Some(sc) = value.ty.scalar() else {
            return Vec::new();
        };
        let value = self.e.fit(value);
        let (pattern, parts): (&str, Vec<String>) = match value.ty {
            Type::Scalar(_) => ("", vec![String::new()]),
            Type::Vector(n, _) => (
                "",
                ["x", "y", "z", "w"][..n as usize]
                    .iter()
                    .map(|c| format!(".{c}"))
                    .collect(),
            ),
            Type::Matrix(c, r, _) => (
                "",
                (0..c)
                    .flat_map(|c| {
                        ["x", "y", "z", "w"][..r as usize]
                            .iter()
                            .map(move |l| format!("[{c}].{l}"))
                    })
                    .collect(),
            ),
            Type::Array(..) | Type::Struct(_) => return Vec::new(),
        };
        let _ = pattern;
        let single = parts.len() == 1;
        let at = format!("out[gid * {OUTPUTS}u + {slot}u]");
        if single {
            let text = format!("{at} {op} {};", word(sc, "$0"));
            return vec![Stmt::Line(text, vec![value])];
        }
        let name = self.fresh("sum");
        let sum: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(i, part)| format!("{} * {}u", word(sc, &format!("{name}{part}")), 2 * i + 1))
            .collect();
        vec![Stmt::Whole(vec![
            Stmt::Line(format!("let {name} = $0;"), vec![value]),
            Stmt::Line(format!("{at} {op} {};", sum.join(" + ")), Vec::new()),
        ])]
    }

    /// The type of some scalar, vector or matrix in a composite.
    fn leaf_type(&mut self, ty: &Type) -> Type {
        match ty {
            Type::Array(of, _) => self.leaf_type(of),
            Type::Struct(i) => {
                let members = self.e.structs[*i].clone();
                let m = self.e.below(members.len() as u32) as usize;
                self.leaf_type(&members[m])
            }
            Type::Scalar(_) | Type::Vector(..) | Type::Matrix(..) => ty.clone(),
        }
    }

    fn switch(&mut self, inner: &Place) -> Block {
        let inner = &Place {
            breaks: true,
            ..inner.clone()
        };
        let signed = self.e.once_in(2);
        let sc = if signed { Sc::I32 } else { Sc::U32 };
        let ty = Type::Scalar(sc);
        let e = self.e.expr(&ty, 3);
        let e = if e.constant { self.e.runtime(&ty) } else { e };
        let suffix = if signed { "i" } else { "u" };
        let class = e.class;
        let selector = match self.e.below(4) {
            0 => e,
            1 if signed => Expr::new(ty, class, "($0 % 5i)", vec![e]),
            _ => Expr::new(ty, class, format!("($0 & 7{suffix})"), vec![e]),
        };
        let cases = 1 + self.e.below(5);
        let default = self.e.below(cases + 1);
        let mut value = if signed { -3i32 } else { 0 };
        let mut out = Vec::new();
        for i in 0..=cases {
            let mut labels = Vec::new();
            for _ in 0..self.e.below(3) {
                value += 1 + self.e.below(2) as i32;
                labels.push(format!("{value}{suffix}"));
            }
            if i == default {
                let at = self.e.below(labels.len() as u32 + 1) as usize;
                labels.insert(at, "default".into());
            }
            if labels.is_empty() {
                continue;
            }
            let head = match labels.as_slice() {
                [one] if one == "default" => "default".to_string(),
                _ => format!("case {}", labels.join(", ")),
            };
            let n = self.e.below(4);
            let body = self.statements(inner, n);
            out.push((head, body));
        }
        vec![Stmt::Switch(selector, out)]
    }

    /// A bound on rounds: an expression that may change from round to round, but never exceeds.
    fn rounds(&mut self, uniform: bool) -> (Expr, u32) {
        let most = [1, 2, 3, 4, 7][self.e.below(5) as usize];
        if uniform {
            let e = self.uniform_word();
            let class = e.class;
            let text = format!("($0 % {}u)", most + 1);
            return (Expr::new(U32, class, text, vec![e]), most);
        }
        if self.e.once_in(2) {
            return (Expr::literal(U32, format!("{most}u")), most);
        }
        let e = self.e.expr(&U32, 2);
        let e = if e.constant { self.e.runtime(&U32) } else { e };
        let class = e.class;
        let text = format!("($0 % {}u)", most + 1);
        (Expr::new(U32, class, text, vec![e]), most)
    }

    fn repeat(&mut self, place: &Place, inner: &Place) -> Block {
        let uniform = inner.uniform;
        let (bound, most) = self.rounds(uniform);
        if place.times * most > 48 {
            return self.assign(place);
        }
        let counter = self.fresh("c");
        let inside = Place {
            breaks: !uniform,
            continues: !uniform,
            times: place.times * most,
            ..inner.clone()
        };
        let scope = self.e.vars.len();
        self.constant_input(&counter, U32);
        let n = 1 + self.e.below(4);
        self.e.times = inside.times;
        let body = self.statements(&inside, n);
        let made = match self.e.below(3) {
            0 => vec![Stmt::Loop(Loop {
                head: format!("for (var {counter} = 0u; {counter} < $0; {counter}++) {{"),
                args: vec![bound],
                body,
                tail: None,
            })],
            1 => vec![Stmt::Whole(vec![
                Stmt::Line(format!("var {counter} = 0u;"), Vec::new()),
                Stmt::Loop(Loop {
                    head: format!("while ({counter} < $0) {{ {counter} += 1u;"),
                    args: vec![bound],
                    body,
                    tail: None,
                }),
            ])],
            _ => {
                let still = Place {
                    breaks: false,
                    continues: false,
                    returns: None,
                    uniform: false,
                    depth: 4,
                    ..inside
                };
                let n = self.e.below(3);
                let tail = self.statements(&still, n);
                let condition = match self.e.once_in(2) {
                    true if uniform => {
                        let e = self.uniform_word();
                        let class = e.class;
                        let text = format!("(($0 ^ {counter}) % 4u == 3u)");
                        Some(Expr::new(BOOL, class, text, vec![e]))
                    }
                    true => Some(self.e.expr(&BOOL, 2)),
                    false => None,
                };
                vec![Stmt::Whole(vec![
                    Stmt::Line(format!("var {counter} = 0u;"), Vec::new()),
                    Stmt::Loop(Loop {
                        head: format!("loop {{ if ({counter} >= $0) {{ break; }}"),
                        args: vec![bound],
                        body,
                        tail: Some((tail, format!("{counter}++;"), condition)),
                    }),
                ])]
            }
        };
        self.e.vars.truncate(scope);
        made
    }

    /// `break`, `continue` or `return` for some.
    fn leave(&mut self, place: &Place) -> Block {
        let mut ways = Vec::new();
        if place.breaks {
            ways.push(Stmt::Line("break;".into(), Vec::new()));
        }
        if place.continues {
            ways.push(Stmt::Line("continue;".into(), Vec::new()));
        }
        match &place.returns {
            Some(None) if self.e.once_in(3) => {
                ways.push(Stmt::Line("return;".into(), Vec::new()));
            }
            Some(Some(ty)) => {
                let value = self.e.stored(ty, 2);
                ways.push(Stmt::Line("return $0;".into(), vec![value]));
            }
            Some(None) | None => {}
        }
        if ways.is_empty() {
            return self.assign(place);
        }
        let way = ways.swap_remove(self.e.below(ways.len() as u32) as usize);
        let condition = self.e.expr(&BOOL, 3);
        vec![Stmt::If(condition, vec![way], Vec::new())]
    }

    /// Calls a function with side effects.
    fn call(&mut self) -> Block {
        if self.effects.is_empty() {
            return Vec::new();
        }
        let i = self.e.below(self.effects.len() as u32) as usize;
        let s = self.effects[i].signature.clone();
        let cost = s.cost.saturating_mul(self.e.times);
        if cost > self.e.budget {
            return Vec::new();
        }
        self.e.budget -= cost;
        let pointers = self.effects[i].pointers.clone();
        let mut used: Vec<String> = Vec::new();
        let mut args = Vec::new();
        for (ty, pointer) in s.params.iter().zip(pointers) {
            if !pointer {
                args.push(self.e.stored(ty, 2));
                continue;
            }
            // Two pointers to one variable are not allowed.
            let fit: Vec<String> = self
                .e
                .vars
                .iter()
                .filter(|v| v.ty == *ty)
                .filter_map(|v| v.pointer.clone())
                .filter(|p| !used.contains(p))
                .collect();
            let at = self.e.below(fit.len() as u32) as usize;
            let Some(pointer) = fit.get(at).cloned() else {
                return Vec::new();
            };
            used.push(pointer.clone());
            args.push(Expr::leaf(Type::Array(Rc::new(ty.clone()), 0), pointer));
        }
        let holes: Vec<String> = (0..args.len()).map(|i| format!("${i}")).collect();
        let call = format!("{}({})", s.name, holes.join(", "));
        if self.e.once_in(3) {
            return vec![Stmt::Line(format!("{call};"), args)];
        }
        let name = self.fresh("r");
        self.constant_input(&name, s.result.clone());
        vec![Stmt::Line(format!("let {name} = {call};"), args)]
    }

    /// Writes wherever it likes, in memory that does not count.
    fn junk(&mut self) -> Block {
        let index = match self.e.once_in(2) {
            true => self.e.expr(&I32, 2),
            false => self.e.expr(&U32, 2),
        };
        let ty = index.ty.clone();
        let index = if index.constant {
            self.e.runtime(&ty)
        } else {
            index
        };
        let value = self.e.expr(&U32, 2);
        match self.e.below(3) {
            0 => vec![Stmt::Line("junk[$0] = $1;".into(), vec![index, value])],
            1 => {
                let name = self.fresh("j");
                let n = 1 + self.e.below(9);
                let after = format!("out[gid * {OUTPUTS}u] += {name}[0] & uni.zero;");
                vec![Stmt::Whole(vec![
                    Stmt::Line(format!("var {name}: array<u32, {n}>;"), Vec::new()),
                    Stmt::Line(format!("{name}[$0] = $1;"), vec![index, value]),
                    Stmt::Line(after, Vec::new()),
                ])]
            }
            _ => {
                let text = format!("out[gid * {OUTPUTS}u + 1u] += junk[$0] & uni.zero;");
                vec![Stmt::Line(text, vec![index])]
            }
        }
    }

    fn atomic(&mut self) -> Block {
        if self.e.once_in(2) {
            let i = self.e.below(COMMON.len() as u32);
            let value = self.e.expr(&I32, 3);
            let text = format!("{}(&tally[{i}], $0);", COMMON[i as usize]);
            return vec![Stmt::Line(text, vec![value])];
        }
        let value = self.e.expr(&U32, 3);
        let f = match self.e.below(9) {
            7 => "atomicExchange",
            8 => {
                let name = self.fresh("x");
                self.constant_input(&name, U32);
                let text = format!("let {name} = atomicLoad(&own[gid]) ^ $0;");
                return vec![Stmt::Line(text, vec![value])];
            }
            n => COMMON[n as usize],
        };
        let name = self.fresh("x");
        self.constant_input(&name, U32);
        vec![Stmt::Line(
            format!("let {name} = {f}(&own[gid], $0);"),
            vec![value],
        )]
    }

    /// A function whose result WGSL bounds: scaled by a power of two so that it may be off by one.
    fn approximate(&mut self) -> Block {
        // Operands are multiples of 1/8 of at most 64.
        let forms: [(&str, i32); 12] = [
            // The reciprocal of inverseSqrt, both within 2.5 units in the last place.
            ("sqrt(abs($0))", 17),
            // 3 + 2|x| units of at most 2^-18.
            ("exp(clamp($0, -4f, 4f))", 13),
            ("exp2(clamp($0, -4f, 4f))", 15),
            // 2^-11 absolute in [-pi, pi].
            ("sin(clamp($0, -3f, 3f))", 11),
            ("cos(clamp($0, -3f, 3f))", 11),
            // Three units of 2^-21.
            ("log(abs($0) + 0.125f)", 18),
            ("log2(abs($0) + 0.125f)", 18),
            // 2.5 units of 2^-14.
            ("($0 / (abs($1) + 0.125f))", 12),
            ("inverseSqrt(abs($0) + 0.125f)", 19),
            // 4,096 units of 2^-23.
            ("atan($0)", 10),
            ("length(vec2($0, $1))", 13),
            ("smoothstep(-8f, 8f, $0)", 18),
        ];
        let (form, scale) = forms[self.e.below(forms.len() as u32) as usize];
        let args = vec![self.e.stored(&F32, 3), self.e.stored(&F32, 2)];
        let args: Vec<Expr> = args
            .into_iter()
            .map(|a| if a.constant { self.e.runtime(&F32) } else { a })
            .collect();
        let slot = self.e.below(FLOATS);
        let scale = float(Sc::F32, 2f64.powi(scale));
        let text = format!("fout[gid * {FLOATS}u + {slot}u] = {form} * {scale};");
        vec![Stmt::Line(text, args)]
    }

    fn subgroup(&mut self, place: &Place) -> Block {
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

    /// A word that is the same for a whole workgroup.
    fn uniform_word(&mut self) -> Expr {
        let text = match self.e.below(4) {
            0 => format!("uni.a.{}", ["x", "y", "z", "w"][self.e.below(4) as usize]),
            1 => format!("u32(uni.b[{}].x)", self.e.below(4)),
            2 => "wid.x".into(),
            _ => format!("(wid.y + {}u)", self.e.below(5)),
        };
        Expr::leaf(U32, text)
    }

    /// What a workgroup does together.
    fn together(&mut self, place: &Place) -> Block {
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
            _ => self.declare(place),
        }
    }
}

/// A scalar as a word.
fn word(sc: Sc, text: &str) -> String {
    match sc {
        Sc::U32 => text.to_string(),
        Sc::Bool | Sc::I32 | Sc::I16 | Sc::U16 => format!("u32({text})"),
        Sc::U64 => format!("u32({text} % 4294967291lu)"),
        Sc::I64 => format!("u32(u64({text}) % 4294967291lu)"),
        Sc::F16 | Sc::F32 | Sc::F64 => {
            let unit = 2f64.powi(-Class::variable(Some(sc)).low);
            format!("u32(i32({text} * {}))", float(sc, unit))
        }
    }
}
