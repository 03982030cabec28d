import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { createSpares } from '../../src/sandbox/spares.ts';
import type { Command, Sandbox } from '../../src/sandbox/types.ts';
import { createTestSandbox } from '../support/sandboxes.ts';

const command = (script: string, ...args: string[]): Command => ({
  file: '/bin/sh',
  args: ['-c', script, 'sh', ...args],
  cwd: '/',
  env: { PATH: '/usr/bin:/bin', HOME: '/home/sandbox' },
  view: { readOnly: [], writable: [], scratch: null, network: false },
  timeoutMs: 20_000,
  maxOutputBytes: 1 << 20,
});

async function read(sandbox: Sandbox, one: Command): Promise<string> {
  const lines: string[] = [];
  const outcome = await sandbox.run({ ...one, onStdout: (line) => lines.push(line) });
  return `${lines.join('\n')} ${outcome.exitCode}`;
}

test('what runs in a spare jail gets its words as they are, nothing to read, and no file of the one before', async () => {
  const { sandbox, remove } = await createTestSandbox('bubblewrap');
  try {
    const words = ["it's", '$HOME `id` "x"', 'two\nlines', '', '\\', '-n'];
    const script = 'for w; do printf "[%s]" "$w"; done; cat; ls /tmp; touch /tmp/left; exit 3';
    const expected = `${words.map((word) => `[${word}]`).join('')} 3`;
    for (let run = 0; run < 3; run += 1) {
      assert.equal(await read(sandbox, command(script, ...words)), expected, `run ${run}`);
    }
  } finally {
    await remove();
  }
});

test('a spare has the result file of its command, and limits hold in it', async () => {
  const { sandbox, remove } = await createTestSandbox('bubblewrap');
  try {
    const asking = { ...command('printf abc >/tmp/r'), resultFile: { path: '/tmp/r', maxBytes: 3 } };
    for (let run = 0; run < 3; run += 1) {
      assert.equal((await sandbox.run(asking)).result?.toString(), 'abc', `run ${run}`);
    }
    await sandbox.run(command('true'));
    const hung = await sandbox.run({ ...command('sleep 47190'), timeoutMs: 500 });
    assert.equal(hung.ended, 'timed-out');
  } finally {
    await remove();
  }
});

test('no spare outlives its sandbox', async () => {
  const { sandbox, dir, remove } = await createTestSandbox('bubblewrap');
  await sandbox.run({ ...command('true'), env: { PATH: '/usr/bin:/bin', A: '1' } });
  await sandbox.run(command('true'));
  await remove();
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  assert.ok(!all.includes(dir), 'a jail is left');
});

test('spares are for programs that run again: at most four, the oldest go, and a failed one is made anew', async () => {
  const [made, discarded]: [string[], string[]] = [[], []];
  const spares = createSpares(
    ({ env }) => {
      const name = env['N'] ?? '';
      made.push(name);
      return name === 'bad' ? Promise.reject(new Error('no jail')) : Promise.resolve(name);
    },
    async (name) => void discarded.push(name),
  );
  const named = (N: string): Command => ({ ...command('true'), env: { N } });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'e']) spares.prepare(named(name));
  spares.prepare({ ...named('go'), view: { ...named('go').view, writable: ['/x'] } });
  assert.deepEqual(made, ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual([await spares.take(named('e')), await spares.take(named('e'))], ['e', null]);
  spares.prepare(named('bad'));
  assert.equal(await spares.take(named('bad')), null);
  await spares.close();
  assert.deepEqual(discarded.toSorted(), ['a', 'b', 'c', 'd']);
});
