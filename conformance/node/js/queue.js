'use strict';
// GPUQueue.

const { guard, labelled, of, peek } = require('./internal.js');
const { GPUBuffer } = require('./buffer.js');
const { GPUCommandBuffer } = require('./commands.js');
const { operationError } = require('./errors.js');
const { bytes, need, object, promised, sequence, u64 } = require('./webidl.js');

class GPUQueue {
  constructor(token) {
    guard(token);
  }
  submit(commandBuffers) {
    const { core } = of(this, GPUQueue);
    need(arguments, 1, 'submit');
    const given = sequence(object(GPUCommandBuffer))(commandBuffers, 'submit');
    const slots = given.map(peek);
    const handles = given.map(commands => core.handleOf(commands));
    const isTwice = new Set(given).size < given.length;
    const isUnusable = handles.includes(0) || slots.some(slot => slot.usesDestroyed);
    if (isTwice) core.invalid('submit: a command buffer is there twice');
    else if (isUnusable) core.invalid('submit: a command buffer is invalid or was submitted');
    else core.call('submit', handles);
    // Whether it went well or not, they are used up.
    for (const slot of slots) slot.handle = 0;
  }
  onSubmittedWorkDone() {
    return promised(() => {
      const { core } = of(this, GPUQueue);
      if (core.isLost) return Promise.resolve();
      return new Promise(resolve => {
        core.wait(token => core.call('onSubmittedWorkDone', token), () => resolve());
      });
    });
  }
  writeBuffer(buffer, offset, data, dataOffset = 0, size) {
    const { core } = of(this, GPUQueue);
    const where = 'writeBuffer';
    need(arguments, 3, where);
    buffer = object(GPUBuffer)(buffer, where);
    offset = u64(offset, `${where}: bufferOffset`);
    const source = bytes(data, `${where}: data`);
    const element = ArrayBuffer.isView(data) ? (data.BYTES_PER_ELEMENT ?? 1) : 1;
    const start = u64(dataOffset, `${where}: dataOffset`) * element;
    if (start > source.length) throw operationError(`${where}: dataOffset is beyond the data`);
    const length =
      size === undefined ? source.length - start : u64(size, `${where}: size`) * element;
    if (start + length > source.length) throw operationError(`${where}: size is beyond the data`);
    if (length % 4 !== 0) throw operationError(`${where}: ${length} bytes, not a multiple of 4`);
    let view = source.subarray(start, start + length);
    // Native code is not handed memory that other threads may write.
    if (view.buffer instanceof SharedArrayBuffer) view = view.slice();
    core.call(where, core.handleOf(buffer), offset, view);
  }
}
for (const name of ['writeTexture', 'copyExternalImageToTexture']) {
  Object.defineProperty(GPUQueue.prototype, name, {
    value: {
      [name]() {
        of(this, GPUQueue).core.invalid(`${name}: only compute is supported`);
      },
    }[name],
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
labelled(GPUQueue);

module.exports = { GPUQueue };
