//! The example kernels of `examples/shaders/` as a table: source, inputs of any
//! size, and what a plain CPU implementation expects of the outputs, with a
//! bound on the error of each number. It relies on no device: benches, strict
//! and fast runs of the virtual card and the tests of other crates take their
//! work from here.

use crate::rng::Rng;
use std::collections::BTreeMap;

/// A kernel.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// File name without extension.
    pub name: &'static str,
    /// WGSL.
    pub source: &'static str,
    /// Entry point.
    pub entry: &'static str,
    /// What `size` counts.
    pub unit: &'static str,
    /// A size that an interpreter runs in milliseconds, with a ragged edge
    /// where the kernel allows one.
    pub test_size: u32,
    /// A size that takes a device milliseconds.
    pub bench_size: u32,
    /// A size for the largest cards: what memory limits moves several times what their caches hold,
    /// as far as 65,535 workgroups allow.
    pub large_size: u32,
    prepare: fn(u32, &mut Rng) -> Dispatch,
    work: fn(&Dispatch) -> Work,
    reference: fn(&Dispatch) -> Vec<Output>,
}

/// How a kernel uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// `var<uniform>`.
    Uniform,
    /// `var<storage, read>`.
    ReadOnly,
    /// `var<storage, read_write>`.
    ReadWrite,
}

/// A buffer to bind.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// `@group`.
    pub group: u32,
    /// `@binding`.
    pub binding: u32,
    /// How the kernel uses it.
    pub usage: Usage,
    /// Contents before the dispatch.
    pub data: Vec<u8>,
}

/// One dispatch of a kernel.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Workgroups in x, y and z.
    pub groups: [u32; 3],
    /// Buffers, all in group 0, by ascending binding.
    pub buffers: Vec<Buffer>,
}

/// The least that a dispatch has to do, of what limits it on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Bytes of card memory, each input read and each output written once.
    Bytes(u64),
    /// Operations on f32; a fused multiply and add are two.
    Operations(u64),
    /// Integer steps whose number depends on the data, which the kernel writes over.
    Steps,
}

/// What a buffer must hold after the dispatch.
#[derive(Clone, Debug)]
pub struct Output {
    /// `@group`.
    pub group: u32,
    /// `@binding`.
    pub binding: u32,
    /// Its contents.
    pub expected: Expected,
}

/// Expected contents.
#[derive(Clone, Debug)]
pub enum Expected {
    /// These 32-bit words.
    Words(Vec<u32>),
    /// f32 values, each with the largest absolute error that WGSL's accuracy
    /// allows an implementation of the kernel.
    Floats(Vec<(f64, f64)>),
}

/// An output that is not as expected.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Mismatch {
    /// The buffer is missing or has another size.
    #[error("@group({group}) @binding({binding}): expected {expected} bytes, got {got}")]
    Size {
        /// Bind group.
        group: u32,
        /// Binding.
        binding: u32,
        /// Bytes expected.
        expected: usize,
        /// Bytes there.
        got: usize,
    },
    /// An element differs.
    #[error("@group({group}) @binding({binding})[{index}]: expected {expected}, got {got} ({count} elements differ)")]
    Element {
        /// Bind group.
        group: u32,
        /// Binding.
        binding: u32,
        /// First differing element.
        index: usize,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
        /// How many differ.
        count: usize,
    },
}

impl Kernel {
    /// Inputs for a size, which is rounded up to what the kernel can do.
    pub fn dispatch(&self, size: u32, seed: u64) -> Dispatch {
        (self.prepare)(size.max(1), &mut Rng::new(seed))
    }

    /// The least that a dispatch has to do.
    pub fn work(&self, dispatch: &Dispatch) -> Work {
        (self.work)(dispatch)
    }

    /// What the buffers must hold after the dispatch.
    pub fn expected(&self, dispatch: &Dispatch) -> Vec<Output> {
        (self.reference)(dispatch)
    }
}

impl Dispatch {
    /// Contents by (group, binding).
    pub fn bindings(&self) -> BTreeMap<(u32, u32), Vec<u8>> {
        self.buffers
            .iter()
            .map(|b| ((b.group, b.binding), b.data.clone()))
            .collect()
    }

    fn words(&self, binding: usize) -> Vec<u32> {
        words(&self.buffers[binding].data)
    }

    fn floats(&self, binding: usize) -> Vec<f32> {
        self.words(binding)
            .into_iter()
            .map(f32::from_bits)
            .collect()
    }
}

