import type { BenchRun } from '../../src/go/test-binary.ts';
import type { ProcessLimits } from '../../src/sandbox/types.ts';
import type { StageLimits } from '../../src/go/stage-limits.ts';
import { hasRow } from './probe-runs.ts';

type Limits = { processes?: Partial<ProcessLimits>; stages?: Partial<StageLimits> };

/** An attack on what the machine has, and one limit that stops it. It stays limited where that limit is raised. */
export type Bomb = {
  limit: Limits;
  raised: Limits;
  /** The limit in words, and what it is raised to. */
  words: string;
  /** Whether the bomb was met by that limit and by no other. */
  isStopped: (run: BenchRun) => boolean;
  /** Whether only control groups count it, and per-process limits do not stop it. */
  needsCgroups?: true;
  /** Without control groups the limit is one for all processes of a user, so a neighbour is met by it too. */
  isShared?: true;
};

const MIB = 2 ** 20;

const endedBy =
  (kind: string) =>
  ({ failures }: BenchRun): boolean =>
    failures.some((failure) => failure.kind === kind);

/** The attack was refused more, and the benchmark went on. */
const wentOn = (run: BenchRun): boolean => hasRow(run) && run.outcome.exitCode === 0;

/**
 * The kernel either refuses a single process by its own limit, which Go reports, or kills processes for the group's
 * limit.
 */
const outOfMemory = (run: BenchRun): boolean =>
  endedBy('memory-limit')(run) || run.failures.some(({ detail }) => detail.includes('out of memory'));

/** Where no control group counts refusals, Go's words for a thread that it was refused are all there is. */
const outOfProcesses = (run: BenchRun): boolean =>
  run.outcome.wasOutOfProcesses ||
  wentOn(run) ||
  run.failures.some(({ detail }) => detail.includes('newosproc'));

const memory = (isStopped: Bomb['isStopped']): Bomb => ({
  limit: { processes: { memoryBytes: 96 * MIB } },
  raised: { processes: { memoryBytes: 512 * MIB } },
  words: 'memory raised from 96 to 512 MiB',
  isStopped,
});

const processes: Bomb = {
  limit: { processes: { processes: 64 } },
  raised: { processes: { processes: 400 } },
  words: 'processes raised from 64 to 400',
  isStopped: outOfProcesses,
  isShared: true,
};

const output: Bomb = {
  limit: { stages: { outputBytes: MIB } },
  raised: { stages: { outputBytes: 160 * MIB } },
  words: 'output raised from 1 to 160 MiB',
  isStopped: endedBy('output-limit'),
};

const wallTime: Bomb = {
  limit: { stages: { benchmarkMs: 1000 } },
  raised: { stages: { benchmarkMs: 30_000 } },
  words: 'time raised from 1 to 30 s',
  isStopped: endedBy('timed-out'),
};

export const bombs: Readonly<Record<string, Bomb>> = {
  'cpu-hog': wallTime,
  'disk-bomb': {
    limit: { processes: { tmpfsBytes: 32 * MIB } },
    raised: { processes: { tmpfsBytes: 256 * MIB } },
    words: 'temporary file systems raised from 32 to 256 MiB',
    isStopped: wentOn,
  },
  'file-count-bomb': { ...memory(endedBy('memory-limit')), needsCgroups: true },
  'file-size-bomb': {
    limit: { processes: { fileBytes: 64 * MIB } },
    raised: { processes: { fileBytes: 512 * MIB } },
    words: 'the size of a file raised from 64 to 512 MiB',
    isStopped: wentOn,
  },
  'fork-bomb': processes,
  'memory-bomb': memory(outOfMemory),
  'memory-bomb-children': { ...memory(endedBy('memory-limit')), needsCgroups: true },
  'memory-bomb-memfd': { ...memory(endedBy('memory-limit')), needsCgroups: true },
  'open-files-bomb': {
    limit: { processes: { openFiles: 256 } },
    raised: { processes: { openFiles: 2000 } },
    words: 'open files raised from 256 to 2000',
    isStopped: wentOn,
  },
  'output-bomb': output,
  'output-bomb-line': output,
  sleeping: wallTime,
  'thread-bomb': processes,
};
