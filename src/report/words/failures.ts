import type { FailureCode, FailureFacts, FailureReason } from '../../errors.ts';
import { describeLimit } from '../../limits.ts';
import { shortLine, toLogLine } from '../model/escape.ts';
import { endWithReason, type FailureSentences } from './failure-words.ts';
import { describeOptionProblem } from './options.ts';
import { describeFetchFailure, describeGitHubFailure } from './remote-failures.ts';
import { describeSandboxFailure } from './sandbox.ts';

/**
 * A failure for a terminal: what happened, what to do (empty if there is nothing to do), and the last lines of a failed
 * program.
 */
export type FailureText = FailureSentences & { lines: string[] };

const shortId = (id: string): string => shortLine(id).slice(0, 12);
const list = (names: readonly string[]): string => names.map(shortLine).join(', ');

const UNSHALLOW = 'This clone is shallow. Fetch the rest of the history: git fetch --unshallow';

/** What a commit can have too much of, and the setting that limits it; null: the limit is fixed. */
export const treeLimits = {
  changes: { noun: 'changed files', setting: null },
  links: { noun: 'symbolic links', setting: null },
  files: { noun: 'files', setting: 'treeFiles' },
  bytes: { noun: 'bytes', setting: 'treeMiB' },
} as const satisfies Record<
  FailureFacts['tree-too-large']['reason'],
  { noun: string; setting: string | null }
>;

function describeGitEnd(ended: FailureFacts['git-failed']['ended']): string {
  if (ended === null) return 'did not finish';
  if (ended === 'unexpected-output') return 'printed something unexpected';
  if (ended === 'output-limit') return 'printed too much';
  if (typeof ended === 'number') return `failed with exit status ${ended}`;
  return `was ended by ${shortLine(ended.signal)}`;
}

/** How a go command failed, as the end of a sentence that begins with it: `ran out of time (limits.buildSeconds)`. */
export function describeGoEnd({ ended, exitCode, isBaseRefused }: FailureFacts['go-failed']): string {
  if (ended !== 'exited') return describeLimit(ended, 'build');
  const how = exitCode === null ? 'was ended by a signal' : `failed with exit status ${exitCode}`;
  return isBaseRefused ? `${how} at head, and it fails at base as well` : how;
}

const SETTINGS_HINT = 'allocgate doctor names the settings file';

/**
 * The sentences for each code. Control characters are removed from names and messages from outside; `describeFailure`
 * also makes the lines safe for a workflow's log. `command` is the command that failed, as a person types it.
 */
