import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../src/errors.ts';
import { describeFailure } from '../../../src/report/words/failures.ts';
import { describeSandboxProblem, type SandboxProblem } from '../../../src/report/words/sandbox.ts';

function describe(problem: Partial<SandboxProblem>): string {
  const missing: SandboxProblem = { kind: 'missing', program: 'bwrap', detail: '', inContainer: false };
  const { message, hint } = describeSandboxProblem({ ...missing, ...problem });
  return `${message} ${hint}`;
}

const kinds = ['platform', 'missing', 'blocked', 'closed-folder', 'ineffective'];

test('every problem is a message of its own, with a remedy and the way around', () => {
  const texts = kinds.map((kind) => describe({ kind, detail: 'bwrap: the reason.' }));
  for (const text of texts) {
    assert.match(text, /--no-sandbox does without\.$/);
    assert.doesNotMatch(text, /undefined|null|\.\.(?!\/)|: \./);
  }
  assert.equal(new Set(texts).size, kinds.length);
});

test('a missing program is named with the packages of three distributions', () => {
  const text = describe({});
  assert.match(text, /needs bwrap, which is not installed/);
  assert.match(text, /apt-get install bubblewrap \(Debian/);
  assert.match(text, /dnf install bubblewrap \(Fedora/);
  assert.match(text, /apk add bubblewrap \(Alpine/);
  assert.match(describe({ program: 'prlimit' }), /apk add util-linux-misc/);
  assert.match(describe({ program: 'runsc' }), /gvisor\.dev/);
});

test('in a container the options to set are those of the container, elsewhere those of the kernel', () => {
  const blocked = { kind: 'blocked', detail: 'bwrap: No permissions to create a new namespace' };
  const inside = describe({ ...blocked, inContainer: true });
  for (const option of ['seccomp', 'apparmor', 'systempaths']) {
    assert.ok(inside.includes(`--security-opt ${option}=unconfined`), inside);
  }
  assert.doesNotMatch(inside, /sysctl/);
  const outside = describe(blocked);
  assert.match(outside, /No permissions to create a new namespace\. /);
  assert.match(outside, /sysctl .*kernel\.apparmor_restrict_unprivileged_userns=0/);
  assert.doesNotMatch(outside, /[Dd]ocker/);
});

test('a bubblewrap that lacks an option is too old, whatever the kernel allows', () => {
  const text = describe({ kind: 'blocked', detail: 'bwrap: Unknown option --disable-userns' });
  assert.match(text, /0\.8 or newer/);
  assert.doesNotMatch(text, /sysctl/);
});

test('a promise that is not kept is named, and nothing that a program says reaches the terminal raw', () => {
  assert.match(
    describe({ kind: 'ineffective', detail: 'programs have a network' }),
    /promises: programs have/,
  );
  const text = describe({ kind: 'blocked', detail: 'bwrap: \u001B[2Jcleared\u202E' });
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u001F\u202E]/u);
});

test('a program that does not start in a sandbox that works is not blamed on the kernel', () => {
  const { message, hint } = describeFailure(
    new Failure('sandbox-unavailable', { command: '/opt/go/bin/go', detail: 'execvp: No such file' }),
  );
  assert.equal(message, '/opt/go/bin/go could not be started: execvp: No such file.');
  assert.doesNotMatch(hint, /kernel|container/);
});
