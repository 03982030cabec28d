import { Failure } from '../../errors.ts';
import { LostClaim } from '../../github/errors.ts';
import { updateCheckRun } from '../../github/checks.ts';
import { describeProgressOutput } from '../../report/pull-request/check.ts';
import type { Progress } from '../../report/words/progress.ts';
import { type CommitsRequest, placeMirror } from '../../review/commits.ts';
import type { Run } from '../../store/types.ts';
import { nameOf, type Work } from '../types.ts';

/** The minimum milliseconds between two updates of the progress on a check. */
const PROGRESS_MS = 10_000;

function isRefusedFetch(error: unknown): boolean {
  if (!(error instanceof Failure) || error.reason.code !== 'fetch-failed') return false;
  const { problem } = error.reason.facts;
  return problem === 'refused' || problem === 'not-found';
}

/** Fetches the commits into this machine's mirror of the repository, which is kept across runs and renames. */
export async function fetchInto(
  { engine, gitHub, gitUrl, repository, heartbeat }: Work,
  refs: string[],
): Promise<ReturnType<typeof placeMirror>> {
  const mirror = placeMirror({ host: new URL(gitUrl).host, id: repository.id });
  const url = `${gitUrl}/${repository.owner}/${repository.name}.git`;
  const fetchWith = (token: string): Promise<void> =>
    engine.fetchCommits({ url, token, gitDir: mirror.gitDir, refs, signal: heartbeat.signal });
  const token = await gitHub.gitToken(repository.installationId, repository.id);
  try {
    await fetchWith(token);
  } catch (error) {
    if (!isRefusedFetch(error)) throw error;
    // A token can become invalid before it expires, for example when the repositories of the installation change.
    gitHub.dropToken(token);
    await fetchWith(await gitHub.gitToken(repository.installationId, repository.id));
  }
  return mirror;
}

/**
 * Creates a reporter that shows the progress of a run on its check, by one request at a time and only while this process
 * has the claim. `stop` resolves when no request is pending, so that later writes are not overwritten.
 */
function createProgressReporter({ github, repository, run, store, claim, log, timing }: Work) {
  let last = Date.now();
  let current: Promise<void> = Promise.resolve();
  let isBusy = false;
  let isStopped = false;
  const send = async (progress: Progress): Promise<void> => {
    if (run.checkRunId === null || !(await store.extendClaim(claim, timing.leaseMs))) return;
    const output = describeProgressOutput(progress);
    await updateCheckRun(github, nameOf(repository), run.checkRunId, { status: 'in_progress', output });
  };
  return {
    report: (progress: Progress): void => {
      log.debug({ step: progress.phase, progress });
      if (isStopped || isBusy || Date.now() - last < PROGRESS_MS) return;
      isBusy = true;
      last = Date.now();
      // Missing progress does no harm, so errors are only logged.
      current = send(progress)
        .catch((error: unknown) => log.debug({ step: 'progress', err: error }))
        .finally(() => (isBusy = false));
    },
    stop: async (): Promise<void> => {
      isStopped = true;
      await current;
    },
  };
}

/**
 * Measures head against its merge base with `baseSha`, and stores the result, so that later steps can be repeated
 * without measuring. `isTrustedBase`: base is on the default branch, so other reviews can use its compilations.
 * `pullRequest`: see `Task`. Throws `LostClaim` or the failures of `reviewCommits`.
 */
export async function measureRun(
  work: Work,
  {
    refs,
    ...compared
  }: Pick<CommitsRequest, 'baseSha' | 'isTrustedBase' | 'pullRequest'> & { refs: string[] },
): Promise<NonNullable<Run['measured']>> {
  const { run, heartbeat, store, claim, log } = work;
  const { baseSha } = compared;
  log.info({ step: 'fetch', base: baseSha });
  const mirror = await fetchInto(work, [baseSha, run.headSha, ...refs]);
  log.info({ step: 'measure' });
  const progress = createProgressReporter(work);
  try {
    const { result, config } = await work.engine.reviewCommits({
      ...mirror,
      ...compared,
      headSha: run.headSha,
      bench: run.bench,
      signal: heartbeat.signal,
      onProgress: progress.report,
    });
    const measured = { review: result, config };
    if (!(await store.saveMeasured(claim, measured))) throw new LostClaim();
    log.info({ step: 'measured', ms: Math.round(result.timing.totalMs), findings: result.findings.length });
    return measured;
  } finally {
    await progress.stop();
  }
}

/** Fetches and compiles the default branch and downloads its modules, so that later reviews take less time. */
export async function measureBaseline(work: Work): Promise<void> {
  const { run, heartbeat } = work;
  const mirror = await fetchInto(work, [run.headSha]);
  await work.engine.warmCaches({ ...mirror, sha: run.headSha, signal: heartbeat.signal });
}
