import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Appearance, readAppearance, untilAppearance } from '../support/appearance.ts';
import { type AppProcess, type LogLine, until } from '../support/app-process.ts';
import { type Backend, backends, createScenario, findCheck, type Scenario } from '../support/app-scenario.ts';
import type { FaultMatch } from '../support/fake-github/fault-types.ts';
import type { Snapshot } from '../support/fake-github/index.ts';

/** `kill -9` of a process at every step of a run: whatever was under way, the pull request ends as if undisturbed. */

type Role = 'server' | 'worker';

/** Kills when it comes to a step; resolves when the process is dead. */
type Arm = (scenario: Scenario, victim: AppProcess) => { dead: Promise<void>; disarm: () => void };

type Step = { name: string; by: Role; arm: Arm };

/** At a line of the log, of whichever process prints it. */
function atLine(by: Role, step: string, fits: (line: LogLine) => boolean = () => true): Step {
  const arm: Arm = (scenario, victim) => {
    const printer = by === 'server' ? scenario.server() : workerOf(scenario);
    const old = new Set(printer.logs);
    const dead = printer
      .untilLog((line) => line.step === step && !old.has(line) && fits(line))
      .then(() => kill(victim));
    return { dead, disarm: () => {} };
  };
  return { name: `line ${step}`, by, arm };
}

/** At a request: right before its effect, which never comes (`drop`), or right after. */
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

async function kill(victim: AppProcess): Promise<void> {
  victim.kill('SIGKILL');
  await victim.ended;
}

/** With PGlite the server is the worker. */
function workerOf(scenario: Scenario): AppProcess {
  return scenario.workers.at(-1) ?? scenario.server();
}

function processOf(scenario: Scenario, role: Role): AppProcess {
  return role === 'server' ? scenario.server() : workerOf(scenario);
}

async function restart(scenario: Scenario, role: Role): Promise<void> {
  await (role === 'worker' && scenario.workers.length > 0
    ? scenario.startWorker()
    : scenario.restartServer());
}

const isOpened = ({ event }: LogLine): boolean => event === 'pull_request';

/** What happens after a pull request with two regressions was opened. */
const opening: Step[] = [
  atLine('server', 'delivery', isOpened),
  atLine('server', 'request'),
  ...atRequest('server', 'the queued check', { method: 'POST', path: /\/check-runs$/u }),
  ...['claim', 'fetch', 'measure', 'measured', 'write', 'end'].map((step) => atLine('worker', step)),
  ...atRequest('worker', 'the check in progress', { method: 'PATCH', path: /\/check-runs\/\d+$/u }),
  ...atRequest('worker', 'the fetch', { path: /git-upload-pack/u }).slice(0, 1),
  // Its check was set in progress by the same kind of request.
  ...atRequest('worker', 'the check’s end', { method: 'PATCH', path: /\/check-runs\/\d+$/u }, 1),
  ...atRequest('worker', 'the review', { method: 'POST', path: /\/reviews$/u }),
  ...atRequest('worker', 'the summary', { method: 'POST', path: /\/issues\/\d+\/comments$/u }),
];

/** What happens after a push that leaves one of three; one of the others was answered. */
const fixing: Step[] = [
  ...atRequest('worker', 'an inline comment’s update', { method: 'PATCH', path: /\/pulls\/comments\/\d+$/u }),
  ...atRequest('worker', 'an inline comment’s end', { method: 'DELETE', path: /\/pulls\/comments\/\d+$/u }),
  ...atRequest('worker', 'the summary’s update', { method: 'PATCH', path: /\/issues\/comments\/\d+$/u }),
];

const commanding: Step[] = [
  atLine('server', 'command'),
  ...atRequest('server', 'the reaction', { method: 'POST', path: /\/reactions$/u }),
  ...atRequest('server', 'the reply', { method: 'POST', path: /\/issues\/\d+\/comments$/u }),
];

