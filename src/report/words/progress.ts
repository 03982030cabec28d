import { cleanLine } from '../model/escape.ts';
import { count } from '../model/prose.ts';

/** The step that a review is working on. */
export type Progress =
  /** `side` is set for a history, which measures one commit at a time. */
  | { phase: 'source'; side?: 'commit' }
  | { phase: 'fetch'; side: 'base' | 'head' | 'commit' }
  | { phase: 'plan' }
  | { phase: 'compile'; side: 'base' | 'head' | 'cross' | 'commit' }
  /** The test binaries of the package are being linked. */
  | { phase: 'link'; package: string }
  /** Each benchmark of the package runs once. */
  | {
      phase: 'discover';
      package: string;
      index: number;
      packages: number;
      /** The number of benchmarks that ran, and the last one. */
      found: number;
      name: string | null;
    }
  | {
      phase: 'measure';
      package: string;
      index: number;
      packages: number;
      done: number;
      total: number;
      name: string;
      /** The estimated milliseconds until all benchmarks of the package are measured. */
      leftMs: number;
    }
  /** Each benchmark of the package runs once with coverage, to find those that run changed code. */
  | { phase: 'cover'; package: string }
  | { phase: 'profile'; name: string }
  | { phase: 'match' }
  /** After the report: causes are tried by taking changed lines back. `place`: `file:line` of the finding. */
  | { phase: 'prove'; done: number; total: number; place: string };

/** The line after Ctrl-C in a review, which still reports what was measured. */
export const STOPPING_EARLY = 'Stopping. Press Ctrl-C again to end without a report.';

/** The line after Ctrl-C while a history is measured. */
export const STOPPING_BACKFILL = 'Stopping. What was measured is kept.';

const compiling = {
  base: 'Compiling base and its tests',
  head: 'Compiling head and its tests',
  commit: 'Compiling the packages with benchmarks',
  cross: 'Compiling each side with the other side’s tests',
} as const;

function whichOf({ index, packages }: { index: number; packages: number }): string {
  return `package ${index + 1} of ${packages}`;
}

function describeFound({ found, name }: { found: number; name: string | null }): string {
  return name === null ? '' : `: ${found} so far, ${name}`;
}

/** Describes the step in one line, for a terminal or a check. */
export function describeProgress(progress: Progress): string {
  switch (progress.phase) {
    case 'source':
      return progress.side === 'commit' ? 'Reading its files…' : 'Reading both commits…';
    case 'fetch':
      return `Downloading the modules of ${progress.side === 'commit' ? 'the commit' : progress.side}…`;
    case 'plan':
      return 'Finding what the change can reach…';
    case 'compile':
      return `${compiling[progress.side]}…`;
    case 'link':
      return cleanLine(`Linking ${progress.package}…`);
    case 'discover':
      return cleanLine(
        `Finding the benchmarks of ${progress.package} (${whichOf(progress)})${describeFound(progress)}…`,
      );
    case 'measure': {
      const { done, total, name, leftMs } = progress;
      const left = leftMs < 1000 ? '' : ` (about ${Math.ceil(leftMs / 1000)} s left)`;
      return cleanLine(
        `Measuring ${progress.package} (${whichOf(progress)}): ${done} of ${count(total, 'benchmark')}, ${name}…${left}`,
      );
    }
    case 'cover':
      return cleanLine(`Finding which benchmarks of ${progress.package} run the change…`);
    case 'profile':
      return cleanLine(`Locating the allocations of ${progress.name}…`);
    case 'prove':
      return cleanLine(
        `Trying the cause of ${progress.place} (${progress.done + 1} of ${count(progress.total, 'finding')})…`,
      );
    case 'match':
      return 'Matching rules…';
  }
}
