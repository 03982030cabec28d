import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseConfig } from '../config/load.ts';
import { Failure, systemReason } from '../errors.ts';
import { describeCheckedConfig, describeConfigProblem } from '../report/words/config.ts';
import { CONFIG_PATH } from '../review/commit-config.ts';
import { loadRules } from '../review/rule-files.ts';
import { surveyRepository } from '../review/survey.ts';
import { listUnmatched } from '../review/unmatched-entries.ts';
import { ruleNames } from '../rules/rule-list.ts';
import { exitCodes } from './exit-codes.ts';
import { renderSchema, type SchemaName } from './schemas.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate config schema [--report | --settings]`: prints a JSON Schema. */
export function runConfigSchema(of: SchemaName, terminal: Terminal): number {
  terminal.print(renderSchema(of));
  return exitCodes.ok;
}

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const problem = { kind: 'unreadable', reason: systemReason(error) } as const;
    throw new Failure('bad-option', { option: 'FILE', value: file, problem }, { cause: error });
  }
}

/** The repository of a config: the folder that contains `.github`, else the current folder. */
function rootOf(file: string): string {
  const dir = path.dirname(path.resolve(file));
  return path.basename(dir) === '.github' ? path.dirname(dir) : process.cwd();
}

/** The configuration of the repository that contains `dir`, relative to it; if there is none, the usual path. */
function findConfig(dir: string): string {
  for (let at = dir; ; at = path.dirname(at)) {
    const file = path.join(at, CONFIG_PATH);
    if (existsSync(file)) return path.relative(dir, file);
    if (existsSync(path.join(at, '.git')) || path.dirname(at) === at) return CONFIG_PATH;
  }
}

/**
 * `allocgate config check [FILE]`: exit status 0 if the file is valid; 2 if not, with one line for each problem.
 * Entries that match nothing in the repository only cause a warning, because a benchmark may be written later.
 */
export async function runConfigCheck(file: string | undefined, terminal: Terminal): Promise<number> {
  const name = file ?? findConfig(process.cwd());
  const text = await readConfigFile(name);
  const { rules } = await loadRules();
  const parsed = parseConfig(text, name, ruleNames(rules));
  if ('problems' in parsed) {
    terminal.print(parsed.problems.map((problem) => `${describeConfigProblem(problem)}\n`).join(''));
    return exitCodes.usage;
  }
  const survey = await surveyRepository(rootOf(name));
  const amounts = {
    benchmark: survey.benchmarks.length,
    package: survey.packages.length,
    module: survey.modules.length,
  };
  terminal.print(describeCheckedConfig(name, amounts, listUnmatched(text, parsed, survey)));
  return exitCodes.ok;
}
