import { cleanLine } from '../model/escape.ts';
import type { Annotation } from '../model/pull-request.ts';
import type { ReportFinding } from '../model/schema.ts';

/**
 * The longest message in characters. GitHub allows 64 KB (https://docs.github.com/en/rest/checks/runs), and a character
 * has at most 4 bytes.
 */
const MAX_MESSAGE = 16_000;
/** The longest title that GitHub allows, in characters (same source). */
const MAX_TITLE = 255;
/**
 * The most annotations of a check. GitHub takes 50 per request, so more would cost many requests. The text of the check
 * contains all findings.
 */
const MAX_ANNOTATIONS = 250;

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
    title: cut(`${id} ${title}`, MAX_TITLE),
    message: cut(finding.message, MAX_MESSAGE),
  };
}

/** Plans the annotations that GitHub shows beside the lines at head, up to the maximum. Their texts are plain text. */
export const planAnnotations = (findings: readonly ReportFinding[]): Annotation[] =>
  findings.slice(0, MAX_ANNOTATIONS).map(planAnnotation);
