import { createOpenFolder } from '../support/sandboxes.ts';

/** Calls `work` with a temporary folder that reviewed programs can enter, too, and removes it afterwards. */
export async function inScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const { dir, remove } = await createOpenFolder();
  try {
    return await work(dir);
  } finally {
    await remove();
  }
}
