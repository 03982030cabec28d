import type { Node } from 'web-tree-sitter';
import {
  argumentsOf,
  calledName,
  nodesOnLine,
  parameterType,
  type Remedy,
  replace,
  type Rewrite,
  type Site,
} from './edits.ts';

/** A piece of a format: literal text, or an operand with the verb that prints it. */
type Piece = { literal: string } | { operand: Node; verb: string };

/**
 * Splits a format such as `%s/%d@%d` into pieces; null if a verb has flags, or does not print the plain text of its
 * operand.
 */
function readFormat(format: Node, operands: readonly Node[]): Piece[] | null {
  if (format.type !== 'interpreted_string_literal') return null;
  const pieces: Piece[] = [];
  let used = 0;
  for (const [part] of format.text.slice(1, -1).matchAll(/%%|%[^A-Za-z%]*[A-Za-z]|[^%]+/gu)) {
    if (!part.startsWith('%') || part === '%%') {
      pieces.push({ literal: part === '%%' ? '%' : part });
      continue;
    }
    const operand = operands[used];
    if (!/^%[sdvqt]$/u.test(part) || !operand) return null;
    pieces.push({ operand, verb: part.slice(1) });
    used += 1;
  }
  return used === operands.length ? pieces : null;
}

/** The text of an operand, as an expression and appended to a buffer. */
type Way = { text: string; append: (buffer: string) => string };

const stringWay = (text: string): Way => ({ text, append: (buffer) => `append(${buffer}, ${text}...)` });
const strconvWay = (name: string, operand: string, more = ''): Way => ({
  text: `strconv.Format${name}(${operand}${more})`,
  append: (buffer) => `strconv.Append${name}(${buffer}, ${operand}${more})`,
});
const itoaWay = (operand: string): Way => ({
  text: `strconv.Itoa(${operand})`,
  append: (buffer) => `strconv.AppendInt(${buffer}, int64(${operand}), 10)`,
});
const quoteWay = (operand: string): Way => ({
  text: `strconv.Quote(${operand})`,
  append: (buffer) => `strconv.AppendQuote(${buffer}, ${operand})`,
});

const signed = new Set(['int8', 'int16', 'int32', 'rune']);
const unsigned = new Set(['uint', 'uint8', 'uint16', 'uint32', 'byte', 'uintptr']);

/** The ways to write an operand. If its type is unknown, these are ways that each compile for one type only. */
function waysOf(site: Site, operand: Node, verb: string): Way[] {
  const { text } = operand;
  if (verb === 'q') return [quoteWay(text)];
  if (verb === 't') return [strconvWay('Bool', text)];
  const type = operand.type === 'identifier' ? parameterType(site, text) : null;
  if (type === 'string') return verb === 'd' ? [] : [stringWay(text)];
  if (verb === 's') return type === null ? [stringWay(text)] : [];
  const whole = [itoaWay(text), strconvWay('Int', text, ', 10'), strconvWay('Uint', text, ', 10')];
  if (type === null) return verb === 'd' ? whole : [stringWay(text), ...whole];
  if (type === 'int') return whole.slice(0, 1);
  if (type === 'int64') return whole.slice(1, 2);
  if (type === 'uint64') return whole.slice(2);
  if (signed.has(type)) return [strconvWay('Int', `int64(${text})`, ', 10')];
  if (unsigned.has(type)) return [strconvWay('Uint', `uint64(${text})`, ', 10')];
  return type === 'bool' && verb === 'v' ? [strconvWay('Bool', text)] : [];
}

const MAX_COMBINATIONS = 9;

/** All combinations of one way for each operand, up to a maximum. */
function combine(choices: readonly (readonly Way[])[]): Way[][] {
  return choices
    .reduce<Way[][]>((all, ways) => all.flatMap((one) => ways.map((way) => one.concat(way))), [[]])
    .slice(0, MAX_COMBINATIONS);
}

/** The `append` that appends only this call: `append(dst, fmt.Sprintf(…)...)`. */
function appendingCall(call: Node): { append: Node; buffer: string } | null {
  const list = call.parent?.type === 'variadic_argument' ? call.parent.parent : call.parent;
  const append = list?.parent;
  if (append?.type !== 'call_expression' || append.childForFieldName('function')?.text !== 'append')
    return null;
  const [buffer, ...others] = argumentsOf(append);
  return buffer && others.length === 1 ? { append, buffer: buffer.text } : null;
}

function rewriteFormat(site: Site, call: Node): Rewrite[] {
  const [format, ...operands] = argumentsOf(call);
  const pieces = format && readFormat(format, operands);
  if (!pieces) return [];
  const asWays = pieces.map((piece) =>
    'literal' in piece ? [stringWay(`"${piece.literal}"`)] : waysOf(site, piece.operand, piece.verb),
  );
  const place = appendingCall(call);
  return combine(asWays).map((ways) => {
    const imports = ways.some(({ text }) => text.startsWith('strconv.')) ? ['strconv'] : [];
    const edit = place
      ? replace(
          place.append,
          ways.reduce((buffer, way) => way.append(buffer), place.buffer),
        )
      : replace(call, ways.map(({ text }) => text).join(' + '));
    return { edits: [edit], imports };
  });
}

