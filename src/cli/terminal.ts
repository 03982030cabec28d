import { styleText } from 'node:util';
import { Failure, systemReason } from '../errors.ts';
import { cutToColumns } from '../report/terminal/layout.ts';
import { describeFailure } from '../report/words/failures.ts';
import { failureExitCode } from './exit-codes.ts';

/** The terminal, or what stands in for it in a pipe: results on standard output, all else on standard error. */
export type Terminal = {
  print: (text: string) => void;
  printError: (text: string) => void;
  /** Colours on standard output. */
  colour: boolean;
  /** Somebody looks at standard output: it is no pipe and no file. */
  interactive: boolean;
  /** Columns of standard output. */
  width: number;
  /** Replaces the last progress line; where standard error is not a terminal, adds a line every few seconds. */
  showProgress: (line: string) => void;
  clearProgress: () => void;
  /** Says what went wrong and what to do; returns the exit status. */
  reportFailure: (failure: Failure) => number;
};

const DEFAULT_WIDTH = 100;
const MIN_WIDTH = 40;
const MAX_WIDTH = 120;
const PROGRESS_INTERVAL_MS = 80;
const PLAIN_INTERVAL_MS = 5000;
const CLEAR_LINE = '\r\u001B[2K';

function wantsColour(stream: NodeJS.WriteStream): boolean {
  return choosesColour(process.env, stream.isTTY);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `FORCE_COLOR` as Node has it (node:tty), which wins over `NO_COLOR` as https://no-color.org has it. */
export function choosesColour(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR: never = '', FORCE_COLOR: forced, TERM: kind } = environment;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && never === '' && kind !== 'dumb';
}

/** Columns of standard output: what `COLUMNS` says, as POSIX has it, else the terminal's own. */
export function chooseWidth({ COLUMNS: wanted }: Environment, columns: number | undefined): number {
  if (wanted !== undefined && /^[1-9]\d{0,3}$/u.test(wanted)) return Math.max(Number(wanted), MIN_WIDTH);
  // A pseudo-terminal that was never told its size says 0.
  return Math.min(columns || DEFAULT_WIDTH, MAX_WIDTH);
}

/** A reader that closes the pipe early (`| head`) is no error; a full disk behind `> file` is one. */
function watchStreams(fail: (failure: Failure) => number): void {
  const isClosed = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';
  process.stdout.on('error', (error) => {
    if (isClosed(error)) return;
    const facts = { path: null, reason: systemReason(error) };
    process.exit(fail(new Failure('output-not-writable', facts, { cause: error })));
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => {});
}

/** Wraps this process's streams. */
export function createTerminal(): Terminal {
  const { stdout, stderr } = process;
  // A review that is over within a few seconds needs no lines in a log.
  let shown = performance.now();
  let active = false;
  const clearProgress = (): void => {
    if (active) stderr.write(CLEAR_LINE);
    active = false;
  };
  const paint = (style: 'red' | 'dim', text: string): string =>
    wantsColour(stderr) ? styleText(style, text, { validateStream: false }) : text;
  const reportFailure = (failure: Failure): number => {
    clearProgress();
    const { message, hint, lines } = describeFailure(failure.reason);
    const details = lines.map((line) => paint('dim', `  ${line}`));
    const text = [`${paint('red', 'allocgate:')} ${message}`, ...details, ...(hint === '' ? [] : [hint])];
    stderr.write(`${text.join('\n')}\n`);
    return failureExitCode(failure.code);
  };
  watchStreams(reportFailure);
  return {
    print: (text) => void stdout.write(text),
    printError: (text) => {
      clearProgress();
      stderr.write(text);
    },
    colour: wantsColour(stdout),
    interactive: stdout.isTTY,
    width: chooseWidth(process.env, stdout.columns),
    showProgress: (line) => {
      const now = performance.now();
      if (!stderr.isTTY) {
        if (now - shown < PLAIN_INTERVAL_MS) return;
        shown = now;
        stderr.write(`${line}\n`);
        return;
      }
      if (active && now - shown < PROGRESS_INTERVAL_MS) return;
      shown = now;
      active = true;
      stderr.write(`${CLEAR_LINE}${cutToColumns(line, (stderr.columns || DEFAULT_WIDTH) - 1)}`);
    },
    clearProgress,
    reportFailure,
  };
}
