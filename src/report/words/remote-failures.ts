import type { FailureFacts, FetchProblem, GitHubProblem } from '../../errors.ts';
import { shortLine } from '../model/escape.ts';
import type { FailureSentences } from './failure-words.ts';

/** What happened and what to do, for each problem. `limit` is the limit that was reached, with its unit. */
const fetchSentences: Record<FetchProblem, (url: string, limit: string) => FailureSentences> = {
  'bad-name': (url) => ({ message: `Cannot fetch from ${url}.`, hint: 'This is a bug in allocgate.' }),
  refused: (url) => ({
    message: `The server refused access to ${url} with these credentials.`,
    hint: "Check that the token is valid and can read the repository's contents (GITHUB_TOKEN, or the App's permissions).",
  }),
  'not-found': (url) => ({
    message: `The repository ${url} does not exist, or these credentials cannot read it.`,
    hint: 'Check its name. For a private repository, set GITHUB_TOKEN to a token that can read it.',
  }),
  moved: (url) => ({
    message: `The repository ${url} was renamed or moved.`,
    hint: 'Use its current name.',
  }),
  'missing-commit': (url) => ({
    message: `The repository ${url} does not have the commits to compare.`,
    hint: 'The pull request was probably pushed to in the meantime: review it again.',
  }),
  network: (url) => ({
    message: `Could not fetch ${url}.`,
    hint: 'Check the network, and try again.',
  }),
  'timed-out': (url, limit) => ({
    message: `Could not fetch ${url} within ${limit}.`,
    hint: 'Try again when the network is faster.',
  }),
  'too-large': (url, limit) => ({
    message: `Fetching ${url} would download more than ${limit}, which is the limit.`,
    hint: 'Review a smaller repository, or a local clone: allocgate review DIR',
  }),
  malformed: (url) => ({
    message: `The repository ${url} contains objects that git refuses.`,
    hint: 'Run git fsck in a clone of it. allocgate does not read objects that git reports as malformed.',
  }),
  busy: (url) => ({
    message: `The repository ${url} is being fetched by another process that seems stuck.`,
    hint: 'Look for a hanging git process and end it, then try again.',
  }),
  unknown: (url) => ({
    message: `Could not fetch ${url}.`,
    hint: 'Try git fetch in a clone of it. If that works, this is a bug in allocgate.',
  }),
};

/** Explains why git could not fetch from a server. */
export function describeFetchFailure({
  url,
  problem,
  limit,
}: FailureFacts['fetch-failed']): FailureSentences {
  return fetchSentences[problem](shortLine(url), limit);
}

const SET_TOKEN = 'Set GITHUB_TOKEN to a token that can read it.';

/** Explains why GitHub's API could not be used for a pull request. */
export function describeGitHubFailure(facts: FailureFacts['github-failed']): FailureSentences {
  return describeGitHubProblem(facts.problem, shortLine(facts.url), facts.hasToken);
}

function describeGitHubProblem(problem: GitHubProblem, url: string, hasToken: boolean): FailureSentences {
  switch (problem.reason) {
    case 'not-found':
      return {
        message: `There is no pull request ${url}, or you cannot read it.`,
        hint: hasToken
          ? 'Check the URL, and that GITHUB_TOKEN can read the repository.'
          : `Check the URL. If the repository is private: ${SET_TOKEN}`,
      };
    case 'unauthorised':
      return {
        message: `GitHub does not accept the token for ${url}.`,
        hint: 'Check GITHUB_TOKEN: it has expired, was revoked, or is for another server.',
      };
    case 'forbidden':
      return {
        message: `GitHub refused access to ${url}.`,
        hint: hasToken
          ? 'Check the permissions of GITHUB_TOKEN: it must read contents and pull requests; --post also writes pull requests.'
          : SET_TOKEN,
      };
    case 'rate-limited':
      return {
        message: `GitHub's rate limit is exhausted until ${shortLine(problem.until)}.`,
        hint: hasToken
          ? 'Try again after that time.'
          : 'Set GITHUB_TOKEN: the limit is much higher with a token. Or try again after that time.',
      };
    case 'no-token':
      return { message: `Posting to ${url} needs a token.`, hint: 'Set GITHUB_TOKEN.' };
    case 'closed':
      return {
        message: `The pull request ${url} is closed, so nothing more was posted.`,
        hint: 'Reopen it, or leave out --post.',
      };
    case 'moved':
      return {
        message: `The pull request ${url} was pushed to in the meantime, so nothing more was posted about its old head.`,
        hint: 'Review it again.',
      };
    case 'unreachable':
      return {
        message: `GitHub did not respond to a request about ${url}.`,
        hint: 'Check the network and https://www.githubstatus.com, and try again.',
      };
  }
}
