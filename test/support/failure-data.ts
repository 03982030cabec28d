import type { FailureCode, FailureFacts, FailureReason } from '../../src/errors.ts';
import type { SandboxProblem } from '../../src/sandbox-facts.ts';

const ids = { base: 'a'.repeat(40), head: 'b'.repeat(40) };
const url = 'https://github.com/ann/shop/pull/1';
const repository = 'https://github.com/ann/shop';
const problem: SandboxProblem = { kind: 'missing', program: 'bwrap', detail: '', inContainer: false };
const goList = { command: 'go list ./...', exitCode: null, output: ['killed'] };

/** Facts for each failure with its own sentence, by code. A missing code does not compile. */
const examples: { [Code in FailureCode]: FailureFacts[Code][] } = {
  'not-a-repository': [{ path: '/x' }, { path: '/x', isMissing: true }],
  'unknown-revision': [
    { revision: 'mian', similar: ['main', 'man'], shallow: false, detail: ['fatal: x'] },
    { revision: 'v1', similar: [], shallow: true, detail: [] },
    { revision: 'v1', similar: [], shallow: false, detail: [] },
  ],
  'no-merge-base': [ids],
  'shallow-clone': [ids],
  'no-default-branch': [{ branches: ['a', 'b'] }, { branches: [] }],
  'no-commits': [{ path: '/x' }],
  'bare-worktree': [{ path: '/x' }],
  'git-missing': [{}],
  'git-failed': [
    { command: 'git log', ended: 128, detail: ['fatal: x'] },
    { command: 'git log', ended: { signal: 'SIGKILL' }, detail: [] },
    { command: 'git log', ended: 'unexpected-output', detail: [] },
    { command: 'git log', ended: 'output-limit', detail: [] },
    { command: 'git log', ended: null, detail: [] },
  ],
  'missing-objects': [{ command: 'git cat-file', detail: ['abc missing'] }],
  'fetch-failed': [
    ...(
      [
        'bad-name',
        'refused',
        'not-found',
        'moved',
        'missing-commit',
        'network',
        'malformed',
        'busy',
        'unknown',
      ] as const
    ).map((one) => ({ url: repository, problem: one, limit: '', detail: ['fatal: x'] })),
    { url: repository, problem: 'timed-out', limit: '300 s', detail: [] },
    { url: repository, problem: 'too-large', limit: '4096 MiB', detail: [] },
  ],
  'github-failed': [
    ...(['not-found', 'unauthorised', 'forbidden', 'unreachable', 'no-token', 'closed', 'moved'] as const)
      .flatMap((reason) => [true, false].map((hasToken) => ({ reason, hasToken })))
      .map(({ reason, hasToken }) => ({ url, hasToken, problem: { reason }, detail: [] })),
    ...[true, false].map((hasToken) => ({
      url,
      hasToken,
      problem: { reason: 'rate-limited' as const, until: '2026-01-02T03:04:05.000Z' },
      detail: [],
    })),
  ],
  'tree-too-large': (['changes', 'links', 'files', 'bytes'] as const).map((reason) => ({
    reason,
    limit: 1000,
  })),
  'go-missing': [{ output: null }, { output: ['exec format error'] }],
  'go-too-old': [{ needs: '1.99', has: '1.26.10' }],
  'go-failed': [
    { command: 'go list ./...', ended: 'exited', exitCode: 1, output: ['no required module'] },
    { ...goList, ended: 'exited', exitCode: 1, isBaseRefused: true },
    { ...goList, ended: 'exited' },
    { ...goList, ended: 'timed-out' },
    { ...goList, ended: 'memory-limit' },
    { ...goList, ended: 'disk-limit' },
    { ...goList, ended: 'output-limit' },
  ],
  'no-go-files': [{ path: '/x' }],
  'no-go-mod': [
    { paths: ['/x'], isConfigured: false },
    { paths: ['a', 'b'], isConfigured: true },
  ],
  'bad-config': [{ path: '.github/allocgate.yml', problems: ['line one', 'line two'] }],
  'bad-settings': [
    { path: '/x/settings.yml', problems: ['line one'] },
    { path: '/x/settings.yml', unreadable: 'permission denied' },
  ],
  'bad-option': [
    { option: '--bench', value: '(', problem: { kind: 'not-a-regexp', reason: 'missing closing ): `(`' } },
    { option: '--format', value: 'text, json', problem: { kind: 'several-to-stdout' } },
    { option: '--format', value: 'json=a, sarif=./a', problem: { kind: 'same-file' } },
    { option: '--format', value: 'text', problem: { kind: 'stdout-taken' } },
    { option: 'DIR', value: 'github.com/ann/shop/pull/1', problem: { kind: 'no-protocol' } },
    { option: 'URL', value: repository, problem: { kind: 'not-a-pull-request' } },
    {
      option: 'URL',
      value: 'https://git.example.com/a/b/pull/1',
      problem: { kind: 'unknown-host', host: 'git.example.com' },
    },
    {
      option: '--packages',
      value: './codek/...',
      problem: { kind: 'matches-no-package', similar: './codec/...', module: null },
    },
    {
      option: '--packages',
      value: './x',
      problem: { kind: 'matches-no-package', similar: null, module: null },
    },
    {
      option: '--packages',
      value: './v2/x',
      problem: { kind: 'matches-no-package', similar: null, module: 'v2' },
    },
    {
      option: '--bench',
      value: 'Prase',
      problem: { kind: 'matches-no-benchmark', similar: 'BenchmarkParse' },
    },
    { option: '--bench', value: 'x', problem: { kind: 'matches-no-benchmark', similar: null } },
    { option: '--bench', value: 'Parse/x', problem: { kind: 'matches-no-sub-benchmark' } },
    { option: '--base', value: 'main', problem: { kind: 'useless', why: 'base' } },
    { option: '--direct', value: null, problem: { kind: 'useless', why: 'direct' } },
    { option: '--head', value: 'x', problem: { kind: 'useless', why: 'head' } },
    { option: '--worktree', value: null, problem: { kind: 'useless', why: 'worktree' } },
    { option: '--packages', value: './x', problem: { kind: 'useless', why: 'packages' } },
    { option: '--config', value: 'x.yml', problem: { kind: 'useless', why: 'config' } },
    { option: '--no-sandbox', value: null, problem: { kind: 'useless', why: 'no-sandbox' } },
    { option: '--bench', value: 'X', problem: { kind: 'useless', why: 'bench' } },
    { option: '--post', value: null, problem: { kind: 'useless', why: 'post' } },
    { option: '--post', value: null, problem: { kind: 'needs-pull-request' } },
    { option: '--head', value: 'x', problem: { kind: 'head-is-worktree' } },
    { option: '--direct', value: null, problem: { kind: 'needs-base' } },
    { option: '--tags', value: 'a b', problem: { kind: 'not-tags' } },
    {
      option: '--config',
      value: 'x.yml',
      problem: { kind: 'unreadable', reason: 'no such file or directory' },
    },
  ],
  'disk-full': [{}, { path: '/tmp', detail: ['write error'] }],
  'output-not-writable': [
    { path: '/x', reason: 'it is a file', isFolder: true },
    { path: '/x/y', reason: 'permission denied' },
    { path: null, reason: 'no space left on device' },
  ],
  'temp-not-writable': [{ path: '/x', reason: 'permission denied' }],
  'sandbox-unavailable': [
    { ...problem, kind: 'platform', detail: 'darwin/arm64' },
    problem,
    { ...problem, program: 'runsc' },
    { ...problem, program: 'prlimit' },
    { ...problem, kind: 'blocked', detail: 'bwrap: No permissions to create a new namespace.' },
    {
      ...problem,
      kind: 'blocked',
      detail: 'bwrap: setting up uid map: Permission denied',
      inContainer: true,
    },
    { ...problem, kind: 'blocked', detail: 'bwrap: Unknown option --disable-userns' },
    { ...problem, kind: 'closed-folder', detail: "bwrap: Can't chdir to /root/x: Permission denied" },
    { ...problem, kind: 'ineffective', program: 'bubblewrap', detail: '', broken: 'network' },
    { ...problem, kind: 'ineffective', program: 'bubblewrap', detail: 'grep: not found' },
    { kind: 'not-started', program: '/opt/go/bin/go', detail: 'execvp: No such file' },
  ],
  'wrong-architecture': [{ arch: 'arm64' }],
  'bad-environment': [{ variable: 'PORT', reason: 'it must be a number from 0 to 65535' }],
  'database-unavailable': [{ place: 'db.example.com/allocgate', reason: 'connect ECONNREFUSED' }],
  'unknown-rule': [
    { rule: 'sprintf', similar: 'sprintf-in-hot-path' },
    { rule: 'zzz', similar: null },
  ],
  interrupted: [{}],
  internal: [{ detail: ['Error: x', '    at f'] }],
};

const toReasons = (code: FailureCode): FailureReason[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table pairs each code with its own facts
  examples[code].map((facts) => ({ code, facts }) as FailureReason);

const isCode = (code: string): code is FailureCode => Object.hasOwn(examples, code);

/** Every failure with its own sentence. */
export const failureExamples: readonly FailureReason[] = Object.keys(examples)
  .filter(isCode)
  .flatMap((code) => toReasons(code));
