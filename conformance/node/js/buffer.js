'use strict';
// GPUBuffer and mapping. What a page sees of mapped memory is a copy: it is filled by
// getMappedRange, written back by unmap, and detached then.

const native = require('./native.js');
const { guard, labelled, make, of } = require('./internal.js');
const { abortError, operationError } = require('./errors.js');
const { boolean, dictionary, need, promised, required, u32, u64, usv } = require('./webidl.js');
const { GPUBufferUsage, GPUMapMode } = require('./constants.js');

const BufferDescriptor = dictionary(
  'GPUBufferDescriptor',
  {
    size: [u64, required],
    usage: [u32, required],
    mappedAtCreation: [boolean, false],
  },
  dictionary('GPUObjectDescriptorBase', { label: [usv, ''] }),
);

/** More than V8 gives one ArrayBuffer; asking for it would only try. */
const LARGEST_MAPPING = 2 ** 33;

class GPUBuffer {
  constructor(token) {
    guard(token);
  }
  get size() {
    return of(this, GPUBuffer).size;
  }
  get usage() {
    return of(this, GPUBuffer).usage;
  }
  get mapState() {
    const { pending, mapping } = of(this, GPUBuffer);
    return mapping ? 'mapped' : pending ? 'pending' : 'unmapped';
  }
  mapAsync(mode, offset = 0, size) {
    return promised(() => {
      need(arguments, 1, 'mapAsync');
      return map(this, mode, offset, size);
    });
  }
  getMappedRange(offset = 0, size) {
    const buffer = of(this, GPUBuffer);
    offset = u64(offset, 'getMappedRange: offset');
    size =
      size === undefined ? Math.max(0, buffer.size - offset) : u64(size, 'getMappedRange: size');
    const { mapping } = buffer;
    if (!mapping) throw operationError('the buffer is not mapped');
    if (offset % 8 !== 0) throw operationError(`the offset ${offset} is not a multiple of 8`);
    if (size % 4 !== 0) throw operationError(`the size ${size} is not a multiple of 4`);
    const end = offset + size;
    if (offset < mapping.offset || end > mapping.offset + mapping.size) {
      throw operationError(`[${offset}, ${end}) is not mapped`);
    }
    for (const range of mapping.ranges) {
      if (offset < range.end && range.offset < end) {
        throw operationError(`[${offset}, ${end}) overlaps [${range.offset}, ${range.end})`);
      }
    }
    const array = new ArrayBuffer(size);
    if (size > 0 && !mapping.fresh) {
      buffer.core.call('readMapped', buffer.handle, offset, new Uint8Array(array));
    }
    mapping.ranges.push({ offset, end, array });
    return array;
  }
  unmap() {
    unmap(of(this, GPUBuffer), true);
  }
  destroy() {
    const buffer = of(this, GPUBuffer);
    unmap(buffer, false);
    buffer.destroyed = true;
    buffer.core.call('destroyBuffer', buffer.handle);
  }
}
labelled(GPUBuffer);

/** `mapAsync`: conversions and refusals throw, all else comes by the promise. */
function map(object, mode, offset, size) {
  const buffer = of(object, GPUBuffer);
  mode = u32(mode, 'mapAsync: mode');
  offset = u64(offset, 'mapAsync: offset');
  size = size === undefined ? Math.max(0, buffer.size - offset) : u64(size, 'mapAsync: size');
  const { core } = buffer;
  if (core.isLost) throw operationError('the device is lost');
  if (buffer.pending) throw operationError('the buffer is being mapped');
  const wrong = cannotMap(buffer, mode, offset, size);
  if (wrong) core.invalid(`mapAsync: ${wrong}`);
  return new Promise((resolve, reject) => {
    const pending = { reject, keep: object };
    buffer.pending = pending;
    const done = ok => {
      if (buffer.pending !== pending) return;
      buffer.pending = null;
      if (wrong || !ok) {
        if (!buffer.mapping) core.mapped.delete(buffer);
        reject(operationError(wrong ?? 'mapping failed'));
        return;
      }
      buffer.mapping = { offset, size, write: mode === GPUMapMode.WRITE, ranges: [] };
      resolve();
    };
    core.mapped.add(buffer);
    // Of a range without bytes only the moment matters.
    if (wrong || size === 0) core.wait(token => core.call('onSubmittedWorkDone', token), done);
    else {
      const write = mode === GPUMapMode.WRITE;
      core.wait(token => core.call('mapBuffer', buffer.handle, token, write, offset, size), done);
    }
  });
}

/** Why mapAsync is a validation error, if it is. */
function cannotMap(buffer, mode, offset, size) {
  if (!buffer.valid) return 'the buffer is invalid';
  if (buffer.destroyed) return 'the buffer is destroyed';
  if (buffer.mapping) return 'the buffer is mapped';
  if (offset % 8 !== 0) return `the offset ${offset} is not a multiple of 8`;
  if (size % 4 !== 0) return `the size ${size} is not a multiple of 4`;
  if (offset + size > buffer.size) return `[${offset}, ${offset + size}) is outside the buffer`;
  if (mode === GPUMapMode.READ) {
    return buffer.usage & GPUBufferUsage.MAP_READ ? null : 'the buffer lacks MAP_READ';
  }
  if (mode === GPUMapMode.WRITE) {
    return buffer.usage & GPUBufferUsage.MAP_WRITE ? null : 'the buffer lacks MAP_WRITE';
  }
  return `the mode ${mode} is neither READ nor WRITE`;
}

function detach(array) {
  try {
    structuredClone(array, { transfer: [array] });
  } catch {
    // The page has detached it already.
  }
}

/** Ends a mapping or the wait for one, writing back what may be written if `keep`. */
function unmap(buffer, keep) {
  const { core, pending, mapping } = buffer;
  if (!pending && !mapping) return;
  buffer.pending = null;
  buffer.mapping = null;
  core.mapped.delete(buffer);
  pending?.reject(abortError('the buffer was unmapped'));
  for (const { offset, end, array } of mapping?.ranges ?? []) {
    if (keep && mapping.write && buffer.valid && array.byteLength === end - offset && end > offset) {
      core.call('writeMapped', buffer.handle, offset, new Uint8Array(array));
    }
    detach(array);
  }
  // What was never mapped below (an error, an empty range) says so; nobody asked.
  if (buffer.valid && !core.isLost) core.attempt('unmapBuffer', buffer.handle);
}

/** `GPUDevice.createBuffer`. */
function createBuffer(core, descriptor) {
  const { label, size, usage, mappedAtCreation } = BufferDescriptor(descriptor);
  if (mappedAtCreation) {
    if (size % 4 !== 0) throw new RangeError(`the size ${size} is not a multiple of 4`);
    if (size > LARGEST_MAPPING) throw new RangeError(`${size} bytes cannot be mapped`);
  }
  const { value: handle, errors } = core.attempt(
    'createBuffer',
    label,
    size,
    usage,
    mappedAtCreation,
  );
  for (const { filter, message } of errors) core.report(filter, message);
  const buffer = {
    core,
    handle,
    label,
    size,
    usage,
    valid: errors.length === 0,
    destroyed: false,
    pending: null,
    mapping: null,
  };
  if (mappedAtCreation) {
    // New memory is zero, and an invalid buffer has no other.
    buffer.mapping = { offset: 0, size, write: true, fresh: true, ranges: [] };
    core.mapped.add(buffer);
  }
  return make(GPUBuffer, buffer, native.releaseBuffer);
}

module.exports = { GPUBuffer, createBuffer, unmap };
