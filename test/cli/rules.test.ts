import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderRulePage } from '../../src/report/terminal/rule-page.ts';
import { loadFixture } from '../../src/review/fixture-files.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { run } from './support.ts';

const { rules } = await loadRules();

test('rules prints one line per rule into a pipe', async () => {
  const { status, stdout, stderr } = await run(['rules']);
  assert.deepEqual([status, stderr], [0, '']);
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    rules.map(({ id }) => id),
  );
  for (const [index, { slug, title, source }] of rules.entries()) {
    for (const part of [slug, title, source.document, source.section])
      assert.ok(lines[index]?.includes(part));
  }
});

test('rules prints a page, by id or name, with the fixture behind it', async () => {
  const byId = await run(['rules', 'ma-08']);
  const byName = await run(['rules', 'boxing-into-any']);
  assert.equal(byId.status, 0);
  assert.equal(byId.stdout, byName.stdout);
  assert.match(byId.stdout, /^MA-08 {2}boxing-into-any\nBoxing into any\n/);
  assert.match(byId.stdout, /fixtures\/MA-08\/bad → good\n +trace\.go\n/);
  assert.match(byId.stdout, /BenchmarkPurchase +2 → 0 +16 → 0\n/);
});

test('rules prints what a finding without a rule means', async () => {
  const { status, stdout } = await run(['rules', 'benchmark-broken']);
  assert.equal(status, 0);
  assert.match(stdout, /^benchmark-broken\nBenchmark that broke\n/);
  assert.match(stdout, /go test -run '\^\$' -bench/);
});

test('colour comes when it is asked for, and only then', async () => {
  const plain = await run(['rules', 'MA-08']);
  assert.ok(!plain.stdout.includes('\u001B'));
  const coloured = await run(['rules', 'MA-08'], { env: { FORCE_COLOR: '1' } });
  assert.ok(coloured.stdout.includes('\u001B[1mBefore'));
});

test('every page keeps to the width, but for code, addresses and names', async () => {
  for (const rule of rules) {
    const text = renderRulePage(rule, await loadFixture(rule.id), { colour: false, width: 80 });
    const prose = text.split('\n').filter((line) => !/^ {6}|https?:|^ *fixtures\//.test(line));
    assert.deepEqual(
      prose.filter((line) => line.length > 80),
      [],
      rule.id,
    );
  }
});

test('the help says what a pipe gets', async () => {
  const { stdout } = await run(['rules', '--help']);
  assert.match(stdout, /in a pipe/);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line);
});
