/** `b.ReportMetric(x, "allocs/op")` replaces the number that Go would print (https://pkg.go.dev/testing#B.ReportMetric). */
const REPLACES = /\.ReportMetric\(.*"(?:allocs|B)\/op"\s*\)/u;
const NAME = /^func (?:\([^)]*\) )?(?<name>[\p{L}\p{N}_]+)/u;

type Func = { name: string; text: string };

function splitFunctions(text: string): Func[] {
  return text.split(/^(?=func )/mu).flatMap((part) => {
    const name = NAME.exec(part)?.groups?.['name'];
    return name === undefined ? [] : [{ name, text: part }];
  });
}

/**
 * The functions of test files that replace Go's counts of allocations by values of their own, or call such a function.
 * Calls are found by name alone.
 */
export function findReplacedCounts(texts: readonly string[]): Set<string> {
  const functions = texts.flatMap(splitFunctions);
  const found = new Set(functions.filter(({ text }) => REPLACES.test(text)).map(({ name }) => name));
  for (const name of found) {
    const call = new RegExp(`(?<![\\p{L}\\p{N}_])${name}\\(`, 'u');
    for (const one of functions) if (call.test(one.text)) found.add(one.name);
  }
  return found;
}
