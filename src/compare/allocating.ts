import type { Decision, FlowStep } from './types.ts';

/**
 * An expression that is a constant. The compiler reports that it escapes when it becomes an interface, but stores it in
 * static data.
 */
const CONSTANT = /^(?:"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)+'|-?\d[\w.+-]*|true|false|nil)$/su;

const isPanic = ({ text, reason }: FlowStep): boolean =>
  reason === 'call parameter' && text.startsWith('panic(');

/** Whether a decision puts a value on the heap. */
export const isOnHeap = ({ kind }: Decision): boolean =>
  kind === 'escapes-to-heap' || kind === 'moved-to-heap';

/**
 * The decisions of one line that allocate whenever the line runs: without constants, and without values that are only
 * made for a panic. The operands of a panic's message remain, because a variadic call boxes its arguments before it
 * checks anything. An inlined function brings both kinds to the line that calls it.
 */
export function allocatingDecisions(decisions: readonly Decision[]): Decision[] {
  return decisions.filter(
    (one) => isOnHeap(one) && !CONSTANT.test(one.expression) && !one.flow.some(isPanic),
  );
}

/** Whether the value that a decision is about is written on a line, and not in a function that was inlined into it. */
export function isWrittenOn({ kind, expression }: Decision, line: string): boolean {
  if (kind === 'moved-to-heap') return mentions(line, expression);
  if (expression === 'func literal') return /\bfunc\s*\(/u.test(line);
  if (expression === '... argument') return true;
  // The text before the first bracket, or the first name, of `&T{...}`, `make([]T, n)`, `append`, `string(b)` or `x +
  // "s"`.
  const start = /^[&*([\]]*(?<name>[\p{L}_][\p{L}\p{N}_.]*)/u.exec(expression)?.groups?.['name'] ?? '';
  return start === '' || mentions(line, start.replace(/^.*\./su, ''));
}

const mentions = (line: string, name: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'u').test(line);

/** `append` allocates only when its slice is full; other allocations on its line happen each time. */
const isGrowth = ({ expression }: Decision): boolean => expression === 'append';

/**
 * Decisions about values that are written on the line come first; of either kind, those that allocate whenever it runs
 * before `append`. Otherwise the order does not change.
 */
export function byWriting(decisions: readonly Decision[], line: string): Decision[] {
  const written = decisions.filter((one) => isWrittenOn(one, line));
  const others = decisions.filter((one) => !written.includes(one));
  return [written, others].flatMap((group) => [
    ...group.filter((one) => !isGrowth(one)),
    ...group.filter(isGrowth),
  ]);
}
