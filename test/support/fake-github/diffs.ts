import { git } from './git.ts';

export type DiffLine = {
  kind: ' ' | '+' | '-';
  /** Number in the old and the new file; null: it is not in that one. */
  old: number | null;
  new: number | null;
};

export type Hunk = { header: string; lines: DiffLine[]; text: string[] };

/** One file of a diff, as GET /pulls/N/files has it. `patch` null: binary, or nothing but its name changed. */
export type FileDiff = {
  path: string;
  previousPath: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  blob: string;
  additions: number;
  deletions: number;
  patch: string | null;
  hunks: Hunk[];
};

type RawEntry = { status: string; blob: string; previousPath: string | null; path: string };

const statuses: Readonly<Record<string, FileDiff['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

/** Reads `git diff --raw -z` (https://git-scm.com/docs/git-diff#_raw_output_format). */
function parseRaw(text: string): RawEntry[] {
  const fields = text.split('\0');
  const entries: RawEntry[] = [];
  let at = 0;
  while (fields[at]?.startsWith(':') === true) {
    const [, , oldBlob = '', newBlob = '', status = ''] = (fields[at] ?? '').split(' ');
    const moved = status.startsWith('R') || status.startsWith('C');
    const path = fields[at + (moved ? 2 : 1)] ?? '';
    entries.push({
      status: status.slice(0, 1),
      blob: /^0+$/.test(newBlob) ? oldBlob : newBlob,
      previousPath: moved ? (fields[at + 1] ?? '') : null,
      path,
    });
    at += moved ? 3 : 2;
  }
  return entries;
}

function parseHunks(patch: string): Hunk[] {
  const hunks: Hunk[] = [];
  let [old, next] = [0, 0];
  for (const line of patch.split('\n')) {
    const range = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    const hunk = hunks.at(-1);
    if (range) {
      [old, next] = [Number(range[1]), Number(range[2])];
      hunks.push({ header: line, lines: [], text: [] });
    } else if (hunk && line.startsWith('+')) {
      hunk.lines.push({ kind: '+', old: null, new: next++ });
      hunk.text.push(line);
    } else if (hunk && line.startsWith('-')) {
      hunk.lines.push({ kind: '-', old: old++, new: null });
      hunk.text.push(line);
    } else if (hunk && line.startsWith(' ')) {
      hunk.lines.push({ kind: ' ', old: old++, new: next++ });
      hunk.text.push(line);
    }
  }
  return hunks;
}

/** The part of one file's patch that GitHub shows: from the first `@@` on. */
function cutPatch(text: string): string | null {
  const start = text.search(/^@@ /m);
  return start === -1 ? null : text.slice(start).replace(/\n$/, '');
}

function countLines(hunks: readonly Hunk[], kind: '+' | '-'): number {
  return hunks.flatMap((hunk) => hunk.lines).filter((line) => line.kind === kind).length;
}

function makeFileDiff(entry: RawEntry, text: string): FileDiff {
  const patch = cutPatch(text);
  const hunks = patch === null ? [] : parseHunks(patch);
  return {
    path: entry.path,
    previousPath: entry.previousPath,
    status: statuses[entry.status] ?? 'modified',
    blob: entry.blob,
    additions: countLines(hunks, '+'),
    deletions: countLines(hunks, '-'),
    patch,
    hunks,
  };
}

/** The text of `git diff` between two commits, as `Accept: application/vnd.github.diff` has it. */
export async function readDiffText(gitDir: string, base: string, head: string): Promise<string> {
  const text = await git(gitDir, ['diff', '-M', '--no-color', '--no-ext-diff', base, head]);
  return text === '' ? '' : `${text}\n`;
}

const known = new Map<string, Promise<FileDiff[]>>();

async function readDiff(gitDir: string, base: string, head: string): Promise<FileDiff[]> {
  const options = ['-M', '--full-index', '--no-color', '--no-ext-diff'];
  const raw = await git(gitDir, ['diff', '--raw', '-z', '--no-abbrev', ...options, base, head]);
  const patches = await git(gitDir, ['diff', '-p', '--diff-algorithm=myers', ...options, base, head]);
  const texts = patches.split(/^(?=diff --git )/m).filter((text) => text !== '');
  let at = 0;
  return parseRaw(raw).map((entry) => {
    const text = texts[at++] ?? '';
    // A file that becomes a link, or the other way round, is two patches: one removes it, one adds it.
    if (entry.status !== 'T') return makeFileDiff(entry, text);
    const added = texts[at++] ?? '';
    return makeFileDiff(entry, `${text}${added}`);
  });
}

/** The files that differ between two commits, by path. Results are cached. */
export function diffCommits(gitDir: string, base: string, head: string): Promise<FileDiff[]> {
  const key = `${gitDir} ${base} ${head}`;
  const found = known.get(key) ?? readDiff(gitDir, base, head);
  known.set(key, found);
  return found;
}

/** Where a line of one commit's file is in another commit's file; null: it is gone or changed. */
export async function mapLine(
  gitDir: string,
  from: string,
  to: string,
  place: { path: string; line: number },
): Promise<number | null> {
  const file = (await diffCommits(gitDir, from, to)).find(
    (diff) => (diff.previousPath ?? diff.path) === place.path,
  );
  if (!file) return place.line;
  if (file.status === 'removed') return null;
  let moved = 0;
  for (const hunk of file.hunks) {
    const hit = hunk.lines.find((line) => line.old === place.line);
    if (hit) return hit.new;
    const isBefore = hunk.lines.some((line) => line.old !== null && line.old < place.line);
    if (isBefore) moved += countLines([hunk], '+') - countLines([hunk], '-');
  }
  return place.line + moved;
}
