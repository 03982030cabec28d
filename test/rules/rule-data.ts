import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { loadGoGrammar } from '../../src/review/go-grammar.ts';
import { readRules } from '../../src/review/rule-files.ts';
import { fixtureSchema } from '../../src/rules/fixture-schema.ts';
import type { RuleWithExercise } from '../../src/rules/parse-rule.ts';
import type { Condition } from '../../src/rules/schema.ts';
import type { Directories } from '../tools/directories.ts';
import { checkMeasured } from '../tools/measured-table.ts';

const grammar = await loadGoGrammar();

function queriesOf(condition: Condition): string[] {
  const { code, notCode, baseCode, notBaseCode, lost, gained } = condition;
  return [code, notCode, baseCode, notBaseCode, lost, gained].filter((query) => query !== undefined);
}

/** The Go files of one part of a fixture, by name. */
function goFiles(fixtures: string, id: string, part: string): Map<string, string> {
  const folder = `${fixtures}/${id}/${part}`;
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.go')) : [];
  return new Map(names.map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]));
}

/** Checks every rule, page and fixture of the directories: the form of the data, and that its parts agree. */
export async function testRuleData(directories: Directories): Promise<void> {
  const folders = readdirSync(directories.rules).filter((name) => /^[A-Z]{2}-\d{2}$/u.test(name));
  const { rules, problems } = await readRules(directories.rules);

  describe('rules/', () => {
    it('parses every folder', () => {
      assert.deepEqual(problems, []);
      assert.deepEqual(rules.map((rule) => rule.id).sort(), folders.sort());
    });

    it('gives every rule a slug of its own', () => {
      const slugs = rules.map((rule) => rule.slug);
      assert.equal(new Set(slugs).size, slugs.length);
    });

    it('has exactly one rule that fits whatever no other does', () => {
      const general = rules.filter((rule) => rule.specificity === 0);
      assert.deepEqual(
        general.map((rule) => [rule.id, rule.matches.map((match) => match.on)]),
        [['XX-01', [['site']]]],
      );
    });
  });

  for (const rule of rules) {
    testRule(rule, folders);
    testFixture(rule, directories);
  }
}

