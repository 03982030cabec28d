/**
 * What ends a review early, as facts. The sentence for each code lives in report/failures, which reads the facts
 * named here; those in parentheses may be missing. `usage` errors exit with 2, `measure` errors with 3.
 */
export type FailureCode =
  /** `path` */
  | 'not-a-repository'
  /** `revision`, (`similar`: names like it), (`shallow`: 1 or 0), (`detail`: git's lines) */
  | 'unknown-revision'
  /** `base`, `head`: commit IDs */
  | 'no-merge-base'
  /** `base`, `head`: commit IDs */
  | 'shallow-clone'
  /** (`branches`: local names), (`shallow`: 1 or 0) */
  | 'no-default-branch'
  /** `path` */
  | 'no-commits'
  /** `path` */
  | 'bare-worktree'
  /** none */
  | 'git-missing'
  /** `command`, (`exitCode`), (`reason`: `unexpected-output`, `output-limit`, `exit` or a signal), (`detail`: git's lines) */
  | 'git-failed'
  /** `command`, (`detail`: git's lines) */
  | 'missing-objects'
  /** `url`, `reason`: a FetchProblem of source/fetch-words.ts, `detail`: git's lines, `limit`: what was passed, or '' */
  | 'fetch-failed'
  /**
   * `url`: of the pull request, `hasToken`: 1 or 0, `reason`: `not-found`, `unauthorised`, `forbidden`, `rate-limited` (with
   * `until`), `unreachable`, `no-token`, `closed` or `moved`; (`detail`: GitHub's words)
   */
  | 'github-failed'
  /** `reason`: `changes`, `links`, `files` or `bytes`; `limit` */
  | 'tree-too-large'
  /** (`output`: what `go env` printed when it is there and does not work) */
  | 'go-missing'
  /** `needs`, `has`: versions without the `go` in front */
  | 'go-too-old'
  /** `command`, (`ended`: as the sandbox says), (`exitCode`), (`output`: last lines) */
  | 'go-failed'
  /** `path` */
  | 'no-go-files'
  /** `path`, (`modules`: 1 when the config names the folders) */
  | 'no-go-mod'
  /** `path`, `problems`: sentences of report/config-messages */
  | 'bad-config'
  /** `option` (`--format`), `value` or `use` (`used alone`), (`reason`: what it must be), (`suggestion`) */
  | 'bad-option'
  /** `rule`: what was asked for, (`similar`: names like it) */
  | 'unknown-rule'
  /** (`path`), (`detail`: the program's line) */
  | 'disk-full'
  /** `path`, (`reason`: the system's words) */
  | 'output-not-writable'
  /** `path`, (`reason`: the system's words) */
  | 'temp-not-writable'
  /** (`command`), (`detail`: the system's words), (`kind`, `program`, `inContainer`, `tier`: see sandbox/probe.ts) */
  | 'sandbox-unavailable'
  /** `path`, and `problems`: sentences of report/config-messages, or `reason`: the system's words for why it is not read */
  | 'bad-settings'
  /** `arch`: of this machine, as Node names it */
  | 'wrong-architecture'
  /** `variable` of the environment; `reason`: what it must be */
  | 'bad-environment'
  /** `place`: of the database, without password; `reason`: the driver's words */
  | 'database-unavailable'
  /** none */
  | 'interrupted'
  /** `detail`: the stack of an error that nobody foresaw */
  | 'internal';

export class Failure extends Error {
  readonly code: FailureCode;
  /** What the sentence needs: paths, revisions, commands, exit codes, last lines of output. */
  readonly facts: Record<string, string | number | readonly string[]>;

  constructor(
    code: FailureCode,
    facts: Record<string, string | number | readonly string[]> = {},
    options: { cause?: unknown } = {},
  ) {
    super(`${code} ${JSON.stringify(facts)}`, options);
    this.name = 'Failure';
    this.code = code;
    this.facts = facts;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

/** Whether the system said that a disk has no room, or that the user has used up a share of it. */
export function isNoSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(String(codeOf(error)));
}

/** The system's words for an error with a code (`ENOENT: no such file or directory`), without the call and the path. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = /^[A-Z]+: ([^,]+)/u.exec(error.message)?.[1];
  return codeOf(error) !== null && words !== undefined ? words : error.message;
}

/** What nobody foresaw as a failure, so that it ends with a sentence and never with the status of a regression. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (isNoSpace(error)) return new Failure('disk-full', {}, { cause: error });
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure('internal', { detail: stack.split('\n').slice(0, 12) }, { cause: error });
}
