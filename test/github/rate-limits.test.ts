import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLimited, type LimitFacts, readPause } from '../../src/github/rate-limits.ts';

const now = new Date('2026-01-01T00:00:00Z');
const epochSeconds = now.getTime() / 1000;
const facts = (status: number, headers: LimitFacts['headers'] = {}, message = ''): LimitFacts => ({
  status,
  headers,
  message,
});
/** Seconds from now; null: no pause. */
function pauseOf(answer: LimitFacts, strikes = 0): number | null {
  const until = readPause(answer, strikes, now);
  return until && (until.getTime() - now.getTime()) / 1000;
}

void test('the pause that an answer asks for, in seconds', () => {
  const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(epochSeconds + 300) };
  const cases: [LimitFacts, number | null][] = [
    [facts(429, { 'retry-after': '90' }), 90],
    [facts(403, { 'retry-after': '7' }), 7],
    [facts(429, { 'retry-after': 'Thu, 01 Jan 2026 00:02:00 GMT' }), 120],
    [facts(403, spent), 301],
    [facts(429, { ...spent, 'retry-after': '10' }), 10],
    [facts(200, spent), 301],
    [facts(403, {}, 'You have exceeded a secondary rate limit'), 60],
    [facts(429), 60],
    [facts(422, {}, 'Validation Failed: {"code":"abuse","message":"was submitted too quickly"}'), 60],
    [facts(200, { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': String(epochSeconds + 300) }), null],
    [facts(403, { 'x-ratelimit-remaining': '4999' }, 'Resource not accessible by integration'), null],
    [facts(422, {}, 'Validation Failed: {"code":"invalid"}'), null],
    [facts(502), null],
  ];
  for (const [answer, seconds] of cases) assert.equal(pauseOf(answer), seconds, JSON.stringify(answer));
});

void test('without a header the pause doubles with each refusal in a row', () => {
  assert.deepEqual(
    [0, 1, 2].map((strikes) => pauseOf(facts(429), strikes)),
    [60, 120, 240],
  );
});

void test('clocks that differ make no pause in the past, and none of a day', () => {
  const reset = (seconds: number) =>
    facts(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(epochSeconds + seconds) });
  assert.equal(pauseOf(reset(-500)), 1);
  assert.equal(pauseOf(reset(86_400)), 61 * 60);
});

void test('a success that used up the last request was not refused', () => {
  assert.equal(isLimited(facts(200, { 'x-ratelimit-remaining': '0' })), false);
});
