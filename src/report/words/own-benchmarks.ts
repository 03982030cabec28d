import { type Prose, say } from '../model/prose.ts';
import type { ReportFinding } from '../model/schema.ts';
import { formatTried } from './numbers.ts';

type OwnBenchmark = NonNullable<ReportFinding['ownBenchmark']>;

const change = (base: number, head: number, unit: string): string =>
  base === head
    ? `${formatTried(head)} ${unit} on both sides`
    : `${formatTried(base)} → ${formatTried(head)} ${unit}`;

/** Which value cannot be made, or on which side the benchmark fails. */
function describeProblem(problem: Extract<OwnBenchmark, { problem: unknown }>['problem']): Prose {
  if (problem.kind !== 'unwritable') {
    const verb = problem.kind === 'compile' ? 'does not compile' : 'does not run to its end';
    return [`the one that was tried ${verb} at ${problem.side}`];
  }
  switch (problem.what) {
    case 'parameter':
      return problem.name === ''
        ? say`no value of the type ${problem.type} could be made`
        : say`no value could be made for its parameter ${`${problem.name} ${problem.type}`}`;
    case 'receiver':
      return say`no value of its receiver's type ${problem.type} could be made`;
    case 'type-parameter':
      return ['it has type parameters'];
  }
}

/** What a benchmark that allocgate wrote for a function measured, or why it could not write one. */
export function describeOwnBenchmark(own: OwnBenchmark): Prose {
  if ('problem' in own)
    return say`No benchmark could be written for ${own.function}: ${describeProblem(own.problem)}.`;
  const { base, head } = own;
  const inputs: Prose =
    own.from === null
      ? ['inputs made from the types (check that they are typical)']
      : say`the inputs of ${own.from}`;
  const counts = `${change(base.allocs, head.allocs, 'allocs/op')}, ${change(base.bytes, head.bytes, 'B/op')}`;
  return say`A benchmark to paste, with ${inputs}. ${own.name} was run on both sides: ${[counts]}.`;
}
