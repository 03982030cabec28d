import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';
import { type Shell, shells } from '../../src/cli/flags.ts';
import { after, before } from '../support/hooks.ts';
import { recordTerminal } from '../support/terminal.ts';

async function printScript(shell: string): Promise<string> {
  const terminal = recordTerminal();
  await createProgram(terminal, () => {}).parseAsync(['completion', shell], { from: 'user' });
  return terminal.printed();
}

/**
 * How each shell loads the script "$1" and prints what it offers when Tab is pressed at the end of the other words. zsh
 * completes only at a keyboard, so there its functions are replaced by ones that print what they are told.
 */
const presses: Record<Shell, readonly string[]> = {
  bash: [
    '--norc',
    '-c',
    `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _allocgate; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
  ],
  zsh: [
    '-f',
    '-c',
    `compdef() { : }
    compadd() { shift; print -rl -- "$@" }
    _describe() { [ $#candidates -gt 0 ] && print -rl -- "\${(@)candidates%%:*}" }
    _files() { print -rl -- *(N) }
    . "$1"; shift; words=("$@"); CURRENT=$#; _allocgate`,
    'zsh',
  ],
  fish: ['--no-config', '-c', 'source $argv[1]; complete -C (string join " " -- $argv[2..-1])'],
};

for (const shell of shells) {
  describe(`completion in ${shell}`, () => {
    let dir: string;
    let script: string;

    before(async () => {
      dir = mkdtempSync(path.join(tmpdir(), 'allocgate-completion-test-'));
      script = path.join(dir, 'script');
      writeFileSync(script, await printScript(shell));
    });
    after(() => rmSync(dir, { recursive: true, force: true }));

    /** What is offered, sorted. */
    const complete = (...words: string[]): string[] =>
      execFileSync(shell, [...presses[shell], script, 'allocgate', ...words], {
        encoding: 'utf8',
        cwd: 'fixtures/demo',
        env: { ...process.env, HOME: dir },
      })
        .split('\n')
        .map((line) => line.split('\t', 1)[0]?.replace(/\/$/u, '') ?? '')
        .filter((word) => word !== '' && word.startsWith(words.at(-1) ?? ''))
        .sort();

    test('commands, subcommands and the values of an argument', () => {
      assert.deepEqual(complete('re'), ['review']);
      assert.ok(complete('').includes('doctor'));
      assert.deepEqual(complete('config', 's'), ['schema']);
      assert.deepEqual(complete('completion', 'f'), ['fish']);
      assert.deepEqual(complete('history', 'b'), ['backfill']);
    });

    test('the options of the command that was written, with their values', () => {
      assert.deepEqual(complete('review', '--wo'), ['--worktree']);
      assert.deepEqual(complete('review', '--base', 'main', '--fo'), ['--format']);
      assert.deepEqual(complete('config', 'schema', '--re'), ['--report']);
      assert.deepEqual(complete('review', '--fail-on', 'n'), ['never']);
      assert.ok(complete('review', '--format', '').includes('benchfmt'));
      assert.deepEqual(complete('history', 'backfill', '--bu'), ['--budget']);
    });

    test('the rules, by ID and by name', () => {
      assert.deepEqual(complete('rules', 'MA-01'), ['MA-01']);
      assert.deepEqual(complete('rules', 'timer-'), ['timer-in-loop']);
    });

    test('options of the command itself, not of one above it or with the same name elsewhere', () => {
      assert.deepEqual(complete('history', '--format', ''), ['json', 'text']);
      assert.deepEqual(complete('history', 'backfill', '--f'), []);
    });

    test('files where a value or an argument is one', () => {
      assert.deepEqual(complete('review', 'he'), ['head']);
      assert.deepEqual(complete('review', '--config', 'ba'), ['base']);
      assert.deepEqual(complete('config', 'check', ''), ['README.md', 'base', 'head']);
    });
  });
}
