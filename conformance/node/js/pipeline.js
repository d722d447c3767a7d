'use strict';
// GPUShaderModule with its messages, and GPUComputePipeline.

const native = require('./native.js');
const { expose, guard, labelled, make, of } = require('./internal.js');
const { GPUPipelineError } = require('./errors.js');
const { GPUPipelineLayout, layoutOfPipeline } = require('./binding.js');
const { dictionary, double, enumeration, need, object, record, required, sequence, u32, union, usv } =
  require('./webidl.js');

const Base = dictionary('GPUObjectDescriptorBase', { label: [usv, ''] });

class GPUShaderModule {
  constructor(token) {
    guard(token);
  }
  async getCompilationInfo() {
    const { core, handle, code } = of(this, GPUShaderModule);
    const messages = core
      .call('compilationMessages', handle)
      .map(message => make(GPUCompilationMessage, inUtf16(message, code)));
    return make(GPUCompilationInfo, { messages: Object.freeze(messages) });
  }
}
labelled(GPUShaderModule);

/** naga counts bytes of UTF-8, JavaScript units of UTF-16. */
function inUtf16({ message, kind, line, position, offset, length }, code) {
  if (line === 0) return { message, type: kind, lineNum: 0, linePos: 0, offset: 0, length: 0 };
  const bytes = Buffer.from(code);
  const units = (from, to) => bytes.toString('utf8', from, to).length;
  return {
    message,
    type: kind,
    lineNum: line,
    linePos: units(offset - (position - 1), offset) + 1,
    offset: units(0, offset),
    length: units(offset, offset + length),
  };
}

class GPUCompilationMessage {
  constructor(token) {
    guard(token);
  }
}
for (const name of ['message', 'type', 'lineNum', 'linePos', 'offset', 'length']) {
  Object.defineProperty(GPUCompilationMessage.prototype, name, {
    get() {
      return of(this, GPUCompilationMessage)[name];
    },
    enumerable: true,
    configurable: true,
  });
}
expose(GPUCompilationMessage);

class GPUCompilationInfo {
  constructor(token) {
    guard(token);
  }
  get messages() {
    return of(this, GPUCompilationInfo).messages;
  }
}
expose(GPUCompilationInfo);

const layout = union([GPUPipelineLayout], enumeration('GPUAutoLayoutMode', ['auto']));
const ShaderModuleDescriptor = dictionary(
  'GPUShaderModuleDescriptor',
  {
    code: [usv, required],
    compilationHints: [
      sequence(
        dictionary('GPUShaderModuleCompilationHint', {
          entryPoint: [usv, required],
          layout: [layout],
        }),
      ),
      () => [],
    ],
  },
  Base,
);

/** `GPUDevice.createShaderModule`. */
function createShaderModule(core, descriptor) {
  const { label, code } = ShaderModuleDescriptor(descriptor);
  const handle = core.call('createShaderModule', label, code);
  return make(GPUShaderModule, { core, handle, label, code }, native.releaseModule);
}

class GPUComputePipeline {
  constructor(token) {
    guard(token);
  }
  getBindGroupLayout(index) {
    const { core, handle } = of(this, GPUComputePipeline);
    need(arguments, 1, 'getBindGroupLayout');
    index = u32(index, 'getBindGroupLayout: index');
    return layoutOfPipeline(core, core.call('pipelineBindGroupLayout', handle, index));
  }
}
labelled(GPUComputePipeline);

const ComputePipelineDescriptor = dictionary(
  'GPUComputePipelineDescriptor',
  {
    compute: [
      dictionary('GPUProgrammableStage', {
        module: [object(GPUShaderModule), required],
        entryPoint: [usv],
        constants: [record(double), () => new Map()],
      }),
      required,
    ],
  },
  dictionary('GPUPipelineDescriptorBase', { layout: [layout, required] }, Base),
);

/** The pipeline and the errors of making it. */
function compile(core, descriptor) {
  const { label, layout, compute } = ComputePipelineDescriptor(descriptor);
  const layoutHandle = layout === 'auto' ? 0 : core.handleOf(layout);
  const slot = { core, handle: 0, label };
  let errors;
  if (layout !== 'auto' && layoutHandle === 0) {
    errors = [{ filter: 'validation', message: 'the pipeline layout is invalid' }];
  } else {
    const constants = [...compute.constants].map(([name, value]) => ({ name, value }));
    const made = core.attempt(
      'createComputePipeline',
      label,
      layoutHandle,
      core.handleOf(compute.module),
      compute.entryPoint,
      constants,
    );
    slot.handle = made.value;
    errors = made.errors;
  }
  return { pipeline: make(GPUComputePipeline, slot, native.releasePipeline), errors };
}

/** `GPUDevice.createComputePipeline`. */
function createComputePipeline(core, descriptor) {
  const { pipeline, errors } = compile(core, descriptor);
  for (const { filter, message } of errors) core.report(filter, message);
  return pipeline;
}

/** `GPUDevice.createComputePipelineAsync`. */
async function createComputePipelineAsync(core, descriptor) {
  const { pipeline, errors } = compile(core, descriptor);
  if (errors.length > 0 && !core.isLost) {
    const [{ filter, message }] = errors;
    const reason = filter === 'validation' ? 'validation' : 'internal';
    throw new GPUPipelineError(message, { reason });
  }
  return pipeline;
}

module.exports = {
  GPUCompilationInfo,
  GPUCompilationMessage,
  GPUComputePipeline,
  GPUShaderModule,
  createComputePipeline,
  createComputePipelineAsync,
  createShaderModule,
};
