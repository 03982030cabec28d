import { findChangedFunction } from './inline-cost.ts';
import { linesOf } from './inlining.ts';
import { lineAbout } from './lines.ts';
import { handovers, parameterAt } from './parameters.ts';
import type { Explain } from './types.ts';

/** A function changed that was inlined on the value's way, or that got the value as an argument. */
export const explainCallee: Explain<'function'> = (facts, effect) => {
  const inlined = linesOf(effect).flatMap(({ file, line }) =>
    facts.decisions
      .at(file, line, 'inlining-call')
      .map(({ expression }) => ({ called: expression, near: { file, line }, argument: null })),
  );
  const handed = (effect.decision ? handovers(effect.decision) : []).map(({ called, step, argument }) => ({
    called,
    argument,
    near: step.position ?? effect.position,
  }));
  for (const { called, near, argument } of [...inlined, ...handed]) {
    for (const declared of facts.functions.named(called, near)) {
      const changed = findChangedFunction(facts, declared);
      if (!changed) continue;
      const { file, name } = changed.declared;
      const parameter = parameterAt(facts, declared, argument);
      const line = parameter === null ? changed.line : lineAbout(facts, file, changed.lines, [parameter]);
      return { kind: 'function', file, line: line ?? changed.line, text: name, via: changed.via };
    }
  }
  return null;
};
