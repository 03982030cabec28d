#!/usr/bin/env node
import { closeInheritedDescriptors } from './cli/descriptors.ts';
import { runCommandLine } from './cli/program.ts';

closeInheritedDescriptors();
process.exitCode = await runCommandLine(process.argv.slice(2));
