import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Failure } from '../errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** The installed Go, and the user's settings that decide where modules come from. */
export type Toolchain = {
  /** Absolute path of the `go` command. */
  go: string;
  /** As `runtime.Version()`: `go1.26.8`. */
  version: string;
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
 * Asks the `go` command on the PATH about itself, outside any repository.
 * Throws `go-missing` when there is none or it does not answer.
 */
export async function findToolchain(sandbox: Sandbox): Promise<Toolchain> {
  const lines: string[] = [];
  const home = homedir();
  const outcome = await sandbox
    .run({
      file: 'go',
      args: ['env', '-json'],
      cwd: '/',
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        GOTOOLCHAIN: 'local',
        ...ownVariables(KEPT_SETTINGS),
      },
      timeoutMs: GO_ENV_TIMEOUT_MS,
      maxOutputBytes: 1 << 20,
      memoryBytes: null,
      onStdout: (line) => lines.push(line),
    })
    .catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'interrupted') throw error;
      throw new Failure('go-missing', {}, { cause: error });
    });
  if (outcome.exitCode !== 0) throw new Failure('go-missing', { output: outcome.tail });
  const env = parseGoEnv(lines);
  return {
    go: path.join(env['GOROOT'] ?? '', 'bin', 'go'),
    version: env['GOVERSION'] ?? 'unknown',
    goos: env['GOOS'] ?? 'unknown',
    goarch: env['GOARCH'] ?? 'unknown',
    settings: Object.fromEntries(
      KEPT_SETTINGS.map((name) => [name, env[name] ?? '']).filter(([, value]) => value !== ''),
    ),
  };
}

/** Directories that a run may write to; all but the build cache are thrown away afterwards. */
export type Scratch = { home: string; temp: string; buildCache: string };

/**
 * The environment of every go command and benchmark. `GOENV=off`, `GOTOOLCHAIN=local` and a throwaway HOME keep
 * settings and toolchains that a repository or an earlier program planted out of it.
 * `goWork` is the go.work file that applies, or `off`.
 */
export function buildEnvironment(
  toolchain: Toolchain,
  scratch: Scratch,
  goWork: string,
): Record<string, string> {
  return {
    ...toolchain.settings,
    PATH: `${path.dirname(toolchain.go)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: scratch.home,
    TMPDIR: scratch.temp,
    LANG: 'C.UTF-8',
    GOCACHE: scratch.buildCache,
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '',
    GOTELEMETRY: 'off',
    GOWORK: goWork,
  };
}

/** The same with the way to the module proxy, for the go command only. */
export function goCommandEnvironment(env: Record<string, string>): Record<string, string> {
  return { ...env, ...ownVariables(NETWORK_VARIABLES) };
}
