import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TreeDiff } from '../../src/compare/types.ts';
import type { BuildContext } from '../../src/go/go-command.ts';
import { listSources, type SourceGraph } from '../../src/go/source-graph.ts';
import { buildEnvironment, findToolchain, type Toolchain } from '../../src/go/toolchain.ts';
import { planModule } from '../../src/review/plan.ts';
import { readMeaning } from '../../src/syntax/meaning.ts';
import { after, before } from '../support/hooks.ts';
import { createTestSandbox, stageLimits } from '../support/sandboxes.ts';

const benchmark = (name: string): string =>
  `package ${name}\n\nimport "testing"\n\nfunc BenchmarkF(b *testing.B) { F() }\n`;

// near ← far ← farthest, and packages that share nothing with them.
const files: Record<string, string> = {
  'go.mod': 'module example.com/p\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n',
  'vendor/modules.txt': '# example.com/dep v1.0.0\n## explicit; go 1.24\nexample.com/dep\n',
  'vendor/example.com/dep/dep.go': 'package dep\n\nfunc One() int { return 1 }\n',
  'near/near.go': 'package near\n\nfunc F() {}\n',
  'near/near_test.go': benchmark('near'),
  'far/far.go': 'package far\n\nimport "example.com/p/near"\n\nfunc F() { near.F() }\n',
  'far/far_test.go': benchmark('far'),
  'farthest/farthest.go': 'package farthest\n\nimport "example.com/p/far"\n\nfunc F() { far.F() }\n',
  'farthest/farthest_test.go': benchmark('farthest'),
  'helped/helped.go': 'package helped\n\nfunc F() {}\n',
  'helped/helped_test.go':
    'package helped_test\n\nimport (\n\t"testing"\n\n\t"example.com/p/helped"\n\t"example.com/p/helper"\n)\n\nfunc BenchmarkF(b *testing.B) { helper.Help(); helped.F() }\n',
  'helper/helper.go': 'package helper\n\nfunc Help() {}\n',
  'embeds/embeds.go':
    'package embeds\n\nimport _ "embed"\n\n//go:embed data/text\nvar text string\n\nfunc F() { println(len(text)) }\n',
  'embeds/data/text': 'text\n',
  'embeds/embeds_test.go': benchmark('embeds'),
  'reads/reads.go': 'package reads\n\nfunc F() {}\n',
  'reads/reads_test.go': benchmark('reads'),
  'reads/testdata/input': 'input\n',
  'native/native.go':
    'package native\n\n// #include "../include/size.h"\nimport "C"\n\nfunc F() { _ = C.SIZE }\n',
  'native/native_test.go': benchmark('native'),
  'include/size.h': '#define SIZE 1\n',
  'tagged/tagged.go': 'package tagged\n\nfunc F() {}\n',
  'tagged/windows_only.go': '//go:build windows\n\npackage tagged\n',
  'tagged/tagged_test.go': benchmark('tagged'),
  'vendored/vendored.go': 'package vendored\n\nimport "example.com/dep"\n\nfunc F() { dep.One() }\n',
  'vendored/vendored_test.go': benchmark('vendored'),
  'lost/lost.go': 'package lost\n\nimport _ "example.com/lost"\n\nfunc F() {}\n',
  'lost/lost_test.go': benchmark('lost'),
  'program/program.go': 'package main\n\nfunc F() {}\n\nfunc main() {}\n',
  'program/program_test.go': benchmark('main'),
  'plain/plain.go': 'package plain\n\nfunc G() {}\n',
  'README.md': 'words\n',
};

const EVERYTHING =
  'embeds 0, far 0, farthest 0, helped 0, lost 0, native 0, near 0, program 0, reads 0, tagged 0, vendored 0'.split(
    ', ',
  );

let dir: string;
let toolchain: Toolchain;
let base: SourceGraph;

async function write(name: string, changes: Readonly<Record<string, string>>): Promise<string> {
  const tree = path.join(dir, name);
  for (const [file, text] of Object.entries({ ...files, ...changes })) {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), text);
  }
  return tree;
}

