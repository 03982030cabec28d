import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readHeapProfile } from '../../src/compare/pprof.ts';
import { reportSchema } from '../../src/report/model/schema.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type Files, type GoRepository } from '../support/go-repository.ts';
import {
  createModule,
  fingerprintTree,
  finish,
  git,
  reviewPair,
  run,
  start,
  verdictOf,
  worse,
} from './support.ts';

/** Progress where standard error is not a terminal: whole lines without control characters, or none. */
const plainLines = /^(?:[ -~\u2019\u2026]+\n)*$/u;

describe('a repository with a regression', () => {
  let repository: GoRepository;
  let scratch: string;
  before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'allocgate-cli-test-'));
    repository = await createGoRepository();
    await repository.commit(createModule());
    await repository.commit(createModule(worse));
  });
  after(async () => {
    await repository.remove();
    await rm(scratch, { recursive: true, force: true });
  });

  test('gates, prints every format where it belongs, and touches nothing', async () => {
    const untouched = await fingerprintTree(repository.dir);
    const files = { json: 'r.json', sarif: 'r.sarif', markdown: 'r.md' };
    const targets = Object.entries(files).flatMap(([format, file]) => [
      '--format',
      `${format}=${scratch}/${file}`,
    ]);
    const profiles = path.join(scratch, 'profiles');
    targets.push('--save-profiles', profiles);
    const result = await run(['review', '--base', 'HEAD~1', '--format', 'text', ...targets], {
      cwd: repository.dir,
    });
    assert.equal(result.status, 1);
    assert.match(result.stderr, plainLines, 'without a terminal progress is plain lines');
    assert.match(
      result.stdout,
      /^FAIL: The measured benchmark allocates more; 1 finding gates the merge\.\n/,
    );
    assert.match(result.stdout, /BenchmarkKey +0 → 1 +\+1 +.* regression/);
    assert.match(result.stdout, /PROVEN gates {2}key\.go:7 {2}sprintf-in-hot-path/);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(result.stdout, /\u001B/, 'no colour in a pipe');
    const read = (file: string) => readFile(path.join(scratch, file), 'utf8');
    const report = reportSchema.parse(JSON.parse(await read(files.json)));
    assert.deepEqual([report.verdict, report.findings[0]?.line], ['fail', 7]);
    const saved = (await readdir(profiles)).toSorted();
    assert.deepEqual(
      saved,
      ['base', 'head'].map((side) => `example.com_m.BenchmarkKey.${side}.pb.gz`),
    );
    for (const file of saved) {
      const { columns } = readHeapProfile(gunzipSync(await readFile(path.join(profiles, file))));
      assert.ok(columns.includes('alloc_objects'));
    }
    assert.match(await read(files.sarif), /"version": "2\.1\.0"/);
    assert.match(await read(files.markdown), /### `key\.go:7` \(RIGHT\)/);
    assert.deepEqual(await fingerprintTree(repository.dir), untouched);
  });

  test('FORCE_COLOR colours, a file takes the result and keeps it plain', async () => {
    const options = { cwd: repository.dir, env: { FORCE_COLOR: '1' } };
    const coloured = await run(['review', '--base', 'HEAD'], options);
    // oxlint-disable-next-line no-control-regex
    assert.match(coloured.stdout, /^\u001B\[1m\u001B\[32mPASS/);
    const output = path.join(scratch, 'r.txt');
    const written = await run(['review', '--base', 'HEAD', '--format', `text=${output}`], options);
    assert.deepEqual([written.status, written.stdout], [0, '']);
    assert.match(written.stderr, plainLines);
    assert.match(await readFile(output, 'utf8'), /^PASS: There is nothing to compare\./);
  });

  test('a reader that stops reading is not an error; a full disk behind standard output is one', async () => {
    const child = start(['review', '--base', 'HEAD', '--format', 'markdown'], { cwd: repository.dir });
    child.stdout?.destroy();
    const ended = await finish(child);
    assert.deepEqual([ended.status, ended.stdout], [0, '']);
    assert.match(ended.stderr, plainLines, 'no error, at most progress');
    const command = `"${process.execPath}" "$0" rules > /dev/full`;
    const main = path.resolve('src/main.ts');
    const full = await promisify(execFile)('/bin/sh', ['-c', command, main]).catch((error: unknown) => error);
    assert.ok(full instanceof Error && 'stderr' in full && 'code' in full);
    assert.equal(full.code, 2);
    assert.match(String(full.stderr), /^allocgate: Cannot write to standard output: no space left/);
  });

  test('what is not committed is pointed at, and reviewed with --worktree', async () => {
    await appendFile(path.join(repository.dir, 'key.go'), '\n// edited\n');
    await writeFile(path.join(repository.dir, '.gitignore'), '*.log\n');
    await writeFile(path.join(repository.dir, 'ignored.log'), '');
    await writeFile(
      path.join(repository.dir, 'new_test.go'),
      'package m\n\nimport "testing"\n\nfunc BenchmarkNew(b *testing.B) {\n\tfor b.Loop() {\n\t\tsink = make([]byte, 100)\n\t}\n}\n',
    );
    const none = path.join(repository.dir, '.git', 'none.yml');
    await writeFile(none, 'benchmarks: {run: Nope, packages: [./..., ./gone/...]}\n');
    const untouched = await fingerprintTree(repository.dir);
    const status = await git(repository.dir, '--no-optional-locks', 'status', '--porcelain');
    const committed = await run(['review', '--base', 'HEAD~1', '--config', none], { cwd: repository.dir });
    assert.match(committed.stdout, /2 files in the work tree differ from the commit and were not reviewed/);
    assert.match(committed.stdout, /No benchmark name matches Nope/);
    assert.match(committed.stdout, /lists \.\/gone\/\.\.\.,\s+which\s+matches\s+no\s+package\./);
    assert.equal(committed.status, 0);
    assert.match(committed.stderr, plainLines);
    const result = await run(['review', '--worktree', '--format', 'json'], { cwd: repository.dir });
    const report = reportSchema.parse(JSON.parse(result.stdout));
    assert.equal(report.head.sha, null);
    assert.equal(verdictOf(report, 'BenchmarkNew'), 'new');
    assert.deepEqual(report.warnings, []);
    assert.deepEqual(await fingerprintTree(repository.dir), untouched);
    assert.equal(await git(repository.dir, '--no-optional-locks', 'status', '--porcelain'), status);
  });
});

describe('code that does not build', { concurrency: 2 }, () => {
  const broken = createModule('strconv.AppendInts(buf, n)');
  const other = (value: number): Files => ({
    'other/other.go': `package other\n\nfunc F() int { return ${value} }\n`,
    'other/other_test.go':
      'package other\n\nimport "testing"\n\nfunc BenchmarkF(b *testing.B) {\n\tfor b.Loop() {\n\t\tF()\n\t}\n}\n',
  });

  test("a head that does not is an error with the compiler's own lines", async () => {
    const { status, report } = await reviewPair(createModule(), broken);
    assert.equal(status, 3);
    assert.equal(report.verdict, 'error');
    assert.deepEqual(report.buildErrors, ['# example.com/m', './key.go:7:17: undefined: strconv.AppendInts']);
  });

  test('a base that does not makes everything new, with a warning that names the line', async () => {
    const { status, report } = await reviewPair(broken, createModule());
    assert.equal(status, 0);
    assert.equal(verdictOf(report, 'BenchmarkKey'), 'new');
    assert.match(report.warnings.join('\n'), /base does not compile.*: \.\/key\.go:7:17: undefined/);
  });

  test('a package that does on neither side leaves the others to be measured', async () => {
    const { status, report } = await reviewPair({ ...broken, ...other(1) }, { ...broken, ...other(2) });
    assert.equal(status, 0);
    assert.equal(verdictOf(report, 'BenchmarkF'), 'unchanged');
    assert.deepEqual(report.warnings, [], 'what did not change is not compiled');
  });

  test('a package on one side only is new or removed', async () => {
    const both = { ...createModule(), ...other(1) };
    const added = await reviewPair(createModule(), both);
    assert.equal(verdictOf(added.report, 'BenchmarkF'), 'new');
    const removed = await reviewPair(both, createModule());
    assert.equal(verdictOf(removed.report, 'BenchmarkF'), 'removed');
    assert.deepEqual([added.status, removed.status], [0, 0]);
  });
});

describe('layouts of modules', { concurrency: 2 }, () => {
  const inFolder = (folder: string, module: Files): Files =>
    Object.fromEntries(Object.entries(module).map(([file, text]) => [`${folder}/${file}`, text]));
  const named = (module: Files, name: string): Files => ({
    ...module,
    'go.mod': `module ${name}\n\ngo 1.24\n`,
  });

  test('a changed nested module is reviewed, unless the configuration leaves it out', async () => {
    const sub = (append?: string): Files => inFolder('sub', named(createModule(append), 'example.com/m/sub'));
    const repository = await createGoRepository();
    try {
      await repository.commit({ ...createModule(), ...sub() });
      await repository.commit({ ...createModule(), ...sub(worse) });
      const outer = await run(['review', '--base', 'HEAD~1'], { cwd: repository.dir });
      assert.match(outer.stdout, /PROVEN gates {2}sub\/key\.go:7/);
      const inner = await run(['review', 'sub', '--base', 'HEAD~1'], { cwd: repository.dir });
      assert.equal(inner.status, 1);
      assert.match(inner.stdout, /PROVEN gates {2}sub\/key\.go:7/);
      const config = path.join(repository.dir, '.git', 'c.yml');
      await writeFile(config, 'benchmarks: {modules: [.]}\n');
      const narrow = await run(['review', '--base', 'HEAD~1', '--config', config], { cwd: repository.dir });
      assert.match(narrow.stdout, /^NEUTRAL: /);
      assert.match(narrow.stdout, /example\.com\/m\/sub changed and was not reviewed/);
      await writeFile(config, 'benchmarks: {modules: [., sub, gone], run: Nope}\n');
      const all = await run(['review', '--base', 'HEAD~1', '--config', config], { cwd: repository.dir });
      assert.doesNotMatch(all.stdout, /was not reviewed/);
      assert.match(all.stdout, /benchmarks\.modules lists gone, where there is no go\.mod/);
    } finally {
      await repository.remove();
    }
  });

  test('a workspace: the benchmark of one module sees the change of another', async () => {
    const work = (append?: string): Files => {
      const { 'key_test.go': keyTest = '', ...lib } = named(createModule(append), 'example.com/lib');
      const use =
        'package m\n\nimport "example.com/lib"\n\nfunc Use(b []byte, n int) []byte { return m.Key(b, n) }\n';
      return {
        'go.work': 'go 1.24\n\nuse (\n\t./lib\n\t./app\n)\n',
        ...inFolder('lib', lib),
        'app/go.mod': 'module example.com/app\n\ngo 1.24\n',
        'app/use.go': use,
        'app/use_test.go': keyTest.replace('Key(buf', 'Use(buf'),
      };
    };
    const { status, report } = await reviewPair(work(), work(worse));
    assert.equal(status, 1);
    assert.equal(report.benchmarks[0]?.package, 'example.com/app');
    const [finding] = report.findings;
    assert.ok(
      finding?.file === 'lib/key.go' || finding?.cause?.file === 'lib/key.go',
      JSON.stringify(finding),
    );
  });

  test('a vendored package that changes', async () => {
    const vendored = (append?: string): Files => ({
      ...createModule('strconv.AppendInt(dep.Key(buf, n), 0, 10)'),
      'go.mod': 'module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n',
      'key.go':
        'package m\n\nimport "example.com/dep"\n\n//go:noinline\nfunc Key(buf []byte, n int) []byte { return dep.Key(buf, n) }\n',
      'vendor/modules.txt': '# example.com/dep v1.0.0\n## explicit; go 1.24\nexample.com/dep\n',
      'vendor/example.com/dep/key.go': (createModule(append)['key.go'] ?? '').replace(
        'package m',
        'package dep',
      ),
    });
    const { report } = await reviewPair(vendored(), vendored(worse));
    assert.equal(verdictOf(report, 'BenchmarkKey'), 'regression');
  });

  test('build tags of the configuration, and cgo', async () => {
    const tagged = (append?: string): Files => ({
      ...createModule(append),
      '.github/allocgate.yml': 'benchmarks: {tags: [special]}\n',
      'key_test.go': `//go:build special\n\n${createModule()['key_test.go']}`,
      'twice.go':
        'package m\n\n// static int twice(int x) { return 2 * x; }\nimport "C"\n\nfunc Twice(n int) int { return int(C.twice(C.int(n))) }\n',
      'twice_test.go':
        'package m\n\nimport "testing"\n\nfunc BenchmarkTwice(b *testing.B) {\n\tfor b.Loop() {\n\t\tTwice(3)\n\t}\n}\n',
    });
    const { status, report } = await reviewPair(tagged(), tagged(worse));
    assert.equal(status, 1);
    assert.equal(verdictOf(report, 'BenchmarkKey'), 'regression');
    assert.equal(verdictOf(report, 'BenchmarkTwice'), 'unchanged');
  });
});
