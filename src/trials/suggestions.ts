import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { benchmarkId } from '../compare/benchmark-id.ts';
import type { Delta } from '../compare/types.ts';
import { rewriteFile, type Site } from '../remedies/edits.ts';
import { remediesFor } from '../remedies/remedies.ts';
import type { Review } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import { enclosingFunction, parseSource } from '../rules/syntax.ts';
import type { Finding, Suggestion } from '../rules/types.ts';
import {
  buildVariant,
  countAllocations,
  type Counted,
  moduleHolding,
  readFrom,
  type BuiltVariant,
} from './lab.ts';
import { goMinorOf } from './go-version.ts';
import { runTests } from './test-run.ts';

/** One edit of one file, formatted. */
type Candidate = { remedy: string; file: string; text: string };

/** The result of a variant: its benchmark's counts, and the tests that pass in the packages that it changes. */
type Checked = { counted: Counted; passed: Set<string> };

const GOFMT_MS = 30_000;
let formatted = 0;

/** Formats a text with gofmt; null: gofmt rejects it. */
async function format(lab: Lab, text: string): Promise<string | null> {
  const { sandbox, toolchain, limits } = lab.tools;
  formatted += 1;
  const dir = path.join(lab.dir, `format-${formatted}`);
  const file = path.join(dir, 'file.go');
  await mkdir(dir, { recursive: true });
  try {
    await writeFile(file, text);
    const lines: string[] = [];
    const { ended, exitCode } = await sandbox.run({
      file: path.join(toolchain.goroot, 'bin', 'gofmt'),
      args: [file],
      cwd: dir,
      env: {},
      view: { readOnly: [toolchain.goroot, dir], writable: [], scratch: null, network: false },
      timeoutMs: GOFMT_MS,
      maxOutputBytes: limits.outputBytes,
      onStdout: (line) => lines.push(line),
    });
    return ended === 'exited' && exitCode === 0 ? `${lines.join('\n')}\n` : null;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The possible fixes for a finding's line, according to its rule. */
async function listCandidates(finding: Finding, lab: Lab): Promise<Candidate[]> {
  const { file, line, decision } = finding;
  const text = readFrom(lab, 'head')(file);
  const source = text === null ? null : parseSource(lab.grammar, text);
  if (text === null || !source) return [];
  try {
    const own = enclosingFunction(source, line);
    if (!own) return [];
    const site: Site = {
      text,
      source,
      function: own,
      line,
      expression: decision?.expression ?? null,
      flowLines: (decision?.flow ?? []).flatMap(({ position }) =>
        position?.file === file ? [position.line] : [],
      ),
      goMinor: goMinorOf(lab, finding.benchmarks[0]?.package ?? ''),
    };
    const rewrites = remediesFor(finding.ruleId).flatMap((remedy) =>
      remedy.write(site).map((rewrite) => ({ remedy: remedy.id, text: rewriteFile(text, rewrite) })),
    );
    if (rewrites.length === 0) return [];
    const isFormatted = (await format(lab, text)) === text;
    const candidates: Candidate[] = [];
    for (const { remedy, text: rewritten } of rewrites) {
      // A file that was not formatted before is not formatted now.
      const result = isFormatted ? await format(lab, rewritten) : rewritten;
      if (result !== null && result !== text) candidates.push({ remedy, file, text: result });
    }
    return candidates;
  } finally {
    source.free();
  }
}

/** The package of a file of head, in its benchmark's module. */
function packageOf(lab: Lab, file: string, benchmarkPackage: string): string {
  const module = moduleHolding(lab, benchmarkPackage)?.head;
  if (!module) return benchmarkPackage;
  const dir = path.posix.relative(module.dir, path.posix.dirname(file));
  return dir === '' || dir.startsWith('..') ? module.path : `${module.path}/${dir}`;
}

/** Builds head with some files replaced, and runs the benchmark and the tests; null: one of these fails. */
async function check(
  lab: Lab,
  delta: Delta,
  tested: string,
  files: ReadonlyMap<string, string>,
): Promise<Checked | null> {
  const variant = await buildVariant(lab, delta.package, files);
  if ('errors' in variant) return null;
  try {
    const passed = await runTests(variant.binary);
    const counted = passed && (await countAllocations(variant, delta, false));
    if (!counted) return null;
    if (tested === delta.package) return { counted, passed };
    const others = await testOther(lab, tested, files);
    return others && { counted, passed: passed.union(others) };
  } finally {
    await variant.discard();
  }
}

/** The tests that pass in a package, by package and name; empty if it has no tests. */
async function testOther(
  lab: Lab,
  importPath: string,
  files: ReadonlyMap<string, string>,
): Promise<Set<string> | null> {
  const variant: BuiltVariant | { errors: string[] } = await buildVariant(lab, importPath, files);
  if ('errors' in variant) return variant.errors.length === 0 ? new Set() : null;
  try {
    const passed = await runTests(variant.binary);
    return passed && new Set([...passed].map((name) => `${importPath}.${name}`));
  } finally {
    await variant.discard();
  }
}

/** The span of head's lines that a candidate changes, and its new lines. */
export function spanOf(head: string, text: string): Pick<Suggestion, 'first' | 'last' | 'replacement'> {
  const [old, now] = [head.split('\n'), text.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  const room = Math.min(old.length, now.length) - start;
  while (end < room && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  // If lines are only added, the span is the next line, and the replacement ends with that line.
  if (start + end === old.length && end > 0) end -= 1;
  return { first: start + 1, last: old.length - end, replacement: now.slice(start, now.length - end) };
}

function toSuggestion(
  { remedy, file, text }: Candidate,
  head: string,
  delta: Delta,
  before: Checked,
  after: Checked,
): Suggestion | null {
  const unit = (['allocs/op', 'B/op'] as const).find(
    (one) => after.counted[one].max < before.counted[one].min,
  );
  const isWorse = after.counted['allocs/op'].min > before.counted['allocs/op'].max;
  const isWhole = [...before.passed].every((name) => after.passed.has(name));
  if (!unit || isWorse || !isWhole) return null;
  return {
    remedy,
    file,
    ...spanOf(head, text),
    patch: createTwoFilesPatch(`a/${file}`, `b/${file}`, head, text, '', ''),
    benchmark: benchmarkId(delta),
    unit,
    before: before.counted[unit].min,
    after: after.counted[unit].min,
    tests: before.passed.size,
  };
}

type Attempts = {
  review: Review;
  lab: Lab;
  isOver: () => boolean;
  /** The results of head itself by benchmark and package, which several findings share. */
  heads: Map<string, Checked | null>;
};

/** Tries the remedies of one finding until one passes; null: none does. */
async function suggest(
  finding: Finding,
  { review, lab, isOver, heads }: Attempts,
): Promise<Suggestion | null> {
  const [first] = finding.benchmarks;
  const delta = first && review.deltas.find((one) => benchmarkId(one) === benchmarkId(first));
  if (!delta || remediesFor(finding.ruleId).length === 0) return null;
  const candidates = await listCandidates(finding, lab);
  if (candidates.length === 0 || isOver()) return null;
  const tested = packageOf(lab, finding.file, delta.package);
  const key = `${benchmarkId(delta)} ${tested}`;
  if (!heads.has(key)) heads.set(key, await check(lab, delta, tested, new Map()));
  const before = heads.get(key);
  const head = readFrom(lab, 'head')(finding.file) ?? '';
  for (const candidate of before ? candidates : []) {
    if (isOver()) return null;
    const after = await check(lab, delta, tested, new Map([[candidate.file, candidate.text]]));
    const suggestion = before && after && toSuggestion(candidate, head, delta, before, after);
    if (suggestion) return suggestion;
  }
  return null;
}

/**
 * Writes the remedy of each proven finding whose rule has a mechanical one. Offers it if it compiles, every test that
 * passed still passes, and the benchmark's count falls. Returns the review with the fixes that passed.
 */
export async function tryRemedies(review: Review, lab: Lab, budgetMs: number): Promise<Review> {
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started > budgetMs || lab.signal.aborted;
  const attempts = { review, lab, isOver, heads: new Map<string, Checked | null>() };
  const findings: Finding[] = [];
  for (const [index, finding] of review.findings.entries()) {
    const isTried = finding.evidence === 'proven' && !isOver();
    const place = `${finding.file}:${finding.line}`;
    if (isTried) lab.onProgress({ phase: 'prove', done: index, total: review.findings.length, place });
    const suggestion = isTried ? await suggest(finding, attempts) : null;
    findings.push(suggestion ? { ...finding, suggestion } : finding);
  }
  return { ...review, findings };
}
