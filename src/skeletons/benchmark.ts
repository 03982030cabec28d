import type { Node } from 'web-tree-sitter';
import type { TestInputs } from './test-inputs.ts';
import { makeReceiver, makeValue, readParameters, type Scope, type Value } from './values.ts';

/** A benchmark as the text of a test file. `from`: the test whose inputs it has; null: they are made from the types. */
export type Skeleton = { name: string; code: string; from: string | null };

/** Why no benchmark can be written: what cannot be made from the source. */
export type Unwritable = { what: 'parameter' | 'receiver' | 'type-parameter'; name: string; type: string };

/** The least Go release that has `B.Loop`. */
const LOOP_MINOR = 24;

const capitalised = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;

/** `(*Ring).grow` → `BenchmarkRing_Grow`; a number behind it where that is taken. */
function nameBenchmark(name: string, isTaken: (name: string) => boolean): string {
  const words = name.replaceAll(/[^\p{L}\p{N}_.]/gu, '').split('.');
  const wanted = `Benchmark${words.map(capitalised).join('_')}`;
  for (let count = 1; ; count += 1) {
    const one = count === 1 ? wanted : `${wanted}${count}`;
    if (!isTaken(one)) return one;
  }
}

type Request = {
  /** The function's name as the compiler has it, its declaration, and its package's name. */
  name: string;
  node: Node;
  packageName: string;
  scope: Scope;
  /** What a test calls it with; null: nothing that stands on its own. */
  inputs: TestInputs | null;
  goMinor: number;
  isTaken: (name: string) => boolean;
};

/** The arguments: a test's, else made from the types. */
function makeArguments({ node, scope, inputs }: Request): Value[] | Unwritable {
  if (inputs) return [...inputs.arguments];
  const values: Value[] = [];
  for (const { name, type, isVariadic } of readParameters(node.childForFieldName('parameters'))) {
    const made = makeValue(type, scope);
    if (made) values.push(made);
    else if (!isVariadic) return { what: 'parameter', name, type: type.text };
  }
  return values;
}

/** Variables of the package that keep a function's results, so that these cannot stay on an inlined call's stack. */
type Sinks = { names: string[]; declarations: string[]; imports: string[] };

/** One for each result, of its type. A result whose type the test file cannot name has none. */
function makeSinks({ node, scope }: Request, benchmark: string): Sinks {
  const result = node.childForFieldName('result');
  const types =
    result?.type === 'parameter_list'
      ? readParameters(result).map(({ type }) => type)
      : result
        ? [result]
        : [];
  const prefix = benchmark.replace(/^Benchmark/u, 'sink');
  const sinks: Sinks = { names: [], declarations: [], imports: [] };
  for (const [index, type] of types.entries()) {
    const name = types.length === 1 ? prefix : `${prefix}${index + 1}`;
    const paths = type.text.includes('.') ? importsOfType(type, scope) : [];
    sinks.names.push(paths ? name : '_');
    if (paths) {
      sinks.declarations.push(`var ${name} ${type.text}`);
      sinks.imports.push(...paths);
    }
  }
  return sinks;
}

/** The packages that a type names; null: its file does not import one of them. */
function importsOfType(type: Node, { imports }: Scope): string[] | null {
  const qualified = [
    ...(type.type === 'qualified_type' ? [type] : []),
    ...type.descendantsOfType('qualified_type'),
  ];
  const paths = qualified.map((one) => imports.get(one?.childForFieldName('package')?.text ?? ''));
  return paths.every((one) => one !== undefined) ? paths : null;
}

/**
 * Writes a benchmark that calls one function of a package in a loop, in the package itself. Whether it compiles and runs is for
 * the caller to see.
 */
export function writeSkeleton(request: Request): Skeleton | Unwritable {
  const { name, node, packageName, scope, inputs, goMinor, isTaken } = request;
  const generic = node.childForFieldName('type_parameters');
  if (generic) return { what: 'type-parameter', name: generic.text, type: '' };
  const values = makeArguments(request);
  if ('what' in values) return values;
  const [receiver] = readParameters(node.childForFieldName('receiver'));
  const made = receiver ? makeReceiver(receiver.type, scope) : null;
  if (receiver && !made) return { what: 'receiver', name: receiver.name, type: receiver.type.text };
  const parameters = readParameters(node.childForFieldName('parameters'));
  const own = node.childForFieldName('name')?.text ?? '';
  const isLiteral = ({ code }: Value): boolean =>
    /^(?:["'`]|[\d.]+$|true$|nil$)/u.test(code) && code.length < 60;
  const used = new Set(['b', 'i', 'err', own, 'receiver']);
  const nameOf = (index: number): string => {
    const wanted = parameters[index]?.name ?? '';
    const chosen =
      wanted === '' || wanted === '_' || used.has(wanted) || scope.imports.has(wanted)
        ? `arg${index + 1}`
        : wanted;
    used.add(chosen);
    return chosen;
  };
  const lines: string[] = [];
  if (made) {
    lines.push(`receiver${made.hasError ? ', err' : ''} := ${made.value.code}`);
    if (made.hasError) lines.push('if err != nil {', '\tb.Fatal(err)', '}');
  }
  const passed = values.map((one, index) => {
    if (isLiteral(one)) return one.code;
    const variable = nameOf(index);
    lines.push(`${variable} := ${one.code}`);
    return variable;
  });
  const call = `${made ? 'receiver.' : ''}${own}(${passed.join(', ')})`;
  const benchmark = nameBenchmark(name, isTaken);
  const sinks = makeSinks(request, benchmark);
  const imports = [
    ...new Set([
      'testing',
      ...values.flatMap((one) => one.imports),
      ...(made?.value.imports ?? []),
      ...sinks.imports,
    ]),
  ];
  const loop = goMinor >= LOOP_MINOR ? 'for b.Loop() {' : 'for i := 0; i < b.N; i++ {';
  const code = [
    `package ${packageName}`,
    '',
    imports.length === 1
      ? 'import "testing"'
      : `import (\n${imports
          .sort()
          .map((one) => `\t"${one}"`)
          .join('\n')}\n)`,
    '',
    ...(sinks.declarations.length > 0 ? [...sinks.declarations, ''] : []),
    `func ${benchmark}(b *testing.B) {`,
    ...lines.flatMap((line) => line.split('\n').map((one) => `\t${one}`)),
    '\tb.ReportAllocs()',
    `\t${loop}`,
    `\t\t${sinks.declarations.length > 0 ? `${sinks.names.join(', ')} = ` : ''}${call}`,
    '\t}',
    '}',
    '',
  ].join('\n');
  return { name: benchmark, code, from: inputs?.test ?? null };
}
