/**
 * Whether the source of a test file declares a benchmark. The source is not parsed, so a function such as
 * `Benchmarked` also counts; its package is then compiled without need.
 */
export function declaresBenchmark(source: string): boolean {
  return /^func\s+Benchmark/mu.test(source);
}

/** The names of the functions in the source of a test file that can be benchmarks, by the same rule. */
export function listDeclaredNames(source: string): string[] {
  return [...source.matchAll(/^func\s+(Benchmark[\p{L}\p{N}_]*)/gmu)].map(([, name = '']) => name);
}
