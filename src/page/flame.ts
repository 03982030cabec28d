import { createElement } from './dom.ts';
import { type Box, layOut, type Unit, type FlameView } from './flame-layout.ts';
import type { PageNode } from '../report/html/assets.ts';

/** The height of a row in pixels. */
const ROW = 22;
/** As a fraction of the full width. A narrower box would be neither visible nor usable. */
const MIN_WIDTH = 0.001;

const format = (value: number): string => String(Number(value.toFixed(2)));

/** `example.com/m/pkg.(*T).M` → `pkg.(*T).M`. */
const shortName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const titleOf = ({ data: { node } }: Box): string =>
  node === null
    ? 'all'
    : node.place === null
      ? shortName(node.name)
      : `${node.place}${node.isGone ? ' (base)' : ''}`;

function describe(box: Box, unit: Unit): string {
  const { node, base, head } = box.data;
  const name =
    node === null ? 'all' : node.place === null ? node.name : `${node.place} in ${node.name}, allocates`;
  const change = head === base ? 'unchanged' : `${head > base ? '+' : '-'}${format(Math.abs(head - base))}`;
  return `${name}: base ${format(base)}, head ${format(head)} ${unit}/op, ${change}`;
}

/**
 * The class that colours a box: one of four shades for more and four for less, by the change relative to the larger
 * side.
 */
function shadeOf({ data: { base, head } }: Box): string {
  if (head === base) return 'same';
  const share = Math.abs(head - base) / Math.max(head, base);
  return `${head > base ? 'up' : 'down'}${Math.max(1, Math.ceil(share * 4))}`;
}

/** A flame graph. Pressing a box zooms to it; the arrow keys move between boxes, and Escape zooms out. */
class Flame {
  /** The elements for the page. */
  readonly elements: readonly HTMLElement[];
  readonly #nodes: readonly PageNode[];
  readonly #name: string;
  readonly #tree = createElement('div', { role: 'tree', class: 'boxes' });
  readonly #status = createElement('p', { class: 'status', 'aria-live': 'polite' });
  readonly #reset = createElement('button', { type: 'button', class: 'reset', disabled: '' }, 'Zoom out');
  readonly #boxes = new Map<Box, HTMLElement>();
  #view: FlameView = 'difference';
  #unit: Unit = 'objects';
  #root: Box | null = null;
  #zoomed: Box | null = null;

