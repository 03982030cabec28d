import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

const packageSchema = z.looseObject({ name: z.string(), version: z.string() });
const lockSchema = z.looseObject({
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })),
});
const sbomSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string(), version: z.string() }) }),
  components: z.array(z.looseObject({ name: z.string(), version: z.string() })),
});

/** The parts of package.json and the lockfile that a user installs. */
function dropDevelopment(own: string, locked: string): { own: object; lock: object } {
  const { devDependencies: _, ...rest } = packageSchema.parse(JSON.parse(own));
  const { packages, ...lock } = lockSchema.parse(JSON.parse(locked));
  const { '': root, ...others } = packages;
  const { devDependencies: __, ...kept } = root ?? {};
  const installed = Object.entries(others).filter(([, { dev }]) => dev !== true);
  return { own: rest, lock: { ...lock, packages: { '': kept, ...Object.fromEntries(installed) } } };
}

/**
 * The bill of materials (CycloneDX, JSON) of what the package in `root` installs. Not `npm sbom --omit dev`: it leaves
 * out what a development dependency needs as well (npm 11: yaml and zod), and names the package after its folder.
 */
export function writeSbom(root: string): string {
  const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
  const { name, version } = packageSchema.parse(JSON.parse(read('package.json')));
  const { own, lock } = dropDevelopment(read('package.json'), read('package-lock.json'));
  const dir = mkdtempSync(path.join(tmpdir(), 'sbom-'));
  try {
    writeFileSync(path.join(dir, 'package.json'), JSON.stringify(own));
    writeFileSync(path.join(dir, 'package-lock.json'), JSON.stringify(lock));
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
    const printed = execFileSync('npm', args, { cwd: dir, encoding: 'utf8', maxBuffer: 2 ** 26 });
    const sbom = sbomSchema.parse(JSON.parse(printed));
    const component = { ...sbom.metadata.component, name, version };
    return `${JSON.stringify({ ...sbom, metadata: { ...sbom.metadata, component } }, null, 2)}\n`;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
