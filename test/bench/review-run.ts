import path from 'node:path';
import type { z } from 'zod';
import { reportSchema } from '../../src/report/model/schema.ts';
import { type Ended, execute } from './go-repository.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts');

export type Report = z.infer<typeof reportSchema>;

/** One review as a user would start it; `report` is null where it printed none. */
export type Reviewed = { report: Report | null; ended: Ended };

export type ReviewRequest = {
  /** The repository, or the module's directory in it. */
  dir: string;
  base: string;
  head: string;
  packages: readonly string[];
  bench: string;
  /** Compilations are kept below it. */
  cacheHome: string;
};

/** Runs `allocgate review --format json` in a separate process. */
export async function runReview(request: ReviewRequest): Promise<Reviewed> {
  const { dir, base, head, packages, bench, cacheHome } = request;
  const ended = await execute(
    process.execPath,
    [MAIN, 'review', dir, '--base', base, '--head', head, '--bench', bench, '--format', 'json'].concat(
      packages.length > 0 ? ['--packages', ...packages] : [],
    ),
    dir,
    { XDG_CACHE_HOME: cacheHome },
  );
  if (ended.stdout.trim() === '') return { report: null, ended };
  return { report: reportSchema.parse(JSON.parse(ended.stdout)), ended };
}

/** Benchmarks by verdict: `3 unchanged, 1 regression`. */
export function countVerdicts(report: Report): string {
  const groups = Map.groupBy(report.benchmarks, (benchmark) => benchmark.verdict);
  const counts = [...groups].map(([verdict, rows]) => ({ verdict, count: rows.length }));
  return counts
    .toSorted((a, b) => b.count - a.count)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ');
}
