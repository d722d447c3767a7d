//! Two small galaxies pass each other; the last frame is drawn to a PNG.
//! `nbody [BODIES] [STEPS] [FILE]`, BODIES a multiple of 64.

use bytemuck::{Pod, Zeroable};
use egpu_examples::{open, write_png};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    count: u32,
    dt: f32,
    softening: f32,
    pad: u32,
}

/// Positions with mass and velocities of two rotating discs.
fn galaxies(count: usize) -> (Vec<[f32; 4]>, Vec<[f32; 4]>) {
    let mut state = 1u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let mass = 1.0 / count as f32;
    (0..count)
        .map(|i| {
            let side = if i % 2 == 0 { 1.0 } else { -1.0 };
            let (radius, angle) = (0.6 * random().sqrt(), std::f32::consts::TAU * random());
            let (sin, cos) = angle.sin_cos();
            // Speed on a circle around the mass inside the radius, half the total for each disc.
            let speed = (0.5 * radius / 0.36).sqrt() * 0.6;
            let position = [
                side * 0.9 + radius * cos,
                side * 0.3 + radius * sin,
                0.1 * random(),
                mass,
            ];
            let velocity = [-side * 0.25 - speed * sin, speed * cos, 0.0, 0.0];
            (position, velocity)
        })
        .unzip()
}

/// Sum of mass times velocity, which gravity between the bodies cannot change.
fn momentum(velocities: &[[f32; 4]]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for velocity in velocities {
        for axis in 0..3 {
            sum[axis] += velocity[axis] as f64 / velocities.len() as f64;
        }
    }
    sum
}

fn draw(path: &str, positions: &[[f32; 4]]) -> Result<(), Box<dyn std::error::Error>> {
    const WIDTH: usize = 640;
    const HEIGHT: usize = 400;
    let mut light = vec![0.0f32; WIDTH * HEIGHT];
    for position in positions {
        let x = WIDTH as f32 / 2.0 + position[0] * 180.0;
        let y = HEIGHT as f32 / 2.0 - position[1] * 180.0;
        if (0.0..WIDTH as f32).contains(&x) && (0.0..HEIGHT as f32).contains(&y) {
            light[y as usize * WIDTH + x as usize] += 1.0;
        }
    }
    let pixels: Vec<u8> = light
        .iter()
        .flat_map(|&light| {
            let tone = |gain: f32| (255.0 * (1.0 - (-light * gain).exp())) as u8;
            [tone(0.7), tone(0.8), tone(1.4)]
        })
        .collect();
    write_png(path, WIDTH as u32, HEIGHT as u32, &pixels)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().map_or(Ok(2048), |text| text.parse())?;
    let steps: usize = arguments.next().map_or(Ok(60), |text| text.parse())?;
    let path = arguments.next().unwrap_or_else(|| "nbody.png".into());
    if count == 0 || !count.is_multiple_of(64) {
        return Err(format!("{count} is not a multiple of 64").into());
    }
    let (positions, velocities) = galaxies(count);

    let gpu = open()?;
    let params = gpu.uniform(&Params {
        count: count as u32,
        dt: 0.01,
        softening: 1e-3,
        pad: 0,
    });
    let buffers = [gpu.storage(&positions), gpu.storage(&positions)];
    let velocity = gpu.storage(&velocities);
    let pipeline = gpu.pipeline(include_str!("../../shaders/nbody_step.wgsl"), "main");
    let groups = [0, 1].map(|i| {
        gpu.bind(
            &pipeline,
            &[&params, &buffers[i], &buffers[1 - i], &velocity],
        )
    });
    for step in 0..steps {
        gpu.dispatch(&pipeline, &groups[step % 2], [count as u32 / 64, 1, 1]);
    }
    let positions = gpu.read::<[f32; 4]>(&buffers[steps % 2])?;
    let after = gpu.read::<[f32; 4]>(&velocity)?;

    for (before, after) in momentum(&velocities).iter().zip(momentum(&after)) {
        assert!(
            (before - after).abs() < 1e-4,
            "momentum changed from {before} to {after}"
        );
    }
    println!("{count} bodies, {steps} steps, momentum kept");
    draw(&path, &positions)
}
