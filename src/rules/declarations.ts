import type { Node } from 'web-tree-sitter';
import type { Grammar } from './syntax.ts';

/** What one file declares: by name, `method` or the text of a type, each once. */
export type Declarations = ReadonlyMap<string, ReadonlySet<string>>;

const METHODS = '(method_declaration name: (field_identifier) @name)';
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

/** Reads what a file declares. A type that the file itself names is given by its name and by what it stands for. */
export function readDeclarations(grammar: Grammar, root: Node): Declarations {
  const found = new Map<string, Set<string>>();
  const add = (name: string, what: string): void => {
    const known = found.get(name);
    if (known) known.add(what);
    else found.set(name, new Set([what]));
  };
  for (const { captures } of grammar.compile(METHODS).matches(root)) {
    for (const { node } of captures) add(node.text, 'method');
  }
  for (const { captures } of grammar.compile(TYPED).matches(root)) {
    const textOf = (name: string): string => captures.find((one) => one.name === name)?.node.text ?? '';
    add(textOf('name'), textOf('type'));
  }
  for (const types of found.values()) {
    for (const type of Array.from(types)) for (const meant of found.get(type) ?? []) types.add(meant);
  }
  return found;
}
