import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_LIMIT_BYTES = 512 * 1024 ** 2;
/** Commits that a harness makes need an author; the user's git settings are left alone. */
const GIT = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'commit.gpgsign=false'];

/** A program's end: exit status, both streams and seconds of wall time. */
export type Ended = { status: number; stdout: string; stderr: string; seconds: number };

/** Runs a program to its end with any exit status. Throws only if it cannot be started. */
export async function execute(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ended> {
  const started = performance.now();
  const end = (status: number, stdout: string, stderr: string): Ended => ({
    status,
    stdout,
    stderr,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: OUTPUT_LIMIT_BYTES };
    const { stdout, stderr } = await run(file, args, options);
    return end(0, stdout, stderr);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error;
    const text = (key: 'stdout' | 'stderr'): string => String(Reflect.get(error, key) ?? '');
    return end(error.code, text('stdout'), text('stderr'));
  }
}

/** Runs git and gives its output without the last line break; throws with git's own words. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const ended = await execute('git', [...GIT, ...args], cwd);
  if (ended.status !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr.trim()}`);
  return ended.stdout.replace(/\n$/u, '');
}

/** The user's clone of `owner/name` below `repos`: `owner/name`, `owner+name` or `name`. */
export function findClone(repos: string, repo: string): string {
  const names = [repo, repo.replace('/', '+'), path.basename(repo)];
  const found = names.map((name) => path.resolve(repos, name)).find((dir) => existsSync(dir));
  if (found) return found;
  throw new Error(`no clone of ${repo}: git clone https://github.com/${repo} ${path.join(repos, repo)}`);
}

/** Creates a checkout at `target` that shares the objects of the user's clone, which is only read. */
export async function checkOut(clone: string, revision: string, target: string): Promise<void> {
  const commit = await git(clone, 'rev-parse', '--verify', `${revision}^{commit}`);
  await git('/', 'clone', '--quiet', '--shared', '--no-checkout', clone, target);
  await git(target, 'checkout', '--quiet', '--detach', commit);
}

/** Commits the tree of `tree` as a child of `parent`, to review a change in reverse. */
export async function commitTree(dir: string, tree: string, parent: string): Promise<string> {
  return git(dir, 'commit-tree', `${tree}^{tree}`, '-p', parent, '-m', 'bench');
}
