import { utimes } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { Failure, type FetchProblem } from '../errors.ts';
import { runGit, type GitContext, type GitResult } from './command.ts';
import { judgeFetch } from './fetch-words.ts';
import { mirrorContext, discardMirror, ensureMirror, removeOld, watchSize } from './mirror-upkeep.ts';

/** How long one fetch may take (milliseconds) and how much it may add to the mirror (bytes). */
export type FetchLimits = { ms: number; bytes: number };

export type FetchRequest = {
  /** `https://HOST/OWNER/REPOSITORY.git`, or http; without user, password, query. */
  url: string;
  /** Sent to that host alone; null: the repository is public. */
  token: string | null;
  /** Where the bare mirror is or shall be made: a folder of this repository's alone. */
  gitDir: string;
  /** Commits (40 hexadecimal digits), and `refs/pull/N/head`. */
  refs: readonly string[];
  /** Default: 15 minutes, 4 GiB. */
  limits?: Partial<FetchLimits>;
  signal: AbortSignal;
};

type Fetch = { url: URL; request: FetchRequest; limits: FetchLimits };

const defaultLimits: FetchLimits = { ms: 15 * 60_000, bytes: 4 * 2 ** 30 };

const sha = /^[0-9a-f]{40}$/u;
const pullRequestRef = /^refs\/pull\/[1-9]\d{0,9}\/head$/u;

/** Our own names for what was fetched keep it from being collected, and tell later fetches what is there. */
const commitRefs = 'refs/allocgate/commits';

function nameLocally(ref: string): string {
  return sha.test(ref) ? `${commitRefs}/${ref}` : ref.replace(/^refs\//u, 'refs/allocgate/');
}

/**
 * What GitHub took years ago and old histories are full of: flaws of names, dates and modes that harm nobody
 * (https://git-scm.com/docs/git-fsck#_fsck_messages). A fetch counts warnings as errors.
 */
const harmless = [
  'badDate',
  'badDateOverflow',
  'badEmail',
  'badName',
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'multipleAuthors',
  'zeroPaddedFilemode',
];

/** A redirect could take the token to another host, so none is followed: callers know a repository's present name. */
const settings = [
  'credential.helper=',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=120',
  'protocol.version=2',
  'transfer.bundleURI=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'fetch.fsckObjects=true',
  ...harmless.map((flaw) => `fetch.fsck.${flaw}=ignore`),
  // Larger files are checked piece by piece and not in memory.
  'core.bigFileThreshold=64m',
].flatMap((setting) => ['-c', setting]);

function fail(url: string, problem: FetchProblem, detail: readonly string[] = [], limit = ''): Failure {
  return new Failure('fetch-failed', { url, problem, detail, limit });
}

/** What may be said of a URL: a password in it is nobody's business. */
function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/u.test(url.protocol)) throw fail('', 'bad-name', [text.replace(/\/\/.*@/u, '//')]);
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '')
    throw fail(url.origin + url.pathname, 'bad-name');
  return url;
}

/**
 * Makes sure that a repository's commits are in its mirror with their whole history. Where all commits asked for are
 * there already, nothing is sent. Objects are checked as they come in; no hook, helper or submodule of anybody's is run or
 * followed. The token goes through the environment to git and to no other place. Several processes may
 * fetch into one mirror; one that a killed process left broken is mended or made anew.
 *
 * Throws Failure `fetch-failed` (see `FetchProblem`), `disk-full`,
 * `git-missing`, `interrupted`.
 */
export async function fetchCommits(request: FetchRequest): Promise<void> {
  const url = readUrl(request.url);
  const bad = request.refs.find((ref) => !sha.test(ref) && !pullRequestRef.test(ref));
  if (bad !== undefined) throw fail(url.href, 'bad-name', [bad]);
  const fetch: Fetch = { url, request, limits: { ...defaultLimits, ...request.limits } };
  let isNew = false;
  for (let attempt = 1; ; attempt += 1) {
    isNew = (await ensureMirror(request)) || isNew;
    // Its time tells when it was last of use.
    await utimes(request.gitDir, new Date(), new Date()).catch(() => {});
    const missing = await listMissing(request);
    if (missing.length === 0) return;
    const { problem, detail } = await runFetch(fetch, missing);
    if (problem === null) return;
    if (problem === 'busy' && attempt < busyAttempts) {
      await waitForLocks(request);
    } else if (problem === 'unknown' && !isNew) {
      // Whatever is wrong with it, a mirror costs no more than to fetch again.
      await discardMirror(request.gitDir);
      isNew = true;
    } else {
      throw fail(url.href, problem, detail, describeLimit(problem, fetch.limits));
    }
  }
}

