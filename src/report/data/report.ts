import { compareText } from '../../compare/order.ts';
import { buildLineMap, type LineMap } from '../../compare/line-map.ts';
import type { Cause } from '../../compare/cause.ts';
import type {
  AllocationNode,
  Decision,
  Delta,
  EscapeChange,
  FlowStep,
  TreeDiff,
} from '../../compare/types.ts';
import type { Config } from '../../config/schema.ts';
import { type Finding, rankEvidence } from '../../rules/types.ts';
import { createConsent, judgeAcceptances } from '../decide/acceptances.ts';
import { placeFindings } from '../decide/placement.ts';
import type { PlannedReview } from '../decide/planned.ts';
import { benchmarkId } from '../../compare/benchmark-id.ts';
import { copyAmount, planCost, roundAverage } from '../decide/costs.ts';
import { cleanLine } from '../model/escape.ts';
import { findingMessage, quoteCompiler } from '../words/finding.ts';
import { decideVerdict, isGating, type Consent } from '../decide/gate.ts';
import { indexOf, placeOf } from '../decide/review-index.ts';
import { changedLinesNotRun, listUnmeasured } from '../decide/unmeasured.ts';
import { describeReason, describeWarnings } from '../words/warnings.ts';
import { toPlain } from '../model/prose.ts';
import type { Acceptance } from '../model/pull-request.ts';
import type { Report, ReportBenchmark, ReportFinding } from '../model/schema.ts';
import type { Review } from '../model/review.ts';

const roundChange = ({ base, head }: { base: number; head: number }) => ({
  base: roundAverage(base),
  head: roundAverage(head),
});

/** A copy with the units in a fixed order. */
function sortUnits(sample: Record<string, number[]>): Record<string, number[]> {
  const units = Object.entries(sample).sort(([a], [b]) => compareText(a, b));
  return Object.fromEntries(units.map(([unit, values]) => [unit, [...values]]));
}

function planBenchmark(delta: Delta): ReportBenchmark {
  return {
    package: delta.package,
    name: delta.name,
    verdict: delta.verdict,
    reason: delta.reason === null ? null : toPlain(describeReason(delta.reason)),
    allocsPerOp: copyAmount(delta.allocsPerOp),
    bytesPerOp: copyAmount(delta.bytesPerOp),
    nsPerOp: copyAmount(delta.nsPerOp),
    samples: { base: sortUnits(delta.samples.base), head: sortUnits(delta.samples.head) },
    sites: delta.sites
      .map((site) => ({
        file: site.position.file,
        line: site.position.line,
        function: site.function,
        objectsPerOp: roundChange(site.objectsPerOp),
        bytesPerOp: roundChange(site.bytesPerOp),
      }))
      .sort(
        (a, b) =>
          b.objectsPerOp.head - b.objectsPerOp.base - (a.objectsPerOp.head - a.objectsPerOp.base) ||
          byPlace(a, b) ||
          compareText(a.function, b.function),
      ),
    ...(delta.allocations && { allocations: delta.allocations.map(copyNode) }),
  };
}

const copyNode = (node: AllocationNode): NonNullable<ReportBenchmark['allocations']>[number] => ({
  parent: node.parent,
  function: node.function,
  line: node.line && { ...node.line },
  objectsPerOp: roundChange(node.objectsPerOp),
  bytesPerOp: roundChange(node.bytesPerOp),
});

/** Shortens an expression. The compiler repeats a literal in each step, and a literal can have 60 kB. */
const cutExpression = (text: string): string =>
  text.length <= MAX_EXPRESSION ? text : `${text.slice(0, MAX_EXPRESSION - 1)}…`.toWellFormed();
const MAX_EXPRESSION = 1000;

/** One step as a line: `level (interface-converted) at pkg/x.go:42`. */
function formatStep({ text, reason, position }: FlowStep): string {
  const why = reason === null ? '' : ` (${reason})`;
  const where = position === null ? '' : ` at ${position.file}:${position.line}`;
  return `${cutExpression(text)}${why}${where}`;
}

/** `dst ← dst`: the two variables have the same name, so the step explains nothing. */
const isNoise = ({ text }: FlowStep): boolean => {
  const [to, from, ...more] = text.split(' ← ');
  return more.length === 0 && from !== undefined && to?.trim() === from.trim();
};

/** The compiler's steps to a decision, one line each. */
const listSteps = ({ flow }: Decision): string[] => flow.filter((step) => !isNoise(step)).map(formatStep);

const copyCause = (cause: Cause | null): Cause | null =>
  cause && {
    kind: cause.kind,
    file: cause.file,
    line: cause.line,
    text: cutExpression(cause.text),
    via: cause.via.map(({ file, line, text }) => ({ file, line, text: cutExpression(text) })),
  };

/** A changed heap decision; null for other kinds, which are not allocations. */
function planEscape(change: EscapeChange, review: Review): Report['escapes'][number] | null {
  const { decision } = change;
  if (decision.kind !== 'escapes-to-heap' && decision.kind !== 'moved-to-heap') return null;
  const finding = indexOf(review).decided.get(placeOf(decision));
  return {
    change: change.change,
    kind: decision.kind,
    package: decision.package,
    file: decision.position.file,
    line: decision.position.line,
    column: decision.position.column,
    function: decision.function,
    expression: cutExpression(decision.expression),
    onChangedLine: change.onChangedLine,
    flow: listSteps(decision),
    cause: change.change === 'added' ? copyCause(finding?.cause ?? null) : null,
  };
}

/** The functions that a line calls and that allocate for it, each once, heaviest first. */
function listCalls(finding: Finding): string[] {
  const calls = (finding.site?.callees ?? []).flatMap((chain) => chain.slice(0, 1));
  return [...new Set(calls)];
}