export const formatDirectly: Remedy = {
  id: 'strconv-instead-of-sprintf',
  rules: ['MA-01'],
  write: (site) =>
    nodesOnLine(site, 'call_expression')
      .filter((call) => calledName(call, 'fmt') === 'Sprintf')
      .flatMap((call) => rewriteFormat(site, call)),
};

/** Functions of package strconv that have an appending form with the same operands. */
const APPENDING = /^(?:Format(?<format>Int|Uint|Bool|Float)|(?<quote>Quote\w*))$/u;

function appendForm(call: Node): ((buffer: string) => string) | null {
  const operands = argumentsOf(call).map(({ text }) => text);
  const name = calledName(call, 'strconv');
  if (name === 'Itoa') return (buffer) => `strconv.AppendInt(${buffer}, int64(${operands[0] ?? ''}), 10)`;
  const { format, quote } = APPENDING.exec(name ?? '')?.groups ?? {};
  const form = format ?? quote;
  if (form !== undefined) return (buffer) => `strconv.Append${form}(${[buffer, ...operands].join(', ')})`;
  const callee = call.childForFieldName('function');
  if (callee?.type !== 'selector_expression' || callee.childForFieldName('field')?.text !== 'Format')
    return null;
  const time = callee.childForFieldName('operand')?.text ?? '';
  return (buffer) => `${time}.AppendFormat(${[buffer, ...operands].join(', ')})`;
}

export const appendInPlace: Remedy = {
  id: 'append-form',
  rules: ['XX-05', 'MA-01', 'MA-02'],
  write: (site) =>
    nodesOnLine(site, 'call_expression').flatMap((call) => {
      const place = appendingCall(call);
      const form = place && appendForm(call);
      return form ? [{ edits: [replace(place.append, form(place.buffer))] }] : [];
    }),
};

/** The operands of `a + b + c`. */
function addends(node: Node): Node[] {
  const [left, right] = [node.childForFieldName('left'), node.childForFieldName('right')];
  const isSum = node.type === 'binary_expression' && node.childForFieldName('operator')?.text === '+';
  return isSum && left && right ? [...addends(left), right] : [node];
}

export const splitWrites: Remedy = {
  id: 'write-parts',
  rules: ['XX-08', 'FC-02'],
  write: (site) =>
    nodesOnLine(site, 'call_expression').flatMap((call) => {
      const callee = call.childForFieldName('function');
      const [text, ...others] = argumentsOf(call);
      const isWrite = callee?.childForFieldName('field')?.text === 'WriteString' && others.length === 0;
      if (!callee || !text || !isWrite || call.parent?.type !== 'expression_statement') return [];
      const parts = addends(text);
      if (parts.length < 2) return [];
      return [{ edits: [replace(call, parts.map((part) => `${callee.text}(${part.text})`).join('\n'))] }];
    }),
};

export const buildString: Remedy = {
  id: 'string-builder',
  rules: ['MA-04'],
  write: (site) =>
    nodesOnLine(site, 'assignment_statement').flatMap((statement) => rewriteSum(site, statement)),
};

/** Rewrites `key := ""` or `var key string`, `key += …` in a loop, and the later reads of `key`. */
function rewriteSum({ function: { node } }: Site, statement: Node): Rewrite[] {
  const [left, right] = [statement.childForFieldName('left'), statement.childForFieldName('right')];
  const name = left?.text ?? '';
  if (statement.childForFieldName('operator')?.text !== '+=' || !right || !/^\w+$/u.test(name)) return [];
  const names = node.descendantsOfType('identifier').filter((one) => one?.text === name);
  const edits = [];
  for (const one of names) {
    if (!one) return [];
    const around = one.parent?.type === 'expression_list' ? one.parent.parent : one.parent;
    if (around?.type === 'short_var_declaration' && around.childForFieldName('right')?.text === '""') {
      edits.push(replace(around, `var ${name} strings.Builder`));
    } else if (
      around?.type === 'var_spec' &&
      around.childForFieldName('type')?.text === 'string' &&
      !around.childForFieldName('value')
    ) {
      edits.push(replace(around, `${name} strings.Builder`));
    } else if (around?.type === 'assignment_statement' && around.childForFieldName('left')?.text === name) {
      const sum = around.childForFieldName('right');
      if (around.childForFieldName('operator')?.text !== '+=' || !sum) return [];
      const parts = addends(sum.namedChild(0) ?? sum);
      if (parts.some((part) => part.text.includes(name))) return [];
      edits.push(replace(around, parts.map((part) => `${name}.WriteString(${part.text})`).join('\n')));
    } else if (around?.type === 'parameter_declaration') return [];
    else edits.push(replace(one, `${name}.String()`));
  }
  return edits.length < 2 ? [] : [{ edits, imports: ['strings'] }];
}
