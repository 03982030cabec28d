import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { releaseChangelog } from './changelog.ts';

const text = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n## [0.1.0] - 2026-01-01\n\n- First.\n';

test('what is unreleased goes under the version, and the notes are what it was', () => {
  assert.deepEqual(releaseChangelog(text, '0.2.0', '2026-12-01'), {
    text: '# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- A.\n\n## [0.1.0] - 2026-01-01\n\n- First.\n',
    notes: '### Added\n\n- A.',
  });
});

test('nothing to release, or a version that is there, is an error', () => {
  const { text: released } = releaseChangelog(text, '0.2.0', '2026-12-01');
  assert.throws(() => releaseChangelog(released, '0.3.0', '2026-12-02'), /nothing unreleased/u);
  assert.throws(() => releaseChangelog(text, '0.1.0', '2026-12-02'), /0\.1\.0 already/u);
  assert.throws(() => releaseChangelog('# Changelog\n', '0.1.0', '2026-12-02'), /has no/u);
});

test('the changelog has a section for what comes next', () => {
  assert.match(readFileSync('CHANGELOG.md', 'utf8'), /^## \[Unreleased\]$/mu);
});
