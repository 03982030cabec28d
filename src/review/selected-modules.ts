import path from 'node:path';
import {
  compareLanguages,
  compareSelections,
  type GoModChange,
  parseGoMod,
  type SelectedModules,
} from '../causes/go-mod.ts';
import { type GoModule, parseModulePath, resolveDir } from '../go/modules.ts';
import type { ReadSource } from '../rules/source-files.ts';
import { ancestorsOf } from './module-graph.ts';
import type { ModuleTask } from './module-types.ts';

/** The go.work file with which a module is built: the nearest one above it, if it uses the module. */
function readWorkspace(
  { dir }: GoModule,
  read: ReadSource,
): { file: string; text: string; dir: string } | null {
  for (const above of ancestorsOf(dir)) {
    const file = path.posix.join(above, 'go.work');
    const text = read(file);
    if (text === null) continue;
    const isUsed = parseGoMod(text).uses.some((one) => resolveDir(above, one.dir) === dir);
    return isUsed ? { file, text, dir: above } : null;
  }
  return null;
}

/** The lines that select the other modules of a module's build. Those of go.work come before those of go.mod. */
function readSelectedModules(module: GoModule, read: ReadSource): SelectedModules {
  const selected = new Map<string, { version: string; line: number; file: string }>();
  const add = (file: string, text: string): void => {
    for (const [name, one] of parseGoMod(text).modules) selected.set(name, { ...one, file });
  };
  const goMod = path.posix.join(module.dir, 'go.mod');
  add(goMod, read(goMod) ?? '');
  const work = readWorkspace(module, read);
  if (!work) return selected;
  add(work.file, work.text);
  for (const { dir, line } of parseGoMod(work.text).uses) {
    const name = parseModulePath(read(path.posix.join(resolveDir(work.dir, dir), 'go.mod')) ?? '');
    if (name !== null && name !== module.path) {
      selected.set(name, { version: `use ${dir}`, line, file: work.file });
    }
  }
  return selected;
}

/** The changes of what the go.mod and go.work files of the reviewed modules select. */
export function compareModuleFiles(
  tasks: readonly ModuleTask[],
  readBase: ReadSource,
  readHead: ReadSource,
): GoModChange {
  const modules: GoModChange['modules'] = [];
  let language: GoModChange['language'] = null;
  for (const { base, head } of tasks) {
    const file = path.posix.join(head.dir, 'go.mod');
    const before = base && readBase(path.posix.join(base.dir, 'go.mod'));
    const after = readHead(file);
    if (!base || before === null || after === null) continue;
    modules.push(
      ...compareSelections(readSelectedModules(base, readBase), readSelectedModules(head, readHead)),
    );
    language ??= compareLanguages(before, after, file);
  }
  return { modules, language };
}
