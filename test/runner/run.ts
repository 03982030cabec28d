/**
 * Runs tests: `node test/runner/run.ts [--fast | --long] [--timeout SECONDS] [FILE…]`. `--fast`: only what starts no process and opens no
 * connection. `--long`: only `*.long.test.ts`, which are left out otherwise. `--timeout SECONDS` for each process.
 * lanes.ts decides which files run together.
 */
import { globSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { shareBundle } from '../support/app-bundle.ts';
import { QUICK_PGLITE, shareTemplate } from '../support/pglite-template.ts';
import { sharePostgres } from '../support/postgres.ts';
import { readImportGraph } from './imports.ts';
import { findLane, type Lane, sortByLength, usesDatabase } from './lanes.ts';
import { countSeconds } from './processor-time.ts';
import { hasFailed, renderOutcome, renderSlowest, renderSummary } from './report.ts';
import { type FileOptions, runFile } from './run-file.ts';
import type { Outcome } from './types.ts';

const root = path.resolve(import.meta.dirname, '../..');

const { values, positionals } = parseArgs({
  options: { fast: { type: 'boolean' }, long: { type: 'boolean' }, timeout: { type: 'string' } },
  allowPositionals: true,
});

/** A process that has not ended by then hangs. */
const timeoutMs = Number(values.timeout ?? (values.long ? 3600 : 900)) * 1000;

/** Most files wait for something most of the time, so more of them run at once than there are cores. */
const PARALLEL = 4;

/** Stopping the runner also stops its tests. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

type Job = Omit<FileOptions, 'signal'>;

/** Runs so many at once, in their order. */
async function runAll(files: readonly Job[], atOnce: number): Promise<Outcome[]> {
  const open = files.values();
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    for (const file of open) {
      if (stop.signal.aborted) return;
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)]);
      const outcome = await runFile({ ...file, signal });
      console.log(renderOutcome(outcome));
      outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}

const graph = readImportGraph(root);

const single = (names: readonly string[], execArgv: readonly string[] = []): Job[] =>
  names.map((name) => ({ name, file: path.join(root, name), execArgv }));

const together = (names: readonly string[]): Job[] =>
  names.length === 0
    ? []
    : [
        {
          name: `${names.length} pure files`,
          file: path.join(import.meta.dirname, 'pure.ts'),
          argv: names.map((name) => path.join(root, name)),
        },
      ];

async function runLanes(files: readonly string[], isFast: boolean): Promise<Outcome[]> {
  const lanes = Map.groupBy(files, (file): Lane => findLane(graph, file));
  const take = (lane: Lane): string[] => sortByLength(lanes.get(lane) ?? []);
  const outcomes = await timeLane('pure', () =>
    runAll([...together(take('pure')), ...single(take('heap'))], 2),
  );
  if (isFast) return outcomes;
  outcomes.push(
    ...(await timeLane('parallel', () => runParallel(take('parallel')))),
    ...(await timeLane('alone', () => runAll(single(take('alone')), 1))),
  );
  return outcomes;
}

/** Those with a database share a PostgreSQL, an empty database of PGlite that they copy, and the stub App in one file. */
async function runParallel(names: readonly string[]): Promise<Outcome[]> {
  const jobs = single(names, [QUICK_PGLITE]);
  if (!names.some((name) => usesDatabase(graph, name))) return runAll(jobs, PARALLEL);
  const [postgres, template, bundle] = await Promise.all([sharePostgres(), shareTemplate(), shareBundle()]);
  try {
    return await runAll(jobs, PARALLEL);
  } finally {
    await Promise.all([postgres.stop(), template.remove(), bundle.remove()]);
  }
}

/** Says how long a lane took, and how much of two processors it used: other load changes the first only. */
async function timeLane(lane: string, work: () => Promise<Outcome[]>): Promise<Outcome[]> {
  const [started, used] = [performance.now(), countSeconds().children];
  const outcomes = await work();
  const wall = (performance.now() - started) / 1000;
  if (outcomes.length > 0)
    console.log(
      `${lane}: ${wall.toFixed(0)} s, ${(countSeconds().children - used).toFixed(0)} s of processor time\n`,
    );
  return outcomes;
}

const isChosen = (file: string): boolean => file.endsWith('.long.test.ts') === (values.long ?? false);
const started = performance.now();
const files =
  positionals.length > 0
    ? positionals.map((file) => path.relative(root, path.resolve(file)))
    : globSync('test/**/*.test.ts', { cwd: root }).filter(isChosen).sort();
// Shares compiled code among the hundreds of processes that follow.
process.env['NODE_COMPILE_CACHE'] ??= path.join(root, 'node_modules/.cache/node');
const outcomes = await runLanes(files, values.fast ?? false);
console.log(renderSlowest(outcomes));
console.log(renderSummary(outcomes, performance.now() - started));
process.exitCode = outcomes.length > 0 && !outcomes.some(hasFailed) && !stop.signal.aborted ? 0 : 1;
