'use strict';
// GPUBindGroupLayout, GPUBindGroup, GPUPipelineLayout.

const native = require('./native.js');
const { guard, labelled, make, peek } = require('./internal.js');
const {
  boolean,
  dictionary,
  enumeration,
  nullable,
  object,
  required,
  sequence,
  u32,
  u64,
  union,
  usv,
} = require('./webidl.js');
const { GPUBuffer } = require('./buffer.js');
const {
  GPUSampler,
  GPUTexture,
  GPUTextureView,
  defaultView,
  textureFormat,
  viewDimension,
} = require('./texture.js');

const Base = dictionary('GPUObjectDescriptorBase', { label: [usv, ''] });

const BufferLayout = dictionary('GPUBufferBindingLayout', {
  type: [
    enumeration('GPUBufferBindingType', ['uniform', 'storage', 'read-only-storage']),
    'uniform',
  ],
  hasDynamicOffset: [boolean, false],
  minBindingSize: [u64, 0],
});
const SamplerLayout = dictionary('GPUSamplerBindingLayout', {
  type: [
    enumeration('GPUSamplerBindingType', ['filtering', 'non-filtering', 'comparison']),
    'filtering',
  ],
});
const TextureLayout = dictionary('GPUTextureBindingLayout', {
  sampleType: [
    enumeration('GPUTextureSampleType', ['float', 'unfilterable-float', 'depth', 'sint', 'uint']),
    'float',
  ],
  viewDimension: [viewDimension, '2d'],
  multisampled: [boolean, false],
});
const StorageTextureLayout = dictionary('GPUStorageTextureBindingLayout', {
  access: [
    enumeration('GPUStorageTextureAccess', ['write-only', 'read-only', 'read-write']),
    'write-only',
  ],
  format: [textureFormat, required],
  viewDimension: [viewDimension, '2d'],
});
const LayoutEntry = dictionary('GPUBindGroupLayoutEntry', {
  binding: [u32, required],
  visibility: [u32, required],
  buffer: [BufferLayout],
  sampler: [SamplerLayout],
  texture: [TextureLayout],
  storageTexture: [StorageTextureLayout],
  externalTexture: [dictionary('GPUExternalTextureBindingLayout', {})],
});
const LayoutDescriptor = dictionary(
  'GPUBindGroupLayoutDescriptor',
  { entries: [sequence(LayoutEntry), required] },
  Base,
);

class GPUBindGroupLayout {
  constructor(token) {
    guard(token);
  }
}
labelled(GPUBindGroupLayout);

/** wgpu's `BufferBindingType`. */
const bufferTypes = {
  uniform: 'Uniform',
  storage: { Storage: { read_only: false } },
  'read-only-storage': { Storage: { read_only: true } },
};
/** wgpu's `TextureSampleType`. */
const sampleTypes = {
  float: { Float: { filterable: true } },
  'unfilterable-float': { Float: { filterable: false } },
  depth: 'Depth',
  sint: 'Sint',
  uint: 'Uint',
};

/** The kinds of binding an entry may name, as wgpu's `BindingType`. */
const kinds = {
  buffer: ({ type, hasDynamicOffset, minBindingSize }) => ({
    Buffer: {
      ty: bufferTypes[type],
      has_dynamic_offset: hasDynamicOffset,
      min_binding_size: minBindingSize || null,
    },
  }),
  sampler: ({ type }) => ({ Sampler: type }),
  texture: ({ sampleType, viewDimension, multisampled }) => ({
    Texture: {
      sample_type: sampleTypes[sampleType],
      view_dimension: viewDimension,
      multisampled,
    },
  }),
  storageTexture: ({ access, format, viewDimension }) => ({
    StorageTexture: { access, format, view_dimension: viewDimension },
  }),
  externalTexture: () => 'ExternalTexture',
};

/** An object that is invalid from the start. */
function refused(core, Class, label, message) {
  core.invalid(message);
  return make(Class, { core, handle: 0, label });
}

/** Bits of GPUShaderStage. */
const STAGES = 7;

/** `GPUDevice.createBindGroupLayout`. */
function createBindGroupLayout(core, descriptor) {
  const { label, entries } = LayoutDescriptor(descriptor);
  const converted = [];
  for (const entry of entries) {
    const given = Object.keys(kinds).filter(kind => entry[kind] !== undefined);
    const where = `createBindGroupLayout: binding ${entry.binding}`;
    if (given.length !== 1) {
      const message = `${where} names ${given.length} kinds of resource instead of one`;
      return refused(core, GPUBindGroupLayout, label, message);
    }
    if (entry.visibility & ~STAGES) {
      const message = `${where}: there is no such visibility as ${entry.visibility}`;
      return refused(core, GPUBindGroupLayout, label, message);
    }
    converted.push({
      binding: entry.binding,
      visibility: `0x${entry.visibility.toString(16)}`,
      ty: kinds[given[0]](entry[given[0]]),
      count: null,
    });
  }
  const handle = core.call('createBindGroupLayout', label, JSON.stringify(converted));
  return make(GPUBindGroupLayout, { core, handle, label }, native.releaseBindGroupLayout);
}

