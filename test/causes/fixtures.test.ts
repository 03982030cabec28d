import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { placeFindings } from '../../src/report/decide/placement.ts';
import type { ReportFinding } from '../../src/report/model/schema.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, readTree, type Files, type GoRepository } from '../support/go-repository.ts';
import { type LocalReview, makeReview } from '../support/local-review.ts';
import { publishModule } from '../support/module-proxy.ts';
import { sharePackages, withPackage } from '../support/shared-packages.ts';
import { WITHOUT_REACH } from '../support/without-reach.ts';
import { type CauseFixture, loadCauseFixtures } from './cause-fixtures.ts';

/**
 * One folder per kind of cause: `common` is equal on both sides and, but for what `want` says, holds the allocating line;
 * `good`, `bad` and `harmless` hold what the change is about. `// want "RULE"` marks an allocating line, `// cause` the
 * changed line that led to it.
 */
const directory = fileURLToPath(new URL('../../fixtures/causes', import.meta.url));

type Part = 'good' | 'bad' | 'harmless';

const fixtures = loadCauseFixtures(directory);

/** The fixtures that have a go.mod of their own, because their change is in it. */
const isModule = (folder: string): boolean => readdirSync(`${directory}/${folder}/bad`).includes('go.mod');
const packages = fixtures.filter(({ folder }) => !isModule(folder));
const modules = fixtures.filter(({ folder }) => isModule(folder));

async function readPart(folder: string, part: Part): Promise<Files> {
  const common = await readTree(`${directory}/${folder}/common`, '');
  return { ...common, ...(await readTree(`${directory}/${folder}/${part}`, '')) };
}

/** The files with the benchmark of a fixture, which are not in a folder of their own. */
function listTopFiles(folder: string): string[] {
  const parts = ['common', 'good', 'bad', 'harmless'].map((part) => `${directory}/${folder}/${part}`);
  const present = parts.filter((dir) => existsSync(dir));
  return present.flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => `${dir}/${name}`),
  );
}

/** Benchmarks share packages, but for one that reads a file. */
const places = sharePackages(
  new Map(
    packages.flatMap(({ folder }) => {
      const files = listTopFiles(folder);
      const isShared = files.every((file) => file.endsWith('.go'));
      return isShared ? [[folder, files.map((file) => readFileSync(file, 'utf8'))]] : [];
    }),
  ),
);

/** The files of one side of a fixture in the module of all. */
async function readPackage(folder: string, part: Part): Promise<Files> {
  const place = places.get(folder);
  const files = await readPart(folder, part);
  const entries = Object.entries(files).map(([name, text]): [string, string] =>
    place && !name.includes('/')
      ? [`${place.folder}/${place.prefix}${name}`, withPackage({ [name]: text }, place)[name] ?? '']
      : [`${folder}/${name}`, text],
  );
  return Object.fromEntries(entries);
}

async function readModule(part: Part): Promise<Files> {
  const trees = await Promise.all(packages.map(({ folder }) => readPackage(folder, part)));
  return Object.assign({ 'go.mod': 'module example.com/causes\n\ngo 1.24\n' }, ...trees);
}

/** `RULE at FILE:LINE` for every mark of a tree's files. */
function findMarks(files: Files, mark: RegExp): string[] {
  return Object.entries(files).flatMap(([name, text]) =>
    text.split('\n').flatMap((line, index) => {
      const found = mark.exec(line);
      return found ? [`${found[1] ?? 'cause'} at ${name}:${index + 1}`] : [];
    }),
  );
}

const review = (dir: string, base: string, head: string, noSandbox = false): Promise<LocalReview> =>
  makeReview(dir, base, head, { config: WITHOUT_REACH, noSandbox });

/** Publishes the versions of the fixture's own module, and makes the go command take modules from there alone. */
async function openProxy(folder: string, dir: string): Promise<NodeJS.ProcessEnv> {
  const proxy = path.join(dir, 'proxy');
  const versions = existsSync(`${directory}/${folder}/proxy`)
    ? readdirSync(`${directory}/${folder}/proxy`)
    : [];
  for (const version of versions) {
    const files = await readTree(`${directory}/${folder}/proxy/${version}`, '');
    await publishModule(proxy, 'example.com/texts', version, files);
  }
  return {
    GOPROXY: `file://${proxy}`,
    GOSUMDB: 'off',
    GOMODCACHE: path.join(dir, 'modules'),
    GOFLAGS: '-modcacherw',
  };
}

/** go.sum as `go mod tidy` writes it. */
async function sumOf(files: Files): Promise<Files> {
  const repository = await createGoRepository();
  try {
    await repository.commit(files);
    await promisify(execFile)('go', ['mod', 'tidy'], { cwd: repository.dir });
    const made = await readTree(repository.dir, '');
    return made['go.sum'] === undefined ? files : { ...files, 'go.sum': made['go.sum'] };
  } finally {
    await repository.remove();
  }
}

