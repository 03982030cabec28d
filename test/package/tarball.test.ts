import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { after, before } from '../support/hooks.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const entrySchema = z.looseObject({ dev: z.boolean().optional() });
const lockSchema = z.object({ version: z.string(), packages: z.record(z.string(), entrySchema) });
type Lock = z.infer<typeof lockSchema>;
type Ended = { exitCode: number; stdout: string; stderr: string };

/** A program of the user's, without what npm tells the scripts of this checkout. */
function run(program: string, args: string[], cwd: string): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/iu.test(name)));
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

/**
 * The lock file of a project whose only dependency is the tarball: the checkout's own lock file pins what the package
 * needs, so that npm finds all of it in its cache.
 */
function lockFor(tarball: string, { packages }: Lock): object {
  const { '': own = {}, ...others } = packages;
  const needed = Object.entries(others).filter(([, { dev }]) => dev !== true);
  const installed = { resolved: `file:${tarball}`, dependencies: own['dependencies'], bin: own['bin'] };
  return {
    lockfileVersion: 3,
    packages: {
      '': { dependencies: { allocgate: `file:${tarball}` } },
      'node_modules/allocgate': { version: '0.0.0', ...installed },
      ...Object.fromEntries(needed),
    },
  };
}

async function readLock(): Promise<Lock> {
  return lockSchema.parse(JSON.parse(await readFile(path.join(ROOT, 'package-lock.json'), 'utf8')));
}

/** Packs the checkout and installs the tarball in an empty folder; returns what npm printed. */
async function install(dir: string): Promise<Ended> {
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', dir], ROOT);
  assert.equal(packed.exitCode, 0, packed.stderr);
  const tarball = path.join(dir, packed.stdout.trim().split('\n').at(-1) ?? '');
  await writeFile(path.join(dir, 'package-lock.json'), JSON.stringify(lockFor(tarball, await readLock())));
  const manifest = { private: true, dependencies: { allocgate: `file:${tarball}` } };
  await writeFile(path.join(dir, 'package.json'), JSON.stringify(manifest));
  const ci = (network: '--offline' | '--prefer-offline'): Promise<Ended> =>
    run('npm', ['ci', network, '--no-audit', '--no-fund'], dir);
  const installed = await ci('--offline');
  if (!installed.stderr.includes('ENOTCACHED')) return installed;
  // Where node_modules did not come from npm's cache, npm fills it once.
  await ci('--prefer-offline');
  return ci('--offline');
}

describe('the npm package', () => {
  let dir = '';
  let installed: Ended | null = null;
  const allocgate = (...args: string[]): Promise<Ended> =>
    run(path.join(dir, 'node_modules/.bin/allocgate'), args, dir);

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'allocgate-package-'));
    installed = await install(dir);
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('installs without the network, from the cache of npm, and without a warning', () => {
    assert.equal(installed?.exitCode, 0, installed?.stderr);
    assert.doesNotMatch(`${installed?.stdout}${installed?.stderr}`, /warn/iu);
  });

  it('has no script that npm would run, or warn of, when it is installed', async () => {
    const text = await readFile(path.join(dir, 'node_modules/allocgate/package.json'), 'utf8');
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(text));
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
      assert.ok(!(name in scripts), name);
  });

  it('has the version of the checkout', async () => {
    const { version } = await readLock();
    const { stdout, stderr, exitCode } = await allocgate('--version');
    assert.deepEqual(
      { stdout: stdout.trim(), stderr, exitCode },
      { stdout: version, stderr: '', exitCode: 0 },
    );
  });

  it('prints an exercise with the code of its fixture', async () => {
    const { stdout, exitCode } = await allocgate('rules', 'MA-01');
    assert.equal(exitCode, 0);
    assert.match(stdout, /strconv\.AppendInt/u);
  });

  it('tries out the machine', async () => {
    const { stdout, exitCode } = await allocgate('doctor');
    assert.equal(exitCode, 0, stdout);
  });

  it('reviews the demo', async () => {
    const { stdout, exitCode, stderr } = await allocgate('demo');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /route\/route\.go:25/u);
    assert.match(stdout, /format\.go:14/u);
  });

  it('gives programs a review as data', async () => {
    const repository = path.join(dir, 'repository');
    const git = (...args: string[]): Promise<Ended> =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], dir);
    await git('init', '--quiet', repository);
    await git('-C', repository, 'commit', '--quiet', '--allow-empty', '--message', 'first');
    const program = `
      import { Failure, review } from 'allocgate';
      const report = await review({ dir: 'repository', base: 'HEAD' });
      const error = await review({ dir: 'nothing' }).catch((reason) => reason);
      console.log(report.schemaVersion, report.verdict, error instanceof Failure && error.code);`;
    const { stdout, stderr } = await run('node', ['--input-type=module', '--eval', program], dir);
    assert.match(stdout, /^2 \w+ not-a-repository\n$/u, stderr);
  });

  it('leaves the checkout to run its own sources', async () => {
    assert.match(await readFile(path.join(ROOT, 'dist/main.js'), 'utf8'), /src\/main\.ts/u);
  });
});
