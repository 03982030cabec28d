import { wasCompared } from '../decide/unmeasured.ts';
import { count } from '../model/prose.ts';
import type { Report, ReportBenchmark } from '../model/schema.ts';
import { describeNotCompared } from './not-compared.ts';
import { formatSeconds } from './numbers.ts';

const withVerdict = (report: Report, verdict: ReportBenchmark['verdict']): number =>
  report.benchmarks.filter((benchmark) => benchmark.verdict === verdict).length;

/** Whether a report shows the numbers of a benchmark. Unchanged benchmarks are only counted. */
export const isChanged = (benchmark: ReportBenchmark): boolean => benchmark.verdict !== 'unchanged';

/** The benchmarks whose two sides were compared. */
const listCompared = (report: Report): ReportBenchmark[] =>
  report.benchmarks.filter((benchmark) => wasCompared(benchmark, report.unmeasured));

const differs = ({ allocsPerOp, bytesPerOp }: ReportBenchmark): boolean =>
  (allocsPerOp.delta ?? 0) !== 0 || (bytesPerOp.delta ?? 0) !== 0;

type Count = { more: number; less: number; small: number; edited: number; noisy: number; rounded: number };

/** Counts the benchmarks with a difference, by what the difference means. */
function countDifferences(compared: readonly ReportBenchmark[]): Count {
  const of = (verdict: ReportBenchmark['verdict']): ReportBenchmark[] =>
    compared.filter((benchmark) => benchmark.verdict === verdict);
  return {
    more: of('regression').length,
    less: of('improvement').length,
    small: of('below-threshold').length,
    edited: of('benchmark-changed').filter(differs).length,
    noisy: of('noisy').filter(differs).length,
    rounded: of('unchanged').filter(({ allocsPerOp }) => (allocsPerOp.delta ?? 0) !== 0).length,
  };
}

const verb = (number: number, plural: string): string => (number === 1 ? `${plural}s` : plural);

/** `2 of 24 benchmarks allocate more, 1 allocates less, 3 differ from run to run`: all benchmarks with a difference. */
function describeCounts(compared: readonly ReportBenchmark[]): string {
  const total = compared.length;
  const counts = countDifferences(compared);
  const clauses = [
    { number: counts.more, words: `${verb(counts.more, 'allocate')} more` },
    { number: counts.less, words: `${verb(counts.less, 'allocate')} less` },
    { number: counts.small, words: `${verb(counts.small, 'change')} by less than the threshold` },
    { number: counts.edited, words: `${verb(counts.edited, 'differ')} only because the benchmark changed` },
    { number: counts.noisy, words: `${verb(counts.noisy, 'differ')} from run to run` },
    { number: counts.rounded, words: `${verb(counts.rounded, 'differ')} only by rounding or set-up` },
  ].filter(({ number }) => number > 0);
  const [first, ...others] = clauses;
  if (!first)
    return total === 1
      ? 'The measured benchmark does not allocate more'
      : `None of ${count(total, 'benchmark')} allocates more`;
  const head =
    total === 1
      ? `The measured benchmark ${first.words}`
      : `${first.number} of ${count(total, 'benchmark')} ${first.words}`;
  const rest = others.map(({ number, words }) => `${number} ${words}`);
  const none = counts.more === 0 && others.length === 0 && counts.less > 0 && total > 1 ? ['none more'] : [];
  return [head, ...rest, ...none].join(', ');
}

const describeUnreached = (number: number): string =>
  `${count(number, 'benchmark')} ${number === 1 ? 'runs' : 'run'} nothing that changed`;

/** Why no benchmark was compared. Identical test binaries are a good reason, not a failure. */
function describeNothing(report: Report): string {
  const binaries = report.skipped.unchangedTestBinaries;
  const unreached = report.skipped.benchmarks?.length ?? 0;
  const single = report.benchmarks.filter(({ verdict }) => verdict === 'new').length;
  if (single > 0) {
    return single === 1
      ? 'The only benchmark to run is new, so there is nothing to compare it with'
      : `All ${single} benchmarks to run are new, so there is nothing to compare them with`;
  }
  if (report.verdict !== 'pass') return 'Nothing was compared';
  if (unreached > 0) return `No benchmark had to run: ${describeUnreached(unreached)}`;
  if (binaries === 0) return 'There is nothing to compare';
  const are = binaries === 1 ? 'is' : 'are';
  return `No benchmark had to run: ${count(binaries, 'test binary', 'test binaries')} ${are} identical on both sides`;
}

