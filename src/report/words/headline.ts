import { count } from '../model/prose.ts';
import type { Report, ReportBenchmark } from '../model/schema.ts';

const withVerdict = (report: Report, verdict: ReportBenchmark['verdict']): number =>
  report.benchmarks.filter((benchmark) => benchmark.verdict === verdict).length;

/** A benchmark whose row is worth showing. */
export const isChanged = (benchmark: ReportBenchmark): boolean => benchmark.verdict !== 'unchanged';

/** `2 of 24 benchmarks allocate more` and `1 allocates less`. */
function describeCounts(report: Report): string {
  const worse = withVerdict(report, 'regression');
  const better = withVerdict(report, 'improvement');
  const total = report.benchmarks.length;
  const measured = count(total, 'benchmark');
  const single = withVerdict(report, 'new') + withVerdict(report, 'removed');
  if (single === total) {
    return total === 1
      ? 'The only benchmark to run exists on one side, so there is nothing to compare it with'
      : `All ${measured} exist on one side only, so there is nothing to compare them with`;
  }
  if (total === 1 && worse + better === 1) {
    return `The measured benchmark allocates ${worse === 1 ? 'more' : 'less'}`;
  }
  const more = `${worse} of ${measured} ${worse === 1 ? 'allocates' : 'allocate'} more`;
  const less = `${better} ${better === 1 ? 'allocates' : 'allocate'} less`;
  if (worse > 0) return better > 0 ? `${more}, ${less}` : more;
  if (better > 0)
    return `${better} of ${measured} ${better === 1 ? 'allocates' : 'allocate'} less, none more`;
  return total === 1 ? 'The measured benchmark does not allocate more' : `None of ${measured} allocates more`;
}

/** Why there is no benchmark to show. Equal test binaries are a good reason, everything else is not. */
function describeNothing(report: Report): string {
  const binaries = report.skipped.unchangedTestBinaries;
  if (report.verdict !== 'pass') return 'Nothing was measured';
  if (binaries === 0) return 'There is nothing to compare';
  const are = binaries === 1 ? 'is' : 'are';
  return `No benchmark had to run: ${count(binaries, 'test binary', 'test binaries')} ${are} identical on both sides`;
}

/** What follows from the numbers for the merge. */
function describeGate(report: Report, accepted: number): string {
  const gates = report.findings.filter((finding) => finding.gates).length;
  if (report.verdict === 'fail') {
    const besides = accepted === 0 ? '' : `, ${accepted} ${accepted === 1 ? 'is' : 'are'} accepted`;
    return `; ${count(gates, 'finding')} ${gates === 1 ? 'gates' : 'gate'} the merge${besides}.`;
  }
  const regressed = withVerdict(report, 'regression') > 0;
  if (report.verdict === 'neutral' && regressed) return '; this does not gate the merge.';
  if (accepted > 0) return '; what would gate the merge is accepted.';
  return regressed ? '; none by its threshold or more.' : '.';
}

/** The review in one sentence. `accepted`: how many regressions past their threshold somebody accepted. */
export function describeVerdict(report: Report, accepted = 0): string {
  if (report.verdict === 'error') return 'The head does not compile, so nothing was measured.';
  if (report.benchmarks.length === 0) return `${describeNothing(report)}.`;
  const measured = report.benchmarks.some((b) => b.allocsPerOp.head !== null || b.allocsPerOp.base !== null);
  if (!measured) return `None of ${count(report.benchmarks.length, 'benchmark')} could be measured.`;
  return `${describeCounts(report)}${describeGate(report, accepted)}`;
}

/** What was left out because it cannot have changed, and what did not change; empty for nothing. */
export function describeRest(report: Report): string {
  const unchanged = withVerdict(report, 'unchanged');
  const binaries = report.skipped.unchangedTestBinaries;
  const same = unchanged === 0 ? '' : `${count(unchanged, 'benchmark')} unchanged.`;
  const skipped =
    binaries === 0 || (report.benchmarks.length === 0 && report.verdict === 'pass')
      ? ''
      : `${count(binaries, 'test binary', 'test binaries')} identical on both sides and not run.`;
  return [same, skipped].filter((part) => part !== '').join(' ');
}

/** `base 1a2b3c4d5e6f → head 9f8e7d6c5b4a, go1.26.10 linux/amd64`. */
export function describeSides(report: Report): string {
  const { go, goos, goarch } = report.toolchain;
  const head = report.head.sha === null ? 'the work tree' : `head ${report.head.sha.slice(0, 12)}`;
  return `base ${report.base.sha.slice(0, 12)} → ${head}, ${go} ${goos}/${goarch}`;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const accountings = {
  'cgroup-v2': 'cgroup v2',
  'cgroup-v1': 'cgroup v1',
  rlimits: 'limits of each process',
} as const;

/** `in a sandbox (bubblewrap, seccomp, cgroup v2)`. */
export function describeSandbox({ tier, accounting }: Report['sandbox']): string {
  if (tier === 'none') return 'without a sandbox';
  const kernel = tier === 'gvisor' ? 'gVisor' : 'bubblewrap, seccomp';
  return `in a sandbox (${kernel}, ${accountings[accounting]})`;
}

/** `34.1 s, of which the go tool and the benchmarks took 33.8 s`. */
export function describeTiming({ totalMs, goMs }: Report['timing']): string {
  return `${seconds(totalMs)}, of which the go tool and the benchmarks took ${seconds(goMs)}`;
}
