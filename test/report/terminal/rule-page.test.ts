import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import {
  renderRuleLines,
  renderRuleList,
  renderRulePage,
  type RuleFixture,
} from '../../../src/report/terminal/rule-page.ts';
import { fixtureSchema } from '../../../src/rules/fixture-schema.ts';
import type { RuleWithExercise } from '../../../src/rules/parse-rule.ts';
import { ruleSchema } from '../../../src/rules/schema.ts';

const exercise = `# Use *less* of it

A call to \`f(x)\` allocates, **always**, and that is a sentence
which goes on: see [the text](https://example.com/page) or <https://example.com/bare>.

## Before → after

\`\`\`diff
 func a() {
-	b()
+	c()
 }
\`\`\`

## Measured

|        | allocs/op | \`B/op\` |
| ------ | --------: | ---: |
| before |         2 |   16 |

## When not to

- First case, which is long enough to be wrapped in a narrow window of a terminal.
- Second case.

1. One
2. Two

> Quoted

## Source

Document, [section 1](https://example.com)
`;

function makeRule(id: string, document = 'Some Document'): RuleWithExercise {
  const rule = ruleSchema.parse({
    id,
    slug: `name-of-${id.toLowerCase()}`,
    title: `The pattern of ${id}`,
    source: { document, section: 'Exercise 1', url: null },
    specificity: 1,
    matches: [{}],
    advice: 'A',
  });
  return { ...rule, exercise };
}

const rules = [makeRule('FA-01', 'Other'), makeRule('MA-01'), makeRule('MA-02'), makeRule('XX-01', 'Other')];
const fixture: RuleFixture = {
  expected: fixtureSchema.parse({
    go: '1.26',
    benchmarks: [
      {
        name: 'BenchmarkA',
        allocs: { good: 0, bad: 2 },
        bytes: { good: 0, bad: 16 },
        harmless: { allocs: 0 },
      },
    ],
    evidence: 'proven',
    allocates: true,
  }),
  bad: new Map([
    ['a.go', 'package a\n\nfunc a() {\n\tbad() // want "MA-01"\n}\n'],
    ['types.go', 'package a\n\ntype shared int\n'],
  ]),
  good: new Map([
    ['a.go', 'package a\n\nfunc a() { good() }\n'],
    ['types.go', 'package a\n\ntype shared int\n'],
  ]),
};

const [, rule = makeRule('MA-01')] = rules;
const page = (width: number, colour = false, given: RuleFixture | null = fixture): string =>
  renderRulePage(rule, given, { colour, width });

test('in a pipe every rule is a line of its own, with the columns lined up', () => {
  const lines = renderRuleLines(rules).trimEnd().split('\n');
  assert.equal(lines.length, rules.length);
  assert.equal(lines[1], 'MA-01  name-of-ma-01  The pattern of MA-01  Some Document, Exercise 1');
  assert.equal(new Set(lines.map((line) => line.indexOf('The pattern'))).size, 1);
});

test('in a terminal the rules stand under the documents that they cite', () => {
  const lines = renderRuleList(rules, { colour: false, width: 100 }).split('\n');
  assert.deepEqual(
    lines.filter((line) => /^(Other|Some Document)$/.test(line)),
    ['Other', 'Some Document'],
  );
  assert.match(lines[1] ?? '', /^ {2}FA-01 {2}name-of-fa-01 {2}The pattern of FA-01 {2}Exercise 1$/);
  assert.match(lines[2] ?? '', /^ {2}XX-01 /);
  assert.match(lines.at(-2) ?? '', /^4 rules\. allocgate rules FA-01 prints/);
});

test('a narrow list keeps to the width: the name goes under the pattern', () => {
  const lines = renderRuleList(rules, { colour: false, width: 50 }).split('\n');
  assert.ok(lines.slice(0, -2).every((line) => line.length <= 50));
  assert.match(lines[1] ?? '', /^ {2}FA-01 {2}The pattern of FA-01 {2}Exercise 1$/);
  assert.match(lines[2] ?? '', /^ {9}name-of-fa-01$/);
});

test('a page wraps its prose, keeps its code and shows links with their addresses', () => {
  const text = page(60);
  for (const line of text.split('\n')) assert.ok(line.length <= 60, line);
  assert.match(
    text,
    /^MA-01 {2}name-of-ma-01\nUse \*less\* of it\n {2}A call to `f\(x\)` allocates, always, and/,
  );
  assert.match(text, /the\s+text \(https:\/\/example\.com\/page\)\s+or\s+https:\/\/example\.com\/bare\./);
  assert.match(text, /\nBefore → after\n {7}func a\(\) \{\n {6}- {4}b\(\)\n {6}\+ {4}c\(\)\n {7}\}\n/);
  assert.match(text, /\n {2}- First case,.*\n {4}/);
  assert.match(text, /\n {2}- Second case\.\n\n {2}1\. One\n {2}2\. Two\n\n {2}│ Quoted\n/);
  assert.match(text, /\n {10}allocs\/op {2}`B\/op`\n.*\n {2}before {10}2 {6}16\n/);
});

test('prose is not wider than one can read', () => {
  const longest = Math.max(
    ...page(300)
      .split('\n')
      .map((line) => line.length),
  );
  assert.ok(longest > 80 && longest <= 100, String(longest));
});

test('the fixture follows: what changes in its code, without the mark of the tests, counts, and the source last', () => {
  const text = page(100);
  assert.match(
    text,
    /The tested code: fixtures\/MA-01\/bad → good\n {2}a\.go\n {7}package a\n\n? *\n {6}-func a\(\) \{\n {6}- {4}bad\(\) \/\/ ← MA-01\n {6}-\}\n {6}\+func a\(\) \{ good\(\) \}\n/,
  );
  assert.doesNotMatch(text, /want|type shared int/);
  assert.match(text, /on Go 1\.26\n.*allocs\/op +B\/op\n.*\n {2}BenchmarkA +2 → 0 +16 → 0\n/);
  assert.match(text, /\nSource\n {2}Document, section 1 \(https:\/\/example\.com\)\n$/);
});

test('a very long change is cut', () => {
  const long = `package a\n${'var x = 1\n'.repeat(200)}`;
  const text = page(100, false, { ...fixture, bad: new Map([['a.go', long]]) });
  assert.match(text, /… \d+ more lines\n/);
});

test('a rule without a fixture has its page anyway', () => {
  assert.doesNotMatch(page(100, false, null), /fixtures|\d → /);
});

test('colour marks headings, code and addresses, and adds nothing else', () => {
  const coloured = page(100, true);
  assert.ok(coloured.includes('\u001B[1mBefore → after\u001B[22m'));
  assert.ok(coloured.includes('\u001B[36mf(x)\u001B[39m'));
  assert.ok(coloured.includes('\u001B[4mhttps://example.com/page\u001B[24m'));
  assert.ok(coloured.includes('\u001B[31m-    b()\u001B[39m'));
  assert.ok(coloured.includes('\u001B[32m+    c()\u001B[39m'));
  assert.doesNotMatch(coloured, /`/);
  const words = (text: string): string => stripVTControlCharacters(text).replaceAll(/[`\s─]+/g, '');
  assert.equal(words(coloured), words(page(100)));
});
