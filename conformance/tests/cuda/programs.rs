//! Whole wgpu programs with streams that run in whatever order their events allow.

use egpu_conformance::{adapters, programs};

#[test]
fn programs_are_right_in_any_order() {
    let mut failures = Vec::new();
    for (n, program) in programs::ALL.iter().enumerate() {
        // Each in two of the four manners that a seed stands for.
        for seed in [1 + n as u64, 2 + n as u64 + n as u64 / 4 % 2] {
            let outcome =
                adapters::open("ptx", false, seed).and_then(|adapter| (program.run)(&adapter));
            if let Err(why) = outcome {
                failures.push(format!("{} by seed {seed}: {why}", program.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
