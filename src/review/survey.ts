import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { benchmarkId } from '../compare/benchmark-id.ts';
import { findPositions } from '../config/read-yaml.ts';
import type { Config } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import { findModules } from '../go/modules.ts';
import { importPathOf } from '../go/package-pattern.ts';
import { canMatch } from '../report/decide/glob.ts';
import type { Doubt, Survey, SurveyedBenchmark } from '../report/words/init.ts';
import { openRepository } from '../source/repository.ts';
import { findDefaultBranch } from '../source/revision.ts';
import { Failure } from '../errors.ts';
import { ownerOf } from './module-graph.ts';
import { openTemporaryFolder } from './workspace.ts';
import { type Declaration, type GoFile, readGoFile } from '../syntax/go-file.ts';

/** Imports whose use makes a benchmark depend on more than the processor, by the beginning of their path. */
const doubtfulImports: readonly [path: RegExp, doubt: Doubt][] = [
  [/^net(?:$|\/(?!(?:url|netip|mail|textproto)$))/u, 'network'],
  [/^(?:google\.golang\.org\/grpc|github\.com\/testcontainers)\b/u, 'network'],
  [/^(?:database\/sql|github\.com\/jackc\/pgx|go\.mongodb\.org)\b/u, 'database'],
  [/^os\/exec$/u, 'process'],
];

/** The name by which a file uses an import. A version at the end of the path, such as `v2`, is not part of it. */
function nameOfImport({ name, path: importPath }: GoFile['imports'][number]): string {
  const parts = importPath.split('/').filter((part) => !/^v\d+$/u.test(part));
  return name ?? parts.at(-1) ?? '';
}

function findDoubts(file: GoFile, { words, selections }: Declaration): Doubt[] {
  const used = file.imports.filter((one) => words.has(nameOfImport(one)));
  const doubts = used.flatMap(({ path: importPath }) =>
    doubtfulImports.flatMap(([pattern, doubt]) => (pattern.test(importPath) ? [doubt] : [])),
  );
  if (selections.has('time.Sleep')) doubts.push('sleep');
  if (selections.has('testing.Short')) doubts.push('short');
  return [...new Set(doubts)];
}

const isBenchmark = ({ kind, names: [name = ''] }: Declaration): boolean =>
  kind === 'func' && /^Benchmark(?!\p{Ll})/u.test(name);

/** Whether the go command ignores a file (`go help packages`), or it is in a folder of dependencies. */
const isIgnored = (file: string): boolean =>
  file.split('/').some((part) => /^[._]|^(?:vendor|testdata|node_modules)$/u.test(part));

/** The nearest folder above `dir`, or `dir` itself, that contains `.git`. */
function findTop(dir: string): string | null {
  if (existsSync(path.join(dir, '.git'))) return dir;
  const parent = path.dirname(dir);
  return parent === dir ? null : findTop(parent);
}

/**
 * The root of the work tree that contains `dir`, and the name of its default branch; `main` if that is unknown. Throws
 * `Failure`, such as `bare-worktree`.
 */
export async function findRoot(
  dir: string,
  signal: AbortSignal,
): Promise<{ root: string; defaultBranch: string }> {
  await using folder = await openTemporaryFolder();
  const top = findTop(path.resolve(dir));
  const opened = openRepository(path.resolve(dir), path.join(folder.dir, 'source'), { signal });
  const repository = await opened.catch((error: unknown) => {
    // Only the files matter, so a new repository may have no commits yet.
    if (top !== null && error instanceof Failure && error.code === 'no-commits') return null;
    throw error;
  });
  if (repository === null) return { root: top ?? dir, defaultBranch: 'main' };
  if (repository.toplevel === null) throw new Failure('bare-worktree', { path: dir });
  try {
    return { root: repository.toplevel, defaultBranch: (await findDefaultBranch(repository)).name };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'no-default-branch') throw error;
    return { root: repository.toplevel, defaultBranch: 'main' };
  }
}

/** Lists the modules and benchmarks of the work tree in `root`. Files that are not valid Go are skipped. */
export async function surveyRepository(root: string): Promise<Survey> {
  const modules = await findModules(root);
  const benchmarks: SurveyedBenchmark[] = [];
  for await (const found of glob('**/*_test.go', { cwd: root })) {
    const file = found.split(path.sep).join('/');
    const module = ownerOf(modules, file);
    if (module === undefined || isIgnored(file)) continue;
    const parsed = readGoFile(file, await readFile(path.join(root, found), 'utf8').catch(() => ''));
    for (const declaration of parsed?.declarations.filter(isBenchmark) ?? []) {
      const [name = ''] = declaration.names;
      const doubts = parsed === null ? [] : findDoubts(parsed, declaration);
      benchmarks.push({
        package: importPathOf({ dir: path.posix.dirname(file), module }),
        name,
        file,
        line: declaration.firstLine,
        doubts,
      });
    }
  }
  return {
    modules,
    benchmarks: benchmarks.sort((a, b) => (`${a.package}.${a.name}` < `${b.package}.${b.name}` ? -1 : 1)),
  };
}

/** A glob of a config that matches no benchmark, with its position and a benchmark that it may mean. */
export type Unmatched = { line: number; column: number; key: string; glob: string; similar: string | null };

/** What is behind `Benchmark` in the name of a benchmark: `Decode` in `example.com/m/codec.BenchmarkDecode/large`. */
const properName = (pattern: string): string => /(?:^|\.)Benchmark([^./]*)/u.exec(pattern)?.[1] ?? '';

/** The benchmark that a pattern probably means: the same name in another package, or a similar one in the same. */
function findSimilar(pattern: string, ids: readonly string[]): string | null {
  const name = properName(pattern);
  if (name === '') return null;
  const same = ids.find((id) => properName(id) === name);
  if (same !== undefined) return same;
  const folder = pattern.slice(0, pattern.search(/(?:^|\.)Benchmark/u));
  const near = ids.filter((id) => folder === '' || id.startsWith(`${folder}.`));
  const similar = suggest(name, near.map(properName));
  return near.find((id) => properName(id) === similar) ?? null;
}

/** The entries of a valid config whose benchmark pattern matches none of the repository's benchmarks. */
export function listUnmatched(text: string, config: Config, { benchmarks }: Survey): Unmatched[] {
  const ids = benchmarks.map((one) => benchmarkId(one));
  const entries = [
    ...config.thresholds.overrides.map(({ benchmark }, index) => ({
      path: ['thresholds', 'overrides', index, 'benchmark'],
      glob: benchmark,
    })),
    ...config.contracts.map(({ benchmark }, index) => ({
      path: ['contracts', index, 'benchmark'],
      glob: benchmark,
    })),
  ].filter(({ glob: pattern }) => !canMatch(pattern, ids));
  const positions = findPositions(
    text,
    entries.map((entry) => entry.path),
  );
  return entries.map((entry, index) => ({
    ...(positions[index] ?? { line: 1, column: 1 }),
    key: entry.path.join('.'),
    glob: entry.glob,
    similar: findSimilar(entry.glob, ids),
  }));
}
