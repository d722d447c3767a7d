//! The model on the card: weights, kernels, and the commands of one token.

use egpu_examples::Gpu;

use crate::shape::{scale_exponents, seed, Matrix, Shape, CHUNK, HEAD};

/// Workgroups that search the logits for the greatest; `advance` joins as many.
const SEARCHERS: u32 = 256;

struct Weights {
    weights: wgpu::Buffer,
    scales: wgpu::Buffer,
}

/// A dispatch that every token repeats.
struct Step {
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    groups: [u32; 2],
}

/// Everything that lives on the card.
pub struct Model {
    steps: Vec<Step>,
    state: wgpu::Buffer,
    logits: wgpu::Buffer,
}

struct Kernels<'g> {
    gpu: &'g Gpu,
    project: wgpu::ShaderModule,
    attention: wgpu::ShaderModule,
    tokens: wgpu::ShaderModule,
}

impl Kernels<'_> {
    fn pipeline(
        &self,
        module: &wgpu::ShaderModule,
        entry: &str,
        normalise: bool,
    ) -> wgpu::ComputePipeline {
        let constants: &[_] = match normalise {
            true => &[("normalise", 1.0)],
            false => &[],
        };
        self.gpu
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module,
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants,
                    ..Default::default()
                },
                cache: None,
            })
    }

    fn step(
        &self,
        pipeline: &wgpu::ComputePipeline,
        buffers: &[(u32, &wgpu::Buffer)],
        groups: [u32; 2],
    ) -> Step {
        let entries: Vec<_> = buffers
            .iter()
            .map(|&(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let descriptor = wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        };
        Step {
            pipeline: pipeline.clone(),
            group: self.gpu.device.create_bind_group(&descriptor),
            groups,
        }
    }

    /// Random weights, made on the card.
    fn weights(&self, matrix: Matrix, number: usize) -> Weights {
        let weights = Weights {
            weights: self.gpu.zeroed(4 * matrix.weight_words() as u64),
            scales: self.gpu.zeroed(4 * matrix.scale_words() as u64),
        };
        let random = self.gpu.uniform(&[seed(number), scale_exponents(matrix)]);
        let pipeline = self.pipeline(&self.tokens, "fill", false);
        let fill = self.step(
            &pipeline,
            &[(7, &random), (8, &weights.weights), (9, &weights.scales)],
            [matrix.weight_words().div_ceil(256).min(65535) as u32, 1],
        );
        self.gpu.dispatch(
            &fill.pipeline,
            &fill.group,
            [fill.groups[0], fill.groups[1], 1],
        );
        weights
    }
}

