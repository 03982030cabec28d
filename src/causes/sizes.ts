import type { Decision } from '../compare/types.ts';
import { isConversion } from './interfaces.ts';
import { lineText } from './lines.ts';
import { type ChangedName, type NamedDeclaration, namesIn } from './names.ts';
import { growthOfType } from './type-size.ts';
import type { Case, CauseOf, ChangeFacts, Explain } from './types.ts';

const sizeKinds: readonly NamedDeclaration['kind'][] = ['constant', 'variable', 'type', 'field', 'signature'];
const typeKinds: readonly NamedDeclaration['kind'][] = ['type', 'field'];

/** The text after the name: the type of a field, or a type's definition. */
const typeText = ({ name, text }: NamedDeclaration): string =>
  text.replace(new RegExp(`^${name}\\s*=?`, 'u'), '').replace(/`[^`]*`?|"(?:[^"\\\n]|\\.)*"?/gu, '');

/** The growth in bytes of a field, or of a type that is not a struct, on a changed line, if its text shows it. */
function growthAt({ names }: ChangeFacts, { declaration }: ChangedName, line: number): number {
  const here = names.declarations(declaration.file).filter(({ firstLine }) => firstLine === line);
  const typed = here.filter(
    ({ kind, text }) => kind === 'field' || (kind === 'type' && !/\bstruct\b/u.test(text)),
  );
  return typed.reduce((sum, one) => {
    const old = names.before(one);
    return sum + growthOfType(old && typeText(old), typeText(one));
  }, 0);
}

/** The changed line that grew most; for constants, whose use is unknown, the first one. */
function pickGrown(facts: ChangeFacts, changed: ChangedName): number {
  const [best] = changed.lines
    .map((line) => ({ line, growth: growthAt(facts, changed, line) }))
    .sort((a, b) => b.growth - a.growth || a.line - b.line);
  return best?.line ?? changed.line;
}

/**
 * The changed declaration that determines the size of a value on a line. `mustGrow`: its text must show that it grew.
 */
function findSize<K extends 'size-grown' | 'size-variable'>(
  facts: ChangeFacts,
  { position }: Case,
  kind: K,
  mustGrow = false,
): CauseOf<K> | null {
  const { file: near, line } = position;
  const own = namesIn(lineText(facts, near, line));
  const enclosing = mustGrow ? facts.functions.at(near, line) : null;
  const signature = enclosing ? namesIn(lineText(facts, near, enclosing.firstLine)) : [];
  const changed = facts.names.findChanged([...own, ...signature], near, {
    kinds: mustGrow ? typeKinds : sizeKinds,
    throughSignatures: mustGrow,
    pick: (one) => {
      const at = pickGrown(facts, one);
      return mustGrow && growthAt(facts, one, at) <= 0 ? null : at;
    },
  });
  if (!changed) return null;
  const { file } = changed.declaration;
  return { kind, file, line: changed.line, text: lineText(facts, file, changed.line), via: [] };
}

const makeKinds = ['escapes-to-heap', 'does-not-escape'] as const;
const isMake = ({ expression }: Decision): boolean => expression.startsWith('make(');
/** The compiler prints a constant size as its number. */
const isConstant = ({ expression }: Decision): boolean => /, \d+(?:, \d+)?\)$/u.test(expression);

/** A `make` whose size is no longer a compile-time constant. */
function becameVariable(before: readonly Decision[], after: readonly Decision[]): boolean {
  return (
    before.some((one) => isMake(one) && isConstant(one)) &&
    after.some((one) => isMake(one) && !isConstant(one))
  );
}

/**
 * A changed calling line that passes a size that is not constant to an inlined `make`. Where a function that the line calls
 * allocates, decisions about other inlined functions are no evidence.
 */
function becameVariableAbove(facts: ChangeFacts, { callers, site }: Case): CauseOf<'size-variable'> | null {
  const { changes, decisions } = facts;
  if (site?.callees.some((calls) => calls.length > 0)) return null;
  for (const { position, inlines } of callers) {
    if (!position || !inlines) return null;
    const { file, line } = position;
    if (!changes.isChanged(file, line)) continue;
    const before = changes
      .edits(file, line, line)
      .flatMap(({ base: { file: old, firstLine, count } }) =>
        makeKinds.flatMap((kind) => decisions.beforeBetween(old, firstLine, firstLine + count - 1, kind)),
      );
    const isIt = becameVariable(before, decisions.at(file, line, ...makeKinds));
    return isIt ? { kind: 'size-variable', file, line, text: lineText(facts, file, line), via: [] } : null;
  }
  return null;
}

const TOO_LARGE = /too large for stack|too large/u;

/** Whether a site allocates as many objects as before, but more bytes. */
function grewInPlace({ site, isNew }: Case): boolean {
  if (!site || isNew) return false;
  const { objectsPerOp: objects, bytesPerOp: bytes } = site;
  return objects.base > 0 && Math.abs(objects.head - objects.base) < 1 / 16 && bytes.head > bytes.base;
}

/** A struct or array grew, possibly past a limit of the compiler or the runtime; or a constant became a variable. */
export const explainSize: Explain<'size-grown' | 'size-variable'> = (facts, effect) => {
  const reasons = (effect.decision?.flow ?? []).map(({ reason }) => reason ?? '');
  const { position } = effect;
  const before = facts.decisions.before(position, ...makeKinds);
  const after = facts.decisions.at(position.file, position.line, ...makeKinds);
  if (becameVariable(before, after) || (effect.isNew && reasons.includes('non-constant size'))) {
    return findSize(facts, effect, 'size-variable');
  }
  const above = becameVariableAbove(facts, effect);
  if (above) return above;
  // Variables of up to 128 bytes are captured by value (cmd/compile/internal/escape), larger ones by reference.
  const isCaptured = effect.decision?.kind === 'moved-to-heap' && reasons.includes('captured by a closure');
  const isLarge = effect.isNew && (isCaptured || reasons.some((reason) => TOO_LARGE.test(reason)));
  // Elements and keys of over 128 bytes are allocated one by one (internal/runtime/maps).
  const isMapElement = (effect.site?.callees.flat() ?? []).some((name) =>
    /^(?:internal\/)?runtime[./].*map/u.test(name),
  );
  return isLarge || grewInPlace(effect) || isMapElement ? findSize(facts, effect, 'size-grown') : null;
};

/**
 * The line did not change, but base allocated nothing there: an empty struct, a pointer or byte in an interface, and a
 * map's element of up to 128 bytes need no memory of their own.
 */
export const explainGrownType: Explain<'size-grown'> = (facts, effect) => {
  const { decision, site, isNew } = effect;
  const isBoxed = decision !== null && isConversion(decision);
  const appears = site !== null && site.objectsPerOp.base === 0 && (!isNew || isBoxed);
  return appears ? findSize(facts, effect, 'size-grown', true) : null;
};
