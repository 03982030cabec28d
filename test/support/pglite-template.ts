import { cpSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../../src/store/open.ts';

/**
 * A new database of PGlite takes seconds of processor time to make, and moments to copy. It has empty tables, as after the
 * App's first start.
 */
export type SharedTemplate = { remove: () => Promise<void> };

/**
 * An option of Node. Without it V8 compiles PGlite a second time, with its optimizing compiler, which takes half of the
 * processor time of a short process.
 */
export const QUICK_PGLITE = '--liftoff-only';

/** Where the test runner's template is. */
const FOLDER_VARIABLE = 'TEST_PGLITE_TEMPLATE';

async function makeTemplate(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-pglite-'));
  const store = await openStore({ dataDir: dir });
  await store.close();
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

/** Puts a database with empty tables into `dataDir`, as if the App had started there before. */
export async function addDatabase(dataDir: string): Promise<void> {
  const template = process.env[FOLDER_VARIABLE] ?? (await (own ??= makeOwn()));
  // The asynchronous `cp` takes seven times the processor time for these thousand files.
  cpSync(path.join(template, 'database'), path.join(dataDir, 'database'), { recursive: true });
}
