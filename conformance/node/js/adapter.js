'use strict';
// GPU and GPUAdapter: what there is and what it can do.

const native = require('./native.js');
const { expose, guard, make, of } = require('./internal.js');
const { GPUDevice, openDevice } = require('./device.js');
const { operationError } = require('./errors.js');
const { boolean, dictionary, enumeration, fail, need, record, sequence, string, u64, usv } =
  require('./webidl.js');

/** GPUFeatureName; wgpu knows them by the same names. */
const featureNames = [
  'core-features-and-limits',
  'depth-clip-control',
  'depth32float-stencil8',
  'texture-compression-bc',
  'texture-compression-bc-sliced-3d',
  'texture-compression-etc2',
  'texture-compression-astc',
  'texture-compression-astc-sliced-3d',
  'timestamp-query',
  'indirect-first-instance',
  'shader-f16',
  'rg11b10ufloat-renderable',
  'bgra8unorm-storage',
  'float32-filterable',
  'float32-blendable',
  'clip-distances',
  'dual-source-blending',
  'subgroups',
  'texture-formats-tier1',
  'texture-formats-tier2',
  'primitive-index',
  'texture-component-swizzle',
];
/** Features that textures or rendering would need are not offered. */
const offered = ['timestamp-query', 'shader-f16', 'subgroups'];
/** Always there. */
const core = 'core-features-and-limits';

/** The limits of the specification with their defaults; alignments are better when smaller. */
const limitDefaults = {
  maxTextureDimension1D: 8192,
  maxTextureDimension2D: 8192,
  maxTextureDimension3D: 2048,
  maxTextureArrayLayers: 256,
  maxBindGroups: 4,
  maxBindGroupsPlusVertexBuffers: 24,
  maxBindingsPerBindGroup: 1000,
  maxDynamicUniformBuffersPerPipelineLayout: 8,
  maxDynamicStorageBuffersPerPipelineLayout: 4,
  maxSampledTexturesPerShaderStage: 16,
  maxSamplersPerShaderStage: 16,
  maxStorageBuffersInFragmentStage: 8,
  maxStorageBuffersInVertexStage: 8,
  maxStorageBuffersPerShaderStage: 8,
  maxStorageTexturesInFragmentStage: 4,
  maxStorageTexturesInVertexStage: 4,
  maxStorageTexturesPerShaderStage: 4,
  maxUniformBuffersPerShaderStage: 12,
  maxUniformBufferBindingSize: 65536,
  maxStorageBufferBindingSize: 134217728,
  minUniformBufferOffsetAlignment: 256,
  minStorageBufferOffsetAlignment: 256,
  maxVertexBuffers: 8,
  maxBufferSize: 268435456,
  maxVertexAttributes: 16,
  maxVertexBufferArrayStride: 2048,
  maxInterStageShaderVariables: 16,
  maxColorAttachments: 8,
  maxColorAttachmentBytesPerSample: 32,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65535,
  maxImmediateSize: 64,
};
const isAlignment = name => name.startsWith('min');
/** wgpu has one limit for all stages where the specification has one for each. */
const wgpuLimit = name => name.replace(/In(Fragment|Vertex)Stage$/, 'PerShaderStage');

class GPUSupportedLimits {
  constructor(token) {
    guard(token);
  }
}
for (const name of Object.keys(limitDefaults)) {
  Object.defineProperty(GPUSupportedLimits.prototype, name, {
    get() {
      return of(this, GPUSupportedLimits)[name];
    },
    enumerable: true,
    configurable: true,
  });
}

/** From wgpu's limits as JSON. */
function supportedLimits(json) {
  const given = JSON.parse(json);
  const limits = {};
  for (const name of Object.keys(limitDefaults)) limits[name] = given[wgpuLimit(name)];
  return limits;
}

/** A read-only set: GPUSupportedFeatures and WGSLLanguageFeatures. */
function setLike(name) {
  const Class = {
    [name]: class {
      constructor(token) {
        guard(token);
      }
      get size() {
        return of(this, Class).size;
      }
      has(value) {
        need(arguments, 1, `${name}.has`);
        return of(this, Class).has(string(value));
      }
      keys() {
        return of(this, Class).keys();
      }
      values() {
        return of(this, Class).values();
      }
      entries() {
        return of(this, Class).entries();
      }
      forEach(callback, self) {
        need(arguments, 1, `${name}.forEach`);
        of(this, Class).forEach(value => callback.call(self, value, value, this));
      }
    },
  }[name];
  Object.defineProperty(Class.prototype, Symbol.iterator, {
    value: Class.prototype.values,
    writable: true,
    configurable: true,
  });
  return expose(Class);
}
const GPUSupportedFeatures = setLike('GPUSupportedFeatures');
const WGSLLanguageFeatures = setLike('WGSLLanguageFeatures');

class GPUAdapterInfo {
  constructor(token) {
    guard(token);
  }
}
for (const name of [
  'vendor',
  'architecture',
  'device',
  'description',
  'subgroupMinSize',
  'subgroupMaxSize',
  'isFallbackAdapter',
]) {
  Object.defineProperty(GPUAdapterInfo.prototype, name, {
    get() {
      return of(this, GPUAdapterInfo)[name];
    },
    enumerable: true,
    configurable: true,
  });
}

/** PCI vendors, and Mesa's number for its software drivers. */
const vendors = new Map([
  [0x1002, 'amd'],
  [0x10de, 'nvidia'],
  [0x8086, 'intel'],
  [0x10005, 'mesa'],
]);

