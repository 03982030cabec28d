import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinReach, joinUnrunLines } from '../../src/review/join-reach.ts';
import type { ChangedFunction } from '../../src/syntax/changed-functions.ts';

const place = { file: 'm.go', firstLine: 3, lastLine: 5 };
const changed = (name: string, more: Partial<ChangedFunction> = {}): ChangedFunction => ({
  package: 'example.com/m',
  name,
  change: 'source',
  base: place,
  head: place,
  isEmpty: false,
  ...more,
});

test('what one package does not know is not said to be run by none', () => {
  const functions = ['Run', 'NotRun', 'Unknown', 'Both', 'Unlinked', 'Unasked'].map((name) => changed(name));
  const [run, notRun, unknown, both, , unasked] = functions;
  assert.ok(run && notRun && unknown && both && unasked);
  const benchmark = { package: 'example.com/m', name: 'BenchmarkX' };
  const answer = (one: ChangedFunction, isRun: boolean | null) => ({
    function: one,
    isRun,
    isSetUp: false,
    benchmarks: isRun === true ? [benchmark] : [],
    unrunLines: null,
  });
  const asked = [
    answer(run, false),
    answer(run, true),
    answer(notRun, false),
    answer(unknown, false),
    answer(unknown, null),
    answer(both, null),
    answer(both, true),
    answer(unasked, false),
  ];
  const joined = joinReach({ functions }, asked, new Set([unasked]));
  assert.deepEqual(
    joined.map(({ function: { name }, isRun, benchmarks }) => [name, isRun, benchmarks.length]),
    [
      ['Run', true, 1],
      ['NotRun', false, 0],
      ['Unknown', null, 0],
      ['Both', true, 1],
      ['Unlinked', false, 0],
      ['Unasked', null, 0],
    ],
  );
});

test('a line is run by no benchmark only if every package says so', () => {
  const join = (...answers: (number[] | null)[]): number[] | null =>
    joinUnrunLines(answers.map((unrunLines) => ({ unrunLines })));
  assert.deepEqual(join([3, 4, 9], [4, 9, 10]), [4, 9]);
  assert.equal(join([3, 4], null), null, 'one does not know');
  assert.equal(join(null, [3, 4]), null);
  assert.equal(join(), null, 'nobody was asked');
});

test('functions that head lacks, and those without statements, are nobody’s to run', () => {
  const functions = [changed('Gone', { change: 'removed', head: null }), changed('Empty', { isEmpty: true })];
  assert.deepEqual(joinReach({ functions }, [], new Set()), []);
});
