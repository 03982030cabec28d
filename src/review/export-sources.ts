import { type ExportSummary, exportTree } from '../source/export.ts';
import type { Repository } from '../source/repository.ts';
import type { TreeLimits } from '../source/tree.ts';
import { hideLineComments } from '../syntax/line-comments.ts';

/**
 * Exports a commit for building it: as it is, but for comments that give lines another place (see `hideLineComments`).
 * Also those in testdata, where generated packages can be.
 */
export async function exportSources(
  repository: Repository,
  treeish: string,
  dir: string,
  limits: Partial<TreeLimits>,
): Promise<ExportSummary> {
  return exportTree(repository, treeish, dir, limits, (file) =>
    file.endsWith('.go') ? hideLineComments : null,
  );
}
