import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staysInside } from '../../src/source/symlinks.ts';

const cases: [string, Record<string, string>, boolean][] = [
  ['l', { l: 'a.go' }, true],
  ['l', { l: './d/../a.go' }, true],
  ['d/l', { 'd/l': '../a.go' }, true],
  ['d/l', { 'd/l': '..' }, true],
  ['l', { l: 'missing' }, true],
  ['l', { l: '..' }, false],
  ['d/l', { 'd/l': '../../a.go' }, false],
  ['l', { l: '/etc/passwd' }, false],
  ['l', { l: '../tree/a.go' }, false],
  // `here/..` is the parent of the target of `here`, not of `here`.
  ['l', { here: '.', l: 'here/../x' }, false],
  ['l', { up: 'd', l: 'up/../x' }, true],
  ['l', { out: '/etc', l: 'out/passwd' }, false],
  ['l', { l: 'l' }, false],
  ['l', { l: 'm', m: 'l/x' }, false],
];

for (const [path, links, inside] of cases) {
  test(`${JSON.stringify(links)}: ${path} is ${inside ? 'inside' : 'outside'}`, () => {
    assert.equal(staysInside(path, new Map(Object.entries(links))), inside);
  });
}

// Following it to its end would take for ever: the time limit is for that alone.
test('a chain that grows with every link is given up', () => {
  const links = new Map(Array.from({ length: 30 }, (_, at) => [`l${at}`, `l${at + 1}/${'x/'.repeat(1000)}`]));
  assert.equal(staysInside('l0', links), false);
});
