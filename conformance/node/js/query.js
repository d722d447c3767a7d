'use strict';
// GPUQuerySet.

const native = require('./native.js');
const { guard, labelled, make, of } = require('./internal.js');
const { dictionary, enumeration, required, u32, usv } = require('./webidl.js');

const QuerySetDescriptor = dictionary(
  'GPUQuerySetDescriptor',
  {
    type: [enumeration('GPUQueryType', ['occlusion', 'timestamp']), required],
    count: [u32, required],
  },
  dictionary('GPUObjectDescriptorBase', { label: [usv, ''] }),
);

class GPUQuerySet {
  constructor(token) {
    guard(token);
  }
  get type() {
    return of(this, GPUQuerySet).type;
  }
  get count() {
    return of(this, GPUQuerySet).count;
  }
  destroy() {
    of(this, GPUQuerySet).destroyed = true;
  }
}
labelled(GPUQuerySet);

/** `GPUDevice.createQuerySet`. Throws if timestamps are not enabled, as the standard says. */
function createQuerySet(core, descriptor, hasTimestamps) {
  const { label, type, count } = QuerySetDescriptor(descriptor);
  if (type === 'timestamp' && !hasTimestamps) {
    throw new TypeError("createQuerySet: the device lacks 'timestamp-query'");
  }
  const set = { core, handle: 0, label, type, count, destroyed: false };
  // wgpu has no sets without queries; the standard has.
  if (count > 0) set.handle = core.call('createQuerySet', label, type === 'timestamp', count);
  return make(GPUQuerySet, set, native.releaseQuerySet);
}

module.exports = { GPUQuerySet, createQuerySet };
