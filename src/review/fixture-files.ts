import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { FixtureFiles, RuleFixture } from '../report/terminal/rule-page.ts';
import { fixtureSchema } from '../rules/fixture-schema.ts';

/** The fixtures of the rules, which are part of the package. */
export const fixturesDirectory = fileURLToPath(new URL('../../fixtures', import.meta.url));

/** The Go files below a folder, without tests, in a stable order. */
async function readCode(folder: string): Promise<FixtureFiles> {
  const names = await readdir(folder, { recursive: true });
  const code = names.filter((name) => name.endsWith('.go') && !name.endsWith('_test.go')).sort();
  const texts = code.map(async (name): Promise<[string, string]> => {
    const text = await readFile(path.join(folder, name), 'utf8');
    return [name.split(path.sep).join('/'), text];
  });
  return new Map(await Promise.all(texts));
}

/** Reads the fixture of a rule. Null if it is missing or invalid; the rule's page is then shown without it. */
export async function loadFixture(
  id: string,
  directory: string = fixturesDirectory,
): Promise<RuleFixture | null> {
  const folder = path.join(directory, id);
  try {
    const expected = fixtureSchema.parse(parse(await readFile(path.join(folder, 'expect.yaml'), 'utf8')));
    const [bad, good] = await Promise.all([
      readCode(path.join(folder, 'bad')),
      readCode(path.join(folder, 'good')),
    ]);
    return { expected, bad, good };
  } catch {
    return null;
  }
}
