import type { Node } from 'web-tree-sitter';

/** A Go expression of some type, and the packages that it needs, by path. */
export type Value = { code: string; imports: readonly string[] };

/** The declarations around a function: what its types mean. */
export type Scope = {
  /** The types of the package by name: the node after the name. */
  types: ReadonlyMap<string, Node>;
  /** Functions of the package without receiver, by name. */
  functions: ReadonlyMap<string, Node>;
  /** The imports of the function's file: path by the name in the file. */
  imports: ReadonlyMap<string, string>;
};

const value = (code: string, ...imports: string[]): Value => ({ code, imports });

const SAMPLE = '"a sample text of 32 characters ."';

/** A value of each basic type that is not empty, so that code does something with it. */
const basic: Readonly<Record<string, Value>> = {
  string: value(SAMPLE),
  bool: value('true'),
  byte: value("byte('a')"),
  rune: value("'a'"),
  any: value('42'),
  error: value('errors.New("sample")', 'errors'),
  float32: value('float32(1.5)'),
  float64: value('1.5'),
  int: value('42'),
  ...Object.fromEntries(
    ['int8', 'int16', 'int32', 'int64', 'uint', 'uint8', 'uint16', 'uint32', 'uint64', 'uintptr'].map(
      (name) => [name, value(`${name}(42)`)],
    ),
  ),
};

/** Types of Go's library for which there is more to say than their zero value. */
const known: Readonly<Record<string, Value>> = {
  'context.Context': value('context.Background()', 'context'),
  'io.Reader': value(`strings.NewReader(${SAMPLE})`, 'strings'),
  'io.Writer': value('io.Discard', 'io'),
  'time.Duration': value('time.Second', 'time'),
  'time.Time': value('time.Unix(1_700_000_000, 0)', 'time'),
  'net/http.ResponseWriter': value('httptest.NewRecorder()', 'net/http/httptest'),
  '*net/http.Request': value('httptest.NewRequest("GET", "/", nil)', 'net/http/httptest'),
  'reflect.Type': value('reflect.TypeOf(42)', 'reflect'),
  'reflect.Value': value('reflect.ValueOf(42)', 'reflect'),
};

/** Deeper values than this are left to people. */
const MAX_DEPTH = 4;

const within = (code: string, parts: readonly Value[], ...imports: string[]): Value => ({
  code,
  imports: [...new Set([...parts.flatMap((part) => part.imports), ...imports])],
});

/** The name of a qualified type, with the path of its package; null where the file does not import it. */
function qualify(node: Node, { imports }: Scope): { name: string; path: string } | null {
  const own = node.childForFieldName('package')?.text ?? '';
  const path = imports.get(own);
  return path === undefined ? null : { name: node.childForFieldName('name')?.text ?? '', path };
}

/**
 * A value of a type, as code of the same package; null: none can be made from what the source says. Interfaces of the package
 * and of others, channels and type parameters are such.
 */
export function makeValue(type: Node, scope: Scope, depth = 0): Value | null {
  if (depth > MAX_DEPTH) return null;
  const inner = (field: string): Node | null => type.childForFieldName(field);
  const make = (node: Node | null): Value | null => node && makeValue(node, scope, depth + 1);
  switch (type.type) {
    case 'parenthesized_type':
      return make(type.namedChild(0));
    case 'type_identifier':
      return makeNamed(type, scope, depth);
    case 'qualified_type': {
      const named = qualify(type, scope);
      if (!named) return null;
      // Whether it is a struct is what the compiler says.
      return known[`${named.path}.${named.name}`] ?? value(`${type.text}{}`, named.path);
    }
    case 'pointer_type': {
      const target = type.namedChild(0);
      if (target?.type === 'qualified_type') {
        const named = qualify(target, scope);
        return named && (known[`*${named.path}.${named.name}`] ?? value(`new(${target.text})`, named.path));
      }
      if (target?.type !== 'type_identifier') return null;
      const made = makeStruct(target, scope);
      return made ?? (target.text in basic ? value(`new(${target.text})`) : null);
    }
    case 'slice_type': {
      const element = inner('element');
      if (element?.text === 'byte') return value(`[]byte(${SAMPLE})`);
      const one = make(element);
      return one && within(`${type.text}{${[one, one, one].map(({ code }) => code).join(', ')}}`, [one]);
    }
    case 'array_type':
      return value(`${type.text}{}`);
    case 'map_type': {
      const [key, of] = [make(inner('key')), make(inner('value'))];
      return key && of && within(`${type.text}{${key.code}: ${of.code}}`, [key, of]);
    }
    case 'function_type':
      return makeFunction(type, scope, depth);
    case 'interface_type':
      return type.namedChildCount === 0 ? (basic['any'] ?? null) : null;
    default:
      return null;
  }
}

