import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { reviewExitCode } from '../../src/cli/exit-codes.ts';
import type { Report } from '../../src/report/model/schema.ts';
import type { Files } from '../support/go-repository.ts';
import { reviewChange } from '../support/local-review.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Standard error without the progress lines that a review prints without a terminal. */
export function withoutProgress(stderr: string): string {
  const isProgress = (line: string): boolean => /…(?: \(about \d+ s left\))?$/u.test(line);
  return stderr
    .split('\n')
    .filter((line) => !isProgress(line))
    .join('\n');
}

export type Result = { status: number | null; stdout: string; stderr: string };
export type RunOptions = {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** A program with its arguments that starts the command line in its turn: `bwrap` with other mounts. */
  inside?: readonly string[];
};

/** Starts the command line in a separate process and process group. */
export function start(args: readonly string[], { cwd, env, inside = [] }: RunOptions = {}): ChildProcess {
  const [file = '', ...all] = [...inside, process.execPath, MAIN, ...args];
  return spawn(file, all, {
    cwd,
    // The test runner's own variables would make a process under test report to it.
    env: { ...process.env, NODE_TEST_CONTEXT: '', NO_COLOR: '', FORCE_COLOR: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Collects what a started command line prints and how it ends. */
export async function finish(child: ChildProcess): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ status: code ?? (signal === 'SIGINT' ? 130 : null), stdout, stderr }),
    );
  });
}

/** Runs the command line to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return finish(start(args, options));
}

/** Runs git as its user would, without the machine's configuration; resolves to what it prints. */
export async function git(dir: string, ...args: string[]): Promise<string> {
  const person = { NAME: 'A', EMAIL: 'a@example.com' };
  const env = Object.fromEntries(
    Object.entries(person).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  );
  const { stdout } = await promisify(execFile)('git', args, {
    cwd: dir,
    env: { ...process.env, ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
  return stdout.trim();
}

/** A module with one benchmark of a function that appends a number; `append` is the expression that does it. */
export function createModule(append = 'strconv.AppendInt(buf, int64(n), 10)', more: Files = {}): Files {
  const used = append.startsWith('fmt') ? 'fmt' : 'strconv';
  return {
    'go.mod': 'module example.com/m\n\ngo 1.24\n',
    'key.go': `package m

import "${used}"

// Key writes the key of n.
func Key(buf []byte, n int) []byte {
	return ${append}
}
`,
    // Numbers below 256 are boxed without an allocation.
    'key_test.go': `package m

import "testing"

var sink []byte

func BenchmarkKey(b *testing.B) {
	buf := make([]byte, 0, 64)
	for i := 0; i < b.N; i++ {
		sink = Key(buf[:0], 1000+i)
	}
}
`,
    ...more,
  };
}

/** The pessimised variant of `createModule`: one allocation more per op, in line 7 of key.go. */
export const worse = 'fmt.Appendf(buf, "%d", n)';

/** Every file below a directory with its time of change and a hash of its content, `.git` included. */
export async function fingerprintTree(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const { mtimeMs, mode } = await lstat(file);
    const hash = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(file))
          .digest('hex')
      : '';
    return `${path.relative(dir, file)} ${mode} ${mtimeMs} ${hash}`;
  });
  return (await Promise.all(lines)).sort();
}

/**
 * Reviews two commits in this process, which takes a third less time than a process of their own. `status`: the exit
 * status of the command.
 */
export async function reviewPair(base: Files, head: Files): Promise<{ status: number; report: Report }> {
  const { report, repository } = await reviewChange(base, head);
  await repository.remove();
  return { status: reviewExitCode(report), report };
}

/** The verdict on a benchmark by its name; undefined: it has no row. */
export const verdictOf = (report: Report, name: string): string | undefined =>
  report.benchmarks.find((one) => one.name === name)?.verdict;
