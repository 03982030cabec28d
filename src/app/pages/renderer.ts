import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Acceptance } from '../../report/model/pull-request.ts';
import type { HistoryTask } from './history.ts';

/**
 * `measured`: JSON of `Run['measured']`, as the database keeps it. `history`: the address of the repository's history.
 */
type ReportTask = { measured: string; acceptances: readonly Acceptance[]; history?: string };
export type RenderTask = ReportTask | HistoryTask;
export type RenderAnswer = { page: string } | { problem: string };

/** Reads what is to be rendered; null: there is nothing. */
type ReadTask = () => Promise<RenderTask | null>;

/** `render` resolves to a page, or to null if there is nothing to render. */
export type Renderer = { render: (read: ReadTask) => Promise<string | null>; close: () => Promise<void> };

/** The memory limit of a rendering in MB. A page that needs more ends the thread and is not rendered. */
const HEAP_MB = 1024;

/** Sources in a checkout, compiled files in the package. */
const threadFile = new URL(`./render-thread${path.extname(import.meta.url)}`, import.meta.url);

/**
 * Renders reports in a thread of its own, so that the event loop stays free. One after the other: no more than one large
 * report is in memory. Throws what the thread threw.
 */
export function createRenderer(): Renderer {
  let thread: Worker | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const started = new Worker(threadFile, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    started.once('exit', () => {
      if (thread === started) thread = null;
    });
    return started;
  }

  async function send(task: RenderTask): Promise<string> {
    const used = (thread ??= start());
    used.ref();
    try {
      // An error of the thread itself, such as a full heap, rejects this.
      const answered = once(used, 'message');
      used.postMessage(task, []);
      const [answer]: RenderAnswer[] = await answered;
      if (answer && 'page' in answer) return answer.page;
      throw new Error(`the report could not be rendered: ${answer?.problem}`);
    } finally {
      // The end of the process does not wait for an idle thread.
      used.unref();
    }
  }

  return {
    render: (read) => {
      const task = turn.then(async () => {
        const wanted = await read();
        return wanted && send(wanted);
      });
      turn = task.catch(() => {});
      return task;
    },
    close: async () => {
      await turn;
      await thread?.terminate();
    },
  };
}
