import { Failure, type OptionProblem } from '../errors.ts';

/** A pull request from its URL, and the addresses of its server. No URL ends with a slash. */
export type PullRequestAddress = {
  /** The page of the pull request, without anything after the number. */
  url: string;
  owner: string;
  repo: string;
  number: number;
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  apiUrl: string;
  /** `https://github.com`, the base URL of repositories. */
  serverUrl: string;
};

type Server = Pick<PullRequestAddress, 'apiUrl' | 'serverUrl'>;
type Environment = Readonly<Record<string, string | undefined>>;

const PULL_REQUEST = /^\/(?<owner>[\w.-]+)\/(?<repo>[\w.-]+)\/pull\/(?<number>[1-9]\d{0,8})(?:\/.*)?$/u;

/** Whether the argument of `allocgate review` is a URL and not a folder. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//iu.test(text);
}

/**
 * Whether a text looks like the URL of a pull request without protocol, as browsers show it. It can still be a folder.
 */
export function lacksProtocol(text: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\/[\w.-]+\/[\w.-]+\/pull\/\d+/u.test(text);
}

const trimSlash = (url: string): string => url.replace(/\/+$/u, '');

/** The servers to which the token may be sent: github.com, and those in the environment. */
function listServers(environment: Environment): Server[] {
  const { GHE_HOST: host, GITHUB_SERVER_URL: server } = environment;
  const protocol = environment['GHE_PROTOCOL'] || 'https';
  const apiOf = (url: string): string =>
    url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`;
  const urls = [...(server ? [trimSlash(server)] : []), ...(host ? [`${protocol}://${host}`] : [])];
  // GitHub Actions sets both variables (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
  const { GITHUB_API_URL: api } = environment;
  return [...urls, 'https://github.com'].map((serverUrl, index) => ({
    serverUrl,
    apiUrl: server && api && index === 0 ? trimSlash(api) : apiOf(serverUrl),
  }));
}

function refuse(url: string, problem: OptionProblem): never {
  throw new Failure('bad-option', { option: 'URL', value: url, problem });
}

/**
 * Parses the URL of a pull request, with any text that a browser shows after the number. Its server must be github.com,
 * or the one that `GHE_HOST`, or `GITHUB_SERVER_URL` with `GITHUB_API_URL`, name: the token is sent only to them.
 * Throws `bad-option`.
 */
export function readPullRequestUrl(text: string, environment: Environment): PullRequestAddress {
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '')
    refuse(text.replace(/\/\/.*@/u, '//…@'), { kind: 'not-a-pull-request' });
  const host = url.host.replace(/^www\.(?=github\.com$)/u, '');
  const server = listServers(environment).find(({ serverUrl }) => URL.parse(serverUrl)?.host === host);
  if (!server) refuse(text, { kind: 'unknown-host', host });
  const prefix = URL.parse(server.serverUrl)?.pathname.replace(/\/$/u, '') ?? '';
  const path = url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : '';
  const { owner = '', repo = '', number = '' } = PULL_REQUEST.exec(path)?.groups ?? {};
  if (number === '' || /^\.+$/u.test(owner) || /^\.+$/u.test(repo))
    refuse(text, { kind: 'not-a-pull-request' });
  const page = `${server.serverUrl}/${owner}/${repo}/pull/${number}`;
  return { ...server, url: page, owner, repo, number: Number(number) };
}
