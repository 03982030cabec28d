import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { ToolError } from './directories.ts';

export const parts = ['good', 'bad', 'harmless'] as const;
export type Part = (typeof parts)[number];

/** The fewest allocations and bytes per operation over all runs, because disturbances only add. */
export type Counts = { allocs: number; bytes: number };
/** By benchmark, in the order of the file, what each part of a fixture counts. */
export type Measured = Map<string, Partial<Record<Part, Counts>>>;
/** `broken` has what the go command printed where a part does not build or fails. */
export type Measurement = { fixtures: Map<string, Measured>; broken: { part: Part; output: string }[] };

const MODULE = 'example.com/fixtures';
const COUNT = 3;
const PROCS = availableParallelism();
/** The installed Go as it is: no other release, no workspace, no flags of the user. */
const ENVIRONMENT = { GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '' };
const ROW = /^(Benchmark\S*)\s+\d+\s.*?([\d.]+) B\/op\s+([\d.]+) allocs\/op/u;

/** The package of a rule's fixture: `MA-08` has `ma08`. */
export const packageOf = (id: string): string => id.toLowerCase().replace('-', '');

/** The installed release: `1.26` of `go1.26.8`. */
export async function findGoRelease(): Promise<string> {
  const answer = await execa('go', ['env', 'GOVERSION'], { env: ENVIRONMENT, reject: false });
  const release = answer.failed ? undefined : /^go(1\.\d+)/u.exec(answer.stdout)?.[1];
  if (release === undefined) {
    throw new ToolError('Go is missing: no go command on the PATH answers. https://go.dev/dl has it.');
  }
  return release;
}

/** Reads what `go test -bench -benchmem` prints for several packages; names as they are without the `-8` of 8 processors. */
export function readCounts(output: string, procs: number): Map<string, Map<string, Counts>> {
  const suffix = procs === 1 ? '' : `-${procs}`;
  const packages = new Map<string, Map<string, Counts>>();
  let current = new Map<string, Counts>();
  for (const line of output.split('\n')) {
    if (line.startsWith('pkg: ')) {
      current = new Map();
      packages.set(path.posix.basename(line.trim()), current);
    }
    const [, printed = '', bytes, allocs] = ROW.exec(line) ?? [];
    if (printed === '') continue;
    const name = printed.endsWith(suffix) ? printed.slice(0, printed.length - suffix.length) : printed;
    const best = current.get(name);
    current.set(name, {
      allocs: Math.min(Number(allocs), best?.allocs ?? Infinity),
      bytes: Math.min(Number(bytes), best?.bytes ?? Infinity),
    });
  }
  return packages;
}

/** Writes one part of the named fixtures as one module with a package for each. Returns the packages. */
async function writeModule(
  dir: string,
  fixtures: string,
  ids: readonly string[],
  part: Part,
): Promise<string[]> {
  await mkdir(dir);
  await writeFile(path.join(dir, 'go.mod'), `module ${MODULE}\n\ngo 1.24\n`);
  const present = ids.filter((id) => existsSync(path.join(fixtures, id, part)));
  for (const id of present) {
    await cp(path.join(fixtures, id, part), path.join(dir, packageOf(id)), { recursive: true });
  }
  return present.map((id) => `./${packageOf(id)}`);
}

/** The output of the go command besides the results. */
function complaints(stdout: string, stderr: string): string {
  const usual = /^(?:Benchmark\S+\s+\d+\s|goos: |goarch: |pkg: |cpu: |PASS$|ok\s|$)/u;
  const lines = stdout.split('\n').filter((line) => !usual.test(line));
  return `${lines.join('\n')}\n${stderr}`.trim();
}

type Run = { stdout: string; problem: string | null };

async function runGoTest(cwd: string, packages: readonly string[]): Promise<Run> {
  const flags = ['-run', '^$', '-bench', '.', '-benchmem', '-benchtime', '1000x'];
  const args = ['test', ...flags, `-count=${COUNT}`, `-cpu=${PROCS}`, ...packages];
  const { stdout, stderr, failed } = await execa('go', args, { cwd, env: ENVIRONMENT, reject: false });
  return { stdout, problem: failed ? complaints(stdout, stderr) : null };
}

/** Runs all packages at once. If that fails, one by one, because a package that does not build prevents others. */
async function benchmark(cwd: string, packages: readonly string[]): Promise<Run[]> {
  if (packages.length === 0) return [];
  const all = await runGoTest(cwd, packages);
  if (all.problem === null || packages.length === 1) return [all];
  const runs: Run[] = [];
  for (const one of packages) runs.push(await runGoTest(cwd, [one]));
  return runs;
}

/** Benchmarks the named fixtures with the installed Go in a temporary folder. `onPart` reports the progress. */
export async function measureFixtures(
  fixtures: string,
  ids: readonly string[],
  onPart: (part: Part) => void = () => {},
): Promise<Measurement> {
  const measurement: Measurement = { fixtures: new Map(ids.map((id) => [id, new Map()])), broken: [] };
  const root = await mkdtemp(path.join(tmpdir(), 'allocgate-measure-'));
  try {
    for (const part of parts) {
      onPart(part);
      const cwd = path.join(root, part);
      const packages = await writeModule(cwd, fixtures, ids, part);
      for (const { stdout, problem } of await benchmark(cwd, packages)) {
        if (problem !== null) measurement.broken.push({ part, output: problem });
        addPart(measurement, part, readCounts(stdout, PROCS));
      }
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return measurement;
}

function addPart({ fixtures }: Measurement, part: Part, packages: ReturnType<typeof readCounts>): void {
  for (const [id, measured] of fixtures) {
    for (const [name, counts] of packages.get(packageOf(id)) ?? []) {
      measured.set(name, { ...measured.get(name), [part]: counts });
    }
  }
}
