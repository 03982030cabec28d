import { parseConfig } from '../../config/load.ts';
import { type Config, configSchema } from '../../config/schema.ts';
import { readFileAt } from '../../github/pull-requests.ts';
import type { GitHub } from '../../github/types.ts';
import { CONFIG_PATH } from '../../review/commit-config.ts';
import { loadRules } from '../../review/rule-files.ts';
import { ruleNames } from '../../rules/rule-list.ts';
import type { StoredRepository } from '../../store/types.ts';
import { nameOf } from '../types.ts';

/** The parts of a repository's config that decide whether its drafts and forks are reviewed. */
export type Policy = Pick<Config, 'drafts' | 'forks'>;

/**
 * Reads the policy from base's config on GitHub, before anything is fetched. If the config is invalid, the defaults
 * apply, and the run reports the problem.
 */
export async function readPolicy(
  github: GitHub,
  repository: StoredRepository,
  baseSha: string,
): Promise<Policy> {
  const text = await readFileAt(github, nameOf(repository), CONFIG_PATH, baseSha);
  const { rules } = await loadRules();
  const parsed = parseConfig(text ?? '', CONFIG_PATH, ruleNames(rules));
  return 'problems' in parsed ? configSchema.parse({}) : parsed;
}
