//! Blurs a PNG: `image_filter [IN.png OUT.png]`. Without arguments it makes its own picture.

use egpu_examples::{open, write_png};

struct Image {
    width: u32,
    height: u32,
    pixels: Vec<[f32; 4]>,
}

fn read_png(path: &str) -> Result<Image, Box<dyn std::error::Error>> {
    let mut decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![
        0;
        reader
            .output_buffer_size()
            .ok_or("the picture is too large")?
    ];
    let info = reader.next_frame(&mut bytes)?;
    let samples = info.color_type.samples();
    let pixels = bytes[..info.buffer_size()]
        .chunks_exact(samples)
        .map(|pixel| {
            let channel = |i: usize| pixel[if samples < 3 { 0 } else { i }] as f32 / 255.0;
            [channel(0), channel(1), channel(2), 1.0]
        })
        .collect();
    Ok(Image {
        width: info.width,
        height: info.height,
        pixels,
    })
}

/// Coloured squares with sharp edges.
fn test_picture() -> Image {
    let (width, height) = (320, 200);
    let pixels = (0..width * height)
        .map(|i| {
            let (x, y) = (i % width / 40, i / width / 40);
            let on = |bit: u32| ((x * 3 + y * 5) >> bit & 1) as f32;
            [on(0), on(1), on(2), 1.0]
        })
        .collect();
    Image {
        width,
        height,
        pixels,
    }
}

/// The same blur on the CPU, for the check.
fn blur(image: &Image, step: (i64, i64)) -> Vec<[f32; 4]> {
    const WEIGHTS: [f32; 5] = [
        0.227_027_03,
        0.194_594_59,
        0.121_621_62,
        0.054_054_055,
        0.016_216_217,
    ];
    let at = |x: i64, y: i64| {
        let x = x.clamp(0, image.width as i64 - 1);
        let y = y.clamp(0, image.height as i64 - 1);
        image.pixels[(y * image.width as i64 + x) as usize]
    };
    (0..image.pixels.len() as i64)
        .map(|i| {
            let (x, y) = (i % image.width as i64, i / image.width as i64);
            std::array::from_fn(|c| {
                (1..5).fold(at(x, y)[c] * WEIGHTS[0], |sum, n| {
                    let (dx, dy) = (step.0 * n, step.1 * n);
                    sum + (at(x + dx, y + dy)[c] + at(x - dx, y - dy)[c]) * WEIGHTS[n as usize]
                })
            })
        })
        .collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (image, output) = match arguments.as_slice() {
        [] => (test_picture(), "filtered.png"),
        [input, output] => (read_png(input)?, output.as_str()),
        _ => return Err("usage: image_filter [IN.png OUT.png]".into()),
    };

    let gpu = open()?;
    let pipeline = gpu.pipeline(include_str!("../../shaders/blur.wgsl"), "main");
    let source = gpu.storage(&image.pixels);
    let rows = gpu.zeroed(source.size());
    let result = gpu.zeroed(source.size());
    let groups = [image.width.div_ceil(16), image.height.div_ceil(8), 1];
    for (from, to, step) in [(&source, &rows, [1, 0]), (&rows, &result, [0, 1])] {
        let params = gpu.uniform(&[image.width, image.height, step[0], step[1]]);
        gpu.dispatch(
            &pipeline,
            &gpu.bind(&pipeline, &[&params, from, to]),
            groups,
        );
    }
    let filtered = gpu.read::<[f32; 4]>(&result)?;

    let Image { width, height, .. } = image;
    let rows = Image {
        width,
        height,
        pixels: blur(&image, (1, 0)),
    };
    for (got, want) in filtered.iter().zip(blur(&rows, (0, 1))) {
        assert!(
            (0..4).all(|c| (got[c] - want[c]).abs() < 1e-5),
            "{got:?} instead of {want:?}"
        );
    }
    let bytes: Vec<u8> = filtered
        .iter()
        .flat_map(|pixel| [0, 1, 2].map(|c| (pixel[c] * 255.0 + 0.5).clamp(0.0, 255.0) as u8))
        .collect();
    write_png(output, width, height, &bytes)
}
