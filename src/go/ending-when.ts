/** The interval in ms for asking whether the time is over. */
const ASK_MS = 500;

/** Runs `work` with a signal that is aborted once `isLate` returns true. */
export async function endingWhen<T>(
  isLate: () => boolean,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const ask = (): void => {
    if (isLate()) late.abort();
  };
  ask();
  const asking = setInterval(ask, ASK_MS);
  try {
    return await work(late.signal);
  } finally {
    clearInterval(asking);
  }
}
