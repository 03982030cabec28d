import type { Chaos } from './chaos-events.ts';
import type { Delivery, FaultKind, FaultMatch } from './fake-github/index.ts';
import type { Random } from './random.ts';

const TOKENS_LAST_MS = 5_000;
const limited = { 'retry-after': '1' };
const kinds: readonly FaultKind[] = [
  'before-502',
  'after-502',
  'reset-before',
  'reset-after',
  { status: 429, headers: limited },
  { status: 403, headers: limited, body: { message: 'You have exceeded a secondary rate limit.' } },
  { delayMs: 300 },
];

const matches: readonly FaultMatch[] = [
  { method: 'POST', path: /\/access_tokens$/u },
  { method: 'GET', path: /\/pulls\/\d+$/u },
  { method: 'GET', path: /\/pulls\/\d+\/comments\?/u },
  { method: 'GET', path: /\/issues\/\d+\/comments\?/u },
  { method: 'GET', path: /\/permission$/u },
  { method: 'POST', path: /\/check-runs$/u },
  { method: 'PATCH', path: /\/check-runs\/\d+$/u },
  { method: 'POST', path: /\/reviews$/u },
  { method: 'POST', path: /\/issues\/\d+\/comments$/u },
  { method: 'PATCH', path: /\/issues\/comments\/\d+$/u },
  { method: 'POST', path: /\/reactions$/u },
  { method: 'DELETE', path: /\/pulls\/comments\/\d+$/u },
];
/** git requests have neither rate limits nor a 502 after the effect. */
const gitKinds: readonly FaultKind[] = ['before-502', 'reset-before', { delayMs: 300 }];
const gitPath = /\/(?:info\/refs|git-upload-pack)/u;

/** Revokes all tokens, except those that have just replaced others. */
function revokeTokens(chaos: Chaos): void {
  if (Date.now() - chaos.revokedAt < TOKENS_LAST_MS) return;
  chaos.revokedAt = Date.now();
  chaos.scenario.fake.revokeTokens();
}

/** Makes one of the next requests fail, or revokes all tokens before it. */
export function addFault(chaos: Chaos, random: Random): void {
  const { fake } = chaos.scenario;
  const skip = random.integer(5);
  const dice = random.next();
  if (dice < 0.1) fake.faults.add({ kind: { run: () => revokeTokens(chaos) }, skip });
  else if (dice < 0.2) fake.faults.add({ match: { path: gitPath }, kind: random.pick(gitKinds), skip });
  else fake.faults.add({ match: random.pick(matches), kind: random.pick(kinds), skip });
}

/** A rate limit without a duration: the App pauses for a minute. */
export function addLongLimit({ scenario: { fake } }: Chaos): void {
  const body = { message: 'You have exceeded a secondary rate limit.' };
  fake.faults.add({ match: { method: 'POST', path: /\/reviews$/u }, kind: { status: 403, body } });
}

/** Loses some deliveries, duplicates some, and shuffles them. */
export function disturb(pending: readonly Delivery[], random: Random): Delivery[] {
  return pending
    .flatMap((delivery) => Array.from({ length: random.pick([0, 1, 1, 1, 1, 1, 1, 2]) }, () => delivery))
    .map((delivery) => ({ delivery, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ delivery }) => delivery);
}
