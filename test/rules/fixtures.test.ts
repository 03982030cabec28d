import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Report } from '../../src/report/model/schema.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type GoRepository } from '../support/go-repository.ts';
import { describePlaces, MODULE, reviewFixtures } from './fixture-review.ts';
import {
  benchmarksIn,
  findingsIn,
  type Fixture,
  fixtures,
  readFixtures,
  sides,
  testForward,
  testHarmless,
} from './rule-fixtures.ts';

/** `others`: the good code becomes the harmless one and, of one rule of each family, the bad code the good one. */
type Direction = 'reversed' | 'others';

/** The first rule of each family; fixtures.long.test.ts has all. */
const first = fixtures.filter(
  ({ rule: { id } }, index) =>
    fixtures.findIndex(({ rule }) => rule.id.slice(0, 2) === id.slice(0, 2)) === index,
);
const FORWARD = 'forward/';

const reports = new Map<Direction, Report>();
let repository: GoRepository | null = null;

function reportOf(direction: Direction): Report {
  const report = reports.get(direction);
  assert.ok(report, `the ${direction} review was not made`);
  return report;
}

describe('the fixtures', () => {
  before(async () => {
    repository = await createGoRepository();
    const { commit, dir } = repository;
    const base = await commit(await readFixtures(fixtures, 'good'));
    const bad = await commit(await readFixtures(fixtures, 'bad'));
    const mixedBase = await commit({
      ...(await readFixtures(fixtures, 'good')),
      ...(await readFixtures(first, 'bad', FORWARD)),
    });
    const mixedHead = await commit({
      ...(await readFixtures(fixtures, 'harmless')),
      ...(await readFixtures(first, 'good', FORWARD)),
    });
    reports.set('reversed', await reviewFixtures(dir, base, bad));
    reports.set('others', await reviewFixtures(dir, mixedBase, mixedHead));
  });
  after(() => repository?.remove());

  it('gate when the good code becomes the bad one, and not the harmless one', () => {
    assert.equal(reportOf('reversed').verdict, 'fail');
    assert.equal(reportOf('others').verdict, 'pass');
  });

  it('are measured without a warning', () => {
    for (const [direction, { warnings, buildErrors }] of reports) {
      assert.deepEqual({ warnings, buildErrors }, { warnings: [], buildErrors: [] }, direction);
    }
  });

  it('are measured, and nothing else is', () => {
    const shown = reportOf('reversed').benchmarks.map(({ package: where, name }) => `${where}.${name}`);
    const expected = fixtures.flatMap((fixture) =>
      fixture.expected.benchmarks.map(({ name }) => `${MODULE}/${fixture.folder}.${name}`),
    );
    assert.deepEqual(shown.sort(), expected.sort());
  });

  it('have no finding that no want comment asks for', () => {
    const wanted = fixtures.flatMap(({ wants }) => wants).sort();
    assert.deepEqual(describePlaces(reportOf('reversed').findings), wanted);
  });

  it('are blamed in their own files only', async () => {
    const files = new Set(Object.keys(await readFixtures(fixtures, 'bad')));
    const { benchmarks, escapes, findings } = reportOf('reversed');
    const places = [...benchmarks.flatMap(({ sites }) => sites), ...findings];
    const added = escapes.filter(({ change }) => change === 'added');
    assert.deepEqual(
      [...places, ...added].map(({ file }) => file).filter((file) => !files.has(file)),
      [],
    );
  });

  for (const fixture of fixtures) testFixture(fixture);
  for (const fixture of fixtures) testHarmless(fixture, () => reportOf('others'));
  for (const fixture of first) testForward(fixture, () => reportOf('others'), FORWARD);
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
}
