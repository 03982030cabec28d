import { compareText } from '../compare/order.ts';
import { benchmarkId } from '../compare/benchmark-id.ts';
import { type AffectedBenchmark, type Finding, rankEvidence } from './types.ts';

/** Compares findings by evidence, the strongest first, then by file and line. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    rankEvidence(a.evidence) - rankEvidence(b.evidence) ||
    compareText(a.file, b.file) ||
    a.line - b.line ||
    compareText(a.ruleId, b.ruleId) ||
    compareText(a.decision?.expression ?? '', b.decision?.expression ?? '')
  );
}

/** Compares benchmarks by what a finding adds to them, the largest addition first. */
export function compareBenchmarks(a: AffectedBenchmark, b: AffectedBenchmark): number {
  return (
    b.addedObjects - a.addedObjects ||
    b.addedBytes - a.addedBytes ||
    compareText(benchmarkId(a), benchmarkId(b))
  );
}

/**
 * A key that findings with the same cause share: the line of the cause, or the finding's own line if it has no cause.
 * For changed code that no benchmark runs, the key is the function, so that the author gets one finding per function.
 */
function causeKey({ cause, evidence, onChangedLine, file, line, function: name }: Finding): string {
  if (cause !== null) return `${cause.file}:${cause.line}`;
  return evidence === 'possible' && onChangedLine && name !== '' ? `${file} ${name}` : `${file}:${line}`;
}

const isClosure = ({ decision }: Finding): boolean =>
  decision?.expression.startsWith('func literal') === true;

/** Whether a finding is about the body of a loop over a function: `for x := range seq`. */
const isLoopBody = ({ decision }: Finding): boolean =>
  decision?.flow.some(({ text }) => text.startsWith('#yield')) === true;

/**
 * The finding of the loop that newly ranges over a function, for the closure that the function returns: the compiler sees
 * neither through the call. Null if the finding is about anything else.
 */
function loopOf({ cause, ...finding }: Finding, findings: readonly Finding[]): Finding | null {
  if (cause === null || !isClosure({ cause, ...finding })) return null;
  return (
    findings.find(
      (one) => isLoopBody(one) && one.cause === null && one.file === cause.file && one.line === cause.line,
    ) ?? null
  );
}

/**
 * The finding of the closure that puts a finding's variable on the heap too: the one that the compiler's flow leads to,
 * or the nearest above the line that captures the variable. Null if the finding's rule does not fit a closure.
 */
function closureOf(finding: Finding, findings: readonly Finding[]): Finding | null {
  if (finding.decision === null || isClosure(finding)) return loopOf(finding, findings);
  const closures = findings
    .filter((one) => isClosure(one) && one.file === finding.file)
    .filter(({ ruleId, alternatives }) => [ruleId, ...alternatives].includes(finding.ruleId))
    .filter((one) => one.function === finding.function && one.line !== finding.line)
    .toSorted((a, b) => a.line - b.line);
  for (const { position, reason, text } of finding.decision.flow) {
    if (position?.file !== finding.file) continue;
    const above = closures.findLast(({ line }) => line <= position.line);
    if (above && (above.line === position.line || reason === 'captured by a closure')) return above;
    // `wg.Add(1)` and `mu.Lock()` stand before or behind the goroutine that shares them.
    if (text.startsWith('(*sync.'))
      return closures.find(({ line }) => line >= position.line) ?? above ?? null;
  }
  return null;
}

/** Adds up the costs of the findings' lines for each benchmark. */
function addUp(findings: readonly Finding[]): AffectedBenchmark[] {
  const byId = new Map<string, AffectedBenchmark>();
  for (const benchmark of findings.flatMap((finding) => finding.benchmarks)) {
    const known = byId.get(benchmarkId(benchmark));
    byId.set(benchmarkId(benchmark), {
      ...benchmark,
      addedObjects: benchmark.addedObjects + (known?.addedObjects ?? 0),
      addedBytes: benchmark.addedBytes + (known?.addedBytes ?? 0),
    });
  }
  return [...byId.values()].sort(compareBenchmarks);
}

