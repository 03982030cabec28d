import { createRequire } from 'node:module';
import { z } from 'zod';

const schema = z.array(
  z.object({
    name: z.string(),
    actions: z.array(z.string()),
    examples: z.array(z.record(z.string(), z.unknown())),
  }),
);

const found: unknown = createRequire(import.meta.url)('@octokit/webhooks-examples');

/** GitHub's own examples of the payloads of all events. */
export const definitions = schema.parse(found);

export type Payload = Record<string, unknown>;

export const INSTALLATION_ID = 4711;

/** The payload with the installation that an App's deliveries carry and a repository's webhooks do not. */
export function asApp(payload: Payload): Payload {
  return { ...structuredClone(payload), installation: { id: INSTALLATION_ID } };
}

export function examplesOf(event: string): Payload[] {
  return definitions.find(({ name }) => name === event)?.examples ?? [];
}

/** The first example of an event with these properties at its top, as the App gets it. */
export function example(event: string, properties: Payload = {}): Payload {
  const entries = Object.entries(properties);
  const first = examplesOf(event).find((payload) => entries.every(([key, value]) => payload[key] === value));
  if (!first) throw new Error(`no example of ${event} ${JSON.stringify(properties)}`);
  return asApp(first);
}

/** A copy with the value at a dotted path set. */
export function withValue(payload: Payload, path: string, value: unknown): Payload {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...payload, [key]: value };
  const inner = z.record(z.string(), z.unknown()).parse(payload[key] ?? {});
  return { ...payload, [key]: withValue(inner, rest.join('.'), value) };
}
