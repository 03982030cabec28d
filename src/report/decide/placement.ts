import { firstLineOf } from '../../compare/line-map.ts';
import { compareText } from '../../compare/order.ts';
import type { FileChange, TreeDiff } from '../../compare/types.ts';
import type { Config } from '../../config/schema.ts';
import type { CommentAnchor } from '../model/pull-request.ts';
import type { ReportFinding } from '../model/schema.ts';

/** A finding and the lines of the diff that its comment is about. */
export type PlacedComment = { anchor: CommentAnchor; finding: ReportFinding };

/** Where findings are reported: in a comment of their own or in the summary. Every finding is in one of the two. */
export type Placement = { inline: PlacedComment[]; summary: ReportFinding[] };

/** The lines of context around a change in a pull request's diff. They can be commented. */
const CONTEXT_LINES = 3;

/** Whether a line of head is changed, or shown around a change. */
function isInDiff(change: FileChange, line: number): boolean {
  return change.hunks.some(({ head }) => {
    const first = firstLineOf(head);
    const next = first + head.lines;
    return line >= Math.max(1, first - CONTEXT_LINES) && line < next + CONTEXT_LINES;
  });
}

type Hunk = FileChange['hunks'][number];

/** The longest span of a comment in lines. */
const MAX_SPAN = 10;

const isWithin = ({ start, lines }: Hunk['head'], line: number): boolean =>
  line >= start && line < start + lines;

/** A span from `start` to `line`. It is only `line` if `start` is not above it or more than ten lines away. */
const spanOf = (file: string, start: number, line: number, side: CommentAnchor['side']): CommentAnchor => ({
  file,
  line,
  startLine: start < line && line - start < MAX_SPAN ? start : null,
  side,
});

/** The span of a comment: head's line, and the changed lines of its cause above it if one hunk contains both. */
function anchorRight(
  change: FileChange,
  file: string,
  line: number,
  cause: SourceLine | null,
): CommentAnchor {
  const hunk = change.hunks.find(({ head }) => isWithin(head, line));
  const start = cause?.file === file && hunk && isWithin(hunk.head, cause.line) ? cause.line : line;
  return spanOf(file, start, line, 'RIGHT');
}

/** The lines that were deleted directly above a line of head, if the cause is the deletion; null: there are none. */
function anchorLeft(change: FileChange, file: string, line: number): CommentAnchor | null {
  if (change.hunks.some(({ head }) => isWithin(head, line))) return null;
  // git gives a span of 0 lines the line before it as its start.
  const deletion = change.hunks.find(({ head }) => head.lines === 0 && head.start + 1 === line);
  if (!deletion) return null;
  const last = deletion.base.start + deletion.base.lines - 1;
  return spanOf(file, deletion.base.start, last, 'LEFT');
}

type SourceLine = { file: string; line: number };

/** The lines of a tested fix, if a pull request shows all of them together: only there GitHub can apply it. */
function anchorSuggestion(
  { suggestion }: ReportFinding,
  byHead: ReadonlyMap<string, FileChange>,
): CommentAnchor | null {
  const change = suggestion && byHead.get(suggestion.file);
  if (!change || suggestion.last - suggestion.first >= MAX_SPAN) return null;
  const { file, first, last } = suggestion;
  const isShown = change.hunks.some((hunk) => {
    const one = { ...change, hunks: [hunk] };
    return isInDiff(one, first) && isInDiff(one, last);
  });
  return isShown ? { file, line: last, startLine: first < last ? first : null, side: 'RIGHT' } : null;
}

/** The best place in the diff for a finding: its tested fix, its line, its cause, or its file; null: none. */
function findAnchor(finding: ReportFinding, byHead: ReadonlyMap<string, FileChange>): CommentAnchor | null {
  const { cause } = finding;
  const suggested = anchorSuggestion(finding, byHead);
  if (suggested) return suggested;
  const own: SourceLine[] = [finding, ...finding.places.slice(1)];
  // A reviewer cannot fix a line of a dependency, or one of many lines, but can act on their cause.
  const isCauseFirst = cause?.kind === 'dependency' || own.length > 1;
  const places = cause === null ? own : isCauseFirst ? [cause, ...own] : [...own, cause];
  for (const place of places) {
    const { file, line } = place;
    const change = byHead.get(file);
    if (!change || !isInDiff(change, line)) continue;
    // The line below a deletion represents it: https://docs.github.com/en/rest/pulls/comments calls its side LEFT.
    const deleted = place === cause ? anchorLeft(change, file, line) : null;
    return deleted ?? anchorRight(change, file, line, place === finding ? cause : null);
  }
  if (!byHead.has(finding.file)) return null;
  return { file: finding.file, line: null, startLine: null, side: 'RIGHT' };
}

/** Findings that gate come first, then measured ones. */
const importance = (finding: ReportFinding): number =>
  finding.gates ? 2 : Number(finding.evidence !== 'possible');

const byAnchor = ({ anchor: a }: PlacedComment, { anchor: b }: PlacedComment): number =>
  compareText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || compareText(a.side, b.side);

/**
 * Decides from the diff where each finding is reported, so that no comment is posted on a line that GitHub refuses.
 * Only findings that gate get a comment, because a comment starts a thread that somebody has to read and resolve. There
 * are at most `comments.max` comments. The other findings go to the summary, the most important first.
 */
export function placeFindings(
  findings: readonly ReportFinding[],
  diff: TreeDiff,
  { comments }: Pick<Config, 'comments'>,
): Placement {
  const byHead = new Map(
    diff.flatMap((change) => (change.headPath === null ? [] : [[change.headPath, change]])),
  );
  const inline = (comments.inline ? findings.filter(({ gates }) => gates) : [])
    .flatMap((finding) => {
      const anchor = findAnchor(finding, byHead);
      return anchor ? [{ anchor, finding }] : [];
    })
    .slice(0, comments.max)
    .sort(byAnchor);
  const placed = new Set(inline.map(({ finding }) => finding));
  const summary = findings
    .filter((finding) => !placed.has(finding))
    .sort((a, b) => importance(b) - importance(a));
  return { inline, summary };
}
