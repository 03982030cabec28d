import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { benchmarkId } from '../compare/benchmark-id.ts';
import type { TreeDiff } from '../compare/types.ts';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { importPathOf } from '../go/package-pattern.ts';
import { canMatch } from '../report/decide/glob.ts';
import type { Warning } from '../report/model/review.ts';
import { describeConfigProblem } from '../report/words/config.ts';
import type { Rule } from '../rules/schema.ts';
import { ruleNames, selectRules } from '../rules/rule-list.ts';
import { readFile } from '../source/tree.ts';
import { CONFIG_PATH } from './commit-config.ts';
import type { DeclaredBenchmark } from './selection.ts';
import type { Session, Task } from './types.ts';

/** Names that look like the config's, such as `allocgate.yaml`, `.alloc-gate.yml` or `allocgate.toml`. */
const NEAR_MISS = /^\.?alloc-?gate\.(?:ya?ml|json|toml)$/iu;

/**
 * The text of head's config if the change touches it, else null. The review itself uses base's config, so that a change
 * cannot weaken its own gate. Head's is read to report its mistakes before it is merged.
 */
export async function readChangedConfig(
  { repository }: Pick<Session, 'repository'>,
  { comparands }: Pick<Task, 'comparands'>,
  diff: TreeDiff,
): Promise<string | null> {
  const isChanged = diff.some(({ headPath }) => headPath === CONFIG_PATH);
  return isChanged ? readFile(repository, comparands.headTree, CONFIG_PATH) : null;
}

function checkHead(text: string, rules: readonly Rule[]): Warning[] {
  const parsed = parseConfig(text, CONFIG_PATH, ruleNames(rules));
  return 'problems' in parsed
    ? parsed.problems.map((one): Warning => ({ kind: 'head-config', problem: describeConfigProblem(one) }))
    : [];
}

/** Files at head that were probably meant to be the config but are not read. */
async function findNearMisses(head: string): Promise<Warning[]> {
  const list = async (dir: string): Promise<string[]> => {
    const names = await readdir(path.join(head, dir)).catch(() => []);
    return names.filter((name) => NEAR_MISS.test(name)).map((name) => path.posix.join(dir, name));
  };
  const found = [...(await list('.')), ...(await list('.github'))].filter((file) => file !== CONFIG_PATH);
  return found.map((file): Warning => ({ kind: 'config-name', found: file }));
}

function findUnmatched({ thresholds, contracts }: Config, declared: readonly DeclaredBenchmark[]): Warning[] {
  // Without benchmarks, no glob could match.
  if (declared.length === 0) return [];
  const ids = declared.map(({ package: place, name }) => benchmarkId({ package: importPathOf(place), name }));
  const unmatched = (
    key: 'thresholds.overrides' | 'contracts',
    globs: readonly { benchmark: string }[],
  ): Warning[] =>
    globs
      .filter(({ benchmark }) => !canMatch(benchmark, ids))
      .map(({ benchmark }): Warning => ({ kind: 'unmatched-glob', key, glob: benchmark }));
  return [...unmatched('thresholds.overrides', thresholds.overrides), ...unmatched('contracts', contracts)];
}

/** The inputs of `warnOfConfig`. */
type ConfigFacts = {
  /** The config of this review. */
  config: Config;
  /** The text of head's config; null: it does not differ. */
  headText: string | null;
  /** The exported head, absolute. */
  headTree: string;
  rules: readonly Rule[];
  /** Lists the benchmarks of all modules. */
  listDeclared: () => Promise<DeclaredBenchmark[]>;
};

/**
 * The warnings about configs: mistakes in head's, files whose name is almost right, globs that match no benchmark, and a
 * selection that disables all rules.
 */
export async function warnOfConfig({
  config,
  headText,
  headTree,
  rules,
  listDeclared,
}: ConfigFacts): Promise<Warning[]> {
  const hasGlobs = config.thresholds.overrides.length + config.contracts.length > 0;
  const hasRules = selectRules(rules, config.rules).length > 0;
  return [
    ...(headText === null ? [] : checkHead(headText, rules)),
    ...(await findNearMisses(headTree)),
    ...(hasGlobs ? findUnmatched(config, await listDeclared()) : []),
    ...(hasRules ? [] : [{ kind: 'no-rules' } as const]),
  ];
}
