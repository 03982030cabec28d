import { benchmarkId } from '../compare/benchmark-id.ts';
import type { Delta } from '../compare/types.ts';
import type { Review } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import { enclosingFunction, parseSource } from '../rules/syntax.ts';
import type { Experiment, Finding, Trial } from '../rules/types.ts';
import { describeLines, hunkAt, hunksWithin, hunksKey, listHunks, takeBack, type Hunk } from './hunks.ts';
import { buildVariant, countAllocations, readFrom, type Counted } from './lab.ts';
import { type TriedSet, searchByHalving, splitCost, tryCause, type Tried, type Trials } from './search.ts';
import { benchmarkFiles } from './test-sides.ts';
import { type Range, savedBy, weigh } from './weigh.ts';

export type ProveOptions = {
  /** The time for all experiments in milliseconds. An attempt that has begun is finished. */
  budgetMs: number;
  /** Called whenever a finding's experiment is done. */
  onFinding?: (finding: Finding) => void;
};

type Control = { delta: Delta; cost: Cost; counted: Counted | null };

/** The share from which findings count as the cause of a benchmark's whole difference. */
const WHOLE = 0.9;

const isInferred = ({ evidence, cause, onChangedLine }: Finding): boolean =>
  evidence === 'proven' && (cause !== null || !onChangedLine);

/**
 * The finding of a benchmark's costliest line, if that line is its own cause, and the profile's sites do not add up to the
 * benchmark's difference: experiments split it among the changes.
 */
function listSplit({ findings, deltas }: Review): Finding[] {
  const proven = findings.filter(({ evidence }) => evidence === 'proven');
  return deltas.flatMap((delta): Finding[] => {
    const whole = delta.allocsPerOp.delta ?? 0;
    const own = proven
      .map((finding) => ({
        finding,
        added: finding.benchmarks.find((one) => benchmarkId(one) === benchmarkId(delta))?.addedObjects ?? 0,
      }))
      .filter(({ added }) => added > 0)
      .sort((a, b) => b.added - a.added);
    const [first] = own;
    const explained = own.reduce((sum, { added }) => sum + added, 0);
    const isOwn = first && !isInferred(first.finding) && isFirst(first.finding, delta);
    return isOwn && whole - explained > Math.max(1, whole * (1 - WHOLE)) ? [first.finding] : [];
  });
}

const isFirst = ({ benchmarks: [first] }: Finding, delta: Delta): boolean =>
  first !== undefined && benchmarkId(first) === benchmarkId(delta);

/** The cost that must disappear: `added` in `unit`. */
type Cost = Pick<Experiment, 'unit' | 'added'> & {
  /**
   * The function whose share counts, as a profile names it; null: the finding causes the whole difference of its
   * benchmark.
   */
  function: string | null;
};

/**
 * The cost of a finding in its first benchmark, in the unit that regressed. If other findings also add to it, the total
 * does not show whose allocation disappears, so a profile must.
 */
function costOf(finding: Finding, delta: Delta): Cost {
  if (!isInferred(finding)) return { unit: 'allocs/op', added: delta.allocsPerOp.delta ?? 0, function: null };
  const [first] = finding.benchmarks;
  const inObjects = (delta.allocsPerOp.delta ?? 0) > 0;
  const [own = 0, all] = inObjects
    ? [first?.addedObjects, delta.allocsPerOp.delta ?? 0]
    : [first?.addedBytes, delta.bytesPerOp.delta ?? 0];
  const unit = inObjects ? 'allocs/op' : 'B/op';
  if (own >= all * WHOLE || !finding.site) return { unit, added: Math.min(own, all), function: null };
  const name = finding.site.function;
  const added = delta.sites
    .filter((site) => site.function === name)
    .map(({ objectsPerOp, bytesPerOp }) => (inObjects ? objectsPerOp : bytesPerOp))
    .reduce((sum, { base, head }) => sum + head - base, 0);
  return { unit, added, function: name };
}

