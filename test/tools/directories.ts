import { fixturesDirectory } from '../../src/review/fixture-files.ts';
import { rulesDirectory } from '../../src/review/rule-files.ts';

/** Where rules and their fixtures lie: the repository's own, or a copy for a test. */
export type Directories = { rules: string; fixtures: string };

export const ownDirectories: Directories = { rules: rulesDirectory, fixtures: fixturesDirectory };

/** An error that ends a tool, in words for its user. */
export class ToolError extends Error {}

/** Runs a tool; what it cannot do becomes one message and exit status 2, not a stack. */
export async function runTool(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
