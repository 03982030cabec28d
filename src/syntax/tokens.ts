/**
 * Tokens of Go source (https://go.dev/ref/spec#Lexical_elements), with the semicolons that the specification inserts at
 * line ends. A test package can contain megabytes. This reads them several times as fast as the full grammar, and is
 * sufficient for top-level declarations.
 */

import { findTextEnd } from './texts.ts';

export type Token = {
  /** `end`: a semicolon, written or inserted. `mark`: an operator or a bracket. */
  kind: 'word' | 'literal' | 'mark' | 'comment' | 'end';
  text: string;
  /** Offsets in the text, in UTF-16 units. */
  start: number;
  end: number;
};

const SPACES = /[ \t\r\f\uFEFF]+/uy;
/** The patterns of tokens that are neither comments, strings nor runes. The first character of a token decides. */
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /\.?[0-9](?:[eEpP][+-]|[\w.])*/uy;
const MARK = /\.\.\.|\+\+|--|<-|&\^|[^\s\w`"']/uy;

const endingWords = new Set(['break', 'continue', 'fallthrough', 'return']);
const endingMarks = new Set(['++', '--', ')', ']', '}']);
/** Keywords (https://go.dev/ref/spec#Keywords). A line end inserts a semicolon only after four of them. */
const keywords = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package ' +
    'range return select struct switch type var'
  ).split(' '),
);

export function isKeyword(word: string): boolean {
  return keywords.has(word);
}

/** Whether a line end after this token ends the statement (https://go.dev/ref/spec#Semicolons). */
function endsStatement(token: Token | null): boolean {
  if (token?.kind === 'literal') return true;
  if (token?.kind === 'mark') return endingMarks.has(token.text);
  return token?.kind === 'word' && (!keywords.has(token.text) || endingWords.has(token.text));
}

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The kinds to try, the most frequent first. */
const patterns: readonly [Exclude<Token['kind'], 'end'>, RegExp][] = [
  ['word', WORD],
  ['literal', NUMBER],
  ['mark', MARK],
];

/** The token at an offset; null if the text there is not Go. */
function readToken(text: string, start: number): Token | null {
  const found = findTextEnd(text, start);
  if (found) {
    const { end, isClosed } = found;
    if (!isClosed) return null;
    return { kind: text[start] === '/' ? 'comment' : 'literal', text: text.slice(start, end), start, end };
  }
  for (const [kind, pattern] of patterns) {
    const end = matchAt(pattern, text, start);
    if (end === start) continue;
    const own = text.slice(start, end);
    return { kind: own === ';' ? 'end' : kind, text: own, start, end };
  }
  return null;
}

/** All tokens of a file; null if a character is not part of any token, so that the text is not Go. */
export function readTokens(text: string): Token[] | null {
  const tokens: Token[] = [];
  let last: Token | null = null;
  const endLine = (at: number): void => {
    if (!endsStatement(last)) return;
    last = { kind: 'end', text: '\n', start: at, end: at };
    tokens.push(last);
  };
  for (let at = matchAt(SPACES, text, 0); at < text.length; at = matchAt(SPACES, text, at)) {
    if (text[at] === '\n') {
      endLine(at);
      at += 1;
      continue;
    }
    const token = readToken(text, at);
    if (!token) return null;
    at = token.end;
    if (token.kind !== 'comment') last = token;
    else if (token.text.includes('\n')) endLine(token.start);
    tokens.push(token);
  }
  endLine(text.length);
  return tokens;
}
