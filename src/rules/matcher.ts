import { benchmarkId } from '../compare/benchmark-id.ts';
import type { LineMap } from '../compare/line-map.ts';
import { compareText } from '../compare/order.ts';
import type { Cause, Decision, Delta, EscapeChange, TreeDiff } from '../compare/types.ts';
import { adaptedPlaces, isAdapted } from './adapted.ts';
import { allocating, decisionsOf, isDirect, testCondition } from './conditions.ts';
import type { Context, Match } from './conditions.ts';
import { fingerprint } from './fingerprint.ts';
import {
  addedBytes,
  addedDecisions,
  addedObjects,
  changePlaces,
  decisionPlaces,
  isOnChangedLine,
  isReviewed,
  lineKey,
  sitePlaces,
} from './places.ts';
import type { Place, SiteUse } from './places.ts';
import type { Rule } from './schema.ts';
import { surroundingsOf } from './source-files.ts';
import type { Sources } from './source-files.ts';
import type { Grammar } from './syntax.ts';
import { type AffectedBenchmark, type Evidence, type Finding, rankEvidence } from './types.ts';

export type MatchInput = {
  rules: readonly Rule[];
  deltas: readonly Delta[];
  escapes: readonly EscapeChange[];
  /** All decisions of head on changed packages. */
  headDecisions: readonly Decision[];
  diff: TreeDiff;
  map: LineMap;
  /** Both sides' files; freed by who opened them. */
  sources: Sources;
  grammar: Grammar;
  /** Names the changed line behind a place; without it every cause is null. */
  causeOf?: (place: Place, decision: Decision | null) => Cause | null;
};

type RuleMatch = { rule: Rule; match: Match; advice: string };

/** The rules that fit a place, the most specific first. */
function matchPlace(context: Context, rules: readonly Rule[], place: Place): RuleMatch[] {
  const fits = rules.flatMap((rule) => {
    for (const condition of rule.matches) {
      const match = testCondition(context, condition, place);
      if (match) return [{ rule, match, advice: condition.advice ?? rule.advice }];
    }
    return [];
  });
  return fits.sort((a, b) => b.rule.specificity - a.rule.specificity || compareText(a.rule.id, b.rule.id));
}

/** One entry per benchmark: several profile entries of one line (closures, instantiations) add up. */
function affectedBenchmarks(uses: readonly SiteUse[]): AffectedBenchmark[] {
  const benchmarks = new Map<Delta, AffectedBenchmark>();
  for (const { delta, site } of uses) {
    const { package: path, name, allocsPerOp, bytesPerOp } = delta;
    const known = benchmarks.get(delta);
    const entry = known ?? { package: path, name, allocsPerOp, bytesPerOp, addedObjects: 0, addedBytes: 0 };
    entry.addedObjects += addedObjects(site);
    entry.addedBytes += addedBytes(site);
    benchmarks.set(delta, entry);
  }
  return [...benchmarks.values()].sort(
    (a, b) =>
      b.addedObjects - a.addedObjects ||
      b.addedBytes - a.addedBytes ||
      compareText(benchmarkId(a), benchmarkId(b)),
  );
}

/** `example.com/m/pkg.(*T).M.func1` → `(*T).M`: only for places whose source cannot be read. */
function shortName(name: string): string {
  const afterPackage = name.slice(name.lastIndexOf('/') + 1).replace(/^[^.(]*\./u, '');
  return afterPackage.replaceAll(/\[[^\]]*\]/gu, '').replace(/(\.func\d+|\.\d+|-range\d+)+$/u, '');
}

function statedFunction(place: Place): string {
  if (place.kind === 'site') return shortName(place.uses[0]?.site.function ?? '');
  return place.kind === 'decision' ? (place.change.decision.function ?? '') : '';
}

function largestSite(uses: readonly SiteUse[]): SiteUse['site'] | null {
  const byAddition = [...uses].sort(
    (a, b) => addedObjects(b.site) - addedObjects(a.site) || addedBytes(b.site) - addedBytes(a.site),
  );
  return byAddition[0]?.site ?? null;
}

