/**
 * Sets allocgate beside `go test -bench -benchmem -count=10` of both commits, on clones that the user brings:
 * `npm run bench -- --repos DIR [--only NAME]`. Prints Markdown. Both ways start with an empty build cache.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { checkOut, findClone, git } from './go-repository.ts';
import { median, type PlainRun, runPlainly } from './plain-way.ts';
import { countVerdicts, type Report, runReview } from './review-run.ts';
import { inScratch } from './scratch.ts';

const COUNT = 10;

const pairSchema = z.strictObject({
  repo: z.string(),
  url: z.url(),
  base: z.string(),
  head: z.string(),
  /** Directory of the module, `.` for the repository's root. */
  dir: z.string(),
  packages: z.array(z.string()),
  bench: z.string(),
  note: z.string(),
});
type Pair = z.infer<typeof pairSchema>;

type Comparison = {
  pair: Pair;
  /** First seven digits of both commits. */
  commits: string;
  report: Report | null;
  reviewSeconds: { cold: number; warm: number };
  plain: { base: PlainRun; head: PlainRun };
  equalToMinimum: number;
  equalToMedian: number;
  compared: number;
  /** Sides that differ from both, and verdicts that the plain numbers do not bear out. */
  differences: string[];
};

type Counts = { base: number | null; head: number | null };

/** Whether the ranges of plain `go test` show more, fewer or the same. */
function plainDirection(base: readonly number[], head: readonly number[]): 'more' | 'fewer' | 'same' {
  if (Math.min(...head) > Math.max(...base)) return 'more';
  if (Math.max(...head) < Math.min(...base)) return 'fewer';
  return 'same';
}

const DIRECTIONS: Readonly<Record<string, string>> = { regression: 'more', improvement: 'fewer' };

function compareCounts(
  report: Report | null,
  plain: Comparison['plain'],
): Omit<Comparison, 'pair' | 'commits' | 'reviewSeconds' | 'plain' | 'report'> {
  const result = { equalToMinimum: 0, equalToMedian: 0, compared: 0, differences: [] as string[] };
  const ours = new Map(report?.benchmarks.map((one) => [`${one.package}.${one.name}`, one]));
  for (const [name, base] of plain.base.counts) {
    const head = plain.head.counts.get(name);
    if (!head) continue;
    const row = ours.get(name);
    if (!row) {
      result.differences.push(`${name}: not in the review`);
      continue;
    }
    result.compared += 1;
    const counts: Counts = row.allocsPerOp;
    const minimum = counts.base === Math.min(...base) && counts.head === Math.min(...head);
    const middle = counts.base === median(base) && counts.head === median(head);
    result.equalToMinimum += Number(minimum);
    result.equalToMedian += Number(middle);
    const shown = `${row.name}: ${counts.base} → ${counts.head} (${row.verdict}), plain ${base.join(' ')} → ${head.join(' ')}`;
    const direction = plainDirection(base, head);
    if (!minimum && !middle) result.differences.push(shown);
    else if ((DIRECTIONS[row.verdict] ?? 'same') !== direction) result.differences.push(`verdict: ${shown}`);
  }
  for (const [name, row] of ours) {
    const both = plain.base.counts.has(name) && plain.head.counts.has(name);
    if (!both) result.differences.push(`${row.name}: only on one side (${row.verdict})`);
  }
  return result;
}

