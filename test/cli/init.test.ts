import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { runConfigCheck } from '../../src/cli/config.ts';
import { runInit } from '../../src/cli/init.ts';
import { parseConfig } from '../../src/config/load.ts';
import { surveyRepository } from '../../src/review/survey.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository } from '../support/go-repository.ts';
import { recordTerminal } from '../support/terminal.ts';

let repository: Awaited<ReturnType<typeof createGoRepository>>;

const benchmark = (name: string, body: string): string => `func ${name}(b *testing.B) {\n${body}\n}\n`;

before(async () => {
  repository = await createGoRepository();
  await repository.commit({
    'go.mod': 'module example.com/m\n\ngo 1.24\n',
    'codec/codec_test.go': [
      'package codec\n\nimport "testing"\n',
      benchmark('BenchmarkDecode', '\tfor b.Loop() {\n\t}'),
      'func Benchmarked() {}\n',
    ].join('\n'),
    'web/web_test.go': [
      'package web\n\nimport (\n\t"net/http"\n\t"net/url"\n\t"testing"\n\t"time"\n)\n',
      benchmark('BenchmarkGet', '\thttp.Get("http://example.com")'),
      benchmark('BenchmarkWait', '\ttime.Sleep(time.Second)'),
      benchmark('BenchmarkParse', '\turl.Parse("http://example.com")'),
    ].join('\n'),
    'tools/go.mod': 'module example.com/tools\n\ngo 1.24\n',
    'tools/tool_test.go': `package tools\n\nimport "testing"\n\n${benchmark('BenchmarkTool', '')}`,
    'testdata/x_test.go': `package x\n\nimport "testing"\n\n${benchmark('BenchmarkNo', '')}`,
    'broken_test.go': 'package m\n\nfunc Benchmark(((',
  });
});
after(() => repository.remove());

test('a survey finds modules, benchmarks by their import paths, and what makes one doubtful', async () => {
  const { modules, benchmarks } = await surveyRepository(repository.dir);
  assert.deepEqual(
    modules.map(({ path: name, dir }) => [name, dir]),
    [
      ['example.com/m', '.'],
      ['example.com/tools', 'tools'],
    ],
  );
  assert.deepEqual(
    benchmarks.map(({ package: of, name, doubts }) => [`${of}.${name}`, doubts]),
    [
      ['example.com/m/codec.BenchmarkDecode', []],
      ['example.com/m/web.BenchmarkGet', ['network']],
      ['example.com/m/web.BenchmarkParse', []],
      ['example.com/m/web.BenchmarkWait', ['sleep']],
      ['example.com/tools.BenchmarkTool', []],
    ],
  );
});

test('init writes a valid configuration and a workflow once, and check takes it', async () => {
  const terminal = recordTerminal();
  assert.equal(await runInit(path.join(repository.dir, 'codec'), { workflow: true }, terminal), 0);
  assert.match(
    terminal.printed(),
    /^Found 2 modules and 5 benchmarks, 2 of which the file skips: they use the network/u,
  );
  const file = path.join(repository.dir, '.github/allocgate.yml');
  const text = await readFile(file, 'utf8');
  const config = parseConfig(text, file);
  assert.ok(!('problems' in config), text);
  assert.equal(config.benchmarks.skip, '^(BenchmarkGet|BenchmarkWait)$');
  const { benchmarks, ...rest } = config;
  assert.deepEqual(
    { ...rest, benchmarks: { ...benchmarks, skip: '' } },
    parseConfig('', file),
    'all else has its default',
  );
  const workflow = await readFile(path.join(repository.dir, '.github/workflows/allocgate.yml'), 'utf8');
  assert.match(workflow, /uses: OWNER\/allocgate\/\.github\/workflows\/review\.yml@v1/u);
  assert.match(terminal.printed(), /\nTo block merging, require the status check "allocgate \/ gate" /u);
  assert.equal(await runConfigCheck(file, terminal), 0);
  assert.equal(await runInit(repository.dir, {}, terminal), 2, 'what is there stays');
  assert.equal(await readFile(file, 'utf8'), text);
});

