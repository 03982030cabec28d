import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureDistances } from '../../src/syntax/call-distance.ts';
import { readGoFile } from '../../src/syntax/go-file.ts';

const parse = (text: string) => readGoFile('m.go', `package m\n\n${text}`) ?? assert.fail('it is not Go');

test('a distance counts the names between two declarations, across files, methods and variables', () => {
  const files = [
    parse(`
func changed() {}

type Ring struct{}

func (r *Ring) Grow() { changed() }

var table = map[string]func(*Ring){"grow": (*Ring).Grow}
`),
    parse(`
func BenchmarkDirect(b *testing.B) { changed() }

func BenchmarkMethod(b *testing.B) { new(Ring).Grow() }

func BenchmarkTable(b *testing.B) { table["grow"](nil) }

func BenchmarkOther(b *testing.B) { other() }

func other() {}
`),
  ];
  const distances = measureDistances(files, ['changed']);
  const names = ['Direct', 'Method', 'Table', 'Other'].map((name) => `Benchmark${name}`);
  assert.deepEqual(
    names.map((name) => distances.get(name)),
    [1, 2, 3, undefined],
  );
});

test('declarations that use each other in a circle have distances', () => {
  const distances = measureDistances([parse('func a() { b() }\n\nfunc b() { a(); target() }\n')], ['target']);
  assert.deepEqual(
    [...distances],
    [
      ['target', 0],
      ['b', 1],
      ['a', 2],
    ],
  );
});
