import { enableFilter, benchmarkOf, readForm } from './filter.ts';

const collator = new Intl.Collator('en', { numeric: true });

const compareNames = (a: HTMLElement, b: HTMLElement): number =>
  collator.compare(a.dataset['package'] ?? '', b.dataset['package'] ?? '') ||
  collator.compare(benchmarkOf(a), benchmarkOf(b));

/** Puts the greatest value of a data attribute first: the newest commit, or the largest change. */
const compareBy = (key: string) => (a: HTMLElement, b: HTMLElement) =>
  Number(b.dataset[key]) - Number(a.dataset[key]) || compareNames(a, b);

/**
 * Enables sorting and filtering on the page of a history. While a filter is set, benchmarks that never moved are
 * unfolded.
 */
export function enableHistory(): void {
  const form = document.querySelector<HTMLFormElement>('#filter');
  const articles = [...document.querySelectorAll<HTMLElement>('article[data-newest]')];
  if (!form || articles.length === 0) return;
  const steady = document.querySelector<HTMLDetailsElement>('details.steady');
  let isOpened = false;
  enableFilter(form, articles, ['package'], (isFiltered) => {
    if (!steady) return;
    if (isFiltered && !steady.open) [steady.open, isOpened] = [true, true];
    else if (!isFiltered && isOpened) [steady.open, isOpened] = [false, false];
  });
  form.querySelector('select[name=order]')?.addEventListener('change', () => {
    const order = readForm(form, 'order');
    const sorted = [...articles].sort(order === 'name' ? compareNames : compareBy(order));
    for (const article of sorted) article.parentElement?.append(article);
  });
}
