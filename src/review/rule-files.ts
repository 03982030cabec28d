import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemCode } from '../errors.ts';
import { brokenWords } from '../rules/broken.ts';
import { parseRule, type RulePage, type RuleProblem, type RuleWithExercise } from '../rules/parse-rule.ts';
import { sortRules } from '../rules/rule-list.ts';
import { onceLoaded } from './once-loaded.ts';

/** The rules, which are part of the package. */
export const rulesDirectory = fileURLToPath(new URL('../../rules', import.meta.url));

const RULE_FOLDER = /^[A-Z]{2}-\d{2}$/u;

/** Returns an empty text for a missing file; `parseRule` then reports the missing parts. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

type LoadedRules = { rules: RuleWithExercise[]; problems: RuleProblem[] };

/** The rules of the package, read once per process. Throws the system's error if they cannot be read. */
export const loadRules = onceLoaded(() => readRules(rulesDirectory));

/**
 * Reads every rule folder of `directory`. The rules are sorted; problems of invalid ones are returned. Throws the
 * system's error if the directory cannot be read.
 */
export async function readRules(directory: string): Promise<LoadedRules> {
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
  const { rules } = await readRules(directory);
  const { ruleId, rule } = brokenWords;
  const exercise = await readText(path.join(directory, `${ruleId}.md`));
  return [...rules, { id: ruleId, slug: rule, exercise }];
}
