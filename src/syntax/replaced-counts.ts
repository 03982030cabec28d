/**
 * The end of `b.ReportMetric(x, "allocs/op")`, which replaces the number that Go would print
 * (https://pkg.go.dev/testing#B.ReportMetric).
 */
const UNIT = /"(?:allocs|B)\/op"\s*\)/u;
const CALLED = /(?<![\p{L}\p{N}_])[\p{L}\p{N}_]+(?=\()/gu;
const NAME = /^func (?:\([^)]*\) )?(?<name>[\p{L}\p{N}_]+)/u;

type Func = { name: string; text: string };

function splitFunctions(text: string): Func[] {
  return text.split(/^(?=func )/mu).flatMap((part) => {
    const name = NAME.exec(part)?.groups?.['name'];
    return name === undefined ? [] : [{ name, text: part }];
  });
}

const replaces = ({ text }: Func): boolean =>
  text.split('\n').some((line) => line.includes('.ReportMetric(') && UNIT.test(line));

/**
 * The functions of test files that replace Go's counts of allocations by values of their own, or call such a function.
 * Calls are found by name alone.
 */
export function findReplacedCounts(texts: readonly string[]): Set<string> {
  const functions = texts.flatMap(splitFunctions);
  const found = new Set(functions.filter(replaces).map(({ name }) => name));
  // Hardly any tests do that, so their calls are seldom needed.
  if (found.size === 0) return found;
  const callers = new Map<string, Set<string>>();
  for (const { name, text } of functions) {
    for (const [called] of text.matchAll(CALLED)) {
      const known = callers.get(called) ?? new Set();
      callers.set(called, known.add(name));
    }
  }
  for (const name of found) for (const caller of callers.get(name) ?? []) found.add(caller);
  return found;
}
