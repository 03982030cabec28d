import assert from 'node:assert/strict';
import { it } from 'node:test';
import axe from 'axe-core';
import { z } from 'zod';
import { renderedStates } from '../support/page-states.ts';
import { withPage } from './support.ts';

const violations = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

/** What large pages show is in the others, too, and they would take axe minutes. */
const names = Object.keys(renderedStates).filter((name) => !name.endsWith('large'));

for (const name of names) {
  it(`has no fault for those who do not see it, at two widths, light and dark: ${name}`, async () => {
    for (const width of [400, 1280]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await withPage(
          name,
          async (page) => {
            await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
            await page.evaluate(axe.source);
            const found = await page.evaluate('axe.run().then(({ violations }) => violations)');
            assert.deepEqual(
              violations.parse(found).map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
              [],
              `${width} ${colorScheme}`,
            );
          },
          { colorScheme, viewport: { width, height: 900 } },
        );
      }
    }
  });
}

const stop = z.object({ name: z.string(), isSeen: z.boolean(), hasOutline: z.boolean() }).nullable();
const focused = `(() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { top, bottom, width } = element.getBoundingClientRect();
  return {
    name: element.tagName + ' ' + element.textContent.slice(0, 40),
    isSeen: bottom > 0 && top < innerHeight && width > 0,
    hasOutline: outlineStyle !== 'none' && outlineWidth !== '0px',
  };
})()`;

for (const [name, least] of [
  ['regression', 40],
  ['history', 10],
] as const) {
  it(`shows where the keyboard is, at each stop of the Tab key: ${name}`, () =>
    withPage(
      name,
      async (page) => {
        let stops = 0;
        for (; stops < 200; stops += 1) {
          await page.keyboard.press('Tab');
          const at = stop.parse(await page.evaluate(focused));
          if (at === null) break;
          assert.ok(at.isSeen && at.hasOutline, at.name);
        }
        assert.ok(stops >= least && stops < 200, `${stops} stops`);
      },
      { viewport: { width: 400, height: 900 } },
    ));
}
