import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../src/config/schema.ts';
import { renderMarkdown } from '../../../src/report/pull-request/comments.ts';
import { readMarkers } from '../../../src/report/model/markers.ts';
import { assertGolden } from '../../support/golden.ts';
import { planReview } from '../../../src/report/data/report.ts';
import { renderPullRequestPlan } from '../../../src/report/pull-request/preview.ts';
import { planPullRequest } from '../../../src/report/pull-request/plan.ts';
import type { Acceptance, PullRequestPlan } from '../../../src/report/model/pull-request.ts';
import type { Review } from '../../../src/report/model/review.ts';
import { buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

const headSha = '9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c';
const accepted: Acceptance = {
  subject: { kind: 'finding', id: '00c0ffee00c0ffee' },
  amounts: { 'example.com/m/log.BenchmarkInfo/short': { allocs: 1, bytes: 16 } },
  reason: 'the level is needed, @octocat agreed',
  by: 'gopher',
  at: '2026-11-20T10:00:00Z',
};
const calm = buildReview({
  deltas: [buildDelta({ verdict: 'unchanged' })],
  findings: [],
  warnings: [],
  escapes: [],
});

function plan(
  review: Review = buildReview(),
  config: Config = buildConfig(),
  acceptances: readonly Acceptance[] = [],
): PullRequestPlan {
  const repositoryUrl = 'https://github.com/acme/shop';
  return planPullRequest(planReview(review, config, acceptances), headSha, { repositoryUrl });
}

/** The text outside of code and of link targets, where GitHub would mention, link and embed. */
const outsideCode = (text: string): string =>
  text
    .replaceAll(/^(`{3,})text\n[^]*?\n\1$/gmu, '')
    .replaceAll(/<code>(?:[\p{L}\p{N} ]|&#\d+;|…)*<\/code>/gu, '')
    .replaceAll(/`[^`\n]*`/gu, '')
    .replaceAll(/\]\(https:\/\/github\.com\/acme\/shop\/blob\/[\w%./#-]*\)/gu, '');

test('the plan of a whole review', () => {
  const { check, summary, comments } = plan(buildReview(), buildConfig(), [accepted]);
  const actions = check.actions.map(({ label, identifier }) => `${label} (${identifier})`).join(', ');
  const annotations = check.annotations.map(
    ({ annotation_level: level, path, start_line: line, title }) => `${level} ${path}:${line} ${title}`,
  );
  const text = [
    `CHECK ${check.conclusion}: ${check.title}`,
    `BUTTONS ${actions}`,
    ...annotations,
    `SUMMARY OF THE CHECK\n${check.summary}`,
    `TEXT OF THE CHECK\n${check.text}`,
    `COMMENTS\n${renderMarkdown({ summary: summary.body, inline: comments })}`,
  ].join('\n\n');
  assertGolden('pull-request-plan.txt', text);
});

test('what `allocgate review URL` prints of a pull request', () => {
  const calmPlan = renderPullRequestPlan(plan(calm));
  assertGolden('pull-request-preview.md', `${renderPullRequestPlan(plan())}\n---\n\n${calmPlan}`);
});

test('a gate that is off fails no check and writes no comment, and the check keeps the report', () => {
  const always: Partial<Config> = {
    gate: 'off',
    comments: { inline: true, summary: 'always', max: 30 },
  };
  const off = plan(buildReview(), buildConfig(always));
  assert.deepEqual([off.check.conclusion, off.comments, off.summary.create], ['neutral', [], false]);
  assert.match(off.check.text, /### Findings/u);
  const neutral = plan(buildReview(), buildConfig({ ...always, gate: 'neutral' }));
  assert.equal(neutral.check.conclusion, 'neutral');
  assert.deepEqual(neutral.comments, [], 'nothing gates');
  assert.ok(neutral.summary.create);
  const some = buildConfig({
    ...always,
    gate: { proven: 'fail', adapted: 'off', tested: 'off', unmeasured: 'off', contract: 'off' },
  });
  const told = plan(buildReview(), some);
  assert.equal(told.check.conclusion, 'failure');
  const proven = new Set(
    buildReview().findings.flatMap(({ id, evidence }) => (evidence === 'proven' ? [id] : [])),
  );
  assert.ok(told.comments.length > 0);
  assert.ok(told.comments.every(({ id }) => proven.has(id)));
});

test('the conclusion follows from the verdict', () => {
  const conclude = (review: Review, changes: Partial<Config> = {}) =>
    plan(review, buildConfig(changes)).check.conclusion;
  assert.equal(conclude(buildReview()), 'failure');
  assert.equal(conclude(buildReview(), { gate: 'neutral' }), 'neutral');
  assert.equal(conclude(buildReview(), { gate: 'off' }), 'neutral');
  assert.equal(conclude(calm), 'success');
  assert.equal(conclude({ ...calm, buildErrors: ['x.go:1:1: y'] }), 'neutral');
  assert.equal(
    conclude({ ...calm, deltas: [], skipped: { unchangedTestBinaries: 0, packages: [] } }),
    'neutral',
  );
});

test('a clean pull request gets a green check and no comment', () => {
  const { check, summary, comments } = plan(calm);
  assert.equal(check.conclusion, 'success');
  assert.deepEqual([summary.create, comments, check.annotations], [false, [], []]);
  assert.deepEqual(
    check.actions.map(({ identifier }) => identifier),
    ['rerun'],
  );
});

test('a summary that is there already says that a pull request became clean', () => {
  const { body } = plan(calm).summary;
  assert.match(
    body,
    /^<!-- allocgate:summary -->\n\n### allocgate: pass\n\n\*\*There are no longer any allocation regressions\.\*\*/,
  );
  const always = buildConfig({ comments: { ...buildConfig().comments, summary: 'always' } });
  assert.doesNotMatch(plan(calm, always).summary.body, /no longer any/);
  const unmeasured = { ...calm, deltas: [], skipped: { unchangedTestBinaries: 0, packages: [] } };
  const silent = plan(unmeasured).summary.body;
  assert.match(silent, /about an earlier commit/);
  assert.doesNotMatch(silent, /No allocation regressions/);
});

test('a config without summaries gets none, and an old one is not called clean', () => {
  const never = buildConfig({ comments: { ...buildConfig().comments, summary: 'never' } });
  const { summary } = plan(buildReview(), never);
  assert.equal(summary.create, false);
  assert.doesNotMatch(summary.body, /no longer any|earlier commit/);
});

test('annotations tell gating, proven and possible apart', () => {
  const levels = (config: Config, acceptances: readonly Acceptance[] = []) =>
    plan(buildReview(), config, acceptances).check.annotations.map((one) => [
      `${one.path}:${one.start_line}-${one.end_line}`,
      one.annotation_level,
    ]);
  assert.deepEqual(levels(buildConfig(), [accepted]), [
    ['codec/codec.go:210-210', 'failure'],
    ['log/log.go:42-42', 'warning'],
    ['log/field.go:9-9', 'notice'],
  ]);
  assert.deepEqual(
    levels(buildConfig({ gate: 'off' })).map(([, level]) => level),
    ['warning', 'warning', 'notice'],
  );
});

test('buttons and annotations keep to the limits of the Checks API', () => {
  const long = '\u{1F600}'.repeat(70_000);
  const finding = buildFinding({ advice: long, exercise: { id: 'X', title: long, section: '', url: null } });
  const { check } = plan(buildReview({ findings: [finding] }));
  for (const { label, description, identifier } of check.actions) {
    assert.ok(label.length <= 20 && identifier.length <= 20 && description.length <= 40);
  }
  for (const { title, message } of check.annotations) {
    assert.ok(title.length <= 255 && Buffer.byteLength(message) <= 64 * 1024);
    assert.ok(message.isWellFormed() && title.isWellFormed());
  }
  assert.ok(check.title.length <= 255);
});

test('texts stay within the limit, and there are not endless annotations', () => {
  const findings = Array.from({ length: 400 }, (_, index) =>
    buildFinding({ id: `id${index}`, line: index + 1, advice: 'x'.repeat(2000) }),
  );
  const deltas = Array.from({ length: 3000 }, (_, index) => buildDelta({ name: `BenchmarkX/${index}` }));
  const many = Array.from({ length: 500 }, (_, index) => ({
    ...accepted,
    subject: { kind: 'finding' as const, id: `id${index}` },
    reason: 'y'.repeat(500),
  }));
  const { check, summary, comments } = plan(buildReview({ findings, deltas }), buildConfig(), many);
  for (const text of [check.summary, check.text, summary.body, ...comments.map(({ body }) => body)]) {
    assert.ok(text.length <= 65_535, String(text.length));
  }
  assert.equal(check.annotations.length, 250);
});

test('more findings than may have comments are reported in the summary', () => {
  const config = buildConfig({ comments: { ...buildConfig().comments, max: 1 } });
  const { comments, summary } = plan(buildReview(), config);
  assert.deepEqual(
    comments.map(({ id }) => id),
    ['1122334455667788'],
  );
  assert.match(summary.body, /### Other findings\n\n#### \[`log\/log\.go:42`\]/);
});

test('only findings that gate start a thread; comments of the others are kept up to date', () => {
  const threads = (config: Partial<Config> = {}, acceptances: readonly Acceptance[] = []) => {
    const { comments, updates, findings } = plan(buildReview(), buildConfig(config), acceptances);
    return { new: comments.map(({ id }) => id), kept: updates.map(({ id }) => id), all: findings.length };
  };
  const [lost, printed, boxed] = ['1122334455667788', '00c0ffee00c0ffee', '99aabbccddeeff00'];
  assert.deepEqual(threads(), { new: [lost, printed], kept: [boxed], all: 3 });
  assert.deepEqual(threads({}, [accepted]), { new: [lost], kept: [printed, boxed], all: 3 });
  assert.deepEqual(threads({ gate: 'neutral' }), { new: [], kept: [lost, printed, boxed], all: 3 });
  assert.deepEqual(threads({ gate: 'off' }), { new: [], kept: [], all: 3 }, 'no comment is about them');
  const none = { ...buildConfig().comments, inline: false };
  assert.deepEqual(threads({ comments: none }), { new: [], kept: [], all: 3 });
});

test('who accepted what, when and why is on the check, in the summary and at the finding', () => {
  const { check, summary, updates } = plan(buildReview(), buildConfig(), [accepted]);
  const words =
    'accepted by `gopher` on 2026-11-20 because `the level is needed, @octocat agreed`: +1 allocs/op, +16 B/op in `example.com/m/log.BenchmarkInfo/short`';
  const inline = updates.find(({ id }) => id === '00c0ffee00c0ffee')?.body ?? '';
  for (const text of [check.summary, check.text, summary.body, inline]) assert.ok(text.includes(words), text);
  assert.match(inline, /\*\*Accepted:\*\* it does not gate the merge/);
  assert.doesNotMatch(inline, /It gates the merge/);
  assert.match(check.title, /1 finding gates the merge, 1 is accepted$/);
});

test('when all that gated is accepted the check is green and says so', () => {
  const review = buildReview({ findings: [buildFinding()], deltas: [buildDelta()] });
  const { check } = plan(review, buildConfig(), [accepted]);
  assert.equal(check.conclusion, 'success');
  assert.equal(
    check.title,
    'The measured benchmark allocates more; everything that would gate the merge was accepted',
  );
  assert.deepEqual(
    check.actions.map(({ identifier }) => identifier),
    ['rerun'],
  );
});

test('an acceptance that was outgrown is reported as void', () => {
  const smaller = {
    ...accepted,
    amounts: { 'example.com/m/log.BenchmarkInfo/short': { allocs: 0, bytes: 8 } },
  };
  const { check, summary, comments } = plan(buildReview(), buildConfig(), [smaller]);
  const inline = comments.find(({ id }) => id === '00c0ffee00c0ffee')?.body ?? '';
  for (const text of [check.summary, summary.body, inline]) {
    assert.match(
      text,
      /but the cost has grown since then, so the acceptance is void: \+8 B\/op in `[^`]+` accepted, \+1 allocs\/op, \+16 B\/op in/,
    );
  }
  assert.doesNotMatch(inline, /\*\*Accepted:\*\*/);
  assert.equal(check.conclusion, 'failure');
});

test('every comment can be found again by its markers', () => {
  const { summary, comments, updates } = plan();
  assert.deepEqual(readMarkers(summary.body), ['summary']);
  for (const { id, body } of [...comments, ...updates]) assert.deepEqual(readMarkers(body), [id]);
});

test('nobody is mentioned, whatever people and code are called', () => {
  const evil = '@octocat |x| `y` <img src=x> [a](https://evil.example)\n# h <!-- allocgate:summary -->';
  const [one] = buildFinding().benchmarks;
  assert.ok(one);
  const bench = [{ ...one, name: evil }];
  const review = buildReview({
    findings: [buildFinding({ file: evil, function: evil, benchmarks: bench })],
    deltas: [buildDelta({ name: evil })],
    buildErrors: [],
  });
  const id = `example.com/m/log.${evil}`;
  const acceptance = (kind: 'finding' | 'benchmark', allocs: number): Acceptance => ({
    subject: { kind, id: kind === 'finding' ? '00c0ffee00c0ffee' : id },
    amounts: { [id]: { allocs, bytes: 99 } },
    reason: evil,
    by: evil,
    at: evil,
  });
  const { check, summary, comments } = plan(review, buildConfig(), [
    acceptance('finding', 1),
    acceptance('benchmark', 0),
  ]);
  for (const text of [
    check.title,
    check.summary,
    check.text,
    summary.body,
    ...comments.map(({ body }) => body),
  ]) {
    assert.doesNotMatch(outsideCode(text), /octocat|evil\.example|<img/);
  }
});

test('warnings name no options of the command line', () => {
  const warnings: Review['warnings'] = [
    { kind: 'nothing-to-compare' },
    { kind: 'no-match', run: 'X' },
    { kind: 'limit', limit: 'benchmarks', value: 9, packages: ['p'] },
    { kind: 'module-skipped', module: 'm', dir: '/srv/m' },
  ];
  const { summary } = plan({ ...calm, warnings }).check;
  assert.match(summary, /- Base and head contain the same files, so there is nothing to compare\.\n/);
  assert.doesNotMatch(summary, / --|allocgate review|srv/);
});

test('the same input gives the same plan', () => {
  assert.deepEqual(
    plan(buildReview(), buildConfig(), [accepted]),
    plan(buildReview(), buildConfig(), [accepted]),
  );
});
