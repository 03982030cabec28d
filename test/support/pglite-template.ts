import { rmSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/**
 * An empty database of PGlite takes seconds of processor time to make, and moments to copy. What is in it is what `openPglite`
 * makes: no tables yet.
 */
export type SharedTemplate = { remove: () => Promise<void> };

/** Where the test runner's template is. */
const FOLDER_VARIABLE = 'TEST_PGLITE_TEMPLATE';

async function makeTemplate(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-pglite-'));
  const database = await PGlite.create(path.join(dir, 'database'));
  await database.close();
  return dir;
}

/** Makes a template for all processes that this one starts from now on. */
export async function shareTemplate(): Promise<SharedTemplate> {
  const dir = await makeTemplate();
  process.env[FOLDER_VARIABLE] = dir;
  return {
    remove: async () => {
      delete process.env[FOLDER_VARIABLE];
      await rm(dir, { recursive: true, force: true });
    },
  };
}

let own: Promise<string> | null = null;

/** One of its own for a file run alone. */
async function makeOwn(): Promise<string> {
  const dir = await makeTemplate();
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Puts an empty database into `dataDir`, as if the App had started there before. */
export async function addDatabase(dataDir: string): Promise<void> {
  const template = process.env[FOLDER_VARIABLE] ?? (await (own ??= makeOwn()));
  await cp(path.join(template, 'database'), path.join(dataDir, 'database'), { recursive: true });
}
