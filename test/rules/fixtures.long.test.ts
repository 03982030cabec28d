import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Report } from '../../src/report/model/schema.ts';
import { before } from '../support/hooks.ts';
import { createGoRepository } from '../support/go-repository.ts';
import { reviewFixtures } from './fixture-review.ts';
import { fixtures, readFixtures, testForward, testHarmless } from './rule-fixtures.ts';

/**
 * Every rule's bad code becomes the good one, and the good code the harmless one. fixtures.test.ts has this for one rule of each
 * family.
 */
for (const [from, to] of [
  ['bad', 'good'],
  ['good', 'harmless'],
] as const) {
  describe(`the fixtures from ${from} to ${to}`, () => {
    let report: Report | null = null;
    const reportOf = (): Report => report ?? assert.fail('the review was not made');
    before(async () => {
      const { commit, dir, remove } = await createGoRepository();
      const base = await commit(await readFixtures(fixtures, from));
      report = await reviewFixtures(dir, base, await commit(await readFixtures(fixtures, to)));
      await remove();
    });

    it('pass without a warning', () => {
      const { verdict, warnings, buildErrors } = reportOf();
      assert.deepEqual(
        { verdict, warnings, buildErrors },
        { verdict: 'pass', warnings: [], buildErrors: [] },
      );
    });

    for (const fixture of fixtures) (to === 'good' ? testForward : testHarmless)(fixture, reportOf);
  });
}
