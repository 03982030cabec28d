import type { Command } from 'commander';
import { suggest } from '../config/suggest.ts';
import { optionHelp, summaries } from '../report/words/help.ts';

/** The name of a subcommand that somebody probably meant; null: none is like it. */
export const meantCommand = (command: Command, name: string): string | null =>
  suggest(
    name,
    command.commands.map((one) => one.name()),
  );

/** Ends with the error that Commander gives for a command that does not exist. */
export function refuseUnknown(command: Command, name: string, meant: string | null): never {
  command.error(`error: unknown command '${name}'${meant === null ? '' : `\n(Did you mean ${meant}?)`}`);
}

/**
 * `allocgate help config check`. Commander's own help command answers a wrong name with the whole list, and ignores
 * every name after the first.
 */
export function addHelpCommand(group: Command): void {
  group.helpCommand(false);
  group
    .command('help')
    .description(summaries.help)
    .argument('[command...]', optionHelp.helpCommand)
    .action((names: readonly string[]) => {
      let command = group;
      for (const name of names) {
        const next = command.commands.find((one) => one.name() === name);
        command = next ?? refuseUnknown(command, name, meantCommand(command, name));
      }
      command.help();
    });
}
