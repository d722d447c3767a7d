'use strict';
// GPUCommandEncoder, GPUComputePassEncoder, GPUCommandBuffer. wgpu checks what is recorded, and
// reports at finish(); what is said to an encoder or pass after its end is caught here.

const native = require('./native.js');
const { guard, labelled, make, of, peek } = require('./internal.js');
const { GPUBuffer } = require('./buffer.js');
const { GPUComputePipeline } = require('./pipeline.js');
const { bindGroupArguments, immediatesArguments } = require('./programmable.js');
const { GPUQuerySet } = require('./query.js');
const { deadPass } = require('./render.js');
const { dictionary, need, object, required, u32, u64, usv } = require('./webidl.js');

const Base = dictionary('GPUObjectDescriptorBase', { label: [usv, ''] });
const buffer = object(GPUBuffer);

class GPUCommandBuffer {
  constructor(token) {
    guard(token);
  }
}
labelled(GPUCommandBuffer);

const ComputePassDescriptor = dictionary(
  'GPUComputePassDescriptor',
  {
    timestampWrites: [
      dictionary('GPUComputePassTimestampWrites', {
        querySet: [object(GPUQuerySet), required],
        beginningOfPassWriteIndex: [u32],
        endOfPassWriteIndex: [u32],
      }),
    ],
  },
  Base,
);

/** Calls a native function on an encoder or pass, or says that it has ended. */
function record(slot, name, ...args) {
  if (slot.ended) slot.core.invalid(`${name}: this has ended`);
  else slot.core.call(name, slot.handle, ...args);
}

class GPUCommandEncoder {
  constructor(token) {
    guard(token);
  }
  beginComputePass(descriptor) {
    const encoder = of(this, GPUCommandEncoder);
    const { label, timestampWrites } = ComputePassDescriptor(descriptor);
    const { core } = encoder;
    if (encoder.ended) {
      core.invalid('beginComputePass: the encoder has ended');
      return make(GPUComputePassEncoder, { core, handle: 0, label, ended: true, dead: true });
    }
    let timestamps;
    if (timestampWrites) {
      timestamps = {
        querySet: core.handleOf(timestampWrites.querySet),
        beginning: timestampWrites.beginningOfPassWriteIndex,
        end: timestampWrites.endOfPassWriteIndex,
      };
      if (peek(timestampWrites.querySet).destroyed) encoder.usesDestroyed = true;
    }
    const handle = core.call('beginComputePass', encoder.handle, label, timestamps);
    const pass = { core, handle, label, ended: false, dead: handle === 0, encoder: this };
    if (pass.dead) encoder.broken ??= 'a pass could not begin';
    const made = make(GPUComputePassEncoder, pass, native.releasePass);
    encoder.pass = made;
    return made;
  }
  beginRenderPass(descriptor) {
    const encoder = of(this, GPUCommandEncoder);
    need(arguments, 1, 'beginRenderPass');
    const { label } = Base(descriptor, 'GPURenderPassDescriptor');
    refuse(encoder, 'beginRenderPass');
    return deadPass(encoder.core, label, encoder.ended);
  }
  copyBufferToBuffer(source, a, b, c, d) {
    const encoder = of(this, GPUCommandEncoder);
    const where = 'copyBufferToBuffer';
    need(arguments, 2, where);
    source = buffer(source, where);
    let sourceOffset = 0;
    let destination;
    let destinationOffset = 0;
    let size;
    if (a instanceof GPUBuffer) {
      destination = a;
      size = b === undefined ? undefined : u64(b, `${where}: size`);
    } else {
      need(arguments, 4, where);
      sourceOffset = u64(a, `${where}: sourceOffset`);
      destination = buffer(b, where);
      destinationOffset = u64(c, `${where}: destinationOffset`);
      size = d === undefined ? undefined : u64(d, `${where}: size`);
    }
    const { core } = encoder;
    record(
      encoder,
      where,
      core.handleOf(source),
      sourceOffset,
      core.handleOf(destination),
      destinationOffset,
      size,
    );
  }
  clearBuffer(target, offset = 0, size) {
    const encoder = of(this, GPUCommandEncoder);
    need(arguments, 1, 'clearBuffer');
    target = buffer(target, 'clearBuffer');
    offset = u64(offset, 'clearBuffer: offset');
    size = size === undefined ? undefined : u64(size, 'clearBuffer: size');
    record(encoder, 'clearBuffer', encoder.core.handleOf(target), offset, size);
  }
  resolveQuerySet(set, first, count, destination, offset) {
    const encoder = of(this, GPUCommandEncoder);
    const where = 'resolveQuerySet';
    need(arguments, 5, where);
    set = object(GPUQuerySet)(set, where);
    first = u32(first, `${where}: firstQuery`);
    count = u32(count, `${where}: queryCount`);
    destination = buffer(destination, where);
    offset = u64(offset, `${where}: destinationOffset`);
    const { core } = encoder;
    if (peek(set).destroyed) encoder.usesDestroyed = true;
    if (!encoder.ended && first + count > peek(set).count) {
      encoder.broken ??= `${where}: the set has ${peek(set).count} queries`;
    } else {
      record(encoder, where, core.handleOf(set), first, count, core.handleOf(destination), offset);
    }
  }
  insertDebugMarker(label) {
    need(arguments, 1, 'insertDebugMarker');
    record(of(this, GPUCommandEncoder), 'encoderInsertDebugMarker', usv(label));
  }
  pushDebugGroup(label) {
    need(arguments, 1, 'pushDebugGroup');
    record(of(this, GPUCommandEncoder), 'encoderPushDebugGroup', usv(label));
  }
  popDebugGroup() {
    record(of(this, GPUCommandEncoder), 'encoderPopDebugGroup');
  }
  finish(descriptor) {
    const encoder = of(this, GPUCommandEncoder);
    const { label } = Base(descriptor, 'GPUCommandBufferDescriptor');
    const { core } = encoder;
    const commands = { core, handle: 0, label, usesDestroyed: encoder.usesDestroyed };
    if (encoder.ended) core.invalid('finish: the encoder has ended');
    else {
      encoder.ended = true;
      if (encoder.broken) core.invalid(`finish: ${encoder.broken}`);
      else commands.handle = core.call('finishEncoder', encoder.handle);
    }
    return make(GPUCommandBuffer, commands, native.releaseCommands);
  }
}
labelled(GPUCommandEncoder);

