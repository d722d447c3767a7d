'use strict';
// What lies behind the objects that a page sees: their slots, their constructors, their release.

const slots = new WeakMap();
const released = new FinalizationRegistry(({ release, handle }) => release(handle));

/** Given to constructors that only this package may call. */
const own = Symbol('egpu');

/** Throws unless the constructor was called from here. */
function guard(token) {
  if (token !== own) throw new TypeError('Illegal constructor');
}

/** An object of `Class` with the given slots; `release(handle)` is called when it is collected. */
function make(Class, slot, release) {
  const object = new Class(own);
  slots.set(object, slot);
  if (release && slot.handle) released.register(object, { release, handle: slot.handle });
  return object;
}

/** The slots of `object`, which a method of `Class` was called on. */
function of(object, Class) {
  const slot = slots.get(object);
  if (slot === undefined || !(object instanceof Class)) throw new TypeError('Illegal invocation');
  return slot;
}

/** The slots of an object that a conversion has let through. */
function peek(object) {
  return slots.get(object);
}

/** Members that a for-in loop finds, and the class's name in `Object.prototype.toString`. */
function expose(Class) {
  for (const key of Object.getOwnPropertyNames(Class.prototype)) {
    if (key === 'constructor') continue;
    const property = Object.getOwnPropertyDescriptor(Class.prototype, key);
    Object.defineProperty(Class.prototype, key, { ...property, enumerable: true });
  }
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    value: Class.name,
    configurable: true,
  });
  return Class;
}

/** A class with a label, as nearly all have. */
class Labelled {
  get label() {
    return of(this, this.constructor).label;
  }
  set label(value) {
    of(this, this.constructor).label = `${value}`.toWellFormed();
  }
}

/** Gives `Class` the attribute `label`, as its own. */
function labelled(Class) {
  Object.defineProperty(Class.prototype, 'label', {
    ...Object.getOwnPropertyDescriptor(Labelled.prototype, 'label'),
    enumerable: true,
  });
  return expose(Class);
}

module.exports = { own, guard, make, of, peek, expose, labelled };
