import { devNull } from 'node:os';
import { execa } from 'execa';
import { Failure, type FailureFacts } from '../errors.ts';

/** The folder, environment and abort signal of git processes. */
export type GitContext = {
  cwd: string;
  /** On top of the hardened environment, e.g. `GIT_DIR`. */
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Also read the user's own system and global configuration; only for `git config` itself. */
  personalConfig?: boolean;
};

type RunOptions = {
  /** Bytes for standard input; a string is written byte by byte (latin1), as names from `-z` lists are kept. */
  input?: string | undefined;
  /** `latin1` preserves every byte of a file name; `utf8` (default) is for text. */
  encoding?: 'utf8' | 'latin1';
  /** Exit codes that are not failures. Default: only 0. `any`: the caller decides. */
  accept?: readonly number[] | 'any';
};

export type GitResult = { exitCode: number; stdout: string; stderr: string };

/**
 * Disables settings with which a repository's configuration could run a program. The command line overrides every file.
 * `safe.directory=*` disables the check of the owner, which only exists because of those settings.
 */
const hardening = [
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  `core.hooksPath=${devNull}`,
  `core.attributesFile=${devNull}`,
  'protocol.allow=never',
  'maintenance.auto=false',
  'gc.auto=0',
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

/** Errors of git which mean that the repository does not have all objects, like a partial clone. */
const MISSING_OBJECT =
  /unable to read (?:sha1 file of .*|tree )?\(?[0-9a-f]{40}|missing (?:blob|tree|object)|could not get object info|bad object/i;

/** Object IDs: SHA-1 or SHA-256, in full. */
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether `text` is a whole object ID. */
export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text);
}

/** Variables of the machine that git, and programs that it starts, may read. */
const INHERITED =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_\w+|XDG_CONFIG_HOME|LD_LIBRARY_PATH|SSH_AUTH_SOCK|SSL_CERT_(?:FILE|DIR)|CURL_CA_BUNDLE|(?:https?|all|no|ftp)_proxy)$/iu;

/**
 * The variables of the caller's environment that git needs, without `GIT_*` (`GIT_DIR` or `GIT_INDEX_FILE` of a hook
 * would redirect us) and without variables that a `.env` file could set. `GIT_ALLOW_PROTOCOL` overrides
 * `protocol.<name>.allow` of the repository, so nothing can be fetched, even lazily.
 */
function buildEnvironment(context: GitContext): Record<string, string> {
  const personal = /^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$/;
  const kept = Object.entries(process.env).filter(
    ([name]) => INHERITED.test(name) || (context.personalConfig === true && personal.test(name)),
  );
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])),
    ...(context.personalConfig === true ? {} : { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull }),
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    ...context.env,
  };
}

function processOptions(context: GitContext) {
  return {
    cwd: context.cwd,
    env: buildEnvironment(context),
    extendEnv: false,
    cancelSignal: context.signal,
    killDescendants: true,
    forceKillAfterDelay: 1000,
    stripFinalNewline: false,
    reject: false,
  } as const;
}

/** The data of execa about a failed process. */
type Ending = {
  failed: boolean;
  isCanceled: boolean;
  isMaxBuffer: boolean;
  code?: string | undefined;
  exitCode?: number | undefined;
  signal?: string | undefined;
};

function readEnd({ isMaxBuffer, signal, exitCode }: Ending): FailureFacts['git-failed']['ended'] {
  if (isMaxBuffer) return 'output-limit';
  return signal === undefined ? (exitCode ?? null) : { signal };
}

function toFailure(args: readonly string[], ending: Ending, stderr: string): Failure {
  if (ending.isCanceled) return new Failure('interrupted');
  if (ending.code === 'ENOENT') return new Failure('git-missing');
  const command = ['git', ...args].join(' ');
  const detail = stderr.trimEnd().split('\n').slice(-5);
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return new Failure('disk-full', { detail });
  if (MISSING_OBJECT.test(stderr)) return new Failure('missing-objects', { command, detail });
  return new Failure('git-failed', { command, ended: readEnd(ending), detail });
}

/**
 * Runs git to its end. Throws Failure `git-missing`, `interrupted` (the signal was aborted), `disk-full`,
 * `missing-objects` (partial clone) or `git-failed`, with the command, exit code and last lines of output as facts.
 */
export async function runGit(
  context: GitContext,
  args: readonly string[],
  { input, encoding = 'utf8', accept = [0] }: RunOptions = {},
): Promise<GitResult> {
  const result = await execa('git', [...hardening, ...args], {
    ...processOptions(context),
    encoding: 'buffer',
    ...(input === undefined ? { stdin: 'ignore' } : { input: Buffer.from(input, 'latin1') }),
  });
  const stderr = Buffer.from(result.stderr).toString('utf8');
  const { exitCode } = result;
  const accepted = exitCode !== undefined && (accept === 'any' || accept.includes(exitCode));
  if (!accepted || result.isCanceled) throw toFailure(args, result, stderr);
  return { exitCode, stdout: Buffer.from(result.stdout).toString(encoding), stderr };
}

/** The output of `git version`. Throws `git-missing`. */
export async function readGitVersion(signal: AbortSignal): Promise<string> {
  return (await runGit({ cwd: '/', env: {}, signal }, ['version'])).stdout.trim();
}

/**
 * Yields git's standard output while git runs. Leaving the loop early kills git. Throws the failures of `runGit` at the
 * end of the output.
 */
export async function* streamGit(
  context: GitContext,
  args: readonly string[],
  input?: string,
): AsyncGenerator<Buffer, void, undefined> {
  const subprocess = execa('git', [...hardening, ...args], {
    ...processOptions(context),
    encoding: 'buffer',
    buffer: { stdout: false, stderr: true },
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  let ended = false;
  try {
    for await (const chunk of subprocess.stdout) {
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
    ended = true;
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Failure('interrupted', {}, { cause: error });
  } finally {
    // git can compute for long without writing, so closing the pipe would not end it.
    if (!ended) subprocess.kill();
    await subprocess;
  }
  const result = await subprocess;
  if (result.failed) throw toFailure(args, result, Buffer.from(result.stderr ?? []).toString('utf8'));
}
