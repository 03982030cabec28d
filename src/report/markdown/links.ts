import { benchmarkId } from '../../compare/benchmark-id.ts';
import { toMarkdownUrl, toUri } from '../model/escape.ts';
import { reserveCommentLink } from '../model/comment-links.ts';
import type { ReportFinding } from '../model/schema.ts';

/** The repository's page, such as `https://github.com/acme/demo`, and the commit whose lines are linked. */
export type CodeLinks = { repositoryUrl: string; headSha: string };

/** Markdown as a link to a line of head. Without `links` it is unchanged, because the commit may not be on GitHub. */
export function linkLine(
  markdown: string,
  { file, line }: Pick<ReportFinding, 'file' | 'line'>,
  links: CodeLinks | null,
): string {
  if (links === null || line < 1) return markdown;
  const url = toMarkdownUrl(`${links.repositoryUrl}/blob/${links.headSha}/${toUri(file)}#L${line}`);
  return url === null ? markdown : `[${markdown}](${url})`;
}

/** A finding's place or name, linked to its line and, once that is posted, to its comment. */
export function linkFinding(markdown: string, finding: ReportFinding, links: CodeLinks | null): string {
  const linked = linkLine(markdown, finding, links);
  return links === null ? linked : `${linked}${reserveCommentLink(finding.id)}`;
}

/** The first finding of each benchmark, by the benchmark's ID. Findings that gate come first. */
export function findByBenchmark(findings: readonly ReportFinding[]): ReadonlyMap<string, ReportFinding> {
  const byBenchmark = new Map<string, ReportFinding>();
  for (const finding of findings.toSorted((a, b) => Number(b.gates) - Number(a.gates))) {
    for (const cost of finding.costs) {
      const id = benchmarkId(cost);
      if (!byBenchmark.has(id)) byBenchmark.set(id, finding);
    }
  }
  return byBenchmark;
}
