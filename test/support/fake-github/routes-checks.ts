import { z } from 'zod';
import { checkRunEvent } from './events.ts';
import { findCommit } from './git.ts';
import { renderAnnotation, renderCheckRun } from './render-checks.ts';
import {
  answerPage,
  commitOf,
  invalid,
  notFound,
  ok,
  paginate,
  parameter,
  read,
  Refusal,
  repositoryOfCall,
  type Answer,
  type Call,
  type Need,
  type Routes,
} from './routing.ts';
import type { CheckRun, Repository } from './state-types.ts';
import { nextId, now, type World } from './world.ts';

const Annotation = z.object({
  path: z.string(),
  start_line: z.number(),
  end_line: z.number(),
  start_column: z.number().nullable().default(null),
  end_column: z.number().nullable().default(null),
  annotation_level: z.string(),
  message: z.string(),
  title: z.string().nullable().default(null),
  raw_details: z.string().nullable().default(null),
});
const Output = z.object({
  title: z.string().optional(),
  summary: z.string(),
  text: z.string().optional(),
  annotations: z.array(Annotation).default([]),
});
const Action = z.object({ label: z.string(), description: z.string(), identifier: z.string() });
const Change = z.object({
  name: z.string().optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.string().optional(),
  conclusion: z.string().optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  output: Output.optional(),
  actions: z.array(Action).optional(),
});
type Change = z.infer<typeof Change>;
const NewCheckRun = Change.extend({ name: z.string(), head_sha: z.string() });

/** Checks can be written only by Apps (https://docs.github.com/rest/checks/runs). */
function requireApp(call: Call): void {
  if (call.caller.kind !== 'installation') {
    throw new Refusal(403, { message: 'You must authenticate via a GitHub App.' });
  }
}

function checkAnnotations(change: Change): void {
  for (const annotation of change.output?.annotations ?? []) {
    const { start_line: start, end_line: end, start_column: from, end_column: to } = annotation;
    if (end < start) throw invalid('CheckAnnotation', 'end_line', 'must not be before start_line', 'invalid');
    if (start !== end && (from !== null || to !== null)) {
      throw invalid(
        'CheckAnnotation',
        'start_column',
        'needs start_line and end_line to be the same',
        'invalid',
      );
    }
    // https://docs.github.com/rest/checks/runs: "The maximum size is 64 KB."
    if (Buffer.byteLength(annotation.message) > 64 * 1024) {
      throw invalid('CheckAnnotation', 'message', 'is too long (maximum is 65536 bytes)');
    }
  }
}

/** A conclusion completes a run; a run that is completed has one. */
function applyState(world: World, run: CheckRun, change: Change): void {
  if (change.status !== undefined) run.status = change.status;
  if (change.conclusion !== undefined) {
    run.conclusion = change.conclusion;
    run.status = 'completed';
  }
  if (change.started_at !== undefined) run.startedAt = new Date(change.started_at);
  run.startedAt ??= now(world);
  if (run.status === 'completed') {
    run.completedAt = change.completed_at === undefined ? now(world) : new Date(change.completed_at);
  } else {
    run.conclusion = null;
    run.completedAt = null;
  }
}

function apply(world: World, run: CheckRun, change: Change): void {
  run.name = change.name ?? run.name;
  run.detailsUrl = change.details_url ?? run.detailsUrl;
  run.externalId = change.external_id ?? run.externalId;
  run.actions = change.actions ?? run.actions;
  applyState(world, run, change);
  if (!change.output) return;
  const { title, summary, text, annotations } = change.output;
  run.output = { title: title ?? run.output.title, summary, text: text ?? run.output.text };
  // Each request's annotations are added to those that are there.
  run.annotations.push(...annotations);
}

/** The App's suite of a commit; it begins with the first run. */
function suiteOf(world: World, repository: Repository, headSha: string): number {
  const found = world.suites.find(
    (one) => one.repositoryId === repository.id && one.headSha === headSha && one.appId === world.app.id,
  );
  if (found) return found.id;
  const suite = { id: nextId(world), repositoryId: repository.id, headSha, appId: world.app.id };
  world.suites.push(suite);
  return suite.id;
}

