import { suggest } from '../config/suggest.ts';
import { Failure } from '../errors.ts';
import { renderRuleLines, renderRuleList, renderRulePage } from '../report/terminal/rule-page.ts';
import { loadFixture } from '../review/fixture-files.ts';
import { loadPages, loadRules } from '../review/rule-files.ts';
import { findRule, ruleNames } from '../rules/rule-list.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate rules [id]`: lists the rules, or prints one exercise page. */
export async function runRules(id: string | undefined, terminal: Terminal): Promise<number> {
  if (id === undefined) {
    const { rules } = await loadRules();
    terminal.print(terminal.interactive ? renderRuleList(rules, terminal) : renderRuleLines(rules));
    return exitCodes.ok;
  }
  const pages = await loadPages();
  const rule = findRule(pages, id);
  if (!rule) {
    throw new Failure('unknown-rule', { rule: id, similar: suggest(id, ruleNames(pages)) });
  }
  terminal.print(renderRulePage(rule, await loadFixture(rule.id), terminal));
  return exitCodes.ok;
}
