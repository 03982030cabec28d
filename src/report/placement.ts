import { compareText } from '../compare/order.ts';
import type { FileChange, TreeDiff } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import type { ReportFinding } from './schema.ts';

/** Where a comment stands: on a line of head's side of the diff, or (line null) on a whole file. */
export type Anchor = { file: string; line: number | null; side: 'RIGHT' };

/** One comment to be: the findings that share a place. */
export type PlacedComment = { anchor: Anchor; findings: ReportFinding[] };

/** Every finding is in exactly one of the two. */
export type Placement = { inline: PlacedComment[]; summary: ReportFinding[] };

/** Lines of context that a pull request's diff shows around a change, and that take comments. */
const contextLines = 3;

/** Whether head's line is changed, or shown around a change. */
function isInDiff(change: FileChange, line: number): boolean {
  return change.hunks.some(({ head }) => {
    // git gives a span of 0 lines the line before it as its start.
    const first = head.lines === 0 ? head.start + 1 : head.start;
    const next = first + head.lines;
    return line >= Math.max(1, first - contextLines) && line < next + contextLines;
  });
}

/** The best place the diff has for a finding: its line, the line that caused it, its file; null for none. */
function findAnchor(finding: ReportFinding, byHead: ReadonlyMap<string, FileChange>): Anchor | null {
  const { cause } = finding;
  // Nobody edits a vendored line: the line of go.mod is what a reviewer can act on.
  const places =
    cause === null ? [finding] : cause.kind === 'dependency' ? [cause, finding] : [finding, cause];
  for (const { file, line } of places) {
    const change = byHead.get(file);
    if (change && isInDiff(change, line)) return { file, line, side: 'RIGHT' };
  }
  return byHead.has(finding.file) ? { file: finding.file, line: null, side: 'RIGHT' } : null;
}

/** What matters most comes first: what gates, then what is proven. */
const importance = (finding: ReportFinding): number =>
  finding.gates ? 2 : Number(finding.evidence === 'proven');

const anchorKey = ({ file, line }: Anchor): string => `${file}\0${line ?? 0}`;

const byAnchor = (a: PlacedComment, b: PlacedComment): number =>
  compareText(a.anchor.file, b.anchor.file) || (a.anchor.line ?? 0) - (b.anchor.line ?? 0);

const mostImportant = (comment: PlacedComment): number => Math.max(...comment.findings.map(importance));

/**
 * Decides from the diff alone where each finding is told, so that nothing is posted on a line that would be refused.
 * At most `comments.max` comments; what is left over, least important first, goes to the summary.
 */
export function placeFindings(
  findings: readonly ReportFinding[],
  diff: TreeDiff,
  comments: Config['comments'],
): Placement {
  const byHead = new Map(
    diff.flatMap((change) => (change.headPath === null ? [] : [[change.headPath, change]])),
  );
  const byPlace = new Map<string, PlacedComment>();
  for (const finding of findings) {
    const anchor = comments.inline ? findAnchor(finding, byHead) : null;
    if (anchor === null) continue;
    const comment = byPlace.get(anchorKey(anchor)) ?? { anchor, findings: [] };
    comment.findings.push(finding);
    byPlace.set(anchorKey(anchor), comment);
  }
  const inline = [...byPlace.values()]
    .sort((a, b) => mostImportant(b) - mostImportant(a) || byAnchor(a, b))
    .slice(0, comments.max)
    .sort(byAnchor);
  const placed = new Set(inline.flatMap((comment) => comment.findings));
  return { inline, summary: findings.filter((finding) => !placed.has(finding)) };
}
