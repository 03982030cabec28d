/**
 * Whether the source of a test file declares a benchmark. The source is not parsed, so a function such as
 * `Benchmarked` also counts; its package is then compiled without need.
 */
export function declaresBenchmark(source: string): boolean {
  return /^func\s+Benchmark/mu.test(source);
}
