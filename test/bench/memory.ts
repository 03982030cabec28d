/**
 * `npm run bench:memory`: how much memory reading half a gigabyte of compiler diagnostics takes. The stream is what the
 * installed Go says of its own standard library under `-m=2`, as if it were the reviewed repository, once per test
 * variant until it is long enough: much larger than any repository's.
 */
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
  appendFileSync,
  readFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDecisionParser } from '../../src/compare/decisions.ts';
import { createGarbageCollector } from '../../src/review/garbage-collector.ts';
import { createLineSplitter } from '../../src/sandbox/lines.ts';

const STREAM_BYTES = 500_000_000;
const MEGABYTE = 1_000_000;

function writeStream(dir: string): string {
  const once = path.join(dir, 'once.txt');
  const command = `go list -export -trimpath -gcflags=std=-m=2 std >/dev/null 2>${once}`;
  execFileSync('/bin/sh', ['-c', command], { stdio: 'ignore' });
  const stream = path.join(dir, 'stream.txt');
  writeFileSync(stream, '');
  while (statSync(stream).size < STREAM_BYTES) appendFileSync(stream, readFileSync(once));
  return stream;
}

async function readStream(stream: string): Promise<number> {
  const parser = createDecisionParser({
    resolve: (file) => (file.startsWith('<') ? null : { file, lines: Infinity }),
  });
  const collect = createGarbageCollector();
  const splitter = createLineSplitter((line) => {
    parser.line(line);
    collect(line.length);
  });
  const input = createReadStream(stream);
  input.on('data', (chunk) => splitter.write(Buffer.from(chunk)));
  await once(input, 'end');
  splitter.end();
  return parser.end().decisions.length;
}

const [, , given] = process.argv;
if (given === undefined) {
  const dir = mkdtempSync(path.join(tmpdir(), 'allocgate-bench-'));
  try {
    // A separate process, because this one's memory is full after writing.
    execFileSync(process.execPath, [import.meta.filename, writeStream(dir)], { stdio: 'inherit' });
  } finally {
    rmSync(dir, { recursive: true });
  }
} else {
  const started = performance.now();
  const decisions = await readStream(given);
  const seconds = (performance.now() - started) / 1000;
  const { size } = statSync(given);
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(`stream      ${(size / MEGABYTE).toFixed(0)} MB, ${decisions} distinct decisions`);
  console.log(`peak memory ${(peak / MEGABYTE).toFixed(0)} MB: ${(peak / size).toFixed(2)} of the stream`);
  console.log(`speed       ${(size / MEGABYTE / seconds).toFixed(0)} MB/s`);
}
