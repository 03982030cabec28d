import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { slashCommandNames, slashCommands, writeUsage } from '../../../src/report/words/commands.ts';
import { writeReply } from '../../../src/report/pull-request/replies.ts';

/** The first two cells of each table row that begins with a slash command. */
function listRows(markdown: string): string[][] {
  return markdown
    .replaceAll(/<code>(.*?)<\/code>/gu, '`$1`')
    .replaceAll('&#124;', String.raw`\|`)
    .replaceAll('&#47;', '/')
    .split('\n')
    .filter((line) => /^\| +`\/allocgate /u.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/u)
        .slice(1, 3)
        .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|')),
    );
}

const wanted = slashCommandNames.map((name) => [`\`${writeUsage(name)}\``, slashCommands[name].does]);

test('the README lists every slash command as the list has it', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  assert.deepEqual(listRows(readme), wanted);
});

test('so does the help', () => {
  assert.deepEqual(listRows(writeReply('', { kind: 'help' })), wanted);
});