/** The part of the counts that a cost refers to. */
function shareOf(counted: Counted, { unit, function: name }: Cost): Range {
  if (name === null || !counted.functions) return counted[unit];
  const value = counted.functions.get(name)?.[unit] ?? 0;
  return { min: value, max: value };
}

function createBench(review: Review, lab: Lab, { budgetMs }: ProveOptions) {
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started > budgetMs || lab.signal.aborted;
  const counts = new Map<string, Counted | { errors: readonly string[] }>();
  const read = { base: readFrom(lab, 'base'), head: readFrom(lab, 'head') };
  const measure = async (
    hunks: readonly Hunk[],
    delta: Delta,
    byFunction: boolean,
  ): Promise<Counted | { errors: readonly string[] }> => {
    const key = `${benchmarkId(delta)} ${byFunction} ${hunksKey(hunks)}`;
    const known = counts.get(key);
    if (known) return known;
    const files = new Map([...benchmarkFiles(lab, delta), ...takeBack(hunks, read)]);
    const built = await buildVariant(lab, delta.package, files);
    let counted: Counted | { errors: readonly string[] };
    if ('errors' in built) counted = built;
    else {
      try {
        counted = (await countAllocations(built, delta, byFunction)) ?? { errors: [] };
      } finally {
        await built.discard();
      }
    }
    counts.set(key, counted);
    return counted;
  };
  /** Measures head itself, as the control of the experiments. */
  const controlOf = async (finding: Finding): Promise<Control | null> => {
    const [first] = finding.benchmarks;
    const delta = first && review.deltas.find((one) => benchmarkId(one) === benchmarkId(first));
    if (!delta || isOver()) return null;
    const cost = costOf(finding, delta);
    const counted = await measure([], delta, cost.function !== null);
    return { delta, cost, counted: 'errors' in counted ? null : counted };
  };
  return { isOver, measure, controlOf, read };
}

type Bench = ReturnType<typeof createBench>;

function createTrials(
  { isOver, measure, read }: Bench,
  { delta, cost, counted: head }: Control,
  all: readonly Hunk[],
): Trials {
  const lines = (text: string | null, { start, lines: count }: Hunk['head']): string =>
    count === 0 || text === null
      ? ''
      : text
          .split('\n')
          .slice(start - 1, start - 1 + count)
          .join('\n');
  return {
    all,
    textsOf: (hunk) => ({
      base: hunk.basePath === null ? '' : lines(read.base(hunk.basePath), hunk.base),
      head: hunk.headPath === null ? '' : lines(read.head(hunk.headPath), hunk.head),
    }),
    tryOut: async (hunks): Promise<Tried | null> => {
      if (isOver()) return null;
      const counted = await measure(hunks, delta, cost.function !== null);
      if ('errors' in counted || !head)
        return { kind: 'broken', errors: 'errors' in counted ? counted.errors : [] };
      const [before, tried] = [shareOf(head, cost), shareOf(counted, cost)];
      return {
        kind: 'measured',
        weighed: weigh(before, tried, cost.added),
        value: counted[cost.unit].min,
        saved: savedBy(before, tried),
      };
    },
  };
}

function toTrial({ hunks, tried }: TriedSet): Trial {
  const lines = describeLines(hunks);
  return tried.kind === 'measured'
    ? { lines, outcome: tried.weighed, value: tried.value }
    : { lines, outcome: 'broken', value: null };
}

/** The changes within the function of head that contains one of them. */
function functionHunks(hunk: Hunk, all: readonly Hunk[], lab: Lab, { read }: Bench): Hunk[] {
  const text = hunk.headPath === null ? null : read.head(hunk.headPath);
  const source = text === null ? null : parseSource(lab.grammar, text);
  if (!source || hunk.headPath === null) return [];
  try {
    const line = hunk.head.start + Number(hunk.head.lines === 0);
    const around = enclosingFunction(source, line);
    return around ? hunksWithin(all, hunk.headPath, around.firstLine, around.lastLine) : [];
  } finally {
    source.free();
  }
}

