import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, systemReason } from '../errors.ts';
import { describeExisting, describeInit, writeInitialConfig } from '../report/words/init.ts';
import { CONFIG_PATH } from '../review/commit-config.ts';
import { findRoot, surveyRepository } from '../review/survey.ts';
import { exitCodes } from './exit-codes.ts';
import { untilInterrupted } from './interruption.ts';
import type { Terminal } from './terminal.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/allocgate.yml', import.meta.url));
const WORKFLOW_PATH = '.github/workflows/allocgate.yml';

/** Whether a workflow of the repository runs in a merge queue. GitHub merges nothing whose required checks do not run there. */
async function hasMergeQueue(root: string): Promise<boolean> {
  const folder = path.join(root, path.dirname(WORKFLOW_PATH));
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.map((name) => readFile(path.join(folder, name), 'utf8').catch(() => '')),
  );
  return texts.some((text) => text.includes('merge_group'));
}

/** The README's workflow, for the branch and the merge queue of the repository. */
async function writeWorkflow(root: string, defaultBranch: string): Promise<string> {
  const queue = (await hasMergeQueue(root)) ? '  merge_group: {}\n' : '';
  const example = await readFile(EXAMPLE, 'utf8');
  return example.replace('  push: { branches: [main] }', `${queue}  push: { branches: [${defaultBranch}] }`);
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    throw new Failure('output-not-writable', { path: file, reason: systemReason(error) }, { cause: error });
  }
}

/**
 * `allocgate init [DIR] [--workflow]`: writes a commented configuration that fits the repository's files. If one of
 * the files to write exists, it writes nothing and returns exit status 2.
 */
export async function runInit(
  dir: string,
  { workflow }: { workflow?: true },
  terminal: Terminal,
): Promise<number> {
  const { root, defaultBranch } = await untilInterrupted((signal) => findRoot(dir, signal));
  const names = [CONFIG_PATH, ...(workflow ? [WORKFLOW_PATH] : [])];
  const existing = names.find((name) => existsSync(path.join(root, name)));
  if (existing !== undefined) {
    terminal.printError(describeExisting(existing));
    return exitCodes.usage;
  }
  const survey = await surveyRepository(root);
  await write(path.join(root, CONFIG_PATH), writeInitialConfig(survey));
  if (workflow) await write(path.join(root, WORKFLOW_PATH), await writeWorkflow(root, defaultBranch));
  terminal.print(describeInit(names, survey));
  return exitCodes.ok;
}
