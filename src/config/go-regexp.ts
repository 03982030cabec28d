import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { GoRegexpFault } from './schema.ts';

/**
 * The regular expressions that `go test` compiles for one `-bench` or `-skip` pattern. It splits the pattern at each
 * `|` and `/` outside brackets and parentheses (`splitRegexp` in src/testing/match.go of the Go release). Returns a
 * list for each alternative, with one expression for each level of the names.
 */
function splitPattern(pattern: string): [string, ...string[]][] {
  const alternatives: [string, ...string[]][] = [];
  let parts: string[] = [];
  let start = 0;
  let brackets = 0;
  let parentheses = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '[') brackets += 1;
    else if (character === ']') brackets = Math.max(0, brackets - 1);
    else if (brackets > 0) continue;
    else if (character === '(') parentheses += 1;
    else if (character === ')') parentheses -= 1;
    else if (parentheses === 0 && (character === '/' || character === '|')) {
      parts.push(pattern.slice(start, at));
      start = at + 1;
      if (character === '|') {
        alternatives.push(toLevels(parts));
        parts = [];
      }
    }
  }
  return [...alternatives, toLevels([...parts, pattern.slice(start)])];
}

const toLevels = ([first = '', ...others]: readonly string[]): [string, ...string[]] => [first, ...others];

const SPACES = /[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/gu;
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/**
 * Does what `rewrite` in src/testing/match.go of the Go release does to the names of benchmarks: `_` replaces a space,
 * and an escape a character that is not printable.
 */
function rewrite(part: string): string {
  return part.replace(SPACES, '_').replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x80
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The longest pattern in characters. Compiling counted repetitions of this length takes at most a second. */
const MAX_LENGTH = 2000;
const GROUP_NAME = /\(\?P?<\w+>/gu;

function checkPart(part: string): GoRegexpFault | null {
  try {
    RE2JS.compile(part);
    return null;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const fault = { description: error.getDescription(), fragment: error.getPattern() ?? '' };
    // Go allows two groups with the same name, re2js does not.
    const isStricter = fault.description === 'duplicate capture group name';
    return isStricter ? checkPart(part.replace(GROUP_NAME, '(')) : fault;
  }
}

/**
 * The reason why `go test -bench` or `-skip` refuses a pattern; null: it accepts it. Patterns over 2000 characters are
 * refused here.
 */
export function checkGoRegexp(pattern: string): GoRegexpFault | null {
  if (pattern.length > MAX_LENGTH) return { description: 'expression too large', fragment: '' };
  for (const part of splitPattern(pattern).flat()) {
    const fault = checkPart(rewrite(part));
    if (fault !== null) return fault;
  }
  return null;
}

const compilePart = (part: string): RE2JS => RE2JS.compile(rewrite(part).replace(GROUP_NAME, '('));

/**
 * Returns a test for the names of benchmarks, with sub-benchmarks, that a `-bench` pattern runs: each level of an
 * alternative matches its part of the name. The pattern must be one that `checkGoRegexp` accepts.
 */
export function compileBench(pattern: string): (name: string) => boolean {
  const compiled = splitPattern(pattern).map((levels) => levels.map((level) => compilePart(level)));
  return (name) => {
    const parts = name.split('/');
    return compiled.some((levels) =>
      levels.every((level, at) => {
        const part = parts[at];
        return part !== undefined && level.matcher(part).find();
      }),
    );
  };
}

/**
 * Returns a test for a top-level benchmark and the names that it gives to its sub-benchmarks: whether a `-bench` pattern
 * may run one of them, or the benchmark itself. The pattern must be one that `checkGoRegexp` accepts.
 */
export function compileWithinTop(pattern: string): (name: string, inside: readonly string[]) => boolean {
  const compiled = splitPattern(pattern).map(([top, sub]) => ({
    top: compilePart(top),
    // A name that is given twice gets a number: `parse#01`. Patterns for such names are not judged.
    sub: sub === undefined || sub.includes('#') ? null : compilePart(sub),
  }));
  return (name, inside) => {
    // A slash in a given name begins another level.
    const parts = inside.flatMap((one) => rewrite(one).split('/'));
    return compiled.some(
      ({ top, sub }) =>
        top.matcher(name).find() && (sub === null || parts.some((part) => sub.matcher(part).find())),
    );
  };
}

/**
 * Returns a test for the names of top-level benchmarks that a `-bench` or `-skip` pattern can choose: those that match
 * the first level of an alternative. Only running them shows whether the levels below match anything. The pattern must
 * be one that `checkGoRegexp` accepts.
 */
export function compileTopLevel(pattern: string): (name: string) => boolean {
  const compiled = splitPattern(pattern).map(([top]) => compilePart(top));
  return (name) => compiled.some((expression) => expression.matcher(name).find());
}
