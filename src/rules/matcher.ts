import { allocatingDecisions, isOnHeap } from '../compare/allocating.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Cause } from '../compare/cause.ts';
import { withoutTypeArguments } from '../compare/type-arguments.ts';
import type { Decision, Delta, EscapeChange, SiteChange, TreeDiff } from '../compare/types.ts';
import { adaptedPlaces, isAdapted } from './adapted.ts';
import { decisionsOf, isDirect, knownOf, type Context } from './conditions.ts';
import { chooseRules, type RuleMatch } from './choose-rules.ts';
import { allocatorOf } from './allocator.ts';
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
  type DecisionPlace,
  type MatchedDelta,
  type Place,
  type SitePlace,
  type SiteUse,
} from './places.ts';
import { isHot } from './once.ts';
import { compareBenchmarks, groupFindings } from './grouping.ts';
import { netCosts, withCosts } from './net-costs.ts';
import type { Rule } from './schema.ts';
import { surroundingsOf, type Sources } from './source-files.ts';
import type { Grammar } from './syntax.ts';
import type { AffectedBenchmark, Evidence, Finding } from './types.ts';

/** The results of a review that rules are matched against. */
export type MatchInput = {
  rules: readonly Rule[];
  deltas: readonly MatchedDelta[];
  escapes: readonly EscapeChange[];
  /** All of head's decisions about changed packages. */
  headDecisions: readonly Decision[];
  diff: TreeDiff;
  map: LineMap;
  /** The files of both sides. The caller frees them. */
  sources: Sources;
  grammar: Grammar;
  /** The Go files of a folder, without tests. They show whether code is used, and what other files declare. */
  filesIn?: (folder: string) => string[];
  /** The version of Go that the module of a file selects, as its go.mod states it; null: it states none. */
  languageOf?: (file: string) => string | null;
  /**
   * Whether a benchmark may run a function. Without it, new decisions on changed lines are not reported: the benchmarks
   * cover them.
   */
  isBenchmarked?: (functionName: string) => boolean;
  /** Decisions that a contract forbids: each is reported, whatever a benchmark shows. */
  forbidden?: ReadonlySet<Decision>;
  /** Moves a site to the line that the compiler reports for it. Without it, sites stay on the line of the profile. */
  placeSite?: (site: SiteChange) => SiteChange;
  /** Finds the changed line that caused a place. Without it, every cause is null. */
  causeOf?: (place: Place, decision: Decision | null) => Cause | null;
  /**
   * Finds the call that is newly made of the function that a place is in, which the change added. It is the cause of a place
   * without another one. Rules do not know it: the place is on a changed line all the same.
   */
  newCallOf?: (place: Place) => Cause | null;
};

/**
 * One entry per benchmark. Several profile entries of one line (closures, instances of type parameters) are added up.
 */
function affectedBenchmarks(uses: readonly SiteUse[]): AffectedBenchmark[] {
  const benchmarks = new Map<Delta, AffectedBenchmark>();
  for (const { delta, site } of uses) {
    const { package: path, name, allocsPerOp, bytesPerOp } = delta;
    const known = benchmarks.get(delta);
    const entry = known ?? { package: path, name, allocsPerOp, bytesPerOp, addedObjects: 0, addedBytes: 0 };
    const net = netCosts(delta);
    entry.addedObjects += net.objects(site);
    entry.addedBytes += net.bytes(site);
    benchmarks.set(delta, entry);
  }
  return [...benchmarks.values()].sort(compareBenchmarks);
}

/**
 * `example.com/m/pkg.(*T).M.func1` → `(*T).M`. It is used only where the source, which has the name, cannot be read.
 */
