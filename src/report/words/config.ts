import type { ConfigFault, ConfigProblem, ConfigValueType, GoRegexpFault } from '../../config/schema.ts';
import { cleanLine } from '../model/escape.ts';

const typeWords: Record<ConfigValueType, string> = {
  text: 'text',
  number: 'a number',
  'whole-number': 'a whole number',
  boolean: 'true or false',
  nothing: 'nothing',
  list: 'a list',
  mapping: 'a mapping of keys to values',
};

const quote = (text: string): string => `"${cleanLine(text)}"`;

const didYouMean = (suggestion: string | null): string =>
  suggestion === null ? '' : ` Did you mean ${quote(suggestion)}?`;

/** The sentence without the place; `key` is the dotted key. */
function describeFault(fault: ConfigFault, key: string): string {
  const name = key === '' ? 'The file' : quote(key);
  switch (fault.kind) {
    case 'syntax':
      return `This is not valid YAML: ${cleanLine(fault.detail)}.`;
    case 'duplicate-key':
      return 'This key stands in its section twice. Remove one of them.';
    case 'unknown-key':
      return fault.suggestion === null
        ? `${name} is not a known key. Known here: ${fault.known.join(', ')}.`
        : `${name} is not a known key.${didYouMean(fault.suggestion)}`;
    case 'wrong-type':
      return fault.found === 'nothing'
        ? `${name} has no value. Give it ${typeWords[fault.expected]} or remove it.`
        : `${name} must be ${typeWords[fault.expected]}, not ${typeWords[fault.found]}.`;
    case 'missing':
      return `${name} is missing.`;
    case 'not-allowed':
      return `${name} must be one of ${fault.allowed.join(', ')}, not ${quote(fault.found)}.${didYouMean(fault.suggestion)}`;
    case 'bad-version':
      return `This allocgate reads version 1 of the configuration, not ${quote(fault.found)}. Write "version: 1".`;
    case 'bad-regexp':
      return `${name} is not a valid Go regular expression: ${describeRegexpFault(fault)}.`;
    case 'bad-tag':
      return `${name} is not a build tag: ${quote(fault.found)}. Tags are letters, digits, underscores and dots.`;
    case 'unknown-rule':
      return `There is no rule named ${quote(fault.found)}.${didYouMean(fault.suggestion) || ' allocgate rules lists them.'}`;
    case 'empty':
      return `${name} must not be empty. Remove it to get the default.`;
    case 'too-small':
      return `${name} must be at least ${fault.minimum}.`;
    case 'too-big':
      return `${name} must be at most ${fault.maximum}.`;
    case 'alias-bomb':
      return 'The aliases of this file expand too often. Write the values out.';
    case 'unknown-alias':
      return 'This alias has no anchor before it. Write the value out.';
    case 'too-large':
      return `The file is larger than ${fault.limit / 1024} KiB. A configuration has some twenty keys.`;
  }
}

/** Why Go would not take a regular expression. */
export const describeRegexpFault = ({ description, fragment }: GoRegexpFault): string =>
  fragment === '' ? description : `${description}: ${quote(fragment)}`;

/** One line that names the place and says what to do: `.github/allocgate.yml:3:3: "gait" is not a known key. …`. */
export function describeConfigProblem(problem: ConfigProblem): string {
  return `${cleanLine(problem.path)}:${problem.line}:${problem.column}: ${describeFault(problem, problem.key)}`;
}
