import type { Node } from 'web-tree-sitter';
import type { Position } from '../compare/types.ts';
import { changedText } from './lines.ts';
import { namesIn } from './names.ts';
import { firstNode, type SourceFile } from '../rules/syntax.ts';
import { codeOf } from './spacing.ts';
import type { CauseOf, ChangeFacts } from './types.ts';

const statements = new Set([
  'for_statement',
  'if_statement',
  'expression_switch_statement',
  'type_switch_statement',
  'expression_case',
  'type_case',
  'communication_case',
]);
const functions = new Set(['function_declaration', 'method_declaration', 'func_literal']);

/** The last row (from 0) of a statement's header, which decides whether and how often its body runs. */
function headerEnd(node: Node): number {
  const body = node.childForFieldName('body') ?? node.childForFieldName('consequence');
  const first = node.type.endsWith('_case') || node.type.endsWith('switch_statement');
  return first ? node.startPosition.row : (body?.startPosition.row ?? node.startPosition.row);
}

type Header = { first: number; last: number };

/** The headers of the loops and conditions around a line, from 1, the innermost first, up to its function. */
export function headersAround({ sources }: ChangeFacts, { file, line }: Position): Header[] {
  return headersIn(sources.head(file), line);
}

function headersIn(source: SourceFile | null, line: number): Header[] {
  const headers: Header[] = [];
  for (let at = source && firstNode(source, line); at && !functions.has(at.type); at = at.parent) {
    const [first, last] = [at.startPosition.row + 1, headerEnd(at) + 1];
    if (statements.has(at.type) && last < line) headers.push({ first, last });
  }
  return headers;
}

/** A changed loop or condition around a line, or a changed constant that one of them reads. */
export function findChangedControl(facts: ChangeFacts, position: Position): CauseOf<'call-count'> | null {
  const { file } = position;
  if (file.endsWith('_test.go')) return null;
  const name = facts.functions.at(file, position.line)?.name ?? '';
  for (const { first, last } of headersAround(facts, position)) {
    const [line] = facts.changes.within(file, first, last);
    if (line !== undefined) {
      return { kind: 'call-count', file, line, text: changedText(facts, file, line), via: [] };
    }
    const text = facts.sources
      .head(file)
      ?.lines.slice(first - 1, last)
      .join('\n');
    const changed = facts.names.findChanged(namesIn(text ?? ''), file, { kinds: ['constant', 'variable'] });
    if (!changed) continue;
    const { file: where } = changed.declaration;
    const via = [{ file, line: first, text: name }];
    return {
      kind: 'call-count',
      file: where,
      line: changed.line,
      text: changedText(facts, where, changed.line),
      via,
    };
  }
  return null;
}

const jumps = new Set(['return_statement', 'continue_statement', 'break_statement', 'goto_statement']);

/** Whether a condition without `else` leaves its surroundings: `if done { return }`. */
function isExit(node: Node): boolean {
  if (node.type !== 'if_statement' || node.childForFieldName('alternative')) return false;
  const block = node.childForFieldName('consequence');
  const list = block?.namedChildren.find((one) => one?.type === 'statement_list') ?? block;
  const last = list?.namedChildren.findLast((one) => one !== null && one.type !== 'comment');
  return last !== undefined && last !== null && (jumps.has(last.type) || last.text.startsWith('panic('));
}

/** The first lines of the conditions above a line that leave its function or loop, the nearest first. */
function exitsAbove(source: SourceFile, line: number): number[] {
  const lines: number[] = [];
  for (let at = firstNode(source, line); at && !functions.has(at.type); at = at.parent) {
    for (let before = at.previousNamedSibling; before; before = before.previousNamedSibling) {
      if (isExit(before)) lines.push(before.startPosition.row + 1);
    }
  }
  return lines;
}

/**
 * A condition of base that head lacks: one around a line, or, if the line never ran, one above it that left the function or
 * loop. No new line decides there whether the line runs.
 */
export function findLostGuard(
  facts: ChangeFacts,
  position: Position,
  neverRan: boolean,
): CauseOf<'call-count'> | null {
  const { file } = position;
  const was = facts.map.toBase(position);
  const source = facts.sources.baseOf(file);
  if (!was || !source || file.endsWith('_test.go')) return null;
  const around = headersIn(source, was.line).map(({ first }) => first);
  for (const first of [...around, ...(neverRan ? exitsAbove(source, was.line) : [])]) {
    const code = codeOf(source.lines[first - 1] ?? '').trim();
    if (!code.startsWith('if ') || facts.map.toHead({ ...was, line: first })) continue;
    const edit = facts.changes
      .edits(file, 1, position.line)
      .find(({ base }) => first >= base.firstLine && first < base.firstLine + base.count);
    const now = edit?.lines.map((line) => facts.sources.head(file)?.lines[line - 1] ?? '') ?? [];
    if (!edit || now.some((text) => /\b(?:if|case|return|continue|break|goto|panic)\b/u.test(text))) continue;
    return { kind: 'call-count', file, line: edit.at, text: `without ${code}`, via: [] };
  }
  return null;
}
