'use strict';
// What is known to fail and why: expectations.txt.
//
// A line `[ID] text` names a cause; the lines under it are cases that fail of it, `*` standing for
// anything. `@NAME` before a case holds for adapters whose name begins so. `#` begins a comment.

const fs = require('node:fs');

const escape = text => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/** The expectations of a file: [{ pattern, adapter, cause }]. */
function read(file) {
  const known = [];
  let cause = null;
  for (const [index, line] of fs.readFileSync(file, 'utf8').split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const heading = /^\[([\w-]+)\] (.+)$/.exec(text);
    if (heading) {
      cause = { id: heading[1], text: heading[2] };
      continue;
    }
    if (cause === null) throw new Error(`${file}:${index + 1}: a case without a cause above it`);
    const [, adapter = '', glob] = /^(?:@(\S+) )?(.+)$/.exec(text);
    const pattern = new RegExp(`^${glob.split('*').map(escape).join('.*')}$`);
    known.push({ pattern, adapter, cause, line: index + 1 });
  }
  return known;
}

/** The expectation that a case falls under, if any. */
function find(known, name, adapter) {
  return known.find(
    entry => adapter.startsWith(entry.adapter) && entry.pattern.test(name),
  );
}

module.exports = { find, read };
