import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { renderedStates } from '../support/page-states.ts';
import { isInView, withPage } from './support.ts';

const rowNames = (page: Page): Promise<string[]> =>
  page.locator('#benchmarks-table tbody tr:visible th a').allTextContents();

describe('the table of benchmarks', () => {
  it('shows what changed most first, and sorts by each header, both ways', () =>
    withPage('regression', async (page) => {
      const [first] = await rowNames(page);
      assert.equal(first, 'BenchmarkDecode');
      const header = page.getByRole('columnheader', { name: 'Benchmark' });
      await header.getByRole('button').click();
      const names = await rowNames(page);
      assert.equal(await header.getAttribute('aria-sort'), 'ascending');
      await header.getByRole('button').click();
      assert.deepEqual(await rowNames(page), names.toReversed());
      assert.equal(await header.getAttribute('aria-sort'), 'descending');
      const bytes = page.getByRole('columnheader', { name: 'B/op' }).getByRole('button');
      await bytes.click();
      assert.equal((await rowNames(page)).at(-1), 'BenchmarkEncode');
      await bytes.click();
      assert.equal((await rowNames(page))[0], 'BenchmarkEncode');
      assert.equal(await header.getAttribute('aria-sort'), null);
    }));

  it('filters by name, package and verdict, and says how many are shown', () =>
    withPage('regression', async (page) => {
      await page.getByLabel('Name').fill('info');
      assert.deepEqual(await rowNames(page), ['BenchmarkInfo/short']);
      assert.equal(await page.locator('output').textContent(), '1 of 7 shown');
      await page.getByLabel('Name').fill('');
      await page.getByLabel('Package').selectOption('example.com/m/codec');
      await page.getByLabel('Verdict').selectOption('improvement');
      assert.deepEqual(await rowNames(page), ['BenchmarkEncode']);
    }));
});

describe('a flame graph', () => {
  const graph = (page: Page) => page.getByRole('tree', { name: /BenchmarkInfo/u });

  it('draws base, head and their difference, in objects and bytes', () =>
    withPage('regression', async (page) => {
      const boxes = graph(page).getByRole('treeitem');
      // What is the same on both sides takes no part in the difference.
      assert.equal(await boxes.filter({ hasText: 'write' }).count(), 0);
      assert.equal(await boxes.filter({ hasText: 'log/log.go:42' }).count(), 1);
      assert.equal(await boxes.filter({ hasText: 'log/log.go:40 (base)' }).count(), 1);
      const button = (name: string) =>
        page.locator('.flame').first().getByRole('button', { name, exact: true });
      await button('base').click();
      assert.equal(await boxes.filter({ hasText: 'log/log.go:42' }).count(), 0);
      assert.equal(await boxes.filter({ hasText: 'write.go' }).count(), 1);
      await button('head').click();
      await button('bytes').click();
      assert.match(
        (await boxes.first().getAttribute('aria-label')) ?? '',
        /base 96, head 128 bytes\/op, \+32/u,
      );
      assert.equal(await button('bytes').getAttribute('aria-pressed'), 'true');
    }));

  it('is read from callers to what they call', () =>
    withPage('regression', async (page) => {
      const boxes = await graph(page).getByRole('treeitem').allTextContents();
      assert.deepEqual(boxes.slice(-3), ['log/log.go:42', 'fmt.Sprintf', 'log/log.go:40 (base)']);
    }));

  it('zooms where it is pressed, and out again', () =>
    withPage('regression', async (page) => {
      const line = graph(page).getByRole('treeitem').filter({ hasText: 'log/log.go:42' });
      const callee = graph(page).getByRole('treeitem').filter({ hasText: 'fmt.Sprintf' });
      const width = async (): Promise<number> => (await line.boundingBox())?.width ?? 0;
      const before = await width();
      const below = (await callee.boundingBox())?.width ?? 0;
      await line.click();
      const whole = (await graph(page).boundingBox())?.width ?? 0;
      assert.ok(
        before < whole * 0.8 && Math.abs((await width()) - whole) < 2,
        `${before}, ${await width()}, ${whole}`,
      );
      const grown = ((await callee.boundingBox())?.width ?? 0) / below;
      assert.ok(Math.abs(grown - whole / before) < 0.05, `${grown}, ${whole / before}`);
      await page.getByRole('button', { name: 'Zoom out' }).first().click();
      assert.ok(Math.abs((await width()) - before) < 2);
    }));

  it('is walked, zoomed and left by the keyboard', () =>
    withPage('regression', async (page) => {
      const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');
      await graph(page).getByRole('treeitem').first().focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
      const first = await focused();
      await page.keyboard.press('ArrowRight');
      assert.notEqual(await focused(), first);
      await page.keyboard.press('ArrowLeft');
      assert.equal(await focused(), first);
      await page.keyboard.press('Enter');
      assert.equal(await page.getByRole('button', { name: 'Zoom out' }).first().isEnabled(), true);
      await page.keyboard.press('Escape');
      assert.equal(await page.getByRole('button', { name: 'Zoom out' }).first().isEnabled(), false);
      await page.keyboard.press('ArrowUp');
      assert.equal(await focused(), 'log.(*Logger).Info');
    }));
});

