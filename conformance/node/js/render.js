'use strict';
// Rendering, which no adapter here is asked for: every way in is a validation error, or an
// exception where there is no object to give.

const { guard, labelled, make } = require('./internal.js');
const { GPUPipelineError } = require('./errors.js');

const message = name => `${name}: only compute is supported`;

class GPURenderPipeline {
  constructor(token) {
    guard(token);
  }
}
labelled(GPURenderPipeline);

class GPURenderBundle {
  constructor(token) {
    guard(token);
  }
}
labelled(GPURenderBundle);

class GPURenderPassEncoder {
  constructor(token) {
    guard(token);
  }
}
labelled(GPURenderPassEncoder);

class GPURenderBundleEncoder {
  constructor(token) {
    guard(token);
  }
}
labelled(GPURenderBundleEncoder);

function createRenderPipeline(core) {
  core.invalid(message('createRenderPipeline'));
  return make(GPURenderPipeline, { core, handle: 0, label: '' });
}

async function createRenderPipelineAsync() {
  throw new GPUPipelineError(message('createRenderPipelineAsync'), { reason: 'validation' });
}

function createRenderBundleEncoder(core) {
  core.invalid(message('createRenderBundleEncoder'));
  return make(GPURenderBundleEncoder, { core, handle: 0, label: '' });
}

function importExternalTexture() {
  throw new TypeError(message('importExternalTexture'));
}

module.exports = {
  GPURenderBundle,
  GPURenderBundleEncoder,
  GPURenderPassEncoder,
  GPURenderPipeline,
  createRenderBundleEncoder,
  createRenderPipeline,
  createRenderPipelineAsync,
  importExternalTexture,
};
