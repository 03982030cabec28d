import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { until } from '../support/app-process.ts';
import {
  backends,
  concluded,
  createScenario,
  findCheck,
  isDone,
  type Scenario,
} from '../support/app-scenario.ts';
import { kill, outputOf, processOf, restart, untilIdle } from '../support/crash-steps.ts';
import type { Snapshot } from '../support/fake-github/index.ts';

/** The experiments that follow a review in the App: what they add, and that they never take the verdict away. */

const PROVED = /Proved by experiment: with .*log\.go:6.* as before/u;
const textOf = (seen: Snapshot): string => `${findCheck(seen)?.summary}${findCheck(seen)?.text}`;
const isProved = ({ reviewComments }: Snapshot): boolean =>
  reviewComments.some(({ body }) => PROVED.test(body));

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let scenario: Scenario;
    before(async () => {
      scenario = await createScenario({ backend, env: { STUB_PROVE_MS: '1500' } });
    });
    afterEach(() => {
      assert.deepEqual(scenario.fake.violations, []);
    });
    after(() => scenario.close());

    /** A pull request with its verdict, whose experiments have begun. */
    async function openTrying(branch: string): Promise<{ number: number; verdict: Snapshot }> {
      const worker = processOf(scenario, 'worker');
      const old = new Set(worker.logs);
      const tries = worker.untilLog((line) => line.step === 'try' && !old.has(line));
      const number = await scenario.open(branch, 2);
      const verdict = await scenario.see(number, isDone);
      await tries;
      return { number, verdict };
    }

    test('what they find is added to check, summary and comments, which stay the same ones', async () => {
      const { number, verdict } = await openTrying('added');
      assert.equal(findCheck(verdict)?.conclusion, 'failure');
      assert.doesNotMatch(JSON.stringify(verdict), /Proved by experiment/u);
      const saysProved = (seen: Snapshot): boolean => PROVED.test(textOf(seen));
      const proved = await scenario.see(number, (seen) => saysProved(seen) && isProved(seen));
      const [comment] = proved.reviewComments;
      assert.match(comment?.body ?? '', /```suggestion\n\tuse\(0\)\n```/u);
      const idsOf = ({ checks, comments, reviewComments }: Snapshot): number[] =>
        [...checks, ...comments, ...reviewComments].map(({ id }) => id);
      assert.deepEqual(idsOf(proved), idsOf(verdict));
      assert.equal(findCheck(proved)?.conclusion, 'failure');
    });

    test('a push ends them, and the older verdict stays', async () => {
      const { number } = await openTrying('pushed');
      const first = scenario.fake.pullRequest(scenario.repository, number).headSha;
      await scenario.push(number, 0);
      await scenario.see(number, concluded('success'));
      await untilIdle(scenario);
      const checks = scenario.fake.checkRuns(scenario.repository, first);
      assert.deepEqual(
        checks.map(({ conclusion }) => conclusion),
        ['failure'],
      );
    });

    test('/allocgate cancel ends them, and the verdict stays', async () => {
      const { number, verdict } = await openTrying('cancelled');
      await scenario.fake.comment(scenario.repository, number, { by: 'gopher', body: '/allocgate cancel' });
      await until(
        async () => {
          const { comments } = await scenario.fake.snapshot(scenario.repository, number);
          return comments.some(({ reactions }) => reactions.some(({ content }) => content === '+1'));
        },
        () => outputOf(scenario),
      );
      await untilIdle(scenario);
      const seen = await scenario.fake.snapshot(scenario.repository, number);
      assert.deepEqual(seen.checks, verdict.checks);
      assert.deepEqual(seen.reviewComments, verdict.reviewComments);
    });

    test('kill -9 in the middle leaves the verdict, and they are made again', async () => {
      const { number, verdict } = await openTrying('killed');
      await kill(processOf(scenario, 'worker'));
      assert.deepEqual((await scenario.fake.snapshot(scenario.repository, number)).checks, verdict.checks);
      await restart(scenario, 'worker');
      const seen = await scenario.see(number, isProved);
      assert.equal(findCheck(seen)?.conclusion, 'failure');
      assert.equal(seen.reviewComments.length, verdict.reviewComments.length);
    });

    test('they give way to a review that waits', async () => {
      const { number } = await openTrying('gives-way');
      const other = await scenario.open('waits', 1);
      await scenario.see(other, isDone);
      assert.equal(isProved(await scenario.fake.snapshot(scenario.repository, number)), false);
      await scenario.see(number, isProved);
    });
  });
}
