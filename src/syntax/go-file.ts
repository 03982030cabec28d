import { isPureExpression } from './purity.ts';
import { readTokens, type Token } from './tokens.ts';

/** A top-level declaration of a Go file, or one of several in brackets. Lines count from 1, offsets from 0. */
export type Declaration = {
  kind: 'func' | 'method' | 'var' | 'const' | 'type';
  /** The declared names, including `_`. A group of constants is one declaration, because of `iota`. */
  names: string[];
  /** The type that a method belongs to, without `*` and type parameters. */
  receiver: string | null;
  /** Whether it is a variable whose initialiser can have an effect when the program starts: it calls or receives. */
  runs: boolean;
  /** Its tokens, separated by single spaces, without comments but with directives (`//go:embed`). */
  text: string;
  /** Every name in its text that does not follow a dot. */
  words: ReadonlySet<string>;
  /** `a.b` for every selector whose left side is a single name. */
  selections: ReadonlySet<string>;
  /** The offset of its start, including the comments before it. */
  start: number;
  end: number;
  firstLine: number;
  lastLine: number;
};

export type ImportSpec = {
  /** `_`, `.`, another name, or null if there is none. */
  name: string | null;
  path: string;
  start: number;
  end: number;
  line: number;
};

/** A comment `//go:linkname local remote`. */
type Linkname = { local: string; start: number; end: number };

export type GoFile = {
  path: string;
  text: string;
  package: string;
  /** The `//go:build` line, which can also select the language version; null if there is none. */
  constraint: string | null;
  imports: ImportSpec[];
  declarations: Declaration[];
  linknames: Linkname[];
};

type Reader = { path: string; text: string; tokens: readonly Token[]; lineAt: (offset: number) => number };

/** One statement at the top level or in brackets: the range of its tokens in `Reader.tokens`, including comments. */
type Span = { from: number; to: number };

const opening = new Set(['(', '[', '{']);
const closing = new Set([')', ']', '}']);

/** Splits tokens at semicolons outside brackets; null if the brackets do not match. */
function splitStatements(tokens: readonly Token[], from: number, to: number): Span[] | null {
  const spans: Span[] = [];
  let depth = 0;
  let start = from;
  for (let at = from; at < to; at += 1) {
    const token = tokens[at];
    if (token?.kind === 'mark' && opening.has(token.text)) depth += 1;
    if (token?.kind === 'mark' && closing.has(token.text)) depth -= 1;
    if (depth < 0) return null;
    if (token?.kind !== 'end' || depth > 0) continue;
    spans.push({ from: start, to: at });
    start = at + 1;
  }
  if (depth !== 0) return null;
  const hasRest = tokens.slice(start, to).some(({ kind }) => kind !== 'comment');
  return hasRest ? [...spans, { from: start, to }] : spans;
}

function createLineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

const LINKNAME = /^\/\/go:linkname\s+(\S+)/u;
const DIRECTIVE = /^\/\/(?:go:(?!linkname)|line )/u;

/** The tokens of a span, without comments. */
function codeOf({ tokens }: Reader, { from, to }: Span): Token[] {
  return tokens.slice(from, to).filter(({ kind }) => kind !== 'comment');
}

function readReferences(code: readonly Token[]): Pick<Declaration, 'words' | 'selections'> {
  const words = new Set<string>();
  const selections = new Set<string>();
  for (const [at, token] of code.entries()) {
    if (token.kind !== 'word') continue;
    if (code[at - 1]?.text !== '.') {
      words.add(token.text);
      continue;
    }
    const operand = code[at - 2];
    if (operand?.kind === 'word' && code[at - 3]?.text !== '.') {
      selections.add(`${operand.text}.${token.text}`);
    }
  }
  return { words, selections };
}

type Named = Pick<Declaration, 'kind' | 'names' | 'receiver' | 'runs'>;

function toDeclaration(reader: Reader, { from, to }: Span, keyword: string, named: Named): Declaration {
  const tokens = reader.tokens.slice(from, to);
  const code = tokens.filter(({ kind }) => kind !== 'comment');
  const told = tokens.filter(({ kind, text }) => kind !== 'comment' || DIRECTIVE.test(text));
  const first = tokens.find(({ kind, text }) => kind !== 'comment' || !LINKNAME.test(text));
  const [start, end] = [first?.start ?? 0, tokens.at(-1)?.end ?? 0];
  const text = told.map((token) => (token.kind === 'end' ? ';' : token.text)).join(' ');
  return {
    ...named,
    ...readReferences(code),
    text: text.startsWith(keyword) ? text : `${keyword} ${text}`,
    start,
    end,
    firstLine: reader.lineAt(code[0]?.start ?? start),
    lastLine: reader.lineAt(end),
  };
}

