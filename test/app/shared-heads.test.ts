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
  untilQuiet,
} from '../support/app-scenario.ts';

/**
 * Several open pull requests with one head commit. GitHub keeps checks by commit, and branch rules take the newest one
 * of a name: it must be right for all of them, and a stranger must not change it.
 */

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let s: Scenario;
    before(async () => {
      s = await createScenario({ backend, env: { STUB_MEASURE_MS: '700' } });
    });
    afterEach(() => {
      assert.deepEqual(s.fake.violations, []);
    });
    after(() => s.close());

    const branch = (name: string, commit: string) =>
      s.fake.git(s.repository, 'update-ref', `refs/heads/${name}`, commit);

    /** A second pull request of the same branch. */
    async function proposeAgain(name: string, base: string): Promise<number> {
      const wanted = { author: 'gopher', base, head: { branch: name } };
      return (await s.fake.openPullRequest(s.repository, wanted)).number;
    }

    /** Until all check runs of the commit have ended, and the newest is as wanted. */
    async function untilNewest(sha: string, count: number, conclusion: string) {
      return until(
        () => {
          const runs = s.fake.checkRuns(s.repository, sha).filter(({ name }) => name === 'allocgate');
          const isOver = runs.length >= count && runs.every(({ status }) => status === 'completed');
          return isOver && runs.at(-1)?.conclusion === conclusion && runs.at(-1);
        },
        () => `${JSON.stringify(s.fake.checkRuns(s.repository, sha), null, 1)}\n${s.server().output()}`,
      );
    }

    test('two targets: the worst counts with a section each; accepted, then closed, it follows', async () => {
      const one = await s.open('feature', 1);
      const { headSha } = await s.see(one, isDone);
      await branch('other', headSha);
      const sha = await s.push(one, 2);
      await s.see(one, (seen) => seen.headSha === sha && concluded('failure')(seen));
      const { allocates } = { allocates: await s.fake.git(s.repository, 'rev-parse', sha) };
      await branch('has-it', allocates);
      // Nothing is new against a branch that has the commit already: this one alone would be green.
      await s.fake.push(s.repository, 'has-it', { change: { 'x.txt': 'x' } }, { by: 'gopher' });
      const two = await proposeAgain('feature', 'has-it');
      const red = await untilNewest(sha, 2, 'failure');
      assert.match(
        red.output.summary ?? '',
        new RegExp(`### Pull request #${one}[^]*### Pull request #${two}`, 'u'),
      );
      const body = [6, 7].map((line) => `/allocgate accept ${String(line).padStart(16, '0')} because cold`);
      await s.fake.comment(s.repository, one, { by: 'gopher', body: body.join('\n') });
      await untilNewest(sha, 2, 'success');
      await s.fake.comment(s.repository, one, { by: 'gopher', body: '/allocgate withdraw 0000000000000006' });
      await untilNewest(sha, 2, 'failure');
      await s.fake.closePullRequest(s.repository, one, { by: 'gopher' });
      const green = await untilNewest(sha, 2, 'success');
      assert.doesNotMatch(green.output.summary ?? '', /### Pull request #/u);
      await s.fake.closePullRequest(s.repository, two, { by: 'gopher' });
      await untilQuiet(s);
      assert.equal((await untilNewest(sha, 2, 'success')).output.title, green.output.title);
    });

    test('a stranger who proposes the same commit from a fork changes no check, whatever he does', async () => {
      const one = await s.open('green', 0);
      const { headSha } = await s.see(one, isDone);
      const before = s.fake.checkRuns(s.repository, headSha);
      const fork = await s.fake.forkRepository(s.repository, 'stranger');
      const theirs = { author: 'stranger', head: { branch: 'green', fork } };
      const { number } = await s.fake.openPullRequest(s.repository, theirs);
      await until(
        () =>
          [...s.workers, s.server()].some(({ logs }) =>
            logs.some((line) => line['outcome'] === 'action-required'),
          ),
        () => s.server().output(),
      );
      await s.fake.closePullRequest(s.repository, number);
      await s.fake.reopenPullRequest(s.repository, number);
      const two = await s.open('green-behind', 0);
      await s.see(two, isDone);
      assert.deepEqual(
        s.fake.checkRuns(s.repository, headSha).map(({ id, conclusion }) => [id, conclusion]),
        before.map(({ id, conclusion }) => [id, conclusion]),
      );
      assert.equal(findCheck(await s.fake.snapshot(s.repository, one))?.conclusion, 'success');
    });

    /** Opens a pull request of a stranger with a commit of the repository. Resolves when it waits for approval. */
    async function proposeStolen(owner: string, commit: string, base = 'main'): Promise<void> {
      await branch(`stolen-${owner}`, commit);
      const fork = await s.fake.forkRepository(s.repository, owner);
      const head = { branch: `stolen-${owner}`, fork };
      const waits = (): number =>
        [...s.workers, s.server()]
          .flatMap(({ logs }) => logs)
          .filter((line) => line['outcome'] === 'action-required').length;
      const before = waits();
      await s.fake.openPullRequest(s.repository, { author: owner, base, head });
      await until(
        () => waits() > before,
        () => s.server().output(),
      );
      await untilQuiet(s);
    }

    test('a stranger who proposes the commit of a merge group or of a merged pull request changes no check', async () => {
      const one = await s.open('queued', 0);
      const { headSha } = await s.see(one, isDone);
      const group = (await s.fake.mergeGroup(s.repository, one)).headSha;
      await until(
        () => s.fake.checkRuns(s.repository, group).length > 0,
        () => s.server().output(),
      );
      await proposeStolen('thief', group);
      await untilNewest(group, 1, 'success');
      assert.equal(s.fake.checkRuns(s.repository, group).length, 1);
      await s.fake.push(s.repository, 'old-release', { change: { 'x.txt': 'x\n' } }, { by: 'gopher' });
      await s.fake.closePullRequest(s.repository, one, { by: 'gopher', merge: true });
      await untilQuiet(s);
      await proposeStolen('robber', headSha, 'old-release');
      await untilNewest(headSha, 1, 'success');
      assert.equal(s.fake.checkRuns(s.repository, headSha).length, 1);
    });

    test('a green one stays green when another of the same commit is closed while it is measured', async () => {
      const one = await s.open('twice', 0);
      const { headSha } = await s.see(one, isDone);
      await s.fake.push(s.repository, 'release', { change: { 'x.txt': 'x\n' } }, { by: 'gopher' });
      const two = await proposeAgain('twice', 'release');
      await s.see(two, (seen) => seen.checks.some(({ status }) => status !== 'completed'));
      await s.fake.closePullRequest(s.repository, two);
      await untilNewest(headSha, 2, 'success');
    });

    test('"Re-run all" of a commit measures all pull requests that have it', async () => {
      const one = await s.open('both', 1);
      const { headSha } = await s.see(one, isDone);
      await branch('both-base', `${headSha}~1`);
      await proposeAgain('both', 'both-base');
      await untilNewest(headSha, 2, 'failure');
      await s.fake.rerequestSuite(s.repository, headSha, { by: 'gopher' });
      await untilNewest(headSha, 4, 'failure');
      assert.equal(s.fake.checkRuns(s.repository, headSha).length, 4);
    });
  });
}
