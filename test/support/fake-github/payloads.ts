import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import type { OutgoingEvent } from './delivery-types.ts';
import { nodeId, renderRepository, renderUser, type Json } from './render-accounts.ts';
import type { Installation, User } from './state-types.ts';
import type { World } from './world.ts';

const Example = z.record(z.string(), z.unknown());
const Examples = z.array(z.object({ name: z.string(), examples: z.array(Example) }));

let shared: z.infer<typeof Examples> | null = null;

/** The examples that GitHub's users sent in; read once in a process. */
function readExamples(): z.infer<typeof Examples> {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples/api.github.com/index.json');
  shared ??= Examples.parse(JSON.parse(readFileSync(file, 'utf8')));
  return shared;
}

/** GitHub's example of an event that is most similar; an Installation's, if there is one. */
function findExample(event: string, action: string | null): Json {
  const all = readExamples().find((one) => one.name === event)?.examples ?? [];
  const fitting = all.filter((one) => action === null || one['action'] === action);
  // Of pushes: those that a branch is left of.
  const ranked = fitting.filter((one) => one['deleted'] !== true);
  const best = ranked.find((one) => 'installation' in one) ?? ranked[0] ?? all[0];
  if (!best) throw new Error(`there is no example of ${event}`);
  return best;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lays one object over another: what both have is the upper one's; lists are not mixed. */
function overlay(lower: Json, upper: Json): Json {
  const merged = { ...lower };
  for (const [name, value] of Object.entries(upper)) {
    const under = merged[name];
    merged[name] = isObject(under) && isObject(value) ? overlay(under, value) : value;
  }
  return merged;
}

/** The example, with our names in its addresses. */
function rename(world: World, example: Json, event: OutgoingEvent): Json {
  const name = isObject(example['repository']) ? String(example['repository']['full_name']) : null;
  let text = JSON.stringify(example).replaceAll('https://api.github.com', world.url);
  if (name !== null && event.repository) text = text.replaceAll(name, event.repository.fullName);
  return Example.parse(JSON.parse(text));
}

/** A webhook's payload: GitHub's example with everything that we know better. */
export function makePayload(world: World, event: OutgoingEvent, installation: Installation): Json {
  const example = rename(world, findExample(event.event, event.action), event);
  for (const name of ['organization', 'enterprise', 'installation', 'changes', 'requested_action']) {
    delete example[name];
  }
  const { repository } = event;
  const owner = repository?.owner;
  return overlay(example, {
    ...(repository ? { repository: renderRepository(world, repository) } : {}),
    ...(owner?.type === 'Organization' ? { organization: renderOrganization(world, owner) } : {}),
    sender: renderUser(world, event.sender),
    installation: { id: installation.id, node_id: nodeId('MDI', installation.id) },
    ...event.overlay,
  });
}

/** An organization as webhooks name it: less than as the owner of a repository. */
function renderOrganization(world: World, owner: User): Json {
  const { login, id, node_id: node, avatar_url: avatar } = renderUser(world, owner);
  const url = `${world.url}/orgs/${owner.login}`;
  return {
    login,
    id,
    node_id: node,
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: avatar,
    description: '',
  };
}
