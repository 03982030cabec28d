import {
  createFakeGitHub,
  type FakeGitHub,
  type PullRequest,
  type Repository,
} from '../support/fake-github/index.ts';
import type { Review } from '../../src/report/model/review.ts';
import { buildReview } from '../support/review-data.ts';
import { createRunner, installActions, type SimulatedRunner } from './simulated-runner.ts';

const lines = (count: number, changed: Record<number, string> = {}): string =>
  Array.from({ length: count }, (_, index) => `${changed[index + 1] ?? `line ${index + 1}`}\n`).join('');

/** The account of the workflow's token. */
export const bot = (fake: FakeGitHub): string => `${fake.app.slug}[bot]`;

/** A job's token may not read /user; GraphQL, which the fake does not know, names its account. */
export function answerViewer(fake: FakeGitHub): void {
  fake.faults.add({
    match: { path: /^\/graphql/u },
    kind: { status: 200, body: { data: { viewer: { login: bot(fake) } } } },
    times: 1000,
  });
}

/** A repository with the workflow, one of its own pull requests, one of a fork, and a runner. */
export type ActionScene = AsyncDisposable & {
  fake: FakeGitHub;
  repository: Repository;
  runner: SimulatedRunner;
  open: (options?: { fork?: boolean }) => Promise<PullRequest>;
};

/** `config`: the repository's `.github/allocgate.yml`. Ann owns the repository, Bob may write, Eve may not. */
export async function createScene(config = ''): Promise<ActionScene> {
  const fake = await createFakeGitHub();
  for (const login of ['ann', 'bob', 'eve']) fake.addUser(login);
  const repository = await fake.addRepository({
    owner: 'ann',
    name: 'shop',
    files: { 'log/log.go': lines(60), '.github/allocgate.yml': config },
  });
  fake.setPermission(repository, 'bob', 'write');
  const installationId = await installActions(fake, 'ann');
  answerViewer(fake);
  const runner = await createRunner(fake, repository, installationId);
  let count = 0;
  return {
    fake,
    repository,
    runner,
    open: async ({ fork = false } = {}) => {
      count += 1;
      const contents = { change: { 'log/log.go': lines(60, { 42: `changed ${count}` }) } };
      const from = fork ? { fork: await fake.forkRepository(repository, `eve${count}`) } : {};
      const head = { branch: `change-${count}`, contents, ...from };
      return fake.openPullRequest(repository, { author: fork ? 'eve' : 'bob', head });
    },
    [Symbol.asyncDispose]: async () => {
      await runner[Symbol.asyncDispose]();
      await fake.close();
    },
  };
}

/** The example review, of a pull request's commits. */
export const reviewOf = (pull: PullRequest, changes: Partial<Review> = {}): Review =>
  buildReview({ base: { sha: pull.baseSha }, head: { sha: pull.headSha }, ...changes });

/** A review with nothing to report. */
export const cleanReviewOf = (pull: PullRequest): Review =>
  reviewOf(pull, {
    deltas: buildReview().deltas.filter(({ verdict }) => verdict === 'unchanged'),
    findings: [],
  });
