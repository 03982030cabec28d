import { count } from '../model/prose.ts';
import type { Report } from '../model/schema.ts';
import { failureWords } from './failure-words.ts';

type Entry = Report['unmeasured'][number];

const benchmarks = (entries: readonly Entry[]): string => count(entries.length, 'benchmark');
const packages = (entries: readonly Entry[]): string => count(entries.length, 'package');

/** How benchmarks ended: `failed`, or `failed or panicked` if they ended differently. Limits are not named here. */
function endingOf(entries: readonly Entry[]): string {
  const words = entries.flatMap(({ failure }) => (failure === null ? [] : [failureWords[failure]]));
  const endings = [...new Set(words)].slice(0, 2).join(' or ') || 'gave no result';
  return entries.length === 1 ? endings : endings.replace(/\bwas\b/u, 'were').replace(/\btakes\b/u, 'take');
}

/**
 * `3 benchmarks and the rest of 1 benchmark and 2 packages`: benchmarks of packages that were begun, benchmarks of which
 * some sub-benchmarks were measured, and packages that were not begun.
 */
function countParts(entries: readonly Entry[]): string {
  const whole = entries.filter(({ name }) => name === null);
  const partly = entries.filter(({ subBenchmarksMeasured }) => subBenchmarksMeasured !== undefined);
  const others = entries.length - whole.length - partly.length;
  const parts = [
    ...(others > 0 ? [count(others, 'benchmark')] : []),
    ...(partly.length > 0 ? [`the rest of ${benchmarks(partly)}`] : []),
    ...(whole.length > 0 ? [packages(whole)] : []),
  ];
  return parts.join(' and ');
}

/**
 * One clause for everything that was not compared for the same reason. It contains no name, because check titles are
 * plain text.
 */
const clauses: Readonly<Record<Entry['kind'], (entries: readonly Entry[]) => string>> = {
  broken: (entries) => `${benchmarks(entries)} ran at base and ${endingOf(entries)} at head`,
  failed: (entries) => `${benchmarks(entries)} ${endingOf(entries)}`,
  contradicting: (entries) => `${benchmarks(entries)} gave results that contradict each other`,
  undecided: (entries) =>
    `${benchmarks(entries)} ${entries.length === 1 ? 'allocates' : 'allocate'} more in most runs of head, but not in all`,
  replaced: (entries) => `${benchmarks(entries)} printed allocations that Go did not count`,
  removed: (entries) =>
    `${benchmarks(entries)} of base ${entries.length === 1 ? 'is' : 'are'} missing at head`,
  incomparable: (entries) =>
    `${benchmarks(entries)} changed, and neither version runs with the other side's code`,
  package: (entries) => `the benchmarks of ${packages(entries)} did not run`,
  limit: (entries) => `a limit was reached before ${countParts(entries)} could be measured`,
  stopped: (entries) => `the review was stopped before it had measured ${countParts(entries)}`,
  module: (entries) => `${count(entries.length, 'module')} ${entries.length === 1 ? 'was' : 'were'} left out`,
  unreached: (entries) => `no benchmark runs ${count(entries.length, 'changed function')}`,
  'set-up': (entries) =>
    `benchmarks run ${count(entries.length, 'changed function')} only before they measure`,
  'unreached-lines': (entries) =>
    `no benchmark runs all changed lines of ${count(entries.length, 'function')}`,
  nothing: () => 'nothing was measured',
};

/** `2 sub-benchmarks were measured`; empty if an entry is not about a benchmark that was measured in part. */
export function describeMeasuredPart({ subBenchmarksMeasured: measured }: Entry): string {
  if (measured === undefined) return '';
  return `${count(measured, 'sub-benchmark')} ${measured === 1 ? 'was' : 'were'} measured, the others were not`;
}

const capitalise = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/**
 * One sentence about everything that the change can reach and that was not compared. Empty if everything was compared.
 * `1 benchmark ran at base and panicked at head; the benchmarks of 2 packages did not run.`
 */
export function describeNotCompared({ unmeasured }: Pick<Report, 'unmeasured'>): string {
  const groups = [...Map.groupBy(unmeasured, ({ kind }) => kind)];
  const words = groups.map(([kind, entries]) => clauses[kind](entries));
  return words.length === 0 ? '' : `${capitalise(words.join('; '))}.`;
}
