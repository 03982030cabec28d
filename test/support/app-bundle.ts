import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as bundle, type Plugin } from 'esbuild';

/**
 * The stub App in one file. Tests start it hundreds of times, and loading more than a thousand modules takes half of the
 * processor time of a start. Every module still finds the files beside it.
 */
export type SharedBundle = { remove: () => Promise<void> };

const root = path.resolve(import.meta.dirname, '../..');

/** Where the test runner's bundle is. */
const FILE_VARIABLE = 'TEST_STUB_APP';

/** Packages with WebAssembly, which load their files by their own place; pg loads pg-native only if it is installed. */
const outside = ['@electric-sql/pglite', 'web-tree-sitter', 'pg-native'];

/** What a module knows of its own place stays what it is in the sources. */
const keepPlaces: Plugin = {
  name: 'keep places',
  setup: (build) => {
    build.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path: file }) => {
      const [text, dir] = [await readFile(file, 'utf8'), path.dirname(file)];
      const contents = text
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
        .replaceAll(/import\.meta\.dirname|\b__dirname\b/gu, JSON.stringify(dir))
        .replaceAll(/import\.meta\.filename|\b__filename\b/gu, JSON.stringify(file));
      return { contents, loader: file.endsWith('ts') ? 'ts' : 'js' };
    });
  },
};

/** Makes the bundle for all processes that this one starts from now on. */
export async function shareBundle(): Promise<SharedBundle> {
  // Below the project, so that it finds the packages.
  const cache = path.join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const dir = await mkdtemp(path.join(cache, 'stub-app-'));
  const outfile = path.join(dir, 'stub-app.mjs');
  await bundle({
    entryPoints: [path.join(root, 'test/support/stub-app.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: outside,
    // CommonJS packages load Node's own modules by `require`.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
    plugins: [keepPlaces],
    logLevel: 'error',
  });
  process.env[FILE_VARIABLE] = outfile;
  return {
    remove: async () => {
      delete process.env[FILE_VARIABLE];
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What to start for the stub App: the bundle if the test runner made one, or the sources. */
export function findStubApp(): string {
  return process.env[FILE_VARIABLE] ?? path.join(root, 'test/support/stub-app.ts');
}
