import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Checkup,
  isHealthy,
  renderDoctor,
  type TierFacts,
} from '../../../src/report/terminal/doctor.ts';
import { assertGolden } from '../../support/golden.ts';
import type { SandboxProblem } from '../../../src/sandbox-facts.ts';

const works: TierFacts = { accounting: 'cgroup-v2', accountingReason: null, uid: null, limitsCpus: true };
const missing: SandboxProblem = { kind: 'missing', program: 'runsc', detail: '', inContainer: false };
const tools: Checkup[] = [
  { thing: 'go', version: '1.26.8', goarch: 'amd64', path: '/usr/local/go/bin/go' },
  { thing: 'git', version: 'git version 2.39.5' },
];
const settings: Checkup = {
  thing: 'settings',
  path: '/home/a/.config/allocgate/settings.yml',
  found: false,
  tier: 'bubblewrap',
  limits: {
    memoryMiB: 8192,
    cpus: null,
    ...Object.fromEntries(Array.from('abcdefghi', (l) => [l.repeat(12), 1])),
  },
};
const good: Checkup[] = [...tools, settings, { thing: 'bubblewrap', sandbox: works }];

const failed = { message: 'It does not work.', hint: 'Mend it.', lines: ['what it printed'] };
const limited: TierFacts = {
  accounting: 'rlimits',
  accountingReason: 'v1: not mounted',
  uid: 61_183,
  limitsCpus: false,
};
const problems: SandboxProblem[] = [
  missing,
  { kind: 'missing', program: 'bwrap', detail: '', inContainer: true },
];

/** What can be found out of each thing. A thing that is forgotten does not compile. */
const findings: { [Thing in Checkup['thing']]: (Checkup & { thing: Thing })[] } = {
  go: [
    { thing: 'go', version: '1.26.8', goarch: 'amd64', path: '/usr/local/go/bin/go' },
    { thing: 'go', version: '1.26.8', goarch: 'arm64', path: '/usr/local/go/bin/go' },
    { thing: 'go', problem: failed },
  ],
  git: [
    { thing: 'git', version: 'git version 2.39.5' },
    { thing: 'git', problem: failed },
  ],
  settings: [
    {
      thing: 'settings',
      path: '/etc/allocgate.yml',
      found: true,
      tier: 'gvisor',
      limits: { memoryMiB: 8192, cpus: null },
    },
    {
      thing: 'settings',
      path: '/etc/allocgate.yml',
      found: false,
      tier: 'bubblewrap',
      limits: { memoryMiB: 1 },
    },
    { thing: 'settings', problem: failed },
  ],
  bubblewrap: [
    { thing: 'bubblewrap', sandbox: works },
    { thing: 'bubblewrap', sandbox: limited },
    ...problems.map((sandbox) => ({ thing: 'bubblewrap' as const, sandbox })),
  ],
  gvisor: [
    { thing: 'gvisor', sandbox: works },
    { thing: 'gvisor', sandbox: limited },
    ...problems.map((sandbox) => ({ thing: 'gvisor' as const, sandbox })),
  ],
  database: [
    { thing: 'database', place: '/var/lib/allocgate', backend: 'pglite' },
    { thing: 'database', place: '/var/lib/allocgate', backend: 'pglite', holder: 4711 },
    { thing: 'database', place: 'db.example:5432', backend: 'postgres' },
    { thing: 'database', problem: failed },
  ],
  'no-app': [{ thing: 'no-app' }],
  pages: [
    { thing: 'pages', missing: ['PUBLIC_URL', 'GITHUB_CLIENT_SECRET'] },
    { thing: 'pages', url: 'https://allocgate.example.com', isEncrypted: true, answer: 'allocgate' },
    { thing: 'pages', url: 'https://allocgate.example.com', isEncrypted: true, answer: 'other' },
    { thing: 'pages', url: 'https://allocgate.example.com', isEncrypted: true, answer: 'none' },
    { thing: 'pages', url: 'http://allocgate.example.com', isEncrypted: false, answer: 'allocgate' },
  ],
  github: [
    { thing: 'github', problem: failed },
    {
      thing: 'github',
      app: {
        slug: 'allocgate',
        url: 'https://github.com/apps/allocgate',
        permissions: [],
        missingEvents: [],
        installations: [],
      },
    },
    {
      thing: 'github',
      app: {
        slug: 'allocgate',
        url: 'https://github.com/apps/allocgate',
        permissions: [
          { name: 'checks', needs: 'write', has: 'read' },
          { name: 'issues', needs: 'write', has: null },
        ],
        missingEvents: ['push'],
        installations: [
          { account: 'ann', lacking: [], missingEvents: [] },
          { account: 'bob', lacking: ['merge_queues: read'], missingEvents: ['merge_group'] },
        ],
      },
    },
  ],
};

