import { Failure } from '../errors.ts';
import { planReview } from '../report/data/report.ts';
import type { PlannedReview } from '../report/decide/planned.ts';
import { formats } from '../report/formats.ts';
import { readPageAssets } from '../page-files.ts';
import { renderExperiments } from '../report/terminal/experiments.ts';
import type { Review } from '../report/model/review.ts';
import { describeProgress, STOPPING_EARLY } from '../report/words/progress.ts';
import { reviewLocal } from '../review/local.ts';
import { exitCodes, reviewExitCode } from './exit-codes.ts';
import { applyFixes } from './fix.ts';
import { untilInterrupted } from './interruption.ts';
import { chooseTargets, requireWritable, writeTargets } from './outputs.ts';
import type { ReviewFlags, Target } from './flags.ts';
import { isWrittenTwice, proveAfterwards, readProveBudget } from './prove.ts';
import { showProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/**
 * `allocgate review`: exit status 0 if nothing gates, 1 if a regression gates, 3 if it could not be measured, 130 after
 * Ctrl-C, with a report of the part that was measured. Failures are thrown.
 */
export async function runReview(dir: string, flags: ReviewFlags, terminal: Terminal): Promise<number> {
  requireNoPosting(flags);
  const budgetMs = readProveBudget(flags);
  const targets = chooseTargets(flags, [{ format: 'text', file: null }]);
  await requireWritable(targets);
  // The verdict is shown before the experiments.
  const writeFirst = async (planned: PlannedReview): Promise<void> => {
    terminal.clearProgress();
    await writeReview(targets.filter(isWrittenTwice), planned, terminal);
  };
  let shown: string[] | null = null;
  let fixed = '';
  const { result, config } = await untilInterrupted((signal, stop) => {
    stop.signal.addEventListener('abort', () => showProgress(terminal, STOPPING_EARLY));
    return reviewLocal({
      dir,
      ...flags,
      noSandbox: !flags.sandbox,
      signal,
      stop,
      onProgress: (progress) => showProgress(terminal, describeProgress(progress)),
      extend:
        budgetMs === null
          ? undefined
          : proveAfterwards(
              budgetMs,
              async (planned) => {
                await writeFirst(planned);
                shown = planned.report.warnings;
              },
              async (tried, { toplevel }) => {
                if (flags.fix) fixed = `\n${await applyFixes(tried, toplevel)}\n`;
              },
            ),
    });
  });
  terminal.clearProgress();
  const planned = planReview(result, config);
  const isPrinted = ({ format, file }: Target): boolean =>
    shown !== null && file === null && format === 'text';
  await writeReview(
    targets.filter((target) => !isPrinted(target)),
    planned,
    terminal,
  );
  if (targets.some(isPrinted)) terminal.print(renderExperiments(planned.report, shown ?? []));
  if (fixed !== '') terminal.printError(fixed);
  return wasStopped(result) ? exitCodes.interrupted : reviewExitCode(planned.report, flags.failOn);
}

/** Whether Ctrl-C ended the review before everything was measured. */
const wasStopped = ({ warnings }: Review): boolean =>
  warnings.some((warning) => warning.kind === 'limit' && warning.limit === 'stopped');

function requireNoPosting({ post, dryRun }: ReviewFlags): void {
  const option = post ? '--post' : dryRun ? '--dry-run' : null;
  if (option === null) return;
  throw new Failure('bad-option', { option, value: null, problem: { kind: 'needs-pull-request' } });
}

/** Writes a review in its formats. */
async function writeReview(
  targets: readonly Target[],
  planned: PlannedReview,
  terminal: Terminal,
): Promise<void> {
  await writeTargets(targets, terminal, ({ format }, toFile) =>
    formats[format].render(planned, {
      colour: terminal.colour && !toFile,
      width: terminal.width,
      readAssets: readPageAssets,
    }),
  );
}
