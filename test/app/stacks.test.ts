import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { backends, concluded, createScenario, type Scenario, writeLog } from '../support/app-scenario.ts';
import type { MergeMethod } from '../support/fake-github/types.ts';

/** After a pull request is merged, its acceptances count for pull requests that were built on it. */

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let s: Scenario;
    before(async () => {
      s = await createScenario({ backend });
      s.fake.setPermission(s.repository, 'leaver', 'write');
    });
    afterEach(() => assert.deepEqual(s.fake.violations, []));
    after(() => s.close());

    /** A red pull request that `by` accepts. */
    async function openAccepted(branch: string, allocating: number, by = 'gopher'): Promise<number> {
      const number = await s.open(branch, allocating);
      await s.see(number, concluded('failure'));
      const body = Array.from(
        { length: allocating },
        (_, index) => `/allocgate accept BenchmarkInfo/${index} because ${branch} is cold`,
      ).join('\n');
      await s.fake.comment(s.repository, number, { by, body });
      await s.see(number, concluded('success'));
      return number;
    }

    async function openUpon(branch: string, base: string, onto = base): Promise<number> {
      const { fake, repository } = s;
      if (onto !== base) await fake.git(repository, 'branch', branch, onto);
      const contents = { change: { 'README.md': `# ${branch}\n` } };
      const wanted = { author: 'gopher', base, head: { branch, contents } };
      return (await fake.openPullRequest(repository, wanted)).number;
    }

    async function mergeAndDelete(number: number, branch: string, merge: MergeMethod): Promise<void> {
      await s.fake.closePullRequest(s.repository, number, { by: 'gopher', merge });
      await s.fake.deleteBranch(s.repository, branch, { by: 'gopher' });
    }

    test('the child of a squashed parent stays green, and who shares no commit with it stays red', async () => {
      const parent = await openAccepted('parent', 1);
      const child = await openUpon('child', 'parent');
      await s.see(child, concluded('success'));
      const sibling = await openUpon('sibling', 'main', 'parent');
      const unrelated = await s.open('unrelated', 1);
      for (const number of [sibling, unrelated]) await s.see(number, concluded('failure'));
      await mergeAndDelete(parent, 'parent', 'squash');
      assert.equal(s.fake.pullRequest(s.repository, child).baseRef, 'main');
      const told = `accepted by \`gopher\` on #${parent} on `;
      for (const number of [child, sibling]) {
        await s.see(number, ({ checks }) => {
          const newest = checks.at(-1);
          return newest?.conclusion === 'success' && newest.summary?.includes(told) === true;
        });
      }
      const other = await s.fake.snapshot(s.repository, unrelated);
      assert.equal(other.checks.at(-1)?.conclusion, 'failure');
      // It is copied only once: an acceptance that is withdrawn on the child does not return.
      await s.fake.comment(s.repository, child, {
        by: 'gopher',
        body: '/allocgate withdraw BenchmarkInfo/0',
      });
      const red = await s.see(child, ({ checks }) => checks.at(-1)?.conclusion === 'failure');
      await s.fake.comment(s.repository, child, { by: 'gopher', body: '/allocgate rerun' });
      const before = red.checks.at(-1)?.id;
      await s.see(child, ({ checks: [check] }) => check?.id !== before && check?.conclusion === 'failure');
      // Nor does it count for more than was accepted.
      const more = await s.push(sibling, 2);
      await s.see(sibling, (seen) => seen.headSha === more && concluded('failure')(seen));
    });

    test('what somebody accepted who may no longer write is asked again', async () => {
      const parent = await openAccepted('left', 2, 'leaver');
      const child = await openUpon('left-child', 'left');
      await s.see(child, concluded('success'));
      s.fake.setPermission(s.repository, 'leaver', 'read');
      await mergeAndDelete(parent, 'left', 'rebase');
      await s.see(child, concluded('failure'));
    });

    test('what was accepted on a pull request into a branch counts for the pull request of that branch', async () => {
      const whole = await openUpon('whole', 'main');
      await s.see(whole, concluded('success'));
      const { fake, repository } = s;
      const contents = { change: { 'log/log.go': writeLog(3) } };
      const wanted = { author: 'gopher', base: 'whole', head: { branch: 'part', contents } };
      const { number: part } = await fake.openPullRequest(repository, wanted);
      await s.see(part, concluded('failure'));
      const { checks } = await fake.snapshot(repository, part);
      await fake.requestAction(repository, checks[0]?.id ?? 0, 'accept', { by: 'gopher' });
      await s.see(part, concluded('success'));
      await mergeAndDelete(part, 'part', 'squash');
      const { headSha } = fake.pullRequest(repository, whole);
      const merged = await s.see(whole, (seen) => seen.headSha === headSha && concluded('success')(seen));
      assert.match(merged.checks.at(-1)?.summary ?? '', /accepted by `gopher` on #\d+/u);
    });
  });
}
