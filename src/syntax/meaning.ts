import { readTokens } from './tokens.ts';

/**
 * Comments that the go command or the compiler reads, and our own, which are promises about the code: `//go:noinline`,
 * `//line x.go:1`, `//allocgate:allocs 0`.
 */
const DIRECTIVE = /^(?:\/\/(?:go:|line |export |allocgate:|\s*\+build )|\/\*line )/u;

/**
 * The text of a Go file without what cannot change the compiled code: comments and layout. Two files with the same
 * meaning differ at most in the lines that debug information and stack traces name. A text that is not Go stays as it is.
 */
export function readMeaning(text: string): string {
  const tokens = readTokens(text);
  if (!tokens) return text;
  const told = tokens.filter(({ kind, text: own }) => kind !== 'comment' || DIRECTIVE.test(own));
  return told.map((token) => (token.kind === 'end' ? ';' : token.text)).join('\n');
}