/** A finding's largest addition to one benchmark. */
const largest = ({ benchmarks: [first] }: Finding): number => first?.addedObjects ?? 0;

/**
 * Merges findings with the same rule and cause: returns the most expensive one, or the closure that the others are about,
 * with the lines, benchmarks and other rules of all.
 */
function merge(group: readonly Finding[]): Finding | null {
  const closures = new Set(group.map((finding) => closureOf(finding, group)));
  const [main] = group.toSorted(
    (a, b) =>
      rankEvidence(a.evidence) - rankEvidence(b.evidence) ||
      Number(closures.has(b)) - Number(closures.has(a)) ||
      largest(b) - largest(a) ||
      compareFindings(a, b),
  );
  if (!main) return null;
  const places = new Map(
    [main, ...group.toSorted(compareFindings)]
      .flatMap((finding) => finding.places)
      .map((place) => [`${place.file}:${place.line}`, place]),
  );
  const others = group
    .flatMap(({ ruleId, alternatives }) => [ruleId, ...alternatives])
    .filter((id) => id !== main.ruleId);
  const alternatives = [...new Set([...main.alternatives, ...others])];
  return { ...main, benchmarks: addUp(group), places: [...places.values()], alternatives };
}

/**
 * Whether the compiler says of a caller what it also says of the changed line that was inlined there, so that both are
 * about the same allocation.
 */
function isInlinedCopy({ evidence, cause, decision }: Finding, findings: readonly Finding[]): boolean {
  if (evidence !== 'possible' || cause?.kind !== 'function' || decision === null) return false;
  return findings.some(
    (other) =>
      other.cause === null &&
      other.file === cause.file &&
      other.line === cause.line &&
      other.decision?.kind === decision.kind &&
      other.decision.expression === decision.expression,
  );
}

/** The changed line that a finding is about: its cause, or its own line. */
const changedLineOf = ({ cause, file, line }: Finding): string =>
  cause === null ? `${file}:${line}` : `${cause.file}:${cause.line}`;

/**
 * The measured finding that a possible one is merged into: with the same changed line, whatever the rule. What the compiler
 * newly decides about code that no benchmark runs has then the same cause as what was measured.
 */
function measuredOf(finding: Finding, measured: ReadonlyMap<string, Finding>): Finding {
  if (finding.evidence !== 'possible') return finding;
  return measured.get(changedLineOf(finding)) ?? finding;
}

/**
 * Merges findings to one for each rule, cause and evidence, and sorts them. A possible finding is merged into a measured
 * one with the same cause, preferably of the same rule.
 */
export function groupFindings(findings: readonly Finding[]): Finding[] {
  const own = findings.filter((finding) => !isInlinedCopy(finding, findings));
  const keyOf = (finding: Finding): string => {
    const main = closureOf(finding, own) ?? finding;
    return `${main.ruleId} ${causeKey(main)}`;
  };
  const measured = own.filter(({ evidence }) => evidence !== 'possible').toSorted(compareFindings);
  const keys = new Set(measured.map(keyOf));
  const byLine = new Map(measured.toReversed().map((finding) => [changedLineOf(finding), finding]));
  const byCause = Map.groupBy(own, (finding) => {
    const key = keyOf(finding);
    return keys.has(key) ? key : keyOf(measuredOf(finding, byLine));
  });
  const merged = [...byCause.values()].flatMap((group) => {
    const byEvidence = Map.groupBy(
      group.filter(({ evidence }) => evidence !== 'possible'),
      ({ evidence }) => evidence,
    );
    const possible = group.filter(({ evidence }) => evidence === 'possible');
    const groups = [...byEvidence.values()].map((list, index) =>
      index === 0 ? [...list, ...possible] : list,
    );
    return (groups.length > 0 ? groups : [possible]).flatMap((list) => merge(list) ?? []);
  });
  return merged.sort(compareFindings);
}
