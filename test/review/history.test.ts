import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { HistoryPoint } from '../../src/compare/history-point.ts';
import { configSchema } from '../../src/config/schema.ts';
import { joinHistory, orderCommits, listSeries } from '../../src/report/decide/history.ts';
import type { HistoryOutcome, HistoryRecord, HistoryStore } from '../../src/report/model/history.ts';
import { type HistoryWork, measureHistory } from '../../src/review/history.ts';
import { openSession } from '../../src/review/session.ts';
import { readLog } from '../../src/source/log.ts';
import { createGoRepository, type Files } from '../support/go-repository.ts';

const goMod = { 'go.mod': 'module example.com/m\n\ngo 1.24\n' };

const loop = (name: string, body: string): string =>
  `func Benchmark${name}(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t${body}\n\t}\n}\n`;

/** `fill` allocates as often as its argument says, `data` as often as its file says. */
function fill(times: number): Files {
  return {
    'fill/fill.go': `package fill\n\nvar sink []*int\n\nfunc F() {\n\tsink = sink[:0]\n\tfor i := 0; i < ${times}; i++ {\n\t\tsink = append(sink, new(int))\n\t}\n}\n`,
    'fill/fill_test.go': `package fill\n\nimport "testing"\n\n${loop('F', 'F()')}`,
  };
}

function data(letters: string): Files {
  return {
    'data/data.go': 'package data\n\nvar Sink *int\n',
    'data/data_test.go': `package data\n\nimport (\n\t"os"\n\t"testing"\n)\n\n${loop('Read', 'for range read() {\n\t\t\tSink = new(int)\n\t\t}')}\nvar text []byte\n\nfunc read() []byte {\n\tif text == nil {\n\t\ttext, _ = os.ReadFile("testdata/letters")\n\t}\n\treturn text\n}\n`,
    'data/testdata/letters': letters,
  };
}

/** How often it allocates is another number in each process. */
const unsure: Files = {
  'unsure/unsure_test.go': `package unsure\n\nimport (\n\t"math/rand/v2"\n\t"testing"\n)\n\nvar times = 1 + rand.IntN(1000)\nvar sink *int\n\n${loop('U', 'for j := 0; j < times; j++ {\n\t\t\tsink = new(int)\n\t\t}')}`,
};

function createMemory(): HistoryStore & { records: HistoryRecord[] } {
  const records: HistoryRecord[] = [];
  return {
    records,
    read: () => Promise.resolve(structuredClone(records)),
    add: (record) => Promise.resolve(void records.push(record)),
  };
}

async function measure(
  dir: string,
  store: HistoryStore,
  other: Partial<HistoryWork> = {},
): Promise<HistoryOutcome> {
  await using session = await openSession(dir, new AbortController().signal);
  const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: dir });
  return await measureHistory(session, {
    commits: await readLog(session.repository, stdout.trim(), 100),
    benchmarks: configSchema.parse({}).benchmarks,
    store,
    cacheName: dir,
    isTrusted: false,
    confinement: {},
    budget: 10,
    onProgress: () => {},
    ...other,
  });
}

/** The points of a benchmark, oldest first: `low` or `low-high`. */
function pointsOf(records: readonly HistoryRecord[], name: string): (string | null)[] {
  const history = joinHistory(records);
  const series = listSeries(history, orderCommits(history)).find((one) => one.name === name);
  const show = ({ allocs }: HistoryPoint): string =>
    allocs?.low === allocs?.high ? String(allocs?.low) : 'a range';
  return series?.points.map((one) => one && show(one.point)) ?? [];
}

/** What `go test` itself prints for a benchmark of the work tree. */
async function runPlainly(dir: string, path: string, iterations: number): Promise<string[]> {
  const args = ['test', '-run=^$', '-bench=.', '-benchmem', `-benchtime=${iterations}x`, path];
  const { stdout } = await promisify(execFile)('go', args, { cwd: dir });
  const [, bytes = '', allocs = ''] = /(\d+) B\/op\s+(\d+) allocs\/op/u.exec(stdout) ?? [];
  return [bytes, allocs];
}

test('a history measures each input once, and commits that share it share its points', async (t) => {
  const repository = await createGoRepository();
  t.after(() => repository.remove());
  const { dir } = repository;
  await repository.commit({ 'README.md': 'no module yet' });
  await repository.commit({ ...goMod, ...fill(2), ...data('ab'), ...unsure });
  await repository.commit({ ...goMod, ...fill(2), ...data('ab'), ...unsure, 'README.md': 'text' });
  await repository.commit({ ...goMod, ...fill(3), ...data('ab'), ...unsure });
  await repository.commit({
    ...goMod,
    ...fill(3),
    ...data('abc'),
    'fill/broken.go': 'package fill\n\nvar X int = ""\n',
  });
  await repository.commit({ ...goMod, ...fill(3), ...data('abc') });
  const store = createMemory();

  await t.test('as far as it gets until it is stopped', async () => {
    const stopping = new AbortController();
    const outcome = await measure(dir, store, {
      stop: { signal: stopping.signal, isHeard: false },
      onProgress: ({ done }, { phase }) => {
        if (done === 2 && phase === 'measure') stopping.abort();
      },
    });
    assert.partialDeepStrictEqual(outcome, { known: 0, measured: 2, left: 4, isStopped: true });
    assert.equal(
      store.records.flatMap((one) => (one.kind === 'input' ? one.failed : [])).length,
      0,
      'what was ended is no failure',
    );
  });

  await t.test('continues where it was stopped, with every commit once', async () => {
    const outcome = await measure(dir, store);
    assert.partialDeepStrictEqual(outcome, { known: 2, measured: 4, left: 0, isStopped: false });
    assert.deepEqual(pointsOf(store.records, 'BenchmarkF'), [null, '2', '2', '3', null, '3']);
    assert.deepEqual(pointsOf(store.records, 'BenchmarkRead'), [null, '2', '2', '2', '3', '3']);
    assert.deepEqual(pointsOf(store.records, 'BenchmarkU'), [
      null,
      ...Array<string>(3).fill('a range'),
      null,
      null,
    ]);
    const [first] = orderCommits(joinHistory(store.records));
    assert.equal(
      first?.problem,
      'It has no Go files.',
      'a commit without a module says why it has no points',
    );
    const whole = store.records.filter((one) => one.kind === 'input' && one.whole.length > 0);
    const inputs = whole.map((one) => (one.kind === 'input' ? `${one.package} ${one.input}` : ''));
    assert.equal(new Set(inputs).size, 5, 'fill and data twice, unsure once');
    assert.equal(inputs.length, 5, 'and no input again');
  });

  await t.test('measures nothing when everything is known', async () => {
    const before = store.records.length;
    const outcome = await measure(dir, store);
    assert.deepEqual([outcome.known, outcome.measured, outcome.benchmarks, outcome.left], [6, 0, 0, 0]);
    assert.equal(store.records.length, before);
  });

  await t.test('has the numbers of plain go test at the same N', async () => {
    const history = joinHistory(store.records);
    for (const series of listSeries(history, orderCommits(history))) {
      const point = series.points.at(-1)?.point;
      if (!point) continue;
      const plain = await runPlainly(dir, series.package, point.iterations);
      assert.deepEqual([String(point.bytes?.middle), String(point.allocs?.middle)], plain, series.name);
    }
  });
});
