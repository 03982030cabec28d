import { parseDocument } from 'yaml';
import { ruleSchema, type Rule } from './schema.ts';

/** A rule with its exercise page. */
export type RuleWithExercise = Rule & {
  /** The Markdown of `exercise.md`. */
  exercise: string;
};

/** A page that can be asked for by name: a rule's exercise, or what a finding without a rule means. */
export type RulePage = Pick<RuleWithExercise, 'id' | 'slug' | 'exercise'>;

/** A problem of a rule folder: `path` is the key (`matches.0.code`) or the file. */
export type RuleProblem = { id: string; path: string; message: string };

/** A valid rule, or all problems of its folder. */
export type ParsedRule =
  | { kind: 'rule'; rule: RuleWithExercise }
  | { kind: 'problems'; problems: RuleProblem[] };

/** How the headings begin that every exercise page has after its title, in this order. */
const exerciseSections = [
  'Before → after',
  'Measured',
  'Why',
  'When it pays',
  'Guard',
  'Trade-off',
  'When not to',
  'Source',
] as const;

/** The second-level headings outside code blocks. */
function headingsOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^(```|~~~).*?^\1/gmsu, '');
  return [...prose.matchAll(/^## +(.+)$/gmu)].map((match) => match[1] ?? '');
}

function checkExercise(id: string, markdown: string): RuleProblem[] {
  const problem = (message: string): RuleProblem => ({ id, path: 'exercise.md', message });
  const headings = headingsOf(markdown);
  const lacksTable = !/^\|.*allocs\/op/mu.test(markdown);
  const missing = exerciseSections.filter((section) => !headings.some((h) => h.startsWith(section)));
  const problems = missing.map((section) => problem(`has no section "## ${section}"`));
  if (lacksTable) problems.push(problem('has no table of allocs/op'));
  return /^# +\S/u.test(markdown) ? problems : [problem('does not begin with a title'), ...problems];
}

/**
 * Reads the texts of one rule folder.
 * @param id the folder's name, which must be the rule's ID
 */
export function parseRule(id: string, yamlText: string, exerciseMarkdown: string): ParsedRule {
  const document = parseDocument(yamlText);
  const problems = checkExercise(id, exerciseMarkdown);
  if (document.errors.length > 0) {
    for (const error of document.errors) problems.push({ id, path: 'rule.yaml', message: error.message });
    return { kind: 'problems', problems };
  }
  const parsed = ruleSchema.safeParse(document.toJS());
  for (const issue of parsed.error?.issues ?? []) {
    problems.push({ id, path: issue.path.join('.'), message: issue.message });
  }
  if (parsed.data && parsed.data.id !== id) {
    problems.push({ id, path: 'id', message: `is ${parsed.data.id}, its folder is ${id}` });
  }
  if (!parsed.data || problems.length > 0) return { kind: 'problems', problems };
  return { kind: 'rule', rule: { ...parsed.data, exercise: exerciseMarkdown } };
}
