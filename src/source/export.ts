import { isUtf8 } from 'node:buffer';
import { closeSync, mkdirSync, openSync, readdirSync, symlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Failure, isNoSpace, systemCode } from '../errors.ts';
import { streamGit } from './command.ts';
import { decodeName } from './git-output.ts';
import type { Repository } from './repository.ts';
import { resolveLink } from './symlinks.ts';
import { defaultLimits, listTree, type TreeEntry, type TreeLimits } from './tree.ts';

/** Why a path of the tree is not in the export. */
type SkipReason =
  /** A symbolic link that leads out of the tree, in a circle, or is not a usable path. */
  | 'link-outside'
  /** A submodule: its files are in another repository. */
  | 'submodule'
  /** An absolute path, one with `..`, or one inside a `.git`: no normal tree has such paths. */
  | 'unsafe-path'
  /** The file system rejects the path: it is too long, or it collides with another path of the tree. */
  | 'unwritable-path'
  /** The name is not UTF-8, so it cannot be passed to programs. */
  | 'unreadable-name';

/**
 * What was exported: number of files and symbolic links, their bytes, and what was left out. `links`: the places in the
 * tree to which its links lead, by the path of the link.
 */
export type ExportSummary = {
  files: number;
  bytes: number;
  skipped: { path: string; reason: SkipReason }[];
  links: ReadonlyMap<string, string>;
};

const LINK_MODE = '120000';
const SUBMODULE_MODE = '160000';
const EXECUTABLE_MODE = '100755';

/** The maximum number of links, which are collected in memory and followed. Normal trees have a few hundred. */
const MAX_LINKS = 10_000;

/** The longest link target that Linux allows. */
const MAX_TARGET_BYTES = 4095;

/** `.git` in all spellings that some file system treats as the same name (`git~1` is its short name on Windows). */
const GIT_NAME = /^(?:\.git[ .]*|git~1)$/i;

function isUnsafe(path: string): boolean {
  return path.split('/').some((part) => part === '' || part === '.' || part === '..' || GIT_NAME.test(part));
}

/** Names are stored with one character per byte. The file system gets the bytes. */
function toBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Whether an entry must be skipped, before its content is known. */
function judgeEntry(entry: TreeEntry): SkipReason | null {
  if (entry.mode === SUBMODULE_MODE) return 'submodule';
  if (isUnsafe(entry.path)) return 'unsafe-path';
  if (!isUtf8(toBytes(entry.path))) return 'unreadable-name';
  if (entry.mode === LINK_MODE && entry.size > MAX_TARGET_BYTES) return 'link-outside';
  return null;
}

/** Runs a write. Returns false if the path collides with others on this file system. A full disk is a Failure. */
function tryWrite(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (isNoSpace(error)) throw new Failure('disk-full', {}, { cause: error });
    if (
      ['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EILSEQ', 'EINVAL'].includes(String(systemCode(error)))
    )
      return false;
    throw error;
  }
}

type Sink = { write: (part: Buffer) => void; end: () => void };

/**
 * Splits the output of `cat-file --batch` (header line, content, newline) along `entries` and hands each content, in
 * pieces, to the sink that `open` gives for it.
 */
async function readContents(
  chunks: AsyncIterable<Buffer>,
  entries: readonly TreeEntry[],
  open: (entry: TreeEntry) => Sink,
): Promise<void> {
  let index = 0;
  let header = '';
  let sink: Sink | null = null;
  let left = 0;
  const startContent = (line: string): void => {
    const entry = entries[index];
    if (entry === undefined || line !== `${entry.id} blob ${entry.size}`) {
      throw new Failure('missing-objects', { command: 'git cat-file', detail: [line] });
    }
    sink = open(entry);
    left = entry.size;
  };
  /** Consumes from `start`; returns where it stopped. */
  const consume = (chunk: Buffer, start: number): number => {
    if (sink === null) {
      const end = chunk.indexOf(10, start);
      header += chunk.toString('latin1', start, end === -1 ? chunk.length : end);
      if (end === -1) return chunk.length;
      startContent(header);
      header = '';
      return end + 1;
    }
    const end = Math.min(chunk.length, start + left);
    if (end > start) sink.write(chunk.subarray(start, end));
    left -= end - start;
    if (end === chunk.length) return end;
    sink.end();
    sink = null;
    index += 1;
    return end + 1;
  };
  const closeOpenSink = (): void => sink?.end();
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) at = consume(chunk, at);
    }
  } finally {
    closeOpenSink();
  }
  if (index < entries.length)
    throw new Failure('missing-objects', { command: 'git cat-file', detail: [header] });
}

/**
 * Which files are written with another content: returns the change for a path, or null. Only files of at most
 * `MAX_EDITED_BYTES` are changed, because they are held in memory as a whole.
 */
export type ChooseEdit = (path: string) => ((content: Buffer) => Buffer) | null;

