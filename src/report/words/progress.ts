import { cleanLine } from '../model/escape.ts';
import { count } from '../model/prose.ts';

/** What a review is doing right now. */
export type Progress =
  | { phase: 'source' }
  | { phase: 'fetch'; side: 'base' | 'head' }
  | { phase: 'plan' }
  | { phase: 'compile'; side: 'base' | 'head' | 'cross' }
  | {
      phase: 'measure';
      package: string;
      index: number;
      packages: number;
      done: number;
      total: number;
      name: string;
    }
  | { phase: 'profile'; name: string }
  | { phase: 'match' };

const compiling = {
  base: 'Compiling base and its tests',
  head: 'Compiling head and its tests',
  cross: 'Compiling each side with the other side’s tests',
} as const;

/** One line for a person who waits. */
export function describeProgress(progress: Progress): string {
  switch (progress.phase) {
    case 'source':
      return 'Reading both commits…';
    case 'fetch':
      return `Downloading the modules of ${progress.side}`;
    case 'plan':
      return 'Finding what the change can reach…';
    case 'compile':
      return `${compiling[progress.side]}…`;
    case 'measure': {
      const { index, packages, done, total, name } = progress;
      const which = `package ${index + 1} of ${packages}`;
      return cleanLine(
        `Measuring ${progress.package} (${which}): ${done} of ${count(total, 'benchmark')}, ${name}…`,
      );
    }
    case 'profile':
      return cleanLine(`Locating the allocations of ${progress.name}…`);
    case 'match':
      return 'Matching rules…';
  }
}
