const heading = '## [Unreleased]';

/**
 * The changelog with what is unreleased under a version, and what that version's notes are. `date`: `2026-12-01`. Throws where
 * there is nothing to release.
 */
export function releaseChangelog(
  text: string,
  version: string,
  date: string,
): { text: string; notes: string } {
  const start = text.indexOf(`${heading}\n`);
  if (start === -1) throw new Error(`CHANGELOG.md has no "${heading}"`);
  const after = start + heading.length + 1;
  const next = text.indexOf('\n## [', after);
  const notes = text.slice(after, next === -1 ? undefined : next).trim();
  if (notes === '') throw new Error('CHANGELOG.md has nothing unreleased');
  if (text.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md has ${version} already`);
  const rest = next === -1 ? '' : text.slice(next);
  return {
    text: `${text.slice(0, after)}\n## [${version}] - ${date}\n\n${notes}\n${rest}`,
    notes,
  };
}
