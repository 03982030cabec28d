import { describeAcceptance, describeSubject } from '../words/acceptance.ts';
import type { JudgedAcceptance } from '../decide/acceptances.ts';
import { fold, FOLDED_LIMIT, joinMarkdown, toList, toTable } from '../model/body-limits.ts';
import { benchmarkId } from '../../compare/benchmark-id.ts';
import {
  cleanCode,
  plainCommand,
  toMarkdownCode,
  toMarkdownCommand,
  toMarkdownFence,
  toMarkdownUrl,
} from '../model/escape.ts';
import { describeOwnBenchmark } from '../words/own-benchmarks.ts';
import { describeSuggestion } from '../words/suggestions.ts';
import type { CommentAnchor } from '../model/pull-request.ts';
import { evidenceWords } from '../words/evidence.ts';
import { listReproduction, reproductionFolder } from '../words/reproduce.ts';
import { describeFinding } from '../words/finding.ts';
import { formatChange, formatSigned } from '../words/numbers.ts';
import { say, toMarkdown } from '../model/prose.ts';
import type { ReportBenchmark, ReportFinding } from '../model/schema.ts';

/** The numbers of a benchmark as a cell of a table: `2 → 3 (**+1**)`. */
export function toCell(amount: ReportBenchmark['allocsPerOp']): string {
  const { delta } = amount;
  const difference = delta === null || delta === 0 ? '' : ` (**${formatSigned(delta)}**)`;
  return `${formatChange(amount)}${difference}`;
}

function writeExercise(text: ReturnType<typeof describeFinding>): string {
  const url = text.url === null ? null : toMarkdownUrl(text.url);
  const page = ` (${toMarkdownCommand(`/allocgate explain ${text.page}`)} shows it)`;
  const source = url === null ? text.source : `[${text.source}](${url})`;
  return `**Exercise:** ${text.exercise}${page}, from ${source}`;
}

function writeEvidence({ evidence, gates, id }: ReportFinding): string {
  const words = evidenceWords[evidence].sentence;
  const command = toMarkdownCommand(`/allocgate accept ${id} because REASON`);
  if (evidence === 'broken') return gates ? `${words} It gates the merge (\`gate.unmeasured\`).` : words;
  return gates ? `${words} It gates the merge. To accept it anyway: ${command}` : words;
}

const describeFolder = (folder: string): string =>
  folder === '.' ? 'at the top of the repository' : `in the folder ${toMarkdownCommand(folder)}`;

function writeDetails(finding: ReportFinding, limit: number): string {
  const others = finding.costs.length > 1 ? finding.costs : [];
  const { others: rules } = describeFinding(finding);
  return fold(`Details: ${finding.rule}`, [
    writeEvidence(finding),
    toTable(['benchmark', 'allocs/op', 'B/op'], others, Math.min(limit, FOLDED_LIMIT), (cost) => [
      toMarkdownCode(benchmarkId(cost)),
      toCell(cost.allocsPerOp),
      toCell(cost.bytesPerOp),
    ]),
    finding.flow.length > 0
      ? `The compiler's steps:\n\n${toList(finding.flow, Math.min(limit, FOLDED_LIMIT), toMarkdownCode)}`
      : '',
    `With plain Go, ${describeFolder(reproductionFolder(finding))}, at head and at base:\n\n${toMarkdownFence(listReproduction(finding).map(plainCommand))}`,
    rules.length === 0 ? '' : `Related rules: ${rules.slice(0, 10).join('; ')}`,
  ]);
}

/** The fix that was tried. If the comment is on exactly its lines, GitHub can apply it; elsewhere it is a patch. */
function writeSuggestion({ suggestion }: ReportFinding, anchor: CommentAnchor | null): string {
  if (!suggestion) return '';
  const { file, first, last, replacement, patch } = suggestion;
  const isThere =
    anchor?.side === 'RIGHT' &&
    anchor.file === file &&
    anchor.line === last &&
    (anchor.startLine ?? anchor.line) === first &&
    replacement.join('\n').length <= MAX_CODE_LENGTH &&
    replacement.every((line) => cleanCode(line) === line);
  const block = isThere
    ? toMarkdownFence(replacement, 'suggestion')
    : fold('Patch', [toMarkdownFence(firstLines(patch), 'diff')]);
  return joinMarkdown([`**${toMarkdown(describeSuggestion(suggestion))}**`, block]);
}

/** The benchmark that was written for a function that nothing measures, or why there is none. */
function writeOwnBenchmark({ ownBenchmark }: ReportFinding): string {
  if (!ownBenchmark) return '';
  const words = toMarkdown(describeOwnBenchmark(ownBenchmark));
  if ('problem' in ownBenchmark) return words;
  return joinMarkdown([words, fold('Benchmark', [toMarkdownFence(firstLines(ownBenchmark.code), 'go')])]);
}

/** The most lines and characters of a patch or of a benchmark. The JSON report has all of it. */
const MAX_CODE_LINES = 100;
const MAX_CODE_LENGTH = 10_000;

/** The first lines of code, as many as a comment has room for. */
function firstLines(code: string): string[] {
  const lines = code.split('\n').slice(0, MAX_CODE_LINES);
  let left = MAX_CODE_LENGTH;
  const end = lines.findIndex((line) => (left -= line.length + 1) < 0);
  return end === -1 ? lines : [...lines.slice(0, end), '…'];
}

/** The acceptances of a finding, or of a benchmark whose cost it explains. */
function writeAcceptances(
  { id, gates }: ReportFinding,
  judged: readonly JudgedAcceptance[],
  limit: number,
): string {
  const own = judged.filter(({ findings }) => findings.includes(id));
  const write = (one: JudgedAcceptance): string => {
    const { subject } = one.acceptance;
    const accepted = subject.kind === 'finding' ? ['This finding'] : describeSubject(subject, null);
    return toMarkdown(say`${accepted} was ${describeAcceptance(one)}.`);
  };
  const effect = own.length > 0 && !gates ? '**Accepted:** it does not gate the merge.' : '';
  return joinMarkdown([effect, toList(own, limit, write)]);
}

/**
 * Writes one finding for a comment, the summary or the check: cost, place and reason, what to do, the exercise, the
 * acceptances, and folded details.
 * @param limit the most entries of each list
 * @param anchor the lines that the comment is on; null: the finding is not in a comment on lines
 */
export function writeFinding(
  finding: ReportFinding,
  judged: readonly JudgedAcceptance[],
  limit: number,
  anchor: CommentAnchor | null = null,
): string {
  const text = describeFinding(finding);
  return joinMarkdown([
    `**${toMarkdown(text.cost)}**`,
    `${toMarkdown(text.why)} ${toMarkdown(text.cause)}`,
    `**What to do:** ${text.advice}`,
    writeSuggestion(finding, anchor),
    writeOwnBenchmark(finding),
    writeExercise(text),
    writeAcceptances(finding, judged, limit),
    writeDetails(finding, limit),
  ]);
}
