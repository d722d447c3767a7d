//! Exclusive prefix sum of a million numbers: scan blocks, scan their totals, add.

use egpu_examples::{open, Gpu};

/// Numbers that one workgroup scans.
const BLOCK: usize = 512;

const ADD: &str = "
@group(0) @binding(0) var<storage, read> totals: array<u32>;
@group(0) @binding(1) var<storage, read_write> data: array<u32>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    let base = wg.x * 512u + 2u * l;
    data[base] += totals[wg.x];
    data[base + 1u] += totals[wg.x];
}";

/// Scans `data`, whose length is padded to whole blocks.
fn scan(gpu: &Gpu, data: &wgpu::Buffer) -> wgpu::Buffer {
    let blocks = (data.size() / 4) as usize / BLOCK;
    let result = gpu.zeroed(data.size());
    let totals = gpu.zeroed((blocks.next_multiple_of(BLOCK) * 4) as u64);
    let groups = [blocks as u32, 1, 1];

    let pipeline = gpu.pipeline(include_str!("../../shaders/scan.wgsl"), "main");
    gpu.dispatch(
        &pipeline,
        &gpu.bind(&pipeline, &[data, &result, &totals]),
        groups,
    );
    if blocks > 1 {
        let totals = scan(gpu, &totals);
        let pipeline = gpu.pipeline(ADD, "main");
        gpu.dispatch(&pipeline, &gpu.bind(&pipeline, &[&totals, &result]), groups);
    }
    result
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: usize = std::env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let numbers: Vec<u32> = (0..count as u32)
        .map(|i| i.wrapping_mul(2_654_435_761) >> 24)
        .collect();
    let mut padded = numbers.clone();
    padded.resize(count.max(1).next_multiple_of(BLOCK), 0);

    let gpu = open()?;
    let result = gpu.read::<u32>(&scan(&gpu, &gpu.storage(&padded)))?;

    let mut sum = 0u32;
    for (i, number) in numbers.iter().enumerate() {
        assert_eq!(result[i], sum, "prefix sum at {i}");
        sum = sum.wrapping_add(*number);
    }
    println!("{count} numbers, sum {sum}");
    Ok(())
}
