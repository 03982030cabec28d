import type { Node } from 'web-tree-sitter';
import {
  argumentsOf,
  around,
  calledName,
  freeName,
  insertBefore,
  nodesOnLine,
  parameterType,
  type Remedy,
  replace,
  type Rewrite,
  type Site,
  statementOf,
} from './edits.ts';

const spaceless = (text: string): string => text.replaceAll(/\s/gu, '');

/** Finds the compiler's expression in the source. The compiler prints its own spaces. */
function findExpression(site: Site): Node[] {
  const wanted = spaceless(site.expression ?? '');
  if (wanted === '') return [];
  return ['identifier', 'selector_expression', 'index_expression'].flatMap((type) =>
    nodesOnLine(site, type).filter(
      ({ text, startPosition }) => startPosition.row + 1 === site.line && spaceless(text) === wanted,
    ),
  );
}

const holders = new Set([
  'argument_list',
  'literal_element',
  'keyed_element',
  'expression_list',
  'return_statement',
]);

export const passPointer: Remedy = {
  id: 'pass-pointer',
  rules: ['ST-01', 'ST-06', 'FC-03'],
  write: (site) =>
    findExpression(site)
      .filter(({ parent }) => parent !== null && holders.has(parent.type))
      .map((node) => ({ edits: [replace(node, `&${node.text}`)] })),
};

export const dropCopy: Remedy = {
  id: 'drop-second-copy',
  rules: ['XX-16'],
  write: (site) =>
    nodesOnLine(site, 'call_expression').flatMap((call): Rewrite[] => {
      const isClone = ['slices', 'bytes', 'strings', 'maps'].some((one) => calledName(call, one) === 'Clone');
      const [copied] = argumentsOf(call);
      // A call's result can be unshared. A named value can be shared.
      return isClone && copied?.type === 'call_expression' ? [{ edits: [replace(call, copied.text)] }] : [];
    }),
};

export const copyInBranch: Remedy = {
  id: 'copy-in-branch',
  rules: ['XX-09'],
  write: (site) => {
    const name = site.expression ?? '';
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return [];
    const branches = site.function.node
      .descendantsOfType('if_statement')
      .flatMap((one) => one?.childForFieldName('consequence') ?? [])
      .filter(({ startPosition, endPosition }) =>
        site.flowLines.some(
          (line) =>
            startPosition.row < line - 1 &&
            line - 1 < endPosition.row &&
            startPosition.row + 1 > site.line - 1,
        ),
      );
    // The innermost branch is the rarest.
    const branch = branches.at(-1);
    const first = branch?.namedChildren.find((one) => one !== null && one.type !== 'comment');
    return first ? [{ edits: [insertBefore(first, `${name} := ${name}\n`)] }] : [];
  },
};

export const reuseTimer: Remedy = {
  id: 'reuse-timer',
  rules: ['MA-10'],
  write: (site) =>
    nodesOnLine(site, 'call_expression').flatMap((call): Rewrite[] => {
      const limit = calledName(call, 'time') === 'After' ? argumentsOf(call)[0] : undefined;
      const loop = around(call, 'for_statement');
      const first = loop?.childForFieldName('body')?.namedChild(0);
      // Since Go 1.23, Reset discards old ticks (https://go.dev/doc/go1.23#timer-changes).
      if (!limit || !loop || !first || site.goMinor < 23) return [];
      const name = freeName(site.text, 'timer');
      return [
        {
          edits: [
            insertBefore(loop, `${name} := time.NewTimer(${limit.text})\ndefer ${name}.Stop()\n`),
            insertBefore(first, `${name}.Reset(${limit.text})\n`),
            replace(call, `${name}.C`),
          ],
        },
      ];
    }),
};

/** `xs[i].micros` → `micros` of `xs[i]`, as `.micros`; null for another form. */
function keyOfElement(node: Node | null, list: string, index: string): string | null {
  const text = spaceless(node?.text ?? '');
  const start = `${spaceless(list)}[${index}]`;
  const rest = text.slice(start.length);
  const isOfOne = !new RegExp(`\\b${index}\\b`, 'u').test(rest);
  return text.startsWith(start) && isOfOne ? rest : null;
}

export const sortFunc: Remedy = {
  id: 'slices-sort-func',
  rules: ['XX-05'],
  write: (site) =>
    nodesOnLine(site, 'call_expression').flatMap((call): Rewrite[] => {
      const [list, less] = argumentsOf(call);
      if (!['Slice', 'SliceStable'].includes(calledName(call, 'sort') ?? '') || less?.type !== 'func_literal')
        return [];
      const names = [...less.text.matchAll(/^func\((\w+), (\w+) int\)/gu)][0];
      const returned = less.childForFieldName('body')?.descendantsOfType('return_statement') ?? [];
      const comparison =
        returned.length === 1
          ? around(returned[0]?.descendantsOfType('binary_expression')[0] ?? null, 'binary_expression')
          : null;
      const operator = comparison?.childForFieldName('operator')?.text;
      const type = list && (parameterType(site, list.text) ?? '').replace(/^\[\]/u, '');
      // The package slices exists since Go 1.21.
      if (
        !list ||
        !names ||
        !comparison ||
        !type ||
        site.goMinor < 21 ||
        (operator !== '<' && operator !== '>')
      )
        return [];
      const [, i = '', j = ''] = names;
      const left = keyOfElement(comparison.childForFieldName('left'), list.text, i);
      const right = keyOfElement(comparison.childForFieldName('right'), list.text, j);
      if (left === null || left !== right) return [];
      const [first, second] = operator === '<' ? ['a', 'b'] : ['b', 'a'];
      const name = calledName(call, 'sort') === 'Slice' ? 'SortFunc' : 'SortStableFunc';
      const text = `slices.${name}(${list.text}, func(a, b ${type}) int { return cmp.Compare(${first}${left}, ${second}${left}) })`;
      return [{ edits: [replace(call, text)], imports: ['cmp', 'slices'] }];
    }),
};

