import path from 'node:path';
import type { Node } from 'web-tree-sitter';
import type { Sources } from '../rules/source-files.ts';
import type { ChangedLines } from './changed-lines.ts';
import type { Packages } from './packages.ts';
import { codeOf } from './spacing.ts';

/** A named declaration of a Go file, with its lines. */
export type NamedDeclaration = {
  name: string;
  kind: 'constant' | 'variable' | 'type' | 'field' | 'method' | 'signature';
  /** The type that a field or method belongs to; empty if there is none. */
  owner: string;
  file: string;
  firstLine: number;
  /** For a function, the last line of its signature. */
  lastLine: number;
  /** The code of the declaration, without a function's body. */
  text: string;
  /** The names in its text. */
  mentions: string[];
};

/** A declaration with its changed lines, and the most relevant of them. */
export type ChangedName = { declaration: NamedDeclaration; lines: number[]; line: number };

/** The criteria for a changed declaration. */
export type Wanted = {
  kinds?: readonly NamedDeclaration['kind'][];
  /** Whether the types in a function's signature are followed, too. */
  throughSignatures?: boolean;
  /** The changed line that makes a declaration match; null if it does not match. */
  pick?: (changed: ChangedName) => number | null;
};

export type Names = {
  /** The declarations of a file of head. */
  declarations: (file: string) => NamedDeclaration[];
  /** Base's version of a declaration; null if there is none. */
  before: (declaration: NamedDeclaration) => NamedDeclaration | null;
  /**
   * The changed declaration that one of `names` leads to, through at most three declarations (`var b frame` → `type
   * frame [size]byte` → `const size`); null if none of them changed. `file` is where the names are used.
   */
  findChanged: (names: readonly string[], file: string, wanted?: Wanted) => ChangedName | null;
  /** The changed line that names an interface type more often than base's version; null if there is none. */
  interfaceLine: (changed: ChangedName) => number | null;
};

