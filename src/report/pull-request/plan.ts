import { planAnnotations } from './annotations.ts';
import { fitBody, FOLDED_LIMIT, joinMarkdown, takeEntries } from '../model/body-limits.ts';
import { describeRest } from '../words/headline.ts';
import { describeReach } from '../words/reach.ts';
import { planComments } from './comments.ts';
import { count, toMarkdown } from '../model/prose.ts';
import type { CodeLinks } from '../markdown/links.ts';
import type { CheckAction, PullRequestPlan } from '../model/pull-request.ts';
import type { PlannedReview } from '../decide/planned.ts';
import { listGating } from '../decide/subjects.ts';
import {
  nameBenchmarks,
  writeBenchmarks,
  writeBuildErrors,
  writeMeasurement,
  writeReasons,
  writeWarnings,
} from '../markdown/report.ts';
import type { Report } from '../model/schema.ts';
import { conclusions } from '../model/verdicts.ts';
import { writeAccepted, writeHeadline, writePlacedFinding } from '../markdown/summary.ts';

/** The button on every check that has ended. */
export const rerun: CheckAction = {
  label: 'Re-run',
  description: 'Measure this commit again',
  identifier: 'rerun',
};
const accept: CheckAction = {
  label: 'Accept',
  description: 'Accept all gating regressions',
  identifier: 'accept',
};

/** The check's title. GitHub shows it beside the name, where titles have no full stop. */
const writeTitle = (planned: PlannedReview): string => writeHeadline(planned).replace(/\.$/u, '');

const writeNextSteps = ({ verdict }: Report, hasButtons: boolean): string =>
  verdict === 'fail'
    ? `Fix the regressions that gate, or accept them: a person with write access comments \`/allocgate accept BENCHMARK because REASON\`${hasButtons ? ', or presses **Accept**' : ''}.`
    : '';

/** The part of the check that is read first: the headline, the numbers, and the acceptances. */
function writeCheckSummary(planned: PlannedReview, hasButtons: boolean, links: CodeLinks | null): string {
  const { report, review } = planned;
  const name = nameBenchmarks(report);
  return fitBody((limit) =>
    joinMarkdown([
      `**${writeHeadline(planned)}**`,
      writeBuildErrors(report, limit),
      writeBenchmarks(report, name, limit, links),
      describeRest(report),
      toMarkdown(describeReach(report)),
      writeAccepted(planned, limit),
      writeNextSteps(report, hasButtons),
      writeWarnings(review, limit),
    ]),
  );
}

/** The second part of the check: the findings, the reasons for verdicts, and how it was measured. */
function writeCheckText({ report, review, judged }: PlannedReview, links: CodeLinks | null): string {
  const name = nameBenchmarks(report);
  const writeMore = (dropped: number): string => `… and ${count(dropped, 'more finding')}`;
  return fitBody((limit) =>
    joinMarkdown([
      report.findings.length === 0 ? '' : '### Findings',
      ...takeEntries(
        report.findings,
        limit,
        (one) => writePlacedFinding(one, judged, limit, links),
        writeMore,
      ),
      writeReasons(review, name, limit),
      writeMeasurement(report, name, Math.min(limit, FOLDED_LIMIT)),
    ]),
  );
}

const listActions = (report: Report): CheckAction[] =>
  listGating(report).length > 0 ? [rerun, accept] : [rerun];

/**
 * Plans everything that one review writes to its pull request: the check run, the summary and the comments on lines.
 * The same review gives the same plan.
 * @param headSha the commit that must still be the head when the plan is written
 * @param hasButtons whether buttons on the check work: only an App receives their presses
 * @param notice a paragraph that the summary begins with
 * @param repositoryUrl the repository's page on GitHub, to link lines of code; null: nothing is linked
 */
export function planPullRequest(
  planned: PlannedReview,
  headSha: string,
  {
    hasButtons = true,
    notice = '',
    repositoryUrl = null,
  }: { hasButtons?: boolean; notice?: string; repositoryUrl?: string | null } = {},
): PullRequestPlan {
  const { report } = planned;
  const links = repositoryUrl === null ? null : { repositoryUrl, headSha };
  const comments = planComments(planned, { isUpdate: true, notice, links });
  return {
    headSha,
    check: {
      conclusion: conclusions[report.verdict],
      title: writeTitle(planned),
      summary: writeCheckSummary(planned, hasButtons, links),
      text: writeCheckText(planned, links),
      annotations: planAnnotations(report.findings),
      actions: hasButtons ? listActions(report) : [],
    },
    summary: { body: comments.summary, create: comments.postSummary },
    comments: comments.inline,
    updates: comments.updates,
    findings: report.findings.map(({ id }) => id),
  };
}
