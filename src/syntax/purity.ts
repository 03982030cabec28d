import { isKeyword, type Token } from './tokens.ts';

/** An import of a file; name null: the package's own name. */
export type Imported = { name: string | null; path: string };

/**
 * Predeclared functions and types (https://go.dev/ref/spec#Predeclared_identifiers) whose calls only return a value.
 */
const predeclared = new Set(
  (
    'append cap complex imag len make max min new real any bool byte comparable complex64 complex128 error float32 ' +
    'float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr'
  ).split(' '),
);

/** Functions of the standard library that only return a value, by import path. */
const pureFunctions: ReadonlyMap<string, RegExp> = new Map([
  ['bytes', /./u],
  ['encoding/hex', /^(?:EncodeToString|DecodedLen|EncodedLen)$/u],
  ['errors', /./u],
  ['fmt', /^(?:Errorf|Sprint|Sprintf|Sprintln)$/u],
  ['math', /./u],
  ['math/big', /^New/u],
  ['net', /^(?:ParseIP|IPv4|ParseMAC|CIDRMask)$/u],
  ['net/netip', /^MustParse/u],
  ['path', /./u],
  ['path/filepath', /^(?:Base|Clean|Dir|Ext|FromSlash|Join|ToSlash)$/u],
  ['reflect', /^(?:TypeFor|TypeOf|ValueOf)$/u],
  ['regexp', /^MustCompile/u],
  ['strconv', /./u],
  ['strings', /./u],
  ['time', /^(?:Date|Duration|Month|Unix|UnixMilli)$/u],
  ['unicode/utf8', /./u],
  ['unsafe', /./u],
]);

/** Skips the body of a function literal, which does not run by itself. `at`: the index of its keyword. */
function skipLiteral(code: readonly Token[], at: number): number {
  let depth = 0;
  for (let next = at + 1; next < code.length; next += 1) {
    const text = code[next]?.text ?? '';
    const before = code[next - 1]?.text;
    // `interface {` and `struct {` in the signature are types, not the body.
    if (text === '{' && depth === 0 && before !== 'interface' && before !== 'struct')
      return closeOf(code, next);
    if (text === '(' || text === '[' || text === '{') depth += 1;
    if (text === ')' || text === ']' || text === '}') depth -= 1;
    // It is a function type and not a literal, so the expression continues.
    if (depth < 0 || (depth === 0 && (text === ',' || text === '='))) return next - 1;
  }
  return code.length;
}

function closeOf(code: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    if (code[at]?.text === '{') depth += 1;
    if (code[at]?.text === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}

/** Whether `(` at this index calls a function that may have a side effect. */
function isEffect(code: readonly Token[], at: number, imports: readonly Imported[]): boolean {
  const callee = code[at - 1];
  if (callee === undefined) return false;
  if (callee.text === ')') return !(code[at + 1]?.text === 'nil' && code[at + 2]?.text === ')');
  if (callee.text === ']' || callee.text === '}') return true;
  if (callee.kind !== 'word' || isKeyword(callee.text)) return false;
  if (code[at - 2]?.text !== '.') return !predeclared.has(callee.text);
  const operand = code[at - 3];
  const found = imports.find(
    ({ name, path }) => (name ?? path.slice(path.lastIndexOf('/') + 1)) === operand?.text,
  );
  const isQualified = code[at - 4]?.text !== '.';
  return !(isQualified && found && pureFunctions.get(found.path)?.test(callee.text));
}

/**
 * Whether an initialiser only computes a value: it does not receive, and calls only functions that are known to be
 * pure.
 */
export function isPureExpression(code: readonly Token[], imports: readonly Imported[]): boolean {
  for (let at = 0; at < code.length; at += 1) {
    const text = code[at]?.text ?? '';
    // After a bracket it is the element type of a composite literal, whose elements are evaluated.
    if (text === 'func' && code[at - 1]?.text !== ']') at = skipLiteral(code, at);
    else if (text === '<-' && code[at + 1]?.text !== 'chan' && code[at - 1]?.text !== 'chan') return false;
    else if (text === '(' && isEffect(code, at, imports)) return false;
  }
  return true;
}
