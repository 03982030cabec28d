import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readHandover, writeHandover } from '../../src/action/handover.ts';
import type { Review } from '../../src/report/model/review.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { exerciseOf } from '../../src/rules/matcher.ts';
import type { RuleWithExercise } from '../../src/rules/parse-rule.ts';
import { after, before } from '../support/hooks.ts';
import { buildFinding, buildReview } from '../support/review-data.ts';

let dir: string;
let rules: RuleWithExercise[];
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-handover-'));
  ({ rules } = await loadRules());
});
after(() => rm(dir, { recursive: true }));

async function readBack(review: Review): Promise<Review | null> {
  await writeHandover(dir, { review });
  const read = await readHandover(dir, rules);
  return read !== null && 'review' in read ? read.review : null;
}

test('a review comes back as it was, but for words that are the rules’ own', async () => {
  const review = buildReview();
  const read = await readBack(review);
  const withoutWords = ({ findings, ...rest }: Review) => ({
    ...rest,
    findings: findings.map((finding) => ({ ...finding, advice: '', exercise: null, rule: '' })),
  });
  assert.deepEqual(read && withoutWords(read), withoutWords(review));
});

test('a reason why there is no review comes back', async () => {
  const notMeasured = { title: 'no', summary: 'none', text: '' };
  await writeHandover(dir, { notMeasured });
  assert.deepEqual(await readHandover(dir, rules), { notMeasured });
});

test('what would be shown as Markdown is taken from the rule and not from the file', async () => {
  const forged = buildFinding({
    advice: '[click here](https://evil.example) @everyone',
    exercise: { id: 'MA-01', title: '<img>', section: '@everyone', url: 'javascript:alert(1)' },
    rule: 'sprintf-in-hot-path',
  });
  const read = await readBack(buildReview({ findings: [forged] }));
  const rule = rules.find(({ id }) => id === 'MA-01');
  assert.equal(read?.findings[0]?.advice, rule?.advice);
  assert.deepEqual(read?.findings[0]?.exercise, rule && exerciseOf(rule));
});

test('what is not a review is refused as a whole', async () => {
  await writeHandover(dir, { review: buildReview() });
  const file = path.join(dir, 'allocgate-review.json');
  const good = JSON.parse(await readFile(file, 'utf8'));
  const bad: Record<string, unknown> = {
    'another version': { ...good, version: 2 },
    'a key more': { ...good, review: { ...good.review, gate: 'off' } },
    'a rule that there is not': {
      ...good,
      review: { ...good.review, findings: [{ ...good.review.findings[0], ruleId: 'ZZ-99' }] },
    },
    'a commit that is none': { ...good, review: { ...good.review, head: { sha: 'main' } } },
    'a list': [],
  };
  for (const [what, content] of Object.entries(bad)) {
    await writeFile(file, JSON.stringify(content));
    assert.equal(await readHandover(dir, rules), null, what);
  }
  await writeFile(file, '{');
  assert.equal(await readHandover(dir, rules), null, 'no JSON');
  assert.equal(await readHandover(path.join(dir, 'none'), rules), null, 'no file');
});
