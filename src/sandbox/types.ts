import type { SandboxFacts } from '../sandbox-facts.ts';
import type { RunUsers } from './users.ts';

/** The limits of one run of a program, in bytes and counts. The operator sets them (`limits` in the settings). */
export type ProcessLimits = {
  /** The memory of a program and everything that it starts, without swap. */
  memoryBytes: number;
  /** Processes and threads together. */
  processes: number;
  /** Cores, such as 2 or 0.5; null: not limited. */
  cpus: number | null;
  openFiles: number;
  /** The size of one file. */
  fileBytes: number;
  /** The size of each temporary file system: /tmp, the home folder, /dev/shm, a benchmark's own folder. */
  tmpfsBytes: number;
};

/** The absolute paths that a program sees besides the root. They are the same inside as outside, except in two lists. */
export type View = {
  readOnly: readonly string[];
  writable: readonly string[];
  /**
   * Read-only folders and files that have another path inside, so that their names reveal nothing: path inside → path
   * outside. Without a sandbox they are ignored.
   */
  placed?: Readonly<Record<string, string>>;
  /** Writable folders that have another path inside, which is the same in every run: path inside → path outside. */
  moved?: Readonly<Record<string, string>>;
  /** A folder in which the program may create files, which are deleted when it ends. Existing files stay read-only. */
  scratch: string | null;
  network: boolean;
};

/**
 * One program that belongs to the reviewed repository or works on it. It gets only `env` of the caller's environment.
 */
export type Command = {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  view: View;
  /** The maximum milliseconds of the run. */
  timeoutMs: number;
  /** Milliseconds without a line of output after which the program counts as hung; 0: no limit. */
  idleTimeoutMs?: number;
  /** Bytes of standard output and error together. */
  maxOutputBytes: number;
  /** The maximum number of bytes in its writable folders. A program that exceeds it is ended. */
  maxWrittenBytes?: number;
  /** Whether its writable folders contained many files before, so that only new ones count. */
  isFilled?: boolean;
  /** A file that the program writes and the caller needs. If it is larger than `maxBytes`, there is no result. */
  resultFile?: { path: string; maxBytes: number };
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** When this is aborted, the program is ended as if its time were over. */
  until?: AbortSignal;
};

/** How a program ended. */
export type Outcome = {
  /** `exited`: the program ended by itself or by a signal. All others: it exceeded a limit, or `until` was aborted. */
  ended: 'exited' | 'timed-out' | 'output-limit' | 'memory-limit' | 'disk-limit';
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  /** Whether creating a process or thread was refused. */
  wasOutOfProcesses: boolean;
  durationMs: number;
  /** The last lines of both streams, for error messages. */
  tail: string[];
  /** The content of `resultFile`; null: not requested, missing, or larger than allowed. */
  result: Buffer | null;
};

/** A sandbox, in which the programs of a reviewed repository run. Every such program is started by `run`. */
export type Sandbox = {
  facts: SandboxFacts;
  /** The users of the programs, if we are root; null: our own user. */
  users: RunUsers | null;
  /** HOME and TMPDIR of programs without another writable folder. */
  home: string;
  temp: string;
  /**
   * Runs a program. Resolves when it has ended in any way; rejects with `interrupted` if the review is cancelled, and with
   * `sandbox-unavailable` if the program could not be started.
   */
  run: (command: Command) => Promise<Outcome>;
  /**
   * Makes a folder writable for programs of this sandbox that list it in `View.writable`. `fetch`: for programs with a
   * network.
   */
  makeWritable: (dir: string, forWhom?: keyof RunUsers) => Promise<void>;
  /** The milliseconds in which at least one program ran. */
  busyMs: () => number;
  /**
   * Ends all running programs and resolves when they have ended, so that their directories can be removed. Afterwards
   * nothing can be started.
   */
  close: () => Promise<void>;
};

/** The process to start for a command: its program, with the jailer and other wrappers around it. */
export type Launch = {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** For each pipe from descriptor 3 on, the maximum number of bytes. A pipe with more yields null. */
  pipes: readonly number[];
  /** `pipe`: the program will get input later. */
  stdin?: 'pipe';
};

/** How a process ended, as the system reports it. `shortMessage`: why it could not be started. */
export type ProcessEnd = {
  exitCode?: number | undefined;
  signal?: string | undefined;
  shortMessage?: string | undefined;
};

/** A running process. Its output is buffered until somebody reads it. */
export type Started = {
  /** Resolves when it has ended; never rejects. */
  ended: Promise<ProcessEnd>;
  stdout: NodeJS.ReadableStream | null;
  stderr: NodeJS.ReadableStream | null;
  /** The data of the pipes so far. */
  readPipes: () => (Buffer | null)[];
  /** Writes the standard input and closes it; only with `Launch.stdin`. */
  write: (text: string) => void;
  /** Kills the program and everything that it started. */
  kill: () => void;
};
