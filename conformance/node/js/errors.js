'use strict';
// GPUError and its kin.

const { expose, guard, make, of } = require('./internal.js');
const { dictionary, enumeration, need, required, usv } = require('./webidl.js');

class GPUError {
  #message;
  constructor(message) {
    if (new.target === GPUError) throw new TypeError('Illegal constructor');
    need(arguments, 1, new.target.name);
    this.#message = usv(message);
  }
  get message() {
    return this.#message;
  }
}
class GPUValidationError extends GPUError {}
class GPUOutOfMemoryError extends GPUError {}
class GPUInternalError extends GPUError {}

const PipelineErrorInit = dictionary('GPUPipelineErrorInit', {
  reason: [enumeration('GPUPipelineErrorReason', ['validation', 'internal']), required],
});

class GPUPipelineError extends DOMException {
  #reason;
  constructor(message, options) {
    need(arguments, 2, 'GPUPipelineError');
    super(message === undefined ? '' : usv(message), 'GPUPipelineError');
    this.#reason = PipelineErrorInit(options).reason;
  }
  get reason() {
    return this.#reason;
  }
}

class GPUUncapturedErrorEvent extends Event {
  #error;
  constructor(type, init) {
    need(arguments, 2, 'GPUUncapturedErrorEvent');
    super(type, init);
    const isError = value => {
      if (!(value instanceof GPUError)) throw new TypeError('error: is not a GPUError');
      return value;
    };
    this.#error = dictionary('GPUUncapturedErrorEventInit', { error: [isError, required] })(
      init,
    ).error;
  }
  get error() {
    return this.#error;
  }
}

class GPUDeviceLostInfo {
  constructor(token) {
    guard(token);
  }
  get reason() {
    return of(this, GPUDeviceLostInfo).reason;
  }
  get message() {
    return of(this, GPUDeviceLostInfo).message;
  }
}

const byFilter = {
  validation: GPUValidationError,
  internal: GPUInternalError,
  'out-of-memory': GPUOutOfMemoryError,
};

/** The GPUError of an error scope's filter. */
const gpuError = (filter, message) => new byFilter[filter](message);

const lostInfo = (reason, message) => make(GPUDeviceLostInfo, { reason, message });

const operationError = message => new DOMException(message, 'OperationError');
const abortError = message => new DOMException(message, 'AbortError');

for (const Class of [
  GPUError,
  GPUValidationError,
  GPUOutOfMemoryError,
  GPUInternalError,
  GPUPipelineError,
  GPUUncapturedErrorEvent,
  GPUDeviceLostInfo,
]) {
  expose(Class);
}

module.exports = {
  GPUDeviceLostInfo,
  GPUError,
  GPUInternalError,
  GPUOutOfMemoryError,
  GPUPipelineError,
  GPUUncapturedErrorEvent,
  GPUValidationError,
  abortError,
  gpuError,
  lostInfo,
  operationError,
};
