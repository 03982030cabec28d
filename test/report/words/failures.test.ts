import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../src/errors.ts';
import type { FailureCode } from '../../../src/errors.ts';
import { describeFailure } from '../../../src/report/words/failures.ts';

/** Every code, with the facts that it carries. */
const failures: Record<FailureCode, Failure['facts']> = {
  'not-a-repository': { path: '/x' },
  'unknown-revision': { revision: 'mian', similar: ['main'], shallow: 0, detail: ['fatal: x'] },
  'no-merge-base': { base: 'a'.repeat(40), head: 'b'.repeat(40) },
  'shallow-clone': { base: 'a'.repeat(40), head: 'b'.repeat(40) },
  'no-default-branch': { branches: ['a', 'b'], shallow: 0 },
  'no-commits': { path: '/x' },
  'bare-worktree': { path: '/x' },
  'git-missing': {},
  'git-failed': { command: 'git log', exitCode: 128, reason: 'exit', detail: ['fatal: x'] },
  'missing-objects': { command: 'git cat-file', detail: ['abc missing'] },
  'fetch-failed': { url: 'https://x/o/r', reason: 'network', detail: ['fatal: x'], limit: '' },
  'github-failed': { url: 'https://x/o/r/pull/1', reason: 'not-found', hasToken: 0, detail: ['Not Found'] },
  'tree-too-large': { reason: 'files', limit: 1000 },
  'go-missing': {},
  'go-too-old': { needs: '1.99', has: '1.26.10' },
  'go-failed': { command: 'go list ./...', ended: 'exited', exitCode: 1, output: ['no required module'] },
  'no-go-files': { path: '/x' },
  'no-go-mod': { path: '/x' },
  'bad-config': { path: '.github/allocgate.yml', problems: ['line one', 'line two'] },
  'bad-settings': { path: '/x/settings.yml', problems: ['line one'] },
  'bad-option': { option: '--format', value: 'xml', reason: 'text, markdown, json or sarif' },
  'disk-full': {},
  'output-not-writable': { path: '/x/y', reason: 'EACCES' },
  'sandbox-unavailable': { command: 'go', detail: 'spawn EACCES' },
  'unknown-rule': { rule: 'sprintf', similar: 'sprintf-in-hot-path' },
  'temp-not-writable': { path: '/x', reason: 'permission denied' },
  internal: { detail: ['Error: x', '    at f'] },
  'wrong-architecture': { arch: 'arm64' },
  'bad-environment': { variable: 'APP_ID', reason: 'it is a number' },
  'database-unavailable': { place: 'db.example.com/allocgate', reason: 'connect ECONNREFUSED' },
  interrupted: {},
};

const isCode = (code: string): code is FailureCode => Object.hasOwn(failures, code);

const texts = Object.keys(failures)
  .filter(isCode)
  .map((code) => ({ code, text: describeFailure({ code, facts: failures[code] }) }));

test('every failure has a message of its own and, but for an interrupt, says what to do', () => {
  for (const { code, text } of texts) {
    const { message, hint } = text;
    assert.match(message, /^\S.{10,}$/, code);
    assert.doesNotMatch(`${message} ${hint}`, /undefined|null|\[object|please/i, code);
    assert.equal(hint === '', code === 'interrupted', code);
  }
  assert.equal(new Set(texts.map(({ text }) => text.message)).size, texts.length);
});

test('hints name the command that helps', () => {
  const hintOf = (code: FailureCode): string => describeFailure({ code, facts: failures[code] }).hint;
  assert.match(hintOf('shallow-clone'), /git fetch --unshallow/);
  assert.match(hintOf('no-default-branch'), /--base BRANCH \(there are: a, b\)/);
  assert.match(hintOf('go-missing'), /go\.dev\/dl/);
  assert.match(hintOf('unknown-revision'), /Did you mean main\?/);
});

test('versions, paths and last lines are passed on', () => {
  const old = describeFailure(new Failure('go-too-old', { needs: '1.99', has: '1.26.10' }));
  assert.equal(old.message, 'The module needs Go 1.99 or newer; the installed one is 1.26.10.');
  assert.deepEqual(describeFailure(new Failure('bad-config', failures['bad-config'])).lines, [
    'line one',
    'line two',
  ]);
  assert.deepEqual(describeFailure(new Failure('git-failed', failures['git-failed'])).lines, ['fatal: x']);
});

test('a shallow clone is named as the reason for an unknown revision', () => {
  const { hint } = describeFailure(
    new Failure('unknown-revision', { revision: 'v1', similar: [], shallow: 1 }),
  );
  assert.match(hint, /unshallow/);
});

test('a Go that does not work is told from a missing one', () => {
  assert.match(
    describeFailure(new Failure('go-missing', { output: ['exec format error'] })).message,
    /does not work/,
  );
});

test('a limit of the operator that was reached is named by its setting', () => {
  const describe = (code: FailureCode, facts: Failure['facts']): string => {
    const { message, hint } = describeFailure(new Failure(code, facts));
    return `${message} ${hint}`;
  };
  const ended = { 'timed-out': 'buildSeconds', 'memory-limit': 'memoryMiB', 'disk-limit': 'diskMiB' };
  for (const [how, limit] of Object.entries(ended)) {
    assert.ok(describe('go-failed', { command: 'go list', ended: how }).includes(`(limits.${limit})`), how);
  }
  assert.match(describe('tree-too-large', { reason: 'files', limit: 9 }), /Raise limits\.treeFiles/);
  assert.match(describe('tree-too-large', { reason: 'bytes', limit: 9 }), /Raise limits\.treeMiB/);
});

test('settings that cannot be read are told from settings that are wrong', () => {
  const { message, hint } = describeFailure(
    new Failure('bad-settings', { path: '/x', reason: 'permission denied' }),
  );
  assert.equal(message, 'Cannot read the settings /x: permission denied.');
  assert.match(hint, /ALLOCGATE_SETTINGS=FILE/);
});

test('facts from outside cannot steer the terminal', () => {
  const { message, lines } = describeFailure(
    new Failure('unknown-revision', { revision: '\u001B[2J\u202Ex', detail: ['\u001B]0;t\u0007y'] }),
  );
  assert.equal(message, 'The repository has no commit named "x".');
  assert.deepEqual(lines, ['y']);
});
