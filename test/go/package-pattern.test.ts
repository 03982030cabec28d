import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchPackage } from '../../src/go/package-pattern.ts';

const module = { path: 'example.com/m', dir: '.' };
const nested = { path: 'example.com/m/v2', dir: 'v2' };

test('patterns find packages as those of the go command do', () => {
  const at = (dir: string) => ({ dir, module });
  const table: [string, ReturnType<typeof at>, boolean][] = [
    ['./...', at('.'), true],
    ['./...', at('codec/json'), true],
    ['...', at('codec'), true],
    ['all', at('codec'), true],
    ['.', at('.'), true],
    ['./', at('.'), true],
    ['.', at('codec'), false],
    ['./codec', at('codec'), true],
    ['./codec/', at('codec'), true],
    ['./codec', at('codec/json'), false],
    ['codec', at('codec'), false],
    ['./codec/...', at('codec'), true],
    ['./codec/...', at('codec/json'), true],
    ['./codec/...', at('codec2'), false],
    ['./codec...', at('codec2'), true],
    ['./c.dec', at('codec'), false],
    ['example.com/m', at('.'), true],
    ['example.com/m/codec', at('codec'), true],
    ['example.com/m/...', at('codec'), true],
    ['example.com/...', at('codec'), true],
    ['example.org/...', at('codec'), false],
    ['fmt', at('codec'), false],
    ['../x', at('x'), false],
    ['./...', at('testdata/x'), false],
    ['./...', at('_old'), false],
    ['./...', at('a/.b'), false],
    ['./testdata/x', at('testdata/x'), true],
    ['./_old', at('_old'), true],
  ];
  for (const [pattern, place, expected] of table) {
    assert.equal(matchPackage(pattern, place), expected, `${pattern} and ${place.dir}`);
  }
});

test('a folder in a pattern counts from the folder of go.mod', () => {
  const place = { dir: 'v2/codec', module: nested };
  assert.equal(matchPackage('./codec', place), true);
  assert.equal(matchPackage('./v2/codec', place), false);
  assert.equal(matchPackage('example.com/m/v2/codec', place), true);
});
