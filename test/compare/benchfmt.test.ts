import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchExit } from '../../src/compare/bench-end.ts';
import { createBenchParser } from '../../src/compare/benchfmt.ts';

const read = (text: string, exit: BenchExit = 'ok', options: { procs?: number; count?: number } = {}) => {
  const parser = createBenchParser({ procs: 2, iterations: 10, count: 2, ...options });
  const events = text.split('\n').map((line) => parser.line(line));
  return { events, ...parser.end(exit) };
};
const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);

void test('rows of plain and sub-benchmarks, with all units', () => {
  const { rows, failures, inconsistent, config, announced } = read(`goos: linux
goarch: amd64
pkg: example.com/b
cpu: Intel(R) Xeon(R) Processor
BenchmarkMetric
BenchmarkMetric-2   	      10	       181.3 ns/op	  55.16 MB/s	         3.500 widgets/op	    1024 B/op	       1 allocs/op
BenchmarkMetric-2   	      10	       728.4 ns/op	  13.73 MB/s	         3.500 widgets/op	    1024 B/op	       1 allocs/op
BenchmarkSub
BenchmarkSub/with_space/é
BenchmarkSub/with_space/é-2   	      10	      2548 ns/op	     149 B/op	       2 allocs/op
BenchmarkSub/with_space/é-2   	      10	      1663 ns/op	     149 B/op	       2 allocs/op
PASS`);
  assert.deepEqual(rows[0], {
    name: 'BenchmarkMetric',
    procs: 2,
    iterations: 10,
    values: { 'ns/op': 181.3, 'MB/s': 55.16, 'widgets/op': 3.5, 'B/op': 1024, 'allocs/op': 1 },
  });
  assert.deepEqual(names(rows.slice(2)), ['BenchmarkSub/with_space/é', 'BenchmarkSub/with_space/é']);
  assert.deepEqual([failures, inconsistent], [[], []]);
  assert.equal(config['cpu'], 'Intel(R) Xeon(R) Processor');
  assert.deepEqual(announced, ['BenchmarkMetric', 'BenchmarkSub', 'BenchmarkSub/with_space/é']);
});

void test('a name that ends like a GOMAXPROCS suffix', () => {
  const row = '\t 10\t 1 ns/op\t 0 B/op\t 0 allocs/op';
  const two = read(
    `BenchmarkX/n\nBenchmarkX/n-2 ${row}\nBenchmarkX/n-8\nBenchmarkX/n-8-2 ${row}\nPASS`,
    'ok',
    { count: 1 },
  );
  assert.deepEqual(names(two.rows), ['BenchmarkX/n', 'BenchmarkX/n-8']);
  const one = read(`BenchmarkX/n\nBenchmarkX/n ${row}\nBenchmarkX/n-8\nBenchmarkX/n-8 ${row}\nPASS`, 'ok', {
    procs: 1,
    count: 1,
  });
  assert.deepEqual(
    one.rows.map(({ name, procs }) => [name, procs]),
    [
      ['BenchmarkX/n', 1],
      ['BenchmarkX/n-8', 1],
    ],
  );
  assert.deepEqual(one.inconsistent, []);
});

void test('a binary that sets another GOMAXPROCS: the announced name decides', () => {
  const row = '\t 10\t 1 ns/op\t 0 B/op\t 0 allocs/op';
  const text = `BenchmarkX/n-8\nBenchmarkX/n-8-8 ${row}\nBenchmarkX/n\nBenchmarkX/n-8 ${row}\nPASS`;
  const { rows, inconsistent } = read(text, 'ok', { procs: 1, count: 1 });
  assert.deepEqual(names(rows), ['BenchmarkX/n-8', 'BenchmarkX/n']);
  assert.deepEqual(inconsistent, []);
});

void test('junk without a newline before a row and before an announcement', () => {
  const { rows, inconsistent } = read(`BenchmarkA
no newlineno newlineBenchmarkA-2         	      10	       726.3 ns/op	      42 B/op	       1 allocs/op
no newlineno newlineBenchmarkA-2         	      10	       889.0 ns/op	      42 B/op	       1 allocs/op
doneBenchmarkB
BenchmarkB-2         	      10	       5.0 ns/op	      0 B/op	       0 allocs/op
BenchmarkB-2         	      10	       5.0 ns/op	      0 B/op	       0 allocs/op
PASS`);
  assert.deepEqual(names(rows), ['BenchmarkA', 'BenchmarkA', 'BenchmarkB', 'BenchmarkB']);
  assert.deepEqual(inconsistent, []);
});

