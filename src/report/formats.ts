import type { PlannedReview } from './decide/planned.ts';
import { renderBenchfmt } from './data/benchfmt.ts';
import type { PageAssets } from './html/assets.ts';
import { renderHtml } from './html/page.ts';
import { renderSarif } from './data/sarif.ts';
import { renderJson } from './model/schema.ts';
import { planComments, renderMarkdown } from './pull-request/comments.ts';
import type { Page } from './terminal/layout.ts';
import { renderText } from './terminal/report.ts';
import { describeUnposted } from './words/command-line.ts';
import type { Format } from './words/format-names.ts';

/** Where a report is read, and the parts that an HTML page needs. */
type Target = Page & { readAssets: () => PageAssets };

type OutputFormat = { render: (planned: PlannedReview, target: Target) => string };

/** The renderers of all formats. The command line loads them only to print a report. */
export const formats: Readonly<Record<Format, OutputFormat>> = {
  text: { render: ({ report }, page) => renderText(report, page) },
  markdown: {
    render: (planned) => renderMarkdown(planComments(planned, { notice: describeUnposted(planned.config) })),
  },
  html: { render: ({ report }, { readAssets }) => renderHtml(report, readAssets()) },
  json: { render: ({ report }) => renderJson(report) },
  sarif: { render: ({ report }) => renderSarif(report) },
  benchfmt: { render: ({ review }) => renderBenchfmt(review) },
};