/** `&T{}`, where T is a struct of the package. */
function makeStruct({ text }: Node, { types }: Scope): Value | null {
  return types.get(text)?.type === 'struct_type' ? value(`&${text}{}`) : null;
}

function makeNamed(type: Node, scope: Scope, depth: number): Value | null {
  const name = type.text;
  const declared = scope.types.get(name);
  if (!declared) return basic[name] ?? null;
  if (declared.type === 'struct_type') return value(`${name}{}`);
  if (declared.type === 'interface_type') return declared.namedChildCount === 0 ? value('42') : null;
  const made = makeValue(declared, scope, depth + 1);
  // A composite literal of the underlying type has another type, which a conversion makes ours.
  return made && within(`${name}(${made.code})`, [made]);
}

/** A function literal that gives values of its results. */
function makeFunction(type: Node, scope: Scope, depth: number): Value | null {
  const result = type.childForFieldName('result');
  if (!result) return value(`${type.text} {}`);
  const results =
    result.type === 'parameter_list'
      ? result.namedChildren.map((one) => one.childForFieldName('type'))
      : [result];
  const made = results.map((one) => one && makeValue(one, scope, depth + 1));
  if (made.some((one) => one === null)) return null;
  const values = made.filter((one) => one !== null);
  return within(`${type.text} { return ${values.map(({ code }) => code).join(', ')} }`, values);
}

/** One parameter of a function; a list `a, b int` is two. */
export type Parameter = { name: string; type: Node; isVariadic: boolean };

/** The parameters of a function's or method's declaration, or of its receiver. */
export function readParameters(list: Node | null): Parameter[] {
  return (list?.namedChildren ?? []).flatMap((one): Parameter[] => {
    const type = one.childForFieldName('type');
    if (!type) return [];
    const isVariadic = one.type === 'variadic_parameter_declaration';
    const names = one.childrenForFieldName('name').map(({ text }) => text);
    return (names.length === 0 ? [''] : names).map((name) => ({ name, type, isVariadic }));
  });
}

/** A receiver: by the package's own `NewT`, where its parameters can be made and it gives no more than T and an error; else empty. */
export function makeReceiver(type: Node, scope: Scope): { value: Value; hasError: boolean } | null {
  const isPointer = type.type === 'pointer_type';
  const name = (isPointer ? type.namedChild(0) : type)?.text ?? '';
  const constructor = scope.functions.get(`New${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`);
  const constructed = constructor
    ? callConstructor(constructor, `${isPointer ? '*' : ''}${name}`, scope)
    : null;
  if (constructed) return constructed;
  const made = makeValue(type, scope);
  return made && { value: made, hasError: false };
}

function callConstructor(
  node: Node,
  wanted: string,
  scope: Scope,
): { value: Value; hasError: boolean } | null {
  const result = node.childForFieldName('result');
  const results =
    result?.type === 'parameter_list' ? readParameters(result).map(({ type }) => type.text) : [result?.text];
  const hasError = results.length === 2 && results[1] === 'error';
  if (results[0] !== wanted || (results.length > 1 && !hasError)) return null;
  if (node.childForFieldName('type_parameters')) return null;
  const parameters = readParameters(node.childForFieldName('parameters')).filter(
    ({ isVariadic }) => !isVariadic,
  );
  const made = parameters.map(({ type }) => makeValue(type, scope, 1));
  if (made.some((one) => one === null)) return null;
  const values = made.filter((one) => one !== null);
  const name = node.childForFieldName('name')?.text ?? '';
  return { value: within(`${name}(${values.map(({ code }) => code).join(', ')})`, values), hasError };
}
