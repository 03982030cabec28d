import { suggest } from '../../config/suggest.ts';
import { findRule, ruleNames } from '../../rules/rule-list.ts';
import type { Rule } from '../../rules/schema.ts';
import { amountsOf, increaseOf } from './acceptances.ts';
import { benchmarkId, dropBenchmark } from '../../compare/benchmark-id.ts';
import { cutName } from '../model/escape.ts';
import type { Acceptance } from '../model/pull-request.ts';
import type { Report, ReportBenchmark, ReportFinding } from '../model/schema.ts';

/** A finding or benchmark that can be accepted, and its present cost. */
export type AcceptableSubject = { kind: 'finding' | 'benchmark'; id: string; amounts: Acceptance['amounts'] };

/** Why a name in a command cannot be accepted, and names that may be meant. */
export type SubjectProblem = { problem: 'unknown' | 'ambiguous' | 'nothing-to-accept'; similar: string[] };

/** The shortest accepted prefix of a fingerprint. */
const MIN_PREFIX = 6;
const MAX_SIMILAR = 5;

/** `example.com/m/pkg` → `pkg`. */
const lastElement = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

type BenchmarkName = Pick<ReportBenchmark, 'package' | 'name'>;

/**
 * All names of a benchmark: with its full path, with the last element, and alone; long ones also as comments cut them.
 */
function namesOf(benchmark: BenchmarkName): string[] {
  const names = [
    benchmarkId(benchmark),
    `${lastElement(benchmark.package)}.${benchmark.name}`,
    benchmark.name,
    `${lastElement(benchmark.package)}.${dropBenchmark(benchmark.name)}`,
    `${benchmark.package}.${dropBenchmark(benchmark.name)}`,
    dropBenchmark(benchmark.name),
  ];
  return [...new Set([...names, ...names.map(cutName)])];
}

/** People copy names with backticks around them, and names from `go test` with the number of processors at the end. */
const stripQuotes = (text: string): string => text.trim().replace(/^`+|`+$/gu, '');
const stripProcs = (name: string): string => name.replace(/-\d+$/u, '');

function findFindings<T extends { id: string }>(findings: readonly T[], text: string): T[] {
  const prefix = text.toLowerCase();
  if (prefix.length < MIN_PREFIX || !/^[0-9a-f]+$/u.test(prefix)) return [];
  return findings.filter(({ id }) => id.startsWith(prefix));
}

const isRegression = ({ verdict }: ReportBenchmark): boolean => verdict === 'regression';

/** The benchmarks that a name may mean: those with that name, else the sub-benchmarks of one with that name. */
function findNamed<T extends BenchmarkName>(benchmarks: readonly T[], text: string): T[] {
  const called = (name: string): T[] => benchmarks.filter((benchmark) => namesOf(benchmark).includes(name));
  const below = benchmarks.filter((benchmark) =>
    namesOf(benchmark).some((name) => name.startsWith(`${text}/`)),
  );
  return [called(text), called(stripProcs(text)), below].find((list) => list.length > 0) ?? [];
}

/** Like `findNamed`, but if any of them regressed, only those that did, because people name regressions. */
function findBenchmarks({ benchmarks }: Report, text: string): ReportBenchmark[] {
  const found = findNamed(benchmarks, text);
  const regressed = found.filter(isRegression);
  return regressed.length > 0 ? regressed : found;
}

function findSimilar(report: Report, text: string): string[] {
  const similar = suggest(text, [
    ...report.benchmarks.flatMap(namesOf),
    ...report.findings.map(({ id }) => id),
  ]);
  return similar === null ? [] : [similar];
}

const toFindingSubject = ({ id, costs }: ReportFinding): AcceptableSubject => ({
  kind: 'finding',
  id,
  amounts: amountsOf(costs),
});

const toBenchmarkSubject = (benchmark: ReportBenchmark): AcceptableSubject => ({
  kind: 'benchmark',
  id: benchmarkId(benchmark),
  amounts: { [benchmarkId(benchmark)]: increaseOf(benchmark) },
});

/**
 * Finds the subject that a maintainer names in a command: a finding by its fingerprint or at least six digits of
 * it, or a benchmark as `package.BenchmarkX/sub`, `pkg.BenchmarkX/sub` or `BenchmarkX/sub`.
 */
