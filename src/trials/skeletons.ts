import { readdirSync } from 'node:fs';
import path from 'node:path';
import { goMinorOf } from './go-version.ts';
import { exactPattern, runBenchmarks } from '../go/test-binary.ts';
import { MS_PER_NS } from '../go/run-plan.ts';
import { lastElement } from '../compare/import-path.ts';
import type { Side } from '../compare/types.ts';
import type { Review } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import { parseSource, type SourceFile } from '../rules/syntax.ts';
import type { Finding, OwnBenchmark } from '../rules/types.ts';
import { type Skeleton, type Unwritable, writeSkeleton } from '../skeletons/benchmark.ts';
import { findTestInputs, type TestFile } from '../skeletons/test-inputs.ts';
import type { Scope } from '../skeletons/values.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { readGoFile } from '../syntax/go-file.ts';
import { buildVariant, type BuiltVariant, countAllocations, type Counted, readFrom } from './lab.ts';

/** A review names as many functions at most for which somebody could write a benchmark. */
const MAX_FUNCTIONS = 10;
/** Files of one package that are read. */
const MAX_FILES = 400;
const FILE = 'allocgate_skeleton_test.go';

/** The package of a function at head, parsed. `free` releases it. */
type Package = {
  sources: Map<string, SourceFile>;
  tests: TestFile[];
  /** All test files' text: names that are taken. */
  testText: string;
  free: () => void;
};

/** Imports by the name that a file has for them: without one, the last part of the path that is no version. */
function importsOf(file: string, text: string): ReadonlyMap<string, string> {
  const specs = readGoFile(file, text)?.imports ?? [];
  return new Map(
    specs.flatMap(({ name, path: importPath }) => {
      const last = lastElement(importPath) || importPath;
      const own = name ?? last.replace(/^go-|[.-]go$|\.v\d+$/gu, '');
      return own === '_' || own === '.' ? [] : [[own, importPath] as const];
    }),
  );
}

function readPackage(lab: Lab, dir: string): Package {
  const read = readFrom(lab, 'head');
  const sources = new Map<string, SourceFile>();
  const tests: TestFile[] = [];
  const parsed: SourceFile[] = [];
  const texts: string[] = [];
  const names = readdirSync(path.join(lab.trees.head, dir)).filter((name) => name.endsWith('.go'));
  for (const name of names.slice(0, MAX_FILES)) {
    const file = path.posix.join(dir, name);
    const text = read(file);
    const source = text === null ? null : parseSource(lab.grammar, text);
    if (text === null || !source) continue;
    parsed.push(source);
    if (!name.endsWith('_test.go')) sources.set(file, source);
    else {
      texts.push(text);
      tests.push({ root: source.root, imports: importsOf(file, text) });
    }
  }
  return {
    sources,
    tests,
    testText: texts.join('\n'),
    free: () => {
      for (const one of parsed) one.free();
    },
  };
}

function scopeOf(lab: Lab, { sources }: Package, file: string): Scope {
  const types = new Map<string, SourceFile['root']>();
  const functions = new Map<string, SourceFile['root']>();
  for (const { root, functions: own } of sources.values()) {
    for (const spec of root.descendantsOfType('type_spec')) {
      const [name, type] = [spec?.childForFieldName('name'), spec?.childForFieldName('type')];
      if (name && type && !spec?.childForFieldName('type_parameters')) types.set(name.text, type);
    }
    for (const { name, node } of own) if (node.type === 'function_declaration') functions.set(name, node);
  }
  return { types, functions, imports: importsOf(file, readFrom(lab, 'head')(file) ?? '') };
}

/**
 * Writes a benchmark for a function of head; null where the source does not have it.
 * @param usesTests whether a test's inputs may be taken
 */
function write(
  lab: Lab,
  { name, package: importPath, head }: ChangedFunction,
  usesTests: boolean,
): Skeleton | Unwritable | null {
  if (!head) return null;
  const own = readPackage(lab, path.posix.dirname(head.file));
  try {
    const source = own.sources.get(head.file);
    const declared = source?.functions.find((one) => one.name === name);
    const packageName = source?.root.descendantsOfType('package_identifier')[0]?.text;
    if (!declared || packageName === undefined) return null;
    const isMethod = declared.node.type === 'method_declaration';
    const last = declared.node.childForFieldName('name')?.text ?? '';
    return writeSkeleton({
      name,
      node: declared.node,
      packageName,
      scope: scopeOf(lab, own, head.file),
      inputs: usesTests ? findTestInputs(last, isMethod, own.tests) : null,
      goMinor: goMinorOf(lab, importPath),
      isTaken: (one) => own.testText.includes(`func ${one}(`),
    });
  } finally {
    own.free();
  }
}

