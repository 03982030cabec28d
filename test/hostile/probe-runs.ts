import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchRun, runBenchmarks, type TestBinary } from '../../src/go/test-binary.ts';
import { buildEnvironment, findToolchain, type GoFolders } from '../../src/go/toolchain.ts';
import type { Sandbox } from '../../src/sandbox/types.ts';
import { stageLimits } from '../support/sandboxes.ts';
import type { Planted } from './planted.ts';

export const PROBES = fileURLToPath(new URL('../../fixtures/hostile/probes', import.meta.url));

/** The attacks, compiled: plain data, so that another process can run them too. */
export type Probes = {
  /** The copy of the module, with the planted files. */
  tree: string;
  /** A folder with one test binary per package, named after it. */
  binaries: string;
  toolchain: Awaited<ReturnType<typeof findToolchain>>;
  folders: GoFolders;
};

/** Packages that attack: those with a benchmark, but for the neighbour. */
export async function listProbes(): Promise<string[]> {
  const files = await readdir(PROBES, { recursive: true });
  return files
    .filter((file) => file.endsWith('/attack_test.go'))
    .map((file) => path.dirname(file))
    .sort();
}

/** Compiles all attacks against the planted files, into a new folder of `dir`. */
export async function compileProbes(dir: string, planted: Planted): Promise<Probes> {
  const [tree, binaries] = [path.join(dir, 'tree'), path.join(dir, 'binaries')];
  await cp(PROBES, tree, { recursive: true });
  await mkdir(binaries);
  await writeFile(path.join(tree, 'target', 'target.json'), JSON.stringify(planted.info));
  const args = [
    'test',
    '-c',
    '-trimpath',
    '-buildvcs=false',
    '-ldflags=-s -w',
    '-o',
    `${binaries}/`,
    './...',
  ];
  execFileSync('go', args, {
    cwd: tree,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: 'local' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const name of await readdir(binaries)) await chmod(path.join(binaries, name), 0o755);
  const found = await findToolchain(new AbortController().signal);
  // The attack on the Go distribution must have one that it may write.
  const toolchain = {
    ...found,
    goroot: planted.goroot,
    settings: { ...found.settings, GOROOT: planted.goroot },
  };
  const { moduleCache } = planted;
  return {
    tree,
    binaries,
    toolchain,
    folders: { buildCache: '', baseCaches: [], moduleCache, temp: '', compilers: null },
  };
}

export type ProbeOptions = {
  /** Beside those that a benchmark is given. */
  env?: Readonly<Record<string, string>>;
  limits?: Partial<TestBinary['limits']>;
  /** Another copy of the module to run in. */
  tree?: string;
  /** Whether to ask for a heap profile, which leaves through a pipe. */
  profile?: boolean;
};

/** A test binary as review/build.ts describes it. */
function describeProbe(sandbox: Sandbox, probes: Probes, name: string, options: ProbeOptions): TestBinary {
  const tree = options.tree ?? probes.tree;
  const file = path.join(probes.binaries, `${name}.test`);
  const cwd = path.join(tree, name);
  return {
    sandbox,
    package: `example.com/hostile/${name}`,
    file,
    cwd,
    env: { ...buildEnvironment(probes.toolchain, sandbox, probes.folders, 'off'), ...options.env },
    view: {
      readOnly: [probes.toolchain.goroot, probes.folders.moduleCache, tree, file],
      writable: [],
      scratch: cwd,
      network: false,
    },
    limits: { ...stageLimits, ...options.limits },
  };
}

/** Runs the benchmarks of one package as a review does. */
export function runProbe(
  sandbox: Sandbox,
  probes: Probes,
  name: string,
  options: ProbeOptions = {},
): Promise<BenchRun> {
  const { profile = false } = options;
  const request = { bench: '.', skip: '', iterations: 10, repeats: 1, expectedMs: 0, profile };
  return runBenchmarks(describeProbe(sandbox, probes, name, options), request);
}

/** What an attack reports to have reached; null: nothing. */
export function readSuccess({ outcome, failures }: BenchRun): string | null {
  const words = [...outcome.tail, ...failures.map(({ detail }) => detail)].join('\n');
  return /got in: .*/u.exec(words)?.[0] ?? null;
}

export const hasRow = (run: BenchRun, name = 'BenchmarkAttack'): boolean =>
  run.rows.some((row) => row.name === name);
