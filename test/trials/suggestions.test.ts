import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { applyFixes } from '../../src/cli/fix.ts';
import type { Report, ReportFinding } from '../../src/report/model/schema.ts';
import { tryRemedies } from '../../src/trials/suggestions.ts';
import { after, before } from '../support/hooks.ts';
import type { GoRepository } from '../support/go-repository.ts';
import { reviewChange } from '../support/local-review.ts';

/**
 * `compiled.go`: a fix that holds. `deleted.go`: another one, whose benchmark head deleted. `identity.go`: a fix, but a test wants
 * a new error each time. `gained.go`: the pointer to a local goes to the heap as the copy did.
 */
const files = (head: boolean): Record<string, string> => ({
  'go.mod': 'module example.com/m\n\ngo 1.24\n',
  'compiled.go': `package m

import "regexp"

var Sink any

${head ? '' : 'var host = regexp.MustCompile(`^[a-z]+$`)\n\n'}// IsHost is asked for each request.
func IsHost(name string) bool {
	${head ? 'host := regexp.MustCompile(`^[a-z]+$`)\n\t' : ''}return host.MatchString(name)
}
`,
  'deleted.go': `package m

import "regexp"

${head ? '' : 'var path = regexp.MustCompile(`^/[a-z]+$`)\n\n'}func IsPath(name string) bool {
	${head ? 'path := regexp.MustCompile(`^/[a-z]+$`)\n\t' : ''}return path.MatchString(name)
}
`,
  'identity.go': `package m

import "errors"

var errKept = errors.New("no port")

func Check(port int) error {
	if port < 0 {
		${head ? 'return errors.New("no port")' : 'return kept(port)'}
	}
	return nil
}

func kept(int) error { return errKept }
`,
  'gained.go': `package m

type namer interface{ name() string }

type part struct{ id, size int }

func (p part) name() string { return "part" }

//go:noinline
func keep(n namer) { ${head ? 'Sink = n' : '_ = n'} }

func Name(id int) {
	p := part{id, 2}
	keep(p)
}
`,
  'm_test.go': `package m

import "testing"

func TestHost(t *testing.T) {
	if !IsHost("abc") || IsHost("1") {
		t.Fatal("wrong")
	}
}

${head ? 'func TestIdentity(t *testing.T) {\n\tif Check(-1) == Check(-1) {\n\t\tt.Fatal("the same error")\n\t}\n}\n' : ''}
func BenchmarkHost(b *testing.B) {
	for i := 0; i < b.N; i++ {
		IsHost("abc")
	}
}

${head ? '' : 'func BenchmarkPath(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tIsPath("/abc")\n\t}\n}\n'}
func BenchmarkCheck(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Sink = Check(-1)
	}
}

func BenchmarkName(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Name(i)
	}
}
`,
});

let repository: GoRepository | null = null;
let report: Report | null = null;
let told = '';

before(async () => {
  ({ repository, report } = await reviewChange(files(false), files(true), {
    extend: async (found, _config, lab) => {
      const tried = await tryRemedies(found, lab, 600_000);
      told = await applyFixes(tried, lab.toplevel);
      return tried;
    },
  }));
});
after(() => repository?.remove());

function findingIn(file: string): ReportFinding {
  const found = report?.findings.find((one) => one.file === file);
  assert.ok(found, `${file}: ${JSON.stringify(report?.findings)}`);
  return found;
}

test('a fix that compiles, passes the tests and allocates less is offered, with what was measured', () => {
  const { suggestion } = findingIn('compiled.go');
  assert.ok(suggestion);
  const { remedy, file, first, last, unit, after: now, tests, replacement } = suggestion;
  assert.deepEqual([remedy, file, unit, now, tests], ['compile-once', 'compiled.go', 'allocs/op', 0, 2]);
  assert.deepEqual([first, last], [7, 9]);
  assert.deepEqual(replacement, [
    'var isHostPattern = regexp.MustCompile(`^[a-z]+$`)',
    '',
    '// IsHost is asked for each request.',
    'func IsHost(name string) bool {',
    '\thost := isHostPattern',
  ]);
});

test('a fix for what a benchmark shows that head deleted is measured by that benchmark, and tested by the tests of head', () => {
  const { suggestion } = findingIn('deleted.go');
  assert.ok(suggestion, JSON.stringify(findingIn('deleted.go')));
  const { remedy, benchmark, after: now, tests } = suggestion;
  assert.deepEqual([remedy, benchmark, now, tests], ['compile-once', 'example.com/m.BenchmarkPath', 0, 2]);
});

test('a fix that breaks a test, or gains nothing, is not offered', () => {
  assert.equal(findingIn('identity.go').suggestion, undefined);
  assert.equal(findingIn('gained.go').suggestion, undefined);
});

test('--fix writes it to the work tree', async () => {
  assert.ok(repository);
  const text = await readFile(path.join(repository.dir, 'compiled.go'), 'utf8');
  assert.match(text, /^var isHostPattern = /mu);
  assert.equal(told, 'Fixed in the work tree: compiled.go:7 (compile-once), deleted.go:5 (compile-once).');
});