const MAX_EDITED_BYTES = 16 * 1024 ** 2;

/** A sink that gathers a content, and writes what `edit` makes of it. */
function editBefore({ write, end }: Sink, edit: (content: Buffer) => Buffer): Sink {
  const parts: Buffer[] = [];
  return {
    // git's output reuses no memory, but a part keeps all of the chunk that it is cut from.
    write: (part) => void parts.push(Buffer.from(part)),
    end: () => {
      write(edit(Buffer.concat(parts)));
      end();
    },
  };
}

function createWriter(dir: string, chooseEdit: ChooseEdit) {
  const links = new Map<string, string>();
  const places = new Map<string, string>();
  const skipped: ExportSummary['skipped'] = [];
  const folders = new Set<string>();
  let files = 0;
  const skip = (path: string, reason: SkipReason) => skipped.push({ path: decodeName(path), reason });
  const locate = (path: string): Buffer => Buffer.concat([Buffer.from(`${dir}/`), toBytes(path)]);
  const makeFolder = (file: string): void => {
    const folder = path.dirname(file);
    if (folder === '.' || folders.has(folder)) return;
    mkdirSync(locate(folder), { recursive: true });
    folders.add(folder);
  };
  const openFile = (entry: TreeEntry): Sink => {
    let file = -1;
    const opened = tryWrite(() => {
      makeFolder(entry.path);
      // Exclusive, so that no existing file or link is followed or overwritten.
      file = openSync(locate(entry.path), 'wx', entry.mode === EXECUTABLE_MODE ? 0o755 : 0o644);
    });
    if (!opened) {
      skip(entry.path, 'unwritable-path');
      return { write: () => {}, end: () => {} };
    }
    files += 1;
    const writeAll = (part: Buffer): void => {
      for (let at = 0; at < part.length;) at += writeSync(file, part, at);
    };
    return { write: (part) => void tryWrite(() => writeAll(part)), end: () => closeSync(file) };
  };
  const openLink = (entry: TreeEntry): Sink => {
    let target = '';
    return {
      write: (part) => void (target += part.toString('latin1')),
      end: () => void links.set(entry.path, target),
    };
  };
  /** Links are written last, so that no file is written through a link. */
  const writeLinks = (): void => {
    if (links.size > MAX_LINKS) throw new Failure('tree-too-large', { reason: 'links', limit: MAX_LINKS });
    for (const [path, target] of links) {
      const place = target === '' || target.includes('\0') ? null : resolveLink(path, links);
      const written =
        place !== null &&
        tryWrite(() => {
          makeFolder(path);
          symlinkSync(toBytes(target), locate(path));
        });
      if (written) {
        files += 1;
        places.set(decodeName(path), decodeName(place));
      } else skip(path, place === null ? 'link-outside' : 'unwritable-path');
    }
  };
  const open = (entry: TreeEntry): Sink => {
    if (entry.mode === LINK_MODE) return openLink(entry);
    const edit = entry.size > MAX_EDITED_BYTES ? null : chooseEdit(decodeName(entry.path));
    return edit === null ? openFile(entry) : editBefore(openFile(entry), edit);
  };
  return { open, writeLinks, skip, finish: () => ({ files, skipped, links: places }) };
}

/**
 * Writes a tree or commit (full ID) as plain files into `dir`, which is created or must be empty: no `.git`, contents
 * byte for byte (no filter, line ending, `export-ignore` or `export-subst` applies) but for `chooseEdit`, the executable
 * bit kept. Submodules, links that lead out of the tree, unsafe paths and names that are not UTF-8 are left out and
 * listed. Limits are checked before anything is written; defaults: 200,000 files, 2 GiB. Throws Failure `tree-too-large`,
 * `missing-objects` (partial clone), `disk-full`, `interrupted`, `git-failed`; what was written by then stays.
 */
export async function exportTree(
  repository: Repository,
  treeish: string,
  dir: string,
  limits: Partial<TreeLimits> = {},
  chooseEdit: ChooseEdit = () => null,
): Promise<ExportSummary> {
  const entries = await listTree(repository, treeish, { ...defaultLimits, ...limits });
  mkdirSync(dir, { recursive: true });
  if (readdirSync(dir).length > 0) throw new Error(`export into a directory that is not empty: ${dir}`);
  const writer = createWriter(dir, chooseEdit);
  const wanted = entries.filter((entry) => {
    const reason = judgeEntry(entry);
    if (reason !== null) writer.skip(entry.path, reason);
    return reason === null;
  });
  const ids = wanted.map((entry) => `${entry.id}\n`).join('');
  await readContents(
    streamGit(repository.ours, ['cat-file', '--batch', '--buffer'], ids),
    wanted,
    writer.open,
  );
  writer.writeLinks();
  return { ...writer.finish(), bytes: wanted.reduce((sum, entry) => sum + entry.size, 0) };
}
