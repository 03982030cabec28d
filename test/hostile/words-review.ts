import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { planComments, renderMarkdown } from '../../src/report/pull-request/comments.ts';
import { planReview } from '../../src/report/data/report.ts';
import { renderSarif } from '../../src/report/data/sarif.ts';
import { type Report, renderJson } from '../../src/report/model/schema.ts';
import { renderText } from '../../src/report/terminal/report.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { createGoRepository, type Files, readTree } from '../support/go-repository.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/hostile/words', import.meta.url));

/** All outputs of a review in its four formats, and the files that it names. */
export type Outputs = {
  report: Report;
  text: string;
  colourText: string;
  markdown: string;
  json: string;
  sarif: string;
  base: Files;
  head: Files;
};

const readPart = (name: string): Promise<Files> => readTree(path.join(FOLDER, name)).catch(() => ({}));

/** The files of the common part and of the cases, at base and at head. `only`: what the paths begin with. */
async function readCases(
  cases: readonly string[],
  only: readonly string[],
): Promise<{ base: Files; head: Files }> {
  const isWanted = (file: string): boolean =>
    file === 'go.mod' || only.some((folder) => file.startsWith(folder));
  const common = Object.entries(await readPart('common')).filter(([file]) => isWanted(file));
  const overlay = async (side: string): Promise<Files> =>
    Object.assign({}, ...(await Promise.all(cases.map((name) => readPart(`${name}/${side}`)))));
  const base = { ...Object.fromEntries(common), ...(await overlay('base')) };
  return { base, head: { ...base, ...(await overlay('head')) } };
}

/** Reviews one pull request that does what all the cases do, in the sandbox; `more` are files that cannot be checked in. */
export async function reviewCases(
  cases: readonly string[],
  only: readonly string[],
  more: { base: Files; head: Files } = { base: {}, head: {} },
): Promise<Outputs> {
  const files = await readCases(cases, only);
  const base = { ...files.base, ...more.base };
  const head = { ...files.head, ...more.base, ...more.head };
  const repository = await createGoRepository();
  try {
    await repository.commit(base);
    await repository.commit(head);
    const { result, config } = await reviewLocal({
      dir: repository.dir,
      base: 'HEAD~1',
      signal: AbortSignal.timeout(120_000),
      onProgress: () => {},
    });
    const planned = planReview(result, config);
    const { report } = planned;
    return {
      report,
      text: renderText(report, { colour: false, width: 100 }),
      colourText: renderText(report, { colour: true, width: 100 }),
      markdown: renderMarkdown(planComments(planned)),
      json: renderJson(report),
      sarif: renderSarif(report),
      base,
      head,
    };
  } finally {
    await repository.remove();
  }
}
