/** Makes the folders of a new rule from a working example: `npm run rules:new ID [slug]`. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRules } from '../../src/review/rule-files.ts';
import type { Rule } from '../../src/rules/schema.ts';
import { type Directories, ownDirectories, runTool, ToolError } from './directories.ts';
import { findGoRelease } from './measuring.ts';
import { writeTemplate } from './rule-template.ts';
import { formatText } from './format-text.ts';

const ID = /^[A-Z]{2}-\d{2}$/u;
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/u;

function requireId(id: string, { rules, fixtures }: Directories): void {
  if (!ID.test(id)) {
    throw new ToolError(`"${id}" is no rule id: two capital letters, a dash, two digits, such as FA-08.`);
  }
  const taken = [path.join(rules, id), path.join(fixtures, id)].find((folder) => existsSync(folder));
  if (taken !== undefined) throw new ToolError(`${id} exists already: ${taken}`);
}

function requireSlug(slug: string, rules: readonly Rule[]): void {
  if (!SLUG.test(slug)) {
    throw new ToolError(
      `"${slug}" is no name for a rule: small letters, digits and dashes, such as timer-in-loop.`,
    );
  }
  const owner = rules.find((rule) => rule.slug === slug || rule.id.toLowerCase() === slug);
  if (owner) throw new ToolError(`The name "${slug}" is taken by ${owner.id}: ${owner.title}.`);
}

const nextSteps = (id: string): string => `
Next:
  1. Replace the example: every comment and text with EDIT says what belongs there.
  2. npm run rules:measure -- ${id}
     counts for real and writes expect.yaml and the page's numbers
  3. node --test test/rules/rule-data.test.ts
     the form of the data, and that no EDIT is left
  4. FIXTURES=${id} node --test test/rules/fixtures.test.ts
     found at the marked line, silent where it should be
  5. fixtures/${id}/variants/NAME.diff: the pattern in other code (test/rules/variants.ts has the form)
     FIXTURES=${id} node --test test/rules/variants.long.test.ts
  6. npm run rules:table && npm run format`;

/** Writes the folders of a new rule; every file is new, so that nothing can be lost. Returns their paths. */
export async function createRule(
  directories: Directories,
  id: string,
  slug = `rule-${id.toLowerCase()}`,
  release = '1.26',
): Promise<string[]> {
  requireId(id, directories);
  const { rules } = await readRules(directories.rules);
  requireSlug(slug, rules);
  const source = rules.find((rule) => rule.id.startsWith(id.slice(0, 2)))?.source ?? null;
  const template = writeTemplate({ id, slug, source, release });
  return [
    ...(await writeFolder(path.join(directories.rules, id), template.rule)),
    ...(await writeFolder(path.join(directories.fixtures, id), template.fixture)),
  ];
}

const formatted = new Set(['.yaml', '.md']);

async function writeFolder(folder: string, texts: Readonly<Record<string, string>>): Promise<string[]> {
  const files: string[] = [];
  for (const [name, text] of Object.entries(texts)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    const written = formatted.has(path.extname(name)) ? await formatText(name, text) : text;
    await writeFile(file, written, { flag: 'wx' });
    files.push(file);
  }
  return files;
}

if (import.meta.main) {
  await runTool(async () => {
    const [id, slug, ...others] = process.argv.slice(2);
    if (id === undefined || others.length > 0) throw new ToolError('Usage: npm run rules:new ID [slug]');
    const files = await createRule(ownDirectories, id, slug, await findGoRelease());
    console.log(['Made', ...files.map((file) => `  ${path.relative('.', file)}`)].join('\n'));
    console.log(nextSteps(id));
    return 0;
  });
}
