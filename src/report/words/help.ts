import { formatNames, formatPurposes } from './format-names.ts';

/** The descriptions of `allocgate --help`, by command. */
export const summaries = {
  allocgate: 'Reviews Go changes for allocation regressions.',
  review: 'review a change: two commits, a commit and the work tree, or a pull request on GitHub',
  history: "print how the benchmarks' allocations changed over the last commits",
  backfill: 'measure the last commits, newest first, until the budget is used up',
  demo: 'review the bundled example pull request',
  serve: 'run the GitHub App: its web server and, with the embedded database, its reviews',
  worker: 'run reviews that allocgate serve has enqueued in a shared PostgreSQL, one at a time',
  rules: 'list the rules, or print the exercise page of one rule',
  config: 'check a configuration, or print schemas of configurations and reports',
  check: 'check a configuration file, with the line and column of each problem',
  init: 'write a commented configuration for a repository, and a workflow for GitHub Actions',
  schema: 'print the JSON Schema of .github/allocgate.yml',
  doctor: 'check everything that a review needs on this machine, and print how to fix what fails',
  completion: 'print a script that completes commands and options in your shell',
  help: 'display help for command',
} as const;

/** The text of `--help` for each option and argument. */
export const optionHelp = {
  helpCommand: 'the command, such as review, or config check',
  dir: "the repository, a directory in it, or a pull request's URL",
  base: 'compare with the merge base of this revision and the head (default: the default branch)',
  direct: 'compare with --base itself, not with the merge base: for reverts, or across releases',
  head: 'the commit to review (default: HEAD)',
  worktree: 'review the files as they are now, including uncommitted and untracked ones',
  bench: 'run only the benchmarks that match, as in go test -bench (default: as configured, or all)',
  budget: 'how many minutes to measure, not counting compilation (default: as configured, or 10)',
  packages: 'review only these packages, as in go list (default: as configured, or all)',
  tags: 'build tags, separated by commas, as in go build (default: as configured)',
  format: `${formatNames.join(', ')}; can be repeated with files (default: text; for a URL: markdown)`,
  failOn:
    'when to exit with 1: never, for every regression, or also for possible ones (default: as configured)',
  shell: 'bash, zsh or fish',
  config: "use this configuration instead of the base's .github/allocgate.yml",
  prove:
    'after the report, try causes and fixes, and run tests of code that no benchmark runs, for this many minutes (default: 5)',
  fix: 'like --prove, and write the fixes that passed to the work tree',
  saveProfiles: 'write the heap profiles of benchmarks that changed to this folder, for go tool pprof',
  noSandbox: 'run the code as you, without isolation: only for code that you trust',
  dryRun: 'with a URL: print the writes to the pull request as JSON, and write nothing',
  post: 'with a URL: write the comments and the check to the pull request',
  benchmark: 'show only the benchmarks that match, as in go test -bench',
  historyDir: 'the repository, or a directory in it',
  historyHead: 'the newest commit (default: HEAD)',
  historyCommits: 'how many commits to cover, following first parents',
  historyFormat: 'text or json',
  backfillBudget: 'how many minutes to work, including compilation',
  demoFormat: 'as in allocgate review, for example html=report.html (default: text)',
  demoNoSandbox: "run the demo without a sandbox: its code is allocgate's own",
  configFile: 'the file (default: .github/allocgate.yml)',
  initDir: 'the repository',
  workflow: 'also write .github/workflows/allocgate.yml, which reviews pull requests in GitHub Actions',
  rule: 'a rule, by ID or name',
  reportSchema: 'print the JSON Schema of the JSON report instead',
  settingsSchema: "print the JSON Schema of the operator's settings.yml instead",
} as const;

const widest = Math.max(...formatNames.map((name) => name.length));
const formatList = formatNames.map((name) => `  ${name.padEnd(widest)}  ${formatPurposes[name]}`).join('\n');

