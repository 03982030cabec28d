import type { LimitEnding } from './limits.ts';
import type { SandboxProblem } from './sandbox-facts.ts';

/** Why a fetch from a server failed. */
export type FetchProblem =
  /** The URL or the requested revision is malformed. */
  | 'bad-name'
  /** The server requires credentials, or rejected those that it got. */
  | 'refused'
  | 'not-found'
  /** The repository has another name now: redirects are not followed. */
  | 'moved'
  /** The repository does not have the commit or ref. */
  | 'missing-commit'
  /** The server did not answer, or stopped in the middle. */
  | 'network'
  /** `limit`: the time or the size that was exceeded. */
  | 'timed-out'
  | 'too-large'
  /** git refuses the objects as malformed. */
  | 'malformed'
  /** Another process holds the lock of the mirror, or left its lock files behind. */
  | 'busy'
  /** git printed an error that allocgate does not recognise. */
  | 'unknown';

/** Why GitHub's API could not be used for a pull request. */
export type GitHubProblem =
  | { reason: 'not-found' | 'unauthorised' | 'forbidden' | 'unreachable' | 'no-token' | 'closed' | 'moved' }
  /** `until`: ISO 8601. */
  | { reason: 'rate-limited'; until: string };

/** Options of `allocgate review` that do not apply to a pull request, or cannot be combined with another option. */
export const uselessOptions = [
  'base',
  'direct',
  'head',
  'worktree',
  'packages',
  'tags',
  'config',
  'save-profiles',
  'budget',
  'prove',
  'fix',
  'no-sandbox',
  'bench',
  'post',
] as const;
export type UselessOption = (typeof uselessOptions)[number];

/** Why the value of an option, or the option itself, cannot be used. */
export type OptionProblem =
  /** `reason`: the message of the regular expression parser. */
  | { kind: 'not-a-regexp'; reason: string }
  /** Several formats without a file. */
  | { kind: 'several-to-stdout' }
  /** A dry run prints its own data to standard output, so no format can go there. */
  | { kind: 'stdout-taken' }
  /** Two formats for one file. */
  | { kind: 'same-file' }
  | { kind: 'no-protocol' }
  | { kind: 'not-a-pull-request' }
  | { kind: 'unknown-host'; host: string }
  | { kind: 'useless'; why: UselessOption }
  /** --post and --dry-run on a local repository. */
  | { kind: 'needs-pull-request' }
  /** --head together with --worktree. */
  | { kind: 'head-is-worktree' }
  /** --direct without --base. */
  | { kind: 'needs-base' }
  /** The value of --budget is not a number of minutes. */
  | { kind: 'not-minutes' }
  /** --tags with something that cannot be a build tag. */
  | { kind: 'not-tags' }
  /**
   * `similar`: a similar pattern that matches packages; `module`: the folder of another module, if the value is a path
   * in it.
   */
  | { kind: 'matches-no-package'; similar: string | null; module: string | null }
  /** `similar`: a similar name of a benchmark. */
  | { kind: 'matches-no-benchmark'; similar: string | null }
  /** Benchmarks match the first level of the pattern, but none of their sub-benchmarks matches the other levels. */
  | { kind: 'matches-no-sub-benchmark' }
  /** No measured benchmark of a history matches. `similar`: a similar name of a benchmark. */
  | { kind: 'matches-no-history'; similar: string | null }
  /** The value of --commits is not a number of commits. */
  | { kind: 'not-a-count'; most: number }
  /** `reason`: the system's words. */
  | { kind: 'unreadable'; reason: string };

/** How a go command ended; all but `exited` are limits of the operator. */
type GoEnding = 'exited' | Exclude<LimitEnding, 'process-limit'>;

