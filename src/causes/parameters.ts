import type { Node } from 'web-tree-sitter';
import type { CauseStep } from '../compare/cause.ts';
import type { Decision, FlowStep } from '../compare/types.ts';
import { calledFunction, type DeclaredFunction } from './functions.ts';
import { lineAbout, lineText, mentions } from './lines.ts';
import type { CauseOf, ChangeFacts, Explain } from './types.ts';

const toStep = ({ text, position }: FlowStep): CauseStep[] =>
  position ? [{ file: position.file, line: position.line, text }] : [];

/** A function that gets a value as an argument, and the argument's number; null if the flow does not show it. */
type Handover = { step: FlowStep; called: string; argument: number | null };

/** The arguments in the text of a call, without the dictionaries of generic functions. */
function argumentsOf(text: string, called: string): string[] {
  const found = [''];
  let depth = 0;
  for (const char of text.slice(called.length + 1, -1)) {
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth -= 1;
    if (char === ',' && depth === 0) found.push('');
    else found[found.length - 1] += char;
  }
  return found.map((one) => one.trim()).filter((one) => !one.includes('..dict.'));
}

/** The value that flows at a step: the right side of the `flow:` line above it. */
function flowingAt(flow: readonly FlowStep[], step: FlowStep): string | null {
  const above = flow.slice(0, flow.indexOf(step)).findLast(({ reason }) => reason === null);
  const source = above?.text.split(' ← ')[1];
  return source?.replace(/^[&*]*(?:\{storage for (.*)\}$)?/su, '$1') ?? null;
}

export function handovers({ flow }: Decision): Handover[] {
  return flow.flatMap((step) => {
    const called = step.reason === 'call parameter' ? calledFunction(step.text) : null;
    if (called === null) return [];
    const value = flowingAt(flow, step);
    const list = argumentsOf(step.text, called);
    const exact = list.findIndex((one) => one.replace(/^[&*]+/u, '') === value);
    const found = exact >= 0 || !value ? exact : list.findIndex((one) => one.includes(value));
    return [{ step, called, argument: found < 0 ? null : found }];
  });
}

/**
 * The names of a function's parameters, with a method's receiver first, in the order of a call's arguments in the
 * compiler's text.
 */
function parameterNames(node: Node | undefined): string[] {
  const lists = [node?.childForFieldName('receiver'), node?.childForFieldName('parameters')];
  return lists.flatMap((list) =>
    (list?.namedChildren ?? []).flatMap((one) => {
      const names = one.childrenForFieldName('name').flatMap((name) => name?.text ?? []);
      return names.length > 0 ? names : ['_'];
    }),
  );
}

/** The parameter for an argument. The last parameter takes all further arguments. */
export function parameterAt(
  { sources }: ChangeFacts,
  declared: DeclaredFunction,
  argument: number | null,
): string | null {
  const node = sources.head(declared.file)?.functions.find((f) => f.firstLine === declared.firstLine)?.node;
  return (
    (argument === null
      ? null
      : parameterNames(node)
          .slice(0, argument + 1)
          .at(-1)) ?? null
  );
}

/** The name of a parameter at base. */
function formerName(
  { sources }: ChangeFacts,
  { file, firstLine, name }: DeclaredFunction,
  parameter: string,
): string {
  const now = sources.head(file)?.functions.find((f) => f.firstLine === firstLine)?.node;
  const index = parameterNames(now).indexOf(parameter);
  return parameterNames(sources.baseFunctionOf(file, name)?.node)[index] ?? parameter;
}

/** Leaks that base does not have, even under another name: those of the given parameter, if it has any. */
function newLeaks(facts: ChangeFacts, declared: DeclaredFunction, parameter: string | null): Decision[] {
  const { package: importPath, name, file, firstLine } = declared;
  const explained = facts.decisions
    .newIn('leaking-param', importPath, name)
    .filter(
      (leak) => !facts.decisions.hadIn(leak, importPath, name, formerName(facts, declared, leak.expression)),
    );
  // For mutually recursive functions, the compiler reports that a parameter leaks, but not how, and without the
  // function.
  const unexplained = facts.decisions
    .between(file, firstLine, firstLine, 'leaking-param')
    .filter((leak) => leak.function === null && facts.decisions.isNew(leak));
  const found = [...explained, ...unexplained];
  const own = found.filter(({ expression }) => expression === parameter);
  return own.length > 0 ? own : found;
}

/** The step of a leak that is on a changed line, if there is one. */
function changedStep({ changes }: ChangeFacts, { flow }: Decision): CauseStep | null {
  const found = flow.find(({ position }) => position && changes.isChanged(position.file, position.line));
  return (found && toStep(found)[0]) ?? null;
}

const keeps = (name: string, parameter: string, how: string): string =>
  `${name} keeps its parameter ${parameter}${how === '' ? '' : `: ${how}`}`;

/** A leak of an instance of another package's generic function. The compiler reports it, but not as a decision. */
function leakOfGeneric(
  facts: ChangeFacts,
  declared: DeclaredFunction,
  parameter: string | null,
): CauseOf<'leaking-param'> | null {
  const { file, firstLine, name } = declared;
  const isGeneric = /\w\[[^\]]*\][).(]|\w\[[^\]]*\]\)/u.test(lineText(facts, file, firstLine));
  if (!isGeneric || parameter === null) return null;
  const lines = facts.functions.changedLines(declared).filter((line) => line !== firstLine);
  const about = lines.filter((line) => mentions(lineText(facts, file, line), parameter));
  const line = about.find((at) => /=|<-|\breturn\b|\bappend\(/u.test(lineText(facts, file, at)));
  if (line === undefined) return null;
  return {
    kind: 'leaking-param',
    file,
    line,
    text: keeps(name, parameter, lineText(facts, file, line)),
    via: [],
  };
}

/**
 * Finds the origin of a leak of `declared` that base does not have, through calls of calls. `seen` prevents endless
 * recursion.
 */
function findLeak(
  facts: ChangeFacts,
  declared: DeclaredFunction,
  parameter: string | null,
  seen: Set<string>,
): CauseOf<'leaking-param'> | null {
  const { file, name } = declared;
  const key = `${file}:${declared.firstLine}`;
  if (seen.has(key)) return null;
  seen.add(key);
  for (const leak of newLeaks(facts, declared, parameter)) {
    const step = changedStep(facts, leak);
    if (step) {
      const text = keeps(name, leak.expression, step.text);
      return { kind: 'leaking-param', file: step.file, line: step.line, text, via: [] };
    }
    const deeper = followCalls(facts, leak, seen);
    if (deeper) return deeper;
    const line = lineAbout(facts, file, facts.functions.changedLines(declared), [leak.expression]);
    if (line !== undefined) {
      return { kind: 'leaking-param', file, line, text: keeps(name, leak.expression, ''), via: [] };
    }
  }
  return leakOfGeneric(facts, declared, parameter);
}

function followCalls(
  facts: ChangeFacts,
  decision: Decision,
  seen: Set<string>,
): CauseOf<'leaking-param'> | null {
  for (const { step, called, argument } of handovers(decision)) {
    for (const callee of facts.functions.named(called, step.position ?? decision.position)) {
      const cause = findLeak(facts, callee, parameterAt(facts, callee, argument), seen);
      if (cause) return { ...cause, via: [...cause.via, ...toStep(step)] };
    }
  }
  return null;
}

/** A function that gets the value as an argument now keeps it, or passes it to one that does. */
export const explainLeak: Explain<'leaking-param'> = (facts, { decision }) =>
  decision && followCalls(facts, decision, new Set());