test('each thing that the doctor looks at, whatever it finds', () => {
  const everything = Object.values(findings).flat();
  const texts = (['bubblewrap', 'gvisor', 'none'] as const).map(
    (chosen) => `# sandbox: ${chosen}\n${renderDoctor(everything, chosen)}`,
  );
  assertGolden('doctor.txt', texts.join('\n'));
});

test('where everything works each thing has its line, and the tier in use is reported', () => {
  const checkups: Checkup[] = [...good, { thing: 'gvisor', sandbox: missing }];
  const text = renderDoctor(checkups, 'bubblewrap');
  assert.ok(isHealthy(checkups, 'bubblewrap'));
  assert.match(text, /^✓ Go 1\.26\.8 for amd64 \(\/usr\/local\/go\/bin\/go\)$/m);
  assert.match(text, /^✓ bubblewrap works and is used$/m);
  assert.match(text, /limited for all together by cgroup v2$/m);
  assert.match(text, /memoryMiB=8192, cpus=all/);
  assert.match(text, /^– gVisor is not enabled, and runsc is not installed$/m);
  assert.ok(Math.max(...text.split('\n').map((line) => line.length)) <= 110, text);
});

test('what the settings ask for must work, what they do not ask for need not', () => {
  const checkups: Checkup[] = [...good, { thing: 'gvisor', sandbox: missing }];
  assert.ok(!isHealthy(checkups, 'gvisor'));
  const text = renderDoctor(checkups, 'gvisor');
  assert.match(text, /^✗ gVisor: The sandbox needs runsc, which is not installed\.$/m);
  assert.match(text, /^✓ bubblewrap works; to use it, set sandbox: bubblewrap in the settings$/m);
  assert.equal(isHealthy([...tools, settings, { thing: 'bubblewrap', sandbox: missing }], 'gvisor'), true);
});

test('a tool that is missing is unhealthy and says what to do', () => {
  const problem = { message: 'Go was not found.', hint: 'Install it.', lines: ['a line'] };
  const checkups: Checkup[] = [{ thing: 'go', problem }, ...good.slice(1)];
  assert.ok(!isHealthy(checkups, 'bubblewrap'));
  assert.ok(
    renderDoctor(checkups, 'bubblewrap').startsWith('✗ go: Go was not found.\n    a line\n    Install it.\n'),
  );
});

test('without control groups it says what is not limited, tier by tier', () => {
  const facts: TierFacts = {
    accounting: 'rlimits',
    accountingReason: 'v1: not mounted',
    uid: 61_183,
    limitsCpus: false,
  };
  const ofTier = (thing: 'bubblewrap' | 'gvisor'): string => renderDoctor([{ thing, sandbox: facts }], thing);
  assert.match(
    ofTier('bubblewrap'),
    /limited for each process alone, not for all together \(v1: not mounted\)/,
  );
  assert.match(ofTier('gvisor'), /memory: not limited/);
  assert.match(ofTier('bubblewrap'), /limits\.cpus has no effect/);
  assert.match(ofTier('bubblewrap'), /as user 61183 instead of root/);
});

test('no sandbox is healthy and said aloud', () => {
  assert.ok(isHealthy(good, 'none'));
  assert.match(renderDoctor(good, 'none'), /without isolation\.\nUse this only for code that you trust\.\n$/);
  assert.doesNotMatch(renderDoctor(good, 'bubblewrap'), /trusted/);
});

test('an operator is told what applies to an App, which has no options', () => {
  const app = findings.github[1];
  assert.ok(app);
  const broken: Checkup = { thing: 'bubblewrap', sandbox: missing };
  assert.match(renderDoctor([broken], 'bubblewrap'), /A local review of .*--no-sandbox/u);
  const forOperator = renderDoctor([broken, app], 'bubblewrap');
  assert.doesNotMatch(forOperator, /--no-sandbox/u);
  assert.match(forOperator, /the App measures nothing.*sandbox: none in the settings/u);
  assert.match(renderDoctor([...good, app], 'none'), /the code of every pull request as its own user/u);
});
