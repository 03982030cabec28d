import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { appLogs } from '../../src/report/words/server.ts';
import { until } from '../support/app-process.ts';
import {
  backends,
  concluded,
  createScenario,
  findCheck,
  isDone,
  type Scenario,
} from '../support/app-scenario.ts';

/** What GitHub really does: answers that lag behind, locked conversations, comments that vanish, commands anywhere. */

const commands = [6, 7].map(
  (line) => `/allocgate accept ${String(line).padStart(16, '0')} because it is cold`,
);

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let s: Scenario;
    before(async () => {
      s = await createScenario({ backend });
    });
    afterEach(() => {
      s.fake.lagNew(0);
      s.fake.faults.clear();
      assert.deepEqual(s.fake.violations, []);
    });
    after(() => s.close());

    /** Until no delivery is left, and how many failed since. */
    async function countFailures(from: number): Promise<number> {
      await until(
        async () => {
          const metrics = await (await fetch(`${s.server().url}/metrics`)).text();
          return /allocgate_queue_depth\{queue="deliveries"\} 0/u.test(metrics);
        },
        () => s.server().output(),
      );
      return s
        .server()
        .logs.slice(from)
        .filter(({ msg }) => msg === appLogs.deliveryFailed).length;
    }

    test('a push is reviewed although GitHub still answers with the head before it', async () => {
      const number = await s.open('late', 0);
      await s.see(number, isDone);
      await s.fake.lag(s.repository, number, 2);
      const sha = await s.push(number, 1);
      await s.see(number, (seen) => seen.headSha === sha && concluded('failure')(seen));
    });

    test('a new pull request is reviewed although GitHub does not know it yet', async () => {
      s.fake.lagNew(2);
      await s.see(await s.open('fresh', 1), concluded('failure'));
    });

    test('another target branch is compared with although GitHub still answers with the one before', async () => {
      const number = await s.open('late-target', 1);
      const { headSha } = await s.see(number, concluded('failure'));
      await s.fake.git(s.repository, 'branch', 'merged-already', headSha);
      await s.fake.lag(s.repository, number, 1);
      await s.fake.editPullRequest(s.repository, number, { by: 'gopher', base: 'merged-already' });
      await s.see(number, concluded('success'));
    });

    test('in a locked conversation all commands of a comment are carried out, and the delivery ends', async () => {
      const number = await s.open('locked', 2);
      await s.see(number, isDone);
      const from = s.server().logs.length;
      s.fake.lock(s.repository, number);
      await s.fake.comment(s.repository, number, { by: 'gopher', body: commands.join('\n') });
      await s.see(number, concluded('success'));
      assert.equal(await countFailures(from), 0);
    });

    test('a comment that is deleted before it is answered: its commands are carried out, the delivery ends', async () => {
      const number = await s.open('deleted', 2);
      await s.see(number, isDone);
      const from = s.server().logs.length;
      const remove = async (): Promise<void> => {
        const { comments } = await s.fake.snapshot(s.repository, number);
        const said = comments.find(({ by }) => by === 'gopher');
        if (said) await s.fake.deleteComment(s.repository, said.id, { by: 'gopher' });
      };
      s.fake.faults.add({ match: { method: 'POST', path: /\/reactions$/u }, kind: { run: remove } });
      await s.fake.comment(s.repository, number, { by: 'gopher', body: commands.join('\n') });
      await s.see(number, concluded('success'));
      assert.equal(await countFailures(from), 0);
    });

    test('the command that an inline comment shows works as a reply to that comment', async () => {
      const number = await s.open('thread', 1);
      const { reviewComments } = await s.see(number, isDone);
      const [comment] = reviewComments;
      assert.ok(comment);
      const body = /\/allocgate accept \w+ because REASON/u.exec(comment.body)?.[0] ?? '';
      const reply = await s.fake.answer(s.repository, comment.id, { by: 'gopher', body });
      await s.see(number, concluded('success'));
      const seen = await s.see(number, (now) =>
        now.reviewComments.some(({ id, reactions }) => id === reply.id && reactions.length > 0),
      );
      assert.ok(seen.comments.some((one) => one.body.includes(`reply:review-comment-${reply.id}-1`)));
    });

    test('a command in the text of a review works, and is answered by a comment', async () => {
      const number = await s.open('reviewed', 1);
      const { headSha } = await s.see(number, isDone);
      const runs = s.fake.checkRuns(s.repository, headSha).length;
      const body = 'Please check.\n\n/allocgate rerun\n';
      const state = 'CHANGES_REQUESTED';
      const review = await s.fake.review(s.repository, number, { by: 'gopher', body, state });
      await s.see(number, ({ comments }) =>
        comments.some((one) => one.body.includes(`reply:review-${review.id}-3`)),
      );
      await until(
        () => s.fake.checkRuns(s.repository, headSha).length > runs,
        () => s.server().output(),
      );
      assert.ok(findCheck(await s.see(number, isDone)));
    });
  });
}
