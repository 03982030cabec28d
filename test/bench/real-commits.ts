/**
 * Looks backwards at real commits whose messages publish allocations (base: the commit, head: its parent), so that an
 * improvement must be found as a regression: `npm run bench:commits -- --repos DIR [--only NAME] [--quick]`. Prints Markdown.
 * `--quick` leaves the plain runs out.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { checkOut, commitTree, findClone, git } from './go-repository.ts';
import { type PlainRun, runPlainly } from './plain-way.ts';
import { type Report, runReview } from './review-run.ts';
import { inScratch } from './scratch.ts';

/** A quick plain run: counts need no second per run. */
const PLAIN = { count: 3, benchtime: '1000x' };

const commitSchema = z.strictObject({
  repo: z.string(),
  commit: z.string(),
  parent: z.string(),
  /** Directory of the module. */
  dir: z.string(),
  packages: z.array(z.string()),
  bench: z.string(),
  /** allocs/op as the commit's message has them, before and after it. */
  published: z.array(z.strictObject({ bench: z.string(), before: z.number(), after: z.number() })),
  cause: z.string(),
  note: z.string(),
  /**
   * What a reader of the diff and of a profile expects of the review, written down before allocgate was asked: the line that
   * allocates in the parent, the rules that would explain it, and the changed line that leads to it (null: that line itself).
   */
  expected: z.strictObject({
    line: z.string().nullable(),
    rules: z.array(z.string()),
    cause: z.string().nullable(),
  }),
});
type RealCommit = z.infer<typeof commitSchema>;

type Examined = {
  real: RealCommit;
  report: Report | null;
  stderr: string;
  seconds: number;
  commit: PlainRun;
  parent: PlainRun;
  /** The parent's code under the commit's test files. */
  crossed: PlainRun;
};

/** The working folders and the sources. */
type Setting = { repos: string; scratch: string; caches: string; quick: boolean };

const NOT_RUN: PlainRun = { counts: new Map(), problem: null, seconds: 0, compileSeconds: 0 };

async function examine(real: RealCommit, { repos, scratch, caches, quick }: Setting): Promise<Examined> {
  const clone = findClone(repos, real.repo);
  const dir = (side: string): string => path.join(scratch, side);
  await checkOut(clone, real.commit, dir('commit'));
  await checkOut(clone, real.parent, dir('parent'));
  await checkOut(clone, real.parent, dir('crossed'));
  for (const name of real.packages) {
    const tests = path.posix.join(real.dir, name, '*_test.go');
    await git(dir('crossed'), 'checkout', '--quiet', real.commit, '--', `:(glob)${tests}`);
  }
  const head = await commitTree(dir('commit'), real.parent, real.commit);
  const { packages, bench } = real;
  const reviewed = await runReview({
    dir: path.join(dir('commit'), real.dir),
    base: real.commit,
    head,
    packages,
    bench,
    cacheHome: caches,
  });
  const plain = async (side: string): Promise<PlainRun> =>
    quick
      ? NOT_RUN
      : runPlainly(path.join(dir(side), real.dir), {
          packages,
          bench,
          ...PLAIN,
          buildCache: path.join(caches, 'plain'),
        });
  return {
    real,
    report: reviewed.report,
    stderr: reviewed.ended.stderr,
    seconds: reviewed.ended.seconds,
    commit: await plain('commit'),
    parent: await plain('parent'),
    crossed: await plain('crossed'),
  };
}

/** The smallest count of a benchmark in any package; `–` if it did not run. */
function smallest(run: PlainRun, bench: string): string {
  const found = [...run.counts].find(([name]) => name.endsWith(`.${bench}`));
  if (found) return String(Math.min(...found[1]));
  return run.problem === null ? '–' : 'does not build';
}

