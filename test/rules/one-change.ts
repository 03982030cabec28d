import type { Cause } from '../../src/compare/cause.ts';
import type { Decision, SiteChange } from '../../src/compare/types.ts';
import type { Finding } from '../../src/rules/types.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { diff, file, makeDelta, makeEscape, makeSite, match } from './match-input.ts';

const { rules } = await loadRules();

/** What the compiler says of a line. */
export type Said = Partial<Decision>;
/** A step of a flow. */
export type Step = readonly [text: string, reason?: string];

/** `expression escapes to heap`, with the steps of its flow. */
export const saying = (expression: string, ...steps: Step[]): Said => ({
  expression,
  flow: steps.map(([text, reason = null]) => ({ text, reason, position: null })),
});

/** The finding on the line of head with `// here`, which newly allocates. `other`: another file of the package. */
function findOne(
  code: string,
  said: Said | null,
  site: Partial<SiteChange>,
  { base = '', other = '', cause = null }: { base?: string; other?: string; cause?: Cause | null },
): Finding | undefined {
  const text = `package pkg\n\n${code}\n`;
  const lines = text.split('\n');
  const line = lines.findIndex((one) => one.includes('// here')) + 1;
  const hunks = [{ base: { start: 1, lines: 1 }, head: { start: 1, lines: lines.length } }];
  const [finding] = match({
    rules,
    deltas: [makeDelta('BenchmarkA', 1, [makeSite(line, 1, site)])],
    diff: diff.map((change) => ({ ...change, hunks })),
    readHead: (path) => (path === file ? text : path === 'pkg/other.go' ? `package pkg\n\n${other}\n` : null),
    filesIn: () => [file, 'pkg/other.go'],
    readBase: () => `package pkg\n\n${base}\n`,
    causeOf: () => cause,
    escapes: said ? [makeEscape(line, said)] : [],
  });
  return finding;
}

/** The ID of the rule for the line with `// here`; `base` is base's code. */
export function ruleOf(
  code: string,
  said: Said | null,
  site: Partial<SiteChange> = {},
  base = '',
  cause: Cause | null = null,
): string {
  return findOne(code, said, site, { base, cause })?.ruleId ?? 'none';
}

/** The same, where another file of the package declares what the code uses. */
export function ruleBeside(other: string, code: string, said: Said | null): string {
  return findOne(code, said, {}, { other })?.ruleId ?? 'none';
}

/** What the finding on the line with `// here` advises. */
export function adviceOf(code: string, site: Partial<SiteChange>): string {
  return findOne(code, null, site, {})?.advice ?? 'none';
}
