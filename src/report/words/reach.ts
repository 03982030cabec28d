import { joinProse, type Prose, say } from '../model/prose.ts';
import type { Report } from '../model/schema.ts';

type ChangedFunction = NonNullable<Report['changedFunctions']>[number];

const MAX_NAMED = 5;
const MAX_RUNNERS = 3;
const MAX_RANGES = 5;

function listNames(names: readonly string[], most: number): Prose {
  const listed = joinProse(
    names.slice(0, most).map((name) => say`${name}`),
    ', ',
  );
  return names.length > most ? [...listed, ` and ${names.length - most} more`] : listed;
}

/** `3 of 5 changed functions are run by a benchmark`. */
function countRun(run: number, total: number): string {
  if (run < total)
    return `${run} of ${total} changed functions ${run === 1 ? 'is' : 'are'} run by a benchmark`;
  return total === 1
    ? 'The only changed function is run by a benchmark'
    : `All ${total} changed functions are run by a benchmark`;
}

/** Joins sorted line numbers to ranges: 3, 4, 5 and 9 become `3–5` and `9`. */
function joinRanges(lines: readonly number[]): string[] {
  const ranges: [first: number, last: number][] = [];
  for (const line of lines) {
    const open = ranges.at(-1);
    if (open && line === open[1] + 1) open[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
}

/** `lines 12–14, 20`; empty if there are none. */
function nameLines(lines: readonly number[]): string {
  const ranges = joinRanges(lines);
  if (ranges.length === 0) return '';
  const more = ranges.length > MAX_RANGES ? ` and ${ranges.length - MAX_RANGES} more` : '';
  return `${lines.length === 1 ? 'line' : 'lines'} ${ranges.slice(0, MAX_RANGES).join(', ')}${more}`;
}

/**
 * `no benchmark runs lines 12–14, 20`; empty if benchmarks run all changed lines of a function, or if that is not
 * known.
 */
export function describeLinesNotRun({ linesNotRun = [] }: Pick<ChangedFunction, 'linesNotRun'>): Prose {
  const lines = nameLines(linesNotRun);
  return lines === '' ? [] : [`no benchmark runs ${lines}`];
}

/** ` No benchmark runs lines 12–14 of parseHeader; line 20 of grow.` Empty if there are none. */
function describeBranches(changedFunctions: readonly ChangedFunction[]): Prose {
  const partly = changedFunctions.filter(({ linesNotRun = [] }) => linesNotRun.length > 0);
  if (partly.length === 0) return [];
  const named = partly
    .slice(0, MAX_NAMED)
    .map(({ name, linesNotRun = [] }) => say`${[nameLines(linesNotRun)]} of ${name}`);
  const more = partly.length > MAX_NAMED ? `; lines of ${partly.length - MAX_NAMED} more functions` : '';
  return [' No benchmark runs ', ...joinProse(named, '; '), more, '.'];
}

/** Explains changed functions whose source is the same, such as callers of a function that is no longer inlined. */
function explainDecisions(missed: readonly ChangedFunction[]): Prose {
  const names = missed.filter(({ change }) => change === 'decisions').map(({ name }) => name);
  if (names.length === 0) return [];
  return say` The source of ${listNames(names, MAX_NAMED)} is the same, but the compiler builds ${names.length === 1 ? 'it' : 'them'} differently.`;
}

/**
 * How much of the change benchmarks run: `3 of 5 changed functions are run by a benchmark; parseHeader, (*Ring).grow by
 * none.` Empty where no function changed.
 */
export function describeReach({ changedFunctions = [] }: Pick<Report, 'changedFunctions'>): Prose {
  const total = changedFunctions.length;
  const notRun = changedFunctions.filter(({ isRun, isSetUp }) => isRun === false && !isSetUp);
  const setUp = changedFunctions.filter(({ isSetUp }) => isSetUp).map(({ name }) => name);
  const missed = notRun.map(({ name }) => name);
  const unknown = changedFunctions.filter(({ isRun }) => isRun === null).length;
  if (total === 0) return [];
  if (unknown === total) {
    const which = total === 1 ? 'the only changed function' : `the ${total} changed functions`;
    return [`Whether a benchmark runs ${which} is not known.`];
  }
  if (missed.length === total) {
    const which = total === 1 ? 'the only changed function' : `any of the ${total} changed functions`;
    return say`No benchmark runs ${[which]}: ${listNames(missed, MAX_NAMED)}.${explainDecisions(notRun)}`;
  }
  const others: Prose = setUp.length > 0 ? say`; ${listNames(setUp, MAX_NAMED)} only in set-up` : [];
  const rest: Prose = [...others, unknown === 0 ? '.' : `; ${unknown} could not be checked.`];
  const head = countRun(total - missed.length - setUp.length - unknown, total);
  const branches = describeBranches(changedFunctions);
  return missed.length === 0
    ? [head, ...rest, ...branches]
    : say`${[head]}; ${listNames(missed, MAX_NAMED)} by none${rest}${explainDecisions(notRun)}${branches}`;
}

type Runners = Pick<ChangedFunction, 'isRun' | 'isSetUp' | 'benchmarks' | 'linesNotRun'>;

/**
 * The benchmarks that run a function: `BenchmarkA, BenchmarkB/x and 3 more`, `no benchmark`, `a benchmark` (it is not
 * known which), or `not known`; and the changed lines of the function that no benchmark runs.
 */
export function describeRunners(one: Runners): Prose {
  const { isRun, isSetUp, benchmarks } = one;
  if (isRun === null) return ['not known'];
  if (!isRun && !isSetUp) return ['no benchmark'];
  const runners: Prose = benchmarks.length === 0 ? ['a benchmark'] : listNames(benchmarks, MAX_RUNNERS);
  if (isSetUp) return [...runners, ', but not in what is measured'];
  const lines = describeLinesNotRun(one);
  return lines.length === 0 ? runners : [...runners, '; ', ...lines];
}
