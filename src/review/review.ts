import path from 'node:path';
import { ignoreSpacing } from '../causes/spacing.ts';
import { buildLineMap } from '../compare/line-map.ts';
import type { Delta, Side, TreeDiff } from '../compare/types.ts';
import { findToolchain, type Toolchain } from '../go/toolchain.ts';
import type { Review, Warning } from '../report/model/review.ts';
import { selectRules } from '../rules/rule-list.ts';
import { diffTrees } from '../source/diff.ts';
import type { ExportSummary } from '../source/export.ts';
import { exportSources } from './export-sources.ts';
import { findBuildFiles, isReadByNothing } from './build-files.ts';
import { chooseModules } from './choose-modules.ts';
import { findCauses } from './find-causes.ts';
import type { Extend, Lab } from './lab.ts';
import { readChangedConfig, warnOfConfig } from './config-warnings.ts';
import { loadGoGrammar } from './go-grammar.ts';
import { reviewModules } from './module-review.ts';
import { listLinkedChanges } from './linked-changes.ts';
import type { ModuleReview } from './module-types.ts';
import {
  isSelectionReached,
  listDeclared,
  readSelection,
  requireBenchmark,
  requirePackages,
  requireRun,
  warnOfPatterns,
} from './selection.ts';
import { readExcerpts } from './source-excerpts.ts';
import { endingWith } from './stopping.ts';
import { createStageClock, type StageClock } from './stage-clock.ts';
import { collectWarnings, joinReaches, joinResults, withoutRepeats } from './summarize.ts';
import { listUnmeasuredCode } from './unmeasured-code.ts';
import { openTools } from './tools.ts';
import type { Enclosure, Session, Task } from './types.ts';
import { openLines } from './tree-files.ts';
import { unnamedFolder } from './workspace.ts';

/**
 * Runs one review: exports the sources, compiles and measures both sides, compares them, and matches rules. `extend` is
 * called with the result unless the review was stopped. Gates, placement and sentences are the task of report/.
 */
export async function review(
  session: Session,
  task: Task,
  enclosure: Enclosure,
  extend?: Extend,
): Promise<Review> {
  const { repository, workspace, signal } = session;
  const { comparands, config } = task;
  const clock = createStageClock(task.onProgress);
  const { onProgress } = clock;
  onProgress({ phase: 'source' });
  const grammar = await loadGoGrammar();
  const toolchain = await findToolchain(signal);
  const changes = await diffTrees(repository, comparands.baseTree, comparands.headTree);
  if (changes.length === 0) return task.known ?? nothingToCompare(task, enclosure, toolchain, clock);
  const { base, head } = await exportSides(session, task, enclosure, changes);
  const trees = { base: base.tree, head: head.tree };
  const diff = [...changes, ...listLinkedChanges(changes, { base: base.links, head: head.links })];
  const map = buildLineMap(diff);

  const files = base === head ? [] : await findBuildFiles(diff, [base, head]);
  const modules = await chooseModules(trees, diff, files, { config, repository });
  const { packages, run } = config.benchmarks;
  const selected = await readSelection(trees, modules.modules, { packages, run });
  if (task.typed?.packages) requirePackages(selected);
  if (task.typed?.bench) requireBenchmark(selected, run);
  const ofConfig = await warnOfConfig({
    config,
    headText: await readChangedConfig(session, task, diff),
    headTree: trees.head,
    rules: session.rules,
    listDeclared: () => listDeclared(trees, modules.modules.base, modules.modules.head),
  });
  const leftOut = describeLeftOut({ base: base.skipped, head: head.skipped }, modules.named);
  const rules = selectRules(session.rules, config.rules);
  const tools = await openTools(workspace, task, endingWith(enclosure, task.stop), toolchain);
  const modulesReviewed = await reviewModules(modules.tasks, {
    tools,
    stop: task.stop,
    trees,
    crossDir: workspace.dir,
    patterns: config.benchmarks.packages,
    measures: !task.known,
    wantsReach: config.benchmarks.reach,
    selection: { run: config.benchmarks.run, skip: config.benchmarks.skip },
    threshold: config.thresholds.bytes,
    budget: config.budget,
    diff,
    map,
    onProgress,
    onProfile: task.onProfile,
  });
  const results = withoutRepeats(modulesReviewed);
  onProgress({ phase: 'match' });
  const matchingSince = performance.now();
  const general = session.rules.find(({ specificity }) => specificity === 0) ?? null;
  const written = ignoreSpacing(map, diff, openLines(trees, diff));
  const matching = { diff, map, written, trees, grammar, rules, general, contracts: config.contracts };
  const reach = joinReaches(
    results,
    (file, line) => map.isChangedInHead(file, line) && !written.isChangedInHead(file, line),
  );
  const lab = openLab(
    session,
    task,
    { tools, trees, map, diff: changes, grammar, tasks: modules.tasks },
    results,
    matching,
    reach,
  );
  if (task.known) return extend ? extend(task.known, lab) : task.known;
  const { findings, warnings: ofContracts, causeMs } = findCauses(results, modules.tasks, matching);
  const matchMs = performance.now() - matchingSince - causeMs;
  const sources = readExcerpts(findings, results, { map, trees });
  const { sandbox } = enclosure;
  const reviewed = modules.tasks.map(({ head }) => head);
  const isReached = isSelectionReached(
    selected,
    reviewed,
    results.flatMap(({ unchanged }) => unchanged),
  );
  const others = [...leftOut, ...modules.warnings, ...warnOfPatterns(selected), ...ofConfig, ...ofContracts];
  const warnings = collectWarnings(results, findings, others, toolchain, config, isReached);
  if (task.typed?.bench) requireRun(warnings);
  const { totalMs, stages } = clock.read();
  const found: Review = {
    ...describeSetting(task, enclosure, toolchain),
    ...joinResults(results),
    ...(config.benchmarks.reach && { reach }),
    findings,
    sources,
    warnings,
    diff: changes,
    timing: {
      totalMs,
      goMs: sandbox.busyMs(),
      ownMs: totalMs - sandbox.busyMs(),
      matchMs,
      causeMs,
      stages,
    },
  };
  return extend && !task.stop?.signal.aborted ? extend(found, lab) : found;
}

