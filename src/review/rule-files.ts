import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokenWords } from '../rules/broken.ts';
import { parseRule, type RulePage, type RuleProblem, type RuleWithExercise } from '../rules/parse-rule.ts';
import { sortRules } from '../rules/rule-list.ts';

/** The rules, which are part of the package. */
export const rulesDirectory = fileURLToPath(new URL('../../rules', import.meta.url));

const RULE_FOLDER = /^[A-Z]{2}-\d{2}$/u;

/** Returns an empty text for a missing file; `parseRule` then reports the missing parts. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Reads every rule folder of `directory`. The rules are sorted; problems of invalid ones are returned. Throws the
 * system's error if the directory cannot be read.
 */
export async function loadRules(
  directory: string = rulesDirectory,
): Promise<{ rules: RuleWithExercise[]; problems: RuleProblem[] }> {
  const entries = await readdir(directory, { withFileTypes: true });
  const ids = entries
    .filter((entry) => entry.isDirectory() && RULE_FOLDER.test(entry.name))
    .map((e) => e.name);
  const parsed = await Promise.all(
    ids.map(async (id) => {
      const yaml = await readText(path.join(directory, id, 'rule.yaml'));
      return parseRule(id, yaml, await readText(path.join(directory, id, 'exercise.md')));
    }),
  );
  return {
    rules: sortRules(parsed.flatMap((result) => (result.kind === 'rule' ? [result.rule] : []))),
    problems: parsed.flatMap((result) => (result.kind === 'problems' ? result.problems : [])),
  };
}

/** Everything that has a page: the rules, and `benchmark-broken`, which is a finding without a rule. */
export async function loadPages(directory: string = rulesDirectory): Promise<RulePage[]> {
  const { rules } = await loadRules(directory);
  const { ruleId, rule } = brokenWords;
  const exercise = await readText(path.join(directory, `${ruleId}.md`));
  return [...rules, { id: ruleId, slug: rule, exercise }];
}
