import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ConfigProblem } from '../../src/config/schema.ts';
import { parseSettings, settingsJsonSchema, settingsSchema } from '../../src/config/settings.ts';

const path = '/etc/allocgate/settings.yml';

function problemsOf(text: string): ConfigProblem[] {
  const parsed = parseSettings(text, path);
  assert.ok('problems' in parsed, `expected problems in ${JSON.stringify(text)}`);
  return parsed.problems;
}

test('without a word the default tier and every limit apply', () => {
  const defaults = settingsSchema.parse({});
  for (const text of ['', '# nothing\n', '{}', 'version: 1\n', 'limits: {}\n']) {
    assert.deepEqual(parseSettings(text, path), defaults);
  }
  assert.equal(defaults.sandbox, 'bubblewrap');
  assert.ok(defaults.limits.memoryMiB * 2 ** 20 < totalmem());
  const unlimited = Object.entries(defaults.limits).filter(([, value]) => value === null);
  assert.deepEqual(unlimited, [['cpus', null]]);
});

test('what is set is set, and the rest keeps its default', () => {
  const text = 'sandbox: gvisor\nlimits: {memoryMiB: 512, cpus: 1.5}\ncache: {maxDays: 1}\n';
  const parsed = parseSettings(text, path);
  assert.ok(!('problems' in parsed));
  assert.deepEqual([parsed.sandbox, parsed.limits.memoryMiB, parsed.limits.cpus], ['gvisor', 512, 1.5]);
  assert.equal(parsed.limits.openFiles, settingsSchema.parse({}).limits.openFiles);
  assert.equal(parsed.cache.maxDays, 1);
});

test('an unknown key is named at its place, with the key that was meant', () => {
  const [slip] = problemsOf('limits:\n  memoryMib: 512\n');
  assert.deepEqual([slip?.line, slip?.column, slip?.key, slip?.path], [2, 3, 'limits.memoryMib', path]);
  assert.ok(slip?.kind === 'unknown-key' && slip.suggestion === 'memoryMiB');
  const [moved] = problemsOf('memoryMiB: 512\n');
  assert.ok(moved?.kind === 'unknown-key' && moved.suggestion === 'limits.memoryMiB');
});

test('a tier that does not exist is never taken for one that does', () => {
  const [problem] = problemsOf('sandbox: bubblewarp\n');
  assert.ok(problem?.kind === 'not-allowed' && problem.suggestion === 'bubblewrap');
  const [untold] = problemsOf('sandbox:\n');
  assert.ok(untold?.kind === 'not-allowed' && untold.found === 'null', JSON.stringify(untold));
});

test('wrong types and limits that limit nothing are distinguished, all at once', () => {
  const kinds = problemsOf('limits:\n  openFiles: many\n  processes: 0\n  treeMiB: 1.5\n').map(
    ({ kind, line }) => `${line} ${kind}`,
  );
  assert.deepEqual(kinds, ['2 wrong-type', '3 out-of-range', '4 wrong-type']);
});

test('the schema accepts what the program accepts and refuses what it refuses', () => {
  const validate = new Ajv2020().compile(settingsJsonSchema());
  assert.ok(validate({}), JSON.stringify(validate.errors));
  assert.ok(validate({ version: 1, sandbox: 'none', limits: { cpus: null, benchmarks: 10 } }));
  for (const bad of [{ sandbox: 'docker' }, { limits: { memoryMiB: 1 } }, { limit: {} }, { version: 2 }]) {
    assert.ok(!validate(bad), JSON.stringify(bad));
    assert.ok('problems' in parseSettings(JSON.stringify(bad), path), JSON.stringify(bad));
  }
});

test('SECURITY.md has a row for each limit', () => {
  const security = readFileSync('SECURITY.md', 'utf8');
  const rows = security.matchAll(/^\| `(?<key>\w+)` +\|/gmu);
  const keys = new Set([...rows].map(({ groups }) => groups?.['key']));
  for (const key of Object.keys(settingsSchema.parse({}).limits)) assert.ok(keys.has(key), key);
});
