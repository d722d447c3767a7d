//! Game of life in the terminal: `life [GENERATIONS]`.

use egpu_examples::open;

const WIDTH: usize = 64;
const HEIGHT: usize = 32;

fn generation(old: &[u32]) -> Vec<u32> {
    let cell = |x: usize, y: usize| old[y % HEIGHT * WIDTH + x % WIDTH];
    (0..old.len())
        .map(|i| {
            let (x, y) = (i % WIDTH + WIDTH - 1, i / WIDTH + HEIGHT - 1);
            let around: u32 = (0..9).map(|n| cell(x + n % 3, y + n / 3)).sum::<u32>() - old[i];
            (around == 3 || (around == 2 && old[i] == 1)) as u32
        })
        .collect()
}

fn show(cells: &[u32]) {
    for row in cells.chunks_exact(WIDTH * 2) {
        let (upper, lower) = row.split_at(WIDTH);
        let line: String = upper
            .iter()
            .zip(lower)
            .map(|pair| match pair {
                (0, 0) => ' ',
                (_, 0) => '▀',
                (0, _) => '▄',
                _ => '█',
            })
            .collect();
        println!("{}", line.trim_end());
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let generations: usize = std::env::args()
        .nth(1)
        .map_or(Ok(100), |text| text.parse())?;
    // An r-pentomino and a glider.
    let mut cells = vec![0u32; WIDTH * HEIGHT];
    for (x, y) in [
        (31, 15),
        (32, 15),
        (30, 16),
        (31, 16),
        (31, 17),
        (2, 1),
        (3, 2),
        (1, 3),
        (2, 3),
        (3, 3),
    ] {
        cells[y * WIDTH + x] = 1;
    }

    let gpu = open()?;
    let size = gpu.uniform(&[WIDTH as u32, HEIGHT as u32]);
    let buffers = [gpu.storage(&cells), gpu.storage(&cells)];
    let pipeline = gpu.pipeline(include_str!("../../shaders/life.wgsl"), "main");
    let groups = [0, 1].map(|i| gpu.bind(&pipeline, &[&size, &buffers[i], &buffers[1 - i]]));
    for n in 0..generations {
        gpu.dispatch(
            &pipeline,
            &groups[n % 2],
            [WIDTH as u32 / 8, HEIGHT as u32 / 8, 1],
        );
        cells = generation(&cells);
    }
    let result = gpu.read::<u32>(&buffers[generations % 2])?;
    assert_eq!(result, cells, "generation {generations}");
    show(&result);
    println!(
        "generation {generations}, {} alive",
        result.iter().sum::<u32>()
    );
    Ok(())
}
