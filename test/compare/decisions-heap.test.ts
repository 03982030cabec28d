import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDecisionParser } from '../../src/compare/decisions.ts';
import { buffer, resolve } from './diagnostics.ts';

function createCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  return () => void collect();
}

void test('explanations that nothing follows do not keep their text alive', () => {
  const collect = createCollector();
  const parser = createDecisionParser({ resolve });
  const filler = `fmt/print.go:1:1: ${'x'.repeat(100_000)} does not escape\n`;
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 1; i < 300; i++) {
    const chunk = Buffer.from(
      `${filler}example.com/m/a.go:${i}:1: someLongVariable${i} escapes to heap in (*Receiver).someLongMethod${i}:`,
    ).toString();
    for (const line of chunk.split('\n')) parser.line(line);
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 5_000_000, `heap grew by ${grown} bytes`);
  assert.equal(parser.end().problemCount, 0);
});

void test('60 MB of repeated variants need no memory of their own', () => {
  const collect = createCollector();
  const parser = createDecisionParser({ resolve });
  const feedVariant = (variant: number): number => {
    let bytes = 0;
    // One chunk at a time, cut into lines: a parser that keeps pieces of lines would keep the chunks.
    for (let file = 0; file < 50; file++) {
      const lines = Array.from({ length: 200 }, (_, i) =>
        buffer
          .replaceAll('b.go:4', `f${file}.go:${i + 1}`)
          .replaceAll('go.shape.int', `go.shape.v${variant}`),
      );
      const chunk = Buffer.from(lines.join('')).toString();
      bytes += chunk.length;
      for (const line of chunk.split('\n')) parser.line(line);
    }
    return bytes;
  };
  feedVariant(0);
  collect();
  const before = process.memoryUsage().heapUsed;
  let variant = 1;
  for (let bytes = 0; bytes < 60_000_000; bytes += feedVariant(variant++)) assert.ok(variant < 1000);
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 4_000_000, `heap grew by ${grown} bytes`);
  assert.equal(parser.end().decisions.length, 50 * 200 * 4);
  assert.ok(before < 60_000_000, `${before} bytes for 40,000 decisions`);
});
