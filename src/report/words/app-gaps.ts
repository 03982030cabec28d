import { cleanLine } from '../model/escape.ts';

/** The GitHub App as GitHub knows it, beside what allocgate needs. */
export type AppFacts = {
  slug: string;
  /** Its page on GitHub. */
  url: string;
  /** Permissions of the App that it lacks or has at a lower level; `has` null: not at all. */
  permissions: { name: string; needs: string; has: string | null }[];
  missingEvents: string[];
  /** `lacking` and `missingEvents`: what the App asks for by now and the account has not granted; `lacking` as `NAME: LEVEL`. */
  installations: { account: string; lacking: string[]; missingEvents: string[] }[];
};

/** What does not work without a permission; allocgate goes on with everything else. */
const withoutPermission: Readonly<Record<string, string>> = {
  checks: 'no check is written',
  contents: 'nothing can be reviewed',
  issues: 'commands get no reaction',
  merge_queues: 'merge queues are not reviewed',
  metadata: 'nothing can be reviewed',
  pull_requests: 'no comments are written',
};

/** What does not work without an event. */
const withoutEvent: Readonly<Record<string, string>> = {
  check_run: 'buttons and “Re-run” of the check do nothing',
  check_suite: '“Re-run all checks” does nothing',
  issue_comment: 'commands in comments are not noticed',
  merge_group: 'merge queues are not reviewed',
  pull_request: 'new pull requests and pushes are noticed up to 15 minutes late',
  pull_request_review: 'commands in the text of a review are not noticed',
  pull_request_review_comment: 'commands in replies to inline comments are not noticed',
  push: 'caches are not warmed',
  repository: 'renamed and transferred repositories are noticed late',
};

const because = (table: Readonly<Record<string, string>>, name: string): string =>
  name in table ? `: ${table[name] ?? ''}` : '';

/** What the App itself lacks, one line each. */
function listOwnGaps({ permissions, missingEvents }: AppFacts): string[] {
  return [
    ...permissions.map(
      ({ name, needs, has }) =>
        `permission ${name}: ${needs} is missing (it has ${has ?? 'none'})${because(withoutPermission, name)}`,
    ),
    ...missingEvents.map((event) => `event ${event} is missing${because(withoutEvent, event)}`),
  ];
}

/** What each account that installed the App has not granted yet, one line each. */
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

/** What the App may not do or is not told of, and what therefore does not work. Empty: nothing is missing. */
export const listAppGaps = (facts: AppFacts): string[] => [
  ...listOwnGaps(facts),
  ...listInstallationGaps(facts),
];

/** What to do about gaps. Permissions come first: GitHub asks each account for new ones, and sends an e-mail. */
export function describeGapRemedy(facts: AppFacts): string {
  return listOwnGaps(facts).length > 0
    ? "Change that in the App's settings on GitHub, under “Permissions & events”; GitHub then asks each account that installed the App to accept it."
    : 'The account accepts it on GitHub under Settings → Applications (of an organization: GitHub Apps) → Configure → “Review request”.';
}

/** Log messages about gaps. */
export const appGapLogs = {
  gap: (line: string): string => `${line}; allocgate goes on without it`,
  unknown: 'GitHub did not say what the App may do',
} as const;
