import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { isInView, withPage } from './support.ts';

const names = (page: Page): Promise<string[]> => page.locator('article:not([hidden]) h3 a').allTextContents();

describe('the history', () => {
  it('draws each unit of each benchmark, what moved last first', () =>
    withPage('history', async (page) => {
      assert.deepEqual(await names(page), ['BenchmarkGrow/large', 'BenchmarkEncode', 'BenchmarkIdle']);
      const [grow, encode] = [page.locator('article').nth(0), page.locator('article').nth(1)];
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
      await page
        .locator('svg a', { has: page.locator('.accepted') })
        .first()
        .focus();
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

  it('is sorted by what moved most, and by name', () =>
    withPage('history', async (page) => {
      const order = page.getByLabel('Sort by');
      await order.selectOption('largest change of allocs/op');
      assert.deepEqual((await names(page)).slice(0, 2), ['BenchmarkEncode', 'BenchmarkGrow/large']);
      await order.selectOption('largest change of B/op');
      assert.deepEqual((await names(page)).slice(0, 2), ['BenchmarkGrow/large', 'BenchmarkEncode']);
      await order.selectOption('name');
      assert.deepEqual((await names(page)).slice(0, 2), ['BenchmarkEncode', 'BenchmarkGrow/large']);
      await order.selectOption('newest change');
      assert.deepEqual((await names(page)).slice(0, 2), ['BenchmarkGrow/large', 'BenchmarkEncode']);
    }));

  it('of 500 benchmarks is filtered by name and package, those that never moved included', () =>
    withPage(
      'history-large',
      async (page) => {
        const id = 'benchmark:example.com/m/pkg19.BenchmarkWork/case-24';
        assert.ok(await isInView(page, id), 'a link to a folded benchmark');
        // On a busy machine the browser reveals the target of the address in a frame after the page has loaded.
        await page.evaluate(
          'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
        );
        const steady = page.locator('details.steady');
        await steady.locator('summary').click();
        await page.getByLabel('Package').selectOption('example.com/m/pkg7');
        assert.equal(await page.locator('output').textContent(), '25 of 500 shown');
        assert.equal(await steady.getAttribute('open'), '');
        await page.getByRole('searchbox').fill('CASE-1');
        assert.equal(await page.locator('output').textContent(), '11 of 500 shown');
        await page.getByRole('searchbox').fill('');
        await page.getByLabel('Package').selectOption('');
        assert.equal(await page.locator('output').textContent(), '500 of 500 shown');
        assert.equal(await steady.getAttribute('open'), null, 'as it was before');
      },
      { hash: `#${encodeURIComponent('benchmark:example.com/m/pkg19.BenchmarkWork/case-24')}` },
    ));
});
