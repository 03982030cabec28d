import type { Decision, FlowStep } from './types.ts';

/** A whole constant. The compiler says that one escapes when it becomes an interface, and keeps it in static data. */
const constant = /^(?:"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)+'|-?\d[\w.+-]*|true|false|nil)$/su;

const isPanic = ({ text, reason }: FlowStep): boolean =>
  reason === 'call parameter' && text.startsWith('panic(');

/** Whether a decision says that a value is on the heap. */
export const isOnHeap = ({ kind }: Decision): boolean =>
  kind === 'escapes-to-heap' || kind === 'moved-to-heap';

/**
 * The decisions of one line for which memory is taken when the line runs: without constants, and without what is only
 * made for a panic. What a panic's text is made of stays: a variadic call boxes its arguments before it asks anything. A function that is inlined brings both along to the line that calls it.
 */
export function allocatingDecisions(decisions: readonly Decision[]): Decision[] {
  return decisions.filter(
    (one) => isOnHeap(one) && !constant.test(one.expression) && !one.flow.some(isPanic),
  );
}

/** Whether the value that a decision is about is written on a line, and not in a function that was inlined into it. */
export function isWrittenOn({ kind, expression }: Decision, line: string): boolean {
  if (kind === 'moved-to-heap') return mentions(line, expression);
  if (expression === 'func literal') return /\bfunc\s*\(/u.test(line);
  if (expression === '... argument') return true;
  // `&T{...}`, `make([]T, n)`, `append`, `string(b)`, `x + "s"`: what stands before the first bracket, or the first name.
  const start = /^[&*([\]]*(?<name>[\p{L}_][\p{L}\p{N}_.]*)/u.exec(expression)?.groups?.['name'] ?? '';
  return start === '' || mentions(line, start.replace(/^.*\./su, ''));
}

const mentions = (line: string, name: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'u').test(line);

/** What is written on the line first, else in the order given. */
export function byWriting(decisions: readonly Decision[], line: string): Decision[] {
  const written = decisions.filter((one) => isWrittenOn(one, line));
  return [...written, ...decisions.filter((one) => !written.includes(one))];
}
