import type { ChangedCode, FunctionReach } from './changed-types.ts';

/**
 * Joins the results of all packages for each function of head. A function counts as run if the benchmarks of any
 * package run it; otherwise as unknown if the result of any package is unknown. A function without a result is in no
 * test binary.
 * @param asked the results, package by package
 * @param unasked functions that benchmarks may run which were not checked
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
        isSetUp: !isRun && isKnown && known.some((answer) => answer.isSetUp),
        benchmarks: known.flatMap(({ benchmarks }) => benchmarks),
        unrunLines: unasked.has(one) ? null : joinUnrunLines(known),
      };
    });
}

/** The lines that are unrun in all of the answers; null if one of the answers is unknown, or if there is no answer. */
export function joinUnrunLines(answers: readonly Pick<FunctionReach, 'unrunLines'>[]): number[] | null {
  const [first, ...others] = answers.map(({ unrunLines }) => unrunLines);
  if (!first || others.includes(null)) return null;
  return first.filter((line) => others.every((lines) => lines?.includes(line)));
}
