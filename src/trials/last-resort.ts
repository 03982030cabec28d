import { benchmarkId } from '../compare/benchmark-id.ts';
import { removesApi } from '../remedies/api.ts';
import type { Review } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import { TAKE_BACK, type Finding, type Suggestion } from '../rules/types.ts';
import type { Checker } from './check.ts';
import { formatLike } from './gofmt.ts';
import { describeLines, type Hunk, listHunks, takeBack } from './hunks.ts';
import { readFrom } from './lab.ts';

/** The changes without which an experiment found the allocation gone; empty: it found none. */
export function findProved({ experiment }: Finding, all: readonly Hunk[]): Hunk[] {
  const proved = experiment?.trials.find(({ outcome }) => outcome === 'gone');
  const keyOf = (line: object): string => JSON.stringify(line);
  const lines = new Set(proved?.lines.map(keyOf));
  return all.filter((hunk) => describeLines([hunk]).some((line) => lines.has(keyOf(line))));
}

/**
 * The file that contains all of these changes, with base's lines in their place; null: it makes no sense to offer that. What
 * only adds lines is what the author wanted, and has nothing to go back to. What other packages can use must stay.
 */
export function writeTakeBack(
  hunks: readonly Hunk[],
  { grammar }: Pick<Lab, 'grammar'>,
  read: Parameters<typeof takeBack>[1],
): { file: string; head: string; text: string } | null {
  const [[file, text] = [], ...others] = takeBack(hunks, read);
  if (file === undefined || typeof text !== 'string' || others.length > 0) return null;
  const head = hunks.every(({ basePath }) => basePath !== null) ? read.head(file) : null;
  if (head === null || hunks.every(({ base }) => base.lines === 0)) return null;
  return removesApi(grammar, head, text) ? null : { file, head, text };
}

async function suggest(
  finding: Finding,
  { deltas, diff }: Review,
  lab: Lab,
  checker: Checker,
): Promise<Suggestion | null> {
  const delta = deltas.find((one) => benchmarkId(one) === finding.experiment?.benchmark);
  const read = { base: readFrom(lab, 'base'), head: readFrom(lab, 'head') };
  const written = delta ? writeTakeBack(findProved(finding, listHunks(diff)), lab, read) : null;
  if (!delta || !written) return null;
  const { file, head } = written;
  const [text = null] = await formatLike(lab, head, [written.text]);
  if (text === null) return null;
  const suggestion = await checker.tryOut({ remedy: TAKE_BACK, file, text }, head, delta);
  // Unlike a remedy, it does not keep what the code does, so tests must say that nothing depends on it.
  return suggestion && suggestion.tests > 0 ? suggestion : null;
}

/**
 * Offers to take back the part of the change that an experiment proved to be the cause of a finding, if no remedy passed,
 * and if head compiles without it, every test that passed still passes, and the benchmark's count falls. Returns the review
 * with what passed.
 */
export async function offerTakeBacks(
  review: Review,
  lab: Lab,
  budgetMs: number,
  checker: Checker,
): Promise<Review> {
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started > budgetMs || lab.signal.aborted;
  const findings: Finding[] = [];
  for (const finding of review.findings) {
    const isTried = finding.evidence === 'proven' && !finding.suggestion && !isOver();
    const suggestion = isTried ? await suggest(finding, review, lab, checker) : null;
    findings.push(suggestion ? { ...finding, suggestion } : finding);
  }
  return { ...review, findings };
}
