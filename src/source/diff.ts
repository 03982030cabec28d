import type { FileChange, TreeDiff } from '../compare/types.ts';
import { Failure } from '../errors.ts';
import { streamGit } from './command.ts';
import { decodeName, separators, splitRecords } from './git-output.ts';
import type { Repository } from './repository.ts';

type Hunk = FileChange['hunks'][number];

/**
 * The maximum number of changed files. No person changes more at once, and git's rename search has no limit of its
 * own.
 */
const DEFAULT_MAX_FILES = 50_000;

/** The number of bytes of a record that are kept: enough for any file name or a hunk's header. */
const KEPT_BYTES = 16_384;

const HUNK_HEADER = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const RAW_HEADER = /^:\d+ \d+ [0-9a-f]+ [0-9a-f]+ ([A-Z])\d*$/;

/** The file changes of one raw record. A changed file type is a deletion and an addition. */
function startChanges(status: string, path: string, newPath: string): FileChange[] {
  const change = (basePath: string | null, headPath: string | null): FileChange => ({
    basePath,
    headPath,
    binary: false,
    hunks: [],
  });
  if (status === 'A') return [change(null, path)];
  if (status === 'D') return [change(path, null)];
  if (status === 'T') return [change(path, null), change(null, path)];
  return [change(path, newPath)];
}

function parseHunk(line: string): Hunk | null {
  const match = HUNK_HEADER.exec(line);
  if (!match) return null;
  const [, baseStart, baseLines = '1', headStart, headLines = '1'] = match;
  return {
    base: { start: Number(baseStart), lines: Number(baseLines) },
    head: { start: Number(headStart), lines: Number(headLines) },
  };
}

/**
 * Reads `git diff-tree --raw -p -z`: first the raw records with exact names, then, after an empty record, the patches
 * in the same order, so names in patches, which git quotes, are not needed. Every line of content starts with `+`,
 * `-` or `\`, so it cannot pass for a header.
 */
function createReader(maxFiles: number) {
  const changes: FileChange[] = [];
  let names: { status: string; wanted: number; found: string[] } | null = null;
  let patched = -1;
  const readName = (record: Buffer): void => {
    const text = record.toString('latin1');
    if (names === null) {
      const status = RAW_HEADER.exec(text)?.[1] ?? '';
      names = { status, wanted: status === 'R' || status === 'C' ? 2 : 1, found: [] };
      return;
    }
    names.found.push(decodeName(text));
    if (names.found.length < names.wanted) return;
    const [path = '', newPath = path] = names.found;
    changes.push(...startChanges(names.status, path, newPath));
    names = null;
    if (changes.length > maxFiles)
      throw new Failure('tree-too-large', { reason: 'changes', limit: maxFiles });
  };
  const readPatchLine = (record: Buffer): void => {
    const first = record[0];
    if (first === 0x64 && record.toString('latin1', 0, 11) === 'diff --git ') patched += 1;
    const change = changes[patched];
    if (change === undefined) return;
    if (first === 0x42) change.binary = true;
    const hunk = first === 0x40 ? parseHunk(record.toString('latin1', 0, 100)) : null;
    if (hunk !== null) change.hunks.push(hunk);
  };
  let separator: number = separators.nul;
  const onRecord = (record: Buffer): number => {
    if (separator === separators.lineFeed) readPatchLine(record);
    else if (record.length === 0) separator = separators.lineFeed;
    else readName(record);
    return separator;
  };
  return { changes, onRecord, isComplete: () => patched + 1 === changes.length };
}

/**
 * The differences between two trees or commits (full IDs): files in git's order, with renames, without submodules. The
 * hunks are git's, with its default algorithm, so their lines match the diff that people see. Attributes, external diff
 * programs and text conversion do not apply: a file is binary when it has a NUL early on or is over 64 MiB.
 *
 * The `diff` package is not used here: its parser takes one string, keeps all content, guesses unquoted names, and
 * moves the start of empty spans. A line map needs only git's numbers.
 *
 * Throws Failure `tree-too-large` (`reason` `changes`, `limit`) when more than `maxFiles` files (default 50,000)
 * differ.
 */
export async function diffTrees(
  repository: Repository,
  base: string,
  head: string,
  { maxFiles = DEFAULT_MAX_FILES }: { maxFiles?: number } = {},
): Promise<TreeDiff> {
  const settings = ['-c', 'core.bigFileThreshold=64m', '-c', 'core.quotePath=true'];
  const shape = ['-r', '-M', '-l1000', '--raw', '-p', '-z', '--unified=0', '--no-color', '--no-relative'];
  const safety = ['--no-ext-diff', '--no-textconv', '--ignore-submodules=all', '--no-abbrev'];
  const reader = createReader(maxFiles);
  const output = streamGit(repository.ours, [...settings, 'diff-tree', ...shape, ...safety, base, head]);
  await splitRecords(output, separators.nul, KEPT_BYTES, reader.onRecord);
  if (!reader.isComplete())
    throw new Failure('git-failed', { command: 'git diff-tree', ended: 'unexpected-output', detail: [] });
  return reader.changes;
}
