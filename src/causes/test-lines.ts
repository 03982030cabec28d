import path from 'node:path';
import { lineText } from './lines.ts';
import type { Cause } from '../compare/cause.ts';
import type { Decision, PlacedSite, TestSite } from '../compare/types.ts';
import { explainLostCall } from './inlining.ts';
import { explainLeak, handovers } from './parameters.ts';
import type { Case, ChangeFacts } from './types.ts';

const isTest = (file: string): boolean => file.endsWith('_test.go');

/**
 * The decision as one about a file of the tested package, without the steps on lines of tests: head has no such lines, and
 * the test's names of packages are mostly those of the package beside it.
 */
function besideTest(decision: Decision, file: string): Decision {
  const flow = decision.flow.map((step) =>
    step.position && isTest(step.position.file) ? { ...step, position: null } : step,
  );
  return { ...decision, position: { file, line: 0, column: 0 }, flow };
}

/**
 * The changed line of a function that is inlined into the test: the one that a step of the flow is written on, or the
 * first. The compiler gives such steps the position of the call.
 */
function explainInlined(facts: ChangeFacts, decision: Decision, inlined: readonly string[]): Cause | null {
  const declared = inlined.flatMap((name) => facts.functions.named(name, decision.position));
  const steps = new Set(decision.flow.filter(({ reason }) => reason !== null).map(({ text }) => text));
  for (const one of declared) {
    const lines = facts.functions.changedLines(one);
    const line = lines.find((changed) => steps.has(lineText(facts, one.file, changed))) ?? lines[0];
    if (line !== undefined) return { kind: 'function', file: one.file, line, text: one.name, via: [] };
  }
  return null;
}

/** The changed line by which a value of a test is on the heap; null: no step of its flow leads to one. */
function causeOf(
  facts: ChangeFacts,
  decision: Decision,
  { site, inlined }: Pick<TestSite, 'site' | 'inlined'>,
): Cause | null {
  const step = decision.flow.find(
    ({ position }) => position && facts.changes.isChanged(position.file, position.line),
  );
  if (step?.position)
    return { kind: 'flow', file: step.position.file, line: step.position.line, text: step.text, via: [] };
  const { position } = decision;
  const effect: Case = { position, decision, site, callers: [], stack: [], isNew: true };
  const leak = explainLeak(facts, effect);
  if (leak) return leak;
  for (const { called } of handovers(decision)) {
    const lost = explainLostCall(facts, called, position);
    if (lost) return lost;
  }
  return explainInlined(facts, decision, inlined);
}

/**
 * Moves an allocation of a benchmark itself, on a line that head does not have, to the changed line that led to it; null if
 * no line of code did, so that it may be the benchmark's own affair.
 */
export function placeTestSite(
  facts: ChangeFacts,
  { site, decision, code, inlined }: TestSite,
): PlacedSite | null {
  const [beside] = facts.filesIn(path.posix.dirname(site.position.file));
  if (!decision || beside === undefined) return null;
  const own = besideTest(decision, beside);
  const cause = causeOf(facts, own, { site, inlined });
  if (!cause || isTest(cause.file)) return null;
  const { file, line } = cause;
  const name = facts.functions.at(file, line)?.name ?? '';
  return {
    ...site,
    position: { file, line, column: 0 },
    function: name,
    callees: [[]],
    inlines: false,
    callers: [],
    known: { decision: { ...own, position: { file, line, column: 0 } }, cause, code },
  };
}
