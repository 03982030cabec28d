import path from 'node:path';
import { buildLineMap } from '../compare/line-map.ts';
import type { TreeDiff } from '../compare/types.ts';
import { findToolchain, type Toolchain } from '../go/toolchain.ts';
import type { Review } from '../report/model/review.ts';
import { selectRules } from '../rules/rule-list.ts';
import { diffTrees } from '../source/diff.ts';
import { exportTree } from '../source/export.ts';
import { chooseModules } from './choose-modules.ts';
import { compileQueries, findCauses } from './find-causes.ts';
import { loadGoGrammar } from './go-grammar.ts';
import { reviewModules } from './module-review.ts';
import { collectWarnings, joinResults } from './summarize.ts';
import { openTools } from './tools.ts';
import type { Enclosure, Session, Task, Trees } from './types.ts';

/** The whole story of one review: source, go, compare, match. Gates, placement and words are report's business. */
export async function review(session: Session, task: Task, enclosure: Enclosure): Promise<Review> {
  const started = performance.now();
  const { repository, workspace, signal } = session;
  const { comparands, config, onProgress } = task;
  onProgress({ phase: 'source' });
  const grammar = await loadGoGrammar();
  const toolchain = await findToolchain(signal);
  const diff = await diffTrees(repository, comparands.baseTree, comparands.headTree);
  if (diff.length === 0) return nothingToCompare(task, enclosure, toolchain, performance.now() - started);
  const trees = await exportBoth(session, task, enclosure);
  const map = buildLineMap(diff);

  const modules = await chooseModules(trees, diff, { config, repository });
  const rules = selectRules(session.rules, config.rules).rules;
  const prepared = compileQueries(grammar, rules);
  const results = await reviewModules(modules.tasks, {
    tools: await openTools(workspace, task, enclosure, toolchain),
    trees,
    crossDir: path.join(workspace.dir, 'cross'),
    patterns: config.benchmarks.packages,
    selection: { run: config.benchmarks.run, skip: config.benchmarks.skip },
    threshold: config.thresholds.bytes,
    diff,
    map,
    onProgress,
  });
  onProgress({ phase: 'match' });
  await prepared;
  const matching = performance.now();
  const { findings, causeMs } = findCauses(results, modules.tasks, { diff, map, trees, grammar, rules });
  const matchMs = performance.now() - matching - causeMs;
  const { sandbox } = enclosure;
  const totalMs = performance.now() - started;
  return {
    ...describeSetting(task, enclosure, toolchain),
    ...joinResults(results),
    findings,
    warnings: collectWarnings(results, findings, modules.warnings, toolchain, config),
    diff,
    timing: { totalMs, goMs: sandbox.busyMs(), ownMs: totalMs - sandbox.busyMs(), matchMs, causeMs },
  };
}

async function exportBoth(
  { repository, workspace }: Session,
  { comparands }: Task,
  { limits }: Enclosure,
): Promise<Trees> {
  const trees = { base: path.join(workspace.dir, 'base'), head: path.join(workspace.dir, 'head') };
  await exportTree(repository, comparands.baseTree, trees.base, limits.tree);
  await exportTree(repository, comparands.headTree, trees.head, limits.tree);
  return trees;
}

/** What was compared, and with what. */
function describeSetting(
  { comparands }: Task,
  { sandbox }: Enclosure,
  { version, goos, goarch }: Toolchain,
): Pick<Review, 'base' | 'head' | 'toolchain' | 'sandbox'> {
  return {
    base: { sha: comparands.baseSha },
    head: { sha: comparands.headSha },
    toolchain: { go: version, goos, goarch },
    sandbox: sandbox.facts,
  };
}

function nothingToCompare(task: Task, enclosure: Enclosure, toolchain: Toolchain, totalMs: number): Review {
  const goMs = enclosure.sandbox.busyMs();
  const diff: TreeDiff = [];
  return {
    ...describeSetting(task, enclosure, toolchain),
    ...joinResults([]),
    findings: [],
    warnings: [{ kind: 'nothing-to-compare' }],
    diff,
    timing: { totalMs, goMs, ownMs: totalMs - goMs, matchMs: 0, causeMs: 0 },
  };
}
