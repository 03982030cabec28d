import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPlain } from '../../../src/report/model/prose.ts';
import { describeReach, describeRunners } from '../../../src/report/words/reach.ts';

function reach(...answers: (boolean | null)[]): string {
  const changedFunctions = answers.map((isRun, at) => ({
    package: 'example.com/m',
    name: `F${at + 1}`,
    file: 'm.go',
    line: at + 1,
    change: 'source' as const,
    isRun,
    benchmarks: [],
  }));
  return toPlain(describeReach({ changedFunctions }));
}

test('says how much of the change benchmarks run, and names what none does', () => {
  assert.equal(reach(), '');
  assert.equal(toPlain(describeReach({})), '', 'a review of an older version');
  assert.equal(reach(true), 'The only changed function is run by a benchmark.');
  assert.equal(reach(true, true), 'All 2 changed functions are run by a benchmark.');
  assert.equal(reach(false), 'No benchmark runs the only changed function: F1.');
  assert.equal(reach(false, false), 'No benchmark runs any of the 2 changed functions: F1, F2.');
  assert.equal(reach(true, false), '1 of 2 changed functions is run by a benchmark; F2 by none.');
  assert.equal(
    reach(...Array.from({ length: 9 }, (_, at) => at < 2)),
    '2 of 9 changed functions are run by a benchmark; F3, F4, F5, F6, F7 and 2 more by none.',
  );
});

test('says what could not be found out', () => {
  assert.equal(reach(null), 'Whether a benchmark runs the only changed function is not known.');
  assert.equal(reach(null, null), 'Whether a benchmark runs the 2 changed functions is not known.');
  assert.equal(
    reach(true, false, null),
    '1 of 3 changed functions is run by a benchmark; F2 by none; 1 could not be checked.',
  );
  assert.equal(reach(true, null), '1 of 2 changed functions is run by a benchmark; 1 could not be checked.');
});

test('tells why a function whose source is the same is among the changed ones', () => {
  const one = { package: 'm', file: 'm.go', line: 1, isRun: false, benchmarks: [] };
  const told = describeReach({
    changedFunctions: [
      { ...one, name: 'check', change: 'source', isRun: true },
      { ...one, name: 'main', change: 'decisions' },
    ],
  });
  assert.equal(
    toPlain(told),
    '1 of 2 changed functions is run by a benchmark; main by none. The source of main is the same, but the compiler builds it differently.',
  );
});

test('names some of the benchmarks that run a function', () => {
  const runners = (isRun: boolean | null, ...benchmarks: string[]): string =>
    toPlain(describeRunners({ isRun, benchmarks }));
  assert.equal(runners(true, 'm.BenchmarkA'), 'm.BenchmarkA');
  assert.equal(runners(true, 'a', 'b', 'c', 'd', 'e'), 'a, b, c and 2 more');
  assert.equal(runners(true), 'a benchmark');
  assert.equal(runners(false), 'no benchmark');
  assert.equal(runners(null), 'not known');
  assert.equal(
    toPlain(describeRunners({ isRun: false, isSetUp: true, benchmarks: ['m.BenchmarkA'] })),
    'm.BenchmarkA, but not in what is measured',
  );
});

test('names the changed lines that no benchmark runs', () => {
  const runners = (...linesNotRun: number[]): string =>
    toPlain(describeRunners({ isRun: true, benchmarks: ['m.BenchmarkA'], linesNotRun }));
  assert.equal(runners(), 'm.BenchmarkA');
  assert.equal(runners(12), 'm.BenchmarkA; no benchmark runs line 12');
  assert.equal(runners(12, 13, 14, 20), 'm.BenchmarkA; no benchmark runs lines 12–14, 20');
  assert.equal(
    runners(1, 3, 5, 7, 9, 11, 13),
    'm.BenchmarkA; no benchmark runs lines 1, 3, 5, 7, 9 and 2 more',
  );
});

test('names the lines that no benchmark runs, after the functions', () => {
  const one = { package: 'm', file: 'm.go', line: 1, change: 'source' as const, benchmarks: [] };
  const told = describeReach({
    changedFunctions: [
      { ...one, name: 'read', isRun: true, linesNotRun: [3, 4, 9] },
      { ...one, name: 'write', isRun: true, linesNotRun: [12] },
      { ...one, name: 'close', isRun: false },
    ],
  });
  assert.equal(
    toPlain(told),
    '2 of 3 changed functions are run by a benchmark; close by none. No benchmark runs lines 3–4, 9 of read; line 12 of write.',
  );
});

test('names what benchmarks run in their set-up only', () => {
  const one = { package: 'm', file: 'm.go', line: 1, change: 'source' as const, benchmarks: [] };
  const told = (...others: (boolean | null)[]): string =>
    toPlain(
      describeReach({
        changedFunctions: [
          { ...one, name: 'build', isRun: false, isSetUp: true },
          ...others.map((isRun, at) => ({ ...one, name: `F${at}`, isRun })),
        ],
      }),
    );
  assert.equal(told(), '0 of 1 changed functions are run by a benchmark; build only in set-up.');
  assert.equal(
    told(true, false, null),
    '1 of 4 changed functions is run by a benchmark; F1 by none; build only in set-up; 1 could not be checked.',
  );
});
