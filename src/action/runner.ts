import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { toLogLine } from '../report/model/escape.ts';
import type { Annotation } from '../report/model/pull-request.ts';

/** The process's environment: see https://docs.github.com/en/actions/reference/workflows-and-actions/variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The outputs of a workflow step. */
export type Runner = {
  /** Prints a line of the log. The runner never reads it as a workflow command. */
  log: (line: string) => void;
  /** Shows annotations next to the lines of the diff, without the Checks API. */
  annotate: (annotations: readonly Annotation[]) => void;
  /** Adds Markdown to the page of the workflow run. */
  summarize: (markdown: string) => void;
  /** Sets an output of the step. `value` has one line. */
  setOutput: (name: string, value: string) => void;
};

/** The number of annotations of each level that GitHub shows from one step. It drops the others. */
const MAX_ANNOTATIONS_A_LEVEL = 10;

/** A step's summary can have 1 MiB. */
const MAX_SUMMARY_BYTES = 1_000_000;

/** The inverse of the runner's decoding: ActionCommand.cs of github.com/actions/runner. */
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const levels: Record<Annotation['annotation_level'], string> = {
  failure: 'error',
  warning: 'warning',
  notice: 'notice',
};

/** One annotation as a workflow command. */
function toWorkflowCommand(annotation: Annotation): string {
  const properties = Object.entries({
    file: annotation.path,
    line: String(annotation.start_line),
    endLine: String(annotation.end_line),
    title: annotation.title,
  });
  const list = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(',');
  return `::${levels[annotation.annotation_level]} ${list}::${escapeData(annotation.message)}`;
}

function takeShown(annotations: readonly Annotation[]): Annotation[] {
  const byLevel = Map.groupBy(annotations, (one) => one.annotation_level);
  return [...byLevel.values()].flatMap((group) => group.slice(0, MAX_ANNOTATIONS_A_LEVEL));
}

/** Appends to the file that a variable names. Without such a file, does nothing. */
function append(file: string | undefined, text: string): void {
  if (file !== undefined && file !== '') appendFileSync(file, text);
}

/**
 * The runner of a step. From the first line on, workflow commands are disabled, because names of benchmarks and
 * compiler output appear in the log. They are enabled only for annotations, and disabled again with a new token.
 */
export function createRunner(environment: Environment, print: (text: string) => void): Runner {
  let token = randomUUID();
  print(`::stop-commands::${token}\n`);
  const command = (lines: readonly string[]): void => {
    const next = randomUUID();
    print([`::${token}::`, ...lines, `::stop-commands::${next}`, ''].join('\n'));
    token = next;
  };
  return {
    log: (text) => print(`${text.split('\n').map(toLogLine).join('\n')}\n`),
    annotate: (annotations) => {
      if (annotations.length > 0) command(takeShown(annotations).map(toWorkflowCommand));
    },
    summarize: (markdown) => {
      const bytes = Buffer.from(`${markdown}\n`);
      append(environment['GITHUB_STEP_SUMMARY'], bytes.subarray(0, MAX_SUMMARY_BYTES).toString());
    },
    setOutput: (name, value) => {
      append(environment['GITHUB_OUTPUT'], `${name}=${value.replaceAll(/[\r\n]+/gu, ' ')}\n`);
    },
  };
}
