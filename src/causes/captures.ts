import type { Node } from 'web-tree-sitter';
import type { Decision, Position } from '../compare/types.ts';
import { assigns, lineText, mentions } from './lines.ts';
import type { CauseOf, ChangeFacts, Explain } from './types.ts';

/** The lines of the function literals that begin on a line. */
function literalLines(
  { sources }: ChangeFacts,
  { file, line }: Position,
): { first: number; last: number } | null {
  const root = sources.head(file)?.root;
  const literals = (root?.descendantsOfType('func_literal') ?? []).filter(
    (node): node is Node => node?.startPosition.row === line - 1,
  );
  const last = Math.max(0, ...literals.map((node) => node.endPosition.row + 1));
  return last === 0 ? null : { first: line, last };
}

function captureCause(
  facts: ChangeFacts,
  captured: Decision,
  file: string,
  line: number,
): CauseOf<'capture-added'> {
  const how =
    captured.reason === 'by ref' ? ' by reference' : captured.reason === 'by value' ? ' by value' : '';
  const text = `${captured.expression} is captured${how}: ${lineText(facts, file, line)}`;
  return { kind: 'capture-added', file, line, text, via: [] };
}

/** A closure at the place captures a new variable: the changed line that uses the variable. */
function newCaptureAt(facts: ChangeFacts, position: Position): CauseOf<'capture-added'> | null {
  const literal = literalLines(facts, position);
  const declared = facts.functions.at(position.file, position.line);
  if (!literal || !declared) return null;
  const captures = facts.decisions
    .newIn('captured', declared.package, declared.name)
    .toSorted((a, b) => a.position.line - b.position.line);
  const lines = facts.changes.within(position.file, literal.first, literal.last);
  for (const captured of captures) {
    const line = lines.find((at) => mentions(lineText(facts, position.file, at), captured.expression));
    if (line !== undefined) return captureCause(facts, captured, position.file, line);
  }
  return null;
}

/** A variable is on the heap because a changed line captures it, or assigns to a captured one. */
function sharedVariable(facts: ChangeFacts, decision: Decision): CauseOf<'capture-added'> | null {
  const steps = decision.flow.filter(({ reason }) => reason === 'captured by a closure');
  if (decision.kind !== 'moved-to-heap' || steps.length === 0) return null;
  const { file, line } = decision.position;
  const captured: Decision = { ...decision, kind: 'captured', reason: 'by ref' };
  const changed = steps.find(
    ({ position }) => position && facts.changes.isChanged(position.file, position.line),
  );
  if (changed?.position) return captureCause(facts, captured, changed.position.file, changed.position.line);
  const declared = facts.functions.at(file, line);
  const name = decision.expression;
  const assignment = (declared ? facts.functions.changedLines(declared) : []).find((at) => {
    const text = lineText(facts, file, at);
    return assigns(text, name) || new RegExp(`&${name}(?![\\p{L}\\p{N}_])`, 'u').test(text);
  });
  return assignment === undefined ? null : captureCause(facts, captured, file, assignment);
}

/** A closure captures another variable, or one that is now assigned to. */
export const explainCapture: Explain<'capture-added'> = (facts, { position, decision }) =>
  (decision && sharedVariable(facts, decision)) ?? newCaptureAt(facts, position);
