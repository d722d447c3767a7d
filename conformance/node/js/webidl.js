'use strict';
// Conversions of Web IDL: from any JavaScript value to the type that an interface asks for, or a
// TypeError. A conversion is a function (value, where) => value.

const { peek } = require('./internal.js');

function fail(where, what) {
  throw new TypeError(`${where}: ${what}`);
}

/** `[EnforceRange]` integers. */
function enforced(min, max) {
  return (value, where) => {
    const number = +value;
    if (!Number.isFinite(number)) fail(where, `${number} is not a finite number`);
    const integer = Math.trunc(number) + 0;
    if (integer < min || integer > max) fail(where, `${integer} is outside [${min}, ${max}]`);
    return integer;
  };
}

const u16 = enforced(0, 0xffff);
const u32 = enforced(0, 0xffffffff);
const i32 = enforced(-0x80000000, 0x7fffffff);
const u64 = enforced(0, Number.MAX_SAFE_INTEGER);

/** `[Clamp] unsigned short`. */
function clampedU16(value) {
  const number = +value;
  if (Number.isNaN(number)) return 0;
  const clamped = Math.min(Math.max(number, 0), 0xffff);
  const floor = Math.floor(clamped);
  const rest = clamped - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function double(value, where) {
  const number = +value;
  if (!Number.isFinite(number)) fail(where, `${number} is not a finite number`);
  return number;
}

function float(value, where) {
  const number = Math.fround(double(value, where));
  if (!Number.isFinite(number)) fail(where, `${value} does not fit in a float`);
  return number;
}

const boolean = value => !!value;

const string = value => `${value}`;

const usv = value => `${value}`.toWellFormed();

function enumeration(name, values) {
  const known = new Set(values);
  return (value, where) => {
    const text = `${value}`;
    if (!known.has(text)) fail(where, `'${text}' is not a ${name}`);
    return text;
  };
}

const isObject = value =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

function sequence(item) {
  return (value, where) => {
    if (!isObject(value)) fail(where, 'is not iterable');
    const method = value[Symbol.iterator];
    if (typeof method !== 'function') fail(where, 'is not iterable');
    const out = [];
    for (const element of { [Symbol.iterator]: () => method.call(value) }) {
      out.push(item(element, `${where}[${out.length}]`));
    }
    return out;
  };
}

/** Own enumerable string keys, in order. */
function record(item) {
  return (value, where) => {
    if (!isObject(value)) fail(where, 'is not an object');
    const out = new Map();
    for (const key of Reflect.ownKeys(value)) {
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      if (property === undefined || !property.enumerable) continue;
      out.set(usv(key), item(value[key], `${where}.${String(key)}`));
    }
    return out;
  };
}

const nullable = item => (value, where) =>
  value === null || value === undefined ? null : item(value, where);

/** An object of one of our classes; gives the object. */
function object(Class) {
  return (value, where) => {
    if (!(value instanceof Class) || peek(value) === undefined) {
      fail(where, `is not a ${Class.name}`);
    }
    return value;
  };
}

/** The first of several interface types that fits, else the rest. */
function union(classes, rest) {
  return (value, where) =>
    classes.some(Class => value instanceof Class && peek(value) !== undefined)
      ? value
      : rest(value, where);
}

/** What a dictionary member without `required` or a default is when it is left out. */
const absent = Symbol('absent');
/** Marks a required member. */
const required = Symbol('required');

/**
 * A dictionary: `members` is { name: [conversion, default] }, where the default is a value, a
 * function that makes one, `absent`, or `required`. Members are read in the order of their names,
 * those of a base dictionary first, as the standard says.
 */
function dictionary(name, members, base) {
  const own = Object.keys(members)
    .sort()
    .map(key => [key, ...members[key]]);
  const convert = (value, where = name) => {
    if (value !== undefined && value !== null && !isObject(value)) {
      fail(where, `is not a ${name}`);
    }
    const given = value ?? {};
    const out = base ? base(given, where) : {};
    for (const [key, item, initial = absent] of own) {
      const member = given[key];
      if (member !== undefined) {
        out[key] = item(member, `${where}.${key}`);
      } else if (initial === required) {
        fail(where, `the member ${key} is missing`);
      } else if (initial !== absent) {
        out[key] = typeof initial === 'function' ? initial() : initial;
      }
    }
    return out;
  };
  return convert;
}

/** Throws unless a method got as many arguments as it needs. */
function need(args, count, where) {
  if (args.length < count) fail(where, `${count} arguments required, but only ${args.length} given`);
}

/** What an operation that gives a promise does with exceptions; no tick is lost as by `async`. */
function promised(work) {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The bytes of an `AllowSharedBufferSource`. */
function bytes(value, where) {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return new Uint8Array(value);
  }
  return fail(where, 'is neither an ArrayBuffer nor a view of one');
}

module.exports = {
  absent,
  boolean,
  bytes,
  clampedU16,
  dictionary,
  double,
  enumeration,
  fail,
  float,
  i32,
  isObject,
  need,
  nullable,
  object,
  promised,
  record,
  required,
  sequence,
  string,
  u16,
  u32,
  u64,
  union,
  usv,
};
