import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { planComments, renderMarkdown } from '../report/pull-request/comments.ts';
import { planReport } from '../report/data/report.ts';
import { describeProgress } from '../report/words/progress.ts';
import { renderSarif } from '../report/data/sarif.ts';
import { renderJson } from '../report/model/schema.ts';
import { renderText } from '../report/terminal/report.ts';
import type { Review } from '../report/model/review.ts';
import { reviewLocal } from '../review/local.ts';
import { verdictExitCode } from './exit-codes.ts';
import { untilInterrupted } from './interruption.ts';
import { chooseTargets, requireWritable, writeTargets } from './outputs.ts';
import type { Format, ReviewFlags } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate review`: exit status 0 nothing gates, 1 a regression gates, 3 not measured; failures are thrown. */
export async function runReview(dir: string, flags: ReviewFlags, terminal: Terminal): Promise<number> {
  requireNoPosting(flags);
  const targets = chooseTargets(flags, [{ format: 'text', file: null }]);
  await requireWritable(targets);
  const { result, config } = await untilInterrupted((signal) =>
    reviewLocal({
      dir,
      ...flags,
      noSandbox: !flags.sandbox,
      signal,
      onProgress: (progress) => terminal.showProgress(describeProgress(progress)),
    }),
  );
  terminal.clearProgress();
  await writeTargets(targets, terminal, ({ format }, toFile) =>
    render(format, result, config, terminal, toFile),
  );
  return verdictExitCode(planReport(result, config).verdict);
}

function requireNoPosting({ post, dryRun }: ReviewFlags): void {
  const option = post ? '--post' : dryRun ? '--dry-run' : null;
  if (option === null) return;
  throw new Failure('bad-option', { option, value: null, problem: { kind: 'needs-pull-request' } });
}

/** A review in one of the formats of local reviews. */
export function render(
  format: Format,
  result: Review,
  config: Config,
  terminal: Terminal,
  toFile: boolean,
): string {
  const report = planReport(result, config);
  switch (format) {
    case 'text':
      return renderText(report, { colour: terminal.colour && !toFile, width: terminal.width });
    case 'markdown':
      return renderMarkdown(planComments(report, result, config));
    case 'json':
      return renderJson(report);
    case 'sarif':
      return renderSarif(report);
  }
}
