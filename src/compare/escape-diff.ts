import type { LineMap } from './line-map.ts';
import type { Decision, EscapeChange, Position } from './types.ts';
import { compareText } from './order.ts';
import { nameOfValue } from './value-names.ts';
import { takePairs, type PairKey, type PairOptions } from './pairing.ts';

/** A function whose inlinability changed; `base` and `head` are its can- or cannot-inline decisions. */
export type InliningChange = {
  package: string;
  function: string;
  base: Decision;
  head: Decision;
  change: 'lost' | 'gained';
};

/** A call that base inlined and head does not, on a line that both sides have. */
export type LostCall = {
  /** The position of the call at head. */
  position: Position;
  /** The called function, as the compiler names it there. */
  expression: string;
  /** Base's `inlining call to` decision. */
  base: Decision;
};

export type InliningDiff = { functions: InliningChange[]; lostCalls: LostCall[] };

type Key = PairKey<Decision>;

/**
 * Which values escape in head but not in base, and the other way round. Decisions are paired tier by tier, so that code
 * that only moved or was renamed leaves none unpaired. Decisions in test files are left out. Sorted by file, line,
 * column, kind, expression.
 */
export function diffEscapes(
  base: readonly Decision[],
  head: readonly Decision[],
  map: LineMap,
): EscapeChange[] {
  const stands = {
    base: (d: Decision) => map.toHead(d.position) !== null,
    head: (d: Decision) => map.toBase(d.position) !== null,
  };
  const bothEdited = (b: Decision, h: Decision): boolean => !stands.base(b) && !stands.head(h);
  const someEdited = (b: Decision, h: Decision): boolean => !stands.base(b) || !stands.head(h);
  const isRenamed = compareFunctions(base, head);
  const tiers: PairOptions<Decision>[] = [
    // 1. The same line has the same decision.
    { baseKey: mapped(map, byExpression), headKey: own(byExpression) },
    // 2. The same place has the same decision about another name: a renamed type or function on a line that did not
    // change.
    { baseKey: mapped(map, byColumn), headKey: own(byColumn) },
    // 3. The same function has the same decision elsewhere: moved lines, and moved functions, also in another file.
    // First pairs of edited lines; then pairs with one edited line, because git may treat a moved line as unchanged.
    { baseKey: bySaying, headKey: bySaying, fits: bothEdited },
    { baseKey: bySaying, headKey: bySaying, fits: someEdited },
    // 4. An edited line has the same decision about a similar expression: a renamed variable, a reworded message, an
    // object that is made in the other way.
    { baseKey: byShape, headKey: byShape, fits: bothEdited },
    { baseKey: byObject, headKey: byObject, fits: bothEdited },
    // 5. A function that only one side has contains the same decision: it was renamed, extracted or removed.
    { baseKey: byPackage, headKey: byPackage, fits: (b, h) => someEdited(b, h) && isRenamed(b, h) },
  ];
  let left = { base: base.filter(isHeapDecision), head: head.filter(isHeapDecision) };
  for (const tier of tiers) ({ left } = takePairs(left, tier));
  const changes = [
    ...left.base.map((decision) => describe('removed', decision, stands.base(decision))),
    ...left.head.map((decision) => describe('added', decision, stands.head(decision))),
  ];
  return changes.sort((a, b) => compareDecisions(a.decision, b.decision));
}

/**
 * Functions that became inlinable or are no longer inlinable, and calls on unchanged lines that are no longer inlined.
 */
export function diffInlining(
  base: readonly Decision[],
  head: readonly Decision[],
  map: LineMap,
): InliningDiff {
  const before = indexInlinability(base);
  const functions: InliningChange[] = [];
  for (const [name, after] of indexInlinability(head)) {
    const old = before.get(name);
    if (!old || old.kind === after.kind) continue;
    const change = after.kind === 'cannot-inline' ? 'lost' : 'gained';
    functions.push({ package: after.package, function: after.expression, base: old, head: after, change });
  }
  const isCall = (d: Decision): boolean => d.kind === 'inlining-call';
  const calls = { base: base.filter(isCall), head: head.filter(isCall) };
  const keys = { baseKey: mapped(map, byExpression), headKey: own(byExpression) };
  const lostCalls = takePairs(calls, keys).left.base.flatMap((decision) => {
    const position = map.toHead(decision.position);
    return position ? [{ position, expression: decision.expression, base: decision }] : [];
  });
  return {
    functions: functions.sort((a, b) => compareDecisions(a.head, b.head)),
    lostCalls: lostCalls.sort((a, b) => comparePositions(a.position, b.position)),
  };
}

