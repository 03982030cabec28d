import type { ChangedCode, FunctionReach } from './changed-types.ts';

/**
 * Joins the results for each function of head from all packages. A function that runs anywhere is run; one that is
 * unknown anywhere is otherwise unknown. Functions without a result are in no test binary.
 * @param unasked functions that more benchmarks may run than were checked
 */
export function joinReach(
  { functions }: Pick<ChangedCode, 'functions'>,
  asked: readonly FunctionReach[],
  unasked: ReadonlySet<FunctionReach['function']>,
): FunctionReach[] {
  const byFunction = Map.groupBy(asked, (one) => one.function);
  return functions
    .filter((one) => one.head !== null && !one.isEmpty)
    .map((one) => {
      const known = byFunction.get(one) ?? [];
      const isRun = known.some((answer) => answer.isRun);
      const isKnown = known.every((answer) => answer.isRun !== null) && !unasked.has(one);
      return {
        function: one,
        isRun: isRun || (isKnown ? false : null),
        benchmarks: known.flatMap(({ benchmarks }) => benchmarks),
        unrunLines: unasked.has(one) ? null : joinUnrunLines(known),
      };
    });
}

/** The lines that none of several answers saw run; null if one of them does not know, or if there are none. */
export function joinUnrunLines(answers: readonly Pick<FunctionReach, 'unrunLines'>[]): number[] | null {
  const [first, ...others] = answers.map(({ unrunLines }) => unrunLines);
  if (!first || others.includes(null)) return null;
  return first.filter((line) => others.every((lines) => lines?.includes(line)));
}
