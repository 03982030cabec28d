import type { BenchmarkFailure, Delta, EscapeChange, Side, TreeDiff } from '../../compare/types.ts';
import type { BrokenContract, Finding } from '../../rules/types.ts';
import type { SandboxFacts } from '../../sandbox-facts.ts';

/** Why a file of a commit is not reviewed. */
export type LeftOut = 'link-outside' | 'submodule' | 'unsafe-path' | 'unwritable-path' | 'unreadable-name';

/** A problem that did not end the review. The sentences are in report/words/warnings. */
export type Warning =
  | { kind: 'base-does-not-compile'; lines: string[] }
  | { kind: 'package-does-not-compile'; side: Side; package: string; lines: string[] }
  | { kind: 'benchmark'; side: Side; package: string; failure: BenchmarkFailure }
  | { kind: 'package-run'; side: Side; package: string; detail: string }
  /** Base and head are the same commit, or their files are equal. */
  | { kind: 'nothing-to-compare' }
  /** The changed files are not part of a build, and no benchmark reads them. */
  | { kind: 'nothing-affected' }
  /** Files of a commit that were not exported, and why. */
  | { kind: 'left-out'; side: Side; reason: LeftOut; paths: string[] }
  /** `patterns` are those of the packages that were searched. */
  | { kind: 'no-benchmarks'; patterns: readonly string[] }
  /** There are benchmarks, but `run` matches none of them. */
  | { kind: 'no-match'; run: string }
  /** The change reaches none of the benchmarks that `run` matches. */
  | { kind: 'not-reached'; run: string }
  /** Patterns of the config for packages that match none. */
  | { kind: 'no-package'; patterns: readonly string[] }
  /** Uncommitted changes in the work tree, which a review of HEAD leaves out. */
  | { kind: 'uncommitted'; files: number }
  | { kind: 'architecture'; goarch: string }
  /** Modules that could not be downloaded: the go command's last lines. */
  | { kind: 'fetch'; side: Side; module: string; lines: string[] }
  /** Packages that were left out because a limit was reached. `value`: the limit, in the unit of its key. */
  | {
      kind: 'limit';
      /** A key of the operator's `limits`; the config's `budget`; or `stopped`: somebody stopped the review. */
      limit: 'measureSeconds' | 'benchmarks' | 'budget' | 'stopped';
      value: number;
      packages: string[];
      /** Set if the limit was reached within the one package: the benchmarks that were left. */
      benchmarks?: string[];
      /** Benchmarks of that package of which only some sub-benchmarks were measured, and how many. */
      partly?: { name: string; subBenchmarks: number }[];
    }
  | { kind: 'unattributed'; package: string; name: string }
  | { kind: 'unread-diagnostics'; side: Side; lines: number; first: string }
  /** A contract that base already broke. `now`: the count at head, or the compiler's decision there. */
  | { kind: 'contract-broken-before'; contract: BrokenContract; now: string }
  /** Tests that could not measure a function; `tests` empty: all tests of the package. */
  | {
      kind: 'tests-left-out';
      package: string;
      tests: string[];
      /** `compile`: the same tests do not compile on both sides; `budget`: no time was left. */
      reason: 'failed' | 'slow' | 'not-repeatable' | 'compile' | 'budget';
    }
  /** A comment at head that looks like a contract but is not a valid one. */
  | {
      kind: 'bad-directive';
      file: string;
      line: number;
      text: string;
      problem: 'unknown' | 'not-a-count' | 'not-above-benchmark' | 'nothing-below' | 'in-test';
    }
  /** Packages whose benchmarks the change can reach, but that the chosen patterns leave out. */
  | { kind: 'packages-left-out'; packages: string[] }
  /** Changed Go files of head that build constraints or their names exclude from the build. */
  | { kind: 'not-built'; files: string[] }
  /** A fault in head's config that will make reviews fail after the merge. `problem`: a sentence with its place. */
  | { kind: 'head-config'; problem: string }
  /** A file at head with a name like the config's, which is not read. */
  | { kind: 'config-name'; found: string }
  /** A glob of the config that can match no benchmark. */
  | { kind: 'unmatched-glob'; key: 'thresholds.overrides' | 'contracts'; glob: string }
  /** The config disables every rule. */
  | { kind: 'no-rules' }
  /** The config lists a folder that contains no go.mod at head. */
  | { kind: 'module-missing'; module: string }
  /** A module that changed but is not reviewed. `dir`: its folder. */
  | { kind: 'module-skipped'; module: string; dir: string }
  /** A module with benchmarks that head no longer has. `dir`: its folder at base. */
  | { kind: 'module-removed'; module: string; dir: string };

