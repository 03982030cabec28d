#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { describeOldNode } from './report/words/old-node.ts';
import { stateDir } from './state-dir.ts';

// What an older Node does not know is only imported below: otherwise it would end with the stack of a SyntaxError.
const problem = describeOldNode(process.versions.node);
if (problem !== null) {
  process.stderr.write(problem);
  process.exit(2);
}

// This halves the processor time of a start. If the folder cannot be written, Node compiles again and prints nothing.
if (existsSync(stateDir())) module.enableCompileCache(path.join(stateDir(), 'compiled'));
const { runCommandLine } = await import('./cli/program.ts');

process.exitCode = await runCommandLine(process.argv.slice(2));
