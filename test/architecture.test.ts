import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { findCircles, listLoaded, reachImports, readImportGraph } from './runner/imports.ts';

const root = path.resolve(import.meta.dirname, '..');
const graph = readImportGraph(root, ['src']);

const contributing = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');

/**
 * What each folder of src may import, and each room of a folder, from the tables of CONTRIBUTING.md: `report` may import
 * `rules`, `report/words` may import `report/model`.
 */
const allowed = readTables(contributing);

function readTables(markdown: string): Map<string, string[]> {
  const rows = markdown.matchAll(/^\|[^|\n]*`src\/([a-z/-]+)\/`[^|\n]*\|[^|\n]*\|([^|\n]*)\|$/gmu);
  const table = [...rows].map(([, folder = '', may = '']) => ({ folder, may: may.trim() }));
  const names = table.map(({ folder }) => folder);
  return new Map(table.map(({ folder, may }, index) => [folder, readCell(may, names, index)]));
}

function readCell(may: string, names: readonly string[], index: number): string[] {
  if (may === 'everything below') return names.slice(index + 1);
  const except = /^everything(?: but (.+))?$/u.exec(may);
  if (except) return names.filter((name) => name !== except[1]);
  return may.split(', ').filter(Boolean);
}

/** The folders that CONTRIBUTING.md calls pure: the same input gives the same output, wherever and whenever. */
const pure = new Set(
  [...contributing.matchAll(/^\|[^|\n]*`src\/([a-z-]+)\/`[^|\n]*\| \*\*pure\*\*/gmu)].map(
    ([, folder = '']) => folder,
  ),
);

/** Modules that compute, too. */
const pureModules = new Set([
  'node:crypto',
  'node:path',
  'node:util',
  'diff',
  'sarif',
  're2js',
  'string-width',
  'web-tree-sitter',
  'yaml',
  'zod',
  'marked',
]);

/** Ways to file, process, clock or chance that need no import. */
const impure =
  /\b(?:Date\.now|new Date\(\)|performance\.|process\.|Math\.random|randomUUID|randomBytes|setTimeout|setInterval|fetch\()/u;

/** A way that is only named in a comment is not taken. */
const comments = /\/\*[^]*?\*\/|(?<!:)\/\/.*$/gmu;

type Import = { file: string; from: string };
const imports: Import[] = [...graph].flatMap(([file, names]) => names.map((from) => ({ file, from })));
const inside = imports.filter(({ from }) => from.startsWith('src/'));

const show = (list: readonly Import[]): string[] => list.map(({ file, from }) => `${file} imports ${from}`);

/** `src/report/words/finding.ts`: report, report/words. Files right in src have no folder, others perhaps no room. */
function placeOf(file: string): { folder: string | null; room: string | null } {
  const [, folder = null, room = null] = path.posix.dirname(file).split('/');
  return { folder, room: room === null ? null : `${folder}/${room}` };
}

/** Whether a folder or a room may import another one; what is in neither may, and may be imported. */
function mayImport(importer: string | null, imported: string | null): boolean {
  if (importer === null || imported === null || importer === imported) return true;
  const names = allowed.get(importer);
  assert.ok(names, `The tables of CONTRIBUTING.md have no row for src/${importer}/`);
  return names.includes(imported);
}

test('each folder imports only what its row in CONTRIBUTING.md says', () => {
  const bad = inside.filter(({ file, from }) => !mayImport(placeOf(file).folder, placeOf(from).folder));
  assert.deepEqual(show(bad), []);
});

test('each room imports only what its row in CONTRIBUTING.md says of the others in its folder', () => {
  const bad = inside.filter(({ file, from }) => {
    const [importer, imported] = [placeOf(file), placeOf(from)];
    return importer.folder === imported.folder && !mayImport(importer.room, imported.room);
  });
  assert.deepEqual(show(bad), []);
});

test('each row in CONTRIBUTING.md is about a folder that exists', () => {
  const places = new Set([...graph.keys()].map(placeOf).flatMap(({ folder, room }) => [folder, room]));
  assert.deepEqual(
    [...allowed.keys()].filter((name) => !places.has(name)),
    [],
  );
  assert.deepEqual(
    [...allowed.values()].flat().filter((name) => !allowed.has(name)),
    [],
  );
});

test('pure folders have no file, process, clock, network or chance', () => {
  const files = [...graph.keys()].filter((file) => pure.has(placeOf(file).folder ?? ''));
  assert.ok(files.length > 50);
  const bad = imports.filter(
    ({ file, from }) => files.includes(file) && !from.startsWith('src/') && !pureModules.has(from),
  );
  assert.deepEqual(show(bad), []);
  const texts = files.map((file) => [
    file,
    readFileSync(path.join(root, file), 'utf8').replaceAll(comments, ''),
  ]);
  assert.deepEqual(
    texts.flatMap(([file = '', text = '']) =>
      impure.test(text) ? [`${file}: ${impure.exec(text)?.[0]}`] : [],
    ),
    [],
  );
});

test('each command loads little before it knows what it is to do, so that help and mistakes come at once', () => {
  const loaded = readImportGraph(root, ['src'], listLoaded);
  const reached = [...reachImports(loaded, 'src/cli/program.ts')];
  const isPackage = (name: string): boolean => !name.startsWith('src/') && !name.startsWith('node:');
  assert.deepEqual(reached.filter(isPackage).sort(), ['commander', 'leven']);
});

test('no files import each other in a circle', () => {
  assert.deepEqual(findCircles(graph), []);
});

test('no name is exported from two files: one name for one thing', () => {
  const exported = [...graph.keys()].flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const names = text.matchAll(/^export (?:async )?(?:function\*?|const|type|class) (?<name>\w+)/gmu);
    return [...names].map(({ groups }) => ({ file, name: groups?.['name'] ?? '' }));
  });
  const twice = [...Map.groupBy(exported, ({ name }) => name)]
    .map(([name, all]) => [name, new Set(all.map(({ file }) => file))] as const)
    .filter(([, files]) => files.size > 1);
  assert.deepEqual(
    twice.map(([name, files]) => `${name}: ${[...files].join(', ')}`),
    [],
  );
});

