import { readTokens, type Token } from './tokens.ts';

/** The parameters of type `*testing.B` in a benchmark and in the functions inside it. */
function listParameters(tokens: readonly Token[]): Set<string> {
  const texts = tokens.map(({ text }) => text);
  const found = tokens.filter(
    ({ kind }, at) => kind === 'word' && texts.slice(at + 1, at + 5).join('') === '*testing.B',
  );
  return new Set(found.map(({ text }) => text));
}

/** Whether each curly bracket is closed. Otherwise the source ends too early. */
function isClosed(tokens: readonly Token[]): boolean {
  const count = (bracket: string): number => tokens.filter(({ text }) => text === bracket).length;
  return count('{') === count('}');
}

/** The value of a string literal without escapes; null for anything else. */
const valueOf = (token: Token | undefined): string | null =>
  /^"([^"\\]+)"$|^`([^`]+)`$/u
    .exec(token?.text ?? '')
    ?.slice(1)
    .find(Boolean) ?? null;

/**
 * The names that a benchmark gives to sub-benchmarks on all levels: `parse` of `b.Run("parse", …)`. Null if its source
 * does not tell: a name is not a literal, or another function gets `b` and may run some. `source`: its declaration.
 */
export function listSubBenchmarks(source: string): string[] | null {
  const tokens = readTokens(source)?.filter(({ kind }) => kind !== 'comment') ?? [];
  const parameters = listParameters(tokens);
  if (parameters.size === 0 || !isClosed(tokens)) return null;
  const names: string[] = [];
  for (const [at, { text }] of tokens.entries()) {
    if (!parameters.has(text)) continue;
    const [next, method, bracket, name, comma] = tokens.slice(at + 1, at + 6);
    if (next?.text === '*' && method?.text === 'testing') continue;
    if (tokens[at - 1]?.text === '.' || next?.text !== '.') return null;
    if (method?.text !== 'Run') continue;
    const value = valueOf(name);
    if (bracket?.text !== '(' || comma?.text !== ',' || value === null) return null;
    names.push(value);
  }
  return names;
}
