import { Failure, type OptionProblem } from '../errors.ts';

/** A pull request as its address names it, and where its server answers. No URL ends in a slash. */
export type PullRequestAddress = {
  /** The page, without what may follow the number. */
  url: string;
  owner: string;
  repo: string;
  number: number;
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  apiUrl: string;
  /** `https://github.com`: repositories are fetched from below it. */
  serverUrl: string;
};

type Server = Pick<PullRequestAddress, 'apiUrl' | 'serverUrl'>;
type Environment = Readonly<Record<string, string | undefined>>;

const PULL_REQUEST = /^\/(?<owner>[\w.-]+)\/(?<repo>[\w.-]+)\/pull\/(?<number>[1-9]\d{0,8})(?:\/.*)?$/u;

/** Whether what `allocgate review` is given is an address and not a folder. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//iu.test(text);
}

/** What a browser shows of a pull request's address; it may be a folder all the same. */
export function lacksProtocol(text: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\/[\w.-]+\/[\w.-]+\/pull\/\d+/u.test(text);
}

const trimSlash = (url: string): string => url.replace(/\/+$/u, '');

/** The servers that the token may go to: github.com, and those that the environment names. */
function listServers(environment: Environment): Server[] {
  const { GHE_HOST: host, GITHUB_SERVER_URL: server } = environment;
  const protocol = environment['GHE_PROTOCOL'] || 'https';
  const apiOf = (url: string): string =>
    url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`;
  const urls = [...(server ? [trimSlash(server)] : []), ...(host ? [`${protocol}://${host}`] : [])];
  // As GitHub Actions sets both (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
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
 * Reads a pull request's address, with whatever a browser shows behind the number. Its server must be github.com, or the one
 * that `GHE_HOST`, or `GITHUB_SERVER_URL` with `GITHUB_API_URL`, name: the token goes nowhere else. Throws `bad-option`.
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
