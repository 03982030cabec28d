import { findMissing, type HunkTexts } from './missing.ts';
import { hunksKey, type Hunk } from './hunks.ts';
import type { Weighed } from './weigh.ts';

/** The result of head without some changes. */
export type Tried =
  | { kind: 'measured'; weighed: Weighed; value: number; saved: number }
  /** The compiler's lines; empty if the benchmark failed instead. */
  | { kind: 'broken'; errors: readonly string[] };

/** A set of changes as it was finally tried: with the changes that it needs to compile. */
export type TriedSet = { hunks: readonly Hunk[]; tried: Tried };

export type Trials = {
  /** Builds and measures. The same set is tried only once. Null: the time ran out. */
  tryOut: (hunks: readonly Hunk[]) => Promise<Tried | null>;
  all: readonly Hunk[];
  textsOf: HunkTexts;
};

/**
 * The compiler reports ten errors at a time. A set that needs more attempts than this spreads through the whole code.
 */
const MAX_GROWTHS = 6;

/** Tries a set of changes, and also takes back what it needs to compile. Null: the time ran out. */
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
 * Takes one change back: alone, else with the others of its function, else with the fewest changes that compile, guided
 * by the compiler's errors. Null: the time ran out.
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
 * Finds the fewest changes without which the allocation disappears, by halving the set of all changes. Null: taking all
 * of them back makes no difference, or the time ran out before.
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

/** Other changes are tried one by one until this share of the cost is explained. */
const EXPLAINED = 0.95;
const MAX_OTHERS = 12;

/**
 * Finds the other changes behind a cost that one change explains only in part. Tries them one by one, the nearest
 * first. Returns the largest part first.
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
    // A change that only compiles with the change of another part is not a separate part.
    if (outcome.hunks.some((one) => seen.has(hunksKey([one])))) continue;
    if (outcome.tried.kind !== 'measured' || outcome.tried.weighed === 'same') continue;
    for (const one of outcome.hunks) seen.add(hunksKey([one]));
    explained += saving(outcome);
    parts.push(outcome);
  }
  return parts.sort((a, b) => saving(b) - saving(a));
}
