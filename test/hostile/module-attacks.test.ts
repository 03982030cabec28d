import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { after, before } from '../support/hooks.ts';
import { publishModule, sumModule } from '../support/module-proxy.ts';
import {
  checkCase,
  commit,
  copyState,
  createScene,
  reviewScene,
  type Scene,
  verdictOf,
} from './builds-support.ts';

// What go.mod, go.work and a module proxy can lead the go command to.

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.remove());

/** A local module proxy with the files in `dir`. It records the requests. */
async function serve(dir: string): Promise<{ server: Server; url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    readFile(path.join(dir, path.normalize(decodeURIComponent(request.url ?? '')))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, asked, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}

checkCase('go-line-of-the-future', async () => {
  const base = await scene.read('common');
  await commit(scene, base);
  await commit(scene, { ...base, 'go.mod': 'module example.com/hostile\n\ngo 1.99\n' });
  const { status, stderr, stdout } = await reviewScene(scene);
  assert.match(stderr, /The module needs Go 1\.99 or newer; the installed version is 1\./u);
  assert.match(stderr, /never downloads one/u);
  assert.deepEqual([status, stdout], [3, '']);
});

checkCase('modules-of-a-lying-proxy', async () => {
  const folder = path.join(scene.dir, 'proxy');
  const version = 'v1.0.0';
  const describe = (name: string): string => `module example.com/${name}\n`;
  const needed = { 'go.mod': describe('needed'), 'needed.go': 'package needed\n\nconst Text = "promised"\n' };
  const escaping = { 'go.mod': describe('escaping'), '../../../../../../escaped.go': 'package escaped\n' };
  await publishModule(folder, 'example.com/needed', version, { ...needed, 'more.go': 'package needed\n' });
  await publishModule(folder, 'example.com/escaping', version, escaping);
  const requirements = ['escaping', 'needed'].map((name) => `require example.com/${name} ${version}\n`);
  const own = await scene.read('common', 'modules');
  const files = {
    ...own,
    'go.mod': `${describe('hostile')}\ngo 1.24\n\n${requirements.join('')}`,
    'go.sum':
      sumModule('example.com/escaping', version, escaping) + sumModule('example.com/needed', version, needed),
  };
  await commit(scene, files);
  // Both packages change, so that both must compile.
  const needs = { 'needs/needs.go': `${own['needs/needs.go']}\nconst Changed = true\n` };
  await commit(scene, { ...files, ...(await scene.read('worse')), ...needs, 'go.mod': files['go.mod'] });
  const { server, url, asked } = await serve(folder);
  try {
    const state = await copyState(scene);
    const env = { GOPROXY: `${url},direct`, GOSUMDB: 'off', GOMODCACHE: '', XDG_CACHE_HOME: state };
    const review = await reviewScene(scene, { env });
    const warnings = review.report?.warnings.join('\n') ?? review.stderr;
    assert.ok(asked.length > 0, 'the trap works');
    assert.match(
      warnings,
      /could be downloaded (?:at base|at head|on both sides); packages that need the missing ones do not compile/u,
    );
    assert.match(warnings, /checksum mismatch|unexpected file name/u);
    assert.match(warnings, /hostile\/needs does not compile/u);
    assert.equal(verdictOf(review, 'BenchmarkNeighbour'), 'regression', warnings);
    const written = await readdir(state, { recursive: true });
    assert.deepEqual(
      written.filter((file) => /escaped\.go|needed@|escaping@/u.test(file)),
      [],
    );
  } finally {
    server.close();
  }
});

checkCase('replace-outside-of-the-tree', async () => {
  const base = await scene.read('common');
  await commit(scene, base);
  const secretModule = path.join(scene.dir, 'needed');
  await mkdir(secretModule);
  await writeFile(path.join(secretModule, 'go.mod'), 'module example.com/needed\n');
  await writeFile(path.join(secretModule, 'a.go'), `package needed\n\nconst Text = "${scene.secret}"\n`);
  const relative = path.join('../../../../../../..', secretModule);
  const goMod = `${base['go.mod']}
require (
	example.com/needed v1.0.0
	example.com/other v1.0.0
)

replace (
	example.com/needed => ${secretModule}
	example.com/other => ${relative}
)
`;
  await commit(scene, { ...base, ...(await scene.read('modules', 'worse')), 'go.mod': goMod });
  const { status, report } = await reviewScene(scene);
  assert.deepEqual([status, report?.benchmarks.map(({ name }) => name)], [1, ['BenchmarkNeighbour']]);
  assert.match(report?.warnings.join('\n') ?? '', /replacement directory \S+ does not exist/u);
});

checkCase('go-work-outside-of-the-tree', async () => {
  const base = await scene.read('common');
  await commit(scene, base);
  const work = 'go 1.24\n\nuse (\n\t.\n\t../../..\n)\n';
  await commit(scene, { ...base, ...(await scene.read('worse')), 'go.work': work });
  // Three folders above the exported tree.
  await writeFile(path.join(scene.dir, 'go.mod'), 'module example.com/above\n\ngo 1.24\n');
  const { status, stderr } = await reviewScene(scene);
  assert.equal(status, 3);
  assert.match(stderr, /cannot load module \.\.\/\.\.\/\.\. listed in go\.work file/u);
});
