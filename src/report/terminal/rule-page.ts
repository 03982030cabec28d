import { structuredPatch } from 'diff';
import type { Fixture } from '../../rules/fixture-schema.ts';
import type { RulePage } from '../../rules/parse-rule.ts';
import type { Rule } from '../../rules/schema.ts';
import {
  indent,
  joinBlocks,
  layoutRows,
  layoutTable,
  paint,
  plain,
  tableWidth,
  type Page,
  type Span,
} from './layout.ts';
import { renderDiff, renderHeading, renderSections, type Section } from './markdown.ts';
import { count } from '../model/prose.ts';

/** The files of a fixture's bad or good code, without tests, by their names. */
export type FixtureFiles = ReadonlyMap<string, string>;

/**
 * The proof of a rule: the bad code (the page's Before), the good code (its After), and what `go test -benchmem`
 * counted.
 */
export type RuleFixture = { expected: Fixture; bad: FixtureFiles; good: FixtureFiles };

/** The widest lines of prose, in columns. Wider ones are hard to read. */
const MAX_PROSE = 100;
/** The longest change that is shown in full, in lines. */
const MAX_CODE_LINES = 120;
const INDENT = '  ';

/** The rules as one line each, for a pipe: ID, slug, title, source. */
export function renderRuleLines(rules: readonly Rule[]): string {
  const rows = rules.map((rule) => {
    const { document, section } = rule.source;
    return listRow(rule, `${document}, ${section}`);
  });
  const lines = layoutRows({ rows, aligns: [] }, { colour: false, width: Infinity });
  return `${lines.flat().join('\n')}\n`;
}

function listRow({ id, slug, title }: Rule, source: string): Span[][] {
  return [
    [{ text: id, styles: ['bold'] }],
    [plain(slug)],
    [plain(title)],
    [{ text: source, styles: ['dim'] }],
  ];
}

/** A row of the list for a narrow window: the slug is under the title. */
function narrowRow({ id, slug, title, source }: Rule): Span[][] {
  const name: Span[] = [plain(`${title}\n`), { text: slug, styles: ['dim'] }];
  return [[{ text: id, styles: ['bold'] }], name, [{ text: source.section, styles: ['dim'] }]];
}

/** The rules for a terminal, grouped by the documents that they cite, in columns that fit the window. */
export function renderRuleList(rules: readonly Rule[], page: Page): string {
  const groups = [...Map.groupBy(rules, ({ source }) => source.document)];
  const ordered = groups.flatMap(([, members]) => members);
  const inner = { ...page, width: page.width - INDENT.length };
  const wide = { rows: ordered.map((rule) => listRow(rule, rule.source.section)), aligns: [] };
  const narrow = { rows: ordered.map(narrowRow), aligns: [] };
  const laidOut = layoutRows(tableWidth(wide) <= inner.width ? wide : narrow, inner);
  const blocks: string[][] = [];
  for (const [document, { length }] of groups) {
    const lines = laidOut.splice(0, length).flat();
    blocks.push([...renderHeading(document, page), ...indent(lines, INDENT)]);
  }
  const example = rules[0]?.id ?? 'ID';
  const hint = `${count(rules.length, 'rule')}. allocgate rules ${example} prints the page of one rule.`;
  return `${joinBlocks([...blocks, [hint]], ['']).join('\n')}\n`;
}

/** `4 → 0`: before and after. */
const change = (before: number, after: number): string => `${before} → ${after}`;

function renderNumbers({ benchmarks }: Fixture, page: Page): string[] {
  const head = ['benchmark', 'allocs/op', 'B/op'];
  const body = benchmarks.map(({ name, allocs, bytes }) => [
    name,
    change(allocs.bad, allocs.good),
    change(bytes.bad, bytes.good),
  ]);
  const rows = [head, ...body].map((row) => row.map((cell) => [plain(cell)]));
  return layoutTable({ rows, aligns: ['left', 'right', 'right'] }, page);
}

/** Replaces the comment that marks a line for the tests by an arrow with the rule's ID. */
const readable = (text: string): string => text.replaceAll(/\/\/ want "(.*?)"$/gmu, '// ← $1');

/** What changes in one file from the bad code to the good code; empty where both are equal. */
function renderChange(name: string, { bad, good }: RuleFixture, page: Page): string[] {
  const [before, after] = [bad.get(name) ?? '', good.get(name) ?? ''];
  if (before === after) return [];
  const { hunks } = structuredPatch(name, name, readable(before), readable(after), '', '', { context: 3 });
  const lines = joinBlocks(
    hunks.map((hunk) => hunk.lines),
    ['@@'],
  );
  const hidden = lines.length - MAX_CODE_LINES;
  return [
    paint({ text: name, styles: ['underline'] }, page.colour),
    ...renderDiff(lines.slice(0, MAX_CODE_LINES).join('\n'), page),
    ...(hidden > 0 ? [`    … ${count(hidden, 'more line')}`] : []),
  ];
}

/** The sections that come from the fixture: the change of the tested code, and the counts of the tests. */
function renderFixture(id: string, fixture: RuleFixture, page: Page): Section[] {
  const { expected, bad, good } = fixture;
  const names = [...new Set([...bad.keys(), ...good.keys()])].sort();
  const changes = names.map((name) => renderChange(name, fixture, page)).filter((lines) => lines.length > 0);
  const sections = [
    { heading: `The tested code: fixtures/${id}/bad → good`, lines: joinBlocks(changes, ['']) },
    { heading: `Before → after on Go ${expected.go}`, lines: renderNumbers(expected, page) },
  ];
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ heading, lines }) => ({ heading, lines: indent(lines, INDENT) }));
}

/**
 * A rule's exercise page for a terminal, or without colour for a pipe: the page, then the fixture's code and counts
 * where there is a fixture, and the source at the end.
 */
export function renderRulePage(rule: RulePage, fixture: RuleFixture | null, page: Page): string {
  const inner = { ...page, width: Math.min(page.width, MAX_PROSE) };
  const sections = renderSections(rule.exercise, inner);
  const isSource = ({ heading }: Section): boolean => heading?.startsWith('Source') ?? false;
  const proof = fixture === null ? [] : renderFixture(rule.id, fixture, inner);
  const ordered = [...sections.filter((one) => !isSource(one)), ...proof, ...sections.filter(isSource)];
  const blocks = ordered.map(({ heading, lines }) =>
    heading === null ? lines : renderHeading(heading, inner).concat(lines),
  );
  const names = [...new Set([rule.id, rule.slug])].join('  ');
  const name = paint({ text: names, styles: ['dim'] }, page.colour);
  return `${name}\n${joinBlocks(blocks, ['']).join('\n')}\n`;
}