const sentences: { [Code in FailureCode]: (facts: FailureFacts[Code], command: string) => FailureSentences } =
  {
    'not-a-repository': ({ path, isMissing }, command) => ({
      message: `${shortLine(path)} ${isMissing === true ? 'does not exist' : 'is not a git repository'}.`,
      hint: `Run allocgate inside a repository, or pass one: ${command} DIR`,
    }),
    'unknown-revision': ({ revision, similar, shallow }) => ({
      message: `The repository has no commit named "${shortLine(revision)}".`,
      hint:
        similar.length > 0
          ? `Did you mean ${list(similar)}?`
          : shallow
            ? UNSHALLOW
            : 'Use a branch, tag or commit of this repository. git fetch downloads those of the remote.',
    }),
    'no-merge-base': ({ base, head }) => ({
      message: `The commits ${shortId(base)} and ${shortId(head)} have no common ancestor, so there is no base to compare with.`,
      hint: 'Pass a base that the head descends from: --base REV',
    }),
    'shallow-clone': ({ base, head }) => ({
      message: `The common ancestor of ${shortId(base)} and ${shortId(head)} is not in this clone.`,
      hint: `${UNSHALLOW} (with actions/checkout: fetch-depth: 0)`,
    }),
    'no-default-branch': ({ branches }) => ({
      message: 'Found no default branch to compare with.',
      hint: `Pass the base: --base BRANCH${branches.length === 0 ? '' : ` (branches here: ${list(branches)})`}.`,
    }),
    'no-commits': ({ path }) => ({
      message: `${shortLine(path)} has no commits yet.`,
      hint: 'Commit a first version. allocgate compares it with later ones.',
    }),
    'bare-worktree': ({ path }) => ({
      message: `${shortLine(path)} is a bare repository and has no files to review.`,
      hint: 'Leave out --worktree and pass a commit: --head REV',
    }),
    'git-missing': () => ({
      message: 'git was not found.',
      hint: 'Install it (https://git-scm.com/downloads) or add its folder to PATH.',
    }),
    'git-failed': ({ command, ended }) => ({
      message: `${shortLine(command)} ${describeGitEnd(ended)}.`,
      hint: 'Run git fsck in the repository. If it reports nothing, this is a bug in allocgate.',
    }),
    'missing-objects': () => ({
      message:
        'The repository lacks objects of the commits to compare. It is a partial clone, or it is damaged.',
      hint: 'Fetch the objects (git fetch --refetch), or check the repository: git fsck',
    }),
    'fetch-failed': describeFetchFailure,
    'github-failed': describeGitHubFailure,
    'tree-too-large': ({ reason, limit }) => {
      const { noun, setting } = treeLimits[reason];
      return {
        message: `The commits contain more than ${limit} ${noun}, which is more than allocgate reviews.`,
        hint:
          setting === null
            ? 'Compare commits that are closer together, or review a smaller repository.'
            : `Raise limits.${setting} in the settings (${SETTINGS_HINT}), or review a smaller repository.`,
      };
    },
    'go-missing': ({ output }) =>
      output === null
        ? {
            message: 'Go was not found.',
            hint: 'Install it (https://go.dev/dl/) or add its bin folder to PATH.',
          }
        : {
            message: 'Go was found, but it does not work.',
            hint: 'Check it with go env, or reinstall it: https://go.dev/dl/',
          },
    'go-too-old': ({ needs, has }) => ({
      message: `The module needs Go ${shortLine(needs)} or newer; the installed version is ${shortLine(has)}.`,
      hint: 'Install a newer Go: https://go.dev/dl/ (allocgate never downloads one itself)',
    }),
    'go-failed': (facts) => ({
      message: `${shortLine(facts.command)} ${describeGoEnd(facts)}.`,
      hint:
        facts.ended === 'exited'
          ? 'Run it in the repository to see the full message. Usual reasons are a module that cannot be downloaded, and a go.mod, go.sum or vendor folder that is not up to date (go mod tidy, go mod vendor).'
          : `Run it again: what was compiled of base is kept. Or review fewer packages (--packages), or raise the limit in the settings (${SETTINGS_HINT}).`,
    }),
    'no-go-files': ({ path }, command) => ({
      message: `Found no Go files in ${shortLine(path)}, neither at base nor at head.`,
      hint: `Pass the repository that contains them: ${command} DIR`,
    }),
    'no-go-mod': ({ paths, isConfigured }, command) => ({
      message: `Found no go.mod in ${list(paths)}. allocgate reviews Go modules.`,
      hint: isConfigured
        ? 'Correct benchmarks.modules in .github/allocgate.yml: it lists the folders that contain a go.mod.'
        : `Make the code a module (go mod init), or pass the repository that contains one: ${command} DIR`,
    }),
    'bad-config': ({ path }) => ({
      message: `The configuration ${shortLine(path)} is invalid.`,
      hint: 'Correct it. allocgate config schema prints the valid keys and values.',
    }),
    'bad-settings': (facts) =>
      'problems' in facts
        ? {
            message: `The settings ${shortLine(facts.path)} are invalid.`,
            hint: 'Correct them. allocgate config schema --settings prints the valid keys and values.',
          }
        : {
            message: `Cannot read the settings ${shortLine(facts.path)}${endWithReason(facts.unreadable)}`,
            hint: 'Pass a file that you can read: ALLOCGATE_SETTINGS=FILE',
          },
    'bad-option': describeOptionProblem,
    'unknown-rule': ({ rule, similar }) => ({
      message: `There is no rule named "${shortLine(rule)}".`,
      hint: similar === null ? 'allocgate rules lists all rules.' : `Did you mean ${shortLine(similar)}?`,
    }),
    'disk-full': ({ path }) => ({
      message: `The disk is full${path === undefined ? '' : ` (${shortLine(path)})`}.`,
      hint: 'Free some space, or set TMPDIR to a folder on a larger disk.',
    }),
    'output-not-writable': ({ path, reason, isFolder }) => ({
      message: `Cannot write ${path === null ? 'to standard output' : shortLine(path)}${endWithReason(reason)}`,
      hint: isFolder
        ? 'Pass a folder that you can write to, or a path where one can be made.'
        : 'Pass a file in a folder that exists and that you can write to.',
    }),
    'temp-not-writable': ({ path, reason }) => ({
      message: `Cannot write temporary files in ${shortLine(path)}${endWithReason(reason)}`,
      hint: 'Set TMPDIR to a folder that exists and that you can write to.',
    }),
    'sandbox-unavailable': describeSandboxFailure,
    'wrong-architecture': ({ arch }) => ({
      message: `A worker measures on amd64, but this machine is ${shortLine(arch)}.`,
      hint: 'Sizes and inlining differ between architectures. Run allocgate worker on an amd64 machine with the same DATABASE_URL; allocgate serve can then run on any machine.',
    }),
    'bad-environment': ({ variable, reason }) => ({
      message: `Invalid ${shortLine(variable)}${endWithReason(reason)}`,
      hint: 'allocgate serve --help lists the variables, and allocgate doctor checks them.',
    }),
    'database-unavailable': ({ place, reason }) => ({
      message: `Cannot use the database ${shortLine(place)}${endWithReason(reason)}`,
      hint: 'DATABASE_URL must name a running PostgreSQL. Without it, ALLOCGATE_DATA is the folder of an embedded database, which only one process can use.',
    }),
    interrupted: () => ({ message: 'Interrupted before the command was done.', hint: '' }),
    internal: () => ({
      message: 'allocgate failed unexpectedly.',
      hint: 'This is a bug in allocgate: report it with the lines above.',
    }),
  };

/** The last lines of a failed program, or the problems of a configuration. */
function listLines({ facts }: FailureReason): readonly string[] {
  if ('problems' in facts) return facts.problems;
  if ('output' in facts) return facts.output ?? [];
  if ('detail' in facts && typeof facts.detail === 'object') return facts.detail;
  return [];
}

const describe = <Code extends FailureCode>(
  code: Code,
  facts: FailureFacts[Code],
  command: string,
): FailureSentences => sentences[code](facts, command);

/** Explains to a person at a terminal why a command failed. */
export function describeFailure(failure: FailureReason, command = 'allocgate review'): FailureText {
  const { message, hint } = describe(failure.code, failure.facts, command);
  const lines = listLines(failure)
    .map((line) => toLogLine(shortLine(line)))
    .filter((line) => line.trim() !== '');
  return { message: toLogLine(message), hint: toLogLine(hint), lines };
}
