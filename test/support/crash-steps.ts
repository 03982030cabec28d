import { type AppProcess, type LogLine, until } from './app-process.ts';
import type { Scenario } from './app-scenario.ts';
import type { FaultMatch } from './fake-github/fault-types.ts';

export type Role = 'server' | 'worker';

/** Kills the process at a step; resolves when it is dead. */
type Arm = (scenario: Scenario, victim: AppProcess) => { dead: Promise<void>; disarm: () => void };

/**
 * `by`: the role that performs the step. `afterwards`: what happens as soon as the killed process has been restarted.
 */
export type Step = {
  name: string;
  by: Role;
  arm: Arm;
  afterwards?: (scenario: Scenario) => Promise<unknown>;
};

export async function kill(victim: AppProcess): Promise<void> {
  victim.kill('SIGKILL');
  await victim.ended;
}

/** With PGlite the server is the worker. */
export function processOf(scenario: Scenario, role: Role): AppProcess {
  return (role === 'worker' ? scenario.workers.at(-1) : undefined) ?? scenario.server();
}

export async function restart(scenario: Scenario, role: Role): Promise<void> {
  await (role === 'worker' && scenario.workers.length > 0
    ? scenario.startWorker()
    : scenario.restartServer());
}

/** The output of all processes of a scenario, for failure messages. */
export function outputOf({ server, workers }: Scenario): string {
  return [server(), ...workers.slice(-2)].map((one) => one.output()).join('\n');
}

const disarm = (): void => {};

/** Before the first event: no process listens then. */
const atOnce: Step = {
  name: 'before its delivery',
  by: 'server',
  arm: (_scenario, victim) => ({ dead: kill(victim), disarm }),
};

/** At a line of the log, whichever process prints it. */
function atLine(by: Role, step: string, fits: (line: LogLine) => boolean = () => true): Step {
  const arm: Arm = (scenario, victim) => {
    const printer = processOf(scenario, by);
    const old = new Set(printer.logs);
    const dead = printer
      .untilLog((line) => line.step === step && !old.has(line) && fits(line))
      .then(() => kill(victim));
    return { dead, disarm };
  };
  return { name: `line ${step}`, by, arm };
}

/** At a request: right before its effect, which then never happens (`drop`), or right after. */
function atRequest(by: Role, name: string, match: FaultMatch, skip = 0): Step[] {
  return (['before', 'after'] as const).map((when) => {
    const arm: Arm = ({ fake }, victim) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const run = async (): Promise<'drop' | void> => {
        await kill(victim);
        resolve();
        if (when === 'before') return 'drop';
      };
      const fault = fake.faults.add({ match, skip, kind: { run } });
      return { dead: promise, disarm: () => fake.faults.remove(fault) };
    };
    return { name: `${when} ${name}`, by, arm };
  });
}

const POST_CHECK: FaultMatch = { method: 'POST', path: /\/check-runs$/u };
const PATCH_CHECK: FaultMatch = { method: 'PATCH', path: /\/check-runs\/\d+$/u };
const POST_COMMENT: FaultMatch = { method: 'POST', path: /\/issues\/\d+\/comments$/u };

const atPullRequest = atLine('server', 'delivery', ({ event }) => event === 'pull_request');

/** GitHub got no answer, and a person asks it to redeliver. */
const atPullRequestTwice: Step = {
  ...atPullRequest,
  name: `${atPullRequest.name}, and it comes again`,
  afterwards: async ({ fake }) => {
    const delivery = fake.deliveries.findLast(({ event }) => event === 'pull_request');
    if (delivery !== undefined) await fake.send(delivery, 2);
  },
};

/** The steps after a pull request with two regressions was opened. */
export const opening: Step[] = [
  atOnce,
  atPullRequest,
  atPullRequestTwice,
  atLine('server', 'request'),
  ...atRequest('server', 'the queued check', POST_CHECK),
  ...['claim', 'fetch', 'measure', 'measured', 'write', 'end'].map((step) => atLine('worker', step)),
  ...atRequest('worker', 'the check in progress', PATCH_CHECK),
  ...atRequest('worker', 'the fetch', { path: /git-upload-pack/u }).slice(0, 1),
  // Its check was set in progress by the same kind of request.
  ...atRequest('worker', 'the check’s end', PATCH_CHECK, 1),
  ...atRequest('worker', 'the review', { method: 'POST', path: /\/reviews$/u }),
  ...atRequest('worker', 'the summary', POST_COMMENT),
];

/** The steps after a push that leaves one of three regressions, one of which was answered. */
export const fixing: Step[] = [
  ...atRequest('worker', 'an inline comment’s update', { method: 'PATCH', path: /\/pulls\/comments\/\d+$/u }),
  ...atRequest('worker', 'an inline comment’s end', { method: 'DELETE', path: /\/pulls\/comments\/\d+$/u }),
  ...atRequest('worker', 'the summary’s update', { method: 'PATCH', path: /\/issues\/comments\/\d+$/u }),
];

/** The steps after a push while the previous head is being measured. */
export const superseding: Step[] = [
  atOnce,
  atPullRequest,
  atLine('server', 'request'),
  ...atRequest('server', 'the newer queued check', POST_CHECK),
  ...atRequest('server', 'the older check’s end', PATCH_CHECK),
  atLine('worker', 'lost'),
];

const answering = [
  atLine('server', 'command'),
  ...atRequest('server', 'the reaction', { method: 'POST', path: /\/reactions$/u }),
];

export const commanding: Step[] = [...answering, ...atRequest('server', 'the reply', POST_COMMENT)];

/** The steps after `/allocgate cancel` while the head is being measured. */
export const cancelling: Step[] = [
  ...answering,
  ...atRequest('server', 'the cancelled check’s end', PATCH_CHECK),
  atLine('worker', 'lost'),
];

/** Waits until no delivery and no run is unfinished. If a server hangs or ends, it is asked again. */
export async function untilIdle(scenario: Scenario): Promise<void> {
  const busy =
    /^allocgate_(?:runs\{state="(?:queued|running)"|queue_depth\{queue="deliveries")[^}]*\} [1-9]/mu;
  await until(
    async () => {
      const signal = AbortSignal.timeout(5_000);
      const answer = await fetch(`${scenario.server().url}/metrics`, { signal }).catch(() => null);
      return (
        answer?.ok === true && !busy.test(await answer.text().catch(() => 'allocgate_runs{state="queued"} 1'))
      );
    },
    () => outputOf(scenario),
  );
}
