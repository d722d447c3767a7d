//! The PTX back end: kernel IR to text that NVIDIA's driver, or ptxas, makes machine code of.
//!
//! ptxas allocates registers, schedules, unrolls, joins sums and products and finds where lanes
//! meet. What it does not do is decided here: 64-bit addresses and clamps ([`address`]), wide
//! accesses ([`memory`]), which lanes take part ([`mask`]), masked shift amounts. An endless loop is
//! not bounded by a counter; ptxas may delete one without effects, which is why no fact that only
//! its end would tell is ever used (see [`crate::passes`]), and why clamps are arithmetic.

mod address;
mod builtins;
mod control;
mod convert;
mod emit;
mod float;
mod integer;
mod layout;
mod mask;
mod memory;
mod names;
mod subgroup;
mod text;

use std::fmt::Write;

use crate::debug::{self, Topic};
use crate::kernel::*;
use crate::{Compiled, Error, Options, Stats};

use address::{ARGUMENTS, DYNAMIC_SHARED};
use emit::Emitter;
use layout::Layout;

/// Most bytes of workgroup memory that a target gives a workgroup (CUDA programming guide,
/// "Technical Specifications per Compute Capability").
fn max_shared(sm: u32) -> u32 {
    1024 * match sm {
        75 => 64,
        80 | 87 => 163,
        90 | 100 | 103 => 227,
        _ => 99,
    }
}

/// Most bytes of local memory that a thread may have (the same table).
const MAX_LOCAL: u32 = 512 * 1024;

/// Most bytes of parameters before PTX 8.1 (PTX ISA, "Parameter State Space").
const MAX_ARGUMENTS: u32 = 4096;

/// Oldest PTX version that knows a target and what is emitted for it. Drivers refuse what is newer
/// than they are.
fn version(sm: u32) -> &'static str {
    match sm {
        // The target is known from 6.3 on, `abs.f16` from 6.5.
        75 => "6.5",
        80 => "7.0",
        86 => "7.1",
        89 | 90 => "7.8",
        100 => "8.6",
        _ => "8.7",
    }
}

/// Compiles an optimised kernel for a compute capability.
pub fn compile(kernel: &Kernel, sm: u32, options: &Options) -> Result<Compiled, Error> {
    let mut walk = Walk::new(kernel);
    let steps: Vec<Step> = std::iter::from_fn(|| walk.next(kernel)).collect();
    let layout = layout::layout(kernel, &steps);
    let limits = [
        (
            "bytes of workgroup memory",
            layout.shared_size,
            max_shared(sm),
        ),
        (
            "bytes of memory of an invocation",
            layout.local_size,
            MAX_LOCAL,
        ),
        ("bytes of arguments", layout.argument_size, MAX_ARGUMENTS),
    ];
    for (what, asked, max) in limits {
        if asked > max {
            return Err(Error::Limit {
                what,
                asked: asked.into(),
                max: max.into(),
                span: naga::Span::UNDEFINED,
            });
        }
    }
    let symbol = names::symbol(&kernel.name);
    let mut emitter = Emitter::new(kernel, &layout, &steps, sm, options);
    for &step in &steps {
        emitter.step(step)?;
    }
    let text = module(kernel, &layout, &symbol, sm, &emitter);
    if debug::on(Topic::Asm) {
        eprintln!("{text}");
    }
    let stats = Stats {
        instructions: emitter.text.classes().clone(),
        code_bytes: text.len() as u32,
        workgroup_memory: layout.shared_size,
        scratch: layout.local_size,
        ir_instructions: steps
            .iter()
            .filter(|step| matches!(step, Step::Inst(_)))
            .count() as u32,
        ..Stats::default()
    };
    Ok(Compiled {
        object: text.into_bytes(),
        reflection: layout.reflection(&emitter, &symbol),
        stats,
    })
}

/// The whole text: directives, declarations, code.
fn module(kernel: &Kernel, layout: &Layout, symbol: &str, sm: u32, emitter: &Emitter) -> String {
    let mut out = String::new();
    let _ = writeln!(out, ".version {}", version(sm));
    let _ = writeln!(out, ".target sm_{sm}");
    let _ = writeln!(out, ".address_size 64\n");
    for (id, binding) in kernel.bindings.iter() {
        if let Some(at) = layout.bindings[id] {
            let _ = writeln!(
                out,
                "// {ARGUMENTS}+{at}: @group({}) @binding({}) {} {}",
                binding.group,
                binding.binding,
                binding.kind.name(),
                names::comment(&binding.name)
            );
        }
        for limit in &emitter.limits[id] {
            let _ = writeln!(
                out,
                "// {ARGUMENTS}+{}: (size - {} & -{}) >> {}",
                limit.offset, limit.end, limit.align, limit.shift
            );
        }
    }
    if let Some(at) = layout.immediates {
        let _ = writeln!(out, "// {ARGUMENTS}+{at}: immediates");
    }
    if layout.dynamic_shared() {
        let _ = writeln!(out, "// workgroup memory: {} bytes", layout.shared_size);
        let _ = writeln!(out, ".extern .shared .align 16 .b8 {DYNAMIC_SHARED}[];");
    }
    let parameters = match emitter.argument_size {
        0 => String::new(),
        bytes => format!(".param .align 16 .b8 {ARGUMENTS}[{bytes}]"),
    };
    let [x, y, z] = kernel.workgroup_size;
    let _ = writeln!(out, ".visible .entry {symbol}({parameters})");
    let _ = writeln!(out, ".reqntid {x}, {y}, {z}\n{{");
    for (id, variable) in kernel.shared.iter() {
        if layout.shared[id].is_some() && !layout.dynamic_shared() {
            let name = names::variable(&variable.name, id);
            let _ = writeln!(
                out,
                "\t.shared .align 16 .b8 {name}[{}];",
                variable.size.max(1)
            );
        }
    }
    for (id, variable) in kernel.locals.iter() {
        if layout.locals[id] {
            let name = names::variable(&variable.name, id);
            let (align, size) = (variable.align.max(4), variable.size.max(1));
            let _ = writeln!(out, "\t.local .align {align} .b8 {name}[{size}];");
        }
    }
    emitter.text.finish(&mut out);
    out.push_str("}\n");
    out
}
