import { isDeepStrictEqual } from 'node:util';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { Failure, type FailureCode, type FailureFacts } from '../../src/errors.ts';
import { exportTree } from '../../src/source/export.ts';
import { openRepository, type Repository } from '../../src/source/repository.ts';
import { snapshotWorktree } from '../../src/source/worktree.ts';

/** A fresh directory that goes away with the test. */
export function makeDirectory(t: TestContext): string {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'allocgate-source-')));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs git as the owner of a repository would, without anybody's global configuration; returns trimmed output. */
export function git(cwd: string, ...args: string[]): string {
  const person = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const config = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const options = [
    '-c',
    'protocol.file.allow=always',
    '-c',
    'init.defaultBranch=main',
    '-c',
    'advice.detachedHead=false',
  ];
  const env = { ...process.env, ...person, ...committer, ...config };
  const output = execFileSync('git', [...options, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 600_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return output.trimEnd();
}

export type Files = Record<string, string | Buffer>;

export function writeFiles(dir: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), content);
  }
}

/** Stages everything in `dir` and commits it; returns the commit. */
export function commitAll(dir: string, message = 'change'): string {
  git(dir, 'add', '--all');
  git(dir, 'commit', '--quiet', '--allow-empty', '-m', message);
  return git(dir, 'rev-parse', 'HEAD');
}

/** A repository with one commit. */
export function makeRepository(
  t: TestContext,
  files: Files = { 'a.go': 'package a\n' },
  ...init: string[]
): string {
  const dir = path.join(makeDirectory(t), 'repo');
  mkdirSync(dir);
  git(dir, 'init', '--quiet', ...init);
  writeFiles(dir, files);
  commitAll(dir, 'first');
  return dir;
}

/** Opens `dir` with a separate workspace. */
export async function open(t: TestContext, dir: string): Promise<Repository> {
  return openRepository(dir, path.join(makeDirectory(t), 'workspace'), {
    signal: new AbortController().signal,
  });
}

/** For `assert.rejects`: a Failure with this code (and facts). */
export function isFailure<Code extends FailureCode>(code: Code, facts: Partial<FailureFacts[Code]> = {}) {
  return (error: unknown): boolean => {
    if (!(error instanceof Failure) || error.code !== code) return false;
    const told = new Map(Object.entries(error.reason.facts));
    return Object.entries(facts).every(([name, value]) => isDeepStrictEqual(told.get(name), value));
  };
}

/** Paths below `dir`; links are not followed (readdir's own recursion does). */
function listPaths(dir: string, prefix = ''): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(path.join(dir, prefix), { withFileTypes: true })) {
    const name = path.join(prefix, entry.name);
    paths.push(name);
    if (entry.isDirectory()) paths.push(...listPaths(dir, name));
  }
  return paths;
}

function describe(path: string): string {
  const found = lstatSync(path, { bigint: true });
  if (found.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  if (!found.isFile()) return 'folder';
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  return `${found.mode.toString(8)} ${found.mtimeNs} ${digest}`;
}

/** Every path below `dir`, with kind, mode, time and content: two equal answers mean that nothing was touched. */
export function fingerprint(dir: string): Map<string, string> {
  return new Map(
    listPaths(dir)
      .sort()
      .map((name) => [name, describe(path.join(dir, name))]),
  );
}

/** Every file below `dir` with its text; a link with its target. */
export function readFiles(dir: string): Record<string, string> {
  const read = (path: string): string | null => {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
    return found.isFile() ? readFileSync(path, 'utf8') : null;
  };
  const files = listPaths(dir)
    .sort()
    .map((name) => [name, read(path.join(dir, name))] as const);
  return Object.fromEntries(files.flatMap(([name, text]) => (text === null ? [] : [[name, text]])));
}

/** Takes a snapshot, checks that nothing of the user's was touched, and returns its files. */
export async function snapshotFiles(
  t: TestContext,
  dir: string,
  watched = dir,
): Promise<Record<string, string>> {
  const before = fingerprint(watched);
  const repository = await open(t, dir);
  const tree = await snapshotWorktree(repository);
  const target = path.join(makeDirectory(t), 'out');
  await exportTree(repository, tree, target);
  assert.deepEqual(fingerprint(watched), before);
  return readFiles(target);
}

/** A file that must exist once a planted program has run. */
export function plantProgram(t: TestContext): { program: string; marker: string } {
  const place = makeDirectory(t);
  const program = path.join(place, 'program');
  const marker = path.join(place, 'marker');
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> '${marker}'\n`);
  chmodSync(program, 0o755);
  return { program, marker };
}
