import type { Failure, FailureCode } from '../../errors.ts';
import { shortLine, toLogLine } from '../model/escape.ts';
import { describeFetchFailure, describeGitHubFailure } from './remote-failures.ts';
import { describeSandboxProblem } from './sandbox.ts';

/** What a person is told when a review ends early: what happened, what to do, and the program's own last lines. */
export type FailureText = { message: string; hint: string; lines: string[] };

type Facts = Failure['facts'];
type Sentences = Omit<FailureText, 'lines'>;

/** A fact as one clean word or line; lists are joined. */
function read(facts: Facts, name: string): string {
  const value = facts[name];
  if (value === undefined) return '';
  return shortLine(typeof value === 'object' ? value.join(', ') : String(value));
}

const shortId = (facts: Facts, name: string): string => read(facts, name).slice(0, 12);

const reasonOf = (facts: Facts, name: string): string => {
  const reason = read(facts, name);
  return reason === '' ? '.' : `: ${reason.replace(/\.$/u, '')}.`;
};

const unshallow = 'This clone is shallow. Fetch the rest of the history: git fetch --unshallow';

const limits: Record<string, string> = {
  changes: 'changed files',
  links: 'symbolic links',
  files: 'files',
  bytes: 'bytes',
};

/** The settings behind two of them. */
const treeLimits: Record<string, string> = { files: 'treeFiles', bytes: 'treeMiB' };

function describeGitFailure(facts: Facts): Sentences {
  const reason = read(facts, 'reason');
  const exit = read(facts, 'exitCode');
  const how: Record<string, string> = {
    'unexpected-output': 'printed something unexpected',
    'output-limit': 'printed too much',
  };
  const status =
    exit === '' || exit === '-1'
      ? `ended early${reason === '' ? '' : ` (${reason})`}`
      : `ended with status ${exit}`;
  return {
    message: `${read(facts, 'command')} ${how[reason] ?? status}.`,
    hint: 'Run git fsck in the repository; if it finds nothing, this is a bug in allocgate.',
  };
}

function describeUnknownRevision(facts: Facts): Sentences {
  const similar = read(facts, 'similar');
  const otherwise =
    read(facts, 'shallow') === '1'
      ? unshallow
      : 'Use a branch, tag or commit of this repository; git fetch brings what the remote has.';
  return {
    message: `The repository has no commit named "${read(facts, 'revision')}".`,
    hint: similar === '' ? otherwise : `Did you mean ${similar}?`,
  };
}

function describeNoDefaultBranch(facts: Facts): Sentences {
  const branches = read(facts, 'branches');
  return {
    message: 'Found no default branch to compare with.',
    hint: `Name the base: --base BRANCH${branches === '' ? '' : ` (there are: ${branches})`}.`,
  };
}

function describeBadOption(facts: Facts): Sentences {
  const suggestion = read(facts, 'suggestion');
  const reason = read(facts, 'reason');
  const what = read(facts, 'use') || `"${read(facts, 'value')}"`;
  return {
    message: `${read(facts, 'option')} cannot be ${what}${reason === '' ? '' : `: ${reason}`}.`,
    hint: suggestion === '' ? 'allocgate review --help lists the options.' : `Did you mean "${suggestion}"?`,
  };
}

/** What the operator lets a go command use, by how the sandbox ended it. */
const goLimits: Record<string, string> = {
  'timed-out': 'ran out of time (limits.buildSeconds)',
  'memory-limit': 'used too much memory (limits.memoryMiB)',
  'disk-limit': 'wrote too much (limits.diskMiB)',
  'output-limit': 'printed too much',
};

function describeGoFailure(facts: Facts): Sentences {
  const ended = read(facts, 'ended');
  return {
    message: `${read(facts, 'command')} ${goLimits[ended] ?? `ended with status ${read(facts, 'exitCode')}`}.`,
    hint:
      goLimits[ended] === undefined
        ? 'Run it in the repository to see the whole message. Modules that cannot be downloaded are the usual reason.'
        : 'Review fewer packages (--packages), or raise the limit in the settings: allocgate doctor names the file.',
  };
}

