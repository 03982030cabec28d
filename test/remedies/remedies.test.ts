import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { rewriteFile, type Site } from '../../src/remedies/edits.ts';
import { remedies, remediesFor } from '../../src/remedies/remedies.ts';
import { loadGoGrammar } from '../../src/review/go-grammar.ts';
import { enclosingFunction, parseSource } from '../../src/rules/syntax.ts';

const grammar = await loadGoGrammar();
const fixtures = path.resolve(import.meta.dirname, '../../fixtures');

/** All texts that a remedy makes of a place; each must be Go again. */
function rewrite(ruleId: string, text: string, line: number, more: Partial<Site> = {}): string[] {
  const source = parseSource(grammar, text);
  const own = source && enclosingFunction(source, line);
  if (!source || !own) return [];
  const site = { text, source, function: own, line, expression: null, flowLines: [], goMinor: 26, ...more };
  const results = remediesFor(ruleId).flatMap((remedy) =>
    remedy.write(site).map((one) => rewriteFile(text, one)),
  );
  source.free();
  for (const result of results) {
    const parsed = parseSource(grammar, result);
    assert.ok(parsed && !parsed.root.hasError, result);
    parsed.free();
  }
  return results;
}

const want = /[ \t]*\/\/ want(?: ".*")?$/gmu;

/** What the compiler says at the places of the fixtures whose remedy asks for that. */
const decisions: Record<string, (line: string) => Partial<Site>> = {
  'ST-01': () => ({ expression: 'c.tiers[level]' }),
  'ST-06': () => ({ expression: 'all[turn % len(all)]' }),
  'FC-03': () => ({ expression: 'system' }),
  'XX-09': (line) => ({ expression: /(\w+) :=/u.exec(line)?.[1] ?? null, flowLines: [17, 25, 31, 32] }),
};

/** How many ways the remedies of a rule find at the `want` lines of its fixture. */
function countWays(id: string): number {
  const dir = path.join(fixtures, id, 'bad');
  return readdirSync(dir).flatMap((name) => {
    const marked = readFileSync(path.join(dir, name), 'utf8');
    const text = marked.replaceAll(want, '');
    return marked
      .split('\n')
      .flatMap((line, index) =>
        line.includes('// want') ? rewrite(id, text, index + 1, decisions[id]?.(line)) : [],
      );
  }).length;
}

test('each remedy has a name of its own, and rules that exist', () => {
  assert.equal(new Set(remedies.map(({ id }) => id)).size, remedies.length);
  assert.ok(remedies.length >= 12);
  const known = new Set(readdirSync(fixtures));
  assert.deepEqual(
    remedies.flatMap(({ rules }) => rules.filter((id) => !known.has(id))),
    [],
  );
});

for (const id of [
  'MA-01',
  'MA-02',
  'MA-04',
  'MA-05',
  'MA-10',
  'MA-12',
  'MA-15',
  'ST-01',
  'ST-06',
  'FC-03',
  'XX-05',
  'XX-08',
  'XX-10',
  'XX-14',
  'XX-16',
  'XX-17',
]) {
  test(`${id}: the fixture's bad code can be written otherwise`, () => assert.ok(countWays(id) > 0));
}

const header = 'package p\n\n';
/** The one result for the body of a function; the last line of `body` is the place. */
function write(
  ruleId: string,
  signature: string,
  body: string[],
  more: Partial<Site> = {},
  imports = '',
): string[] {
  const text = `${header}${imports}${signature} {\n${body.join('\n')}\n}\n`;
  const first = text.slice(0, text.indexOf(signature)).split('\n').length;
  const at = body.findIndex((line) => line.includes('/*here*/'));
  return rewrite(ruleId, text, first + 1 + at, more);
}

test('what a format prints is written by the types of its operands', () => {
  const [known] = write(
    'MA-01',
    'func f(a string, i int32, u uint64, b bool) string',
    ['\treturn fmt.Sprintf("%s-%d:%d %t%%", a, i, u, b) /*here*/'],
    {},
    'import "fmt"\n\n',
  );
  assert.match(
    known ?? '',
    /return a \+ "-" \+ strconv\.FormatInt\(int64\(i\), 10\) \+ ":" \+ strconv\.FormatUint\(u, 10\) \+ " " \+ strconv\.FormatBool\(b\) \+ "%"/u,
  );
  assert.match(known ?? '', /import "strconv"/u);
  assert.doesNotMatch(known ?? '', /"fmt"/u);
  const unknown = write('MA-01', 'func f(e entry) string', ['\treturn fmt.Sprintf("%d", e.n) /*here*/']);
  assert.equal(unknown.length, 3, 'the compiler chooses: each way takes one type');
  const appended = write('MA-01', 'func f(dst []byte, i int) []byte', [
    '\treturn append(dst, fmt.Sprintf("n=%d", i)...) /*here*/',
  ]);
  assert.match(appended[0] ?? '', /return strconv\.AppendInt\(append\(dst, "n="\.\.\.\), int64\(i\), 10\)/u);
  for (const format of ['"%5d"', '"%x"', '"%+v"', 'format', '"%d %d"']) {
    assert.deepEqual(
      write('MA-01', 'func f(i int, format string) string', [`\treturn fmt.Sprintf(${format}, i) /*here*/`]),
      [],
      format,
    );
  }
});

