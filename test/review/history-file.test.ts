import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { openHistoryFile, placeHistory } from '../../src/review/history-file.ts';
import { commitOf, exampleHistory, inputOf, pointOf } from '../support/history-data.ts';

async function placeFile(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  t.after(() => rm(dir, { recursive: true }));
  return path.join(dir, 'history', 'one.jsonl');
}

test('records come back in their order, from a file that others cannot read', async (t) => {
  const file = await placeFile(t);
  assert.deepEqual(await openHistoryFile(file).read(), []);
  for (const record of exampleHistory) await openHistoryFile(file).add(record);
  assert.deepEqual(await openHistoryFile(file).read(), exampleHistory);
  assert.equal((await stat(file)).mode & 0o077, 0);
  assert.equal((await stat(path.dirname(file))).mode & 0o077, 0);
});

test('a line that was cut at any byte costs that record alone', async (t) => {
  const file = await placeFile(t);
  const store = openHistoryFile(file);
  const [first, last] = [commitOf(0, 'a'), commitOf(2, 'ü€😀')];
  await store.add(first);
  const kept = (await readFile(file)).length;
  await store.add(last);
  const whole = await readFile(file);
  for (let length = kept; length < whole.length; length += 7) {
    await rm(file);
    await appendFile(file, whole);
    await truncate(file, length);
    await store.add(commitOf(3, 'b'));
    assert.deepEqual(await store.read(), [first, commitOf(3, 'b')], `cut at ${length}`);
  }
});

test('what another version or a person wrote into the file is passed over', async (t) => {
  const file = await placeFile(t);
  const store = openHistoryFile(file);
  await store.add(commitOf(0, 'a'));
  await appendFile(file, '\nnull\n{"kind":"later"}\n{"kind":"commit"}\n\u0000\n');
  await store.add(commitOf(1, 'a'));
  assert.equal((await store.read()).length, 2);
});

test('records that several add at once are all there, and whole', async (t) => {
  const file = await placeFile(t);
  const points = Array.from({ length: 200 }, (_, index) => pointOf(`BenchmarkX/${index}`, index, index));
  const records = Array.from({ length: 40 }, (_, index) => inputOf(String(index), points));
  await Promise.all(records.map((record) => openHistoryFile(file).add(record)));
  const read = await openHistoryFile(file).read();
  assert.deepEqual(
    new Set(read.map((record) => (record.kind === 'input' ? record.input : ''))),
    new Set(records.map(({ input }) => input)),
  );
});

test('each repository has a file of its own', () => {
  assert.notEqual(placeHistory('/a/.git'), placeHistory('/b/.git'));
});
