import type { StageLimits } from '../go/stage-limits.ts';
import type { Warning } from '../report/model/review.ts';
import { measurePackage, type PackageTask } from './measure-package.ts';
import type { ModuleOptions, ModuleReview } from './module-types.ts';
import { attachSites } from './profile-sites.ts';

/** What is left of the operator's limits for all modules together. */
export type Budget = {
  isSpent: () => 'measureSeconds' | 'benchmarks' | null;
  spend: (benchmarks: number) => void;
  left: () => number;
};

const MS_PER_SECOND = 1000;

export function createBudget(limits: StageLimits): Budget {
  const started = performance.now();
  let left = limits.benchmarks;
  return {
    isSpent: () => {
      if (performance.now() - started > limits.measureMs) return 'measureSeconds';
      return left <= 0 ? 'benchmarks' : null;
    },
    spend: (benchmarks) => {
      left -= benchmarks;
    },
    left: () => left,
  };
}

function warnOfLimit(
  limit: 'measureSeconds' | 'benchmarks',
  tasks: readonly PackageTask[],
  limits: StageLimits,
): Warning {
  const value = limit === 'benchmarks' ? limits.benchmarks : limits.measureMs / MS_PER_SECOND;
  return { kind: 'limit', limit, value, packages: tasks.map(({ importPath }) => importPath) };
}

/** Measures and profiles package by package, until a limit is reached; what is left then is named in a warning. */
export async function measureAll(
  tasks: readonly PackageTask[],
  budget: Budget,
  options: ModuleOptions,
): Promise<Pick<ModuleReview, 'deltas' | 'buildErrors' | 'warnings'>> {
  const { onProgress, tools } = options;
  const found: Pick<ModuleReview, 'deltas' | 'buildErrors' | 'warnings'> = {
    deltas: [],
    buildErrors: [],
    warnings: [],
  };
  for (const [index, one] of tasks.entries()) {
    const spent = budget.isSpent();
    if (spent !== null) {
      found.warnings.push(warnOfLimit(spent, tasks.slice(index), tools.limits));
      break;
    }
    const position = { package: one.importPath, index, packages: tasks.length };
    const result = await measurePackage(one, {
      ...options,
      maxBenchmarks: budget.left(),
      onProgress: (progress) => onProgress({ phase: 'measure', ...position, ...progress }),
    });
    budget.spend(result.judged.length);
    if (result.omitted > 0) found.warnings.push(warnOfLimit('benchmarks', [one], tools.limits));
    found.buildErrors.push(...result.buildErrors);
    found.warnings.push(...result.warnings);
    const profiling = { ...options, onProgress: (name: string) => onProgress({ phase: 'profile', name }) };
    found.deltas.push(...(await attachSites(result.judged, profiling)));
  }
  return found;
}
