import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadCauseFixtures } from '../causes/cause-fixtures.ts';
import { loadFixture } from '../../src/review/fixture-files.ts';
import { readRules } from '../../src/review/rule-files.ts';
import type { Fixture } from '../../src/rules/fixture-schema.ts';
import type { Rule } from '../../src/rules/schema.ts';
import { type Directories, ToolError } from './directories.ts';
import { formatText } from './format-text.ts';

/** Writes the Markdown of one generated part of rules/README.md. */
type Section = (directories: Directories) => Promise<string>;

/** Every generated part by the name in its comments; a new table is a new line here and two comments in the README. */
const sections: Readonly<Record<string, Section>> = { rules: writeRules, causes: writeCauses };

const MARKED = /(<!-- begin (\S+): written by npm run rules:table -->\n).*?(<!-- end \2 -->)/gsu;

/** Text as a cell of a table, with nothing in it that Markdown could read as its own. */
const toCell = (text: string): string => text.replaceAll(/[\\`*_[\]<>|]/gu, '\\$&');

export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** `4 → 0`, one for each benchmark: before is the fixture's bad code, after its good code. */
function writeNumbers({ benchmarks }: Fixture, unit: 'allocs' | 'bytes'): string {
  return benchmarks.map((benchmark) => `${benchmark[unit].bad} → ${benchmark[unit].good}`).join(', ');
}

function writeRule({ id, slug, title, source, specificity }: Rule, expected: Fixture | null): string[] {
  const place = `${source.document}, ${source.section}`;
  return [
    `[${id}](${id}/exercise.md)`,
    toCell(title),
    `\`${slug}\``,
    toCell(place),
    expected?.evidence ?? '',
    expected === null ? '' : writeNumbers(expected, 'allocs'),
    expected === null ? '' : writeNumbers(expected, 'bytes'),
    String(specificity),
  ];
}

const COLUMNS = ['rule', 'pattern', 'name', 'source', 'evidence', 'allocs/op', 'B/op', 'specificity'];

async function writeRules(directories: Directories): Promise<string> {
  const { rules } = await readRules(directories.rules);
  const rows = rules.map(async (rule) => {
    const fixture = await loadFixture(rule.id, directories.fixtures);
    return writeRule(rule, fixture?.expected ?? null);
  });
  return `${toTable(COLUMNS, await Promise.all(rows))}\n\nThe sources:\n\n${listSources(rules)}`;
}

/** The kinds of causes, each with its fixture. */
async function writeCauses(directories: Directories): Promise<string> {
  const rows = loadCauseFixtures(path.join(directories.fixtures, 'causes')).map(({ folder, expected }) => [
    `[${expected.cause}](../fixtures/causes/${folder})`,
    expected.shows,
    `${expected.allocs.good} → ${expected.allocs.bad}`,
    String(expected.via),
  ]);
  return toTable(['kind', 'what its fixture shows', 'allocs/op', 'steps between'], rows);
}

/** Each document once for each address that rules give for it; below the table, whose lines are long enough. */
function listSources(rules: readonly Rule[]): string {
  const lines = rules.map(({ source: { document, url } }) =>
    url === null ? `- ${toCell(document)}` : `- [${toCell(document)}](${url})`,
  );
  return [...new Set(lines)].join('\n');
}

/** The README with its generated parts as the data has them now. */
export async function renderReadme(text: string, directories: Directories): Promise<string> {
  const written = new Map<string, string>();
  for (const [, , name = ''] of text.matchAll(MARKED)) {
    const section = sections[name];
    if (!section) throw new ToolError(`rules/README.md has a part "${name}" that nothing generates.`);
    written.set(name, await section(directories));
  }
  const result = text.replaceAll(
    MARKED,
    (_, begin: string, name: string, end: string) => `${begin}\n${written.get(name)}\n\n${end}`,
  );
  return formatText('README.md', result);
}

/** Updates rules/README.md; returns whether it was outdated. A folder without one stays as it is. */
export async function writeReadme(directories: Directories): Promise<boolean> {
  const file = path.join(directories.rules, 'README.md');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return false;
  const rendered = await renderReadme(text, directories);
  if (rendered === text) return false;
  await writeFile(file, rendered);
  return true;
}
