import type { Cause, CauseStep, Decision, FlowStep } from '../compare/types.ts';
import { calledFunction, type DeclaredFunction } from './functions.ts';
import type { ChangedName, Declaration } from './names.ts';
import { namesIn } from './names.ts';
import type { Case, Explain, Facts } from './types.ts';

const toStep = ({ text, position }: FlowStep): CauseStep[] =>
  position ? [{ file: position.file, line: position.line, text }] : [];

/** The steps in which a value is handed to a function. */
function callSteps({ flow }: Decision): FlowStep[] {
  return flow.filter(({ reason }) => reason === 'call parameter');
}

/** The changed step of a leak, if one of its own steps stands on a changed line. */
function changedStep({ changes }: Facts, { flow }: Decision): CauseStep | null {
  const found = flow.find(({ position }) => position && changes.isChanged(position.file, position.line));
  return (found && toStep(found)[0]) ?? null;
}

/** Where a leak of `declared` that base does not have begins, through calls of calls; `seen` keeps it out of circles. */
function findLeak(facts: Facts, declared: DeclaredFunction, seen: Set<string>): Cause | null {
  const key = `${declared.file}:${declared.firstLine}`;
  if (seen.has(key)) return null;
  seen.add(key);
  for (const leak of facts.decisions.newIn('leaking-param', declared.package, declared.name)) {
    const step = changedStep(facts, leak);
    if (step) {
      const text = `${declared.name} keeps its parameter ${leak.expression}: ${step.text}`;
      return { kind: 'leaking-param', file: step.file, line: step.line, text, via: [] };
    }
    const deeper = followCalls(facts, leak, seen);
    if (deeper) return deeper;
    const [line] = facts.functions.changedLines(declared);
    if (line !== undefined) {
      const text = `${declared.name} keeps its parameter ${leak.expression}`;
      return { kind: 'leaking-param', file: declared.file, line, text, via: [] };
    }
  }
  return null;
}

function followCalls(facts: Facts, decision: Decision, seen: Set<string>): Cause | null {
  for (const step of callSteps(decision)) {
    const name = calledFunction(step.text);
    for (const callee of name === null ? [] : facts.functions.named(name)) {
      const cause = findLeak(facts, callee, seen);
      if (cause) return { ...cause, via: [...cause.via, ...toStep(step)] };
    }
  }
  return null;
}

/** A function that the value is handed to now keeps it, or hands it on to one that does. */
export const explainLeak: Explain = (facts, { decision }) =>
  decision && followCalls(facts, decision, new Set());

/** What has a type of its own that a value can be converted to. */
const typedKinds: readonly Declaration['kind'][] = ['signature', 'method', 'field', 'variable', 'type'];

/** Values that need memory for other reasons than their conversion. */
const ownMemory = /^(?:&|make\(|new\(|func literal|\[\]|map\[|\.\.\. argument|append)/u;

/** Whether the flow turns a value into an interface: the compiler says `spill` of a boxed scalar. */
function isConversion({ flow, expression }: Decision): boolean {
  return flow.some(
    ({ reason }) => reason === 'interface-converted' || (reason === 'spill' && !ownMemory.test(expression)),
  );
}

/** The types of the places that the value goes to: the last step names the one that asked for the conversion. */
function targetOf(facts: Facts, { position, decision }: Case): ChangedName | null {
  const steps = (decision?.flow ?? []).filter(({ reason }) => reason !== null && reason !== 'spill');
  for (const { text, position: at } of steps.toReversed()) {
    const names = namesIn(text.replace(/\(.*$/su, (rest) => (text.startsWith('(') ? rest : '')));
    const changed = facts.names.findChanged(names, at?.file ?? position.file, typedKinds);
    if (changed) return changed;
  }
  const line = facts.sources.head(position.file)?.lines[position.line - 1] ?? '';
  const enclosing = facts.functions.at(position.file, position.line);
  const own = enclosing ? [enclosing.name.replace(/^.*\./su, '')] : [];
  return facts.names.findChanged([...namesIn(line), ...own], position.file, typedKinds);
}

/** The code of a line, without what a comment says of it. */
export function lineText({ sources }: Facts, file: string, line: number): string {
  const text = sources.head(file)?.lines[line - 1] ?? '';
  return text.replace(/(?:^|\s)\/\/.*$/u, '').trim();
}

/** The line itself converts a value that base left as it was, because what it is handed or stored to changed its type. */
export const explainInterface: Explain = (facts, effect) => {
  const { decision, isNew } = effect;
  if (!decision || !isNew || !isConversion(decision)) return null;
  const changed = targetOf(facts, effect);
  if (!changed || !facts.names.introducesInterface(changed)) return null;
  const { file } = changed.declaration;
  const text = lineText(facts, file, changed.line);
  return { kind: 'interface-introduced', file, line: changed.line, text, via: [] };
};
