'use strict';
// The runner's own parts; the suite is not needed.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const expectations = require('../expectations.js');
const report = require('../report.js');

const read = text => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'cts-')), 'expectations.txt');
  fs.writeFileSync(file, text);
  return expectations.read(file);
};

test('expectations name cases by pattern and adapter', () => {
  const known = read('# why\n[naga-1] refused\nwebgpu:a:b:*\n@vulkan webgpu:c:d:x="(1)"\n');
  assert.equal(expectations.find(known, 'webgpu:a:b:n=1', 'virtual').cause.id, 'naga-1');
  assert.equal(expectations.find(known, 'webgpu:a:c:n=1', 'virtual'), undefined);
  assert.ok(expectations.find(known, 'webgpu:c:d:x="(1)"', 'vulkan'));
  assert.equal(expectations.find(known, 'webgpu:c:d:x="(1)"', 'virtual'), undefined);
  assert.throws(() => read('webgpu:a:b:*\n'), /without a cause/);
});

test('a verdict counts causes and keeps what nobody expected', () => {
  const known = read('[naga-1] refused\nwebgpu:a:b:*\n');
  const results = [
    { name: 'webgpu:a:b:1', status: 'fail', ms: 1000 },
    { name: 'webgpu:a:b:2', status: 'pass', ms: 1000 },
    { name: 'webgpu:a:c:1', status: 'timeout', ms: 0 },
    { name: 'webgpu:a:c:2', status: 'skip', ms: 0 },
  ];
  const verdict = report.judge(results, known, 'virtual');
  assert.deepEqual([verdict.pass, verdict.fail, verdict.skip], [1, 2, 1]);
  assert.deepEqual(verdict.causes, [{ id: 'naga-1', text: 'refused', count: 1 }]);
  assert.deepEqual(verdict.unexpected.map(({ name }) => name), ['webgpu:a:c:1']);
  assert.deepEqual(verdict.mended, ['webgpu:a:b:2']);
  assert.match(report.table(results), /\| a \| 1 \| 2 \| 1 \| 2\.0 \|/);
});

test('the expectations of the core list can be read', () => {
  assert.ok(Array.isArray(expectations.read(path.join(__dirname, '../expectations.txt'))));
});
