import path from 'node:path';
import type { AllocationSite, Position } from '../compare/types.ts';
import type { Finding, QuietTests } from '../rules/types.ts';
import { FEW_CALLS } from './tested-cost.ts';
import type { Block } from './tests.ts';

type Place = Pick<Position, 'file' | 'line'>;

/** How often a test ran all lines of a finding: as often as the part of them that it ran least. */
export const runsOf = ({ places }: Pick<Finding, 'places'>, blocks: readonly Block[]): number =>
  Math.min(...places.map((place) => runsOfLine(place, blocks)));

function runsOfLine({ file, line }: Place, blocks: readonly Block[]): number {
  const name = path.posix.basename(file);
  const own = blocks.filter((block) => block.file === name && block.line <= line && line <= block.lastLine);
  return own.length === 0 ? 0 : Math.min(...own.map(({ count }) => count));
}

/** Whether a line allocates, or what it calls. */
function allocatesAt({ file, line }: Place, sites: readonly AllocationSite[]): boolean {
  const isThere = (position: Position | null): boolean => position?.file === file && position.line === line;
  return sites.some(
    ({ position, stacks }) =>
      isThere(position) || stacks.some(({ callers }) => callers.some((frame) => isThere(frame.position))),
  );
}

/** What tests show about the lines of possible findings. */
export type Watch = {
  /** Adds what one test showed: how often it ran the lines, and all that its processes with head allocated. */
  add: (runs: ReadonlyMap<Finding, number>, profiles: readonly AllocationSite[][]) => void;
  /** The findings on whose lines no test saw an allocation, though some ran them. */
  listQuiet: () => Map<Finding, QuietTests>;
};

/** What runs the lines only a few times says nothing: a neighbour can hide tiny objects. */
export function watchLines(): Watch {
  const quiet = new Map<Finding, QuietTests>();
  const loud = new Set<Finding>();
  return {
    add: (runs, profiles) => {
      for (const [finding, count] of runs) {
        if (count < FEW_CALLS) continue;
        if (finding.places.some((place) => profiles.some((sites) => allocatesAt(place, sites))))
          loud.add(finding);
        const known = quiet.get(finding) ?? { tests: 0, runs: 0 };
        quiet.set(finding, { tests: known.tests + 1, runs: known.runs + count });
      }
    },
    listQuiet: () => new Map([...quiet].filter(([finding]) => !loud.has(finding))),
  };
}
