/**
 * The number of the pull request that a merge group adds to its base; null if the branch's name has another form. The
 * queue names its branches after it:
 * https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
 */
export function readQueuedNumber(headRef: string): number | null {
  const number = /^refs\/heads\/gh-readonly-queue\/.+\/pr-(\d+)-[0-9a-f]+$/u.exec(headRef)?.[1];
  return number === undefined ? null : Number(number);
}
