import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createProgressLines } from '../../src/cli/progress-lines.ts';

test('at most one line is shown in an interval, and the newest is not lost', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  let now = 0;
  const written: string[] = [];
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    mock.timers.tick(milliseconds);
  };
  const { show, cancel } = createProgressLines(
    5000,
    (line: string) => written.push(`${now} ${line}`),
    () => now,
  );
  show('reading');
  pass(4000);
  show('downloading');
  show('compiling');
  assert.deepEqual(written, [], 'a review of a few seconds shows nothing');
  pass(60_000);
  assert.deepEqual(written.splice(0), [`${now} compiling`]);
  show('linking');
  assert.deepEqual(written, [], 'too early');
  cancel();
  pass(60_000);
  assert.deepEqual(written, [], 'what was cancelled is not shown');
  show('measuring');
  show('profiling');
  assert.deepEqual(written.splice(0), [`${now} measuring`]);
  pass(5000);
  assert.deepEqual(written, [`${now} profiling`]);
});