describe('links', () => {
  it('lead to a finding that is folded, and to a benchmark that is filtered out', () =>
    withPage(
      'large',
      async (page) => {
        assert.ok(await isInView(page, 'finding:00000000000001f0'));
        assert.equal(await page.locator('[id="finding:00000000000001f0"]').getAttribute('open'), '');
        await page.getByLabel('Name').fill('no such benchmark');
        const id = 'benchmark:example.com/m/pkg49.BenchmarkWork/case-1999';
        await page.evaluate(`location.hash = '#' + encodeURIComponent(${JSON.stringify(id)})`);
        await page.locator(`[id="${id}"]`).waitFor({ state: 'visible' });
        assert.ok(await isInView(page, id));
        assert.equal(await page.locator('output').textContent(), '1 of 2000 shown');
      },
      { hash: '#finding%3A00000000000001f0' },
    ));

  it('lead somewhere, all of them, in every state', async () => {
    for (const name of Object.keys(renderedStates)) {
      await withPage(name, async (page) => {
        const dead = await page.evaluate(
          `[...document.querySelectorAll('a[href^="#"]')].map((link) => decodeURIComponent(link.getAttribute('href').slice(1))).filter((id) => !document.getElementById(id))`,
        );
        assert.deepEqual(dead, [], name);
      });
    }
  });

  it('lead from each step of a cause to its line, where the page has it', () =>
    withPage('regression', async (page) => {
      assert.equal(await page.locator('.chain li').count(), 5);
      const links = page.locator('.chain a');
      const hrefs = await links.evaluateAll((list) => list.map((one) => one.getAttribute('href') ?? ''));
      assert.equal(hrefs.length, 3, 'two steps are in a file without an excerpt');
      for (const href of hrefs) {
        const id = decodeURIComponent(href.slice(1));
        await page.locator(`.chain a[href="${href}"]`).click();
        assert.ok(await isInView(page, id), id);
      }
    }));
});

describe('the runs', () => {
  it('of a benchmark that did not change are dots and words, too, and its row leads there', () =>
    withPage('pass', async (page) => {
      const runs = page.locator('.runs tr');
      assert.equal(await runs.isVisible(), false);
      await page.locator('#benchmarks-table').getByRole('link', { name: 'BenchmarkNop' }).click();
      assert.equal(await runs.isVisible(), true);
      assert.match((await runs.textContent()) ?? '', /allocs\/op: base 0 in 3 runs, head 0 in 3 runs/u);
      assert.equal(await runs.locator('path.base').count(), 2, 'a row of dots for each unit');
      await runs.getByRole('link', { name: 'BenchmarkNop' }).click();
      assert.ok(await isInView(page, 'benchmark:example.com/m/log.BenchmarkNop'));
    }));

  it('with different values have a dot each', () =>
    withPage('noisy', async (page) => {
      const row = page.locator('.dots path.base').first();
      assert.equal(((await row.getAttribute('d')) ?? '').split('M').length - 1, 4);
    }));
});

