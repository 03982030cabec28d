import type { Accounting, SandboxProblem } from '../../sandbox-facts.ts';
import { cleanLine } from '../model/escape.ts';
import { plain, wrapSpans } from './layout.ts';
import { type AppFacts, describeGapRemedy, listAppGaps } from '../words/app-gaps.ts';
import { describeRemedy, describeSandboxProblem, type SandboxReader } from '../words/sandbox.ts';

/** The result of one check of `allocgate doctor`, as facts. */
export type Checkup =
  | { thing: 'go'; version: string; goarch: string; path: string }
  | { thing: 'git'; version: string }
  /** `problem` is a text of `describeFailure` (../words/failures.ts). */
  | {
      thing: 'go' | 'git' | 'settings' | 'database' | 'github' | 'pages';
      problem: { message: string; hint: string; lines: string[] };
    }
  /** `holder`: the allocgate process that has the embedded database open. */
  | { thing: 'database'; place: string; backend: 'pglite' | 'postgres'; holder?: number }
  /** There is no GitHub App yet. The command line works without one. */
  | { thing: 'no-app' }
  /** Reports are not served, because these variables are not set. */
  | { thing: 'pages'; missing: readonly string[] }
  /** `isEncrypted`: the address is https. `answer`: what answers at `PUBLIC_URL`; `none`: nothing does. */
  | { thing: 'pages'; url: string; isEncrypted: boolean; answer: 'allocgate' | 'other' | 'none' }
  | { thing: 'github'; app: AppFacts }
  | {
      thing: 'settings';
      path: string;
      found: boolean;
      tier: string;
      limits: Readonly<Record<string, number | null>>;
    }
  | { thing: 'bubblewrap' | 'gvisor'; sandbox: TierFacts }
  | { thing: 'bubblewrap' | 'gvisor'; sandbox: SandboxProblem };

/** What a kind of sandbox that works on this machine can limit. */
export type TierFacts = {
  accounting: Accounting;
  /** Why `accounting` is not cgroup v2; null: it is. */
  accountingReason: string | null;
  /** The user that programs run as; null: allocgate's own. */
  uid: number | null;
  /** Whether the number of cores can be limited. */
  limitsCpus: boolean;
};

/** A line of the output, and what is indented below it. `–`: it does not work, but is not needed. */
type CheckLine = { mark: '✓' | '✗' | '–'; text: string; more: string[] };

/** The layout of the list of limits. Nothing else is wrapped, so that commands can be copied. */
const limitsLayout = { colour: false, width: 96 };

type SandboxTier = 'bubblewrap' | 'gvisor';

const names = { bubblewrap: 'bubblewrap', gvisor: 'gVisor' } as const;

const promises = {
  bubblewrap: 'no network, a read-only root, system calls filtered, no capabilities',
  gvisor: "no network, a read-only root, system calls answered by gVisor's own kernel, no capabilities",
} as const;

/** What each sandbox limits without control groups. */
const eachProcess = {
  bubblewrap: 'memory and processes: limited for each process alone, not for all together',
  gvisor: 'processes: limited by gVisor; memory: not limited',
} as const;

function describeAccounting(tier: SandboxTier, { accounting, accountingReason }: TierFacts): string {
  const because = accountingReason === null ? '' : ` (${cleanLine(accountingReason)})`;
  if (accounting === 'rlimits') return `${eachProcess[tier]}${because}`;
  return `memory and processes: limited for all together by ${accounting.replace('-', ' ')}${because}`;
}

function describeTier(tier: SandboxTier, facts: TierFacts, isChosen: boolean): CheckLine {
  const user = facts.uid === null ? 'as your (non-root) user' : `as user ${facts.uid} instead of root`;
  return {
    mark: '✓',
    text: `${names[tier]} works${isChosen ? ' and is used' : `; to use it, set sandbox: ${tier} in the settings`}`,
    more: [
      promises[tier],
      `programs run ${user}`,
      describeAccounting(tier, facts),
      ...(facts.limitsCpus ? [] : ['limits.cpus has no effect: there is no cpu controller']),
    ],
  };
}

function describeApp(facts: AppFacts): CheckLine {
  const gaps = listAppGaps(facts);
  const where = facts.installations.map(({ account }) => cleanLine(account)).join(', ');
  const installed = where === '' ? 'not installed anywhere yet' : `installed by ${where}`;
  const text = `GitHub App ${cleanLine(facts.slug)}, ${installed}`;
  return gaps.length === 0
    ? { mark: '✓', text, more: [] }
    : { mark: '✗', text, more: [...gaps, describeGapRemedy(facts)] };
}

/** The line about a sandbox that does not work. That is a fault only if the settings choose it. */
function describeTrouble(
  tier: SandboxTier,
  problem: SandboxProblem,
  { isChosen, reader }: { isChosen: boolean; reader: SandboxReader },
): CheckLine {
  const { message, hint } = describeSandboxProblem(problem, reader);
  if (isChosen) return { mark: '✗', text: `${names[tier]}: ${message}`, more: [hint] };
  // On another platform no sandbox works, and the line of the chosen one explains what to do.
  const remedy = problem.kind === 'platform' ? [] : [describeRemedy(problem)];
  return problem.kind === 'missing'
    ? {
        mark: '–',
        text: `${names[tier]} is not enabled, and ${problem.program} is not installed`,
        more: remedy,
      }
    : { mark: '–', text: `${names[tier]} is not enabled: ${message}`, more: remedy };
}

