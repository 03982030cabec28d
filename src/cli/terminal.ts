import { styleText } from 'node:util';
import { Failure, systemCode, systemReason } from '../errors.ts';
import { describeFailure } from '../report/words/failures.ts';
import { failureExitCode } from './exit-codes.ts';
import { createProgressLines } from './progress-lines.ts';

type FittingLine = (columns: number) => string;

/** The terminal or pipe: results go to standard output, everything else to standard error. */
export type Terminal = {
  print: (text: string) => void;
  printError: (text: string) => void;
  /** Colours on standard output. */
  colour: boolean;
  /** Whether standard output is a terminal and not a pipe or file. */
  interactive: boolean;
  /** Columns of standard output. */
  width: number;
  /**
   * Replaces the last progress line; where standard error is not a terminal, adds a line every few seconds. `fit`: as much
   * of the line as fits into so many columns.
   */
  showProgress: (fit: FittingLine) => void;
  clearProgress: () => void;
  /** Prints what went wrong and what to do; returns the exit status. `command`: the one that failed, as it is typed. */
  reportFailure: (failure: Failure, command?: string) => number;
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

/**
 * Whether to use colours: `FORCE_COLOR` as in Node (node:tty) takes precedence over `NO_COLOR` (https://no-color.org).
 */
export function choosesColour(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR: never = '', FORCE_COLOR: forced, TERM: kind } = environment;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && never === '' && kind !== 'dumb';
}

/** The columns of standard output: `COLUMNS` (POSIX), otherwise the terminal's width. */
export function chooseWidth({ COLUMNS: wanted }: Environment, columns: number | undefined): number {
  if (wanted !== undefined && /^[1-9]\d{0,3}$/u.test(wanted)) return Math.max(Number(wanted), MIN_WIDTH);
  // A pseudo-terminal without a size reports 0.
  return Math.min(columns || DEFAULT_WIDTH, MAX_WIDTH);
}

/** A reader that closes the pipe early (`| head`) is not an error, but a full disk behind `> file` is. */
function watchStreams(fail: (failure: Failure) => number): void {
  const isClosed = (error: Error): boolean => systemCode(error) === 'EPIPE';
  process.stdout.on('error', (error) => {
    if (isClosed(error)) return;
    const facts = { path: null, reason: systemReason(error) };
    process.exit(fail(new Failure('output-not-writable', facts, { cause: error })));
  });
  // There is no way to report this error.
  process.stderr.on('error', () => {});
}

/** Wraps this process's streams. */
export function createTerminal(): Terminal {
  const { stdout, stderr } = process;
  let active = false;
  // A review of a few seconds needs no progress lines in a log.
  const lines = createProgressLines(
    stderr.isTTY ? PROGRESS_INTERVAL_MS : PLAIN_INTERVAL_MS,
    (fit: FittingLine) => {
      if (!stderr.isTTY) {
        stderr.write(`${fit(Infinity)}\n`);
        return;
      }
      active = true;
      stderr.write(`${CLEAR_LINE}${fit((stderr.columns || DEFAULT_WIDTH) - 1)}`);
    },
  );
  const clearProgress = (): void => {
    lines.cancel();
    if (active) stderr.write(CLEAR_LINE);
    active = false;
  };
  const paint = (style: 'red' | 'dim', text: string): string =>
    wantsColour(stderr) ? styleText(style, text, { validateStream: false }) : text;
  const reportFailure = (failure: Failure, command?: string): number => {
    clearProgress();
    const { message, hint, lines: said } = describeFailure(failure.reason, command);
    const details = said.map((line) => paint('dim', `  ${line}`));
    const text = [`${paint('red', 'allocgate:')} ${message}`, ...details, ...(hint === '' ? [] : [hint])];
    stderr.write(`${text.join('\n')}\n`);
    return failureExitCode(failure.code);
  };
  watchStreams(reportFailure);
  return {
    print: (text) => {
      lines.cancel();
      stdout.write(text);
    },
    printError: (text) => {
      clearProgress();
      stderr.write(text);
    },
    colour: wantsColour(stdout),
    interactive: stdout.isTTY,
    width: chooseWidth(process.env, stdout.columns),
    showProgress: lines.show,
    clearProgress,
    reportFailure,
  };
}
