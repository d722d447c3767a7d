//! The same model on the processor, in plain loops and f32, to check the card's logits against.

use crate::shape::{hash, scale_exponents, seed, Matrix, Shape, HEAD};

/// The model's weights, and what it remembers of the tokens so far.
pub struct Reference {
    shape: Shape,
    layers: Vec<[Weights; 4]>,
    table: Weights,
    /// Per layer, keys and values by position and dimension of all heads.
    caches: Vec<[Vec<Vec<f32>>; 2]>,
}

struct Weights {
    columns: usize,
    values: Vec<f32>,
}

impl Weights {
    fn new(matrix: Matrix, number: usize) -> Weights {
        let seed = seed(number);
        let exponent = (scale_exponents(matrix) >> 10 & 31) as i32 - 15;
        let values = (0..matrix.rows * matrix.columns).map(|n| {
            let word = hash(seed, (n / 8) as u32);
            // Low nibbles of the bytes are elements 0 to 3, high ones 4 to 7.
            let shift = n % 4 * 8 + n % 8 / 4 * 4;
            let scales = hash(seed, !(n / 64) as u32);
            let mantissa = scales >> (n / 32 % 2 * 16) & 0x3ff;
            let scale = (1.0 + mantissa as f32 / 1024.0) * (exponent as f32).exp2();
            ((word >> shift & 15) as f32 - 8.0) * scale
        });
        Weights {
            columns: matrix.columns,
            values: values.collect(),
        }
    }

    fn row(&self, n: usize) -> &[f32] {
        &self.values[n * self.columns..][..self.columns]
    }

    /// As the shader does it, the vector is quantised to 8 bits first.
    fn times(&self, x: &[f32]) -> Vec<f32> {
        let quantised: Vec<f32> = x.chunks(32).flat_map(quantised).collect();
        let rows = self.values.chunks_exact(self.columns);
        rows.map(|row| dot(row, &quantised)).collect()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A block in steps of a 120th of its largest number.
fn quantised(block: &[f32]) -> impl Iterator<Item = f32> + '_ {
    let most = block.iter().fold(0f32, |a, b| a.max(b.abs()));
    let inverse = if most > 0.0 { 120.0 / most } else { 0.0 };
    (block.iter()).map(move |x| (x * inverse).round_ties_even() * (most / 120.0))
}

/// A number of the caches: to the eleven digits of an f16, whose range is not reached.
fn half(x: f32) -> f32 {
    let bits = x.to_bits();
    f32::from_bits((bits + 0xfff + (bits >> 13 & 1)) & !0x1fff)
}

fn normalised(x: &[f32]) -> Vec<f32> {
    let root = (dot(x, x) / x.len() as f32 + 1e-6).sqrt();
    x.iter().map(|x| x / root).collect()
}

fn add(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

impl Reference {
    /// Weights as the card makes them; the first `context` positions have zero keys and values.
    pub fn new(shape: &Shape, context: usize) -> Reference {
        let layer = |n: usize| {
            let mut number = 4 * n;
            shape.layer().map(|matrix| {
                number += 1;
                Weights::new(matrix, number - 1)
            })
        };
        let zeros = vec![vec![0.0; shape.key_heads * HEAD]; context];
        Reference {
            layers: (0..shape.layers).map(layer).collect(),
            table: Weights::new(shape.table(), 4 * shape.layers),
            caches: vec![[zeros.clone(), zeros]; shape.layers],
            shape: shape.clone(),
        }
    }

    /// The logits after one more token.
    pub fn decode(&mut self, token: usize) -> Vec<f32> {
        let mut x = self.table.row(token).to_vec();
        for ([qkv, output, gate, down], cache) in self.layers.iter().zip(&mut self.caches) {
            let attended = attend(&self.shape, qkv.times(&normalised(&x)), cache);
            add(&mut x, &output.times(&attended));
            let both = gate.times(&normalised(&x));
            let (gate, linear) = both.split_at(self.shape.inner);
            let inner: Vec<f32> = gate
                .iter()
                .zip(linear)
                .map(|(g, l)| g / (1.0 + (-g).exp()) * l)
                .collect();
            add(&mut x, &down.times(&inner));
        }
        self.table.times(&normalised(&x))
    }
}

fn attend(shape: &Shape, mut qkv: Vec<f32>, [keys, values]: &mut [Vec<Vec<f32>>; 2]) -> Vec<f32> {
    let position = keys.len() as f32;
    let (rotated, new_values) = qkv.split_at_mut((shape.query_heads + shape.key_heads) * HEAD);
    for head in rotated.chunks_exact_mut(HEAD) {
        let (low, high) = head.split_at_mut(HEAD / 2);
        for (i, (a, b)) in low.iter_mut().zip(high).enumerate() {
            let angle = position * 10000f32.powf(-(i as f32) / (HEAD / 2) as f32);
            (*a, *b) = (
                *a * angle.cos() - *b * angle.sin(),
                *a * angle.sin() + *b * angle.cos(),
            );
        }
    }
    let (queries, new_keys) = rotated.split_at(shape.query_heads * HEAD);
    keys.push(new_keys.iter().map(|&x| half(x)).collect());
    values.push(new_values.iter().map(|&x| half(x)).collect());

    let mut out = Vec::new();
    for (n, query) in queries.chunks_exact(HEAD).enumerate() {
        let head = n / (shape.query_heads / shape.key_heads) * HEAD;
        let own = |row: &Vec<f32>| row[head..head + HEAD].to_vec();
        let scores: Vec<f32> = keys
            .iter()
            .map(|key| dot(query, &own(key)) / (HEAD as f32).sqrt())
            .collect();
        let greatest = scores.iter().copied().fold(f32::MIN, f32::max);
        let weights: Vec<f32> = scores.iter().map(|s| (s - greatest).exp()).collect();
        let total: f32 = weights.iter().sum();
        let mut sum = vec![0.0; HEAD];
        for (weight, value) in weights.iter().zip(values.iter()) {
            let scaled: Vec<f32> = own(value).iter().map(|v| v * weight / total).collect();
            add(&mut sum, &scaled);
        }
        out.extend(sum);
    }
    out
}
