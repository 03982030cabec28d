import { findMissing, type HunkTexts } from './missing.ts';
import { hunksKey, type Hunk } from './hunks.ts';
import type { Weighed } from './weigh.ts';

/** What head did with some changes taken back. */
export type Tried =
  | { kind: 'measured'; weighed: Weighed; value: number; saved: number }
  /** The compiler's lines; none where it was the benchmark that failed. */
  | { kind: 'broken'; errors: readonly string[] };

/** A set of changes, as it was tried in the end: with what it needs to compile. */
export type TriedSet = { hunks: readonly Hunk[]; tried: Tried };

export type Trials = {
  /** Builds and measures; the same set is tried only once. Null: the time is over. */
  tryOut: (hunks: readonly Hunk[]) => Promise<Tried | null>;
  all: readonly Hunk[];
  textsOf: HunkTexts;
};

/** The compiler says ten errors at a time; who needs more tries follows a change through the whole code. */
const MAX_GROWTHS = 6;

/** Tries a set of changes, and takes back what else it needs to compile. Null: the time is over. */
async function tryGrowing(hunks: readonly Hunk[], trials: Trials): Promise<TriedSet | null> {
  const set = [...hunks];
  for (let growths = 0; ; growths += 1) {
    const tried = await trials.tryOut(set);
    if (!tried) return null;
    if (tried.kind === 'measured' || growths === MAX_GROWTHS) return { hunks: set, tried };
    const missing = findMissing(tried.errors, set, trials.all, trials.textsOf);
    if (missing.length === 0) return { hunks: set, tried };
    set.push(...missing);
  }
}

/**
 * Takes one change back: alone, else with the others of its function, else with the fewest that compile, as the compiler
 * names what is missing. Null: the time is over.
 */
export async function tryCause(
  hunk: Hunk,
  ofFunction: readonly Hunk[],
  trials: Trials,
): Promise<TriedSet | null> {
  const alone = await trials.tryOut([hunk]);
  if (!alone || alone.kind === 'measured') return alone && { hunks: [hunk], tried: alone };
  if (ofFunction.length > 1) {
    const whole = await trials.tryOut(ofFunction);
    if (!whole || whole.kind === 'measured') return whole && { hunks: ofFunction, tried: whole };
  }
  return tryGrowing([hunk], trials);
}

const isGone = (outcome: TriedSet | null): outcome is TriedSet =>
  outcome?.tried.kind === 'measured' && outcome.tried.weighed === 'gone';

/**
 * The fewest changes without which the allocation is gone, by halving all of them; null where even all of them make no
 * difference, or the time is over before that is known.
 */
export async function searchByHalving(trials: Trials): Promise<TriedSet | null> {
  let best = trials.all.length > 0 ? await tryGrowing(trials.all, trials) : null;
  while (isGone(best) && best.hunks.length > 1) {
    const middle = Math.ceil(best.hunks.length / 2);
    let smaller: TriedSet | null = null;
    for (const half of [best.hunks.slice(0, middle), best.hunks.slice(middle)]) {
      const outcome = await tryGrowing(half, trials);
      if (isGone(outcome) && outcome.hunks.length < best.hunks.length) {
        smaller = outcome;
        break;
      }
    }
    if (!smaller) break;
    best = smaller;
  }
  return isGone(best) ? best : null;
}

/** Other changes are tried one by one until they make up for this share of what is to be explained. */
const EXPLAINED = 0.95;
const MAX_OTHERS = 12;

/**
 * What else has a part in a cost, where one change explains only some of it: the other changes one by one, the nearest first.
 * Largest part first.
 */
export async function splitCost(
  first: TriedSet,
  others: readonly Hunk[],
  added: number,
  trials: Trials,
): Promise<TriedSet[]> {
  const parts: TriedSet[] = [];
  const saving = ({ tried }: TriedSet): number => (tried.kind === 'measured' ? tried.saved : 0);
  const seen = new Set(first.hunks.map((hunk) => hunksKey([hunk])));
  let explained = saving(first);
  for (const hunk of others.slice(0, MAX_OTHERS)) {
    if (explained >= added * EXPLAINED) break;
    if (seen.has(hunksKey([hunk]))) continue;
    const outcome = await tryGrowing([hunk], trials);
    if (!outcome) break;
    // A change that needs another part's change to compile is no part of its own.
    if (outcome.hunks.some((one) => seen.has(hunksKey([one])))) continue;
    if (outcome.tried.kind !== 'measured' || outcome.tried.weighed === 'same') continue;
    for (const one of outcome.hunks) seen.add(hunksKey([one]));
    explained += saving(outcome);
    parts.push(outcome);
  }
  return parts.sort((a, b) => saving(b) - saving(a));
}
