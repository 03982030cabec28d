/** Progress lines that are shown at most once in each interval. */
export type ProgressLines = {
  /** Shows a line now, or at the end of the interval unless another one comes until then. */
  show: (line: string) => void;
  /** Forgets a line that waits. */
  cancel: () => void;
};

/**
 * Shows at most one line in `intervalMs`. The newest of those that come too early is shown as soon as it may be: what it
 * tells of can take minutes. The first interval begins at once.
 */
export function createProgressLines(
  intervalMs: number,
  write: (line: string) => void,
  now: () => number = () => performance.now(),
): ProgressLines {
  let shown = now();
  let waiting: { line: string; timer: NodeJS.Timeout } | null = null;
  const cancel = (): void => {
    if (waiting) clearTimeout(waiting.timer);
    waiting = null;
  };
  const put = (line: string): void => {
    cancel();
    shown = now();
    write(line);
  };
  const show = (line: string): void => {
    const early = shown + intervalMs - now();
    if (early <= 0) put(line);
    else if (waiting) waiting.line = line;
    else {
      const timer = setTimeout(() => put(waiting?.line ?? line), early);
      // It does not keep a process that is done.
      timer.unref();
      waiting = { line, timer };
    }
  };
  return { show, cancel };
}
