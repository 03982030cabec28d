/** What kept a server's repository or pull request from being read or written: one sentence, and what to do. */
type Sentences = { message: string; hint: string };
type Read = (fact: string) => string;

/** By what kept git from fetching. */
export function describeFetchFailure(read: Read): Sentences {
  const limit = read('limit');
  const texts: Record<string, Sentences> = {
    'bad-name': {
      message: 'is no place that commits are fetched from.',
      hint: 'This is a bug in allocgate.',
    },
    refused: {
      message: 'does not let these credentials read it.',
      hint: "Check that the token is valid and may read the repository's contents (GITHUB_TOKEN, or the App's permissions).",
    },
    'not-found': {
      message: 'does not exist, or may not be seen with these credentials.',
      hint: 'Check its name; for a private repository, set GITHUB_TOKEN to a token that may read it.',
    },
    moved: { message: 'is elsewhere now.', hint: 'It was renamed or moved: use its present name.' },
    'missing-commit': {
      message: 'does not have the commits to compare.',
      hint: 'The pull request has probably been pushed to in the meantime: review it again.',
    },
    network: { message: 'could not be fetched.', hint: 'Check the network, and try again.' },
    'timed-out': {
      message: `could not be fetched within ${limit}.`,
      hint: 'Try again when the network is faster.',
    },
    'too-large': {
      message: `brings more than ${limit}, which is more than is fetched at once.`,
      hint: 'Review a smaller repository, or a local clone: allocgate review DIR',
    },
    malformed: {
      message: 'holds objects that git does not accept.',
      hint: 'Run git fsck in a clone of it; allocgate does not read what git calls broken.',
    },
    busy: {
      message: 'is being fetched by another process that does not come to an end.',
      hint: 'Look for a hanging git process, and try again.',
    },
  };
  const text = texts[read('reason')] ?? {
    message: 'could not be fetched.',
    hint: 'Try git fetch in a clone of it; if that works, this is a bug in allocgate.',
  };
  return { message: `The repository ${read('url')} ${text.message}`, hint: text.hint };
}

const setToken = 'Set GITHUB_TOKEN to a token that may read it.';

/** By what GitHub answered. */
export function describeGitHubFailure(read: Read): Sentences {
  const url = read('url');
  const hasToken = read('hasToken') === '1';
  const texts: Record<string, Sentences> = {
    'not-found': {
      message: `There is no pull request ${url}, or it may not be seen.`,
      hint: hasToken
        ? 'Check the address, and that GITHUB_TOKEN may read the repository.'
        : `Check the address; if the repository is private: ${setToken}`,
    },
    unauthorised: {
      message: `GitHub does not accept the token for ${url}.`,
      hint: 'Check GITHUB_TOKEN: it has expired, was revoked, or is for another server.',
    },
    forbidden: {
      message: `GitHub refuses ${url}.`,
      hint: hasToken
        ? 'Check what GITHUB_TOKEN may do: read contents and pull requests; to post, write pull requests.'
        : setToken,
    },
    'rate-limited': {
      message: `GitHub's rate limit holds until ${read('until')}.`,
      hint: hasToken
        ? 'Try again after that.'
        : 'Set GITHUB_TOKEN: with a token the limit is much higher; or try again after that.',
    },
    'no-token': { message: `Nobody may write to ${url} without a token.`, hint: 'Set GITHUB_TOKEN.' },
    closed: {
      message: `The pull request ${url} is closed: nothing more was written to it.`,
      hint: 'Reopen it, or leave --post out.',
    },
    moved: {
      message: `The pull request ${url} was pushed to meanwhile: nothing more was written about its old head.`,
      hint: 'Review it again.',
    },
  };
  return (
    texts[read('reason')] ?? {
      message: `GitHub did not answer about ${url}.`,
      hint: 'Check the network and https://www.githubstatus.com, and try again.',
    }
  );
}
