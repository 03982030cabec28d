import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findRule, selectRules, sortRules } from '../../src/rules/rule-list.ts';
import { ruleSchema, type Rule } from '../../src/rules/schema.ts';

function makeRule(id: string): Rule {
  return ruleSchema.parse({
    id,
    slug: `slug-${id.toLowerCase()}`,
    title: id,
    source: { document: 'D', section: 'S', url: null },
    specificity: 1,
    matches: [{}],
    advice: 'A',
  });
}
const rules = ['XX-01', 'ST-02', 'MA-10', 'MA-02'].map(makeRule);
const ids = (list: readonly Rule[]): string[] => list.map((rule) => rule.id);

describe('rule list', () => {
  it('sorts by id with the general rules last', () => {
    assert.deepEqual(ids(sortRules(rules)), ['MA-02', 'MA-10', 'ST-02', 'XX-01']);
  });

  it('finds by id in any case and by slug', () => {
    assert.equal(findRule(rules, ' ma-02 ')?.id, 'MA-02');
    assert.equal(findRule(rules, 'slug-st-02')?.id, 'ST-02');
    assert.equal(findRule(rules, 'nothing'), null);
  });

  it('selects by config and ignores names that it does not know', () => {
    const select = (only: string[], disable: string[]): string[] =>
      ids(selectRules(rules, { only, disable }));
    assert.deepEqual(select([], []), ['MA-02', 'MA-10', 'ST-02', 'XX-01']);
    assert.deepEqual(select([], ['slug-ma-10', 'typo']), ['MA-02', 'ST-02', 'XX-01']);
    assert.deepEqual(select(['MA-02', 'XX-01'], ['xx-01']), ['MA-02']);
    assert.deepEqual(select(['typo'], []), []);
  });
});
