import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createReach } from '../causes/benchmark-reach.ts';
import { type Attribution, createAttribution } from '../causes/attribution.ts';
import { parseGoMod } from '../causes/go-mod.ts';
import type { Effect } from '../causes/types.ts';
import type { LineMap } from '../compare/line-map.ts';
import { benchmarkId } from '../compare/benchmark-id.ts';
import type { Cause } from '../compare/cause.ts';
import type { Decision, Delta, TreeDiff } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import { attachContracts } from '../contracts/judge.ts';
import type { Review, Warning } from '../report/model/review.ts';
import { findBroken } from '../rules/broken.ts';
import { exerciseOf, matchRules } from '../rules/matcher.ts';
import type { MatchedDelta, Place } from '../rules/places.ts';
import type { Rule } from '../rules/schema.ts';
import { openSources, type ReadSource } from '../rules/source-files.ts';
import type { Grammar } from '../rules/syntax.ts';
import { findContracts, folderOf } from './find-contracts.ts';
import type { ModuleReview, ModuleTask } from './module-types.ts';
import { compareModuleFiles } from './selected-modules.ts';
import { listGoFiles, readTree } from './tree-files.ts';
import type { Trees } from './types.ts';

const isTest = (name: string): boolean => name.endsWith('_test.go');

/** The size of the largest repository, in files and bytes, in which calls from benchmarks are followed by name. */
const MAX_FILES = 5000;
const MAX_BYTES = 64 << 20;

