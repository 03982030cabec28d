import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findModules } from '../go/modules.ts';
import { importPathOf, type PackagePlace } from '../go/package-pattern.ts';
import type { Doubt, Survey, SurveyedBenchmark } from '../report/words/init.ts';
import { openRepository } from '../source/repository.ts';
import { findDefaultBranch } from '../source/revision.ts';
import { Failure } from '../errors.ts';
import { ownerOf } from './module-graph.ts';
import { findFiles } from './tree-files.ts';
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

/** A survey, and the folders with Go files that the go command reads. */
export type SurveyedTree = Survey & { packages: readonly PackagePlace[] };

/** Lists the modules, packages and benchmarks of the work tree in `root`. Files that are not valid Go are skipped. */
export async function surveyRepository(root: string): Promise<SurveyedTree> {
  const modules = await findModules(root);
  const packages = new Map<string, PackagePlace>();
  const benchmarks: SurveyedBenchmark[] = [];
  for await (const file of findFiles(root, '.go')) {
    const module = ownerOf(modules, file);
    if (module === undefined || isIgnored(file)) continue;
    const dir = path.posix.dirname(file);
    packages.set(dir, { dir, module });
    if (!file.endsWith('_test.go')) continue;
    const parsed = readGoFile(file, await readFile(path.join(root, file), 'utf8').catch(() => ''));
    for (const declaration of parsed?.declarations.filter(isBenchmark) ?? []) {
      const [name = ''] = declaration.names;
      const doubts = parsed === null ? [] : findDoubts(parsed, declaration);
      benchmarks.push({
        package: importPathOf({ dir, module }),
        name,
        file,
        line: declaration.firstLine,
        doubts,
      });
    }
  }
  return {
    modules,
    packages: [...packages.values()],
    benchmarks: benchmarks.sort((a, b) => (`${a.package}.${a.name}` < `${b.package}.${b.name}` ? -1 : 1)),
  };
}