impl Model {
    /// Makes the weights, compiles the kernels and binds everything once. The first `context`
    /// positions have zero keys and values.
    pub fn new(gpu: &Gpu, shape: &Shape, context: usize, token: usize) -> Model {
        let module = |wgsl: &str| {
            gpu.device
                .create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: None,
                    source: wgpu::ShaderSource::Wgsl(wgsl.into()),
                })
        };
        let kernels = Kernels {
            gpu,
            project: module(include_str!("../../../shaders/decode/project.wgsl")),
            attention: module(include_str!("../../../shaders/decode/attention.wgsl")),
            tokens: module(include_str!("../../../shaders/decode/tokens.wgsl")),
        };
        let project_normalised = kernels.pipeline(&kernels.project, "project", true);
        let project_add = kernels.pipeline(&kernels.project, "project_add", false);
        let gate = kernels.pipeline(&kernels.project, "gate", true);
        let [rotate, attend, combine] = ["rotate", "attend", "combine"]
            .map(|entry| kernels.pipeline(&kernels.attention, entry, false));
        let [embed, choose, advance] = ["embed", "choose", "advance"]
            .map(|entry| kernels.pipeline(&kernels.tokens, entry, false));

        let floats = |n: usize| gpu.zeroed(4 * n as u64);
        let mut state = vec![0u32; 2 + shape.capacity];
        state[..2].copy_from_slice(&[context as u32, token as u32]);
        let state = gpu.storage(&state);
        let x = floats(shape.hidden);
        let qkv = floats(shape.qkv().rows);
        let chunks = shape.capacity / CHUNK;
        let parts = floats(shape.query_heads * chunks * (HEAD + 2));
        let attended = floats(shape.query_heads * HEAD);
        let inner = floats(shape.inner);
        let logits = floats(shape.tokens);
        let bests = gpu.zeroed(8 * u64::from(SEARCHERS));
        let heads = gpu.uniform(&[
            shape.query_heads as u32,
            shape.key_heads as u32,
            shape.capacity as u32,
            0,
        ]);
        let sizes = |m: Matrix| gpu.uniform(&[m.rows as u32, m.columns as u32 / 32]);
        let table_sizes = sizes(shape.table());
        let table = kernels.weights(shape.table(), 4 * shape.layers);

        // A projection: pairs of rows, four pairs a workgroup.
        let product = |pipeline: &wgpu::ComputePipeline,
                       matrix: Matrix,
                       weights: &Weights,
                       from: &wgpu::Buffer,
                       to: &wgpu::Buffer| {
            kernels.step(
                pipeline,
                &[
                    (0, &sizes(matrix)),
                    (1, &weights.weights),
                    (2, &weights.scales),
                    (3, from),
                    (4, to),
                ],
                [(matrix.rows / 8) as u32, 1],
            )
        };

        let mut steps = vec![kernels.step(
            &embed,
            &[
                (0, &table_sizes),
                (1, &state),
                (2, &table.weights),
                (3, &table.scales),
                (4, &x),
            ],
            [(shape.hidden / 8).div_ceil(64) as u32, 1],
        )];
        let (query_heads, key_heads) = (shape.query_heads as u32, shape.key_heads as u32);
        for layer in 0..shape.layers {
            let mut number = 4 * layer;
            let [w_qkv, w_output, w_gate, w_down] = shape.layer().map(|matrix| {
                number += 1;
                kernels.weights(matrix, number - 1)
            });
            let keys = floats(shape.cache_words());
            let values = floats(shape.cache_words());
            steps.extend([
                product(&project_normalised, shape.qkv(), &w_qkv, &x, &qkv),
                kernels.step(
                    &rotate,
                    &[
                        (0, &heads),
                        (1, &state),
                        (2, &qkv),
                        (3, &keys),
                        (4, &values),
                    ],
                    [query_heads + key_heads, 1],
                ),
                kernels.step(
                    &attend,
                    &[
                        (0, &heads),
                        (1, &state),
                        (2, &qkv),
                        (3, &keys),
                        (4, &values),
                        (5, &parts),
                    ],
                    [query_heads, chunks as u32],
                ),
                kernels.step(
                    &combine,
                    &[(0, &heads), (1, &state), (5, &parts), (6, &attended)],
                    [query_heads, 1],
                ),
                product(&project_add, shape.output(), &w_output, &attended, &x),
                product(&gate, shape.gate(), &w_gate, &x, &inner),
                product(&project_add, shape.down(), &w_down, &inner, &x),
            ]);
        }
        steps.extend([
            product(&project_normalised, shape.table(), &table, &x, &logits),
            kernels.step(
                &choose,
                &[(0, &table_sizes), (5, &logits), (6, &bests)],
                [SEARCHERS, 1],
            ),
            kernels.step(&advance, &[(1, &state), (6, &bests)], [1, 1]),
        ]);
        Model {
            steps,
            state,
            logits,
        }
    }

    /// Decodes one token and the next after it, and so on: the host has no part in the choice.
    pub fn decode(&self, gpu: &Gpu, count: usize) {
        for _ in 0..count {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                for step in &self.steps {
                    pass.set_pipeline(&step.pipeline);
                    pass.set_bind_group(0, &step.group, &[]);
                    pass.dispatch_workgroups(step.groups[0], step.groups[1], 1);
                }
            }
            gpu.queue.submit([encoder.finish()]);
        }
    }

    /// The logits after the last token.
    pub fn logits(&self, gpu: &Gpu) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
        gpu.read(&self.logits)
    }

    /// The tokens chosen at `positions`.
    pub fn tokens(
        &self,
        gpu: &Gpu,
        positions: std::ops::Range<usize>,
    ) -> Result<Vec<u32>, Box<dyn std::error::Error>> {
        let state = gpu.read::<u32>(&self.state)?;
        Ok(state[2..][positions].to_vec())
    }
}
