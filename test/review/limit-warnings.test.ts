import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeltaReason } from '../../src/compare/types.ts';
import type { Warning } from '../../src/report/model/review.ts';
import { addWarnings, warnOfEnd, warnOfLeft } from '../../src/review/limit-warnings.ts';

const budget = { limit: 'budget', value: 3 } as const;
const task = { importPath: 'p' };
const failed: DeltaReason = {
  kind: 'failed',
  side: 'head',
  failure: { name: 'BenchmarkMany/c', kind: 'failed', detail: '' },
};
const measured = (...names: string[]) => names.map((name) => ({ name, reason: null }));

test('a benchmark of which some sub-benchmarks have a result was measured in part', () => {
  const all = [
    ...measured('BenchmarkMany/a', 'BenchmarkMany/b/c', 'BenchmarkOther'),
    { name: 'BenchmarkMany/c', reason: failed },
  ];
  const left = ['BenchmarkZ', 'BenchmarkMany', 'BenchmarkA', 'BenchmarkMany/d', 'BenchmarkZ/e'];
  assert.deepEqual(warnOfLeft(budget, task, left, all), {
    ...warnOfEnd(budget, [task]),
    benchmarks: ['BenchmarkA', 'BenchmarkZ'],
    partly: [{ name: 'BenchmarkMany', subBenchmarks: 2 }],
  });
});

test('sub-benchmarks that were found and not measured are named themselves', () => {
  const left = ['BenchmarkMany/b', 'BenchmarkMany/c'];
  assert.deepEqual(warnOfLeft(budget, task, left, measured('BenchmarkMany/a')), {
    ...warnOfEnd(budget, [task]),
    benchmarks: left,
  });
});

test('a benchmark whose sub-benchmarks all failed, and one with a similar name, were not measured', () => {
  const found = warnOfLeft(
    budget,
    task,
    ['BenchmarkMany'],
    [{ name: 'BenchmarkMany/c', reason: failed }, ...measured('BenchmarkManyMore/a')],
  );
  assert.deepEqual(found.benchmarks, ['BenchmarkMany']);
  assert.equal(found.partly, undefined);
});

test('what a limit left of the parts of a package is named together', () => {
  const warnings: Warning[] = [];
  const selection = { run: '.', skip: '' };
  addWarnings(warnings, [warnOfLeft(budget, task, ['BenchmarkA'], measured('BenchmarkA/x'))], selection);
  const rest = { ...selection, names: new Set(['BenchmarkD', 'BenchmarkC']) };
  addWarnings(warnings, [warnOfEnd(budget, [task])], rest);
  addWarnings(warnings, [warnOfLeft(budget, task, ['BenchmarkB'], measured('BenchmarkB/x'))], selection);
  const most = warnOfLeft({ limit: 'benchmarks', value: 9 }, task, ['BenchmarkE'], []);
  addWarnings(warnings, [most], selection);
  const of = (name: string) => ({ name, subBenchmarks: 1 });
  assert.deepEqual(warnings, [
    {
      ...warnOfEnd(budget, [task]),
      benchmarks: ['BenchmarkC', 'BenchmarkD'],
      partly: [of('BenchmarkA'), of('BenchmarkB')],
    },
    most,
  ]);
});