/** A change of go.mod, reviewed in a separate repository. */
function testModule(folder: string, expected: CauseFixture['expected']): void {
  it(`${folder}: the changed line of go.mod is named, and takes the comment`, async (t) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-proxy-'));
    const repository = await createGoRepository();
    const before = { ...process.env };
    t.after(async () => {
      process.env = before;
      await rm(dir, { recursive: true, force: true });
      await repository.remove();
    });
    Object.assign(process.env, await openProxy(folder, dir));
    const [good, bad, harmless] = await Promise.all(
      (['good', 'bad', 'harmless'] as const).map(async (part) => sumOf(await readPart(folder, part))),
    );
    assert.ok(good && bad && harmless);
    const first = await repository.commit(good);
    // Without a sandbox, modules go into a cache of this test's own.
    const made = await review(repository.dir, first, await repository.commit(bad), true);
    const [row, ...others] = made.report.benchmarks;
    assert.deepEqual(others, []);
    assert.deepEqual(
      [row?.allocsPerOp.base, row?.allocsPerOp.head],
      [expected.allocs.good, expected.allocs.bad],
    );
    checkFindings(made.report.findings, bad, expected, made);
    const back = await repository.commit(good);
    const twin = await review(repository.dir, back, await repository.commit(harmless), true);
    assert.deepEqual(twin.report.findings, []);
  });
}

const describePlaces = (findings: readonly ReportFinding[]): string[] =>
  findings
    .flatMap(({ exercise, places }) => places.map(({ file, line }) => `${exercise.id} at ${file}:${line}`))
    .sort();

/** The checks of one fixture's findings, for any review of it. */
function checkFindings(
  findings: ReportFinding[],
  files: Files,
  expected: CauseFixture['expected'],
  { result: { diff }, config }: LocalReview,
): void {
  assert.deepEqual(describePlaces(findings), findMarks(files, /\/\/ want "([A-Z]{2}-\d{2})"/u).sort());
  const causes = findings.map(({ cause }) => `cause at ${cause?.file}:${cause?.line}`);
  assert.deepEqual([...new Set(causes)], findMarks(files, /\/\/ cause$/u), 'the changed line');
  for (const { cause, onChangedLine, gates, message } of findings) {
    assert.equal(cause?.kind, expected.cause);
    assert.equal(cause?.via.length, expected.via, JSON.stringify(cause?.via));
    assert.deepEqual([onChangedLine, gates], [false, true], 'proven, on a line that did not change');
    assert.match(message, new RegExp(`${cause?.file}:${cause?.line}`, 'u'));
  }
  const { inline } = placeFindings(findings, diff, config);
  const anchors = inline.map(({ anchor: { file, line } }) => `cause at ${file}:${line}`);
  assert.deepEqual(
    [...new Set(anchors)],
    findMarks(files, /\/\/ cause$/u),
    'comments on the changed line alone',
  );
}

describe('causes', () => {
  const made = new Map<'bad' | 'harmless', LocalReview>();
  let repository: GoRepository | null = null;
  before(async () => {
    repository = await createGoRepository();
    const { commit, dir } = repository;
    const good = await commit(await readModule('good'));
    const bad = await commit(await readModule('bad'));
    const goodAgain = await commit(await readModule('good'));
    const harmless = await commit(await readModule('harmless'));
    made.set('bad', await review(dir, good, bad));
    made.set('harmless', await review(dir, goodAgain, harmless));
  });
  after(() => repository?.remove());

  it('are measured, and nothing else is', () => {
    const shown = made.get('bad')?.report.benchmarks.map(({ name }) => name);
    assert.deepEqual(shown?.sort(), packages.map(({ expected }) => expected.benchmark).sort());
  });

  for (const { folder, expected } of packages) {
    it(`${folder}: the changed line is named, and takes the comment`, async () => {
      const found = made.get('bad');
      assert.ok(found);
      const { report } = found;
      const files = await readPackage(folder, 'bad');
      const isOwn = ({ file }: { file: string }): boolean => file in files;
      const own = places.get(folder)?.folder ?? folder;
      const rows = report.benchmarks.filter(
        (row) => row.package === `example.com/causes/${own}` && row.name === expected.benchmark,
      );
      assert.deepEqual(
        rows.map(({ name, allocsPerOp: { base, head } }) => [name, base, head]),
        [[expected.benchmark, expected.allocs.good, expected.allocs.bad]],
      );
      checkFindings(report.findings.filter(isOwn), files, expected, found);
    });
  }

  for (const { folder, expected } of modules) testModule(folder, expected);

  it('harmless twins of the changes are silent', () => {
    const found = made.get('harmless');
    assert.deepEqual(found?.report.findings, []);
    assert.equal(found?.report.verdict, 'pass');
  });
});
