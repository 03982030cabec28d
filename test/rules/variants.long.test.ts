import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../src/report/model/schema.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { before } from '../support/hooks.ts';
import { createGoRepository, type Files } from '../support/go-repository.ts';
import { describePlaces, MODULE, reviewFixtures, withoutWants } from './fixture-review.ts';
import { fileOf, filesOf, loadVariants, wantsOf } from './variants.ts';

/** Every rule in code that was not written for it: a package for each variant, reviewed from good to bad. */
const fixturesDirectory = fileURLToPath(new URL('../../fixtures', import.meta.url));
const { rules } = await loadRules();
/** `FIXTURES=MA-01,FA-02` tries these alone, while a rule is being written. */
const only = process.env['FIXTURES']?.split(',') ?? rules.map(({ id }) => id);
const variants = loadVariants(fixturesDirectory, only);

const readModule = (side: 'good' | 'bad'): Files =>
  Object.assign(
    { 'go.mod': `module ${MODULE}\n\ngo 1.24\n` },
    ...variants.map((one) => withoutWants(filesOf(one, side))),
  );

describe('variants', () => {
  let report: Report;
  before(async () => {
    const { commit, dir, remove } = await createGoRepository();
    const good = await commit(readModule('good'));
    report = await reviewFixtures(dir, good, await commit(readModule('bad')));
    await remove();
  });

  it('have no finding that no want comment asks for', () => {
    assert.deepEqual(describePlaces(report.findings), variants.flatMap(wantsOf).sort());
  });

  for (const variant of variants) {
    it(`${variant.id} ${variant.name}: found in other code as well`, () => {
      const found = report.findings.filter(({ file }) => file === fileOf(variant));
      assert.deepEqual(describePlaces(found), wantsOf(variant));
    });
  }
});
