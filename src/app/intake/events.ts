import { z } from 'zod';
import type { Intent } from '../intents.ts';
import {
  readAction,
  readClose,
  readComment,
  readDeleted,
  readEdit,
  readInstall,
  readLook,
  readPushed,
  readMergeGroup,
  readMergeGroupEnd,
  readPush,
  readRemoved,
  readRename,
  readRerun,
  readReview,
  readReviewComment,
  readRepositoryEdit,
  readRegained,
  readSuite,
  readUninstall,
  toMalformed,
  type IntentReader,
} from './event-readers.ts';

/** The readers of an event: one for each action, or a single one for an event without actions. */
type WebhookEvent = { actions: Readonly<Record<string, IntentReader>> } | { read: IntentReader };

/** The events that the App subscribes to. app.yml has the same list, and `allocgate doctor` checks it on GitHub. */
const subscriptions = {
  pull_request: {
    actions: {
      opened: readPushed,
      synchronize: readPushed,
      reopened: readLook,
      ready_for_review: readLook,
      converted_to_draft: readLook,
      edited: readEdit,
      closed: readClose,
    },
  },
  check_run: { actions: { rerequested: readRerun, requested_action: readAction } },
  check_suite: { actions: { rerequested: readSuite } },
  issue_comment: { actions: { created: readComment } },
  pull_request_review: { actions: { submitted: readReview } },
  pull_request_review_comment: { actions: { created: readReviewComment } },
  merge_group: { actions: { checks_requested: readMergeGroup, destroyed: readMergeGroupEnd } },
  push: { read: readPush },
  repository: {
    actions: {
      renamed: readRename,
      transferred: readRegained,
      unarchived: readRegained,
      edited: readRepositoryEdit,
      deleted: readDeleted,
    },
  },
} as const satisfies Record<string, WebhookEvent>;

/** The events that GitHub sends to every App. It refuses a manifest that lists them. */
const automatic = {
  installation: {
    actions: {
      created: readInstall,
      unsuspend: readInstall,
      suspend: readUninstall,
      deleted: readUninstall,
    },
  },
  installation_repositories: { actions: { added: readInstall, removed: readRemoved } },
} as const satisfies Record<string, WebhookEvent>;

/** Every event and action that the App reads. All others are ignored. */
export const webhookEvents: Readonly<Record<string, WebhookEvent>> = { ...subscriptions, ...automatic };

/** The names of the events that the App must be subscribed to. */
export const subscribedEvents: readonly string[] = Object.keys(subscriptions);

/** Accepts anything: only the intake stores intents, in the form that `readIntent` returned. */
const storedSchema = z.custom<Intent>();

/** The intent of a stored delivery. */
export function restoreIntent(stored: unknown): Intent {
  return storedSchema.parse(stored);
}

const actionSchema = z.object({ action: z.string() });

/**
 * Reads the intent of a delivery; null: there is nothing to do. `event`: the header X-GitHub-Event. `appId`: of our App,
 * because others have checks, too. Never throws.
 */
export function readIntent(event: string, payload: unknown, appId: number): Intent | null {
  const entry = Object.hasOwn(webhookEvents, event) ? webhookEvents[event] : undefined;
  if (entry === undefined) return null;
  if ('read' in entry) return entry.read(payload, appId);
  const parsed = actionSchema.safeParse(payload);
  if (!parsed.success) return toMalformed(parsed.error);
  const { action } = parsed.data;
  const read = Object.hasOwn(entry.actions, action) ? entry.actions[action] : undefined;
  return read?.(payload, appId) ?? null;
}