function describePages(pages: Extract<Checkup, { thing: 'pages' }>): CheckLine {
  if ('missing' in pages) {
    const more = [`set ${pages.missing.join(', ')} to serve them at the Details link of each check`];
    return { mark: '–', text: 'reports are not served as pages', more };
  }
  const url = cleanLine(pages.url);
  if (!pages.isEncrypted) {
    const more = ['cookies of signed-in people would travel unencrypted: use https'];
    return { mark: '✗', text: `reports at ${url}`, more };
  }
  switch (pages.answer) {
    case 'allocgate':
      return { mark: '✓', text: `reports at ${url}`, more: [] };
    case 'other':
      return {
        mark: '✗',
        text: `reports at ${url}`,
        more: ['something else answers there: correct PUBLIC_URL'],
      };
    case 'none':
      return {
        mark: '–',
        text: `reports at ${url}`,
        more: ['nothing answers there now: is allocgate serve running?'],
      };
  }
}

function describeOne(checkup: Checkup, chosen: string, reader: SandboxReader): CheckLine {
  if ('problem' in checkup) {
    const { message, hint, lines } = checkup.problem;
    return {
      mark: '✗',
      text: `${checkup.thing}: ${message}`,
      more: [...lines, hint].filter((line) => line !== ''),
    };
  }
  if ('app' in checkup) return describeApp(checkup.app);
  if (checkup.thing === 'no-app') {
    const more = ['allocgate serve opens a page that creates one; the command line works without it'];
    return { mark: '–', text: 'no GitHub App: APP_ID and PRIVATE_KEY are not set', more };
  }
  if (checkup.thing === 'pages') return describePages(checkup);
  if (checkup.thing === 'database') {
    const kind = checkup.backend === 'pglite' ? 'embedded, in' : 'PostgreSQL at';
    const { holder } = checkup;
    const more = holder === undefined ? [] : [`in use by allocgate process ${holder}`];
    return { mark: '✓', text: `database: ${kind} ${cleanLine(checkup.place)}`, more };
  }
  if ('sandbox' in checkup) {
    const { thing, sandbox } = checkup;
    return 'accounting' in sandbox
      ? describeTier(thing, sandbox, thing === chosen)
      : describeTrouble(thing, sandbox, { isChosen: thing === chosen, reader });
  }
  if (checkup.thing === 'go') {
    const arch = checkup.goarch === 'amd64' ? '' : '; sizes and inlining can differ from amd64';
    return {
      mark: '✓',
      text: `Go ${checkup.version} for ${checkup.goarch} (${checkup.path})${arch}`,
      more: [],
    };
  }
  if (checkup.thing === 'git') return { mark: '✓', text: checkup.version, more: [] };
  const limits = Object.entries(checkup.limits).map(([name, value]) => `${name}=${value ?? 'all'}`);
  return {
    mark: '✓',
    text: `settings: ${checkup.found ? checkup.path : `defaults; to change them, create ${checkup.path}`}`,
    more: [
      `sandbox ${checkup.tier}`,
      ...wrapSpans([plain(`limits ${limits.join(', ')}`)], limitsLayout).map(({ text }) => text),
    ],
  };
}

/** Who reads the output: where an App is configured, its operator. */
const readerOf = (checkups: readonly Checkup[]): SandboxReader =>
  checkups.some(({ thing }) => thing === 'github') ? 'operator' : 'person';

/** Describes all checkups. */
function describeAll(checkups: readonly Checkup[], chosen: string): CheckLine[] {
  const reader = readerOf(checkups);
  return checkups.map((checkup) => describeOne(checkup, chosen, reader));
}

/** Whether everything that a review needs works. `chosen`: the tier that the settings choose. */
export function isHealthy(checkups: readonly Checkup[], chosen: string): boolean {
  return describeAll(checkups, chosen).every(({ mark }) => mark !== '✗');
}

/** The output of `allocgate doctor`: a line for each check, and below it what it means and what to do. */
export function renderDoctor(checkups: readonly Checkup[], chosen: string): string {
  const lines = describeAll(checkups, chosen);
  const text = lines.flatMap(({ mark, text, more }) =>
    [`${mark} ${text}`].concat(more.map((line) => `    ${line}`)),
  );
  const end =
    chosen === 'none'
      ? [
          '',
          'The settings turn the sandbox off: reviewed code runs as you, without isolation.',
          readerOf(checkups) === 'operator'
            ? 'This holds for the App, too: it runs the code of every pull request as its own user.'
            : 'Use this only for code that you trust.',
        ]
      : [];
  return `${[...text, ...end].join('\n')}\n`;
}
