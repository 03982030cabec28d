import { benchmarkId } from '../compare/benchmark-id.ts';
import { compileTopLevel } from '../config/go-regexp.ts';
import { findPositions } from '../config/read-yaml.ts';
import type { Config } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import { resolveDir } from '../go/modules.ts';
import { canMatch } from '../report/decide/glob.ts';
import type { UnmatchedEntry } from '../report/words/config.ts';
import { findUnmatchedPatterns } from './selection.ts';
import type { SurveyedTree } from './survey.ts';

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

type Entry = { path: (string | number)[]; found: Pick<UnmatchedEntry, 'of' | 'value' | 'similar'> };

function listGlobs({ thresholds, contracts }: Config, ids: readonly string[]): Entry[] {
  const lists = [
    { path: ['thresholds', 'overrides'], entries: thresholds.overrides },
    { path: ['contracts'], entries: contracts },
  ];
  return lists.flatMap((list) =>
    list.entries.flatMap(({ benchmark: value }, index) =>
      canMatch(value, ids)
        ? []
        : [
            {
              path: [...list.path, index, 'benchmark'],
              found: { of: 'benchmark', value, similar: findSimilar(value, ids) },
            },
          ],
    ),
  );
}

/** `run` and `skip`: only their first level is judged, because the sources do not always tell sub-benchmarks. */
function listExpressions({ benchmarks: { run, skip } }: Config, names: readonly string[]): Entry[] {
  return Object.entries({ run, skip }).flatMap(([key, value]) =>
    value === '' || names.some(compileTopLevel(value))
      ? []
      : [{ path: ['benchmarks', key], found: { of: 'benchmark', value, similar: suggest(value, names) } }],
  );
}

function listPackages({ benchmarks }: Config, { packages }: SurveyedTree): Entry[] {
  return findUnmatchedPatterns(benchmarks.packages, packages).map(({ pattern, similar }) => ({
    path: ['benchmarks', 'packages', benchmarks.packages.indexOf(pattern)],
    found: { of: 'package', value: pattern, similar },
  }));
}

function listModules({ benchmarks }: Config, { modules }: SurveyedTree): Entry[] {
  if (benchmarks.modules === 'auto') return [];
  const dirs = modules.map(({ dir }) => dir);
  return benchmarks.modules.flatMap((value, index) =>
    dirs.includes(resolveDir('.', value))
      ? []
      : [
          {
            path: ['benchmarks', 'modules', index],
            found: { of: 'module', value, similar: suggest(value, dirs) },
          },
        ],
  );
}

/** The entries of a valid config, whose text is `text`, that match nothing in the repository, in their order. */
export function listUnmatched(text: string, config: Config, tree: SurveyedTree): UnmatchedEntry[] {
  const names = tree.benchmarks.map(({ name }) => name);
  const entries = [
    ...listPackages(config, tree),
    ...listExpressions(config, names),
    ...listModules(config, tree),
    ...listGlobs(
      config,
      tree.benchmarks.map((one) => benchmarkId(one)),
    ),
  ];
  const positions = findPositions(
    text,
    entries.map((entry) => entry.path),
  );
  return entries
    .map(({ path, found }, index) => ({
      ...(positions[index] ?? { line: 1, column: 1 }),
      key: path.join('.'),
      ...found,
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}
