import { judgeAcceptances } from '../decide/acceptances.ts';
import { planAnnotations } from './annotations.ts';
import { fitBody, foldedLimit, joinBlocks, takeEntries } from '../model/body-limits.ts';
import { describeRest } from '../words/headline.ts';
import { planComments } from './comments.ts';
import { placeFindings } from '../decide/placement.ts';
import { planReport } from '../data/report.ts';
import { count } from '../model/prose.ts';
import type { Acceptance, CheckAction, Measured, PullRequestPlan } from '../model/pull-request.ts';
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
import type { Told } from '../markdown/summary.ts';

/** The button on every check that has ended. */
export const rerun: CheckAction = {
  label: 'Re-run',
  description: 'Measure this commit again',
  identifier: 'rerun',
};
const accept: CheckAction = {
  label: 'Accept',
  description: 'Accept what gates, in your name',
  identifier: 'accept',
};

/** The title stands beside the check's name, where a full stop would look lost. */
const writeTitle = (told: Told): string => writeHeadline(told).replace(/\.$/u, '');

const writeNextSteps = ({ verdict }: Report): string =>
  verdict === 'fail'
    ? 'Change what gates, or accept it: a person with write access comments `/allocgate accept BENCHMARK because REASON`, or presses **Accept**.'
    : '';

/** What a reader sees first: the sentence, the numbers, who accepted what. */
function writeCheckSummary(told: Told): string {
  const { report, review } = told;
  const name = nameBenchmarks(report);
  return fitBody((limit) =>
    joinBlocks([
      `**${writeHeadline(told)}**`,
      writeBuildErrors(report, limit),
      writeBenchmarks(report, name, limit),
      describeRest(report),
      writeAccepted(told, limit),
      writeNextSteps(report),
      writeWarnings(review, limit),
    ]),
  );
}

/** All the rest: each finding, the reasons behind verdicts, how it was measured. */
function writeCheckText({ report, review, judged }: Told): string {
  const name = nameBenchmarks(report);
  const tell = (dropped: number): string => `… and ${count(dropped, 'more finding')}`;
  return fitBody((limit) =>
    joinBlocks([
      report.findings.length === 0 ? '' : '### Findings',
      ...takeEntries(report.findings, limit, (one) => writePlacedFinding(one, judged, limit), tell),
      writeReasons(review, name, limit),
      writeMeasurement(report, name, Math.min(limit, foldedLimit)),
    ]),
  );
}

/**
 * Plans all that one review writes to its pull request: the check run, the summary and the comments on lines. The same
 * review, config and acceptances give the same plan.
 * @param measured what was found, and the config of the base
 * @param options.headSha the commit that the plan is for, and that must still be the head when it is written
 * @param options.acceptances all of the pull request's, void ones too
 */
export function planPullRequest(
  { review, config }: Pick<Measured, 'review' | 'config'>,
  { headSha, acceptances }: { headSha: string; acceptances: readonly Acceptance[] },
): PullRequestPlan {
  const report = planReport(review, config, acceptances);
  const judged = judgeAcceptances(review, config, acceptances);
  const placement = placeFindings(report.findings, review.diff, config.comments);
  const told: Told = { report, review, placement, judged };
  const comments = planComments(report, review, config, { judged, isUpdate: true });
  return {
    headSha,
    check: {
      conclusion: conclusions[report.verdict],
      title: writeTitle(told),
      summary: writeCheckSummary(told),
      text: writeCheckText(told),
      annotations: planAnnotations(report.findings),
      actions: report.findings.some(({ gates }) => gates) ? [rerun, accept] : [rerun],
    },
    summary: { body: comments.summary, create: comments.postSummary },
    comments: comments.inline,
  };
}
