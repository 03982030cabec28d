/** Sizes in bytes on 64-bit machines (https://go.dev/ref/spec#Size_and_alignment_guarantees). */
const sizes = new Map<string, number>([
  ...['bool', 'byte', 'int8', 'uint8'].map((name) => [name, 1] as const),
  ...['int16', 'uint16'].map((name) => [name, 2] as const),
  ...['int32', 'uint32', 'rune', 'float32'].map((name) => [name, 4] as const),
  ...['int', 'uint', 'int64', 'uint64', 'uintptr', 'float64', 'complex64'].map((name) => [name, 8] as const),
  ...['string', 'any', 'error', 'complex128'].map((name) => [name, 16] as const),
  ['time.Duration', 8],
  ['time.Time', 24],
]);

/** The minimum size of a type with this text; null if the text does not show it. */
export function sizeOfType(text: string): number | null {
  const type = text.trim();
  const array = /^\[(?<length>\d+)\](?<element>.+)$/su.exec(type)?.groups;
  if (array) {
    const element = sizeOfType(array['element'] ?? '');
    return element === null ? null : element * Number(array['length']);
  }
  if (/^(?:\*|map\[|chan\b|<-\s*chan\b|func\b)/u.test(type)) return 8;
  if (type.startsWith('[]')) return 24;
  if (/^interface\b/u.test(type)) return 16;
  if (/^struct\s*\{\s*\}$/u.test(type)) return 0;
  return sizes.get(type) ?? null;
}

/** The growth of a type whose size is unknown: more than none, and less than any known growth. */
const UNMEASURED = 0.5;

/** The growth of a type in bytes, negative if it shrank. `before` is null for a new type. */
export function growthOfType(before: string | null, after: string): number {
  const now = sizeOfType(after);
  if (before === null) return now ?? UNMEASURED;
  if (before.trim() === after.trim()) return 0;
  const was = sizeOfType(before);
  if (was !== null && now !== null) return now - was;
  const [old, young] = [before, after].map((text) => Number(/^\s*\[(\d+)\]/u.exec(text)?.[1] ?? Number.NaN));
  const longer = (young ?? 0) - (old ?? 0);
  return Number.isNaN(longer) ? UNMEASURED : longer;
}