/** `(t *T[K]) M` → T and M; `F` → null and F. */
function readFunction(code: readonly Token[]): Named | null {
  const [, second] = code;
  if (second?.kind === 'word') {
    return { kind: 'func', names: [second.text], receiver: null, runs: false };
  }
  const close = code.findIndex(({ text }) => text === ')');
  const inside = code.slice(2, close);
  const parameters = inside.findIndex(({ text }) => text === '[');
  const type = inside
    .slice(0, parameters === -1 ? undefined : parameters)
    .findLast((token) => token.kind === 'word');
  const name = code[close + 1];
  if (second?.text !== '(' || !type || name?.kind !== 'word') return null;
  return { kind: 'method', names: [name.text], receiver: type.text, runs: false };
}

/** The names at the start of a specification: `a, b T = …`. */
function leadingNames(code: readonly Token[]): string[] {
  const names: string[] = [];
  for (let at = 0; code[at]?.kind === 'word'; at += 2) {
    names.push(code[at]?.text ?? '');
    if (code[at + 1]?.text !== ',') break;
  }
  return names;
}

function readImport({ lineAt }: Reader, code: readonly Token[]): ImportSpec | null {
  const path = code.at(-1);
  const [first] = code;
  if (!first || path?.kind !== 'literal' || code.length > 2) return null;
  return {
    name: code.length === 2 ? first.text : null,
    path: path.text.slice(1, -1),
    start: first.start,
    end: path.end,
    line: lineAt(first.start),
  };
}

/** The specifications of `keyword ( … )`, or the single one after the keyword; null if they cannot be parsed. */
function specsOf({ tokens }: Reader, { from, to }: Span, keyword: string): Span[] | null {
  const own = tokens.slice(from, to);
  const keywordAt = own.findIndex(({ text }) => text === keyword);
  const openAt = own.findIndex(({ kind }, at) => at > keywordAt && kind !== 'comment');
  if (own[openAt]?.text !== '(') return [{ from, to }];
  const closeAt = own.findLastIndex(({ text }) => text === ')');
  return splitStatements(tokens, from + openAt + 1, from + closeAt);
}

/** The code of a specification without its keyword. */
function specCode(reader: Reader, span: Span, keyword: string): Token[] {
  const code = codeOf(reader, span);
  return code[0]?.text === keyword ? code.slice(1) : code;
}

function readSpecs(reader: Reader, span: Span, code: readonly Token[], file: GoFile): boolean {
  const keyword = code[0]?.text ?? '';
  const specs = specsOf(reader, span, keyword);
  if (!specs) return false;
  if (keyword === 'const') {
    const names = specs.flatMap((spec) => leadingNames(specCode(reader, spec, keyword)));
    file.declarations.push(
      toDeclaration(reader, span, keyword, { kind: 'const', names, receiver: null, runs: false }),
    );
    return true;
  }
  for (const spec of specs) {
    const own = specCode(reader, spec, keyword);
    if (keyword === 'import') {
      const found = readImport(reader, own);
      if (!found) return false;
      file.imports.push(found);
      continue;
    }
    const kind = keyword === 'var' ? 'var' : 'type';
    const names = leadingNames(own);
    if (names.length === 0) return false;
    const runs = kind === 'var' && !isPureExpression(own, file.imports);
    file.declarations.push(toDeclaration(reader, spec, keyword, { kind, names, receiver: null, runs }));
  }
  return true;
}

function readStatement(reader: Reader, span: Span, file: GoFile): boolean {
  const code = codeOf(reader, span);
  switch (code[0]?.text) {
    case undefined: {
      return true;
    }
    case 'package': {
      file.package = code[1]?.text ?? '';
      const before = reader.tokens
        .slice(span.from, span.to)
        .find(({ text }) => text.startsWith('//go:build '));
      file.constraint = before?.text ?? null;
      return file.package !== '';
    }
    case 'func': {
      const named = readFunction(code);
      if (named) file.declarations.push(toDeclaration(reader, span, 'func', named));
      return named !== null;
    }
    case 'import':
    case 'var':
    case 'const':
    case 'type': {
      return readSpecs(reader, span, code, file);
    }
    default: {
      return false;
    }
  }
}

/** Reads the declarations of a Go file. Null if its syntax is invalid, so that it does not compile either. */
export function readGoFile(path: string, text: string): GoFile | null {
  const tokens = readTokens(text);
  const statements = tokens && splitStatements(tokens, 0, tokens.length);
  if (!statements) return null;
  const reader: Reader = { path, text, tokens, lineAt: createLineIndex(text) };
  const file: GoFile = {
    path,
    text,
    package: '',
    constraint: null,
    imports: [],
    declarations: [],
    linknames: [],
  };
  for (const statement of statements) if (!readStatement(reader, statement, file)) return null;
  file.linknames = tokens.flatMap(({ kind, text: words, start, end }) => {
    const local = kind === 'comment' ? LINKNAME.exec(words)?.[1] : undefined;
    return local === undefined ? [] : [{ local, start, end }];
  });
  return file.package === '' ? null : file;
}
