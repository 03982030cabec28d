import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';

/** The runner itself: it must not call anything green that did not run to its end. */

const RUN = path.join(import.meta.dirname, 'run.ts');
const use = "import { test } from 'node:test';\n";

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-runner-'));
});
after(() => rm(dir, { recursive: true }));

/** Runs test files with these contents; resolves to the exit status and the output. */
async function runFiles(
  texts: readonly string[],
  ...options: string[]
): Promise<{ status: number; printed: string }> {
  const files = texts.map((_, index) => path.join(dir, `${index}.test.ts`));
  await Promise.all(files.map((file, index) => writeFile(file, texts[index] ?? '')));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [RUN, ...options, ...files], { env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), printed: stdout + stderr }),
    );
  });
}

const count = (printed: string): string =>
  ['tests', 'pass', 'fail', 'cancelled']
    .map((name) => new RegExp(`^ℹ ${name} (\\d+)$`, 'mu').exec(printed)?.[1])
    .join(' ');

const green = `${use}test('fine', () => {});\n`;

describe('the test runner', { concurrency: 2 }, () => {
  test('is green when all is, and ends with the counts as node writes them', async () => {
    const { status, printed } = await runFiles([
      green,
      `${use}test('outer', (t) => t.test('inner', () => {}));\n`,
    ]);
    assert.equal(status, 0, printed);
    assert.equal(count(printed), '3 3 0 0');
    assert.match(printed, /^The slowest files, .+:\n +\d+\.\d s +\d+\.\d s {2}\S+[01]\.test\.ts$/mu);
    assert.match(
      printed,
      /\nℹ tests 3\nℹ suites 0\nℹ pass 3\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms \S+\n$/u,
    );
  });
});

/** Three quarters of a second of processor time: more than node needs to start a process, on a busy machine too. */
const work = `while (process.cpuUsage().user < 750_000);`;

test('processor time is that of the file and of the programs that it started, not the time it waited', async () => {
  const started = `${use}import { execFileSync } from 'node:child_process';
test('starts one that works', () => { execFileSync(process.execPath, ['-e', \`${work}\`]); });\n`;
  const waits = `${use}test('waits', () => new Promise((r) => setTimeout(r, 3000)));\n`;
  const { printed } = await runFiles([started, waits]);
  const seconds = [0, 1].map((file) =>
    Number(
      new RegExp(`${file}\\.test\\.ts \\(1 tests, \\S+ s, processor (\\S+) s\\)`, 'u').exec(printed)?.[1],
    ),
  );
  assert.ok((seconds[0] ?? 0) >= 0.7, printed);
  assert.ok((seconds[1] ?? 9) < 2.5, printed);
});

const bad: Readonly<Record<string, { text: string; counts: string; says: RegExp; options?: string[] }>> = {
  'a test that fails': {
    text: `${green}test('wrong', () => { throw new Error('too much'); });\n`,
    counts: '3 2 1 0',
    says: /✖ wrong\n +Error: too much/u,
  },
  'a file that does not load': {
    text: `console.log('before');\nthrow new Error('broken');\n`,
    counts: '2 1 1 0',
    says: /before\n[^]*Error: broken/u,
  },
  'a process that ends with 0 before its tests do': {
    text: `${green}test('ends', async () => { await new Promise((r) => setTimeout(r, 50)); process.exit(0); });\n`,
    counts: '2 1 1 0',
    says: /its process ended before they did/u,
  },
  'a process that is killed': {
    text: `${green}test('ends', async () => { await new Promise((r) => setTimeout(r, 50)); process.kill(process.pid, 'SIGKILL'); });\n`,
    counts: '3 2 1 0',
    says: /test failed/u,
  },
  'a file without tests': {
    text: `console.log('no test');\n`,
    counts: '2 1 1 0',
    says: /the file has no tests/u,
  },
  'a test that never ends': {
    text: `${use}test('spins', () => { for (;;); });\n`,
    counts: '2 1 1 0',
    says: /aborted due to timeout/u,
    options: ['--timeout', '4'],
  },
  'a process that its tests leave running': {
    text: `${green}setInterval(() => {}, 1000);\n`,
    counts: '3 2 1 0',
    says: /aborted due to timeout/u,
    options: ['--timeout', '4'],
  },
};

describe('the test runner is red for', { concurrency: 1 }, () => {
  for (const [name, { text, counts, says, options = [] }] of Object.entries(bad)) {
    test(name, async () => {
      const { status, printed } = await runFiles([text, green], ...options);
      assert.equal(status, 1, printed);
      assert.match(printed, says);
      assert.equal(count(printed), counts, printed);
    });
  }
});

test('a file of whose tests the pattern selects none closes what it opens', async () => {
  const file = path.join(dir, 'unselected.test.ts');
  const hooks = path.join(import.meta.dirname, '../support/hooks.ts');
  await writeFile(
    file,
    `${use}import { after, before } from '${hooks}';
    import { createServer } from 'node:http';
    import { setTimeout as sleep } from 'node:timers/promises';
    let server;
    before(async () => {
      await sleep(50);
      server = createServer().listen(0);
    });
    after(() => server.close());
    test('a test', () => {});\n`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = { env, timeout: 60_000 };
  const { error, printed } = await new Promise<{ error: Error | null; printed: string }>((resolve) => {
    execFile(
      process.execPath,
      ['--test', '--test-name-pattern=no test', file],
      options,
      (failed, stdout, stderr) => resolve({ error: failed, printed: stdout + stderr }),
    );
  });
  assert.equal(error, null, printed);
});
