import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { fetchModules } from '../go/fetch.ts';
import { measureAlone } from '../go/measure-alone.ts';
import { findGoWork, type GoModule } from '../go/modules.ts';
import { PROCS } from '../go/test-binary.ts';
import { findToolchain, type Toolchain } from '../go/toolchain.ts';
import { findExperience, findInput, type History, isKnown, joinHistory } from '../report/decide/history.ts';
import type {
  CommitRecord,
  HistoryOutcome,
  HistorySetting,
  HistoryStore,
  InputRecord,
} from '../report/model/history.ts';
import { describeCommitProblem } from '../report/words/history.ts';
import type { Progress } from '../report/words/progress.ts';
import { exportSources } from './export-sources.ts';
import type { LoggedCommit } from '../source/log.ts';
import { listTree } from '../source/tree.ts';
import {
  type BuildTools,
  buildTree,
  type BuiltTree,
  findBenchmarkPackage,
  linkPackage,
  type PackageBuild,
} from './build.ts';
import { chooseModules } from './choose-modules.ts';
import { type DataFiles, findBenchmarkFolders, identifyInput, listDataFiles } from './history-inputs.ts';
import { toProgress } from './measure-progress.ts';
import { openEnclosure } from './session.ts';
import { endingWith } from './stopping.ts';
import { openTools } from './tools.ts';
import type { Confinement, Enclosure, Session, StopSwitch } from './types.ts';

/** The commit that is being measured: `done` of `total` commits came before it. */
export type HistoryPlace = { done: number; total: number; sha: string };

export type HistoryWork = {
  /** The commits to measure, in this order. */
  commits: readonly LoggedCommit[];
  /** The benchmarks to measure, and the build tags. */
  benchmarks: Config['benchmarks'];
  store: HistoryStore;
  /** The name under which compilations are cached. */
  cacheName: string;
  /** Whether all commits are merged code, so that their compilations may be kept for reviews. */
  isTrusted: boolean;
  confinement: Confinement;
  /** The minutes for all commits. A benchmark that runs when they are over is finished. */
  budget: number;
  /** Ends the work early. What was measured by then is kept. */
  stop?: StopSwitch | undefined;
  onProgress: (place: HistoryPlace, progress: Progress) => void;
};

const MS_PER_MINUTE = 60_000;

/** The setting that a number is valid for. Other differences between machines do not change counts of allocations. */
function describeMachine({ version, goos, goarch }: Toolchain): HistorySetting {
  return { go: version, machine: `${goos}/${goarch}, GOMAXPROCS=${PROCS}` };
}

/** A selection of benchmarks as a text, which is equal for equal selections. */
function describeSelection(
  { packages, run, skip, tags, modules }: Config['benchmarks'],
  subdir: string,
): string {
  return JSON.stringify([packages, run, skip, tags, modules, subdir]);
}

/** The data that all commits of one task share. */
type Work = {
  session: Session;
  task: HistoryWork;
  enclosure: Enclosure;
  tools: BuildTools;
  setting: HistorySetting;
  selection: string;
  isOver: () => boolean;
};

/**
 * Measures the benchmarks of commits. An input that was measured before, for another commit or by another process, is
 * not measured again. Ends early when the time is used up. A commit that cannot be measured is recorded with the reason;
 * failures that would affect every commit are thrown.
 */
export async function measureHistory(session: Session, task: HistoryWork): Promise<HistoryOutcome> {
  const { commits, store, stop } = task;
  const toolchain = await findToolchain(session.signal);
  await using opened = await openEnclosure(session, task.confinement);
  const enclosure = endingWith(opened, stop);
  const benchmarks = task.benchmarks;
  const config = { benchmarks };
  const { cacheName, isTrusted: isTrustedBase } = task;
  const tools = await openTools(
    session.workspace,
    { config, cacheName, isTrustedBase },
    enclosure,
    toolchain,
  );
  const until = performance.now() + task.budget * MS_PER_MINUTE;
  const isStopped = (): boolean => stop?.signal.aborted ?? false;
  const isOver = (): boolean => isStopped() || performance.now() > until;
  const setting = describeMachine(toolchain);
  const selection = describeSelection(benchmarks, session.repository.subdir);
  const work: Work = { session, task, enclosure, tools, setting, selection, isOver };
  const outcome = {
    commits: commits.length,
    known: 0,
    measured: 0,
    benchmarks: 0,
    left: 0,
    isStopped: false,
  };
  if (stop) stop.isHeard = true;
  for (const [done, commit] of commits.entries()) {
    // The history is read again for each commit, because another process may have measured it in the meantime.
    const history = joinHistory(await store.read());
    if (isKnown(history, commit.sha, { ...setting, selection })) {
      outcome.known += 1;
      continue;
    }
    if (isOver()) {
      outcome.left += 1;
      continue;
    }
    const place = { done, total: commits.length, sha: commit.sha };
    const { isWhole, benchmarks: number } = await measureCommit(commit, place, history, work);
    outcome.benchmarks += number;
    if (isWhole) outcome.measured += 1;
    else outcome.left += 1;
  }
  return { ...outcome, isStopped: isStopped() };
}

type CommitResult = Pick<CommitRecord, 'inputs' | 'isWhole' | 'problem'> & { benchmarks: number };

