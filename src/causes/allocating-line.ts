import type { Node } from 'web-tree-sitter';
import { isOnHeap } from '../compare/allocating.ts';
import type { Decision, Position, SiteChange } from '../compare/types.ts';
import type { DeclaredFunction } from './functions.ts';
import type { ChangeFacts } from './types.ts';

type Lines = { first: number; last: number };

/** The row on which the body of a function or literal begins; the row of the node itself if it has no body. */
const bodyRow = (node: Node): number => (node.childForFieldName('body') ?? node).startPosition.row;

/**
 * The signatures that begin on a line and continue below it: that of the function declared there, and those of
 * literals.
 */
function signaturesAt({ sources }: ChangeFacts, { file, line }: Position): Lines[] {
  const source = sources.head(file);
  const declared = (source?.functions ?? []).filter(({ firstLine }) => firstLine === line);
  const literals = (source?.root.descendantsOfType('func_literal') ?? []).filter(
    (node): node is Node => node?.startPosition.row === line - 1,
  );
  return [...declared.map(({ node }) => node), ...literals]
    .map((node) => ({ first: line, last: bodyRow(node) + 1 }))
    .filter(({ last }) => last > line);
}

/** A variable of a signature that is on the heap: preferably one that was not there before. */
function movedIn({ decisions }: ChangeFacts, file: string, { first, last }: Lines): Decision | null {
  const moved = decisions.between(file, first, last, 'moved-to-heap');
  return moved.find(decisions.isNew) ?? moved[0] ?? null;
}

/**
 * A profile shows parameters and results on the heap at the line with `func`; the compiler reports the line of their
 * declaration.
 */
function inSignature(facts: ChangeFacts, position: Position): Position | null {
  const own = facts.decisions.at(position.file, position.line, 'moved-to-heap', 'escapes-to-heap');
  if (own.some(facts.decisions.isNew)) return null;
  for (const lines of signaturesAt(facts, position)) {
    const moved = movedIn(facts, position.file, lines);
    if (moved) return moved.position;
  }
  return null;
}

/** The name of a variable as its own package writes it: the compiler says `x.n` of a function of another package. */
const withoutPackage = (expression: string): string => expression.slice(expression.lastIndexOf('.') + 1);

function parameterOf(
  facts: ChangeFacts,
  { file, firstLine }: DeclaredFunction,
  name: string,
): Decision | null {
  const node = facts.sources.head(file)?.functions.find((one) => one.firstLine === firstLine)?.node;
  const last = node ? bodyRow(node) + 1 : firstLine;
  return (
    facts.decisions
      .between(file, firstLine, last, 'moved-to-heap')
      .find(({ expression }) => expression === name) ?? null
  );
}

/**
 * A heap-allocated parameter of an inlined function is allocated on the line of the call. The compiler reports it there
 * at the column of the call, where a variable of the line itself would have its name, and at its declaration.
 */
function inInlined(facts: ChangeFacts, position: Position): Position | null {
  const { file, line } = position;
  const heap = facts.decisions.at(file, line, 'moved-to-heap', 'escapes-to-heap').filter(isOnHeap);
  const fresh = heap.filter(facts.decisions.isNew);
  const text = Buffer.from(facts.sources.head(file)?.lines[line - 1] ?? '');
  const reads = (name: Buffer, at: number): boolean => text.subarray(at, at + name.length).equals(name);
  const isOwn = ({ kind, expression, position: { column } }: Decision): boolean =>
    kind !== 'moved-to-heap' || reads(Buffer.from(expression), column - 1);
  const candidates = fresh.length > 0 ? fresh : heap;
  if (candidates.some(isOwn)) return null;
  const called = facts.decisions
    .at(file, line, 'inlining-call')
    .flatMap(({ expression }) => facts.functions.named(expression, position))
    .filter((declared) => !declared.file.endsWith('_test.go'));
  for (const { expression } of candidates) {
    for (const declared of called) {
      const moved = parameterOf(facts, declared, withoutPackage(expression));
      if (moved) return moved.position;
    }
  }
  return null;
}

const isDirect = ({ callees }: SiteChange): boolean =>
  callees.length === 0 || callees.some((calls) => calls.length === 0);

/**
 * Moves a site of the profile to the line that a maintainer would point at: the line that the compiler reports. Returns
 * the site unchanged if both agree.
 */
export function placeSite(facts: ChangeFacts, site: SiteChange): SiteChange {
  if (!isDirect(site)) return site;
  const { position } = site;
  const declared = inSignature(facts, position);
  if (declared) return { ...site, position: { ...declared, column: 0 } };
  const inlined = inInlined(facts, position);
  if (!inlined) return site;
  const caller = { function: site.function, position, inlines: true };
  return { ...site, position: { ...inlined, column: 0 }, callers: [caller, ...site.callers] };
}
