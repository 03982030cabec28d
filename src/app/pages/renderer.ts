import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Acceptance } from '../../report/model/pull-request.ts';
import type { HistoryTask } from './history.ts';

/**
 * The data for the page of a report. `measured`: `Run['measured']` as JSON, as it is in the database. `history`: the
 * address of the repository's history.
 */
type ReportTask = { measured: string; acceptances: readonly Acceptance[]; history?: string };
export type RenderTask = ReportTask | HistoryTask;
export type RenderAnswer = { page: string } | { problem: string };

/** Reads the data for a page; null: there is none. */
type ReadTask = () => Promise<RenderTask | null>;

/** `render` resolves to a page as HTML, or to null if there is nothing to render. */
export type Renderer = { render: (read: ReadTask) => Promise<string | null>; close: () => Promise<void> };

/** The memory limit of the thread in MB. A page that needs more ends the thread and is not rendered. */
const HEAP_MB = 1024;

/** The program of the thread: a TypeScript file in a checkout, a compiled one in the package. */
const threadFile = new URL(`./render-thread${path.extname(import.meta.url)}`, import.meta.url);

/**
 * Creates a renderer that renders pages in a thread of its own, so that the event loop stays free. Pages are rendered
 * one after the other, so that no more than one large report is in memory. `render` rejects with the error of the
 * thread.
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
      // If the thread itself fails, such as by a full heap, this promise rejects.
      const answered = once(used, 'message');
      used.postMessage(task, []);
      const [answer]: RenderAnswer[] = await answered;
      if (answer && 'page' in answer) return answer.page;
      throw new Error(`the report could not be rendered: ${answer?.problem}`);
    } finally {
      // An idle thread must not keep the process alive.
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
