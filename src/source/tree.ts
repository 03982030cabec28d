import { Failure } from '../errors.ts';
import { isObjectId, runGit, streamGit } from './command.ts';
import { decodeName, separators, splitRecords } from './git-output.ts';
import type { Repository } from './repository.ts';

/** One file of a tree. `path` has one character per byte (latin1), so that any name can be represented. */
export type TreeEntry = { mode: string; id: string; size: number; path: string };

/** The limits of a tree: number of files and their bytes. */
export type TreeLimits = { maxFiles: number; maxBytes: number };

/** Much more than the largest Go repositories need, and still suitable for a small disk. */
export const defaultLimits: TreeLimits = { maxFiles: 200_000, maxBytes: 2 * 1024 ** 3 };

/** The largest configuration file. */
const MAX_FILE_BYTES = 16 * 1024 ** 2;

/** The longest record of `ls-tree`: a few fields, and a path longer than any file system allows. */
const KEPT_BYTES = 65_536;

const ENTRY_LINE = /^(\d{6}) [a-z]+ ([0-9a-f]+) +(\d+|-|BAD)\t([^]+)$/;

function parseEntry(record: Buffer): TreeEntry {
  const [, mode = '', id = '', size, path = ''] = ENTRY_LINE.exec(record.toString('latin1')) ?? [];
  if (!isObjectId(id))
    throw new Failure('git-failed', { command: 'git ls-tree', ended: 'unexpected-output', detail: [] });
  return { mode, id, size: Number(size) || 0, path };
}

/**
 * Every file of a tree or commit (full ID), in git's order, submodules included (mode `160000`). A few hundred
 * kilobytes of repository can describe billions of files, so this stops at a limit: Failure `tree-too-large` with
 * `reason` (`files` or `bytes`) and `limit`.
 */
export async function listTree(
  repository: Repository,
  treeish: string,
  limits: TreeLimits,
): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  let bytes = 0;
  const onRecord = (record: Buffer): number => {
    const entry = parseEntry(record);
    bytes += entry.size;
    entries.push(entry);
    requireRoom(entries.length, bytes, limits);
    return separators.nul;
  };
  const output = streamGit(repository.ours, ['ls-tree', '-r', '-l', '-z', '--full-tree', treeish]);
  await splitRecords(output, separators.nul, KEPT_BYTES, onRecord);
  return entries;
}

/** Throws Failure `tree-too-large` when files or bytes are over their limit. */
export function requireRoom(files: number, bytes: number, { maxFiles, maxBytes }: TreeLimits): void {
  if (files > maxFiles) throw new Failure('tree-too-large', { reason: 'files', limit: maxFiles });
  if (bytes > maxBytes) throw new Failure('tree-too-large', { reason: 'bytes', limit: maxBytes });
}

/**
 * The text of one regular file in a tree or commit (full ID), read as UTF-8; null when there is no such file, also for
 * directories and symbolic links. `path` is from the top, with `/`. Throws Failure `tree-too-large` over 16 MiB.
 */
export async function readFile(
  repository: Repository,
  treeish: string,
  path: string,
): Promise<string | null> {
  // git would fail for paths that no tree can contain.
  if (path.includes('\0') || path.split('/').some((part) => ['', '.', '..'].includes(part))) return null;
  const { stdout } = await runGit(
    repository.ours,
    ['ls-tree', '-l', '-z', '--full-tree', treeish, '--', path],
    { encoding: 'latin1' },
  );
  if (stdout === '') return null;
  const entry = parseEntry(Buffer.from(stdout.slice(0, stdout.indexOf('\0')), 'latin1'));
  if (!entry.mode.startsWith('100') || decodeName(entry.path) !== path) return null;
  requireRoom(1, entry.size, { maxFiles: 1, maxBytes: MAX_FILE_BYTES });
  return (await runGit(repository.ours, ['cat-file', 'blob', entry.id])).stdout;
}
