import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadFixture } from '../../src/review/fixture-files.ts';
import { loadRules } from '../../src/review/rule-files.ts';
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

async function readPackage(id: string, exercise: string, side: 'good' | 'bad'): Promise<Files> {
  const folder = packageOf(id);
  const files = await readTree(`${fixtures}/${id}/${side}`, `${folder}/`);
  const benchmark = Object.entries(files).find(([name]) => name.endsWith('_test.go'))?.[1] ?? '';
  const guard = guardOf(exercise);
  const text = `package ${folder}\n\n${importsOf(guard, benchmark)}\n${guard}`;
  return { ...files, [`${folder}/guard_test.go`]: text };
}

/** By package, the last line that `go test` prints of it: `ok`, `FAIL` and the output of those that fail. */
async function runGuards(side: 'good' | 'bad'): Promise<{ passed: Set<string>; output: string }> {
  const repository = await createGoRepository();
  try {
    const packages = await Promise.all(rules.map(({ id, exercise }) => readPackage(id, exercise, side)));
    await repository.commit(
      Object.assign({ 'go.mod': 'module example.com/guards\n\ngo 1.24\n' }, ...packages),
    );
    const output = await new Promise<string>((resolve) => {
      const args = ['test', '-run', '(Allocs|Bytes)$', '-vet=off', './...'];
      execFile('go', args, { cwd: repository.dir }, (_, stdout, stderr) => resolve(stdout + stderr));
    });
    const passed = [...output.matchAll(/^ok\s+example\.com\/guards\/(\w+)/gmu)].map(
      (match) => match[1] ?? '',
    );
    return { passed: new Set(passed), output };
  } finally {
    await repository.remove();
  }
}

describe('the guards of the exercise pages', () => {
  const sides = new Map<'good' | 'bad', Awaited<ReturnType<typeof runGuards>>>();
  before(async () => {
    for (const side of ['good', 'bad'] as const) sides.set(side, await runGuards(side));
  });

  it('pass beside the good code', () => {
    const { passed, output } = sides.get('good') ?? { passed: new Set(), output: '' };
    assert.deepEqual(
      rules.map(({ id }) => id).filter((id) => !passed.has(packageOf(id))),
      [],
      output,
    );
  });

  it('fail beside the bad code, by their own message', async () => {
    const { passed, output } = sides.get('bad') ?? { passed: new Set(), output: '' };
    assert.doesNotMatch(output, /\[build failed\]/u);
    for (const { id } of rules) {
      const fixture = await loadFixture(id, fixtures);
      assert.equal(passed.has(packageOf(id)), fixture?.expected.allocates === false, id);
    }
  });
});
