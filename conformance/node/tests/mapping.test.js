'use strict';
// Mapping: states, order, ranges, what detaches.

const assert = require('node:assert/strict');
const test = require('node:test');
const { device, errorOf, words } = require('./helpers.js');

test('states follow the promise', async () => {
  const d = await device();
  const { COPY_SRC, MAP_WRITE } = GPUBufferUsage;
  const buffer = d.createBuffer({ size: 16, usage: MAP_WRITE | COPY_SRC });
  assert.equal(buffer.mapState, 'unmapped');
  const first = buffer.mapAsync(GPUMapMode.WRITE);
  assert.equal(buffer.mapState, 'pending');
  await assert.rejects(buffer.mapAsync(GPUMapMode.WRITE), { name: 'OperationError' });
  await first;
  assert.equal(buffer.mapState, 'mapped');
  const array = buffer.getMappedRange(8, 4);
  assert.throws(() => buffer.getMappedRange(8, 8), { name: 'OperationError' });
  new Uint32Array(array)[0] = 7;
  buffer.unmap();
  assert.equal(array.byteLength, 0);
  assert.deepEqual(await words(d, buffer), [0, 0, 7, 0]);
  d.destroy();
});

test('unmap aborts what is pending; destroying the device detaches', async () => {
  const d = await device();
  const { COPY_DST, MAP_READ } = GPUBufferUsage;
  const buffer = d.createBuffer({ size: 8, usage: MAP_READ | COPY_DST });
  const pending = buffer.mapAsync(GPUMapMode.READ);
  buffer.unmap();
  await assert.rejects(pending, { name: 'AbortError' });
  await buffer.mapAsync(GPUMapMode.READ);
  const array = buffer.getMappedRange();
  d.destroy();
  assert.equal(array.byteLength, 0);
  assert.equal((await d.lost).reason, 'destroyed');
});

test('mappedAtCreation needs no usage, and shows even where there is no buffer', async () => {
  const d = await device();
  const { COPY_SRC } = GPUBufferUsage;
  const buffer = d.createBuffer({ size: 8, usage: COPY_SRC, mappedAtCreation: true });
  new Uint32Array(buffer.getMappedRange()).set([3, 4]);
  buffer.unmap();
  assert.deepEqual(await words(d, buffer), [3, 4]);
  let invalid;
  const error = await errorOf(d, () => {
    invalid = d.createBuffer({ size: 8, usage: 0, mappedAtCreation: true });
  });
  assert.ok(error instanceof GPUValidationError);
  assert.equal(invalid.getMappedRange().byteLength, 8);
  invalid.unmap();
  const size = 6;
  assert.throws(() => d.createBuffer({ size, usage: COPY_SRC, mappedAtCreation: true }), RangeError);
  d.destroy();
});

test('promises resolve in the order of their calls', async () => {
  const d = await device();
  const { COPY_DST, MAP_READ } = GPUBufferUsage;
  const order = [];
  const buffers = [0, 1, 2].map(() => d.createBuffer({ size: 4, usage: MAP_READ | COPY_DST }));
  const promises = buffers.map((b, i) => b.mapAsync(GPUMapMode.READ).then(() => order.push(i)));
  promises.push(d.queue.onSubmittedWorkDone().then(() => order.push('done')));
  await Promise.all(promises);
  assert.deepEqual(order, [0, 1, 2, 'done']);
  d.destroy();
});

test('what cannot be mapped is an error and a rejection', async () => {
  const d = await device();
  const buffer = d.createBuffer({ size: 8, usage: GPUBufferUsage.COPY_DST });
  let promise;
  const error = await errorOf(d, () => {
    promise = buffer.mapAsync(GPUMapMode.READ);
    promise.catch(() => {});
  });
  assert.ok(error instanceof GPUValidationError);
  await assert.rejects(promise, { name: 'OperationError' });
  assert.equal(buffer.mapState, 'unmapped');
  d.destroy();
});
