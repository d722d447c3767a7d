'use strict';
// GPUQueue.

const { guard, labelled, of, peek } = require('./internal.js');
const { GPUBuffer } = require('./buffer.js');
const { GPUCommandBuffer } = require('./commands.js');
const { operationError } = require('./errors.js');
const { partOf } = require('./programmable.js');
const { need, object, promised, sequence, u64 } = require('./webidl.js');

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
    const usesDestroyed = slots.some(slot => slot.usesDestroyed);
    if (isTwice) core.invalid('submit: a command buffer is there twice');
    else if (handles.includes(0)) core.invalid('submit: a command buffer is invalid or was submitted');
    else if (usesDestroyed) core.invalid('submit: a command buffer uses what is destroyed');
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
  writeBuffer(buffer, offset, data, dataOffset, size) {
    const { core } = of(this, GPUQueue);
    const where = 'writeBuffer';
    need(arguments, 3, where);
    buffer = object(GPUBuffer)(buffer, where);
    offset = u64(offset, `${where}: bufferOffset`);
    const view = partOf(data, dataOffset, size, where, operationError);
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
