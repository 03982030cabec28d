import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** No user's configuration, and reproducible objects. */
const environment = {
  ...process.env,
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@example.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** How git ended: `status` as the process's. */
export type GitResult = { status: number; stdout: string; stderr: string };

/** The commands that only read objects, and one that writes the same objects each time. */
const reading: ReadonlySet<string> = new Set([
  'cat-file',
  'diff',
  'merge-base',
  'merge-tree',
  'rev-list',
  'rev-parse',
  'show',
]);
/** An object that is named by its ID, a range of two, or what one contains. */
const fixed = /^[\da-f]{40}(?:\.\.\.?[\da-f]{40}|\^\{\w+\}|:.*)?$/u;

/**
 * What git says of objects that are named by their IDs stays true, and starting a process takes longer than anything that
 * the fake does itself. A failure is asked again, because the objects can arrive later.
 */
const answers = new Map<string, Promise<GitResult>>();

/** Runs git on a bare repository; a failing git is a result like another. */
export async function tryGit(
  gitDir: string,
  args: readonly string[],
  options: { input?: string; date?: Date } = {},
): Promise<GitResult> {
  const [command = '', ...others] = args;
  const isFixed = others.every((one) => one.startsWith('-') || one === 'blob' || fixed.test(one));
  if (!reading.has(command) || !isFixed) return runGit(gitDir, args, options);
  const key = JSON.stringify([gitDir, ...args]);
  const known = answers.get(key) ?? runGit(gitDir, args, options);
  answers.set(key, known);
  const result = await known;
  if (result.status !== 0) answers.delete(key);
  return result;
}

function runGit(
  gitDir: string,
  args: readonly string[],
  options: { input?: string; date?: Date },
): Promise<GitResult> {
  const date = options.date ? `${Math.floor(options.date.getTime() / 1000)} +0000` : '1767225600 +0000';
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      ['--git-dir', gitDir, ...args],
      {
        env: { ...environment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
        maxBuffer: 256 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : error.code;
        if (typeof status === 'number') resolve({ status, stdout, stderr });
        else reject(error ?? new Error('git did not end'));
      },
    );
    // A git that ends early closes its input. Its exit status says more than EPIPE.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
}

/** Runs git on a bare repository and returns what it printed, without white space at its end. */
export async function git(
  gitDir: string,
  args: readonly string[],
  options: { input?: string; date?: Date } = {},
): Promise<string> {
  const { status, stdout, stderr } = await tryGit(gitDir, args, options);
  if (status !== 0) throw new Error(`git ${args.join(' ')} exited with ${status}: ${stderr}`);
  return stdout.trimEnd();
}

/** The full ID of a commit, or null. */
export async function findCommit(gitDir: string, revision: string): Promise<string | null> {
  const { status, stdout } = await tryGit(gitDir, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  return status === 0 ? stdout.trim() : null;
}

/** The commit of a ref; null: there is no such ref. Most are read without git, which would need a process. */
export async function findRef(gitDir: string, ref: string): Promise<string | null> {
  const text = await readFile(path.join(gitDir, ref), 'utf8').catch(() => '');
  return /^[0-9a-f]{40}\n$/.test(text) ? text.trim() : findCommit(gitDir, ref);
}

/** Makes an empty bare repository that serves any commit by its ID, as GitHub's do. */
export async function initRepository(gitDir: string, defaultBranch: string): Promise<void> {
  await git(gitDir, ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`]);
  await git(gitDir, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  await git(gitDir, ['config', 'uploadpack.allowFilter', 'true']);
  // A process in the background would move objects while others read them.
  await git(gitDir, ['config', 'gc.auto', '0']);
}
