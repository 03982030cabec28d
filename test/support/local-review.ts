import type { Config } from '../../src/config/schema.ts';
import { planReport } from '../../src/report/data/report.ts';
import type { Review } from '../../src/report/model/review.ts';
import type { Report } from '../../src/report/model/schema.ts';
import { type LocalRequest, reviewLocal } from '../../src/review/local.ts';
import { createGoRepository, type Files, type GoRepository } from './go-repository.ts';

export type LocalReview = { report: Report; result: Review; config: Config };

/** A review of two commits by the real git and the real Go toolchain, which nobody interrupts or watches. */
export async function makeReview(
  dir: string,
  base: string,
  head: string,
  options: Partial<LocalRequest> = {},
): Promise<LocalReview> {
  const { signal } = new AbortController();
  const { result, config } = await reviewLocal({ dir, base, head, signal, onProgress: () => {}, ...options });
  return { report: planReport(result, config), result, config };
}

/** Commits the files of both sides to a repository of their own and reviews them. `repository.remove()` when done. */
export async function reviewChange(
  base: Files,
  head: Files,
  options: Partial<LocalRequest> = {},
): Promise<LocalReview & { repository: GoRepository }> {
  const repository = await createGoRepository();
  const baseSha = await repository.commit(base);
  const headSha = await repository.commit(head);
  return { ...(await makeReview(repository.dir, baseSha, headSha, options)), repository };
}
