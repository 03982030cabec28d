import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { describeConfigProblem } from '../report/words/config.ts';
import { ruleNames } from '../rules/rule-list.ts';
import { readFile } from '../source/tree.ts';
import type { Session } from './types.ts';

/** The path of the config in a repository. */
export const CONFIG_PATH = '.github/allocgate.yml';

/** Parses a config. `name`: its file, for messages. Throws `bad-config` with a sentence for each problem. */
export function readConfigText(text: string, name: string, { rules }: Session): Config {
  const parsed = parseConfig(text, name, ruleNames(rules));
  if ('problems' in parsed) {
    throw new Failure('bad-config', { path: name, problems: parsed.problems.map(describeConfigProblem) });
  }
  return parsed;
}

/** The config of a commit; the defaults if it has none. Throws `bad-config`. */
export async function readCommitConfig(session: Session, commit: string): Promise<Config> {
  return readConfigText(
    (await readFile(session.repository, commit, CONFIG_PATH)) ?? '',
    CONFIG_PATH,
    session,
  );
}
