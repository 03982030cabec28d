import type { Node } from 'web-tree-sitter';
import type { Grammar } from './syntax.ts';

/**
 * What one file declares each name as: the text of its type, `method`, or `returns TYPE` for a function. A type also
 * has `pointer receiver` if a method has it as pointer receiver, `map key` if a map has it as its key, and `self link` if
 * a field of it points to another value of it, as in a list or a tree.
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

/**
 * Reads the declarations of a file. A type that the file itself declares is included by its name and by its definition.
 */
export function readDeclarations(grammar: Grammar, root: Node): Declarations {
  const found = new Map<string, Set<string>>();
  const add = (name: string, what: string): void => {
    found.set(name, (found.get(name) ?? new Set()).add(what));
  };
  const readTypes = (query: string): { name: string; type: string }[] =>
    grammar
      .compile(query)
      .matches(root)
      .map(({ captures }) => {
        const textOf = (name: string): string => captures.find((one) => one.name === name)?.node.text ?? '';
        return { name: textOf('name'), type: textOf('type') };
      });
  for (const [role, query] of roles) {
    for (const { name } of readTypes(query)) add(name, role);
  }
  const typed = readTypes(TYPED);
  for (const { name, type } of typed) add(name, type);
  const meanings = Map.groupBy(typed, ({ name }) => name);
  const meant = (type: string): string[] => [type, ...(meanings.get(type) ?? []).map((one) => one.type)];
  for (const { name, type } of typed) for (const text of meant(type)) add(name, text);
  for (const { name, type } of readTypes(RESULTS))
    for (const text of meant(type)) add(name, `returns ${text}`);
  return found;
}
