import path from 'node:path';
import type { Review } from '../report/model/review.ts';
import { openSandbox } from '../sandbox/sandbox.ts';
import { openRepository } from '../source/repository.ts';
import { trimCaches } from './caches.ts';
import type { Extend } from './lab.ts';
import { review } from './review.ts';
import { loadRules } from './rule-files.ts';
import { loadSettings, processLimits, reviewLimits } from './settings.ts';
import type { Confinement, Enclosure, Session, Task } from './types.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Opens the repository in `dir`, which is only read, and creates a workspace. Disposing of the session removes the
 * workspace. Throws `Failure`, such as `bad-settings`.
 */
export async function openSession(dir: string, signal: AbortSignal): Promise<Session & AsyncDisposable> {
  const { settings } = await loadSettings();
  const workspace = await openWorkspace();
  const close = (): PromiseLike<void> => workspace[Symbol.asyncDispose]();
  try {
    const source = path.join(workspace.dir, 'source');
    const repository = await openRepository(path.resolve(dir), source, { signal });
    const { rules } = await loadRules();
    return { settings, workspace, repository, rules, signal, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens the sandbox. Disposing of it ends all programs in it. Throws `sandbox-unavailable`. */
export async function openEnclosure(
  { settings, workspace, signal }: Session,
  { tier, privateModules }: Confinement,
): Promise<Enclosure & AsyncDisposable> {
  const sandbox = await openSandbox(tier ?? settings.sandbox, processLimits(settings), workspace, signal);
  return {
    sandbox,
    limits: reviewLimits(settings),
    privateModules: privateModules ?? settings.modules.private,
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/**
 * Runs the review of a task. Throws `Failure` if the review is impossible.
 * @param extend called with the result before the sandbox closes
 */
export async function reviewTask(
  session: Session,
  task: Task,
  confinement: Confinement,
  extend?: Extend,
): Promise<Review> {
  await using enclosure = await openEnclosure(session, confinement);
  const result = await review(session, task, enclosure, extend);
  await trimCaches(session.settings.cache);
  return result;
}
