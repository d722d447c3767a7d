'use strict';
// Namespaces of flags.

function flags(name, values) {
  return Object.freeze(
    Object.defineProperty({ ...values }, Symbol.toStringTag, { value: name }),
  );
}

module.exports = {
  GPUBufferUsage: flags('GPUBufferUsage', {
    MAP_READ: 0x0001,
    MAP_WRITE: 0x0002,
    COPY_SRC: 0x0004,
    COPY_DST: 0x0008,
    INDEX: 0x0010,
    VERTEX: 0x0020,
    UNIFORM: 0x0040,
    STORAGE: 0x0080,
    INDIRECT: 0x0100,
    QUERY_RESOLVE: 0x0200,
  }),
  GPUTextureUsage: flags('GPUTextureUsage', {
    COPY_SRC: 0x01,
    COPY_DST: 0x02,
    TEXTURE_BINDING: 0x04,
    STORAGE_BINDING: 0x08,
    RENDER_ATTACHMENT: 0x10,
  }),
  GPUMapMode: flags('GPUMapMode', { READ: 1, WRITE: 2 }),
  GPUShaderStage: flags('GPUShaderStage', { VERTEX: 1, FRAGMENT: 2, COMPUTE: 4 }),
  GPUColorWrite: flags('GPUColorWrite', { RED: 1, GREEN: 2, BLUE: 4, ALPHA: 8, ALL: 15 }),
};
