import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Report } from '../../src/report/model/schema.ts';
import { before } from '../support/hooks.ts';
import { createGoRepository } from '../support/go-repository.ts';
import { reviewFixtures } from './fixture-review.ts';
import { fixtures, readFixtures, testForward } from './rule-fixtures.ts';

/** Every rule's bad code becomes the good one. fixtures.test.ts has this for one rule of each family. */
describe('the fixtures from bad to good', () => {
  let report: Report | null = null;
  const reportOf = (): Report => report ?? assert.fail('the review was not made');
  before(async () => {
    const { commit, dir, remove } = await createGoRepository();
    const base = await commit(await readFixtures(fixtures, 'bad'));
    report = await reviewFixtures(dir, base, await commit(await readFixtures(fixtures, 'good')));
    await remove();
  });

  it('pass without a warning', () => {
    const { verdict, warnings, buildErrors } = reportOf();
    assert.deepEqual({ verdict, warnings, buildErrors }, { verdict: 'pass', warnings: [], buildErrors: [] });
  });

  for (const fixture of fixtures) testForward(fixture, reportOf);
});