/** What only rendering and textures need: recorded as an error that finish() reports. */
function refuse(encoder, name) {
  if (encoder.ended) encoder.core.invalid(`${name}: the encoder has ended`);
  else encoder.broken ??= `${name}: only compute is supported`;
}
for (const name of ['copyBufferToTexture', 'copyTextureToBuffer', 'copyTextureToTexture']) {
  Object.defineProperty(GPUCommandEncoder.prototype, name, {
    value: {
      [name](...args) {
        const encoder = of(this, GPUCommandEncoder);
        need(args, 3, name);
        refuse(encoder, name);
      },
    }[name],
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

class GPUComputePassEncoder {
  constructor(token) {
    guard(token);
  }
  setPipeline(pipeline) {
    const pass = of(this, GPUComputePassEncoder);
    need(arguments, 1, 'setPipeline');
    pipeline = object(GPUComputePipeline)(pipeline, 'setPipeline');
    inPass(pass, 'setPipeline', pass.core.handleOf(pipeline));
  }
  setBindGroup(_index, _group) {
    const pass = of(this, GPUComputePassEncoder);
    const { index, group, offsets } = bindGroupArguments(arguments);
    const handle = group ? pass.core.handleOf(group) : 0;
    // 0 would take the group away; a group that has no handle must fail instead.
    if (group && handle === 0) fails(pass, 'setBindGroup: the bind group is invalid');
    else inPass(pass, 'setBindGroup', index, handle, offsets);
    if (group && pass.encoder && peek(group).usesDestroyed) peek(pass.encoder).usesDestroyed = true;
  }
  setImmediates(_rangeOffset, _data) {
    const pass = of(this, GPUComputePassEncoder);
    const { offset, data } = immediatesArguments(arguments);
    const end = offset + data.length;
    const most = pass.core.maxImmediateSize;
    if (offset % 4 !== 0) fails(pass, `setImmediates: ${offset} is not a multiple of 4`);
    else if (end > most) fails(pass, `setImmediates: ${end} bytes are more than ${most}`);
    else inPass(pass, 'setImmediates', offset, data);
  }
  dispatchWorkgroups(x, y = 1, z = 1) {
    const pass = of(this, GPUComputePassEncoder);
    const where = 'dispatchWorkgroups';
    need(arguments, 1, where);
    inPass(pass, where, u32(x, `${where}: x`), u32(y, `${where}: y`), u32(z, `${where}: z`));
  }
  dispatchWorkgroupsIndirect(indirect, offset) {
    const pass = of(this, GPUComputePassEncoder);
    const where = 'dispatchWorkgroupsIndirect';
    need(arguments, 2, where);
    indirect = buffer(indirect, where);
    inPass(pass, where, pass.core.handleOf(indirect), u64(offset, `${where}: offset`));
  }
  insertDebugMarker(label) {
    need(arguments, 1, 'insertDebugMarker');
    inPass(of(this, GPUComputePassEncoder), 'passInsertDebugMarker', usv(label));
  }
  pushDebugGroup(label) {
    need(arguments, 1, 'pushDebugGroup');
    inPass(of(this, GPUComputePassEncoder), 'passPushDebugGroup', usv(label));
  }
  popDebugGroup() {
    inPass(of(this, GPUComputePassEncoder), 'passPopDebugGroup');
  }
  end() {
    const pass = of(this, GPUComputePassEncoder);
    inPass(pass, 'endPass');
    pass.ended = true;
  }
}
labelled(GPUComputePassEncoder);

/** A pass that never began takes everything in silence: its encoder has the error. */
function inPass(pass, name, ...args) {
  if (!pass.dead || pass.ended) record(pass, name, ...args);
}

/** Makes the encoder of a pass fail at finish(). */
function fails(pass, message) {
  if (pass.ended) pass.core.invalid(message);
  else if (pass.encoder) peek(pass.encoder).broken ??= message;
}

/** `GPUDevice.createCommandEncoder`. */
function createCommandEncoder(core, descriptor) {
  const { label } = Base(descriptor, 'GPUCommandEncoderDescriptor');
  const encoder = {
    core,
    handle: core.call('createCommandEncoder', label),
    label,
    ended: false,
    broken: null,
    usesDestroyed: false,
  };
  return make(GPUCommandEncoder, encoder, native.releaseEncoder);
}

module.exports = {
  GPUCommandBuffer,
  GPUCommandEncoder,
  GPUComputePassEncoder,
  createCommandEncoder,
};