export const splitLazily: Remedy = {
  id: 'iterate-over-parts',
  rules: ['XX-05'],
  write: (site) =>
    nodesOnLine(site, 'range_clause').flatMap((clause): Rewrite[] => {
      const over = clause.childForFieldName('right');
      const name =
        over?.type === 'call_expression' ? (calledName(over, 'strings') ?? calledName(over, 'bytes')) : null;
      const left = clause.childForFieldName('left')?.text ?? '';
      const part = /^_, *(\w+)$/u.exec(left)?.[1];
      // The iterators exist since Go 1.24.
      if (
        !over ||
        !part ||
        site.goMinor < 24 ||
        !['Split', 'SplitAfter', 'Fields', 'FieldsFunc'].includes(name ?? '')
      )
        return [];
      const callee = over.childForFieldName('function');
      const field = callee?.childForFieldName('field');
      const named = clause.childForFieldName('left');
      return field && named ? [{ edits: [replace(named, part), replace(field, `${name}Seq`)] }] : [];
    }),
};

/** Functions that the packages strings and bytes both have. */
const TWINS = /^(?:Contains|ContainsAny|HasPrefix|HasSuffix|Index|IndexByte|LastIndex|EqualFold|Count)$/u;

/** `string(b)`: b; null for anything else. */
function converted(node: Node, type: 'string' | '[]byte'): string | null {
  const isCall = node.type === 'call_expression' && node.childForFieldName('function')?.text === type;
  if (isCall) return argumentsOf(node)[0]?.text ?? null;
  const isConversion =
    node.type === 'type_conversion_expression' && node.childForFieldName('type')?.text === type;
  return isConversion ? (node.childForFieldName('operand')?.text ?? null) : null;
}

export const compareBytes: Remedy = {
  id: 'compare-bytes',
  rules: ['MA-03', 'MA-02'],
  write: (site) =>
    nodesOnLine(site, 'call_expression').flatMap((call): Rewrite[] => {
      const name = calledName(call, 'strings') ?? '';
      const operands = argumentsOf(call);
      const bytes = operands.map((one) => converted(one, 'string'));
      if (!TWINS.test(name) || bytes.every((one) => one === null)) return [];
      const isPlain = (index: number): boolean =>
        index === 1 && (name === 'IndexByte' || name === 'ContainsAny');
      const texts = operands.map(
        (one, index) => bytes[index] ?? (isPlain(index) ? one.text : `[]byte(${one.text})`),
      );
      return [{ edits: [replace(call, `bytes.${name}(${texts.join(', ')})`)], imports: ['bytes'] }];
    }),
};

export const writeString: Remedy = {
  id: 'write-string',
  rules: ['MA-02'],
  write: (site) =>
    nodesOnLine(site, 'call_expression').flatMap((call): Rewrite[] => {
      const callee = call.childForFieldName('function');
      const [written, ...others] = argumentsOf(call);
      const text = written && others.length === 0 ? converted(written, '[]byte') : null;
      const target = callee?.childForFieldName('operand')?.text;
      if (callee?.childForFieldName('field')?.text !== 'Write' || text === null || !target) return [];
      return [
        { edits: [replace(call, `${target}.WriteString(${text})`)] },
        { edits: [replace(call, `io.WriteString(${target}, ${text})`)], imports: ['io'] },
      ];
    }),
};

export const lookUpInPlace: Remedy = {
  id: 'convert-in-lookup',
  rules: ['MA-03'],
  write: (site) =>
    nodesOnLine(site, 'short_var_declaration').flatMap((declaration): Rewrite[] => {
      const name = declaration.childForFieldName('left')?.text ?? '';
      const value = declaration.childForFieldName('right')?.namedChild(0);
      if (!value || converted(value, 'string') === null || !/^\w+$/u.test(name)) return [];
      const uses = site.function.node
        .descendantsOfType('identifier')
        .filter((one) => one?.text === name && one.startIndex > declaration.endIndex);
      const isKey = (one: Node | null): boolean =>
        one?.parent?.type === 'index_expression' && one.parent.childForFieldName('index')?.id === one.id;
      if (uses.length === 0 || !uses.every(isKey)) return [];
      const statement = statementOf(declaration);
      const edits = uses.flatMap((one) => (one ? [replace(one, value.text)] : []));
      return [{ edits: [replace(statement, ''), ...edits] }];
    }),
};
