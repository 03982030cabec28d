import type { Annotation, CheckAction, CheckConclusion, CheckOutput } from '../report/model/pull-request.ts';
import { cutLine } from '../report/model/escape.ts';
import { writeInRounds } from './write-rounds.ts';
import type { CheckProgress, GitHub, RepositoryName } from './types.ts';

export type CheckEnd = {
  conclusion: CheckConclusion;
  output: CheckOutput;
  annotations: readonly Annotation[];
  actions: readonly CheckAction[];
  /**
   * A new value each time the check is written. It is part of the buttons' identifiers, so that a second press after a
   * change differs from the first.
   */
  generation: string;
};

export type CheckOptions = {
  /** Called right before each write. If it throws, the write is not sent. */
  beforeWrite?: () => Promise<void>;
  /** The delay before the check is read again after an unclear answer. */
  settleMs?: number;
};

/**
 * The most characters of a regular expression in a check's name. Lists of checks have room for little more, and GitHub
 * does not say how long a name may be. The check's summary has the whole expression.
 */
const MAX_EXPRESSION = 60;

/**
 * The name of a review's check, which branches can require. A review of selected benchmarks (`bench`: their regular
 * expression) has a different name, because its result must not count for all benchmarks. Two long expressions can have
 * the same name; GitHub then lists the check of the newer one.
 */
export const nameCheck = (bench: string | null): string =>
  bench === null ? 'allocgate' : `allocgate (${cutLine(bench, MAX_EXPRESSION)})`;

/** The maximum number of annotations per request in the Checks API. They are added to the existing ones. */
const MAX_ANNOTATIONS = 50;

/** The API refuses an empty `text`. */
function toOutput({ title, summary, text }: CheckOutput): { title: string; summary: string; text?: string } {
  return text === '' ? { title, summary } : { title, summary, text };
}

/** A run, and the benchmarks that it is limited to, for finding its check. */
export type CheckedRun = {
  runId: string;
  headSha: string;
  bench: string | null;
  /** Where the check's Details link leads; absent: to GitHub's own page. */
  detailsUrl?: string | undefined;
};

/** Finds the check run of a run by its `external_id`; null: there is none. */
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

/**
 * All check runs of complete reviews that this App created for a commit, newest last. Branch rules read the newest one.
 */
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
 * Finds the check run of a run by its `external_id`, or creates it, so that a crash in between does not lead to a
 * second one. An existing one is not changed. Returns its ID.
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
      ...(checked.detailsUrl !== undefined && { details_url: checked.detailsUrl }),
      status: progress.status,
      output: toOutput(progress.output),
    });
    id = data.id;
    return 1;
  }, settleMs);
  if (id === null) throw new Error(`no check run for ${checked.runId}`);
  return id;
}

/** Takes only the parameters of the path: a target can have more properties, which would go into the body. */
function repositoryOf({ owner, repo }: RepositoryName): RepositoryName {
  return { owner, repo };
}

function keyOf(
  annotation: Omit<Annotation, 'annotation_level' | 'title'> & { title: string | null },
): string {
  const { path, start_line: start, end_line: end, title, message } = annotation;
  return JSON.stringify([path, start, end, (title ?? '').trim(), message.trim()]);
}

/** The annotations that GitHub does not have yet. Annotations can be added but not removed. */
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
    // The last request completes the check, so a completed check has all its annotations.
    const isLast = index === chunks.length - 1;
    await github.rest.checks.update({
      ...target,
      ...(isLast && { status: 'completed', conclusion, actions: numberActions(actions, generation) }),
      output: { ...toOutput(output), ...(part.length > 0 && { annotations: part }) },
    });
  }
}

/**
 * Shows the progress of a run, or completes its check. After an unclear answer it reads which annotations exist, and
 * sends only the others.
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
    // The other fields of a check run are overwritten, so after a clear answer nothing need be read again.
    return 0;
  }, settleMs);
}
