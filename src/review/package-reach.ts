import { setTimeout as sleep } from 'node:timers/promises';
import { topBenchmark } from '../compare/benchmark-id.ts';
import type { Position } from '../compare/types.ts';
import type { Screening } from '../go/measure.ts';
import { sideOf } from '../go/measured.ts';
import type { TestBinary } from '../go/test-binary.ts';
import type { BuildTools } from './build.ts';
import type { FunctionReach } from './changed-types.ts';
import { type CoveredVariant, functionsAt, linkCovered } from './covered-binaries.ts';
import { joinUnrunLines } from './join-reach.ts';
import type { PackageTask } from './measure-package.ts';
import {
  findReached,
  findRepeated,
  joinAnswers,
  listOpen,
  listUnreached,
  type ReachAnswer,
} from './reach.ts';
import { readCode } from './tree-files.ts';
import { mayAllocate } from './unmeasured-code.ts';

/** Finds out which changed functions the benchmarks of one package run. */
export type PackageReach = {
  /** Links head's test binary with coverage counters. Never rejects; errors are thrown by the functions below. */
  prepare: () => Promise<unknown>;
  /** Chooses the benchmarks that run no changed code, if finding them is cheaper than measuring them. */
  leaveOut: (screening: Screening) => Promise<ReadonlySet<string>>;
  /** Returns the benchmarks that run each function of head, in any of the screenings; null: nothing was run. */
  finish: (screenings: readonly (Screening | null)[]) => Promise<FunctionReach[]>;
};

export type ReachOptions = {
  tools: BuildTools;
  /** The expected milliseconds for linking one binary with counters, including the compilations that it needs. */
  linkMs: () => number;
  /** Called with the milliseconds that linking a binary took. */
  onLinked: (milliseconds: number) => void;
  /** Whether the time for measuring is over. */
  isOver: () => boolean;
  /** Milliseconds that are left for measuring. */
  leftMs: () => number;
  /** Called when benchmarks begin to run for this purpose. */
  onStart: () => void;
};

/**
 * Before measuring, benchmarks run with counters only if measuring them is expected to take longer than this, and this
 * many times as long as the wait for the binary with counters.
 */
const MIN_EXPECTED_MS = 10_000;
const MIN_RATIO = 2;
/** The share of the expected measuring time that running with counters may take, including the wait for the binary. */
const SHARE = 0.5;
/**
 * After measuring: the iterations that show which functions a benchmark runs, and the milliseconds for separating the
 * benchmarks of a package.
 */
const ITERATIONS = 100;
const FINISH_MS = 10_000;

/** An answer after measuring. `repeated`: as `findRepeated` says. */
type FinalAnswer = ReachAnswer & { repeated: ReadonlySet<FunctionReach['function']> | null };

/** Returns a function that tells whether a number of milliseconds has passed. */
function createTimer(milliseconds: number): () => boolean {
  const end = performance.now() + milliseconds;
  return () => performance.now() > end;
}

/** The answer for a package whose benchmarks were not checked: all functions of head are unknown. */
export function answerUnknown(task: PackageTask): FunctionReach[] {
  if (!task.head) return [];
  return functionsAt('head', task).map((one) => ({
    function: one,
    isRun: null,
    isSetUp: false,
    benchmarks: [],
    unrunLines: null,
  }));
}

