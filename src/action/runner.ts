import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { toLogLine } from '../report/model/escape.ts';
import type { Annotation } from '../report/model/pull-request.ts';

/** The environment of a workflow step: https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The ways in which a workflow step shows and passes on its results. */
export type Runner = {
  /** Prints text to the log. The runner of GitHub never reads it as a workflow command. */
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

/** The size to which a step's summary is cut. GitHub drops a summary of more than 1 MiB. */
const MAX_SUMMARY_BYTES = 1_000_000;

/** Escapes the text of a workflow command. The runner's decoder is in ActionCommand.cs of github.com/actions/runner. */
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const levels: Record<Annotation['annotation_level'], string> = {
  failure: 'error',
  warning: 'warning',
  notice: 'notice',
};

/** Converts an annotation to a workflow command. */
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

/** Appends text to a file. `file`: the value of a variable; if it is not set, nothing happens. */
function append(file: string | undefined, text: string): void {
  if (file !== undefined && file !== '') appendFileSync(file, text);
}

/**
 * Creates the runner of a step. It disables workflow commands at once, because names of benchmarks and compiler output,
 * which appear in the log, could contain some. They are enabled only for annotations, and disabled again with a new
 * token.
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
