import type { PlannedReview } from './decide/planned.ts';
import { renderBenchfmt } from './data/benchfmt.ts';
import type { PageAssets } from './html/assets.ts';
import { renderHtml } from './html/page.ts';
import { renderSarif } from './data/sarif.ts';
import { renderJson } from './model/schema.ts';
import { planComments, renderMarkdown } from './pull-request/comments.ts';
import type { Page } from './terminal/layout.ts';
import { renderText } from './terminal/report.ts';

/** Where a report is read, and what an HTML page is made of. */
type Place = Page & { readAssets: () => PageAssets };

type OutputFormat = {
  /** What --help says of it. */
  purpose: string;
  render: (planned: PlannedReview, place: Place) => string;
};

/** All formats of `allocgate review`: the command line offers, documents and renders these and no others. */
export const formats = {
  text: { purpose: 'a report for the terminal', render: ({ report }, page) => renderText(report, page) },
  markdown: {
    purpose: 'the comments for a pull request',
    render: (planned) => renderMarkdown(planComments(planned)),
  },
  html: {
    purpose: 'one page with flame graphs and source, to be opened in a browser',
    render: ({ report }, { readAssets }) => renderHtml(report, readAssets()),
  },
  json: {
    purpose: 'all data (allocgate config schema --report has the schema)',
    render: ({ report }) => renderJson(report),
  },
  sarif: { purpose: 'SARIF 2.1.0 for code scanning', render: ({ report }) => renderSarif(report) },
  benchfmt: {
    purpose: 'both sides for benchstat: benchstat -col side FILE',
    render: ({ review }) => renderBenchfmt(review),
  },
} as const satisfies Record<string, OutputFormat>;

export type Format = keyof typeof formats;

export const isFormat = (name: string): name is Format => Object.hasOwn(formats, name);

export const formatNames: readonly Format[] = Object.keys(formats).filter(isFormat);
