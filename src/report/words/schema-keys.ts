/**
 * The texts that editors show for a schema and for each of its keys. Keys are dotted; items of a list have the list's
 * key.
 */
export type SchemaWords = {
  id: string;
  title: string;
  description: string;
  keys: Readonly<Record<string, string>>;
};

/** unpkg.com serves every package of npm as soon as it is published. */
const HOME = 'https://unpkg.com/allocgate/schemas';

/** The address at which editors find the schema of `.github/allocgate.yml`. */
export const CONFIG_SCHEMA_URL = `${HOME}/config.json`;

/** The texts of the schema of `.github/allocgate.yml`. */
export const configWords: SchemaWords = {
  id: CONFIG_SCHEMA_URL,
  title: 'allocgate configuration',
  description: 'How allocgate reviews a repository: .github/allocgate.yml, read from the base commit.',
  keys: {
    version: 'The version of this format.',
    benchmarks: 'Which benchmarks are measured.',
    'benchmarks.packages': 'Packages, as go list takes them, in each module.',
    'benchmarks.run': 'A regular expression, as go test -bench takes it.',
    'benchmarks.skip': 'A regular expression, as go test -skip takes it: benchmarks that are not measured.',
    'benchmarks.modules':
      'auto: the modules that a change can reach. Otherwise only the modules in the listed folders.',
    'benchmarks.tags': 'Build tags.',
    'benchmarks.reach':
      'Whether to find out which benchmarks run the change, which takes one more build of each test binary.',
    thresholds: 'The increases from which a benchmark counts as a regression.',
    'thresholds.allocs': 'Allocations per op.',
    'thresholds.allocs.increase': 'How many more allocations per op count as a regression: a whole number.',
    'thresholds.bytes': 'Bytes per op: both values must be reached.',
    'thresholds.bytes.increase': 'How many more bytes per op than base.',
    'thresholds.bytes.percent': 'By how many percent more than base.',
    'thresholds.overrides':
      'Other thresholds for some benchmarks. For each key, the last entry that fits counts.',
    'thresholds.overrides.benchmark':
      'A glob over package.BenchmarkX/sub, with * within and ** across elements of the path.',
    'thresholds.overrides.allocs': 'Allocations per op for these benchmarks.',
    'thresholds.overrides.allocs.increase':
      'How many more allocations per op count as a regression: a whole number.',
    'thresholds.overrides.bytes': 'Bytes per op for these benchmarks.',
    'thresholds.overrides.bytes.increase': 'How many more bytes per op than base.',
    'thresholds.overrides.bytes.percent': 'By how many percent more than base.',
    gate: 'What the check becomes: fail is red, neutral is grey, pass is green, off is grey without comments. A mapping sets each kind of evidence.',
    'gate.proven': 'A benchmark that is the same on both sides allocates more.',
    'gate.adapted': 'The benchmark had to change with the code, and each side ran its own version.',
    'gate.tested': 'Tests allocate more, where no benchmark runs the code.',
    'gate.unmeasured': 'Changed code that no benchmark runs, or that could not be compared.',
    'gate.contract': 'A contract is broken.',
    contracts: 'The most that benchmarks may allocate, whatever base allocates.',
    'contracts.benchmark': 'A glob over package.BenchmarkX/sub.',
    'contracts.allocs': 'The most allocations per op.',
    comments: 'What is written to a pull request besides the check.',
    'comments.inline': 'A comment for each finding that gates, on the line that causes it.',
    'comments.summary': 'The summary comment: always, only if something changed, or never.',
    'comments.max': 'The most comments on lines of one pull request.',
    rules: 'Which rules explain regressions. A regression is reported whether a rule explains it or not.',
    'rules.disable': 'Rules that are not used, by ID or name.',
    'rules.only': 'If not empty, the only rules that are used.',
    budget: 'Minutes to measure, not counting compilation. The report names what was left out.',
    experiments: 'Minutes in which the App may try causes and fixes after a review. 0: none.',
    forks: 'approve: a maintainer must approve each head of a fork. never: forks are not measured.',
    drafts: 'skip: drafts wait until they are marked ready. review: they are measured like others.',
  },
};

