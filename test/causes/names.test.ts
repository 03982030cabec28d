import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChangedLines } from '../../src/causes/changed-lines.ts';
import { createPackages } from '../../src/causes/packages.ts';
import { createNames, namesIn } from '../../src/causes/names.ts';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { FileChange } from '../../src/compare/types.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { say } from './described-change.ts';
import { grammar } from '../rules/match-input.ts';

const types = `package p

const size = 64

type frame struct {
	used int
	data [size]byte
}

type holder struct {
	frame *frame
}

type Adder interface {
	Add(n int)
	Sum() int
}

// Record keeps a value.
func Record(
	name string,
	value any,
) {
	size := 3
	_ = size
}
`;

/** The declaration that `names` lead to when head changed `lines` of p/types.go; \`kind name:line\`. */
function find(lines: number[], names: string[], file = 'p/use.go'): string | null {
  const hunks = lines.map((line) => ({ base: { start: line, lines: 1 }, head: { start: line, lines: 1 } }));
  const change: FileChange = { basePath: 'p/types.go', headPath: 'p/types.go', binary: false, hunks };
  const texts = new Map([
    ['p/types.go', types],
    ['q/use.go', 'package q\n\nimport "example.com/m/p"\n'],
    ['r/use.go', 'package r\n\nimport "example.com/other/p"\n'],
  ]);
  const read = (path: string): string | null => texts.get(path) ?? null;
  const old = types
    .split('\n')
    .map((line, index) => (lines.includes(index + 1) ? `${line} /* was */` : line));
  const readOld = (path: string): string | null => (path === 'p/types.go' ? old.join('\n') : null);
  const sources = openSources(grammar, [change], read, readOld);
  const filesIn = (dir: string): string[] => (dir === 'p' ? ['p/types.go'] : []);
  const packages = createPackages(
    [say('can-inline', { file: 'p/types.go', line: 1, column: 1 }, 'F')],
    sources,
    filesIn,
  );
  const changes = createChangedLines(buildLineMap([change]), [change], sources);
  try {
    const found = createNames(sources, changes, filesIn, packages).findChanged(names, file);
    return found && `${found.declaration.kind} ${found.declaration.name}:${found.line}`;
  } finally {
    sources.free();
  }
}

test('a name leads to its own changed declaration', () => {
  assert.equal(find([3], ['size']), 'constant size:3');
  assert.equal(find([7], ['data']), 'field data:7');
  assert.equal(find([15], ['Add']), 'method Add:15');
  assert.equal(find([3], ['other']), null);
});

test('a type leads to what it is made of, through other types', () => {
  assert.equal(find([3], ['frame']), 'constant size:3');
  assert.equal(find([3], ['holder']), 'constant size:3');
  assert.equal(find([15], ['frame']), null);
});

test('of a function the signature counts, not the body', () => {
  assert.equal(find([22], ['Record']), 'signature Record:22');
  assert.equal(find([24], ['Record']), null);
  assert.equal(find([19], ['Record']), null, 'nor the comment above');
});

test('another package sees exported names only', () => {
  assert.equal(find([22], ['Record'], 'q/use.go'), 'signature Record:22');
  assert.equal(find([3], ['size'], 'q/use.go'), null);
  assert.equal(find([22], ['Record'], 'r/use.go'), null, 'whose import only ends alike');
});

test('names are read without keywords, texts and comments', () => {
  assert.deepEqual(namesIn('for i := range x.items { log("of y", z) } // w'), [
    'i',
    'x',
    'items',
    'log',
    'z',
  ]);
});

test('blank lines, comments and closing brackets say nothing; a directive does', () => {
  const text = 'package p\n\n// F does it.\n//go:noinline\nfunc F() {\n\tg(func() {\n\t})\n}\n';
  const hunk = { base: { start: 2, lines: 1 }, head: { start: 2, lines: 7 } };
  const change: FileChange = { basePath: 'x.go', headPath: 'x.go', binary: false, hunks: [hunk] };
  const sources = openSources(
    grammar,
    [change],
    () => text,
    () => null,
  );
  const changes = createChangedLines(buildLineMap([change]), [change], sources);
  try {
    assert.deepEqual(changes.within('x.go', 1, 8), [4, 5, 6]);
  } finally {
    sources.free();
  }
});
