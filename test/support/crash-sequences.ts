import assert from 'node:assert/strict';
import type { Appearance } from './appearance.ts';
import { isDone, type Scenario } from './app-scenario.ts';
import { cancelling, commanding, fixing, opening, type Step, superseding } from './crash-steps.ts';

/** A pull request and its earlier heads, oldest first. */
export type RunSubject = { number: number; earlier: readonly string[] };
type Prepared = RunSubject & { go: () => void };

/** An event of a pull request. */
type Act = (scenario: Scenario, branch: string, before: Prepared) => Promise<RunSubject>;
type Prepare = (scenario: Scenario, branch: string) => Promise<Prepared>;

/** A run from beginning to end, with all steps at which it can be killed. */
export type Sequence = {
  name: string;
  steps: Step[];
  prepare: Prepare;
  act: Act;
  isOver: (seen: Appearance) => boolean;
};

const go = (): void => {};
const areChecksOver = ({ checkRuns }: Appearance): boolean =>
  checkRuns.length > 0 && checkRuns.every((one) => one.startsWith('completed'));

const nothing: Prepare = () => Promise.resolve({ number: 0, earlier: [], go });

const open: Act = async (scenario, branch) => ({ number: await scenario.open(branch, 2), earlier: [] });

/** Three regressions, the last one with an answer. */
const openAnswered: Prepare = async (scenario, branch) => {
  const number = await scenario.open(branch, 3);
  const { reviewComments } = await scenario.see(number, isDone);
  const answered = reviewComments.find(({ line }) => line === 8);
  assert.ok(answered);
  await scenario.fake.answer(scenario.repository, answered.id, { by: 'gopher', body: 'why?' });
  return { number, earlier: [], go };
};

const fix: Act = async (scenario, _branch, { number }) => {
  await scenario.push(number, 1);
  return { number, earlier: [] };
};

/** A run that continues only after `go`. */
const openUnderWay: Prepare = async (scenario, branch) => {
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const run = (): Promise<void> => {
    held.resolve();
    return released.promise;
  };
  scenario.fake.faults.add({ match: { path: /git-upload-pack/u }, kind: { run } });
  const number = await scenario.open(branch, 1);
  await held.promise;
  return { number, earlier: [], go: released.resolve };
};

/** Continues when the server has reached a step. */
function goOnAt(step: string, { server }: Scenario, go: () => void): Promise<void> {
  const old = new Set(server().logs);
  const reached = server().untilLog((line) => line.step === step && !old.has(line));
  // The server may be killed before.
  return reached.then(go, go);
}

const supersede: Act = async (scenario, _branch, { number, go }) => {
  const { headSha } = await scenario.fake.snapshot(scenario.repository, number);
  const isKnown = goOnAt('request', scenario, go);
  await scenario.push(number, 2);
  await isKnown;
  return { number, earlier: [headSha] };
};

const cancel: Act = async (scenario, _branch, { number, go }) => {
  const isKnown = goOnAt('command', scenario, go);
  await scenario.fake.comment(scenario.repository, number, { by: 'gopher', body: '/allocgate cancel' });
  await isKnown;
  return { number, earlier: [] };
};

const openReviewed =
  (allocating: number): Prepare =>
  async (scenario, branch) => {
    const number = await scenario.open(branch, allocating);
    await scenario.see(number, isDone);
    return { number, earlier: [], go };
  };

const accept: Act = async ({ fake, repository }, _branch, { number }) => {
  const body = '/allocgate accept BenchmarkInfo/0 because we need it';
  await fake.comment(repository, number, { by: 'gopher', body });
  return { number, earlier: [] };
};

const askForHelp: Act = async (scenario, _branch, { number }) => {
  await scenario.fake.comment(scenario.repository, number, { by: 'gopher', body: '/allocgate help' });
  return { number, earlier: [] };
};

export const opened: Sequence = {
  name: 'opened',
  steps: opening,
  prepare: nothing,
  act: open,
  isOver: areChecksOver,
};

export const sequences: Sequence[] = [
  opened,
  { name: 'fixed in part', steps: fixing, prepare: openAnswered, act: fix, isOver: areChecksOver },
  {
    name: 'superseded',
    steps: superseding,
    prepare: openUnderWay,
    act: supersede,
    isOver: areChecksOver,
  },
  {
    name: 'cancelled',
    steps: cancelling,
    prepare: openUnderWay,
    act: cancel,
    isOver: (seen) => areChecksOver(seen) && seen.comments.some(({ reactions }) => reactions.length > 0),
  },
  {
    name: 'accepted',
    steps: commanding,
    prepare: openReviewed(1),
    act: accept,
    // The summary, the command and its answer.
    isOver: ({ comments, checkRuns }) =>
      comments.length === 3 &&
      comments.some(({ reactions }) => reactions.length > 0) &&
      checkRuns.join() === 'completed success',
  },
  {
    name: 'commanded',
    steps: commanding,
    prepare: openReviewed(0),
    act: askForHelp,
    isOver: ({ comments }) => comments.length === 2 && comments.some(({ reactions }) => reactions.length > 0),
  },
];
