import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveLink } from '../../src/source/symlinks.ts';

const cases: [string, Record<string, string>, string | null][] = [
  ['l', { l: 'a.go' }, 'a.go'],
  ['l', { l: './d/../a.go' }, 'a.go'],
  ['d/l', { 'd/l': '../a.go' }, 'a.go'],
  ['d/l', { 'd/l': '..' }, ''],
  ['l', { l: 'missing' }, 'missing'],
  ['l', { l: '..' }, null],
  ['d/l', { 'd/l': '../../a.go' }, null],
  ['l', { l: '/etc/passwd' }, null],
  ['l', { l: '../tree/a.go' }, null],
  // `here/..` is the parent of the target of `here`, not of `here`.
  ['l', { here: '.', l: 'here/../x' }, null],
  ['l', { up: 'd', l: 'up/../x' }, 'x'],
  ['a/l', { 'a/l': '../m/x', m: 'real/deep' }, 'real/deep/x'],
  ['l', { out: '/etc', l: 'out/passwd' }, null],
  ['l', { l: 'l' }, null],
  ['l', { l: 'm', m: 'l/x' }, null],
];

for (const [path, links, place] of cases) {
  test(`${JSON.stringify(links)}: ${path} leads ${place === null ? 'outside' : `to '${place}'`}`, () => {
    assert.equal(resolveLink(path, new Map(Object.entries(links))), place);
  });
}

// Following it to its end would take for ever: the time limit is for that alone.
test('a chain that grows with every link is given up', () => {
  const links = new Map(Array.from({ length: 30 }, (_, at) => [`l${at}`, `l${at + 1}/${'x/'.repeat(1000)}`]));
  assert.equal(resolveLink('l0', links), null);
});
