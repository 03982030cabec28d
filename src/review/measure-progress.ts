import type { DiscoveryProgress } from '../go/estimates.ts';
import type { RoundProgress } from '../go/rounds.ts';
import type { Progress } from '../report/words/progress.ts';

/** The package that is being measured, its index, and the number of all packages. */
type Place = { package: string; index: number; packages: number };

/** Converts the progress of measuring one package to the progress of the review. */
export function toProgress(place: Place, progress: DiscoveryProgress | RoundProgress): Progress {
  return progress.step === 'discover'
    ? { phase: 'discover', ...place, found: progress.found, name: progress.name }
    : { phase: 'measure', ...place, ...progress };
}
