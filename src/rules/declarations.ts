import type { Node } from 'web-tree-sitter';
import type { Grammar } from './syntax.ts';

/**
 * What a file, or the other files of its package, declare each name as: the text of its type, `method`, or `returns TYPE`
 * for a function. A type also has `pointer receiver` if a method has it as pointer receiver, `map key` if a map has it as
 * its key, and `self link` if a field of it points to another value of it, as in a list or a tree.
 */
export type Declarations = ReadonlyMap<string, ReadonlySet<string>>;

/** What a name is declared as, and the tree-sitter query that captures such names. */
const roles: readonly (readonly [role: string, query: string])[] = [
  ['method', '(method_declaration name: (field_identifier) @name)'],
  [
    'pointer receiver',
    '(method_declaration receiver: (parameter_list (parameter_declaration type: (pointer_type (type_identifier) @name))))',
  ],
  ['map key', '(map_type key: (type_identifier) @name)'],
  [
    'self link',
    `((type_spec
      name: (type_identifier) @name
      type: (struct_type (field_declaration_list (field_declaration type: (pointer_type
        [(type_identifier) @target (generic_type type: (type_identifier) @target)])))))
      (#eq? @name @target))`,
  ],
];
const RESULTS = `[
  (function_declaration name: (identifier) @name result: (_) @type)
  (method_declaration name: (field_identifier) @name result: (_) @type)
]`;
const TYPED = `[
  (field_declaration name: (field_identifier) @name type: (_) @type)
  (var_spec name: (identifier) @name type: (_) @type)
  (parameter_declaration name: (identifier) @name type: (_) @type)
  (type_spec name: (type_identifier) @name type: (_) @type)
  (short_var_declaration
    left: (expression_list . (identifier) @name .)
    right: (expression_list . (composite_literal type: (_) @type) .))
  (short_var_declaration
    left: (expression_list . (identifier) @name .)
    right: (expression_list . (call_expression
      function: (identifier) @make
      arguments: (argument_list . [(map_type) (slice_type) (channel_type)] @type)) .))
]`;

const functions = new Set(['function_declaration', 'method_declaration', 'func_literal']);

/** Whether a name is declared outside functions, so that the other files of the package can use it. */
function isShared(node: Node | undefined): boolean {
  for (let at = node ?? null; at; at = at.parent) if (functions.has(at.type)) return false;
  return true;
}

/** Reads declarations of files. A type that they declare themselves is included by its name and by its definition. */
function read(grammar: Grammar, roots: readonly Node[], isWanted: typeof isShared): Declarations {
  const found = new Map<string, Set<string>>();
  const add = (name: string, what: string): void => {
    found.set(name, (found.get(name) ?? new Set()).add(what));
  };
  const readTypes = (query: string, isRead: typeof isShared = () => true): { name: string; type: string }[] =>
    roots
      .flatMap((root) => grammar.compile(query).matches(root))
      .flatMap(({ captures }) => {
        const nodeOf = (name: string): Node | undefined => captures.find((one) => one.name === name)?.node;
        const name = nodeOf('name');
        return isRead(name) ? [{ name: name?.text ?? '', type: nodeOf('type')?.text ?? '' }] : [];
      });
  for (const [role, query] of roles) {
    for (const { name } of readTypes(query)) add(name, role);
  }
  const typed = readTypes(TYPED, isWanted);
  for (const { name, type } of typed) add(name, type);
  const meanings = Map.groupBy(typed, ({ name }) => name);
  const meant = (type: string): string[] => [type, ...(meanings.get(type) ?? []).map((one) => one.type)];
  for (const { name, type } of typed) for (const text of meant(type)) add(name, text);
  for (const { name, type } of readTypes(RESULTS))
    for (const text of meant(type)) add(name, `returns ${text}`);
  return found;
}

/** Reads the declarations of a file. */
export const readDeclarations = (grammar: Grammar, root: Node): Declarations =>
  read(grammar, [root], () => true);

/** Reads what files declare for the other files of their package: no parameters and no variables of functions. */
export const readShared = (grammar: Grammar, roots: readonly Node[]): Declarations =>
  read(grammar, roots, isShared);

/** What is said of a type itself, wherever in its package. */
const typeRoles = new Set(['pointer receiver', 'map key', 'self link']);
/** A type that has a name in the package, as the type of a name or as what a function returns. */
const NAMED = /^(?<prefix>returns )?(?<type>[\p{L}\p{N}_]+)$/u;

/**
 * What a file or else its package declares a name as. What the package says of types is added: a file can use those that
 * another one declares.
 */
export function typesOf(name: string, own: Declarations, shared: () => Declarations): ReadonlySet<string> {
  const found = new Set(own.get(name) ?? shared().get(name));
  for (const type of found) {
    const named = NAMED.exec(type)?.groups;
    const meant = named?.['type'] === undefined ? null : shared().get(named['type']);
    for (const text of meant ?? []) if (!typeRoles.has(text)) found.add(`${named?.['prefix'] ?? ''}${text}`);
  }
  if (own.has(name)) for (const role of shared().get(name) ?? []) if (typeRoles.has(role)) found.add(role);
  return found;
}
