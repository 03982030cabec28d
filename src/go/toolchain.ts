import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Failure } from '../errors.ts';
import { runProcess } from '../sandbox/process.ts';
import type { Sandbox } from '../sandbox/types.ts';

/** The installed Go, and the user's settings for the sources of modules. */
export type Toolchain = {
  /** Absolute path of the `go` command. */
  go: string;
  /** The version, as in `runtime.Version()`: `go1.26.8`. */
  version: string;
  /** Absolute path of its standard library and tools. */
  goroot: string;
  goos: string;
  goarch: string;
  /** Environment variables that a build needs and that `GOENV=off` would discard. */
  settings: Readonly<Record<string, string>>;
};

/** The user's Go settings that are kept: the sources of modules, and the C compiler. */
const keptSettings = [
  'GOROOT',
  'GOMODCACHE',
  'GOPROXY',
  'GONOPROXY',
  'GOSUMDB',
  'GONOSUMDB',
  'GOPRIVATE',
  'GOINSECURE',
  'GOAMD64',
  'CGO_ENABLED',
  'CC',
  'CXX',
];

/** How the go command reaches its module proxy. Benchmarks do not get these variables. */
const networkVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

const GO_ENV_TIMEOUT_MS = 30_000;

function ownVariables(names: readonly string[]): Record<string, string> {
  const pairs = names.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, process.env[name]]);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** Parses the output of `go env -json`. Another program named `go` could print anything. */
function parseGoEnv(lines: readonly string[]): Record<string, string> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(lines.join('\n')));
  } catch (error) {
    throw new Failure('go-missing', { output: lines.slice(-5) }, { cause: error });
  }
}

/**
 * Finds the `go` command on the PATH and asks for its settings. It runs outside any repository and sandbox, because it
 * belongs to the operator. Throws `go-missing` if there is none or it does not work.
 */
export async function findToolchain(signal: AbortSignal): Promise<Toolchain> {
  const lines: string[] = [];
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: homedir(),
    GOTOOLCHAIN: 'local',
    ...ownVariables(keptSettings),
  };
  const launch = { file: 'go', args: ['env', '-json'], cwd: '/', env, pipes: [] };
  const limits = { timeoutMs: GO_ENV_TIMEOUT_MS, maxOutputBytes: 1 << 20 };
  const outcome = await runProcess(launch, { ...limits, onStdout: (line) => lines.push(line) }, signal).catch(
    (error: unknown) => {
      if (error instanceof Failure && error.code === 'interrupted') throw error;
      throw new Failure('go-missing', { output: null }, { cause: error });
    },
  );
  if (outcome.exitCode !== 0) throw new Failure('go-missing', { output: outcome.tail });
  const known = parseGoEnv(lines);
  const goroot = known['GOROOT'] ?? '';
  return {
    go: path.join(goroot, 'bin', 'go'),
    version: known['GOVERSION'] ?? 'unknown',
    goroot,
    goos: known['GOOS'] ?? 'unknown',
    goarch: known['GOARCH'] ?? 'unknown',
    settings: Object.fromEntries(
      keptSettings.map((name) => [name, known[name] ?? '']).filter(([, value]) => value !== ''),
    ),
  };
}

/** The absolute paths of the folders that the go command uses. */
export type GoFolders = {
  /** The writable GOCACHE of this review only. */
  buildCache: string;
  /** The read-only compilations of merged code that `buildCache` links to. */
  baseCaches: readonly string[];
  /** GOMODCACHE, which is read-only except in the fetch stage. */
  moduleCache: string;
  /** The folder for temporary files of builds. */
  temp: string;
  /** The folder with the scripts of `writeCompilerScripts`; null if there is no C compiler. */
  compilers: string | null;
};

/** Settings of the module proxy and the C compiler that a program without network access does not need. */
const fetchSettings: ReadonlySet<string> = new Set(
  keptSettings.filter((name) => /PROXY|SUMDB|PRIVATE|INSECURE/u.test(name)),
);

function isSandboxed(sandbox: Pick<Sandbox, 'facts'>): boolean {
  return sandbox.facts.tier !== 'none';
}

/**
 * The environment of every benchmark. `GOENV=off`, `GOTOOLCHAIN=local` and a temporary HOME exclude settings and
 * toolchains that a repository or an earlier program planted. `goWork` is the go.work file that applies, or `off`. In a
 * sandbox nothing can be downloaded, and the go command itself finds out there whether cgo works.
 */
export function buildEnvironment(
  toolchain: Toolchain,
  sandbox: Pick<Sandbox, 'facts' | 'home' | 'temp'>,
  folders: GoFolders,
  goWork: string,
): Record<string, string> {
  const goBin = path.dirname(toolchain.go);
  const jailed = isSandboxed(sandbox);
  const settings = Object.entries(toolchain.settings).filter(
    ([name, value]) => !jailed || !(fetchSettings.has(name) || (name === 'CGO_ENABLED' && value === '1')),
  );
  return {
    ...Object.fromEntries(settings),
    PATH: jailed ? `${goBin}:/usr/bin:/bin` : `${goBin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: sandbox.home,
    TMPDIR: sandbox.temp,
    LANG: 'C.UTF-8',
    GOMODCACHE: folders.moduleCache,
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '',
    GOWORK: goWork,
    ...(jailed ? { GOPROXY: 'off', GOVCS: '*:off' } : { GOCACHE: folders.buildCache }),
  };
}

/**
 * Tells the go command that it is already a part of its own telemetry (golang.org/x/telemetry, start.go), so that it starts
 * no process for that. It would do so each time, because its HOME is new. GOTELEMETRY is only an output of `go env`.
 */
export const withoutTelemetry = { GO_TELEMETRY_CHILD: '2' };

/**
 * The environment of the go command: in addition its cache and its temporary folder; without a sandbox also the proxy
 * settings.
 */
export function goCommandEnvironment(
  env: Record<string, string>,
  sandbox: Pick<Sandbox, 'facts'>,
  folders: GoFolders,
): Record<string, string> {
  const { compilers } = folders;
  const places = {
    ...withoutTelemetry,
    GOCACHE: placeOfCache(sandbox, folders),
    TMPDIR: folders.temp,
    ...(compilers !== null && { PATH: `${compilers}:${env['PATH'] ?? ''}` }),
  };
  return { ...env, ...places, ...(isSandboxed(sandbox) ? {} : ownVariables(networkVariables)) };
}

/**
 * The path of the go command's cache. In a sandbox it is the same in every review, because it is part of the ID of a
 * test's generated main package (cmd/go/internal/list): otherwise each review would compile all of them again.
 */
export function placeOfCache(sandbox: Pick<Sandbox, 'facts'>, folders: GoFolders): string {
  return isSandboxed(sandbox) ? '/go-build' : folders.buildCache;
}
