/**
 * Reviews pairs of commits that change nothing that allocates, made from real repositories and taken from their
 * history: `npm run bench:quiet -- --repos DIR [--only NAME]`. Prints Markdown; ends with 1 if one raised anything.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { checkOut, execute, findClone, git } from './go-repository.ts';
import { applyEdit, editSchema } from './quiet-edits.ts';
import { countVerdicts, runReview } from './review-run.ts';
import { inScratch } from './scratch.ts';

const pairSchema = z.union([
  z.strictObject({ repo: z.string(), revision: z.string(), packages: z.array(z.string()), edit: editSchema }),
  z.strictObject({ repo: z.string(), base: z.string(), head: z.string(), packages: z.array(z.string()) }),
]);
type Pair = z.infer<typeof pairSchema>;

type Commits = { base: string; head: string; what: string };

async function prepare(pair: Pair, clone: string, dir: string): Promise<Commits> {
  if (!('edit' in pair)) {
    await checkOut(clone, pair.head, dir);
    const base = await git(clone, 'rev-parse', `${pair.base}^{commit}`);
    const head = await git(dir, 'rev-parse', 'HEAD');
    return { base, head, what: await git(dir, 'log', '-1', '--format=%s') };
  }
  await checkOut(clone, pair.revision, dir);
  const base = await git(dir, 'rev-parse', 'HEAD');
  await applyEdit(dir, pair.edit);
  await git(dir, 'add', '--all');
  await git(dir, 'commit', '--quiet', '--no-verify', '-m', pair.edit.kind);
  const built = await execute('go', ['vet', '-printf=false', ...pair.packages], dir);
  if (built.status !== 0) throw new Error(`${pair.repo} ${pair.edit.kind}: ${built.stderr}`);
  const what = Object.values(pair.edit).join(' ');
  return { base, head: await git(dir, 'rev-parse', 'HEAD'), what };
}

/** One line of the table, and whether the review was silent. */
async function tryPair(
  pair: Pair,
  clone: string,
  scratch: string,
  cacheHome: string,
): Promise<{ row: string; quiet: boolean }> {
  const dir = path.join(scratch, 'repository');
  const { base, head, what } = await prepare(pair, clone, dir);
  const { report, ended } = await runReview({
    dir,
    base,
    head,
    packages: pair.packages,
    bench: '.',
    cacheHome,
  });
  const quiet = ended.status === 0 && report?.findings.length === 0;
  const loud =
    report?.benchmarks.filter((one) => !['unchanged', 'new', 'removed'].includes(one.verdict)) ?? [];
  const cells = [
    pair.repo,
    `${base.slice(0, 7)} → ${head.slice(0, 7)}`,
    what.replaceAll('|', String.raw`\|`),
    report ? countVerdicts(report) || 'none run' : 'no report',
    loud
      .map((one) => `${one.name} ${one.allocsPerOp.base} → ${one.allocsPerOp.head} ${one.verdict}`)
      .join('; ') || '–',
    String(report?.findings.length ?? '–'),
    String(ended.status),
    `${ended.seconds.toFixed(0)} s`,
  ];
  if (!report) process.stderr.write(`${pair.repo} ${what}: ${ended.stderr}\n`);
  for (const finding of report?.findings ?? [])
    process.stderr.write(`${pair.repo} ${what}: ${finding.message}\n`);
  for (const warning of report?.warnings ?? []) process.stderr.write(`${pair.repo} ${what}: ${warning}\n`);
  return { row: `| ${cells.join(' | ')} |`, quiet };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { repos: { type: 'string' }, only: { type: 'string' } } });
  if (!values.repos) throw new Error('--repos DIR is missing: the directory that holds the clones');
  const file = path.join(import.meta.dirname, 'quiet-pairs.json');
  const pairs = z.array(pairSchema).parse(JSON.parse(await readFile(file, 'utf8')));
  process.stdout.write(
    '| repository | commits | change | benchmarks | not plainly unchanged | findings | exit | time |\n',
  );
  process.stdout.write('| --- | --- | --- | --- | --- | ---: | ---: | ---: |\n');
  let quiet = 0;
  const wanted = pairs.filter(({ repo }) => repo.includes(values.only ?? ''));
  const repos = values.repos;
  await inScratch(async (cacheHome) => {
    for (const pair of wanted) {
      const tried = await inScratch((dir) => tryPair(pair, findClone(repos, pair.repo), dir, cacheHome));
      quiet += Number(tried.quiet);
      process.stdout.write(`${tried.row}\n`);
    }
  });
  process.stdout.write(`\nSilent with exit status 0: ${quiet} of ${wanted.length}.\n`);
  process.exitCode = quiet === wanted.length ? 0 : 1;
}

await main();