/// Compares what a run left in the buffers with what it should have.
pub fn check(outputs: &[Output], bindings: &BTreeMap<(u32, u32), Vec<u8>>) -> Result<(), Mismatch> {
    for output in outputs {
        output.check(
            bindings
                .get(&(output.group, output.binding))
                .map_or(&[], Vec::as_slice),
        )?;
    }
    Ok(())
}

impl Output {
    /// Compares with the contents of the buffer, which may be longer.
    pub fn check(&self, data: &[u8]) -> Result<(), Mismatch> {
        let (group, binding) = (self.group, self.binding);
        let len = match &self.expected {
            Expected::Words(w) => w.len(),
            Expected::Floats(f) => f.len(),
        };
        if data.len() < 4 * len {
            return Err(Mismatch::Size {
                group,
                binding,
                expected: 4 * len,
                got: data.len(),
            });
        }
        let got = words(data);
        let bad: Vec<usize> = (0..len)
            .filter(|&i| match &self.expected {
                Expected::Words(w) => w[i] != got[i],
                Expected::Floats(f) => {
                    let difference = (f64::from(f32::from_bits(got[i])) - f[i].0).abs();
                    difference > f[i].1 || difference.is_nan()
                }
            })
            .collect();
        let Some(&index) = bad.first() else {
            return Ok(());
        };
        let (expected, got) = match &self.expected {
            Expected::Words(w) => (w[index].to_string(), got[index].to_string()),
            Expected::Floats(f) => (
                format!("{:e} ± {:e}", f[index].0, f[index].1),
                format!("{:e}", f32::from_bits(got[index])),
            ),
        };
        Err(Mismatch::Element {
            group,
            binding,
            index,
            expected,
            got,
            count: bad.len(),
        })
    }
}

fn words(data: &[u8]) -> Vec<u32> {
    data.chunks_exact(4)
        .map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]))
        .collect()
}

fn buffer(binding: u32, usage: Usage, words: impl IntoIterator<Item = u32>) -> Buffer {
    Buffer {
        group: 0,
        binding,
        usage,
        data: words.into_iter().flat_map(u32::to_le_bytes).collect(),
    }
}

fn output(binding: u32, expected: Expected) -> Vec<Output> {
    vec![Output {
        group: 0,
        binding,
        expected,
    }]
}

/// `part` of ranges that make up `0..count`, in order, on all processors.
fn parallel<T: Send>(
    count: usize,
    part: impl Fn(std::ops::Range<usize>) -> Vec<T> + Sync,
) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let each = count.div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..count)
            .step_by(each)
            .map(|first| {
                let part = &part;
                scope.spawn(move || part(first..count.min(first + each)))
            })
            .collect();
        let joined = parts.into_iter().map(|part| match part.join() {
            Ok(part) => part,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    })
}

/// Bytes of the buffers at these bindings.
fn bytes_of(dispatch: &Dispatch, bindings: &[usize]) -> u64 {
    bindings
        .iter()
        .map(|&binding| dispatch.buffers[binding].data.len() as u64)
        .sum()
}

/// Relative error of one correctly rounded f32 operation.
const EPS: f64 = 1.0 / (1 << 24) as f64;

macro_rules! shader {
    ($name:literal) => {
        include_str!(concat!("../../examples/shaders/", $name, ".wgsl"))
    };
}

