import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type GoRepository } from '../support/go-repository.ts';
import { createOpenFolder } from '../support/sandboxes.ts';
import { createModule, fingerprintTree, finish, run, start, withoutProgress, worse } from './support.ts';

/** No review of it ends by itself while the test waits, however fast the machine is. */
const slow = `package m

import (
	"testing"
	"time"
)

func BenchmarkSlow(b *testing.B) {
	for i := 0; i < b.N; i++ {
		time.Sleep(time.Hour)
	}
}
`;

/** Mounts a small disk; false where that is not allowed. */
function mountDisk(dir: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('nothing is left behind', () => {
  let repository: GoRepository;
  let temp: string;
  let removeTemp: () => Promise<void>;
  before(async () => {
    repository = await createGoRepository();
    ({ dir: temp, remove: removeTemp } = await createOpenFolder());
    await repository.commit(createModule(undefined, { 'slow_test.go': slow }));
    await repository.commit(createModule(worse, { 'slow_test.go': slow }));
  });
  after(async () => {
    await repository.remove();
    await removeTemp();
  });

  /** Processes that still name the temporary directory of a review. */
  const listProcesses = (dir: string): string =>
    execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`${dir}/allocgate-`))
      .join('\n');

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} at any moment: children and files gone, the repository as it was, status 130`, async () => {
      const untouched = await fingerprintTree(repository.dir);
      for (const delay of signal === 'SIGINT' ? [0, 200, 500, 1000, 2000, 3000] : [1500]) {
        const dir = path.join(temp, `${signal}-${delay}`);
        await mkdir(dir);
        const child = start(['review', '--base', 'HEAD~1'], { cwd: repository.dir, env: { TMPDIR: dir } });
        const ending = finish(child);
        // The first thing that a review does is to make its directory: from then on it has something to clean up.
        while ((await readdir(dir)).length === 0) await sleep(5);
        await sleep(delay);
        child.kill(signal);
        const { status, stdout, stderr } = await ending;
        assert.equal(status, 130, `after ${delay} ms`);
        // Once benchmarks run there is a report of those that were measured.
        if (stdout === '') {
          assert.equal(withoutProgress(stderr), 'allocgate: Interrupted before the command was done.\n');
        } else assert.match(stdout, /The review was stopped/, `after ${delay} ms`);
        assert.deepEqual(await readdir(dir), [], `after ${delay} ms`);
        assert.equal(listProcesses(dir), '', `after ${delay} ms`);
      }
      assert.deepEqual(await fingerprintTree(repository.dir), untouched);
    });
  }

  test('a full disk is called by its name wherever it fills up', async (t) => {
    const disk = path.join(temp, 'disk');
    await mkdir(disk);
    if (!mountDisk(disk, '40k')) return t.skip('mounting a small disk is not allowed here');
    try {
      for (const size of ['40k', '120k', '400k', '4M']) {
        execFileSync('mount', ['-o', `remount,size=${size}`, disk]);
        const result = await run(['review', '--base', 'HEAD~1'], {
          cwd: repository.dir,
          env: { TMPDIR: disk },
        });
        assert.match(
          result.stderr,
          /^allocgate: The disk is full/,
          `${size}: ${result.stdout}${result.stderr}`,
        );
        assert.match(result.stderr, /Free some space, or set TMPDIR/);
        assert.deepEqual([result.status, result.stdout], [3, '']);
        assert.deepEqual(await readdir(disk), [], size);
      }
    } finally {
      execFileSync('umount', [disk]);
    }
    return undefined;
  });
});
