import type { Delta } from '../compare/types.ts';
import { benchmarkId } from '../compare/benchmark-id.ts';
import { rewriteFile, type Site } from '../remedies/edits.ts';
import { remediesFor } from '../remedies/remedies.ts';
import type { Review } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import { enclosingFunction, parseSource } from '../rules/syntax.ts';
import type { Finding, Suggestion } from '../rules/types.ts';
import { type Candidate, type Checker, createChecker } from './check.ts';
import { formatLike } from './gofmt.ts';
import { goMinorOf } from './go-version.ts';
import { readFrom } from './lab.ts';

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
    const texts = await formatLike(
      lab,
      text,
      rewrites.map((one) => one.text),
    );
    return rewrites.flatMap(({ remedy }, index) => {
      const result = texts[index];
      return typeof result !== 'string' || result === text ? [] : [{ remedy, file, text: result }];
    });
  } finally {
    source.free();
  }
}

/** The first remedy of a finding's rule that passes; null: none does. */
async function suggest(
  finding: Finding,
  delta: Delta,
  lab: Lab,
  checker: Checker,
  isOver: () => boolean,
): Promise<Suggestion | null> {
  if (remediesFor(finding.ruleId).length === 0) return null;
  const head = readFrom(lab, 'head')(finding.file) ?? '';
  for (const candidate of await listCandidates(finding, lab)) {
    if (isOver()) return null;
    const suggestion = await checker.tryOut(candidate, head, delta);
    if (suggestion) return suggestion;
  }
  return null;
}

/**
 * Writes the remedy of each proven finding whose rule has a mechanical one. Offers it if it compiles, every test that
 * passed still passes, and the benchmark's count falls. Returns the review with the fixes that passed.
 */
export async function tryRemedies(
  review: Review,
  lab: Lab,
  budgetMs: number,
  checker = createChecker(lab),
): Promise<Review> {
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started > budgetMs || lab.signal.aborted;
  const findings: Finding[] = [];
  for (const [index, finding] of review.findings.entries()) {
    const [first] = finding.benchmarks;
    const delta = first && review.deltas.find((one) => benchmarkId(one) === benchmarkId(first));
    const isTried = finding.evidence === 'proven' && delta && !isOver();
    const place = `${finding.file}:${finding.line}`;
    if (isTried) lab.onProgress({ phase: 'prove', done: index, total: review.findings.length, place });
    const suggestion = isTried ? await suggest(finding, delta, lab, checker, isOver) : null;
    findings.push(suggestion ? { ...finding, suggestion } : finding);
  }
  return { ...review, findings };
}
