import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReport } from '../../../src/report/data/report.ts';
import { toPlain } from '../../../src/report/model/prose.ts';
import { describeFinding } from '../../../src/report/words/finding.ts';
import { listReproduction, reproductionFolder } from '../../../src/report/words/reproduce.ts';
import { buildConfig, buildFinding, buildReview } from '../../support/review-data.ts';

const planOne = (changes: Parameters<typeof buildFinding>[0]) => {
  const { findings } = planReport(buildReview({ findings: [buildFinding(changes)] }), buildConfig());
  assert.ok(findings[0]);
  return findings[0];
};

test('the counts, the profile and the decisions, each by a command of Go', () => {
  assert.deepEqual(listReproduction(planOne({})), [
    "go test -run='^$' -bench='^BenchmarkInfo$/^short$' -benchmem -count=6 'example.com/m/log'",
    "go test -run='^$' -bench='^BenchmarkInfo$/^short$' -memprofile=mem.out -memprofilerate=1 'example.com/m/log'",
    String.raw`go tool pprof -sample_index=alloc_objects -list='[.*]Logger.*\.Info\b' mem.out`,
    "go build -gcflags=-m=2 . 2>&1 | grep -F './log.go:42:'",
  ]);
});

test('a finding without a benchmark has the decisions alone', () => {
  const finding = planOne({ evidence: 'possible', benchmarks: [] });
  assert.deepEqual(listReproduction(finding), ["go build -gcflags=-m=2 . 2>&1 | grep -F './log.go:42:'"]);
});

test('commands are run in the folder of the file, which is in the right module wherever go.mod is', () => {
  assert.equal(reproductionFolder({ file: 'sub/module/log/log.go' }), 'sub/module/log');
  assert.equal(reproductionFolder({ file: 'log.go' }), '.');
});

test('the pattern of a function matches its names in a profile', () => {
  const names: Readonly<Record<string, string[]>> = {
    Sum: ['example.com/m/a.Sum', 'example.com/m/a.Sum[go.shape.int]', 'example.com/m/a.Sum.func1'],
    'T.M': ['example.com/m/a.T.M', 'example.com/m/a.T[go.shape.string].M', 'example.com/m/a.T.M.func2'],
    '(*T).M': [
      'example.com/m/a.(*T).M',
      'example.com/m/a.(*T[go.shape.int]).M',
      'example.com/m/a.(*T).M.func1',
    ],
    größe: ['example.com/m/a.größe'],
  };
  const others = ['example.com/m/a.Summary', 'example.com/m/a.(*T).Mark', 'example.com/m/a.MySum'];
  for (const [name, inProfile] of Object.entries(names)) {
    const list = listReproduction(planOne({ function: name })).find((one) => one.includes('-list='));
    const pattern = new RegExp(/-list='(?<own>[^']*)'/u.exec(list ?? '')?.groups?.['own'] ?? '', 'u');
    for (const one of inProfile) assert.match(one, pattern);
    for (const one of others) assert.doesNotMatch(one, pattern);
  }
});

test('the command of a broken benchmark matches only its name, whatever it contains', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const finding = planOne({
    evidence: 'broken',
    failure: { kind: 'failed', detail: '' },
    benchmarks: [{ ...benchmark, name: 'BenchmarkX/a+b(c)' }],
  });
  const command = String.raw`go test -run='^$' -bench='^BenchmarkX$/^a\+b\(c\)$' -benchtime=1x 'example.com/m/log'`;
  assert.ok(toPlain(describeFinding(finding).cause).includes(command));
});

test('names are one word of the shell, whatever they hold', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const finding = planOne({
    file: "a'; rm -rf ~/x.go",
    benchmarks: [{ ...benchmark, name: "BenchmarkX/a.b$(id)'`" }],
  });
  for (const command of listReproduction(finding)) {
    // Outside single quotes nothing of the names is left.
    const outside = command.replaceAll(String.raw`\'`, '').replaceAll(/'[^']*'/gu, '');
    assert.doesNotMatch(outside, /rm|\$|`|;/u, command);
  }
});
