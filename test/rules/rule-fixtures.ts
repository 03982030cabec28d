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
import { type Place, sharePackages, withPackage } from '../support/shared-packages.ts';

/** Every rule's fixture in packages of one module, for reviews by the real git and the real Go toolchain. */
const fixturesDirectory = fileURLToPath(new URL('../../fixtures', import.meta.url));

const parts = ['good', 'bad', 'harmless'] as const;
type Part = (typeof parts)[number];

const { rules } = await loadRules();
/** `FIXTURES=MA-01,FA-02` tries these alone, while a rule is being written. */
const only = process.env['FIXTURES']?.split(',') ?? rules.map(({ id }) => id);
const chosen = rules.filter(({ id }) => only.includes(id));

const directoryOf = (id: string, part: Part): string => `${fixturesDirectory}/${id}/${part}`;

function readTexts(id: string): string[] {
  return parts.flatMap((part) => {
    const dir = directoryOf(id, part);
    return readdirSync(dir).map((name) => readFileSync(`${dir}/${name}`, 'utf8'));
  });
}

const nameOf = (id: string): string => id.toLowerCase().replace('-', '');
const places = sharePackages(new Map(chosen.map(({ id }) => [nameOf(id), readTexts(id)])));

export const fixtures = chosen.map((rule) => {
  const place = places.get(nameOf(rule.id));
  assert.ok(place);
  const text = readFileSync(`${fixturesDirectory}/${rule.id}/expect.yaml`, 'utf8');
  const expected = fixtureSchema.parse(parse(text));
  return { rule, ...place, expected, wants: findWants(rule.id, place) };
});
export type Fixture = (typeof fixtures)[number];

/** `MA-01 at shared0/ma01_cache_key.go:8` for every `// want "MA-01"` in a fixture's bad code. */
function findWants(id: string, { folder, prefix }: Place): string[] {
  const dir = directoryOf(id, 'bad');
  return readdirSync(dir)
    .sort()
    .flatMap((name) =>
      readFileSync(`${dir}/${name}`, 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          const found = [...line.matchAll(/\/\/ want "([A-Z]{2}-\d{2})"/gu)];
          return found.map(([, rule]) => `${rule} at ${folder}/${prefix}${name}:${index + 1}`);
        }),
    );
}

/** The files of some fixtures, in folders below `above`. */
export async function readFixtures(some: readonly Fixture[], part: Part, above = ''): Promise<Files> {
  const trees = some.map(async (fixture) => {
    const start = `${above}${fixture.folder}/${fixture.prefix}`;
    return withPackage(withoutWants(await readTree(directoryOf(fixture.rule.id, part), start)), fixture);
  });
  return Object.assign({ 'go.mod': `module ${MODULE}\n\ngo 1.24\n` }, ...(await Promise.all(trees)));
}

export function findingsIn(report: Report, { folder, prefix }: Place): Report['findings'] {
  return report.findings.filter((finding) => finding.file.startsWith(`${folder}/${prefix}`));
}

/**
 * The benchmarks of a fixture as a review shows them, each with what expect.yaml says of it. `above`: see
 * `readFixtures`.
 */
export function benchmarksIn(
  report: Report,
  { folder, expected }: Pick<Fixture, 'folder' | 'expected'>,
  above = '',
): { seen: ReportBenchmark; wanted: Fixture['expected']['benchmarks'][number] }[] {
  return expected.benchmarks.map((wanted) => {
    const place = `${MODULE}/${above}${folder}`;
    const seen = report.benchmarks.find((one) => one.package === place && one.name === wanted.name);
    assert.ok(seen, `the review shows ${wanted.name}`);
    return { seen, wanted };
  });
}

export const sides = ({ base, head }: ReportBenchmark['allocsPerOp']) => ({ base, head });

/** The bad code becomes the good one in this report. */
export function testForward(fixture: Fixture, reportOf: () => Report, above = ''): void {
  const { rule, expected } = fixture;
  const there = { folder: `${above}${fixture.folder}`, prefix: fixture.prefix };
  it(`${rule.id} forward: an improvement without a finding`, () => {
    const report = reportOf();
    assert.deepEqual(describePlaces(findingsIn(report, there)), []);
    for (const { seen, wanted } of benchmarksIn(report, fixture, above)) {
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