function describeLimit(problem: FetchProblem, { ms, bytes }: FetchLimits): string {
  if (problem === 'timed-out') return `${Math.round(ms / 1000)} s`;
  return problem === 'too-large' ? `${Math.round(bytes / 2 ** 20)} MiB` : '';
}

/** What has to be fetched: nothing where all commits are there, for a pull request's ref is only a way to get at one. */
async function listMissing(request: FetchRequest): Promise<string[]> {
  const context = mirrorContext(request);
  const missing: string[] = [];
  const commits = [...new Set(request.refs)].filter((ref) => sha.test(ref));
  for (const commit of commits) {
    const args = ['rev-parse', '--verify', '--quiet', `${nameLocally(commit)}^{commit}`];
    const { stdout } = await runGit(context, args, { accept: 'any' });
    if (stdout.trimEnd() !== commit) missing.push(commit);
  }
  const others = request.refs.filter((ref) => !sha.test(ref));
  return missing.length === 0 && commits.length > 0 ? [] : [...missing, ...others];
}

/** The token as GitHub takes it over git (https://docs.github.com/en/apps, "HTTP-based Git access by an installation"). */
function authorize({ origin }: URL, token: string | null): Record<string, string> {
  if (token === null) return {};
  const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  };
}

/** What an operator sets for servers with certificates of their own. */
function readCertificates(): Record<string, string> {
  const names = ['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function createFetchContext({ url, request }: Fetch, signal: AbortSignal): GitContext {
  return {
    cwd: request.gitDir,
    env: {
      ...readCertificates(),
      ...authorize(url, request.token),
      GIT_DIR: request.gitDir,
      // A folder without .netrc, whose passwords git would send.
      HOME: request.gitDir,
      GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1),
      GIT_ASKPASS: '',
    },
    signal,
  };
}

/** `problem` null: all is there. */
type FetchResult = { problem: FetchProblem | null; detail: string[] };

async function runFetch(fetch: Fetch, refs: readonly string[]): Promise<FetchResult> {
  const { url, request, limits } = fetch;
  const end = new AbortController();
  const timer = AbortSignal.timeout(limits.ms);
  const context = createFetchContext(fetch, AbortSignal.any([request.signal, timer, end.signal]));
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--force'];
  const pairs = refs.map((ref) => `${ref}:${nameLocally(ref)}`);
  const args = [...settings, 'fetch', ...options, '--', url.href, ...pairs];
  const watch = await watchSize(request.gitDir, limits.bytes, () => end.abort());
  try {
    const result = await runGit(context, args, { accept: 'any' });
    return describeResult(result, request.token);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'interrupted' || request.signal.aborted) throw error;
    return { problem: end.signal.aborted ? 'too-large' : 'timed-out', detail: [] };
  } finally {
    watch.stop();
  }
}

function describeResult(result: GitResult, token: string | null): FetchResult {
  if (result.exitCode === 0) return { problem: null, detail: [] };
  const detail = hideToken(result.stderr.trimEnd(), token).split('\n').slice(-5);
  const problem = judgeFetch(result.stderr);
  if (problem === 'disk-full') throw new Failure('disk-full', { detail });
  return { problem, detail };
}

/** Whatever a server or a proxy repeats of what it was sent. */
function hideToken(text: string, token: string | null): string {
  if (token === null) return text;
  const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');
  return text.replaceAll(token, '…').replaceAll(encoded, '…');
}

const busyAttempts = 30;
const BUSY_MS = 500;
/** git holds a lock for milliseconds; one this old is what a killed process left. */
const STALE_LOCK_MS = 10_000;

async function waitForLocks({ gitDir, signal }: FetchRequest): Promise<void> {
  await removeOld(gitDir, (name) => name.endsWith('.lock'), STALE_LOCK_MS);
  await setTimeout(BUSY_MS, undefined, { signal }).catch((error: unknown) => {
    throw new Failure('interrupted', {}, { cause: error });
  });
}
