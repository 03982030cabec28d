/** Progress lines that are shown at most once in each interval. */
export type ProgressLines<Line> = {
  /** Shows a line now, or at the end of the interval unless another one comes until then. */
  show: (line: Line) => void;
  /** Forgets a line that waits. */
  cancel: () => void;
};

/**
 * Shows at most one line per `intervalMs`. Of the lines that come too early, the newest is shown at the end of the
 * interval, because the step that it names can take minutes. The first interval begins at once.
 */
export function createProgressLines<Line>(
  intervalMs: number,
  write: (line: Line) => void,
  now: () => number = () => performance.now(),
): ProgressLines<Line> {
  let shown = now();
  let waiting: { line: Line; timer: NodeJS.Timeout } | null = null;
  const cancel = (): void => {
    if (waiting) clearTimeout(waiting.timer);
    waiting = null;
  };
  const put = (line: Line): void => {
    cancel();
    shown = now();
    write(line);
  };
  const show = (line: Line): void => {
    const early = shown + intervalMs - now();
    if (early <= 0) put(line);
    else if (waiting) waiting.line = line;
    else {
      const timer = setTimeout(() => put(waiting?.line ?? line), early);
      // The timer must not keep a finished process alive.
      timer.unref();
      waiting = { line, timer };
    }
  };
  return { show, cancel };
}