/** A server beside its workers is killed at all lines; what it does not send itself it cannot break off. */
const isFor = (backend: Backend, role: Role, { name, by }: Step): boolean =>
  backend === 'pglite' || by === role || (role === 'server' && name.startsWith('line'));

const isDone = (seen: Snapshot): boolean => findCheck(seen) !== null;

/** Something that happens to a pull request; resolves to its number. */
type Act = (scenario: Scenario, branch: string, number: number) => Promise<number>;

const open: Act = (scenario, branch) => scenario.open(branch, 2);

/** Three regressions, and an answer to the last one. */
const openAnswered: Act = async (scenario, branch) => {
  const number = await scenario.open(branch, 3);
  const { reviewComments } = await scenario.see(number, isDone);
  const answered = reviewComments.find(({ line }) => line === 8);
  assert.ok(answered);
  await scenario.fake.answer(scenario.repository, answered.id, { by: 'gopher', body: 'why?' });
  return number;
};

const fix: Act = async (scenario, _branch, number) => {
  await scenario.push(number, 1);
  return number;
};

const openReviewed: Act = async (scenario, branch) => {
  const number = await scenario.open(branch, 0);
  await scenario.see(number, isDone);
  return number;
};

const askForHelp: Act = async (scenario, _branch, number) => {
  await scenario.fake.comment(scenario.repository, number, { by: 'gopher', body: '/allocgate help' });
  return number;
};

type Sequence = { name: string; steps: Step[]; prepare: Act; act: Act; isOver: (seen: Snapshot) => boolean };

const opened: Sequence = {
  name: 'opened',
  steps: opening,
  prepare: () => Promise.resolve(0),
  act: open,
  isOver: isDone,
};

const sequences: Sequence[] = [
  opened,
  { name: 'fixed in part', steps: fixing, prepare: openAnswered, act: fix, isOver: isDone },
  {
    name: 'commanded',
    steps: commanding,
    prepare: openReviewed,
    act: askForHelp,
    isOver: ({ comments }) => comments.length === 2 && comments.some(({ reactions }) => reactions.length > 0),
  },
];

let count = 0;
const branchOf = (name: string): string => `${name.replaceAll(/[^a-z]+/gu, '-')}-${(count += 1)}`;

async function readUndisturbed(scenario: Scenario, { prepare, act, isOver }: Sequence): Promise<Appearance> {
  const branch = branchOf('undisturbed');
  const number = await act(scenario, branch, await prepare(scenario, branch, 0));
  await scenario.see(number, isOver);
  return readAppearance(scenario, number);
}

/** Until no run is unfinished. */
async function untilIdle(scenario: Scenario): Promise<void> {
  await until(
    async () => {
      const answer = await fetch(`${scenario.server().url}/metrics`);
      return !/^allocgate_runs\{state="(?:queued|running)"[^}]*\} [1-9]/mu.test(await answer.text());
    },
    () => [scenario.server(), ...scenario.workers].map((one) => one.output()).join('\n'),
  );
}

/** Returns the pull request's number when the killed process is there again. */
async function disturb(
  scenario: Scenario,
  { prepare, act }: Sequence,
  step: Step,
  role: Role,
): Promise<number> {
  const branch = branchOf(step.name);
  const prepared = await prepare(scenario, branch, 0);
  const victim = processOf(scenario, role);
  const { dead, disarm } = step.arm(scenario, victim);
  const number = await act(scenario, branch, prepared);
  await dead;
  disarm();
  await restart(scenario, role);
  return number;
}