/** A constant at the top of a file, and how its value begins: a number, a text, a regular expression, or a table. */
const constants =
  /^(?:export )?const (?<name>\w+)(?:: [^=]+)? =\s+(?:(?<scalar>-?\d|['"`/]|String\.raw|new RegExp\()|[[{]|new (?:Set|Map)\b)/gmu;

test('constants of a number, a text or a regular expression are UPPER_CASE, and no tables are', () => {
  const wrong = [...graph.keys()].flatMap((file) => {
    const found = readFileSync(path.join(root, file), 'utf8').matchAll(constants);
    return [...found]
      .filter(
        ({ groups }) => /^[A-Z][A-Z0-9_]*$/u.test(groups?.['name'] ?? '') !== Boolean(groups?.['scalar']),
      )
      .map(({ groups }) => `${file}: ${groups?.['name']}`);
  });
  assert.deepEqual(wrong, []);
});

/** All files that documents may name, as paths from the root. */
const files = [
  ...readdirSync(root),
  ...['.github', 'src', 'test', 'rules', 'fixtures'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  ),
];

/** These are files of users, or stand for many: `rules/FA-08/rule.yaml`. */
const elsewhere =
  /^(?:\.github\/allocgate\.yml|settings\.yml)$|(?:^|\/)(?:[A-Z]{2,}|[A-Z]{2}-\d+)(?:\/|\.diff)/u;

/** Names of files in code, each with the folder that the table above names in a row of its own (`src/app/`). */
function listNamed(markdown: string): { name: string; folder: string }[] {
  let folder = '';
  return markdown.split('\n').flatMap((line) => {
    folder = line.startsWith('|') ? (/^\| \*\*`(?<at>[^`]+)`\*\*/u.exec(line)?.groups?.['at'] ?? folder) : '';
    const names = line.matchAll(/`(?<name>[\w.*/-]+\.(?:ts|yml|yaml|md|json|diff))`/gu);
    return [...names].map(({ groups }) => ({ name: groups?.['name'] ?? '', folder }));
  });
}

test('every file that CONTRIBUTING.md names exists', () => {
  const named = listNamed(contributing);
  assert.ok(named.length > 100);
  const missing = named.filter(({ name, folder }) => {
    const pattern = new RegExp(
      `(?:^|/)${name.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]*')}$`,
      'u',
    );
    return !elsewhere.test(name) && !files.some((file) => file.startsWith(folder) && pattern.test(file));
  });
  assert.deepEqual(
    missing.map(({ name, folder }) => (folder === '' ? name : `${name} in ${folder}`)),
    [],
  );
});

test('CONTRIBUTING.md says what each long test alone proves', () => {
  const page = contributing;
  const rows = [...page.matchAll(/^\| `(?<file>\S+\.long\.test\.ts)`/gmu)].map(
    ({ groups }) => `test/${groups?.['file'] ?? ''}`,
  );
  assert.deepEqual(rows.sort(), files.filter((file) => file.endsWith('.long.test.ts')).sort());
});
