import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Report, ReportBenchmark } from '../../src/report/model/schema.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { fixtureSchema } from '../../src/rules/fixture-schema.ts';
import { type Files, readTree } from '../support/go-repository.ts';
import { describePlaces, MODULE, withoutWants } from './fixture-review.ts';

/** Every rule's fixture, as one package each of one module, for reviews by the real git and the real Go toolchain. */
const fixturesDirectory = fileURLToPath(new URL('../../fixtures', import.meta.url));

type Part = 'good' | 'bad' | 'harmless';

const { rules } = await loadRules();
/** `FIXTURES=MA-01,FA-02` tries these alone, while a rule is being written. */
const only = process.env['FIXTURES']?.split(',') ?? rules.map(({ id }) => id);
const chosen = rules.filter(({ id }) => only.includes(id));
export const fixtures = chosen.map((rule) => {
  const folder = rule.id.toLowerCase().replace('-', '');
  const text = readFileSync(`${fixturesDirectory}/${rule.id}/expect.yaml`, 'utf8');
  return { rule, folder, expected: fixtureSchema.parse(parse(text)), wants: findWants(rule.id, folder) };
});
export type Fixture = (typeof fixtures)[number];

/** `MA-01 at ma01/cache_key.go:8` for every `// want "MA-01"` in a fixture's bad code. */
function findWants(id: string, folder: string): string[] {
  const dir = `${fixturesDirectory}/${id}/bad`;
  return readdirSync(dir)
    .sort()
    .flatMap((name) =>
      readFileSync(`${dir}/${name}`, 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          const found = [...line.matchAll(/\/\/ want "([A-Z]{2}-\d{2})"/gu)];
          return found.map(([, rule]) => `${rule} at ${folder}/${name}:${index + 1}`);
        }),
    );
}

/** The files of some fixtures, each in a folder of its own below `above`. */
export async function readFixtures(some: readonly Fixture[], part: Part, above = ''): Promise<Files> {
  const trees = some.map(async ({ rule, folder }) =>
    withoutWants(await readTree(`${fixturesDirectory}/${rule.id}/${part}`, `${above}${folder}/`)),
  );
  return Object.assign({ 'go.mod': `module ${MODULE}\n\ngo 1.24\n` }, ...(await Promise.all(trees)));
}

export function findingsIn(report: Report, { folder }: Pick<Fixture, 'folder'>): Report['findings'] {
  return report.findings.filter((finding) => finding.file.startsWith(`${folder}/`));
}

/** The benchmarks of a fixture as a review shows them, each with what expect.yaml says of it. */
export function benchmarksIn(
  report: Report,
  { folder, expected }: Pick<Fixture, 'folder' | 'expected'>,
): { seen: ReportBenchmark; wanted: Fixture['expected']['benchmarks'][number] }[] {
  const shown = report.benchmarks.filter((benchmark) => benchmark.package === `${MODULE}/${folder}`);
  assert.deepEqual(
    shown.map(({ name }) => name).sort(),
    expected.benchmarks.map(({ name }) => name).sort(),
    'the review shows exactly the benchmarks of expect.yaml',
  );
  return expected.benchmarks.flatMap((wanted) =>
    shown.filter(({ name }) => name === wanted.name).map((seen) => ({ seen, wanted })),
  );
}

export const sides = ({ base, head }: ReportBenchmark['allocsPerOp']) => ({ base, head });

/** The bad code becomes the good one in this report. */
export function testForward(fixture: Fixture, reportOf: () => Report, above = ''): void {
  const { rule, expected } = fixture;
  const there = { folder: `${above}${fixture.folder}`, expected };
  it(`${rule.id} forward: an improvement without a finding`, () => {
    const report = reportOf();
    assert.deepEqual(describePlaces(findingsIn(report, there)), []);
    for (const { seen, wanted } of benchmarksIn(report, there)) {
      const { good: head, bad: base } = wanted.allocs;
      assert.deepEqual(sides(seen.allocsPerOp), { base, head }, `${wanted.name}: allocs/op`);
      assert.equal(seen.verdict, expected.allocates ? 'improvement' : 'unchanged', wanted.name);
    }
  });
}

/** The good code becomes the harmless one in this report. */
export function testHarmless(fixture: Fixture, reportOf: () => Report): void {
  const { rule } = fixture;
  it(`${rule.id} harmless: silent`, () => {
    const report = reportOf();
    assert.deepEqual(describePlaces(findingsIn(report, fixture)), []);
    for (const { seen, wanted } of benchmarksIn(report, fixture)) {
      const expectation = { base: wanted.allocs.good, head: wanted.harmless.allocs };
      assert.deepEqual(sides(seen.allocsPerOp), expectation, `${wanted.name}: allocs/op`);
      assert.equal(seen.verdict, 'unchanged', wanted.name);
    }
  });
}
