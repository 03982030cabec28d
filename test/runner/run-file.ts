import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Counts, Outcome, TestFailure } from './types.ts';

const PRELOAD = pathToFileURL(path.join(import.meta.dirname, 'count-seconds.ts')).href;

const noCounts: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, skipped: 0, todo: 0 };

export type FileOptions = {
  /** The absolute path of the file. */
  file: string;
  name: string;
  argv?: readonly string[];
  /** Options of Node. */
  execArgv?: readonly string[];
  /** Stops the process. */
  signal: AbortSignal;
};

type Heard = {
  failures: TestFailure[];
  output: string[];
  /** By the test process itself, which counts at its end; null as long as it did not come to it. */
  own: Counts | null;
  /** As counted by node. */
  heard: Counts;
};

type Message = { message: string };
type Failed = { name: string; details: { error: { failureType?: string; cause?: unknown } } };
type Summary = { file?: string | undefined; counts: Counts & { cancelled: number } };

/** Listens to a test process until it has ended; `secondsFile` is where it writes the processor time that it used. */
async function listen(
  { file, name, argv = [], execArgv = [], signal }: FileOptions,
  secondsFile: string,
): Promise<Heard> {
  const heard: Heard = { failures: [], output: [], own: null, heard: noCounts };
  const env = { ...process.env, TEST_SECONDS_FILE: secondsFile };
  const stream = run({ files: [file], argv, signal, env, execArgv: [...execArgv, '--import', PRELOAD] });
  const print = ({ message }: Message): void => void heard.output.push(message);
  stream.on('test:stdout', print);
  stream.on('test:stderr', print);
  stream.on('test:fail', ({ name: test, details: { error } }: Failed) => {
    // A suite, or a test with subtests, that failed because of a subtest.
    if (error.failureType === 'subtestsFailed') return;
    heard.failures.push({ name: test === file ? name : test, error: error.cause ?? error });
  });
  stream.on('test:summary', ({ file: whose, counts: { cancelled, ...counts } }: Summary) => {
    heard[whose === undefined ? 'heard' : 'own'] = { ...counts, failed: counts.failed + cancelled };
  });
  stream.resume();
  await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
  return heard;
}

/** Node takes a process for a test that passed when it exits with 0, even if it had no tests or did not come to their end. */
function findFault({ own, failures }: Heard): string | null {
  if (failures.length > 0) return null;
  if (own === null) return 'the file has no tests, or its process ended before they did';
  if (own.tests === 0) return 'the file has no tests';
  return own.failed > 0 ? 'a test failed or was cancelled' : null;
}

/** A process that was killed has written nothing. */
async function readSeconds(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : Number(text);
}

/**
 * Runs a test file in a process of its own. It fails also when it has no tests, when its process ends before its tests
 * do, whatever the exit status, and when `signal` stops it.
 */
export async function runFile(options: FileOptions): Promise<Outcome> {
  const started = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), 'allocgate-test-file-'));
  const secondsFile = path.join(folder, 'seconds');
  const { failures, output, own, heard } = await listen(options, secondsFile);
  const processorSeconds = await readSeconds(secondsFile);
  await rm(folder, { recursive: true });
  const seconds = (performance.now() - started) / 1000;
  const fault = findFault({ failures, output, own, heard });
  const counts = own ?? heard;
  const outcome = { name: options.name, seconds, processorSeconds, output: output.join('') };
  if (fault === null) return { ...outcome, counts, failures };
  return {
    ...outcome,
    counts: {
      ...counts,
      tests: Math.max(counts.tests, 1),
      passed: Math.max(counts.passed - 1, 0),
      failed: 1,
    },
    failures: [{ name: options.name, error: fault }],
  };
}
