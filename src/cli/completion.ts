import type { Command, Option } from 'commander';
import { formatNames } from '../report/words/format-names.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * One command for completion, such as `config schema`, with its options and values. `path` is empty for the program
 * itself.
 */
type Completed = {
  path: readonly string[];
  subcommands: readonly { name: string; description: string }[];
  options: readonly CompletedOption[];
  /** The values of its argument, if they are known. */
  choices: readonly string[];
};

/** `values` null: the option takes no value; empty: a value that only the user knows, or a file. */
type CompletedOption = { long: string; description: string; values: readonly string[] | null };

function readOption(option: Option): CompletedOption {
  const takesValue = option.required || option.optional;
  // A format can be followed by `=FILE`, so commander does not know its choices.
  const values = option.argChoices ?? (option.long === '--format' ? formatNames : []);
  return { long: option.long ?? '', description: option.description, values: takesValue ? values : null };
}

/** The program's commands, each with its options, the program itself first. */
function listCommands(command: Command, path: readonly string[] = []): Completed[] {
  const help = command.createHelp();
  const own: Completed = {
    path,
    subcommands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
    options: help
      .visibleOptions(command)
      .filter(({ long }) => long !== undefined)
      .map(readOption),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  };
  return [own, ...command.commands.flatMap((one) => listCommands(one, [...path, one.name()]))];
}

/** Quotes a text with single quotes, which work in all three shells. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Words of the options with a value, as a pattern of bash and zsh. */
const patternOf = (words: readonly string[]): string => words.join('|');

/** The values of each option, of all commands that have it. */
function joinValues(options: readonly CompletedOption[]): Map<string, CompletedOption['values']> {
  const joined = new Map<string, CompletedOption['values']>();
  for (const { long, values } of options) {
    const known = joined.get(long) ?? null;
    joined.set(long, known && values ? [...new Set([...known, ...values])] : (values ?? known));
  }
  return joined;
}

function writeBash(commands: readonly Completed[]): string {
  const cases = commands.map(({ path, subcommands, options, choices }) => {
    const words = [...subcommands.map(({ name }) => name), ...choices, ...options.map(({ long }) => long)];
    return `    ${quote(path.join(' '))}) words=${quote(words.join(' '))} ;;`;
  });
  const values = joinValues(commands.flatMap(({ options }) => options));
  const known = [...values].filter((entry) => (entry[1]?.length ?? 0) > 0);
  const free = [...values].filter((entry) => entry[1]?.length === 0).map(([long]) => long);
  const paths = commands.map(({ path }) => path.join(' ')).filter((path) => path !== '');
  return `# bash completion for allocgate
_allocgate() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path= words= word
  case $previous in
${known.map(([long, list]) => `    ${long}) COMPREPLY=($(compgen -W ${quote((list ?? []).join(' '))} -- "$current")); return ;;`).join('\n')}
    ${patternOf(free)}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${patternOf(paths.map(quote))}) path="\${path:+$path }$word" ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _allocgate allocgate
`;
}

/** A value and its description for `_describe`, which splits at the colon. */
const describeWord = (name: string, description: string): string =>
  quote(`${name.replaceAll(':', String.raw`\:`)}:${description.replaceAll(':', String.raw`\:`)}`);

function writeZsh(commands: readonly Completed[]): string {
  const cases = commands.map(({ path, subcommands, options, choices }) => {
    const words = [
      ...subcommands.map(({ name, description }) => describeWord(name, description)),
      ...choices.map((choice) => describeWord(choice, '')),
      ...options.map(({ long, description }) => describeWord(long, description)),
    ];
    return `    ${quote(path.join(' '))}) candidates=(${words.join(' ')}) ;;`;
  });
  const values = new Map(
    commands.flatMap(({ options }) => options.map((option) => [option.long, option.values])),
  );
  const known = [...values].filter((entry) => (entry[1]?.length ?? 0) > 0);
  const free = [...values].filter((entry) => entry[1]?.length === 0).map(([long]) => long);
  const paths = commands.map(({ path }) => path.join(' ')).filter((path) => path !== '');
  return `#compdef allocgate
_allocgate() {
  local route= word
  local -a candidates
  case $words[CURRENT-1] in
${known.map(([long, list]) => `    ${long}) compadd -- ${(list ?? []).map(quote).join(' ')}; return ;;`).join('\n')}
    ${patternOf(free)}) _files; return ;;
  esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${route:+$route }$word" in
      ${patternOf(paths.map((path) => path.replaceAll(' ', String.raw`\ `)))}) route="\${route:+$route }$word" ;;
    esac
  done
  case $route in
${cases.join('\n')}
  esac
  _describe 'allocgate' candidates || _files
}
if [ "$funcstack[1]" = _allocgate ]; then _allocgate "$@"; else compdef _allocgate allocgate; fi
`;
}

function writeFish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ path, subcommands, options, choices }) => {
    const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    const beneath = subcommands.map(({ name }) => name).join(' ');
    const fresh =
      path.length === 0 ? '__fish_use_subcommand' : `${seen}; and not __fish_seen_subcommand_from ${beneath}`;
    const start = 'complete -c allocgate';
    return [
      ...subcommands.map(
        ({ name, description }) => `${start} -f -n ${quote(fresh)} -a ${name} -d ${quote(description)}`,
      ),
      ...choices.map((choice) => `${start} -f -n ${quote(seen)} -a ${choice}`),
      ...options.map(({ long, description, values }) => {
        const value =
          values === null ? '' : values.length === 0 ? ' -r' : ` -x -a ${quote(values.join(' '))}`;
        const when = path.length === 0 ? '__fish_use_subcommand' : seen;
        return `${start} -n ${quote(when)} -l ${long.slice(2)}${value} -d ${quote(description)}`;
      }),
    ];
  });
  return `# fish completion for allocgate\n${lines.join('\n')}\n`;
}

const writers: Record<Shell, (commands: readonly Completed[]) => string> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
};

/** `allocgate completion SHELL`: prints the script, generated from the program's commands and options. */
export function printCompletion(program: Command, shell: Shell, terminal: Terminal): number {
  terminal.print(writers[shell](listCommands(program)));
  return exitCodes.ok;
}
