import type { Failure, FailureCode } from '../../errors.ts';
import { describeFailure } from './failures.ts';
import { say, toMarkdown } from '../model/prose.ts';
import type { Prose } from '../model/prose.ts';

/** Why a pull request was not measured. All but `title`, which is plain text of allocgate's own, is Markdown. */
export type GitHubFailureText = { title: string; message: string; hint: string; lines: string[] };

type Facts = Failure['facts'];
type Sentences = { title: string; message: Prose; hint: Prose };

function read(facts: Facts, name: string): string {
  const value = facts[name];
  if (value === undefined) return '';
  return typeof value === 'object' ? value.join(', ') : String(value);
}

const operator = 'Whoever runs this allocgate server';

const sizes: Record<string, string> = {
  changes: 'changed files',
  links: 'symbolic links',
  files: 'files',
  bytes: 'bytes',
};

/** What the go command ran into, as the sandbox names it. */
const goLimits: Record<string, string> = {
  'timed-out': 'ran out of time (`limits.buildSeconds`)',
  'memory-limit': 'used too much memory (`limits.memoryMiB`)',
  'disk-limit': 'wrote too much (`limits.diskMiB`)',
  'output-limit': 'printed too much',
};

function describeGoFailure(facts: Facts): Sentences {
  const limit = goLimits[read(facts, 'ended')];
  return {
    title: 'the go command failed',
    message: say`${read(facts, 'command')} ${[limit ?? `ended with status ${Number(facts['exitCode'] ?? -1)}`]}.`,
    hint:
      limit === undefined
        ? [
            'Modules that cannot be downloaded are the usual reason: private ones have to be vendored, or served by a module proxy that this server may use.',
          ]
        : [`${operator} can raise the limit in its settings; fewer \`benchmarks.packages\` need less.`],
  };
}

const noHistory = (): Sentences => ({
  title: 'no common history',
  message: ['Base and head have no common ancestor, so there is nothing to compare with.'],
  hint: ['Rebase the branch onto the target branch.'],
});

const movedOn = (): Sentences => ({
  title: 'the commits are gone',
  message: ['The repository does not have the commits to compare any more.'],
  hint: ['The branch has probably been pushed to in the meantime; its new head is measured by itself.'],
});

/** Failures that people of the repository can do something about. The others are the server's own. */
const sentences: Partial<Record<FailureCode, (facts: Facts) => Sentences>> = {
  'bad-config': () => ({
    title: 'the configuration is broken',
    message: ['`.github/allocgate.yml` cannot be used:'],
    hint: [
      'It is read from the commit that the pull request is compared with, so that no pull request can weaken its own gate: correct it on the target branch, and rebase.',
    ],
  }),
  'no-go-mod': (facts) => ({
    title: 'no Go module',
    message:
      facts['modules'] === undefined
        ? ['There is no `go.mod` at the top of the repository.']
        : say`There is no ${['`go.mod`']} in ${read(facts, 'path')}.`,
    hint: ['`benchmarks.modules` in `.github/allocgate.yml` lists the folders that hold one.'],
  }),
  'no-go-files': () => ({
    title: 'no Go files',
    message: ['There are no Go files, neither at base nor at head.'],
    hint: ['allocgate reviews Go modules; it need not be installed on this repository.'],
  }),
  'no-merge-base': noHistory,
  'shallow-clone': noHistory,
  'unknown-revision': movedOn,
  'missing-objects': movedOn,
  'go-too-old': (facts) => ({
    title: 'Go is too old',
    message: say`The module needs Go ${read(facts, 'needs')} or newer; this server has ${read(facts, 'has')}.`,
    hint: [`${operator} has to install it: allocgate never downloads a Go by itself.`],
  }),
  'tree-too-large': (facts) => ({
    title: 'the repository is too large',
    message: say`The commits hold more than ${Number(facts['limit'])} ${[sizes[read(facts, 'reason')] ?? 'files']}, which is more than allocgate reviews.`,
    hint: [`${operator} can raise the limits on files in its settings.`],
  }),
  'go-failed': describeGoFailure,
  'bad-option': (facts) => ({
    title: 'not a regular expression',
    message: say`${read(facts, 'value')} is not a regular expression that Go accepts${reasonOf(facts)}`,
    hint: ['`/allocgate run REGEXP` takes what `go test -bench` takes.'],
  }),
  'fetch-failed': (facts) =>
    read(facts, 'reason') === 'missing-commit'
      ? movedOn()
      : {
          title: 'the repository could not be fetched',
          message: ['The commits could not be fetched.'],
          hint: [
            `The App needs permission to read the contents of the repository. ${operator} finds the details in its log.`,
          ],
        },
};

const reasonOf = (facts: Facts): Prose => {
  const reason = read(facts, 'reason');
  return reason === '' ? ['.'] : say`: ${reason}`;
};

/** A server's own troubles: its paths and stacks are none of a pull request's business. */
const ownTrouble: Sentences = {
  title: 'a problem of the server',
  message: ['The server could not make this review. That has nothing to do with the change.'],
  hint: [`${operator} finds the reason in its log.`],
};

/** Failures whose last lines of output come from the repository. */
const quoted: ReadonlySet<FailureCode> = new Set(['bad-config', 'go-failed']);

/** Says to the people of a pull request what kept it from being measured, and what they can do about it. */
export function describeFailureOnGitHub(failure: Pick<Failure, 'code' | 'facts'>): GitHubFailureText {
  const { title, message, hint } = sentences[failure.code]?.(failure.facts) ?? ownTrouble;
  return {
    title,
    message: toMarkdown(message),
    hint: toMarkdown(hint),
    lines: quoted.has(failure.code) ? describeFailure(failure).lines : [],
  };
}
