//! Layout of host-shareable types: offsets, strides and padding of structs,
//! arrays, vectors and matrices in storage and uniform buffers, and copies of
//! whole values through every address space. The rules are those of the
//! specification's table, written down once more here.

use super::program::Program;
use super::sweep::Ty;
use super::values::{enables, from_f64, needs};
use super::{Expect, Sink};
use crate::kernels::Usage;
use crate::rng::Rng;
use crate::scalar::Sc;

/// A type tree.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(Ty),
    Array(Box<Tree>, usize),
    /// Struct with its index, for its name.
    Struct(usize, Vec<Tree>),
}

fn round_up(x: usize, to: usize) -> usize {
    x.div_ceil(to) * to
}

impl Tree {
    fn align(&self) -> usize {
        match self {
            Tree::Leaf(ty) => {
                let rows = if ty.rows == 3 { 4 } else { ty.rows };
                rows * ty.sc.width()
            }
            Tree::Array(e, _) => e.align(),
            Tree::Struct(_, members) => members.iter().map(Tree::align).max().unwrap_or(1),
        }
    }

    fn size(&self) -> usize {
        match self {
            Tree::Leaf(ty) if ty.cols > 1 => ty.stride(),
            Tree::Leaf(ty) => ty.rows * ty.sc.width(),
            Tree::Array(e, n) => n * e.stride(),
            Tree::Struct(_, members) => {
                let end = members
                    .iter()
                    .fold(0, |at, m| round_up(at, m.align()) + m.size());
                round_up(end, self.align())
            }
        }
    }

    fn stride(&self) -> usize {
        round_up(self.size(), self.align())
    }

    fn wgsl(&self) -> String {
        match self {
            Tree::Leaf(ty) => ty.wgsl(),
            Tree::Array(e, n) => format!("array<{}, {n}>", e.wgsl()),
            Tree::Struct(id, _) => format!("S{id}"),
        }
    }

    fn declare(&self, out: &mut String) {
        match self {
            Tree::Leaf(_) => {}
            Tree::Array(e, _) => e.declare(out),
            Tree::Struct(id, members) => {
                members.iter().for_each(|m| m.declare(out));
                let fields: Vec<String> = members
                    .iter()
                    .enumerate()
                    .map(|(i, m)| format!("m{i}: {}", m.wgsl()))
                    .collect();
                out.push_str(&format!("struct S{id} {{ {} }}\n", fields.join(", ")));
            }
        }
    }

    /// Every scalar: path, byte offset, type.
    fn scalars(&self, path: &str, at: usize, out: &mut Vec<(String, usize, Sc)>) {
        match self {
            Tree::Leaf(ty) => {
                for c in 0..ty.comps() {
                    let part = match (ty.cols, ty.rows) {
                        (1, 1) => String::new(),
                        (1, _) => format!("[{c}]"),
                        (_, rows) => format!("[{}][{}]", c / rows, c % rows),
                    };
                    out.push((format!("{path}{part}"), at + ty.offset(c), ty.sc));
                }
            }
            Tree::Array(e, n) => {
                (0..*n).for_each(|i| e.scalars(&format!("{path}[{i}]"), at + i * e.stride(), out))
            }
            Tree::Struct(_, members) => {
                let mut offset = 0;
                for (i, m) in members.iter().enumerate() {
                    offset = round_up(offset, m.align());
                    m.scalars(&format!("{path}.m{i}"), at + offset, out);
                    offset += m.size();
                }
            }
        }
    }

    fn types(&self, out: &mut Vec<Sc>) {
        match self {
            Tree::Leaf(ty) => out.push(ty.sc),
            Tree::Array(e, _) => e.types(out),
            Tree::Struct(_, members) => members.iter().for_each(|m| m.types(out)),
        }
    }

    /// Whether a uniform buffer may hold it: strides and nested structs are
    /// aligned to 16 there.
    fn is_uniform(&self) -> bool {
        match self {
            Tree::Leaf(_) => true,
            Tree::Array(e, _) => e.stride() % 16 == 0 && e.align() % 16 == 0 && e.is_uniform(),
            Tree::Struct(_, members) => {
                members.iter().all(Tree::is_uniform)
                    && !members
                        .iter()
                        .any(|m| matches!(m, Tree::Struct(..) | Tree::Array(..)))
            }
        }
    }
}

fn leaf(rng: &mut Rng, scs: &[Sc]) -> Tree {
    let sc = scs[rng.below(scs.len() as u32) as usize];
    let matrix = sc.is_float() && rng.below(3) == 0;
    let mut n = || 2 + rng.below(3) as usize;
    Tree::Leaf(match matrix {
        true => Ty::mat(n(), n(), sc),
        false => Ty::vec(n() - 1, sc),
    })
}

fn tree(rng: &mut Rng, scs: &[Sc], depth: u32, next: &mut usize) -> Tree {
    match rng.below(if depth == 0 { 1 } else { 4 }) {
        0 => leaf(rng, scs),
        1 => Tree::Array(
            Box::new(tree(rng, scs, depth - 1, next)),
            1 + rng.below(3) as usize,
        ),
        _ => {
            let members = (0..1 + rng.below(4))
                .map(|_| tree(rng, scs, depth - 1, next))
                .collect();
            *next += 1;
            Tree::Struct(*next, members)
        }
    }
}

