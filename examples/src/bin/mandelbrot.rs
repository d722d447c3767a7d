//! The Mandelbrot set as a PNG; `mandelbrot [FILE]`.

use egpu_examples::{open, write_png};

const WIDTH: u32 = 720;
const HEIGHT: u32 = 480;
const LIMIT: u32 = 200;

/// Points whose membership is known: the main cardioid and the period-2 disc lie inside.
fn surely_inside(x: f64, y: f64) -> bool {
    let q = (x - 0.25).powi(2) + y * y;
    q * (q + (x - 0.25)) < 0.249 * y * y || (x + 1.0).powi(2) + y * y < 0.062
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "mandelbrot.png".into());
    let gpu = open()?;
    let params = gpu.uniform(&[WIDTH, HEIGHT, LIMIT, 0]);
    let counts = gpu.zeroed((WIDTH * HEIGHT * 4) as u64);
    let pipeline = gpu.pipeline(include_str!("../../shaders/mandelbrot.wgsl"), "main");
    let group = gpu.bind(&pipeline, &[&params, &counts]);
    gpu.dispatch(
        &pipeline,
        &group,
        [WIDTH.div_ceil(8), HEIGHT.div_ceil(8), 1],
    );
    let counts = gpu.read::<u32>(&counts)?;

    let scale = 3.0 / WIDTH as f64;
    let mut pixels = Vec::with_capacity(counts.len() * 3);
    for (i, &count) in (0..).zip(&counts) {
        let x = ((i % WIDTH) as f64 + 0.5) * scale - 2.25;
        let y = ((i / WIDTH) as f64 + 0.5 - HEIGHT as f64 / 2.0) * scale;
        assert!(
            !surely_inside(x, y) || count == LIMIT,
            "({x}, {y}) escaped after {count}"
        );
        assert!(
            x * x + y * y <= 4.01 || count <= 1,
            "({x}, {y}) stayed for {count}"
        );
        let t = count as f64 / LIMIT as f64;
        let tone = |power: f64| (255.0 * t.powf(power)) as u8;
        pixels.extend(if count == LIMIT {
            [0; 3]
        } else {
            [tone(0.6), tone(0.45), tone(0.25)]
        });
    }
    write_png(&path, WIDTH, HEIGHT, &pixels)
}
