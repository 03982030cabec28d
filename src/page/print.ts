/** More of a long report is opened on paper by opening it first. */
const MAX_OPENED = 100;

/** Paper has no way to open what is folded. `draw` draws what is drawn only when it is seen. */
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
