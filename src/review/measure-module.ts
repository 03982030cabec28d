import type { Warning } from '../report/model/review.ts';
import type { Budget, BudgetEnd } from './budget.ts';
import {
  type LinkedPackage,
  linkTask,
  measurePackage,
  type PackageResult,
  type PackageTask,
} from './measure-package.ts';
import type { ModuleOptions, ModuleReview } from './module-types.ts';
import { attachSites } from './profile-sites.ts';

type Found = Pick<ModuleReview, 'deltas' | 'buildErrors' | 'warnings'>;

/**
 * Measures and profiles the packages in the order of `tasks`, until the budget is used up. A warning names the
 * remaining ones. While one package runs, the next one is linked.
 */
export async function measureAll(
  tasks: readonly PackageTask[],
  budget: Budget,
  options: ModuleOptions,
): Promise<Found> {
  const found: Found = { deltas: [], buildErrors: [], warnings: [] };
  const link = (at: number): Promise<LinkedPackage> | null => {
    const task = tasks[at];
    const linked = task ? linkTask(task, options.tools) : null;
    // The error is thrown to the code that awaits it later. Until then it must not count as unhandled.
    linked?.catch(() => {});
    return linked;
  };
  let next = link(0);
  for (const [index, task] of tasks.entries()) {
    const end = budget.end();
    if (end) {
      found.warnings.push(warnOfEnd(end, tasks.slice(index)));
      break;
    }
    options.onProgress({ phase: 'link', package: task.importPath });
    const linked = await next;
    next = link(index + 1);
    if (!linked) break;
    const result = await budget.spend(() =>
      measureOne(task, linked, { index, packages: tasks.length }, budget, options),
    );
    found.deltas.push(...result.deltas);
    found.warnings.push(...result.warnings);
    // If there are other packages, one that cannot be linked is only left out.
    if (tasks.length === 1) found.buildErrors.push(...result.buildErrors);
    else if (result.buildErrors.length > 0) {
      const lines = result.buildErrors;
      found.warnings.push({
        kind: 'package-does-not-compile',
        side: 'head',
        package: task.importPath,
        lines,
      });
    }
  }
  await next?.catch(() => {});
  return found;
}

async function measureOne(
  task: PackageTask,
  linked: LinkedPackage,
  position: { index: number; packages: number },
  budget: Budget,
  options: ModuleOptions,
): Promise<Found> {
  const { onProgress } = options;
  const place = { package: task.importPath, ...position };
  const result = await measurePackage(task, linked, {
    ...options,
    maxBenchmarks: budget.left(),
    isOver: () => budget.end()?.limit !== undefined && budget.end()?.limit !== 'benchmarks',
    onProgress: (progress) =>
      onProgress(
        progress.step === 'discover'
          ? { phase: 'discover', ...place }
          : { phase: 'measure', ...place, ...progress },
      ),
  });
  budget.take(result.judged.length);
  const profiling = { ...options, onProgress: (name: string) => onProgress({ phase: 'profile', name }) };
  return {
    deltas: await attachSites(result.judged, profiling),
    buildErrors: result.buildErrors,
    warnings: [...warnOfOmitted(task, result, budget, options), ...result.warnings],
  };
}

/** Warns of benchmarks that were not measured although measuring their package had started. */
function warnOfOmitted(
  task: PackageTask,
  { omitted, cutShort }: PackageResult,
  budget: Budget,
  { tools }: ModuleOptions,
): Warning[] {
  const end = budget.end();
  return [
    ...(omitted > 0 ? [warnOfEnd({ limit: 'benchmarks', value: tools.limits.benchmarks }, [task])] : []),
    ...(cutShort.length > 0 && end ? [{ ...warnOfEnd(end, [task]), benchmarks: cutShort }] : []),
  ];
}

function warnOfEnd(
  { limit, value }: BudgetEnd,
  tasks: readonly PackageTask[],
): Extract<Warning, { kind: 'limit' }> {
  return { kind: 'limit', limit, value, packages: tasks.map(({ importPath }) => importPath) };
}