/** The facts of a failure, by its code. Lists of lines are the last lines that a program printed. */
export type FailureFacts = {
  /** `isMissing`: there is nothing at this path. */
  'not-a-repository': { path: string; isMissing?: boolean };
  /** `similar`: names like it. */
  'unknown-revision': {
    revision: string;
    similar: readonly string[];
    shallow: boolean;
    detail: readonly string[];
  };
  /** `base`, `head`: commit IDs. */
  'no-merge-base': { base: string; head: string };
  'shallow-clone': { base: string; head: string };
  /** `branches`: local names. */
  'no-default-branch': { branches: readonly string[] };
  'no-commits': { path: string };
  'bare-worktree': { path: string };
  'git-missing': NoFacts;
  /** `ended`: an exit status, a signal, or the reason why git's output is unusable; null: unknown. */
  'git-failed': {
    command: string;
    ended: number | { signal: string } | 'unexpected-output' | 'output-limit' | null;
    detail: readonly string[];
  };
  'missing-objects': { command: string; detail: readonly string[] };
  /** `limit`: the time or the size that was exceeded, as text; empty for other problems. */
  'fetch-failed': { url: string; problem: FetchProblem; limit: string; detail: readonly string[] };
  /** `url`: of the pull request; `detail`: GitHub's error message. */
  'github-failed': { url: string; hasToken: boolean; problem: GitHubProblem; detail: readonly string[] };
  'tree-too-large': { reason: 'changes' | 'links' | 'files' | 'bytes'; limit: number };
  /** `output`: the output of `go env`; null: there is no go command. */
  'go-missing': { output: readonly string[] | null };
  /** Versions without the prefix `go`. */
  'go-too-old': { needs: string; has: string };
  /** `exitCode` null: a signal or a limit ended it. `isBaseRefused`: the go command refuses base, too. */
  'go-failed': {
    command: string;
    ended: GoEnding;
    exitCode: number | null;
    output: readonly string[];
    isBaseRefused?: boolean;
  };
  'no-go-files': { path: string };
  /** `paths`: the folders without a go.mod; `isConfigured`: the config lists these folders. */
  'no-go-mod': { paths: readonly string[]; isConfigured: boolean };
  /** `problems`: sentences of report/words/config. */
  'bad-config': { path: string; problems: readonly string[] };
  /** `option`: as the user wrote it, such as `--format`; `value` null: the option takes none. */
  'bad-option': { option: string; value: string | null; problem: OptionProblem };
  /** `similar`: a name like it. */
  'unknown-rule': { rule: string; similar: string | null };
  'disk-full': { path?: string; detail?: readonly string[] };
  /** `reason`: the system's words, or that it is a folder. `path` null: standard output. */
  /** `isFolder`: a folder was to be made at this path. */
  'output-not-writable': { path: string | null; reason: string; isFolder?: true };
  /** `reason`: the system's words. */
  'temp-not-writable': { path: string; reason: string };
  /** The sandbox itself is unavailable, or (`kind: 'not-started'`) one program in a working sandbox could not start. */
  'sandbox-unavailable': SandboxProblem | { kind: 'not-started'; program: string; detail: string };
  /** `problems`: sentences of report/words/config. `unreadable`: the system's error if the file cannot be read. */
  'bad-settings': { path: string } & ({ problems: readonly string[] } | { unreadable: string });
  /** `arch`: of this machine, as Node names it. */
  'wrong-architecture': { arch: string };
  /** An environment variable; `reason`: what its value must be. */
  'bad-environment': { variable: string; reason: string };
  /** `place`: the database's address without the password, or its folder; `reason`: the driver's error message. */
  'database-unavailable': { place: string; reason: string };
  interrupted: NoFacts;
  /** `detail`: the stack of an unexpected error. */
  internal: { detail: readonly string[] };
};

type NoFacts = Readonly<Record<string, never>>;

export type FailureCode = keyof FailureFacts;

/** Why a review failed: a code and its facts. The sentences are in report/words/failures. */
export type FailureReason = {
  [Code in FailureCode]: { code: Code; facts: FailureFacts[Code] };
}[FailureCode];

type Arguments = {
  [Code in FailureCode]: FailureFacts[Code] extends NoFacts
    ? [code: Code, facts?: NoFacts, options?: { cause?: unknown }]
    : [code: Code, facts: FailureFacts[Code], options?: { cause?: unknown }];
}[FailureCode];

/** An error whose cause a user can fix. `usage` errors exit with 2, others with 3 (cli/exit-codes.ts). */
export class Failure extends Error {
  readonly reason: FailureReason;

  constructor(...[code, facts = {}, options = {}]: Arguments) {
    super(`${code} ${JSON.stringify(facts)}`, options);
    this.name = 'Failure';
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parameters are checked as pairs, which TypeScript forgets when it takes them apart
    this.reason = { code, facts } as FailureReason;
  }

  get code(): FailureCode {
    return this.reason.code;
  }
}

/** The code of a system error, such as `ENOENT`; null for other errors. */
export function systemCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

/** Whether an error means that the disk is full or that the user's quota is used up. */
export function isNoSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(String(systemCode(error)));
}

/**
 * The system's message for an error with a code (`ENOENT: no such file or directory`), without the call and the path.
 */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (systemCode(error) === 'EISDIR') return 'it is a folder';
  const words = /^[A-Z]+: ([^,]+)/u.exec(error.message)?.[1];
  return systemCode(error) !== null && words !== undefined ? words : error.message;
}

/**
 * Converts any error to a failure, so that an unexpected error ends with a message and never with the exit status of a
 * regression.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (isNoSpace(error)) return new Failure('disk-full', {}, { cause: error });
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure('internal', { detail: stack.split('\n').slice(0, 12) }, { cause: error });
}
