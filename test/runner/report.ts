import { inspect } from 'node:util';
import type { Counts, Outcome } from './types.ts';

export const hasFailed = ({ failures }: Outcome): boolean => failures.length > 0;

const seconds = (value: number): string => `${value.toFixed(1)} s`;

function renderSeconds({ seconds: wall, processorSeconds }: Outcome): string {
  return `${seconds(wall)}${processorSeconds === null ? '' : `, processor ${seconds(processorSeconds)}`}`;
}

/** One line for a test file; if it failed, also each failure and what the file printed. */
export function renderOutcome(outcome: Outcome): string {
  const { name, counts, failures, output } = outcome;
  const line = `${hasFailed(outcome) ? '✖' : '✔'} ${name} (${counts.tests} tests, ${renderSeconds(outcome)})`;
  const details = failures.map(
    (failure) => `  ✖ ${failure.name}\n${indent(inspect(failure.error, { depth: 8 }))}`,
  );
  const printed = hasFailed(outcome) && output.trim() !== '' ? [indent(output.trimEnd())] : [];
  return [line, ...details, ...printed].join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gmu, '    ');
}

export function renderSlowest(outcomes: readonly Outcome[], most = 10): string {
  const slowest = [...outcomes].sort((a, b) => b.seconds - a.seconds).slice(0, most);
  return [
    'The slowest files, by wall time and with their processor time:',
    ...slowest.map(
      (one) =>
        `${seconds(one.seconds).padStart(9)}  ${seconds(one.processorSeconds ?? 0).padStart(9)}  ${one.name}`,
    ),
  ].join('\n');
}

const sum = (outcomes: readonly Outcome[], of: keyof Counts): number =>
  outcomes.reduce((total, { counts }) => total + counts[of], 0);

/** All tests counted, line by line as node's own `spec` reporter does. */
export function renderSummary(outcomes: readonly Outcome[], milliseconds: number): string {
  return [
    `ℹ tests ${sum(outcomes, 'tests')}`,
    `ℹ suites ${sum(outcomes, 'suites')}`,
    `ℹ pass ${sum(outcomes, 'passed')}`,
    `ℹ fail ${sum(outcomes, 'failed')}`,
    'ℹ cancelled 0',
    `ℹ skipped ${sum(outcomes, 'skipped')}`,
    `ℹ todo ${sum(outcomes, 'todo')}`,
    `ℹ duration_ms ${milliseconds.toFixed(3)}`,
  ].join('\n');
}
