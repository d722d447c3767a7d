//! The AMD back end: kernel IR to RDNA3/RDNA4 machine code in an HSA code object.
//!
//! [`flow`] finds what is uniform, [`select`] makes machine IR over virtual registers, [`regalloc`]
//! gives them hardware registers under a symbolic checker, and what follows works on the final
//! instructions.

pub mod object;

mod abi;
mod asm;
mod check;
mod control;
mod copies;
mod dce;
mod dual;
mod far;
mod finish;
mod flow;
mod hazards;
mod hints;
mod live;
mod mir;
mod regalloc;
mod rewrite;
mod schedule;
mod select;
#[cfg(test)]
mod sequences;
mod spill;
mod waits;

use std::collections::BTreeMap;
use std::fmt::Write;

use rdna_isa::{Arch, Packet};

use crate::debug::{self, Topic};
use crate::kernel::Kernel;
use crate::{Compiled, Error, Options, Stats};

pub use mir::Registers;

/// Compiles an optimised kernel.
pub fn compile(kernel: &Kernel, arch: Arch, options: &Options) -> Result<Compiled, Error> {
    compile_within(kernel, arch, options, Registers::default())
}

/// The same with fewer registers than the hardware has: how tests reach spilling and moving with
/// small kernels. With fewer than 40 of either, large kernels may not fit however much is spilled:
/// scalar registers are spilled to lanes of vector registers, which are then missing.
pub fn compile_within(
    kernel: &Kernel,
    arch: Arch,
    options: &Options,
    registers: Registers,
) -> Result<Compiled, Error> {
    let _ = options;
    let Generated { flow, abi, f, code } = generate(kernel, arch, registers)?;
    let assembled = finish::assemble(&code)?;
    if debug::on(Topic::Asm) {
        eprintln!(
            "; {} for {}\n{}",
            kernel.name,
            arch.name(),
            text(&assembled.packets, arch)
        );
    }
    let reflection = abi.reflection(kernel, f.scratch);
    let object = object::write(&object::Image {
        name: &kernel.name,
        arch,
        code: &assembled.words,
        workgroup_size: kernel.workgroup_size,
        vgprs: code.vgprs,
        sgprs: code.sgprs,
        lds: abi.lds,
        scratch: f.scratch,
        argument_size: abi.argument_size,
        user_sgprs: abi.user_sgprs,
        workgroup_ids: abi.workgroup_ids,
        local_id_axes: abi.local_id_axes,
    });
    let stats = Stats {
        instructions: classes(&assembled.packets),
        code_bytes: assembled.words.len() as u32 * 4,
        vgprs: code.vgprs,
        sgprs: code.sgprs,
        spills: f.spills,
        workgroup_memory: abi.lds,
        scratch: f.scratch,
        occupancy: occupancy(arch, code.vgprs, abi.lds, kernel.workgroup_threads()),
        ir_instructions: flow
            .steps
            .iter()
            .filter(|s| matches!(s, crate::kernel::Step::Inst(_)))
            .count() as u32,
    };
    Ok(Compiled {
        object,
        reflection,
        stats,
    })
}

/// The machine code of a kernel as it stands, as text in blocks: what tests compare.
pub fn assembly(kernel: &Kernel, arch: Arch) -> Result<String, Error> {
    let generated = generate(kernel, arch, Registers::default())?;
    Ok(asm::print(&generated.code))
}

/// A kernel's code before it is encoded, and what was found out on the way.
struct Generated {
    flow: flow::Flow,
    abi: abi::Abi,
    f: mir::Function,
    code: asm::Code,
}

fn generate(kernel: &Kernel, arch: Arch, registers: Registers) -> Result<Generated, Error> {
    let flow = flow::analyse(kernel);
    let abi = abi::layout(kernel, arch, &flow.steps);
    if abi.lds > MAX_LDS {
        return Err(Error::Limit {
            what: "bytes of workgroup memory",
            asked: abi.lds.into(),
            max: MAX_LDS.into(),
            span: naga::Span::UNDEFINED,
        });
    }
    let mut f = select::select(kernel, &flow, &abi, arch)?;
    f.registers = registers;
    dce::run(&mut f);
    if debug::on(Topic::Mir) {
        eprintln!("; {} after selection\n{}", kernel.name, mir::print(&f));
    }
    let live = live::Liveness::new(&f);
    schedule::run(&mut f, &live);
    if debug::on(Topic::Mir) {
        eprintln!("; {} after scheduling\n{}", kernel.name, mir::print(&f));
    }
    let live = spill::run(&mut f, live)?;
    let allocation = regalloc::run(&f, &live)?;
    if cfg!(debug_assertions) {
        check::check(&f, &allocation)?;
    }
    let mut code = rewrite::run(&f, &allocation)?;
    control::run(&mut code);
    dual::accumulate(&mut code);
    finish::forms(&mut code);
    dual::run(&mut code);
    waits::run(&mut code);
    hazards::run(&mut code);
    hints::run(&mut code);
    far::run(&mut code);
    Ok(Generated { flow, abi, f, code })
}

/// Bytes of LDS that a workgroup may use.
const MAX_LDS: u32 = 64 * 1024;

/// The instructions as assembler text.
pub fn text(packets: &[Packet], arch: Arch) -> String {
    let mut out = String::new();
    for packet in packets {
        let _ = writeln!(out, "    {}", packet.display(arch.gen()));
    }
    out
}

fn classes(packets: &[Packet]) -> BTreeMap<String, u32> {
    let mut out = BTreeMap::new();
    for packet in packets {
        let class = match packet {
            Packet::One(inst) => inst.op.info().class,
            Packet::Dual { .. } => rdna_isa::Class::Vopd,
        };
        *out.entry(format!("{class:?}").to_lowercase()).or_insert(0) += 1;
    }
    out
}

/// Vector registers of a SIMD in wave32, and the granule in which waves get them (LLVM's
/// AMDGPUBaseInfo: gfx1102 has the smaller file).
fn vector_file(arch: Arch) -> (u32, u32) {
    match arch {
        Arch::Gfx1102 => (1024, 16),
        Arch::Gfx1100 | Arch::Gfx1101 | Arch::Gfx1200 | Arch::Gfx1201 => (1536, 24),
    }
}

/// Waves that a SIMD holds at most.
const MAX_WAVES: u32 = 16;

/// Vector registers that a wave may use when a SIMD is to hold all its waves.
fn vgprs_of_full_occupancy(arch: Arch) -> u32 {
    vector_file(arch).0 / MAX_WAVES
}

/// Waves that a SIMD holds, by its vector registers and by the 128 KiB of LDS for the four SIMDs of
/// a workgroup processor.
fn occupancy(arch: Arch, vgprs: u32, lds: u32, threads: u32) -> u32 {
    let (file, granule) = vector_file(arch);
    let by_registers = file / vgprs.max(1).next_multiple_of(granule);
    let waves = threads.div_ceil(32).max(1);
    let by_lds = match lds {
        0 => MAX_WAVES,
        n => ((64 * 1024 / n.next_multiple_of(512)) * waves / 2).max(1),
    };
    by_registers.min(by_lds).clamp(1, MAX_WAVES)
}
