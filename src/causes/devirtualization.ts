import type { Cause } from '../compare/cause.ts';
import type { Decision, Position } from '../compare/types.ts';
import { calledFunction, type DeclaredFunction } from './functions.ts';
import { headersAround } from './control-flow.ts';
import { type FunctionChange, findChangedFunction } from './inline-cost.ts';
import { linesOf, lostCallsAt, lostFunction, whereLost } from './inlining.ts';
import { assigns, bestLine, lineText, mentions } from './lines.ts';
import { namesIn } from './names.ts';
import type { Case, CauseOf, ChangeFacts, Explain } from './types.ts';

/** Calls of an interface method that the compiler made direct at base and that are dynamic at head. */
function lostAt({ decisions }: ChangeFacts, position: Position): Decision[] {
  const now = decisions.at(position.file, position.line, 'devirtualized');
  return decisions
    .before(position, 'devirtualized')
    .filter((old) => !now.some(({ expression }) => expression === old.expression));
}

/**
 * The changed line of a function that introduces another type: it assigns to the called variable, or returns, a value
 * that does not have base's concrete type.
 */
function hidingLine(facts: ChangeFacts, { declared, lines, line }: FunctionChange, lost: Decision): number {
  const [receiver = ''] = namesIn(lost.expression);
  const known = namesIn(lost.reason ?? '').at(-1) ?? '';
  const best = bestLine(lines, (at) => {
    const text = lineText(facts, declared.file, at);
    const gives = /(?:^|[\s{;])return\b/u.test(text) || (receiver !== '' && assigns(text, receiver));
    if (!gives) return 0;
    return known !== '' && mentions(text, known) ? 1 : 2;
  });
  if (best === undefined) return line;
  // If a whole branch is new, its condition is reported.
  const headers = headersAround(facts, { file: declared.file, line: best, column: 0 });
  return headers.find(({ first }) => lines.includes(first))?.first ?? best;
}

/** Finds the change in a function, or in functions that were inlined into it, that hides the concrete type. */
function findReason(
  facts: ChangeFacts,
  within: DeclaredFunction,
  lost: Decision,
): Omit<Cause, 'kind' | 'text'> | null {
  const { file, firstLine, lastLine } = within;
  for (let line = firstLine; line <= lastLine; line += 1) {
    for (const call of lostCallsAt(facts, { file, line, column: 0 })) {
      const loss = lostFunction(facts, call);
      const changed = loss && whereLost(facts, loss);
      if (!changed) continue;
      const step = { file, line, text: `${call.expression} is not inlined any more` };
      return { file: changed.declared.file, line: changed.line, via: [step] };
    }
  }
  const changed = findChangedFunction(facts, within);
  if (changed) {
    // The last step is the function itself, and the call is reported anyway.
    const line = hidingLine(facts, changed, lost);
    return { file: changed.declared.file, line, via: changed.via.slice(0, -1) };
  }
  const body =
    facts.sources
      .head(file)
      ?.lines.slice(firstLine - 1, lastLine)
      .join('\n') ?? '';
  const kinds = ['variable', 'type', 'field', 'signature'] as const;
  const name = facts.names.findChanged(namesIn(body), file, { kinds });
  return name && { file: name.declaration.file, line: name.line, via: [] };
}

/**
 * The value is passed to a method of a variable, and changed lines of the function give the variable an interface type
 * or another type.
 */
function explainVariable(
  facts: ChangeFacts,
  { decision, isNew }: Case,
): CauseOf<'devirtualization-lost'> | null {
  for (const { reason, text, position } of (isNew && decision?.flow) || []) {
    const called = reason === 'call parameter' && !text.startsWith('(') ? calledFunction(text) : null;
    const variable = /^(?<root>[\p{L}_][\p{L}\p{N}_]*)\.[\p{L}\p{N}_]+$/u.exec(called ?? '')?.groups?.[
      'root'
    ];
    const within = position && facts.functions.at(position.file, position.line);
    if (called === null || variable === undefined || !position || !within) continue;
    const { file } = within;
    const line = facts.functions
      .changedLines(within)
      .find((at) => assigns(lineText(facts, file, at), variable));
    if (line === undefined) continue;
    const via = [{ file: position.file, line: position.line, text: `${called} is a dynamic call` }];
    return { kind: 'devirtualization-lost', file, line, text: lineText(facts, file, line), via };
  }
  return null;
}

/** The compiler can no longer bind a call on the value's way to one method. */
export const explainDevirtualization: Explain<'devirtualization-lost'> = (facts, effect) => {
  for (const position of linesOf(effect)) {
    for (const lost of lostAt(facts, position)) {
      const within = facts.functions.at(position.file, position.line);
      const reason = within && findReason(facts, within, lost);
      if (!reason) continue;
      const text = `${lost.expression} was bound to ${lost.reason ?? 'one type'}`;
      const call = { file: position.file, line: position.line, text: `${lost.expression} is a dynamic call` };
      return { ...reason, kind: 'devirtualization-lost', text, via: [...reason.via, call] };
    }
  }
  return explainVariable(facts, effect);
};
