import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { Failure, isNoSpace, systemReason } from '../errors.ts';
import { planComments, renderMarkdown } from '../report/markdown.ts';
import { planReport } from '../report/plan.ts';
import { describeProgress } from '../report/progress.ts';
import { renderSarif } from '../report/sarif.ts';
import { renderJson } from '../report/schema.ts';
import { renderText } from '../report/text.ts';
import type { Review } from '../report/types.ts';
import { reviewLocal } from '../review/local.ts';
import { exitCodes } from './exit-codes.ts';
import { untilInterrupted } from './interruption.ts';
import type { Format, ReviewFlags, Target } from './program.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate review`: exit status 0 nothing gates, 1 a regression gates, 3 not measured; failures are thrown. */
export async function runReview(dir: string, flags: ReviewFlags, terminal: Terminal): Promise<number> {
  const targets = chooseTargets(flags);
  for (const { file } of targets) if (file !== null) await requireWritable(file);
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
  for (const { format, file } of targets) {
    const text = render(format, result, config, terminal, file !== null);
    if (file === null) terminal.print(text);
    else await writeResult(file, text);
  }
  const { verdict } = planReport(result, config);
  if (verdict === 'error') return exitCodes.notMeasured;
  return verdict === 'fail' ? exitCodes.gated : exitCodes.ok;
}

/** Where each format goes; at most one may go to standard output. */
function chooseTargets({ format, output }: ReviewFlags): Target[] {
  const targets = format ?? [{ format: 'text' as const, file: null }];
  const loose = targets.filter(({ file }) => file === null);
  if (loose.length > 1) {
    throw new Failure('bad-option', {
      option: '--format',
      value: loose.map((target) => target.format).join(', '),
      reason: 'only one format can go to standard output; give the others a file: --format json=review.json',
    });
  }
  if (output !== undefined && loose.length === 0) {
    throw new Failure('bad-option', {
      option: '--output',
      value: output,
      reason: 'every --format already names its file',
    });
  }
  return targets.map(({ format: name, file }) => ({ format: name, file: file ?? output ?? null }));
}

async function writeResult(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    if (isNoSpace(error)) throw new Failure('disk-full', { path: file }, { cause: error });
    throw new Failure('output-not-writable', { path: file, reason: systemReason(error) }, { cause: error });
  }
}

/** Asked before the minute that a review takes, not after it. Writes nothing: an old result stays until there is a new one. */
async function requireWritable(file: string): Promise<void> {
  try {
    const there = await stat(file).catch(() => null);
    if (there?.isDirectory()) {
      throw new Failure('output-not-writable', { path: file, reason: 'it is a folder' });
    }
    await access(there === null ? path.dirname(path.resolve(file)) : file, constants.W_OK);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('output-not-writable', { path: file, reason: systemReason(error) }, { cause: error });
  }
}

function render(format: Format, result: Review, config: Config, terminal: Terminal, toFile: boolean): string {
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
