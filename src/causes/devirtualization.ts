import type { Cause, Decision, Position } from '../compare/types.ts';
import { findChangedFunction, linesOf, lostCallsAt } from './inlining.ts';
import type { DeclaredFunction } from './functions.ts';
import { namesIn } from './names.ts';
import type { Explain, Facts } from './types.ts';

/** Calls of an interface's method that the compiler made direct in base, and makes dynamic in head. */
function lostAt({ decisions }: Facts, position: Position): Decision[] {
  const now = decisions.at(position.file, position.line, 'devirtualized');
  return decisions
    .before(position, 'devirtualized')
    .filter((old) => !now.some(({ expression }) => expression === old.expression));
}

/** What in a function, or in what was inlined into it, can have hidden the concrete type. */
function findReason(facts: Facts, within: DeclaredFunction): Omit<Cause, 'kind' | 'text'> | null {
  const { file, firstLine, lastLine } = within;
  for (let line = firstLine; line <= lastLine; line += 1) {
    for (const call of lostCallsAt(facts, { file, line, column: 0 })) {
      const [callee] = facts.functions.named(call.expression);
      const changed = callee && findChangedFunction(facts, callee);
      const [first] = changed?.lines ?? [];
      if (!changed || first === undefined) continue;
      const step = { file, line, text: `${call.expression} is not inlined any more` };
      return { file: changed.declared.file, line: first, via: [step] };
    }
  }
  const changed = findChangedFunction(facts, within);
  const [first] = changed?.lines ?? [];
  if (changed && first !== undefined) {
    // The last step is the function itself, of which the call is told anyway.
    return { file: changed.declared.file, line: first, via: changed.via.slice(0, -1) };
  }
  const body =
    facts.sources
      .head(file)
      ?.lines.slice(firstLine - 1, lastLine)
      .join('\n') ?? '';
  const name = facts.names.findChanged(namesIn(body), file, ['variable', 'type', 'field', 'signature']);
  return name && { file: name.declaration.file, line: name.line, via: [] };
}

/** A call on the way that the compiler cannot bind to one method any more. */
export const explainDevirtualization: Explain = (facts, effect) => {
  for (const position of linesOf(effect)) {
    for (const lost of lostAt(facts, position)) {
      const within = facts.functions.at(position.file, position.line);
      const reason = within && findReason(facts, within);
      if (!reason) continue;
      const text = `${lost.expression} was bound to ${lost.reason ?? 'one type'}`;
      const call = { file: position.file, line: position.line, text: `${lost.expression} is a dynamic call` };
      return { ...reason, kind: 'devirtualization-lost', text, via: [...reason.via, call] };
    }
  }
  return null;
};