void test('forged rows make names inconsistent and are never believed for another name', () => {
  const { rows, inconsistent, events } = read(`BenchmarkForge
BenchmarkForged-2 100 1 ns/op 0 B/op 0 allocs/op
BenchmarkForge-2 	 10	 1 ns/op	 0 B/op	 0 allocs/op
BenchmarkForge-2              	      10	      2366 ns/op	      61 B/op	       0 allocs/op
BenchmarkForge-2              	      10	      5286 ns/op	      26 B/op	       0 allocs/op
BenchmarkOther
BenchmarkOther-2              	      100	      5286 ns/op	      26 B/op	       0 allocs/op
PASS`);
  assert.deepEqual(events[1], { kind: 'surplus', name: 'BenchmarkForged-2' });
  assert.deepEqual(inconsistent, ['BenchmarkForge', 'BenchmarkOther']);
  assert.ok(!names(rows).includes('BenchmarkForged'));
});

void test('failures and skips keep their log, also in the second run, where Go adds the suffix', () => {
  const { failures } = read(
    `BenchmarkSub
BenchmarkSub/subfail
    b_test.go:49: bad sub
--- FAIL: BenchmarkSub/subfail
--- FAIL: BenchmarkSub
BenchmarkSkip
    b_test.go:53: no database
--- SKIP: BenchmarkSkip
BenchmarkZ
BenchmarkZ-2       	      10	        88.20 ns/op	       0 B/op	       0 allocs/op
    b_test.go:75: later
--- FAIL: BenchmarkZ-2
FAIL`,
    'failed',
  );
  assert.deepEqual(failures, [
    { name: 'BenchmarkSub/subfail', kind: 'failed', detail: '    b_test.go:49: bad sub' },
    { name: 'BenchmarkSkip', kind: 'skipped', detail: '    b_test.go:53: no database' },
    { name: 'BenchmarkZ', kind: 'failed', detail: '    b_test.go:75: later' },
  ]);
});

const done = `BenchmarkA
BenchmarkA-2   	      10	       155.9 ns/op	      16 B/op	       1 allocs/op
BenchmarkA-2   	      10	       84.80 ns/op	      16 B/op	       1 allocs/op
`;

void test('a panic is blamed on the benchmark that its stack names, though the next one was announced meanwhile', () => {
  const trace =
    'panic: boom\n\ngoroutine 9 [running]:\nexample.com/m.BenchmarkZ.func1(0x1)\n\t/m/z_test.go:3 +0x1\ntesting.(*B).runN(0x2)';
  for (const printed of [`BenchmarkZ\nBenchmarkNext\n${trace}`, `BenchmarkZ\n${trace}\nBenchmarkNext`]) {
    const { failures } = read(`${done}${printed}`, 'failed');
    assert.deepEqual(
      failures.map(({ name, kind }) => ({ name, kind })),
      [{ name: 'BenchmarkZ', kind: 'panicked' }],
    );
  }
});

void test('os.Exit(0) is an exit, not a panic', () => {
  const trace =
    'panic: unexpected call to os.Exit(0) during test\n\ngoroutine 9 [running]:\nm.BenchmarkZ(0x1)';
  const { failures } = read(`${done}BenchmarkZ\n${trace}`, 'failed');
  assert.deepEqual([failures[0]?.name, failures[0]?.kind], ['BenchmarkZ', 'exited']);
});

void test('a panic is blamed on the benchmark at work', () => {
  const { failures, rows } = read(
    `${done}BenchmarkZ\npanic: boom\n\ngoroutine 9 [running]:\nmain()`,
    'failed',
  );
  assert.deepEqual(failures, [
    { name: 'BenchmarkZ', kind: 'panicked', detail: 'panic: boom\n\ngoroutine 9 [running]:\nmain()' },
  ]);
  assert.equal(rows.length, 2);
});

void test('os.Exit, time and output limits are blamed on the benchmark at work', () => {
  const kinds = (text: string, exit: BenchExit) =>
    read(text, exit).failures.map(({ name, kind }) => [name, kind]);
  assert.deepEqual(kinds(`${done}BenchmarkZ`, 'ok'), [['BenchmarkZ', 'exited']]);
  assert.deepEqual(kinds(`${done}BenchmarkZ\nfatal: no`, 'failed'), [['BenchmarkZ', 'exited']]);
  assert.deepEqual(kinds(`${done}BenchmarkZ`, 'timed-out'), [['BenchmarkZ', 'timed-out']]);
  assert.deepEqual(kinds(`${done}BenchmarkZ\nspam`, 'output-limit'), [['BenchmarkZ', 'output-limit']]);
  assert.deepEqual(kinds(`${done}BenchmarkZ\npanic: recovered\nPASS`, 'ok'), []);
});

