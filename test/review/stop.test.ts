import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import { planReport } from '../../src/report/data/report.ts';
import type { Review } from '../../src/report/model/review.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { createGoRepository, type Files } from '../support/go-repository.ts';

// near changes and is measured first; a benchmark of far sleeps for longer than anybody waits, and others stand around it.
function side(times: number): Files {
  const benchmark = (body: string): string =>
    `(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t${body}\n\t}\n}\n`;
  return {
    'go.mod': 'module example.com/m\n\ngo 1.24\n',
    'near/near.go': `package near\n\nvar Sink []*int\n\nfunc F() {\n\tSink = Sink[:0]\n\tfor i := 0; i < ${times}; i++ {\n\t\tSink = append(Sink, new(int))\n\t}\n}\n`,
    'near/near_test.go': `package near\n\nimport "testing"\n\nfunc BenchmarkF${benchmark('F()')}`,
    'far/far.go': 'package far\n\nimport "example.com/m/near"\n\nfunc F() { near.F() }\n',
    'far/far_test.go': `package far\n\nimport (\n\t"testing"\n\t"time"\n)\n\nfunc BenchmarkBefore${benchmark('F()')}\nfunc BenchmarkSlow${benchmark('F()\n\t\ttime.Sleep(time.Hour)')}\nfunc BenchmarkAfter${benchmark('F()')}`,
    'next/next.go': 'package next\n\nimport "example.com/m/far"\n\nfunc F() { far.F() }\n',
    'next/next_test.go': `package next\n\nimport "testing"\n\nfunc BenchmarkF${benchmark('F()')}`,
  };
}

test('a review that is stopped reports what it measured and names the rest', async (t) => {
  const repository = await createGoRepository();
  t.after(() => repository.remove());
  const base = await repository.commit(side(1));
  await repository.commit(side(3));
  const stopping = new AbortController();
  const stop = { signal: stopping.signal, isHeard: false };
  const { signal } = new AbortController();
  let wasHeard = false;
  const { result } = await reviewLocal({
    dir: repository.dir,
    base,
    signal,
    stop,
    onProgress: (progress) => {
      if (progress.phase !== 'discover' || progress.name !== 'BenchmarkBefore') return;
      wasHeard = stop.isHeard;
      stopping.abort();
    },
  });
  assert.ok(wasHeard, 'there is something to report by then');
  const stopped = (review: Review): string[] =>
    review.warnings.flatMap((one) => (one.kind === 'limit' && one.limit === 'stopped' ? one.packages : []));
  assert.deepEqual(
    result.deltas.map(({ package: importPath, verdict }) => [importPath, verdict]),
    [['example.com/m/near', 'regression']],
  );
  assert.deepEqual(stopped(result), ['example.com/m/far', 'example.com/m/next']);
  assert.equal(result.warnings.length, 2, 'what was ended is no failure of its own');
  const report = planReport(result, configSchema.parse({}));
  assert.deepEqual(
    report.unmeasured.map(({ kind, package: importPath, name }) => [kind, importPath, name]),
    [
      ['stopped', 'example.com/m/far', 'BenchmarkAfter'],
      ['stopped', 'example.com/m/far', 'BenchmarkBefore'],
      ['stopped', 'example.com/m/far', 'BenchmarkSlow'],
      ['stopped', 'example.com/m/next', null],
    ],
  );
});
