import { checkGoRegexp } from './go-regexp.ts';
import { findValue, MAX_PROBLEMS, problemAt, readYaml, type Source, toJsonSchema } from './read-yaml.ts';
import { suggest } from './suggest.ts';
import { configSchema, type Config, type ConfigProblem } from './schema.ts';

/** The JSON Schema of `.github/allocgate.yml`. */
export function configJsonSchema() {
  return toJsonSchema(configSchema);
}

function checkPatterns(source: Source, config: Config): ConfigProblem[] {
  return (['run', 'skip'] as const).flatMap((key) => {
    const fault = checkGoRegexp(config.benchmarks[key]);
    if (fault === null) return [];
    const path = ['benchmarks', key];
    const { offset } = findValue(source.document, path);
    return [problemAt(source, offset, path, { kind: 'bad-regexp', ...fault })];
  });
}

/** Finds names of rules that do not exist. Case does not count, as in `findRule` (src/rules/rule-list.ts). */
function checkRuleNames(source: Source, config: Config, known: readonly string[]): ConfigProblem[] {
  const lower = new Set(known.map((name) => name.toLowerCase()));
  return (['disable', 'only'] as const).flatMap((key) =>
    config.rules[key]
      .flatMap((found, index) => (lower.has(found.trim().toLowerCase()) ? [] : [{ found, index }]))
      .slice(0, MAX_PROBLEMS)
      .map(({ found, index }) => {
        const path = ['rules', key, index];
        const { offset } = findValue(source.document, path);
        return problemAt(source, offset, path, {
          kind: 'unknown-rule',
          found,
          suggestion: suggest(found, known),
        });
      }),
  );
}

/**
 * Reads a config file's text. An empty text is a valid config. Returns the config, or its problems in the order of
 * their positions. Never throws.
 * @param path is only used in the problems
 * @param ruleNames the IDs and slugs of all rules; null: names of rules are not checked
 */
export function parseConfig(
  text: string,
  path: string,
  ruleNames: readonly string[] | null = null,
): Config | { problems: ConfigProblem[] } {
  const read = readYaml(text, path, configSchema, (source, config) => [
    ...checkPatterns(source, config),
    ...(ruleNames ? checkRuleNames(source, config, ruleNames) : []),
  ]);
  return 'data' in read ? read.data : read;
}
