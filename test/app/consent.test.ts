import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before } from '../support/hooks.ts';
import { type LogLine, until } from '../support/app-process.ts';
import {
  backends,
  concluded,
  createScenario,
  findCheck,
  isDone,
  type Scenario,
  writeLog,
} from '../support/app-scenario.ts';

/** Commands of people on a pull request and their effects, on the same parts as in scenarios.test.ts. */

/** GitHub's times are whole seconds: people look before they speak. */
const aSecond = (): Promise<void> => sleep(1_100);

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
      assert.match(
        partial.summary ?? '',
        /only the benchmarks that match `\^BenchmarkSame\$` were measured/u,
      );
      assert.deepEqual(
        checks.filter((one) => one !== partial),
        red.checks,
      );
      assert.deepEqual(reviewComments, red.reviewComments);
      await fake.rerequestCheck(repository, partial.id, { by: 'gopher' });
      await scenario.see(number, (seen) =>
        seen.checks.some((one) => isPartial(one) && one.externalId !== partial.externalId),
      );
      // The measurement of all benchmarks still counts.
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
      const words = '/allocgate accept BenchmarkInfo/0 because I say so\n/allocgate rerun\n/allocgate help\n';
      const { id } = await say('stranger', words);
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
      const answers = told.comments.filter(({ body }) => body.includes(`<!-- allocgate:reply:${id}-`));
      assert.equal(answers.length, 1, 'one answer to all commands of a stranger in a comment');
      // However long a conversation is, what was said before a command is not read again for its answer.
      const read = scenario.fake.requests.filter(
        ({ method, path }) => method === 'GET' && path.includes(`/issues/${number}/comments?`),
      );
      assert.ok(
        read.some(({ path }) => path.includes('since=')),
        'comments since the command',
      );
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

    test('what a writer pushes to a fork of theirs runs, and what a stranger pushes to the same branch waits', async () => {
      const { fake, repository, see } = scenario;
      const fork = await fake.forkRepository(repository, 'gopher');
      const { number } = await fake.openPullRequest(repository, {
        author: 'gopher',
        head: { branch: 'own', fork, contents: { change: { 'log/log.go': writeLog(1) } } },
      });
      await see(number, concluded('failure'));
      const push = (allocating: number, by: string): Promise<string> =>
        fake.pushHead(repository, number, { change: { 'log/log.go': writeLog(allocating) } }, { by });
      const own = await push(0, 'gopher');
      await see(number, (seen) => seen.headSha === own && concluded('success')(seen));
      const theirs = await push(2, 'stranger');
      await see(number, (seen) => seen.headSha === theirs && concluded('action_required')(seen));
      // It may contain the stranger's text.
      const above = await push(3, 'gopher');
      await see(number, (seen) => seen.headSha === above && concluded('action_required')(seen));
      await aSecond();
      await fake.comment(repository, number, { by: 'gopher', body: '/allocgate approve' });
      await see(number, ({ checks }) => checks.some(({ conclusion }) => conclusion === 'failure'));
      const next = await push(0, 'gopher');
      await see(number, (seen) => seen.headSha === next && concluded('success')(seen));
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
      assert.match(seen.comments.at(-1)?.body ?? '', /may have been pushed after your comment/u);
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
      assert.ok(replies.some((body) => body.includes('may have been pushed after your comment')));
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
      assert.equal(findCheck(seen)?.title, 'Not measured: this repository does not measure forks');
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
  });
}
