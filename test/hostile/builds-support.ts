import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Report, reportSchema } from '../../src/report/model/schema.ts';
import { finish, git } from '../cli/support.ts';
import { createGoRepository, type Files, type GoRepository, readTree } from '../support/go-repository.ts';
import { addStandardLibrary } from '../support/standard-library.ts';
import { buildCases } from './build-cases.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/hostile/builds', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What every planted secret begins with; no source and no report has it. */
export const SECRET = /hushhush-/u;

/** A machine with secrets that any user of it may read, and a repository under review; `remove` it when done. */
export type Scene = {
  /** A folder that every user may enter; reviews keep their folders in its `temp`. */
  dir: string;
  temp: string;
  /** A file with a secret, and the secret. */
  secretFile: string;
  secret: string;
  repository: GoRepository;
  /** The files of `fixtures/hostile/builds/PARTS`, one on another, with the places of the secrets filled in. */
  read: (...parts: string[]) => Promise<Files>;
  remove: () => Promise<void>;
};

export async function createScene(): Promise<Scene> {
  const dir = await mkdtemp(path.join(tmpdir(), 'hostile-builds-'));
  await chmod(dir, 0o755);
  const [temp, secretFile] = [path.join(dir, 'tmp'), path.join(dir, 'secret.h')];
  const secret = `hushhush-${randomBytes(8).toString('hex')}`;
  await mkdir(temp);
  await writeFile(secretFile, `${secret} is what nobody may read;\n`);
  const repository = await createGoRepository();
  const fill = (text: string): string =>
    text.replaceAll('SECRET_FILE', secretFile).replaceAll('SECRET_DIR', dir);
  return {
    dir,
    temp,
    secretFile,
    secret,
    repository,
    read: async (...parts) => {
      const all = await Promise.all(parts.map((part) => readTree(path.join(FOLDER, part))));
      const files = all.flatMap((part) => Object.entries(part));
      return Object.fromEntries(files.map(([name, text]) => [name, fill(text)]));
    },
    remove: async () => {
      await repository.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Commits exactly these files and symbolic links; returns the commit's ID. */
export async function commit(
  { repository }: Scene,
  files: Files,
  links: Readonly<Record<string, string>> = {},
): Promise<string> {
  await repository.commit(files);
  for (const [name, target] of Object.entries(links)) {
    await mkdir(path.dirname(path.join(repository.dir, name)), { recursive: true });
    await symlink(target, path.join(repository.dir, name));
  }
  await git(repository.dir, 'add', '--all');
  await git(repository.dir, 'commit', '--quiet', '--amend', '--no-edit', '--allow-empty');
  return git(repository.dir, 'rev-parse', 'HEAD');
}

export type ReviewRun = { status: number | null; stdout: string; stderr: string; report: Report | null };

export type ReviewOptions = {
  /** Limits of the operator's settings. */
  limits?: Readonly<Record<string, number>>;
  env?: Readonly<Record<string, string>>;
  args?: readonly string[];
  /** Open at descriptor 20 of the process; there is nothing at the ones before it. */
  descriptor?: number;
};

/** Starts a review of the last two commits in a separate process. */
export async function startReview(scene: Scene, options: ReviewOptions = {}): Promise<ChildProcess> {
  const settings = path.join(scene.dir, 'settings.yml');
  await writeFile(settings, JSON.stringify({ limits: options.limits ?? {} }));
  const env = {
    ...process.env,
    NODE_TEST_CONTEXT: '',
    NO_COLOR: '',
    FORCE_COLOR: '0',
    TMPDIR: scene.temp,
    ALLOCGATE_SETTINGS: settings,
    ...options.env,
  };
  const args = options.args ?? ['--base', 'HEAD~1', '--format', 'json'];
  const inherited =
    options.descriptor === undefined ? [] : [...Array.from({ length: 17 }, () => null), options.descriptor];
  return spawn(process.execPath, [MAIN, 'review', ...args], {
    cwd: scene.repository.dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...inherited],
  });
}

/** Reviews the last two commits, and checks that no output contains a secret. */
export async function reviewScene(scene: Scene, options: ReviewOptions = {}): Promise<ReviewRun> {
  const result = await finish(await startReview(scene, options));
  const text = result.stdout + result.stderr;
  assert.doesNotMatch(text, SECRET);
  const report = result.stdout.startsWith('{') ? reportSchema.parse(JSON.parse(result.stdout)) : null;
  return { ...result, report };
}

/** Opens a file for a child; close it afterwards. */
export const openFile = (file: string) => open(file, 'r');

/** The verdict on the benchmark whose package and name end like this; undefined: it has no row. */
export function verdictOf({ report }: ReviewRun, name: string): string | undefined {
  return report?.benchmarks.find((row) => `${row.package}.${row.name}`.endsWith(name))?.verdict;
}

/** A test that belongs to a case of the table, so that the table and the tests cannot part. */
export function checkCase(name: string, check: () => void | Promise<void>): void {
  assert.ok(
    buildCases.some((one) => one.name === name),
    name,
  );
  void test(name, check);
}

/** A state folder of the scene's own (`XDG_CACHE_HOME`). */
export async function copyState({ dir }: Scene): Promise<string> {
  const state = path.join(dir, 'state');
  await addStandardLibrary(state);
  return state;
}
