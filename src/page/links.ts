/** The event of the document after an element that a filter hid was shown, because a link led to it. */
export const REVEALED = 'allocgate:revealed';

/** Shows the element that the address names: opens the sections around it, and unhides it if a filter hid it. */
function reveal(): void {
  const id = decodeHash();
  const target = id === null ? null : document.getElementById(id);
  if (!target) return;
  for (let at: Element | null = target; at; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
    if (at instanceof HTMLElement && at.hidden) {
      at.hidden = false;
      document.dispatchEvent(new Event(REVEALED));
    }
  }
  target.scrollIntoView({ block: target.tagName === 'TR' ? 'center' : 'start' });
  for (const old of document.querySelectorAll('.shown')) old.classList.remove('shown');
  target.classList.add('shown');
  const focus = target.querySelector<HTMLElement>('summary, a');
  focus?.focus({ preventScroll: true });
}

function decodeHash(): string | null {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return null;
  }
}

/** Shows the target of each link within the page, also that of the address with which the page was opened. */
export function followHash(): void {
  addEventListener('hashchange', reveal);
  // A link to the current address triggers no event, but its target may have been closed since.
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link?.hash && link.hash === location.hash) reveal();
  });
  reveal();
}
