import { type Ended, execute } from './go-repository.ts';

/** allocs/op by benchmark, in the order of the runs. */
export type PlainCounts = Map<string, number[]>;

/** What `go test -bench` said of one checkout. */
export type PlainRun = {
  counts: PlainCounts;
  seconds: number;
  compileSeconds: number;
  problem: string | null;
};

export type PlainOptions = {
  packages: readonly string[];
  bench: string;
  count: number;
  /** As -benchtime has it; the go command's own default without. */
  benchtime?: string;
  /** A separate build cache. */
  buildCache: string;
};

const ROW = /^(Benchmark\S*?)(?:-\d+)?\s+\d+\s.*?([\d.]+) allocs\/op/u;

/** Reads what `go test -benchmem` prints: on purpose not with the code under test. Names carry their package. */
export function readPlainOutput(stdout: string): PlainCounts {
  const counts: PlainCounts = new Map();
  let packagePath = '';
  for (const line of stdout.split('\n')) {
    if (line.startsWith('pkg: ')) packagePath = line.slice('pkg: '.length).trim();
    const match = ROW.exec(line);
    if (!match?.[1]) continue;
    const name = `${packagePath}.${match[1]}`;
    const values = counts.get(name) ?? [];
    counts.set(name, [...values, Number(match[2])]);
  }
  return counts;
}

function goTest(dir: string, options: PlainOptions, more: readonly string[]): Promise<Ended> {
  return execute('go', ['test', '-run', '^$', ...more, ...options.packages], dir, {
    GOCACHE: options.buildCache,
  });
}

/** Benchmarks one checkout the way that benchstat's documentation asks for; `dir` is the module's directory. */
export async function runPlainly(dir: string, options: PlainOptions): Promise<PlainRun> {
  const compiled = await goTest(dir, options, []);
  const more = ['-bench', options.bench, '-benchmem', `-count=${options.count}`];
  if (options.benchtime) more.push(`-benchtime=${options.benchtime}`);
  const measured = compiled.status === 0 ? await goTest(dir, options, more) : compiled;
  return {
    counts: readPlainOutput(measured.stdout),
    seconds: measured.seconds,
    compileSeconds: compiled.seconds,
    problem: measured.status === 0 ? null : `${measured.stderr}${measured.stdout}`.trim(),
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}
