import type { PageNode } from '../report/html/assets.ts';
import { drawFlame } from './flame.ts';

type Trees = Readonly<Record<string, readonly PageNode[]>>;

/** The trees of all benchmarks. Their form is known, because the page's renderer wrote them. */
function readTrees(): Trees {
  const text = document.querySelector('#trees')?.textContent ?? '{}';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text) as Trees;
}

/** Draws each flame graph when its section is opened. Returns a function that draws those in sections that are open. */
export function drawFlames(): () => void {
  const hosts = [...document.querySelectorAll<HTMLElement>('.flame')];
  let trees: Trees | null = null;
  const drawn = new Set<HTMLElement>();
  const draw = (host: HTMLElement): void => {
    if (drawn.has(host) || host.closest('details')?.open === false) return;
    drawn.add(host);
    trees ??= readTrees();
    const name = host.dataset['tree'] ?? '';
    const nodes = Object.hasOwn(trees, name) ? trees[name] : undefined;
    if (!nodes) return;
    host.hidden = false;
    drawFlame(host, nodes, name);
  };
  for (const host of hosts) host.closest('details')?.addEventListener('toggle', () => draw(host));
  const drawOpen = (): void => hosts.forEach(draw);
  drawOpen();
  return drawOpen;
}
