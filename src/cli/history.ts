import { compileBench } from '../config/go-regexp.ts';
import { suggest } from '../config/suggest.ts';
import { Failure } from '../errors.ts';
import { renderHistoryJson } from '../report/data/history.ts';
import { orderCommits, listSeries, type Series } from '../report/decide/history.ts';
import type { CommitRecord } from '../report/model/history.ts';
import { renderHistory } from '../report/terminal/history.ts';
import { describeBackfill, describeCommitStep } from '../report/words/history.ts';
import { describeProgress, STOPPING_BACKFILL } from '../report/words/progress.ts';
import { requireRegexp } from '../review/typed-options.ts';
import { backfillLocal, readLocalHistory } from '../review/history-local.ts';
import { exitCodes } from './exit-codes.ts';
import type { BackfillFlags, HistoryFlags } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { showProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

function requireMatch(benchmark: string, series: readonly Series[], all: readonly Series[]): void {
  if (series.length > 0 || all.length === 0) return;
  const similar = suggest(benchmark, [...new Set(all.map(({ name }) => name))]) ?? null;
  const problem = { kind: 'matches-no-history', similar } as const;
  throw new Failure('bad-option', { option: '--benchmark', value: benchmark, problem });
}

function chooseSeries(
  history: Parameters<typeof listSeries>[0],
  commits: readonly CommitRecord[],
  benchmark: string | undefined,
): Series[] {
  const all = listSeries(history, commits);
  if (benchmark === undefined) return all;
  const isMatch = compileBench(benchmark);
  const series = all.filter(({ name }) => isMatch(name));
  requireMatch(benchmark, series, all);
  return series;
}

/** `allocgate history`: prints the known values of the last commits. Measures nothing. */
export async function runHistory(dir: string, flags: HistoryFlags, terminal: Terminal): Promise<number> {
  const { benchmark, format } = flags;
  if (benchmark !== undefined) requireRegexp(benchmark, '--benchmark');
  const { log, history } = await untilInterrupted((signal) => readLocalHistory({ dir, ...flags, signal }));
  const commits = orderCommits(
    history,
    log.map(({ sha }) => sha),
  );
  const series = chooseSeries(history, commits, benchmark);
  const page = { colour: terminal.colour, width: terminal.width };
  terminal.print(
    format === 'json' ? renderHistoryJson(series, commits) : renderHistory(series, commits, log.length, page),
  );
  return exitCodes.ok;
}

/** `allocgate history backfill`: exit status 0, also if the time ran out; 130 after Ctrl-C. */
export async function runBackfill(dir: string, flags: BackfillFlags, terminal: Terminal): Promise<number> {
  const outcome = await untilInterrupted((signal, stop) => {
    stop.signal.addEventListener('abort', () => showProgress(terminal, STOPPING_BACKFILL));
    return backfillLocal({
      dir,
      ...flags,
      noSandbox: !flags.sandbox,
      signal,
      stop,
      onProgress: (place, progress) =>
        showProgress(terminal, describeCommitStep(place, describeProgress(progress))),
    });
  });
  terminal.clearProgress();
  terminal.print(`${describeBackfill(outcome)}\n`);
  return outcome.isStopped ? exitCodes.interrupted : exitCodes.ok;
}