export function openPackageReach(
  task: PackageTask,
  { tools, linkMs, onLinked, isOver, leftMs, onStart }: ReachOptions,
): PackageReach {
  const links: Partial<Record<CoveredVariant, Promise<TestBinary | null>>> = {};
  /** When linking head's binary began, and whether it has ended. It goes on while benchmarks are measured. */
  const clock: { began: number | null; isDone: boolean } = { began: null, isDone: false };
  const start = async (variant: CoveredVariant): Promise<TestBinary | null> => {
    const began = performance.now();
    if (variant === 'head') clock.began = began;
    const binary = await linkCovered(task, variant, tools);
    if (variant === 'head') clock.isDone = true;
    if (binary) onLinked(performance.now() - began);
    return binary;
  };
  const link = (variant: CoveredVariant): Promise<TestBinary | null> => {
    const linked = (links[variant] ??= start(variant));
    // The code that awaits this promise handles its error. Until then it must not count as unhandled.
    linked.catch(() => {});
    return linked;
  };
  /** The expected milliseconds until head's binary is linked. */
  const waitMs = (): number => {
    if (clock.isDone) return 0;
    return Math.max(0, linkMs() - (clock.began === null ? 0 : performance.now() - clock.began));
  };
  /** The answers of head that were asked before measuring, by screening. */
  const known = new Map<Screening, ReachAnswer | null>();
  /** New, removed and changed benchmarks are always measured, because their results show more than numbers. */
  const mayLeaveOut = ({ variants }: Screening, name: string): boolean => {
    const isSame = !task.cross || task.cross.sameness.get(topBenchmark(name)) === 'same';
    const having = variants.get(name) ?? [];
    return isSame && having.includes('base') && having.includes('head');
  };
  /** The benchmarks that are known after `ms` milliseconds to run no changed code. `signal` ends the wait. */
  const findUnreached = async (
    screening: Screening,
    ms: number,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> => {
    const isLate = createTimer(ms);
    const waited = sleep(ms, null, { signal }).catch(() => null);
    const ask = async (
      variant: CoveredVariant,
      wanted: (name: string) => boolean,
    ): Promise<ReachAnswer | null> => {
      // A binary that is linked too late is still used after measuring.
      const binary = await Promise.race([link(variant), waited]);
      const question = { task, variant, screening, wanted, maxIterations: Infinity, isLate };
      if (binary) return findReached(binary, { ...question, isOver: () => isOver() || isLate() });
      return functionsAt(sideOf[variant], task).length === 0 ? runNothing(screening) : null;
    };
    const head = await ask('head', () => true);
    known.set(screening, head);
    const unreached = head ? listUnreached(head) : new Set<string>();
    if (unreached.size === 0) return unreached;
    const base = await ask('base', (name) => unreached.has(name));
    const both = base ? listUnreached(base).intersection(unreached) : new Set<string>();
    return new Set([...both].filter((name) => mayLeaveOut(screening, name)));
  };
  const leaveOut: PackageReach['leaveOut'] = async (screening) => {
    const expectedMs = Math.min(screening.expectedMs, leftMs());
    const isWorthIt = expectedMs > Math.max(MIN_EXPECTED_MS, MIN_RATIO * waitMs());
    const hasAny = [...screening.variants.keys()].some((name) => mayLeaveOut(screening, name));
    if (!task.code.isDecidable || !isWorthIt || !hasAny) return new Set();
    onStart();
    const found = new AbortController();
    try {
      return await findUnreached(screening, expectedMs * SHARE, found.signal);
    } finally {
      found.abort();
    }
  };
  /**
   * The answer of one variant after measuring; null: unknown. `before`: what is known already. Only the benchmarks that it
   * leaves open are asked.
   */
  const complete = async (
    screening: Screening,
    variant: CoveredVariant,
    before: ReachAnswer | null,
    isLate: () => boolean,
  ): Promise<FinalAnswer | null> => {
    if (isOver()) return before && { ...before, repeated: null };
    const open = before && listOpen(before);
    onStart();
    const binary = await link(variant);
    const question = { task, variant, screening, isOver, isLate, maxIterations: ITERATIONS };
    const after =
      binary && open?.size !== 0
        ? await findReached(binary, { ...question, wanted: (name) => open?.has(name) ?? true })
        : null;
    const answer = before && after ? joinAnswers(before, after) : (after ?? before);
    if (!answer) return null;
    const repeated = binary && answer.run.size > 0 ? await findRepeated(binary, question) : null;
    return { ...answer, repeated };
  };
  /** The answers of all variants with head's code; null: unknown. */
  const askAll = async (screening: Screening | null): Promise<(FinalAnswer | null)[]> => {
    if (!screening || screening.variants.size === 0) return [null];
    const having = new Set([...screening.variants.values()].flat());
    const isLate = createTimer(FINISH_MS);
    const answers: (FinalAnswer | null)[] = [];
    if (having.has('head'))
      answers.push(await complete(screening, 'head', known.get(screening) ?? null, isLate));
    if (having.has('headCode')) answers.push(await complete(screening, 'headCode', null, isLate));
    return answers;
  };
  const finish: PackageReach['finish'] = async (screenings) => {
    const functions = functionsAt('head', task);
    if (functions.length === 0 || !task.head) return [];
    const answers: (FinalAnswer | null)[] = [];
    for (const screening of screenings) answers.push(...(await askAll(screening)));
    const codeOfLine = readCode(task.head.tree.context.treeDir);
    return functions.map((one) => ({
      function: one,
      ...joinRuns(answers.map((answer) => answer && runOf(answer, one))),
      benchmarks: listRunning(answers, one).map((name) => ({ package: task.importPath, name })),
      unrunLines: joinUnrunLines(
        answers.map((answer) => ({ unrunLines: answer && listUnrunLines(answer, one, codeOfLine) })),
      ),
    }));
  };
  return {
    prepare: () =>
      functionsAt('head', task).length > 0 && !isOver() ? link('head').catch(() => null) : Promise.resolve(),
    leaveOut,
    finish,
  };
}

/** Whether some benchmarks were not checked, so that they may run any function. */
const isPartial = ({ groups }: ReachAnswer): boolean => groups.some(({ functions }) => functions === null);

/** `set-up`: only there; null: unknown. */
type Run = 'measured' | 'set-up' | 'not' | null;

/** How the benchmarks of one variant run a function. */
function runOf({ repeated, ...answer }: FinalAnswer, one: FunctionReach['function']): Run {
  if (answer.run.has(one)) return repeated?.has(one) === false ? 'set-up' : 'measured';
  return answer.unknown.has(one) || isPartial(answer) ? null : 'not';
}

/** Joins how several variants run a function. */
export function joinRuns(runs: readonly Run[]): Pick<FunctionReach, 'isRun' | 'isSetUp'> {
  const each = new Set(runs);
  if (each.has('measured')) return { isRun: true, isSetUp: false };
  return each.has(null) ? { isRun: null, isSetUp: false } : { isRun: false, isSetUp: each.has('set-up') };
}

/** The names of benchmarks that were run alone and ran a function, in any of the answers. */
function listRunning(answers: readonly (ReachAnswer | null)[], one: FunctionReach['function']): string[] {
  const single = answers
    .flatMap((answer) => answer?.groups ?? [])
    .filter(({ names, functions, isOwn }) => isOwn && names.length === 1 && functions?.has(one));
  return [...new Set(single.flatMap(({ names }) => names))];
}

/** The lines of a function that no benchmark runs and that may allocate; null: unknown. */
function listUnrunLines(
  answer: ReachAnswer,
  one: FunctionReach['function'],
  codeOfLine: (position: Position) => string | null,
): number[] | null {
  const lines = answer.lines.get(one);
  if (!lines || isPartial(answer)) return null;
  const { file = '' } = one.head ?? {};
  const mayCost = (line: number): boolean => mayAllocate(codeOfLine({ file, line, column: 0 }) ?? '');
  return [...lines].filter(([line, isRun]) => !isRun && mayCost(line)).map(([line]) => line);
}

/** The answer of a side that has none of the functions, so that its benchmarks run none of them. */
function runNothing({ variants }: Screening): ReachAnswer {
  const nothing: ReadonlySet<FunctionReach['function']> = new Set();
  const groups = [{ names: [...variants.keys()], functions: nothing, isOwn: true }];
  return { groups, run: nothing, unknown: nothing, lines: new Map() };
}
