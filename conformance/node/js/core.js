'use strict';
// The inside of a device: native calls with their errors, error scopes, and promises of what the
// card has yet to do. GPUDevice is the outside.

const native = require('./native.js');
const { peek } = require('./internal.js');
const { gpuError, lostInfo, operationError } = require('./errors.js');

/** How long one turn of the event loop may wait for the card, in milliseconds. */
const TURN = 1;

class Core {
  constructor(handle, adapterKey, { maxBindGroups, maxImmediateSize }) {
    this.handle = handle;
    this.maxBindGroups = maxBindGroups;
    this.maxImmediateSize = maxImmediateSize;
    /** Objects of devices with another key live in another wgpu instance. */
    this.adapterKey = adapterKey;
    this.scopes = [];
    this.isLost = false;
    this.lost = new Promise(resolve => (this.resolveLost = resolve));
    /** What is to be called, by token, in the order of the calls; and which tokens have come. */
    this.waiting = new Map();
    this.ended = new Map();
    this.lastToken = 0;
    this.isPolling = false;
    /** Slots of buffers that are mapped or about to be. */
    this.mapped = new Set();
    /** Set by GPUDevice: dispatches an uncaptured error. */
    this.uncaptured = () => {};
  }

  /** A native function of this device; its errors go to the scopes. */
  call(name, ...args) {
    const value = native[name](this.handle, ...args);
    const errors = native.takeErrors(this.handle);
    if (errors) for (const { filter, message } of errors) this.report(filter, message);
    return value;
  }

  /** As `call`, but gives the errors. */
  attempt(name, ...args) {
    const value = native[name](this.handle, ...args);
    return { value, errors: native.takeErrors(this.handle) ?? [] };
  }

  /** The handle of one of our objects; 0, which no native function accepts, if it is foreign. */
  handleOf(object) {
    const slot = peek(object);
    return slot.core.adapterKey === this.adapterKey ? slot.handle : 0;
  }

  report(filter, message) {
    if (this.isLost) return;
    const scope = this.scopes.findLast(scope => scope.filter === filter);
    const error = gpuError(filter, message);
    if (scope === undefined) setImmediate(() => this.uncaptured(error));
    else scope.error ??= error;
  }

  invalid(message) {
    this.report('validation', message);
  }

  pushScope(filter) {
    this.scopes.push({ filter, error: null });
  }

  popScope() {
    if (this.isLost) return Promise.resolve(null);
    const scope = this.scopes.pop();
    if (scope === undefined) return Promise.reject(operationError('there is no error scope'));
    return Promise.resolve(scope.error);
  }

  /** Calls `begin(token)` and later `done(ok)` when the card has come so far. */
  wait(begin, done) {
    const token = (this.lastToken = (this.lastToken + 1) >>> 0 || 1);
    this.waiting.set(token, done);
    begin(token);
    this.schedule();
  }

  schedule() {
    if (this.isPolling || this.waiting.size === 0) return;
    this.isPolling = true;
    // Pending work keeps the process alive; an idle device does not.
    setImmediate(() => {
      this.isPolling = false;
      this.poll();
      this.schedule();
    });
  }

  poll() {
    for (const { token, ok, message } of native.poll(this.handle, TURN)) {
      if (token === 0) this.lose('unknown', message);
      else this.ended.set(token, ok);
    }
    // Promises resolve in the order in which they were made.
    for (const token of [...this.waiting.keys()]) {
      if (!this.ended.has(token)) break;
      const ok = this.ended.get(token);
      this.ended.delete(token);
      this.finish(token, ok);
    }
    const errors = native.takeErrors(this.handle);
    if (errors) for (const { filter, message } of errors) this.report(filter, message);
  }

  finish(token, ok) {
    const done = this.waiting.get(token);
    this.waiting.delete(token);
    done?.(ok);
  }

  /** The end. Nothing that was waited for will come. */
  lose(reason, message) {
    if (this.isLost) return;
    this.isLost = true;
    for (const token of [...this.waiting.keys()]) this.finish(token, false);
    this.resolveLost(lostInfo(reason, message));
  }
}

module.exports = { Core };
