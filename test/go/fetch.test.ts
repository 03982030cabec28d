import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { chooseProxies, fetchModules, type FetchTask } from '../../src/go/fetch.ts';
import { findToolchain, type Toolchain } from '../../src/go/toolchain.ts';
import { after, before } from '../support/hooks.ts';
import type { Files } from '../support/go-repository.ts';
import { publishModule, sumModule } from '../support/module-proxy.ts';
import { createTestSandbox, stageLimits, type TestSandbox } from '../support/sandboxes.ts';

const own = '/home/u/go/pkg/mod';
const ownUrl = 'file:///home/u/go/pkg/mod/cache/download';

for (const [configured, ownCache, expected] of [
  ['https://proxy.golang.org,direct', null, 'https://proxy.golang.org'],
  ['https://proxy.golang.org,direct', own, `${ownUrl},https://proxy.golang.org`],
  ['direct', null, 'off'],
  ['direct', own, ownUrl],
  ['', null, 'off'],
  ['off', own, ownUrl],
  ['https://a.example|https://b.example,direct', null, 'https://a.example|https://b.example'],
  ['https://a.example|https://b.example', own, `${ownUrl},https://a.example|https://b.example`],
  ['direct,https://a.example', null, 'https://a.example'],
  ['https://a.example,off,https://b.example', null, 'https://a.example'],
  [' https://a.example , direct ', null, 'https://a.example'],
] as const) {
  test(`GOPROXY=${configured}${ownCache === null ? '' : ' and a cache of the user'} becomes ${expected}`, () => {
    assert.equal(chooseProxies(configured, ownCache), expected);
  });
}

let box: TestSandbox;
let toolchain: Toolchain;
let proxy: string;
before(async () => {
  box = await createTestSandbox('bubblewrap');
  toolchain = await findToolchain(new AbortController().signal);
  proxy = path.join(box.dir, 'proxy');
  for (const name of ['one', 'two'])
    await publishModule(proxy, `example.com/${name}`, 'v1.0.0', filesOf(name));
  await publishModule(proxy, 'example.com/three', 'v1.0.0', three);
});
after(() => box.remove());

const filesOf = (name: string): Files => ({
  'go.mod': `module example.com/${name}\n`,
  'a.go': `package ${name}\n`,
});
/** A module that needs another one. */
const three: Files = {
  'go.mod': 'module example.com/three\n\nrequire example.com/two v1.0.0\n',
  'a.go': 'package three\n\nimport _ "example.com/two"\n',
};
const sums = (...names: string[]): string =>
  names.map((name) => sumModule(`example.com/${name}`, 'v1.0.0', filesOf(name))).join('');

/** A tree with these files, and a module cache of its own. */
async function prepare(name: string, files: Readonly<Record<string, string>>): Promise<FetchTask> {
  const treeDir = path.join(box.dir, name);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(treeDir, file)), { recursive: true });
    await writeFile(path.join(treeDir, file), text);
  }
  const moduleCache = path.join(box.dir, `${name}-modules`);
  await box.sandbox.makeWritable(moduleCache, 'fetch');
  return {
    sandbox: box.sandbox,
    toolchain: { ...toolchain, settings: { GOPROXY: `file://${proxy},direct`, GOSUMDB: 'off' } },
    folders: { buildCache: box.dir, baseCaches: [], moduleCache, temp: box.dir, compilers: null },
    limits: stageLimits,
    treeDir,
    module: { path: 'example.com/m', dir: '.' },
    goWork: 'off',
    downloads: { ownCache: null, privateModules: false },
  };
}

const goMod = (...requirements: string[]): string =>
  `module example.com/m\n\ngo 1.24\n\nrequire (\n${requirements.map((one) => `\t${one}\n`).join('')})\n`;

const listFetched = (task: FetchTask): Promise<string[]> =>
  readdir(path.join(task.folders.moduleCache, 'example.com')).catch(() => []);

test('modules come from a proxy in a folder, and are asked for once', async () => {
  const task = await prepare('once', { 'go.mod': goMod('example.com/one v1.0.0'), 'go.sum': sums('one') });
  assert.equal(await fetchModules(task), null);
  assert.deepEqual(await listFetched(task), ['one@v1.0.0']);
  await rename(proxy, `${proxy}-away`);
  try {
    assert.equal(await fetchModules(task), null, 'the second time nobody is asked');
    await writeFile(
      path.join(task.treeDir, 'go.mod'),
      goMod('example.com/one v1.0.0', 'example.com/two v1.0.0'),
    );
    assert.notEqual(await fetchModules(task), null, 'for another go.mod somebody is');
  } finally {
    await rename(`${proxy}-away`, proxy);
  }
});

for (const [what, line] of [
  ['no go line', ''],
  ['an old go line', 'go 1.12\n\n'],
] as const) {
  test(`a go.mod with ${what} is read and left as it is`, async () => {
    const text = `module example.com/m\n\n${line}require example.com/three v1.0.0\n`;
    const sum = sums('two') + sumModule('example.com/three', 'v1.0.0', three);
    const task = await prepare(what.replaceAll(' ', '-'), { 'go.mod': text, 'go.sum': sum });
    // What the review itself reads stays out of the go command's reach.
    await chmod(path.join(task.treeDir, 'go.mod'), 0o444);
    assert.equal(await fetchModules(task), null);
    assert.deepEqual((await listFetched(task)).sort(), ['three@v1.0.0', 'two@v1.0.0']);
    assert.equal(await readFile(path.join(task.treeDir, 'go.mod'), 'utf8'), text);
  });
}

