import type { Report } from '../../src/report/model/schema.ts';
import type { Files } from '../support/go-repository.ts';
import { makeReview } from '../support/local-review.ts';
import { WITHOUT_REACH } from '../support/without-reach.ts';

/** The module with the fixtures. */
export const MODULE = 'example.com/fixtures';

/** The files without their want comments, which would make equal lines differ. */
export function withoutWants(files: Files): Files {
  const entries = Object.entries(files).map(([name, text]) => [
    name,
    text.replaceAll(/[ \t]*\/\/ want(?: ".*")?$/gmu, ''),
  ]);
  return Object.fromEntries(entries);
}

/** The report of the real git and the real Go toolchain on two commits. */
export async function reviewFixtures(dir: string, base: string, head: string): Promise<Report> {
  return (await makeReview(dir, base, head, { config: WITHOUT_REACH })).report;
}

/** `MA-01 at ma01/cache_key.go:8` for every place of every finding, sorted. */
export const describePlaces = (findings: Report['findings']): string[] =>
  findings
    .flatMap(({ exercise, places }) => places.map(({ file, line }) => `${exercise.id} at ${file}:${line}`))
    .sort();
