import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../golden/', import.meta.url));

/**
 * Compares a whole output with the file `test/golden/NAME`, which is read and reviewed like code. `npm run golden`
 * (`GOLDEN=update`) writes the files instead; then `git diff` shows what changed for the reader.
 */
export function assertGolden(name: string, text: string): void {
  const file = path.join(FOLDER, name);
  if (process.env['GOLDEN'] === 'update') {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  assert.equal(text, readFileSync(file, 'utf8'), `test/golden/${name} differs: npm run golden updates it`);
}
