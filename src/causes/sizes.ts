import type { Cause, CauseKind, Decision } from '../compare/types.ts';
import { type Declaration, namesIn } from './names.ts';
import { lineText } from './parameters.ts';
import type { Case, Explain, Facts } from './types.ts';

const sizeKinds: readonly Declaration['kind'][] = ['constant', 'variable', 'type', 'field', 'signature'];

/** The changed declaration that gives what stands on a line its size. */
function findSize(facts: Facts, { position }: Case, kind: CauseKind): Cause | null {
  const names = namesIn(lineText(facts, position.file, position.line));
  const changed = facts.names.findChanged(names, position.file, sizeKinds);
  if (!changed) return null;
  const { file } = changed.declaration;
  const text = lineText(facts, file, changed.line);
  return { kind, file, line: changed.line, text, via: [] };
}

/** A `make` whose size the compiler no longer knows: it prints a constant size as its number. */
function becameVariable(facts: Facts, { position }: Case): boolean {
  const isMake = ({ expression }: Decision): boolean => expression.startsWith('make(');
  const isConstant = ({ expression }: Decision): boolean => /, \d+(?:, \d+)?\)$/u.test(expression);
  const kinds = ['escapes-to-heap', 'does-not-escape'] as const;
  const before = facts.decisions.before(position, ...kinds).filter(isMake);
  const after = facts.decisions.at(position.file, position.line, ...kinds).filter(isMake);
  return before.some(isConstant) && after.some((decision) => !isConstant(decision));
}

const tooLarge = /too large for stack|too large/u;

/** Objects as many as before, but more bytes: each is larger. */
function grewInPlace({ site, isNew }: Case): boolean {
  if (!site || isNew) return false;
  const { objectsPerOp: objects, bytesPerOp: bytes } = site;
  return objects.base > 0 && Math.abs(objects.head - objects.base) < 1 / 16 && bytes.head > bytes.base;
}

/** A struct or array that grew past a limit of the compiler or the runtime, or simply grew; a constant that became a variable. */
export const explainSize: Explain = (facts, effect) => {
  const reasons = (effect.decision?.flow ?? []).map(({ reason }) => reason ?? '');
  if (becameVariable(facts, effect) || (effect.isNew && reasons.includes('non-constant size'))) {
    return findSize(facts, effect, 'size-variable');
  }
  // Variables of up to 128 bytes are captured by value (cmd/compile/internal/escape), larger ones by reference.
  const isCaptured = effect.decision?.kind === 'moved-to-heap' && reasons.includes('captured by a closure');
  const isLarge = effect.isNew && (isCaptured || reasons.some((reason) => tooLarge.test(reason)));
  // Elements and keys of over 128 bytes are allocated one by one (internal/runtime/maps).
  const isMapElement = (effect.site?.callees.flat() ?? []).some((name) =>
    /^(?:internal\/)?runtime[./].*map/u.test(name),
  );
  return isLarge || grewInPlace(effect) || isMapElement ? findSize(facts, effect, 'size-grown') : null;
};
