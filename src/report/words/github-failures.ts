import type { FailureCode, FailureFacts, FailureReason } from '../../errors.ts';
import { say, toMarkdown, type Prose } from '../model/prose.ts';
import { describeFailure, describeGoEnd, treeLimits } from './failures.ts';

/** Why a pull request was not measured. `title` is plain text without foreign parts; the rest is Markdown. */
export type GitHubFailureText = { title: string; message: string; hint: string; lines: string[] };

type Sentences = { title: string; message: Prose; hint: Prose };

const OPERATOR = 'The operator of this allocgate server';

const noHistory = (): Sentences => ({
  title: 'no common history',
  message: ['Base and head have no common ancestor, so there is nothing to compare with.'],
  hint: ['Rebase the branch onto the target branch.'],
});

const movedOn = (): Sentences => ({
  title: 'the commits are gone',
  message: ['The repository no longer has the commits to compare.'],
  hint: ['The branch was probably pushed to in the meantime. Its new head is measured separately.'],
});

const IN_SETTINGS = `${OPERATOR} can raise the limits on files in its settings.`;

/** What people can do about a commit that exceeds a limit of a tree. The limits on links and changes are fixed. */
const treeHints: Readonly<Record<FailureFacts['tree-too-large']['reason'], string>> = {
  changes: 'This limit is fixed. Split the change into several pull requests.',
  links: 'This limit is fixed, so allocgate cannot review this repository.',
  files: IN_SETTINGS,
  bytes: IN_SETTINGS,
};

/** Null: a failure of the server itself, whose paths and stacks do not belong on a pull request. */
const sentences: { [Code in FailureCode]: ((facts: FailureFacts[Code]) => Sentences | null) | null } = {
  'bad-config': () => ({
    title: 'the configuration is invalid',
    message: ['`.github/allocgate.yml` is invalid:'],
    hint: [
      'allocgate reads it from the target branch, so that a pull request cannot weaken its own gate. Correct it there, then rebase this pull request or push to it.',
    ],
  }),
  'no-go-mod': ({ paths, isConfigured }) => ({
    title: 'no Go module',
    message: isConfigured
      ? say`There is no ${['`go.mod`']} in ${paths.join(', ')}.`
      : ['There is no `go.mod` at the top of the repository.'],
    hint: ['List the folders that contain one as `benchmarks.modules` in `.github/allocgate.yml`.'],
  }),
  'no-go-files': () => ({
    title: 'no Go files',
    message: ['There are no Go files, neither at base nor at head.'],
    hint: ['allocgate reviews Go modules. It does not need to be installed on this repository.'],
  }),
  'no-merge-base': noHistory,
  'shallow-clone': noHistory,
  'unknown-revision': movedOn,
  'missing-objects': movedOn,
  'go-too-old': ({ needs, has }) => ({
    title: 'Go is too old',
    message: say`The module needs Go ${needs} or newer; this server has ${has}.`,
    hint: [`${OPERATOR} must install it: allocgate never downloads a Go version itself.`],
  }),
  'tree-too-large': ({ reason, limit }) => ({
    title: 'the repository is too large',
    message: say`The commits contain more than ${limit} ${[treeLimits[reason].noun]}, which is more than allocgate reviews.`,
    hint: [treeHints[reason]],
  }),
  'go-failed': (facts) => ({
    title: 'the go command failed',
    message: say`${facts.command} ${[describeGoEnd(facts)]}.`,
    hint:
      facts.ended === 'exited'
        ? [
            'Usual reasons are a module that cannot be downloaded (vendor private modules, or serve them from a module proxy that this server can use), and a `go.mod`, `go.sum` or `vendor` folder that is not up to date.',
          ]
        : [
            `Run it again: what was compiled of the base is kept. ${OPERATOR} can raise the limit in its settings. A shorter list of \`benchmarks.packages\` needs less.`,
          ],
  }),
  'bad-option': ({ value, problem }) =>
    problem.kind === 'not-a-regexp'
      ? {
          title: 'invalid regular expression',
          message: say`${value ?? ''} is not a valid Go regular expression: ${problem.reason}`,
          hint: ['`/allocgate run REGEXP` takes the same expressions as `go test -bench`.'],
        }
      : null,
  'fetch-failed': ({ problem }) =>
    problem === 'missing-commit'
      ? movedOn()
      : {
          title: 'the repository could not be fetched',
          message: ['The commits could not be fetched.'],
          hint: [
            `A usual reason is that the App may not read the contents of the repository. ${OPERATOR} finds the details in its log.`,
          ],
        },
  'not-a-repository': null,
  'no-default-branch': null,
  'no-commits': null,
  'bare-worktree': null,
  'git-missing': null,
  'git-failed': null,
  'github-failed': null,
  'go-missing': null,
  'bad-settings': null,
  'unknown-rule': null,
  'disk-full': null,
  'output-not-writable': null,
  'temp-not-writable': null,
  'sandbox-unavailable': null,
  'wrong-architecture': null,
  'bad-environment': null,
  'database-unavailable': null,
  interrupted: null,
  internal: null,
};

const serverFailure: Sentences = {
  title: 'the server failed',
  message: ['The server could not complete this review. The reason is not in the change.'],
  hint: [`${OPERATOR} finds the reason in its log.`],
};

const describe = <Code extends FailureCode>(code: Code, facts: FailureFacts[Code]): Sentences =>
  sentences[code]?.(facts) ?? serverFailure;

/** Failures whose last lines of output come from the repository and may be shown on its pull request. */
const quoted: ReadonlySet<FailureCode> = new Set<FailureCode>(['bad-config', 'go-failed']);

/** Explains on a pull request why it was not measured, and what the people there can do about it. */
export function describeFailureOnGitHub(failure: FailureReason): GitHubFailureText {
  const { title, message, hint } = describe(failure.code, failure.facts);
  return {
    title,
    message: toMarkdown(message),
    hint: toMarkdown(hint),
    lines: quoted.has(failure.code) ? describeFailure(failure).lines : [],
  };
}
