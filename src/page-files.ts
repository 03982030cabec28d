import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PageAssets } from './report/html/assets.ts';
import { brokenWords } from './rules/broken.ts';

/** Both from `src` in a checkout and from `dist` in the package, which is where the bundled page lies. */
const dist = new URL('../dist/', import.meta.url);
const rules = new URL('../rules/', import.meta.url);

/** null: there is no such file. */
function readOptional(file: URL): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function readBundle(name: string): string {
  const file = new URL(name, dist);
  const text = readOptional(file);
  if (text === null) throw new Error(`${fileURLToPath(file)} is missing: npm run build:page makes it`);
  return text;
}

/** The page of a rule, or of a finding without a rule (see `loadPages`), in Markdown; null: there is none. */
export function readExercise(id: string): string | null {
  if (id === brokenWords.ruleId) return readOptional(new URL(`${id}.md`, rules));
  return /^[A-Z]{2}-\d{2}$/u.test(id) ? readOptional(new URL(`${id}/exercise.md`, rules)) : null;
}

/** Reads what an HTML report is made of: the bundled page, and exercise pages as they are asked for. */
export function readPageAssets(): PageAssets {
  return { script: readBundle('page.js'), style: readBundle('page.css'), exercise: readExercise };
}
