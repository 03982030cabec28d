import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { applyPatch } from 'diff';
import type { Review } from '../report/model/review.ts';
import { TAKE_BACK } from '../rules/types.ts';
import { describeFixes } from '../report/words/suggestions.ts';

/**
 * Writes the proven fixes to the work tree, one after the other. A file that changed since the review is left as it
 * is, and no part of the change is taken back. Returns the text to print.
 */
export async function applyFixes({ findings }: Review, toplevel: string | null): Promise<string> {
  const written: string[] = [];
  const refused: string[] = [];
  const takeBacks: string[] = [];
  for (const { suggestion } of findings) {
    if (!suggestion) continue;
    const place = `${suggestion.file}:${suggestion.first}`;
    // What the author wanted is not deleted from their work tree.
    if (suggestion.remedy === TAKE_BACK) {
      takeBacks.push(place);
      continue;
    }
    const name = `${place} (${suggestion.remedy})`;
    const isDone =
      toplevel !== null && (await applyFix(path.join(toplevel, suggestion.file), suggestion.patch));
    (isDone ? written : refused).push(name);
  }
  return describeFixes(written, refused, takeBacks);
}

async function applyFix(file: string, patch: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => null);
  const patched = text === null ? false : applyPatch(text, patch);
  if (patched === false) return false;
  await writeFile(file, patched);
  return true;
}
