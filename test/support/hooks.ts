import { after as runAfter, before as runBefore } from 'node:test';

/**
 * `before` and `after` of node:test, for all test files. At the top level of a file, node starts `before` at once, and
 * runs `after` beside it if `--test-name-pattern` selects no test of the file. Then `after` would close nothing, and what
 * `before` opens afterwards would keep the process alive. So here `after` waits for every `before`.
 */
const opening: Promise<unknown>[] = [];

export function before(open: () => unknown): void {
  runBefore(() => {
    const opened = (async () => {
      await open();
    })();
    // node reports the failure of `before`; `after` must close the rest anyway.
    opening.push(opened.catch(() => {}));
    return opened;
  });
}

export function after(close: () => unknown): void {
  runAfter(async () => {
    await Promise.all(opening);
    await close();
  });
}
