import type { Decision } from '../compare/types.ts';

type Row = readonly [RegExp, string];

/**
 * Expressions as the compiler prints them, and the function of package runtime that allocates memory for them. Source:
 * cmd/compile/internal/walk of the Go release.
 */
const byExpression: readonly Row[] = [
  [/^append\b/u, 'growslice'],
  [/^make\(map\b|^map\[.*\]\S*\{/su, 'makemap'],
  [/^make\(chan\b/u, 'makechan'],
  [/^make\(/u, 'makeslice'],
  [/^\(?\[\]byte\)?\(/u, 'stringtoslicebyte'],
  [/^\(?\[\]rune\)?\(/u, 'stringtoslicerune'],
  [/^string\(/u, 'slicebytetostring'],
  [/^(?:&|new\(|func literal|\.\.\. argument|\[[^\]]*\][^(]*\{)/u, 'newobject'],
  [/ \+ /u, 'concatstrings'],
];

/** The same for the source of a line that no decision of the compiler is about. */
const byCode: readonly Row[] = [
  [/\bappend\(/u, 'growslice'],
  [/\bmake\(map\b/u, 'makemap'],
  [/\bmake\(chan\b/u, 'makechan'],
  [/\bmake\(\[\]/u, 'makeslice'],
  [/^\s*go\s/u, 'newproc'],
  [/"\s*\+|\+\s*"/u, 'concatstrings'],
  [/\[\]byte\(/u, 'stringtoslicebyte'],
  [/\bstring\(/u, 'slicebytetostring'],
  [/\+=\s*(?:strings|strconv|fmt)\./u, 'concatstrings'],
  // An index that is a number is hardly the key of a map.
  [/^\s*[\w.]+\[(?!\d+\])[^\]]*\]\s*(?:=|\+=|\+\+)/u, 'mapassign'],
];

const find = (rows: readonly Row[], text: string): string | null =>
  rows.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/**
 * The function of package runtime that allocates for a line, without the package's name. A heap profile does not
 * contain it (runtime/pprof leaves out the runtime's innermost frames). Null if neither the compiler's decision nor the
 * line shows it.
 */
export function allocatorOf(decision: Decision | null, line: string): string | null {
  if (decision === null) return find(byCode, line);
  if (decision.kind === 'moved-to-heap') return 'newobject';
  const named = find(byExpression, decision.expression);
  const isBoxed = decision.flow.some(({ reason }) => reason === 'interface-converted' || reason === 'spill');
  return named ?? (isBoxed ? 'convT' : null);
}