async function read(treeDir: string, changed: readonly string[]): Promise<SourceGraph> {
  const { sandbox } = await createTestSandbox('none');
  const folders = {
    buildCache: path.join(dir, 'cache'),
    baseCaches: [],
    moduleCache: dir,
    temp: dir,
    compilers: null,
  };
  const module = { path: 'example.com/p', dir: '.' };
  const env = buildEnvironment(toolchain, sandbox, folders, 'off');
  const context: BuildContext = {
    sandbox,
    toolchain,
    folders,
    limits: stageLimits,
    treeDir,
    module,
    env,
    modulePaths: [module.path],
    tags: [],
  };
  return listSources(context, ['./...'], { files: new Set(changed), readMeaning });
}

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'plan-test-'));
  toolchain = await findToolchain(new AbortController().signal);
  const everything = Object.keys(files);
  base = await read(await write('base', {}), everything);
});
after(() => rm(dir, { recursive: true, force: true }));

const cases: readonly (readonly [what: string, file: string, text: string, affected: readonly string[]])[] = [
  [
    'a package',
    'near/near.go',
    'package near\n\nfunc F() { println() }\n',
    ['near 0', 'far 1', 'farthest 2'],
  ],
  [
    'a comment and the layout of a package',
    'near/near.go',
    '// Package near is near.\npackage near\n\n\nfunc F() { // nothing\n}\n',
    [],
  ],
  [
    'a directive',
    'near/near.go',
    'package near\n\n//go:noinline\nfunc F() {}\n',
    ['near 0', 'far 1', 'farthest 2'],
  ],
  ['a comment of a test file', 'far/far_test.go', `${benchmark('far')}// The end.\n`, []],
  ['a package without benchmarks', 'plain/plain.go', 'package plain\n\nfunc G() { println() }\n', []],
  ['a test file', 'far/far_test.go', benchmark('far').replace('F() }', 'F(); F() }'), ['far 0']],
  [
    'what only a test imports',
    'helper/helper.go',
    'package helper\n\nfunc Help() { println() }\n',
    ['helped 1'],
  ],
  ['an embedded file', 'embeds/data/text', 'another text\n', ['embeds 0']],
  ['test data', 'reads/testdata/input', 'another input\n', ['reads 0']],
  ['a header in another folder', 'include/size.h', '#define SIZE 2\n', ['native 0']],
  [
    'a file for another system',
    'tagged/windows_only.go',
    '//go:build windows\n\npackage tagged\n\nvar x = 1\n',
    [],
  ],
  [
    'vendored code',
    'vendor/example.com/dep/dep.go',
    'package dep\n\nfunc One() int { return 2 }\n',
    ['vendored 1'],
  ],
  ['the language version', 'go.mod', files['go.mod']?.replace('1.24', '1.23') ?? '', EVERYTHING],
  [
    'a setting of the linker in a program',
    'program/program.go',
    `//go:debug asynctimerchan=1\n${files['program/program.go']}`,
    ['program 0'],
  ],
  [
    'a setting of the linker in a test file',
    'far/far_test.go',
    `//go:debug asynctimerchan=1\n${benchmark('far')}`,
    ['far 0'],
  ],
  ['a setting of the linker', 'go.mod', `${files['go.mod']}\ngodebug asynctimerchan=1\n`, EVERYTHING],
  [
    'a comment in go.mod, but for an import that is not found,',
    'go.mod',
    `// A comment.\n${files['go.mod']}`,
    ['lost 0'],
  ],
  ['a README', 'README.md', 'other words\n', []],
];

for (const [index, [what, file, text, affected]] of cases.entries()) {
  test(`${what} reaches ${affected.length === 0 ? 'nothing' : affected.join(', ')}`, async () => {
    const head = await write(`head-${index}`, { [file]: text });
    const diff: TreeDiff = [{ basePath: file, headPath: file, binary: false, hunks: [] }];
    const graphs = { base, head: await read(head, Object.keys(files)) };
    const plan = await planModule(graphs, { base: path.join(dir, 'base'), head }, diff);
    const found = plan.affected.map((one) => `${one.head?.dir} ${one.distance}`);
    assert.deepEqual(found, affected);
    const others = EVERYTHING.map((one) => one.replace(' 0', '')).filter(
      (name) => !affected.some((one) => one.startsWith(`${name} `)),
    );
    assert.deepEqual(
      plan.unaffected,
      others.map((name) => `example.com/p/${name}`),
    );
  });
}