async function createCheckRun(call: Call): Promise<Answer> {
  requireApp(call);
  const { world } = call;
  const repository = repositoryOfCall(call);
  const wanted = read(NewCheckRun, call);
  checkAnnotations(wanted);
  const sha = /^[0-9a-f]{40}$/.test(wanted.head_sha)
    ? await findCommit(repository.gitDir, wanted.head_sha)
    : null;
  if (sha === null) throw new Refusal(422, { message: `No commit found for SHA: ${wanted.head_sha}` });
  const run: CheckRun = {
    id: nextId(world),
    repository,
    suiteId: suiteOf(world, repository, sha),
    appId: world.app.id,
    name: wanted.name,
    headSha: sha,
    externalId: '',
    detailsUrl: '',
    status: 'queued',
    conclusion: null,
    startedAt: null,
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
  };
  apply(world, run, wanted);
  world.checkRuns.push(run);
  void world.emit(checkRunEvent(world, run, 'created', { own: true }));
  if (run.status === 'completed') void world.emit(checkRunEvent(world, run, 'completed', { own: true }));
  return ok(renderCheckRun(world, run), 201);
}

function findCheckRun(call: Call): CheckRun {
  const repository = repositoryOfCall(call);
  const id = Number(parameter(call, 'check_run_id'));
  const found = call.world.checkRuns.find((one) => one.repository === repository && one.id === id);
  if (!found) throw notFound();
  return found;
}

function updateCheckRun(call: Call): Answer {
  requireApp(call);
  const { world } = call;
  const run = findCheckRun(call);
  if (run.appId !== world.app.id) {
    throw new Refusal(403, {
      message: `Invalid app_id \`${world.app.id}\` - check run can only be modified by the GitHub App that created it.`,
    });
  }
  const change = read(Change, call);
  checkAnnotations(change);
  const wasCompleted = run.status === 'completed';
  apply(world, run, change);
  if (run.status === 'completed' && !wasCompleted) {
    void world.emit(checkRunEvent(world, run, 'completed', { own: true }));
  }
  return ok(renderCheckRun(world, run));
}

/** `latest`: of runs of one App with the same name only the newest. */
function selectRuns(call: Call, runs: readonly CheckRun[]): CheckRun[] {
  const { query } = call;
  const is = (name: string, value: string): boolean => (query.get(name) ?? value) === value;
  const fitting = runs
    .filter(
      (run) => is('check_name', run.name) && is('status', run.status) && is('app_id', String(run.appId)),
    )
    .toReversed();
  if (query.get('filter') === 'all') return fitting;
  const isFirst = (run: CheckRun, at: number): boolean =>
    fitting.findIndex((one) => one.name === run.name && one.appId === run.appId) === at;
  return fitting.filter((run, at) => isFirst(run, at));
}

function answerRuns(call: Call, runs: readonly CheckRun[]): Answer {
  const selected = selectRuns(call, runs);
  const page = paginate(call, selected);
  return {
    status: 200,
    headers: page.headers,
    body: {
      total_count: selected.length,
      check_runs: page.items.map((run) => renderCheckRun(call.world, run)),
    },
  };
}

async function listForCommit(call: Call): Promise<Answer> {
  const repository = repositoryOfCall(call);
  const sha = await commitOf(repository, parameter(call, 'ref'));
  return answerRuns(
    call,
    call.world.checkRuns.filter((run) => run.repository === repository && run.headSha === sha),
  );
}

function listForSuite(call: Call): Answer {
  const repository = repositoryOfCall(call);
  const id = Number(parameter(call, 'check_suite_id'));
  if (!call.world.suites.some((one) => one.id === id && one.repositoryId === repository.id)) throw notFound();
  return answerRuns(
    call,
    call.world.checkRuns.filter((run) => run.suiteId === id),
  );
}

function listAnnotations(call: Call): Answer {
  const run = findCheckRun(call);
  return answerPage(call, run.annotations, (one) => renderAnnotation(call.world, run, one));
}

const reads: readonly Need[] = [['checks', 'read']];
const writes: readonly Need[] = [['checks', 'write']];
const run = '/repos/{owner}/{repo}/check-runs/{check_run_id}';

export const checkRoutes: Routes = {
  'POST /repos/{owner}/{repo}/check-runs': { by: 'token', needs: writes, run: createCheckRun },
  [`PATCH ${run}`]: { by: 'token', needs: writes, run: updateCheckRun },
  [`GET ${run}`]: {
    by: 'any',
    needs: reads,
    run: (call) => ok(renderCheckRun(call.world, findCheckRun(call))),
  },
  [`GET ${run}/annotations`]: { by: 'any', needs: reads, run: listAnnotations },
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': { by: 'any', needs: reads, run: listForCommit },
  'GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs': {
    by: 'any',
    needs: reads,
    run: listForSuite,
  },
};
