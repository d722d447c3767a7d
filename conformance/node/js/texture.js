'use strict';
// GPUTexture, GPUTextureView, GPUSampler: made, described and bound. Cards that have no textures
// refuse them by validation errors.

const native = require('./native.js');
const { guard, labelled, make, of, peek } = require('./internal.js');
const {
  absent,
  clampedU16,
  dictionary,
  enumeration,
  fail,
  float,
  isObject,
  required,
  sequence,
  u32,
  usv,
} = require('./webidl.js');

const Base = dictionary('GPUObjectDescriptorBase', { label: [usv, ''] });

const astcBlocks =
  '4x4 5x4 5x5 6x5 6x6 8x5 8x6 8x8 10x5 10x6 10x8 10x10 12x10 12x12'.split(' ');
const textureFormat = enumeration(
  'GPUTextureFormat',
  [
    'r8unorm r8snorm r8uint r8sint r16unorm r16snorm r16uint r16sint r16float',
    'rg8unorm rg8snorm rg8uint rg8sint r32uint r32sint r32float rg16unorm rg16snorm',
    'rg16uint rg16sint rg16float rgba8unorm rgba8unorm-srgb rgba8snorm rgba8uint rgba8sint',
    'bgra8unorm bgra8unorm-srgb rgb9e5ufloat rgb10a2uint rgb10a2unorm rg11b10ufloat',
    'rg32uint rg32sint rg32float rgba16unorm rgba16snorm rgba16uint rgba16sint rgba16float',
    'rgba32uint rgba32sint rgba32float',
    'stencil8 depth16unorm depth24plus depth24plus-stencil8 depth32float depth32float-stencil8',
    'bc1-rgba-unorm bc1-rgba-unorm-srgb bc2-rgba-unorm bc2-rgba-unorm-srgb bc3-rgba-unorm',
    'bc3-rgba-unorm-srgb bc4-r-unorm bc4-r-snorm bc5-rg-unorm bc5-rg-snorm bc6h-rgb-ufloat',
    'bc6h-rgb-float bc7-rgba-unorm bc7-rgba-unorm-srgb',
    'etc2-rgb8unorm etc2-rgb8unorm-srgb etc2-rgb8a1unorm etc2-rgb8a1unorm-srgb',
    'etc2-rgba8unorm etc2-rgba8unorm-srgb eac-r11unorm eac-r11snorm eac-rg11unorm eac-rg11snorm',
    ...astcBlocks.map(block => `astc-${block}-unorm astc-${block}-unorm-srgb`),
  ]
    .join(' ')
    .split(' '),
);
const viewDimension = enumeration('GPUTextureViewDimension', [
  '1d',
  '2d',
  '2d-array',
  'cube',
  'cube-array',
  '3d',
]);

const ExtentDict = dictionary('GPUExtent3DDict', {
  width: [u32, required],
  height: [u32, 1],
  depthOrArrayLayers: [u32, 1],
});
/** `GPUExtent3D`: a sequence or a dictionary. */
function extent(value, where) {
  if (!isObject(value) || value[Symbol.iterator] === undefined) return ExtentDict(value, where);
  const [width, height = 1, depthOrArrayLayers = 1, ...rest] = sequence(u32)(value, where);
  if (width === undefined || rest.length > 0) fail(where, 'needs one to three numbers');
  return { width, height, depthOrArrayLayers };
}

const TextureDescriptor = dictionary(
  'GPUTextureDescriptor',
  {
    size: [extent, required],
    mipLevelCount: [u32, 1],
    sampleCount: [u32, 1],
    dimension: [enumeration('GPUTextureDimension', ['1d', '2d', '3d']), '2d'],
    format: [textureFormat, required],
    usage: [u32, required],
    viewFormats: [sequence(textureFormat), () => []],
    textureBindingViewDimension: [viewDimension],
  },
  Base,
);
const ViewDescriptor = dictionary(
  'GPUTextureViewDescriptor',
  {
    format: [textureFormat],
    dimension: [viewDimension],
    usage: [u32, 0],
    aspect: [enumeration('GPUTextureAspect', ['all', 'stencil-only', 'depth-only']), 'all'],
    baseMipLevel: [u32, 0],
    mipLevelCount: [u32],
    baseArrayLayer: [u32, 0],
    arrayLayerCount: [u32],
  },
  Base,
);

/** Flags as wgpu's serde form has them. */
const flags = bits => `0x${bits.toString(16)}`;

