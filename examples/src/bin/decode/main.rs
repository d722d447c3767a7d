//! One decode step after another of a large language model with random 4-bit weights: products of
//! quantised matrices with a vector, RMS norm, rotary embedding, attention over a cache of keys and
//! values, SwiGLU. Prints tokens per second and the share of the card's memory bandwidth.
//!
//! `decode [--model tiny|27b] [--layers N] [--context N] [--tokens N]`. The tiny model, which also
//! runs on the virtual card, is checked against the processor; 27b needs about 16 GB of card memory.

mod model;
mod reference;
mod shape;

use std::error::Error;
use std::time::Instant;

use egpu_examples::{open_with, Gpu};
use model::Model;
use reference::Reference;
use shape::{Shape, CHUNK};

/// The first token.
const FIRST: usize = 1;
/// Tokens before time is taken.
const WARM_UP: usize = 2;

struct Arguments {
    shape: Shape,
    context: usize,
    tokens: usize,
    check: bool,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut shape = Shape::tiny();
    let (mut check, mut layers) = (true, None);
    let (mut context, mut tokens) = (64, 4usize);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--model" => match value()?.as_str() {
                "tiny" => (shape, check) = (Shape::tiny(), true),
                "27b" => (shape, check) = (Shape::large(), false),
                other => return Err(format!("no model `{other}`; there are tiny and 27b").into()),
            },
            "--layers" => layers = Some(value()?.parse()?),
            "--context" => context = value()?.parse()?,
            "--tokens" => tokens = value()?.parse()?,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    if let Some(layers) = layers {
        shape.layers = layers;
    }
    shape.capacity = (context + WARM_UP + tokens).next_multiple_of(CHUNK);
    shape.check()?;
    Ok(Arguments {
        shape,
        context,
        tokens,
        check,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments {
        shape,
        context,
        tokens,
        check,
    } = arguments()?;
    // A matrix of the large model is beyond WebGPU's default limit of a binding.
    let gpu = open_with(|adapter| adapter.limits())?;
    println!(
        "{:.1} million weights, {:.1} MB a token, context {context}",
        shape.weights() as f64 / 1e6,
        shape.bytes(context) as f64 / 1e6,
    );
    let model = Model::new(&gpu, &shape, context, FIRST);

    let mut reference = check.then(|| Reference::new(&shape, context));
    let mut token = FIRST;
    for position in context..context + WARM_UP {
        model.decode(&gpu, 1);
        if let Some(reference) = &mut reference {
            check_logits(&model.logits(&gpu)?, &reference.decode(token))?;
        }
        token = model.tokens(&gpu, position..position + 1)?[0] as usize;
    }
    gpu.device.poll(wgpu::PollType::wait_indefinitely())?;
    let start = Instant::now();
    model.decode(&gpu, tokens);
    gpu.device.poll(wgpu::PollType::wait_indefinitely())?;
    let seconds = start.elapsed().as_secs_f64();

    let first = context + WARM_UP;
    println!("tokens {:?}", model.tokens(&gpu, context..first + tokens)?);
    let bytes: u64 = (first..first + tokens).map(|p| shape.bytes(p)).sum();
    let rate = bytes as f64 / seconds;
    let copy = copy_bandwidth(&gpu, check)?;
    println!(
        "{:.2} tokens/s, {:.2} GB/s: {:.0} % of a copy's {:.2} GB/s",
        tokens as f64 / seconds,
        rate / 1e9,
        100.0 * rate / copy,
        copy / 1e9,
    );
    Ok(())
}

/// Compares one token's logits with the processor's. Keys and values are kept in f16, so about
/// three digits agree.
fn check_logits(logits: &[f32], expected: &[f32]) -> Result<(), Box<dyn Error>> {
    let scale = expected.iter().fold(0f32, |a, b| a.max(b.abs()));
    for (n, (got, want)) in logits.iter().zip(expected).enumerate() {
        let close = (got - want).abs() <= 0.005 * scale;
        if !close {
            return Err(format!("token {n}: logit {got}, expected {want}").into());
        }
    }
    Ok(())
}

/// Bytes read and written a second by a copy on the card.
fn copy_bandwidth(gpu: &Gpu, small: bool) -> Result<f64, Box<dyn Error>> {
    let size: u64 = if small { 16 << 20 } else { 512 << 20 };
    let (a, b) = (gpu.zeroed(size), gpu.zeroed(size));
    let copy = |times: u32| {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        for _ in 0..times {
            encoder.copy_buffer_to_buffer(&a, 0, &b, 0, size);
        }
        gpu.queue.submit([encoder.finish()]);
        gpu.device.poll(wgpu::PollType::wait_indefinitely())
    };
    copy(1)?;
    let start = Instant::now();
    copy(8)?;
    Ok((8 * 2 * size) as f64 / start.elapsed().as_secs_f64())
}
