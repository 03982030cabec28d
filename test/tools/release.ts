/**
 * Prepares a release: `npm run release -- 0.2.0`. Publishes nothing: the last lines say what the owner types.
 *
 * - `main` gets a commit with the version and the changelog.
 * - The tag `v0.2.0` is a commit after it that also holds `dist/`, because GitHub runs an action from its tag, and whose
 *   workflow for other repositories uses the action of that tag. `v0` moves there.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { releaseChangelog } from './changelog.ts';
import { CALLED_WORKFLOW, pinAction } from './pin-action.ts';
import { writeSbom } from './sbom.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd: ROOT, stdio: 'inherit' });
}

const ask = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: ROOT, encoding: 'utf8' }).trim();

function requireClean(): void {
  if (ask('git', 'status', '--porcelain') !== '')
    throw new Error('the work tree has changes: commit them first');
  if (ask('git', 'branch', '--show-current') !== 'main') throw new Error('releases are made on main');
}

/** Until the owner's name is known, the package, the workflows and the README name a repository that does not exist. */
function requireOwner(): void {
  if (readFileSync(path.join(ROOT, 'package.json'), 'utf8').includes('/OWNER/'))
    throw new Error('replace OWNER first: CONTRIBUTING.md, "Releases", says where');
}

/** A commit with `dist/` and the pinned workflow on top of HEAD, on no branch. */
function commitWithBuild(version: string): string {
  // As npm names the script to it: build-package.ts tells a build from a stub by that.
  run('npm', 'run', 'build');
  // What the package installs, for those who keep a list of it.
  writeFileSync(path.join(ROOT, 'dist', 'sbom.cdx.json'), writeSbom(ROOT));
  const called = path.join(ROOT, CALLED_WORKFLOW);
  const workflow = readFileSync(called, 'utf8');
  writeFileSync(called, pinAction(workflow, version));
  run('git', 'add', '--force', 'dist', CALLED_WORKFLOW);
  const tree = ask('git', 'write-tree');
  run('git', 'reset', '--quiet');
  writeFileSync(called, workflow);
  return ask(
    'git',
    'commit-tree',
    tree,
    '-p',
    'HEAD',
    '-m',
    `release: ${version}, with the compiled program`,
  );
}

/**
 * Whether the registry signed what is installed. It asks the registry for its keys and sigstore for its roots; without
 * them, or with a signature that is wrong or missing, there is no release.
 */
function requireSignatures(): void {
  run('npm', 'audit', 'signatures', '--omit', 'dev');
}

/** Files that name the version besides package.json and its lock file. */
const VERSIONED = ['deploy/kubernetes/kustomization.yaml', 'deploy/kubernetes/README.md'] as const;

function nameVersion(version: string): void {
  const { version: last }: { version: string } = JSON.parse(
    readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
  );
  for (const name of VERSIONED) {
    const file = path.join(ROOT, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(last, version));
  }
}

function release(version: string): void {
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/u.test(version)) throw new Error('usage: npm run release -- 0.2.0');
  requireOwner();
  requireClean();
  requireSignatures();
  const file = path.join(ROOT, 'CHANGELOG.md');
  const today = new Date().toISOString().slice(0, 10);
  const { text, notes } = releaseChangelog(readFileSync(file, 'utf8'), version, today);
  writeFileSync(file, text);
  nameVersion(version);
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
  // Packs, installs the tarball in an empty folder and uses it there.
  run('node', '--test', 'test/package/tarball.test.ts');
  run('git', 'commit', '--all', '--quiet', '--message', `release: ${version}`);
  const built = commitWithBuild(version);
  const major = version.split('.', 1)[0] ?? '';
  run('git', 'tag', '--annotate', `v${version}`, built, '--message', `${version}\n\n${notes}`);
  run('git', 'tag', '--force', `v${major}`, built);
  // From here on the checkout runs its sources again.
  run('node', 'test/tools/build-package.ts');
  process.stdout.write(
    [
      '',
      `Release ${version} is ready. To publish it, with the owner's accounts:`,
      `  git push origin main v${version} && git push --force origin v${major}`,
      '  npm publish --access public        # needs npm login',
      `  docker build -t ghcr.io/OWNER/allocgate:${version} . && docker push ghcr.io/OWNER/allocgate:${version}`,
      `  git show v${version}:dist/sbom.cdx.json > sbom.cdx.json`,
      'On GitHub: make a release of the tag, attach sbom.cdx.json, and tick "Publish this Action to the GitHub Marketplace".',
      '',
    ].join('\n'),
  );
}

release(process.argv[2] ?? '');
