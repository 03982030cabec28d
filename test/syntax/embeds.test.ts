import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listEmbedded, mayEmbed } from '../../src/syntax/embeds.ts';
import { readGoFile } from '../../src/syntax/go-file.ts';

function embedded(text: string): string[] {
  const file = readGoFile('p/a_test.go', `package p\n\nimport _ "embed"\n\n${text}\n`);
  assert.ok(file);
  return listEmbedded({ importPath: 'example.com/p', files: [file], nameOf: (one) => one });
}

test('patterns are read as the go command reads them', () => {
  assert.deepEqual(embedded('//go:embed a.txt b/*.json "c d/e" `f`\nvar files embed.FS'), [
    'a.txt',
    'b',
    'c d/e',
    'f',
  ]);
  assert.deepEqual(embedded('//go:embed all:static\n//go:embed *.tmpl\nvar files embed.FS'), ['static', '']);
  assert.deepEqual(embedded('// go:embed a.txt\nvar text string'), []);
});

test('a file may be embedded by its name, by its folder, and by a pattern of the package itself', () => {
  assert.equal(mayEmbed(['a.txt', 'b'], 'a.txt'), true);
  assert.equal(mayEmbed(['a.txt', 'b'], 'b/c/d.json'), true);
  assert.equal(mayEmbed(['a.txt', 'b'], 'bc/d.json'), false);
  assert.equal(mayEmbed([''], 'page.tmpl'), true);
  assert.equal(mayEmbed([''], 'code.go'), false);
});
