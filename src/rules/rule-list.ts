import type { Rule } from './schema.ts';

/** What has a page: a rule, or what a finding without a rule means. */
type Named = Pick<Rule, 'id' | 'slug'>;

const generalId = /^XX-/u;

/** Sorts rules by ID. Those without a single exercise (`XX-…`) come last. */
export function sortRules<T extends Rule>(rules: readonly T[]): T[] {
  const rank = (rule: Rule): string => `${generalId.test(rule.id) ? '1' : '0'}${rule.id}`;
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
 * The rules that a config enables: those in `only` (all if it is empty) without those in `disable`. Both contain IDs or
 * slugs; `unknown` lists names without a rule.
 */
export function selectRules<T extends Rule>(
  rules: readonly T[],
  choice: { only: readonly string[]; disable: readonly string[] },
): { rules: T[]; unknown: string[] } {
  const names = [...choice.only, ...choice.disable];
  const named = (list: readonly string[]): Set<T> =>
    new Set(list.map((name) => findRule(rules, name)).filter((rule) => rule !== null));
  const only = named(choice.only);
  const disabled = named(choice.disable);
  return {
    rules: sortRules(
      rules.filter((rule) => (choice.only.length === 0 || only.has(rule)) && !disabled.has(rule)),
    ),
    unknown: names.filter((name) => findRule(rules, name) === null),
  };
}
