import type { Decision, Position } from '../compare/types.ts';
import { calledFunction } from './functions.ts';
import { lineText, mentions } from './lines.ts';
import { type ChangedName, type NamedDeclaration, type Wanted, namesIn } from './names.ts';
import type { Case, Explain, ChangeFacts } from './types.ts';

/** The kinds of declarations with a type that a value can be converted to. */
const typedKinds: readonly NamedDeclaration['kind'][] = ['signature', 'method', 'field', 'variable', 'type'];

/** Values that need memory for reasons other than their conversion. */
const OWN_MEMORY = /^(?:&|make\(|new\(|func literal|\[\]|map\[|\.\.\. argument|append)/u;

/** Whether the flow converts a value to an interface. For a boxed scalar, the compiler prints `spill`. */
export function isConversion({ flow, expression }: Decision): boolean {
  return flow.some(
    ({ reason }) => reason === 'interface-converted' || (reason === 'spill' && !OWN_MEMORY.test(expression)),
  );
}

/** The names in a step. For a called function, from its own name to that of its package. */
function namesOfStep(text: string): string[] {
  const called = calledFunction(text);
  return called === null ? namesIn(text.replace(/\(.*$/su, '') || text) : namesIn(called).toReversed();
}

/** The types of the value's destinations: the last step contains the one that required the conversion. */
function targetOf(facts: ChangeFacts, { position, decision }: Case, wanted: Wanted): ChangedName | null {
  const steps = (decision?.flow ?? []).filter(({ reason }) => reason !== null && reason !== 'spill');
  for (const { text, position: at } of steps.toReversed()) {
    const changed = facts.names.findChanged(namesOfStep(text), at?.file ?? position.file, wanted);
    if (changed) return changed;
  }
  const line = lineText(facts, position.file, position.line);
  const enclosing = facts.functions.at(position.file, position.line);
  const own = enclosing ? [enclosing.name.replace(/^.*\./su, '')] : [];
  return facts.names.findChanged([...namesIn(line), ...own], position.file, wanted);
}

/**
 * The receiver of a dynamic call: `s.hasher` in `s.hasher.Sum(buf)`. If the compiler knows the method, it prints
 * `(*fnv).Sum(s.hasher, buf)` instead.
 */
function receiverOf(facts: ChangeFacts, { decision }: Case, wanted: Wanted): ChangedName | null {
  const calls = (decision?.flow ?? []).flatMap(
    ({ reason, text, position }): { names: string[]; at: Position }[] => {
      const called = reason === 'call parameter' && !text.startsWith('(') ? calledFunction(text) : null;
      return called !== null && position
        ? [{ names: namesIn(called).slice(0, -1).toReversed(), at: position }]
        : [];
    },
  );
  for (const { names, at } of calls) {
    const changed = facts.names.findChanged(names, at.file, wanted) ?? parameterOf(facts, names, at, wanted);
    if (changed) return changed;
  }
  return null;
}

/** The changed signature of the function around a call, if it declares the variable that the call is made of. */
function parameterOf(
  facts: ChangeFacts,
  [variable, ...others]: readonly string[],
  { file, line }: Position,
  wanted: Wanted,
): ChangedName | null {
  const within = facts.functions.at(file, line);
  if (!within || variable === undefined || others.length > 0) return null;
  const changed = facts.names.findChanged([within.name.replace(/^.*\./su, '')], file, {
    ...wanted,
    kinds: ['signature'],
  });
  const declares = changed && mentions(lineText(facts, file, changed.line), variable);
  return declares && changed.declaration.firstLine === within.firstLine ? changed : null;
}

/**
 * A value is newly converted, because the type of its destination changed. Or it is passed to a method that is no
 * longer known, because the type of the method's receiver changed.
 */
export const explainInterface: Explain<'interface-introduced'> = (facts, effect) => {
  const { decision, isNew } = effect;
  if (!decision || !isNew) return null;
  const wanted = { kinds: typedKinds, pick: facts.names.interfaceLine };
  const changed = isConversion(decision)
    ? targetOf(facts, effect, wanted)
    : receiverOf(facts, effect, wanted);
  if (!changed) return null;
  const { file } = changed.declaration;
  const text = lineText(facts, file, changed.line);
  return { kind: 'interface-introduced', file, line: changed.line, text, via: [] };
};
