/** The number of sections that are opened for printing. More must be opened by hand before. */
const MAX_OPENED = 100;

/** Opens closed sections before printing. `draw` draws the parts that are otherwise drawn when they become visible. */
export function openForPrint(draw: () => void): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')].slice(0, MAX_OPENED);
    for (const details of opened) details.open = true;
    draw();
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
