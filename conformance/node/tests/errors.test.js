'use strict';
// Scopes, events, conversions, and what must not crash.

const assert = require('node:assert/strict');
const test = require('node:test');
const { create } = require('..');
const { device, errorOf, gpu } = require('./helpers.js');

test('an error goes to the innermost scope of its kind', async () => {
  const d = await device();
  d.pushErrorScope('validation');
  d.pushErrorScope('out-of-memory');
  d.createBuffer({ size: 4, usage: 0 });
  assert.equal(await d.popErrorScope(), null);
  assert.ok((await d.popErrorScope()) instanceof GPUValidationError);
  await assert.rejects(d.popErrorScope(), { name: 'OperationError' });
  d.destroy();
});

test('without a scope it is an event, later, in the order of listeners', async () => {
  const d = await device();
  const heard = [];
  d.addEventListener('uncapturederror', event => {
    event.preventDefault();
    heard.push(['first', event.error.constructor.name]);
  });
  d.onuncapturederror = () => heard.push(['handler']);
  const last = new Promise(resolve => d.addEventListener('uncapturederror', resolve));
  d.createBuffer({ size: 4, usage: 0 });
  assert.deepEqual(heard, []);
  await last;
  assert.deepEqual(heard, [['first', 'GPUValidationError'], ['handler']]);
  d.destroy();
});

test('conversions throw; validation does not', async () => {
  const d = await device();
  assert.throws(() => d.createBuffer(), TypeError);
  assert.throws(() => d.createBuffer({ size: 4 }), TypeError);
  assert.throws(() => d.createBuffer({ size: -1, usage: 8 }), TypeError);
  assert.throws(() => d.createBuffer({ size: 4, usage: 2 ** 32 }), TypeError);
  assert.throws(() => d.createBindGroup({ layout: {}, entries: [] }), TypeError);
  assert.throws(() => new GPUBuffer(), TypeError);
  assert.throws(() => GPUBuffer.prototype.unmap.call({}), TypeError);
  assert.throws(() => d.createQuerySet({ type: 'timestamp', count: 1 }), TypeError);
  assert.ok(await errorOf(d, () => d.createBuffer({ size: 4, usage: 1 << 20 })));
  d.destroy();
});

test('limits and features are asked for as the specification says', async () => {
  const refused = async (descriptor, what) =>
    assert.rejects((await gpu.requestAdapter()).requestDevice(descriptor), what);
  await refused({ requiredFeatures: ['nonsense'] }, TypeError);
  await refused({ requiredFeatures: ['texture-compression-bc'] }, TypeError);
  await refused({ requiredLimits: { nonsense: 1 } }, { name: 'OperationError' });
  await refused({ requiredLimits: { maxBindGroups: 1e6 } }, { name: 'OperationError' });
  await refused(
    { requiredLimits: { minUniformBufferOffsetAlignment: 100 } },
    { name: 'OperationError' },
  );
  const adapter = await gpu.requestAdapter();
  const size = adapter.limits.maxComputeWorkgroupSizeX;
  const d = await adapter.requestDevice({
    requiredFeatures: adapter.features,
    requiredLimits: { maxComputeWorkgroupSizeX: size, nothing: undefined },
  });
  assert.equal(d.limits.maxComputeWorkgroupSizeX, size);
  assert.deepEqual([...d.features].sort(), [...adapter.features].sort());
  await assert.rejects(adapter.requestDevice(), { name: 'OperationError' });
  d.destroy();
});

test('used up objects, foreign objects and rendering are errors', async () => {
  const d = await device();
  const commands = d.createCommandEncoder().finish();
  d.queue.submit([commands]);
  assert.ok(await errorOf(d, () => d.queue.submit([commands])));
  const encoder = d.createCommandEncoder();
  encoder.finish();
  assert.ok(await errorOf(d, () => encoder.pushDebugGroup('late')));
  const open = d.createCommandEncoder();
  const pass = open.beginComputePass();
  assert.ok(await errorOf(d, () => open.finish()));
  await errorOf(d, () => pass.end());
  const other = await create({ adapter: 'virtual-gfx1201' })
    .requestAdapter()
    .then(adapter => adapter.requestDevice());
  const foreign = other.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST });
  assert.ok(await errorOf(d, () => d.queue.writeBuffer(foreign, 0, new Uint32Array(1))));
  assert.ok(await errorOf(d, () => d.createRenderPipeline({})));
  const { TEXTURE_BINDING: usage } = GPUTextureUsage;
  assert.ok(await errorOf(d, () => d.createTexture({ size: [4], format: 'r8unorm', usage })));
  other.destroy();
  d.destroy();
});