class GPUTexture {
  constructor(token) {
    guard(token);
  }
  createView(descriptor) {
    const { core, handle } = of(this, GPUTexture);
    const given = ViewDescriptor(descriptor);
    const json = JSON.stringify({
      label: given.label,
      format: given.format ?? null,
      dimension: given.dimension ?? null,
      usage: given.usage ? flags(given.usage) : null,
      aspect: given.aspect,
      base_mip_level: given.baseMipLevel,
      mip_level_count: given.mipLevelCount ?? null,
      base_array_layer: given.baseArrayLayer,
      array_layer_count: given.arrayLayerCount ?? null,
    });
    const view = { core, handle: core.call('createView', handle, json), label: given.label };
    return make(GPUTextureView, view, native.releaseView);
  }
  destroy() {
    const { core, handle } = of(this, GPUTexture);
    core.call('destroyTexture', handle);
  }
}
for (const [name, read] of Object.entries({
  width: texture => texture.size.width,
  height: texture => texture.size.height,
  depthOrArrayLayers: texture => texture.size.depthOrArrayLayers,
  mipLevelCount: texture => texture.mipLevelCount,
  sampleCount: texture => texture.sampleCount,
  dimension: texture => texture.dimension,
  format: texture => texture.format,
  usage: texture => texture.usage,
})) {
  Object.defineProperty(GPUTexture.prototype, name, {
    get() {
      return read(of(this, GPUTexture));
    },
    enumerable: true,
    configurable: true,
  });
}
labelled(GPUTexture);

class GPUTextureView {
  constructor(token) {
    guard(token);
  }
}
labelled(GPUTextureView);

/** A texture that stands where a view is meant. */
function defaultView(texture) {
  const slot = peek(texture);
  slot.view ??= GPUTexture.prototype.createView.call(texture);
  return slot.view;
}

/** `GPUDevice.createTexture`. */
function createTexture(core, descriptor) {
  const given = TextureDescriptor(descriptor);
  const json = JSON.stringify({
    label: given.label,
    size: given.size,
    mip_level_count: given.mipLevelCount,
    sample_count: given.sampleCount,
    dimension: given.dimension,
    format: given.format,
    usage: flags(given.usage),
    view_formats: given.viewFormats,
  });
  const texture = { ...given, core, handle: core.call('createTexture', json) };
  return make(GPUTexture, texture, native.releaseTexture);
}

class GPUSampler {
  constructor(token) {
    guard(token);
  }
}
labelled(GPUSampler);

const addressMode = enumeration('GPUAddressMode', ['clamp-to-edge', 'repeat', 'mirror-repeat']);
const filterMode = enumeration('GPUFilterMode', ['nearest', 'linear']);
const SamplerDescriptor = dictionary(
  'GPUSamplerDescriptor',
  {
    addressModeU: [addressMode, 'clamp-to-edge'],
    addressModeV: [addressMode, 'clamp-to-edge'],
    addressModeW: [addressMode, 'clamp-to-edge'],
    magFilter: [filterMode, 'nearest'],
    minFilter: [filterMode, 'nearest'],
    mipmapFilter: [enumeration('GPUMipmapFilterMode', ['nearest', 'linear']), 'nearest'],
    lodMinClamp: [float, 0],
    lodMaxClamp: [float, 32],
    compare: [
      enumeration('GPUCompareFunction', [
        'never',
        'less',
        'equal',
        'less-equal',
        'greater',
        'not-equal',
        'greater-equal',
        'always',
      ]),
      absent,
    ],
    maxAnisotropy: [clampedU16, 1],
  },
  Base,
);

/** `GPUDevice.createSampler`. */
function createSampler(core, descriptor) {
  const given = SamplerDescriptor(descriptor);
  const json = JSON.stringify({
    label: given.label,
    address_mode_u: given.addressModeU,
    address_mode_v: given.addressModeV,
    address_mode_w: given.addressModeW,
    mag_filter: given.magFilter,
    min_filter: given.minFilter,
    mipmap_filter: given.mipmapFilter,
    lod_min_clamp: given.lodMinClamp,
    lod_max_clamp: given.lodMaxClamp,
    compare: given.compare ?? null,
    anisotropy_clamp: given.maxAnisotropy,
    border_color: null,
  });
  const sampler = { core, handle: core.call('createSampler', json), label: given.label };
  return make(GPUSampler, sampler, native.releaseSampler);
}

module.exports = {
  GPUSampler,
  GPUTexture,
  GPUTextureView,
  createSampler,
  createTexture,
  defaultView,
  textureFormat,
  viewDimension,
};
