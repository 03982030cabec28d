import { readdirSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createAttribution } from '../causes/attribution.ts';
import { buildLineMap, type LineMap } from '../compare/line-map.ts';
import { compareText } from '../compare/order.ts';
import type { Delta, TreeDiff } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { compareGoMods, type GoModChange } from '../causes/go-mod.ts';
import { findModules, type GoModule } from '../go/modules.ts';
import type { StageLimits } from '../go/stage-limits.ts';
import { findToolchain, type Toolchain } from '../go/toolchain.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Review, Warning } from '../report/model/review.ts';
import { matchRules } from '../rules/matcher.ts';
import { openSources } from '../rules/source-files.ts';
import type { ReadSource } from '../rules/source-files.ts';
import type { Rule } from '../rules/schema.ts';
import type { Grammar } from '../rules/syntax.ts';
import type { Sandbox } from '../sandbox/types.ts';
import { diffTrees } from '../source/diff.ts';
import { exportTree } from '../source/export.ts';
import type { Repository } from '../source/repository.ts';
import type { TreeLimits } from '../source/tree.ts';
import { loadGoGrammar } from './go-grammar.ts';
import { type ModuleReview, type ModuleTask, reviewModules } from './module-review.ts';
import { openTools } from './tools.ts';
import type { Workspace } from './workspace.ts';

/** What is to be compared, as resolved object IDs. */
export type Comparands = {
  baseSha: string;
  /** null: the work tree. */
  headSha: string | null;
  /** Commit or tree IDs to be exported. */
  baseTree: string;
  headTree: string;
};

export type ReviewOptions = {
  repository: Repository;
  comparands: Comparands;
  /** Directory in the repository that the review is about; '' for all of it. */
  subdir: string;
  config: Config;
  rules: readonly Rule[];
  workspace: Workspace;
  sandbox: Sandbox;
  limits: StageLimits & { tree: TreeLimits };
  /** Tells the repository from others: what is kept of its compilations serves it alone. */
  cacheName: string;
  /** Whether the reviewed code may have modules that `GOPRIVATE` names. */
  privateModules: boolean;
  /** Base is merged code: what is compiled of it may be kept for later reviews. */
  baseIsTrusted: boolean;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
};

