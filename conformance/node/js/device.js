'use strict';
// GPUDevice.

const native = require('./native.js');
const { guard, labelled, make, of } = require('./internal.js');
const { Core } = require('./core.js');
const { GPUUncapturedErrorEvent } = require('./errors.js');
const { createBindGroup, createBindGroupLayout, createPipelineLayout } = require('./binding.js');
const { createBuffer, unmap } = require('./buffer.js');
const { createCommandEncoder } = require('./commands.js');
const { createComputePipeline, createComputePipelineAsync, createShaderModule } =
  require('./pipeline.js');
const { createQuerySet } = require('./query.js');
const { GPUQueue } = require('./queue.js');
const render = require('./render.js');
const { createSampler, createTexture } = require('./texture.js');
const { enumeration, need } = require('./webidl.js');

const errorFilter = enumeration('GPUErrorFilter', ['validation', 'out-of-memory', 'internal']);

class GPUDevice extends EventTarget {
  constructor(token) {
    guard(token);
    super();
  }
  get features() {
    return of(this, GPUDevice).features;
  }
  get limits() {
    return of(this, GPUDevice).limits;
  }
  get adapterInfo() {
    return of(this, GPUDevice).info;
  }
  get queue() {
    return of(this, GPUDevice).queue;
  }
  get lost() {
    return of(this, GPUDevice).core.lost;
  }
  destroy() {
    const { core } = of(this, GPUDevice);
    for (const buffer of [...core.mapped]) unmap(buffer, false);
    native.destroyDevice(core.handle);
    core.lose('destroyed', 'the device was destroyed');
  }
  pushErrorScope(filter) {
    const { core } = of(this, GPUDevice);
    need(arguments, 1, 'pushErrorScope');
    core.pushScope(errorFilter(filter, 'pushErrorScope'));
  }
  async popErrorScope() {
    return of(this, GPUDevice).core.popScope();
  }
  createQuerySet(descriptor) {
    const { core, features } = of(this, GPUDevice);
    need(arguments, 1, 'createQuerySet');
    return createQuerySet(core, descriptor, features.has('timestamp-query'));
  }
  get onuncapturederror() {
    return of(this, GPUDevice).handler;
  }
  set onuncapturederror(value) {
    const device = of(this, GPUDevice);
    const handler = typeof value === 'function' || typeof value === 'object' ? value : null;
    // The listener keeps its place among the others for as long as there is a handler.
    if (handler !== null && device.handler === null) {
      device.listener = event => {
        if (typeof device.handler === 'function') return device.handler.call(this, event);
      };
      this.addEventListener('uncapturederror', device.listener);
    } else if (handler === null && device.handler !== null) {
      this.removeEventListener('uncapturederror', device.listener);
    }
    device.handler = handler;
  }
}

/** Methods that make something from a descriptor: [function, may the descriptor be left out]. */
for (const [name, create, isOptional] of [
  ['createBuffer', createBuffer],
  ['createTexture', createTexture],
  ['createSampler', createSampler, true],
  ['createBindGroupLayout', createBindGroupLayout],
  ['createPipelineLayout', createPipelineLayout],
  ['createBindGroup', createBindGroup],
  ['createShaderModule', createShaderModule],
  ['createComputePipeline', createComputePipeline],
  ['createCommandEncoder', createCommandEncoder, true],
  ['createRenderPipeline', render.createRenderPipeline],
  ['createRenderBundleEncoder', render.createRenderBundleEncoder],
  ['importExternalTexture', render.importExternalTexture],
]) {
  GPUDevice.prototype[name] = {
    [name](descriptor) {
      const { core } = of(this, GPUDevice);
      if (!isOptional) need(arguments, 1, name);
      return create(core, descriptor);
    },
  }[name];
}
/** The same for those that give promises. */
for (const [name, create] of [
  ['createComputePipelineAsync', createComputePipelineAsync],
  ['createRenderPipelineAsync', render.createRenderPipelineAsync],
]) {
  GPUDevice.prototype[name] = {
    async [name](descriptor) {
      const { core } = of(this, GPUDevice);
      need(arguments, 1, name);
      return create(core, descriptor);
    },
  }[name];
}
labelled(GPUDevice);

/** A device that `requestDevice` has opened. */
function openDevice({ handle, adapterKey, label, queueLabel, features, limits, info }) {
  const core = new Core(handle, adapterKey, limits);
  const queue = make(GPUQueue, { core, label: queueLabel });
  const slot = { core, handle, label, queue, features, limits, info, handler: null };
  const device = make(GPUDevice, slot, native.releaseDevice);
  const weak = new WeakRef(device);
  core.uncaptured = error => {
    const init = { error, cancelable: true };
    const event = new GPUUncapturedErrorEvent('uncapturederror', init);
    // As browsers do: who does not handle an error reads about it.
    if (weak.deref()?.dispatchEvent(event) ?? true) {
      console.warn(`WebGPU: ${error.constructor.name}: ${error.message}`);
    }
  };
  return device;
}

module.exports = { GPUDevice, openDevice };
