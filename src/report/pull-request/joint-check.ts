import { BODY_LIMIT, joinMarkdown } from '../model/body-limits.ts';
import { count } from '../model/prose.ts';
import type { CheckConclusion, PullRequestPlan } from '../model/pull-request.ts';

type PlannedCheck = PullRequestPlan['check'];

/** The part of a shared check that comes from the review of one pull request. */
export type CheckSection = { number: number; check: PlannedCheck };

/** Conclusions, the worst first. `neutral` and `success` satisfy a branch rule, the others do not. */
const severities: readonly CheckConclusion[] = [
  'failure',
  'action_required',
  'cancelled',
  'neutral',
  'success',
];

const severityOf = ({ check }: CheckSection): number => severities.indexOf(check.conclusion);

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** The texts, each under a heading. If they do not fit into one body, the worst text and the titles of the others. */
function joinTexts(sections: readonly CheckSection[], part: 'summary' | 'text', first: string): string {
  const filled = sections.filter(({ check }) => check[part] !== '');
  const full = joinMarkdown([
    first,
    ...filled.map(({ number, check }) => joinMarkdown([`### Pull request #${number}`, check[part]])),
  ]);
  if (full.length <= BODY_LIMIT) return full;
  const [worst, ...others] = filled;
  const titles = others.map(({ number, check }) => `- #${number}: ${check.title}`).join('\n');
  const short = joinMarkdown([first, titles, worst?.check[part] ?? '']);
  return short.length <= BODY_LIMIT ? short : (worst?.check[part] ?? '');
}

/**
 * The check of a commit that is the head of several open pull requests; null without sections. GitHub keeps checks by
 * commit, and branch rules read the newest one. So one check is about all of them: it has the worst conclusion, and a
 * section for each.
 */
export function joinChecks(sections: readonly CheckSection[]): PlannedCheck | null {
  const sorted = sections.toSorted((a, b) => severityOf(a) - severityOf(b) || a.number - b.number);
  const [worst, second] = sorted;
  if (!worst || !second) return worst?.check ?? null;
  const first = `This commit is the head of ${count(sorted.length, 'open pull request')}. It has one check, which shows the worst of their results.`;
  return {
    conclusion: worst.check.conclusion,
    title: `#${worst.number}: ${worst.check.title}`,
    summary: joinTexts(sorted, 'summary', first),
    text: joinTexts(sorted, 'text', ''),
    annotations: unique(sorted.flatMap(({ check }) => check.annotations)),
    actions: unique(sorted.flatMap(({ check }) => check.actions)),
  };
}
