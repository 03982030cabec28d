import type { SandboxFacts } from '../sandbox-facts.ts';
import type { RunUsers } from './users.ts';

/** The limits of one run of a program. The operator sets them (`limits` in the settings). Units: bytes and counts. */
export type ProcessLimits = {
  /** Of a program and everything that it starts, without swap. */
  memoryBytes: number;
  /** Processes and threads together. */
  processes: number;
  /** Cores; null: all. */
  cpus: number | null;
  openFiles: number;
  /** Of one file. */
  fileBytes: number;
  /** Of each temporary file system: /tmp, /home, /dev/shm, a benchmark's own folder. */
  tmpfsBytes: number;
};

/** The paths that a program sees besides the read-only root. They are absolute, and but for two lists the same inside as outside. */
export type View = {
  readOnly: readonly string[];
  writable: readonly string[];
  /**
   * Read-only folders and files that have another path inside, so that their names tell nothing: path inside → path outside.
   * Only a sandbox with a file system of its own has them.
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
  /** Milliseconds for the whole run. */
  timeoutMs: number;
  /** Milliseconds without a line of output after which the program counts as hung; 0: no limit. */
  idleTimeoutMs?: number;
  /** Bytes of standard output and error together. */
  maxOutputBytes: number;
  /** The bytes that it may leave in its writable folders. A program that exceeds them is ended. */
  maxWrittenBytes?: number;
  /** Whether its writable folders contained many files before, so that only new ones count. */
  isFilled?: boolean;
  /** A file that the program leaves behind and the caller needs: its first `maxBytes` come through a pipe. */
  resultFile?: { path: string; maxBytes: number };
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** When this is aborted, the program is ended as if its time were over. */
  until?: AbortSignal;
};

export type Outcome = {
  /** `exited`: the program ended by itself, or by a signal of its own. The others: it was ended from outside. */
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

/** Where programs of a reviewed repository run. Every such process goes through `run`. */
export type Sandbox = {
  facts: SandboxFacts;
  /** The users of the programs, if we are root; null: our own user. */
  users: RunUsers | null;
  /** HOME and TMPDIR of programs without another writable folder. */
  home: string;
  temp: string;
  /** Resolves when the program ends in any way; rejects with `interrupted` when the review is cancelled. */
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

/** How a program is actually started: the same command, with wrappers around it. */
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

/** `shortMessage`: why it could not be started. */
export type ProcessEnd = {
  exitCode?: number | undefined;
  signal?: string | undefined;
  shortMessage?: string | undefined;
};

/** A running program. Its output waits until it is supervised. */
export type Started = {
  /** How it ended, as the system reports it. */
  ended: Promise<ProcessEnd>;
  stdout: NodeJS.ReadableStream | null;
  stderr: NodeJS.ReadableStream | null;
  /** The data of the pipes so far. */
  readPipes: () => (Buffer | null)[];
  /** Writes the whole standard input; only with `Launch.stdin`. */
  write: (text: string) => void;
  /** Kills the program and everything that it started. */
  kill: () => void;
};
