import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkData, checkMarkdown, checkPositions, checkTerminal } from './words-checks.ts';
import { wordCases } from './words-cases.ts';
import { type Outputs, reviewCases } from './words-review.ts';
import { before } from '../support/hooks.ts';

// The claims of a hostile pull request in results, profiles, positions and names, reviewed in the real sandbox.

type Row = Outputs['report']['benchmarks'][number];

const rowOf = (outputs: Outputs, name: string): Row | undefined =>
  outputs.report.benchmarks.find((row) => `${row.package}.${row.name}`.endsWith(name));

/** A case by its name, so that the table and the tests cannot part. */
function checkCase(name: string, check: () => void | Promise<void>): void {
  assert.ok(
    wordCases.some((one) => one.name === name),
    name,
  );
  tested.add(name);
  void test(name, check);
}
const tested = new Set<string>();

const isNoisy = (outputs: Outputs, name: string): void => {
  const row = rowOf(outputs, name);
  assert.equal(row?.verdict, 'noisy', JSON.stringify(row));
  assert.match(row.reason ?? '', /surplus or contradicting|cannot be (?:read|parsed)/u);
};

let forged: Outputs;
const forgers = {
  'surplus-row': 'forge.BenchmarkSurplusRow',
  'twin-before': 'forge.BenchmarkTwinBefore',
  'row-of-neighbour': 'forge.BenchmarkRowOfNeighbour',
  'wild-numbers': 'forge.BenchmarkWildNumbers',
  'other-n': 'forge.BenchmarkOtherN',
  'glued-row': 'forge.BenchmarkGluedRow',
  'outcome-lines': 'forge.BenchmarkOutcomeLines',
  'control-bytes': 'forge.BenchmarkControlBytes',
  'child-process': 'forge.BenchmarkChildProcess',
  'standard-error': 'forge.BenchmarkStandardError',
  'exit-after-forged-rows': 'exits.BenchmarkWork',
  'silence-after-forged-rows': 'silent.BenchmarkWork',
  'speech-before-main': 'early.BenchmarkWork',
  'goroutine-after-the-end': 'late.BenchmarkWork',
};

before(async () => {
  const folders = ['forge/', 'exits/', 'silent/', 'early/', 'late/'];
  forged = await reviewCases(Object.keys(forgers), folders);
});

for (const [name, benchmark] of Object.entries(forgers)) checkCase(name, () => isNoisy(forged, benchmark));

void test('the neighbours of forgers keep their verdicts', () => {
  for (const name of [
    'forge.BenchmarkFirst',
    'forge.BenchmarkLast',
    'exits.BenchmarkLast',
    'silent.BenchmarkLast',
  ])
    assert.equal(rowOf(forged, name)?.verdict, 'regression', name);
  assert.ok(!withoutSources(forged).includes('BenchmarkPhantom'));
});

let placed: Outputs;
before(async () => {
  const cases = ['line-of-another-file', 'line-of-nothing', 'line-that-speaks', 'crafted-profile'];
  placed = await reviewCases(cases, ['lines/', 'profile/']);
});

/** The report but for the source around findings, which names what it names. */
const withoutSources = ({ report }: Outputs): string => JSON.stringify({ ...report, sources: [] }, null, 2);

checkCase('line-of-another-file', () => {
  checkPositions(placed);
  assert.equal(rowOf(placed, 'BenchmarkElsewhere')?.verdict, 'regression');
  assert.doesNotMatch(withoutSources(placed), /innocent\.go/u);
  const found = placed.report.findings.filter(({ file }) => file === 'lines/elsewhere.go');
  assert.deepEqual(
    found.map(({ line, gates }) => ({ line, gates })),
    [{ line: 6, gates: true }],
    'the line that allocates is named, where it is',
  );
});

checkCase('line-of-nothing', () => {
  assert.equal(rowOf(placed, 'BenchmarkNowhere')?.verdict, 'regression');
  assert.doesNotMatch(withoutSources(placed), /passwd|"line": 99999|evil\.example/u);
});