pub(super) fn generate(sink: &mut Sink) {
    let words = [Sc::F32, Sc::U32, Sc::I32];
    let sets: [(&str, &[Sc], u32); 4] = [
        ("32 bits", &words, 40),
        ("with f16", &[Sc::F32, Sc::U32, Sc::F16], 20),
        ("with 64-bit integers", &[Sc::U32, Sc::I64, Sc::U64], 12),
        ("with f64", &[Sc::F32, Sc::F64], 12),
    ];
    for (label, scs, count) in sets {
        let mut rng = Rng::new(101);
        // Every leaf once, and random trees.
        let mut trees: Vec<Tree> = Vec::new();
        for &sc in scs {
            trees.extend((1..=4).map(|n| Tree::Leaf(Ty::vec(n, sc))));
            if sc.is_float() {
                trees.extend((0..9).map(|k| Tree::Leaf(Ty::mat(2 + k / 3, 2 + k % 3, sc))));
            }
        }
        let mut next = 0;
        while trees.len() < 9 + count as usize + scs.len() * 4 {
            let t = tree(&mut rng, scs, 3, &mut next);
            let mut scalars = Vec::new();
            t.scalars("", 0, &mut scalars);
            if (2..=120).contains(&scalars.len()) {
                trees.push(t);
            }
        }
        for (i, t) in trees.iter().enumerate() {
            // A scalar before it and a tail after it, so that its own place matters.
            next += 1;
            let whole = Tree::Struct(
                next,
                vec![
                    Tree::Leaf(Ty::vec(1, Sc::U32)),
                    t.clone(),
                    Tree::Leaf(Ty::vec(1, Sc::U32)),
                ],
            );
            programs(sink, &format!("{label} {i}"), &whole);
        }
    }
}

/// A value that is its scalar's number, as bits of its type.
fn value(sc: Sc, n: usize) -> u64 {
    match sc {
        Sc::F16 | Sc::F32 | Sc::F64 => from_f64(sc, n as f64 + 0.5),
        _ => n as u64 + 1000,
    }
}

fn literal(sc: Sc, n: usize) -> String {
    match sc {
        Sc::F16 => format!("{n}.5h"),
        Sc::F32 => format!("{n}.5f"),
        Sc::F64 => format!("{n}.5lf"),
        Sc::I64 => format!("{}li", n + 1000),
        Sc::U64 => format!("{}lu", n + 1000),
        Sc::I32 => format!("{}i", n + 1000),
        _ => format!("{}u", n + 1000),
    }
}

fn programs(sink: &mut Sink, name: &str, tree: &Tree) {
    let mut scalars = Vec::new();
    tree.scalars("", 0, &mut scalars);
    let mut types = Vec::new();
    tree.types(&mut types);
    let needs = needs(&types);
    let mut decls = enables(&types);
    tree.declare(&mut decls);
    let (ty, size) = (tree.wgsl(), tree.size());
    let mut filled = vec![0xee; size];
    for (n, (_, at, sc)) in scalars.iter().enumerate() {
        filled[*at..*at + sc.width()].copy_from_slice(&value(*sc, n).to_le_bytes()[..sc.width()]);
    }

    // Each scalar, compared where it is: a word per scalar says whether it was right.
    let mut spaces = vec![("storage", "var<storage, read>", Usage::ReadOnly)];
    if tree.is_uniform() {
        spaces.push(("uniform", "var<uniform>", Usage::Uniform));
    }
    for (space, var, usage) in spaces {
        let mut wgsl = format!("{decls}@group(0) @binding(0) var<storage, read_write> o: array<u32>;\n@group(0) @binding(1) {var} s: {ty};\n@compute @workgroup_size(1) fn main() {{\n");
        for (n, (path, _, sc)) in scalars.iter().enumerate() {
            wgsl.push_str(&format!(
                "o[{n}] = select(0u, {}u, s{path} == {});\n",
                n + 1,
                literal(*sc, n)
            ));
        }
        wgsl.push_str("}\n");
        let outputs: Vec<u32> = (1..=scalars.len() as u32).collect();
        Program::new(format!("read {space} {name}"), wgsl)
            .needs(&needs)
            .output(&outputs)
            .raw(1, usage, filled.clone())
            .emit(sink);
    }

    // Each scalar written; padding stays.
    let mut wgsl = format!("{decls}@group(0) @binding(0) var<storage, read_write> s: {ty};\n@compute @workgroup_size(1) fn main() {{\n");
    for (n, (path, _, sc)) in scalars.iter().enumerate() {
        wgsl.push_str(&format!("s{path} = {};\n", literal(*sc, n)));
    }
    wgsl.push_str("}\n");
    let mut program = Program::new(format!("write {name}"), wgsl)
        .needs(&needs)
        .raw(0, Usage::ReadWrite, vec![0xee; size]);
    for (at, &byte) in filled.iter().enumerate() {
        program = program.expect_at(0, at, Sc::Bool, Expect::bits(byte.into()));
    }
    program.emit(sink);

    // Whole values, through every address space; padding may change.
    let steps = "var f = s; p = f; w = p; workgroupBarrier(); let c = w; d = hand_on(c);";
    let wgsl = format!(
        "{decls}@group(0) @binding(0) var<storage, read_write> d: {ty};\n@group(0) @binding(1) var<storage, read> s: {ty};
        var<private> p: {ty}; var<workgroup> w: {ty};
        fn hand_on(x: {ty}) -> {ty} {{ return x; }}
        @compute @workgroup_size(1) fn main() {{ {steps} }}\n"
    );
    let mut program = Program::new(format!("copy {name}"), wgsl)
        .needs(&needs)
        .raw(0, Usage::ReadWrite, vec![0; size])
        .raw(1, Usage::ReadOnly, filled);
    for (n, (_, at, sc)) in scalars.iter().enumerate() {
        program = program.expect_at(0, *at, *sc, Expect::bits(value(*sc, n)));
    }
    program.emit(sink);
}
