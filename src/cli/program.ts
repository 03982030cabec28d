import { existsSync, readFileSync } from 'node:fs';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Failure, toFailure } from '../errors.ts';
import { isFormat } from '../report/words/format-names.ts';
import {
  commandsHint,
  describeUsageError,
  details,
  formatErrors,
  optionHelp,
  summaries,
  usageHint,
} from '../report/words/help.ts';
import { exitCodes } from './exit-codes.ts';
import {
  type BackfillFlags,
  type DemoFlags,
  failOnChoices,
  historyFormats,
  type HistoryFlags,
  type ReviewFlags,
  type Shell,
  shells,
  type Target,
} from './flags.ts';
import { addHelpCommand, meantCommand, refuseUnknown } from './help-command.ts';
import { isWebAddress, lacksProtocol } from './pull-request-url.ts';
import { createTerminal, type Terminal } from './terminal.ts';

function collectTarget(value: string, previous: Target[] | undefined): Target[] {
  const separator = value.indexOf('=');
  const name = separator === -1 ? value : value.slice(0, separator);
  if (!isFormat(name)) throw new InvalidArgumentError(formatErrors.unknown);
  const file = separator === -1 ? null : value.slice(separator + 1);
  if (file === '') throw new InvalidArgumentError(formatErrors.noFile);
  return [...(previous ?? []), { format: name, file }];
}

type Done = (exitCode: number) => void;

/**
 * The commands for a person at a terminal. The code of each command is loaded only for that command, so that `--help`
 * and mistakes are answered at once.
 */
function addLocalCommands(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('review')
    .description(summaries.review)
    .argument('[dir]', optionHelp.dir, '.')
    .option('--base <rev>', optionHelp.base)
    .option('--direct', optionHelp.direct)
    .option('--head <rev>', optionHelp.head)
    .option('--worktree', optionHelp.worktree)
    .option('--bench <regexp>', optionHelp.bench)
    .option('--budget <minutes>', optionHelp.budget)
    .option('--packages <pattern...>', optionHelp.packages)
    .option('--tags <tags>', optionHelp.tags)
    .option('--format <format[=file]>', optionHelp.format, collectTarget)
    .addOption(new Option('--fail-on <findings>', optionHelp.failOn).choices(failOnChoices))
    .option('--config <file>', optionHelp.config)
    .option('--save-profiles <dir>', optionHelp.saveProfiles)
    .option('--prove [minutes]', optionHelp.prove)
    .option('--fix', optionHelp.fix)
    .option('--no-sandbox', optionHelp.noSandbox)
    .option('--dry-run', optionHelp.dryRun)
    .option('--post', optionHelp.post)
    .addHelpText('after', details.review)
    .action(async (dir: string, options: ReviewFlags) => done(await reviewWhat(dir, options, terminal)));
  program
    .command('demo')
    .description(summaries.demo)
    .option('--format <format[=file]>', optionHelp.demoFormat, collectTarget)
    .option('--no-sandbox', optionHelp.demoNoSandbox)
    .action(async (options: DemoFlags) => done(await (await import('./demo.ts')).runDemo(options, terminal)));
  program
    .command('rules')
    .description(summaries.rules)
    .argument('[id]', optionHelp.rule)
    .addHelpText('after', details.rules)
    .action(async (id: string | undefined) =>
      done(await (await import('./rules.ts')).runRules(id, terminal)),
    );
  const config = program.command('config').description(summaries.config);
  config
    .command('check')
    .description(summaries.check)
    .argument('[file]', optionHelp.configFile)
    .addHelpText('after', details.check)
    .action(async (file: string | undefined) =>
      done(await (await import('./config.ts')).runConfigCheck(file, terminal)),
    );
  config
    .command('schema')
    .description(summaries.schema)
    .addOption(new Option('--report', optionHelp.reportSchema).conflicts('settings'))
    .option('--settings', optionHelp.settingsSchema)
    .action(async ({ report, settings }: { report?: true; settings?: true }) => {
      const { runConfigSchema } = await import('./config.ts');
      done(runConfigSchema(report ? 'report' : settings ? 'settings' : 'config', terminal));
    });
  addHelpCommand(config);
  program
    .command('doctor')
    .description(summaries.doctor)
    .addHelpText('after', details.doctor)
    .action(async () => done(await (await import('./doctor.ts')).runDoctor(terminal)));
  program
    .command('init')
    .description(summaries.init)
    .argument('[dir]', optionHelp.initDir, '.')
    .option('--workflow', optionHelp.workflow)
    .addHelpText('after', details.init)
    .action(async (dir: string, flags: { workflow?: true }) =>
      done(await (await import('./init.ts')).runInit(dir, flags, terminal)),
    );
  program
    .command('completion')
    .description(summaries.completion)
    .addArgument(new Argument('<shell>', optionHelp.shell).choices(shells))
    .addHelpText('after', details.completion)
    .action(async (shell: Shell) =>
      done(await (await import('./completion.ts')).printCompletion(program, shell, terminal)),
    );
}

