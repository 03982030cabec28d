import type { SandboxFacts } from '../sandbox-facts.ts';
import type { RunUsers } from './users.ts';

/** What one run of a program may use. The operator sets them (`limits` in the settings); bytes, and counts. */
export type ProcessLimits = {
  /** Of a program and all that it starts, without swap. */
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

/** What a program sees besides the read-only root; absolute paths, the same inside as outside. */
export type View = {
  readOnly: readonly string[];
  writable: readonly string[];
  /** Writable folders that lie elsewhere inside, the same in every run: path inside → path outside. */
  moved?: Readonly<Record<string, string>>;
  /** A folder in which the program may make files of its own, gone when it ends; what lies there stays read-only. */
  scratch: string | null;
  network: boolean;
};

/** One program of, or about, the reviewed repository. Nothing of the caller's environment reaches it but `env`. */
export type Command = {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  view: View;
  /** Milliseconds for the whole run. */
  timeoutMs: number;
  /** Milliseconds without a line of output after which it counts as hung; 0: no such limit. */
  idleTimeoutMs?: number;
  /** Bytes of standard output and error together. */
  maxOutputBytes: number;
  /** Bytes that it may leave in its writable folders; beyond that it is ended. */
  maxWrittenBytes?: number;
  /** Its writable folders held much before: only what is new in them counts. */
  isFilled?: boolean;
  /** A file that the program leaves behind and that is wanted: handed over through a pipe, `maxBytes` of it at most. */
  resultFile?: { path: string; maxBytes: number };
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** Once it is aborted the program is ended as if its time were over. */
  until?: AbortSignal;
};

export type Outcome = {
  /** `exited` by itself (or by a signal of its own), or ended from outside. */
  ended: 'exited' | 'timed-out' | 'output-limit' | 'memory-limit' | 'disk-limit';
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  /** Whether it was refused another process or thread. */
  wasOutOfProcesses: boolean;
  durationMs: number;
  /** The last lines of both streams, for error messages. */
  tail: string[];
  /** What `resultFile` held; null: not asked for, not there, or larger than allowed. */
  result: Buffer | null;
};

/** Where programs of a reviewed repository run. Every such process goes through `run`. */
export type Sandbox = {
  facts: SandboxFacts;
  /** Who programs are, as root; null: the same user as we. */
  users: RunUsers | null;
  /** HOME and TMPDIR of programs that may write nowhere else. */
  home: string;
  temp: string;
  /** Resolves however the program ends; rejects with `interrupted` when the review is cancelled. */
  run: (command: Command) => Promise<Outcome>;
  /**
   * Makes a folder that programs of this sandbox may write to, when `View.writable` names it. `fetch`: those that have a
   * network.
   */
  makeWritable: (dir: string, forWhom?: keyof RunUsers) => Promise<void>;
  /** Milliseconds in which at least one program ran. */
  busyMs: () => number;
  /** Ends what still runs, and resolves when it has ended: its directories can be removed. Nothing runs afterwards. */
  close: () => Promise<void>;
};
