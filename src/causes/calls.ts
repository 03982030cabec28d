import type { Node } from 'web-tree-sitter';
import type { SourceFile } from '../rules/syntax.ts';

const names = ['identifier', 'field_identifier', 'type_identifier'];

/** The parents through which a name is called: `f`, `p.f`, `f[T]`, `(f)`. The grammar takes `f[[]T](x)` for a conversion. */
const around: Readonly<Record<string, string | null>> = {
  selector_expression: 'field',
  qualified_type: 'name',
  generic_type: 'type',
  index_expression: 'operand',
  type_instantiation_expression: 'type',
  parenthesized_expression: null,
};
const calls: Readonly<Record<string, string>> = {
  call_expression: 'function',
  type_conversion_expression: 'type',
};

/** The call of a name; null if the name stands there for something else. */
function callOf(name: Node): Node | null {
  let [child, parent] = [name, name.parent];
  const isPart = (field: string | null | undefined): boolean =>
    field !== undefined && (field === null || parent?.childForFieldName(field)?.id === child.id);
  while (parent && isPart(around[parent.type])) [child, parent] = [parent, parent.parent];
  return parent && isPart(calls[parent.type]) ? parent : null;
}

/** The calls of a function whose name is on one of some lines, from its name to the last bracket, with single spaces. */
export function callsOn({ root, lines }: SourceFile, wanted: readonly number[], name: string): string[] {
  return wanted
    .filter((line) => lines[line - 1]?.includes(name))
    .flatMap((line) => {
      const found = root.descendantsOfType(names, { row: line - 1, column: 0 }, { row: line, column: 0 });
      return found.flatMap((node) => {
        const call = node?.text === name && node.startPosition.row === line - 1 ? callOf(node) : null;
        if (!node || !call) return [];
        return call.text.slice(node.startIndex - call.startIndex).replaceAll(/\s+/gu, ' ');
      });
    });
}
