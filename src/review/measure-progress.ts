import type { DiscoveryProgress } from '../go/estimates.ts';
import type { RoundProgress } from '../go/rounds.ts';
import type { Progress } from '../report/words/progress.ts';

/** Which package of how many. */
type Place = { package: string; index: number; packages: number };

/** What measuring one package tells of itself, as a step of the whole. */
export function toProgress(place: Place, progress: DiscoveryProgress | RoundProgress): Progress {
  return progress.step === 'discover'
    ? { phase: 'discover', ...place, found: progress.found, name: progress.name }
    : { phase: 'measure', ...place, ...progress };
}