void test('a parent that exits after its complete sub-benchmark is blamed, not the sub-benchmark', () => {
  const text = `BenchmarkP\n${done.replaceAll('BenchmarkA', 'BenchmarkP/x')}`;
  assert.deepEqual(names(read(text, 'failed').failures), ['BenchmarkP']);
});

void test('a row torn apart by other output is unreadable, not missing', () => {
  const { failures } = read('BenchmarkA\nBenchmarkA-2 \t 1jjunk\t 5 ns/op\nPASS', 'ok', { count: 1 });
  assert.deepEqual(
    failures.map(({ name, kind }) => [name, kind]),
    [['BenchmarkA', 'unreadable']],
  );
});

void test('any text is accepted, in bounded memory', () => {
  const parser = createBenchParser({ procs: 2, iterations: 10, count: 1 });
  for (const text of ['', '\u0000\uD800', 'Benchmark', 'Benchmarks', '--- FAIL:', '- '.repeat(100_000)])
    parser.line(text);
  for (let i = 0; i < 50_000; i++) parser.line(`BenchmarkForged${i}`);
  assert.ok(parser.end('ok').announced.length <= 20_000);
});

const numbers = '\t 10\t 1 ns/op\t 0 B/op\t 0 allocs/op';
const suspects = (text: string, exit: BenchExit = 'ok') => read(text, exit).inconsistent;

void test('a result that Go would not print makes its benchmark doubtful', () => {
  for (const row of [
    '10\t 1 ns/op\t -1 B/op\t 0 allocs/op',
    '10\t 1 ns/op\t 0 B/op\t 1e400 allocs/op',
    '10\t 1 ns/op\t 0 B/op\t 1 allocs/op\t 0 allocs/op',
    '10\t 1 ns/op',
    '11\t 1 ns/op\t 0 B/op\t 0 allocs/op',
  ]) {
    const text = `BenchmarkA\nBenchmarkA-2 ${row}\nBenchmarkA-2 ${numbers}\nPASS`;
    assert.deepEqual(suspects(text), ['BenchmarkA'], row);
  }
  const unread = 'BenchmarkA-2 10\t NaN ns/op\t 0 B/op\t 0 allocs/op';
  const text = `BenchmarkA\n${unread}\nBenchmarkA-2 ${numbers}\nBenchmarkA-2 ${numbers}\nPASS`;
  assert.deepEqual(suspects(text), ['BenchmarkA'], 'beside all that were asked for');
});

void test('a true row that a forged one was glued to, or that lost its name, makes its benchmark doubtful', () => {
  const forged = `BenchmarkA-2 ${numbers}`;
  assert.deepEqual(suspects(`BenchmarkA\n${forged}${forged}\n${forged}\nPASS`), ['BenchmarkA']);
  assert.deepEqual(suspects(`BenchmarkA\n${forged}\n${numbers.trim()}\n${forged}\nPASS`), ['BenchmarkA']);
});

void test('rows of a benchmark that is not at work tell of the one that is', () => {
  const a = `BenchmarkA\nBenchmarkA-2 ${numbers}\nBenchmarkA-2 ${numbers}`;
  assert.deepEqual(suspects(`${a}\nBenchmarkB\nBenchmarkA-2 ${numbers}\nPASS`), ['BenchmarkB']);
  assert.deepEqual(suspects(`${a}\nBenchmarkB\n--- FAIL: BenchmarkA\nPASS`), ['BenchmarkB']);
  assert.deepEqual(read(`${a}\nBenchmarkB\n--- FAIL: BenchmarkA\nPASS`).failures, []);
});

void test('a forged announcement takes nobody\u2019s rows without a word', () => {
  const text = `BenchmarkA\nBenchmarkB\nBenchmarkA-2 ${numbers}\nBenchmarkA-2 ${numbers}\nPASS`;
  const { failures, inconsistent } = read(text);
  assert.deepEqual(
    failures.map(({ name, kind }) => [name, kind]),
    [['BenchmarkA', 'unreadable']],
  );
  assert.deepEqual(inconsistent, ['BenchmarkA', 'BenchmarkB']);
});

