import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Failure } from '../errors.ts';
import { runProcess } from '../sandbox/process.ts';
import type { Sandbox } from '../sandbox/types.ts';

/** The installed Go, and the user's settings that decide where modules come from. */
export type Toolchain = {
  /** Absolute path of the `go` command. */
  go: string;
  /** As `runtime.Version()`: `go1.26.8`. */
  version: string;
  /** Absolute path of its standard library and tools. */
  goroot: string;
  goos: string;
  goarch: string;
  /** Environment variables that a build needs and that `GOENV=off` would lose. */
  settings: Readonly<Record<string, string>>;
};

/** Where modules come from, and which C compiler there is: taken over from the user's own Go settings. */
const KEPT_SETTINGS = [
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

/** How the go command reaches its module proxy; nothing of a benchmark's business. */
const NETWORK_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

const GO_ENV_TIMEOUT_MS = 30_000;

function ownVariables(names: readonly string[]): Record<string, string> {
  const pairs = names.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, process.env[name]]);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** What `go env -json` printed; a program that is not Go's own may print anything. */
function parseGoEnv(lines: readonly string[]): Record<string, string> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(lines.join('\n')));
  } catch (error) {
    throw new Failure('go-missing', { output: lines.slice(-5) }, { cause: error });
  }
}

/**
 * Asks the `go` command on the PATH about itself, outside any repository and any sandbox: it is the operator's.
 * Throws `go-missing` when there is none or it does not answer.
 */
export async function findToolchain(signal: AbortSignal): Promise<Toolchain> {
  const lines: string[] = [];
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: homedir(),
    GOTOOLCHAIN: 'local',
    ...ownVariables(KEPT_SETTINGS),
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
      KEPT_SETTINGS.map((name) => [name, known[name] ?? '']).filter(([, value]) => value !== ''),
    ),
  };
}

/** The folders that the go command works in, absolute. */
export type GoFolders = {
  /** GOCACHE of this review alone, writable. */
  buildCache: string;
  /** What `buildCache` links to: compilations of merged code, read-only. */
  baseCaches: readonly string[];
  /** GOMODCACHE: read-only but for the fetch stage. */
  moduleCache: string;
  /** For what it builds on the way. */
  temp: string;
};

/** Settings of the module proxy and the C compiler that a program without a network has no use for. */
const FETCH_SETTINGS: ReadonlySet<string> = new Set(
  KEPT_SETTINGS.filter((name) => /PROXY|SUMDB|PRIVATE|INSECURE/u.test(name)),
);

function isSandboxed(sandbox: Pick<Sandbox, 'facts'>): boolean {
  return sandbox.facts.tier !== 'none';
}

/**
 * The environment of every benchmark. `GOENV=off`, `GOTOOLCHAIN=local` and a throwaway HOME keep settings and
 * toolchains that a repository or an earlier program planted out of it. `goWork` is the go.work file that applies, or
 * `off`. In a sandbox nothing can be downloaded, and whether cgo works is for the go command to find out there.
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
    ([name, value]) => !jailed || !(FETCH_SETTINGS.has(name) || (name === 'CGO_ENABLED' && value === '1')),
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
    GOTELEMETRY: 'off',
    GOWORK: goWork,
    ...(jailed ? { GOPROXY: 'off', GOVCS: '*:off' } : { GOCACHE: folders.buildCache }),
  };
}

/** The same for the go command: its cache and its temporary files; without a sandbox also the way to the proxy. */
export function goCommandEnvironment(
  env: Record<string, string>,
  sandbox: Pick<Sandbox, 'facts'>,
  folders: GoFolders,
): Record<string, string> {
  const places = { GOCACHE: placeOfCache(sandbox, folders), TMPDIR: folders.temp };
  return { ...env, ...places, ...(isSandboxed(sandbox) ? {} : ownVariables(NETWORK_VARIABLES)) };
}

/**
 * Where the go command finds its cache. In a sandbox it is the same place in every review, because the path takes part in
 * what a test's generated main package is known by (cmd/go/internal/list): else each review would compile all of them.
 */
export function placeOfCache(sandbox: Pick<Sandbox, 'facts'>, folders: GoFolders): string {
  return isSandboxed(sandbox) ? '/go-build' : folders.buildCache;
}
