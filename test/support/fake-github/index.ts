/**
 * A stateful fake GitHub: REST API, git over HTTP and webhooks on 127.0.0.1, for tests. It refuses what GitHub
 * refuses, checks every request against GitHub's OpenAPI description, and shows what a person would see.
 *
 *     const fake = await createFakeGitHub();
 *     fake.addUser('ann');
 *     const repository = await fake.addRepository({ owner: 'acme', name: 'shop', files: { 'go.mod': 'module shop\n' } });
 *     const installation = await fake.install('acme');
 *     fake.webhookUrl = 'http://127.0.0.1:3000/api/github/webhooks';
 *     const pull = await fake.openPullRequest(repository, {
 *       author: 'ann',
 *       head: { branch: 'change', contents: { change: { 'a.go': 'package shop\n' } } },
 *     });
 *     assert.deepEqual((await fake.snapshot(repository, pull.number)).comments, []);
 *     assert.deepEqual(fake.violations, []);
 *     await fake.close();
 */
export { createFakeGitHub } from './server.ts';
export type { Deliveries, Delivery } from './delivery-types.ts';
export type { Fault, FaultKind, FaultMatch, Faults, NewFault } from './fault-types.ts';
export type {
  AppState,
  CheckRun,
  Installation,
  IssueComment,
  Limits,
  PullRequest,
  Repository,
  ReviewComment,
  Role,
  User,
} from './state-types.ts';
export type {
  Contents,
  FakeGitHub,
  Files,
  LoggedRequest,
  NewHead,
  NewInstallation,
  NewPullRequest,
  NewRepository,
  RepositoryRef,
  SeenCheck,
  SeenComment,
  SeenReview,
  SeenReviewComment,
  Snapshot,
  Violation,
} from './types.ts';
