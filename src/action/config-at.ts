import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { readFileAt } from '../github/pull-requests.ts';
import { describeConfigProblem } from '../report/words/config.ts';
import { CONFIG_PATH } from '../review/commit-config.ts';
import { ruleNames } from '../rules/rule-list.ts';
import type { Job } from './types.ts';

/**
 * Reads the config at a commit of the repository from GitHub, so that neither the change under review nor the artifact
 * can affect it. Throws `bad-config`.
 */
export async function readConfigAt(
  { github, repository, rules }: Pick<Job, 'github' | 'repository' | 'rules'>,
  sha: string,
): Promise<Config> {
  const text = await readFileAt(github, repository, CONFIG_PATH, sha);
  const parsed = parseConfig(text ?? '', CONFIG_PATH, ruleNames(rules));
  if (!('problems' in parsed)) return parsed;
  throw new Failure('bad-config', {
    path: CONFIG_PATH,
    problems: parsed.problems.map(describeConfigProblem),
  });
}
