import { lexer, type Token, type Tokens } from 'marked';
import type { Fixture } from '../../src/rules/fixture-schema.ts';
import { formatText } from './format-text.ts';

/**
 * The tables under `## Measured` of an exercise page. Their forms are free as long as each number can be told by its
 * row and column: `allocs/op` or `B/op`, `before` or `after`, and, where the fixture has several, the benchmark's name
 * (in the row, the row above, or the text above the table).
 */
type Side = 'before' | 'after';
type Unit = 'allocs/op' | 'B/op';
type Labels = { side?: Side; unit?: Unit; benchmark?: string };
/** One number of a page and its cell. */
type Cell = {
  side: Side;
  unit: Unit;
  benchmark: string;
  text: string;
  table: number;
  row: number;
  column: number;
};

const SECTION = /^## Measured\b.*?(?=^## |(?![\s\S]))/msu;
const NAME = /\bBenchmark\w*(?:\/[^\s`|]+)?/u;

function sectionOf(page: string): string {
  return SECTION.exec(page)?.[0] ?? '';
}

function readUnit(text: string): Unit | null {
  if (/\ballocs\/op\b/iu.test(text)) return 'allocs/op';
  return /\b(?:B|bytes)\/op\b/iu.test(text) ? 'B/op' : null;
}

const SIDE_ANYWHERE = /\b(before|after)\b/iu;
/** A row's label has the word at its beginning: "`ReadFrom` after `Reset`" is about something else. */
const SIDE_FIRST = /^[\s*_`:,;–-]*(before|after)\b/iu;

/** The meaning of a heading or label for its numbers. */
function readLabels(text: string, sidePattern: RegExp): Labels {
  const unit = readUnit(text);
  const side = sidePattern.exec(text.replace(NAME, ''))?.[1]?.toLowerCase();
  const benchmark = NAME.exec(text)?.[0];
  return {
    ...(unit ? { unit } : {}),
    ...(side === 'before' || side === 'after' ? { side } : {}),
    ...(benchmark === undefined ? {} : { benchmark }),
  };
}

/** `Go 1.2` is not in `Go 1.26`. */
const releasePattern = (release: string): RegExp =>
  new RegExp(`\\bGo ${release.replace('.', '\\.')}(?!\\d)`, 'gu');

const isTable = (token: Token): token is Tokens.Table => token.type === 'table';

/** Columns whose heading names a unit or a side contain numbers; the others contain labels. */
function readTable(table: Tokens.Table, number: number, above: string | undefined): Cell[] {
  const headings = table.header.map(({ text }) => readLabels(text, SIDE_ANYWHERE));
  const isLabel = (column: number): boolean => !headings[column]?.unit && !headings[column]?.side;
  let current = above;
  return table.rows.flatMap((cells, row) => {
    const labels = cells.filter((_, column) => isLabel(column));
    const label: Labels = Object.assign({}, ...labels.map(({ text }) => readLabels(text, SIDE_FIRST)));
    current = label.benchmark ?? current;
    return cells.flatMap(({ text }, column): Cell[] => {
      const { side, unit, benchmark } = { benchmark: current, ...label, ...headings[column] };
      if (isLabel(column) || !side || !unit) return [];
      return [{ side, unit, benchmark: benchmark ?? '', text: text.trim(), table: number, row, column }];
    });
  });
}

/** The numbers of a page that have a side and a unit; where the fixture has one benchmark, its name may be left out. */
function readCells(tokens: readonly Token[], expected: Fixture): Cell[] {
  const [first, ...others] = expected.benchmarks;
  let above = others.length === 0 ? first?.name : undefined;
  return tokens.flatMap((token, number) => {
    if (isTable(token)) return readTable(token, number, above);
    const named = token.raw.match(new RegExp(NAME, 'gu'))?.at(-1);
    if (named !== undefined && others.length > 0) above = named;
    return [];
  });
}

/** The number that expect.yaml has for a cell: before is the fixture's bad code, after its good code. */
function expectedValue(expected: Fixture, { benchmark, side, unit }: Omit<Cell, 'text'>): number | null {
  const found = expected.benchmarks.find(({ name }) => name === benchmark);
  if (!found) return null;
  return (unit === 'allocs/op' ? found.allocs : found.bytes)[side === 'before' ? 'bad' : 'good'];
}

const sides: readonly Side[] = ['before', 'after'];
const units: readonly Unit[] = ['allocs/op', 'B/op'];

function checkNumber(cells: readonly Cell[], wanted: Omit<Cell, 'text'>, value: number): string[] {
  const what = `${wanted.unit} ${wanted.side} of ${wanted.benchmark}`;
  const found = cells.filter(
    ({ benchmark, side, unit }) =>
      benchmark === wanted.benchmark && side === wanted.side && unit === wanted.unit,
  );
  const [cell] = found;
  if (!cell) return [`no table has ${what} (rows or columns named before and after, allocs/op and B/op)`];
  if (found.length > 1) return [`${what} stands there ${found.length} times`];
  if (cell.text === String(value)) return [];
  return [`${what} is "${cell.text}" on the page and ${value} in expect.yaml`];
}

/** The faults of the numbers under `## Measured`, in sentences; empty if they match expect.yaml. */
export function checkMeasured(page: string, expected: Fixture): string[] {
  const section = sectionOf(page);
  const cells = readCells(lexer(section), expected);
  const names = new Set(expected.benchmarks.map(({ name }) => name));
  const unknown = new Set(cells.map(({ benchmark }) => benchmark).filter((name) => !names.has(name)));
  const release = releasePattern(expected.go).test(section);
  return [
    ...(release ? [] : [`does not say that it was measured with Go ${expected.go}`]),
    ...[...unknown].map((name) =>
      name === ''
        ? 'a row does not say which benchmark it is of, and expect.yaml has several'
        : `${name} is not in expect.yaml`,
    ),
    ...expected.benchmarks.flatMap(({ name: benchmark }) =>
      sides.flatMap((side) =>
        units.flatMap((unit) => {
          const wanted = { benchmark, side, unit, table: 0, row: 0, column: 0 };
          return checkNumber(cells, wanted, expectedValue(expected, wanted) ?? 0);
        }),
      ),
    ),
  ];
}

const markers = { left: ':--', right: '--:', center: ':-:' };

/** Writes a table as Markdown again. marked has taken the backslash from `\|` in its cells. */
async function writeTable({ header, align, rows }: Tokens.Table): Promise<string> {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const texts = [header, ...rows].map((row) => line(row.map(({ text }) => text.replaceAll('|', '\\|'))));
  texts.splice(1, 0, line(align.map((side) => (side === null ? '---' : markers[side]))));
  return (await formatText('table.md', texts.join('\n'))).trimEnd();
}

/**
 * The page with the numbers and the Go release of expect.yaml; all else stays as it is.
 * @param oldRelease what the page gave as the release so far: other releases that it mentions are not touched
 */
export async function updateMeasured(page: string, expected: Fixture, oldRelease: string): Promise<string> {
  const section = sectionOf(page);
  const tokens = lexer(section);
  const changed = new Set<number>();
  for (const cell of readCells(tokens, expected)) {
    const value = expectedValue(expected, cell);
    const token = tokens[cell.table];
    const target = token && isTable(token) ? token.rows[cell.row]?.[cell.column] : undefined;
    if (value === null || !target || cell.text === String(value)) continue;
    target.text = String(value);
    changed.add(cell.table);
  }
  const release = releasePattern(oldRelease);
  let text = '';
  for (const [number, token] of tokens.entries()) {
    if (changed.has(number) && isTable(token)) {
      text += `${await writeTable(token)}${/\n*$/u.exec(token.raw)?.[0] ?? ''}`;
    } else {
      text += token.raw.replaceAll(release, `Go ${expected.go}`);
    }
  }
  return page.replace(section, () => text);
}
