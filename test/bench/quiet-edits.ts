import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** A change that allocates nothing: what a review must stay silent on. */
export const editSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('comment') }),
  z.strictObject({ kind: z.literal('whitespace') }),
  z.strictObject({ kind: z.literal('readme') }),
  z.strictObject({ kind: z.literal('reorder'), file: z.string() }),
  z.strictObject({ kind: z.literal('rename-file'), file: z.string(), to: z.string() }),
  z.strictObject({ kind: z.literal('rename-variable'), file: z.string(), from: z.string(), to: z.string() }),
  z.strictObject({ kind: z.literal('add-test'), file: z.string(), package: z.string() }),
]);
export type Edit = z.infer<typeof editSchema>;

/** Three comment lines above each package clause, and one above each function. */
export function addComments(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => (line.startsWith('func ') ? `// Looked at again.\n${line}` : line));
  const clause = lines.findIndex((line) => line.startsWith('package '));
  const before = lines.slice(0, clause);
  return [...before, '// One.', '// Two.', '', ...lines.slice(clause)].join('\n');
}

/** A blank line before each return statement. */
export function addBlankLines(text: string): string {
  return text.replaceAll(/^(\t+)return\b/gmu, '\n$1return');
}

/** Turns the order of the functions around; each takes the comment above it along. */
export function reorderFunctions(text: string): string {
  const pattern = /(?:^\/\/.*\n)*^func [^\n]*(?:\{\n[\s\S]*?^\}|\})\n/gmu;
  const functions = [...text.matchAll(pattern)].map(([found]) => found);
  let next = functions.length;
  return text.replaceAll(pattern, () => functions[(next -= 1)] ?? '');
}

/** Renames a word outside of string literals and selectors. */
export function renameVariable(text: string, from: string, to: string): string {
  const pattern = new RegExp(String.raw`"(?:\\.|[^"\\\n])*"|(?<![.\w])${from}\b(?!\s*:)`, 'gu');
  return text.replaceAll(pattern, (found) => (found === from ? to : found));
}

async function editFile(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

async function editAll(dir: string, change: (text: string) => string): Promise<void> {
  const entries = await readdir(dir, { recursive: true });
  const sources = entries.filter(
    (name) => name.endsWith('.go') && !/_test\.go$|testdata|^\.git\//u.test(name),
  );
  for (const name of sources) await editFile(path.join(dir, name), change);
}

/** Applies an edit to a checkout. */
export async function applyEdit(dir: string, edit: Edit): Promise<void> {
  switch (edit.kind) {
    case 'comment':
      return editAll(dir, addComments);
    case 'whitespace':
      return editAll(dir, addBlankLines);
    case 'readme':
      return editFile(path.join(dir, 'README.md'), (text) => `${text}\nRead it again.\n`);
    case 'reorder':
      return editFile(path.join(dir, edit.file), reorderFunctions);
    case 'rename-file':
      return rename(path.join(dir, edit.file), path.join(dir, edit.to));
    case 'rename-variable':
      return editFile(path.join(dir, edit.file), (text) => renameVariable(text, edit.from, edit.to));
    case 'add-test':
      return writeFile(
        path.join(dir, edit.file),
        `package ${edit.package}\n\nimport "testing"\n\nfunc TestAdded(t *testing.T) { t.Log("added") }\n`,
      );
  }
}