/** The other rules that fit, but for the general one, then what the winner's author named. */
function alternativesOf(winner: Rule, fits: readonly RuleMatch[]): string[] {
  const others = fits.map((fit) => fit.rule).filter((rule) => rule !== winner && rule.specificity > 0);
  return [...new Set([...others.map((rule) => rule.id), ...winner.related])];
}

function evidenceOf(place: Place): Evidence {
  if (place.kind !== 'site') return 'possible';
  return place.uses.every(({ delta }) => isAdapted(delta)) ? 'adapted' : 'proven';
}

function toFinding(input: MatchInput, context: Context, place: Place): Finding | null {
  const fits = matchPlace(context, input.rules, place);
  const winner = fits[0];
  if (!winner) return null;
  const { rule, match, advice } = winner;
  const { file, line } = place;
  const around = surroundingsOf(context.sources, file, line);
  const name = around.function?.name ?? statedFunction(place);
  const uses = place.kind === 'site' ? place.uses : [];
  const decision = match.decision ?? decisionsOf(context, place)[0] ?? null;
  const cause = context.causeOf(place, decision);
  if (!isReviewed(file) && cause === null) return null;
  return {
    id: fingerprint({ slug: rule.slug, file, line, function: name, around }),
    ruleId: rule.id,
    rule: rule.slug,
    exercise: { id: rule.id, title: rule.title, section: rule.source.section, url: rule.source.url },
    evidence: evidenceOf(place),
    file,
    line,
    function: name,
    onChangedLine: isOnChangedLine(input.map, place),
    benchmarks: affectedBenchmarks(uses),
    decision,
    site: largestSite(uses),
    cause,
    advice,
    alternatives: alternativesOf(rule, fits),
  };
}

function compareFindings(a: Finding, b: Finding): number {
  return (
    rankEvidence(a.evidence) - rankEvidence(b.evidence) ||
    compareText(a.file, b.file) ||
    a.line - b.line ||
    compareText(a.ruleId, b.ruleId) ||
    compareText(a.decision?.expression ?? '', b.decision?.expression ?? '')
  );
}

/** Several decisions can flip on one line: one finding per rule and line suffices. */
function onePerLine(findings: readonly Finding[]): Finding[] {
  const byLine = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.ruleId}:${finding.file}:${finding.line}`;
    if (!byLine.has(key)) byLine.set(key, finding);
  }
  return [...byLine.values()];
}

/**
 * Names the pattern at every new allocation site (`proven`, or `adapted`), and at flipped decisions and changed lines that some
 * rule knows (`possible`). Proven first, then by file and line. Unreadable and broken sources only narrow what fits.
 */
export function matchRules(input: MatchInput): Finding[] {
  const { rules, deltas, escapes, diff, grammar, sources } = input;
  const proven = sitePlaces(deltas);
  const sites = [...proven, ...adaptedPlaces(deltas, escapes, input.map, proven)];
  const decisions = decisionPlaces(escapes, sites);
  const forChanges = rules.some((rule) => rule.matches.some((condition) => condition.on.includes('change')));
  const changes = forChanges ? changePlaces(diff, [...sites, ...decisions]) : [];
  const direct = sites.filter((place) => place.uses.some((use) => isDirect(use.site)));
  const directSites = new Set(direct.map((place) => lineKey(place.file, place.line)));
  const added = addedDecisions(escapes);
  const standing = Map.groupBy(
    input.headDecisions.filter(({ kind }) => allocating.has(kind)),
    ({ position: { file, line } }) => lineKey(file, line),
  );
  const causeOf = input.causeOf ?? (() => null);
  const context: Context = {
    grammar,
    sources,
    added,
    standing,
    captured: new Map(),
    declarations: new Map(),
    directSites,
    causeOf,
  };
  const found = [...sites, ...decisions, ...changes].map((place) => toFinding(input, context, place));
  return onePerLine(found.filter((finding) => finding !== null).sort(compareFindings));
}
