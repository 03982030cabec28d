import type { Annotation, CheckAction, CheckConclusion, CheckOutput } from '../report/model/pull-request.ts';
import { writeInRounds } from './write-rounds.ts';
import type { CheckProgress, GitHub, RepositoryName } from './types.ts';

export type CheckEnd = {
  conclusion: CheckConclusion;
  output: CheckOutput;
  annotations: readonly Annotation[];
  actions: readonly CheckAction[];
  /**
   * Another one each time that the check is written: part of its buttons' identifiers, so that a second press after a change is
   * not the same delivery as the first one.
   */
  generation: string;
};

export type CheckOptions = {
  /** Called right before each write; a throw keeps it from being sent. */
  beforeWrite?: () => Promise<void>;
  /** Before it looks again after an unclear answer. */
  settleMs?: number;
};

/**
 * The name of a review's check, the one that branches may require. A review of some benchmarks alone (`bench`: their
 * regular expression) has one of its own: it says nothing of the others, so it must not stand for the whole.
 */
export const nameCheck = (bench: string | null): string =>
  bench === null ? 'allocgate' : `allocgate (${bench})`;

/** Checks API: so many annotations a request takes; they are added to those that are there. */
const MAX_ANNOTATIONS = 50;

/** The API refuses an empty `text`. */
function toOutput({ title, summary, text }: CheckOutput): { title: string; summary: string; text?: string } {
  return text === '' ? { title, summary } : { title, summary, text };
}

/** A run, and the benchmarks that it is limited to, as those who look for its check need it. */
export type CheckedRun = { runId: string; headSha: string; bench: string | null };

/** The check run of a run, by its `external_id`; null: there is none. */
export async function findCheckRun(
  github: GitHub,
  { owner, repo }: RepositoryName,
  { runId, headSha, bench }: CheckedRun,
): Promise<number | null> {
  const runs = await github.paginate(github.rest.checks.listForRef, {
    owner,
    repo,
    ref: headSha,
    check_name: nameCheck(bench),
    filter: 'all',
    per_page: 100,
  });
  return runs.find(({ external_id: externalId }) => externalId === runId)?.id ?? null;
}

/** A check run of ours on a commit. `externalId`: its run. */
export type OwnCheck = { id: number; externalId: string; isCompleted: boolean };

/** All check runs of whole reviews that this App made for a commit, the newest last: that one is what branch rules read. */
export async function listCheckRuns(
  github: GitHub,
  { owner, repo }: RepositoryName,
  headSha: string,
  appId: number,
): Promise<OwnCheck[]> {
  const runs = await github.paginate(github.rest.checks.listForRef, {
    owner,
    repo,
    ref: headSha,
    check_name: nameCheck(null),
    filter: 'all',
    per_page: 100,
  });
  return runs
    .filter(({ app }) => app?.id === appId)
    .map(({ id, external_id: externalId, status }) => ({
      id,
      externalId: externalId ?? '',
      isCompleted: status === 'completed',
    }))
    .sort((a, b) => a.id - b.id);
}

/**
 * The check run of a run: found by its `external_id`, else created, so that a crash in between makes no second one.
 * One that was found is left as it is. Returns its id.
 */
export async function ensureCheckRun(
  github: GitHub,
  repository: RepositoryName,
  checked: CheckedRun,
  progress: CheckProgress,
  { beforeWrite, settleMs }: CheckOptions = {},
): Promise<number> {
  let id: number | null = null;
  await writeInRounds(async () => {
    id = await findCheckRun(github, repository, checked);
    if (id !== null) return 0;
    await beforeWrite?.();
    const { data } = await github.rest.checks.create({
      ...repositoryOf(repository),
      name: nameCheck(checked.bench),
      head_sha: checked.headSha,
      external_id: checked.runId,
      status: progress.status,
      output: toOutput(progress.output),
    });
    id = data.id;
    return 1;
  }, settleMs);
  if (id === null) throw new Error(`no check run for ${checked.runId}`);
  return id;
}

/** A target may carry more, and what is no parameter of the path would go into the body. */
function repositoryOf({ owner, repo }: RepositoryName): RepositoryName {
  return { owner, repo };
}

function keyOf(
  annotation: Omit<Annotation, 'annotation_level' | 'title'> & { title: string | null },
): string {
  const { path, start_line: start, end_line: end, title, message } = annotation;
  return JSON.stringify([path, start, end, (title ?? '').trim(), message.trim()]);
}

/** Those that GitHub does not have yet: annotations can be added, and never be taken away. */
async function listMissing(
  github: GitHub,
  repository: RepositoryName,
  checkRunId: number,
  annotations: readonly Annotation[],
): Promise<Annotation[]> {
  if (annotations.length === 0) return [];
  const target = { ...repositoryOf(repository), check_run_id: checkRunId };
  const { data } = await github.rest.checks.get(target);
  if (data.output.annotations_count === 0) return [...annotations];
  const there = await github.paginate(github.rest.checks.listAnnotations, { ...target, per_page: 100 });
  const known = new Set(there.map((one) => keyOf({ ...one, message: one.message ?? '' })));
  return annotations.filter((annotation) => !known.has(keyOf(annotation)));
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const count = Math.max(Math.ceil(items.length / size), 1);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** The Checks API allows 20 characters for an identifier. */
function numberActions(actions: readonly CheckAction[], generation: string) {
  return actions.map((action) => ({ ...action, identifier: `${action.identifier}:${generation}` }));
}

async function endCheckRun(
  github: GitHub,
  repository: RepositoryName,
  checkRunId: number,
  { conclusion, output, annotations, actions, generation }: CheckEnd,
  beforeWrite: CheckOptions['beforeWrite'],
): Promise<void> {
  const target = { ...repositoryOf(repository), check_run_id: checkRunId };
  const chunks = chunk(await listMissing(github, repository, checkRunId, annotations), MAX_ANNOTATIONS);
  for (const [index, part] of chunks.entries()) {
    await beforeWrite?.();
    // The last request ends it: a check that is complete has all of its annotations.
    const isLast = index === chunks.length - 1;
    await github.rest.checks.update({
      ...target,
      ...(isLast && { status: 'completed', conclusion, actions: numberActions(actions, generation) }),
      output: { ...toOutput(output), ...(part.length > 0 && { annotations: part }) },
    });
  }
}

/**
 * Shows how far a run is, or ends its check. After an unclear answer it looks which annotations got in, and sends only
 * the others.
 */
export async function updateCheckRun(
  github: GitHub,
  repository: RepositoryName,
  checkRunId: number,
  update: CheckProgress | CheckEnd,
  { beforeWrite, settleMs }: CheckOptions = {},
): Promise<void> {
  const target = { ...repositoryOf(repository), check_run_id: checkRunId };
  await writeInRounds(async () => {
    if ('conclusion' in update) {
      await endCheckRun(github, repository, checkRunId, update, beforeWrite);
    } else {
      await beforeWrite?.();
      await github.rest.checks.update({ ...target, status: update.status, output: toOutput(update.output) });
    }
    // What a check run says is set, not added: once answered there is nothing to look for.
    return 0;
  }, settleMs);
}
