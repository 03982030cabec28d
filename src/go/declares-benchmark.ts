/**
 * Whether the source of a test file declares a benchmark. The source is not parsed, so a function such as
 * `Benchmarked` also counts; its package is then compiled without need.
 */
export function declaresBenchmark(source: string): boolean {
  return /^func\s+Benchmark/mu.test(source);
}

/** The functions in the source of a test file that can be benchmarks, by the same rule: their names and sources. */
export function readDeclared(source: string): [name: string, source: string][] {
  return [...source.matchAll(/^func\s+(Benchmark[\p{L}\p{N}_]*)/gmu)].map(({ 1: name = '', index }) => {
    // gofmt puts the closing bracket of a function, and nothing inside of it, at the beginning of a line.
    const end = source.indexOf('\n}', index);
    return [name, end === -1 ? '' : source.slice(index, end + 2)];
  });
}

/** The names of those functions. */
export const listDeclaredNames = (source: string): string[] => readDeclared(source).map(([name]) => name);
