import type { TestBinary } from '../../src/go/test-binary.ts';
import { stageLimits } from './sandboxes.ts';

/** A test binary without a file: `sandbox` prints what a real one would. */
export const createFakeBinary = (sandbox: TestBinary['sandbox']): TestBinary => ({
  sandbox,
  package: 'example.com/m',
  file: '/m.test',
  cwd: '/',
  env: {},
  view: { readOnly: [], writable: [], scratch: null, network: false },
  limits: stageLimits,
});
