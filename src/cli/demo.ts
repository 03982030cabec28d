import { cp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { Failure } from '../errors.ts';
import { DEMO_RUNS_OPEN } from '../report/words/command-line.ts';
import { describeFailure } from '../report/words/failures.ts';
import { openTemporaryFolder } from '../review/workspace.ts';
import { exitCodes } from './exit-codes.ts';
import type { DemoFlags } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { runReview } from './review.ts';
import type { Terminal } from './terminal.ts';

const DEMO_DIR = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));
const author = {
  GIT_AUTHOR_NAME: 'demo',
  GIT_AUTHOR_EMAIL: 'demo@example.com',
  GIT_COMMITTER_NAME: 'demo',
  GIT_COMMITTER_EMAIL: 'demo@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** Replaces the files of a work tree by those of `from` and commits them. */
async function commitTree(repository: string, from: string, message: string): Promise<void> {
  const git = (...args: string[]) => execa('git', args, { cwd: repository, env: author });
  await git('rm', '-r', '-q', '--ignore-unmatch', '.');
  await cp(from, repository, { recursive: true });
  await git('add', '--all');
  await git('commit', '-q', '-m', message);
}

/** Makes a repository with `main` at the demo's base and `pull-request` at its head. */
async function createDemoRepository(dir: string): Promise<void> {
  await execa('git', ['init', '-q', '--initial-branch=main', dir], { env: author });
  await commitTree(dir, path.join(DEMO_DIR, 'base'), 'Base');
  await execa('git', ['checkout', '-q', '-b', 'pull-request'], { cwd: dir, env: author });
  await commitTree(dir, path.join(DEMO_DIR, 'head'), 'The pull request');
}

/** The demo runs only our own code, so without a sandbox it prints a warning and continues. */
async function reviewDemo(dir: string, flags: DemoFlags, terminal: Terminal): Promise<number> {
  try {
    return await runReview(dir, { ...flags, base: 'main', cacheName: 'demo' }, terminal);
  } catch (error) {
    if (!flags.sandbox || !(error instanceof Failure) || error.code !== 'sandbox-unavailable') throw error;
    const { message, hint } = describeFailure(error.reason);
    terminal.printError(`${message} ${hint}\n${DEMO_RUNS_OPEN}\n\n`);
    return reviewDemo(dir, { ...flags, sandbox: false }, terminal);
  }
}

/**
 * `allocgate demo`: reviews the bundled pull request. Exit status 0 although its regressions gate, because showing
 * them is its purpose.
 */
export async function runDemo(flags: DemoFlags, terminal: Terminal): Promise<number> {
  return untilInterrupted(async () => {
    await using folder = await openTemporaryFolder();
    await createDemoRepository(folder.dir);
    const exitCode = await reviewDemo(folder.dir, flags, terminal);
    return exitCode === exitCodes.gated ? exitCodes.ok : exitCode;
  });
}
