#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { stateDir } from './state-dir.ts';

// This halves the processor time of a start. If the folder cannot be written, Node compiles again and prints nothing.
if (existsSync(stateDir())) enableCompileCache(path.join(stateDir(), 'compiled'));
const { runCommandLine } = await import('./cli/program.ts');

process.exitCode = await runCommandLine(process.argv.slice(2));