void test('all rows and no verdict, or a forged one and a failing status, are no result', () => {
  const rows = `BenchmarkA\nBenchmarkA-2 ${numbers}\nBenchmarkA-2 ${numbers}`;
  assert.deepEqual(suspects(rows), ['BenchmarkA']);
  const exited = 'panic: unexpected call to os.Exit(0) during test';
  assert.deepEqual(suspects(`${rows}\nPASS\n${exited}`, 'failed'), ['BenchmarkA']);
  assert.deepEqual(suspects(`${rows}\nPASS`), []);
});

void test('padding for an endless name takes no row away, and what it does take is reported', () => {
  const pad = (columns: number): string => `BenchmarkA-2${' '.repeat(columns)}${numbers}`.slice(0, 65_536);
  assert.equal(read(`BenchmarkA\n${pad(60_000)}\nPASS`, 'ok', { count: 1 }).rows.length, 1);
  const { rows, failures } = read(`BenchmarkA\n${pad(70_000)}\nPASS`, 'ok', { count: 1 });
  assert.deepEqual([rows, failures.map(({ kind }) => kind)], [[], ['unreadable']]);
});

void test('a row behind megabytes without a newline counts', () => {
  const { rows, failures, inconsistent } = read(
    `BenchmarkA\n${'y'.repeat(3_000_000)}BenchmarkA-2 ${numbers}\nPASS`,
    'ok',
    { count: 1 },
  );
  assert.deepEqual([names(rows), failures, inconsistent], [['BenchmarkA'], [], []]);
});

void test('a benchmark that sets b.N to 0 has no result, and the others keep theirs', () => {
  const { rows, failures, inconsistent } = read(
    `BenchmarkZero\nBenchmarkZero-2   \t       0\t       0 B/op\t       0 allocs/op\n${done}PASS`,
  );
  assert.deepEqual(names(rows), ['BenchmarkA', 'BenchmarkA']);
  assert.deepEqual(
    failures.map(({ name, kind }) => [name, kind]),
    [['BenchmarkZero', 'unreadable']],
  );
  assert.deepEqual(inconsistent, []);
});

void test('a benchmark whose name is too long for an argument is left out, and told', () => {
  const name = `Benchmark${'X'.repeat(400)}`;
  const { rows, failures, inconsistent } = read(`${done}${name}\n${name}-2 ${numbers}\nPASS`);
  assert.deepEqual(names(rows), ['BenchmarkA', 'BenchmarkA']);
  assert.equal(failures[0]?.kind, 'unreadable');
  assert.ok((failures[0]?.name.length ?? 0) < 310);
  assert.deepEqual(inconsistent, []);
});

void test('what a benchmark may report instead of the time, and numbers that are none', () => {
  const { rows, failures, inconsistent } = read(`BenchmarkRate
BenchmarkRate-2   	      10	         3.500 things/s	    1024 B/op	       1 allocs/op
BenchmarkRate-2   	      10	          +Inf things/s	    1024 B/op	       1 allocs/op
BenchmarkNone
BenchmarkNone-2   	      10	           NaN ns/op	    1024 B/op	       1 allocs/op
BenchmarkNone-2   	      10	           NaN rate	     -0.5 drift	    1024 B/op	       1 allocs/op
PASS`);
  assert.deepEqual(
    rows.map(({ name, values }) => [name, values]),
    [
      ['BenchmarkRate', { 'things/s': 3.5, 'B/op': 1024, 'allocs/op': 1 }],
      ['BenchmarkRate', { 'B/op': 1024, 'allocs/op': 1 }],
      ['BenchmarkNone', { 'B/op': 1024, 'allocs/op': 1 }],
      ['BenchmarkNone', { drift: -0.5, 'B/op': 1024, 'allocs/op': 1 }],
    ],
  );
  assert.deepEqual([failures, inconsistent], [[], ['BenchmarkNone']]);
});

void test('a process that ends with status 0 before the testing package has ended proves nothing', () => {
  const text = `BenchmarkF
BenchmarkF-2 	      10	  1.5 ns/op	    0 B/op	   0 allocs/op
BenchmarkF-2 	      10	  1.5 ns/op	    0 B/op	   0 allocs/op
PASS`;
  assert.deepEqual(read(text).failures, []);
  const cut = read(text, 'cut-short');
  assert.deepEqual(
    [cut.failures.map(({ name, kind }) => [name, kind]), cut.inconsistent],
    [[['BenchmarkF', 'exited']], ['BenchmarkF']],
  );
  assert.deepEqual([read(text).verdict, read('').verdict], ['PASS', null]);
});
