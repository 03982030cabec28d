import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';
import { recordTerminal } from '../support/terminal.ts';
import { assertGolden } from '../support/golden.ts';

/** What a command line prints on standard output. */
async function print(args: readonly string[], width = 100): Promise<string> {
  const terminal = { ...recordTerminal(), width };
  await createProgram(terminal, () => {})
    .parseAsync([...args], { from: 'user' })
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
    pages.push(`$ allocgate ${[...command, '--help'].join(' ')}\n${await print([...command, '--help'])}`);
  }
  assertGolden('help.txt', pages.join('\n'));
});

test('descriptions of options are wrapped in a narrow terminal, too', async () => {
  const page = await print(['demo', '--help'], 60);
  for (const line of page.split('\n')) assert.ok(line.length <= 60, line);
});

test("the version is the package's", async () => {
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.equal(await print(['--version']), `${version}\n`);
});
