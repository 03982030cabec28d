import { REVEALED } from './links.ts';

/** An element about a benchmark, with the benchmark's full name in lower case. */
type Item = { element: HTMLElement; name: string };

/** The name of the benchmark that an element is about: the text of its first link. Its package is in `data-package`. */
export const benchmarkOf = (element: HTMLElement): string => element.querySelector('a')?.textContent ?? '';

/** The value of a field; empty if the form has no such field. */
export const readForm = (form: HTMLFormElement, name: string): string => {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : '';
};

/**
 * Shows a form that filters elements about benchmarks, and the number of those that are left.
 * @param choices fields of the form that an element's data attribute of the same name must equal; the field `name` must
 *   be a part of the benchmark's name
 * @param onChange is called after each change, with whether any field is set
 */
export function enableFilter(
  form: HTMLFormElement,
  elements: readonly HTMLElement[],
  choices: readonly string[],
  onChange: (isFiltered: boolean) => void = () => {},
): void {
  const items = elements.map((element): Item => {
    const name = `${element.dataset['package'] ?? ''}.${benchmarkOf(element)}`;
    return { element, name: name.toLowerCase() };
  });
  const output = form.querySelector('output');
  const tell = (): void => {
    const shown = items.filter(({ element }) => !element.hidden).length;
    if (output) output.textContent = `${shown} of ${items.length} shown`;
  };
  const apply = (): void => {
    const name = readForm(form, 'name').toLowerCase();
    const chosen = choices.flatMap((key) => {
      const value = readForm(form, key);
      return value === '' ? [] : [{ key, value }];
    });
    for (const item of items) {
      const fits =
        item.name.includes(name) && chosen.every(({ key, value }) => item.element.dataset[key] === value);
      item.element.hidden = !fits;
    }
    tell();
    onChange(name !== '' || chosen.length > 0);
  };
  form.addEventListener('input', apply);
  document.addEventListener(REVEALED, tell);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
}
