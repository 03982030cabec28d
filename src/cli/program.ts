import { existsSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Failure, toFailure } from '../errors.ts';
import { runConfigSchema } from './config.ts';
import { runDemo } from './demo.ts';
import { runDoctor } from './doctor.ts';
import { exitCodes } from './exit-codes.ts';
import { type Format, formats, type ReviewFlags, type Target } from './flags.ts';
import { isWebAddress, lacksProtocol } from './pull-request-url.ts';
import { runReview } from './review.ts';
import { runRules } from './rules.ts';
import { createTerminal, type Terminal } from './terminal.ts';

function isFormat(name: string): name is Format {
  return (formats as readonly string[]).includes(name);
}

function collectTarget(value: string, previous: Target[] | undefined): Target[] {
  const separator = value.indexOf('=');
  const name = separator === -1 ? value : value.slice(0, separator);
  if (!isFormat(name)) throw new InvalidArgumentError(`Allowed choices are ${formats.join(', ')}.`);
  const file = separator === -1 ? null : value.slice(separator + 1);
  if (file === '') throw new InvalidArgumentError('A file name must follow the "=".');
  return [...(previous ?? []), { format: name, file }];
}

function createProgram(terminal: Terminal, done: (exitCode: number) => void): Command {
  const program = new Command('allocgate')
    .description('Reviews Go changes for allocation regressions.')
    .version('0.1.0')
    .showHelpAfterError('(allocgate --help lists the commands and options)')
    .exitOverride()
    .configureOutput({ writeOut: terminal.print, writeErr: terminal.printError });

  program
    .command('review', { isDefault: false })
    .description(
      'compare two commits of a local Go repository, a commit and the work tree, or a pull request on GitHub',
    )
    .argument('[dir]', "the repository, or a directory in it, or a pull request's URL", '.')
    .option(
      '--base <rev>',
      'compare with this (default: the default branch); the merge base of it and head is used',
    )
    .option(
      '--direct',
      'compare with --base itself, not with its merge base: to undo a commit, or across releases',
    )
    .option('--head <rev>', 'the commit to review (default: HEAD)')
    .option('--worktree', 'review the files as they lie there, uncommitted and untracked ones included')
    .option('--bench <regexp>', 'run only these benchmarks, as go test -bench has them (default: ".")')
    .option('--packages <pattern...>', 'only these packages, as go list has them (default: "./...")')
    .option(
      '--format <format[=file]>',
      `${formats.join(', ')}; several with files are allowed (default: text; markdown for a URL)`,
      collectTarget,
    )
    .option('--output <file>', 'write there instead of to standard output')
    .option('--config <file>', "use this config instead of the base's .github/allocgate.yml")
    .option(
      '--no-sandbox',
      'run the code as you, with nothing between it and this machine: trusted code only',
    )
    .option('--dry-run', 'with a URL: print each write to the pull request as data; writes nothing')
    .option('--post', 'with a URL: write the comments and the check to the pull request')
    .addHelpText(
      'after',
      `
Exit status: 0 nothing gates, 1 a regression gates, 2 bad usage or config, 3 could not measure,
130 interrupted.

With a pull request's URL it prints what the App would write there. Of the other options --format and --output go with
it, and --bench where nothing is written; base, head and config are those of the pull request.
  GITHUB_TOKEN                  a token; public repositories can be read without. A check run needs an App's token, as
                                GitHub Actions gives one to each job.
  GHE_HOST                      a GitHub Enterprise Server; GITHUB_SERVER_URL and GITHUB_API_URL do as well

Examples:
  allocgate review --base main                 this branch against main
  allocgate review --worktree                  what is not committed yet
  allocgate review ../repo --base v1.2.0 --head v1.3.0 --format json --output review.json
  allocgate review https://github.com/OWNER/REPO/pull/17`,
    )
    .action(async (dir: string, options: ReviewFlags) => done(await reviewWhat(dir, options, terminal)));

  program
    .command('demo')
    .description('review a bundled example pull request, for real')
    .option('--no-sandbox', "without a sandbox: the code is allocgate's own")
    .action(async (options: { sandbox: boolean }) => done(await runDemo(options, terminal)));

  program
    .command('serve')
    .description('serve the GitHub App: webhooks, and with the embedded database the reviews too')
    .addHelpText(
      'after',
      `
Without APP_ID and PRIVATE_KEY it serves a page that makes the GitHub App and writes them to .env.

Environment (.env of this folder is read too):
  APP_ID, PRIVATE_KEY or PRIVATE_KEY_PATH, WEBHOOK_SECRET   the App's credentials
  HOST, PORT                   where to listen (default: localhost, 3000)
  WEBHOOK_PROXY_URL            a smee.io channel, for a machine that GitHub cannot reach
  GHE_HOST, GHE_PROTOCOL       a GitHub Enterprise Server
  DATABASE_URL                 a PostgreSQL; reviews are then made by allocgate worker
  ALLOCGATE_DATA               folder of the embedded database (default: ~/.local/share/allocgate)
  LOG_LEVEL                    trace, debug, info, warn, error, fatal or silent
  ALLOCGATE_SETTINGS           sandbox and limits; allocgate doctor --help says more
  GH_ORG                       for the page: the organization that the App will be of

SIGTERM stops it within 30 s; a review under way is handed back and made again.`,
    )
    .action(async () => done(await (await import('./serve.ts')).runServe()));

  program
    .command('worker')
    .description('make reviews that allocgate serve has enqueued in a shared PostgreSQL, one at a time')
    .addHelpText(
      'after',
      `
Needs DATABASE_URL and the App's credentials, as allocgate serve does; any number of workers on amd64 machines.\nWhere PORT is set, it serves /healthz, /readyz and /metrics there.`,
    )
    .action(async () => done(await (await import('./serve.ts')).runWorker()));

  program
    .command('rules')
    .description('list the rules, or print the exercise page of one')
    .argument('[id]', 'a rule, by its id or name')
    .addHelpText(
      'after',
      `
The list groups the rules by the documents that they cite; in a pipe each rule is one line. A page has the pattern,
real code before and after, what both allocate, and the source; in a pipe it is the same text without colour.

Examples:
  allocgate rules                   all rules: id, name, pattern, source
  allocgate rules | grep append     those about append
  allocgate rules MA-01             the page of one, by its id
  allocgate rules timer-in-loop     or by its name, as reports show it`,
    )
    .action(async (id: string | undefined) => done(await runRules(id, terminal)));

  program
    .command('config')
    .description('about .github/allocgate.yml')
    .command('schema')
    .description('print the JSON Schema of the config')
    .option('--report', 'print that of the JSON report instead')
    .option('--settings', "print that of the operator's settings.yml instead")
    .action(({ report, settings }: { report?: true; settings?: true }) =>
      done(runConfigSchema(report ? 'report' : settings ? 'settings' : 'config', terminal)),
    );

  program
    .command('doctor')
    .description('try out what a review needs on this machine, and say what to do about the rest')
    .addHelpText(
      'after',
      `
Settings of whoever runs allocgate, for all repositories: the file that ALLOCGATE_SETTINGS names, or
~/.config/allocgate/settings.yml. They choose the sandbox and its limits; allocgate config schema --settings has all keys.

Exit status: 0 everything works, 3 a review could not be made here.`,
    )
    .action(async () => done(await runDoctor(terminal)));

  return program;
}

/** A folder is reviewed by itself; what talks to GitHub is loaded only for a pull request. */
async function reviewWhat(dir: string, flags: ReviewFlags, terminal: Terminal): Promise<number> {
  if (lacksProtocol(dir) && !existsSync(dir)) {
    throw new Failure('bad-option', { option: 'DIR', value: dir, problem: { kind: 'no-protocol' } });
  }
  if (!isWebAddress(dir)) return runReview(dir, flags, terminal);
  const { runReviewPullRequest } = await import('./review-pull-request.ts');
  return runReviewPullRequest(dir, flags, terminal);
}

/** Runs the command line and resolves to the exit status. Never throws for what a user can do wrong. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const terminal = createTerminal();
  let exitCode: number = exitCodes.ok;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return terminal.reportFailure(error instanceof Failure ? error : toFailure(error));
  }
}
