import { devNull } from 'node:os';
import { execa } from 'execa';
import { Failure, type FailureFacts } from '../errors.ts';

/** Where a git process runs, which repository it sees, and what stops it. */
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
  /** `latin1` keeps every byte of a file name; `utf8` (default) is for text. */
  encoding?: 'utf8' | 'latin1';
  /** Exit codes that are answers, not failures; default 0 alone. `any` leaves the judgement to the caller. */
  accept?: readonly number[] | 'any';
};

export type GitResult = { exitCode: number; stdout: string; stderr: string };

/**
 * Settings that a repository's own configuration could use to run a program, forced to nothing. The command line
 * outranks every file. `safe.directory=*` gives up the check of the owner, which exists because those settings run.
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

/** Errors of git that mean that the repository lacks objects, as a partial clone does. */
const missingObject =
  /unable to read (?:sha1 file of .*|tree )?\(?[0-9a-f]{40}|missing (?:blob|tree|object)|could not get object info|bad object/i;

/** Object IDs: SHA-1 or SHA-256, in full. */
const objectId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether `text` is a whole object ID. */
export function isObjectId(text: string): boolean {
  return objectId.test(text);
}

/** Variables of the machine that git and the programs it starts read. */
const inherited =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_\w+|XDG_CONFIG_HOME|LD_LIBRARY_PATH|SSH_AUTH_SOCK|SSL_CERT_(?:FILE|DIR)|CURL_CA_BUNDLE|(?:https?|all|no|ftp)_proxy)$/iu;

/**
 * What git itself needs of the caller's environment: not its `GIT_*` (a hook's `GIT_DIR` or `GIT_INDEX_FILE` would redirect
 * us), and nothing that a `.env` file could set.
 * `GIT_ALLOW_PROTOCOL` outranks `protocol.<name>.allow` of the repository, so nothing can be fetched, even lazily.
 */
function buildEnvironment(context: GitContext): Record<string, string> {
  const personal = /^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$/;
  const kept = Object.entries(process.env).filter(
    ([name]) => inherited.test(name) || (context.personalConfig === true && personal.test(name)),
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

/** What execa tells about a process that did not end well. */
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
  if (missingObject.test(stderr)) return new Failure('missing-objects', { command, detail });
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

/** What `git version` says. Throws `git-missing`. */
export async function readGitVersion(signal: AbortSignal): Promise<string> {
  return (await runGit({ cwd: '/', env: {}, signal }, ['version'])).stdout.trim();
}

/**
 * Yields git's standard output as it comes. Leaving the loop early kills git; failures are those of `runGit` and come
 * when the output has ended.
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
    // git may compute for long without writing, so a closed pipe alone would not end it.
    if (!ended) subprocess.kill();
    await subprocess;
  }
  const result = await subprocess;
  if (result.failed) throw toFailure(args, result, Buffer.from(result.stderr ?? []).toString('utf8'));
}
