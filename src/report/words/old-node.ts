/** The oldest Node on which allocgate runs without warnings, as `engines` of package.json names it. */
export const oldestNode = { major: 22, minor: 12 };

/** What to tell a person whose Node is too old; null: it is not. */
export function describeOldNode(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldestNode.major || (major === oldestNode.major && minor < oldestNode.minor);
  return isOld
    ? `allocgate: Node ${version} is too old. allocgate needs Node ${oldestNode.major}.${oldestNode.minor} or newer: https://nodejs.org/en/download\n`
    : null;
}
