import { allocatingDecisions } from '../compare/allocating.ts';
import { benchmarkId, topBenchmark } from '../compare/benchmark-id.ts';
import type { Decision, Delta, EscapeChange, Verdict } from '../compare/types.ts';
import type { BrokenContract, Finding } from '../rules/types.ts';
import type { AllocsLimit, NoEscape } from './promises.ts';

/** A benchmark that allocates more than its contract allows. */
type BrokenAllocs = { delta: Delta; contract: BrokenContract; place: { file: string; line: number } };
/** A value on the heap where a contract allows none. */
type BrokenNoEscape = { decision: Decision; contract: BrokenContract };

/** A contract that base already broke. `now`: what breaks it at head. */
type BrokenBefore = { contract: BrokenContract; now: string };

export type JudgedContracts = {
  allocs: BrokenAllocs[];
  noEscape: BrokenNoEscape[];
  before: BrokenBefore[];
};

/** Verdicts for which head's count is certain. */
const certain: ReadonlySet<Verdict> = new Set([
  'regression',
  'improvement',
  'below-threshold',
  'unchanged',
  'new',
  'benchmark-changed',
]);

/** The lowest count of head's benchmark, if its verdict makes the count certain; otherwise null. */
function certainCount({ verdict, reason, samples }: Delta): number | null {
  if (!certain.has(verdict) || reason?.kind === 'not-comparable') return null;
  const counts = samples.head['allocs/op'] ?? [];
  return counts.length === 0 ? null : Math.min(...counts);
}

function judgeAllocs(delta: Delta, limit: AllocsLimit): 'kept' | 'broken' | 'broken-before' {
  const count = certainCount(delta);
  if (count === null || count <= limit.allocs) return 'kept';
  const { base } = delta.allocsPerOp;
  if (base !== null && base > limit.allocs) return 'broken-before';
  // A difference that comes only from rounding or set-up work exists on both sides.
  return delta.verdict === 'unchanged' || delta.verdict === 'improvement' ? 'kept' : 'broken';
}

const isHeld = ({ lines }: NoEscape, { position: { file, line } }: Decision): boolean =>
  lines.some((held) => held.file === file && held.first <= line && line <= held.last);

const sayDecision = ({ kind, expression, position: { file, line } }: Decision): string =>
  `${file}:${line} ${kind === 'moved-to-heap' ? `moved to heap: ${expression}` : `${expression} escapes to heap`}`;

/** The place of a benchmark's declaration; its package if that is unknown. */
const placeOf = (
  delta: Delta,
  locate: (delta: Delta) => { file: string; line: number } | null,
): BrokenAllocs['place'] => locate(delta) ?? { file: delta.package, line: 1 };

/** Finds the contracts that head breaks, and those of them that base already broke. */
export function judgeContracts(input: {
  deltas: readonly Delta[];
  limitOf: (delta: Delta) => AllocsLimit | null;
  /** Finds the place where head declares a benchmark. */
  locate: (delta: Delta) => { file: string; line: number } | null;
  noEscape: readonly NoEscape[];
  headDecisions: readonly Decision[];
  escapes: readonly EscapeChange[];
}): JudgedContracts {
  const judged: JudgedContracts = { allocs: [], noEscape: [], before: [] };
  for (const delta of input.deltas) {
    const limit = input.limitOf(delta);
    const outcome = limit ? judgeAllocs(delta, limit) : 'kept';
    if (!limit || outcome === 'kept') continue;
    const { allocs, declared } = limit;
    const contract: BrokenContract = {
      kind: 'allocs',
      subject: benchmarkId(delta),
      allocs,
      allocsPerOp: delta.allocsPerOp,
      declared,
    };
    if (outcome === 'broken') judged.allocs.push({ delta, contract, place: placeOf(delta, input.locate) });
    else judged.before.push({ contract, now: String(delta.allocsPerOp.head) });
  }
  const added = new Set(input.escapes.filter(({ change }) => change === 'added').map((one) => one.decision));
  const onHeap = allocatingDecisions(input.headDecisions);
  for (const promise of input.noEscape) {
    const { declared } = promise;
    const subject = promise.function ?? `${declared.file}:${declared.line}`;
    const contract: BrokenContract = { kind: 'noescape', subject, allocs: null, allocsPerOp: null, declared };
    for (const decision of onHeap.filter((one) => isHeld(promise, one))) {
      if (added.has(decision)) judged.noEscape.push({ decision, contract });
      else judged.before.push({ contract, now: sayDecision(decision) });
    }
  }
  return judged;
}

type General = Pick<Finding, 'ruleId' | 'rule' | 'exercise' | 'advice'>;

/** A finding for a broken limit that no line explains. Its place is the benchmark. */
function standAlone(
  { delta, contract, place: { file, line } }: BrokenAllocs,
  general: General,
  id: string,
): Finding {
  const name = topBenchmark(delta.name);
  const { package: path, allocsPerOp, bytesPerOp } = delta;
  return {
    id,
    ...general,
    evidence: 'proven',
    file,
    line,
    function: name,
    onChangedLine: false,
    places: [{ file, line, function: name }],
    benchmarks: [
      {
        package: path,
        name: delta.name,
        allocsPerOp,
        bytesPerOp,
        addedObjects: allocsPerOp.delta ?? allocsPerOp.head ?? 0,
        addedBytes: bytesPerOp.delta ?? bytesPerOp.head ?? 0,
      },
    ],
    decision: null,
    allocator: null,
    site: null,
    cause: null,
    alternatives: [],
    contract,
  };
}

/**
 * Adds the broken contracts to the findings that explain them. A broken contract without such a finding becomes a
 * finding of its own.
 * @param identify gives such a finding an ID that is stable over all pushes
 */
export function attachContracts(
  findings: readonly Finding[],
  { allocs, noEscape }: JudgedContracts,
  general: General | null,
  identify: (name: string) => string,
): Finding[] {
  const explained = new Set<BrokenAllocs>();
  const attached = findings.map((finding): Finding => {
    const ids = new Set(finding.benchmarks.map(benchmarkId));
    const limits = allocs.filter(({ delta }) => ids.has(benchmarkId(delta)));
    for (const one of limits) explained.add(one);
    const promise = noEscape.find(({ decision: { position } }) =>
      finding.places.some(({ file, line }) => file === position.file && line === position.line),
    );
    const contract = limits[0]?.contract ?? promise?.contract;
    return contract ? { ...finding, contract } : finding;
  });
  if (general === null) return attached;
  const alone = allocs.filter((one) => !explained.has(one));
  return [...attached, ...alone.map((one) => standAlone(one, general, identify(one.contract.subject)))];
}
