import type { Decision, SiteChange } from '../../src/compare/types.ts';
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

/** The ID of the rule for the line of head with `// here`, which newly allocates; `base` is base's code. */
export function ruleOf(code: string, said: Said | null, site: Partial<SiteChange> = {}, base = ''): string {
  const text = `package pkg\n\n${code}\n`;
  const lines = text.split('\n');
  const line = lines.findIndex((one) => one.includes('// here')) + 1;
  const hunks = [{ base: { start: 1, lines: 1 }, head: { start: 1, lines: lines.length } }];
  const [finding] = match({
    rules,
    deltas: [makeDelta('BenchmarkA', 1, [makeSite(line, 1, site)])],
    diff: diff.map((change) => ({ ...change, hunks })),
    readHead: (path) => (path === file ? text : null),
    readBase: () => `package pkg\n\n${base}\n`,
    escapes: said ? [makeEscape(line, said)] : [],
  });
  return finding?.ruleId ?? 'none';
}
