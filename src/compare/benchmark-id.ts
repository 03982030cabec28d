/** The name of a benchmark that is unique over all packages: `example.com/m/pkg.BenchmarkX/sub`. */
export function benchmarkId(benchmark: { package: string; name: string }): string {
  return `${benchmark.package}.${benchmark.name}`;
}

/** `example.com/m/pkg.BenchmarkX/sub` → `BenchmarkX/sub`: what `benchmarkId` wrote, without the package. */
export const benchmarkNameOf = (id: string): string => id.replace(/^.*\.(?=Benchmark)/su, '');

/** `BenchmarkX/small/fast` → `BenchmarkX`: the function that a benchmark runs in. */
export const topBenchmark = (name: string): string => name.split('/', 1)[0] ?? name;

/**
 * `BenchmarkX/small` → `X/small`: a shorter name that still identifies the benchmark. The name `Benchmark` stays as
 * it is.
 */
export const dropBenchmark = (name: string): string => name.replace(/^Benchmark(?=[^/])/u, '');