/** The layout behind a pipeline's group. */
const layoutOfPipeline = (core, handle) =>
  make(GPUBindGroupLayout, { core, handle, label: '' }, native.releaseBindGroupLayout);

class GPUBindGroup {
  constructor(token) {
    guard(token);
  }
}
labelled(GPUBindGroup);

const BufferBinding = dictionary('GPUBufferBinding', {
  buffer: [object(GPUBuffer), required],
  offset: [u64, 0],
  size: [u64],
});
const Resource = union([GPUSampler, GPUTexture, GPUTextureView, GPUBuffer], BufferBinding);
const BindGroupDescriptor = dictionary(
  'GPUBindGroupDescriptor',
  {
    layout: [object(GPUBindGroupLayout), required],
    entries: [
      sequence(
        dictionary('GPUBindGroupEntry', {
          binding: [u32, required],
          resource: [Resource, required],
        }),
      ),
      required,
    ],
  },
  Base,
);

/**
 * The handle of a buffer that is bound. wgpu binds no destroyed buffer; by the standard it is the
 * submission that fails. Until then another of the same size and usage stands in its place.
 */
function boundBuffer(core, buffer, standIns) {
  const { destroyed, valid, size, usage } = peek(buffer);
  const handle = core.handleOf(buffer);
  if (!destroyed || !valid || handle === 0) return handle;
  const standIn = core.call('createBuffer', 'a destroyed buffer', size, usage, false);
  standIns.push(standIn);
  return standIn;
}

function bind(core, { binding, resource }, standIns) {
  const entry = { binding, buffer: 0, view: 0, sampler: 0, offset: 0 };
  if (resource instanceof GPUSampler) entry.sampler = core.handleOf(resource);
  else if (resource instanceof GPUTextureView) entry.view = core.handleOf(resource);
  else if (resource instanceof GPUTexture) entry.view = core.handleOf(defaultView(resource));
  else if (resource instanceof GPUBuffer) entry.buffer = boundBuffer(core, resource, standIns);
  else {
    entry.buffer = boundBuffer(core, resource.buffer, standIns);
    entry.offset = resource.offset;
    entry.size = resource.size;
  }
  return entry;
}

/** `GPUDevice.createBindGroup`. */
function createBindGroup(core, descriptor) {
  const { label, layout, entries } = BindGroupDescriptor(descriptor);
  const standIns = [];
  const handle = core.call(
    'createBindGroup',
    label,
    core.handleOf(layout),
    entries.map(entry => bind(core, entry, standIns)),
  );
  standIns.forEach(native.releaseBuffer);
  const group = { core, handle, label, usesDestroyed: standIns.length > 0 };
  return make(GPUBindGroup, group, native.releaseBindGroup);
}

class GPUPipelineLayout {
  constructor(token) {
    guard(token);
  }
}
labelled(GPUPipelineLayout);

const PipelineLayoutDescriptor = dictionary(
  'GPUPipelineLayoutDescriptor',
  {
    bindGroupLayouts: [sequence(nullable(object(GPUBindGroupLayout))), required],
    immediateSize: [u32, 0],
  },
  Base,
);

/** `GPUDevice.createPipelineLayout`. */
function createPipelineLayout(core, descriptor) {
  const { label, bindGroupLayouts, immediateSize } = PipelineLayoutDescriptor(descriptor);
  // wgpu has no room for more, and panics.
  if (bindGroupLayouts.length > core.maxBindGroups) {
    const message = `createPipelineLayout: there are at most ${core.maxBindGroups} bind groups`;
    return refused(core, GPUPipelineLayout, label, message);
  }
  // 0 is an empty group; a layout that is invalid from the start has no handle of its own.
  if (bindGroupLayouts.some(layout => layout && core.handleOf(layout) === 0)) {
    return refused(core, GPUPipelineLayout, label, 'a bind group layout is invalid');
  }
  const layouts = bindGroupLayouts.map(layout => (layout ? core.handleOf(layout) : 0));
  const handle = core.call('createPipelineLayout', label, layouts, immediateSize);
  return make(GPUPipelineLayout, { core, handle, label }, native.releasePipelineLayout);
}

module.exports = {
  GPUBindGroup,
  GPUBindGroupLayout,
  GPUPipelineLayout,
  createBindGroup,
  createBindGroupLayout,
  createPipelineLayout,
  layoutOfPipeline,
};
