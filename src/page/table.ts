import { createElement } from './dom.ts';
import { enableFilter, benchmarkOf } from './filter.ts';

type Key = 'name' | 'verdict' | 'allocs' | 'bytes';
type Row = {
  element: HTMLTableRowElement;
  name: string;
  package: string;
  verdict: string;
  allocs: number;
  bytes: number;
};

const collator = new Intl.Collator('en', { numeric: true });

function readRow(element: HTMLTableRowElement): Row {
  const { package: path = '', verdict = '', allocs = '0', bytes = '0' } = element.dataset;
  return {
    element,
    name: benchmarkOf(element),
    package: path,
    verdict,
    allocs: Number(allocs),
    bytes: Number(bytes),
  };
}

/** The first press of a header sorts text ascending and numbers descending, so that the largest increase is on top. */
const orders: Readonly<Record<Key, (a: Row, b: Row) => number>> = {
  name: (a, b) => collator.compare(a.package, b.package) || collator.compare(a.name, b.name),
  verdict: (a, b) => collator.compare(a.verdict, b.verdict),
  allocs: (a, b) => b.allocs - a.allocs,
  bytes: (a, b) => b.bytes - a.bytes,
};

const isKey = (key: string | undefined): key is Key => key !== undefined && key in orders;

function enableSorting(table: HTMLTableElement, rows: readonly Row[]): void {
  const headers = [...table.querySelectorAll<HTMLTableCellElement>('th[data-sort]')];
  const body = table.tBodies[0];
  for (const header of headers) {
    const key = header.dataset['sort'];
    if (!isKey(key)) continue;
    const button = createElement('button', { type: 'button' }, header.textContent ?? '');
    header.replaceChildren(button);
    button.addEventListener('click', () => {
      const isAgain = header.getAttribute('aria-sort') === first(key);
      for (const other of headers) other.removeAttribute('aria-sort');
      header.setAttribute('aria-sort', isAgain ? second(key) : first(key));
      const sorted = [...rows].sort(isAgain ? (a, b) => orders[key](b, a) : orders[key]);
      body?.append(...sorted.map(({ element }) => element));
    });
  }
}

const isText = (key: Key): boolean => key === 'name' || key === 'verdict';
const first = (key: Key): string => (isText(key) ? 'ascending' : 'descending');
const second = (key: Key): string => (isText(key) ? 'descending' : 'ascending');

/** Makes the table of benchmarks sortable by its headers and shows the filter above it. */
export function enableTable(): void {
  const table = document.querySelector<HTMLTableElement>('#benchmarks-table');
  const form = document.querySelector<HTMLFormElement>('#filter');
  if (!table || !form) return;
  const rows = [...(table.tBodies[0]?.rows ?? [])].map(readRow);
  enableSorting(table, rows);
  enableFilter(
    form,
    rows.map(({ element }) => element),
    ['package', 'verdict'],
  );
}
