import type { FailureFacts, OptionProblem, UselessOption } from '../../errors.ts';
import { shortLine } from '../model/escape.ts';
import type { FailureSentences } from './failure-words.ts';
import { usageHint } from './help.ts';

const ADDRESS_FORM = 'https://github.com/OWNER/REPO/pull/N';

/** Why an option of `allocgate review` does not apply to a pull request. */
const uselessReasons: Record<UselessOption, string> = {
  base: 'a pull request has its own base',
  direct: 'a pull request is always compared with its merge base',
  head: 'a pull request has its own head',
  worktree: 'a pull request has no work tree',
  packages: "the configuration of the pull request's base chooses the packages",
  tags: "the configuration of the pull request's base sets the build tags",
  'save-profiles': 'review a clone to keep its profiles',
  config: 'a pull request uses the configuration of its base',
  'no-sandbox':
    'anybody can open a pull request, so its code always runs in the sandbox that the settings choose',
  budget: "the configuration of the pull request's base sets the budget",
  prove: 'it needs the commits on this machine',
  fix: 'a pull request has no work tree',
  bench: '--post and --dry-run always cover all benchmarks',
  post: '--dry-run writes nothing, so it cannot be combined with --post',
};

function describeReason(problem: OptionProblem, value: string): string {
  switch (problem.kind) {
    case 'not-a-regexp':
      return shortLine(problem.reason);
    case 'several-to-stdout':
      return 'only one format can go to standard output; give the others a file, such as --format json=review.json';
    case 'stdout-taken':
      return '--dry-run prints to standard output; give the format a file, such as --format json=review.json';
    case 'same-file':
      return 'only one format can go to a file; give each a file of its own';
    case 'no-protocol':
      return `the URL of a pull request starts with https://, as in https://${value}`;
    case 'not-a-pull-request':
      return `the URL of a pull request has the form ${ADDRESS_FORM}`;
    case 'unknown-host':
      return `${shortLine(problem.host)} is not a known GitHub server; for GitHub Enterprise Server, set GHE_HOST to its name`;
    case 'useless':
      return uselessReasons[problem.why];
    case 'needs-pull-request':
      return `it needs the URL of a pull request: allocgate review ${ADDRESS_FORM}`;
    case 'head-is-worktree':
      return '--worktree reviews the files themselves, not a commit';
    case 'needs-base':
      return 'it needs a --base to compare with';
    case 'not-minutes':
      return 'it must be a number of minutes, at least 0.1';
    case 'not-tags':
      return 'build tags are separated by commas and consist of letters, digits, underscores and dots';
    case 'matches-no-package':
      return 'no package matches it, neither at base nor at head';
    case 'matches-no-benchmark':
      return 'no benchmark in the chosen packages matches it, neither at base nor at head';
    case 'matches-no-sub-benchmark':
      return 'none of the benchmarks that run in the chosen packages matches it';
    case 'matches-no-history':
      return 'no measured benchmark of these commits matches it';
    case 'not-a-count':
      return `it must be a whole number of commits, from 1 to ${problem.most}`;
    case 'unreadable':
      return shortLine(problem.reason).replace(/\.$/u, '');
  }
}

/** What to write instead of a package pattern that matches nothing. */
function describePackages(
  { similar, module }: { similar: string | null; module: string | null },
  command: string,
): string {
  if (module !== null) {
    const dir = shortLine(module);
    return `${dir} is a separate module. Pass its folder, and patterns relative to it: ${command} ${dir}`;
  }
  return similar === null
    ? 'Patterns are those of go list, such as ./codec or ./internal/..., relative to the folder of go.mod.'
    : `Did you mean ${shortLine(similar)}?`;
}

/** What to write instead of an invalid option or value. */
function describeHint(problem: OptionProblem, command: string): string {
  if (problem.kind === 'matches-no-package') return describePackages(problem, command);
  if (problem.kind === 'matches-no-sub-benchmark') {
    return 'The part after the first slash must match the names of sub-benchmarks, as in go test -bench.';
  }
  if (problem.kind === 'unreadable') return 'Pass the path of a configuration; allocgate init writes one.';
  if (problem.kind !== 'matches-no-benchmark' && problem.kind !== 'matches-no-history') {
    return usageHint(command);
  }
  return problem.similar === null
    ? 'It is a case-sensitive regular expression, as in go test -bench.'
    : `Did you mean ${shortLine(problem.similar)}?`;
}

/** Explains why an option, or its value, cannot be used, and what to write instead. */
export function describeOptionProblem(
  { option, value, problem }: FailureFacts['bad-option'],
  command: string,
): FailureSentences {
  const shown = value === null ? '' : ` "${shortLine(value)}"`;
  return {
    message: `Invalid ${option}${shown}: ${describeReason(problem, shortLine(value ?? ''))}.`,
    hint: describeHint(problem, command),
  };
}
