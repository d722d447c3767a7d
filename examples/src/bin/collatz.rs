//! Steps of the Collatz sequence for each number on the command line.

use egpu_examples::open;

fn steps(mut n: u32) -> u32 {
    let mut steps = 0;
    while n > 1 {
        n = match n % 2 {
            0 => n / 2,
            _ if n >= 0x5555_5555 => return u32::MAX,
            _ => 3 * n + 1,
        };
        steps += 1;
    }
    steps
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = Vec::new();
    for argument in std::env::args().skip(1) {
        numbers.push(
            argument
                .parse::<u32>()
                .map_err(|e| format!("`{argument}`: {e}"))?,
        );
    }
    if numbers.is_empty() {
        numbers = vec![27, 97, 871];
    }

    let gpu = open()?;
    let values = gpu.storage(&numbers);
    let pipeline = gpu.pipeline(include_str!("../../shaders/collatz.wgsl"), "main");
    let group = gpu.bind(&pipeline, &[&values]);
    gpu.dispatch(&pipeline, &group, [numbers.len().div_ceil(64) as u32, 1, 1]);

    for (number, result) in numbers.iter().zip(gpu.read::<u32>(&values)?) {
        assert_eq!(result, steps(*number), "Collatz steps of {number}");
        println!("{result}");
    }
    Ok(())
}
