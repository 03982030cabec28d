import { compareText } from '../../compare/order.ts';
import { html, type Html } from '../model/html-page.ts';

// The fields of the forms that choose benchmarks. src/page/filter.ts finds them by their names.

/** A field for a part of a benchmark's name. */
export const writeNameFilter = (): Html =>
  html`<label>Name <input type="search" name="name" autocomplete="off" spellcheck="false" /></label>`;

/** A choice of one of some values, or of all. */
export const writeChoice = (title: string, name: string, values: readonly string[]): Html =>
  html`<label
    >${title}
    <select name="${name}">
      <option value="">all</option>
      ${values.map((value) => html`<option>${value}</option>`)}
    </select></label
  >`;

/** A choice of one package of the benchmarks, or of all. */
export const writePackageFilter = (benchmarks: readonly { package: string }[]): Html =>
  writeChoice('Package', 'package', [...new Set(benchmarks.map((one) => one.package))].sort(compareText));

/** The number of benchmarks that the filter leaves, which the page's script keeps up to date. */
export const writeCount = (total: number): Html =>
  html`<output name="count" aria-live="polite">${total} of ${total} shown</output>`;
