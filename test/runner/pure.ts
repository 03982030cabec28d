/** Runs several test files in this process, one after the other: `node pure.ts FILE…`. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) await import(pathToFileURL(path.resolve(file)).href);
