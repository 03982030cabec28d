import path from 'node:path';
import type { Node } from 'web-tree-sitter';
import type { Sources } from '../rules/source-files.ts';
import type { Changes } from './changes.ts';

/** Something that a Go file declares under a name, with the lines that say what it is. */
export type Declaration = {
  name: string;
  kind: 'constant' | 'variable' | 'type' | 'field' | 'method' | 'signature';
  file: string;
  firstLine: number;
  /** A function's last line is that of its signature. */
  lastLine: number;
  /** Its own code, without a function's body. */
  text: string;
  /** What it is made of: the names in its own text. */
  mentions: string[];
};

export type ChangedName = { declaration: Declaration; line: number };

export type Names = {
  /** Whether a changed declaration names an interface type that base's version of it does not. */
  introducesInterface: (changed: ChangedName) => boolean;
  /**
   * The changed declaration that one of `names` leads to, through at most three declarations of the same package
   * (`var b frame` → `type frame [size]byte` → `const size`); null when what they mean is as it was. `file` is where the names are used.
   */
  findChanged: (
    names: readonly string[],
    file: string,
    kinds?: readonly Declaration['kind'][],
  ) => ChangedName | null;
};

const maxDepth = 4;
const maxNames = 300;
const declarationKinds = new Map<string, Declaration['kind']>([
  ['const_spec', 'constant'],
  ['var_spec', 'variable'],
  ['type_spec', 'type'],
  ['type_alias', 'type'],
  ['field_declaration', 'field'],
  ['method_elem', 'method'],
  ['function_declaration', 'signature'],
  ['method_declaration', 'signature'],
]);
const keywords = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package range ' +
    'return select struct switch type var nil true false append len cap make new string int byte error any'
  ).split(' '),
);

/** The names in a piece of Go code, each once, without keywords, texts and comments. */
export function namesIn(text: string): string[] {
  const code = text.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`|\/\/.*$/gmu, ' ');
  const words = code.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
  return [...new Set(words)].filter((word) => !keywords.has(word));
}

function declaredNames(node: Node): string[] {
  const named = node.childrenForFieldName('name').filter((child) => child !== null);
  // An embedded field has the name of its type.
  const type = node.type === 'field_declaration' ? node.childForFieldName('type')?.text : undefined;
  return named.length > 0 ? named.map((child) => child.text) : type ? namesIn(type).slice(-1) : [];
}

function describe(node: Node, kind: Declaration['kind'], file: string): Declaration[] {
  const body = kind === 'signature' ? node.childForFieldName('body') : null;
  const header = body ? node.text.slice(0, body.startIndex - node.startIndex) : node.text;
  const firstLine = node.startPosition.row + 1;
  const lastLine = (body ? body.startPosition.row : node.endPosition.row) + 1;
  const mentions = namesIn(header);
  return declaredNames(node).map((name) => ({
    name,
    kind,
    file,
    firstLine,
    lastLine,
    text: header,
    mentions,
  }));
}

/** What a file declares at its top level, fields and interface methods included. */
function declarationsOf(root: Node, file: string): Declaration[] {
  const found: Declaration[] = [];
  const visit = (node: Node): void => {
    const kind = declarationKinds.get(node.type);
    if (kind) found.push(...describe(node, kind, file));
    if (kind === 'signature') return;
    for (const child of node.namedChildren) visit(child);
  };
  for (const child of root.namedChildren) visit(child);
  return found;
}

/** Types that are interfaces wherever they are named; those of other packages cannot be looked up. */
const knownInterface =
  /\b(?:any|error|interface)\b|(?<![\p{L}\p{N}_.])[\p{Ll}][\p{L}\p{N}_]*\.\p{Lu}[\p{L}\p{N}_]*/gu;

const isExported = (name: string): boolean => /^\p{Lu}/u.test(name);

/** `filesIn` lists the Go files of a directory of head; files are parsed when a name is first asked for. */
export function createNames(sources: Sources, changes: Changes, filesIn: (dir: string) => string[]): Names {
  const byFile = new Map<string, Declaration[]>();
  const declarations = (file: string): Declaration[] => {
    const known = byFile.get(file);
    if (known) return known;
    const root = sources.head(file)?.root;
    const found = root ? declarationsOf(root, file) : [];
    byFile.set(file, found);
    return found;
  };
  const changedFiles = changes.files.filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'));
  const changedLine = ({ file, firstLine, lastLine }: Declaration): number | null =>
    changes.within(file, firstLine, lastLine)[0] ?? null;

  /** The innermost changed declaration of a name: a field's line rather than its whole type's. */
  const changedNamed = (
    name: string,
    dir: string,
    kinds?: readonly Declaration['kind'][],
  ): ChangedName | null => {
    const here = (file: string): boolean => path.posix.dirname(file) === dir;
    const found = changedFiles
      .filter((file) => here(file) || isExported(name))
      .flatMap(declarations)
      .filter((declaration) => declaration.name === name && (!kinds || kinds.includes(declaration.kind)))
      .flatMap((declaration) => {
        const line = changedLine(declaration);
        return line === null ? [] : [{ declaration, line }];
      });
    return (
      found.sort((a, b) => Number(here(b.declaration.file)) - Number(here(a.declaration.file)))[0] ?? null
    );
  };

  const findChanged: Names['findChanged'] = (names, file, kinds) => {
    const dir = path.posix.dirname(file);
    const seen = new Set<string>();
    let front = [...names];
    for (let depth = 0; depth < maxDepth && front.length > 0 && seen.size < maxNames; depth += 1) {
      for (const name of front) {
        const changed = changedNamed(name, dir, kinds);
        if (changed) return changed;
        seen.add(name);
      }
      const inPackage = filesIn(dir).flatMap(declarations);
      const next = inPackage.filter(({ name, kind }) => front.includes(name) && kind !== 'signature');
      front = [...new Set(next.flatMap(({ mentions }) => mentions))].filter((name) => !seen.has(name));
    }
    return null;
  };

  const isInterface = (name: string, dir: string): boolean =>
    filesIn(dir)
      .flatMap(declarations)
      .some((one) => one.kind === 'type' && one.name === name && /\binterface\b/u.test(one.text));
  const introducesInterface: Names['introducesInterface'] = ({ declaration }) => {
    const { name, kind, file, text } = declaration;
    const root = sources.baseOf(file)?.root;
    const old = root
      ? declarationsOf(root, file).find((one) => one.name === name && one.kind === kind)
      : null;
    const before = new Set(old ? [...old.mentions, ...(old.text.match(knownInterface) ?? [])] : []);
    const known = text.match(knownInterface) ?? [];
    const dir = path.posix.dirname(file);
    return (
      known.some((one) => !before.has(one)) ||
      declaration.mentions.some((one) => !before.has(one) && isInterface(one, dir))
    );
  };
  return { findChanged, introducesInterface };
}
