'use strict';
// WebGPU for Node. `create()` gives a GPU, as `navigator.gpu` is in a browser; the classes and
// constants are exports, and `create` also makes them globals, as pages expect them.

const adapter = require('./adapter.js');
const binding = require('./binding.js');
const { GPUBuffer } = require('./buffer.js');
const commands = require('./commands.js');
const constants = require('./constants.js');
const errors = require('./errors.js');
const pipeline = require('./pipeline.js');
const { GPUQuerySet } = require('./query.js');
const { GPUQueue } = require('./queue.js');
const render = require('./render.js');
const texture = require('./texture.js');

const globals = { GPUBuffer, GPUQuerySet, GPUQueue, ...constants };
for (const part of [adapter, binding, commands, errors, pipeline, render, texture]) {
  for (const [name, value] of Object.entries(part)) {
    if (name.startsWith('GPU') || name.startsWith('WGSL')) globals[name] = value;
  }
}

/** Options as an object, or as the strings of a command line: `adapter=NAME`, `strict`, `seed=N`. */
function options(given = {}) {
  if (!Array.isArray(given)) return given;
  const out = {};
  for (const flag of given) {
    const [name, value] = flag.split(/=(.*)/s);
    if (!['adapter', 'strict', 'seed'].includes(name)) throw new TypeError(`unknown flag ${flag}`);
    out[name] = value ?? true;
  }
  return out;
}

/**
 * A GPU over one adapter: a name of docs/cli.md such as `virtual-gfx1100`, `tinygpu` or `vulkan`;
 * without a name what EGPU_ADAPTER says, or the first card there is. `strict` and `seed` are for
 * the virtual card. Throws if the adapter is not there.
 */
function create(given) {
  const { adapter: name, strict = false, seed = 0 } = options(given);
  for (const [key, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, key, { value, writable: true, configurable: true });
  }
  return adapter.makeGPU({ name, strict: !!strict, seed: Number(seed) });
}

module.exports = { create, ...globals };
