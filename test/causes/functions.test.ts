import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLines } from '../../src/causes/changed-lines.ts';
import { calledFunction, splitFrame, splitName } from '../../src/causes/functions.ts';
import { mayBeNamed } from '../../src/causes/packages.ts';

test('a called name is taken apart into package and function', () => {
  const names = ['F', 'keep.F', 'keep.(*T).M', '(*keep.T).M', '(*T).M', 'keep.New[...]', '(*keep.T[...]).M'];
  assert.deepEqual(
    names.map((name) => Object.values(splitName(name))),
    [
      [null, 'F'],
      ['keep', 'F'],
      ['keep', '(*T).M'],
      ['keep', '(*T).M'],
      [null, '(*T).M'],
      ['keep', 'New'],
      ['keep', '(*T).M'],
    ],
  );
});

test('the function of a call is read from the compiler’s text', () => {
  const calls = ['mid.Forward(&r, &x)', '(*keep.T).Add(r, p)', 'a.Add(&x)', 'gen[int](n)', 'x + y'];
  assert.deepEqual(calls.map(calledFunction), ['mid.Forward', '(*keep.T).Add', 'a.Add', 'gen[int]', null]);
});

test('a package may be named by the last part of its path, or by a piece of that', () => {
  assert.ok(mayBeNamed('example.com/m/keep', 'keep'));
  assert.ok(mayBeNamed('example.com/m/keep/v2', 'keep'));
  assert.ok(mayBeNamed('gopkg.in/yaml.v3', 'yaml'));
  assert.ok(mayBeNamed('example.com/go-json', 'json'));
  assert.ok(!mayBeNamed('example.com/m/keeper', 'keep'));
  assert.ok(!mayBeNamed('encoding/jsonx', 'json'));
});

test('lines are named as ranges', () => {
  assert.equal(formatLines([3]), '3');
  assert.equal(formatLines([3, 4, 5, 9, 11, 12]), '3–5, 9, 11–12');
});

test('a frame is taken apart into its import path and the function around its closures', () => {
  const frames = [
    'example.com/m/keep.(*T[...]).M.func1',
    'gopkg.in/yaml%2ev3.Unmarshal',
    'main.run.func2.1',
    'example.com/m.Each[...].F-range1',
    'example.com/m.(*T).M-fm',
  ];
  assert.deepEqual(
    frames.map((frame) => Object.values(splitFrame(frame))),
    [
      ['example.com/m/keep', '(*T).M'],
      ['gopkg.in/yaml.v3', 'Unmarshal'],
      ['main', 'run'],
      ['example.com/m', 'Each.F'],
      ['example.com/m', '(*T).M'],
    ],
  );
});