const sentences: Record<FailureCode, (facts: Facts) => Sentences> = {
  'not-a-repository': (facts) => ({
    message: `${read(facts, 'path')} is not a git repository.`,
    hint: 'Stand in one, or name one: allocgate review DIR',
  }),
  'unknown-revision': describeUnknownRevision,
  'no-merge-base': (facts) => ({
    message: `The commits ${shortId(facts, 'base')} and ${shortId(facts, 'head')} have no common ancestor, so there is no base to compare with.`,
    hint: 'Name a base that the head descends from: --base REV',
  }),
  'shallow-clone': (facts) => ({
    message: `The common ancestor of ${shortId(facts, 'base')} and ${shortId(facts, 'head')} is not in this clone.`,
    hint: `${unshallow} (with actions/checkout: fetch-depth: 0)`,
  }),
  'no-default-branch': describeNoDefaultBranch,
  'no-commits': (facts) => ({
    message: `${read(facts, 'path')} has no commits yet, so there is no base to compare with.`,
    hint: 'Commit a first version, then review what you change.',
  }),
  'bare-worktree': (facts) => ({
    message: `${read(facts, 'path')} is a bare repository and has no files to review.`,
    hint: 'Leave --worktree out and name a commit: --head REV',
  }),
  'git-missing': () => ({
    message: 'git was not found.',
    hint: 'Install it (https://git-scm.com/downloads) or add its folder to PATH.',
  }),
  'git-failed': describeGitFailure,
  'missing-objects': () => ({
    message: 'The repository lacks objects of the commits to compare; it is a partial clone or damaged.',
    hint: 'Fetch them (git fetch --refetch), or check the repository: git fsck',
  }),
  'fetch-failed': (facts) => describeFetchFailure((name) => read(facts, name)),
  'github-failed': (facts) => describeGitHubFailure((name) => read(facts, name)),
  'tree-too-large': (facts) => {
    const reason = read(facts, 'reason');
    return {
      message: `The commits hold more than ${read(facts, 'limit')} ${limits[reason] ?? reason}, which is more than allocgate reviews.`,
      hint:
        treeLimits[reason] === undefined
          ? 'Compare commits that lie closer together, or review a smaller repository.'
          : `Raise limits.${treeLimits[reason]} in the settings (allocgate doctor names the file), or review a smaller repository.`,
    };
  },
  'go-missing': (facts) =>
    facts['output'] === undefined
      ? {
          message: 'Go was not found.',
          hint: 'Install it (https://go.dev/dl/) or add its bin folder to PATH.',
        }
      : {
          message: 'Go was found, but does not work.',
          hint: 'Check it with go env, or install it again: https://go.dev/dl/',
        },
  'go-too-old': (facts) => ({
    message: `The module needs Go ${read(facts, 'needs')} or newer; the installed one is ${read(facts, 'has')}.`,
    hint: 'Install a newer Go: https://go.dev/dl/ (allocgate never downloads one by itself)',
  }),
  'go-failed': describeGoFailure,
  'no-go-files': (facts) => ({
    message: `Found no Go files in ${read(facts, 'path')}, at base or at head.`,
    hint: 'Name the repository that has them: allocgate review DIR',
  }),
  'no-go-mod': (facts) => ({
    message: `Found no go.mod in ${read(facts, 'path')}: allocgate reviews Go modules.`,
    hint:
      facts['modules'] === undefined
        ? 'Make the code a module (go mod init), or name the repository that has one: allocgate review DIR'
        : 'Correct benchmarks.modules in .github/allocgate.yml: it lists the folders that hold a go.mod.',
  }),
  'bad-config': (facts) => ({
    message: `The configuration ${read(facts, 'path')} cannot be used.`,
    hint: 'Correct it; allocgate config schema prints what it may hold.',
  }),
  'bad-settings': (facts) =>
    facts['reason'] === undefined
      ? {
          message: `The settings ${read(facts, 'path')} cannot be used.`,
          hint: 'Correct them; allocgate config schema --settings prints what they may hold.',
        }
      : {
          message: `Cannot read the settings ${read(facts, 'path')}${reasonOf(facts, 'reason')}`,
          hint: 'Name a file that you may read: ALLOCGATE_SETTINGS=FILE',
        },
  'bad-option': describeBadOption,
  'unknown-rule': (facts) => {
    const similar = read(facts, 'similar');
    return {
      message: `There is no rule named "${read(facts, 'rule')}".`,
      hint: similar === '' ? 'allocgate rules lists them.' : `Did you mean ${similar}?`,
    };
  },
  'disk-full': (facts) => {
    const path = read(facts, 'path');
    return {
      message: `The disk is full${path === '' ? '' : ` (${path})`}.`,
      hint: 'Free some space, or set TMPDIR to a folder on a larger disk.',
    };
  },
  'output-not-writable': (facts) => ({
    message: `Cannot write ${read(facts, 'path')}${reasonOf(facts, 'reason')}`,
    hint: 'Name a file in a folder that exists and that you may write to.',
  }),
  'temp-not-writable': (facts) => ({
    message: `Cannot keep temporary files in ${read(facts, 'path')}${reasonOf(facts, 'reason')}`,
    hint: 'Set TMPDIR to a folder that exists and that you may write to.',
  }),
  'sandbox-unavailable': (facts) =>
    describeSandboxProblem({
      kind: read(facts, 'kind'),
      program: read(facts, 'program') || read(facts, 'command'),
      detail: read(facts, 'detail'),
      inContainer: facts['inContainer'] === 1,
    }),
  'wrong-architecture': (facts) => ({
    message: `A worker measures on amd64, and this machine is ${read(facts, 'arch')}.`,
    hint: 'Sizes and inlining differ between architectures. Run allocgate worker on an amd64 machine, with the same DATABASE_URL; allocgate serve may run anywhere then.',
  }),
  'bad-environment': (facts) => ({
    message: `${read(facts, 'variable')} is not usable${reasonOf(facts, 'reason')}`,
    hint: 'allocgate serve --help lists the variables; allocgate doctor checks them.',
  }),
  'database-unavailable': (facts) => ({
    message: `The database ${read(facts, 'place')} cannot be used${reasonOf(facts, 'reason')}`,
    hint: 'DATABASE_URL names a PostgreSQL that must be running; without it ALLOCGATE_DATA is the folder of an embedded database, which one process has to itself.',
  }),
  interrupted: () => ({
    message: 'Interrupted before the review was complete.',
    hint: '',
  }),
  internal: () => ({
    message: 'Something went wrong that should not have.',
    hint: 'This is a bug in allocgate: report it with the lines above.',
  }),
};

/** The program's own last lines, or a config's problems; the facts that hold them differ by code. */
function listLines(facts: Facts): string[] {
  return ['problems', 'output', 'detail'].flatMap((name) => {
    const value = facts[name];
    return typeof value === 'object'
      ? value.map((line) => toLogLine(shortLine(line))).filter((line) => line.trim() !== '')
      : [];
  });
}

/** Says what ended a review, what to do about it (empty when nothing is), and what the failing program printed. */
export function describeFailure(failure: Pick<Failure, 'code' | 'facts'>): FailureText {
  const { message, hint } = sentences[failure.code](failure.facts);
  return { message: toLogLine(message), hint: toLogLine(hint), lines: listLines(failure.facts) };
}
