import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { writeCompilerScripts } from '../../src/go/c-compiler.ts';
import { after, before } from '../support/hooks.ts';

const run = promisify(execFile);
let dir = '';
let compilers = '';

/** A program whose Go file, header and data can change; `answer` comes from C, `data` by way of the assembler. */
function program({ greeting = 'a', answer = 1, data = 'x' }): Record<string, string> {
  return {
    'go.mod': 'module example.com/m\n\ngo 1.24\n',
    'main.go': `package main

/*
int answer(void);
char data(void);
*/
import "C"

func main() { println("${greeting}", int(C.answer()), string(rune(C.data()))) }
`,
    'answer.h': `#define ANSWER ${answer}\n`,
    'answer.c': '#include "answer.h"\n\nint answer(void) { return ANSWER; }\n',
    'data.c': `__asm__(".section .rodata\\nplanted: .incbin \\"${path.join(dir, 'data')}\\"\\n.text");
extern const char planted[1];
char data(void) { return planted[0]; }
`,
    '../data': data,
  };
}

/** Builds a program in a folder of that name, and returns what it prints and the C files that were compiled for it. */
async function build(
  name: string,
  changes: Parameters<typeof program>[0],
): Promise<{ output: string; compiled: string[] }> {
  const tree = path.join(dir, name);
  await mkdir(tree);
  for (const [file, text] of Object.entries(program(changes))) await writeFile(path.join(tree, file), text);
  const log = path.join(dir, 'log');
  await writeFile(log, '');
  const env = {
    PATH: `${compilers}:${process.env['PATH'] ?? ''}`,
    HOME: dir,
    GOCACHE: path.join(dir, 'cache'),
    GOFLAGS: '',
    CGO_ENABLED: '1',
  };
  await run('go', ['build', '-trimpath', '-buildvcs=false', '-o', 'program', '.'], { cwd: tree, env });
  const { stderr } = await run(path.join(tree, 'program'));
  const compiled = (await readFile(log, 'utf8'))
    .split('\n')
    .filter((line) => / -c (?:answer|data)\.c$/u.test(line));
  return { output: stderr, compiled: compiled.map((line) => line.split(' ').at(-1) ?? '').sort() };
}

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-cc-'));
  // The real compiler, which keeps a record of how it was called.
  await mkdir(path.join(dir, 'real'));
  const { stdout: gcc } = await run('sh', ['-c', 'command -v gcc']);
  const recorder = `#!/bin/sh\necho "$@" >>'${dir}/log'\nexec ${gcc.trim()} "$@"\n`;
  await writeFile(path.join(dir, 'real', 'gcc'), recorder);
  await chmod(path.join(dir, 'real', 'gcc'), 0o755);
  const { stdout: goroot } = await run('go', ['env', 'GOROOT']);
  const real = [path.join(dir, 'real')];
  compilers = (await writeCompilerScripts(path.join(dir, 'compilers'), goroot.trim(), real)) ?? '';
});
after(() => rm(dir, { recursive: true, force: true }));

test('C code that did not change is compiled once for several trees', async () => {
  const first = await build('base', {});
  assert.deepEqual(first, { output: 'a 1 x\n', compiled: ['answer.c', 'data.c'] });

  const otherGo = await build('other-go', { greeting: 'b' });
  assert.equal(otherGo.output, 'b 1 x\n');
  assert.ok(!otherGo.compiled.includes('answer.c'));

  const otherHeader = await build('other-header', { answer: 2 });
  assert.equal(otherHeader.output, 'a 2 x\n');
  assert.ok(otherHeader.compiled.includes('answer.c'));

  // The assembler reads the file, so equal source means nothing.
  const otherData = await build('other-data', { greeting: 'c', data: 'y' });
  assert.equal(otherData.output, 'c 1 y\n');
});

test('without a C compiler there are no scripts', async () => {
  assert.equal(await writeCompilerScripts(path.join(dir, 'none'), '/go', [path.join(dir, 'empty')]), null);
});