test('a vendor folder counts only from go 1.14 on, as for the go command', async () => {
  for (const [line, fetched] of [
    ['', ['one@v1.0.0']],
    ['go 1.13\n\n', ['one@v1.0.0']],
    ['go 1.14\n\n', []],
    ['go 1.24.0\n\n', []],
  ] as const) {
    const task = await prepare(`vendor-${line.trim().replace(' ', '-')}`, {
      'go.mod': `module example.com/m\n\n${line}require example.com/one v1.0.0\n`,
      'go.sum': sums('one'),
      'vendor/modules.txt': '# example.com/one v1.0.0\n## explicit\nexample.com/one\n',
    });
    assert.equal(await fetchModules(task), null);
    assert.deepEqual(await listFetched(task), fetched, line);
  }
});

test('a private module is had only where the operator says so, and then from a proxy', async () => {
  const files = { 'go.mod': goMod('example.com/one v1.0.0'), 'go.sum': sums('one') };
  const task = await prepare('private', files);
  const settings = { ...task.toolchain.settings, GOPRIVATE: 'example.com/*' };
  const hidden: FetchTask = { ...task, toolchain: { ...task.toolchain, settings } };
  assert.match((await fetchModules(hidden))?.join('\n') ?? '', /example\.com\/one/);
  assert.deepEqual(await listFetched(task), []);
  assert.equal(await fetchModules({ ...hidden, downloads: { ownCache: null, privateModules: true } }), null);
  assert.deepEqual(await listFetched(task), ['one@v1.0.0']);
});

test('an emptied module cache is filled again', async () => {
  const task = await prepare('emptied', { 'go.mod': goMod('example.com/one v1.0.0'), 'go.sum': sums('one') });
  await fetchModules(task);
  await rm(task.folders.moduleCache, { recursive: true });
  await box.sandbox.makeWritable(task.folders.moduleCache, 'fetch');
  assert.equal(await fetchModules(task), null);
  assert.deepEqual(await listFetched(task), ['one@v1.0.0']);
});

test('what another module of the workspace needs is fetched when that changes', async () => {
  const inner = 'module example.com/m/inner\n\ngo 1.24\n';
  const files = {
    'go.mod': 'module example.com/m\n\ngo 1.24\n',
    'inner/go.mod': inner,
    'inner/go.sum': sums('two'),
    'go.work': 'go 1.24\n\nuse (\n\t.\n\t./inner\n)\n',
  };
  const task = await prepare('workspace', files);
  const inWorkspace = { ...task, goWork: path.join(task.treeDir, 'go.work') };
  assert.equal(await fetchModules(inWorkspace), null);
  await writeFile(path.join(task.treeDir, 'inner/go.mod'), `${inner}\nrequire example.com/two v1.0.0\n`);
  assert.equal(await fetchModules(inWorkspace), null);
  assert.deepEqual(await listFetched(task), ['two@v1.0.0']);
});

test('a module that does not match go.sum is refused', async () => {
  const wrong = { ...filesOf('one'), 'a.go': 'package other' };
  const sum = sums('two') + sumModule('example.com/one', 'v1.0.0', wrong);
  const files = { 'go.mod': goMod('example.com/one v1.0.0', 'example.com/two v1.0.0'), 'go.sum': sum };
  const task = await prepare('mismatch', files);
  assert.match((await fetchModules(task))?.join('\n') ?? '', /checksum mismatch/u);
  assert.ok(!(await listFetched(task)).includes('one@v1.0.0'));
});

test('nothing is asked of the repository that a module names', async () => {
  const task = await prepare('direct', { 'go.mod': goMod('192.0.2.1/only.git/here v1.0.0') });
  const lines = (await fetchModules(task))?.join('\n') ?? '';
  assert.match(lines, /192\.0\.2\.1\/only\.git\/here/u);
  assert.doesNotMatch(lines, /dial|timeout|GOVCS|git ls-remote|unrecognized import path/u);
});

test('a zip that leads out of its module is refused', async () => {
  const files = { 'go.mod': 'module example.com/out\n', '../../../../../../out.go': 'package out\n' };
  await publishModule(proxy, 'example.com/out', 'v1.0.0', files);
  const sum = sumModule('example.com/out', 'v1.0.0', files);
  const task = await prepare('traversal', { 'go.mod': goMod('example.com/out v1.0.0'), 'go.sum': sum });
  assert.match(
    (await fetchModules(task))?.join('\n') ?? '',
    /unexpected file name|malformed file path|invalid/u,
  );
  assert.deepEqual(await listFetched(task), []);
});

test('a limit that ends it is named', async () => {
  const task = await prepare('slow', { 'go.mod': goMod('example.com/one v1.0.0') });
  const lines = await fetchModules({ ...task, limits: { ...stageLimits, fetchMs: 1 } });
  assert.match(lines?.[0] ?? '', /ran out of time \(limits\.fetchSeconds\)/u);
});