const describeInfo = found => ({
  vendor: vendors.get(found.vendor) ?? '',
  architecture: '',
  device: '',
  description: found.description,
  subgroupMinSize: found.subgroupMinSize || 4,
  subgroupMaxSize: found.subgroupMaxSize || 128,
  isFallbackAdapter: found.isFallback,
});

const RequestAdapterOptions = dictionary('GPURequestAdapterOptions', {
  featureLevel: [string, 'core'],
  powerPreference: [enumeration('GPUPowerPreference', ['low-power', 'high-performance'])],
  forceFallbackAdapter: [boolean, false],
  xrCompatible: [boolean, false],
});

const LabelledDescriptor = dictionary('GPUObjectDescriptorBase', { label: [usv, ''] });
const DeviceDescriptor = dictionary(
  'GPUDeviceDescriptor',
  {
    requiredFeatures: [sequence(enumeration('GPUFeatureName', featureNames)), () => []],
    requiredLimits: [
      record((value, where) => (value === undefined ? undefined : u64(value, where))),
      () => new Map(),
    ],
    defaultQueue: [
      dictionary('GPUQueueDescriptor', {}, LabelledDescriptor),
      () => LabelledDescriptor(undefined),
    ],
  },
  LabelledDescriptor,
);

class GPUAdapter {
  constructor(token) {
    guard(token);
  }
  get features() {
    return of(this, GPUAdapter).features;
  }
  get limits() {
    return of(this, GPUAdapter).limits;
  }
  get info() {
    return of(this, GPUAdapter).info;
  }
  async requestDevice(descriptor) {
    const adapter = of(this, GPUAdapter);
    const wanted = DeviceDescriptor(descriptor);
    for (const feature of wanted.requiredFeatures) {
      if (!adapter.featureSet.has(feature)) {
        fail('requestDevice', `the adapter has no feature '${feature}'`);
      }
    }
    const limits = betterLimits(wanted.requiredLimits, adapter.limitValues);
    if (adapter.consumed) throw operationError('this adapter has given its device');
    // `core` is not a feature to wgpu, but what there is without any.
    const features = wanted.requiredFeatures.filter(name => name !== core);
    let opened;
    try {
      opened = native.requestDevice(
        adapter.handle,
        wanted.label,
        features,
        JSON.stringify(limits),
      );
    } catch (error) {
      throw operationError(error.message);
    }
    adapter.consumed = true;
    return openDevice({
      handle: opened.handle,
      adapterKey: adapter.key,
      label: wanted.label,
      queueLabel: wanted.defaultQueue.label,
      features: make(GPUSupportedFeatures, new Set([core, ...features])),
      limits: make(GPUSupportedLimits, supportedLimits(opened.limits)),
      info: make(GPUAdapterInfo, adapter.infoValues),
    });
  }
}

/** Of the limits asked for those that are better than the default; throws where one cannot be. */
function betterLimits(wanted, supported) {
  const limits = {};
  for (const [name, value] of wanted) {
    if (value === undefined) continue;
    if (!Object.hasOwn(limitDefaults, name)) throw operationError(`there is no limit ${name}`);
    if (isAlignment(name)) {
      const isPowerOfTwo = value > 0 && Number.isInteger(Math.log2(value));
      if (!isPowerOfTwo || value > 2 ** 31 || value < supported[name]) {
        throw operationError(`${name}: ${value} is not a power of two from ${supported[name]}`);
      }
      if (value < limitDefaults[name]) limits[name] = value;
    } else {
      if (value > supported[name]) {
        throw operationError(`${name}: ${value} is more than ${supported[name]}`);
      }
      if (value > limitDefaults[name]) {
        const key = wgpuLimit(name);
        limits[key] = Math.max(limits[key] ?? 0, value);
      }
    }
  }
  return limits;
}

class GPU {
  constructor(token) {
    guard(token);
  }
  async requestAdapter(options) {
    const { name } = of(this, GPU);
    const wanted = RequestAdapterOptions(options);
    if (wanted.featureLevel !== 'core' && wanted.featureLevel !== 'compatibility') return null;
    const found = native.requestAdapter(name);
    if (wanted.forceFallbackAdapter && !found.isFallback) return null;
    const has = new Set(found.features);
    const features = offered.filter(name => has.has(name));
    const featureSet = new Set([core, ...features]);
    const limitValues = supportedLimits(found.limits);
    const infoValues = describeInfo(found);
    const slot = {
      handle: found.handle,
      key: JSON.stringify(name),
      featureSet,
      features: make(GPUSupportedFeatures, featureSet),
      limitValues,
      limits: make(GPUSupportedLimits, limitValues),
      infoValues,
      info: make(GPUAdapterInfo, infoValues),
      consumed: false,
    };
    return make(GPUAdapter, slot, native.releaseAdapter);
  }
  getPreferredCanvasFormat() {
    return 'bgra8unorm';
  }
  get wgslLanguageFeatures() {
    return of(this, GPU).language;
  }
}

for (const Class of [GPU, GPUAdapter, GPUAdapterInfo, GPUSupportedLimits]) expose(Class);

/** A GPU over one adapter by its name. */
function makeGPU(name) {
  const language = make(WGSLLanguageFeatures, new Set(native.wgslLanguageFeatures(name)));
  return make(GPU, { name, language });
}

module.exports = {
  GPU,
  GPUAdapter,
  GPUAdapterInfo,
  GPUDevice,
  GPUSupportedFeatures,
  GPUSupportedLimits,
  WGSLLanguageFeatures,
  makeGPU,
};
