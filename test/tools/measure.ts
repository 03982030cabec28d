/**
 * Measures fixtures again and writes what they count into fixtures/ID/expect.yaml, the tables of the exercise pages and
 * the table of rules/README.md: `npm run rules:measure [-- ID...]`. Exit status 0; 1 where something needs a person.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { readRules } from '../../src/review/rule-files.ts';
import { fixtureSchema } from '../../src/rules/fixture-schema.ts';
import { type Directories, ownDirectories, runTool, ToolError } from './directories.ts';
import { updateExpected } from './expected-counts.ts';
import { checkMeasured, updateMeasured } from './measured-table.ts';
import { findGoRelease, type Measured, measureFixtures } from './measuring.ts';
import { writeReadme } from './readme.ts';

/** What became of one fixture: lines for people. */
type Outcome = { changes: string[]; problems: string[] };

/** Writes a fixture's counts into its expect.yaml and its page; nothing of it where something is amiss. */
async function writeCounts(
  { rules, fixtures }: Directories,
  id: string,
  measured: Measured,
  release: string,
): Promise<Outcome> {
  const expectFile = path.join(fixtures, id, 'expect.yaml');
  const pageFile = path.join(rules, id, 'exercise.md');
  const [oldExpect, oldPage] = await Promise.all([readFile(expectFile, 'utf8'), readFile(pageFile, 'utf8')]);
  const { text, changes, problems } = await updateExpected(oldExpect, measured, release);
  if (problems.length > 0) return { changes: [], problems };
  if (changes.length > 0) await writeFile(expectFile, text);
  const expected = fixtureSchema.safeParse(parse(text));
  if (!expected.success) return { changes, problems: [`expect.yaml: ${z.prettifyError(expected.error)}`] };
  const oldRelease: unknown = parse(oldExpect)?.go;
  const page = await updateMeasured(oldPage, expected.data, String(oldRelease));
  if (page !== oldPage) {
    await writeFile(pageFile, page);
    changes.push('the page has new numbers');
  }
  return { changes, problems: checkMeasured(page, expected.data) };
}

/** The fixtures to measure: the named ones, or those of all rules. */
async function chooseIds({ rules }: Directories, named: readonly string[]): Promise<string[]> {
  const loaded = await readRules(rules);
  const known = [...loaded.rules, ...loaded.problems].map(({ id }) => id);
  const unknown = named.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    throw new ToolError(`No such rule: ${unknown.join(', ')}. npx allocgate rules lists them.`);
  }
  return [...new Set(named.length === 0 ? known : named)];
}

/** Measures and writes; returns the exit status. `say` prints a line. */
export async function measure(
  directories: Directories,
  named: readonly string[],
  say: (line: string) => void,
): Promise<number> {
  const release = await findGoRelease();
  const ids = await chooseIds(directories, named);
  say(`Measuring with Go ${release}: ${ids.length === 1 ? ids[0] : `${ids.length} fixtures`}`);
  const { fixtures, broken } = await measureFixtures(directories.fixtures, ids, (part) => say(`  ${part} …`));
  let changed = 0;
  let wrong = broken.length;
  for (const { part, output } of broken) say(`${part} does not build or run everywhere:\n${output}`);
  for (const [id, measured] of fixtures) {
    const { changes, problems } = await writeCounts(directories, id, measured, release);
    for (const change of changes) say(`${id}  ${change}`);
    for (const problem of problems) say(`${id}  needs you: ${problem}`);
    changed += Math.min(1, changes.length);
    wrong += problems.length;
  }
  if (changed > 0) await writeReadme(directories);
  say(changed === 0 ? 'Nothing changed.' : `${changed} of ${ids.length} changed.`);
  return wrong === 0 ? 0 : 1;
}

if (import.meta.main) {
  await runTool(() => measure(ownDirectories, process.argv.slice(2), console.log));
}
