import type { LineMap } from '../compare/line-map.ts';
import { withoutTypeArguments } from '../compare/type-arguments.ts';
import type { Decision, DecisionKind, Position } from '../compare/types.ts';

/** The compiler's decisions about the changed packages of both sides, by place. */
export type DecisionIndex = {
  /** Head's decisions of one line. */
  at: (file: string, line: number, ...kinds: DecisionKind[]) => Decision[];
  /** Base's decisions of the line that corresponds to head's line; none for a line that head changed. */
  before: (position: Position, ...kinds: DecisionKind[]) => Decision[];
  /** Head's decisions on the lines of one file from `first` to `last`. */
  between: (file: string, first: number, last: number, kind: DecisionKind) => Decision[];
  /** Base's decisions on the lines of a file of base from `first` to `last`. */
  beforeBetween: (file: string, first: number, last: number, kind: DecisionKind) => Decision[];
  /** The inlining decisions of base and head for a function; null if one side does not have the function. */
  inlinability: (
    importPath: string,
    functionName: string,
  ) => { base: Decision | null; head: Decision | null };
  /** Decisions of `kind` about a function with this name that base does not have, even if its lines moved. */
  newIn: (kind: DecisionKind, importPath: string, functionName: string) => Decision[];
  /** Whether base had the same decision in a function, about another name. */
  hadIn: (decision: Decision, importPath: string, functionName: string, name: string) => boolean;
  /** Whether base did not have the same decision on the same line. */
  isNew: (decision: Decision) => boolean;
};

type ByLine = Map<string, Decision[]>;

const lineKey = (file: string, line: number): string => `${file}:${line}`;
const functionKey = (kind: DecisionKind, importPath: string, name: string): string =>
  `${kind} ${importPath} ${withoutTypeArguments(name)}`;

function indexLines(decisions: readonly Decision[]): ByLine {
  return Map.groupBy(decisions, ({ position: { file, line } }) => lineKey(file, line));
}

/** Indexes decisions by function. Only explained decisions contain their function. */
function indexFunctions(decisions: readonly Decision[]): Map<string, Decision[]> {
  const named = decisions.filter((decision) => decision.function !== null);
  return Map.groupBy(named, (d) => functionKey(d.kind, d.package, d.function ?? ''));
}

/** Indexes inlining decisions by function. Of the variants of a generic function, one that cannot be inlined counts. */
function indexInlinability(decisions: readonly Decision[]): Map<string, Decision> {
  const byName = new Map<string, Decision>();
  for (const decision of decisions) {
    if (decision.kind !== 'can-inline' && decision.kind !== 'cannot-inline') continue;
    const key = functionKey('can-inline', decision.package, decision.expression);
    if (!byName.has(key) || decision.kind === 'cannot-inline') byName.set(key, decision);
  }
  return byName;
}

const byKind =
  (kinds: readonly DecisionKind[]) =>
  ({ kind }: Decision): boolean =>
    kinds.length === 0 || kinds.includes(kind);

const saysTheSame = (a: Decision, b: Decision): boolean =>
  a.kind === b.kind && a.expression === b.expression && a.reason === b.reason;

export function indexDecisions(
  base: readonly Decision[],
  head: readonly Decision[],
  map: LineMap,
): DecisionIndex {
  const baseLines = indexLines(base);
  const headLines = indexLines(head);
  const headFiles = Map.groupBy(head, ({ position }) => position.file);
  const baseFiles = Map.groupBy(base, ({ position }) => position.file);
  const inlinable = { base: indexInlinability(base), head: indexInlinability(head) };
  const baseFunctions = indexFunctions(base);
  const headFunctions = indexFunctions(head);

  const before = (position: Position, ...kinds: DecisionKind[]): Decision[] => {
    const old = map.toBase(position);
    return old ? (baseLines.get(lineKey(old.file, old.line)) ?? []).filter(byKind(kinds)) : [];
  };
  const inSpan =
    (files: Map<string, Decision[]>): DecisionIndex['between'] =>
    (file, first, last, kind) =>
      (files.get(file) ?? []).filter(
        (d) => d.kind === kind && d.position.line >= first && d.position.line <= last,
      );
  return {
    before,
    at: (file, line, ...kinds) => (headLines.get(lineKey(file, line)) ?? []).filter(byKind(kinds)),
    between: inSpan(headFiles),
    beforeBetween: inSpan(baseFiles),
    inlinability: (importPath, name) => {
      const key = functionKey('can-inline', importPath, name);
      return { base: inlinable.base.get(key) ?? null, head: inlinable.head.get(key) ?? null };
    },
    newIn: (kind, importPath, name) => {
      const key = functionKey(kind, importPath, name);
      const old = baseFunctions.get(key) ?? [];
      return (headFunctions.get(key) ?? []).filter((d) => !old.some((other) => saysTheSame(d, other)));
    },
    hadIn: (decision, importPath, functionName, name) => {
      const old = baseFunctions.get(functionKey(decision.kind, importPath, functionName)) ?? [];
      return old.some((other) => saysTheSame({ ...decision, expression: name }, other));
    },
    isNew: (decision) => !before(decision.position).some((other) => saysTheSame(decision, other)),
  };
}