function planFinding(finding: Finding, review: Review, config: Config, consent: Consent): ReportFinding {
  const { id, title, document, section, url } = finding.exercise;
  const planned = {
    id: finding.id,
    rule: finding.rule,
    exercise: { id, title, ...(document !== undefined && { document }), section, url },
    evidence: finding.evidence,
    gates: isGating(finding, review, config, consent),
    file: finding.file,
    line: finding.line,
    function: finding.function,
    onChangedLine: finding.onChangedLine,
    places: finding.places.map(({ file, line, function: name }) => ({ file, line, function: name })),
    benchmarks: finding.benchmarks.map(benchmarkId),
    costs: finding.benchmarks.map((benchmark) => planCost(benchmark, review)),
    message: '',
    compiler: finding.decision && cutExpression(quoteCompiler(finding.decision)),
    flow: finding.decision ? listSteps(finding.decision) : [],
    allocator: finding.allocator,
    calls: listCalls(finding),
    cause: copyCause(finding.cause),
    ...(finding.benchmarkCode !== undefined && { benchmarkCode: finding.benchmarkCode }),
    ...(finding.contract && { contract: finding.contract }),
    ...(finding.failure && { failure: finding.failure }),
    ...(finding.experiment && { experiment: finding.experiment }),
    ...(finding.ownBenchmark && { ownBenchmark: finding.ownBenchmark }),
    ...(finding.suggestion && { suggestion: finding.suggestion }),
    ...(finding.tested && { tested: finding.tested }),
    ...(finding.quietTests && { quietTests: finding.quietTests }),
    advice: finding.advice,
    alternatives: [...finding.alternatives],
    ...(finding.others && { otherRules: finding.others.map((other) => ({ ...other })) }),
  };
  return { ...planned, message: findingMessage(planned) };
}

type Reached = NonNullable<Review['reach']>['functions'][number];

function planFunction(reached: Reached, map: LineMap): NonNullable<Report['changedFunctions']>[number] {
  const { package: path, name, file, line, change, isRun, benchmarks } = reached;
  const linesNotRun = changedLinesNotRun(reached, map);
  return {
    package: path,
    name,
    file,
    line,
    change,
    isRun,
    ...(reached.isSetUp && { isSetUp: true }),
    benchmarks: benchmarks.map(benchmarkId),
    ...(linesNotRun && { linesNotRun }),
  };
}

function planFunctions(
  { functions }: NonNullable<Review['reach']>,
  diff: TreeDiff,
): Report['changedFunctions'] {
  const map = buildLineMap(diff);
  return functions.map((one) => planFunction(one, map));
}

/** The go command heads each package's lines with `# package`; headings without lines are removed. */
function dropEmptyHeadings(lines: readonly string[]): string[] {
  const isHeading = (line: string | undefined): boolean => line === undefined || line.startsWith('# ');
  return lines.filter((line, index) => !isHeading(line) || !isHeading(lines[index + 1]));
}

type Placed = { file: string; line: number };
const byPlace = (a: Placed, b: Placed): number => compareText(a.file, b.file) || a.line - b.line;

/** The strongest evidence comes first, then the place, then the fingerprint. */
const byFinding = (a: ReportFinding, b: ReportFinding): number =>
  rankEvidence(a.evidence) - rankEvidence(b.evidence) || byPlace(a, b) || compareText(a.id, b.id);

/**
 * Applies a config to a review and creates the JSON report: gates, verdict and sentences, everything sorted. The same
 * review gives the same report.
 * @param acceptances regressions that maintainers accepted: they do not gate
 */
export function planReport(review: Review, config: Config, acceptances: readonly Acceptance[] = []): Report {
  const consent = createConsent(review, acceptances);
  return {
    schemaVersion: 2,
    verdict: decideVerdict(review, config, consent),
    base: { sha: review.base.sha },
    head: { sha: review.head.sha },
    toolchain: { ...review.toolchain },
    benchmarks: review.deltas
      .map(planBenchmark)
      .sort((a, b) => compareText(a.package, b.package) || compareText(a.name, b.name)),
    escapes: review.escapes
      .flatMap((change) => planEscape(change, review) ?? [])
      .sort(
        (a, b) =>
          byPlace(a, b) ||
          a.column - b.column ||
          compareText(a.kind, b.kind) ||
          compareText(a.change, b.change) ||
          compareText(a.expression, b.expression),
      ),
    findings: review.findings.map((finding) => planFinding(finding, review, config, consent)).sort(byFinding),
    ...(review.sources && { sources: structuredClone(review.sources) }),
    unmeasured: listUnmeasured(review),
    buildErrors: dropEmptyHeadings(review.buildErrors.map(cleanLine)),
    skipped: {
      unchangedTestBinaries: review.skipped.unchangedTestBinaries,
      packages: [...review.skipped.packages].sort(compareText),
      ...(review.reach && { benchmarks: review.reach.unreached.map(benchmarkId) }),
    },
    ...(review.reach && { changedFunctions: planFunctions(review.reach, review.diff) }),
    warnings: describeWarnings(review.warnings).map(toPlain),
    sandbox: { tier: review.sandbox.tier, accounting: review.sandbox.accounting },
    timing: { ...review.timing },
  };
}

/** Makes all decisions about a review: the report, the places of its findings, and which acceptances still hold. */
export function planReview(
  review: Review,
  config: Config,
  acceptances: readonly Acceptance[] = [],
): PlannedReview {
  const report = planReport(review, config, acceptances);
  return {
    report,
    review,
    config,
    placement: placeFindings(report.findings, review.diff, config),
    judged: judgeAcceptances(review, config, acceptances),
  };
}
