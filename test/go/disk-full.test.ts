import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saysDiskFull } from '../../src/go/go-command.ts';

test('only the system itself says that the disk is full, never the reviewed code', () => {
  const real = [
    'write /tmp/go-build1/b001/_pkg_.a: no space left on device',
    'go: creating work dir: mkdir /tmp/go-build2: no space left on device',
    'compile: writing output: write $WORK/b001/_pkg_.a: disk quota exceeded',
    'open /home/x/.cache/go-build/ab/cd-d: no space left on device',
    '/usr/lib/go/pkg/tool/linux_amd64/link: flushing /tmp/a.out: close /tmp/a.out: no space left on device',
  ];
  const quoted = [
    'a.go:6:2: error: #error the disk: no space left on device',
    './a.go:6:2: error: #error write /tmp/x: no space left on device',
    '    6 | #error write /tmp/x: no space left on device',
    'In file included from a.h:1: write /tmp/x: no space left on device',
    'panic: no space left on device',
    '#error write /tmp/x: no space left on device',
    'go.mod:3: unknown directive: write /x: no space left on device',
  ];
  for (const line of real) assert.equal(saysDiskFull(line), true, line);
  for (const line of quoted) assert.equal(saysDiskFull(line), false, line);
});
