import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { formatNames } from '../../src/report/words/format-names.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type GoRepository } from '../support/go-repository.ts';
import { createModule, git, type Result, run, withoutProgress, worse } from './support.ts';

/** One message that begins with the program's name, what to do in its last line, nothing on standard output. */
function assertMessage(result: Result, status: number, message: RegExp, hint: RegExp): void {
  const lines = withoutProgress(result.stderr).trimEnd().split('\n');
  assert.match(lines[0] ?? '', message, result.stderr);
  assert.match(lines.at(-1) ?? '', hint, result.stderr);
  assert.doesNotMatch(result.stderr, /^ +at .*\.ts:/m, 'a stack is no message');
  assert.equal(result.stdout, '');
  assert.equal(result.status, status);
}

describe('bad input gives one clear message and the right status', { concurrency: 2 }, () => {
  let repository: GoRepository;
  let scratch: string;
  const review = (...args: string[]) => run(['review', ...args], { cwd: repository.dir });

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

  test('no such directory, and a directory that is not a repository', async () => {
    assertMessage(await review('/nonexistent'), 2, /^allocgate: \/nonexistent does not exist\.$/, /pass one/);
    assertMessage(await run(['review', scratch]), 2, /is not a git repository/, /pass one/);
  });

  test('a revision that does not exist, with the one that was meant', async () => {
    assertMessage(await review('--base', 'mian'), 2, /no commit named "mian"/, /^Did you mean main\?$/);
    assertMessage(await review('--head', 'v9.9.9'), 2, /no commit named "v9\.9\.9"/, /git fetch/);
  });

  test('options and commands that do not exist, with the one that was meant', async () => {
    const option = await review('--frmat', 'json');
    assert.equal(option.status, 2);
    assert.match(option.stderr, /^allocgate: unknown option '--frmat'\n\(Did you mean --format\?\)/);
    const command = await run(['reviw']);
    assert.equal(command.status, 2);
    assert.match(command.stderr, /unknown command 'reviw'\n\(Did you mean review\?\)/);
    const format = await review('--format', 'jsn');
    assert.equal(format.status, 2);
    assert.ok(format.stderr.includes(`Allowed choices are ${formatNames.join(', ')}`), format.stderr);
  });

  test('options that contradict each other or cannot be', async () => {
    assertMessage(await review('--bench', '('), 2, /Invalid --bench "\(": missing closing \)/, /--help/);
    assertMessage(await review('--worktree', '--head', 'main'), 2, /Invalid --head "main"/, /--help/);
    assertMessage(await review('--format', 'json', '--format', 'text'), 2, /only one format/, /--help/);
    const twice = ['--format', 'json=a.out', '--format', 'sarif=./a.out'];
    assertMessage(await review(...twice), 2, /only one format can go to a file/, /--help/);
    assertMessage(await review('--tags', 'a,b c'), 2, /Invalid --tags "a,b c"/, /--help/);
  });

  test('a choice of benchmarks or packages that finds nothing, before anything is compiled', async () => {
    const here = ['--base', 'HEAD~1'];
    const name = /^allocgate: Invalid --bench "Kay": no benchmark in the chosen packages matches it/;
    assertMessage(await review(...here, '--bench', 'Kay'), 2, name, /^Did you mean BenchmarkKey\?$/);
    assertMessage(await review(...here, '--bench', 'key'), 2, /Invalid --bench "key"/, /BenchmarkKey/);
    const packages = /^allocgate: Invalid --packages "\.\/kodec": no package matches it/;
    assertMessage(await review(...here, '--packages', './...', './kodec'), 2, packages, /such as \.\/codec/);
    const std = await review(...here, '--packages', 'fmt');
    assertMessage(std, 2, /Invalid --packages "fmt"/, /relative to the folder of go\.mod/);
    const sub = await review(...here, '--bench', 'Key/none');
    assertMessage(
      { ...sub, stderr: withoutProgress(sub.stderr) },
      2,
      /Invalid --bench "Key\/none": none of the benchmarks that run/,
      /sub-benchmarks/,
    );
  });

  test('options for the other kind of review', async () => {
    const url = 'https://github.com/acme/shop/pull/1';
    const here = /^allocgate: Invalid --dry-run: it needs the URL of a pull request/;
    assertMessage(await review('--dry-run'), 2, here, /--help/);
    const both = /^allocgate: Invalid --post: --dry-run writes nothing/;
    assertMessage(await review(url, '--post', '--dry-run'), 2, both, /--help/);
    assertMessage(await review('--direct'), 2, /Invalid --direct: it needs a --base/, /--help/);
  });

  test('each command names its own help, and itself', async () => {
    const help = /^allocgate history backfill --help lists the options\.$/;
    const history = (...args: string[]) => run(['history', ...args], { cwd: scratch });
    assertMessage(await history('backfill', '--tags', 'a b'), 2, /Invalid --tags "a b"/, help);
    assertMessage(await history('backfill', '--budget', 'x'), 2, /Invalid --budget "x"/, help);
    assertMessage(await history(), 2, /is not a git repository/, /or pass one: allocgate history DIR$/);
    assertMessage(await history('backfil'), 2, /unknown command 'backfil'/, /^allocgate history --help/);
  });

  test('an address without its https:// is distinguished from a folder', async () => {
    const address = 'github.com/acme/shop/pull/1';
    const hint = /starts with https:\/\/, as in https:\/\/github\.com\/acme\/shop\/pull\/1\.$/;
    assertMessage(await review(address), 2, hint, /--help/);
    await mkdir(path.join(scratch, address), { recursive: true });
    const folder = await run(['review', address], { cwd: scratch });
    assertMessage(folder, 2, /is not a git repository/, /pass one/);
  });

  test('a place for the output that cannot be written is reported before the review, not after it', async () => {
    // Without Go, a review would end with another message.
    const bin = path.join(scratch, 'only-git');
    await mkdir(bin);
    const { stdout: git } = await promisify(execFile)('which', ['git']);
    await symlink(git.trim(), path.join(bin, 'git'));
    const withoutGo = (...args: string[]) =>
      run(['review', '--base', 'HEAD~1', ...args], { cwd: repository.dir, env: { PATH: bin } });
    assertMessage(
      await withoutGo('--format', 'text=/nonexistent/report.json'),
      2,
      /Cannot write \/nonexistent\/report\.json: no such file or directory/,
      /folder that exists/,
    );
    assertMessage(await withoutGo('--format', `json=${scratch}`), 2, /it is a folder/, /folder that exists/);
    assert.match((await withoutGo()).stderr, /Go was not found/);
  });

  test('a rule that does not exist', async () => {
    assertMessage(await run(['rules', 'MA-0']), 2, /no rule named "MA-0"/, /^Did you mean MA-\d\d\?$/);
  });

  test('a configuration names file, line and what was meant', async () => {
    const file = path.join(scratch, 'gate.yml');
    await writeFile(file, 'version: 1\ngait: fail\nrules:\n  disable: [sprintf-in-hotpath]\n');
    const keys = await review('--config', file);
    assertMessage(keys, 2, /configuration .*gate\.yml is invalid/, /allocgate config schema/);
    assert.match(keys.stderr, /gate\.yml:2:1: "gait" is not a known key\. Did you mean "gate"\?/);
    await writeFile(file, 'rules:\n  disable: [sprintf-in-hotpath]\n');
    const rules = await review('--config', file);
    assert.match(
      rules.stderr,
      /gate\.yml:2:13: There is no rule named "sprintf-in-hotpath"\. Did you mean "sprintf-in-hot-path"\?/,
    );
    assert.equal(rules.status, 2);
    const missing = await review('--config', `${file}.not`);
    assertMessage(missing, 2, /Invalid --config .*no such file/, /allocgate init writes one/);
  });

  test("the base's own configuration counts, not the head's", async () => {
    const configured = await createGoRepository();
    try {
      await configured.commit(createModule(undefined, { '.github/allocgate.yml': 'gate: of\n' }));
      await configured.commit(createModule(worse));
      const result = await run(['review', configured.dir, '--base', 'HEAD~1']);
      assertMessage(result, 2, /\.github\/allocgate\.yml is invalid/, /config schema/);
      assert.match(result.stderr, /allocgate\.yml:1:7: "gate" must be one of .* Did you mean "off"\?/);
    } finally {
      await configured.remove();
    }
  });

  test('Go that is not there, does not work, or is not Go', async () => {
    const bin = path.join(scratch, 'bin');
    await mkdir(bin);
    const { stdout } = await promisify(execFile)('which', ['git']);
    await symlink(stdout.trim(), path.join(bin, 'git'));
    const env = { PATH: bin };
    const without = () => run(['review', repository.dir, '--base', 'HEAD~1'], { env });
    assertMessage(await without(), 3, /Go was not found/, /go\.dev\/dl/);
    const go = path.join(bin, 'go');
    await writeFile(go, '#!/bin/sh\necho hello\n');
    await chmod(go, 0o755);
    assertMessage(await without(), 3, /Go was found, but it does not work/, /go env/);
    await writeFile(go, '#!/bin/sh\necho broken >&2; exit 3\n');
    const broken = await without();
    assertMessage(broken, 3, /Go was found, but it does not work/, /go env/);
    assert.match(broken.stderr, /^ {2}broken$/m);
    const nothing = await run(['review', repository.dir], { env: { PATH: '/nonexistent' } });
    assertMessage(nothing, 3, /git was not found/, /git-scm\.com/);
  });

  test('a folder for temporary files that is not there', async () => {
    const result = await run(['review', repository.dir], { env: { TMPDIR: '/nonexistent' } });
    assertMessage(result, 3, /Cannot write temporary files in \/nonexistent: no such file/, /TMPDIR/);
  });

  test('a module that asks for a newer Go', async () => {
    const newer = await createGoRepository();
    try {
      await newer.commit(createModule());
      await newer.commit(createModule(undefined, { 'go.mod': 'module example.com/m\n\ngo 1.99\n' }));
      const result = await run(['review', newer.dir, '--base', 'HEAD~1']);
      assertMessage(result, 3, /needs Go 1\.99 or newer; the installed version is 1\./, /go\.dev\/dl/);
    } finally {
      await newer.remove();
    }
  });

  test('no commits, no Go files, no go.mod, no default branch', async () => {
    const other = await createGoRepository();
    try {
      assertMessage(await run(['review', other.dir]), 2, /has no commits yet/, /Commit a first version/);
      await other.commit({ 'README.md': 'one\n' });
      await other.commit({ 'README.md': 'two\n' });
      const last = () => run(['review', other.dir, '--base', 'HEAD~1']);
      assertMessage(await last(), 3, /Found no Go files in \//, /allocgate review DIR/);
      await other.commit({ 'a.go': 'package a\n' });
      assertMessage(await last(), 3, /Found no go\.mod in \//, /go mod init/);
      await git(other.dir, 'branch', '--move', 'trunk');
      assertMessage(
        await run(['review', other.dir]),
        2,
        /no default branch/,
        /--base BRANCH \(branches here: trunk\)/,
      );
    } finally {
      await other.remove();
    }
  });

  test('a shallow clone without the merge base', async () => {
    const clone = path.join(scratch, 'shallow');
    await git(repository.dir, 'branch', 'topic', 'HEAD~1');
    await git(
      repository.dir,
      'clone',
      '-q',
      '--depth=1',
      '--no-single-branch',
      `file://${repository.dir}`,
      clone,
    );
    const result = await run(['review', clone, '--base', 'origin/topic']);
    assertMessage(
      result,
      2,
      /common ancestor of [0-9a-f]{12} and [0-9a-f]{12} is not in this clone/,
      /--unshallow/,
    );
  });
});
