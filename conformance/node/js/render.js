'use strict';
// Rendering, which no adapter here is asked for. Its objects have the shape that the standard gives
// them and are invalid: making one is a validation error, an encoder that begins a render pass fails
// at finish(), and what is said to them afterwards is ignored, as it is for any invalid object.

const { guard, labelled, make, of } = require('./internal.js');
const { GPUPipelineError } = require('./errors.js');
const { layoutOfPipeline } = require('./binding.js');
const { bindGroupArguments, immediatesArguments } = require('./programmable.js');
const { need } = require('./webidl.js');

const message = name => `${name}: only compute is supported`;

class GPURenderPipeline {
  constructor(token) {
    guard(token);
  }
  getBindGroupLayout(index) {
    const { core } = of(this, GPURenderPipeline);
    need(arguments, 1, 'getBindGroupLayout');
    core.invalid('getBindGroupLayout: the pipeline is invalid');
    return layoutOfPipeline(core, 0);
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
  end() {
    const pass = of(this, GPURenderPassEncoder);
    if (pass.ended) pass.core.invalid('end: this has ended');
    pass.ended = true;
  }
}

class GPURenderBundleEncoder {
  constructor(token) {
    guard(token);
  }
  finish() {
    const bundle = of(this, GPURenderBundleEncoder);
    bundle.core.invalid(bundle.ended ? 'finish: this has ended' : message('finish'));
    bundle.ended = true;
    return make(GPURenderBundle, { core: bundle.core, handle: 0, label: '' });
  }
}

/** Commands of both encoders and of passes alone, with the arguments they need. */
const commands = {
  setPipeline: 1,
  setIndexBuffer: 2,
  setVertexBuffer: 2,
  draw: 1,
  drawIndexed: 1,
  drawIndirect: 2,
  drawIndexedIndirect: 2,
  pushDebugGroup: 1,
  popDebugGroup: 0,
  insertDebugMarker: 1,
};
const passCommands = {
  setViewport: 6,
  setScissorRect: 4,
  setBlendConstant: 1,
  setStencilReference: 1,
  beginOcclusionQuery: 1,
  endOcclusionQuery: 0,
  executeBundles: 1,
};
/** Those that compute passes have too: what they are given is converted all the same. */
const shared = { setBindGroup: bindGroupArguments, setImmediates: immediatesArguments };
for (const [Class, all] of [
  [GPURenderPassEncoder, { ...commands, ...passCommands }],
  [GPURenderBundleEncoder, commands],
]) {
  for (const [name, count] of Object.entries(all)) {
    Class.prototype[name] = {
      [name](...args) {
        const encoder = of(this, Class);
        need(args, count, name);
        if (encoder.ended) encoder.core.invalid(`${name}: this has ended`);
      },
    }[name];
  }
  for (const [name, convert] of Object.entries(shared)) {
    Class.prototype[name] = {
      [name](_first, _second) {
        const encoder = of(this, Class);
        convert(arguments);
        if (encoder.ended) encoder.core.invalid(`${name}: this has ended`);
      },
    }[name];
  }
  labelled(Class);
}

class GPUExternalTexture {
  constructor(token) {
    guard(token);
  }
}
labelled(GPUExternalTexture);

/** A pass of an encoder that is broken by it. */
const deadPass = (core, label, ended) =>
  make(GPURenderPassEncoder, { core, handle: 0, label, ended });

function createRenderPipeline(core) {
  core.invalid(message('createRenderPipeline'));
  return make(GPURenderPipeline, { core, handle: 0, label: '' });
}

async function createRenderPipelineAsync(core) {
  // A device that is lost has nothing to complain of.
  if (core.isLost) return make(GPURenderPipeline, { core, handle: 0, label: '' });
  throw new GPUPipelineError(message('createRenderPipelineAsync'), { reason: 'validation' });
}

function createRenderBundleEncoder(core) {
  core.invalid(message('createRenderBundleEncoder'));
  return make(GPURenderBundleEncoder, { core, handle: 0, label: '', ended: false });
}

function importExternalTexture() {
  throw new TypeError(message('importExternalTexture'));
}

module.exports = {
  GPUExternalTexture,
  GPURenderBundle,
  GPURenderBundleEncoder,
  GPURenderPassEncoder,
  GPURenderPipeline,
  createRenderBundleEncoder,
  createRenderPipeline,
  createRenderPipelineAsync,
  deadPass,
  importExternalTexture,
};