/** The whole story of one review: source, go, compare, match. Gates, placement and words are report's business. */
export async function review(options: ReviewOptions): Promise<Review> {
  const started = performance.now();
  const { repository, comparands, workspace, sandbox, onProgress, config } = options;
  onProgress({ phase: 'source' });
  const grammar = await loadGoGrammar();
  const toolchain = await findToolchain(options.signal);
  const trees = { base: path.join(workspace.dir, 'base'), head: path.join(workspace.dir, 'head') };
  const diff = await diffTrees(repository, comparands.baseTree, comparands.headTree);
  if (diff.length === 0) return nothingToCompare(options, toolchain, performance.now() - started);
  await exportTree(repository, comparands.baseTree, trees.base, options.limits.tree);
  await exportTree(repository, comparands.headTree, trees.head, options.limits.tree);
  const map = buildLineMap(diff);

  const modules = await chooseModules(trees, diff, options);
  const { tools, caches } = await openTools(options, toolchain);
  const prepared = compileQueries(grammar, options.rules);
  const results = await reviewModules(modules.tasks, {
    tools,
    ownCache: caches.ownCache,
    privateModules: options.privateModules,
    onBaseCompiled: options.baseIsTrusted ? caches.keep : async () => {},
    baseTree: trees.base,
    headTree: trees.head,
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
  const { findings, causeMs } = findCauses(results, modules.tasks, {
    diff,
    map,
    trees,
    grammar,
    rules: options.rules,
  });
  const matchMs = performance.now() - matching - causeMs;
  const totalMs = performance.now() - started;
  return {
    base: { sha: comparands.baseSha },
    head: { sha: comparands.headSha },
    toolchain: { go: toolchain.version, goos: toolchain.goos, goarch: toolchain.goarch },
    sandbox: sandbox.facts,
    ...joinResults(results),
    findings,
    warnings: collectWarnings(results, findings, modules.warnings, toolchain, config),
    diff,
    timing: { totalMs, goMs: sandbox.busyMs(), ownMs: totalMs - sandbox.busyMs(), matchMs, causeMs },
  };
}

function nothingToCompare(
  { comparands, sandbox }: ReviewOptions,
  toolchain: Toolchain,
  totalMs: number,
): Review {
  return {
    base: { sha: comparands.baseSha },
    head: { sha: comparands.headSha },
    toolchain: { go: toolchain.version, goos: toolchain.goos, goarch: toolchain.goarch },
    sandbox: sandbox.facts,
    ...joinResults([]),
    findings: [],
    warnings: [{ kind: 'nothing-to-compare' }],
    diff: [],
    timing: { totalMs, goMs: sandbox.busyMs(), ownMs: totalMs - sandbox.busyMs(), matchMs: 0, causeMs: 0 },
  };
}

type Trees = { base: string; head: string };

/** The modules to review: those that the config names, or the one that the user stands in. */
export async function chooseModules(
  trees: Trees,
  diff: TreeDiff,
  { config, subdir, repository }: Pick<ReviewOptions, 'config' | 'subdir' | 'repository'>,
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
    ? [enclosing(subdir === '' ? '.' : subdir) ?? head]
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
    throw new Failure('no-go-mod', { path: config.benchmarks.modules.join(', '), modules: 1 });
  }
  const hasGo = (await holdsGoFiles(trees.base)) || (await holdsGoFiles(trees.head));
  throw new Failure(hasGo ? 'no-go-mod' : 'no-go-files', { path: dir });
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

function readTree(tree: string): ReadSource {
  return (file) => {
    try {
      return readFileSync(path.join(tree, file), 'utf8');
    } catch {
      return null;
    }
  };
}

/** The Go files of a directory, without tests; none where it cannot be read. */
function listGoFiles(tree: string): (dir: string) => string[] {
  return (dir) => {
    try {
      const names = readdirSync(path.join(tree, dir)).filter(
        (name) => name.endsWith('.go') && !name.endsWith('_test.go'),
      );
      return names.sort().map((name) => path.posix.join(dir, name));
    } catch {
      return [];
    }
  };
}

/** What the go.mod files of the reviewed modules select otherwise than before. */
function compareModuleFiles(
  tasks: readonly ModuleTask[],
  readBase: ReadSource,
  readHead: ReadSource,
): GoModChange {
  const changes = tasks.flatMap(({ base, head }) => {
    const file = path.posix.join(head.dir, 'go.mod');
    const [before, after] = [readBase(path.posix.join(base?.dir ?? head.dir, 'go.mod')), readHead(file)];
    return before === null || after === null ? [] : [compareGoMods(before, after, file)];
  });
  return {
    modules: changes.flatMap(({ modules }) => modules),
    language: changes.find(({ language }) => language)?.language ?? null,
  };
}

/** Compiles the rules' queries, piece by piece, while the go tool works: nothing has to wait for it afterwards. */
async function compileQueries(grammar: Grammar, rules: readonly Rule[]): Promise<void> {
  const conditions = rules.flatMap((rule) => rule.matches);
  const queries = conditions.flatMap(({ code, notCode, baseCode, notBaseCode }) =>
    [code, notCode, baseCode, notBaseCode].filter((query) => query !== undefined),
  );
  for (const query of new Set(queries)) {
    grammar.compile(query);
    await setImmediate();
  }
}

type MatchTask = { diff: TreeDiff; map: LineMap; trees: Trees; grammar: Grammar; rules: readonly Rule[] };

function findCauses(
  results: readonly ModuleReview[],
  tasks: readonly ModuleTask[],
  { diff, map, trees, grammar, rules }: MatchTask,
): { findings: Review['findings']; causeMs: number } {
  let causeMs = 0;
  const [readBase, readHead] = [readTree(trees.base), readTree(trees.head)];
  const sources = openSources(grammar, diff, readHead, readBase);
  const causeOf = createAttribution({
    base: results.flatMap((result) => result.baseDecisions),
    head: results.flatMap((result) => result.headDecisions),
    inlining: {
      functions: results.flatMap((result) => result.inlining.functions),
      lostCalls: results.flatMap((result) => result.inlining.lostCalls),
    },
    diff,
    sources,
    filesIn: listGoFiles(trees.head),
    goMod: compareModuleFiles(tasks, readBase, readHead),
  });
  try {
    const findings = matchRules({
      rules,
      deltas: results.flatMap((result) => result.deltas),
      escapes: results.flatMap((result) => result.escapes),
      headDecisions: results.flatMap((result) => result.headDecisions),
      diff,
      map,
      sources,
      grammar,
      causeOf: (place, decision) => {
        const started = performance.now();
        const cause = causeOf({
          position: { file: place.file, line: place.line, column: 0 },
          decision,
          site: place.kind === 'site' ? (place.uses[0]?.site ?? null) : null,
        });
        causeMs += performance.now() - started;
        return cause;
      },
    });
    return { findings, causeMs };
  } finally {
    sources.free();
  }
}

function joinResults(
  results: readonly ModuleReview[],
): Pick<Review, 'deltas' | 'escapes' | 'buildErrors' | 'skipped'> {
  const unchanged = results.flatMap((result) => result.unchanged).sort();
  return {
    deltas: results
      .flatMap((result) => result.deltas)
      .sort((a, b) => compareText(a.package, b.package) || compareText(a.name, b.name)),
    escapes: results.flatMap((result) => result.escapes),
    buildErrors: results.flatMap((result) => result.buildErrors),
    skipped: { unchangedTestBinaries: unchanged.length, packages: unchanged },
  };
}

function collectWarnings(
  results: readonly ModuleReview[],
  findings: Review['findings'],
  others: readonly Warning[],
  toolchain: Toolchain,
  { benchmarks }: Config,
): Warning[] {
  const warnings = [...others, ...results.flatMap((result) => result.warnings)];
  if (toolchain.goarch !== 'amd64') warnings.push({ kind: 'architecture', goarch: toolchain.goarch });
  if (results.some((result) => result.buildErrors.length > 0)) return warnings;
  const deltas = results.flatMap((result) => result.deltas);
  const packages = results.reduce((sum, result) => sum + result.benchmarkPackages, 0);
  const unchanged = results.reduce((sum, result) => sum + result.unchanged.length, 0);
  const failed = warnings.some(({ kind }) => kind === 'benchmark' || kind === 'package-run');
  if (packages === 0 && deltas.length === 0) {
    warnings.push({ kind: 'no-benchmarks', patterns: benchmarks.packages });
  } else if (deltas.length === 0 && packages > unchanged && !failed && benchmarks.run !== '.') {
    warnings.push({ kind: 'no-match', run: benchmarks.run });
  }
  return [...warnings, ...findUnattributed(deltas, findings)];
}

/** Regressions that no proven finding explains. */
function findUnattributed(deltas: readonly Delta[], findings: Review['findings']): Warning[] {
  const explained = new Set(
    findings.flatMap(({ benchmarks }) =>
      benchmarks.map((benchmark) => `${benchmark.package}.${benchmark.name}`),
    ),
  );
  return deltas
    .filter((delta) => delta.verdict === 'regression' && !explained.has(`${delta.package}.${delta.name}`))
    .map((delta) => ({ kind: 'unattributed', package: delta.package, name: delta.name }));
}
