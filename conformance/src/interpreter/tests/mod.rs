//! Each group of features on small kernels, with values derived by hand from
//! the WGSL specification.

mod arithmetic;
mod control;
mod memory;

use super::{parse, Error, Interpreter, Limits};
use std::collections::BTreeMap;

/// Declares `o` (results) and `i` (inputs that no constant evaluation sees).
const PRELUDE: &str = "
    @group(0) @binding(0) var<storage, read_write> o: array<u32>;
    @group(0) @binding(1) var<storage, read_write> i: array<u32>;
";

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn run_module(
    source: &str,
    groups: [u32; 3],
    outputs: usize,
    inputs: &[u32],
) -> Result<Vec<u32>, Error> {
    let (module, info) = parse(source).unwrap_or_else(|e| panic!("{e}"));
    let interpreter = Interpreter::new(&module, &info, "main", &BTreeMap::new())?;
    let mut bindings = BTreeMap::from([((0, 0), vec![0; outputs * 4]), ((0, 1), bytes(inputs))]);
    let limits = Limits {
        steps: 1_000_000,
        memory: 1 << 24,
    };
    interpreter.run(groups, &mut bindings, &[], limits)?;
    Ok(bindings[&(0, 0)]
        .chunks_exact(4)
        .map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]))
        .collect())
}

/// Runs statements in one invocation; gives the first `outputs` words of `o`.
fn run(body: &str, outputs: usize, inputs: &[u32]) -> Vec<u32> {
    let source =
        format!("enable f16; {PRELUDE} @compute @workgroup_size(1) fn main() {{ {body} }}");
    run_module(&source, [1, 1, 1], outputs, inputs).unwrap()
}

/// Runs statements in a workgroup of `n`, with `l` the index and `s` the index
/// in the subgroup; declarations go before.
fn run_group(
    n: u32,
    declarations: &str,
    body: &str,
    outputs: usize,
    inputs: &[u32],
) -> Result<Vec<u32>, Error> {
    let source = format!(
        "{PRELUDE} {declarations} @compute @workgroup_size({n}) fn main(
            @builtin(local_invocation_index) l: u32, @builtin(workgroup_id) wg: vec3<u32>) {{ {body} }}"
    );
    run_module(&source, [1, 1, 1], outputs, inputs)
}

fn f(x: f32) -> u32 {
    x.to_bits()
}