test('a destroyed buffer can be bound, and its use is an error of the submission', async () => {
  const d = await device();
  const { COMPUTE: visibility } = GPUShaderStage;
  const layout = d.createBindGroupLayout({
    entries: [{ binding: 0, visibility, buffer: { type: 'storage' } }],
  });
  const buffer = d.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });
  const bind = resource => d.createBindGroup({ layout, entries: [{ binding: 0, resource }] });
  const commandsWith = group => {
    const encoder = d.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, group);
    pass.end();
    return encoder.finish();
  };
  const before = commandsWith(bind(buffer));
  assert.equal(await errorOf(d, () => d.queue.submit([before])), null);
  buffer.destroy();
  let after;
  const group = () => bind({ buffer, offset: 0, size: 16 });
  assert.equal(await errorOf(d, () => (after = commandsWith(group()))), null);
  assert.match((await errorOf(d, () => d.queue.submit([after]))).message, /destroyed/);
  assert.ok(await errorOf(d, () => bind({ buffer, offset: 256 })));
  d.destroy();
});

test('render objects are invalid, not missing', async () => {
  const d = await device();
  const encoder = d.createCommandEncoder();
  const record = () => {
    const pass = encoder.beginRenderPass({ colorAttachments: [] });
    assert.ok(pass instanceof GPURenderPassEncoder);
    pass.setViewport(0, 0, 1, 1, 0, 1);
    pass.draw(3);
    pass.end();
    assert.throws(() => pass.setViewport(0), TypeError);
  };
  assert.equal(await errorOf(d, record), null);
  assert.ok(await errorOf(d, () => encoder.finish()));
  let bundles;
  assert.ok(await errorOf(d, () => (bundles = d.createRenderBundleEncoder({ colorFormats: [] }))));
  assert.equal(await errorOf(d, () => bundles.draw(3)), null);
  assert.ok(await errorOf(d, () => assert.ok(bundles.finish() instanceof GPURenderBundle)));
  assert.ok(await errorOf(d, () => bundles.draw(3)));
  d.destroy();
});

test('a texture that no card could hold is out of memory, one that ours cannot is refused', async () => {
  const d = await device();
  const { COPY_DST: usage } = GPUTextureUsage;
  const large = { size: [8192, 8192, 256], format: 'rgba32float', usage };
  const error = await errorOf(d, () => d.createTexture(large), 'out-of-memory');
  assert.ok(error instanceof GPUOutOfMemoryError);
  assert.match(error.message, /274877906944 bytes/);
  // What is wrong with a descriptor is said first.
  assert.ok(await errorOf(d, () => d.createTexture({ ...large, usage: 0 })));
  assert.ok(await errorOf(d, () => d.createTexture({ ...large, size: [8193, 8192, 256] })));
  const small = await errorOf(d, () => d.createTexture({ ...large, size: [4] }));
  assert.match(small.message, /this adapter has no textures/);
  d.destroy();
});

test('a device says why it was lost', async () => {
  const strict = create({ adapter: 'virtual-gfx1100', strict: true });
  const d = await (await strict.requestAdapter()).requestDevice();
  const module = d.createShaderModule({
    code: `var<workgroup> shared_word: u32;
      @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
        shared_word = i;
      }`,
  });
  const pipeline = d.createComputePipeline({ layout: 'auto', compute: { module } });
  const encoder = d.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.dispatchWorkgroups(1);
  pass.end();
  d.queue.submit([encoder.finish()]);
  await d.queue.onSubmittedWorkDone();
  const { reason, message } = await d.lost;
  assert.equal(reason, 'unknown');
  assert.match(message, /LdsRace/);
});

test('a lost device says nothing more', async () => {
  const d = await device();
  d.pushErrorScope('validation');
  d.destroy();
  d.createBuffer({ size: 4, usage: 0 });
  assert.equal(await d.popErrorScope(), null);
  await d.queue.onSubmittedWorkDone();
  const { reason, message } = await d.lost;
  assert.equal(reason, 'destroyed');
  assert.notEqual(message, '');
});

test('an adapter that is not there is an error with advice', () => {
  assert.throws(() => create({ adapter: 'virtual-gfx9999' }), /no adapter/);
});