describe('what was not sure', () => {
  it('is neither red nor green', () =>
    withPage('noisy', async (page) => {
      assert.deepEqual(
        await page.locator('.amount b').evaluateAll((all) => all.map((one) => one.className)),
        ['noisy', 'noisy'],
      );
      assert.equal(await page.locator('.changed .up').count(), 0);
    }));
});

describe('the source', () => {
  it('that does not compile has the lines of the compiler, as it wrote them', () =>
    withPage('does-not-compile', async (page) => {
      const text = await page.locator('#compiler pre').textContent();
      assert.equal(text, '# example.com/m/log\nlog/log.go:42:9: undefined: level\n');
    }));

  it('is cut where a line is too long to be read', () =>
    withPage('hostile', async (page) => {
      const lines = await page.locator('.code.head').allTextContents();
      assert.ok(lines.some((line) => line.endsWith('… (and 4500 characters)')));
      assert.ok(Math.max(...lines.map((line) => line.length)) < 600);
    }));
});

describe('changed functions', () => {
  it('stand with the benchmarks that run them, those that none runs first', () =>
    withPage('regression', async (page) => {
      const rows = page.locator('.functions tbody tr');
      const names = await rows.locator('th code').allTextContents();
      assert.deepEqual(names, ['(*Logger).rotate', 'Any', '(*Logger).Info']);
      assert.match((await rows.first().textContent()) ?? '', /new\s*no benchmark/u);
      await rows.last().getByRole('link', { name: 'BenchmarkInfo/short' }).click();
      assert.ok(await isInView(page, 'benchmark:example.com/m/log.BenchmarkInfo/short'));
    }));
});

describe('a page', () => {
  it('can be read at 400 pixels without scrolling sideways, in every state', async () => {
    for (const name of [
      'regression',
      'pass',
      'nothing-measured',
      'does-not-compile',
      'noisy',
      'hostile',
      'history',
      'history-empty',
    ]) {
      await withPage(
        name,
        async (page) => {
          const width = await page.evaluate('document.documentElement.scrollWidth');
          assert.equal(width, 400, name);
        },
        { viewport: { width: 400, height: 800 } },
      );
    }
  });

  it('is dark where the reader wants it', () =>
    withPage(
      'regression',
      async (page) => {
        const back = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        assert.equal(back, 'rgb(13, 17, 23)');
      },
      { colorScheme: 'dark' },
    ));

  it('can be read without its script', () =>
    withPage(
      'regression',
      async (page) => {
        assert.equal((await rowNames(page)).length, 7);
        assert.equal(await page.locator('#filter').isVisible(), false);
        assert.equal(await page.locator('.lines').first().isVisible(), true);
      },
      { javaScriptEnabled: false },
    ));

  it('lets nothing of a hostile pull request act', () =>
    withPage('hostile', async (page) => {
      for (const summary of await page.locator('summary:visible').all()) await summary.press('Enter');
      assert.equal(await page.locator('img, iframe, object, form[action], [onerror]').count(), 0);
      assert.equal(await page.locator('script').count(), 2);
      assert.doesNotMatch(await page.title(), /owned/u);
      const hrefs = await page
        .locator('a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
      assert.deepEqual(
        hrefs.filter((href) => !href.startsWith('#')),
        [],
      );
      assert.ok(
        (await page.locator('.code').allTextContents()).some((text) => text.includes('</code></table>')),
      );
    }));

  it('opens what is folded when it is printed', () =>
    withPage('large', async (page) => {
      const folded = page.locator('.finding details:not([open])');
      const before = await folded.count();
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      assert.ok((await folded.count()) < before);
      await page.evaluate("dispatchEvent(new Event('afterprint'))");
      assert.equal(await folded.count(), before);
    }));
});
