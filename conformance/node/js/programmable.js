'use strict';
// Arguments of the commands that compute passes, render passes and bundle encoders share
// (GPUBindingCommandsMixin), converted.

const { GPUBindGroup } = require('./binding.js');
const { bytes, need, nullable, object, sequence, u32, u64 } = require('./webidl.js');

/** Of `setBindGroup`: offsets are a sequence, or a part of a Uint32Array. */
function bindGroupArguments(args) {
  const where = 'setBindGroup';
  need(args, 2, where);
  const index = u32(args[0], `${where}: index`);
  const group = nullable(object(GPUBindGroup))(args[1], where);
  let offsets = args[2];
  if (offsets instanceof Uint32Array && args.length >= 4) {
    need(args, 5, where);
    const start = u64(args[3], `${where}: dynamicOffsetsDataStart`);
    const length = u32(args[4], `${where}: dynamicOffsetsDataLength`);
    if (start + length > offsets.length) {
      throw new RangeError(`${where}: [${start}, ${start + length}) is outside the offsets`);
    }
    offsets = Array.from(offsets.subarray(start, start + length));
  } else {
    offsets = offsets === undefined ? [] : sequence(u32)(offsets, `${where}: dynamicOffsets`);
  }
  return { index, group, offsets };
}

/** Of `setImmediates`: where to, and the bytes. */
function immediatesArguments(args) {
  const where = 'setImmediates';
  need(args, 2, where);
  const offset = u32(args[0], `${where}: rangeOffset`);
  const part = partOf(args[1], args[2], args[3], where, message => new RangeError(message));
  return { offset, data: part };
}

/**
 * The bytes that `dataOffset` and `size` mean of a buffer source: elements of a typed array, or
 * bytes. `error(message)` is what is thrown when they are not there, or not whole words.
 */
function partOf(data, dataOffset = 0, size, where, error) {
  const source = bytes(data, `${where}: data`);
  const element = ArrayBuffer.isView(data) ? (data.BYTES_PER_ELEMENT ?? 1) : 1;
  const start = u64(dataOffset, `${where}: dataOffset`) * element;
  const wanted = size === undefined ? undefined : u64(size, `${where}: size`) * element;
  if (start > source.length) throw error(`${where}: dataOffset is beyond the data`);
  const length = wanted ?? source.length - start;
  if (start + length > source.length) throw error(`${where}: size is beyond the data`);
  if (length % 4 !== 0) throw error(`${where}: ${length} bytes, not a multiple of 4`);
  const view = source.subarray(start, start + length);
  // Native code is not handed memory that other threads may write.
  return view.buffer instanceof SharedArrayBuffer ? view.slice() : view;
}

module.exports = { bindGroupArguments, immediatesArguments, partOf };