describe('kill -9 at every step', { concurrency: 2 }, () => {
  for (const backend of backends) {
    describe(`with ${backend}`, { concurrency: 1 }, () => {
      let scenario: Scenario;
      const ended: { number: number; wanted: Appearance }[] = [];
      before(async () => {
        scenario = await createScenario({ backend });
      });
      after(() => scenario.close());
      const roles: Role[] = backend === 'pglite' ? ['server'] : ['worker', 'server'];

      for (const sequence of sequences) {
        test(sequence.name, async (t) => {
          const wanted = await readUndisturbed(scenario, sequence);
          // A command that was broken off waits for the queue to find its job silent: all of them wait together.
          const waitsForQueue = sequence.steps === commanding;
          for (const role of roles) {
            for (const step of sequence.steps.filter((one) => isFor(backend, role, one))) {
              await t.test(`${role} at ${step.name}`, async () => {
                const number = await disturb(scenario, sequence, step, role);
                if (!waitsForQueue) await untilAppearance(scenario, number, wanted);
                // What is as it shall be may still be gone through again: the next kill is not to hit it.
                await untilIdle(scenario);
                ended.push({ number, wanted });
              });
            }
          }
        });
      }

      const measurer: Role = backend === 'pglite' ? 'server' : 'worker';

      test('three times: the check is neutral and says why', async () => {
        let ready = Promise.resolve();
        const run = async (): Promise<'drop'> => {
          await ready;
          await kill(processOf(scenario, measurer));
          ready = restart(scenario, measurer);
          return 'drop';
        };
        const fault = scenario.fake.faults.add({
          match: { path: /git-upload-pack/u },
          times: 3,
          kind: { run },
        });
        const number = await scenario.open(branchOf('crashes'), 1);
        const seen = await scenario.see(number, isDone);
        assert.equal(fault.hits, 3);
        assert.equal(findCheck(seen)?.conclusion, 'neutral');
        assert.match(findCheck(seen)?.summary ?? '', /ended its worker 3 times/u);
        assert.deepEqual([seen.comments, seen.reviewComments], [[], []]);
        await ready;
      });

      // With PGlite its server is killed, and looks for what it missed when it starts.
      if (backend === 'postgres') {
        test('three times, of a head that was replaced: nothing is said of it', async () => {
          const { fake, repository } = scenario;
          let ready = Promise.resolve();
          let number = 0;
          const run = async (): Promise<'drop'> => {
            await ready;
            await kill(processOf(scenario, measurer));
            fake.autoDeliver = false;
            if (fault.hits === 3) await scenario.push(number, 0);
            fake.pendingDeliveries = [];
            fake.autoDeliver = true;
            ready = restart(scenario, measurer);
            return 'drop';
          };
          const fault = fake.faults.add({ match: { path: /git-upload-pack/u }, times: 3, kind: { run } });
          number = await scenario.open(branchOf('crashes'), 1);
          const { headSha } = fake.pullRequest(repository, number);
          await scenario.see(number, (seen) => isDone(seen) && seen.headSha !== headSha);
          const [check] = fake.checkRuns(repository, headSha);
          assert.equal(check?.conclusion, 'cancelled');
          await ready;
        });
      }

      test('SIGTERM hands a run back, which counts as no crash, however often', async () => {
        const wanted = await readUndisturbed(scenario, opened);
        let ready = Promise.resolve();
        const exits: (number | null)[] = [];
        const run = async (): Promise<void> => {
          await ready;
          const stopped = processOf(scenario, measurer).stop();
          ready = stopped.then((exit) => {
            exits.push(exit);
            return restart(scenario, measurer);
          });
        };
        const match = { method: 'PATCH', path: /\/check-runs\/\d+$/u };
        scenario.fake.faults.add({ match, times: 4, kind: { run } });
        const number = await scenario.open(branchOf('terminated'), 2);
        await until(
          () => exits.length === 4,
          () => processOf(scenario, measurer).output(),
        );
        await ready;
        await untilAppearance(scenario, number, wanted);
        assert.deepEqual(exits, [0, 0, 0, 0]);
      });

      test('at the end all are as undisturbed, and no request was wrong', async () => {
        for (const { number, wanted } of ended) await untilAppearance(scenario, number, wanted);
        assert.deepEqual(scenario.fake.violations, []);
      });
    });
  }
});