checkCase('line-that-speaks', () => {
  assert.doesNotMatch(withoutSources(placed), /forged|"lines\/sink\.go"/u);
});

checkCase('crafted-profile', () => {
  const row = rowOf(placed, 'profile.BenchmarkWork');
  assert.deepEqual([row?.verdict, row?.sites], ['regression', []]);
  assert.ok(
    placed.report.warnings.some((warning) => warning.includes('profile.BenchmarkWork allocates more')),
  );
});

/** Not every system can check out such a file. */
const oddName = 'odd/n\nl|c`d <script>e @octocat \u202Eog.[x](y) #1 ünï.go';
const oddCode = (body: string): string => `package odd\n\nvar Sink any\n\nfunc Odd() {\n${body}}\n`;
const oddFiles = {
  base: {
    [oddName]: oddCode('\tSink = new([32]byte)\n'),
    'odd/odd_test.go':
      'package odd\n\nimport "testing"\n\nfunc BenchmarkOdd(b *testing.B) {\n\tfor range b.N {\n\t\tOdd()\n\t}\n}\n',
  },
  head: { [oddName]: oddCode('\tSink = new([32]byte)\n\tSink = new([48]byte)\n') },
};

let named: Outputs;
before(async () => {
  named = await reviewCases(['sub-benchmark-names', 'compiler-messages', 'panic-words'], ['text/'], oddFiles);
});

/** The outputs of a review are safe wherever they are read. */
const checkAll = (outputs: Outputs): void => {
  checkMarkdown(outputs);
  checkTerminal(outputs);
  checkData(outputs);
  checkPositions(outputs);
};

checkCase('sub-benchmark-names', () => {
  const names = named.report.benchmarks.filter(({ name }) => name.startsWith('BenchmarkNames/'));
  assert.equal(names.length, 6);
  for (const { verdict } of names) assert.equal(verdict, 'regression');
  assert.match(named.markdown, /evil\.example/u, 'the names are shown');
  checkAll(named);
});

checkCase('compiler-messages', () => {
  assert.equal(named.report.findings.filter(({ file }) => file === 'text/literals.go').length, 6);
  assert.match(named.markdown, /&#60;script&#62;|`[^`\n]*<script>/u, 'the literals are shown');
  checkAll(named);
});

checkCase('panic-words', () => {
  assert.match(rowOf(named, 'BenchmarkFail')?.reason ?? '', /panicked at head: panic: : ?:error file=a\.go/u);
  checkTerminal(named);
  checkMarkdown(named);
});

checkCase('file-names', () => {
  assert.equal(rowOf(named, 'odd.BenchmarkOdd')?.verdict, 'regression');
  assert.ok(named.report.findings.some(({ file, line }) => file === oddName && line === 7));
  checkAll(named);
});

checkCase('build-error-lines', async () => {
  const broken = await reviewCases(['build-error-lines'], ['broken/']);
  assert.equal(broken.report.verdict, 'error');
  assert.match(broken.report.buildErrors.join('\n'), /@everyone/u);
  checkAll(broken);
});

checkCase('endless-names', async () => {
  const endless = await reviewCases(['endless-names'], ['text/']);
  for (const name of ['BenchmarkNames/plain', 'BenchmarkGröße', `BenchmarkNames/${'ü'.repeat(140)}`])
    assert.equal(rowOf(endless, name)?.verdict, 'regression', name.slice(0, 40));
  assert.equal(endless.report.warnings.filter((warning) => warning.includes('cannot be parsed')).length, 2);
  assert.ok(endless.json.length < 100_000, `${endless.json.length} characters`);
  checkAll(endless);
});

void test('every case has a test', () => {
  assert.deepEqual(
    wordCases.map(({ name }) => name).filter((name) => !tested.has(name)),
    [],
  );
});
