/**
 * Reviews single commits of real repositories against their parents, each with empty caches: `npm run bench:reach --
 * --repos DIR [--only NAME]`. Prints what each came to, in Markdown; ends with 1 if one came to no verdict.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Commit, describeStages, readCommits, resolvePair } from './commits.ts';
import { checkOut, findClone } from './go-repository.ts';
import { median, runPlainly } from './plain-way.ts';
import { countVerdicts, type Report, type Reviewed, runReview } from './review-run.ts';
import { inScratch } from './scratch.ts';

const SAMPLE_MS = 500;

/** The most memory of this process's children that run Node, in MB: the go command's are not ours. */
async function watchMemory<T>(work: () => Promise<T>): Promise<{ result: T; megabytes: number }> {
  let most = 0;
  const look = async (): Promise<void> => {
    const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '');
    for (const pid of children.split(' ').filter((one) => one !== '')) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      most = Math.max(most, Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1] ?? 0));
    }
  };
  const timer = setInterval(() => void look(), SAMPLE_MS);
  try {
    return { result: await work(), megabytes: Math.round(most / 1000) };
  } finally {
    clearInterval(timer);
  }
}

/**
 * The number of measured benchmarks, of existing ones in the checked packages, and of changed functions that they run.
 */
function describeReach(report: Report): string {
  const unreached = report.skipped.benchmarks?.length ?? 0;
  const changed = report.changedFunctions ?? [];
  const run = changed.filter(({ isRun }) => isRun === true).length;
  const unknown = changed.filter(({ isRun }) => isRun === null).length;
  return `${report.benchmarks.length} measured, ${unreached} run nothing that changed; ${run} of ${changed.length} changed functions run${unknown > 0 ? `, ${unknown} unknown` : ''}`;
}

/** The result of plain `go test` for the benchmarks that differ. */
async function checkPlainly(
  { benchmarks }: Report,
  clone: string,
  commits: { base: string; head: string },
  scratch: string,
): Promise<string> {
  const differing = benchmarks.filter(({ verdict }) => verdict === 'regression' || verdict === 'improvement');
  if (differing.length === 0) return '–';
  const medians = async (side: 'base' | 'head'): Promise<Map<string, number>> => {
    const dir = path.join(scratch, side);
    await checkOut(clone, commits[side], dir);
    const bench = [...new Set(differing.map(({ name }) => `^${name.split('/')[0]}$`))].join('|');
    const packages = [...new Set(differing.map((one) => one.package))];
    const buildCache = path.join(scratch, 'go-build');
    const options = { packages, bench, count: 3, benchtime: '1000x', buildCache };
    const { counts } = await runPlainly(dir, options);
    return new Map([...counts].map(([name, values]) => [name, median(values)]));
  };
  const [base, head] = [await medians('base'), await medians('head')];
  return differing
    .map((one) => {
      const id = `${one.package}.${one.name}`;
      const told = `${one.allocsPerOp.base} → ${one.allocsPerOp.head}`;
      return `${one.name} ${told}, plainly ${base.get(id) ?? '?'} → ${head.get(id) ?? '?'}`;
    })
    .join('; ');
}

/** The row of one commit, and whether the review reached a verdict. */
async function tryCommit(commit: Commit, clone: string): Promise<{ row: string; isDone: boolean }> {
  return inScratch(async (scratch) => {
    const commits = await resolvePair(clone, commit);
    const dir = path.join(scratch, 'repository');
    await checkOut(clone, commits.head, dir);
    const cacheHome = path.join(scratch, 'cache');
    const request = { dir, ...commits, packages: [], bench: '.', cacheHome };
    const { result, megabytes } = await watchMemory((): Promise<Reviewed> => runReview(request));
    const { report, ended } = result;
    const cells = report
      ? [
          report.verdict,
          ended.seconds.toFixed(0),
          describeStages(report.timing.stages),
          describeReach(report),
          countVerdicts(report) || 'none',
          await checkPlainly(report, clone, commits, scratch),
          [...new Set(report.unmeasured.map(({ kind }) => kind))].join(', ') || '–',
        ]
      : ['none', ended.seconds.toFixed(0), '', '', '', '', ended.stderr.trim().split('\n').at(-1) ?? ''];
    for (const warning of report?.warnings ?? []) process.stderr.write(`${commit.repo}: ${warning}\n`);
    const row = [commit.repo, commit.head, commit.note, ...cells, `${megabytes} MB`];
    return {
      row: `| ${row.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`,
      isDone: report !== null,
    };
  });
}

const TITLES =
  'repository | commit | what it is | verdict | seconds | by stage | reach | benchmarks | differences | not compared | our own memory';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { repos: { type: 'string' }, only: { type: 'string' } } });
  if (!values.repos) throw new Error('--repos DIR is missing: the directory that holds the clones');
  process.stdout.write(`| ${TITLES} |\n|${' --- |'.repeat(TITLES.split('|').length)}\n`);
  let isDone = true;
  for (const commit of await readCommits(values.only)) {
    const tried = await tryCommit(commit, findClone(values.repos, commit.repo));
    process.stdout.write(`${tried.row}\n`);
    isDone &&= tried.isDone;
  }
  process.exitCode = isDone ? 0 : 1;
}

await main();
