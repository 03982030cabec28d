import { Parser, Query, type Language, type Node, type Tree } from 'web-tree-sitter';
import { blankLongLiterals } from '../syntax/texts.ts';

/** Parses Go and compiles tree-sitter queries. One per process; it compiles each query once. */
export type Grammar = {
  /** Returns a tree, with ERROR nodes where the source is broken; null if the parser gave up. The caller deletes it. */
  parse: (text: string) => Tree | null;
  /** Throws if a query is invalid. A test checks the queries of all rules. */
  compile: (query: string) => Query;
};

/** A function or method declaration. Lines count from 1. */
export type FunctionSyntax = {
  /** The name as the compiler prints it, without type arguments: `F`, `T.M`, `(*T).M`. */
  name: string;
  node: Node;
  firstLine: number;
  lastLine: number;
};

/** One parsed file. `free` releases its WebAssembly memory; nodes must not be used afterwards. */
export type SourceFile = {
  lines: string[];
  root: Node;
  functions: FunctionSyntax[];
  free: () => void;
};

const declarations = new Set(['function_declaration', 'method_declaration']);
const closures = new Set([...declarations, 'func_literal']);

/** Creates the parser for Go. `language` is tree-sitter's grammar of Go. */
export function createGrammar(language: Language): Grammar {
  const parser = new Parser();
  parser.setLanguage(language);
  const queries = new Map<string, Query>();
  const compile = (text: string): Query => {
    const known = queries.get(text);
    if (known) return known;
    const query = new Query(language, text);
    queries.set(text, query);
    return query;
  };
  return { parse: (text) => parser.parse(text), compile };
}

/** `(t *T[K])` → `(*T)`, `(T)` → `T`. */
function receiverName(method: Node): string {
  const type = method.childForFieldName('receiver')?.namedChild(0)?.childForFieldName('type')?.text ?? '';
  const bare = type.replace(/\[.*\]$/su, '').replaceAll(/[\s()]/gu, '');
  return bare.startsWith('*') ? `(${bare})` : bare;
}

function toFunction(node: Node): FunctionSyntax {
  const name = node.childForFieldName('name')?.text ?? '';
  return {
    name: node.type === 'method_declaration' ? `${receiverName(node)}.${name}` : name,
    node,
    firstLine: node.startPosition.row + 1,
    lastLine: node.endPosition.row + 1,
  };
}

/** The most characters of code that are parsed in a file. One with more is generated, and would take minutes. */
const MAX_CODE = 2_000_000;

/**
 * Parses one file; null if the parser returns no tree, or if the file has more than `MAX_CODE` characters. What long
 * literals contain does not count and is read as spaces, because tree-sitter makes a node of each escape sequence.
 */
export function parseSource(grammar: Grammar, text: string): SourceFile | null {
  const { code, blanked } = blankLongLiterals(text);
  const tree = text.length - blanked > MAX_CODE ? null : grammar.parse(code);
  if (!tree) return null;
  const root = tree.rootNode;
  const functions = root.namedChildren.filter((node) => declarations.has(node.type)).map(toFunction);
  return { lines: text.split('\n'), root, functions, free: () => tree.delete() };
}

/**
 * The function or method that contains a line, including lines of closures; null outside functions and beyond the file.
 */
export function enclosingFunction(file: SourceFile, line: number): FunctionSyntax | null {
  return file.functions.find((f) => f.firstLine <= line && line <= f.lastLine) ?? null;
}

/** The innermost node at the first character of a line that is not white space; null for blank and missing lines. */
export function firstNode(file: SourceFile, line: number): Node | null {
  const column = file.lines[line - 1]?.search(/\S/u) ?? -1;
  if (column < 0) return null;
  return file.root.descendantForPosition({ row: line - 1, column });
}

/**
 * Whether a node runs once per iteration of a `for` statement in its function: it is in the body, not in the header. A
 * closure counts as a separate function.
 */
export function isNodeInLoop(node: Node): boolean {
  for (let child = node; child.parent && !closures.has(child.type); child = child.parent) {
    const body = child.parent.type === 'for_statement' ? child.parent.childForFieldName('body') : null;
    if (body?.id === child.id) return true;
  }
  return false;
}

/** Whether a line is in the body of a `for` statement of its function. A loop on a single line is in its own body. */
export function isLineInLoop(file: SourceFile, line: number): boolean {
  const node = firstNode(file, line);
  if (!node) return false;
  if (isNodeInLoop(node)) return true;
  const loop = node.parent;
  return loop?.type === 'for_statement' && loop.endPosition.row === loop.startPosition.row;
}

function innermostClosure(node: Node | null): number | null {
  for (let at = node; at; at = at.parent) if (closures.has(at.type)) return at.id;
  return null;
}

/** Whether a node begins on the line or spans it, and the line does not belong to a closure inside the node. */
export function spansLine(node: Node, file: SourceFile, line: number): boolean {
  if (node.startPosition.row + 1 === line) return true;
  if (line <= node.startPosition.row || line > node.endPosition.row + 1) return false;
  const owner = innermostClosure(node);
  for (let at = firstNode(file, line); at; at = at.parent) {
    if (at.id === node.id) return true;
    if (closures.has(at.type)) return at.id === owner;
  }
  return owner === null;
}

/**
 * The nodes captured as `@site` anywhere below `scope`, each once.
 * @param accepts is called with the text of each match's `@name` and can refuse the match
 */
export function findSites(
  grammar: Grammar,
  query: string,
  scope: Node,
  accepts: (textOf: (capture: string) => string) => boolean = () => true,
): Node[] {
  // `captures()` would also return nodes of matches that an anchor (`.`) of the query refuses in the end.
  const captures = grammar
    .compile(query)
    .matches(scope)
    .filter(({ captures: own }) =>
      accepts((capture) => own.find(({ name }) => name === capture)?.node.text ?? ''),
    )
    .flatMap((match) => match.captures);
  const sites = captures.filter((capture) => capture.name === 'site').map((capture) => capture.node);
  return [...new Map(sites.map((node) => [node.id, node])).values()];
}

/** How often a query matches below `scope`. */
export function countMatches(grammar: Grammar, query: string, scope: Node): number {
  return grammar.compile(query).matches(scope).length;
}
