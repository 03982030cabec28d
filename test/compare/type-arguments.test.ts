import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitFrame } from '../../src/causes/functions.ts';
import { withoutTypeArguments } from '../../src/compare/type-arguments.ts';
import { functionOfFrame } from '../../src/trials/tested-cost.ts';

test('type arguments are left out, with the brackets, dots and slashes in them', () => {
  const cases: [name: string, bare: string][] = [
    ['m.F', 'm.F'],
    ['m.(*T[...]).M', 'm.(*T).M'],
    ['m.F[map[string]interface {}]', 'm.F'],
    ['m.F[[]example.com/other.T[int],go.shape.[]uint8]', 'm.F'],
    ['m.F]x', 'm.Fx'],
    ['m.F[x', 'm.F'],
    ['', ''],
  ];
  for (const [name, bare] of cases) assert.equal(withoutTypeArguments(name), bare, name);
});

test('the function of a frame is found whatever its type arguments', () => {
  const frame = 'example.com/m/json.decodeInto[map[string]example.com/other.T]';
  assert.deepEqual(splitFrame(frame), { importPath: 'example.com/m/json', name: 'decodeInto' });
  assert.equal(functionOfFrame(`${frame}.func1`), 'example.com/m/json.decodeInto');
});
