'use strict';
// The native half: `egpu.node` beside package.json (see ../build), or what EGPU_NODE names.

const path = require('node:path');

const file = process.env.EGPU_NODE || path.join(__dirname, '..', 'egpu.node');
try {
  module.exports = require(path.resolve(file));
} catch (error) {
  throw new Error(`cannot load ${file}; build it with conformance/node/build (${error.message})`);
}
