//! Whole wgpu programs with streams that run in whatever order their events allow.

use std::sync::atomic::Ordering;
use std::sync::Arc;

use egpu_conformance::programs::{self, Program};
use egpu_conformance::ptx::driver::{Config, Gpu};
use egpu_driver::cuda::Options;

use super::options;

/// Runs one with every copy between host and card in a stream of its own. Answers how many of them
/// ran before a kernel that was launched earlier.
fn run(program: &Program, seed: u64) -> Result<u64, String> {
    let gpu = Gpu::add(Config {
        orders: seed,
        ..Config::default()
    });
    let options = Options {
        small_copies: 0,
        ..options()
    };
    let source = gpu.source(&options).map_err(|error| error.to_string())?;
    let usual = wgpu_egpu::Options::default();
    let instance = wgpu_egpu::instance_over(vec![Arc::new(source)], &usual.cache, usual.flags);
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()))
        .map_err(|error| error.to_string())?;
    (program.run)(&adapter)?;
    Ok(gpu.counts.overtakes.load(Ordering::Relaxed))
}

#[test]
fn programs_are_right_in_any_order() {
    let (mut failures, mut overtakes) = (Vec::new(), 0);
    for (n, program) in (1..).zip(programs::ALL) {
        // Two of the four manners that seeds stand for.
        for seed in [n, n + 1 + n / 4 % 2] {
            match run(program, seed) {
                Ok(count) => overtakes += count,
                Err(why) => failures.push(format!("{} by seed {seed}: {why}", program.name)),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(overtakes > 0, "no copy of any program ran beside a kernel");
}
