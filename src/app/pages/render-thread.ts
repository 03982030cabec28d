import { parentPort } from 'node:worker_threads';
import { readPageAssets } from '../../page-files.ts';
import { planReview } from '../../report/data/report.ts';
import { renderHtml } from '../../report/html/page.ts';
import { renderHistoryTask } from './history.ts';
import type { RenderAnswer, RenderTask } from './renderer.ts';
import type { Run } from '../../store/types.ts';

/** Renders a page. This file runs in a thread of its own, because a very large report takes seconds. */
function render(task: RenderTask): RenderAnswer {
  try {
    if ('records' in task) return { page: renderHistoryTask(task, readPageAssets()) };
    const { measured, acceptances, history } = task;
    const { review, config }: NonNullable<Run['measured']> = JSON.parse(measured);
    return { page: renderHtml(planReview(review, config, acceptances).report, readPageAssets(), history) };
  } catch (error) {
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (task: RenderTask) => parentPort?.postMessage(render(task), []));
