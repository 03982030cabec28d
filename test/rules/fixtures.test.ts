import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import type { Report, ReportBenchmark } from '../../src/report/model/schema.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { fixtureSchema } from '../../src/rules/fixture-schema.ts';
import { createGoRepository, readTree, type Files, type GoRepository } from '../support/go-repository.ts';
import { describePlaces, MODULE, reviewCommits, withoutWants } from './fixture-review.ts';

/** Every rule's fixture, as one package each of one module, reviewed by the real git and the real Go toolchain. */
const fixturesDirectory = fileURLToPath(new URL('../../fixtures', import.meta.url));

type Part = 'good' | 'bad' | 'harmless';
type Direction = 'reversed' | 'forward' | 'harmless';

const { rules } = await loadRules();
/** `FIXTURES=MA-01,FA-02` tries these alone, while a rule is being written. */
const only = process.env['FIXTURES']?.split(',') ?? rules.map(({ id }) => id);
const chosen = rules.filter(({ id }) => only.includes(id));
const fixtures = chosen.map((rule) => {
  const folder = rule.id.toLowerCase().replace('-', '');
  const text = readFileSync(`${fixturesDirectory}/${rule.id}/expect.yaml`, 'utf8');
  return { rule, folder, expected: fixtureSchema.parse(parse(text)), wants: findWants(rule.id, folder) };
});
type Fixture = (typeof fixtures)[number];
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

async function readModule(part: Part): Promise<Files> {
  const trees = fixtures.map(async ({ rule, folder }) =>
    withoutWants(await readTree(`${fixturesDirectory}/${rule.id}/${part}`, `${folder}/`)),
  );
  return Object.assign({ 'go.mod': `module ${MODULE}\n\ngo 1.24\n` }, ...(await Promise.all(trees)));
}

const reports = new Map<Direction, Report>();
let repository: GoRepository | null = null;

function reportOf(direction: Direction): Report {
  const report = reports.get(direction);
  assert.ok(report, `the ${direction} review was not made`);
  return report;
}

function findingsIn(report: Report, { folder }: Fixture): Report['findings'] {
  return report.findings.filter((finding) => finding.file.startsWith(`${folder}/`));
}

/** The benchmarks of a fixture in a review, each with its expected result of expect.yaml. */
function benchmarksIn(
  report: Report,
  { folder, expected }: Fixture,
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

const sides = ({ base, head }: ReportBenchmark['allocsPerOp']) => ({ base, head });

describe('the fixtures', () => {
  before(async () => {
    repository = await createGoRepository();
    const { commit, dir } = repository;
    const good = await commit(await readModule('good'));
    const bad = await commit(await readModule('bad'));
    const goodAgain = await commit(await readModule('good'));
    const harmless = await commit(await readModule('harmless'));
    reports.set('reversed', await reviewCommits(dir, good, bad));
    reports.set('forward', await reviewCommits(dir, bad, goodAgain));
    reports.set('harmless', await reviewCommits(dir, goodAgain, harmless));
  });
  after(() => repository?.remove());

  it('gate when the good code becomes the bad one, and not the other way round', () => {
    assert.equal(reportOf('reversed').verdict, 'fail');
    assert.equal(reportOf('forward').verdict, 'pass');
    assert.equal(reportOf('harmless').verdict, 'pass');
  });

  it('are measured without a warning', () => {
    for (const [direction, { warnings, buildErrors }] of reports) {
      assert.deepEqual({ warnings, buildErrors }, { warnings: [], buildErrors: [] }, direction);
    }
  });

  it('have no finding that no want comment asks for', () => {
    const wanted = fixtures.flatMap(({ wants }) => wants).sort();
    assert.deepEqual(describePlaces(reportOf('reversed').findings), wanted);
  });

  it('are blamed in their own files only', async () => {
    const files = new Set(Object.keys(await readModule('bad')));
    const { benchmarks, escapes, findings } = reportOf('reversed');
    const places = [...benchmarks.flatMap(({ sites }) => sites), ...findings];
    const added = escapes.filter(({ change }) => change === 'added');
    assert.deepEqual(
      [...places, ...added].map(({ file }) => file).filter((file) => !files.has(file)),
      [],
    );
  });

  for (const fixture of fixtures) testFixture(fixture);
});

function testFixture(fixture: Fixture): void {
  const { rule, expected, wants } = fixture;

  it(`${rule.id} reversed: found where it is, with its exercise`, () => {
    const found = findingsIn(reportOf('reversed'), fixture);
    assert.ok(wants.length > 0, 'the fixture asks for a finding');
    assert.deepEqual(describePlaces(found), wants);
    const others = found.flatMap(({ alternatives }) => alternatives);
    const named = [...expected.alsoFits, ...rule.related];
    assert.deepEqual([...new Set(others)].sort(), [...new Set(named)].sort(), 'the rules that fit as well');
    const { document, section, url } = rule.source;
    const citation = { id: rule.id, title: rule.title, document, section, url };
    for (const { rule: name, exercise, evidence, gates, benchmarks } of found) {
      assert.equal(name, rule.slug);
      assert.deepEqual(exercise, citation, 'the exercise that the finding cites');
      assert.equal(evidence, expected.evidence, 'the evidence that expect.yaml names');
      assert.equal(gates, expected.allocates, 'gates exactly when it allocates');
      assert.equal(benchmarks.length > 0, expected.allocates, 'names the benchmarks that it makes dearer');
    }
  });

  it(`${rule.id} reversed: allocates what expect.yaml says`, () => {
    for (const { seen, wanted } of benchmarksIn(reportOf('reversed'), fixture)) {
      const { good: base, bad: head } = wanted.allocs;
      assert.deepEqual(sides(seen.allocsPerOp), { base, head }, `${wanted.name}: allocs/op`);
      assert.equal(seen.verdict, expected.allocates ? 'regression' : 'unchanged', wanted.name);
    }
  });

  it(`${rule.id} forward: an improvement without a finding`, () => {
    const report = reportOf('forward');
    assert.deepEqual(describePlaces(findingsIn(report, fixture)), []);
    for (const { seen, wanted } of benchmarksIn(report, fixture)) {
      const { good: head, bad: base } = wanted.allocs;
      assert.deepEqual(sides(seen.allocsPerOp), { base, head }, `${wanted.name}: allocs/op`);
      assert.equal(seen.verdict, expected.allocates ? 'improvement' : 'unchanged', wanted.name);
    }
  });

  it(`${rule.id} harmless: silent`, () => {
    const report = reportOf('harmless');
    assert.deepEqual(describePlaces(findingsIn(report, fixture)), []);
    for (const { seen, wanted } of benchmarksIn(report, fixture)) {
      const expectation = { base: wanted.allocs.good, head: wanted.harmless.allocs };
      assert.deepEqual(sides(seen.allocsPerOp), expectation, `${wanted.name}: allocs/op`);
      assert.equal(seen.verdict, 'unchanged', wanted.name);
    }
  });
}
