import type { GoRegexpFault } from './schema.ts';

/** What came before the current character, as far as a repetition operator cares. */
type Before = 'nothing' | 'atom' | 'repeat';

const counted = /^\{\d+(?:,\d*)?\}/u;

/** The length of the character class that starts at `from`, or null when it is never closed. */
function classLength(text: string, from: number): number | null {
  let at = from + 1;
  if (text[at] === '^') at++;
  // A bracket right after the opening one stands for itself.
  if (text[at] === ']') at++;
  while (at < text.length && text[at] !== ']') {
    if (text.startsWith('[:', at)) {
      const end = text.indexOf(':]', at + 2);
      at = end === -1 ? at + 1 : end + 2;
    } else {
      at += text[at] === '\\' ? 2 : 1;
    }
  }
  return at < text.length ? at + 1 - from : null;
}

/** `*`, `+`, `?` or `{n,m}` at `from` with its lazy `?`; 0 when there is none. */
function repeatLength(text: string, from: number): number {
  const rest = text.slice(from);
  const plain = /^[*+?]/u.test(rest) ? 1 : (counted.exec(rest)?.[0].length ?? 0);
  return plain > 0 && rest[plain] === '?' ? plain + 1 : plain;
}

/** The fault of an escape sequence, or null. Go's engine has no back-references. */
function checkEscape(text: string, from: number): GoRegexpFault | null {
  const next = text[from + 1];
  if (next === undefined) return 'trailing-backslash';
  return /[1-9]/u.test(next) ? 'back-reference' : null;
}

/** How much of the text one piece takes, what it is, and how it changes the nesting; or its fault. */
function readPiece(
  text: string,
  at: number,
  depth: number,
): { length: number; before: Before; nesting: number } | GoRegexpFault {
  switch (text.charAt(at)) {
    case '\\': {
      const literal = text.startsWith('\\Q', at) ? text.indexOf('\\E', at) : -1;
      if (literal !== -1) return { length: literal + 2 - at, before: 'atom', nesting: 0 };
      return checkEscape(text, at) ?? { length: 2, before: 'atom', nesting: 0 };
    }
    case '[': {
      const length = classLength(text, at);
      return length === null ? 'unclosed-class' : { length, before: 'atom', nesting: 0 };
    }
    case '(': {
      if (/^\(\?(?:[=!]|<[=!])/u.test(text.slice(at))) return 'look-around';
      const flags = /^\(\?(?:P?<\w+>|[imsU-]*:)/u.exec(text.slice(at));
      const bare = /^\(\?[imsU-]+\)/u.exec(text.slice(at));
      if (bare) return { length: bare[0].length, before: 'nothing', nesting: 0 };
      return { length: flags ? flags[0].length : 1, before: 'nothing', nesting: 1 };
    }
    case ')':
      return depth === 0 ? 'unopened-group' : { length: 1, before: 'atom', nesting: -1 };
    case '|':
      return { length: 1, before: 'nothing', nesting: 0 };
    case '/':
      // `go test` splits at slashes outside groups and compiles each element by itself.
      return { length: 1, before: depth === 0 ? 'nothing' : 'atom', nesting: 0 };
    default:
      return { length: 1, before: 'atom', nesting: 0 };
  }
}

/**
 * Looks for what Go's regexp package would refuse in a `-bench` or `-skip` pattern; null when nothing was found.
 * It names the usual mistakes and lets everything it is not sure of pass: JavaScript's own parser would refuse
 * `(?i)x` and `[[:alpha:]]`, which are good in Go, and accept `(?=x)`, which is not.
 * Source: https://pkg.go.dev/regexp/syntax.
 */
export function checkGoRegexp(text: string): GoRegexpFault | null {
  let before: Before = 'nothing';
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const repeat = repeatLength(text, at);
    if (repeat > 0) {
      if (before !== 'atom') return before === 'repeat' ? 'repeated-repeat' : 'nothing-to-repeat';
      before = 'repeat';
      at += repeat;
      continue;
    }
    const piece = readPiece(text, at, depth);
    if (typeof piece === 'string') return piece;
    ({ before } = piece);
    depth += piece.nesting;
    at += piece.length;
  }
  return depth > 0 ? 'unclosed-group' : null;
}
