import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';
import { shells } from '../../src/cli/completion.ts';
import { recordTerminal } from '../support/terminal.ts';

async function printScript(shell: string): Promise<string> {
  const terminal = recordTerminal();
  await createProgram(terminal, () => {}).parseAsync(['completion', shell], { from: 'user' });
  return terminal.printed();
}

/** What bash offers when Tab is pressed at the end of a line. */
async function complete(...words: string[]): Promise<string[]> {
  const script = `${await printScript('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _allocgate; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '-c', script, 'bash', 'allocgate', ...words];
  return execFileSync('bash', args, { encoding: 'utf8', cwd: 'fixtures/demo' })
    .split('\n')
    .filter((line) => line !== '');
}

describe('completion in bash', () => {
  test('commands, subcommands and the values of an argument', async () => {
    assert.deepEqual(await complete('re'), ['review']);
    assert.ok((await complete('')).includes('doctor'));
    assert.deepEqual(await complete('config', 's'), ['schema']);
    assert.deepEqual(await complete('completion', 'f'), ['fish']);
  });

  test('the options of the command that was written, with their values', async () => {
    assert.deepEqual(await complete('review', '--wo'), ['--worktree']);
    assert.deepEqual(await complete('review', '--base', 'main', '--fo'), ['--format']);
    assert.deepEqual(await complete('config', 'schema', '--re'), ['--report']);
    assert.deepEqual(await complete('review', '--fail-on', 'n'), ['never']);
    assert.ok((await complete('review', '--format', '')).includes('benchfmt'));
    assert.deepEqual(await complete('history', 'b'), ['backfill']);
    assert.deepEqual(await complete('history', 'backfill', '--bu'), ['--budget']);
  });

  test('files where a value or an argument is one', async () => {
    assert.deepEqual(await complete('review', 'he'), ['head']);
    assert.deepEqual(await complete('review', '--config', 'ba'), ['base']);
  });
});

for (const shell of shells) {
  test(`the script of ${shell} names every command and option`, async () => {
    const script = await printScript(shell);
    for (const word of ['worker', 'schema', 'fail-on', 'no-sandbox', 'sarif']) {
      assert.ok(script.includes(word), word);
    }
    assert.ok(!script.includes('undefined'));
  });
}
