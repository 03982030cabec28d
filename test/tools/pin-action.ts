/** The workflow that other repositories call. */
export const CALLED_WORKFLOW = '.github/workflows/review.yml';

/**
 * The called workflow as a release has it: it uses the action of that release. Who calls it at a tag or a commit then
 * runs what is there, and not what `v1` is later.
 */
export function pinAction(workflow: string, version: string): string {
  const pinned = workflow.replaceAll(/(uses: \S+\/allocgate)@v\d+$/gmu, `$1@v${version}`);
  if (pinned === workflow) throw new Error(`${CALLED_WORKFLOW} does not name the action by a major version`);
  return pinned;
}
