import { lstat, mkdtemp, readdir, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../errors.ts';
import { isObjectId, runGit, type GitContext } from './command.ts';
import { splitNul } from './git-output.ts';
import { copyIfPresent, readConfig, snapshotObjects, type Repository } from './repository.ts';
import { defaultLimits, requireRoom, type TreeLimits } from './tree.ts';

/**
 * Settings that determine how files and blobs correspond. None can run a program, so the user's values are used:
 * without them, a file that is unchanged for git could look changed.
 */
const FILE_SETTINGS =
  '^core\\.(filemode|symlinks|ignorecase|precomposeunicode|trustctime|checkstat|autocrlf|eol)$';

/** No compression for temporary objects, and no warnings about line endings. */
const ownSettings = ['-c', 'core.compression=0', '-c', 'core.safecrlf=false'];

async function readFileSettings(repository: Repository): Promise<string[]> {
  const [listed, excludesFile] = await Promise.all([
    readConfig(repository, '--get-regexp', FILE_SETTINGS),
    readConfig(repository, '--type=path', '--get', 'core.excludesFile'),
  ]);
  // git prints `name LF value`; a name alone means true.
  const settings = listed
    .map((entry) => entry.replace('\n', '='))
    .filter((entry) => /^[a-z.]+(?:=\w*)?$/.test(entry));
  const path = excludesFile.at(-1) ?? '';
  return [...settings, ...(path === '' ? [] : [`core.excludesFile=${path}`])].flatMap((entry) => [
    '-c',
    entry,
  ]);
}

/**
 * Copies the user's index, so that unchanged files need not be read again. The copy keeps the time stamp, rounded down:
 * git does not trust entries of files that are as new as the index, and with a newer copy it would trust them.
 */
async function copyIndex(repository: Repository, index: string): Promise<boolean> {
  const source = path.join(repository.gitDir, 'index');
  // The time is read before the copy: if git replaces the index in between, the copy counts as older, which is
  // harmless.
  const before = await stat(source).catch(() => null);
  if (before === null || !(await copyIfPresent(source, index))) return false;
  const seconds = Math.floor(before.mtimeMs / 1000);
  await utimes(index, seconds, seconds);
  // A split index keeps most of its entries in a second file beside it.
  const shared = (await readdir(repository.gitDir)).filter((name) => /^sharedindex\.[0-9a-f]+$/.test(name));
  await Promise.all(
    shared.map((name) =>
      copyIfPresent(path.join(repository.gitDir, name), path.join(repository.mirror, name)),
    ),
  );
  return true;
}

/** The files to remove from the index and those to read again, according to git (names with one character per byte). */
async function listChanges(
  context: GitContext,
  settings: string[],
): Promise<{ gone: string[]; present: string[] }> {
  const tracked = ['diff-files', '--name-status', '-z', '--no-renames', '--ignore-submodules=all'];
  const untracked = ['ls-files', '-z', '--others', '--exclude-standard'];
  const [changed, others] = await Promise.all(
    [tracked, untracked].map((args) => runGit(context, [...settings, ...args], { encoding: 'latin1' })),
  );
  const fields = splitNul(changed?.stdout ?? '');
  const gone: string[] = [];
  // A nested repository is listed as a directory and not read.
  const present = splitNul(others?.stdout ?? '').filter((name) => !name.endsWith('/'));
  for (let at = 0; at + 1 < fields.length; at += 2) {
    (fields[at] === 'D' ? gone : present).push(fields[at + 1] ?? '');
  }
  return { gone, present: [...new Set(present)] };
}

/** Refuses files that would fill the disk, such as forgotten data files. */
async function checkSizes(toplevel: string, names: string[], limits: TreeLimits): Promise<void> {
  requireRoom(names.length, 0, limits);
  let bytes = 0;
  for (const name of names) {
    const path = Buffer.concat([Buffer.from(`${toplevel}/`), Buffer.from(name, 'latin1')]);
    bytes += (await lstat(path).catch(() => null))?.size ?? 0;
    requireRoom(0, bytes, limits);
  }
}

/**
 * The user's files as they are, including uncommitted and untracked ones, as the ID of a tree that exists only in
 * the mirror: what `git add --all` would stage, with the same ignore rules (`.gitignore`, `info/exclude`, the
 * user's `core.excludesFile`), but without filter drivers and without the files of submodules. The user's index,
 * objects, stashes and files are only read. Throws Failure `bare-worktree` (`path`), `tree-too-large`, `disk-full`,
 * `interrupted`, `git-failed`.
 */
export async function snapshotWorktree(
  repository: Repository,
  limits: Partial<TreeLimits> = {},
): Promise<string> {
  const { toplevel, mirror, commonDir, ours } = repository;
  if (toplevel === null) throw new Failure('bare-worktree', { path: repository.theirs.cwd });
  const index = path.join(await mkdtemp(path.join(mirror, 'snapshot-')), 'index');
  const env = { ...ours.env, GIT_WORK_TREE: toplevel, GIT_INDEX_FILE: index };
  const reading: GitContext = { ...ours, cwd: toplevel, env };
  // Hides the user's objects: git refreshes the time stamp of a pack that already contains what it would write.
  const writing: GitContext = { ...reading, env: { ...env, GIT_OBJECT_DIRECTORY: snapshotObjects(mirror) } };
  const [seeded, settings] = await Promise.all([
    copyIndex(repository, index),
    readFileSettings(repository),
    copyIfPresent(path.join(commonDir, 'info', 'exclude'), path.join(mirror, 'info', 'exclude')),
  ]);
  settings.push(...ownSettings);
  const update = (context: GitContext, args: string[], names?: string[]) =>
    runGit(context, [...settings, 'update-index', ...args], {
      input: names?.map((name) => `${name}\0`).join(''),
    });
  // Expands a sparse index (which needs the user's trees, and may refresh their time stamps) and joins a split one.
  if (seeded) await update(reading, ['--no-split-index', '--force-write-index']);
  const { gone, present } = await listChanges(reading, settings);
  await checkSizes(toplevel, present, { ...defaultLimits, ...limits });
  if (gone.length > 0) await update(writing, ['--force-remove', '-z', '--stdin'], gone);
  if (present.length > 0) await update(writing, ['--add', '--remove', '--replace', '-z', '--stdin'], present);
  const tree = (await runGit(writing, [...settings, 'write-tree', '--missing-ok'])).stdout.trimEnd();
  if (!isObjectId(tree))
    throw new Failure('git-failed', { command: 'git write-tree', ended: 'unexpected-output', detail: [] });
  return tree;
}
