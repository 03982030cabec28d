/** Something that can be filtered: it has `data-package`, and the text of its first link is its name. */
type Item = { element: HTMLElement; name: string };

export const benchmarkOf = (element: HTMLElement): string => element.querySelector('a')?.textContent ?? '';

export const readForm = (form: HTMLFormElement, name: string): string => {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : '';
};

/**
 * Hides what does not fit the form's fields: a part of the name, and choices by the data attributes that are called like
 * them. `onChange` gets whether anything is asked for.
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
  const apply = (): void => {
    const name = readForm(form, 'name').toLowerCase();
    const chosen = choices.flatMap((key) => {
      const value = readForm(form, key);
      return value === '' ? [] : [{ key, value }];
    });
    let shown = 0;
    for (const item of items) {
      const fits =
        item.name.includes(name) && chosen.every(({ key, value }) => item.element.dataset[key] === value);
      if (fits) shown += 1;
      item.element.hidden = !fits;
    }
    if (output) output.textContent = `${shown} of ${items.length} shown`;
    onChange(name !== '' || chosen.length > 0);
  };
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
}
