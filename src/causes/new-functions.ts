import type { Cause } from '../compare/cause.ts';
import { toSteps } from './callers.ts';
import type { DeclaredFunction } from './functions.ts';
import type { ChangeFacts, Effect } from './types.ts';

/** Whether a change added a function, and did not put it in the place of other code: that may be the same, renamed. */
function isAdded(
  { changes, sources }: ChangeFacts,
  { file, name, firstLine, lastLine }: DeclaredFunction,
): boolean {
  if (!changes.isChanged(file, firstLine) || sources.baseFunctionOf(file, name) !== null) return false;
  return changes.edits(file, firstLine, lastLine).every(({ base }) => base.count === 0);
}

/**
 * The changed line that newly calls an added function, for an allocation in it: nothing would be allocated without the
 * call, which mostly stands elsewhere. Null if the place is in another function, or if a test calls it.
 */
export function findNewCall(facts: ChangeFacts, { position, site }: Effect): Cause | null {
  const callers = site?.callers ?? [];
  let callee = facts.functions.at(position.file, position.line);
  for (const [index, { function: name, position: at }] of callers.entries()) {
    if (!callee || !at || at.file.endsWith('_test.go') || !isAdded(facts, callee)) return null;
    const caller = facts.functions.at(at.file, at.line);
    if (caller && !isAdded(facts, caller)) {
      const { file, line } = at;
      const via = toSteps(callers.slice(0, index));
      return facts.changes.isChanged(file, line) ? { kind: 'caller', file, line, text: name, via } : null;
    }
    callee = caller;
  }
  return null;
}
