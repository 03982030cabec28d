import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';
import { recordTerminal } from '../support/terminal.ts';
import { assertGolden } from '../support/golden.ts';

/** What a command line prints on standard output. */
async function print(...args: string[]): Promise<string> {
  const terminal = recordTerminal();
  await createProgram(terminal, () => {})
    .parseAsync(args, { from: 'user' })
    .catch(() => {});
  return terminal.printed();
}

const commands = [
  [],
  ['review'],
  ['demo'],
  ['history'],
  ['history', 'backfill'],
  ['rules'],
  ['config'],
  ['config', 'check'],
  ['config', 'schema'],
  ['init'],
  ['doctor'],
  ['serve'],
  ['worker'],
  ['completion'],
];

test('the help of each command', async () => {
  const pages: string[] = [];
  for (const command of commands) {
    pages.push(`$ allocgate ${[...command, '--help'].join(' ')}\n${await print(...command, '--help')}`);
  }
  assertGolden('help.txt', pages.join('\n'));
});

test("the version is the package's", async () => {
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.equal(await print('--version'), `${version}\n`);
});
