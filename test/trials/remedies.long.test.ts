import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../src/rules/types.ts';
import { tryRemedies } from '../../src/trials/suggestions.ts';
import { after, before } from '../support/hooks.ts';
import { type Files, type GoRepository, readTree } from '../support/go-repository.ts';
import { reviewChange } from '../support/local-review.ts';

/** Rules whose fixture has a remedy that holds, and rules of which it is refused because nothing is gained. */
const offered = [
  'FC-03',
  'MA-01',
  'MA-04',
  'MA-05',
  'MA-10',
  'MA-12',
  'MA-15',
  'ST-01',
  'ST-06',
  'XX-05',
  'XX-08',
  'XX-10',
  'XX-14',
  'XX-16',
  'XX-17',
];
const refused = ['MA-02'];

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));

async function readModule(part: 'good' | 'bad'): Promise<Files> {
  const trees = [...offered, ...refused].map((id) =>
    readTree(`${fixtures}/${id}/${part}`, `${id.toLowerCase().replace('-', '')}/`),
  );
  const files: Files = Object.assign(
    { 'go.mod': 'module example.com/fixtures\n\ngo 1.24\n' },
    ...(await Promise.all(trees)),
  );
  const entries = Object.entries(files).map(([name, text]) => [
    name,
    text.replaceAll(/[ \t]*\/\/ want(?: ".*")?$/gmu, ''),
  ]);
  return Object.fromEntries(entries);
}

let repository: GoRepository | null = null;
let findings: Finding[] = [];

before(async () => {
  const reviewed = await reviewChange(await readModule('good'), await readModule('bad'), {
    extend: (found, _config, lab) => tryRemedies(found, lab, 3_600_000),
  });
  ({ repository } = reviewed);
  ({ findings } = reviewed.result);
  assert.equal(reviewed.report.buildErrors.length, 0);
});
after(() => repository?.remove());

const of = (id: string): Finding[] => findings.filter(({ ruleId }) => ruleId === id);

for (const id of offered) {
  test(`${id}: the remedy compiles and allocates less`, () => {
    const suggestions = of(id).flatMap(({ suggestion }) => suggestion ?? []);
    assert.ok(
      suggestions.length > 0,
      JSON.stringify(of(id).map(({ file, line, decision }) => [file, line, decision?.expression])),
    );
    for (const { before: was, after: now } of suggestions) assert.ok(now < was);
  });
}

for (const id of refused) {
  test(`${id}: a remedy that gains nothing is not offered`, () => {
    assert.ok(of(id).length > 0);
    assert.deepEqual(
      of(id).flatMap(({ suggestion }) => suggestion ?? []),
      [],
    );
  });
}

test('what is offered is about lines of head as they are', () => {
  for (const { suggestion } of findings) {
    if (!suggestion) continue;
    const id = suggestion.file.slice(0, 4).toUpperCase().replace(/^(..)/u, '$1-');
    const text = readFileSync(`${fixtures}/${id}/bad/${suggestion.file.slice(5)}`, 'utf8');
    assert.ok(suggestion.last <= text.split('\n').length && suggestion.first <= suggestion.last);
  }
});
