import type { Node } from 'web-tree-sitter';
import type { Value } from './values.ts';

/** A test file, parsed, and its imports: path by name. */
export type TestFile = { root: Node; imports: ReadonlyMap<string, string> };

/** The arguments of a call in a test, as code that stands on its own, and the function that has it. */
export type TestInputs = { arguments: readonly Value[]; test: string };

const literals = new Set([
  'interpreted_string_literal',
  'raw_string_literal',
  'int_literal',
  'float_literal',
  'rune_literal',
  'true',
  'false',
  'nil',
]);
/** What may hold other expressions. */
const wrappers = new Set([
  'composite_literal',
  'literal_value',
  'literal_element',
  'keyed_element',
  'unary_expression',
  'binary_expression',
  'parenthesized_expression',
  'type_conversion_expression',
  'argument_list',
]);
const types = new Set([
  'type_identifier',
  'slice_type',
  'array_type',
  'map_type',
  'pointer_type',
  'implicit_length_array_type',
  'struct_type',
  'interface_type',
]);
/** Calls that are conversions or make values. */
const converters = new Set([
  'string',
  'byte',
  'rune',
  'int',
  'int64',
  'int32',
  'uint64',
  'uint32',
  'float64',
  'make',
  'new',
]);

/** How many names are followed from an argument to a literal. */
const MAX_STEPS = 4;

/** An expression as code that needs nothing of its function; null where it does. */
function close(node: Node, file: TestFile, steps = 0): Value | null {
  if (literals.has(node.type)) return { code: node.text, imports: [] };
  if (node.type === 'identifier' || node.type === 'selector_expression') {
    const other = steps < MAX_STEPS ? resolve(node, file) : null;
    return other && close(other, file, steps + 1);
  }
  return isClosed(node) ? { code: node.text, imports: importsOf(node, file) } : null;
}

/** Whether an expression is made of literals alone. Keys of structs are names, too. */
function isClosed(node: Node): boolean {
  if (literals.has(node.type) || types.has(node.type) || node.type === 'qualified_type') return true;
  if (node.type === 'comment') return true;
  if (node.type === 'call_expression') {
    const callee = node.childForFieldName('function');
    const isConversion = callee !== null && (converters.has(callee.text) || types.has(callee.type));
    return isConversion && (node.childForFieldName('arguments')?.namedChildren ?? []).every(isClosed);
  }
  if (node.type === 'keyed_element') {
    const [key, element] = node.namedChildren;
    const isName = key?.namedChild(0)?.type === 'identifier';
    return element !== undefined && (isName || (key !== undefined && isClosed(key))) && isClosed(element);
  }
  return wrappers.has(node.type) && node.namedChildren.every(isClosed);
}

function importsOf(node: Node, { imports }: TestFile): string[] {
  const names = node
    .descendantsOfType('qualified_type')
    .flatMap((one) => one?.childForFieldName('package')?.text ?? []);
  return [...new Set(names.flatMap((name) => imports.get(name) ?? []))];
}

const enclosing = (node: Node, type: string): Node | null => {
  let at = node.parent;
  while (at && at.type !== type) at = at.parent;
  return at;
};

/** The expression that a name has: the variable's value above it, or a field of the first case of a table. */
function resolve(node: Node, file: TestFile): Node | null {
  if (node.type === 'identifier') return definitionOf(node, node.text, file);
  const [operand, field] = [node.childForFieldName('operand'), node.childForFieldName('field')];
  if (operand?.type !== 'identifier' || !field) return null;
  for (let loop = enclosing(node, 'for_statement'); loop; loop = enclosing(loop, 'for_statement')) {
    const clause = loop.namedChildren.find((one) => one?.type === 'range_clause');
    const names = clause?.childForFieldName('left')?.namedChildren.map((one) => one?.text) ?? [];
    if (names[1] !== operand.text) continue;
    const table = clause?.childForFieldName('right') ?? null;
    const literal = table?.type === 'identifier' ? definitionOf(loop, table.text, file) : table;
    return literal && fieldOfFirst(literal, field.text);
  }
  return null;
}

/** What a variable is made with before a place, or at the top level of the file. */
function definitionOf(place: Node, name: string, { root }: TestFile): Node | null {
  const inFunction = enclosing(place, 'function_declaration');
  const short = (inFunction?.descendantsOfType('short_var_declaration') ?? []).filter(
    (one) => one !== null && one.startIndex < place.startIndex,
  );
  const specs = root.descendantsOfType('var_spec').filter((one) => one !== null);
  for (const one of [...short.toReversed(), ...specs]) {
    const left = one.childForFieldName('left')?.namedChildren ?? one.childrenForFieldName('name');
    const right = one.childForFieldName('right') ?? one.childForFieldName('value');
    const at = left.findIndex((each) => each?.text === name);
    if (at === -1 || right?.namedChildCount !== left.length) continue;
    return right.namedChild(at);
  }
  return null;
}

/** `[]struct{ in string }{{in: "a"}, …}` and `in`: the node of `"a"`. */
function fieldOfFirst(table: Node, field: string): Node | null {
  if (table.type !== 'composite_literal') return null;
  const type = table.childForFieldName('type');
  const first = table.childForFieldName('body')?.namedChild(0);
  const isKeyed = first?.type === 'keyed_element';
  const body = (isKeyed ? first.namedChild(1) : first)?.namedChild(0);
  if (body?.type !== 'literal_value') return null;
  const elements = body.namedChildren.filter((one) => one.type !== 'comment');
  for (const element of elements) {
    if (element.type !== 'keyed_element') continue;
    if (element.namedChild(0)?.text === field) return element.namedChild(1)?.namedChild(0) ?? null;
  }
  if (elements.some((one) => one.type === 'keyed_element')) return null;
  const names = (type?.descendantsOfType('field_declaration') ?? []).flatMap(
    (one) => one?.childrenForFieldName('name').map(({ text }) => text) ?? [],
  );
  return elements[names.indexOf(field)]?.namedChild(0) ?? null;
}

/**
 * The arguments of the first call of a function in tests that stand on their own: literals, variables that have one, fields of
 * a table's first case. Null: there is none. `name`: `F`, or of a method its last part, of which the receiver is not looked at.
 */
export function findTestInputs(
  name: string,
  isMethod: boolean,
  files: readonly TestFile[],
): TestInputs | null {
  for (const file of files) {
    for (const call of file.root.descendantsOfType('call_expression')) {
      const callee = call?.childForFieldName('function');
      const called = isMethod ? callee?.childForFieldName('field')?.text : callee?.text;
      const inside = call && enclosing(call, 'function_declaration')?.childForFieldName('name')?.text;
      if (!call || called !== name || inside === undefined || inside === null) continue;
      const nodes = call.childForFieldName('arguments')?.namedChildren ?? [];
      const values = nodes.filter(({ type }) => type !== 'comment').map((node) => close(node, file));
      if (values.every((one) => one !== null)) return { arguments: values, test: inside };
    }
  }
  return null;
}
