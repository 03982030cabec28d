import { cleanLine } from '../model/escape.ts';

/** What GitHub reports about the App, compared with what allocgate needs. */
export type AppFacts = {
  slug: string;
  /** The App's page on GitHub. */
  url: string;
  /** The permissions that the App lacks or has only at a lower level; `has` null: it lacks it completely. */
  permissions: { name: string; needs: string; has: string | null }[];
  missingEvents: string[];
  /** `lacking` (as `NAME: LEVEL`) and `missingEvents`: requested by the App and not yet granted by the account. */
  installations: { account: string; lacking: string[]; missingEvents: string[] }[];
};

/** The effect of a missing permission. Everything else works. */
const withoutPermission: Readonly<Record<string, string>> = {
  checks: 'no check is written',
  contents: 'nothing can be reviewed',
  issues: 'commands get no reaction',
  merge_queues: 'merge queues are not reviewed',
  metadata: 'nothing can be reviewed',
  pull_requests: 'no comments are written',
};

/** The effect of a missing event. */
const withoutEvent: Readonly<Record<string, string>> = {
  check_run: 'buttons and “Re-run” of the check do nothing',
  check_suite: '“Re-run all checks” does nothing',
  issue_comment: 'commands in comments are not noticed',
  merge_group: 'merge queues are not reviewed',
  pull_request: 'new pull requests and pushes are noticed up to 15 minutes late',
  pull_request_review: 'commands in the text of a review are not noticed',
  pull_request_review_comment: 'commands in replies to inline comments are not noticed',
  push: 'pushes to the default branch are not measured, and caches are not warmed',
  repository: 'renamed and transferred repositories are noticed late',
};

const because = (table: Readonly<Record<string, string>>, name: string): string =>
  name in table ? `: ${table[name] ?? ''}` : '';

/** The permissions and events that the App itself lacks, one line each. */
function listOwnGaps({ permissions, missingEvents }: AppFacts): string[] {
  return [
    ...permissions.map(
      ({ name, needs, has }) =>
        `permission ${name}: ${needs} is missing (it has ${has ?? 'none'})${because(withoutPermission, name)}`,
    ),
    ...missingEvents.map((event) => `event ${event} is missing${because(withoutEvent, event)}`),
  ];
}

/** The permissions and events that the accounts have not granted yet, one line each. */
function listInstallationGaps({ installations }: AppFacts): string[] {
  return installations.flatMap(({ account, lacking, missingEvents }) => {
    const who = `${cleanLine(account)} has not accepted`;
    return [
      ...lacking.map(
        (permission) =>
          `${who} the permission ${permission}${because(withoutPermission, permission.split(':')[0] ?? '')}`,
      ),
      ...missingEvents.map((event) => `${who} the event ${event}${because(withoutEvent, event)}`),
    ];
  });
}

/** Missing permissions and events, each with its effect. Empty: nothing is missing. */
export const listAppGaps = (facts: AppFacts): string[] => [
  ...listOwnGaps(facts),
  ...listInstallationGaps(facts),
];

/** How to close the gaps. The App's own come first, because GitHub then asks each account to accept them. */
export function describeGapRemedy(facts: AppFacts): string {
  return listOwnGaps(facts).length > 0
    ? "Change that in the App's settings on GitHub, under “Permissions & events”; GitHub then asks each account that installed the App to accept it."
    : 'The account accepts it on GitHub under Settings → Applications (of an organization: GitHub Apps) → Configure → “Review request”.';
}

/** Log messages about gaps. */
export const appGapLogs = {
  gap: (line: string): string => `${line}; allocgate continues without it`,
  unknown: "GitHub did not return the App's permissions",
} as const;
