import { Failure, type UselessOption, uselessOptions } from '../errors.ts';
import { createTokenClient } from '../github/client.ts';
import { type PullRequestFacts, readPullRequest } from '../github/pull-requests.ts';
import type { GitHub, PullRequestName } from '../github/types.ts';
import { readWriter } from '../github/writer.ts';
import { listWrites } from '../github/writes.ts';
import { toJson } from '../report/model/escape.ts';
import { planReview } from '../report/data/report.ts';
import { formats } from '../report/formats.ts';
import { FETCHING_COMMITS } from '../report/words/command-line.ts';
import { readPageAssets } from '../page-files.ts';
import { describeProgress } from '../report/words/progress.ts';
import { planPullRequest } from '../report/pull-request/plan.ts';
import { renderPullRequestPlan } from '../report/pull-request/preview.ts';
import type { PullRequestPlan } from '../report/model/pull-request.ts';
import { fetchCommits, placeMirror, reviewCommits, tidyMirror } from '../review/commits.ts';
import { reviewExitCode } from './exit-codes.ts';
import { askGitHub } from './github-failures.ts';
import { untilInterrupted } from './interruption.ts';
import { chooseTargets, requireWritable, writeTargets } from './outputs.ts';
import type { ReviewFlags, Target } from './flags.ts';
import { postPlan, runIdOf } from './pull-request-post.ts';
import { type PullRequestAddress, readPullRequestUrl } from './pull-request-url.ts';
import { showProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** The data of one command. */
type Job = {
  address: PullRequestAddress;
  github: GitHub;
  token: string | null;
  signal: AbortSignal;
  terminal: Terminal;
};

/**
 * `allocgate review URL`: reviews a pull request as the App does, and prints what the App would write. `--dry-run`
 * prints each write as data instead, `--post` writes. Exit statuses are those of `runReview`; failures are thrown.
 */
export async function runReviewPullRequest(
  url: string,
  flags: ReviewFlags,
  terminal: Terminal,
): Promise<number> {
  requireUseful(flags);
  const address = readPullRequestUrl(url, process.env);
  const token = takeToken();
  if (flags.post && token === null) {
    const problem = { reason: 'no-token' } as const;
    throw new Failure('github-failed', { url: address.url, hasToken: false, problem, detail: [] });
  }
  const targets = chooseOutputs(flags);
  await requireWritable(targets);
  const github = createTokenClient(token, address.apiUrl);
  return untilInterrupted((signal) =>
    reviewAndTell({ address, github, token, signal, terminal }, flags, targets),
  );
}

/** Removes the token from the environment, so that started programs do not inherit it. */
function takeToken(): string | null {
  const token = process.env['GITHUB_TOKEN']?.trim() ?? '';
  delete process.env['GITHUB_TOKEN'];
  return token === '' ? null : token;
}

/** Refuses options that do not apply to the review of a pull request. */
function requireUseful(flags: ReviewFlags): void {
  const given: Record<UselessOption, string | true | undefined> = {
    base: flags.base,
    direct: flags.direct,
    head: flags.head,
    worktree: flags.worktree,
    packages: flags.packages?.join(' '),
    tags: flags.tags,
    config: flags.config,
    'save-profiles': flags.saveProfiles,
    budget: flags.budget,
    prove: flags.prove,
    fix: flags.fix,
    'no-sandbox': flags.sandbox ? undefined : true,
    bench: flags.post || flags.dryRun ? flags.bench : undefined,
    post: flags.post && flags.dryRun,
  };
  for (const why of uselessOptions) {
    const value = given[why];
    if (value === undefined) continue;
    const problem = { kind: 'useless', why } as const;
    throw new Failure('bad-option', { option: `--${why}`, value: value === true ? null : value, problem });
  }
}

/** The targets of formats. A dry run prints its writes, so other formats need files. */
function chooseOutputs(flags: ReviewFlags): Target[] {
  const targets = chooseTargets(flags, flags.dryRun ? [] : [{ format: 'markdown', file: null }]);
  const loose = targets.find(({ file }) => file === null);
  if (flags.dryRun && loose) {
    const problem = { kind: 'stdout-taken' } as const;
    throw new Failure('bad-option', { option: '--format', value: loose.format, problem });
  }
  return targets;
}

async function reviewAndTell(job: Job, flags: ReviewFlags, targets: readonly Target[]): Promise<number> {
  const { address, github, terminal, signal } = job;
  const facts = await readFacts(job);
  const { gitDir, review, config } = await reviewFacts(job, facts, flags.bench ?? null);
  const planned = planReview(review, config);
  const plan = planPullRequest(planned, facts.head.sha, {
    repositoryUrl: `${address.serverUrl}/${facts.owner}/${facts.repo}`,
  });
  terminal.clearProgress();
  await writeTargets(targets, terminal, ({ format }, toFile) =>
    format === 'markdown'
      ? renderPullRequestPlan(plan)
      : formats[format].render(planned, {
          colour: terminal.colour && !toFile,
          width: terminal.width,
          readAssets: readPageAssets,
        }),
  );
  const target = { owner: facts.owner, repo: facts.repo, number: facts.number };
  if (flags.dryRun) await printActions(job, target, plan);
  if (flags.post) terminal.printError(await postPlan({ url: address.url, github, target, plan, signal }));
  // Errors are ignored, because this is only for later reviews.
  await tidyMirror({ gitDir, signal }).catch(() => {});
  return reviewExitCode(planned.report, flags.failOn);
}

function ask<T>({ address, token }: Job, question: () => Promise<T>): Promise<T> {
  return askGitHub({ url: address.url, hasToken: token !== null }, question);
}

async function readFacts(job: Job): Promise<PullRequestFacts> {
  const { owner, repo, number, url } = job.address;
  const facts = await ask(job, () => readPullRequest(job.github, { owner, repo, number }));
  if (facts !== null) return facts;
  const problem = { reason: 'not-found' } as const;
  throw new Failure('github-failed', { url, hasToken: job.token !== null, problem, detail: [] });
}

async function reviewFacts(
  { address, token, signal, terminal }: Job,
  facts: PullRequestFacts,
  bench: string | null,
) {
  const { gitDir, cacheName } = placeMirror({
    host: new URL(address.serverUrl).host,
    id: facts.repositoryId,
  });
  const url = `${address.serverUrl}/${facts.owner}/${facts.repo}.git`;
  showProgress(terminal, FETCHING_COMMITS);
  await fetchCommits({ url, token, gitDir, refs: [facts.base.sha, facts.head.sha], signal });
  const { result: review, config } = await reviewCommits({
    gitDir,
    baseSha: facts.base.sha,
    headSha: facts.head.sha,
    bench,
    isTyped: true,
    cacheName,
    pullRequest: facts.isFork ? undefined : facts.number,
    // Trusted, because only people with write access can push to a branch of the repository itself.
    isTrustedBase: true,
    signal,
    onProgress: (progress) => showProgress(terminal, describeProgress(progress)),
  });
  return { gitDir, review, config };
}

async function printActions(job: Job, target: PullRequestName, plan: PullRequestPlan): Promise<void> {
  const { address, github, token, terminal } = job;
  const writer = token === null ? null : await ask(job, () => readWriter(github));
  const actions = await ask(job, () => listWrites({ github, target, writer, plan, runId: runIdOf(plan) }));
  terminal.print(
    toJson({ pullRequest: address.url, headSha: plan.headSha, writer: writer?.login ?? null, actions }),
  );
}
