import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReportFinding } from '../../src/report/model/schema.ts';
import { after, before } from '../support/hooks.ts';
import type { Files, GoRepository } from '../support/go-repository.ts';
import { reviewChange } from '../support/local-review.ts';
import { sharePackages, withPackage } from '../support/shared-packages.ts';
import { WITHOUT_REACH } from '../support/without-reach.ts';
import { readSides } from './described-change.ts';
import { lineCases } from './line-cases.ts';

type Side = 'base' | 'head';

/** The files of one side of a case. */
function readCase({ change }: (typeof lineCases)[string], side: Side): Files {
  const files = Object.entries(readSides(change)[side]);
  return Object.fromEntries(files.map(([file, lines]) => [file, `${lines.join('\n')}\n`]));
}

/** Cases of one package share a package with others. */
const places = sharePackages(
  new Map(
    Object.entries(lineCases).flatMap(([name, one]) => {
      const files = [readCase(one, 'base'), readCase(one, 'head')].flatMap((side) => Object.entries(side));
      const isSingle = files.every(([file, text]) => !file.includes('/') && !text.includes('example.com/m/'));
      return isSingle ? [[name, files.map(([, text]) => text)]] : [];
    }),
  ),
);

/** How the paths of a case's files begin. */
function startOf(name: string): string {
  const place = places.get(name);
  return place ? `${place.folder}/${place.prefix}` : `${name}/`;
}

/** The files of one side of all cases. */
function filesOf(side: Side): Files {
  const files = Object.entries(lineCases).flatMap(([name, one]) => {
    const place = places.get(name);
    const own = readCase(one, side);
    return Object.entries(place ? withPackage(own, place) : own).map(([file, text]) => [
      `${startOf(name)}${file}`,
      text,
    ]);
  });
  return { 'go.mod': 'module example.com/m\n\ngo 1.24\n', ...Object.fromEntries(files) };
}

/** `EVIDENCE "code of the line" [and N more]: compiler's words; because of kind "code of the changed line"`. */
function describeFinding(files: Files, finding: ReportFinding): string {
  const codeAt = (file: string, line: number): string =>
    files[file]?.split('\n')[line - 1]?.trim() ?? 'no line';
  const others = finding.places.length === 1 ? '' : ` and ${finding.places.length - 1} more`;
  const { cause } = finding;
  const because = cause === null ? 'itself' : `${cause.kind} "${codeAt(cause.file, cause.line)}"`;
  return `${finding.evidence} "${codeAt(finding.file, finding.line)}"${others}: ${finding.compiler ?? 'silent'}; ${because}`;
}

describe('the line, the compiler’s words and the cause of a finding', () => {
  let repository: GoRepository | null = null;
  let findings: ReportFinding[] = [];
  const head = filesOf('head');
  before(async () => {
    const reviewed = await reviewChange(filesOf('base'), head, { config: WITHOUT_REACH });
    ({ repository } = reviewed);
    ({ findings } = reviewed.report);
  });
  after(() => repository?.remove());

  for (const [name, { shows, expected }] of Object.entries(lineCases)) {
    it(`${name}: ${shows}`, () => {
      const own = findings.filter(
        ({ file, cause }) => file.startsWith(startOf(name)) || cause?.file.startsWith(startOf(name)),
      );
      assert.deepEqual(own.map((finding) => describeFinding(head, finding)).sort(), expected.toSorted());
    });
  }
});
