import { checkGoRegexp } from '../../config/go-regexp.ts';
import { suggest } from '../../config/suggest.ts';
import type { GoRegexpFault } from '../../config/schema.ts';
import { type SlashCommandName, slashCommandNames } from '../../report/words/commands.ts';
import { findPlainLines } from './plain-lines.ts';

/** A command in a comment. `name`: of a benchmark, finding or rule, as it was written, whether it exists or not. */
export type SlashCommand =
  | { kind: 'help' }
  /** `bench`: a regular expression; null: the config's. */
  | { kind: 'run'; bench: string | null }
  | { kind: 'rerun' }
  | { kind: 'cancel' }
  | { kind: 'approve' }
  | { kind: 'accept'; name: string; reason: string }
  | { kind: 'withdraw'; name: string }
  | { kind: 'explain'; name: string };

/** Why a line that begins with `/allocgate` is not a valid command. */
type CommandFault =
  | { kind: 'unknown'; word: string; suggestion: SlashCommandName | null }
  /** `missing`: the first missing part. */
  | { kind: 'incomplete'; command: SlashCommandName; missing: 'name' | 'because' | 'reason' }
  /** The command has more words than it can have. `text`: the surplus words. */
  | { kind: 'surplus'; command: SlashCommandName; text: string }
  /** `limit`: the maximum number of characters. */
  | { kind: 'too-long'; command: SlashCommandName; part: 'name' | 'reason' | 'regexp'; limit: number }
  | { kind: 'bad-regexp'; regexp: string; fault: GoRegexpFault }
  /** The last entry of the list: this command and the following ones are ignored. `ignored`: their number. */
  | { kind: 'too-many'; limit: number; ignored: number };

/** `line`: the number of the command's line, from 1. Together with the comment's ID it identifies the command. */
export type ParsedCommand = { line: number } & (SlashCommand | CommandFault);

/** The command's name, as somebody wrote it; empty where it has none. */
export function nameOfCommand(command: ParsedCommand): string {
  if ('command' in command) return command.command;
  if (command.kind === 'unknown') return command.word;
  if (command.kind === 'bad-regexp') return 'run';
  return command.kind === 'too-many' ? '' : command.kind;
}

/** The maximum number of commands in a comment. Further ones are ignored. */
export const MAX_COMMANDS = 10;
/** The maximum length of a reason in characters. */
export const MAX_REASON = 500;
/** The maximum length of a name or regular expression in characters. */
const MAX_ARGUMENT = 500;

/**
 * The start of a command. Up to three spaces are a paragraph, four are code. Upper case is allowed because phones
 * capitalise the first letter.
 */
const START = /^ {0,3}\/allocgate(?=\s|$)/iu;

function toName(word: string): SlashCommandName | null {
  return slashCommandNames.find((name) => name === word.toLowerCase()) ?? null;
}

/** Splits off the first word, which may be written as code, as names of benchmarks often are: `` `pkg.BenchmarkX` ``. */
function splitWord(text: string): { word: string; rest: string } {
  const [, code, plain = '', rest = ''] = /^(?:`+([^`]+)`+(?=\s|$)|(\S*))\s*(.*)$/u.exec(text) ?? [];
  return { word: code?.trim() ?? plain, rest };
}

/** Reads the arguments of a command. */
type Reader = (text: string) => SlashCommand | CommandFault;

const readPlain =
  (command: 'rerun' | 'cancel' | 'approve'): Reader =>
  (text) =>
    text === '' ? { kind: command } : { kind: 'surplus', command, text };

function readRun(text: string): SlashCommand | CommandFault {
  const { word: regexp, rest } = splitWord(text);
  if (regexp === '') return { kind: 'run', bench: null };
  if (rest !== '') return { kind: 'surplus', command: 'run', text: rest };
  if (regexp.length > MAX_ARGUMENT) {
    return { kind: 'too-long', command: 'run', part: 'regexp', limit: MAX_ARGUMENT };
  }
  const fault = checkGoRegexp(regexp);
  return fault === null ? { kind: 'run', bench: regexp } : { kind: 'bad-regexp', regexp, fault };
}

/** Reads the name after a command, and the rest of the line. */
function readName(
  command: 'accept' | 'withdraw' | 'explain',
  text: string,
): { name: string; rest: string } | CommandFault {
  const { word: name, rest } = splitWord(text);
  if (name === '') return { kind: 'incomplete', command, missing: 'name' };
  if (name.length > MAX_ARGUMENT) {
    return { kind: 'too-long', command, part: 'name', limit: MAX_ARGUMENT };
  }
  return { name, rest };
}

const readAbout =
  (command: 'withdraw' | 'explain'): Reader =>
  (text) => {
    const read = readName(command, text);
    if ('kind' in read) return read;
    if (read.rest !== '') return { kind: 'surplus', command, text: read.rest };
    return { kind: command, name: read.name };
  };

function isBecause(word: string): boolean {
  return /^because[:,]?$/iu.test(word);
}

function readAccept(text: string): SlashCommand | CommandFault {
  const command = 'accept';
  const read = readName(command, text);
  if ('kind' in read) return read;
  if (isBecause(read.name)) return { kind: 'incomplete', command, missing: 'name' };
  const { word, rest: reason } = splitWord(read.rest);
  if (!isBecause(word)) return { kind: 'incomplete', command, missing: 'because' };
  if (reason === '') return { kind: 'incomplete', command, missing: 'reason' };
  if (reason.length > MAX_REASON) return { kind: 'too-long', command, part: 'reason', limit: MAX_REASON };
  return { kind: command, name: read.name, reason };
}

const readers: Record<SlashCommandName, Reader> = {
  help: () => ({ kind: 'help' }),
  run: readRun,
  rerun: readPlain('rerun'),
  cancel: readPlain('cancel'),
  approve: readPlain('approve'),
  accept: readAccept,
  withdraw: readAbout('withdraw'),
  explain: readAbout('explain'),
};

/** Reads the text after `/allocgate`. Without a text, the command is `help`. */
function readCommand(text: string): SlashCommand | CommandFault {
  const { word, rest } = splitWord(text);
  if (word === '') return { kind: 'help' };
  const name = toName(word);
  return name === null
    ? { kind: 'unknown', word, suggestion: toName(suggest(word, slashCommandNames) ?? '') }
    : readers[name](rest);
}

/**
 * Finds the slash commands of a comment in GitHub's Markdown: one per line, at the start of the line, where it is shown
 * as plain text. `/allocgate`, the command's name and `because` may be written in capitals; names of benchmarks,
 * findings and rules, regular expressions and reasons are kept as they are. Only the first ten commands count. Never
 * throws.
 */
export function parseCommands(body: string): ParsedCommand[] {
  const lines = body.split(/\r\n|\r|\n/u);
  if (!lines.some((line) => START.test(line))) return [];
  const found = findPlainLines(lines, START).map((line) => {
    // Control characters are removed, because the text goes into a database and into comments.
    const text = (lines[line - 1] ?? '')
      .replace(START, '')
      .replaceAll(/\p{Cc}+/gu, ' ')
      .trim();
    return { line, text };
  });
  const commands = found
    .slice(0, MAX_COMMANDS)
    .map(({ line, text }) => Object.assign({ line }, readCommand(text)));
  const next = found[MAX_COMMANDS];
  if (!next) return commands;
  const ignored = found.length - MAX_COMMANDS;
  return [...commands, { line: next.line, kind: 'too-many', limit: MAX_COMMANDS, ignored }];
}
