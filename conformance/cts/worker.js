'use strict';
// One process that runs cases of the suite and reports them to the runner over IPC. It may crash or
// hang: the runner watches.
//
// argv: the suite's directory, the adapter's name, options for the addon.

const path = require('node:path');

const [suite, adapter, ...flags] = process.argv.slice(2);
const out = file => require(path.join(suite, 'out-node', file));

process.chdir(suite);
const { DefaultTestFileLoader } = out('common/internal/file_loader.js');
const { parseQuery } = out('common/internal/query/parseQuery.js');
const { Logger } = out('common/internal/logging/logger.js');
const { setGPUProvider } = out('common/util/navigator_gpu.js');
const { dataCache } = out('common/framework/data_cache.js');
const { getResourcePath } = out('common/framework/resources.js');
const { prettyPrintLog } = out('common/internal/logging/log_message.js');

setGPUProvider(() => require('../node').create([`adapter=${adapter}`, ...flags]));
// Expected values that the suite computed when it was built.
dataCache.setStore({
  load: file => require('node:fs').promises.readFile(getResourcePath(`cache/${file}`)),
});
// What reaches no scope is a test's business, not the console's.
console.warn = () => {};

const loader = new DefaultTestFileLoader();

/** The names of all cases of a query. */
async function list(query) {
  const names = [];
  for (const testcase of await loader.loadCases(parseQuery(query))) {
    names.push(testcase.query.toString());
  }
  return names;
}

/** Runs those cases of one test that are asked for. */
async function run(test, wanted) {
  const names = new Set(wanted);
  for (const testcase of await loader.loadCases(parseQuery(`${test}:*`))) {
    const name = testcase.query.toString();
    if (!names.delete(name)) continue;
    process.send({ begun: name });
    const [recorder, result] = new Logger().record(name);
    await testcase.run(recorder, []);
    const log =
      result.status === 'fail' || result.status === 'warn'
        ? (result.logs ?? []).map(prettyPrintLog).join('\n')
        : undefined;
    process.send({ name, status: result.status, ms: result.timems, log: log?.slice(0, 6000) });
  }
  for (const name of names) process.send({ name, status: 'missing', ms: 0 });
}

process.on('message', async message => {
  try {
    if (message.list) process.send({ listed: await list(message.list) });
    else await run(message.test, message.cases);
    process.send({ idle: true });
  } catch (error) {
    process.send({ failed: error.stack });
  }
});
process.on('disconnect', () => process.exit());
process.send({ idle: true });
