import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LogLine, until } from '../support/app-process.ts';
import { backends, createScenario, findCheck, type Scenario, writeLog } from '../support/app-scenario.ts';
import type { Snapshot } from '../support/fake-github/index.ts';

/** Whole pull requests: a fake GitHub, and the App as processes of their own with real git, queue and database. */
/** GitHub's times are whole seconds: people look before they speak. */
const aSecond = (): Promise<void> => sleep(1_100);

const isDone = (seen: Snapshot): boolean => findCheck(seen) !== null;
const concluded =
  (conclusion: string) =>
  (seen: Snapshot): boolean =>
    findCheck(seen)?.conclusion === conclusion;

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let scenario: Scenario;
    before(async () => {
      scenario = await createScenario({ backend });
      for (const login of ['outsider', 'scripter']) scenario.fake.addUser(login);
      scenario.fake.setPermission(scenario.repository, 'scripter', 'write');
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
      assert.match(green.comments[0]?.body ?? '', /No allocation regressions any more/u);
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

    test('accept turns the check green, survives a push, and is void when the regression is withdrawn', async () => {
      const number = await scenario.open('accepted', 1);
      await scenario.see(number, isDone);
      const say = (body: string) =>
        scenario.fake.comment(scenario.repository, number, { by: 'gopher', body });
      const { id } = await say('/allocgate accept BenchmarkInfo/0 because we need it');
      const accepted = await scenario.see(number, concluded('success'));
      assert.match(findCheck(accepted)?.summary ?? '', /accepted by `gopher`.*because `?we need it/u);
      const answered = await scenario.see(number, ({ comments }) =>
        comments.some((one) => one.id === id && one.reactions.length > 0),
      );
      assert.deepEqual(answered.comments.find((one) => one.id === id)?.reactions, [
        { by: 'allocgate[bot]', content: '+1' },
      ]);
      await scenario.fake.pushHead(
        scenario.repository,
        number,
        { change: { 'README.md': 'more words' } },
        { by: 'gopher' },
      );
      await scenario.see(number, concluded('success'));
      await say('/allocgate withdraw BenchmarkInfo/0');
      await scenario.see(number, concluded('failure'));
    });

    test('some benchmarks alone have a check of their own, and nothing else changes', async () => {
      const { fake, repository } = scenario;
      const number = await scenario.open('partial', 2);
      const red = await scenario.see(number, isDone);
      const say = (body: string) => fake.comment(repository, number, { by: 'gopher', body });
      await say('/allocgate run ^BenchmarkSame$');
      const isPartial = ({ name, status }: { name: string; status: string }): boolean =>
        name === 'allocgate (^BenchmarkSame$)' && status === 'completed';
      const { checks, reviewComments } = await scenario.see(number, (seen) => seen.checks.some(isPartial));
      const partial = checks.find(isPartial);
      assert.ok(partial);
      assert.deepEqual([partial.conclusion, partial.actions], ['neutral', ['Re-run']]);
      assert.match(partial.summary ?? '', /Only the benchmarks that `\^BenchmarkSame\$` matches/u);
      assert.deepEqual(
        checks.filter((one) => one !== partial),
        red.checks,
      );
      assert.deepEqual(reviewComments, red.reviewComments);
      await fake.rerequestCheck(repository, partial.id, { by: 'gopher' });
      await scenario.see(number, (seen) =>
        seen.checks.some((one) => isPartial(one) && one.externalId !== partial.externalId),
      );
      // What was measured of all of them is still what counts.
      await say('/allocgate accept BenchmarkInfo/0 because a\n/allocgate accept BenchmarkInfo/1 because b');
      const green = await scenario.see(number, concluded('success'));
      assert.equal(findCheck(green)?.id, findCheck(red)?.id);
    });

    test('commands of others, of bots, in quotes and in code do nothing', async () => {
      const number = await scenario.open('commands', 1);
      await scenario.see(number, isDone);
      const say = (by: string, body: string) =>
        scenario.fake.comment(scenario.repository, number, { by, body });
      await say('gopher', '> /allocgate accept BenchmarkInfo/0 because quoted');
      await say('gopher', '```\n/allocgate accept BenchmarkInfo/0 because code\n```');
      const { id } = await say('stranger', '/allocgate accept BenchmarkInfo/0 because I say so');
      const seen = await scenario.see(number, ({ comments }) =>
        comments.some(({ reactions }) => reactions.length > 0),
      );
      const reacted = seen.comments.filter(({ reactions }) => reactions.length > 0);
      assert.deepEqual(
        reacted.map((one) => [one.id, one.reactions[0]?.content]),
        [[id, '-1']],
      );
      assert.equal(findCheck(seen)?.conclusion, 'failure');
      const { id: typo } = await say('gopher', '/allocgate acept BenchmarkInfo/0 because typo');
      const told = await scenario.see(number, ({ comments }) =>
        comments.some(({ body }) => body.includes(`reply:${typo}-1`)),
      );
      assert.match(told.comments.at(-1)?.body ?? '', /Did you mean `\/allocgate accept`/u);
    });

    test('a fork waits for approval of each head', async () => {
      const fork = await scenario.fake.forkRepository(scenario.repository, 'stranger');
      const { number } = await scenario.fake.openPullRequest(scenario.repository, {
        author: 'stranger',
        head: { branch: 'idea', fork, contents: { change: { 'log/log.go': writeLog(1) } } },
      });
      await scenario.see(number, concluded('action_required'));
      await scenario.fake.comment(scenario.repository, number, {
        by: 'stranger',
        body: '/allocgate approve',
      });
      await scenario.see(number, ({ comments }) =>
        comments.some(({ reactions }) => reactions.some(({ content }) => content === '-1')),
      );
      await aSecond();
      await scenario.fake.comment(scenario.repository, number, { by: 'gopher', body: '/allocgate approve' });
      await scenario.see(number, ({ checks }) => checks.some(({ conclusion }) => conclusion === 'failure'));
      await scenario.fake.pushHead(
        scenario.repository,
        number,
        { change: { 'log/log.go': writeLog(2) } },
        { by: 'stranger' },
      );
      await scenario.see(number, concluded('action_required'));
    });

    test('what a stranger pushes between a word of consent and its arrival is not approved', async () => {
      const { fake, repository } = scenario;
      const fork = await fake.forkRepository(repository, 'swapper');
      const { number } = await fake.openPullRequest(repository, {
        author: 'swapper',
        head: { branch: 'harmless', fork, contents: { change: { 'log/log.go': writeLog(0) } } },
      });
      await scenario.see(number, concluded('action_required'));
      await aSecond();
      fake.autoDeliver = false;
      await fake.comment(repository, number, { by: 'gopher', body: '/allocgate approve' });
      await aSecond();
      const harm = { change: { 'log/log.go': writeLog(2) } };
      await fake.pushHead(repository, number, harm, { by: 'swapper' });
      fake.autoDeliver = true;
      await fake.sendPending((pending) => pending);
      const seen = await scenario.see(number, ({ comments }) => comments.length === 2);
      assert.match(seen.comments.at(-1)?.body ?? '', /may have been pushed after you said this/u);
      await scenario.see(number, concluded('action_required'));
      await aSecond();
      await fake.comment(repository, number, { by: 'gopher', body: '/allocgate approve' });
      await scenario.see(number, concluded('failure'));
    });

    test('what is pushed between a word or press of consent and its arrival is not accepted', async () => {
      const { fake, repository } = scenario;
      const number = await scenario.open('accepted-late', 1);
      const red = await scenario.see(number, isDone);
      await aSecond();
      fake.autoDeliver = false;
      await fake.comment(repository, number, {
        by: 'gopher',
        body: '/allocgate accept BenchmarkInfo/0 because of one line',
      });
      const pending = fake.pendingDeliveries;
      fake.pendingDeliveries = [];
      fake.autoDeliver = true;
      // Longer than clocks may differ.
      for (let second = 0; second < 3; second += 1) await aSecond();
      await scenario.push(number, 2);
      await scenario.see(number, (seen) => isDone(seen) && seen.headSha !== red.headSha);
      for (const delivery of pending) await fake.send(delivery);
      await fake.requestAction(repository, findCheck(red)?.id ?? 0, 'accept', { by: 'gopher' });
      const { comments } = await scenario.see(number, (seen) => seen.comments.length === 4);
      const replies = comments.map(({ body }) => body);
      assert.ok(replies.some((body) => body.includes('may have been pushed after you said this')));
      assert.ok(replies.some((body) => body.includes(`That check is about \`${red.headSha.slice(0, 12)}\``)));
      assert.equal(findCheck(await scenario.see(number, isDone))?.conclusion, 'failure');
    });

    test('forks: never in the config: the check says so, and nothing approves it', async () => {
      const { fake, repository } = scenario;
      const contents = { change: { '.github/allocgate.yml': 'forks: never\n' } };
      const head = { branch: 'configured', contents };
      const { headSha } = await fake.openPullRequest(repository, { author: 'gopher', head });
      await fake.git(repository, 'branch', 'without-forks', headSha);
      const fork = await fake.forkRepository(repository, 'outsider');
      const { number } = await fake.openPullRequest(repository, {
        author: 'outsider',
        base: 'without-forks',
        head: { branch: 'refused', fork, contents: { change: { 'log/log.go': writeLog(1) } } },
      });
      const seen = await scenario.see(number, concluded('neutral'));
      assert.equal(findCheck(seen)?.title, 'Not measured: pull requests from forks are not');
      const { id } = await fake.comment(repository, number, { by: 'gopher', body: '/allocgate approve' });
      const told = await scenario.see(number, ({ comments }) =>
        comments.some(({ body }) => body.includes(`reply:${id}-1`)),
      );
      assert.match(told.comments.at(-1)?.body ?? '', /forks: never/u);
      assert.equal(findCheck(told)?.conclusion, 'neutral');
    });

    test('commands of one user: thirty an hour, and one answer that says so', async () => {
      const { fake, repository } = scenario;
      const number = await scenario.open('script', 0);
      const say = (lines: number) =>
        fake.comment(repository, number, { by: 'scripter', body: '/allocgate help\n'.repeat(lines) });
      const untilDone = (count: number): Promise<unknown> => {
        const { logs, output } = scenario.server();
        const isOurs = ({ step, by }: LogLine): boolean => step === 'command' && by === 'scripter';
        return until(() => logs.filter(isOurs).length === count, output);
      };
      for (let count = 0; count < 3; count += 1) await say(10);
      await untilDone(30);
      const late = new Set([await say(1), await say(1), await say(1)].map(({ id }) => id));
      await untilDone(33);
      const seen = await fake.snapshot(repository, number);
      const reactions = seen.comments
        .filter(({ id }) => late.has(id))
        .flatMap((one) => one.reactions.map(({ content }) => content));
      assert.deepEqual(reactions, ['confused', 'confused', 'confused']);
      const replies = seen.comments.filter(({ body }) => body.includes('reply:'));
      const refusals = replies.filter(({ body }) => /more than 30 commands in an hour/u.test(body));
      assert.deepEqual([replies.length, refusals.length], [31, 1]);
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

    test('the button "Accept" accepts what gates, for those who may', async () => {
      const { fake, repository, server } = scenario;
      const number = await scenario.open('button', 2);
      const red = await scenario.see(number, isDone);
      const check = findCheck(red);
      assert.ok(check);
      await fake.requestAction(repository, check.id, 'accept', { by: 'stranger' });
      await server().untilLog(({ command, by }) => command === 'accept all' && by === 'stranger');
      assert.deepEqual((await fake.snapshot(repository, number)).comments, red.comments);
      await fake.requestAction(repository, check.id, 'accept', { by: 'gopher' });
      await scenario.see(number, concluded('success'));
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

    test('what was accepted for a pull request is accepted in its merge group', async () => {
      const { fake, repository } = scenario;
      const number = await scenario.open('accepted-queue', 1);
      await scenario.see(number, isDone);
      const body = '/allocgate accept BenchmarkInfo/0 because the queue shall pass';
      await fake.comment(repository, number, { by: 'gopher', body });
      await scenario.see(number, concluded('success'));
      const { headSha } = await fake.mergeGroup(repository, number);
      const check = await until(
        () => fake.checkRuns(repository, headSha).find(({ status }) => status === 'completed'),
        () => scenario.server().output(),
      );
      assert.equal(check.conclusion, 'success');
    });

    test('a head that comes back is told of again, and nothing of the one in between is left', async () => {
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

    test('closed in the middle: nothing is written any more', async () => {
      const number = await scenario.open('closing', 1);
      await scenario.fake.closePullRequest(scenario.repository, number, { by: 'gopher' });
      const seen = await scenario.see(number, ({ checks }) =>
        checks.every(({ status }) => status === 'completed'),
      );
      assert.ok(
        seen.checks.every(({ conclusion }) => conclusion === 'cancelled' || conclusion === 'failure'),
      );
    });

    test('a renamed repository goes on', async () => {
      await scenario.fake.renameRepository(scenario.repository, 'logger');
      const number = await scenario.open('renamed', 1);
      await scenario.see(number, concluded('failure'));
      await scenario.fake.renameRepository(scenario.repository, 'log');
    });
  });
}