/** The stages of a review in their order. */
export type Stage =
  | 'source'
  | 'fetch'
  | 'plan'
  | 'compile'
  | 'link'
  | 'discover'
  | 'run'
  | 'profile'
  | 'match';

/** Consecutive lines of one side of a file, and what the compiler decided on them. */
export type ExcerptSide = {
  /** null: the file does not exist on this side. */
  path: string | null;
  /** The number of the first line; lines are cut at 300 characters. */
  start: number;
  lines: string[];
  /** The compiler's decisions, in the words of `go build -gcflags=-m`; at most six for a line. */
  decisions: { line: number; text: string }[];
};

/** A part of a file around the lines of findings and their causes, on both sides. */
export type SourceExcerpt = Record<Side, ExcerptSide>;

/** Which changed functions benchmarks run. Functions without statements are left out: there is nothing to run. */
type Reach = {
  /** The functions of head whose source or compiler decisions differ from base. Sorted by package, then name. */
  functions: {
    package: string;
    /** As the compiler names it: `F`, `(*T).M`. */
    name: string;
    /** Path at head, and the line on which it begins. */
    file: string;
    line: number;
    /** `decisions`: the source is the same, but the compiler decides differently about it. */
    change: 'added' | 'source' | 'decisions';
    /** Whether a benchmark runs it in the iterations that it measures; null: not known. */
    isRun: boolean | null;
    /** Set if benchmarks run it in their set-up only. `isRun` is false then. */
    isSetUp?: boolean;
    /** Benchmarks that are known to run it, in their set-up or else; there may be others. */
    benchmarks: { package: string; name: string }[];
    /** Its lines that may allocate and that no benchmark runs; null: not known. */
    unrunLines: readonly number[] | null;
    /** Of `unrunLines`, those that the change only indented or aligned differently. */
    spacedLines?: readonly number[];
  }[];
  /** Benchmarks that were not measured, because on both sides they run nothing that changed. Sorted. */
  unreached: { package: string; name: string }[];
};

/** All results of one review, before any decision about gates and placement. */
export type Review = {
  base: { sha: string };
  /** sha null: the work tree, with its uncommitted changes. */
  head: { sha: string | null };
  toolchain: { go: string; goos: string; goarch: string };
  /** The sandbox in which the programs of the repository ran, and the accounting of memory and processes. */
  sandbox: Pick<SandboxFacts, 'tier' | 'accounting'>;
  /** Sorted by package, then name. */
  deltas: Delta[];
  /** Sorted by file, line, column, kind. */
  escapes: EscapeChange[];
  /** Sorted by evidence, the strongest first, then by file and line. */
  findings: Finding[];
  /** The compiler's own lines when head does not build; the verdict is then `error`. */
  buildErrors: string[];
  skipped: { unchangedTestBinaries: number; packages: string[] };
  /** Missing if it was not found out, and in stored reviews of older versions. */
  reach?: Reach;
  warnings: Warning[];
  diff: TreeDiff;
  /** The source around findings, sorted by head's path and line; some thousand lines at most. */
  sources?: SourceExcerpt[];
  /**
   * Milliseconds: in all; in the go tool and the benchmarks; in allocgate itself, of which matching rules and finding
   * causes took parts; by stage.
   */
  timing: {
    totalMs: number;
    goMs: number;
    ownMs: number;
    matchMs: number;
    causeMs: number;
    stages: Record<Stage, number>;
  };
};
