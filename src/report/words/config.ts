import type { ConfigFault, ConfigProblem, ConfigValueType, GoRegexpFault } from '../../config/schema.ts';
import { cleanLine, shortLine } from '../model/escape.ts';
import { count } from '../model/prose.ts';

const typeWords: Record<ConfigValueType, string> = {
  text: 'text',
  number: 'a number',
  'whole-number': 'a whole number',
  boolean: 'true or false',
  nothing: 'nothing',
  list: 'a list',
  mapping: 'a mapping of keys to values',
};

const quote = (text: string): string => `"${shortLine(text)}"`;

const inList = (allowed: readonly string[]): string =>
  allowed.length === 1 ? allowed.join('') : `one of ${allowed.join(', ')}`;

const suggestValue = (suggestion: string | null): string =>
  suggestion === null ? '' : ` Did you mean ${quote(suggestion)}?`;

/** Messages of the parser that speak of its own interface or of the grammar's terms, in plain words. */
const plainSyntax: readonly [RegExp, string][] = [
  [/multiple documents/u, 'The file must contain one document. Remove the line that begins with ---.'],
  [
    /^Flow map .*end with a \}/u,
    'Invalid YAML: a { has no matching }, or a line before the } is not indented.',
  ],
  [
    /^Flow sequence .*end with a \]/u,
    'Invalid YAML: a [ has no matching ], or a line before the ] is not indented.',
  ],
];

const describeSyntax = (detail: string): string =>
  plainSyntax.find(([pattern]) => pattern.test(detail))?.[1] ??
  `Invalid YAML: ${detail.replace(/\.$/u, '')}.`;

/** A value that is not allowed. Only quotation marks tell the text "1" from the number 1. */
function describeFound({ allowed, found, type }: Extract<ConfigFault, { kind: 'not-allowed' }>): string {
  if (type === 'list' || type === 'mapping') return typeWords[type];
  return type === 'text' && allowed.includes(found) ? `the text ${quote(found)}` : quote(found);
}

/** The sentence about a problem, without its place. `key` is dotted, and empty for the file itself. */
function describeFault(fault: ConfigFault, key: string): string {
  const name = key === '' ? 'The file' : quote(key);
  switch (fault.kind) {
    case 'syntax':
      return describeSyntax(shortLine(fault.detail));
    case 'duplicate-key':
      return `${quote(fault.name)} is set twice, first in line ${fault.firstLine}. Remove one of them.`;
    case 'unknown-key':
      return fault.suggestion === null
        ? `${name} is not a known key. Known keys: ${fault.known.join(', ')}.`
        : `${name} is not a known key.${suggestValue(fault.suggestion)}`;
    case 'missing-key':
      return `${name} is missing. Set it to ${typeWords[fault.expected]}.`;
    case 'wrong-type':
      return fault.found === 'nothing'
        ? `${name} has no value. Set it to ${typeWords[fault.expected]}, or remove it.`
        : `${name} must be ${typeWords[fault.expected]}, not ${fault.value === undefined ? typeWords[fault.found] : shortLine(fault.value)}.`;
    case 'not-allowed':
      return `${name} must be ${inList(fault.allowed)}, not ${describeFound(fault)}.${suggestValue(fault.suggestion)}`;
    case 'bad-regexp':
      return `${name} is not a valid Go regular expression: ${describeRegexpFault(fault)}.`;
    case 'bad-format':
      return `${name} is not a build tag: ${quote(fault.found)}. A tag consists of letters, digits, underscores and dots.`;
    case 'unknown-rule':
      return `There is no rule named ${quote(fault.found)}.${suggestValue(fault.suggestion) || ' allocgate rules lists all rules.'}`;
    case 'empty':
      return `${name} must not be empty. Remove it to use the default.`;
    case 'out-of-range':
      return `${name} must be at ${fault.bound} ${fault.limit}.`;
    case 'too-large':
      return `The file is larger than ${fault.limit / 1024} KiB. A configuration has about thirty keys.`;
  }
}

/** The message of Go's parser about a regular expression, with the invalid part. */
export const describeRegexpFault = ({ description, fragment }: GoRegexpFault): string =>
  fragment === '' ? description : `${description}: ${quote(fragment)}`;

/**
 * One line with the place of a problem and what to do about it: `.github/allocgate.yml:3:3: "gait" is not a known key.
 * …`.
 */
export function describeConfigProblem(problem: ConfigProblem): string {
  return `${cleanLine(problem.path)}:${problem.line}:${problem.column}: ${describeFault(problem, problem.key)}`;
}

/**
 * An entry of a config that matches nothing in the repository: `value` is a pattern of benchmarks or packages, or the
 * folder of a module; `similar`: what it may mean.
 */
export type UnmatchedEntry = {
  line: number;
  column: number;
  key: string;
  of: 'benchmark' | 'package' | 'module';
  value: string;
  similar: string | null;
};

/** How many the repository has of the things that entries of a config name. */
type Amounts = Record<UnmatchedEntry['of'], number>;

/**
 * The output of `allocgate config check` for a valid file: a line for each entry that matches nothing, then the result.
 */
export function describeCheckedConfig(
  file: string,
  amounts: Amounts,
  unmatched: readonly UnmatchedEntry[],
): string {
  const place = cleanLine(file);
  const warnings = unmatched.map(({ line, column, key, of, value, similar }) => {
    const amount = amounts[of];
    const hint = suggestValue(similar) || ` The repository has ${amount === 0 ? 'none' : count(amount, of)}.`;
    return `${place}:${line}:${column}: warning: ${quote(key)} matches no ${of}: ${quote(value)}.${hint}`;
  });
  return `${[...warnings, `${place} is valid.`].join('\n')}\n`;
}
