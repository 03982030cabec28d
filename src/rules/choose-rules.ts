import { compareText } from '../compare/order.ts';
import type { Decision } from '../compare/types.ts';
import { type Context, decisionsOf, type Match, testCondition } from './conditions.ts';
import { atCaller, type Place, type SitePlace } from './places.ts';
import type { Condition, Rule } from './schema.ts';

/** The rules to choose from, and the decisions that a contract forbids: each is reported, whatever a benchmark shows. */
type RuleInput = { rules: readonly Rule[]; forbidden?: ReadonlySet<Decision> };

/** A rule that matches a place, and its advice there. */
export type RuleMatch = { rule: Rule; match: Match; advice: string };

/** The `18` of a go.mod's `go 1.18` or `go 1.18.3`; endless where none is known. */
const minorOf = (language: string | null): number =>
  Number(/^1\.(\d+)/u.exec(language ?? '')?.[1] ?? Infinity);

/** What to do in this case, with what the module's version of Go has. */
function adviceOf(condition: Condition, rule: Rule, language: string | null): string {
  const own = condition.advice === undefined ? rule : condition;
  const fitting = own.older.find(({ before }) => minorOf(language) < minorOf(before));
  return fitting?.advice ?? own.advice ?? rule.advice;
}

/** The rules that match a place, the most specific first: by their usual conditions, or by those for want of others. */
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

/** Rules below know only the compiler's reason; those from the other on know what changed (see rules/README.md). */
const REASONS_BELOW = 40;
const CAUSES_FROM = 80;

/**
 * If only the general rule matches the allocating line, the rules that match the changed line with the new call; if others
 * know only the compiler's reason, those that know what changed, such as a pool that is gone. Their advice is about the
 * call, so the compiler's decision remains that of the place.
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
 * The matching rules. For code that no benchmark runs, at least the general one, which otherwise only matches sites.
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
  const general = input.rules.find(({ specificity }) => specificity === 0);
  return general
    ? [{ rule: general, match: { decision: place.change.decision }, advice: general.advice }]
    : [];
}