/** The texts of the schema of the operator's `settings.yml`. */
export const settingsWords: SchemaWords = {
  id: `${HOME}/settings.json`,
  title: 'allocgate settings',
  description: "The operator's sandbox and limits for all repositories: ~/.config/allocgate/settings.yml.",
  keys: {
    version: 'The version of this format.',
    sandbox: 'How the programs under review are isolated. none: not at all, for trusted code.',
    limits: 'Limits of one review.',
    'limits.fetchSeconds': 'Seconds to download the modules of one side.',
    'limits.buildSeconds': 'Seconds for one run of the go command.',
    'limits.benchmarkSeconds': 'Seconds that a benchmark may print nothing, beyond what was expected of it.',
    'limits.measureSeconds': 'Seconds for all benchmarks of a review.',
    'limits.experimentSeconds': 'Seconds for the experiments after a review of the App. 0: none.',
    'limits.memoryMiB': 'Memory of a go command or test binary with everything that it starts.',
    'limits.processes': 'Processes and threads at the same time.',
    'limits.cpus': 'Cores; null for all. Needs control groups.',
    'limits.openFiles': 'Files that one process may have open.',
    'limits.fileMiB': 'The size of one file.',
    'limits.temporaryMiB': 'Each temporary file system of a benchmark.',
    'limits.diskMiB': 'What the go command may write in one review.',
    'limits.outputMiB': 'What one run of benchmarks may print.',
    'limits.treeMiB': 'The files of one commit.',
    'limits.treeFiles': 'The number of files of one commit.',
    'limits.benchmarks': 'Benchmarks of one review.',
    modules: 'Go modules of the code under review.',
    'modules.private': 'Whether reviewed code may download the modules that GOPRIVATE names.',
    cache: 'Compilations of merged code, kept between reviews.',
    'cache.maxMiB': 'The maximum size.',
    'cache.maxDays': 'Days without use after which an entry is deleted.',
  },
};

/** The texts of the schema of the JSON report. */
export const reportWords: SchemaWords = {
  id: `${HOME}/report.json`,
  title: 'allocgate report',
  description:
    'What allocgate review --format json prints. Files are paths in the repository at head; lists are sorted.',
  keys: {
    schemaVersion: 'Fields are only added within a version.',
    verdict:
      'pass, fail (something gates), neutral (nothing gates, and not everything was compared) or error (head does not build).',
    base: 'The merge base.',
    'base.sha': 'Its commit ID.',
    head: 'The commit under review.',
    'head.sha': 'Its commit ID; null for the work tree.',
    toolchain: 'The Go toolchain that built and ran both sides.',
    sandbox: 'How the programs under review were isolated.',
    benchmarks: 'Every benchmark that ran on one of the two sides.',
    'benchmarks.package': 'The import path.',
    'benchmarks.name': 'Without package and GOMAXPROCS suffix: BenchmarkX/small.',
    'benchmarks.verdict': 'The result of the comparison.',
    'benchmarks.reason': 'A sentence where the numbers alone do not explain the verdict.',
    'benchmarks.allocsPerOp': 'Allocations per op; null for a side that was not measured.',
    'benchmarks.bytesPerOp': 'Bytes per op.',
    'benchmarks.nsPerOp': 'Nanoseconds per op: shown, never judged.',
    'benchmarks.samples': 'The values of each run by unit, in the order measured.',
    'benchmarks.sites': 'Where a heap profile shows that allocations changed, largest increase first.',
    escapes: "The compiler's decisions about the heap that only one side has.",
    findings: 'Allocations that are new, each with its place, cause and advice.',
    'findings.id': 'A fingerprint that survives moved lines and new runs.',
    'findings.rule': "The rule's name.",
    'findings.exercise': 'The exercise that shows the fix.',
    'findings.evidence': 'How sure the finding is.',
    'findings.gates': 'Whether it makes the check fail.',
    'findings.file': 'The file, from the top of the repository at head.',
    'findings.line': 'The line that allocates.',
    'findings.places': 'Every line of the same rule and cause.',
    'findings.benchmarks': 'The benchmarks that became more expensive, largest increase first.',
    'findings.costs': 'What the line adds to each of these benchmarks.',
    'findings.message': 'The finding in sentences: cost, place, cause, advice and exercise.',
    'findings.compiler': "The compiler's decision in its own words.",
    'findings.cause': 'The changed line that led to the allocation.',
    'findings.advice': 'What to do, in Markdown.',
    sources: 'The source around findings and their causes, with the decisions of the compiler.',
    changedFunctions: 'The functions that changed, and whether a benchmark runs them.',
    unmeasured: 'What the change can reach and was not compared on both sides.',
    buildErrors: "The compiler's lines if head does not build.",
    skipped: 'What did not have to run because nothing changed.',
    warnings: 'What went wrong or was left out, in sentences.',
    timing: 'Milliseconds.',
  },
};
