import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  checkCase,
  commit,
  createScene,
  openFile,
  type ReviewRun,
  reviewScene,
  type Scene,
  SECRET,
  verdictOf,
} from './builds-support.ts';
import { after, before } from '../support/hooks.ts';

// What a hostile pull request has the go command, the C compiler and the linker do, reviewed for real.

let scene: Scene;
let review: ReviewRun;

before(async () => {
  scene = await createScene();
  const { secretFile, dir } = scene;
  const refused = { 'embed/link.txt': secretFile };
  const links = {
    'links/secret.txt': secretFile,
    'links/other.go': secretFile,
    'links/environment': '/proc/self/environ',
    'links/loop': 'loop',
    'links/testdata': dir,
  };
  await commit(scene, await scene.read('common'));
  const head = await scene.read('common', 'refused', 'worse', 'harmless');
  await commit(scene, head, { ...refused, ...links });
  const file = await openFile(secretFile);
  review = await reviewScene(scene, { descriptor: file.fd, env: { API_TOKEN: scene.secret } });
  await file.close();
});
after(() => scene.remove());

const warningAbout = (name: string): string =>
  review.report?.warnings.find((warning) => warning.startsWith(`example.com/hostile/${name} `)) ?? '';

/** A package that is missing for its own reasons fails its benchmark with the error. */
const isMeasured = (name: string): void => {
  const found = review.report?.warnings.filter((warning) => warning.includes(`hostile/${name}`));
  assert.equal(verdictOf(review, name), 'new', found?.join('\n'));
};

void test('the neighbour of all of them is measured, and gates', () => {
  assert.equal(verdictOf(review, 'neighbour.BenchmarkNeighbour'), 'regression');
  assert.equal(review.status, 1, review.stderr);
  assert.equal(review.report?.findings.length, 1);
});

checkCase('toolchain-line', () => {
  // common/go.mod asks for a toolchain of the year 2100 or so: nothing is downloaded, and the installed one serves.
  assert.match(review.report?.toolchain.go ?? '', /^go1\.\d\d?(?:\.|$)/u);
});

checkCase('cgo-compiler-plugin', () => {
  assert.match(warningAbout('cflags'), /invalid flag in #cgo CFLAGS: -fplugin/u);
});

checkCase('cgo-linker-plugin', () => {
  assert.match(warningAbout('ldflags'), /invalid flag in #cgo LDFLAGS: -Wl,-plugin/u);
});

checkCase('cgo-pkg-config', () => {
  assert.match(warningAbout('pkgconfig'), /does not compile/u);
});

checkCase('cgo-include-secret', () => {
  assert.match(warningAbout('include'), /secret\.h: No such file or directory/u);
});

checkCase('embed-link-outside', () => {
  assert.match(warningAbout('embed'), /no matching files found/u);
});

checkCase('incbin-secret', () => isMeasured('incbin.BenchmarkIncbin'));

checkCase('go-generate', async () => {
  isMeasured('generate.BenchmarkGenerate');
  await assert.rejects(access(path.join(scene.dir, 'marker')));
});

checkCase('settings-planted-by-a-benchmark', () => isMeasured('settings.BenchmarkSettings'));

checkCase('links-out-of-the-tree', () => isMeasured('links.BenchmarkLinks'));

checkCase('source-replaced-by-a-link', () => isMeasured('swap.BenchmarkSwap'));

checkCase('inherited-descriptor', () => {
  isMeasured('inherited.BenchmarkInherited');
  assert.doesNotMatch(review.stdout + review.stderr, SECRET);
});
