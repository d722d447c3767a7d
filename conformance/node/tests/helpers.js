'use strict';
// What the tests share: one GPU on the virtual card, devices of it.

const { create } = require('..');

const gpu = create({ adapter: process.env.EGPU_ADAPTER || 'virtual-gfx1100' });

async function device(descriptor) {
  const adapter = await gpu.requestAdapter();
  return adapter.requestDevice(descriptor);
}

/** Runs `work` and gives the error that a scope of `filter` catches. */
async function errorOf(device, work, filter = 'validation') {
  device.pushErrorScope(filter);
  work();
  return device.popErrorScope();
}

/** The words of a buffer with COPY_SRC. */
async function words(device, buffer) {
  const { COPY_DST, MAP_READ } = GPUBufferUsage;
  const copy = device.createBuffer({ size: buffer.size, usage: COPY_DST | MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, copy);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const found = [...new Uint32Array(copy.getMappedRange())];
  copy.unmap();
  return found;
}

module.exports = { device, errorOf, gpu, words };
