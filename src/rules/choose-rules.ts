import { compareText } from '../compare/order.ts';
import type { Decision } from '../compare/types.ts';
import { type Context, decisionsOf, type Match, testCondition } from './conditions.ts';
import { atCaller, type Place, type SitePlace } from './places.ts';
import type { Condition, Rule } from './schema.ts';

/** The rules to choose from, and the decisions that a contract forbids, which are reported whatever benchmarks show. */
type RuleInput = { rules: readonly Rule[]; forbidden?: ReadonlySet<Decision> };

/** A rule that matches a place, and its advice there. */
export type RuleMatch = { rule: Rule; match: Match; advice: string };

/** The `18` of a go.mod's `go 1.18` or `go 1.18.3`; infinite if the version is not known. */
const minorOf = (language: string | null): number =>
  Number(/^1\.(\d+)/u.exec(language ?? '')?.[1] ?? Infinity);

/** The advice for a matched condition, for the version of Go that the module selects. */
function adviceOf(condition: Condition, rule: Rule, language: string | null): string {
  const own = condition.advice === undefined ? rule : condition;
  const fitting = own.older.find(({ before }) => minorOf(language) < minorOf(before));
  return fitting?.advice ?? own.advice ?? rule.advice;
}

/** The rules that match a place by one of their conditions, or by one with `fallback`; the most specific first. */
function matchPlace(context: Context, rules: readonly Rule[], place: Place, isFallback = false): RuleMatch[] {
  const fits = rules.flatMap((rule) => {
    for (const condition of rule.matches) {
      if ((condition.fallback ?? false) !== isFallback) continue;
      const match = testCondition(context, condition, place);
      if (match) return [{ rule, match, advice: adviceOf(condition, rule, context.languageOf(place.file)) }];
    }
    return [];
  });
  return fits.sort((a, b) => b.rule.specificity - a.rule.specificity || compareText(a.rule.id, b.rule.id));
}

/**
 * Specificities (rules/README.md has their scale). Rules below the first know only the compiler's reason; rules from the
 * second on know what changed, or a function that should not be called for each operation.
 */
const REASONS_BELOW = 40;
const CAUSES_FROM = 80;

/**
 * The rules that match the changed line that made a site allocate, for a site whose own rules explain little. Where the
 * site has only the general rule, these are all rules that match; where its rules know only the compiler's reason,
 * those that know what changed, such as a pool that is gone. They are about a call on the changed line, so they have no
 * decision of the compiler.
 */
function rulesAtCause(
  input: RuleInput,
  context: Context,
  place: SitePlace,
  fits: readonly RuleMatch[],
): RuleMatch[] {
  const best = Math.max(0, ...fits.map(({ rule }) => rule.specificity));
  if (best >= REASONS_BELOW) return [];
  const cause = context.causeOf(place, decisionsOf(context, place)[0] ?? null);
  const caller = cause && atCaller(place, cause);
  return (caller ? matchPlace(context, input.rules, caller) : [])
    .filter(({ rule }) => rule.specificity > (best > 0 ? CAUSES_FROM - 1 : 0))
    .map((fit) => ({ ...fit, match: { decision: null } }));
}

/**
 * The rules that match a place, the best first. A new allocation that no benchmark runs, or that a contract forbids,
 * gets at least the general rule, whose own conditions match only profiled sites.
 */
export function chooseRules(input: RuleInput, context: Context, place: Place): RuleMatch[] {
  const fits = matchPlace(context, input.rules, place);
  if (place.kind === 'site') {
    const all = [...rulesAtCause(input, context, place, fits), ...fits];
    if (all.some(({ rule }) => rule.specificity > 0)) return all;
    return [...matchPlace(context, input.rules, place, true).slice(0, 1), ...all];
  }
  const isForbidden = place.kind === 'decision' && input.forbidden?.has(place.change.decision);
  if (fits.length > 0 || place.kind !== 'decision' || (place.change.flipped && !isForbidden)) return fits;
  const fallbacks = matchPlace(context, input.rules, place, true).slice(0, 1);
  const general = input.rules.find(({ specificity }) => specificity === 0);
  if (fallbacks.length > 0) return fallbacks;
  return general
    ? [{ rule: general, match: { decision: place.change.decision }, advice: general.advice }]
    : [];
}
