/**
 * The arguments and the effect of a slash command, as the help and the README show them. Every command needs write
 * access to the repository.
 */
type SlashCommandHelp = {
  /** The arguments: `[X]` is optional, `X|Y` is one of both. */
  takes: string;
  does: string;
};

/** All slash commands, in the order in which they are listed. */
export const slashCommands = {
  help: { takes: '', does: 'lists the commands' },
  run: {
    takes: '[REGEXP]',
    does: 'measures the head; with a regular expression, only the benchmarks that match it, on a separate check that gates nothing',
  },
  rerun: { takes: '', does: 'measures the head again, even if there is a result' },
  cancel: { takes: '', does: 'stops the running review; the next push, `rerun` or `run` starts another' },
  approve: {
    takes: '',
    does: 'allows the code of a fork to run: for the head as you see it, not for later pushes',
  },
  accept: {
    takes: 'BENCHMARK|FINDING because REASON',
    does: 'accepts a regression: it no longer gates until it grows; also holds for later pushes',
  },
  withdraw: { takes: 'BENCHMARK|FINDING', does: 'withdraws an acceptance' },
  explain: { takes: 'RULE|FINDING', does: 'shows the exercise with the fix' },
} as const satisfies Record<string, SlashCommandHelp>;

export type SlashCommandName = keyof typeof slashCommands;

const isName = (name: string): name is SlashCommandName => Object.hasOwn(slashCommands, name);

/** The names of all slash commands, in the same order. */
export const slashCommandNames: readonly SlashCommandName[] = Object.keys(slashCommands).filter(isName);

/** How a command is written: `/allocgate run [REGEXP]`. */
export const writeUsage = (name: SlashCommandName): string =>
  `/allocgate ${name} ${slashCommands[name].takes}`.trimEnd();
