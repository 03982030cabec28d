import { glob } from 'node:fs/promises';
import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { findModules, type GoModule } from '../go/modules.ts';
import type { Warning } from '../report/model/review.ts';
import type { Repository } from '../source/repository.ts';
import type { ModuleTask } from './module-types.ts';
import type { Trees } from './types.ts';

/** The modules to review: those that the config names, or the one that the user stands in. */
export async function chooseModules(
  trees: Trees,
  diff: TreeDiff,
  { config, repository }: { config: Config; repository: Repository },
): Promise<{
  tasks: ModuleTask[];
  warnings: Warning[];
}> {
  const [base, head] = [await findModules(trees.base), await findModules(trees.head)];
  const modulePaths = [...new Set([...base, ...head].map((module) => module.path))].sort();
  const enclosing = (dir: string): GoModule | undefined =>
    head.findLast(({ dir: root }) => root === '.' || `${dir}/`.startsWith(`${root}/`));
  const byDefault = config.benchmarks.modules.length === 1 && config.benchmarks.modules[0] === '.';
  const chosen = byDefault
    ? [enclosing(repository.subdir === '' ? '.' : repository.subdir) ?? head]
    : config.benchmarks.modules.map((dir) => head.find((module) => module.dir === path.posix.normalize(dir)));
  const known = chosen.flat().filter((module) => module !== undefined);
  if (known.length === 0) await throwNoModule(trees, { config, byDefault, dir: repository.theirs.cwd });
  const isListed = (dir: string): boolean => known.some((module) => module.dir === path.posix.normalize(dir));
  const missing = byDefault ? [] : config.benchmarks.modules.filter((dir) => !isListed(dir));
  const left = changedModules(head, diff).filter((module) => !known.includes(module));
  const warnings: Warning[] = [
    ...missing.map((module): Warning => ({ kind: 'module-missing', module })),
    ...left.map(({ path: module, dir }): Warning => ({ kind: 'module-skipped', module, dir })),
  ];
  const tasks = known.map((module) => ({
    head: module,
    base: base.find(({ path: name, dir }) => name === module.path || dir === module.dir) ?? null,
    modulePaths,
  }));
  return { tasks, warnings };
}

/** Not a module, and perhaps not even Go: each has its own way out. */
async function throwNoModule(
  trees: Trees,
  { config, byDefault, dir }: { config: Config; byDefault: boolean; dir: string },
): Promise<never> {
  if (!byDefault) {
    throw new Failure('no-go-mod', { paths: config.benchmarks.modules, isConfigured: true });
  }
  const hasGo = (await holdsGoFiles(trees.base)) || (await holdsGoFiles(trees.head));
  if (hasGo) throw new Failure('no-go-mod', { paths: [dir], isConfigured: false });
  throw new Failure('no-go-files', { path: dir });
}

async function holdsGoFiles(tree: string): Promise<boolean> {
  for await (const file of glob('**/*.go', { cwd: tree })) if (file) return true;
  return false;
}

/** The modules with changed files of their own: a file belongs to the innermost module around it. */
function changedModules(modules: readonly GoModule[], diff: TreeDiff): GoModule[] {
  const changed = diff
    .flatMap(({ basePath, headPath }) => [basePath, headPath])
    .filter((file) => file !== null)
    .filter((file) => /\.go$|(?:^|\/)go\.(?:mod|sum)$/u.test(file));
  const owners = changed.map((file) =>
    modules.findLast(({ dir }) => dir === '.' || file.startsWith(`${dir}/`)),
  );
  return [...new Set(owners)].filter((module) => module !== undefined);
}
