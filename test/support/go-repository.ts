import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Texts of files by their paths with `/`. */
export type Files = Readonly<Record<string, string>>;

export type GoRepository = {
  dir: string;
  /** Commits exactly these files on top of the last commit; returns the commit's ID. */
  commit: (files: Files) => Promise<string>;
  remove: () => Promise<void>;
};

/**
 * Its own author, the same time for every commit, and no user's configuration, so that equal trees give equal commits.
 */
const environment = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

async function writeFiles(dir: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Makes an empty repository in a temporary directory; `remove` it when done. */
export async function createGoRepository(): Promise<GoRepository> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: dir,
      env: { ...process.env, ...environment },
    });
    return stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=main');
  return {
    dir,
    commit: async (files) => {
      await git('rm', '-r', '-q', '--ignore-unmatch', '.');
      await writeFiles(dir, files);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '-m', 'change');
      return git('rev-parse', 'HEAD');
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Reads a directory's files, those of its folders included; paths begin with `prefix`. */
export async function readTree(dir: string, prefix = ''): Promise<Files> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(async (entry): Promise<[string, string]> => {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(dir, file).split(path.sep).join('/');
    return [`${prefix}${name}`, await readFile(file, 'utf8')];
  });
  return Object.fromEntries(await Promise.all(texts));
}
