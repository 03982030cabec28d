import { RE2JS } from 're2js';

/** The longest glob, in characters. Names of benchmarks are shorter, and many nested braces take long to compile. */
const MAX_LENGTH = 500;

/** A part of a glob as a regular expression, and the number of characters of the glob that it stands for. */
type Piece = { source: string; length: number };

const quote = (text: string): string => RE2JS.quote(text);

/** `[abc]`, `[a-z]`, `[!a]`: one character, never a slash. A bracket that is not closed stands for itself. */
function readClass(rest: string): Piece {
  const [whole, not = '', characters = ''] = /^\[([!^]?)(\]?[^\]/]*)\]/u.exec(rest) ?? [];
  if (whole === undefined || characters === '') return { source: quote('['), length: 1 };
  const inside = characters.replaceAll(/[\\[\]^&]/gu, String.raw`\$&`);
  const source = `[${not === '' ? '' : '^/'}${inside}]`;
  return isValid(source) ? { source, length: whole.length } : { source: quote('['), length: 1 };
}

function isValid(source: string): boolean {
  try {
    RE2JS.compile(source);
    return true;
  } catch {
    return false;
  }
}

/** Stars stand for characters of one element of the path; two that are an element stand for any number of elements. */
function readStars(rest: string, before: string): Piece {
  const stars = /^\*+/u.exec(rest)?.[0] ?? '';
  const isElement = (before === '' || before.endsWith('/')) && /^(?:\/|$)/u.test(rest.slice(stars.length));
  if (!isElement) return { source: '[^/]*', length: stars.length };
  if (stars.length === 1) return { source: '[^/]+', length: 1 };
  const slash = rest[stars.length] === '/' ? 1 : 0;
  return { source: slash === 1 ? '(?:.*/)?' : '.*', length: stars.length + slash };
}

function readPiece(rest: string, before: string, depth: number): Piece {
  switch (rest.charAt(0)) {
    case '*':
      return readStars(rest, before);
    case '?':
      return { source: '[^/]', length: 1 };
    case '[':
      return readClass(rest);
    case '{':
      return { source: '(?:', length: 1 };
    case '}':
      return { source: depth > 0 ? ')' : quote('}'), length: 1 };
    case ',':
      return { source: depth > 0 ? '|' : ',', length: 1 };
    case '\\':
      return rest.length > 1
        ? { source: quote(rest.charAt(1)), length: 2 }
        : { source: quote('\\'), length: 1 };
    default: {
      const [plain = rest.charAt(0)] = /^[^*?[{},\\]+/u.exec(rest) ?? [];
      return { source: quote(plain), length: plain.length };
    }
  }
}

function translate(glob: string): string {
  let source = '';
  let depth = 0;
  for (let at = 0; at < glob.length;) {
    const piece = readPiece(glob.slice(at), glob.slice(0, at), depth);
    if (glob.charAt(at) === '{') depth += 1;
    else if (glob.charAt(at) === '}' && depth > 0) depth -= 1;
    source += piece.source;
    at += piece.length;
  }
  return source + ')'.repeat(depth);
}

/**
 * Compiles a glob over `package.BenchmarkX/sub`: `*` and `?` stand for characters except slashes, `**` as an element
 * for any elements, `[a-z]` for one character, `{a,b}` for either; a backslash takes the next character as it is.
 * Matching takes time in proportion to the name: re2js does not backtrack. A glob of more than 500 characters matches
 * only itself.
 */
export function compileGlob(glob: string): (name: string) => boolean {
  const source = glob.length > MAX_LENGTH ? null : translate(glob);
  if (source === null || !isValid(source)) return (name) => name === glob;
  const pattern = RE2JS.compile(source, RE2JS.DOTALL);
  return (name) => pattern.matches(name);
}

/** Replaces the wildcards of a glob by a text that they can match in the name of a sub-benchmark. */
const withoutWildcards = (glob: string): string => glob.replaceAll(/\*+|\?/gu, 'x');

/**
 * Whether a glob can match one of some benchmarks, given by their IDs, or one of their sub-benchmarks. The names of
 * sub-benchmarks are only known after they have run, so names are tried that the end of the glob would match.
 */
export function canMatch(glob: string, ids: readonly string[]): boolean {
  // No names are tried for braces and brackets. A glob with them counts as matching.
  if (/[[{\\]/u.test(glob)) return true;
  const matches = compileGlob(glob);
  const elements = withoutWildcards(glob).split('/');
  const tails = elements.map((_, index) => elements.slice(index).join('/'));
  return ids.some((id) => matches(id) || tails.some((tail) => matches(`${id}/${tail}`)));
}
