import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixtureSchema, type Fixture } from '../../src/rules/fixture-schema.ts';
import { checkMeasured, updateMeasured } from './measured-table.ts';

function expect(...names: string[]): Fixture {
  const benchmarks = names.map((name, index) => ({
    name,
    allocs: { good: index, bad: index + 4 },
    bytes: { good: index * 8, bad: 64 },
    harmless: { allocs: 0 },
  }));
  return fixtureSchema.parse({ go: '1.26', benchmarks, evidence: 'proven', allocates: true });
}

const one = expect('BenchmarkA');
const two = expect('BenchmarkA', 'BenchmarkB/sub-8');
const wrap = (section: string): string =>
  `# Title\n\nGo 1.26 | not a table\n\n## Measured\n\n${section}\n\n## Why\n\n| allocs/op | before |\n| - | - |\n| a | 9 |\n`;

const rows = `Go 1.26:

|        | allocs/op | B/op |
| ------ | --------: | ---: |
| before |         4 |   64 |
| after  |         0 |    0 |`;

const columns = `Go 1.26:

| benchmark                    | before: allocs/op | before: B/op | after: allocs/op | after: B/op |
| ---------------------------- | ----------------: | -----------: | ---------------: | ----------: |
| \`BenchmarkA\` (\`a \\| after\`) |                 4 |           64 |                0 |           0 |
| \`BenchmarkB/sub-8\`           |                 5 |           64 |                1 |           8 |`;

const named = `Go 1.26:

| benchmark          |        | allocs/op | B/op |
| ------------------ | ------ | --------: | ---: |
| \`BenchmarkA\`       | before |         4 |   64 |
|                    | after  |         0 |    0 |
| \`BenchmarkB/sub-8\` | before |         5 |   64 |
|                    | after  |         1 |    8 |`;

const apart = `\`BenchmarkA\`, Go 1.26:

|           | before | after |
| --------- | -----: | ----: |
| allocs/op |      4 |     0 |
| B/op      |     64 |     0 |

\`BenchmarkB/sub-8\`:

|              | allocs/op | B/op |
| ------------ | --------: | ---: |
| before       |         5 |   64 |
| after        |         1 |    8 |
| by reference |        17 |   18 |
| \`x\` after \`y\` |        17 |   18 |`;

describe('the table of a page', () => {
  it('is understood in every form', () => {
    assert.deepEqual(checkMeasured(wrap(rows), one), []);
    for (const form of [columns, named, apart]) assert.deepEqual(checkMeasured(wrap(form), two), []);
  });

  it('is checked number by number', () => {
    assert.deepEqual(checkMeasured(wrap(rows.replace('  4 ', '  3 ').replace('  64 ', ' 6.4 ')), one), [
      'allocs/op before of BenchmarkA is "3" on the page and 4 in expect.yaml',
      'B/op before of BenchmarkA is "6.4" on the page and 64 in expect.yaml',
    ]);
  });

  it('must be there, complete, and of the same Go', () => {
    assert.equal(checkMeasured('# Title\n', one).length, 5);
    const [problem, ...others] = checkMeasured(wrap(rows.replace('after ', 'later ')), one);
    assert.match(problem ?? '', /^no table has allocs\/op after of BenchmarkA/);
    assert.equal(others.length, 1);
    assert.deepEqual(checkMeasured(wrap(rows.replace('1.26', '1.2')), one), [
      'does not say that it was measured with Go 1.26',
    ]);
  });

  it('says of which benchmark each number is', () => {
    assert.match(checkMeasured(wrap(rows), two)[0] ?? '', /does not say which benchmark/);
    assert.deepEqual(checkMeasured(wrap(named), one), ['BenchmarkB/sub-8 is not in expect.yaml']);
    assert.deepEqual(checkMeasured(wrap(`${rows}\n| after  | 0 | 0 |`), one), [
      'allocs/op after of BenchmarkA stands there 2 times',
      'B/op after of BenchmarkA stands there 2 times',
    ]);
  });
});

describe('updating a page', () => {
  it('leaves a page alone whose numbers are right', async () => {
    for (const [form, expected] of [
      [rows, one],
      [columns, two],
      [named, two],
      [apart, two],
    ] as const) {
      assert.equal(await updateMeasured(wrap(form), expected, '1.26'), wrap(form));
    }
  });

  it('writes numbers and release, and nothing outside the section', async () => {
    const [first, second] = two.benchmarks;
    assert.ok(first && second);
    const changed: Fixture = {
      ...two,
      go: '1.27',
      benchmarks: [{ ...first, allocs: { good: 0, bad: 123_456_789 } }, second],
    };
    const text = columns.replace('Go 1.26', 'Go 1.26 (on Go 1.2 and Go 1.24 it was 5)');
    const page = await updateMeasured(wrap(text), changed, '1.26');
    assert.deepEqual(checkMeasured(page, changed), []);
    assert.match(page, /Go 1\.27 \(on Go 1\.2 and Go 1\.24 it was 5\)/);
    assert.match(page, /\| `BenchmarkA` \(`a \\\| after`\) +\| +123456789 \| +64 \| +0 \| +0 \|\n/);
    assert.equal(page.split('## Measured')[0], wrap('').split('## Measured')[0]);
    assert.equal(page.split('## Why')[1], wrap('').split('## Why')[1]);
  });
});