/** The text that `--help` of a command prints after its options. */
export const details = {
  review: `
Formats:
${formatList}

Exit status: 0 nothing gates, 1 a regression gates, 2 invalid usage or configuration,
3 could not measure, 130 interrupted.

With the URL of a pull request, allocgate prints what the App would write there. Base, head and configuration are
those of the pull request. Only --format, --fail-on, --dry-run and --post can be combined with it, and --bench as long
as nothing is written.
  GITHUB_TOKEN  a token; public repositories can be read without one. Creating a check needs an App's token, such as
                the one that GitHub Actions gives to each job.
  GHE_HOST      the name of a GitHub Enterprise Server (GITHUB_SERVER_URL and GITHUB_API_URL work too)

With --prove, the report is printed first and the results of the experiments follow; files are written twice. JSON,
Markdown and SARIF on standard output are printed once, at the end. Tests are run for changed functions, and for changed
branches of functions, that no benchmark of their package runs. A fix is offered only if it compiles, every test of
the package that passed still passes, and the benchmark allocates less. If there is none, the lines that an experiment
proved to be the cause are offered as they were before, under the same conditions.

--fail-on overrides the exit status that the configuration implies: never gives 0 for every complete review,
regression gives 1 for every benchmark that allocates more, possible also for findings that no benchmark proves.

Environment variables:
  NO_COLOR, FORCE_COLOR        no colors, or colors also where the output is not a terminal (FORCE_COLOR=0: no colors)
  COLUMNS                      the width of the text report

Examples:
  allocgate review --base main                 this branch against main
  allocgate review --worktree                  uncommitted changes
  allocgate review ../repo --base v1.2.0 --head v1.3.0 --format json=review.json
  allocgate review https://github.com/OWNER/REPO/pull/17`,
  history: `
It measures nothing: allocgate history backfill does. The line of a benchmark shows allocs/op at each measured commit,
the oldest on the left, or B/op if only those moved. Below it are the commits that moved it, newest first. A value such
as "3 to 5" is a range: the runs of that commit disagree. A commit counts as moving a benchmark only if the ranges
before and after it do not overlap.

Examples:
  allocgate history backfill --commits 50 --budget 30
  allocgate history
  allocgate history --benchmark 'Encode/large'`,
  backfill: `
Each benchmark is measured once for the same test binary, data files, Go version and kind of machine, in several
processes. Commits that change none of these share its numbers. It uses the benchmarks, packages and build tags that the
newest commit's .github/allocgate.yml chooses. Ctrl-C keeps what was measured, and the same command continues there.

Exit status: 0 done, also when the budget is used up, 2 invalid usage or configuration, 3 could not measure,
130 interrupted.`,
  serve: `
Without APP_ID and PRIVATE_KEY it serves a page that creates the GitHub App and writes both to .env.

Environment variables (also read from .env in the current folder):
  APP_ID, PRIVATE_KEY or PRIVATE_KEY_PATH, WEBHOOK_SECRET   the App's credentials
  HOST, PORT                   the address to listen on (default: localhost, 3000)
  WEBHOOK_PROXY_URL            a smee.io channel, for a machine that GitHub cannot reach
  PUBLIC_URL                   the address at which GitHub and browsers reach this server: needed to serve reports
  GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET   the App's OAuth client, with which people sign in to read reports
  PUBLIC_REPORTS               yes: reports of public repositories need no sign-in (default: no)
  GHE_HOST, GHE_PROTOCOL       a GitHub Enterprise Server
  DATABASE_URL                 a PostgreSQL database; reviews then run in allocgate worker
  ALLOCGATE_DATA               folder of the embedded database (default: ~/.local/share/allocgate)
  LOG_LEVEL                    trace, debug, info, warn, error, fatal or silent
  ALLOCGATE_SETTINGS           file with the sandbox and limits (see allocgate doctor --help)
  GH_ORG                       set-up page only: the organization that will own the App

SIGTERM stops it within 30 s. A running review is handed back and starts again later.`,
  worker: `
Needs DATABASE_URL and the App's credentials, like allocgate serve. Any number of workers can run, on amd64 machines.
If PORT is set, a worker serves /healthz, /readyz and /metrics there.`,
  rules: `
The list groups the rules by the documents that they cite; in a pipe, each rule is one line. A page shows the pattern,
real code before and after, what both allocate, and the source; in a pipe, it is the same text without colors.

Examples:
  allocgate rules                   all rules: ID, name, pattern, source
  allocgate rules | grep append     the rules about append
  allocgate rules MA-01             the page of one rule, by its ID
  allocgate rules timer-in-loop     or by its name, as reports show it`,
  check: `
It also warns of entries that match no benchmark, package or module of the repository.

Exit status: 0 valid, 2 invalid.`,
  init: `
It reads the repository and runs nothing: it lists the modules, and proposes to skip benchmarks that use the network, a
database, other programs or the clock. Files that exist are never overwritten.

Exit status: 0 written, 2 a file exists.`,
  completion: `
Examples:
  echo 'source <(allocgate completion bash)' >> ~/.bashrc
  allocgate completion zsh > "\${fpath[1]}/_allocgate"
  allocgate completion fish > ~/.config/fish/completions/allocgate.fish`,
  doctor: `
The operator's settings apply to all repositories. They are read from the file that ALLOCGATE_SETTINGS names, or from
~/.config/allocgate/settings.yml. They choose the sandbox and its limits; allocgate config schema --settings prints
all keys.

Exit status: 0 everything works, 3 a review cannot run here.`,
} as const;

/** The line after a usage error of a command. */
export const usageHint = (command: string): string => `${command} --help lists the options.`;

/** The line after a usage error of a command that has subcommands. */
export const commandsHint = (command: string): string => `${command} --help lists the commands and options.`;

/** A message of the option parser (commander), made to begin like all other messages. */
export const describeUsageError = (text: string): string => text.replace(/^error: /u, 'allocgate: ');

/** The errors for an invalid value of `--format`. */
export const formatErrors = {
  unknown: `Allowed choices are ${formatNames.join(', ')}.`,
  noFile: 'A file name must follow the "=".',
} as const;
