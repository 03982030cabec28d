import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { git } from '../cli/support.ts';
import {
  checkCase,
  commit,
  createScene,
  type ReviewRun,
  reviewScene,
  type Scene,
  verdictOf,
} from './builds-support.ts';
import { after, before } from '../support/hooks.ts';

// A repository whose git data is hostile, through one whole review; test/source has each attack at git's own level.

let scene: Scene;
let review: ReviewRun;
let marker: string;
const OPTION_BRANCH = '--upload-pack=run-me';

/** Makes a file that must exist once the planted program has run. */
async function plantProgram(): Promise<string> {
  const program = path.join(scene.dir, 'program');
  await writeFile(program, `#!/bin/sh\necho "$0 $*" >>'${marker}'\n`);
  await chmod(program, 0o755);
  return program;
}

before(async () => {
  scene = await createScene();
  marker = path.join(scene.dir, 'marker');
  const { dir } = scene.repository;
  const program = await plantProgram();
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n';
  const attributes = '* filter=evil diff=evil merge=evil export-subst text eol=crlf\n';
  const base = { ...(await scene.read('common')), 'neighbour/large.bin': pointer };
  const head = {
    ...base,
    ...(await scene.read('worse', 'attributes')),
    '.gitattributes': attributes,
    '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::${program}\n\tupdate = !${program}\n`,
  };
  const first = await commit(scene, base);
  await commit(scene, head);
  await git(dir, 'update-index', '--add', '--cacheinfo', `160000,${first},x`);
  await git(dir, 'commit', '--quiet', '-m', '::error::hushhush-message\n\u001B]0;title\u0007 @everyone');
  const tip = await git(dir, 'rev-parse', 'HEAD');
  await git(dir, 'update-ref', `refs/heads/${OPTION_BRANCH}`, first);
  await git(dir, 'update-ref', 'refs/heads/$(touch${IFS}x);`id`', tip);
  // Another history for readers that believe in it: head would be its own base.
  await git(dir, 'replace', first, tip);
  await mkdir(path.join(dir, '.git', 'info'), { recursive: true });
  await writeFile(path.join(dir, '.git', 'info', 'grafts'), `${tip}\n`);
  await writeFile(path.join(dir, '.git', 'info', 'attributes'), attributes);
  await mkdir(path.join(scene.dir, 'objects'));
  await writeFile(
    path.join(dir, '.git', 'objects', 'info', 'alternates'),
    `${path.join(scene.dir, 'objects')}\n`,
  );
  const settings = {
    'core.fsmonitor': program,
    'core.sshCommand': program,
    'core.worktree': dir,
    'core.alternateRefsCommand': program,
    'filter.evil.clean': program,
    'filter.evil.smudge': program,
    'filter.evil.process': program,
    'diff.evil.textconv': program,
    'diff.external': program,
    'submodule.recurse': 'true',
    'diff.ignoreSubmodules': 'none',
    'remote.origin.url': `ext::${program}`,
    'remote.origin.promisor': 'true',
  };
  for (const [name, value] of Object.entries(settings)) await git(dir, 'config', name, value);
  // Without --head the files of the work tree are also read.
  await writeFile(path.join(dir, 'neighbour', 'more.go'), 'package neighbour\n');
  const args = [`--base=${OPTION_BRANCH}`, '--format', 'json'];
  review = await reviewScene(scene, { args });
});
after(() => scene.remove());

checkCase('git-odd-names', () => {
  assert.equal(review.status, 1, review.stderr);
  assert.equal(verdictOf(review, 'BenchmarkNeighbour'), 'regression');
  assert.doesNotMatch(review.stdout + review.stderr, /@everyone|::error|run-me/u);
});

checkCase('git-settings', () => {
  assert.ok(!existsSync(marker), 'a planted program has run');
  try {
    execFileSync('git', ['status'], { cwd: scene.repository.dir, stdio: 'ignore' });
  } catch {
    // Only whether the planted program runs counts.
  }
  assert.ok(existsSync(marker), 'the trap works');
});

checkCase('git-attributes', () => {
  const warnings = review.report?.warnings.join('\n');
  assert.equal(verdictOf(review, 'attributes.BenchmarkAttributes'), 'new', warnings);
});

checkCase('git-submodule', () => {
  assert.deepEqual(review.report?.buildErrors, []);
});

checkCase('git-replaced-commit', () => {
  assert.match(review.report?.base.sha ?? '', /^[0-9a-f]{40}$/u);
  assert.notEqual(review.report?.base.sha, review.report?.head.sha);
  assert.equal(verdictOf(review, 'BenchmarkNeighbour'), 'regression');
});
