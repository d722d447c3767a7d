'use strict';
// Whole programs: from descriptors to bytes.

const assert = require('node:assert/strict');
const test = require('node:test');
const { device, errorOf, words } = require('./helpers.js');

const squares = `
  override offset: u32 = 0;
  @group(0) @binding(0) var<storage, read_write> data: array<u32>;
  @compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
    data[id.x] = data[id.x] * data[id.x] + offset;
  }`;

test('a kernel with a constant, dispatched directly and indirectly', async () => {
  const d = await device();
  const { COPY_DST, COPY_SRC, INDIRECT, STORAGE } = GPUBufferUsage;
  const data = d.createBuffer({ size: 64, usage: STORAGE | COPY_SRC | COPY_DST });
  d.queue.writeBuffer(data, 0, Uint32Array.from({ length: 16 }, (_, i) => i));
  const indirect = d.createBuffer({ size: 12, usage: INDIRECT | COPY_DST });
  d.queue.writeBuffer(indirect, 0, new Uint32Array([2, 1, 1]));
  const module = d.createShaderModule({ code: squares });
  const pipeline = await d.createComputePipelineAsync({
    layout: 'auto',
    compute: { module, entryPoint: 'main', constants: { offset: 1 } },
  });
  const group = d.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: data }],
  });
  const encoder = d.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(2);
  pass.dispatchWorkgroupsIndirect(indirect, 0);
  pass.end();
  d.queue.submit([encoder.finish()]);
  const expected = Array.from({ length: 16 }, (_, i) => (i * i + 1) ** 2 + 1);
  assert.deepEqual(await words(d, data), expected);
  d.destroy();
});

test('subgroups are enabled by their directive', async () => {
  const d = await device({ requiredFeatures: ['subgroups'] });
  const { COPY_SRC, STORAGE } = GPUBufferUsage;
  const out = d.createBuffer({ size: 4, usage: STORAGE | COPY_SRC });
  const module = d.createShaderModule({
    code: `enable subgroups;
      @group(0) @binding(0) var<storage, read_write> out: u32;
      @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
        let sum = subgroupAdd(i);
        if i == 0 { out = sum; }
      }`,
  });
  const pipeline = d.createComputePipeline({ layout: 'auto', compute: { module } });
  const group = d.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: out } }],
  });
  const encoder = d.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  d.queue.submit([encoder.finish()]);
  assert.deepEqual(await words(d, out), [120]);
  d.destroy();
});

test('what naga refuses or misplaces is said in another way', async () => {
  const d = await device({ requiredFeatures: ['shader-f16'] });
  const { COPY_SRC, STORAGE } = GPUBufferUsage;
  const out = d.createBuffer({ size: 32, usage: STORAGE | COPY_SRC });
  const module = d.createShaderModule({
    code: `enable f16;
      struct Inner { @align(16) word: u32 }
      struct Out { word: u32, inner: Inner }
      @group(0) @binding(0) var<storage, read_write> out: Out;
      @compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
        let halves = bitcast<vec2h>(0x3c00c000u + id.x);
        out.word = bitcast<u32>(halves.yx);
        out.inner.word = u32(frexp(halves.x).exp);
      }`,
  });
  const pipeline = d.createComputePipeline({ layout: 'auto', compute: { module } });
  const group = d.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: out } }],
  });
  const encoder = d.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  d.queue.submit([encoder.finish()]);
  assert.deepEqual(await words(d, out), [0xc0003c00, 0, 0, 0, 2, 0, 0, 0]);
  d.destroy();
});

test('compilation messages count UTF-16 units', async () => {
  const d = await device();
  let module;
  const error = await errorOf(d, () => {
    module = d.createShaderModule({ code: 'const ok = 1;\n/* \u{1F600} */ const \u00e9 = nothing;' });
  });
  assert.ok(error instanceof GPUValidationError);
  const { messages } = await module.getCompilationInfo();
  assert.equal(messages.length, 1);
  const [{ type, lineNum, linePos, offset, length }] = messages;
  assert.deepEqual([type, lineNum, linePos, offset, length], ['error', 2, 20, 33, 7]);
  d.destroy();
});

test('a pipeline that cannot be rejects, or is an error of the scope', async () => {
  const d = await device();
  const module = d.createShaderModule({ code: squares });
  const descriptor = { layout: 'auto', compute: { module, entryPoint: 'missing' } };
  await assert.rejects(d.createComputePipelineAsync(descriptor), error => {
    assert.ok(error instanceof GPUPipelineError && error instanceof DOMException);
    assert.equal(error.reason, 'validation');
    return true;
  });
  assert.ok(await errorOf(d, () => d.createComputePipeline(descriptor)));
  d.destroy();
});

test('what would overflow the stack of a parser is an error', async () => {
  const d = await device();
  const deep = n => `fn f() -> i32 { return ${'('.repeat(n)}1${')'.repeat(n)}; }`;
  for (const n of [400, 100_000]) {
    const error = await errorOf(d, () => d.createShaderModule({ code: deep(n) }));
    assert.ok(n === 400 || error instanceof GPUValidationError, `${n}: ${error?.message}`);
  }
  d.destroy();
});