/// Every kernel, by name.
pub const KERNELS: &[Kernel] = &[
    Kernel {
        name: "collatz",
        source: shader!("collatz"),
        entry: "main",
        unit: "numbers",
        test_size: 192,
        bench_size: 1 << 18,
        large_size: 1 << 22,
        prepare: |size, rng| {
            let size = size.next_multiple_of(64);
            let numbers = (0..size).map(|i| match i {
                // The README's three, the smallest, and one that overflows.
                0..=2 => [27, 97, 871][i as usize],
                3..=5 => i - 3,
                6 => 0xffff_fffe,
                _ => 1 + rng.below(1 << 20),
            });
            Dispatch {
                groups: [size / 64, 1, 1],
                buffers: vec![buffer(0, Usage::ReadWrite, numbers)],
            }
        },
        work: |_| Work::Steps,
        reference: |d| {
            let steps = |&n: &u32| {
                let (mut n, mut steps) = (n, 0);
                while n > 1 {
                    n = match n {
                        n if n % 2 == 0 => n / 2,
                        n if n >= 0x5555_5555 => return u32::MAX,
                        n => 3 * n + 1,
                    };
                    steps += 1;
                }
                steps
            };
            output(0, Expected::Words(d.words(0).iter().map(steps).collect()))
        },
    },
    Kernel {
        name: "histogram",
        source: shader!("histogram"),
        entry: "main",
        unit: "words of 4 bytes to count",
        test_size: 3000,
        bench_size: 1 << 21,
        large_size: 1 << 26,
        prepare: |size, rng| {
            let groups = size.div_ceil(1024).min(64.max(size >> 15));
            // The square of a random byte: some bins are much fuller than others.
            let mut byte = || {
                let b = rng.below(256);
                b * b / 256
            };
            let src: Vec<u32> = (0..size)
                .map(|_| byte() | byte() << 8 | byte() << 16 | byte() << 24)
                .collect();
            Dispatch {
                groups: [groups, 1, 1],
                buffers: vec![
                    buffer(0, Usage::Uniform, [size, groups * 256]),
                    buffer(1, Usage::ReadOnly, src),
                    buffer(2, Usage::ReadWrite, [0; 256]),
                ],
            }
        },
        work: |d| Work::Bytes(bytes_of(d, &[1])),
        reference: |d| {
            let mut bins = d.words(2);
            for byte in &d.buffers[1].data {
                bins[usize::from(*byte)] += 1;
            }
            output(2, Expected::Words(bins))
        },
    },
    Kernel {
        name: "matmul",
        source: shader!("matmul"),
        entry: "main",
        unit: "rows and columns of each matrix",
        test_size: 64,
        bench_size: 512,
        large_size: 4096,
        prepare: |size, rng| {
            let size = size.next_multiple_of(64);
            // Eighths up to one: every sum is exact, so every term counts.
            let mut matrix = |_| {
                (0..size * size)
                    .map(|_| ((rng.below(17) as f32 - 8.0) / 8.0).to_bits())
                    .collect::<Vec<u32>>()
            };
            let (a, b) = (matrix(0), matrix(1));
            Dispatch {
                groups: [size / 64, size / 64, 1],
                buffers: vec![
                    buffer(0, Usage::Uniform, [size, size, size]),
                    buffer(1, Usage::ReadOnly, a),
                    buffer(2, Usage::ReadOnly, b),
                    buffer(3, Usage::ReadWrite, vec![0; (size * size) as usize]),
                ],
            }
        },
        work: |d| Work::Operations(2 * u64::from(d.words(0)[0]).pow(3)),
        reference: |d| {
            let n = d.words(0)[0] as usize;
            let (a, b) = (d.floats(1), d.floats(2));
            // Rows in blocks, so that a row of `b` serves several; the order of sums does not matter,
            // since all are exact.
            const ROWS: usize = 8;
            let c = parallel(n / ROWS, |blocks| {
                let mut part = vec![0f32; blocks.len() * ROWS * n];
                for (block, rows) in blocks.zip(part.chunks_exact_mut(ROWS * n)) {
                    for (k, row_b) in b.chunks_exact(n).enumerate() {
                        for (i, row_c) in rows.chunks_exact_mut(n).enumerate() {
                            let x = a[k * n + block * ROWS + i];
                            row_c.iter_mut().zip(row_b).for_each(|(c, b)| *c += x * b);
                        }
                    }
                }
                part
            });
            output(
                3,
                Expected::Floats(c.into_iter().map(|x| (x.into(), 0.0)).collect()),
            )
        },
    },
    Kernel {
        name: "nbody",
        source: shader!("nbody"),
        entry: "main",
        unit: "bodies",
        test_size: 256,
        bench_size: 4096,
        large_size: 1 << 16,
        prepare: |size, rng| {
            let size = size.next_multiple_of(128);
            let bodies: Vec<u32> = (0..4 * size)
                .map(|i| {
                    if i % 4 == 3 {
                        rng.float(0.1, 2.0)
                    } else {
                        rng.float(-10.0, 10.0)
                    }
                    .to_bits()
                })
                .collect();
            Dispatch {
                groups: [size / 128, 1, 1],
                buffers: vec![
                    buffer(0, Usage::Uniform, [size, 0.01f32.to_bits()]),
                    buffer(1, Usage::ReadOnly, bodies),
                    buffer(2, Usage::ReadWrite, vec![0; 4 * size as usize]),
                ],
            }
        },
        work: |d| {
            // Three differences, six fma, a root, three products.
            Work::Operations(19 * u64::from(d.words(0)[0]).pow(2))
        },
        reference: |d| {
            let (n, eps2) = (d.words(0)[0], f64::from(d.floats(0)[1]));
            let pos: Vec<f64> = d.floats(1).into_iter().map(f64::from).collect();
            // inverseSqrt is off by 2 ULP, three of them and nine other
            // roundings make a term; each addition rounds again.
            let bound = (12.0 + 9.0 + f64::from(n)) * EPS;
            let acc = parallel(n as usize, |bodies| {
                let mut acc = Vec::new();
                for me in pos[4 * bodies.start..4 * bodies.end].chunks_exact(4) {
                    let (mut sum, mut magnitude) = ([0.0; 3], [0.0; 3]);
                    for o in pos.chunks_exact(4) {
                        let d = [o[0] - me[0], o[1] - me[1], o[2] - me[2]];
                        let r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + eps2;
                        let f = o[3] / (r2 * r2.sqrt());
                        for i in 0..3 {
                            sum[i] += f * d[i];
                            magnitude[i] += (f * d[i]).abs();
                        }
                    }
                    acc.extend((0..3).map(|i| (sum[i], bound * magnitude[i])));
                    acc.push((0.0, 0.0));
                }
                acc
            });
            output(2, Expected::Floats(acc))
        },
    },
    Kernel {
        name: "reduce",
        source: shader!("reduce"),
        entry: "main",
        unit: "floats to add",
        test_size: 5000,
        bench_size: 1 << 22,
        large_size: 1 << 26,
        prepare: |size, rng| {
            let groups = size.div_ceil(2048).min(128.max(size >> 15));
            let src: Vec<u32> = (0..size).map(|_| rng.float(-1.0, 1.0).to_bits()).collect();
            Dispatch {
                groups: [groups, 1, 1],
                buffers: vec![
                    buffer(0, Usage::Uniform, [size, groups * 256]),
                    buffer(1, Usage::ReadOnly, src),
                    buffer(2, Usage::ReadWrite, vec![0; groups as usize]),
                ],
            }
        },
        work: |d| Work::Bytes(bytes_of(d, &[1])),
        reference: |d| {
            let src = d.floats(1);
            let stride = d.words(0)[1] as usize;
            let sums = (0..d.groups[0] as usize).map(|group| {
                let (mut sum, mut magnitude) = (0.0, 0.0);
                for first in (group * 256..src.len()).step_by(stride) {
                    for &x in &src[first..src.len().min(first + 256)] {
                        sum += f64::from(x);
                        magnitude += f64::from(x.abs());
                    }
                }
                let additions = src.len().div_ceil(stride) + 8;
                (sum, additions as f64 * EPS * magnitude)
            });
            output(2, Expected::Floats(sums.collect()))
        },
    },
    Kernel {
        name: "saxpy4",
        source: shader!("saxpy4"),
        entry: "main",
        unit: "vectors of 4 floats",
        test_size: 1000,
        bench_size: 1 << 20,
        large_size: 65535 * 64,
        prepare: |size, rng| {
            let mut vector = |_| {
                (0..4 * size)
                    .map(|_| rng.float(-4.0, 4.0).to_bits())
                    .collect::<Vec<u32>>()
            };
            let (x, y) = (vector(0), vector(1));
            Dispatch {
                groups: [size.div_ceil(64), 1, 1],
                buffers: vec![
                    buffer(0, Usage::Uniform, [1.7f32.to_bits(), size]),
                    buffer(1, Usage::ReadOnly, x),
                    buffer(2, Usage::ReadWrite, y),
                ],
            }
        },
        work: |d| Work::Bytes(bytes_of(d, &[1, 2, 2])),
        reference: |d| {
            let a = f64::from(d.floats(0)[0]);
            let y = d.floats(1).into_iter().zip(d.floats(2)).map(|(x, y)| {
                let product = a * f64::from(x);
                let sum = product + f64::from(y);
                // fma may be a product and a sum, each rounded.
                (sum, EPS * (product.abs() + sum.abs()) * 1.01)
            });
            output(2, Expected::Floats(y.collect()))
        },
    },
    Kernel {
        name: "scan",
        source: shader!("scan"),
        entry: "main",
        unit: "words, in blocks of 512",
        test_size: 1536,
        bench_size: 1 << 20,
        large_size: 65535 * 512,
        prepare: |size, rng| {
            let blocks = size.div_ceil(512);
            let src: Vec<u32> = (0..512 * blocks).map(|_| rng.u32()).collect();
            Dispatch {
                groups: [blocks, 1, 1],
                buffers: vec![
                    buffer(0, Usage::ReadOnly, src.iter().copied()),
                    buffer(1, Usage::ReadWrite, vec![0; src.len()]),
                    buffer(2, Usage::ReadWrite, vec![0; blocks as usize]),
                ],
            }
        },
        work: |d| Work::Bytes(bytes_of(d, &[0, 1, 2])),
        reference: |d| {
            let (mut dst, mut sums) = (Vec::new(), Vec::new());
            for block in d.words(0).chunks_exact(512) {
                let mut sum = 0u32;
                for x in block {
                    dst.push(sum);
                    sum = sum.wrapping_add(*x);
                }
                sums.push(sum);
            }
            [
                output(1, Expected::Words(dst)),
                output(2, Expected::Words(sums)),
            ]
            .concat()
        },
    },
    Kernel {
        name: "softmax",
        source: shader!("softmax"),
        entry: "main",
        unit: "rows of 1000",
        test_size: 3,
        bench_size: 2048,
        large_size: 32768,
        prepare: |size, rng| {
            let cols = 1000;
            let x: Vec<u32> = (0..size * cols)
                .map(|_| rng.float(-6.0, 2.0).to_bits())
                .collect();
            Dispatch {
                groups: [size, 1, 1],
                buffers: vec![
                    buffer(0, Usage::Uniform, [cols]),
                    buffer(1, Usage::ReadWrite, x),
                ],
            }
        },
        work: |d| Work::Bytes(bytes_of(d, &[1, 1])),
        reference: |d| {
            let cols = d.words(0)[0] as usize;
            let mut y = Vec::new();
            for row in d.floats(1).chunks_exact(cols) {
                let max = row.iter().copied().fold(f32::MIN, f32::max);
                // The kernel rounds the difference before it takes exp.
                let exps: Vec<(f64, f64)> = row
                    .iter()
                    .map(|x| (f64::from(x - max).exp(), f64::from(max - x)))
                    .collect();
                let sum: f64 = exps.iter().map(|e| e.0).sum();
                for (e, x) in exps {
                    // exp is off by 3 + 2|x| ULP, in the sum by no more than
                    // for the farthest; division by 2.5; additions and the
                    // last product by half of one each.
                    let ulps = (3.0 + 2.0 * x)
                        + (3.0 + 2.0 * 8.0)
                        + 2.5
                        + 0.5 * (cols.div_ceil(128) as f64 + 7.0 + 1.0);
                    y.push((e / sum, e / sum * ulps * 2.0 * EPS));
                }
            }
            output(1, Expected::Floats(y))
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::{parse, Interpreter, Limits};

    #[test]
    fn interpreter_agrees_with_the_references() {
        for kernel in KERNELS {
            let (module, info) = parse(kernel.source).unwrap();
            let interpreter =
                Interpreter::new(&module, &info, kernel.entry, &BTreeMap::new()).unwrap();
            for (size, seed) in [(kernel.test_size, 1), (1, 2)] {
                let dispatch = kernel.dispatch(size, seed);
                let mut bindings = dispatch.bindings();
                let time = std::time::Instant::now();
                let stats = interpreter
                    .run(dispatch.groups, &mut bindings, &[], Limits::default())
                    .unwrap();
                println!("{} {size}: {stats:?} in {:?}", kernel.name, time.elapsed());
                if let Err(e) = check(&kernel.expected(&dispatch), &bindings) {
                    panic!("{} of size {size}: {e}", kernel.name);
                }
            }
        }
    }

    #[test]
    fn a_wrong_output_is_found() {
        let kernel = &KERNELS[0];
        let dispatch = kernel.dispatch(64, 1);
        let expected = kernel.expected(&dispatch);
        let mut bindings = dispatch.bindings();
        let Expected::Words(words) = &expected[0].expected else {
            panic!()
        };
        assert_eq!(words[..3], [111, 118, 178]);
        assert!(matches!(
            check(&expected, &bindings),
            Err(Mismatch::Element { index: 0, .. })
        ));
        bindings.clear();
        assert!(matches!(
            check(&expected, &bindings),
            Err(Mismatch::Size { got: 0, .. })
        ));
    }
}