function shortName(name: string): string {
  const bare = withoutTypeArguments(name);
  const afterPackage = bare.slice(bare.lastIndexOf('/') + 1).replace(/^[^.(]*\./u, '');
  return afterPackage.replace(/(\.func\d+|\.\d+|-range\d+)+$/u, '');
}

/** The function of a place as the profile or the compiler names it; empty for a changed line. */
function namedFunction(place: Place): string {
  if (place.kind === 'site') return shortName(place.uses[0]?.site.function ?? '');
  return place.kind === 'decision' ? (place.change.decision.function ?? '') : '';
}

function largestSite(uses: readonly SiteUse[]): Finding['site'] {
  const byAddition = [...uses].sort(
    (a, b) => addedObjects(b.site) - addedObjects(a.site) || addedBytes(b.site) - addedBytes(a.site),
  );
  const [first] = byAddition;
  if (!first) return null;
  const { known: _, ...site } = first.site;
  return site;
}

/** The citation of a finding: the rule's page, and the source of its exercise. */
export function exerciseOf({ id, title, source }: Rule): Finding['exercise'] {
  return { id, title, document: source.document, section: source.section, url: source.url };
}

/** Names the other rules of a finding. */
function nameOthers(finding: Finding, rules: readonly Rule[]): Finding {
  const others = finding.alternatives.flatMap((id) => {
    const rule = rules.find((one) => one.id === id);
    return rule ? [{ id, rule: rule.slug, title: rule.title }] : [];
  });
  return { ...finding, others };
}

/** The other matching rules except the general one, and then the rules that the winner lists as related. */
function alternativesOf(winner: Rule, fits: readonly RuleMatch[]): string[] {
  const others = fits.map((fit) => fit.rule).filter((rule) => rule.specificity > 0);
  const ids = new Set([...others.map((rule) => rule.id), ...winner.related]);
  ids.delete(winner.id);
  return [...ids];
}

function evidenceOf(place: Place): Evidence {
  if (place.kind !== 'site') return 'possible';
  return place.uses.every(({ delta }) => isAdapted(delta)) ? 'adapted' : 'proven';
}

const lineOfCause = (cause: Cause | null): string => (cause === null ? '' : `${cause.file}:${cause.line}`);

/**
 * Splits a line that several callers reach into one place for each cause, because several changes can make it run more
 * often.
 */
function splitByCause(context: Context, place: SitePlace): SitePlace[] {
  if (place.uses.length === 1) return [place];
  const byCause = Map.groupBy(place.uses, (use) => {
    const own: Place = { ...place, uses: [use] };
    return lineOfCause(context.causeOf(own, decisionsOf(context, own)[0] ?? null));
  });
  return [...byCause.values()].map((uses) => ({ ...place, uses }));
}

/**
 * Identifies a finding over all pushes by the line of its cause, which stays the same however many lines it affects.
 */
function identify({ sources }: Context, { rule, evidence, cause, ...own }: Omit<Finding, 'id'>): string {
  const { file, line } = cause ?? own;
  const around = surroundingsOf(sources, file, line);
  const name = cause === null ? own.function : (around.function?.name ?? '');
  // A rule and a cause can have one finding for each evidence.
  const slug = evidence === 'proven' ? rule : `${rule} ${evidence}`;
  return fingerprint({ slug, file, line, function: name, around });
}

/** Whether a decision on a changed line is in a function that also exists at base and that no benchmark runs. */
function isUnmeasured(
  { sources, isBenchmarked }: MatchInput,
  { file, line, change }: DecisionPlace,
): boolean {
  if (!isBenchmarked || !change.onChangedLine) return false;
  const name = surroundingsOf(sources, file, line).function?.name;
  return name !== undefined && !isBenchmarked(name) && sources.baseFunctionOf(file, name) !== null;
}

/** The decision about the `make` of a line that uses the constant or variable that grew; null if no `make` uses it. */
function decisionOfSize(said: readonly Decision[], cause: Cause | null, line: string): Decision | null {
  const grown = cause?.kind === 'size-grown' ? /^(?:const |var )?(?<name>\w+)/u.exec(cause.text) : null;
  const name = grown?.groups?.['name'];
  if (name === undefined || !new RegExp(`\\bmake\\([^()]*\\b${name}\\b`, 'u').test(line)) return null;
  return said.find(({ expression }) => expression.startsWith('make(')) ?? null;
}

function toFinding(input: MatchInput, context: Context, place: Place): Finding | null {
  const fits = chooseRules(input, context, place);
  const winner = fits[0];
  if (!winner) return null;
  const { sources, filesIn = () => [], isBenchmarked = () => false } = input;
  const isForbidden = place.kind === 'decision' && input.forbidden?.has(place.change.decision);
  if (place.kind !== 'site' && !isForbidden && !isHot({ sources, filesIn, isBenchmarked }, place))
    return null;
  const { rule, match, advice } = winner;
  const { file, line } = place;
  const around = surroundingsOf(context.sources, file, line);
  const name = around.function?.name ?? namedFunction(place);
  const uses = place.kind === 'site' ? place.uses : [];
  const said = decisionsOf(context, place);
  const first = match.decision ?? said[0] ?? null;
  const cause = context.causeOf(place, first) ?? input.newCallOf?.(place) ?? null;
  const text = around.source?.lines[line - 1] ?? '';
  const decision = match.decision ?? decisionOfSize(said, cause, text) ?? first;
  if (!isReviewed(file) && cause === null) return null;
  const finding: Omit<Finding, 'id'> = {
    ruleId: rule.id,
    rule: rule.slug,
    exercise: exerciseOf(rule),
    evidence: evidenceOf(place),
    file,
    line,
    function: name,
    onChangedLine: isOnChangedLine(input.map, place),
    places: [{ file, line, function: name }],
    benchmarks: affectedBenchmarks(uses),
    decision,
    allocator: uses.some(({ site }) => isDirect(site)) ? allocatorOf(decision, text) : null,
    site: largestSite(uses),
    cause,
    ...(knownOf(place) && { benchmarkCode: knownOf(place)?.code ?? '' }),
    advice,
    alternatives: alternativesOf(rule, fits),
  };
  return { id: identify(context, finding), ...finding };
}

/** The decisions that a contract forbids, except those on lines that a benchmark accounts for. */
function forbiddenPlaces(
  { escapes, forbidden = new Set() }: MatchInput,
  sites: readonly Place[],
): DecisionPlace[] {
  const measured = new Set(sites.map(({ file, line }) => lineKey(file, line)));
  return escapes.flatMap((change): DecisionPlace[] => {
    const { file, line } = change.decision.position;
    const isReported = forbidden.has(change.decision) && !measured.has(lineKey(file, line));
    return isReported ? [{ kind: 'decision', file, line, change }] : [];
  });
}

/**
 * Finds the rule for every new allocation site (evidence `proven` or `adapted`), and for the changed decisions and
 * changed lines that a rule matches (`possible`). Sorted by evidence, the strongest first, then by file and line. If a
 * source file cannot be read or parsed, fewer rules match.
 */
export function matchRules(input: MatchInput): Finding[] {
  const { rules, escapes, diff, grammar, sources, placeSite = (site) => site } = input;
  const deltas = input.deltas.map((delta) => ({
    ...delta,
    sites: delta.sites.map((site) => (site.known ? site : placeSite(site))),
  }));
  const added = addedDecisions(escapes);
  const isChanged = ({ position: { file, line } }: SiteChange): boolean =>
    input.map.isChangedInHead(file, line) || added.has(lineKey(file, line));
  const proven = sitePlaces(deltas, isChanged);
  const sites = [...proven, ...adaptedPlaces(deltas, escapes, input.map, proven)];
  const decisions = [
    ...decisionPlaces(escapes, sites).filter(
      (place) =>
        (place.change.flipped || isUnmeasured(input, place)) && !input.forbidden?.has(place.change.decision),
    ),
    ...forbiddenPlaces(input, sites),
  ];
  const forChanges = rules.some((rule) => rule.matches.some((condition) => condition.on.includes('change')));
  const changes = forChanges ? changePlaces(diff, [...sites, ...decisions]) : [];
  const direct = sites.filter((place) => place.uses.some((use) => isDirect(use.site)));
  const directSites = new Set(direct.map((place) => lineKey(place.file, place.line)));
  const standing = Map.groupBy(input.headDecisions.filter(isOnHeap), ({ position: { file, line } }) =>
    lineKey(file, line),
  );
  for (const [key, decisions] of standing) standing.set(key, allocatingDecisions(decisions));
  const { causeOf: find = () => null } = input;
  const causeOf: Context['causeOf'] = (place, decision) => knownOf(place)?.cause ?? find(place, decision);
  const context: Context = {
    grammar,
    sources,
    added,
    standing,
    captured: new Map(),
    declarations: { files: new Map(), packages: new Map() },
    filesIn: input.filesIn ?? (() => []),
    directSites,
    causeOf,
    languageOf: input.languageOf ?? (() => null),
  };
  const places = [
    ...withCosts(sites).flatMap((place) => splitByCause(context, place)),
    ...decisions,
    ...changes,
  ];
  const found = places.map((place) => toFinding(input, context, place));
  const grouped = groupFindings(found.filter((finding) => finding !== null));
  return grouped.map((finding) => nameOthers(finding, rules));
}