/** Whether the numbers gate the merge, as the end of the sentence that counts them. */
function describeGate(report: Report, accepted: number): string {
  const gating = report.findings.filter((finding) => finding.gates && finding.evidence !== 'broken');
  const gates = gating.length;
  const regressed = withVerdict(report, 'regression') > 0;
  if (
    regressed &&
    gates > 0 &&
    gating.every(({ evidence }) => evidence === 'adapted' || evidence === 'tested')
  ) {
    return `; this does not gate the merge, but ${count(gates, 'other finding')} ${gates === 1 ? 'does' : 'do'}.`;
  }
  if (gates > 0) {
    const besides = accepted === 0 ? '' : `, ${accepted} ${accepted === 1 ? 'is' : 'are'} accepted`;
    return `; ${count(gates, 'finding')} ${gates === 1 ? 'gates' : 'gate'} the merge${besides}.`;
  }
  if (report.verdict === 'neutral' && regressed) return '; this does not gate the merge.';
  if (accepted > 0) return '; everything that would gate the merge was accepted.';
  return regressed && report.verdict === 'pass' ? '; this does not gate the merge.' : '.';
}

/** The sentence about findings whose benchmark had to change with the code, so that each side ran its own version. */
function describeAdapted(report: Report): string {
  const adapted = report.findings.filter(({ evidence }) => evidence === 'adapted').length;
  if (adapted === 0) return '';
  const places = count(adapted, 'place');
  return `Where each side ran its own version of a changed benchmark, the change allocates more at ${places}.`;
}

/** Whether a benchmark broke, which is worse than one that could never be compared. */
const isBroken = ({ kind }: Report['unmeasured'][number]): boolean => kind === 'broken';

/** The sentences about what broke and what else was not compared, and whether that alone fails the check. */
function describeMissing(report: Report): { broken: string; others: string } {
  const gates =
    report.verdict === 'fail' &&
    report.findings.every((finding) => !finding.gates || finding.evidence === 'broken');
  const write = (unmeasured: Report['unmeasured']): string => {
    const sentence = describeNotCompared({ unmeasured });
    return gates ? sentence.replace(/\.$/u, ', which gates the merge.') : sentence;
  };
  return {
    broken: write(report.unmeasured.filter(isBroken)),
    others: write(report.unmeasured.filter((one) => !isBroken(one))),
  };
}

/**
 * Summarizes the review in one or two sentences. Benchmarks that broke come first, then those that were not compared,
 * unless a finding gates. `accepted`: the number of regressions above their threshold that were accepted.
 */
export function describeVerdict(report: Report, accepted = 0): string {
  if (report.verdict === 'error') return 'The head does not compile, so nothing was measured.';
  const compared = listCompared(report);
  const { broken, others } = describeMissing(report);
  const counts =
    compared.length > 0
      ? `${describeCounts(compared)}${describeGate(report, accepted)}`
      : broken + others === ''
        ? `${describeNothing(report)}.`
        : '';
  const isGated = report.findings.some(({ gates, evidence }) => gates && evidence !== 'broken');
  const parts = isGated
    ? [broken, counts, describeAdapted(report), others]
    : [broken, describeAdapted(report), others, counts];
  return parts.filter((part) => part !== '').join(' ');
}

/**
 * Counts unchanged benchmarks, and test binaries that did not run because both sides are identical. Empty if there are
 * none.
 */
export function describeRest(report: Report): string {
  const unchanged = withVerdict(report, 'unchanged');
  const binaries = report.skipped.unchangedTestBinaries;
  const same = unchanged === 0 ? '' : `${count(unchanged, 'benchmark')} unchanged.`;
  const skipped =
    binaries === 0 || (report.benchmarks.length === 0 && report.verdict === 'pass')
      ? ''
      : `${count(binaries, 'test binary', 'test binaries')} ${binaries === 1 ? 'is identical on both sides and was' : 'are identical on both sides and were'} not run.`;
  const unreached = report.skipped.benchmarks?.length ?? 0;
  const left =
    unreached === 0
      ? ''
      : `${describeUnreached(unreached)} and ${unreached === 1 ? 'was' : 'were'} not measured.`;
  return [same, left, skipped].filter((part) => part !== '').join(' ');
}

/** `base 1a2b3c4d5e6f → head 9f8e7d6c5b4a, go1.26.10 linux/amd64`. */
export function describeSides(report: Report): string {
  const { go, goos, goarch } = report.toolchain;
  const head = report.head.sha === null ? 'the work tree' : `head ${report.head.sha.slice(0, 12)}`;
  return `base ${report.base.sha.slice(0, 12)} → ${head}, ${go} ${goos}/${goarch}`;
}

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
  return `${formatSeconds(totalMs)}, of which the go tool and the benchmarks took ${formatSeconds(goMs)}`;
}
