import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { recordTerminal } from '../support/terminal.ts';

type Parsed = {
  /** Standard error. */
  errors: string;
  /** The options of the command that would have run. */
  options: unknown;
};

/** Parses a command line, without running its command. */
async function parse(...args: string[]): Promise<Parsed> {
  const parsed: Parsed = { errors: '', options: null };
  const terminal = { ...recordTerminal(), printError: (text: string) => void (parsed.errors += text) };
  const program = createProgram(terminal, () => {}).hook('preAction', (_, chosen) => {
    parsed.options = chosen.opts();
    throw new Error('it is not to be run');
  });
  await program.parseAsync(args, { from: 'user' }).catch(() => {});
  return parsed;
}

/** The words of each command that can be typed. */
const listCommands = (command: Command, words: readonly string[] = []): (readonly string[])[] => [
  words,
  ...command.commands.flatMap((one) => listCommands(one, [...words, one.name()])),
];

const commands = listCommands(createProgram(recordTerminal(), () => {}));
const groups = new Set(['', 'config']);

test('a usage error begins with the name of the program and ends with the help of its own command', async () => {
  assert.ok(commands.length > 10);
  for (const words of commands) {
    const { errors } = await parse(...words, '--nope');
    const name = words.join(' ');
    const what = groups.has(name) ? 'commands and options' : 'options';
    const hint = `${['allocgate', ...words].join(' ')} --help lists the ${what}.`;
    assert.equal(errors, `allocgate: unknown option '--nope'\n${hint}\n`);
  }
});

test('missing values, wrong choices, too many arguments, unknown commands and contradictions have the same form', async () => {
  const mistakes: [string, string, string][] = [
    ['history backfill --head', "allocgate: option '--head <rev>' argument missing", 'history backfill'],
    ['review --fail-on maybe', 'Allowed choices are never, regression, possible.', 'review'],
    ['demo here', "allocgate: too many arguments for 'demo'. Expected 0 arguments but got 1.", 'demo'],
    ['completion', "allocgate: missing required argument 'shell'", 'completion'],
    ['config chek', "allocgate: unknown command 'chek'", 'config'],
    ['config schema --report --settings', 'cannot be used with option', 'config schema'],
  ];
  for (const [line, message, command] of mistakes) {
    const { errors } = await parse(...line.split(' '));
    assert.ok(errors.includes(message), errors);
    assert.match(errors, new RegExp(`\\nallocgate ${command} --help lists the [a-z ]+\\.\\n$`, 'u'));
  }
});

test('options after a command are its own, also where the command above it has some of the same name', async () => {
  const { options } = await parse('history', 'backfill', '--head', 'topic', '--commits', '3');
  assert.deepEqual(options, { head: 'topic', commits: '3', budget: '10', sandbox: true });
  assert.deepEqual((await parse('history', '--commits', '3')).options, { commits: '3', format: 'text' });
});

test('help finds the command at any depth, and answers a name that is none like any other mistake', async () => {
  const ask = async (...args: string[]): Promise<{ printed: string; errors: string }> => {
    let errors = '';
    const terminal = { ...recordTerminal(), printError: (text: string) => void (errors += text) };
    await createProgram(terminal, () => {})
      .parseAsync(args, { from: 'user' })
      .catch(() => {});
    return { printed: terminal.printed(), errors };
  };
  for (const words of commands) {
    const asked = await ask('help', ...words);
    assert.deepEqual(asked, { printed: (await ask(...words, '--help')).printed, errors: '' });
  }
  assert.match((await ask('config', 'help', 'schema')).printed, /^Usage: allocgate config schema /u);
  const mistakes: [string, string][] = [
    ['help nope', "unknown command 'nope'\nallocgate --help lists"],
    ['help revew', "unknown command 'revew'\n(Did you mean review?)\nallocgate --help lists"],
    ['help config chek', "unknown command 'chek'\n(Did you mean check?)\nallocgate config --help lists"],
    ['config help chek', "unknown command 'chek'\n(Did you mean check?)\nallocgate config --help lists"],
    [
      'help history backfil',
      "unknown command 'backfil'\n(Did you mean backfill?)\nallocgate history --help lists",
    ],
    ['help review src', "unknown command 'src'\nallocgate review --help lists"],
  ];
  for (const [line, message] of mistakes) {
    const { printed, errors } = await ask(...line.split(' '));
    assert.equal(printed, '', line);
    assert.ok(errors.startsWith(`allocgate: ${message}`), errors);
  }
});
