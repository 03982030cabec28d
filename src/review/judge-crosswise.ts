import type { Delta, DeltaReason, Side, Verdict } from '../compare/types.ts';
import { type BytesThreshold, describeDelta, judge } from '../compare/verdict.ts';
import type { Measured, Variant } from '../go/measured.ts';
import type { Cross } from './cross-types.ts';

/** A judged benchmark, and the variants that its numbers come from. */
export type Verdicted = { delta: Delta; variants: { base: Variant; head: Variant } };

/** The comparison of both versions of the code under one side's benchmark. */
type View = Verdicted & { benchmarkOf: Side };

/** The variants that run both versions of the code under base's benchmark, and under head's. */
const directions = [
  { benchmarkOf: 'base', variants: { base: 'base', head: 'headCode' } },
  { benchmarkOf: 'head', variants: { base: 'baseCode', head: 'head' } },
] as const;

const ownBenchmarks = { base: 'base', head: 'head' } as const;
/**
 * The verdicts by weight. The first one that either direction has decides, so a regression in one direction is enough.
 */
const byStrength: readonly Verdict[] = ['regression', 'noisy', 'improvement', 'below-threshold'];

function viewBoth({ measurements }: Measured, threshold: BytesThreshold): View[] {
  return directions.flatMap(({ benchmarkOf, variants }) => {
    const [before, after] = [measurements[variants.base], measurements[variants.head]];
    return before && after ? [{ benchmarkOf, variants, delta: judge(before, after, threshold) }] : [];
  });
}

/** Why a benchmark did not run with the other side's code: the error of the go command or of the benchmark. */
function describeMissing(top: string, { failures }: Measured, { headCode, baseCode }: Cross): string {
  const line = headCode.failed.get(top) ?? baseCode.failed.get(top);
  const failure = failures.find(({ variant }) => variant === 'headCode' || variant === 'baseCode')?.failure;
  return line ?? failure?.detail ?? '';
}

/**
 * Judges a benchmark that changed, or that only one side has. Comparing base with head directly would mix the change of
 * the code with that of the benchmark. So both versions of the code are compared under base's benchmark and under
 * head's. If either comparison shows a difference, it comes from the code. If neither does, or if the code is the same
 * on both sides, a difference between base and head comes from the benchmark. If a comparison is missing and the other
 * one cannot decide, the benchmark counts as not comparable.
 */
export function judgeCrosswise(
  top: string,
  measured: Measured,
  cross: Cross,
  threshold: BytesThreshold,
): Verdicted {
  const { base, head } = measured.measurements;
  const views = viewBoth(measured, threshold);
  const own = base && head ? judge(base, head, threshold) : null;
  for (const verdict of byStrength) {
    const view = views.find(({ delta }) => delta.verdict === verdict);
    if (view) return showView(view, own);
  }
  if (!base || !head) return showSingle(measured, views);
  const delta = judge(base, head, threshold);
  const [view] = views;
  const isDecided = cross.isCodeSame || views.length === directions.length;
  if (isDecided || (view && delta.verdict !== 'regression')) {
    return relabel(delta, { kind: 'benchmark-edited', benchmarkOf: view?.benchmarkOf ?? 'base' });
  }
  return relabel(delta, { kind: 'not-comparable', detail: describeMissing(top, measured, cross) });
}

function showView({ delta, variants, benchmarkOf }: View, own: Delta | null): Verdicted {
  if (delta.verdict === 'noisy') return { delta, variants };
  const benchmarkChangesNumbers = own !== null && own.allocsPerOp.delta !== delta.allocsPerOp.delta;
  return {
    delta: { ...delta, reason: { kind: 'crosswise', benchmarkOf, benchmarkChangesNumbers } },
    variants,
  };
}

/**
 * Shows a benchmark that only one side has. A removed one that also ran with head's code gets a reason: its removal
 * hides no regression.
 */
function showSingle({ measurements: { base, head } }: Measured, [view]: readonly View[]): Verdicted {
  const reason: DeltaReason | null =
    base && view ? { kind: 'benchmark-edited', benchmarkOf: view.benchmarkOf } : null;
  const delta = describeDelta(base ?? null, head ?? null, { verdict: base ? 'removed' : 'new', reason });
  return { delta, variants: ownBenchmarks };
}

/** The verdict on a benchmark whose numbers differ, if at all, for another reason than the code. */
function relabel(delta: Delta, reason: DeltaReason): Verdicted {
  const isChanged = delta.verdict !== 'unchanged' && delta.verdict !== 'noisy';
  if (!isChanged && reason.kind === 'benchmark-edited') return { delta, variants: ownBenchmarks };
  return {
    delta: { ...delta, verdict: isChanged ? 'benchmark-changed' : delta.verdict, reason },
    variants: ownBenchmarks,
  };
}
