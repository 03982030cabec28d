import { allocatingDecisions } from './allocating.ts';
import type { NameValue } from './sites.ts';
import type { Decision } from './types.ts';

/** The type in `make([]byte, n)`, up to the comma that no bracket surrounds. */
function firstArgument(text: string): string {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text.charAt(index);
    if (letter === ',' && depth === 0) return text.slice(0, index);
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
  }
  return text;
}

/**
 * The name of the value that a decision puts on the heap, however it is written: `&Node{...}` and `new(Node)` are
 * both a `Node`.
 */
export function nameOfValue({ expression }: Pick<Decision, 'expression'>): string {
  // Only the type is used, because operands can have other names after a move.
  const conversion = /^\(?(?<type>string|\[\](?:byte|rune))\)?\(/u.exec(expression)?.groups?.['type'];
  if (conversion !== undefined) return conversion;
  if (/[^+] \+ /u.test(expression)) return 'string';
  const made = /^(?:make|new)\((?<arguments>.*)\)$/su.exec(expression)?.groups?.['arguments'];
  if (made !== undefined) return firstArgument(made);
  return /^&?(?<type>.+?)\{\.\.\.\}$/su.exec(expression)?.groups?.['type'] ?? expression;
}

/** Reads what each line puts on the heap from the decisions of one side. */
export function nameValues(decisions: readonly Decision[]): NameValue {
  const names = new Map<string, string | null>();
  for (const decision of allocatingDecisions(decisions)) {
    const { file, line } = decision.position;
    const [key, name] = [`${file}:${line}`, nameOfValue(decision)];
    names.set(key, names.has(key) && names.get(key) !== name ? null : name);
  }
  return ({ file, line }) => names.get(`${file}:${line}`) ?? null;
}
