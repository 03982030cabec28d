import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { backends, concluded, createScenario, type Scenario, untilQuiet } from '../support/app-scenario.ts';

/** Repositories that move, freeze, and lose branches while a review is under way. */

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let s: Scenario;
    before(async () => {
      s = await createScenario({ backend, env: { STUB_MEASURE_MS: '1000' } });
    });
    afterEach(() => assert.deepEqual(s.fake.violations, []));
    after(() => s.close());

    const untilMeasuring = (number: number): Promise<unknown> =>
      s.see(number, ({ checks }) => checks.some(({ status }) => status === 'in_progress'));

    test('a repository that is archived in the middle of a review: the review ends, and begins again when it no longer is', async () => {
      const number = await s.open('frozen', 1);
      await untilMeasuring(number);
      await s.fake.archiveRepository(s.repository);
      await untilQuiet(s);
      await s.fake.unarchiveRepository(s.repository);
      const { headSha } = await s.see(number, concluded('failure'));
      // GitHub refused to complete the first check while the repository was archived.
      await untilQuiet(s);
      const states = s.fake.checkRuns(s.repository, headSha).map((one) => `${one.status} ${one.conclusion}`);
      assert.deepEqual(states, ['completed cancelled', 'completed failure']);
      const sha = await s.push(number, 2);
      await s.see(number, (seen) => seen.headSha === sha && concluded('failure')(seen));
    });

    test('a target branch that is deleted: GitHub closes the pull request, and its review ends', async () => {
      const { fake, repository } = s;
      await fake.git(repository, 'branch', 'short-lived', 'main');
      const contents = { change: { 'README.md': '# words\n' } };
      const head = { branch: 'orphan', contents };
      const { number } = await fake.openPullRequest(repository, {
        author: 'gopher',
        base: 'short-lived',
        head,
      });
      await untilMeasuring(number);
      await fake.deleteBranch(repository, 'short-lived', { by: 'gopher' });
      const { checks } = await s.see(number, (seen) =>
        seen.checks.every(({ status }) => status === 'completed'),
      );
      assert.deepEqual(
        [checks[0]?.conclusion, fake.pullRequest(repository, number).state],
        ['cancelled', 'closed'],
      );
      await untilQuiet(s);
    });

    test('a repository that is transferred in the middle of a review: it continues under the new installation', async () => {
      const { fake, repository } = s;
      await fake.install('newco');
      const number = await s.open('moving', 1);
      await untilMeasuring(number);
      await fake.transferRepository(repository, 'newco');
      assert.equal(fake.repository(repository).fullName, 'newco/log');
      await s.see(number, concluded('failure'));
      await untilQuiet(s);
      const { id } = await fake.comment(repository, number, { by: 'gopher', body: '/allocgate help' });
      await s.see(number, ({ comments }) => comments.some(({ body }) => body.includes(`reply:${id}-1`)));
    });

    test('a repository that is transferred to where the App is not: its reviews end', async () => {
      const number = await s.open('leaving', 1);
      await untilMeasuring(number);
      await s.fake.transferRepository(s.repository, 'elsewhere');
      await untilQuiet(s);
    });
  });
}
