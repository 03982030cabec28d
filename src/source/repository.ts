import { copyFile, lstat, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure, systemCode } from '../errors.ts';
import { runGit, type GitContext } from './command.ts';
import { splitNul } from './git-output.ts';

/** A user's repository, opened by `openRepository`. It is only read. */
export type Repository = {
  /** The absolute path of the top of the working tree; null if there is none (bare, or inside `.git`). */
  toplevel: string | null;
  /** The given directory, relative to the top of the working tree, with `/`; empty at the top. */
  subdir: string;
  /** Whether history is cut off (`git clone --depth`). */
  shallow: boolean;
  /** Absolute path of the git directory of this working tree; a linked one has its own. */
  gitDir: string;
  /** Absolute path of the git directory that all linked working trees share. */
  commonDir: string;
  /** Absolute path of our temporary bare repository, which borrows the user's objects. */
  mirror: string;
  /** Runs git against the user's repository: for names of revisions and configuration, nothing else. */
  theirs: GitContext;
  /** Runs git against the mirror: for everything that reads objects. */
  ours: GitContext;
};

/** The object directory inside the mirror to which `snapshotWorktree` writes. */
export function snapshotObjects(mirror: string): string {
  return path.join(mirror, 'snapshot-objects');
}

/** Copies a file that may not exist. Returns whether it existed. */
export async function copyIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String(systemCode(error)));
}

async function isPresent(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** One path printed by `git rev-parse`. Only the final newline is removed, because a name can contain others. */
async function readPath(context: GitContext, ...args: string[]): Promise<string> {
  const { stdout } = await runGit(context, ['rev-parse', '--path-format=absolute', ...args]);
  return stdout.slice(0, -1);
}

async function findDirectory(dir: string): Promise<string> {
  const absolute = path.resolve(dir);
  const found = await stat(absolute).catch(() => null);
  if (!found?.isDirectory()) {
    throw new Failure('not-a-repository', { path: absolute, isMissing: found === null });
  }
  return realpath(absolute);
}

type Layout = { bare: boolean; shallow: boolean; objectFormat: string };

async function readLayout(theirs: GitContext): Promise<Layout> {
  const args = ['--is-inside-work-tree', '--is-shallow-repository', '--show-object-format'];
  const result = await runGit(theirs, ['rev-parse', ...args], { accept: [0, 128] });
  if (result.exitCode !== 0) {
    const detail = result.stderr.trimEnd().split('\n').slice(-5);
    if (/not a git repository/.test(result.stderr))
      throw new Failure('not-a-repository', { path: theirs.cwd });
    throw new Failure('git-failed', { command: 'git rev-parse', ended: result.exitCode, detail });
  }
  const [inside, shallow, objectFormat = 'sha1'] = result.stdout.trimEnd().split('\n');
  return { bare: inside !== 'true', shallow: shallow === 'true', objectFormat };
}

/**
 * The top of the working tree. A planted `core.worktree` can name any directory, even `/`, which a snapshot would then
 * read, so only a directory that contains `.git` counts.
 */
async function findToplevel(theirs: GitContext, layout: Layout): Promise<string | null> {
  if (layout.bare) return null;
  const toplevel = await readPath(theirs, '--show-toplevel');
  return (await isPresent(path.join(toplevel, '.git'))) ? toplevel : null;
}

async function requireCommits(theirs: GitContext): Promise<void> {
  const head = await runGit(theirs, ['rev-parse', '--verify', '--quiet', 'HEAD'], { accept: 'any' });
  if (head.exitCode === 0) return;
  const refs = await runGit(theirs, ['for-each-ref', '--count=1', '--format=%(refname)']);
  if (refs.stdout === '') throw new Failure('no-commits', { path: theirs.cwd });
}

/** A path in quotes for `objects/info/alternates`, because it can contain a newline. */
function quotePath(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`;
}

/** Makes the bare repository that sees the user's objects but none of the user's configuration, hooks or refs. */
async function createMirror(mirror: string, commonDir: string, theirs: GitContext, objectFormat: string) {
  const format = `--object-format=${objectFormat}`;
  await runGit({ ...theirs, cwd: mirror }, ['init', '--quiet', '--bare', '--template=', format, mirror]);
  const snapshots = snapshotObjects(mirror);
  await Promise.all([mkdir(snapshots), mkdir(path.join(mirror, 'objects', 'info'), { recursive: true })]);
  await mkdir(path.join(mirror, 'info'), { recursive: true });
  await writeFile(
    path.join(mirror, 'objects', 'info', 'alternates'),
    quotePath(path.join(commonDir, 'objects')) + quotePath(snapshots),
  );
  await copyIfPresent(path.join(commonDir, 'shallow'), path.join(mirror, 'shallow'));
}

/** The output of `git config -z` for the user's git, including the global configuration; empty if nothing is set. */
export async function readConfig(repository: Repository, ...args: string[]): Promise<string[]> {
  const context = { ...repository.theirs, personalConfig: true };
  const { exitCode, stdout } = await runGit(context, ['config', '-z', ...args], { accept: 'any' });
  return exitCode === 0 ? splitNul(stdout) : [];
}

/**
 * Opens the repository that contains `dir` without trusting it: its configuration, hooks and filters cannot run
 * programs. Temporary files go into `workspace` (created if need be), which the caller removes; an aborted `signal`
 * kills every git process of this repository, also later ones. Throws Failure `not-a-repository` (with `path`),
 * `no-commits`, `git-missing`, `git-failed`, `interrupted`.
 */
export async function openRepository(
  dir: string,
  workspace: string,
  { signal }: { signal: AbortSignal },
): Promise<Repository> {
  const cwd = await findDirectory(dir);
  const theirs: GitContext = { cwd, env: {}, signal };
  const layout = await readLayout(theirs);
  const [gitDir, commonDir, toplevel] = await Promise.all([
    readPath(theirs, '--absolute-git-dir'),
    readPath(theirs, '--git-common-dir'),
    findToplevel(theirs, layout),
    requireCommits(theirs),
  ]);
  await mkdir(workspace, { recursive: true });
  const mirror = await mkdtemp(path.join(await realpath(workspace), 'mirror-'));
  try {
    await createMirror(mirror, commonDir, theirs, layout.objectFormat);
  } catch (error) {
    await rm(mirror, { recursive: true, force: true });
    throw error;
  }
  return {
    toplevel,
    subdir: toplevel === null ? '' : path.relative(toplevel, cwd).split(path.sep).join('/'),
    shallow: layout.shallow,
    gitDir,
    commonDir,
    mirror,
    theirs,
    ours: { cwd: mirror, env: { GIT_DIR: mirror }, signal },
  };
}