/** What a benchmark of its own allocates on one side, after a short run that tells how long it takes; null where it fails. */
async function count(variant: BuiltVariant, importPath: string, name: string): Promise<Counted | null> {
  const first = await runBenchmarks(variant.binary, {
    bench: exactPattern([name]),
    skip: '',
    iterations: 2,
    repeats: 1,
    expectedMs: 0,
    profile: false,
  });
  const nsPerOp = first.isWhole ? first.rows.find((row) => row.name === name)?.values['ns/op'] : undefined;
  if (nsPerOp === undefined || nsPerOp * MS_PER_NS > MAX_OP_MS) return null;
  return countAllocations(
    variant,
    { package: importPath, name, nsPerOp: { base: nsPerOp, head: nsPerOp } },
    false,
  );
}

/** A call that takes longer is not on a hot path. */
const MAX_OP_MS = 500;

async function tryOnSide(
  lab: Lab,
  { package: importPath, head }: ChangedFunction,
  { name, code }: Skeleton,
  side: Side,
): Promise<Counted | { problem: { kind: 'compile' | 'run'; side: Side } }> {
  const file = path.posix.join(path.posix.dirname(head?.file ?? ''), FILE);
  const variant = await buildVariant(lab, importPath, new Map([[file, code]]), side);
  if ('errors' in variant) return { problem: { kind: 'compile', side } };
  try {
    return (await count(variant, importPath, name)) ?? { problem: { kind: 'run', side } };
  } finally {
    await variant.discard();
  }
}

const amountsOf = (counted: Counted) => ({ allocs: counted['allocs/op'].min, bytes: counted['B/op'].min });

async function offer(lab: Lab, one: ChangedFunction, usesTests = true): Promise<OwnBenchmark | null> {
  const written = write(lab, one, usesTests);
  if (!written) return null;
  const { name: functionName } = one;
  if ('what' in written) return { function: functionName, problem: { kind: 'unwritable', ...written } };
  const head = await tryOnSide(lab, one, written, 'head');
  const base = 'problem' in head ? head : await tryOnSide(lab, one, written, 'base');
  if (!('problem' in head) && !('problem' in base)) {
    const { name, code, from } = written;
    return { function: functionName, name, code, from, base: amountsOf(base), head: amountsOf(head) };
  }
  // A test may call another type's method of the same name, or need what it did before.
  if (written.from !== null) return offer(lab, one, false);
  const failed = 'problem' in head ? head : base;
  return 'problem' in failed ? { function: functionName, problem: failed.problem } : null;
}

/** The changed function on whose lines a finding stands; null where there is none, or a benchmark may run it. */
function functionOf({ file, line }: Finding, { unrun }: Lab): ChangedFunction | null {
  const holds = ({ head, base }: ChangedFunction): boolean =>
    base !== null && head !== null && head.file === file && head.firstLine <= line && line <= head.lastLine;
  return unrun.find(holds) ?? null;
}

/**
 * Writes a benchmark for each function that neither benchmarks nor tests measured and of which a finding tells, and offers it
 * where it compiles and runs on both sides, with what it measured; else the finding says why there is none.
 */
export async function offerBenchmarks(review: Review, lab: Lab, budgetMs: number): Promise<Review> {
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started > budgetMs || lab.signal.aborted;
  const offered = new Map<ChangedFunction, OwnBenchmark | null>();
  const findings: Finding[] = [];
  for (const finding of review.findings) {
    const { evidence, contract, quietTests } = finding;
    const own = evidence === 'possible' && !contract && !quietTests ? functionOf(finding, lab) : null;
    if (own && !offered.has(own) && offered.size < MAX_FUNCTIONS && !isOver()) {
      const place = `${finding.file}:${finding.line}`;
      lab.onProgress({ phase: 'prove', done: findings.length, total: review.findings.length, place });
      offered.set(own, await offer(lab, own));
    }
    const ownBenchmark = own && offered.get(own);
    findings.push(ownBenchmark ? { ...finding, ownBenchmark } : finding);
  }
  return { ...review, findings };
}
