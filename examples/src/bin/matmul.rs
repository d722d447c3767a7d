//! Product of two square matrices, tiled through workgroup memory; `matmul [N]`, N a multiple of 64.

use egpu_examples::open;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n: usize = std::env::args()
        .nth(1)
        .map_or(Ok(256), |text| text.parse())?;
    if n == 0 || !n.is_multiple_of(64) {
        return Err(format!("{n} is not a multiple of 64").into());
    }
    // Small integers: products and sums are exact in f32, so any order of summation agrees.
    let a: Vec<f32> = (0..n * n).map(|i| (i * 7 % 13) as f32 - 6.0).collect();
    let b: Vec<f32> = (0..n * n).map(|i| (i * 5 % 11) as f32 - 5.0).collect();

    let gpu = open()?;
    // The shader takes A stored by columns.
    let a_columns: Vec<f32> = (0..n * n).map(|i| a[i % n * n + i / n]).collect();
    let sizes = gpu.uniform(&[n as u32, n as u32, n as u32, 0]);
    let c = gpu.zeroed((n * n * 4) as u64);
    let pipeline = gpu.pipeline(include_str!("../../shaders/matmul.wgsl"), "main");
    let group = gpu.bind(
        &pipeline,
        &[&sizes, &gpu.storage(&a_columns), &gpu.storage(&b), &c],
    );
    let start = std::time::Instant::now();
    gpu.dispatch(&pipeline, &group, [n as u32 / 64, n as u32 / 64, 1]);
    let c = gpu.read::<f32>(&c)?;
    let time = start.elapsed();

    for row in (0..n).step_by(n / 16) {
        for column in 0..n {
            let expected: f32 = (0..n).map(|k| a[row * n + k] * b[k * n + column]).sum();
            assert_eq!(c[row * n + column], expected, "row {row}, column {column}");
        }
    }
    println!("{n} x {n} product in {time:.1?}");
    Ok(())
}
