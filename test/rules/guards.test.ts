import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadFixture } from '../../src/review/fixture-files.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { before } from '../support/hooks.ts';
import { createGoRepository, readTree, type Files } from '../support/go-repository.ts';

/** Runs the guard of every exercise page, as a reader would paste it, with the good code and with the bad code. */
const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const { rules } = await loadRules();
const packageOf = (id: string): string => id.toLowerCase().replace('-', '');

const guardOf = (exercise: string): string => /^## Guard\n[^]*?```go\n([^]*?)```/mu.exec(exercise)?.[1] ?? '';

/** The imports of the benchmark that a guard uses as well: a reader's editor adds them. */
function importsOf(guard: string, benchmark: string): string {
  const known = [...benchmark.matchAll(/^(?:import )?\t?"([\w./]+)"$/gmu)].map((match) => match[1] ?? '');
  const used = known.filter((path) => new RegExp(`\\b${path.split('/').at(-1)}\\.`, 'u').test(guard));
  return used.map((path) => `import "${path}"\n`).join('');
}

/** `TestAppendKeyAllocs` and the like; a page may have several. */
const testsOf = (guard: string): string[] =>
  [...guard.matchAll(/^func (Test\w+(?:Allocs|Bytes))\(t \*testing\.T\)/gmu)].map((match) => match[1] ?? '');

/**
 * A package with its benchmark and its guard. None of its files is called a test: one program runs the guards of all packages
 * then, because linking a program for each takes more time than everything else.
 */
async function readPackage(id: string, exercise: string, side: 'good' | 'bad'): Promise<Files> {
  const folder = packageOf(id);
  const files = Object.entries(await readTree(`${fixtures}/${id}/${side}`, `${folder}/`));
  const benchmark = files.find(([name]) => name.endsWith('_test.go'))?.[1] ?? '';
  const guard = guardOf(exercise);
  const text = `package ${folder}\n\n${importsOf(guard, benchmark)}\n${guard}`;
  const renamed = files.map(([name, content]) => [name.replace(/_test\.go$/u, '_testing.go'), content]);
  return { ...Object.fromEntries(renamed), [`${folder}/guard.go`]: text };
}

/** The program: a test for each package, which runs the package's guards. */
function writeProgram(): string {
  const imports = rules.map(({ id }) => `\t"example.com/guards/${packageOf(id)}"\n`).join('');
  const tests = rules.map(({ id, exercise }) => {
    const runs = testsOf(guardOf(exercise)).map((name) => `\tt.Run("${name}", ${packageOf(id)}.${name})\n`);
    return `func Test_${packageOf(id)}(t *testing.T) {\n${runs.join('')}}\n`;
  });
  return `package guards\n\nimport (\n\t"testing"\n\n${imports})\n\n${tests.join('\n')}`;
}

/** The packages whose guards all passed, those with one that failed, and what `go test` printed. */
async function runGuards(
  side: 'good' | 'bad',
): Promise<{ passed: Set<string>; failed: Set<string>; output: string }> {
  const repository = await createGoRepository();
  try {
    const packages = await Promise.all(rules.map(({ id, exercise }) => readPackage(id, exercise, side)));
    await repository.commit(
      Object.assign(
        { 'go.mod': 'module example.com/guards\n\ngo 1.24\n', 'all_test.go': writeProgram() },
        ...packages,
      ),
    );
    const output = await new Promise<string>((resolve) => {
      const args = ['test', '-v', '-vet=off', '.'];
      execFile('go', args, { cwd: repository.dir }, (_, stdout, stderr) => resolve(stdout + stderr));
    });
    const listed = (result: string): Set<string> =>
      new Set(
        [...output.matchAll(new RegExp(`^--- ${result}: Test_(\\w+) `, 'gmu'))].map(
          (match) => match[1] ?? '',
        ),
      );
    return { passed: listed('PASS'), failed: listed('FAIL'), output };
  } finally {
    await repository.remove();
  }
}

describe('the guards of the exercise pages', () => {
  const sides = new Map<'good' | 'bad', Awaited<ReturnType<typeof runGuards>>>();
  const runOf = (side: 'good' | 'bad') => sides.get(side) ?? assert.fail(`the ${side} guards did not run`);
  before(async () => {
    for (const side of ['good', 'bad'] as const) sides.set(side, await runGuards(side));
  });

  it('are there, one for each page at least', () => {
    const without = rules.filter(({ exercise }) => testsOf(guardOf(exercise)).length === 0);
    assert.deepEqual(
      without.map(({ id }) => id),
      [],
    );
  });

  it('pass beside the good code', () => {
    const { passed, output } = runOf('good');
    assert.deepEqual(
      rules.map(({ id }) => id).filter((id) => !passed.has(packageOf(id))),
      [],
      output,
    );
  });

  it('fail beside the bad code, by their own message', async () => {
    const { passed, failed, output } = runOf('bad');
    for (const { id } of rules) {
      const fixture = await loadFixture(id, fixtures);
      const fails = fixture?.expected.allocates !== false;
      assert.equal((fails ? failed : passed).has(packageOf(id)), true, `${id}\n${output}`);
    }
  });
});
