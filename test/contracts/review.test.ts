import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../src/report/model/schema.ts';
import { after, before } from '../support/hooks.ts';
import type { GoRepository } from '../support/go-repository.ts';
import { reviewChange } from '../support/local-review.ts';

const files = (head: boolean): Record<string, string> => ({
  'go.mod': 'module example.com/m\n\ngo 1.24\n',
  '.github/allocgate.yml':
    "thresholds: {allocs: {increase: 5}}\ncontracts: [{benchmark: 'example.com/m.BenchmarkConfigured', allocs: 0}]\n",
  'm.go': `package m

var Sink any

${head ? '' : '//allocgate:noescape\n'}func Kept(i int) int {
	${head ? 'p := new(int)\n\tSink = p' : 'p := i\n\t_ = p'}
	return i
}

func Old(i int) int {
	q := new(int) //allocgate:noescape
	Sink = q
	return i
}

func Limited(i int) int {
	${head ? 'Sink = new([4]int)' : '_ = i'}
	return i
}

func Configured(i int) int {
	${head ? 'Sink = new([8]int)' : '_ = i'}
	return i
}
`,
  'm_test.go': `package m

import "testing"

${head ? '' : '//allocgate:allocs 0\n'}func BenchmarkLimited(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Limited(i)
	}
}

func BenchmarkConfigured(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Configured(i)
	}
}
${head ? '\n//allocgate:allocs 1\nfunc BenchmarkFresh(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tOld(i)\n\t\tOld(i)\n\t}\n}\n' : ''}
//allocgate:allocs 0
func BenchmarkOld(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Old(i)
	}
}
`,
});

let repository: GoRepository | null = null;
let report: Report | null = null;

before(async () => {
  ({ repository, report } = await reviewChange(files(false), files(true)));
});
after(() => repository?.remove());

const broken = () =>
  (report?.findings ?? []).flatMap(({ contract, file, line, gates }) =>
    contract
      ? [
          {
            subject: contract.subject,
            side: contract.declared?.side ?? 'config',
            at: `${file}:${line}`,
            gates,
          },
        ]
      : [],
  );

test('contracts of the config, of base and of head hold, each at the line that breaks it', () => {
  assert.deepEqual(
    broken().sort((a, b) => (a.subject < b.subject ? -1 : 1)),
    [
      { subject: 'Kept', side: 'base', at: 'm.go:6', gates: true },
      { subject: 'example.com/m.BenchmarkConfigured', side: 'config', at: 'm.go:23', gates: true },
      { subject: 'example.com/m.BenchmarkFresh', side: 'head', at: 'm_test.go:18', gates: true },
      { subject: 'example.com/m.BenchmarkLimited', side: 'base', at: 'm.go:18', gates: true },
    ],
  );
  assert.equal(report?.verdict, 'fail');
});

test('a contract that base already broke is a warning and not a finding', () => {
  const warned = (report?.warnings ?? []).filter((one) => one.includes('Base already broke it'));
  assert.equal(warned.length, 2, JSON.stringify(report?.warnings));
  assert.ok(warned.some((one) => one.includes('example.com/m.BenchmarkOld')));
  assert.ok(warned.some((one) => one.includes('m.go:12')));
});