test('the workflow is that of the README, and runs in a merge queue where other workflows do', async () => {
  const file = path.join(repository.dir, '.github/workflows/allocgate.yml');
  const config = path.join(repository.dir, '.github/allocgate.yml');
  const init = async (): Promise<string> => {
    await rm(file, { force: true });
    await rm(config, { force: true });
    assert.equal(await runInit(repository.dir, { workflow: true }, recordTerminal()), 0);
    return readFile(file, 'utf8');
  };
  const example = await readFile('examples/allocgate.yml', 'utf8');
  const ci = path.join(repository.dir, '.github/workflows/ci.yaml');
  await mkdir(path.dirname(ci), { recursive: true });
  await writeFile(ci, 'on: [push]\n');
  assert.equal(await init(), example);
  await writeFile(ci, 'on: [push, merge_group]\n');
  assert.equal((await init()).replace('  merge_group: {}\n', ''), example);
  assert.match(await readFile(file, 'utf8'), /^on:\n(?: {2}.*\n)* {2}merge_group: \{\}\n/mu);
});

async function check(text: string): Promise<{ status: number; lines: string[] }> {
  const file = path.join(repository.dir, '.github/allocgate.yml');
  await writeFile(file, text);
  const terminal = recordTerminal();
  const status = await runConfigCheck(file, terminal);
  const lines = terminal.printed().trimEnd().replaceAll(file, 'F').split('\n');
  return { status, lines };
}

test('check names line, column and what was meant, and exits with 2', async () => {
  const { status, lines } = await check('gate: fial\nthresholds: { alocs: { increase: 1 } }\n');
  assert.equal(status, 2);
  assert.match(lines[0] ?? '', /^F:1:7: "gate" must be .* not "fial"\. Did you mean "fail"\?$/u);
  assert.match(lines[1] ?? '', /^F:2:15: "thresholds\.alocs" is not a known key\. Did you mean "allocs"\?$/u);
});

test('check warns of entries that fit no benchmark, at their place, and counts sub-benchmarks as possible', async () => {
  const globs = [
    'example.com/m/codec.BenchmarkDecode/large',
    'example.com/m/codec.BenchmarkDecod',
    'example.com/m/*.BenchmarkGet*',
    '**/web.BenchmarkWait/*',
    'BenchmarkDecode',
  ];
  const overrides = globs.map((glob) => `    - { benchmark: '${glob}', allocs: { increase: 2 } }\n`).join('');
  const contracts = "contracts:\n  - { benchmark: 'example.com/x.BenchmarkX', allocs: 0 }\n";
  const { status, lines } = await check(`thresholds:\n  overrides:\n${overrides}${contracts}`);
  assert.equal(status, 0);
  assert.deepEqual(lines, [
    'F:4:20: warning: "thresholds.overrides.1.benchmark" matches no benchmark: "example.com/m/codec.BenchmarkDecod". Did you mean "example.com/m/codec.BenchmarkDecode"?',
    'F:7:20: warning: "thresholds.overrides.4.benchmark" matches no benchmark: "BenchmarkDecode". Did you mean "example.com/m/codec.BenchmarkDecode"?',
    'F:9:18: warning: "contracts.0.benchmark" matches no benchmark: "example.com/x.BenchmarkX". The repository has 5 benchmarks.',
    'F is valid.',
  ]);
});

test('check warns of packages, modules and expressions that match nothing', async () => {
  const { status, lines } = await check(
    [
      'benchmarks:',
      "  packages: ['./...', './codek/...', 'example.com/m/codec']",
      '  run: Decode|Nothing',
      '  skip: BenchmarkWeight',
      '  modules: [., ./generators/]',
      '',
    ].join('\n'),
  );
  assert.equal(status, 0);
  assert.deepEqual(lines, [
    'F:2:23: warning: "benchmarks.packages.1" matches no package: "./codek/...". Did you mean "./codec/..."?',
    'F:4:9: warning: "benchmarks.skip" matches no benchmark: "BenchmarkWeight". Did you mean "BenchmarkWait"?',
    'F:5:16: warning: "benchmarks.modules.1" matches no module: "./generators/". The repository has 2 modules.',
    'F is valid.',
  ]);
});

test('a repository without commits gets its configuration, which check finds from a folder below', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-init-'));
  const before = process.cwd();
  t.after(() => {
    process.chdir(before);
    return rm(dir, { recursive: true, force: true });
  });
  execFileSync('git', ['init', '--quiet', dir]);
  await writeFile(path.join(dir, 'go.mod'), 'module example.com/m\n\ngo 1.24\n');
  await mkdir(path.join(dir, 'a/b'), { recursive: true });
  process.chdir(path.join(dir, 'a/b'));
  const terminal = recordTerminal();
  assert.equal(await runInit('.', {}, terminal), 0);
  assert.match(terminal.printed(), /\nRead it, commit it to the default branch/u);
  assert.equal(await runConfigCheck(undefined, terminal), 0);
  assert.match(terminal.printed(), /\n\.\.\/\.\.\/\.github\/allocgate\.yml is valid\.\n$/u);
});
