import type { Node } from 'web-tree-sitter';
import type { FunctionSyntax, SourceFile } from '../rules/syntax.ts';
import { readGoFile } from '../syntax/go-file.ts';

/** One replacement in a text; offsets in UTF-16 units. */
export type TextEdit = { start: number; end: number; text: string };

/** One way to write a remedy, and the packages that it imports. */
export type Rewrite = { edits: TextEdit[]; imports?: string[] };

/** A place that allocates, in head's source. */
export type Site = {
  text: string;
  source: SourceFile;
  /** The function that contains the line. */
  function: FunctionSyntax;
  line: number;
  /**
   * The expression that escapes or moves to the heap there, according to the compiler; null: the compiler reports none.
   */
  expression: string | null;
  /** The lines of the compiler's flow, in this file. */
  flowLines: readonly number[];
  /** The minor release that go.mod's go line selects: 24 of `go 1.24`. */
  goMinor: number;
};

/** A mechanical fix for a pattern. */
export type Remedy = {
  /** A name for reports: `hoist-constant-object`. */
  id: string;
  /** The rules whose pattern it removes. */
  rules: readonly string[];
  /** Returns the ways to write it, the best first; empty if the source has another form. */
  write: (site: Site) => Rewrite[];
};

export const replace = (node: Node, text: string): TextEdit => ({
  start: node.startIndex,
  end: node.endIndex,
  text,
});

const before = (offset: number, text: string): TextEdit => ({ start: offset, end: offset, text });

/** Inserts lines before the statement or declaration that begins at a node. */
export const insertBefore = (node: Node, text: string): TextEdit => before(node.startIndex, text);

/** The nodes of a type in the site's function that begin on the line. If there are none, the nodes that span it. */
export function nodesOnLine({ function: { node }, line }: Site, type: string): Node[] {
  const all = node.descendantsOfType(type).filter((one) => one !== null);
  const starting = all.filter(({ startPosition }) => startPosition.row + 1 === line);
  if (starting.length > 0) return starting;
  return all.filter(
    ({ startPosition, endPosition }) => startPosition.row < line && line <= endPosition.row + 1,
  );
}

/** `pkg.Name(…)`: the name; null for any other call. */
export function calledName(call: Node, packageName: string): string | null {
  const callee = call.childForFieldName('function');
  if (callee?.type !== 'selector_expression') return null;
  if (callee.childForFieldName('operand')?.text !== packageName) return null;
  return callee.childForFieldName('field')?.text ?? null;
}

export const argumentsOf = (call: Node): Node[] =>
  (call.childForFieldName('arguments')?.namedChildren ?? []).filter((one) => one !== null);

/** The nearest node of one of these types around a node. */
export function around(node: Node | null, ...types: string[]): Node | null {
  for (let at = node; at; at = at.parent) if (types.includes(at.type)) return at;
  return null;
}

/** The statement of a block that contains the node. */
export function statementOf(node: Node): Node {
  let at = node;
  while (
    at.parent &&
    !['block', 'statement_list', 'communication_case', 'expression_case', 'source_file'].includes(
      at.parent.type,
    )
  ) {
    at = at.parent;
  }
  return at;
}

/** The type of a name in a function's parameters or receiver; null: they do not have the name. */
export function parameterType({ function: { node } }: Site, name: string): string | null {
  const lists = ['parameters', 'receiver'].map((field) => node.childForFieldName(field));
  for (const declaration of lists.flatMap((list) => list?.namedChildren ?? [])) {
    const names = declaration?.childrenForFieldName('name').map((one) => one?.text) ?? [];
    if (names.includes(name)) return declaration?.childForFieldName('type')?.text ?? null;
  }
  return null;
}

/** A name that the file does not use yet. */
export function freeName(text: string, wanted: string): string {
  let name = wanted;
  for (
    let number = 2;
    new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'u').test(text);
    number += 1
  ) {
    name = `${wanted}${number}`;
  }
  return name;
}

function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start || b.end - a.end)
    .reduce((result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end), text);
}

/** The likely name of a package: `regexp` for `regexp`, `yaml` for `gopkg.in/yaml.v3`, `m` for `example.com/m/v2`. */
const nameOfPackage = (path: string): string =>
  path
    .replace(/\/v\d+$/u, '')
    .replace(/^.*\//su, '')
    .replace(/\.v\d+$/u, '');

function addImport(text: string, path: string): string {
  const file = readGoFile('x.go', text);
  if (!file || file.imports.some((one) => one.path === path)) return text;
  const [first] = file.imports;
  if (!first) return text.replace(/^package [^\n]*\n/mu, (line) => `${line}\nimport "${path}"\n`);
  const lineStart = text.lastIndexOf('\n', first.start) + 1;
  const isSingle = text.slice(lineStart, first.start).includes('import');
  return applyEdits(text, [before(first.end, isSingle ? `\nimport "${path}"` : `\n\t"${path}"`)]);
}

/** Removes imports that an edit left unused, because they would not compile. */
function dropUnused(old: string, text: string): string {
  const [was, file] = [readGoFile('x.go', old), readGoFile('x.go', text)];
  if (!was || !file) return text;
  const uses = (selections: ReadonlySet<string>, name: string): boolean =>
    [...selections].some((one) => one.startsWith(`${name}.`));
  const isUsed = (declarations: typeof file.declarations, name: string): boolean =>
    declarations.some(({ selections }) => uses(selections, name));
  const unused = file.imports.filter((one) => {
    const name = one.name ?? nameOfPackage(one.path);
    return name !== '_' && name !== '.' && isUsed(was.declarations, name) && !isUsed(file.declarations, name);
  });
  return applyEdits(
    text,
    unused.map((one) => {
      const start = text.lastIndexOf('\n', one.start) + 1;
      const end = text.indexOf('\n', one.end) + 1;
      return { start, end: end === 0 ? text.length : end, text: '' };
    }),
  ).replace(/^import \(\s*\)\n/mu, '');
}

/** Applies a rewrite to a file and adapts its imports. The result still needs gofmt. */
export function rewriteFile(text: string, { edits, imports = [] }: Rewrite): string {
  const edited = applyEdits(text, edits);
  return imports.reduce(addImport, dropUnused(text, edited));
}
