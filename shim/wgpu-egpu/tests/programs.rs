//! Whole wgpu programs on virtual cards of both generations, in process, in strict mode.

use egpu_conformance::programs;
use libtest_mimic::{Arguments, Failed, Trial};
use wgpu_egpu::{instance_with, Options};

fn run(program: &programs::Program, adapter: &str) -> Result<(), Failed> {
    let mut options = Options::default();
    options.cards.adapter = Some(adapter.into());
    options.cards.virtual_card.strict = true;
    // Small: one of the programs takes all of it.
    options.cards.virtual_card.vram = 1 << 30;
    let instance = instance_with(options)?;
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()))?;
    (program.run)(&adapter).map_err(Failed::from)
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Each program keeps several threads busy by itself.
    arguments.test_threads.get_or_insert(2);
    let trials = ["virtual-gfx1100", "virtual-gfx1201"]
        .into_iter()
        .flat_map(|adapter| {
            programs::ALL.iter().map(move |program| {
                Trial::test(format!("{adapter}/{}", program.name), move || {
                    run(program, adapter)
                })
            })
        });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
