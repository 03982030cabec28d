import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createScenario, findCheck } from '../support/app-scenario.ts';
import { readTree } from '../support/go-repository.ts';

const DEMO = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));

test('a pull request in real Go: built, measured and told of, then fixed', async () => {
  const base = await readTree(`${DEMO}/base`);
  const scenario = await createScenario({ backend: 'pglite', engine: 'real', files: base });
  try {
    const { fake, repository } = scenario;
    const head = { branch: 'change', contents: { files: await readTree(`${DEMO}/head`) } };
    const { number } = await fake.openPullRequest(repository, { author: 'gopher', head });
    const red = await scenario.see(number, (seen) => findCheck(seen) !== null);
    assert.equal(findCheck(red)?.conclusion, 'failure');
    assert.deepEqual(
      red.reviewComments.map(({ path, line, body }) => [path, line, /MA-01|FA-03/u.exec(body)?.[0]]),
      [
        ['format.go', 14, 'MA-01'],
        ['route/route.go', 25, 'FA-03'],
      ],
    );
    // The name leads to the line at the commit that was measured, and to the comment that was posted before.
    assert.match(
      findCheck(red)?.summary ?? '',
      /\| 0 → 4 \(\*\*\+4\*\*\) \| \[`accesslog\.AppendLine`\]\(http:\/\/\S+\/blob\/[\da-f]{40}\/\w+\.go#L\d+\) \(\[comment\]\(http:\/\/\S+\/pull\/\d+#discussion_r\d+\)\) \|/u,
    );
    await fake.pushHead(repository, number, { files: { ...base, 'README.md': 'fixed\n' } }, { by: 'gopher' });
    const green = await scenario.see(number, (seen) => findCheck(seen)?.conclusion === 'success');
    assert.deepEqual(green.reviewComments, []);
    assert.deepEqual(fake.violations, []);
  } finally {
    await scenario.close();
  }
});
