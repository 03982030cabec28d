import type { Node } from 'web-tree-sitter';
import { lineText } from './lines.ts';
import type { Explain } from './types.ts';

/** The rows (from 0) of a node below its first, without the bodies of functions in it: they run only when called. */
function rowsOf(node: Node): Set<number> {
  const { startPosition: start, endPosition: end } = node;
  const rows = new Set(Array.from({ length: end.row - start.row }, (_, index) => start.row + index + 1));
  for (const literal of node.descendantsOfType('func_literal')) {
    const body = literal?.childForFieldName('body');
    for (let row = (body?.startPosition.row ?? 0) + 1; row < (body?.endPosition.row ?? 0); row += 1) {
      rows.delete(row);
    }
  }
  return rows;
}

/**
 * The call on the place's line goes on for several lines, of which one changed: an argument. In one line, it would be the
 * place itself.
 */
export const explainArgument: Explain<'flow'> = ({ changes, sources }, { position, site }) => {
  const { file, line } = position;
  if (site === null) return null;
  const [from, to] = [
    { row: line - 1, column: 0 },
    { row: line, column: 0 },
  ];
  const passed = (sources.head(file)?.root.descendantsOfType('argument_list', from, to) ?? [])
    .filter((node) => node !== null)
    .filter(({ startPosition }) => startPosition.row === line - 1);
  const rows = new Set(passed.flatMap((node) => [...rowsOf(node)]));
  const changed = [...rows].map((row) => row + 1).find((one) => changes.within(file, one, one).includes(one));
  if (changed === undefined) return null;
  return { kind: 'flow', file, line: changed, text: lineText({ sources }, file, changed), via: [] };
};
