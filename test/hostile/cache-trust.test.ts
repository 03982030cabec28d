import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { git } from '../cli/support.ts';
import {
  checkCase,
  commit,
  copyState,
  createScene,
  reviewScene,
  type Scene,
  verdictOf,
} from './builds-support.ts';
import { after, before } from '../support/hooks.ts';

// Only compilations of merged code are kept between reviews.

let scene: Scene;
let state: string;
before(async () => {
  scene = await createScene();
  state = await copyState(scene);
});
after(() => scene.remove());

/** The number of kept files that contain a text. */
async function countFiles(text: string): Promise<number> {
  const entries = await readdir(state, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const found = await Promise.all(files.map(async (file) => (await readFile(file)).includes(text)));
  return found.filter(Boolean).length;
}

const invent = (): string => `marker${randomBytes(8).toString('hex')}`;
const pack = (marker: string): string => `package marked\n\nfunc Text() string { return "${marker}" }\n`;

checkCase('unmerged-build-cache', async () => {
  const [merged, proposed, later] = [invent(), invent(), invent()];
  const base = await scene.read('common');
  const dir = scene.repository.dir;
  await commit(scene, { ...base, 'marked/marked.go': pack(merged) });
  await git(dir, 'checkout', '--quiet', '-b', 'proposal');
  await commit(scene, { ...base, ...(await scene.read('worse')), 'marked/marked.go': pack(proposed) });
  const env = { XDG_CACHE_HOME: state };
  const first = await reviewScene(scene, { env });
  assert.equal(verdictOf(first, 'BenchmarkNeighbour'), 'regression', first.stderr);
  assert.ok((await countFiles(merged)) > 0, 'what is merged is kept');
  assert.equal(await countFiles(proposed), 0);

  // The base of the next review is the proposal itself, which is not merged.
  await commit(scene, { ...base, 'marked/marked.go': pack(later) });
  const second = await reviewScene(scene, { env });
  assert.equal(verdictOf(second, 'BenchmarkNeighbour'), 'improvement', second.stderr);
  assert.deepEqual([await countFiles(proposed), await countFiles(later)], [0, 0]);
});
