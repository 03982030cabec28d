import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { exitCodes } from './exit-codes.ts';
import { untilInterrupted } from './interruption.ts';
import { runReview } from './review.ts';
import type { Terminal } from './terminal.ts';

const DEMO_DIR = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));
const AUTHOR = {
  GIT_AUTHOR_NAME: 'demo',
  GIT_AUTHOR_EMAIL: 'demo@example.com',
  GIT_COMMITTER_NAME: 'demo',
  GIT_COMMITTER_EMAIL: 'demo@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** Replaces the files of a work tree by those of `from` and commits them. */
async function commitTree(repository: string, from: string, message: string): Promise<void> {
  const git = (...args: string[]) => execa('git', args, { cwd: repository, env: AUTHOR });
  await git('rm', '-r', '-q', '--ignore-unmatch', '.');
  await cp(from, repository, { recursive: true });
  await git('add', '--all');
  await git('commit', '-q', '-m', message);
}

/** Makes a repository with `main` at the demo's base and `pull-request` at its head. */
async function createDemoRepository(dir: string): Promise<void> {
  await execa('git', ['init', '-q', '--initial-branch=main', dir], { env: AUTHOR });
  await commitTree(dir, path.join(DEMO_DIR, 'base'), 'Base');
  await execa('git', ['checkout', '-q', '-b', 'pull-request'], { cwd: dir, env: AUTHOR });
  await commitTree(dir, path.join(DEMO_DIR, 'head'), 'The pull request');
}

/** `allocgate demo`: reviews the bundled pull request. Its regressions gate, and that is what it is there to show: exit 0. */
export async function runDemo(terminal: Terminal): Promise<number> {
  return untilInterrupted(async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-demo-'));
    try {
      await createDemoRepository(dir);
      const exitCode = await runReview(dir, { base: 'main' }, terminal);
      return exitCode === exitCodes.gated ? exitCodes.ok : exitCode;
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
}
