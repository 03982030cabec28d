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
  writeLog,
} from '../support/app-scenario.ts';

/** Whole pull requests: a fake GitHub, and the App as processes of their own with real git, queue and database. */

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let scenario: Scenario;
    before(async () => {
      scenario = await createScenario({ backend });
    });
    afterEach(() => {
      assert.deepEqual(scenario.fake.violations, []);
    });
    after(() => scenario.close());

    test('a regression: a red check, one comment on its line, one summary; fixed: green, no comment', async () => {
      const number = await scenario.open('regression', 1);
      const red = await scenario.see(number, isDone);
      assert.equal(findCheck(red)?.conclusion, 'failure');
      assert.deepEqual(
        red.reviewComments.map(({ path, line, side }) => ({ path, line, side })),
        [{ path: 'log/log.go', line: 6, side: 'RIGHT' }],
      );
      assert.match(red.reviewComments[0]?.body ?? '', /Exercise.*MA-01/u);
      assert.equal(red.comments.length, 1);
      await scenario.push(number, 0);
      const green = await scenario.see(number, concluded('success'));
      assert.deepEqual(green.reviewComments, []);
      assert.match(green.comments[0]?.body ?? '', /There are no longer any allocation regressions/u);
      assert.equal(green.comments.length, 1);
    });

    test('a clean pull request gets a green check and no comment', async () => {
      const head = { branch: 'clean', contents: { change: { 'README.md': 'words' } } };
      const { number } = await scenario.fake.openPullRequest(scenario.repository, { author: 'gopher', head });
      const seen = await scenario.see(number, isDone);
      assert.equal(findCheck(seen)?.conclusion, 'success');
      assert.deepEqual([seen.comments, seen.reviewComments, seen.reviews], [[], [], []]);
    });

    test('a push while the run is under way: the old check is cancelled, only the new head is written to', async () => {
      const number = await scenario.open('moving', 1);
      const first = scenario.fake.pullRequest(scenario.repository, number).headSha;
      await scenario.push(number, 2, { force: true });
      const seen = await scenario.see(number, isDone);
      assert.equal(seen.reviewComments.length, 2);
      assert.equal(seen.comments.length, 1);
      const old = await until(
        () => {
          const checks = scenario.fake.checkRuns(scenario.repository, first);
          return checks.every(({ status }) => status === 'completed') && checks;
        },
        () => scenario.server().output(),
      );
      assert.deepEqual(new Set(old.map(({ conclusion }) => conclusion)), new Set(['cancelled']));
    });

    test('what was answered stays when it is fixed, and says so', async () => {
      const number = await scenario.open('answered', 1);
      const red = await scenario.see(number, isDone);
      const [comment] = red.reviewComments;
      assert.ok(comment);
      await scenario.fake.answer(scenario.repository, comment.id, { by: 'gopher', body: 'why?' });
      await scenario.push(number, 0);
      const green = await scenario.see(number, concluded('success'));
      assert.deepEqual(green.reviewComments.map(({ by }) => by).toSorted(), ['allocgate[bot]', 'gopher']);
      assert.match(green.reviewComments.find(({ id }) => id === comment.id)?.body ?? '', /fixed/iu);
    });

    test('a draft is reviewed when it is ready', async () => {
      const head = { branch: 'draft', contents: { change: { 'log/log.go': writeLog(1) } } };
      const pull = { author: 'gopher', head, draft: true };
      const { number } = await scenario.fake.openPullRequest(scenario.repository, pull);
      await scenario.see(await scenario.open('behind-the-draft', 0), () => true);
      assert.deepEqual((await scenario.fake.snapshot(scenario.repository, number)).checks, []);
      await scenario.fake.markReady(scenario.repository, number, { by: 'gopher' });
      await scenario.see(number, concluded('failure'));
    });

    test('re-run on the check measures again, and writes nothing twice', async () => {
      const number = await scenario.open('again', 1);
      const red = await scenario.see(number, isDone);
      const check = findCheck(red);
      assert.ok(check);
      await scenario.fake.rerequestCheck(scenario.repository, check.id, { by: 'gopher' });
      const again = await scenario.see(
        number,
        (seen) => concluded('failure')(seen) && findCheck(seen)?.externalId !== check.externalId,
      );
      assert.deepEqual([again.comments.length, again.reviewComments.length], [1, 1]);
    });

    test('a merge group is measured on its own commit', async () => {
      const number = await scenario.open('queue', 1);
      await scenario.see(number, isDone);
      const { headSha } = await scenario.fake.mergeGroup(scenario.repository, number);
      const check = await until(
        () =>
          scenario.fake.checkRuns(scenario.repository, headSha).find(({ status }) => status === 'completed'),
        () => scenario.server().output(),
      );
      assert.equal(check.conclusion, 'failure');
    });

    test('a head that comes back is reported again, and nothing of the one in between is left', async () => {
      const number = await scenario.open('back-and-forth', 1);
      const first = await scenario.see(number, concluded('failure'));
      await scenario.push(number, 0);
      await scenario.see(number, concluded('success'));
      await scenario.push(number, 1);
      const again = await scenario.see(number, concluded('failure'));
      assert.deepEqual(
        again.reviewComments.map(({ line }) => line),
        first.reviewComments.map(({ line }) => line),
      );
    });

    test('another target branch is compared with', async () => {
      const number = await scenario.open('retarget', 1);
      await scenario.see(number, concluded('failure'));
      const { headSha } = scenario.fake.pullRequest(scenario.repository, number);
      await scenario.fake.git(scenario.repository, 'branch', 'has-it-already', headSha);
      await scenario.fake.editPullRequest(scenario.repository, number, {
        by: 'gopher',
        base: 'has-it-already',
      });
      await scenario.see(number, concluded('success'));
    });

    test('closed in the middle: nothing more is written', async () => {
      const number = await scenario.open('closing', 1);
      await scenario.fake.closePullRequest(scenario.repository, number, { by: 'gopher' });
      const seen = await scenario.see(number, ({ checks }) =>
        checks.every(({ status }) => status === 'completed'),
      );
      assert.ok(
        seen.checks.every(({ conclusion }) => conclusion === 'cancelled' || conclusion === 'failure'),
      );
    });

    test('a renamed repository is reviewed under its new name', async () => {
      await scenario.fake.renameRepository(scenario.repository, 'logger');
      const number = await scenario.open('renamed', 1);
      await scenario.see(number, concluded('failure'));
      await scenario.fake.renameRepository(scenario.repository, 'log');
    });
  });
}
