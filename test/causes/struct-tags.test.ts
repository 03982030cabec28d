import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutTag } from '../../src/causes/struct-tags.ts';
import { processorTime } from '../support/processor-time.ts';

describe('the declaration of a field', () => {
  const fields = {
    'Name string `json:"name"`': 'Name string',
    'Name string "json:\\"name\\"" ': 'Name string',
    'Name string "ends with \\\\"': 'Name string',
    'Names [len("a")]string': 'Names [len("a")]string',
    'Name string "': 'Name string "',
  };
  for (const [field, bare] of Object.entries(fields))
    it(`without its tag: ${field}`, () => assert.equal(withoutTag(field), bare));

  it('is read in time that grows with it alone', () => {
    const time = (count: number): number =>
      processorTime(() => void withoutTag(`Name [len("${'\\"'.repeat(count)}")]int "${'\\'.repeat(count)}"`));
    assert.ok(time(200_000) < 30 * Math.max(time(20_000), 2));
  });
});
