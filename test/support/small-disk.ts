import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system that is soon full. */
export type SmallDisk = {
  dir: string;
  /** Uses up its space but for so many bytes; again: anew. */
  fill: (left: number) => Promise<void>;
  empty: () => Promise<void>;
  remove: () => Promise<void>;
};

/** Mounts one in memory, which only root may. */
export async function mountSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'tmpfs', dir]).catch(
    (error: unknown) => {
      throw new Error('this test fills a disk that it mounts: run it as root', { cause: error });
    },
  );
  const filler = path.join(dir, 'filler');
  const empty = (): Promise<void> => rm(filler, { force: true });
  return {
    dir,
    fill: async (left) => {
      await empty();
      const { bavail, bsize } = await statfs(dir);
      await writeFile(filler, Buffer.alloc(Math.max(bavail * bsize - left, 0), 1));
    },
    empty,
    remove: async () => {
      // What a process that was just killed still has open is let go a moment later.
      await run('umount', ['--lazy', dir]);
      await rm(dir, { recursive: true });
    },
  };
}
