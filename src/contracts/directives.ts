import { readGoFile, type Declaration, type GoFile } from '../syntax/go-file.ts';
import { readTokens, type Token } from '../syntax/tokens.ts';

/** A contract in a comment of a Go file. Lines count from 1. */
export type Directive = { file: string; line: number } & (
  | { kind: 'allocs'; benchmark: string; allocs: number }
  /** `function`: the whole function with this `functionKey`; null: only the lines from `first` to `last`. */
  | { kind: 'noescape'; function: string | null; first: number; last: number }
);

/** A comment that looks like a contract but is not a valid one. */
type BadDirective = {
  file: string;
  line: number;
  text: string;
  problem: 'unknown' | 'not-a-count' | 'not-above-benchmark' | 'nothing-below' | 'in-test';
};

export type FileDirectives = { directives: Directive[]; bad: BadDirective[] };

/** The prefix of every directive. Like `//go:`, it contains no space (https://go.dev/doc/comment#syntax). */
const PREFIX = '//allocgate:';

/** Names a function within its package: `F`, or `T.M` for a method, whether of T or of *T. */
export const functionKey = ({ receiver, names }: Pick<Declaration, 'receiver' | 'names'>): string =>
  [receiver, names[0]].filter((part) => part !== null && part !== undefined).join('.');

export const isFunction = ({ kind }: Declaration): boolean => kind === 'func' || kind === 'method';

type Line = { number: number; start: number; end: number };

function lineOf(text: string, offset: number): Line {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return {
    number: text.slice(0, start).split('\n').length,
    start,
    end: end === -1 ? text.length : end,
  };
}

const opening = new Set(['(', '[', '{']);
const closing = new Set([')', ']', '}']);

/** The offset at which the statement that begins with token `from` ends. */
function statementEnd(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (const token of tokens.slice(from)) {
    if (token.kind === 'mark' && opening.has(token.text)) depth += 1;
    if (token.kind === 'mark' && closing.has(token.text)) depth -= 1;
    if (depth < 0 || (depth === 0 && token.kind === 'end')) return token.start;
  }
  return tokens.at(-1)?.end ?? 0;
}

type Place = { token: Token; index: number; tokens: readonly Token[]; goFile: GoFile };

/** The function below a comment that is outside of all functions; null if there is none. */
function functionBelow({ token, index, tokens, goFile }: Place): Declaration | null {
  const next = tokens.slice(index).find(({ kind }) => kind !== 'comment' && kind !== 'end');
  const found = goFile.declarations.find(
    (one) => isFunction(one) && next !== undefined && one.start <= next.start && next.start < one.end,
  );
  return found && next?.text === 'func' && found.start <= token.start ? found : null;
}

/**
 * The lines that a noescape comment applies to: its own line if code precedes it, otherwise the lines of the next
 * statement.
 */
function linesOf({ token, index, tokens, goFile }: Place): { first: number; last: number } | null {
  const own = lineOf(goFile.text, token.start);
  if (goFile.text.slice(own.start, token.start).trim() !== '') return { first: own.number, last: own.number };
  const next = tokens.findIndex(({ kind }, at) => at > index && kind !== 'comment' && kind !== 'end');
  const start = tokens[next];
  if (!start || closing.has(start.text)) return null;
  const end = Math.max(statementEnd(tokens, next), start.end) - 1;
  return { first: lineOf(goFile.text, start.start).number, last: lineOf(goFile.text, end).number };
}

function readDirective(place: Place): Directive | BadDirective {
  const { token, goFile } = place;
  const { number: line } = lineOf(goFile.text, token.start);
  const at = { file: goFile.path, line };
  const fail = (problem: BadDirective['problem']): BadDirective => ({
    ...at,
    text: token.text.trim(),
    problem,
  });
  // Text after another `//` is a comment for readers, as in `//allocgate:allocs 0 // the hot path`.
  const [name = '', ...words] = token.text
    .slice(PREFIX.length)
    .replace(/\s\/\/.*$/u, '')
    .trim()
    .split(/\s+/u);
  const below = functionBelow(place);
  if (name === 'allocs') {
    const [count = '', ...rest] = words;
    if (!/^\d{1,9}$/u.test(count) || rest.length > 0) return fail('not-a-count');
    const benchmark = below?.kind === 'func' ? (below.names[0] ?? '') : '';
    const isBenchmark = goFile.path.endsWith('_test.go') && benchmark.startsWith('Benchmark');
    return isBenchmark
      ? { ...at, kind: 'allocs', benchmark, allocs: Number(count) }
      : fail('not-above-benchmark');
  }
  if (name !== 'noescape' || words.length > 0) return fail('unknown');
  if (goFile.path.endsWith('_test.go')) return fail('in-test');
  if (below) {
    const { firstLine: first, lastLine: last } = below;
    return { ...at, kind: 'noescape', function: functionKey(below), first, last };
  }
  const lines = linesOf(place);
  return lines ? { ...at, kind: 'noescape', function: null, ...lines } : fail('nothing-below');
}

/** Reads the contracts in the comments of a Go file. A file that is not Go has none. */
export function readDirectives(path: string, text: string): FileDirectives {
  const found: FileDirectives = { directives: [], bad: [] };
  if (!text.includes(PREFIX)) return found;
  const [tokens, goFile] = [readTokens(text), readGoFile(path, text)];
  if (!tokens || !goFile) return found;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'comment' || !token.text.startsWith(PREFIX)) continue;
    const read = readDirective({ token, index, tokens, goFile });
    if ('problem' in read) found.bad.push(read);
    else found.directives.push(read);
  }
  return found;
}
