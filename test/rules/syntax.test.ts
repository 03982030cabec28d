import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGoGrammar } from '../../src/review/go-grammar.ts';
import {
  enclosingFunction,
  findSites,
  countMatches,
  isLineInLoop,
  isNodeInLoop,
  parseSource,
  spansLine,
  type SourceFile,
} from '../../src/rules/syntax.ts';
import { after } from '../support/hooks.ts';

const grammar = await loadGoGrammar();
const opened: SourceFile[] = [];
after(() => opened.forEach((file) => file.free()));

function parseGo(text: string): SourceFile {
  const file = parseSource(grammar, text);
  assert.ok(file);
  opened.push(file);
  return file;
}

/** The line that carries `// <mark>`. */
function lineOf(file: SourceFile, mark: string): number {
  return file.lines.findIndex((line) => line.endsWith(`// ${mark}`)) + 1;
}

const calls = '(call_expression) @site';

describe('enclosingFunction', () => {
  const file = parseGo(`package p

func F() {
	a() // f
}

func (t *T) M() { b() } // pointer
func (T) V() { c() } // value
func (s *Set[K, V]) Add(k K) { d() } // generic

var hook = func() {
	e() // var
}

type Table struct {
	rows map[Key]int // type
}
`);
  const nameAt = (mark: string): string | undefined => enclosingFunction(file, lineOf(file, mark))?.name;

  it('names functions and methods as the compiler does, without type arguments', () => {
    assert.deepEqual(['f', 'pointer', 'value', 'generic'].map(nameAt), ['F', '(*T).M', 'T.V', '(*Set).Add']);
  });

  it('finds none around other declarations', () => {
    assert.deepEqual(['var', 'type'].map(nameAt), [undefined, undefined]);
  });

  it('finds nothing between declarations and beyond the file', () => {
    assert.equal(enclosingFunction(file, 2), null);
    assert.equal(enclosingFunction(file, 4711), null);
  });
});

describe('loops', () => {
  const file = parseGo(`package p

func F(items []int) {
	once() // before
	for _, item := range load() { // header
		use(item) // body
		go func() { // go
			work() // closure
			for {
				spin() // inner
			}
		}()
	}
	for i := 0; i < 3; i++ { tick() } // oneline
	after() // after
}
`);
  const inLoop = (mark: string): boolean => isLineInLoop(file, lineOf(file, mark));

  it('holds for lines of the body', () => {
    assert.deepEqual(['body', 'go', 'inner', 'oneline'].map(inLoop), [true, true, true, true]);
  });

  it('does not hold outside, in the header, and in a closure without a loop of its own', () => {
    assert.deepEqual(['before', 'header', 'closure', 'after'].map(inLoop), [false, false, false, false]);
  });

  it('does not hold for lines that are not there', () => {
    assert.equal(isLineInLoop(file, 2), false);
    assert.equal(isLineInLoop(file, 4711), false);
  });

  it('tells the header from the body of a loop on one line by its nodes', () => {
    const byText = new Map(
      findSites(grammar, calls, file.root).map((node) => [node.text, isNodeInLoop(node)]),
    );
    assert.equal(byText.get('tick()'), true);
    assert.equal(byText.get('load()'), false);
    assert.equal(byText.get('work()'), false);
  });
});

describe('queries', () => {
  const file = parseGo(`package p

func F() {
	register( // call
		"name", // argument
		func() {
			make() // closure
		},
	)
	other() // other
}
`);

  it('gives the captures named @site that begin on or span a line, closures apart', () => {
    const at = (mark: string): (string | undefined)[] =>
      findSites(grammar, calls, file.root)
        .filter((node) => spansLine(node, file, lineOf(file, mark)))
        .map((node) => node.childForFieldName('function')?.text);
    assert.deepEqual(at('call'), ['register']);
    assert.deepEqual(at('argument'), ['register']);
    assert.deepEqual(at('closure'), ['make']);
    assert.deepEqual(at('other'), ['other']);
  });

  it('applies predicates and stays within the scope', () => {
    const scope = enclosingFunction(file, 4)?.node;
    assert.ok(scope);
    assert.equal(countMatches(grammar, '((identifier) @name (#eq? @name "other"))', scope), 1);
    assert.equal(countMatches(grammar, '((identifier) @name (#eq? @name "absent"))', scope), 0);
    assert.equal(countMatches(grammar, '(package_identifier) @name', scope), 0);
  });

  it('compiles a query once and refuses one that the grammar does not know', () => {
    assert.equal(grammar.compile(calls), grammar.compile(calls));
    assert.throws(() => grammar.compile('(no_such_node) @site'));
  });
});

describe('broken source', () => {
  const texts = [
    '',
    '\0\0',
    'func',
    'package p\nfunc broken( {\n\tx(\n',
    '}}}}',
    'package p\nfunc (',
    'func ( ) M() {}',
  ];

  it('parses to something that can be asked', () => {
    for (const text of texts) {
      const file = parseGo(text);
      for (let line = 0; line <= 5; line += 1) {
        enclosingFunction(file, line);
        assert.equal(isLineInLoop(file, line), false);
      }
      findSites(grammar, calls, file.root);
    }
  });
});

describe('generated files', () => {
  const data = (count: number): string => `var data = "${'\\x1f'.repeat(count)}" // long\n`;
  const declare = 'func after() { use(data) }\n';

  it('are parsed without what their long literals contain, and every place stays', () => {
    const file = parseGo(`package p\n\n${data(1_000_000)}\n${declare}`);
    assert.deepEqual(
      file.functions.map(({ name, firstLine, lastLine }) => [name, firstLine, lastLine]),
      [['after', 5, 5]],
    );
    assert.equal(lineOf(file, 'long'), 3);
    assert.equal(file.root.descendantsOfType('escape_sequence').length, 0);
  });

  it('with megabytes of code are not parsed', () => {
    assert.equal(
      parseSource(grammar, `package p\n\nvar data = []byte{${'1, '.repeat(700_000)}}\n${declare}`),
      null,
    );
  });
});
