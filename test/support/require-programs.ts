/**
 * Provides the programs that the tests need: as root on Debian and Ubuntu it installs missing ones from the
 * distribution; otherwise it prints the command to type.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from './chromium.ts';
import { findPostgres } from './postgres.ts';

type Needed = {
  name: string;
  isThere: () => Promise<boolean>;
  /** The package of Debian and Ubuntu; null: their version may be too old. */
  package: string | null;
  /** What to do if there is no package. */
  remedy: string;
};

const runs =
  (program: string, argument: string): (() => Promise<boolean>) =>
  async () =>
    spawnSync(program, [argument], { stdio: 'ignore' }).status === 0;

const hasPostgres = (): Promise<boolean> =>
  findPostgres().then(
    () => true,
    () => false,
  );

const hasChromium = (): Promise<boolean> => Promise.resolve(findChromium() !== null);

/** Without fonts, the widths of a page cannot be tested. */
const hasFont = (): Promise<boolean> => Promise.resolve(existsSync('/usr/share/fonts'));

const needed: readonly Needed[] = [
  {
    name: 'Go',
    isThere: runs('go', 'version'),
    package: null,
    remedy: 'Go 1.24 or newer from https://go.dev/dl',
  },
  { name: 'git', isThere: runs('git', '--version'), package: 'git', remedy: 'git' },
  {
    name: 'bubblewrap',
    isThere: runs('bwrap', '--version'),
    package: 'bubblewrap',
    remedy: 'bubblewrap 0.8 or newer',
  },
  { name: 'gVisor', isThere: runs('runsc', '--version'), package: 'runsc', remedy: 'gVisor (runsc)' },
  { name: 'a font', isThere: hasFont, package: 'fonts-dejavu-core', remedy: 'a TrueType font' },
  { name: 'Chromium', isThere: hasChromium, package: 'chromium', remedy: 'Chromium' },
  { name: 'zsh', isThere: runs('zsh', '--version'), package: 'zsh', remedy: 'zsh' },
  { name: 'fish', isThere: runs('fish', '--version'), package: 'fish', remedy: 'fish' },
  { name: 'PostgreSQL', isThere: hasPostgres, package: 'postgresql', remedy: 'PostgreSQL 15 or newer' },
];

async function listMissing(): Promise<Needed[]> {
  const found = await Promise.all(needed.map(({ isThere }) => isThere()));
  return needed.filter((_, index) => !found[index]);
}

const hasApt = await runs('apt-get', '--version')();

/** Installs packages. Returns whether that succeeded; prints the output of apt-get only if not. */
function install(packages: readonly string[]): boolean {
  console.log(`Installing what the tests need: apt-get install ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const { status, stdout, stderr, error } = spawnSync('apt-get', ['-qq', ...args], {
      env,
      encoding: 'utf8',
    });
    if (status === 0) continue;
    console.error(error?.message ?? `${stdout}${stderr}`.trim());
    return false;
  }
  return true;
}

/** One line that says what to do. */
function describeRemedy(missing: readonly Needed[]): string {
  const packages = missing.flatMap((one) => one.package ?? []);
  const others = missing.filter((one) => one.package === null).map(({ remedy }) => remedy);
  if (!hasApt) return `The tests need ${missing.map(({ remedy }) => remedy).join(', ')}.`;
  const line = packages.length > 0 ? [`sudo apt-get install ${packages.join(' ')}`] : [];
  return `The tests need ${missing.map(({ name }) => name).join(', ')}: ${[...line, ...others].join('; ')}`;
}

const packages = (await listMissing()).flatMap((one) => one.package ?? []);
if (packages.length > 0 && process.getuid?.() === 0 && hasApt) install(packages);
const missing = await listMissing();
if (missing.length > 0) {
  console.error(describeRemedy(missing));
  process.exitCode = 1;
}
