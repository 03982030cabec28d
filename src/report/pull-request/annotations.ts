import { cleanLine } from '../model/escape.ts';
import type { Annotation } from '../model/pull-request.ts';
import type { ReportFinding } from '../model/schema.ts';

/** Annotations take 64 KB; no character has more than 4 bytes. */
const maxMessage = 16_000;
/** https://docs.github.com/en/rest/checks/runs: 255 characters at most. */
const maxTitle = 255;
/** GitHub takes 50 a request; nobody reads more than a few requests' worth, and the text of the check has them all. */
const maxAnnotations = 250;

function levelOf({ gates, evidence }: ReportFinding): Annotation['annotation_level'] {
  if (gates) return 'failure';
  return evidence === 'possible' ? 'notice' : 'warning';
}

const cut = (text: string, limit: number): string => cleanLine(text).slice(0, limit).toWellFormed();

function planAnnotation(finding: ReportFinding): Annotation {
  const { id, title } = finding.exercise;
  return {
    path: finding.file,
    start_line: finding.line,
    end_line: finding.line,
    annotation_level: levelOf(finding),
    title: cut(`${id} ${title}`, maxTitle),
    message: cut(finding.message, maxMessage),
  };
}

/** What GitHub shows beside the findings' lines at head, the first of them. The texts are plain. */
export const planAnnotations = (findings: readonly ReportFinding[]): Annotation[] =>
  findings.slice(0, maxAnnotations).map(planAnnotation);
