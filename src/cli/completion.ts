import type { Command, Option } from 'commander';
import { formatNames } from '../report/words/format-names.ts';
import { loadPages } from '../review/rule-files.ts';
import { exitCodes } from './exit-codes.ts';
import type { Shell } from './flags.ts';
import type { Terminal } from './terminal.ts';

type Word = { name: string; description: string };

/**
 * One command for completion, such as `config schema`, with its options and values. `path` is empty for the program
 * itself.
 */
type Completed = {
  path: readonly string[];
  /** Its subcommands, and the values of its argument if they are known. */
  words: readonly Word[];
  subcommands: readonly string[];
  options: readonly CompletedOption[];
};

/** `values` null: the option takes no value; empty: a value that only the user knows, or a file. */
type CompletedOption = { long: string; description: string; values: readonly string[] | null };

function readOption(option: Option): CompletedOption {
  const takesValue = option.required || option.optional;
  // A format can be followed by `=FILE`, so commander does not know its choices.
  const values = option.argChoices ?? (option.long === '--format' ? formatNames : []);
  return { long: option.long ?? '', description: option.description, values: takesValue ? values : null };
}

/** The program's commands, each with its options, the program itself first. `rules`: the values of `allocgate rules`. */
function listCommands(command: Command, rules: readonly Word[], path: readonly string[] = []): Completed[] {
  const subcommands = command.commands.map((one) => ({ name: one.name(), description: one.description() }));
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const own: Completed = {
    path,
    words: [
      ...subcommands,
      ...choices.map((name) => ({ name, description: '' })),
      ...(path.join(' ') === 'rules' ? rules : []),
    ],
    subcommands: subcommands.map(({ name }) => name),
    options: command
      .createHelp()
      .visibleOptions(command)
      .filter(({ long }) => long !== undefined)
      .map(readOption),
  };
  return [own, ...command.commands.flatMap((one) => listCommands(one, rules, [...path, one.name()]))];
}

/** Quotes a text with single quotes, which work in all three shells. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Texts as a pattern of `case` in bash and zsh. */
const patternOf = (texts: readonly string[]): string => texts.map(quote).join('|');

const listPaths = (commands: readonly Completed[]): string[] =>
  commands.map(({ path }) => path.join(' ')).filter((path) => path !== '');

/** Each option of a command that takes a value, as `history --format`, with the values that are known. */
const listValues = (commands: readonly Completed[]): { place: string; values: readonly string[] }[] =>
  commands.flatMap(({ path, options }) =>
    options.flatMap(({ long, values }) =>
      values === null ? [] : [{ place: `${path.join(' ')} ${long}`, values }],
    ),
  );

const knownValues = (commands: readonly Completed[]) =>
  listValues(commands).filter(({ values }) => values.length > 0);

/** The options after which a file is offered. */
const freeValues = (commands: readonly Completed[]): string[] =>
  listValues(commands)
    .filter(({ values }) => values.length === 0)
    .map(({ place }) => place);

function writeBash(commands: readonly Completed[]): string {
  const cases = commands.map(({ path, words, options }) => {
    const names = words.map(({ name }) => name).join(' ');
    return `    ${quote(path.join(' '))}) words=${quote(names)} options=${quote(options.map(({ long }) => long).join(' '))} ;;`;
  });
  return `# bash completion for allocgate
_allocgate() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path= words= options= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${patternOf(listPaths(commands))}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path $previous" in
${knownValues(commands)
  .map(
    ({ place, values }) =>
      `    ${quote(place)}) COMPREPLY=($(compgen -W ${quote(values.join(' '))} -- "$current")); return ;;`,
  )
  .join('\n')}
    ${patternOf(freeValues(commands))}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case $path in
${cases.join('\n')}
  esac
  case $current in -*) words=$options ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _allocgate allocgate
`;
}

/** A value and its description for `_describe`, which splits at the colon. */
const describeWord = ({ name, description }: Word): string =>
  quote(`${name.replaceAll(':', String.raw`\:`)}:${description.replaceAll(':', String.raw`\:`)}`);

function writeZsh(commands: readonly Completed[]): string {
  const cases = commands.map(({ path, words, options }) => {
    const flags = options.map(({ long, description }) => describeWord({ name: long, description }));
    return `    ${quote(path.join(' '))}) candidates=(${words.map(describeWord).join(' ')}) flags=(${flags.join(' ')}) ;;`;
  });
  return `#compdef allocgate
_allocgate() {
  local route= word
  local -a candidates flags
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${route:+$route }$word" in
      ${patternOf(listPaths(commands))}) route="\${route:+$route }$word" ;;
    esac
  done
  case "$route $words[CURRENT-1]" in
${knownValues(commands)
  .map(({ place, values }) => `    ${quote(place)}) compadd -- ${values.map(quote).join(' ')}; return ;;`)
  .join('\n')}
    ${patternOf(freeValues(commands))}) _files; return ;;
  esac
  case $route in
${cases.join('\n')}
  esac
  [[ $words[CURRENT] == -* ]] && candidates=($flags)
  _describe 'allocgate' candidates || _files
}
if [ "$funcstack[1]" = _allocgate ]; then _allocgate "$@"; else compdef _allocgate allocgate; fi
`;
}

function writeFish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ path, words, subcommands, options }) => {
    const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
    const deeper =
      subcommands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${subcommands.join(' ')}`];
    const here = path.length === 0 ? '__fish_use_subcommand' : [...seen, ...deeper].join('; and ');
    const start = `complete -c allocgate -n ${quote(here)}`;
    return [
      ...words.map(
        ({ name, description }) =>
          `${start} -f -a ${quote(name)}${description === '' ? '' : ` -d ${quote(description)}`}`,
      ),
      ...options.map(({ long, description, values }) => {
        const value =
          values === null ? '' : values.length === 0 ? ' -r' : ` -x -a ${quote(values.join(' '))}`;
        return `${start} -l ${long.slice(2)}${value} -d ${quote(description)}`;
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

/** `allocgate completion SHELL`: prints the script, generated from the program's commands, options and rules. */
export async function printCompletion(program: Command, shell: Shell, terminal: Terminal): Promise<number> {
  const words = (await loadPages()).flatMap(({ id, slug }) => [
    { name: id, description: slug },
    ...(slug === id ? [] : [{ name: slug, description: id }]),
  ]);
  terminal.print(writers[shell](listCommands(program, words)));
  return exitCodes.ok;
}