/** Creates the data for experiments, from the parts of a review. */
function openLab(
  { repository, workspace, signal }: Session,
  { known, stop, onProgress }: Task,
  built: Pick<Lab, 'tools' | 'trees' | 'map' | 'diff' | 'grammar' | 'tasks'>,
  results: readonly ModuleReview[],
  matching: Parameters<typeof findCauses>[2],
  reach: ReturnType<typeof joinReaches>,
): Lab {
  return {
    ...built,
    dir: path.join(workspace.dir, 'lab'),
    toplevel: repository.toplevel,
    ...listUnmeasuredCode(
      results.flatMap(({ changed }) => changed.functions),
      (known ? known.reach?.functions : reach.functions) ?? [],
      known?.deltas ?? results.flatMap(({ deltas }) => deltas),
      matching.written,
    ),
    explain: (deltas: readonly Delta[]) =>
      findCauses(
        results.map((result, index) => ({ ...result, deltas: index === 0 ? [...deltas] : [] })),
        built.tasks,
        { ...matching, contracts: [] },
      ).findings,
    // Stopping the review also ends the experiments.
    signal: stop ? AbortSignal.any([signal, stop.signal]) : signal,
    onProgress,
  };
}

type Exported = ExportSummary & { tree: string };

/**
 * Exports both sides. If no build and no benchmark can read a changed file, head's tree also stands for base's, because
 * writing thousands of files is most of what such a review does.
 */
async function exportSides(
  { repository, workspace }: Session,
  { comparands, config, known }: Task,
  { limits }: Enclosure,
  changes: TreeDiff,
): Promise<Record<Side, Exported>> {
  const exportSide = async (side: Side): Promise<Exported> => {
    const tree = unnamedFolder(workspace.dir);
    return { ...(await exportSources(repository, comparands[`${side}Tree`], tree, limits.tree)), tree };
  };
  const head = await exportSide('head');
  // Modules that the config lists are reviewed whatever changed.
  const mayBeSame = config.benchmarks.modules === 'auto' && !known;
  const linked = listLinkedChanges(changes, { base: head.links, head: head.links });
  const isSame = mayBeSame && (await isReadByNothing([...changes, ...linked], head));
  return { head, base: isSame ? head : await exportSide('base') };
}

/**
 * Warnings about files that were left out of the exports: files that could not be written, and submodules or links that a
 * `replace` or go.work refers to. `named`: the folders that they refer to. Others are common and not reported.
 */
function describeLeftOut(
  skipped: Record<Side, ExportSummary['skipped']>,
  named: ReadonlySet<string>,
): Warning[] {
  const isReported = ({ path: at, reason }: ExportSummary['skipped'][number]): boolean => {
    const isNamed = [...named].some((dir) => dir === at || dir.startsWith(`${at}/`));
    return isNamed || reason === 'unwritable-path' || reason === 'unreadable-name';
  };
  return (['base', 'head'] as const).flatMap((side) =>
    [...Map.groupBy(skipped[side].filter(isReported), ({ reason }) => reason)].map(
      ([reason, files]): Warning => ({ kind: 'left-out', side, reason, paths: files.map((one) => one.path) }),
    ),
  );
}

/** The facts about the compared versions and the tools. */
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

function nothingToCompare(task: Task, enclosure: Enclosure, toolchain: Toolchain, clock: StageClock): Review {
  const goMs = enclosure.sandbox.busyMs();
  const { totalMs, stages } = clock.read();
  const diff: TreeDiff = [];
  return {
    ...describeSetting(task, enclosure, toolchain),
    ...joinResults([]),
    findings: [],
    warnings: [{ kind: 'nothing-to-compare' }],
    diff,
    timing: { totalMs, goMs, ownMs: totalMs - goMs, matchMs: 0, causeMs: 0, stages },
  };
}
