import path from 'node:path';
import type { Toolchain } from '../go/toolchain.ts';
import type { BuildTools } from './build.ts';
import { type Caches, openCaches } from './caches.ts';
import type { ReviewOptions } from './review.ts';

/** Opens the caches of one review or compilation, and gathers what every build of it shares. */
export async function openTools(
  {
    workspace,
    sandbox,
    limits,
    cacheName,
    config,
  }: Pick<ReviewOptions, 'workspace' | 'sandbox' | 'limits' | 'cacheName' | 'config'>,
  toolchain: Toolchain,
): Promise<{ tools: BuildTools; caches: Caches }> {
  const caches = await openCaches(workspace, cacheName, sandbox, toolchain);
  const tools: BuildTools = {
    sandbox,
    toolchain,
    folders: caches.folders,
    limits,
    diagnosticsDir: path.join(workspace.dir, 'diagnostics'),
    outDir: path.join(workspace.dir, 'out'),
    tags: config.benchmarks.tags,
  };
  return { tools, caches };
}
