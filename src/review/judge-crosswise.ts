import type { Delta, DeltaReason, Side, Verdict } from '../compare/types.ts';
import { type BytesThreshold, describeDelta, judge } from '../compare/verdict.ts';
import type { Measured, Variant } from '../go/measure.ts';
import type { Cross } from './cross-types.ts';

/** A judged benchmark, and the variants that its numbers are of. */
export type Verdicted = { delta: Delta; variants: { base: Variant; head: Variant } };

/** Both codes under one side's benchmark. */
type View = Verdicted & { benchmarkOf: Side };

/** The variants that run both codes under base's benchmark, and under head's. */
const directions = [
  { benchmarkOf: 'base', variants: { base: 'base', head: 'headCode' } },
  { benchmarkOf: 'head', variants: { base: 'baseCode', head: 'head' } },
] as const;

const OWN = { base: 'base', head: 'head' } as const;
/** What one direction shows outweighs what the other does not: a loss first, then what cannot be told. */
const STRONGEST: readonly Verdict[] = ['regression', 'noisy', 'improvement', 'below-threshold'];

function viewBoth({ measurements }: Measured, threshold: BytesThreshold): View[] {
  return directions.flatMap(({ benchmarkOf, variants }) => {
    const [before, after] = [measurements[variants.base], measurements[variants.head]];
    return before && after ? [{ benchmarkOf, variants, delta: judge(before, after, threshold) }] : [];
  });
}

/** What kept a benchmark from running with the other side's code, in the words of go or of the benchmark. */
function describeMissing(top: string, { failures }: Measured, { headCode, baseCode }: Cross): string {
  const line = headCode.failed.get(top) ?? baseCode.failed.get(top);
  const failure = failures.find(({ variant }) => variant === 'headCode' || variant === 'baseCode')?.failure;
  return line ?? failure?.detail ?? '';
}

/**
 * A benchmark that changed, or that one side lacks: base against head would mix two causes. Both codes are judged under
 * base's benchmark and under head's; one that shows the code to be worse is enough. Only where neither does, or the code
 * is the same on both sides, is a difference the benchmark's own. Where one that could tell is missing, nothing is known.
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
  for (const verdict of STRONGEST) {
    const view = views.find(({ delta }) => delta.verdict === verdict);
    if (view) return showView(view, own);
  }
  if (!base || !head) return showSingle(measured, views);
  const delta = judge(base, head, threshold);
  const [view] = views;
  const isTold = cross.isCodeSame || views.length === directions.length;
  if (isTold || (view && delta.verdict !== 'regression')) {
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

/** One that only one side has. Where base's ran with head's code as well, its removal hides nothing. */
function showSingle({ measurements: { base, head } }: Measured, [view]: readonly View[]): Verdicted {
  const reason: DeltaReason | null =
    base && view ? { kind: 'benchmark-edited', benchmarkOf: view.benchmarkOf } : null;
  const delta = describeDelta(base ?? null, head ?? null, { verdict: base ? 'removed' : 'new', reason });
  return { delta, variants: OWN };
}

/** The code makes no difference, or none that can be measured. */
function relabel(delta: Delta, reason: DeltaReason): Verdicted {
  const isChanged = delta.verdict !== 'unchanged' && delta.verdict !== 'noisy';
  if (!isChanged && reason.kind === 'benchmark-edited') return { delta, variants: OWN };
  return {
    delta: { ...delta, verdict: isChanged ? 'benchmark-changed' : delta.verdict, reason },
    variants: OWN,
  };
}
