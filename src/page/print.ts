/** The most sections that are opened for printing. A reader who wants more opens them before. */
const MAX_OPENED = 100;

/** Opens closed sections for printing and closes them afterwards. `draw` draws the flame graphs in them. */
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
