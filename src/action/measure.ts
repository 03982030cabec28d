import { toFailure } from '../errors.ts';
import { describeNotMeasured } from '../report/pull-request/check.ts';
import type { CheckOutput } from '../report/model/pull-request.ts';
import type { Review } from '../report/model/review.ts';
import { actionLogs, notMeasuredDraft, notMeasuredFork } from '../report/words/action.ts';
import { describeProgress } from '../report/words/progress.ts';
import { fetchCommits, placeMirror, reviewCommits, warmCaches } from '../review/commits.ts';
import { readConfigAt } from './config-at.ts';
import { writeHandover } from './handover.ts';
import type { EventOf, Job } from './types.ts';

/** The minimum milliseconds between two lines of progress, so that the log of a long review stays readable. */
const PROGRESS_MS = 3000;

/**
 * The job that runs the code under review, in the sandbox, with a token that can only read. It decides nothing: it
 * writes its result, or why there is none, to a file for the gate job. After a push to the default branch it compiles
 * the branch, so that later reviews take less time.
 */
export async function measure(job: Job): Promise<void> {
  const { event, runner } = job;
  switch (event.kind) {
    case 'pull-request':
      return measurePullRequest(job, event);
    case 'merge-group':
      return review(job, { ...event, refs: [], isTrustedBase: false });
    case 'push':
      if (event.isDefaultBranch) return warm(job, event.sha);
      return runner.log(actionLogs.otherBranch);
    case 'comment':
    case 'workflow-run':
    case 'other':
      return runner.log(actionLogs.nothingToMeasure);
  }
}

async function measurePullRequest(job: Job, event: EventOf<'pull-request'>): Promise<void> {
  const { base, headSha, number, isDraft, isFork } = event;
  let output: CheckOutput | null = null;
  try {
    const { drafts, forks } = await readConfigAt(job, base.sha);
    if (isDraft && drafts === 'skip') output = notMeasuredDraft;
    if (isFork && forks === 'never') output = notMeasuredFork;
  } catch (error) {
    output = describeNotMeasured(toFailure(error).reason);
  }
  if (output !== null) return skip(job, output);
  return review(job, {
    baseSha: base.sha,
    headSha,
    refs: [`refs/pull/${number}/head`],
    isTrustedBase: base.ref === job.repository.defaultBranch,
  });
}

async function skip({ dir, runner }: Job, notMeasured: CheckOutput): Promise<void> {
  await writeHandover(dir, { notMeasured });
  runner.log(notMeasured.title);
}

type Commits = { baseSha: string; headSha: string; refs: readonly string[]; isTrustedBase: boolean };

async function review(job: Job, commits: Commits): Promise<void> {
  let result: Review;
  try {
    result = await reviewFetched(job, commits);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code === 'interrupted') throw failure;
    return skip(job, describeNotMeasured(failure.reason));
  }
  await writeHandover(job.dir, { review: result });
  job.runner.log(actionLogs.measured(result.deltas.length, result.findings.length));
}

/** Fetches commits into the repository's mirror, which the workflow caches. */
async function fetchInto({ repository, serverUrl, token, signal }: Job, refs: readonly string[]) {
  const mirror = placeMirror({ host: new URL(serverUrl).host, id: repository.id });
  const url = `${serverUrl}/${repository.owner}/${repository.repo}.git`;
  await fetchCommits({ url, token, gitDir: mirror.gitDir, refs: [...refs], signal });
  return mirror;
}

async function reviewFetched(job: Job, { refs, ...commits }: Commits): Promise<Review> {
  const mirror = await fetchInto(job, [commits.baseSha, commits.headSha, ...refs]);
  let shown = -Infinity;
  const { result } = await reviewCommits({
    ...mirror,
    ...commits,
    bench: null,
    signal: job.signal,
    onProgress: (progress) => {
      if (performance.now() - shown < PROGRESS_MS) return;
      shown = performance.now();
      job.runner.log(describeProgress(progress));
    },
  });
  return result;
}

/** Compiles a merged commit, so that the cache that the workflow saves has it for later reviews. */
async function warm(job: Job, sha: string): Promise<void> {
  const mirror = await fetchInto(job, [sha]);
  await warmCaches({ ...mirror, sha, signal: job.signal });
  job.runner.log(actionLogs.warmed);
}
