import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withPage } from './support.ts';

describe('the history', () => {
  it('draws each unit of each benchmark, what moved first', () =>
    withPage('history', async (page) => {
      assert.deepEqual(await page.locator('article h3 a').allTextContents(), [
        'BenchmarkEncode',
        'BenchmarkGrow/large',
        'BenchmarkIdle',
      ]);
      const [encode, grow] = [page.locator('article').nth(0), page.locator('article').nth(1)];
      assert.deepEqual(
        await encode.locator('svg').evaluateAll((all) => all.map((svg) => svg.getAttribute('aria-label'))),
        ['allocs/op over 6 commits: 2 to 5, now 3 to 5', 'B/op over 6 commits: 64 to 96, now 96'],
      );
      assert.equal(
        await encode.locator('svg').first().locator('.band').count(),
        2,
        'commits whose runs disagree',
      );
      assert.deepEqual(
        [await encode.locator('.mark').count(), await grow.locator('.mark').count()],
        [2, 1],
        'a mark in each unit that moved',
      );
    }));

  it('leads from a mark to its commit, by keyboard', () =>
    withPage('history', async (page) => {
      await page.locator('svg a').first().focus();
      await page.keyboard.press('Enter');
      const item = page.locator('.shown');
      assert.match((await item.textContent()) ?? '', /\+1 allocs\/op, \+32 B\/op\s+2000000000\s+2026-01-03/u);
      assert.match(
        (await item.textContent()) ?? '',
        /accepted by gopher on 2026-01-03 because tracing <b>pays<\/b>/u,
      );
      assert.equal(
        await item.getByRole('link', { name: '#102' }).getAttribute('href'),
        'https://github.com/acme/log/pull/102',
      );
    }));

  it('folds what did not move, and says why a commit has no numbers', () =>
    withPage('history', async (page) => {
      const idle = page.locator('article', { hasText: 'BenchmarkIdle' });
      assert.equal(await idle.isVisible(), false);
      await page.locator('summary', { hasText: 'did not move' }).press('Enter');
      assert.equal(await idle.isVisible(), true);
      await page.locator('summary', { hasText: 'could not be measured' }).press('Enter');
      assert.ok(await page.getByText('go.mod requires go >= 1.99').isVisible());
    }));
});