export function resolveSubject(report: Report, text: string): AcceptableSubject | SubjectProblem {
  const name = stripQuotes(text);
  const findings = findFindings(report.findings, name);
  const [finding] = findings;
  if (findings.length > 1) {
    return { problem: 'ambiguous', similar: findings.map(({ id }) => id).slice(0, MAX_SIMILAR) };
  }
  if (finding) {
    return (finding.costs.length > 0 && finding.evidence !== 'broken') || finding.contract
      ? toFindingSubject(finding)
      : { problem: 'nothing-to-accept', similar: [] };
  }
  const benchmarks = findBenchmarks(report, name);
  const [benchmark] = benchmarks;
  if (!benchmark) return { problem: 'unknown', similar: findSimilar(report, name) };
  if (benchmarks.length > 1) {
    return { problem: 'ambiguous', similar: benchmarks.map(benchmarkId).slice(0, MAX_SIMILAR) };
  }
  return isRegression(benchmark)
    ? toBenchmarkSubject(benchmark)
    : { problem: 'nothing-to-accept', similar: [] };
}

type Subject = Acceptance['subject'];

/** The benchmarks among accepted subjects, whose ID is `package.BenchmarkX/sub`. */
const acceptedBenchmarks = (subjects: readonly Subject[]): (Subject & BenchmarkName)[] =>
  subjects.flatMap((subject) => {
    const { path, name } = /^(?<path>.*?)\.(?<name>Benchmark.*)$/su.exec(subject.id)?.groups ?? {};
    const isBenchmark = subject.kind === 'benchmark' && path !== undefined && name !== undefined;
    return isBenchmark ? [{ ...subject, package: path, name }] : [];
  });

/**
 * Finds the accepted subject that a command names, by the names that `resolveSubject` takes. What was accepted may be
 * missing from the report, because it is fixed.
 * @param report null: nothing was measured for this head
 */
export function resolveAccepted(
  accepted: readonly Subject[],
  report: Report | null,
  text: string,
): Subject | (Pick<SubjectProblem, 'similar'> & { problem: 'unknown' | 'ambiguous' }) {
  const name = stripQuotes(text);
  const subjects = [...new Map(accepted.map((subject) => [subject.id, subject])).values()];
  const ofId = (id: string): Subject | undefined => subjects.find((subject) => subject.id === id);
  const reported = report === null ? null : resolveSubject(report, text);
  const exact = ofId(name) ?? (reported && 'id' in reported ? ofId(reported.id) : undefined);
  if (exact) return exact;
  const findings = findFindings(
    subjects.filter(({ kind }) => kind === 'finding'),
    name,
  );
  const found = findings.length > 0 ? findings : findNamed(acceptedBenchmarks(subjects), name);
  const [only] = found;
  if (!only) return { problem: 'unknown', similar: [] };
  if (found.length > 1) {
    return { problem: 'ambiguous', similar: found.map(({ id }) => id).slice(0, MAX_SIMILAR) };
  }
  return { kind: only.kind, id: only.id };
}

/** The subjects that the button "Accept" accepts: every finding that gates. */
export const listGating = (report: Report): AcceptableSubject[] =>
  report.findings.filter(({ gates, evidence }) => gates && evidence !== 'broken').map(toFindingSubject);

/** Why a name in a command leads to no exercise page. `without-page`: it is a finding that no rule made. */
export type RuleNameProblem = { problem: 'unknown' | 'ambiguous' | 'without-page'; similar: string[] };

/**
 * The rule that a command names by its ID, by its slug, or by a finding of the report.
 * @param report null if nothing was measured yet
 */
export function resolveRule<T extends Pick<Rule, 'id' | 'slug'>>(
  rules: readonly T[],
  report: Report | null,
  text: string,
): { rule: T; finding: ReportFinding | null } | RuleNameProblem {
  const name = stripQuotes(text);
  const named = findRule(rules, name);
  if (named) return { rule: named, finding: null };
  const findings = report === null ? [] : findFindings(report.findings, name);
  const [finding] = findings;
  if (findings.length > 1) {
    return { problem: 'ambiguous', similar: findings.map(({ id }) => id).slice(0, MAX_SIMILAR) };
  }
  const rule = finding ? findRule(rules, finding.rule) : null;
  if (finding) return rule ? { rule, finding } : { problem: 'without-page', similar: [] };
  const similar = suggest(name, ruleNames(rules));
  return { problem: 'unknown', similar: similar === null ? [] : [similar] };
}