/** All Go files of a tree, including tests; null if there are too many. */
function readGoTexts(tree: string): { file: string; text: string }[] | null {
  const texts: { file: string; text: string }[] = [];
  let bytes = 0;
  for (const entry of readdirSync(tree, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.go')) continue;
    const file = path.relative(tree, path.join(entry.parentPath, entry.name));
    const text = readTree(tree)(file) ?? '';
    bytes += text.length;
    if (texts.length >= MAX_FILES || bytes > MAX_BYTES) return null;
    texts.push({ file, text });
  }
  return texts;
}

/** Tells whether a benchmark may run a function; always true if the tree is too large. The first call reads the tree. */
function followBenchmarks(tree: string): (functionName: string) => boolean {
  let reach: ((functionName: string) => boolean) | null = null;
  return (functionName) => {
    if (reach === null) {
      const texts = readGoTexts(tree);
      reach = texts === null ? () => true : createReach(texts);
    }
    return reach(functionName);
  };
}

/** The version that the go command assumes for a go.mod without a go line (https://go.dev/ref/mod#go-mod-file-go). */
const OLDEST_GO = '1.16';

/** Returns the Go version of the module that contains a file of head, such as `1.22`; null if no module contains it. */
function readLanguages(tasks: readonly ModuleTask[], readHead: ReadSource): (file: string) => string | null {
  const byDir = new Map<string, string>();
  for (const { head } of tasks) {
    const text = readHead(path.posix.join(head.dir, 'go.mod'));
    if (text !== null) byDir.set(head.dir, parseGoMod(text).go?.version ?? OLDEST_GO);
  }
  return (file) => {
    for (let dir = path.posix.dirname(file); ; dir = path.posix.dirname(dir)) {
      const language = byDir.get(dir);
      if (language !== undefined) return language;
      if (dir === '.' || dir === '/') return null;
    }
  };
}

/** A place as the effect of a change, in one benchmark. */
const toEffect = (place: Place, decision: Decision | null, use = 0): Effect => ({
  position: { file: place.file, line: place.line, column: 0 },
  decision,
  site: place.kind === 'site' ? (place.uses[use]?.site ?? null) : null,
});

/** The call of an added function that a place is in; null if benchmarks come there by several calls. */
function findCall(place: Place, newCallOf: Attribution['newCallOf']): Cause | null {
  const uses = place.kind === 'site' ? place.uses : [];
  const calls = uses.map((_, index) => newCallOf(toEffect(place, null, index)));
  const [first = null] = calls;
  return calls.every((call) => call?.file === first?.file && call?.line === first?.line) ? first : null;
}

type MatchTask = {
  diff: TreeDiff;
  map: LineMap;
  /** The map for which lines that were only indented differently are unchanged. */
  written: LineMap;
  trees: Trees;
  grammar: Grammar;
  rules: readonly Rule[];
  /** The rule for allocations that no other rule matches. Contracts need it even if the config disables rules. */
  general: Rule | null;
  contracts: Config['contracts'];
};

/** The ID of a finding for a broken contract that no other finding explains. It is the same on every push. */
const identifyContract = (subject: string): string =>
  createHash('sha256').update(`contract ${subject}`).digest('hex').slice(0, 16);

const describeGeneral = (rule: Rule) => ({
  ruleId: rule.id,
  rule: rule.slug,
  exercise: exerciseOf(rule),
  advice: rule.advice,
});

/**
 * The findings: matches of rules, each with the changed line that caused it and the contract that it breaks, broken
 * contracts, and benchmarks that fail at head. `causeMs`: the time that finding the causes took.
 */
export function findCauses(
  results: readonly ModuleReview[],
  tasks: readonly ModuleTask[],
  { diff, map, written, trees, grammar, rules, general, contracts }: MatchTask,
): { findings: Review['findings']; warnings: Warning[]; causeMs: number } {
  let causeMs = 0;
  const [readBase, readHead] = [readTree(trees.base), readTree(trees.head)];
  const sources = openSources(grammar, diff, readHead, readBase);
  const filesIn = listGoFiles(trees.head, (name) => !isTest(name));
  const promised = findContracts(results, tasks, {
    configured: contracts,
    trees,
    read: { base: readBase, head: readHead },
    diff,
    map,
  });
  const attribution = createAttribution({
    base: results.flatMap((result) => result.baseDecisions),
    head: results.flatMap((result) => result.headDecisions),
    inlining: {
      functions: results.flatMap((result) => result.inlining.functions),
      lostCalls: results.flatMap((result) => result.inlining.lostCalls),
    },
    diff,
    map: written,
    sources,
    filesIn,
    goMod: compareModuleFiles(tasks, readBase, readHead),
  });
  const testSites = Map.groupBy(
    results.flatMap((result) => result.testSites),
    (one) => benchmarkId(one),
  );
  /** The lines of tests that head lacks are not told of as such, but the changed lines that they lead to. */
  const withTestSites = (delta: Delta): MatchedDelta => {
    const own = testSites.get(benchmarkId(delta)) ?? [];
    return {
      ...delta,
      sites: [...delta.sites, ...own.flatMap((one) => attribution.placeTestSite(one) ?? [])],
    };
  };
  try {
    const findings = matchRules({
      rules,
      deltas: results.flatMap((result) => result.deltas.map(withTestSites)),
      escapes: results.flatMap((result) => result.escapes),
      headDecisions: results.flatMap((result) => result.headDecisions),
      diff,
      map,
      sources,
      grammar,
      filesIn,
      isBenchmarked: followBenchmarks(trees.head),
      languageOf: readLanguages(tasks, readHead),
      forbidden: new Set(promised.noEscape.map(({ decision }) => decision)),
      placeSite: attribution.placeSite,
      causeOf: (place, decision) => {
        const started = performance.now();
        const cause = attribution.causeOf(toEffect(place, decision));
        causeMs += performance.now() - started;
        return cause;
      },
      newCallOf: (place) => findCall(place, attribution.newCallOf),
    });
    const matched = attachContracts(
      findings,
      promised,
      general && describeGeneral(general),
      identifyContract,
    );
    const broken = findBroken({
      deltas: results.flatMap((result) => result.deltas),
      sources,
      folderOf: (importPath) => folderOf(importPath, tasks),
      testsIn: listGoFiles(trees.head, isTest),
      isChanged: map.isChangedInHead,
    });
    return { findings: [...broken, ...matched], warnings: promised.warnings, causeMs };
  } finally {
    sources.free();
  }
}