/** A folder that does not exist may be a misspelt command, as in `history backfil`. */
function requireNoTypo(command: Command, dir: string): void {
  const meant = existsSync(dir) ? null : meantCommand(command, dir);
  if (meant !== null) refuseUnknown(command, dir, meant);
}

/** Commands about the allocations of earlier commits. */
function addHistoryCommands(program: Command, terminal: Terminal, done: Done): void {
  const history = program
    .command('history')
    .description(summaries.history)
    .enablePositionalOptions()
    .argument('[dir]', optionHelp.historyDir, '.')
    .option('--benchmark <regexp>', optionHelp.benchmark)
    .option('--head <rev>', optionHelp.historyHead)
    .option('--commits <number>', optionHelp.historyCommits, '100')
    .addOption(
      new Option('--format <format>', optionHelp.historyFormat).choices(historyFormats).default('text'),
    )
    .addHelpText('after', details.history)
    .action(async (dir: string, flags: HistoryFlags) => {
      requireNoTypo(history, dir);
      done(await (await import('./history.ts')).runHistory(dir, flags, terminal));
    });
  history
    .command('backfill')
    .description(summaries.backfill)
    .argument('[dir]', optionHelp.historyDir, '.')
    .option('--head <rev>', optionHelp.historyHead)
    .option('--commits <number>', optionHelp.historyCommits, '30')
    .option('--budget <minutes>', optionHelp.backfillBudget, '10')
    .option('--bench <regexp>', optionHelp.bench)
    .option('--packages <pattern...>', optionHelp.packages)
    .option('--tags <tags>', optionHelp.tags)
    .option('--no-sandbox', optionHelp.noSandbox)
    .addHelpText('after', details.backfill)
    .action(async (dir: string, flags: BackfillFlags) =>
      done(await (await import('./history.ts')).runBackfill(dir, flags, terminal)),
    );
}

/** The processes of the GitHub App. Their libraries are loaded only for them. */
function addAppCommands(program: Command, done: Done): void {
  program
    .command('serve')
    .description(summaries.serve)
    .addHelpText('after', details.serve)
    .action(async () => done(await (await import('./serve.ts')).runServe()));
  program
    .command('worker')
    .description(summaries.worker)
    .addHelpText('after', details.worker)
    .action(async () => done(await (await import('./serve.ts')).runWorker()));
}

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof content !== 'object' || content === null || !('version' in content)) return '';
  return String(content.version);
}

/** Commander's output ends with a newline, except the version. */
const endLine = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** The command line. `done` gets the exit status of a command. */
export function createProgram(terminal: Terminal, done: Done): Command {
  const program = new Command('allocgate')
    .description(summaries.allocgate)
    .version(readVersion())
    .exitOverride()
    // Options after a command belong to it, although `history` has some of the same name as `history backfill`.
    .enablePositionalOptions()
    // Otherwise descriptions are not wrapped at all in a narrow terminal.
    .configureHelp({ minWidthToWrap: 12 })
    .configureOutput({
      writeOut: (text) => terminal.print(endLine(text)),
      writeErr: terminal.printError,
      outputError: (text, write) => write(describeUsageError(text)),
      getOutHelpWidth: () => terminal.width,
    });
  addLocalCommands(program, terminal, done);
  addHistoryCommands(program, terminal, done);
  addAppCommands(program, done);
  addHelpCommand(program);
  addHints(program);
  return program;
}

/** A command as it is typed, such as `allocgate config check`. */
const typed = (command: Command): string =>
  command.parent ? `${typed(command.parent)} ${command.name()}` : command.name();

/** Says after each usage error which `--help` explains the command that was typed. */
function addHints(command: Command): void {
  const isGroup = command.commands.length > 0 && command.registeredArguments.length === 0;
  command.showHelpAfterError((isGroup ? commandsHint : usageHint)(typed(command)));
  for (const one of command.commands) addHints(one);
}

/** Reviews a folder or a pull request. The code of each is loaded only when it is used. */
async function reviewWhat(dir: string, flags: ReviewFlags, terminal: Terminal): Promise<number> {
  if (lacksProtocol(dir) && !existsSync(dir)) {
    throw new Failure('bad-option', { option: 'DIR', value: dir, problem: { kind: 'no-protocol' } });
  }
  if (!isWebAddress(dir)) return (await import('./review.ts')).runReview(dir, flags, terminal);
  const { runReviewPullRequest } = await import('./review-pull-request.ts');
  return runReviewPullRequest(dir, flags, terminal);
}

/** Runs the command line and resolves to the exit status. Never throws because of a user's mistake. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const terminal = createTerminal();
  let exitCode: number = exitCodes.ok;
  let command: string | undefined;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  program.hook('preAction', (_, chosen) => {
    command = typed(chosen);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return terminal.reportFailure(error instanceof Failure ? error : toFailure(error), command);
  }
}
