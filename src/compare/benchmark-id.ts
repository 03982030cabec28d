/** The name of a benchmark that is unique over all packages: `example.com/m/pkg.BenchmarkX/sub`. */
export function benchmarkId(benchmark: { package: string; name: string }): string {
  return `${benchmark.package}.${benchmark.name}`;
}