  constructor(nodes: readonly PageNode[], name: string) {
    this.#nodes = nodes;
    this.#name = name;
    const views = this.#choice('Show', ['base', 'head', 'difference'] as const, this.#view, (view) => {
      this.#view = view;
    });
    const units = this.#choice('Count', ['objects', 'bytes'] as const, this.#unit, (unit) => {
      this.#unit = unit;
    });
    const controls = createElement('div', { class: 'controls' });
    controls.append(views, units, this.#reset);
    this.#reset.addEventListener('click', () => this.#zoom(this.#root));
    this.elements = [controls, this.#tree, this.#status];
    this.#tree.addEventListener('keydown', (event) => this.#move(event));
    this.#draw();
  }

  /** A group of buttons of which exactly one is pressed. */
  #choice<T extends string>(
    label: string,
    options: readonly T[],
    chosen: T,
    choose: (option: T) => void,
  ): HTMLElement {
    const group = createElement('div', { role: 'group', 'aria-label': label, class: 'choice' });
    const buttons = options.map((option) => {
      const pressed = String(option === chosen);
      const button = createElement('button', { type: 'button', 'aria-pressed': pressed }, option);
      button.addEventListener('click', () => {
        for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
        choose(option);
        this.#draw();
      });
      return button;
    });
    group.append(...buttons);
    return group;
  }

  #draw(): void {
    this.#boxes.clear();
    this.#root = layOut(this.#nodes, this.#view, this.#unit);
    this.#tree.setAttribute('aria-label', `${this.#name}, ${this.#view}, ${this.#unit} per op`);
    this.#tree.replaceChildren();
    const root = this.#root;
    this.#tree.hidden = root === null;
    if (root === null) {
      this.#status.textContent =
        this.#view === 'difference'
          ? `Base and head allocate the same ${this.#unit}.`
          : `${this.#view} allocates nothing here.`;
      this.#reset.disabled = true;
      return;
    }
    // Depth first, so that a screen reader reads a function right after its caller.
    root.eachBefore((box) => {
      if (box.x1 - box.x0 < MIN_WIDTH) return;
      const element = this.#createBox(box);
      this.#boxes.set(box, element);
      this.#tree.append(element);
    });
    this.#tree.style.height = `${(root.height + 1) * ROW}px`;
    this.#zoom(root);
  }

  #createBox(box: Box): HTMLElement {
    const words = describe(box, this.#unit);
    const isLine = box.data.node !== null && box.data.node.place !== null;
    const element = createElement(
      'div',
      {
        role: 'treeitem',
        class: `box ${shadeOf(box)}${isLine ? ' line' : ''}`,
        tabindex: '-1',
        'aria-level': String(box.depth + 1),
        'aria-label': words,
        title: words,
      },
      titleOf(box),
    );
    element.style.top = `${box.depth * ROW}px`;
    element.addEventListener('click', () => this.#zoom(box));
    element.addEventListener('focus', () => {
      this.#status.textContent = words;
    });
    element.addEventListener('mouseenter', () => {
      this.#status.textContent = words;
    });
    return element;
  }

  /**
   * Zooms to a box: it gets the full width with the boxes below it, the boxes above it stay, and the others are hidden.
   */
  #zoom(to: Box | null): void {
    if (to === null) return;
    this.#zoomed = to;
    const width = to.x1 - to.x0;
    const above = new Set(to.ancestors());
    for (const [box, element] of this.#boxes) {
      const isAbove = above.has(box);
      const left = Math.max(0, (box.x0 - to.x0) / width);
      const right = Math.min(1, (box.x1 - to.x0) / width);
      element.hidden = !isAbove && right - left < MIN_WIDTH;
      element.style.left = isAbove ? '0' : `${left * 100}%`;
      element.style.width = isAbove ? '100%' : `${(right - left) * 100}%`;
      element.tabIndex = box === to ? 0 : -1;
      element.setAttribute('aria-selected', String(box === to));
    }
    this.#reset.disabled = to === this.#root;
    this.#status.textContent = describe(to, this.#unit);
  }

  #move(event: KeyboardEvent): void {
    const from = [...this.#boxes].find(([, element]) => element === document.activeElement)?.[0];
    if (!from) return;
    const siblings = (from.parent?.children ?? [from]).filter((box) => this.#isShown(box));
    const beside = (step: number): Box | undefined => siblings[siblings.indexOf(from) + step];
    const keys: Readonly<Record<string, () => Box | null | undefined>> = {
      ArrowDown: () => from.children?.find((box) => this.#isShown(box)),
      ArrowUp: () => from.parent,
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
      Home: () => this.#root,
    };
    const target = keys[event.key]?.();
    if (event.key in keys) event.preventDefault();
    if (target) this.#focus(target);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#zoom(from);
    }
    if (event.key === 'Escape' && this.#zoomed !== this.#root) {
      this.#zoom(this.#root);
      this.#focus(from);
    }
  }

  #isShown(box: Box): boolean {
    return this.#boxes.get(box)?.hidden === false;
  }

  #focus(box: Box): void {
    const element = this.#boxes.get(box);
    if (!element) return;
    for (const other of this.#boxes.values()) other.tabIndex = -1;
    element.tabIndex = 0;
    element.focus();
  }
}

/** Draws the flame graph of a benchmark and appends it to `host`. */
export function drawFlame(host: HTMLElement, nodes: readonly PageNode[], name: string): void {
  host.append(...new Flame(nodes, name).elements);
}
