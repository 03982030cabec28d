import { type Scenario, writeLog } from './app-scenario.ts';
import type { Delivery, FaultKind } from './fake-github/index.ts';
import type { Random } from './random.ts';

/** A pull request as people left it: what the App must have made of it is known from this alone. */
export type ChaosPull = {
  number: number;
  allocating: number;
  isOpen: boolean;
  /** All heads, oldest first, and when each became the head, in ms of `Date.now()`. */
  heads: { sha: string; at: number }[];
};

/** Lines of `log/log.go` that allocate; each is a finding. */
const MOST_ALLOCATING = 4;

type Act = (scenario: Scenario, pull: ChaosPull, random: Random) => Promise<void>;

/** `git push`, with `force` in place of all of the branch's commits. */
function pushWith(force: boolean): Act {
  return async ({ fake, repository }, pull, random) => {
    const allocating = random.integer(MOST_ALLOCATING + 1);
    const change = { change: { 'log/log.go': writeLog(allocating) } };
    const sha = await fake.pushHead(repository, pull.number, change, { by: 'gopher', force });
    pull.allocating = allocating;
    pull.heads.push({ sha, at: Date.now() });
  };
}

const push = pushWith(false);

const sayings = [
  { by: 'gopher', body: '/allocgate help' },
  { by: 'gopher', body: '/allocgate run' },
  { by: 'gopher', body: '/allocgate rerun' },
  { by: 'gopher', body: '/allocgate explain MA-01' },
  { by: 'gopher', body: 'what does `/allocgate help` say?' },
  { by: 'stranger', body: '/allocgate accept BenchmarkInfo/0 because I say so' },
];

const comment: Act = async ({ fake, repository }, pull, random) => {
  await fake.comment(repository, pull.number, random.pick(sayings));
};

const rerequest: Act = async ({ fake, repository }, pull) => {
  const { checks, headSha } = await fake.snapshot(repository, pull.number);
  const [check] = checks;
  if (check?.status === 'completed') await fake.rerequestCheck(repository, check.id, { by: 'gopher' });
  else if (check) await fake.rerequestSuite(repository, headSha, { by: 'gopher' });
};

const close: Act = async ({ fake, repository }, pull) => {
  await fake.closePullRequest(repository, pull.number, { by: 'gopher' });
  pull.isOpen = false;
};

const reopen: Act = async ({ fake, repository }, pull) => {
  await fake.reopenPullRequest(repository, pull.number, { by: 'gopher' });
  pull.isOpen = true;
};

/** As often as each is listed. */
const acts: readonly Act[] = [push, push, push, pushWith(true), comment, comment, rerequest, close];

/** One thing that people do with a pull request. Closed ones are sometimes reopened. */
export async function act(scenario: Scenario, pull: ChaosPull, random: Random): Promise<void> {
  const chosen = pull.isOpen ? random.pick(acts) : random.pick([reopen, comment]);
  await chosen(scenario, pull, random);
}

export async function openPull(scenario: Scenario, name: string, random: Random): Promise<ChaosPull> {
  const allocating = random.integer(MOST_ALLOCATING + 1);
  const number = await scenario.open(name, allocating);
  const { headSha: sha } = scenario.fake.pullRequest(scenario.repository, number);
  return { number, allocating, isOpen: true, heads: [{ sha, at: Date.now() }] };
}

const kinds: readonly FaultKind[] = [
  'before-502',
  'after-502',
  'reset-before',
  'reset-after',
  { status: 429, headers: { 'retry-after': '1' } },
  { delayMs: 300 },
];
const methods = ['GET', 'POST', 'POST', 'PATCH', 'DELETE'] as const;

/** One request to come goes wrong. */
export function addFault({ fake }: Scenario, random: Random): void {
  fake.faults.add({
    match: { method: random.pick(methods), path: /^\/repos\// },
    kind: random.pick(kinds),
    skip: random.integer(5),
  });
}

/** Some are lost, some come twice, and none in order. */
export function disturb(pending: readonly Delivery[], random: Random): Delivery[] {
  return pending
    .flatMap((delivery) => Array.from({ length: random.pick([0, 1, 1, 1, 1, 1, 1, 2]) }, () => delivery))
    .map((delivery) => ({ delivery, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ delivery }) => delivery);
}
