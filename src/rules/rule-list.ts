import type { Rule } from './schema.ts';

/** A rule, or the page about findings that no rule makes. */
type Named = Pick<Rule, 'id' | 'slug'>;

const GENERAL_ID = /^XX-/u;

/** Sorts rules by ID. Those without a single exercise (`XX-…`) come last. */
export function sortRules<T extends Rule>(rules: readonly T[]): T[] {
  const rank = (rule: Rule): string => `${GENERAL_ID.test(rule.id) ? '1' : '0'}${rule.id}`;
  return [...rules].sort((a, b) => (rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b))));
}

/** Every name that `findRule` accepts. */
export function ruleNames(rules: readonly Named[]): string[] {
  return [...new Set(rules.flatMap(({ id, slug }) => [id, slug]))];
}

/** Finds a rule by its ID in upper or lower case (`ma-01`) or by its slug; null if there is none. */
export function findRule<T extends Named>(rules: readonly T[], name: string): T | null {
  const wanted = name.trim().toLowerCase();
  return rules.find((rule) => rule.slug === wanted || rule.id.toLowerCase() === wanted) ?? null;
}

/**
 * The rules that a config enables, sorted: those in `only` (all if it is empty) without those in `disable`. Both
 * contain IDs or slugs. Names without a rule are ignored, because `parseConfig` reports them.
 */
export function selectRules<T extends Rule>(
  rules: readonly T[],
  choice: { only: readonly string[]; disable: readonly string[] },
): T[] {
  const named = (list: readonly string[]): Set<T> =>
    new Set(list.map((name) => findRule(rules, name)).filter((rule) => rule !== null));
  const only = named(choice.only);
  const disabled = named(choice.disable);
  return sortRules(
    rules.filter((rule) => (choice.only.length === 0 || only.has(rule)) && !disabled.has(rule)),
  );
}
