import { git, tryGit } from './git.ts';
import type { Contents } from './types.ts';

export type NewCommit = {
  /** Full name of the ref that the commit becomes. */
  ref: string;
  /** null: a commit without history. */
  parent: string | null;
  contents: Contents;
  message: string;
  author: string;
  date: Date;
};

function writeData(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function writeChange(name: string, text: string | null): string {
  return text === null ? `D ${name}\n` : `M 100644 inline ${name}\n${writeData(text)}`;
}

/** Makes a commit from texts (https://git-scm.com/docs/git-fast-import) and points its ref there. Returns its ID. */
export function commit(gitDir: string, wanted: NewCommit): Promise<string> {
  const { contents } = wanted;
  const changes = Object.entries('files' in contents ? contents.files : contents.change);
  const person = `${wanted.author} <${wanted.author}@example.com>`;
  const time = `${Math.floor(wanted.date.getTime() / 1000)} +0000`;
  const input = [
    `commit ${wanted.ref}\nmark :1\nauthor ${person} ${time}\ncommitter ${person} ${time}\n`,
    writeData(wanted.message),
    // The null ID: without it a ref that exists would be the parent.
    `from ${wanted.parent ?? '0'.repeat(40)}\n`,
    'files' in contents ? 'deleteall\n' : '',
    ...changes.map(([name, text]) => writeChange(name, text)),
    'get-mark :1\n',
  ];
  return git(gitDir, ['fast-import', '--quiet', '--force'], { input: input.join('') });
}

/** Points refs at commits; null deletes the ref. */
export async function updateRefs(
  gitDir: string,
  refs: Readonly<Record<string, string | null>>,
): Promise<void> {
  const lines = Object.entries(refs).map(([ref, sha]) =>
    sha === null ? `delete ${ref}\n` : `update ${ref} ${sha}\n`,
  );
  await git(gitDir, ['update-ref', '--stdin'], { input: lines.join('') });
}

/** The merge of two commits, or null: they conflict. */
export async function mergeCommits(
  gitDir: string,
  base: string,
  head: string,
  merge: { message: string; date: Date },
): Promise<string | null> {
  const { status, stdout } = await tryGit(gitDir, ['merge-tree', '--write-tree', base, head]);
  if (status !== 0) return null;
  const tree = stdout.split('\n', 1)[0] ?? '';
  return git(gitDir, ['commit-tree', tree, '-p', base, '-p', head, '-m', merge.message], {
    date: merge.date,
  });
}

const mergeBases = new Map<string, Promise<string | null>>();

async function readMergeBase(gitDir: string, one: string, other: string): Promise<string | null> {
  const { status, stdout, stderr } = await tryGit(gitDir, ['merge-base', one, other]);
  // 1: there is none. So git also ends if it could not read an object, and then it says so.
  if (status > 1 || stderr !== '')
    throw new Error(`git merge-base ${one} ${other} exited with ${status}: ${stderr}`);
  return status === 0 ? stdout.trim() : null;
}

/** The commit that both grew from, by their IDs; null: they have no common history. It never changes. */
export function findMergeBase(gitDir: string, one: string, other: string): Promise<string | null> {
  const key = [gitDir, one, other].join('\0');
  const found = mergeBases.get(key) ?? readMergeBase(gitDir, one, other);
  mergeBases.set(key, found);
  found.catch(() => mergeBases.delete(key));
  return found;
}