/** Writes a module that takes another from the folder `replacement`. `link` is a link to the folder `target`. */
async function writeReplacing(name: string, replacement: string, target = 'one', one = 1): Promise<string> {
  const tree = path.join(dir, name);
  const texts = {
    'go.mod': `module example.com/p\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ./${replacement}\n`,
    'user/user.go': 'package user\n\nimport "example.com/dep"\n\nfunc F() { dep.One() }\n',
    'user/user_test.go': benchmark('user'),
    'one/go.mod': 'module example.com/dep\n\ngo 1.24\n',
    'one/dep.go': `package dep\n\nfunc One() int { return ${one} }\n`,
    'two/go.mod': 'module example.com/dep\n\ngo 1.24\n',
    'two/dep.go': 'package dep\n\nfunc One() int { return 2 }\n',
  };
  for (const [file, text] of Object.entries(texts)) {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), text);
  }
  await symlink(target, path.join(tree, 'link'));
  return tree;
}

test('the files of a replaced module count also when only its folder changes, or they are behind a link', async () => {
  const linked = await writeReplacing('linked', 'link');
  const pairs: [base: string, head: string, changed: string][] = [
    [await writeReplacing('to-one', 'one'), await writeReplacing('to-two', 'two'), 'go.mod'],
    [linked, await writeReplacing('linked-to-two', 'link', 'two'), 'link'],
    [linked, await writeReplacing('behind-link', 'link', 'one', 3), 'one/dep.go'],
  ];
  for (const [baseTree, headTree, changed] of pairs) {
    const graphs = { base: await read(baseTree, [changed]), head: await read(headTree, [changed]) };
    const diff: TreeDiff = [{ basePath: changed, headPath: changed, binary: false, hunks: [] }];
    const plan = await planModule(graphs, { base: baseTree, head: headTree }, diff);
    assert.deepEqual(
      plan.affected.map((one) => `${one.head?.dir} ${one.distance}`),
      ['user 1'],
      changed,
    );
  }
});

test('a package under another path is paired with what lay in its folder, or was moved', async () => {
  const moved = {
    'go.mod': 'module example.com/p/v2\n\ngo 1.24\n',
    'near/near.go': 'package near\n\nfunc F() {}\n',
  };
  const tree = path.join(dir, 'renamed');
  for (const [file, text] of Object.entries({
    ...moved,
    'there/helper.go': files['helper/helper.go'] ?? '',
  })) {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), text);
  }
  await writeFile(path.join(tree, 'near', 'near_test.go'), files['near/near_test.go'] ?? '');
  const { sandbox } = await createTestSandbox('none');
  const folders = {
    buildCache: path.join(dir, 'cache'),
    baseCaches: [],
    moduleCache: dir,
    temp: dir,
    compilers: null,
  };
  const module = { path: 'example.com/p/v2', dir: '.' };
  const env = buildEnvironment(toolchain, sandbox, folders, 'off');
  const context = {
    sandbox,
    toolchain,
    folders,
    limits: stageLimits,
    treeDir: tree,
    module,
    env,
    tags: [],
    modulePaths: [module.path],
  };
  const head = await listSources(context, ['./...'], { files: new Set(), readMeaning });
  const diff: TreeDiff = [
    { basePath: 'helper/helper.go', headPath: 'there/helper.go', binary: false, hunks: [] },
  ];
  const { affected, patterns } = await planModule(
    { base, head },
    { base: path.join(dir, 'base'), head: tree },
    diff,
  );
  const near = affected.find((one) => one.head?.dir === 'near');
  assert.equal(near?.base?.importPath, 'example.com/p/near');
  assert.deepEqual(patterns.head, ['example.com/p/v2/near', 'example.com/p/v2/there']);
  assert.ok(patterns.base.includes('example.com/p/helper'));
});
