import type { Config } from './schema.ts';

/** The effect of each kind of evidence, and of a broken contract, on the check. */
export type Gate = Exclude<Config['gate'], string>;

/** The effect of one kind of evidence: red, grey, green, or grey without comments. */
export type GateValue = Gate[keyof Gate];

/**
 * Expands the gate of a config to one value for each kind of evidence. A single word applies to proven findings and to
 * contracts, while the others are `neutral`; the word `off` applies to all.
 */
export function resolveGate(gate: Config['gate']): Gate {
  if (typeof gate !== 'string') return gate;
  const others = gate === 'off' ? 'off' : 'neutral';
  return { proven: gate, adapted: others, tested: others, unmeasured: others, contract: gate };
}

/** The gate of a run that must never fail: `fail` becomes `neutral`. */
export function withoutFailing(gate: Config['gate']): Gate {
  const { proven, adapted, tested, unmeasured, contract } = resolveGate(gate);
  const soften = (value: GateValue): GateValue => (value === 'fail' ? 'neutral' : value);
  return {
    proven: soften(proven),
    adapted: soften(adapted),
    tested: soften(tested),
    unmeasured: soften(unmeasured),
    contract: soften(contract),
  };
}
