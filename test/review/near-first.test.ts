import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { PackageTask } from '../../src/review/measure-package.ts';
import { splitByDistance } from '../../src/review/near-first.ts';

const everything = { run: '.', skip: '' };
const benchmark = (name: string): string => `func Benchmark${name}(b *testing.B) {}\n`;
const many = Array.from({ length: 20 }, (_, at) => benchmark(`Idle${at}`)).join('\n');

/** A package with these files, in which the function `grow` of `ring.go` changed. */
async function createTask(t: TestContext, tests: Record<string, string>): Promise<PackageTask> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-near-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(tests))
    await writeFile(path.join(dir, file), `package m\n\n${text}`);
  await writeFile(path.join(dir, 'ring.go'), 'package m\n\nfunc (r *Ring) grow() {}\n');
  const head = {
    tree: { context: { treeDir: dir } },
    goPackage: { dir: '.', testFiles: Object.keys(tests) },
  };
  const place = { file: 'ring.go', firstLine: 3, lastLine: 3 };
  const changed = {
    package: 'example.com/m',
    name: '(*Ring).grow',
    change: 'source',
    base: place,
    head: place,
  };
  const code = { functions: [{ ...changed, isEmpty: false }], isDecidable: true };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest is for the go command, which does not run
  return { importPath: 'example.com/m', base: null, head, cross: null, code } as unknown as PackageTask;
}

const nearest = (task: PackageTask): string[] => {
  const [near, far] = splitByDistance(task, everything);
  return far ? [...(near?.names ?? [])].sort() : [];
};

test('benchmarks in the test files of the changed file are near', async (t) => {
  const task = await createTask(t, {
    'idle_test.go': many,
    'ring_test.go': benchmark('Ring'),
    'ring_bench_test.go': benchmark('RingGrow'),
    'rings_test.go': benchmark('Rings'),
  });
  assert.deepEqual(nearest(task), ['BenchmarkRing', 'BenchmarkRingGrow']);
  const [near, far] = splitByDistance(task, everything);
  assert.equal(near?.run, '^BenchmarkRing$|^BenchmarkRingGrow$');
  assert.deepEqual([far?.run, far?.skip, far?.names?.size], ['.', near?.run, 21]);
});

test('without such a file, those that call the changed function most directly are near', async (t) => {
  const task = await createTask(t, {
    'idle_test.go': many,
    'all_test.go':
      'func BenchmarkNear(b *testing.B) { new(Ring).grow() }\n\nfunc BenchmarkFar(b *testing.B) { BenchmarkNear(b) }\n',
  });
  assert.deepEqual(nearest(task), ['BenchmarkNear']);
});

test('benchmarks that only base has are named, too', async (t) => {
  const [task, before] = [
    await createTask(t, { 'idle_test.go': many, 'ring_test.go': benchmark('Ring') }),
    await createTask(t, { 'idle_test.go': many + benchmark('Removed') }),
  ];
  const [, far] = splitByDistance({ ...task, base: before.head }, everything);
  assert.deepEqual([far?.names?.size, far?.names?.has('BenchmarkRemoved')], [21, true]);
});

test('a package is not split if nothing is near, most is near, it is small, or the user chose', async (t) => {
  assert.deepEqual(nearest(await createTask(t, { 'idle_test.go': many })), []);
  assert.deepEqual(
    nearest(await createTask(t, { 'ring_test.go': many, 'idle_test.go': benchmark('Other') })),
    [],
  );
  assert.deepEqual(nearest(await createTask(t, { 'ring_test.go': benchmark('Ring') })), []);
  const task = await createTask(t, { 'idle_test.go': many, 'ring_test.go': benchmark('Ring') });
  assert.deepEqual(nearest(task), ['BenchmarkRing']);
  const chosen = { run: 'Idle', skip: '' };
  assert.deepEqual(splitByDistance(task, chosen), [chosen]);
});