function testRule(rule: RuleWithExercise, folders: readonly string[]): void {
  describe(`rules/${rule.id}`, () => {
    it('names existing rules as related', () => {
      assert.deepEqual(
        rule.related.filter((id) => id === rule.id || !folders.includes(id)),
        [],
      );
    });

    it('has queries that the grammar knows', () => {
      for (const condition of rule.matches) {
        for (const query of queriesOf(condition)) assert.doesNotThrow(() => grammar.compile(query), query);
        const { code } = condition;
        if (code !== undefined)
          assert.ok(grammar.compile(code).captureNames.includes('site'), '@site in code');
      }
    });

    it('asks for code where it looks at changed lines', () => {
      const blind = rule.matches.filter((match) => match.on.includes('change') && match.code === undefined);
      assert.deepEqual(blind, []);
    });

    it('is about something, unless it is the general rule', () => {
      if (rule.specificity === 0) return;
      const anything = rule.matches.filter(({ callee, called, decision, code, grown, cause }) =>
        [callee, called, decision, code, grown, cause].every((asked) => asked === undefined),
      );
      assert.deepEqual(anything, []);
    });

    it('names the source of rule.yaml on its page', () => {
      const section = rule.exercise.split(/^## Source/mu)[1] ?? '';
      const { document, url } = rule.source;
      for (const part of [document, url ?? document]) {
        assert.ok(section.replaceAll(/\s+/gu, ' ').includes(part), part);
      }
    });

    it('shows a diff and a guard on its page, indented with tabs', () => {
      const blocks = [...rule.exercise.matchAll(/```(go|diff)\n(.*?)```/gsu)];
      const kinds = new Set(blocks.map(([, kind]) => kind));
      assert.ok(kinds.has('diff') && kinds.has('go'), 'before → after as a diff, the guard as Go');
      const lines = blocks.flatMap(([, kind, block = '']) =>
        block.split('\n').map((line) => (kind === 'diff' ? line.slice(1) : line)),
      );
      assert.deepEqual(
        lines.filter((line) => line.startsWith(' ')),
        [],
      );
    });
  });
}

function testFixture(rule: RuleWithExercise, { fixtures }: Directories): void {
  describe(`fixtures/${rule.id}`, () => {
    const good = goFiles(fixtures, rule.id, 'good');
    const bad = goFiles(fixtures, rule.id, 'bad');
    const harmless = goFiles(fixtures, rule.id, 'harmless');
    const readExpected = () =>
      fixtureSchema.parse(parse(readFileSync(`${fixtures}/${rule.id}/expect.yaml`, 'utf8')));
    const packageName = rule.id.toLowerCase().replace('-', '');

    it('has good, bad and harmless code with one benchmark file', () => {
      for (const files of [good, bad, harmless]) {
        const tests = [...files.keys()].filter((name) => name.endsWith('_test.go'));
        assert.equal(tests.length, 1, [...files.keys()].join(' '));
        assert.ok(files.size > 1);
        for (const name of tests) assert.equal(files.get(name), good.get(name), name);
        for (const text of files.values()) assert.match(text, new RegExp(`^package ${packageName}$`, 'mu'));
      }
    });

    it('marks the line where the bad code allocates, and only there', () => {
      const marked = (files: Map<string, string>): string[] =>
        [...files.values()].flatMap((text) => text.match(/\/\/ want ".*"$/gmu) ?? []);
      assert.deepEqual([...new Set(marked(bad))], [`// want "${rule.id}"`]);
      assert.deepEqual([...marked(good), ...marked(harmless)], []);
    });

    it('expects what its benchmarks show', () => {
      const expected = readExpected();
      const benchmarks = [...good.values()].join('\n');
      for (const { name, allocs, bytes, harmless: twin } of expected.benchmarks) {
        assert.ok(benchmarks.includes(`func ${name.split('/')[0]}(b *testing.B)`), name);
        assert.ok(twin.allocs <= allocs.good, 'the harmless twin allocates no more than the good code');
        if (!expected.allocates) assert.deepEqual([allocs.bad, bytes.bad], [allocs.good, bytes.good]);
      }
      const rises = expected.benchmarks.some(
        ({ allocs, bytes }) => allocs.bad > allocs.good || bytes.bad > bytes.good,
      );
      assert.equal(rises, expected.allocates);
      if (expected.evidence === 'proven') assert.ok(expected.allocates);
    });

    it('shows both sides of a change that its fixture holds', () => {
      const diff = /^## Before → after\n[^]*?```diff\n([^]*?)```/mu.exec(rule.exercise)?.[1] ?? '';
      const normal = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();
      for (const [mark, side] of [
        ['-', 'bad'],
        ['+', 'good'],
      ] as const) {
        const files = side === 'bad' ? bad : good;
        const code = new Set(
          [...files.values()].flatMap((text) => text.replaceAll(/\/\/.*$/gmu, '').split('\n')).map(normal),
        );
        const lines = diff.split('\n').filter((line) => line.startsWith(mark));
        const foreign = lines.map((line) => normal(line.slice(1).replace(/\/\/.*$/u, '')));
        assert.deepEqual(
          foreign.filter((line) => !code.has(line)),
          [],
          `lines with ${mark} that fixtures/${rule.id}/${side} lacks`,
        );
      }
    });

    it('counts what the page says under Measured', () => {
      const problems = checkMeasured(rule.exercise, readExpected());
      const help = `npm run rules:measure -- ${rule.id} brings numbers up to date`;
      assert.equal(problems.length, 0, `rules/${rule.id}/exercise.md: ${problems.join('; ')}. ${help}`);
    });
  });
}
