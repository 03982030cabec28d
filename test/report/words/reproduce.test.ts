import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReport, planReview } from '../../../src/report/data/report.ts';
import { toHtml } from '../../../src/report/html/markup.ts';
import { toMarkdown, toPlain } from '../../../src/report/model/prose.ts';
import { planPullRequest } from '../../../src/report/pull-request/plan.ts';
import { describeFinding } from '../../../src/report/words/finding.ts';
import { listReproduction, reproductionFolder, runOnce } from '../../../src/report/words/reproduce.ts';
import { describeWarning } from '../../../src/report/words/warnings.ts';
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

test('a finding of a test is shown by running that test, of which the profile alone counts allocations', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const finding = planOne({ evidence: 'tested', benchmarks: [{ ...benchmark, name: 'TestParse' }] });
  assert.deepEqual(listReproduction(finding), [
    "go test -run='^TestParse$' -memprofile=mem.out -memprofilerate=1 'example.com/m/log'",
    String.raw`go tool pprof -sample_index=alloc_objects -list='[.*]Logger.*\.Info\b' mem.out`,
    "go build -gcflags=-m=2 . 2>&1 | grep -F './log.go:42:'",
  ]);
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

/** Names as long as they can be: 300 bytes for a benchmark, and a deep folder. */
const longName = `BenchmarkX/${'segment/'.repeat(36)}`;
const longPath = `example.com/m/${'folder/'.repeat(80)}log`;

test('commands and names to paste are shown whole in every output, however long the names are', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const file = `${longPath}/x.go`;
  const changes = { file, benchmarks: [{ ...benchmark, package: longPath, name: longName }] };
  const broken = planOne({ ...changes, evidence: 'broken', failure: { kind: 'failed', detail: '' } });
  const command = runOnce({ package: longPath, name: longName });
  assert.ok(command.length > 900);
  const { cause } = describeFinding(broken);
  for (const text of [toPlain(cause), toMarkdown(cause)]) assert.ok(text.includes(command), text);
  assert.ok(toHtml(cause).some((part) => part.text.includes('-benchtime=1x')));

  const review = buildReview({ findings: [buildFinding(changes)] });
  const { comments, updates } = planPullRequest(planReview(review, buildConfig()), 'f'.repeat(40));
  const body = [...comments, ...updates].map((one) => one.body).join('\n');
  for (const line of listReproduction(planOne(changes))) assert.ok(body.includes(line), line);
  assert.ok(body.includes(`in the folder \`${longPath}\``), 'the folder');

  const skipped = toPlain(describeWarning({ kind: 'module-skipped', module: 'm', dir: longPath }));
  assert.ok(skipped.includes(`Run allocgate review ${longPath}, or`), skipped);
});

test('a folder in a command is one word of the shell', () => {
  const run = (dir: string): string => toPlain(describeWarning({ kind: 'module-skipped', module: 'm', dir }));
  assert.match(run('tools/gen'), /Run allocgate review tools\/gen, or/u);
  assert.match(run('my tools; ls'), /Run allocgate review 'my tools; ls', or/u);
});

test('a command that only a forged report can have is left out, not cut', () => {
  const forged = toMarkdown(
    describeFinding(
      planOne({
        evidence: 'broken',
        failure: { kind: 'failed', detail: '' },
        benchmarks: buildFinding().benchmarks.map((one) => ({
          ...one,
          name: `BenchmarkX/${'|'.repeat(50_000)}`,
        })),
      }),
    ).cause,
  );
  assert.match(forged, /\(a command that is too long to show\) shows it/u);
  assert.ok(forged.length < 5000, String(forged.length));
});
