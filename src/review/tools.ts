import path from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Toolchain } from '../go/toolchain.ts';
import type { BuildTools } from './build.ts';
import { openCaches } from './caches.ts';
import type { Enclosure, Task } from './types.ts';
import type { Workspace } from './workspace.ts';

/** Opens the caches of one review, and creates the data that all its builds share. */
export async function openTools(
  workspace: Workspace,
  {
    config,
    cacheName,
    pullRequest,
    isTrustedBase,
  }: Pick<Task, 'cacheName' | 'pullRequest' | 'isTrustedBase'> & { config: Pick<Config, 'benchmarks'> },
  { sandbox, limits, privateModules }: Enclosure,
  toolchain: Toolchain,
): Promise<BuildTools> {
  const names = {
    repository: cacheName,
    pullRequest: typeof pullRequest === 'number' ? `${cacheName}/pull/${pullRequest}` : null,
  };
  const { folders, ownCache, keep, head } = await openCaches(workspace, names, sandbox, toolchain);
  return {
    sandbox,
    toolchain,
    folders,
    limits,
    downloads: { ownCache, privateModules },
    keepCompiled: isTrustedBase ? keep : async () => {},
    headCache: head,
    diagnosticsDir: path.join(workspace.dir, 'diagnostics'),
    outDir: path.join(workspace.dir, 'out'),
    tags: config.benchmarks.tags,
  };
}
