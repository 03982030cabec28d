import { compareText } from '../../compare/order.ts';
import type { JudgedAcceptance } from '../decide/acceptances.ts';
import { formatSigned } from './numbers.ts';
import { count, joinProse, say, type Prose } from '../model/prose.ts';
import type { Acceptance } from '../model/pull-request.ts';
import type { Report } from '../model/schema.ts';

type Amounts = Acceptance['amounts'];

/** The most benchmarks that one sentence names. */
const MAX_BENCHMARKS = 3;

function formatIncrease({ allocs, bytes }: Amounts[string]): string {
  const parts = [
    allocs === 0 ? '' : `${formatSigned(allocs)} allocs/op`,
    bytes === 0 ? '' : `${formatSigned(Math.round(bytes))} B/op`,
  ].filter((part) => part !== '');
  return parts.join(', ') || 'nothing more';
}

/**
 * The increases of an acceptance: `+1 allocs/op, +16 B/op in example.com/m/log.BenchmarkInfo`. The largest come first;
 * after three, the others are only counted.
 */
export function describeAmounts(amounts: Amounts): Prose {
  const sorted = Object.entries(amounts).sort(
    ([a, x], [b, y]) => y.allocs - x.allocs || y.bytes - x.bytes || compareText(a, b),
  );
  const listed = sorted
    .slice(0, MAX_BENCHMARKS)
    .map(([id, increase]) => say`${[formatIncrease(increase)]} in ${id}`);
  const more = sorted.length - MAX_BENCHMARKS;
  const rest = more > 0 ? [[`more in ${count(more, 'other benchmark')}`]] : [];
  return joinProse([...listed, ...rest], '; ');
}

/** ` on 2026-11-30` for an ISO 8601 time; empty for any other text. */
function describeDay(at: string): string {
  const day = /^\d{4}-\d\d-\d\d/u.exec(at)?.[0];
  return day === undefined ? '' : ` on ${day}`;
}

/**
 * Who accepted a regression, on which pull request, when and why. The login is shown as code, so that GitHub notifies
 * nobody.
 */
export function describeOrigin({ by, at, reason, on }: Acceptance): Prose {
  const why = reason.trim() === '' ? [] : say` because ${reason}`;
  const where = on === undefined ? '' : ` on #${on}`;
  return [...say`accepted by ${by}${[where, describeDay(at)]}`, ...why];
}

/** Names the subject of an acceptance: a benchmark's name, or a finding's rule and place. */
export function describeSubject({ kind, id }: Acceptance['subject'], report: Report | null): Prose {
  const finding = kind === 'finding' ? report?.findings.find((one) => one.id === id) : undefined;
  return finding ? say`${[finding.exercise.id]} at ${`${finding.file}:${finding.line}`}` : say`${id}`;
}

/** Who accepted a regression, and whether the acceptance still holds: a sentence without its subject. */
export function describeAcceptance({ acceptance, holds, now }: JudgedAcceptance): Prose {
  const origin = describeOrigin(acceptance);
  const amounts = describeAmounts(acceptance.amounts);
  return holds
    ? say`${origin}: ${amounts}`
    : say`${origin}, but the cost has grown since then, so the acceptance is void: ${amounts} accepted, ${describeAmounts(now)} now`;
}
