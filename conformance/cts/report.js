'use strict';
// From results to verdict: what was expected, what was not; tables.

const { find } = require('./expectations.js');

const isGood = status => status === 'pass' || status === 'warn' || status === 'skip';

/** Sorts results by what expectations.txt says. */
function judge(results, known, adapter) {
  const counts = { pass: 0, skip: 0, fail: 0 };
  const causes = new Map();
  const unexpected = [];
  const mended = [];
  for (const { name, status, log } of results) {
    if (status === 'skip') counts.skip++;
    else counts[isGood(status) ? 'pass' : 'fail']++;
    const expectation = find(known, name, adapter);
    if (isGood(status)) {
      if (expectation && status !== 'skip') mended.push(name);
    } else if (expectation) {
      const { id, text } = expectation.cause;
      const entry = causes.get(id) ?? { id, text, count: 0 };
      entry.count++;
      causes.set(id, entry);
    } else {
      unexpected.push({ name, status, log });
    }
  }
  return { ...counts, causes: [...causes.values()], unexpected, mended };
}

/** A line per spec file. */
function table(results) {
  const files = new Map();
  for (const { name, status, ms } of results) {
    const file = name.split(':', 2)[1];
    const row = files.get(file) ?? { pass: 0, fail: 0, skip: 0, ms: 0 };
    row[status === 'skip' ? 'skip' : isGood(status) ? 'pass' : 'fail']++;
    row.ms += ms;
    files.set(file, row);
  }
  const lines = ['| file | pass | fail | skip | s |', '| --- | ---: | ---: | ---: | ---: |'];
  for (const [file, { pass, fail, skip, ms }] of [...files].sort()) {
    lines.push(`| ${file} | ${pass} | ${fail} | ${skip} | ${(ms / 1000).toFixed(1)} |`);
  }
  return `${lines.join('\n')}\n`;
}

/** The verdict for people. */
function print({ pass, fail, skip, causes, unexpected, mended }, seconds) {
  const rate = ((100 * pass) / Math.max(1, pass + fail)).toFixed(1);
  console.log(`${pass} pass, ${fail} fail, ${skip} skip: ${rate} % in ${seconds.toFixed(0)} s`);
  for (const { id, text, count } of causes) console.log(`  ${count} expected: [${id}] ${text}`);
  if (mended.length > 0) {
    console.log(`  ${mended.length} pass that expectations.txt says fail, such as ${mended[0]}`);
  }
  for (const { name, status, log } of unexpected.slice(0, 40)) {
    console.log(`unexpected ${status}: ${name}`);
    const first = log?.split('\n').find(line => line.trim() !== '');
    if (first) console.log(`    ${first.trim().slice(0, 200)}`);
  }
  if (unexpected.length > 40) console.log(`and ${unexpected.length - 40} more, in summary.json`);
}

module.exports = { judge, print, table };