async function comparePair(pair: Pair, repos: string, scratch: string): Promise<Comparison> {
  const clone = findClone(repos, pair.repo);
  const dirs = { base: path.join(scratch, 'base'), head: path.join(scratch, 'head') };
  await checkOut(clone, pair.base, dirs.base);
  await checkOut(clone, pair.head, dirs.head);
  const [base, head] = [await git(dirs.base, 'rev-parse', 'HEAD'), await git(dirs.head, 'rev-parse', 'HEAD')];
  const { packages, bench } = pair;
  const dir = path.join(dirs.head, pair.dir);
  await git(dirs.head, 'fetch', '--quiet', dirs.base, base);
  const request = { dir, base, head, packages, bench, cacheHome: path.join(scratch, 'cache') };
  const cold = await runReview(request);
  const warm = await runReview(request);
  if (!cold.report) process.stderr.write(`${pair.repo}: ${cold.ended.stderr}\n`);
  const options = { packages, bench, count: COUNT, buildCache: path.join(scratch, 'go-build') };
  const plain = {
    base: await runPlainly(path.join(dirs.base, pair.dir), options),
    head: await runPlainly(dir, options),
  };
  return {
    pair,
    commits: `${base.slice(0, 7)} → ${head.slice(0, 7)}`,
    report: cold.report,
    reviewSeconds: { cold: cold.ended.seconds, warm: warm.ended.seconds },
    plain,
    ...compareCounts(cold.report, plain),
  };
}

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const times = (value: number): string => `${value.toFixed(1)}×`;

function plainSeconds({ plain }: Comparison): { cold: number; warm: number } {
  const warm = plain.base.seconds + plain.head.seconds;
  return { warm, cold: warm + plain.base.compileSeconds + plain.head.compileSeconds };
}

function row(comparison: Comparison): string {
  const { pair, report, reviewSeconds, compared, equalToMinimum, equalToMedian } = comparison;
  const plain = plainSeconds(comparison);
  const cells = [
    `${pair.repo} ${pair.packages.join(' ')}`,
    comparison.commits,
    String(compared),
    report ? countVerdicts(report) : 'no report',
    `${equalToMinimum} / ${compared}`,
    `${equalToMedian} / ${compared}`,
    `${seconds(reviewSeconds.cold)} / ${seconds(plain.cold)}`,
    times(plain.cold / reviewSeconds.cold),
    `${seconds(reviewSeconds.warm)} / ${seconds(plain.warm)}`,
    times(plain.warm / reviewSeconds.warm),
  ];
  return `| ${cells.join(' | ')} |`;
}

const HEADER = [
  '| repository | commits | compared | verdicts | = plain minimum | = plain median | cold: allocgate / plain | ratio | warm: allocgate / plain | ratio |',
  '| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
];

function totals(all: readonly Comparison[]): string {
  const sum = (value: (one: Comparison) => number): number =>
    all.reduce((total, one) => total + value(one), 0);
  const cold = sum((one) => plainSeconds(one).cold) / sum((one) => one.reviewSeconds.cold);
  const warm = sum((one) => plainSeconds(one).warm) / sum((one) => one.reviewSeconds.warm);
  return `In total: ${times(cold)} faster with empty build caches, ${times(warm)} with filled ones.`;
}

function details(comparison: Comparison): string[] {
  const { base, head } = comparison.plain;
  const problems = [base.problem, head.problem].filter((problem) => problem !== null);
  return [...problems, ...comparison.differences].map((line) => `- ${comparison.pair.repo}: ${line}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { repos: { type: 'string' }, only: { type: 'string' } } });
  if (!values.repos) throw new Error('--repos DIR is missing: the directory that holds the clones');
  const file = path.join(import.meta.dirname, 'pairs.json');
  const pairs = z.array(pairSchema).parse(JSON.parse(await readFile(file, 'utf8')));
  const wanted = pairs.filter((pair) => pair.repo.includes(values.only ?? ''));
  const repos = values.repos;
  const done: Comparison[] = [];
  process.stdout.write(`${HEADER.join('\n')}\n`);
  for (const pair of wanted) {
    const comparison = await inScratch((scratch) => comparePair(pair, repos, scratch));
    done.push(comparison);
    process.stdout.write(`${row(comparison)}\n`);
  }
  process.stdout.write(`\n${totals(done)}\n\n${done.flatMap(details).join('\n')}\n`);
}

await main();