function benchmarkRows({ real, report, commit, parent, crossed, seconds }: Examined): string[] {
  return real.published.map(({ bench, before, after }) => {
    const row = report?.benchmarks.find((one) => one.name === bench);
    const { base, head } = row?.allocsPerOp ?? { base: null, head: null };
    const cells = [
      `${real.repo} ${real.commit.slice(0, 7)}`,
      bench,
      `${after} → ${before}`,
      `${smallest(commit, bench)} → ${smallest(parent, bench)}`,
      smallest(crossed, bench),
      row ? `${base ?? '–'} → ${head ?? '–'}` : 'no row',
      row?.verdict ?? report?.verdict ?? 'no report',
      `${seconds.toFixed(0)} s`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

function findingRows({ real, report }: Examined): string[] {
  const rows = (report?.findings ?? []).map((finding) => {
    const cause = finding.cause;
    const cells = [
      `${real.repo} ${real.commit.slice(0, 7)}`,
      `${finding.evidence}${finding.gates ? ', gates' : ''}`,
      `${finding.file}:${finding.line}`,
      `${finding.rule} (${finding.exercise.id})`,
      finding.onChangedLine ? 'yes' : 'no',
      cause ? `${cause.kind} ${cause.file}:${cause.line} ${cause.text}` : '–',
      finding.costs.map((cost) => `+${cost.addedAllocsPerOp} ${cost.name}`).join(', ') || '–',
      real.cause,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  });
  return rows.length > 0
    ? rows
    : [`| ${real.repo} ${real.commit.slice(0, 7)} | none | | | | | | ${real.cause} |`];
}

const placeOf = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;

/** How far a named cause may stand from the expected one: a statement has several lines. */
const NEAR = 3;

function isNear(cause: { file: string; line: number } | null, expected: string): boolean {
  const [file, line] = expected.split(':');
  return cause !== null && cause.file === file && Math.abs(cause.line - Number(line)) <= NEAR;
}

/** How much of the expectation the review found: verdict, line, rule and cause. */
function scoreRow({ real, report, seconds }: Examined): string {
  const { line, rules, cause } = real.expected;
  const findings = report?.findings ?? [];
  const at = findings.filter((finding) => placeOf(finding) === line);
  const named = at.filter(({ exercise, alternatives }) =>
    [exercise.id, ...alternatives].some((id) => rules.includes(id)),
  );
  const explained = at.filter((finding) =>
    cause === null ? finding.onChangedLine : isNear(finding.cause, cause),
  );
  const verdicts = new Set(
    real.published.map(({ bench }) => report?.benchmarks.find((row) => row.name === bench)?.verdict ?? '–'),
  );
  const tell = (wanted: boolean, found: unknown[]): string =>
    !wanted ? 'n/a' : found.length > 0 ? 'yes' : 'no';
  const cells = [
    `${real.repo} ${real.commit.slice(0, 7)}`,
    [...verdicts].join(', '),
    `${tell(line !== null, at)} (${findings.length} findings)`,
    `${tell(line !== null, named)}: ${at.map(({ exercise }) => exercise.id).join(', ') || '–'} for ${rules.join('/')}`,
    tell(line !== null, explained),
    at.map((finding) => finding.cause?.kind ?? 'changed line').join(', '),
    `${seconds.toFixed(0)} s`,
    report ? `${((100 * report.timing.matchMs) / report.timing.totalMs).toFixed(1)} %` : '–',
  ];
  return `| ${cells.join(' | ')} |`;
}

const SCORES = [
  '| commit, reversed | verdict | line | rule | cause | kind | time | matching |',
  '| --- | --- | --- | --- | --- | --- | ---: | ---: |',
];
const BENCHMARKS = [
  "| commit, reversed | benchmark | published | plain: commit → parent | plain: parent under the commit's tests | allocgate | verdict | time |",
  '| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |',
];
const FINDINGS = [
  '| commit, reversed | evidence | line | rule | changed line | cause | adds | the message says |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      repos: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  if (!values.repos) throw new Error('--repos DIR is missing: the directory that holds the clones');
  const file = path.join(import.meta.dirname, 'real-commits.json');
  const commits = z.array(commitSchema).parse(JSON.parse(await readFile(file, 'utf8')));
  const { repos, quick } = values;
  const examined: Examined[] = [];
  await inScratch(async (caches) => {
    for (const real of commits.filter(({ repo }) => repo.includes(values.only ?? ''))) {
      const one = await inScratch((scratch) => examine(real, { repos, scratch, caches, quick }));
      if (!one.report) process.stderr.write(`${real.repo}: ${one.stderr}\n`);
      examined.push(one);
      process.stderr.write(`${real.repo} ${one.seconds.toFixed(0)} s\n`);
    }
  });
  const lines = [
    ...SCORES,
    ...examined.map(scoreRow),
    '',
    ...BENCHMARKS,
    ...examined.flatMap(benchmarkRows),
    '',
    ...FINDINGS,
    ...examined.flatMap(findingRows),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

await main();