function isHeapDecision({ kind, position }: Decision): boolean {
  return (kind === 'escapes-to-heap' || kind === 'moved-to-heap') && !position.file.endsWith('_test.go');
}

type PlacedKey = (decision: Decision, position: Position) => string;

function mapped(map: LineMap, key: PlacedKey): Key {
  return (decision) => {
    const position = map.toHead(decision.position);
    return position && key(decision, position);
  };
}

function own(key: PlacedKey): Key {
  return (decision) => key(decision, decision.position);
}

function byColumn({ kind }: Decision, { file, line, column }: Position): string {
  return `${file}:${line}:${column} ${kind}`;
}

function byExpression(decision: Decision, position: Position): string {
  return `${byColumn(decision, position)} ${decision.expression}`;
}

function bySaying(decision: Decision): string {
  return `${byFunction(decision)} ${decision.expression}`;
}

function byShape(decision: Decision): string {
  return `${byFunction(decision)} ${shapeOf(decision.expression)}`;
}

/** The type of a new object: `new(T)` and `&T{...}` create the same. Null for other expressions. */
function byObject(decision: Decision): string | null {
  const isObject = /^(?:&.+\{\.\.\.\}|new\(.+\))$/su.test(decision.expression);
  return isObject ? `${byFunction(decision)} ${nameOfValue(decision)}` : null;
}

function byFunction({ package: pkg, kind, function: name }: Decision): string {
  return `${pkg} ${outermost(name)} ${kind}`;
}

function byPackage({ package: pkg, kind, expression }: Decision): string {
  return `${pkg} ${kind} ${expression}`;
}

/** The outermost function around a closure. Closures are numbered in order, so a new one renumbers those below it. */
function outermost(name: string | null): string {
  return name === null ? '' : name.replace(/(?:\.(?:func|gowrap|deferwrap)?\d+)+(?:-range\d+)?$/u, '');
}

/**
 * An expression without its names and constants: `&T{...}` and `&pkg.U{...}` have the same shape, `x` and `f(x)` do
 * not.
 */
function shapeOf(expression: string): string {
  return expression
    .replace(/"(?:[^"\\]|\\.)*"/gu, '"')
    .replace(/[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/gu, 'x')
    .replace(/\d+(?:\.\d+)?/gu, '0');
}

/** Whether one of the two decisions is in a function that the other side does not have. */
function compareFunctions(
  base: readonly Decision[],
  head: readonly Decision[],
): (b: Decision, h: Decision) => boolean {
  const before = functionsOf(base);
  const after = functionsOf(head);
  const key = (d: Decision): string => `${d.package} ${outermost(d.function)}`;
  return (b, h) => b.function !== null && h.function !== null && (!after.has(key(b)) || !before.has(key(h)));
}

function functionsOf(decisions: readonly Decision[]): Set<string> {
  const names = new Set<string>();
  for (const { kind, package: pkg, function: name } of decisions) {
    if (kind === 'can-inline' || kind === 'cannot-inline') names.add(`${pkg} ${outermost(name)}`);
  }
  return names;
}

function describe(change: EscapeChange['change'], decision: Decision, stands: boolean): EscapeChange {
  return { change, decision, onChangedLine: !stands, flipped: stands };
}

/**
 * Indexes the functions by whether they can be inlined. Of the variants of a generic function, the one that cannot be
 * inlined counts.
 */
function indexInlinability(decisions: readonly Decision[]): Map<string, Decision> {
  const byName = new Map<string, Decision>();
  for (const decision of decisions) {
    if (decision.kind !== 'can-inline' && decision.kind !== 'cannot-inline') continue;
    // An external test package has the same folder and can use the same names.
    const isTest = decision.position.file.endsWith('_test.go');
    const name = `${decision.package}${isTest ? '_test' : ''} ${decision.expression}`;
    if (!byName.has(name) || decision.kind === 'cannot-inline') byName.set(name, decision);
  }
  return byName;
}

function compareDecisions(a: Decision, b: Decision): number {
  return (
    comparePositions(a.position, b.position) ||
    compareText(a.kind, b.kind) ||
    compareText(a.expression, b.expression)
  );
}

function comparePositions(a: Position, b: Position): number {
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
}
