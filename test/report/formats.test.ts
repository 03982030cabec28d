import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { planReview } from '../../src/report/data/report.ts';
import { formats } from '../../src/report/formats.ts';
import { formatNames } from '../../src/report/words/format-names.ts';
import { assertGolden } from '../support/golden.ts';
import { buildConfig, buildReview } from '../support/review-data.ts';

/** The page's own script, style and exercises have tests of their own. */
const readAssets = () => ({ script: '', style: '', exercise: () => null });

// The JSON report has a schema, which test/report/data checks.
for (const name of formatNames.filter((one) => one !== 'json')) {
  test(`the example review as ${name}`, () => {
    const planned = planReview(buildReview(), buildConfig());
    assertGolden(`review.${name}`, formats[name].render(planned, { colour: false, width: 96, readAssets }));
  });
}

test('Markdown begins with why a pull request would not get it', () => {
  const render = (config: Parameters<typeof buildConfig>[0]): string =>
    formats.markdown.render(planReview(buildReview(), buildConfig(config)), {
      colour: false,
      width: 96,
      readAssets,
    });
  const comments = { inline: true, summary: 'never', max: 30 } as const;
  assert.match(
    render({ gate: 'off' }),
    /^### allocgate: neutral\n\nA pull request gets no comments, because `gate`/mu,
  );
  assert.match(render({ comments }), /^### allocgate: fail\n\nA pull request does not get this summary/mu);
  assert.doesNotMatch(render({ gate: 'pass' }), /A pull request (?:gets|does)/u);
});

test('the README names each format', () => {
  const row = /^\| `--format FORMAT.*$/mu.exec(readFileSync('README.md', 'utf8'))?.[0] ?? '';
  for (const name of formatNames) assert.ok(row.includes(`\`${name}\``), name);
});