const MAX_DEPTH = 4;
const MAX_NAMES = 300;
const declarationKinds = new Map<string, NamedDeclaration['kind']>([
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

/** The names in a piece of Go code, each once, without keywords, strings and comments. */
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

function ownerOf(node: Node, outer: string): string {
  const receiver = node.childForFieldName('receiver')?.text;
  return receiver === undefined ? outer : (namesIn(receiver.replace(/\[.*$/su, '')).at(-1) ?? '');
}

function describe(
  node: Node,
  kind: NamedDeclaration['kind'],
  file: string,
  outer: string,
): NamedDeclaration[] {
  const body = kind === 'signature' ? node.childForFieldName('body') : null;
  const whole = body ? node.text.slice(0, body.startIndex - node.startIndex) : node.text;
  // The constraint of a type parameter is not the type of a value.
  const header = whole.replace(node.childForFieldName('type_parameters')?.text ?? '', '');
  const firstLine = node.startPosition.row + 1;
  const lastLine = (body ? body.startPosition.row : node.endPosition.row) + 1;
  const mentions = namesIn(header);
  return declaredNames(node).map((name) => ({
    name,
    kind,
    owner: ownerOf(node, outer),
    file,
    firstLine,
    lastLine,
    text: header,
    mentions,
  }));
}

/** The top-level declarations of a file, including fields and interface methods. */
function declarationsOf(root: Node, file: string): NamedDeclaration[] {
  const found: NamedDeclaration[] = [];
  const visit = (node: Node, outer: string): void => {
    const kind = declarationKinds.get(node.type);
    const own = kind ? describe(node, kind, file, outer) : [];
    found.push(...own);
    if (kind === 'signature') return;
    const inner = kind === 'type' ? (own[0]?.name ?? outer) : outer;
    for (const child of node.namedChildren) visit(child, inner);
  };
  for (const child of root.namedChildren) visit(child, '');
  return found;
}

/** Well-known interface types. Types of other packages cannot be looked up. */
const KNOWN_INTERFACE =
  /\b(?:any|error|interface)\b|(?<![\p{L}\p{N}_.])[\p{Ll}][\p{L}\p{N}_]*\.\p{Lu}[\p{L}\p{N}_]*/gu;

/** An embedded field has the name of its type, and is nearer to the value. */
const isField = ({ kind }: NamedDeclaration): boolean => kind === 'field';
const isExported = (name: string): boolean => /^\p{Lu}/u.test(name);
const folderOf = (file: string): string => path.posix.dirname(file);

/** `filesIn` lists the Go files of a directory of head; files are parsed when they are first needed. */
export function createNames(
  sources: Sources,
  changes: ChangedLines,
  filesIn: (dir: string) => string[],
  packages: Packages,
): Names {
  const byFile = new Map<string, NamedDeclaration[]>();
  const declarations = (file: string): NamedDeclaration[] => {
    const known = byFile.get(file);
    if (known) return known;
    const root = sources.head(file)?.root;
    const found = root ? declarationsOf(root, file) : [];
    byFile.set(file, found);
    return found;
  };
  const changedFiles = changes.files.filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'));
  const changedFolders = [...new Set(changedFiles.map(folderOf))];

  /** The innermost changed declaration of a name, a field rather than its whole type. The own folder comes first. */
  const changedNamed = (
    name: string,
    dir: string,
    imported: readonly string[],
    { kinds, pick }: Wanted,
  ): ChangedName | null => {
    const isHere = ({ file }: NamedDeclaration): boolean => folderOf(file) === dir;
    const all = changedFiles
      .filter((file) => folderOf(file) === dir || (isExported(name) && imported.includes(folderOf(file))))
      .flatMap(declarations)
      .filter((declaration) => declaration.name === name && (!kinds || kinds.includes(declaration.kind)))
      .sort((a, b) => Number(isHere(b)) - Number(isHere(a)) || Number(isField(b)) - Number(isField(a)));
    for (const declaration of all) {
      const lines = changes.within(declaration.file, declaration.firstLine, declaration.lastLine);
      const [first] = lines;
      if (first === undefined) continue;
      const line = pick ? pick({ declaration, lines, line: first }) : first;
      if (line !== null) return { declaration, lines, line };
    }
    return null;
  };

  /** The declarations of the names in a folder or, for exported names, in the folders that the file imports. */
  const meaningsOf = (
    names: readonly string[],
    dir: string,
    imported: readonly string[],
    { throughSignatures = false }: Wanted,
  ): NamedDeclaration[] => {
    const inFolder = (folder: string): NamedDeclaration[] =>
      filesIn(folder)
        .flatMap(declarations)
        .filter(({ name, kind }) => names.includes(name) && (throughSignatures || kind !== 'signature'));
    const others = imported.filter((folder) => folder !== dir);
    const foreign = others.flatMap(inFolder).filter(({ name }) => isExported(name));
    return [...inFolder(dir), ...foreign];
  };

  const findChanged: Names['findChanged'] = (names, file, wanted = {}) => {
    const reachable = new Set(packages.reachable(file));
    const imported = changedFolders.filter((folder) => reachable.has(folder));
    const seen = new Set<string>();
    let front = names.map((name) => ({ name, dir: folderOf(file) }));
    for (let depth = 0; depth < MAX_DEPTH && front.length > 0 && seen.size < MAX_NAMES; depth += 1) {
      for (const { name, dir } of front) {
        const changed = changedNamed(name, dir, imported, wanted);
        if (changed) return changed;
        seen.add(`${dir} ${name}`);
      }
      const byDir = Map.groupBy(front, ({ dir }) => dir);
      const next = [...byDir].flatMap(([dir, list]) =>
        meaningsOf(
          list.map(({ name }) => name),
          dir,
          imported,
          wanted,
        ).flatMap((one) => one.mentions.map((name) => ({ name, dir: folderOf(one.file) }))),
      );
      const fresh = next.filter(({ name, dir }) => !seen.has(`${dir} ${name}`));
      front = [...new Map(fresh.map((one) => [`${one.dir} ${one.name}`, one])).values()];
    }
    return null;
  };

  const before: Names['before'] = ({ file, name, kind, owner }) => {
    const root = sources.baseOf(file)?.root;
    const isIt = (one: NamedDeclaration): boolean =>
      one.name === name && one.kind === kind && one.owner === owner;
    return (root && declarationsOf(root, file).find(isIt)) ?? null;
  };
  const isInterface = (name: string, dir: string): boolean =>
    filesIn(dir)
      .flatMap(declarations)
      .some((one) => one.kind === 'type' && one.name === name && /\binterface\b/u.test(one.text));

  /** All mentions of interface types in a declaration. */
  const interfacesIn = ({ text, file }: NamedDeclaration): string[] => {
    const own = text.match(/(?<![\p{L}\p{N}_.])[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
    return [...(text.match(KNOWN_INTERFACE) ?? []), ...own.filter((one) => isInterface(one, folderOf(file)))];
  };
  const interfaceLine: Names['interfaceLine'] = ({ declaration, lines }) => {
    const old = before(declaration);
    const was = old ? interfacesIn(old) : [];
    const count = (list: readonly string[], one: string): number =>
      list.filter((other) => other === one).length;
    const now = interfacesIn(declaration);
    const added = now.filter((one) => count(now, one) > count(was, one));
    const oldCode = new Set((sources.baseOf(declaration.file)?.lines ?? []).map(codeOf));
    const textOf = (line: number): string => sources.head(declaration.file)?.lines[line - 1] ?? '';
    const names = (line: number): boolean => added.some((one) => textOf(line).includes(one));
    return lines.find((line) => names(line) && !oldCode.has(codeOf(textOf(line)))) ?? null;
  };
  return { declarations, before, findChanged, interfaceLine };
}
