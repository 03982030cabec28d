import { cutToColumns } from '../report/terminal/layout.ts';
import type { Terminal } from './terminal.ts';

/**
 * Shows a progress line, as much of it as fits. It is not in terminal.ts, which each command loads: only to load what counts
 * columns takes as long as all else of `--help`.
 */
export function showProgress(terminal: Pick<Terminal, 'showProgress'>, line: string): void {
  terminal.showProgress((columns) => cutToColumns(line, columns));
}
