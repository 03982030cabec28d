/*
 * A process has one umask, and several reviews can run in one process. So the first that needs files that others can
 * read sets it, and the last one restores it.
 */

let users = 0;
let original = 0;

/** From now on, other users can read the files that this process creates. Returns a function that ends this. */
export function openUmask(): () => void {
  if (users === 0) original = process.umask(0o022);
  users += 1;
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    users -= 1;
    if (users === 0) process.umask(original);
  };
}