test('only what is the same each time is made once', () => {
  const compile = (pattern: string) =>
    write('MA-12', 'func (t *T) Match(s string) bool', [
      `\treturn regexp.MustCompile(${pattern}).MatchString(s) /*here*/`,
    ]);
  assert.match(compile('`a+`')[0] ?? '', /^var matchPattern = regexp\.MustCompile\(`a\+`\)\n\nfunc/mu);
  assert.deepEqual(compile('s'), []);
  const error = (call: string) => write('MA-15', 'func f(s string) error', [`\treturn ${call} /*here*/`]);
  assert.match(error('errors.New("port out of range")')[0] ?? '', /^var errPortOutOfRange = /mu);
  assert.deepEqual(error('errors.New(s)'), []);
  assert.deepEqual(error('fmt.Errorf("bad %s", s)'), []);
});

test('a sum of strings becomes a builder only where every use can follow', () => {
  const loop = (...more: string[]) =>
    write('MA-04', 'func f(parts []string) string', [
      '\tkey := ""',
      '\tfor _, p := range parts {',
      '\t\tkey += p + ";" /*here*/',
      ...more,
      '\t}',
      '\treturn key',
    ]);
  assert.match(
    loop()[0] ?? '',
    /var key strings\.Builder[^]*key\.WriteString\(p\)\nkey\.WriteString\(";"\)[^]*return key\.String\(\)/u,
  );
  assert.deepEqual(loop('\t\tkey = "x" + key'), [], 'it is set otherwise, too');
  assert.deepEqual(
    write('MA-04', 'func f(key string) string', ['\tkey += "x" /*here*/', '\treturn key']).length <= 1,
    true,
  );
});

test('room is made where the loop says how much', () => {
  const fill = (declare: string, over: string) =>
    write('MA-05', 'func f(xs []int, n int) []int', [
      `\t${declare}`,
      `\tfor _, x := range ${over} {`,
      '\t\tout = append(out, x) /*here*/',
      '\t}',
      '\treturn out',
    ]);
  assert.match(fill('var out []int', 'xs')[0] ?? '', /out := make\(\[\]int, 0, len\(xs\)\)/u);
  assert.match(fill('out := []int{}', 's.xs')[0] ?? '', /out := make\(\[\]int, 0, len\(s\.xs\)\)/u);
  assert.match(fill('out := make([]int, 0)', 'xs')[0] ?? '', /make\(\[\]int, 0, len\(xs\)\)/u);
  for (const declare of ['out := []int{1}', 'out := make([]int, 3)', 'out := make([]int, 0, 4)'])
    assert.deepEqual(fill(declare, 'xs'), [], declare);
  assert.deepEqual(fill('var out []int', 'next()'), [], 'a call may do something');
});

test('a sort by one key is written for slices, from the Go release that has it', () => {
  const sort = (less: string, goMinor = 21) =>
    write(
      'XX-05',
      'func f(xs []item)',
      [`\tsort.Slice(xs, func(i, j int) bool { return ${less} }) /*here*/`],
      { goMinor },
      'import "sort"\n\n',
    );
  assert.match(
    sort('xs[i].index < xs[j].index')[0] ?? '',
    /slices\.SortFunc\(xs, func\(a, b item\) int \{ return cmp\.Compare\(a\.index, b\.index\) \}\)/u,
  );
  assert.match(sort('xs[i].at > xs[j].at')[0] ?? '', /cmp\.Compare\(b\.at, a\.at\)/u);
  assert.match(sort('xs[i].at > xs[j].at')[0] ?? '', /import "cmp"/u);
  assert.deepEqual(sort('xs[i].at < xs[j].at', 20), []);
  assert.deepEqual(sort('xs[i].at <= xs[j].at'), []);
  assert.deepEqual(sort('xs[i].a < xs[j].b'), []);
  assert.deepEqual(sort('ys[i].a < ys[j].a'), []);
});

test('conversions go where bytes do as well', () => {
  const [compared] = write(
    'MA-03',
    'func f(b []byte) bool',
    ['\treturn strings.HasPrefix(string(b), "x") /*here*/'],
    {},
    'import "strings"\n\n',
  );
  assert.match(compared ?? '', /return bytes\.HasPrefix\(b, \[\]byte\("x"\)\)/u);
  const lookUp = (use: string) =>
    write('MA-03', 'func f(b []byte, m map[string]int) int', [
      '\tkey := string(b) /*here*/',
      `\treturn ${use}`,
    ]);
  assert.match(lookUp('m[key]')[0] ?? '', /return m\[string\(b\)\]/u);
  assert.deepEqual(lookUp('m[key] + len(key)'), []);
  const [written] = write('MA-02', 'func f(w *bufio.Writer, s string)', ['\tw.Write([]byte(s)) /*here*/']);
  assert.match(written ?? '', /w\.WriteString\(s\)/u);
});
