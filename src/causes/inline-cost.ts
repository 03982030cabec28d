import type { CauseStep } from '../compare/cause.ts';
import type { Decision } from '../compare/types.ts';
import type { DeclaredFunction } from './functions.ts';
import { lineText, mostGrown } from './lines.ts';
import type { ChangeFacts } from './types.ts';

/** How deep callees of callees are followed, because the cost can grow far below. */
const MAX_DEPTH = 3;

/**
 * A changed function of head; `line` is the changed line that is reported, `via` are the functions on the way to it.
 */
export type FunctionChange = { declared: DeclaredFunction; lines: number[]; line: number; via: CauseStep[] };

/** The operations that prevent inlining: the compiler's text, and the source. */
const operations: readonly (readonly [RegExp, RegExp])[] = [
  [/\bDEFER\b/u, /(?:^|[\s{;])defer\b/u],
  [/\bGO\b/u, /(?:^|[\s{;])go\s/u],
  [/recover/iu, /\brecover\(/u],
  [/\bSELECT\b/u, /\bselect\b/u],
  [/go:\p{L}+/u, /^\/\/go:/u],
];

/** The changed line with the operation that the compiler names, else the first line of the hunk that added most. */
function lineOf(facts: ChangeFacts, declared: DeclaredFunction, lines: readonly number[]): number | null {
  const { head } = facts.decisions.inlinability(declared.package, declared.name);
  const reason = head?.kind === 'cannot-inline' ? (head.reason ?? '') : '';
  const written = operations.find(([said]) => said.test(reason))?.[1];
  const named = written && lines.find((line) => written.test(lineText(facts, declared.file, line)));
  return named ?? mostGrown(facts, declared.file, lines) ?? null;
}

/** The functions that are inlined into a function, at head or at base. */
function calleesOf(
  { decisions, functions, sources }: ChangeFacts,
  caller: DeclaredFunction,
): DeclaredFunction[] {
  const { file, firstLine, lastLine, name } = caller;
  const old = decisions.inlinability(caller.package, name).base?.position;
  const end = old && (sources.baseFunctionOf(file, name)?.lastLine ?? old.line + (lastLine - firstLine));
  const calls = [
    ...decisions.between(file, firstLine, lastLine, 'inlining-call'),
    ...(old && end ? decisions.beforeBetween(old.file, old.line, end, 'inlining-call') : []),
  ];
  return [...new Set(calls.map(({ expression }) => expression))].flatMap((called) =>
    functions.named(called, { file, line: null }),
  );
}

const placeOf = ({ file, firstLine }: DeclaredFunction): string => `${file}:${firstLine}`;

function toChanged(facts: ChangeFacts, declared: DeclaredFunction, via: CauseStep[]): FunctionChange | null {
  const lines = facts.functions.changedLines(declared);
  const line = lineOf(facts, declared, lines);
  return lines.length > 0 && line !== null ? { declared, lines, line, via } : null;
}

/** The function itself if its lines changed, else the nearest changed function that was inlined into it. */
export function findChangedFunction(facts: ChangeFacts, declared: DeclaredFunction): FunctionChange | null {
  const seen = new Set([placeOf(declared)]);
  let front: { declared: DeclaredFunction; via: CauseStep[] }[] = [{ declared, via: [] }];
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    for (const one of front) {
      const changed = toChanged(facts, one.declared, one.via);
      if (changed) return changed;
    }
    front = front.flatMap(({ declared: caller, via }) => {
      const step = { file: caller.file, line: caller.firstLine, text: caller.name };
      return calleesOf(facts, caller).flatMap((callee) => {
        if (seen.has(placeOf(callee))) return [];
        seen.add(placeOf(callee));
        return [{ declared: callee, via: [step, ...via] }];
      });
    });
  }
  return null;
}

const costOf = (decision: Decision | null): number =>
  decision === null
    ? 0
    : (decision.cost ?? (decision.kind === 'cannot-inline' ? Number.POSITIVE_INFINITY : 0));

/** The increase of a function's inline cost; infinite if inlining became impossible. */
function costGrowth({ decisions }: ChangeFacts, { package: importPath, name }: DeclaredFunction): number {
  const { base, head } = decisions.inlinability(importPath, name);
  if (!base || !head || base.kind === 'cannot-inline') return 0;
  return costOf(head) - costOf(base);
}

/**
 * The changed function that made another too costly to inline. If the cost of a callee grew more than half as much as
 * the function's own, it is the callee, whatever else changed above it.
 */
export function findGrownFunction(facts: ChangeFacts, declared: DeclaredFunction): FunctionChange | null {
  const seen = new Set<string>();
  let current = declared;
  const passed: CauseStep[] = [];
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    seen.add(placeOf(current));
    const own = costGrowth(facts, current);
    const grown = calleesOf(facts, current)
      .filter((callee) => !seen.has(placeOf(callee)) && findChangedFunction(facts, callee))
      .map((callee) => ({ callee, growth: costGrowth(facts, callee) }))
      .filter(({ growth }) => Number.isFinite(own) && growth > own / 2)
      .sort((a, b) => b.growth - a.growth)[0];
    if (!grown) break;
    passed.push({ file: current.file, line: current.firstLine, text: current.name });
    current = grown.callee;
  }
  const changed = findChangedFunction(facts, current);
  return changed && { ...changed, via: [...changed.via, ...passed.toReversed()] };
}