/** Changes in the same file come first, sorted by distance, then the rest. */
function byDistance(hunk: Hunk, all: readonly Hunk[]): Hunk[] {
  const distance = (other: Hunk): number =>
    other.headPath === hunk.headPath ? Math.abs(other.head.start - hunk.head.start) : Infinity;
  return all.toSorted((a, b) => (distance(a) === distance(b) ? 0 : distance(a) - distance(b)));
}

type Attempt = {
  finding: Finding;
  trials: Trials;
  hunk: Hunk | null;
  experiment: Experiment;
  first: TriedSet | null;
};

const outcomeOf = (first: TriedSet | null): Experiment['outcome'] => {
  if (first?.tried.kind !== 'measured') return 'undecided';
  return ({ gone: 'proved', less: 'partly', same: 'refuted' } as const)[first.tried.weighed];
};

/** Takes the cause of a finding back; null: there is nothing to try. */
async function attemptCause(
  finding: Finding,
  all: readonly Hunk[],
  lab: Lab,
  bench: Bench,
): Promise<Attempt | null> {
  const control = await bench.controlOf(finding);
  if (!control?.counted) return null;
  const started = performance.now();
  const { unit, added } = control.cost;
  const trials = createTrials(bench, control, all);
  const place = finding.cause ?? (isInferred(finding) ? null : finding);
  const hunk = place && hunkAt(all, place.file, place.line);
  const first = hunk && (await tryCause(hunk, functionHunks(hunk, all, lab, bench), trials));
  const experiment: Experiment = {
    outcome: outcomeOf(first),
    benchmark: benchmarkId(control.delta),
    unit,
    head: control.counted[unit].min,
    added,
    trials: first ? [toTrial(first)] : [],
    seconds: (performance.now() - started) / 1000,
  };
  return { finding, trials, hunk, first, experiment };
}

/** Finds the other changes behind an allocation that the cause explains only in part or not at all. */
async function completeAttempt({ finding, experiment, hunk, first, trials }: Attempt): Promise<Experiment> {
  if (experiment.outcome === 'proved' || (!isInferred(finding) && experiment.outcome !== 'partly'))
    return experiment;
  const started = performance.now();
  const others =
    experiment.outcome === 'partly' && hunk && first
      ? await splitCost(first, byDistance(hunk, trials.all), experiment.added, trials)
      : [await searchByHalving(trials)].filter((one) => one !== null);
  return {
    ...experiment,
    trials: [...experiment.trials, ...others.map(toTrial)],
    seconds: experiment.seconds + (performance.now() - started) / 1000,
  };
}

/**
 * Tries the causes of a review's proven findings by taking each back in head, with everything else unchanged: first
 * each inferred cause, then other changes if that does not explain the whole cost. Returns the review with the results.
 * A finding without an experiment had nothing to try, or the time ran out.
 */
export async function proveCauses(review: Review, lab: Lab, options: ProveOptions): Promise<Review> {
  const bench = createBench(review, lab, options);
  const all = listHunks(review.diff);
  const attempts: Attempt[] = [];
  const findings = [...review.findings.filter(isInferred), ...new Set(listSplit(review))];
  for (const [index, finding] of findings.entries()) {
    if (bench.isOver()) break;
    lab.onProgress({
      phase: 'prove',
      done: index,
      total: findings.length,
      place: `${finding.file}:${finding.line}`,
    });
    const attempt = await attemptCause(finding, all, lab, bench);
    if (attempt) attempts.push(attempt);
  }
  const done = new Map<string, Experiment>();
  for (const attempt of attempts) {
    const experiment = bench.isOver() ? attempt.experiment : await completeAttempt(attempt);
    const { finding } = attempt;
    // Only a split says more than the finding itself.
    if (!isInferred(finding) && experiment.trials.length < 2) continue;
    done.set(finding.id, experiment);
    options.onFinding?.({ ...finding, experiment });
  }
  return {
    ...review,
    findings: review.findings.map((finding) => {
      const experiment = done.get(finding.id);
      return experiment ? { ...finding, experiment } : finding;
    }),
  };
}
