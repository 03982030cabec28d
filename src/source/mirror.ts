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
  /** The folder of the bare mirror, used only for this repository. It is created if necessary. */
  gitDir: string;
  /** Commits (40 hexadecimal digits), and `refs/pull/N/head`. */
  refs: readonly string[];
  /** Default: 15 minutes, 4 GiB. */
  limits?: Partial<FetchLimits>;
  signal: AbortSignal;
};

type Fetch = { url: URL; request: FetchRequest; limits: FetchLimits };

const defaultLimits: FetchLimits = { ms: 15 * 60_000, bytes: 4 * 2 ** 30 };

const SHA = /^[0-9a-f]{40}$/u;
const PULL_REQUEST_REF = /^refs\/pull\/[1-9]\d{0,9}\/head$/u;

/** Our refs for fetched commits prevent garbage collection, and show later fetches what exists. */
const COMMIT_REFS = 'refs/allocgate/commits';

function nameLocally(ref: string): string {
  return SHA.test(ref) ? `${COMMIT_REFS}/${ref}` : ref.replace(/^refs\//u, 'refs/allocgate/');
}

/**
 * Harmless flaws of names, dates and modes that are common in old histories on GitHub
 * (https://git-scm.com/docs/git-fsck#_fsck_messages). A fetch would treat them as errors.
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

/**
 * Redirects are not followed, because one could send the token to another host. Callers know the repository's current
 * name.
 */
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
  // Larger files are checked in pieces instead of in memory.
  'core.bigFileThreshold=64m',
].flatMap((setting) => ['-c', setting]);

function fail(url: string, problem: FetchProblem, detail: readonly string[] = [], limit = ''): Failure {
  return new Failure('fetch-failed', { url, problem, detail, limit });
}

/** Parses a URL and refuses one with a password. */
function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/u.test(url.protocol)) throw fail('', 'bad-name', [text.replace(/\/\/.*@/u, '//')]);
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '')
    throw fail(url.origin + url.pathname, 'bad-name');
  return url;
}

/**
 * Ensures that commits are in a repository's mirror with their complete history. If all are there, no request is sent.
 * Received objects are checked; no hook, helper or submodule runs. The token is passed to git only through the
 * environment. Several processes can fetch into one mirror; one that a killed process left broken is repaired or
 * created again.
 *
 * Throws Failure `fetch-failed` (see `FetchProblem`), `disk-full`, `git-missing`, `interrupted`.
 */
export async function fetchCommits(request: FetchRequest): Promise<void> {
  const url = readUrl(request.url);
  const bad = request.refs.find((ref) => !SHA.test(ref) && !PULL_REQUEST_REF.test(ref));
  if (bad !== undefined) throw fail(url.href, 'bad-name', [bad]);
  const fetch: Fetch = { url, request, limits: { ...defaultLimits, ...request.limits } };
  let isNew = false;
  for (let attempt = 1; ; attempt += 1) {
    isNew = (await ensureMirror(request)) || isNew;
    // Its time stamp shows when it was last used.
    await utimes(request.gitDir, new Date(), new Date()).catch(() => {});
    const missing = await listMissing(request);
    if (missing.length === 0) return;
    const { problem, detail } = await runFetch(fetch, missing);
    if (problem === null) return;
    if (problem === 'busy' && attempt < BUSY_ATTEMPTS) {
      await waitForLocks(request);
    } else if (problem === 'unknown' && !isNew) {
      // Whatever is wrong with a mirror, it can be fetched again.
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

/** The refs to fetch: none if all commits exist, because a pull request's ref only serves to get its commit. */
async function listMissing(request: FetchRequest): Promise<string[]> {
  const context = mirrorContext(request);
  const missing: string[] = [];
  const commits = [...new Set(request.refs)].filter((ref) => SHA.test(ref));
  for (const commit of commits) {
    const args = ['rev-parse', '--verify', '--quiet', `${nameLocally(commit)}^{commit}`];
    const { stdout } = await runGit(context, args, { accept: 'any' });
    if (stdout.trimEnd() !== commit) missing.push(commit);
  }
  const others = request.refs.filter((ref) => !SHA.test(ref));
  return missing.length === 0 && commits.length > 0 ? [] : [...missing, ...others];
}

/**
 * The token in the form that GitHub expects over git (https://docs.github.com/en/apps, "HTTP-based Git access by an
 * installation").
 */
function authorize({ origin }: URL, token: string | null): Record<string, string> {
  if (token === null) return {};
  const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  };
}

/** The operator's settings for servers with custom certificates. */
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

/** `problem` null: all refs were fetched. */
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

/** Removes the token from a text, because a server or proxy can repeat it. */
function hideToken(text: string, token: string | null): string {
  if (token === null) return text;
  const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');
  return text.replaceAll(token, '…').replaceAll(encoded, '…');
}

const BUSY_ATTEMPTS = 30;
const BUSY_MS = 500;
/** git holds a lock for milliseconds, so one of this age was left by a killed process. */
const STALE_LOCK_MS = 10_000;

async function waitForLocks({ gitDir, signal }: FetchRequest): Promise<void> {
  await removeOld(gitDir, (name) => name.endsWith('.lock'), STALE_LOCK_MS);
  await setTimeout(BUSY_MS, undefined, { signal }).catch((error: unknown) => {
    throw new Failure('interrupted', {}, { cause: error });
  });
}