/** Measures one commit and adds its results to the history, even if the time ran out before all were measured. */
async function measureCommit(
  commit: LoggedCommit,
  place: HistoryPlace,
  history: History,
  work: Work,
): Promise<{ isWhole: boolean; benchmarks: number }> {
  const { session, task, setting, selection } = work;
  const treeDir = path.join(session.workspace.dir, `history-${place.done}`);
  try {
    const { benchmarks, ...found } = await measureTree(commit, treeDir, place, history, work).catch(
      (error: unknown): CommitResult => {
        if (task.stop?.signal.aborted) return { inputs: {}, isWhole: false, problem: null, benchmarks: 0 };
        const problem = error instanceof Failure ? describeCommitProblem(error.reason) : null;
        if (problem === null) throw error;
        return { inputs: {}, isWhole: true, problem, benchmarks: 0 };
      },
    );
    if (found.isWhole || Object.keys(found.inputs).length > 0) {
      await task.store.add({ kind: 'commit', ...setting, ...commit, selection, ...found });
    }
    return { isWhole: found.isWhole, benchmarks };
  } finally {
    await rm(treeDir, { recursive: true, force: true }).catch(() => {});
  }
}

async function measureTree(
  { sha }: LoggedCommit,
  treeDir: string,
  place: HistoryPlace,
  history: History,
  work: Work,
): Promise<CommitResult> {
  const { session, task, enclosure } = work;
  const { repository } = session;
  task.onProgress(place, { phase: 'source', side: 'commit' });
  const entries = await listTree(repository, sha, enclosure.limits.tree);
  const { links } = await exportSources(repository, sha, treeDir, enclosure.limits.tree);
  const data = listDataFiles(entries, links);
  const trees = { base: treeDir, head: treeDir };
  const config = { benchmarks: task.benchmarks };
  const { tasks, modules } = await chooseModules(trees, [], null, { config, repository });
  const result: CommitResult = { inputs: {}, isWhole: true, problem: null, benchmarks: 0 };
  for (const { head, modulePaths } of tasks) {
    const built = await compileBenchmarks(treeDir, head, { modulePaths, modules: modules.head }, place, work);
    for (const build of built) {
      const found = await measurePackage(build, data, place, history, work);
      if (found === null) continue;
      if (found.input !== null) result.inputs[build.goPackage.importPath] = found.input;
      result.isWhole &&= found.isWhole;
      result.benchmarks += found.benchmarks;
    }
  }
  return result;
}

/** Compiles the packages of a module that have benchmarks. Those that do not compile are left out. */
async function compileBenchmarks(
  treeDir: string,
  module: GoModule,
  { modulePaths, modules }: { modulePaths: readonly string[]; modules: readonly GoModule[] },
  place: HistoryPlace,
  { task, tools }: Work,
): Promise<PackageBuild[]> {
  const folders = await findBenchmarkFolders(treeDir, module, modules, task.benchmarks.packages);
  if (folders.length === 0) return [];
  if (tools.sandbox.facts.tier !== 'none') {
    task.onProgress(place, { phase: 'fetch', side: 'commit' });
    await fetchModules({ ...tools, treeDir, module, goWork: await findGoWork(treeDir, module.dir) });
  }
  task.onProgress(place, { phase: 'compile', side: 'commit' });
  const tree: BuiltTree = await buildTree(tools, treeDir, module, modulePaths, folders);
  await tools.keepCompiled(tree.list.standardOutputs);
  return [...tree.list.packages.keys()].sort().flatMap((name) => findBenchmarkPackage(tree, name) ?? []);
}

/**
 * Measures one package, unless its input was measured before. `input` null: there is no result for it. Returns null if
 * the package does not compile or cannot be linked.
 */
async function measurePackage(
  { tree, goPackage }: PackageBuild,
  data: DataFiles,
  place: HistoryPlace,
  history: History,
  { task, tools, setting, selection, isOver }: Work,
): Promise<{ input: string | null; isWhole: boolean; benchmarks: number } | null> {
  const { importPath } = goPackage;
  const input = await identifyInput(tree.context.treeDir, goPackage, data);
  if (input === null) return null;
  const known = findInput(history, setting, { package: importPath, input });
  if (known?.whole.includes(selection)) return { input, isWhole: true, benchmarks: 0 };
  const notMeasured = { input: known ? input : null, isWhole: false, benchmarks: 0 };
  if (isOver()) return notMeasured;
  task.onProgress(place, { phase: 'link', package: importPath });
  const linked = await linkPackage(tools, tree, goPackage);
  if (task.stop?.signal.aborted) return notMeasured;
  if ('errors' in linked) return null;
  const names = new Set([...(known?.points.map(({ name }) => name) ?? []), ...(known?.failed ?? [])]);
  const experience = findExperience(history, setting, importPath);
  const { run, skip } = task.benchmarks;
  const measured = await measureAlone(linked.binary, {
    selection: { run, skip },
    maxBenchmarks: tools.limits.benchmarks,
    findIterations: (name) => experience.get(name)?.iterations,
    hasVaried: (name) => experience.get(name)?.hasVaried ?? false,
    isKnown: (name) => names.has(name),
    isOver,
    onProgress: (progress) =>
      task.onProgress(place, toProgress({ package: importPath, index: 0, packages: 1 }, progress)),
  });
  // Stopping also ends the running benchmark, which then counts as failed but is not broken.
  const isStopped = task.stop?.signal.aborted ?? false;
  const failed = isStopped ? [] : measured.failures.map(({ name }) => name);
  const isWhole = measured.isWhole && !isStopped;
  const record: InputRecord = {
    kind: 'input',
    ...setting,
    package: importPath,
    input,
    points: measured.points,
    failed,
    whole: isWhole ? [selection] : [],
  };
  await task.store.add(record);
  return { input, isWhole, benchmarks: measured.points.length };
}
