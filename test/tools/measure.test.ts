import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Directories, ownDirectories } from './directories.ts';
import { updateExpected } from './expected-counts.ts';
import { measure } from './measure.ts';
import { readCounts, type Measured } from './measuring.ts';
import { after, before } from '../support/hooks.ts';

const counts = (allocs: number) => ({ allocs, bytes: allocs * 8 });

describe('readCounts', () => {
  it('takes the fewest of several runs, by package', () => {
    const output = `goos: linux
pkg: example.com/fixtures/ma01
BenchmarkA-2   \t    1000\t       102.6 ns/op\t      64 B/op\t       4 allocs/op
BenchmarkA-2   \t    1000\t        99.1 ns/op\t      65 B/op\t       3 allocs/op
BenchmarkB/x-2-2 \t  1000\t 99.1 ns/op\t 12.50 MB/s\t 0 B/op\t 0 allocs/op
PASS
ok  \texample.com/fixtures/ma01\t0.01s
pkg: example.com/fixtures/ma02
BenchmarkA-2   \t    1000\t        99.1 ns/op\t      16 B/op\t       1 allocs/op`;
    assert.deepEqual(
      [...readCounts(output, 2)].map(([name, rows]) => [name, Object.fromEntries(rows)]),
      [
        ['ma01', { BenchmarkA: { allocs: 3, bytes: 64 }, 'BenchmarkB/x-2': { allocs: 0, bytes: 0 } }],
        ['ma02', { BenchmarkA: { allocs: 1, bytes: 16 } }],
      ],
    );
  });

  it('takes no suffix away where one processor prints none', () => {
    assert.deepEqual(
      [...(readCounts('pkg: a/b\nBenchmarkA-1 1 1 ns/op 0 B/op 0 allocs/op', 1).get('b') ?? [])],
      [['BenchmarkA-1', { allocs: 0, bytes: 0 }]],
    );
  });
});

describe('updateExpected', () => {
  const text = `# about it
go: '1.26'
benchmarks:
  - name: BenchmarkA # the first
    allocs: { good: 0, bad: 2 }
    bytes: { good: 0, bad: 16 }
    harmless: { allocs: 0 }
evidence: proven
allocates: true
`;
  const measured = (bad: number): Measured =>
    new Map([['BenchmarkA', { good: counts(0), bad: counts(bad), harmless: counts(0) }]]);

  it('leaves what is right', async () => {
    assert.deepEqual(await updateExpected(text, measured(2), '1.26'), { text, changes: [], problems: [] });
  });

  it('writes what is not, and keeps comments and form', async () => {
    const update = await updateExpected(text, measured(3), '1.27');
    assert.deepEqual(update.changes, [
      'BenchmarkA: allocs.bad 2 → 3',
      'BenchmarkA: bytes.bad 16 → 24',
      'go 1.26 → 1.27',
    ]);
    const wanted = text.replace('bad: 2', 'bad: 3').replace('bad: 16', 'bad: 24').replace('1.26', '1.27');
    assert.equal(update.text, wanted);
  });

  it('adds a benchmark in the form of the others', async () => {
    const both = new Map([...measured(2), ['BenchmarkB', measured(5).get('BenchmarkA') ?? {}] as const]);
    const update = await updateExpected(text, both, '1.26');
    assert.deepEqual(update.changes, ['BenchmarkB is new']);
    assert.ok(update.text.includes('  - name: BenchmarkB\n    allocs: { good: 0, bad: 5 }\n    bytes:'));
  });

  it('says what only a person can put right', async () => {
    const gone = await updateExpected(text, new Map([['BenchmarkB', { good: counts(0) }]]), '1.26');
    assert.deepEqual(gone.problems, [
      'BenchmarkB does not run in every part (good, bad, harmless)',
      'expect.yaml names BenchmarkA, which did not run',
    ]);
    assert.deepEqual(gone.changes, []);
    assert.equal((await updateExpected('go: 1', new Map(), '1.26')).problems.length, 1);
  });
});

describe('measuring for real', () => {
  let root = '';
  let directories: Directories = ownDirectories;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
    directories = { rules: path.join(root, 'rules'), fixtures: path.join(root, 'fixtures') };
    for (const id of ['MA-08', 'XX-01']) {
      await cp(path.join(ownDirectories.rules, id), path.join(directories.rules, id), { recursive: true });
      await cp(path.join(ownDirectories.fixtures, id), path.join(directories.fixtures, id), {
        recursive: true,
      });
    }
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('brings wrong numbers back, on the page as well, and says so; a fixture that does not build stays', async () => {
    const files = [
      path.join(directories.fixtures, 'MA-08', 'expect.yaml'),
      path.join(directories.rules, 'MA-08', 'exercise.md'),
    ];
    const right = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    const wrong = right.map((text) =>
      text.replace('bad: 16', 'bad: 17').replace('         2 ', '         9 '),
    );
    await Promise.all(files.map((file, index) => writeFile(file, wrong[index] ?? '')));
    await writeFile(
      path.join(directories.fixtures, 'XX-01', 'bad', 'broken.go'),
      'package xx01\n\nvar x = y\n',
    );
    const lines: string[] = [];
    assert.equal(await measure(directories, [], (line) => lines.push(line)), 1);
    assert.deepEqual(await Promise.all(files.map((file) => readFile(file, 'utf8'))), right);
    assert.ok(lines.includes('MA-08  BenchmarkPurchase: bytes.bad 17 → 16'), lines.join('\n'));
    assert.ok(lines.includes('MA-08  the page has new numbers'));
    assert.ok(lines.some((line) => line.includes('undefined: y')));
    assert.ok(lines.some((line) => line.startsWith('XX-01  needs you: BenchmarkSet')));
    assert.equal(await measure(directories, ['MA-08'], (line) => lines.push(line)), 0);
    assert.equal(lines.at(-1), 'Nothing changed.');
  });
});

describe('the command', () => {
  const script = fileURLToPath(new URL('measure.ts', import.meta.url));
  const start = (args: string[], env: NodeJS.ProcessEnv) =>
    new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const options = { env: { ...env, NODE_TEST_CONTEXT: '' } };
      execFile(process.execPath, [script, ...args], options, (error, _, stderr) =>
        resolve({ code: error?.code ?? 0, stderr }),
      );
    });

  it('says when Go is missing or a rule is unknown', async () => {
    const noGo = await start([], { PATH: '/nonexistent' });
    assert.deepEqual([noGo.code, noGo.stderr.split(':')[0]], [2, 'Go is missing']);
    const unknown = await start(['QQ-77'], process.env);
    assert.deepEqual([unknown.code, unknown.stderr.split('.')[0]], [2, 'No such rule: QQ-77']);
  });
});
