/**
 * How far a review of a new head with warm caches is from the floor: compiling and linking the affected test binaries of
 * both sides, with base's compilations in the cache, and one pass of their benchmarks. With `--recipe` also beside the way
 * of benchstat's documentation, `go test -bench . -count=10` on both sides, of which one tenth is run. `npm run
 * bench:floor -- --repos DIR [--only NAME] [--recipe]` prints Markdown.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Commit, describeStages, readCommits, resolvePair } from './commits.ts';
import { checkOut, execute, findClone } from './go-repository.ts';
import { type Report, runReview } from './review-run.ts';
import { inScratch } from './scratch.ts';

const PASS = ['-test.run=^$', '-test.bench=.', '-test.benchmem', '-test.benchtime=100x'];

/** Links test binaries of some packages into a folder, and returns the seconds. */
async function link(dir: string, packages: readonly string[], to: string, cache: string): Promise<number> {
  await mkdir(to, { recursive: true });
  const ended = await execute('go', ['test', '-c', '-vet=off', '-o', `${to}/`, ...packages], dir, {
    GOCACHE: cache,
  });
  if (ended.status !== 0) throw new Error(`go test -c in ${dir}: ${ended.stderr.trim()}`);
  return ended.seconds;
}

/** The same as `go test -bench . -benchmem` runs it: each benchmark for about a second. */
const RECIPE = ['-test.run=^$', '-test.bench=.', '-test.benchmem'];
const RECIPE_COUNT = 10;

/** Runs the benchmarks of one package once, where `go test` would; returns the seconds. */
async function pass(
  dir: string,
  importPath: string,
  binaries: string,
  flags: readonly string[],
): Promise<number> {
  const listed = await execute('go', ['list', '-f', '{{.Dir}}', importPath], dir);
  const name = `${path.basename(importPath).replace(/^v\d+$/u, path.basename(path.dirname(importPath)))}.test`;
  const ended = await execute(path.join(binaries, name), flags, listed.stdout.trim());
  return ended.seconds;
}

type Places = { commits: { base: string; head: string }; clone: string; scratch: string };

/** Seconds of the floor, and of the recipe if it is wanted, for the packages that a review measured. */
async function measureFloor(
  { benchmarks }: Report,
  { commits, clone, scratch }: Places,
  wantsRecipe: boolean,
): Promise<{ floor: number; recipe: number | null }> {
  const packages = [...new Set(benchmarks.map((one) => one.package))];
  const cache = path.join(scratch, 'floor-cache');
  const dirs = { base: path.join(scratch, 'floor-base'), head: path.join(scratch, 'floor-head') };
  for (const side of ['base', 'head'] as const) await checkOut(clone, commits[side], dirs[side]);
  // Base has been compiled before, and its test binaries are linked anew.
  await link(dirs.base, packages, path.join(scratch, 'warm'), cache);
  let [linking, passing, recipe] = [0, 0, 0];
  for (const side of ['base', 'head'] as const) {
    const to = path.join(scratch, `floor-${side}-out`);
    linking += await link(dirs[side], packages, to, cache);
    for (const one of packages) {
      passing += await pass(dirs[side], one, to, PASS);
      if (wantsRecipe) recipe += await pass(dirs[side], one, to, RECIPE);
    }
  }
  return { floor: linking + passing, recipe: wantsRecipe ? linking + RECIPE_COUNT * recipe : null };
}

async function tryCommit(commit: Commit, clone: string, wantsRecipe: boolean): Promise<string> {
  return inScratch(async (scratch) => {
    const commits = await resolvePair(clone, commit);
    const dir = path.join(scratch, 'repository');
    await checkOut(clone, commits.head, dir);
    const request = { dir, ...commits, packages: [], bench: '.', cacheHome: path.join(scratch, 'cache') };
    // Base's compilations are kept; head is new each time.
    await runReview(request);
    const { report, ended } = await runReview(request);
    if (!report) return `| ${commit.repo} | ${commit.head} | no report: ${ended.stderr.trim()} |`;
    const { floor, recipe } = await measureFloor(report, { commits, clone, scratch }, wantsRecipe);
    const { ownMs, stages } = report.timing;
    const row = [
      commit.repo,
      commit.head,
      `${report.benchmarks.length}`,
      ended.seconds.toFixed(1),
      floor.toFixed(1),
      (ended.seconds / floor).toFixed(2),
      recipe === null ? '–' : (recipe / ended.seconds).toFixed(0),
      `${(ownMs / 1000).toFixed(1)} (${Math.round((ownMs / (ended.seconds * 1000)) * 100)} %)`,
      describeStages(stages),
    ];
    return `| ${row.join(' | ')} |`;
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      repos: { type: 'string' },
      only: { type: 'string' },
      recipe: { type: 'boolean', default: false },
    },
  });
  if (!values.repos) throw new Error('--repos DIR is missing: the directory that holds the clones');
  process.stdout.write(
    '| repository | commit | benchmarks | allocgate, s | floor, s | ratio | recipe / allocgate | own time, s | by stage |\n',
  );
  process.stdout.write('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n');
  for (const commit of await readCommits(values.only)) {
    process.stdout.write(`${await tryCommit(commit, findClone(values.repos, commit.repo), values.recipe)}\n`);
  }
}

await main();
