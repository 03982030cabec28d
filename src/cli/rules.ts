import { suggest } from '../config/load.ts';
import { Failure } from '../errors.ts';
import { loadRules } from '../review/rule-files.ts';
import { findRule, ruleNames } from '../rules/rule-list.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate rules [id]`: lists the rules, or prints one exercise page. */
export async function runRules(id: string | undefined, terminal: Terminal): Promise<number> {
  const { rules } = await loadRules();
  if (id === undefined) {
    const width = Math.max(...rules.map((rule) => rule.slug.length));
    for (const rule of rules) terminal.print(`${rule.id}  ${rule.slug.padEnd(width)}  ${rule.title}\n`);
    return exitCodes.ok;
  }
  const rule = findRule(rules, id);
  if (!rule) {
    const similar = suggest(id, ruleNames(rules));
    throw new Failure('unknown-rule', { rule: id, ...(similar === null ? {} : { similar }) });
  }
  terminal.print(rule.exercise.endsWith('\n') ? rule.exercise : `${rule.exercise}\n`);
  return exitCodes.ok;
}
