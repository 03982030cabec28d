import type { Node } from 'web-tree-sitter';
import {
  argumentsOf,
  around,
  type TextEdit,
  nodesOnLine,
  type Remedy,
  replace,
  type Rewrite,
  type Site,
} from './edits.ts';

/** The number of iterations of a `for … range`, as an expression; null if the source does not show it. */
function roundsOf(loop: Node): string | null {
  const clause = loop.namedChildren.find((one) => one?.type === 'range_clause');
  const over = clause?.childForFieldName('right');
  if (!over) return null;
  if (over.type === 'identifier' || over.type === 'selector_expression') return `len(${over.text})`;
  return over.type === 'int_literal' ? over.text : null;
}

/** The declaration of a local variable in a function: `x := …`, `var x …`. */
function declarationOf({ function: { node } }: Site, name: string): Node | null {
  const short = node
    .descendantsOfType('short_var_declaration')
    .find((one) => one?.childForFieldName('left')?.text === name);
  const long = node
    .descendantsOfType('var_spec')
    .find((one) => one?.childForFieldName('name')?.text === name);
  return short ?? long ?? null;
}

/** The edit that adds a capacity to an empty slice; null if the slice is created in another way. */
function sizeSlice(declaration: Node, name: string, rounds: string): TextEdit | null {
  if (declaration.type === 'var_spec') {
    const type = declaration.childForFieldName('type');
    const statement = declaration.parent;
    if (type?.type !== 'slice_type' || declaration.childForFieldName('value') || !statement) return null;
    return replace(statement, `${name} := make(${type.text}, 0, ${rounds})`);
  }
  const value = declaration.childForFieldName('right')?.namedChild(0);
  if (value?.type === 'composite_literal') {
    const type = value.childForFieldName('type');
    const isEmpty = (value.childForFieldName('body')?.namedChildCount ?? 1) === 0;
    return isEmpty && type?.type === 'slice_type' ? replace(value, `make(${type.text}, 0, ${rounds})`) : null;
  }
  const [type, length, ...others] = value && isMake(value) ? argumentsOf(value) : [];
  const isEmpty = type?.type === 'slice_type' && length?.text === '0' && others.length === 0;
  return value && isEmpty ? replace(value, `make(${type.text}, 0, ${rounds})`) : null;
}

const isMake = (node: Node): boolean =>
  node.type === 'call_expression' && node.childForFieldName('function')?.text === 'make';

export const sizeAppended: Remedy = {
  id: 'capacity-for-append',
  rules: ['MA-05', 'MA-16'],
  write: (site) =>
    nodesOnLine(site, 'call_expression')
      .filter((call) => call.childForFieldName('function')?.text === 'append')
      .flatMap((call): Rewrite[] => {
        const name = argumentsOf(call)[0]?.text ?? '';
        const loop = around(call, 'for_statement');
        const rounds = loop && roundsOf(loop);
        const declaration = declarationOf(site, name);
        const edit = rounds && declaration ? sizeSlice(declaration, name, rounds) : null;
        return edit ? [{ edits: [edit] }] : [];
      }),
};

/** The map that a line fills: `seen[x] = …`, `seen[x]++`, `maps.Copy(seen, …)`. */
function filledMaps(site: Site): { name: string; rounds: string }[] {
  const indexed = nodesOnLine(site, 'index_expression').flatMap((one) => {
    const name = one.childForFieldName('operand')?.text ?? '';
    const loop = around(one, 'for_statement');
    const rounds = loop && roundsOf(loop);
    return rounds === null ? [] : [{ name, rounds }];
  });
  const copied = nodesOnLine(site, 'call_expression').flatMap((call) => {
    const [target, from] = argumentsOf(call);
    const isCopy = call.childForFieldName('function')?.text === 'maps.Copy';
    return isCopy && target && from ? [{ name: target.text, rounds: `len(${from.text})` }] : [];
  });
  return [...indexed, ...copied];
}

export const sizeMap: Remedy = {
  id: 'size-for-map',
  rules: ['XX-10'],
  write: (site) =>
    filledMaps(site).flatMap(({ name, rounds }): Rewrite[] => {
      const made = site.function.node.descendantsOfType('call_expression').find((call) => {
        const statement = call && around(call, 'short_var_declaration', 'assignment_statement');
        return call && isMake(call) && statement?.childForFieldName('left')?.text === name;
      });
      const [type, ...others] = made ? argumentsOf(made) : [];
      if (!made || type?.type !== 'map_type' || others.length > 0) return [];
      return [{ edits: [replace(made, `make(${type.text}, ${rounds})`)] }];
    }),
};
