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

test('immediates belong to the pass, whatever pipeline comes before or after', async () => {
  const d = await device();
  const { COPY_SRC, STORAGE } = GPUBufferUsage;
  const out = d.createBuffer({ size: 16, usage: STORAGE | COPY_SRC });
  const kernel = (type, write) =>
    d.createShaderModule({
      code: `requires immediate_address_space;
        var<immediate> given: ${type};
        @group(0) @binding(0) var<storage, read_write> out: array<u32, 4>;
        @compute @workgroup_size(1) fn main() { ${write} }`,
    });
  const layout = d.createBindGroupLayout({
    entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'storage' } }],
  });
  const pipeline = (immediateSize, module) =>
    d.createComputePipeline({
      layout: d.createPipelineLayout({ bindGroupLayouts: [layout], immediateSize }),
      compute: { module },
    });
  const pair = pipeline(8, kernel('vec2u', 'out[0] = given.x; out[1] = given.y;'));
  const last = pipeline(16, kernel('vec4u', 'out[2] = given.w;'));
  const automatic = d.createComputePipeline({
    layout: 'auto',
    compute: { module: kernel('u32', 'out[3] = given;') },
  });
  const entries = [{ binding: 0, resource: out }];
  const encoder = d.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setImmediates(0, new Uint32Array([9, 1, 2, 9]), 1, 2);
  pass.setImmediates(8, new Uint8Array([3, 0, 0, 0, 4, 0, 0, 0]).buffer);
  pass.setBindGroup(0, d.createBindGroup({ layout, entries }));
  for (const one of [pair, last]) {
    pass.setPipeline(one);
    pass.dispatchWorkgroups(1);
  }
  pass.setPipeline(automatic);
  pass.setBindGroup(0, d.createBindGroup({ layout: automatic.getBindGroupLayout(0), entries }));
  pass.setImmediates(0, new Uint32Array([5]));
  pass.dispatchWorkgroups(1);
  pass.end();
  d.queue.submit([encoder.finish()]);
  assert.deepEqual(await words(d, out), [1, 2, 4, 5]);
  d.destroy();
});

test('immediates are words within the limit, and a dispatch needs those it reads', async () => {
  const d = await device();
  assert.equal(d.limits.maxImmediateSize, 64);
  const module = d.createShaderModule({
    code: 'var<immediate> n: u32; @compute @workgroup_size(1) fn main() { _ = n; let m = n + 1; }',
  });
  const pipeline = d.createComputePipeline({ layout: 'auto', compute: { module } });
  const errorOfPass = async work => {
    const encoder = d.createCommandEncoder();
    const pass = encoder.beginComputePass();
    work(pass);
    pass.end();
    return errorOf(d, () => encoder.finish());
  };
  const eight = new Uint8Array(8);
  assert.equal(await errorOfPass(pass => pass.setImmediates(56, eight)), null);
  assert.ok(await errorOfPass(pass => pass.setImmediates(60, eight)));
  assert.ok(await errorOfPass(pass => pass.setImmediates(2, eight)));
  await errorOfPass(pass => {
    assert.throws(() => pass.setImmediates(0, eight, 0, 6), RangeError);
    assert.throws(() => pass.setImmediates(0, eight, 4, 8), RangeError);
    assert.throws(() => pass.setImmediates(-4, eight), TypeError);
    assert.throws(() => pass.setImmediates(0, [0]), TypeError);
    assert.throws(() => pass.setImmediates(0), TypeError);
  });
  const dispatch = immediates => pass => {
    pass.setPipeline(pipeline);
    if (immediates) pass.setImmediates(0, immediates);
    pass.dispatchWorkgroups(1);
  };
  assert.equal(await errorOfPass(dispatch(eight)), null);
  assert.ok(await errorOfPass(dispatch(null)));
  const large = 'struct Large { a: array<vec4u, 17> } var<immediate> n: Large;';
  assert.ok(await errorOf(d, () => d.createShaderModule({ code: large })));
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

test('a workgroup keeps to the limits, whether constants say its size or not', async () => {
  const d = await device();
  const module = d.createShaderModule({
    code: `override n: u32;
      override words: u32 = 4096;
      var<workgroup> memory: array<u32, words>;
      @compute @workgroup_size(n) fn sized() {}
      @compute @workgroup_size(1) fn stored() { _ = memory[0]; }`,
  });
  const errorOfPipeline = (entryPoint, constants) =>
    errorOf(d, () =>
      d.createComputePipeline({ layout: 'auto', compute: { module, entryPoint, constants } }),
    );
  const { maxComputeWorkgroupSizeX: most } = d.limits;
  assert.equal(await errorOfPipeline('sized', { n: most }), null);
  assert.match((await errorOfPipeline('sized', { n: most + 1 })).message, /limit is 256/);
  // 4096 words are the 16 KiB that there are without asking.
  assert.equal(await errorOfPipeline('stored', { n: 1 }), null);
  assert.match((await errorOfPipeline('stored', { n: 1, words: 4097 })).message, /16384/);
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
